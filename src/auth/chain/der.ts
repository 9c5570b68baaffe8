// A cursor over DER: lists of revoked certificates have a hundred thousand entries, and a tree of all of them would take seconds to build.

export interface DerValue {
  readonly tag: number
  readonly content: Buffer
  /** With its head. */
  readonly whole: Buffer
}

/** These bytes are no DER. */
export class MalformedDer extends Error {
  override readonly name = 'MalformedDer'
}

export const derTag = { boolean: 0x01, integer: 0x02, oid: 0x06, utcTime: 0x17, generalizedTime: 0x18, sequence: 0x30 } as const

/** The value at `offset`. Throws MalformedDer. */
export function readDer(bytes: Buffer, offset = 0): DerValue {
  const tag = bytes[offset]
  const first = bytes[offset + 1]
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new MalformedDer('a value without a head')
  // 4.3 GB would be four bytes of length: nobody hands us that many.
  const more = first < 0x80 ? 0 : first & 0x7f
  if (more > 4 || first === 0x80) throw new MalformedDer('a length that DER does not have')
  const start = offset + 2 + more
  const length = more === 0 ? first : bytes.readUIntBE(offset + 2, more)
  if (start + length > bytes.length) throw new MalformedDer('a value that breaks off')
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(offset, start + length) }
}

/** The values inside one, one behind the other. Throws MalformedDer. */
export function* derValues(content: Buffer): Generator<DerValue> {
  for (let offset = 0; offset < content.length;) {
    const value = readDer(content, offset)
    yield value
    offset += value.whole.length
  }
}
