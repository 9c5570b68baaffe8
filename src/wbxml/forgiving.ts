// Reads a document, and once more where a phone is known to break it.
import { WireError } from './error.ts'
import type { Limits } from './limits.ts'
import { finish, open, Reader } from './reader.ts'

/** Whether the bytes are one document with one root element and nothing behind it. */
function isWellFormed(bytes: Uint8Array, limits: Limits): boolean {
  try {
    const reader = Reader.document(bytes, false, limits)
    if (reader.next() === open) reader.skip()
    return reader.next() === finish
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}

/** STR_I, END. */
const stringThenEnd = Buffer.of(0x03, 0x01)

/**
 * Reads a document, and once more if it is broken in the way of the Samsung Galaxy S2, which writes an empty Category as STR_I
 * without its NUL (`55 56 03 01 01`), so that the ENDs behind it look like text. XML 1.0 has no U+0001, so a string cannot begin
 * with it; still the strict reading comes first, and only a document that has none is read the other way.
 */
export function forgiving<Result>(bytes: Uint8Array, limits: Limits, read: (reader: Reader) => Result): Result {
  try {
    return read(Reader.document(bytes, false, limits))
  } catch (error) {
    if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(stringThenEnd) || isWellFormed(bytes, limits)) throw error
    return read(Reader.document(bytes, true, limits))
  }
}
