// The lines of a calendar as they were before somebody folded them: out of bytes, and out of text.
import { decodeText } from '../charset.ts'
import { isKnownProperty, isText } from './property-type.ts'

/**
 * The text of a calendar file. It is unfolded before it is decoded, since many a program folds in the middle of a character; a line that
 * is no UTF-8 is taken for Latin-1.
 */
export function calendarText(bytes: Uint8Array): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return decodeText(bytes.subarray(2), 'utf-16le')
  if (first === 0xfe && second === 0xff) return decodeText(bytes.subarray(2), 'utf-16be')
  const binary = Buffer.from(bytes)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
  const unfolded = binary.replace(/(?:\r\n?|\n)+[ \t]/g, '')
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return unfolded.replace(/[^\r\n]*[\x80-\xff][^\r\n]*/g, (line) => {
    const octets = Buffer.from(line, 'latin1')
    try {
      return decoder.decode(octets)
    } catch {
      return decodeText(octets, 'windows-1252')
    }
  })
}

/** Whether a line begins here. In a text that lost its folds, what begins none is the rest of the line before: "Note: bring a cake". */
function begins(piece: string): boolean {
  const name = /^([A-Za-z][A-Za-z0-9_-]*)\s*[;:]/.exec(piece)?.[1]
  return name !== undefined && (name === name.toUpperCase() || name.startsWith('x-') || isKnownProperty(name.toLowerCase()))
}

const nameOf = (line: string) => /^[A-Za-z0-9_-]*/.exec(line)?.[0].toLowerCase() ?? ''

/** Where a line was cut at its 75th octet and the space that tells so went missing, nothing stood between its parts. */
const foldedAt = 70

/** So many pieces hold the parameters of whatever line was folded. */
const headPieces = 4

/** A line as it comes together: its pieces are joined once, since each look at the whole of it would copy the whole of it. */
class Growing {
  readonly #pieces: string[]
  readonly isText: boolean

  constructor(first: string) {
    this.#pieces = [first]
    this.isText = isText(nameOf(first))
  }

  add(piece: string): void {
    this.#pieces.push(piece)
  }

  /** vCalendar 1.0 folds such values by their own rule, without a space: the `=` that says so is no part of it. */
  unfoldSoftly(): boolean {
    const last = this.#pieces.at(-1) ?? ''
    const isQuotedPrintable = () => /^[^:]*;(?:ENCODING=)?QUOTED-PRINTABLE[;:]/i.test(this.#pieces.slice(0, headPieces).join(''))
    if (!last.endsWith('=') || !isQuotedPrintable()) return false
    this.#pieces[this.#pieces.length - 1] = last.slice(0, -1)
    return true
  }

  get whole(): string {
    return this.#pieces.join('')
  }
}

/** Unfolded lines, none of them empty. */
export function unfoldedLines(text: string): string[] {
  const lines: Growing[] = []
  let previous = 0
  for (const piece of text.replace(/^\ufeff/, '').split(/\r\n?|\n/)) {
    const last = lines.at(-1)
    const isSoft = last?.unfoldSoftly() ?? false
    if (last !== undefined && isSoft) last.add(piece)
    else if (piece.trim() === '') continue
    else if (last !== undefined && /^[ \t]/.test(piece)) last.add(piece.slice(1))
    else if (last === undefined || begins(piece)) lines.push(new Growing(piece))
    else if (previous >= foldedAt) last.add(piece)
    else if (last.isText) last.add(`\\n${piece}`)
    else continue
    previous = piece.length
  }
  return lines.map(({ whole }) => whole)
}
