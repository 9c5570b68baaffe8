// Sources of messages for tests of formats: bytes in memory that count how much of them was read.
import { Buffer } from 'node:buffer'
import type { Source } from '../../src/model/item.ts'

/** A mail written line by line, its bytes as Latin-1 so that `\xff` means that byte. */
export function mail(...lines: string[]): Buffer {
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

/** Random access to `bytes`. */
export function sourceOf(bytes: Uint8Array): Source & { bytesRead(): number } {
  let bytesRead = 0
  return {
    bytes: bytes.length,
    read: (start, end) => {
      const piece = bytes.subarray(start, end)
      bytesRead += piece.length
      return Promise.resolve(piece)
    },
    bytesRead: () => bytesRead,
  }
}
