// The multipart answer of ItemOperations (MS-ASCMD 2.2.1.10.1.1): the document first, then raw bytes that it points to.
import type { Answer } from './command.ts'

export const multipartType = 'application/vnd.ms-sync.multipart'

/** Bytes that stand behind the document; `content` gives exactly as many as `bytes` says. */
export interface Part {
  readonly bytes: number
  readonly content: Uint8Array | AsyncIterable<Uint8Array>
}

/** The parts of one answer, numbered from 1: 0 is the document. */
export class Parts {
  readonly list: Part[] = []

  /** The number by which the document names this part. */
  add(part: Part): number {
    return this.list.push(part)
  }
}

/** PartsCount, then Offset and Length of each part, all uint32 little-endian; offsets count from the first byte of the answer. */
function header(lengths: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 8 * lengths.length)
  bytes.writeUInt32LE(lengths.length, 0)
  let offset = bytes.length
  for (const [index, length] of lengths.entries()) {
    bytes.writeUInt32LE(offset, 4 + 8 * index)
    bytes.writeUInt32LE(length, 8 + 8 * index)
    offset += length
  }
  return bytes
}

async function* write(head: Buffer, document: Uint8Array, parts: readonly Part[]): AsyncIterable<Uint8Array> {
  yield Buffer.concat([head, document])
  for (const { bytes, content } of parts) {
    if (content instanceof Uint8Array) {
      yield content
      continue
    }
    let written = 0
    for await (const piece of content) {
      written += piece.length
      yield piece
    }
    // The client would take bytes of one part for another's: better a broken connection.
    if (written !== bytes) throw new Error(`a part of ${bytes} bytes came as ${written}`)
  }
}

/** The answer that carries `document` and its parts; large parts are read as they are sent. */
export function multipartAnswer(document: Uint8Array, parts: readonly Part[]): Answer {
  const head = header([document.length, ...parts.map((part) => part.bytes)])
  const total = parts.reduce((sum, part) => sum + part.bytes, head.length + document.length)
  return { status: 200, body: { type: multipartType, content: write(head, document, parts), bytes: total } }
}
