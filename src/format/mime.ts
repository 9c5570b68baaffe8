// The structure scanner: where every part of a message lies, in one pass, with nothing decoded but header fields.
import { Buffer, isAscii } from 'node:buffer'
import type { MimePart } from '../model/email.ts'
import { decodeText } from './charset.ts'
import { readContent, type Content } from './content.ts'
import { type Headers, lineEnd, nextLine, readHeaders } from './headers.ts'
import { decodePrefix } from './transfer.ts'
import { cleanName } from './name.ts'
import { decodeWords } from './words.ts'

export { Headers } from './headers.ts'

// Real mail nests five deep, seldom ten; every level costs each candidate line a comparison.
const depthMax = 50
const partsMax = 1000
// RFC 2046 5.1.1 allows 70 characters; some senders use more.
const boundaryCharsMax = 256
// Names and identifiers of all parts together: they are read with every look at the message, not only when it is shown.
const labelCharsMax = 128 * 1024

/** What a source holds. `flaw` says which limit was hit, null if none: the rest of the message then lies in its last part. */
export interface Scan {
  readonly headers: Headers
  readonly root: MimePart
  readonly flaw: string | null
}

interface Draft {
  readonly content: Content
  readonly start: number
  readonly body: number
  end: number
  readonly children: Draft[]
  /** Whether it was entered as a multipart. */
  readonly entered: boolean
}

interface Open {
  readonly draft: Draft
  readonly boundary: string
  /** The same as bytes; null where it is not ASCII. */
  readonly bytes: Buffer | null
}

/**
 * Finds the parts of a message. Never throws, whatever the bytes are; linear in their number. Tolerates LF and CR as line
 * ends, missing blank lines and closing boundaries, wrong and missing boundary parameters.
 */
export function scan(source: Uint8Array): Scan {
  return new Scanner(Buffer.from(source.buffer, source.byteOffset, source.byteLength)).run()
}

function isSpaceByte(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d)
}

class Scanner {
  readonly #source: Buffer
  readonly #newline: number
  readonly #open: Open[] = []
  #parts = 0
  #labelChars = 0
  #flaw: string | null = null

  constructor(source: Buffer) {
    this.#source = source
    this.#newline = lineEnd(source)
  }

  run(): Scan {
    const start = this.#firstLine()
    const { headers, draft } = this.#enter(start, 'text/plain')
    // The part that runs until the next delimiter; null in a preamble, which belongs to nobody.
    let running = draft.entered ? null : draft
    let at = draft.body
    while (this.#open.length > 0) {
      const delimiter = this.#nextDelimiter(at)
      if (delimiter === null) break
      this.#close(running, delimiter)
      at = delimiter.next
      if (delimiter.closing) {
        running = this.#parent(delimiter.level).draft
        this.#open.length = delimiter.level
        continue
      }
      if (this.#parts >= partsMax) {
        this.#flaw ??= `more than ${partsMax} parts`
        if (running !== null) running.end = this.#source.length
        break
      }
      this.#open.length = delimiter.level + 1
      const parent = this.#parent(delimiter.level).draft
      const child = this.#enter(at, parent.content.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain').draft
      parent.children.push(child)
      running = child.entered ? null : child
      at = child.body
    }
    return { headers, root: this.#finish(draft, '', true), flaw: this.#flaw }
  }

  /** Blank lines before the header belong to nobody. */
  #firstLine(): number {
    let at = 0
    while (this.#source[at] === 0x0a || this.#source[at] === 0x0d) at++
    return at
  }

  #parent(level: number): Open {
    const open = this.#open[level]
    if (open === undefined) throw new Error('a delimiter belongs to an open multipart')
    return open
  }

  #enter(start: number, fallback: string): { headers: Headers; draft: Draft } {
    this.#parts++
    const { headers, body } = readHeaders(
      this.#source,
      start,
      this.#source.length,
      this.#newline,
      (from, to) => this.#match(from, to) !== null,
    )
    const content = readContent(headers, fallback)
    const isMultipart = content.type.startsWith('multipart/')
    const boundary = isMultipart ? this.#boundaryOf(content, body) : null
    const tooDeep = isMultipart && this.#open.length >= depthMax
    if (tooDeep) this.#flaw ??= `nested deeper than ${depthMax} levels`
    const entered = boundary !== null && !tooDeep
    const draft: Draft = {
      content: tooDeep ? { ...content, type: 'application/octet-stream' } : content,
      start,
      body,
      end: this.#source.length,
      children: [],
      entered,
    }
    if (entered) this.#open.push({ draft, boundary, bytes: isAscii(Buffer.from(boundary)) ? Buffer.from(boundary) : null })
    return { headers, draft }
  }

  /** A multipart that names no boundary: the first line that looks like one, if a content field follows it. */
  #boundaryOf(content: Content, body: number): string | null {
    if (content.boundary !== null && content.boundary.length <= boundaryCharsMax) return content.boundary
    const head = this.#source.toString('latin1', body, body + 16 * 1024)
    return /(?:^|[\r\n])--([^\s-][^\r\n]{0,199}?)[ \t]{0,20}\r?[\r\n]Content-/i.exec(head)?.[1] ?? null
  }

  /** The open multipart whose delimiter the line is; the innermost wins. */
  #match(start: number, end: number): { level: number; closing: boolean } | null {
    if (this.#source[start + 1] !== 0x2d || end - start > boundaryCharsMax + 16) return null
    const from = start + 2
    let to = end
    while (to > from && isSpaceByte(this.#source[to - 1])) to--
    if (to === from) return null
    const isClosing = to - from > 2 && this.#source[to - 1] === 0x2d && this.#source[to - 2] === 0x2d
    let line: string | null = null
    for (let level = this.#open.length - 1; level >= 0; level--) {
      const open = this.#parent(level)
      if (open.bytes !== null) {
        // Looked at byte by byte: there may be millions of lines that begin like one.
        if (this.#stands(open.bytes, from, to)) return { level, closing: false }
        if (isClosing && this.#stands(open.bytes, from, to - 2)) return { level, closing: true }
        continue
      }
      // As the header reads its parameter, which names the boundary.
      line ??= decodeText(this.#source.subarray(from, to), null).trimEnd()
      if (line === open.boundary) return { level, closing: false }
      if (line === `${open.boundary}--`) return { level, closing: true }
    }
    return null
  }

  #stands(bytes: Buffer, from: number, to: number): boolean {
    if (to - from !== bytes.length) return false
    for (let at = 0; at < bytes.length; at++) if (this.#source[from + at] !== bytes[at]) return false
    return true
  }

  #nextDelimiter(from: number): { start: number; next: number; level: number; closing: boolean } | null {
    for (let at = this.#dashes(from); at !== -1;) {
      const next = nextLine(this.#source, at, this.#source.length, this.#newline)
      const match = this.#match(at, next)
      if (match !== null) return { start: at, next, ...match }
      at = this.#dashes(next)
    }
    return null
  }

  /** The first line from `from` on that begins with two dashes. They are sought first: a file in base64 holds none, but many lines. */
  #dashes(from: number): number {
    for (let at = this.#source.indexOf('--', from, 'latin1'); at !== -1;) {
      if (at === 0 || this.#source[at - 1] === this.#newline) return at
      const next = this.#source.indexOf(this.#newline, at)
      if (next === -1) return -1
      at = this.#source.indexOf('--', next, 'latin1')
    }
    return -1
  }

  /** The line end before a delimiter belongs to the delimiter (RFC 2046 5.1.1). */
  #close(running: Draft | null, delimiter: { start: number; level: number }): void {
    let end = delimiter.start
    if (end > 0 && this.#source[end - 1] === 0x0a) end--
    if (end > 0 && this.#source[end - 1] === 0x0d) end--
    if (running !== null) running.end = Math.max(running.body, end)
    for (const { draft } of this.#open.slice(delimiter.level + 1)) draft.end = Math.max(draft.body, end)
  }

  #finish(draft: Draft, path: string, isRoot: boolean): MimePart {
    const { content } = draft
    const isLeaf = draft.children.length === 0
    // A multipart without parts is text to whoever reads it.
    const type = isLeaf && content.type.startsWith('multipart/') ? 'text/plain' : content.type
    const parts = draft.children.map((child, index) => this.#finish(child, path === '' ? `${index + 1}` : `${path}.${index + 1}`, false))
    return {
      path: isLeaf && isRoot ? '1' : path,
      type,
      charset: content.charset,
      ...(content.flowed === null ? {} : { flowed: content.flowed }),
      disposition: content.disposition,
      name: this.#label(content.name ?? (type === 'message/rfc822' && isLeaf ? this.#embeddedName(draft) : null)),
      contentId: this.#label(content.contentId),
      contentLocation: this.#label(content.contentLocation),
      encoding: isLeaf ? content.encoding : 'identity',
      start: draft.start,
      body: draft.body,
      end: draft.end,
      parts,
    }
  }

  /** A label, as long as there is room for any. */
  #label(text: string | null): string | null {
    if (text === null) return null
    this.#labelChars += text.length
    return this.#labelChars > labelCharsMax ? null : text
  }

  /** An embedded message is called after its subject. */
  #embeddedName(draft: Draft): string | null {
    const head = decodePrefix(this.#source.subarray(draft.body, draft.end), draft.content.encoding, 16 * 1024)
    const { headers } = readHeaders(head, 0, head.length, lineEnd(head))
    const subject = cleanName(decodeWords(headers.get('subject') ?? '').replace(/[/\\]/g, '_'))
    return subject === null ? null : `${subject}.eml`
  }
}
