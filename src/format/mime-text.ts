// A message's MIME source as text that a document can carry, with as few of its bytes changed as possible: signatures cover them.
import { Buffer, isUtf8 } from 'node:buffer'
import type { MimePart } from '../model/email.ts'
import type { Source } from '../model/item.ts'
import { decodeText } from './charset.ts'
import { addHeaders, normaliseLineEnds, stripHeaders } from './header-out.ts'
import { scan } from './mime.ts'
import { speakable } from './text.ts'

/** A MIME source, or the beginning of one. */
export interface MimeText {
  /** UTF-8 that XML 1.0 can hold; lines end in CRLF. */
  readonly bytes: Uint8Array
  /** Size of the whole; the stored size if only the beginning was read. */
  readonly totalBytes: number
  readonly truncated: boolean
}

const readBytes = 1024 * 1024
// A forward of a forward is mended inside of both; what is nested deeper is encoded as it is.
const nestingMax = 8

/** The control characters that XML 1.0 forbids (2.2 Char). */
const controls = Array.from({ length: 0x20 }, (_, byte) => byte).filter((byte) => byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)

/** Whether U+FFFE or U+FFFF stands in UTF-8: EF BF BE, EF BF BF. */
function holdsNoncharacter(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(0xef); at !== -1; at = bytes.indexOf(0xef, at + 1)) {
    if (bytes[at + 1] === 0xbf && (bytes[at + 2] ?? 0) >= 0xbe) return true
  }
  return false
}

/** Whether bytes are text of a document already. Looks for single bytes natively: several times as fast as a loop over all of them. */
function isCarryable(bytes: Buffer): boolean {
  return isUtf8(bytes) && !controls.some((byte) => bytes.includes(byte)) && !holdsNoncharacter(bytes)
}

/** Whether every CR and LF is one half of a CRLF. */
function hasWholeLineEnds(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) if (bytes[at - 1] !== 0x0d) return false
  for (let at = bytes.indexOf(0x0d); at !== -1; at = bytes.indexOf(0x0d, at + 1)) if (bytes[at + 1] !== 0x0a) return false
  return true
}

/** `bytes` up to the last whole character of UTF-8. */
function wholeCharacters(bytes: Buffer): Buffer {
  let at = bytes.length
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) break
    if (byte < 0xc0) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    if (length > back) at = bytes.length - back
    break
  }
  return bytes.subarray(0, at)
}

/** Header fields, boundaries and preambles: each line read by itself, since one message may hold several charsets. */
function cleanLines(bytes: Buffer): Buffer {
  if (isCarryable(bytes)) return bytes
  const lines: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const found = bytes.indexOf(0x0a, at)
    const end = found === -1 ? bytes.length : found + 1
    const line = bytes.subarray(at, end)
    const charset = line.includes('\u001b$') ? 'iso-2022-jp' : null
    lines.push(isCarryable(line) ? line : Buffer.from(speakable(decodeText(line, charset)), 'utf8'))
    at = end
  }
  return Buffer.concat(lines)
}

/** The head of a part whose content gets another encoding, and another type where one is given. */
function rehead(head: Buffer, encoding: string, type: string | null): Buffer {
  const names = type === null ? ['content-transfer-encoding'] : ['content-transfer-encoding', 'content-type']
  const bare = Buffer.from(stripHeaders(cleanLines(head), names))
  // A head that runs into its body without a blank line would swallow the new content.
  const closed = /(?:^|\n)\r?\n$/.test(bare.toString('latin1')) ? bare : Buffer.concat([bare, Buffer.from('\r\n')])
  const fields: [string, string][] = [['Content-Transfer-Encoding', encoding]]
  return Buffer.from(addHeaders(closed, type === null ? fields : [['Content-Type', type], ...fields]))
}

function base64Lines(content: Buffer): Buffer {
  return Buffer.from(content.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n'), 'latin1')
}

function mendPart(source: Buffer, part: MimePart, depth: number): Buffer[] {
  const head = source.subarray(part.start, part.body)
  const content = source.subarray(part.body, part.end)
  if (isCarryable(content)) return [cleanLines(head), content]
  // Encoded content is ASCII; anything else in it is damage.
  if (part.encoding !== 'identity') return [cleanLines(head), cleanLines(content)]
  if (part.type === 'message/rfc822' && depth < nestingMax) return [cleanLines(head), mend(content, depth + 1)]
  if (part.type.startsWith('text/') && part.charset === null && part.name === null) {
    // Nobody says what it is written in: a phone would guess otherwise than we do.
    const text = Buffer.from(speakable(decodeText(content, null)), 'utf8')
    return [rehead(head, '8bit', `${part.type}; charset=utf-8`), text]
  }
  return [rehead(head, 'base64', null), base64Lines(content)]
}

function* leaves(part: MimePart): Iterable<MimePart> {
  if (part.parts.length === 0) yield part
  else for (const child of part.parts) yield* leaves(child)
}

/** Encodes the parts that cannot be carried as they are, and them alone. */
function mend(source: Buffer, depth: number): Buffer {
  if (isCarryable(source)) return source
  const pieces: Buffer[] = []
  let at = 0
  for (const part of leaves(scan(source).root)) {
    pieces.push(cleanLines(source.subarray(at, part.start)), ...mendPart(source, part, depth))
    at = part.end
  }
  pieces.push(cleanLines(source.subarray(at)))
  return Buffer.concat(pieces)
}

/** A message as text: see MimeText. The same bytes where nothing stands in the way. */
export function carryable(source: Uint8Array): Uint8Array {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength)
  const first = bytes.toString('latin1', 0, 5) === 'From ' ? bytes.indexOf(0x0a) + 1 : 0
  const mended = mend(bytes.subarray(first), 0)
  return hasWholeLineEnds(mended) ? mended : normaliseLineEnds(mended)
}

/** The source of a message, or its beginning of at most `limitBytes`, cut on a character. */
export async function mimeText(source: Source, limitBytes: number | null): Promise<MimeText> {
  // Some more than wanted, so that what is cut off is never the end of what was read.
  const wanted = limitBytes === null ? source.bytes : Math.min(source.bytes, limitBytes + 1024)
  const pieces: Uint8Array[] = []
  for (let at = 0; at < wanted; at += readBytes) pieces.push(await source.read(at, Math.min(wanted, at + readBytes)))
  const read = Buffer.concat(pieces)
  const isWhole = wanted >= source.bytes
  const whole = Buffer.from(carryable(isWhole ? read : wholeCharacters(read)))
  if (limitBytes === null || (isWhole && whole.length <= limitBytes)) return { bytes: whole, totalBytes: whole.length, truncated: false }
  const bytes = wholeCharacters(whole.subarray(0, limitBytes))
  return { bytes, totalBytes: isWhole ? whole.length : source.bytes, truncated: true }
}
