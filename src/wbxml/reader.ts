// WBXML bytes in, tokens out: with writer.ts the only code that knows the bytes. Every limit on what a peer sends is held here.
import { WireError } from './error.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { pageCount, tagOf } from './pages.ts'

/** What `next` found: a tag with content, a tag without, the end of a tag with content, text, bytes, the end of the document. */
export const open = 1
export const empty = 2
export const close = 3
export const text = 4
export const opaque = 5
export const finish = 6
export type Token = typeof open | typeof empty | typeof close | typeof text | typeof opaque | typeof finish

const switchPage = 0x00
const endToken = 0x01
const inlineString = 0x03
const opaqueData = 0xc3
const contentBit = 0x40
const attributeBit = 0x80
const tokenMask = 0x3f
const firstTag = 0x05
const utf8 = 106

const known = new Uint8Array(pageCount << 8)
for (let key = 0; key < known.length; key++) if (tagOf(key) !== undefined) known[key] = 1

function view(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * A cursor over one document. It allocates nothing but the strings asked of it, whatever lengths the bytes claim.
 * All methods throw WireError when the bytes are no WBXML of ActiveSync.
 */
export class Reader {
  readonly bytes: Buffer
  readonly limits: Limits
  /** Whether STR_I END is an empty string; see forgiving.ts. */
  readonly missingNul: boolean
  /** Where the next token stands. */
  position = 0
  depth = 0
  /** Of the last tag: `page << 8 | token`. */
  key = 0
  /** The bytes of the last text or opaque, or of the last element that `leaf` went through. */
  from = 0
  to = 0
  /** The keys of the elements that are open, outermost first. */
  readonly #path: Uint16Array
  #page = 0
  #tokens = 0
  #switches = 0
  #textBytes = 0
  /** The content of a leaf that came in several pieces. */
  #joined: Buffer | null = null

  private constructor(bytes: Uint8Array, missingNul: boolean, limits: Limits) {
    this.bytes = view(bytes)
    this.limits = limits
    this.missingNul = missingNul
    this.#path = new Uint16Array(limits.depth)
  }

  /** A reader behind the header of a document. `missingNul`: see forgiving.ts. */
  static document(bytes: Uint8Array, missingNul = false, limits = defaultLimits): Reader {
    const reader = new Reader(bytes, missingNul, limits)
    reader.#header()
    return reader
  }

  /** A reader inside the element `key`: `bytes` are its content, END included, cut out of a document; none if the tag has no content. */
  static inside(key: number, bytes: Uint8Array, missingNul = false, limits = defaultLimits): Reader {
    const reader = new Reader(bytes, missingNul, limits)
    reader.#page = key >> 8
    reader.#path[0] = key
    reader.depth = bytes.length === 0 ? 0 : 1
    return reader
  }

  /** WAP-192-WBXML 5.4: version, public id, charset, string table. MS-ASWBXML 2.1.2: 03 01 6A 00; peers vary in the first three. */
  #header(): void {
    const version = this.#byte()
    if (version < 0x01 || version > 0x03) throw new WireError(`WBXML version byte ${version}`)
    const publicId = this.#number()
    const publicIdOffset = publicId === 0 ? this.#number() : null
    const charset = this.#number()
    if (charset !== utf8) throw new WireError(`charset ${charset} is not UTF-8`)
    const tableBytes = this.#number()
    if (tableBytes > this.limits.tableBytes) throw new WireError(`a string table of ${tableBytes} bytes`)
    if (tableBytes > this.bytes.length - this.position) throw new WireError('the string table runs past the end')
    if (publicIdOffset !== null && publicIdOffset >= tableBytes) throw new WireError('the public id points past the string table')
    this.position += tableBytes
  }

  /** The next token. Page switches are followed silently. `finish` comes when the bytes end outside of any element. */
  next(): Token {
    const { bytes, limits } = this
    for (;;) {
      const byte = bytes[this.position]
      if (byte === undefined) {
        if (this.depth > 0) throw new WireError(`the document ends inside ${this.path()}`)
        return finish
      }
      this.position += 1
      if (++this.#tokens > limits.tokens) throw new WireError(`more than ${limits.tokens} tokens`)
      switch (byte) {
        case switchPage:
          this.#switch()
          continue
        case endToken:
          if (this.depth === 0) throw new WireError('an END without a tag')
          this.depth -= 1
          return close
        case inlineString:
          this.#string()
          return text
        case opaqueData:
          this.#opaque()
          return opaque
        default:
          return this.#tag(byte)
      }
    }
  }

  #tag(byte: number): Token {
    const token = byte & tokenMask
    if (token < firstTag) throw new WireError(`global token 0x${byte.toString(16)} is not used by ActiveSync`)
    if ((byte & attributeBit) !== 0) throw new WireError(`tag 0x${byte.toString(16)} has attributes`)
    const key = (this.#page << 8) | token
    if (known[key] !== 1) throw new WireError(`page ${this.#page} has no token 0x${token.toString(16)}`)
    this.key = key
    if ((byte & contentBit) === 0) return empty
    if (this.depth === this.limits.depth) throw new WireError(`nested deeper than ${this.limits.depth}`)
    this.#path[this.depth] = key
    this.depth += 1
    return open
  }

  #switch(): void {
    if (++this.#switches > this.limits.pageSwitches) throw new WireError(`more than ${this.limits.pageSwitches} page switches`)
    const page = this.#byte()
    if (page >= pageCount) throw new WireError(`code page ${page} does not exist`)
    this.#page = page
  }

  #string(): void {
    const { bytes } = this
    const from = this.position
    this.from = from
    this.#joined = null
    if (this.depth === 0) throw new WireError('text outside of any element')
    if (this.missingNul && bytes[from] === endToken) {
      this.to = from
      return
    }
    // Most strings are short: calling out to native code costs more than looking.
    let to = from
    const near = from + 24
    while (to < near && bytes[to] !== 0) to += 1
    if (to === near) to = bytes.indexOf(0, near)
    if (to < 0 || to >= bytes.length) throw new WireError('a string without its end')
    const length = to - from
    this.#textBytes += length
    if (length > this.limits.stringBytes) throw new WireError(`a string of ${length} bytes`)
    if (this.#textBytes > this.limits.textBytes) throw new WireError(`more than ${this.limits.textBytes} bytes of text`)
    this.to = to
    this.position = to + 1
  }

  #opaque(): void {
    if (this.depth === 0) throw new WireError('bytes outside of any element')
    const length = this.#number()
    if (length > this.bytes.length - this.position) throw new WireError(`an opaque of ${length} bytes runs past the end`)
    if (length > this.limits.opaqueBytes) throw new WireError(`an opaque of ${length} bytes`)
    this.#joined = null
    this.from = this.position
    this.position += length
    this.to = this.position
  }

  #byte(): number {
    const byte = this.bytes[this.position]
    if (byte === undefined) throw new WireError('the document breaks off')
    this.position += 1
    return byte
  }

  /** WAP-192-WBXML 5.1, mb_u_int32: seven bits a byte, at most five bytes. */
  #number(): number {
    let value = 0
    for (let count = 0; count < 5; count++) {
      const byte = this.#byte()
      value = value * 128 + (byte & 0x7f)
      if ((byte & 0x80) === 0) {
        if (value > 0xffffffff) break
        return value
      }
    }
    throw new WireError('a number beyond 32 bits')
  }

  /** Goes to the end of the element just opened, whatever is in it. */
  skip(): void {
    const outside = this.depth - 1
    while (this.depth > outside) this.next()
  }

  /**
   * Goes to the end of the element just opened; its text or bytes are then what `text`, `content` and `from`/`to` give.
   * Several pieces are joined; elements inside are passed over.
   */
  leaf(): void {
    let from = this.position
    let to = from
    let pieces: Buffer[] | null = null
    for (;;) {
      const token = this.next()
      if (token === open) this.skip()
      else if (token === close) break
      else if (token !== empty && this.to > this.from) {
        if (to > from) (pieces ??= [this.bytes.subarray(from, to)]).push(this.bytes.subarray(this.from, this.to))
        else {
          from = this.from
          to = this.to
        }
      }
    }
    this.#joined = null
    if (pieces !== null) {
      this.#joined = Buffer.concat(pieces)
      from = 0
      to = this.#joined.length
    }
    this.from = from
    this.to = to
  }

  /** The bytes of the last text, opaque or leaf: a view of the document wherever they came in one piece. */
  content(): Buffer {
    return (this.#joined ?? this.bytes).subarray(this.from, this.to)
  }

  /** The same as text; what is not UTF-8 becomes U+FFFD. */
  text(): string {
    return (this.#joined ?? this.bytes).toString('utf8', this.from, this.to)
  }

  /** The same as a decimal number, white space around it allowed; NaN if it is no integer that a double holds exactly. */
  integer(): number {
    const bytes = this.#joined ?? this.bytes
    let { from, to } = this
    while (from < to && (bytes[from] ?? 0) <= 0x20) from += 1
    while (from < to && (bytes[to - 1] ?? 0) <= 0x20) to -= 1
    const negative = bytes[from] === 0x2d
    if (negative) from += 1
    if (from === to || to - from > 15) return Number.NaN
    let value = 0
    for (; from < to; from++) {
      const digit = (bytes[from] ?? 0) - 0x30
      if (digit < 0 || digit > 9) return Number.NaN
      value = value * 10 + digit
    }
    return negative ? -value : value
  }

  /** The open elements by name, outermost first, for messages. */
  path(): string {
    return Array.from(this.#path.subarray(0, this.depth), (key) => tagOf(key)?.name ?? '?').join('/')
  }
}
