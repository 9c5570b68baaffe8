// A block of header fields: where each one lies, decoded only when asked for.
import type { Buffer } from 'node:buffer'
import { decodeText } from './charset.ts'

// A mail that is read by people has some dozens of fields; a list with a thousand recipients has a To of 60 kB.
const usualFieldsMax = 1000
const fieldBytesMax = 256 * 1024

const lineFeed = 0x0a
const carriageReturn = 0x0d
const colon = 0x3a

/** One field; offsets count bytes of the source. */
export interface Field {
  /** Lower case. */
  readonly name: string
  readonly start: number
  /** First byte after the colon. */
  readonly value: number
  /** One past the last line end of the field, folds included. */
  readonly end: number
}

/** Header fields in the order in which they stand. */
export class Headers {
  readonly fields: readonly Field[]
  readonly #source: Buffer

  constructor(source: Buffer, fields: readonly Field[]) {
    this.#source = source
    this.fields = fields
  }

  /** The first field called `name`, unfolded and trimmed, its encoded words as they are; null if there is none. */
  get(name: string): string | null {
    const wanted = name.toLowerCase()
    const field = this.fields.find((candidate) => candidate.name === wanted)
    return field === undefined ? null : this.#text(field)
  }

  /** Every field called `name`, as `get` gives it. */
  all(name: string): string[] {
    const wanted = name.toLowerCase()
    return this.fields.filter((field) => field.name === wanted).map((field) => this.#text(field))
  }

  #text(field: Field): string {
    const bytes = this.#source.subarray(field.value, Math.min(field.end, field.value + fieldBytesMax))
    // Two escape sequences give ISO-2022-JP away, which Japanese senders put into headers as it is.
    const text = bytes.toString('latin1')
    const raw = text.includes('\u001b$') ? decodeText(bytes, 'iso-2022-jp') : /[\x80-\xff]/.test(text) ? decodeText(bytes, null) : text
    return raw.replace(/[\r\n]+[ \t]*/g, ' ').trim()
  }
}

/** The byte that ends lines: LF, or CR where the whole source holds no LF. */
export function lineEnd(source: Uint8Array): number {
  return source.indexOf(lineFeed) === -1 && source.includes(carriageReturn) ? carriageReturn : lineFeed
}

/** One past the line end of the line that begins at `start`. */
export function nextLine(source: Uint8Array, start: number, limit: number, newline: number): number {
  const at = source.indexOf(newline, start)
  return at === -1 || at >= limit ? limit : at + 1
}

function isBlank(source: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = source[at]
    if (byte !== carriageReturn && byte !== lineFeed) return false
  }
  return true
}

/** Whether there is nothing but white space, as Latin-1 knows it. */
function isWhite(source: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = source[at] ?? 0
    if (byte !== 0x20 && byte !== 0xa0 && (byte < 0x09 || byte > 0x0d)) return false
  }
  return true
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09
}

// RFC 5322 names are short; what is longer before its first colon is text.
const nameBytesMax = 128

/** Where the colon of a field stands that begins at `start`; -1 if the line is no field. */
function colonOf(source: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + nameBytesMax)
  for (let at = start; at < limit; at++) {
    const byte = source[at] ?? 0
    if (byte === colon) return at > start ? at : -1
    if (isSpace(byte)) {
      // Obsolete syntax allows white space before the colon, and nothing else.
      while (at < limit && isSpace(source[at])) at++
      return source[at] === colon ? at : -1
    }
    if (byte < 0x21 || byte > 0x7e) return -1
  }
  return -1
}

function startsWith(source: Buffer, start: number, text: string): boolean {
  return source.toString('latin1', start, start + text.length) === text
}

/** What `readHeaders` has found: the fields, and the first byte of the body. */
export interface HeaderBlock {
  readonly headers: Headers
  readonly body: number
}

/**
 * Reads the fields from `start` on. The block ends at a blank line, at `limit`, before a line that `isDelimiter` knows,
 * or, where the blank line is missing, before the first line that is no field. Such a line is junk and skipped if familiar
 * fields follow soon, as is the `From ` line of an mbox.
 */
export function readHeaders(
  source: Buffer,
  start: number,
  limit: number,
  newline: number,
  isDelimiter: (start: number, end: number) => boolean = () => false,
  fieldsMax = usualFieldsMax,
): HeaderBlock {
  const fields: Field[] = []
  let at = start
  let open: { name: string; start: number; value: number } | null = null
  const close = (end: number) => {
    if (open !== null && fields.length < fieldsMax) fields.push({ ...open, end })
    open = null
  }
  while (at < limit) {
    const end = nextLine(source, at, limit, newline)
    if (isBlank(source, at, end)) {
      close(at)
      return { headers: new Headers(source, fields), body: end }
    }
    if (isSpace(source[at])) {
      // A fold; one before any field belongs to nothing, and one of nothing but white space may be meant as the blank line.
      const mayEnd = (open === null && fields.length === 0) || isWhite(source, at, end)
      if (mayEnd && !isSpace(source[end]) && !isJunk(source, at, end, limit, newline)) break
      at = end
      continue
    }
    if (source[at] === 0x2d && isDelimiter(at, end)) break
    const split = colonOf(source, at, end)
    if (split === -1) {
      if (!isJunk(source, at, end, limit, newline)) break
      // `boundary=…` without its indentation is a fold all the same.
      if (open?.name.startsWith('content-') !== true) close(at)
    } else {
      close(at)
      open = { name: source.toString('latin1', at, split).trimEnd().toLowerCase(), start: at, value: split + 1 }
    }
    at = end
  }
  close(at)
  return { headers: new Headers(source, fields), body: at }
}

// Fields that no line of text begins with by chance.
const familiar =
  /^(?:from|to|cc|bcc|subject|date|message-id|mime-version|content-[\w-]+|received|return-path|reply-to|sender|in-reply-to|references|dkim-signature|x-[\w-]+)$/
const junkLinesMax = 3

/** Whether the line is one that stands among fields by mistake: an mbox separator, or one soon followed by a familiar field. */
function isJunk(source: Buffer, start: number, end: number, limit: number, newline: number): boolean {
  if (startsWith(source, start, 'From ') || startsWith(source, start, '>From ')) return true
  // More likely the delimiter of a multipart whose own header has no end.
  if (startsWith(source, start, '--')) return false
  let at = end
  for (let line = 0; line < junkLinesMax && at < limit; line++) {
    const next = nextLine(source, at, limit, newline)
    if (isBlank(source, at, next)) return false
    const split = colonOf(source, at, next)
    if (split !== -1) return familiar.test(source.toString('latin1', at, split).trimEnd().toLowerCase())
    at = next
  }
  return false
}
