// Tokens in, WBXML bytes out: the other half of the byte code. What it writes is well formed and its text is legal in XML 1.0.
import { isUtf8 } from 'node:buffer'
import { WireError } from './error.ts'
import { tagOf } from './pages.ts'

/** MS-ASWBXML 2.1.2: version 1.3, public id unknown, UTF-8, no string table. */
const header = Buffer.from([0x03, 0x01, 0x6a, 0x00])
const switchPage = 0x00
const endToken = 0x01
const inlineString = 0x03
const opaqueData = 0xc3
const contentBit = 0x40

const depthMax = 32
const startBytes = 256 << 10
/** A buffer that grew beyond this is not kept for the next document. */
const keptBytes = 1 << 20
/** Strings up to this length are written by a loop: cheaper than the call into native code. */
const shortLength = 32

/** The buffer of the last document, for the next one; null while a writer has it. */
let spare: Buffer | null = Buffer.allocUnsafeSlow(startBytes)

/** How many bytes of a character that XML 1.0 forbids (2.2 Char) stand at `at`; 0 if it is a legal one. */
function illegalLength(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] ?? 0
  if (byte < 0x20) return byte === 0x09 || byte === 0x0a || byte === 0x0d ? 0 : 1
  return byte === 0xef && bytes[at + 1] === 0xbf && (bytes[at + 2] ?? 0) >= 0xbe ? 3 : 0
}

/** Writes one document. A writer is used once: `finish` gives the bytes; `release` must follow in any case. */
export class Writer {
  #bytes: Buffer
  /** The same memory, four bytes at a time. */
  #words: Int32Array
  #position = header.length
  #page = 0
  #depth = 0
  /** Where the content of the element begun last would begin. */
  #inside = 0
  /** The keys of the open elements, outermost first. */
  readonly #path = new Uint16Array(depthMax)

  constructor() {
    this.#bytes = spare ?? Buffer.allocUnsafeSlow(startBytes)
    spare = null
    this.#words = new Int32Array(this.#bytes.buffer)
    header.copy(this.#bytes)
  }

  /** The document so far, copied out. */
  finish(): Uint8Array {
    if (this.#depth > 0) throw new WireError(`${this.path()} is still open`)
    const document = Buffer.allocUnsafeSlow(this.#position)
    this.#bytes.copy(document, 0, 0, this.#position)
    return document
  }

  /** Gives the buffer back. */
  release(): void {
    if (this.#bytes.length <= keptBytes) spare = this.#bytes
  }

  /** Begins an element, `page << 8 | token`. */
  open(key: number): void {
    if (this.#depth === depthMax) throw new WireError(`nested deeper than ${depthMax}`)
    this.#path[this.#depth] = key
    this.#depth += 1
    this.#reserve(3)
    const page = key >> 8
    if (page !== this.#page) {
      this.#bytes[this.#position] = switchPage
      this.#bytes[this.#position + 1] = page
      this.#position += 2
      this.#page = page
    }
    this.#bytes[this.#position] = (key & 0xff) | contentBit
    this.#position += 1
    this.#inside = this.#position
  }

  /** Ends the element begun last. One that has no content becomes an empty tag. */
  close(): void {
    if (this.#depth === 0) throw new WireError('nothing is open')
    this.#depth -= 1
    if (this.#position === this.#inside) {
      this.#bytes[this.#position - 1] = (this.#bytes[this.#position - 1] ?? 0) & ~contentBit
      this.#inside = 0
      return
    }
    this.#reserve(1)
    this.#bytes[this.#position] = endToken
    this.#position += 1
  }

  /**
   * Writes text: a string, or bytes that hold UTF-8. What XML 1.0 cannot hold is left out, NUL first of all, behind which a
   * reader would take the rest for tokens; what is no Unicode becomes U+FFFD.
   */
  text(value: string | Uint8Array): void {
    if (typeof value !== 'string') this.#utf8(value)
    else if (value.length > shortLength || !this.#short(value)) this.#long(value)
  }

  /** Plain ASCII, byte by byte. Returns false, with nothing written, if `value` holds anything else. */
  #short(value: string): boolean {
    const length = value.length
    this.#reserve(length + 2)
    const bytes = this.#bytes
    let at = this.#position + 1
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index)
      if (code < 0x20 || code > 0x7f) return false
      bytes[at++] = code
    }
    if (length === 0) return true
    bytes[this.#position] = inlineString
    bytes[at] = 0
    this.#position = at + 1
    return true
  }

  #long(value: string): void {
    this.#reserve(value.length * 3 + 2)
    const from = this.#position + 1
    this.#string(from + this.#bytes.write(value, from, 'utf8'))
  }

  #utf8(value: Uint8Array): void {
    if (!isUtf8(value)) {
      this.#long(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'))
      return
    }
    this.#reserve(value.length + 2)
    const from = this.#position + 1
    this.#bytes.set(value, from)
    this.#string(from + value.length)
  }

  /** Puts STR_I before and NUL behind the bytes that stand from one past the position up to `to`; nothing if none are left. */
  #string(to: number): void {
    const from = this.#position + 1
    const end = this.#legal(from, to)
    if (end === from) return
    this.#bytes[this.#position] = inlineString
    this.#bytes[end] = 0
    this.#position = end + 1
  }

  /** Closes the gaps that illegal characters leave; where the text ends then. */
  #legal(from: number, to: number): number {
    const bytes = this.#bytes
    let at = this.#firstIllegal(from, to)
    let end = at
    while (at < to) {
      const gap = illegalLength(bytes, at)
      if (gap > 0) at += gap
      else bytes[end++] = bytes[at++] ?? 0
    }
    return end
  }

  /** Where the first illegal character stands; `to` if there is none. Looks at four bytes at once while they are plain ASCII. */
  #firstIllegal(from: number, to: number): number {
    const bytes = this.#bytes
    const words = this.#words
    let at = from
    while (at < to) {
      if ((at & 3) === 0) {
        // A byte below 0x20 borrows into its highest bit, one above 0x7f has it; either way the four are looked at one by one.
        const last = to >> 2
        let word = at >> 2
        for (; word < last; word++) {
          const four = words[word] ?? 0
          if ((((four - 0x20202020) | four) & 0x80808080) !== 0) break
        }
        at = word << 2
        if (at >= to) return to
      }
      if (illegalLength(bytes, at) > 0) return at
      at += 1
    }
    return to
  }

  /** Writes bytes as OPAQUE; nothing if there are none. */
  opaque(value: Uint8Array): void {
    const length = value.length
    if (length === 0) return
    this.#reserve(length + 6)
    this.#bytes[this.#position++] = opaqueData
    for (let shift = 28; shift > 0; shift -= 7) {
      if (length >= 2 ** shift) this.#bytes[this.#position++] = ((length / 2 ** shift) & 0x7f) | 0x80
    }
    this.#bytes[this.#position++] = length & 0x7f
    this.#bytes.set(value, this.#position)
    this.#position += length
  }

  #reserve(more: number): void {
    const needed = this.#position + more
    if (needed <= this.#bytes.length) return
    // A multiple of four bytes, so that all of them are in #words.
    const wider = Buffer.allocUnsafeSlow((Math.max(needed, this.#bytes.length * 2) + 3) & ~3)
    this.#bytes.copy(wider, 0, 0, this.#position)
    this.#bytes = wider
    this.#words = new Int32Array(wider.buffer)
  }

  /** The open elements by name, outermost first, for messages. */
  path(): string {
    return Array.from(this.#path.subarray(0, this.#depth), (key) => tagOf(key)?.name ?? '?').join('/')
  }
}
