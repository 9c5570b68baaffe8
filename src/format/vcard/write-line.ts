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

function folded(line: string): string {
  if (utf8Bytes(line) <= octetsMax) return `${line}\r\n`
  const pieces: string[] = []
  // The blank at the fold takes an octet.
  for (let rest = line; rest !== '';) {
    const piece = cutUtf8(rest, pieces.length === 0 ? octetsMax : octetsMax - 1)
    pieces.push(piece)
    rest = rest.slice(piece.length)
  }
  return `${pieces.join('\r\n ')}\r\n`
}

/** The text of a line, with its end. */
export function writeLine({ group, name, parameters, value }: OutLine): string {
  const said = parameters.map(([parameter, ...values]) => `;${parameter}=${values.map(parameterValue).join(',')}`).join('')
  return folded(`${group === undefined ? '' : `${group}.`}${name}${said}:${value.replaceAll(/[\r\n]+/g, '\\n')}`)
}
