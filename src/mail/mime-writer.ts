// Writes MIME out of texts, files and stretches of stored messages; nothing of a stretch is read before the message is assembled.
import { randomUUID } from 'node:crypto'
import { buildHeaderValue, encodeWords, foldLines } from 'nodemailer/lib/mime-funcs'
import { encode, wrap } from 'nodemailer/lib/qp'
import { cleanName } from '../format/name.ts'
import { crlf } from '../format/text.ts'
import type { Source } from '../model/item.ts'

/** Bytes at hand, or a stretch of a source that is read when its turn comes. */
export type Piece = Uint8Array | { readonly source: Source; readonly start: number; readonly end: number }

/** One MIME entity from its Content fields to the end of its body, without the line end before the next boundary. */
export type Entity = readonly Piece[]

/** What an assembled message would weigh is above what may be sent. */
export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge'
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8')

/** Large stretches are read in pieces, as Source asks. */
const readBytesMax = 1024 * 1024
/** RFC 5322 2.1.1: a line has at most 998 characters. */
const lineLengthMax = 998

function sizeOf(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.byteLength : piece.end - piece.start
}

/** The size of what `pieces` will become. */
export function sizeOfPieces(pieces: readonly Piece[]): number {
  return pieces.reduce((total, piece) => total + sizeOf(piece), 0)
}

/** Reads every piece into one message. Rejects with MessageTooLarge before it reads anything. */
export async function assemble(pieces: readonly Piece[], bytesMax: number): Promise<Uint8Array> {
  const total = sizeOfPieces(pieces)
  if (total > bytesMax) throw new MessageTooLarge(`${total} bytes, at most ${bytesMax} may be sent`)
  const message = Buffer.allocUnsafe(total)
  let at = 0
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) {
      message.set(piece, at)
      at += piece.byteLength
      continue
    }
    for (let from = piece.start; from < piece.end; from += readBytesMax) {
      const stretch = await piece.source.read(from, Math.min(piece.end, from + readBytesMax))
      message.set(stretch, at)
      at += stretch.byteLength
    }
  }
  // A source that is shorter than its structure says leaves no stray bytes behind.
  return message.subarray(0, at)
}

/** A random source over bytes that are at hand. */
export function sourceOf(message: Uint8Array): Source {
  return { bytes: message.byteLength, read: (start, end) => Promise.resolve(message.subarray(start, end)) }
}

/** Base64 in lines of 76 characters. */
function base64(content: Uint8Array): string {
  const encoded = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64')
  return encoded.replace(/.{76}(?=.)/g, '$&\r\n')
}

/** MS-ASCMD 2.2.1.19, 2.2.1.20: the text of a composed message is always UTF-8. `parameters` of its type begin with `; `. */
export function textEntity(subtype: 'plain' | 'html' | 'calendar', content: string, parameters = ''): Entity {
  const text = crlf(content.toWellFormed())
  const encoded = Buffer.from(text, 'utf8')
  const isAscii = encoded.length === text.length
  const isShort = !new RegExp(`[^\\r\\n]{${lineLengthMax + 1}}`).test(text)
  const head = `Content-Type: text/${subtype}; charset=utf-8${parameters}\r\nContent-Transfer-Encoding: `
  if (isAscii && isShort) return [bytes(`${head}7bit\r\n\r\n${text}`)]
  // Quoted-printable triples every byte outside of ASCII; base64 adds a third to everything.
  const isMostlyAscii = encoded.length - text.length < text.length / 4
  return [bytes(isMostlyAscii ? `${head}quoted-printable\r\n\r\n${wrap(encode(encoded))}` : `${head}base64\r\n\r\n${base64(encoded)}`)]
}

export interface NewFile {
  readonly name: string
  /** `type/subtype`; anything else becomes application/octet-stream. */
  readonly type: string | null
  readonly content: Uint8Array
  readonly inline: boolean
  readonly contentId: string | null
  readonly contentLocation: string | null
}

function field(name: string, value: string, params: Record<string, string>): string {
  return foldLines(`${name}: ${buildHeaderValue({ value, params })}`, 76)
}

/** A Content-ID without its brackets and without anything that could end a header. */
function plainToken(text: string): string {
  return text.replace(/[^\x21-\x7e]|[<>]/g, '')
}

/** A file from a phone. */
export function fileEntity(file: NewFile): Entity {
  const wanted = (file.type ?? '').trim().toLowerCase()
  const type =
    /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(wanted) && !wanted.startsWith('multipart/') ? wanted : 'application/octet-stream'
  if (type === 'message/rfc822') return messageEntity(file.name, [file.content])
  const name = cleanName(file.name) ?? 'attachment'
  const head = [
    // Old readers look for an encoded word in `name`, all others for the RFC 2231 form of `filename`.
    field('Content-Type', type, { name: encodeWords(name, 'Q', 52, true) }),
    field('Content-Disposition', file.inline ? 'inline' : 'attachment', { filename: name }),
    'Content-Transfer-Encoding: base64',
    ...(file.contentId === null ? [] : [`Content-ID: <${plainToken(file.contentId)}>`]),
    ...(file.contentLocation === null ? [] : [`Content-Location: ${plainToken(file.contentLocation)}`]),
  ]
  return [bytes(`${head.join('\r\n')}\r\n\r\n${base64(file.content)}`)]
}

/** A stored message as an attachment, as it stands: RFC 2046 5.2.1 allows no encoding. */
export function messageEntity(name: string, message: Entity): Entity {
  const file = cleanName(name) ?? 'message.eml'
  const head = [
    field('Content-Type', 'message/rfc822', { name: encodeWords(file, 'Q', 52, true) }),
    field('Content-Disposition', 'attachment', { filename: file }),
    'Content-Transfer-Encoding: 8bit',
  ]
  return [bytes(`${head.join('\r\n')}\r\n\r\n`), ...message]
}

/** A multipart. Its boundary is random, so that no child can hold it, unless the caller knows a better one. */
export function multipart(
  subtype: 'mixed' | 'alternative' | 'related' | 'report',
  children: readonly Entity[],
  parameters = '',
  boundary = `=_${randomUUID()}`,
): Entity {
  return [
    bytes(`Content-Type: multipart/${subtype}; boundary="${boundary}"${parameters}\r\n\r\n`),
    ...children.flatMap((child) => [bytes(`--${boundary}\r\n`), ...child, bytes('\r\n')]),
    bytes(`--${boundary}--\r\n`),
  ]
}
