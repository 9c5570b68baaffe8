// The content of one part: decoded from its source in pieces, and an estimate of its size.
import { Buffer } from 'node:buffer'
import type { MimePart } from '../model/email.ts'
import type { Source } from '../model/item.ts'
import { transferDecoder } from './transfer.ts'

const pieceBytes = 192 * 1024

/** Buffer's view of the same bytes. */
function view(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * The decoded content of `part`, in pieces of at most 256 kB, read from `source` as they are asked for.
 * Damage in the encoding is passed over, never thrown.
 */
export async function* decodePart(source: Source, part: MimePart): AsyncIterable<Uint8Array> {
  const decoder = transferDecoder(part.encoding)
  const end = Math.min(part.end, source.bytes)
  for (let at = part.body; at < end; at += pieceBytes) {
    yield* pieces(decoder.push(view(await source.read(at, Math.min(end, at + pieceBytes)))))
  }
  yield* pieces(decoder.end())
}

/** A decoder that had to wait for a line's end may give much at once. */
function* pieces(bytes: Buffer): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

/** How many bytes the decoded content of `part` has, about: for EstimatedDataSize, without reading it. */
export function decodedBytes(part: MimePart): number {
  const encoded = Math.max(0, part.end - part.body)
  switch (part.encoding) {
    case 'identity':
      return encoded
    case 'base64':
      return lines(encoded, 78, 57, 0.75)
    case 'uuencode':
      return lines(encoded, 63, 45, 0.75)
    case 'quoted-printable':
      // Mostly text of some Western language: a soft line end in 76 bytes, some encoded characters.
      return Math.round(encoded * 0.94)
  }
}

/** Whole lines of `line` bytes that hold `content` each, and a last one. */
function lines(encoded: number, line: number, content: number, rate: number): number {
  const whole = Math.floor(encoded / line)
  return whole * content + Math.floor((encoded - whole * line) * rate)
}
