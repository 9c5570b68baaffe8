// Content lines as they are written: parameters quoted, values folded at 75 octets (RFC 6350 3.2).
import { cutUtf8, utf8Bytes } from '../text.ts'

export type CardVersion = '3.0' | '4.0'

export interface OutLine {
  readonly group?: string | undefined
  readonly name: string
  readonly parameters: readonly (readonly [name: string, ...values: string[]])[]
  /** With its escapes. */
  readonly value: string
}

const octetsMax = 75

/** RFC 6868 for what cannot stand between quotation marks, and those where something would end the parameter, or be cut off. */
function parameterValue(text: string): string {
  const safe = text.replaceAll(/[\^"\n]/g, (letter) => ({ '^': '^^', '"': "^'" })[letter] ?? '^n').replaceAll('\r', '')
  return /[:;,]|^\s|\s$/.test(safe) ? `"${safe}"` : safe
}

function* pieces(line: string): Generator<string> {
  const isPlain = utf8Bytes(line) === line.length
  // The blank at the fold takes an octet.
  for (let at = 0, room = octetsMax; at < line.length; room = octetsMax - 1) {
    const piece = isPlain ? line.slice(at, at + room) : cutUtf8(line.slice(at, at + room), room)
    yield piece
    at += piece.length
  }
}

/** The text of a line, with its end. */
export function writeLine({ group, name, parameters, value }: OutLine): string {
  const said = parameters.map(([parameter, ...values]) => `;${parameter}=${values.map(parameterValue).join(',')}`).join('')
  const line = `${group === undefined ? '' : `${group}.`}${name}${said}:${value.replaceAll(/[\r\n]+/g, '\\n')}`
  return `${[...pieces(line)].join('\r\n ')}\r\n`
}
