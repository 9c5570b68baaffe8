// How much ASN.1 there is in bytes that anybody may have sent: counted before a library builds a tree of it, which takes a hundred times as long.

export interface Bounds {
  readonly values: number
  readonly depth: number
}

/** A certificate has some 200 values and nests eleven deep; one with a hundred names stays below. */
export const certificateBounds: Bounds = { values: 600, depth: 24 }
/** A message of SCEP brings a chain of certificates along. */
export const messageBounds: Bounds = { values: 3000, depth: 40 }

const isConstructed = (tag: number) => (tag & 0x20) !== 0
/** OCTET STRING, BIT STRING: a library looks whether there are values inside. */
const [octets, bits] = [0x04, 0x03]

/**
 * Whether these bytes are values of BER, whole, and no more than that. A library meets each of them as a thing of its own: thirty kilobytes
 * of empty ones hold the server up for half a second.
 */
export function isModest(bytes: Uint8Array, bounds: Bounds): boolean {
  const { count, isWhole } = weigh(bytes, bounds)
  return isWhole && count <= bounds.values
}

interface Weight {
  /** Infinity for what nests too deep. */
  readonly count: number
  /** False for what is no BER from some place on. */
  readonly isWhole: boolean
}

/** Stops counting where there are too many. */
function weigh(bytes: Uint8Array, { values, depth }: Bounds): Weight {
  /** Where those that are open end; null for one that says so itself (indefinite length). */
  const open: (number | null)[] = []
  let count = 0
  let at = 0
  while (count <= values && (at < bytes.length || open.length > 0)) {
    const end = open.at(-1)
    const isEnded = end === null && bytes[at] === 0 && bytes[at + 1] === 0
    if (end === at || isEnded) {
      open.pop()
      if (isEnded) at += 2
      continue
    }
    const head = readHead(bytes, at)
    if (head === null) return { count, isWhole: false }
    count++
    const { tag, start, length } = head
    if (start + (length ?? 0) > (end ?? bytes.length) || (length === null && !isConstructed(tag))) return { count, isWhole: false }
    if (isConstructed(tag)) {
      if (open.push(length === null ? null : start + length) > depth) return { count: Infinity, isWhole: true }
      at = start
      continue
    }
    at = start + (length ?? 0)
    // Whatever else it may be, what is inside may break off.
    const inside = tag === octets ? start : tag === bits ? start + 1 : at
    if (inside < at) count += weigh(bytes.subarray(inside, at), { values: values - count, depth: depth - open.length - 1 }).count
  }
  return { count, isWhole: true }
}

interface Head {
  readonly tag: number
  readonly start: number
  /** Null: until two zeros. */
  readonly length: number | null
}

/** Null for what breaks off, and for lengths that nothing has. */
function readHead(bytes: Uint8Array, from: number): Head | null {
  let at = from
  const tag = bytes[at++]
  // A number of more than five bits is in the bytes behind.
  if (tag !== undefined && (tag & 0x1f) === 0x1f) while ((bytes[at++] ?? 0) >= 0x80);
  const first = bytes[at++]
  if (tag === undefined || first === undefined) return null
  if (first < 0x80) return { tag, start: at, length: first }
  if (first === 0x80) return { tag, start: at, length: null }
  const start = at + (first & 0x7f)
  if (start > bytes.length) return null
  const length = bytes.subarray(at, start).reduce((sum, byte) => sum * 256 + byte, 0)
  return { tag, start, length }
}
