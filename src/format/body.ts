// The text of a message as a phone asks for it: plain or HTML, cut to a number of bytes.
import { Buffer } from 'node:buffer'
import type { Envelope, MimePart } from '../model/email.ts'
import type { Source } from '../model/item.ts'
import { decodeText } from './charset.ts'
import { unflow } from './flowed.ts'
import { extractText, type HtmlTextOptions } from './html-text.ts'
import { claimUtf8, cutHtml, document, wrapText } from './html-wrap.ts'
import { readableBodies } from './structure.ts'
import { crlf, cutUtf8, foldSpace, speakable, utf8Bytes } from './text.ts'
import { decodeTransfer } from './transfer.ts'

export { attachmentName, attachments, readableBodies } from './structure.ts'

/** A body, or the beginning of one. */
export interface BodyText {
  readonly text: string
  /** UTF-8 size of the whole text; an estimate if it is so large that only its beginning was read. */
  readonly totalBytes: number
  readonly truncated: boolean
}

// Up to here a plain text is read whole, so that its size is known.
const wholePartBytes = 2 * 1024 * 1024
const readBytes = 1024 * 1024
// HTML beyond this is no letter; turning all of it into text would hold up everybody else for seconds.
const convertedBytesMax = 8 * 1024 * 1024
// A cut character at the end of what was read lies beyond the limit by this much.
const slackBytes = 64

/** Text made of a part, or of its beginning; `share` is how much of what was read the text stands for. */
interface Rendered {
  readonly text: string
  readonly share: number
}

type Render = (part: MimePart, content: Buffer, options: HtmlTextOptions) => Rendered

/** The decoded text of one part, of whichever kind, as its author wrote it. */
function partText(part: MimePart, content: Buffer): string {
  const text = decodeText(content, part.charset)
  return part.flowed === undefined || part.type === 'text/html' ? text : unflow(text, part.flowed === 'delsp')
}

function renderPlain(part: MimePart, content: Buffer, options: HtmlTextOptions): Rendered {
  const text = partText(part, content)
  if (part.type !== 'text/html') return { text: speakable(text), share: 1 }
  const extracted = extractText(text, options)
  return { text: speakable(extracted.text), share: extracted.share }
}

function renderHtml(part: MimePart, content: Buffer): Rendered {
  const text = speakable(partText(part, content))
  return { text: part.type === 'text/html' ? claimUtf8(text) : wrapText(text), share: 1 }
}

/**
 * At least the first `chars` characters of a part's plain text, if it has as many, from a source at hand. Gives up on HTML
 * that says nothing in its first quarter of a megabyte.
 */
export function beginningOf(source: Buffer, part: MimePart, chars: number, options: HtmlTextOptions): string {
  const encoded = source.subarray(part.body, part.end)
  for (let wanted = Math.max(chars * 4, 8 * 1024); ; wanted *= 4) {
    const isWhole = wanted >= encoded.length || wanted >= 256 * 1024 + chars * 4
    const content = decodeTransfer(wanted >= encoded.length ? encoded : encoded.subarray(0, wanted), part.encoding)
    const { text } = renderPlain(part, content, { ...options, limit: chars, partial: !isWhole })
    if (isWhole) return text
    // The last characters of a beginning may be torn; those within the first `chars` are not.
    if (text.length > chars) return text.slice(0, chars).replace(/[\uD800-\uDBFF]$/, '')
  }
}

async function read(source: Source, start: number, end: number): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for (let at = start; at < end; at += readBytes) pieces.push(await source.read(at, Math.min(end, at + readBytes)))
  const [only] = pieces
  if (pieces.length === 1 && only !== undefined) return Buffer.from(only.buffer, only.byteOffset, only.byteLength)
  return Buffer.concat(pieces)
}

/**
 * The text of `part`, or at least its first `limitBytes`; `bytes` is the size of the whole. That is counted for text, and
 * estimated from its beginning for HTML that is to become text, and for parts of several megabytes.
 */
async function readPart(
  source: Source,
  part: MimePart,
  limitBytes: number | null,
  render: Render,
): Promise<{ text: string; bytes: number }> {
  const isConversion = part.type === 'text/html' && render === renderPlain
  const whole = Math.min(part.end - part.body, isConversion ? convertedBytesMax : Number.POSITIVE_INFINITY)
  const inPieces = limitBytes !== null && (isConversion || whole > wholePartBytes)
  const enough = limitBytes === null ? null : limitBytes + slackBytes
  for (let wanted = inPieces ? Math.max(16 * 1024, limitBytes * 4) : whole; ; wanted *= 4) {
    const encoded = await read(source, part.body, part.body + Math.min(whole, wanted))
    const isWhole = wanted >= whole
    const { text: raw, share } = render(part, decodeTransfer(encoded, part.encoding), { limit: enough, partial: !isWhole })
    const text = crlf(raw)
    const bytes = utf8Bytes(text)
    if (isWhole && share === 1) return { text, bytes }
    if (isWhole || (enough !== null && bytes > enough)) {
      return { text, bytes: Math.round(bytes / Math.max(share, 0.001) / Math.min(1, wanted / whole)) }
    }
  }
}

/** The texts of `parts`, one after the other. */
async function readParts(
  source: Source,
  parts: readonly MimePart[],
  separator: string,
  limitBytes: number | null,
  render: Render,
): Promise<{ text: string; totalBytes: number }> {
  let text = ''
  let totalBytes = 0
  for (const part of parts) {
    const read = await readPart(source, part, limitBytes, render)
    if (read.text === '') continue
    const between = text === '' ? '' : separator
    // Beyond the limit only the size counts.
    if (limitBytes === null || text.length <= limitBytes) text += between + read.text
    totalBytes += between.length + read.bytes
  }
  return { text, totalBytes }
}

/** The message as plain text, from its text parts or else from its HTML; lines end in CRLF. Cut on a character. */
export async function plainText(source: Source, envelope: Envelope, limitBytes: number | null): Promise<BodyText> {
  const { plain } = readableBodies(envelope.structure)
  const whole = await readParts(source, plain, '\r\n\r\n', limitBytes, renderPlain)
  const text = limitBytes === null ? whole.text : cutUtf8(whole.text, limitBytes)
  return { text, totalBytes: whole.totalBytes, truncated: text.length < whole.text.length || whole.totalBytes > utf8Bytes(text) }
}

/**
 * The message as HTML in UTF-8, from its HTML parts or else from its text, wrapped. Cut on a character, and neither inside a
 * tag nor inside an entity, so that a truncated body shows nothing torn.
 */
export async function htmlText(source: Source, envelope: Envelope, limitBytes: number | null): Promise<BodyText> {
  const { html, native } = readableBodies(envelope.structure)
  const whole = await readParts(source, html, '<br>\r\n', limitBytes, renderHtml)
  const page = native === 2 ? whole.text : document(whole.text)
  const totalBytes = native === 2 ? whole.totalBytes : whole.totalBytes + document('').length
  const text = limitBytes === null ? page : cutHtml(page, limitBytes)
  return { text, totalBytes, truncated: text.length < page.length || totalBytes > utf8Bytes(page) }
}

// A preview has 255 characters; what stands behind the first pages of a mail never comes into one.
const previewReadsChars = 16 * 1024

/** `text` as a list shows it beside the subject: one line, without addresses of links, pictures and rulers. */
export function preview(text: string): string {
  return foldSpace(
    text
      .slice(0, previewReadsChars)
      .replace(/<(?:https?|mailto|tel):[^<>\s]{1,2048}>/gi, ' ')
      .replace(/\[(?:image|cid|inline image|bild|imagen?)\s*:[^\]\n]{0,300}\]/gi, ' ')
      .replace(/\b(?:https?:\/\/|www\.)[^\s<>"]{1,2048}/gi, ' ')
      .replace(/[-_=*~#\u2500-\u257F]{4,}/g, ' '),
  )
}
