// Transfer encodings of MIME (RFC 2045 6) and uuencode to bytes, whole or piece by piece, tolerant of damage.
import { Buffer } from 'node:buffer'
import type { MimePart } from '../model/email.ts'

/** Decodes a stream: what each piece gives, and what is left at the end. Pieces may be cut anywhere. */
export interface TransferDecoder {
  push(piece: Buffer): Buffer
  end(): Buffer
}

const nothing = Buffer.alloc(0)
const newline = 0x0a
const equals = 0x3d

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const sextets = new Int8Array(256).fill(-1)
for (let index = 0; index < alphabet.length; index++) sextets[alphabet.charCodeAt(index)] = index
// The alphabet for addresses (RFC 4648 5) is met in mail too.
sextets['-'.charCodeAt(0)] = 62
sextets['_'.charCodeAt(0)] = 63

/** Skips what is not base64; padding ends a group, and another group may follow it. */
class Base64 implements TransferDecoder {
  #bits = 0
  #count = 0

  push(piece: Buffer): Buffer {
    const out = Buffer.allocUnsafe(Math.ceil(((piece.length + 4) * 3) / 4))
    let length = 0
    let bits = this.#bits
    let count = this.#count
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] ?? 0
      const sextet = sextets[byte] ?? -1
      if (sextet === -1) {
        if (byte === equals) count = bits = 0
        continue
      }
      bits = (bits << 6) | sextet
      count += 6
      if (count >= 8) {
        count -= 8
        out[length++] = bits >>> count
        bits &= (1 << count) - 1
      }
    }
    this.#bits = bits
    this.#count = count
    return out.subarray(0, length)
  }

  end(): Buffer {
    return nothing
  }
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** Keeps what is not quoted-printable as it stands; drops white space at line ends, which transport added (RFC 2045 6.7 rule 3). */
class QuotedPrintable implements TransferDecoder {
  #kept: Buffer = nothing

  push(piece: Buffer): Buffer {
    const whole = this.#kept.length === 0 ? piece : Buffer.concat([this.#kept, piece])
    const cut = this.#cut(whole)
    // A copy: the caller may use its piece again.
    this.#kept = Buffer.from(whole.subarray(cut))
    return decodeQuotedPrintable(whole.subarray(0, cut))
  }

  end(): Buffer {
    const rest = decodeQuotedPrintable(this.#kept)
    this.#kept = nothing
    return rest
  }

  /** Up to where no later byte can change the meaning: not inside `=XX`, nor in white space that may end a line. */
  #cut(whole: Buffer): number {
    let cut = whole.length
    for (;;) {
      if (isBlankByte(whole[cut - 1]) || whole[cut - 1] === equals) cut -= 1
      else if (whole[cut - 2] === equals) cut -= 2
      else return cut
    }
  }
}

function isBlankByte(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d
}

/** The whole of a quoted-printable text. */
function decodeQuotedPrintable(source: Buffer): Buffer {
  const out = Buffer.allocUnsafe(source.length)
  let length = 0
  // Encoded white space stands; only what is literal goes at a line's end.
  let floor = 0
  const trim = () => {
    while (length > floor && (out[length - 1] === 0x20 || out[length - 1] === 0x09)) length--
  }
  for (let at = 0; at < source.length; at++) {
    const byte = source[at] ?? 0
    if (byte === equals) {
      const high = hexValue(source[at + 1])
      const low = hexValue(source[at + 2])
      if (high !== -1 && low !== -1) {
        out[length++] = (high << 4) | low
        floor = length
        at += 2
        continue
      }
      let next = at + 1
      while (isBlankByte(source[next])) next++
      if (next >= source.length || source[next] === newline) {
        at = next
        floor = length
        continue
      }
      if (source[next - 1] === 0x0d) {
        // Lines that end in CR alone.
        at = next - 1
        floor = length
        continue
      }
    } else if (byte === newline) {
      if (out[length - 1] === 0x0d && length > floor) {
        length--
        trim()
        out[length++] = 0x0d
      } else trim()
      out[length++] = byte
      floor = length
      continue
    }
    out[length++] = byte
  }
  return out.subarray(0, length)
}

/** Line by line; lines outside `begin` and `end` are no data. */
class Uuencode implements TransferDecoder {
  #kept: Buffer = nothing
  #inside = false

  push(piece: Buffer): Buffer {
    const whole = this.#kept.length === 0 ? piece : Buffer.concat([this.#kept, piece])
    // A line has 62 characters at most: what goes on without a line end is not uuencode, and need not be kept.
    const cut = Math.max(whole.lastIndexOf(newline) + 1, whole.length - 1024)
    this.#kept = Buffer.from(whole.subarray(cut))
    return this.#lines(whole.subarray(0, cut))
  }

  end(): Buffer {
    const rest = this.#lines(this.#kept)
    this.#kept = nothing
    return rest
  }

  #lines(source: Buffer): Buffer {
    const out = Buffer.allocUnsafe(source.length)
    let length = 0
    let at = 0
    while (at < source.length) {
      const found = source.indexOf(newline, at)
      const end = found === -1 ? source.length : found
      if (!this.#inside) this.#inside = /^begin(?:-base64)? [0-7]{3,4} /.test(source.toString('latin1', at, Math.min(end, at + 20)))
      else if (/^end\s*$/.test(source.toString('latin1', at, Math.min(end, at + 6)))) this.#inside = false
      else length += uuLine(source, at, end, out, length)
      at = end + 1
    }
    return out.subarray(0, length)
  }
}

/** Decodes one line into `out` at `to`; returns the number of bytes written. */
function uuLine(source: Buffer, start: number, end: number, out: Buffer, to: number): number {
  const announced = ((source[start] ?? 0x20) - 0x20) & 0x3f
  // A line may have lost its trailing spaces, which stand for zeros.
  const value = (at: number) => (at < end ? ((source[at] ?? 0x20) - 0x20) & 0x3f : 0)
  let written = 0
  for (let at = start + 1; written < announced && at < end; at += 4) {
    const bits = (value(at) << 18) | (value(at + 1) << 12) | (value(at + 2) << 6) | value(at + 3)
    for (let shift = 16; shift >= 0 && written < announced; shift -= 8) out[to + written++] = bits >>> shift
  }
  return written
}

const identity: TransferDecoder = { push: (piece) => piece, end: () => nothing }

/** A decoder for one part's content. */
export function transferDecoder(encoding: MimePart['encoding']): TransferDecoder {
  switch (encoding) {
    case 'base64':
      return new Base64()
    case 'quoted-printable':
      return new QuotedPrintable()
    case 'uuencode':
      return new Uuencode()
    case 'identity':
      return identity
  }
}

/** The whole content of a part, decoded. */
export function decodeTransfer(bytes: Buffer, encoding: MimePart['encoding']): Buffer {
  if (encoding === 'identity') return bytes
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(bytes)
  if (encoding === 'base64') {
    let end = bytes.length
    while (end > 0 && (bytes[end - 1] === equals || (bytes[end - 1] ?? 0) <= 0x20)) end--
    const content = bytes.subarray(0, end)
    // Several times as fast as the table, and the same where nothing follows the padding.
    if (!content.includes(equals)) return Buffer.from(content.toString('latin1'), 'base64')
  }
  const decoder = transferDecoder(encoding)
  return Buffer.concat([decoder.push(bytes), decoder.end()])
}

// How many bytes one byte of content may take: a quoted-printable soft line end comes on top of `=XX`.
const expansion: Readonly<Record<MimePart['encoding'], number>> = { identity: 1, base64: 1.5, uuencode: 1.5, 'quoted-printable': 3.2 }

/** About the first `wanted` bytes of a part's content, decoded; never fewer, unless it has fewer or is mostly junk. */
export function decodePrefix(bytes: Buffer, encoding: MimePart['encoding'], wanted: number): Buffer {
  return decodeTransfer(bytes.subarray(0, Math.ceil(wanted * expansion[encoding]) + 256), encoding)
}
