// How a reply or a forwarded message shows the original below the new text: a header block, then the text, plain or HTML.
import { formatAddress, formatAddresses } from '../format/address.ts'
import { wrapText } from '../format/html-wrap.ts'
import { foldSpace } from '../format/text.ts'
import type { Envelope } from '../model/email.ts'
import type { Instant } from '../model/id.ts'
import { headerDate } from './header-date.ts'

export type Purpose = 'reply' | 'forward'

/** The original as it is to be shown. */
export interface Quotation {
  readonly purpose: Purpose
  readonly envelope: Envelope
  readonly received: Instant
  /** Its readable text. */
  readonly text: string
  /** Its HTML document; null if it has none of its own. */
  readonly html: string | null
  /** Whether the text ends before the original does. */
  readonly cut: boolean
}

const cutNotice = '[The original message is longer than this.]'

/** Label and value of each line of the header block; lines without a value are left out. */
function headerLines({ envelope, received }: Quotation): (readonly [string, string])[] {
  const lines: [string, string][] = [
    ['From', envelope.from.map(formatAddress).join(', ')],
    ['Sent', headerDate(envelope.date ?? received)],
    ['To', formatAddresses(envelope.to)],
    ['Cc', formatAddresses(envelope.cc)],
    ['Subject', foldSpace(envelope.subject)],
  ]
  return lines.filter(([, value]) => value !== '')
}

/** What goes below the plain text of the new message. */
export function plainQuote(quotation: Quotation): string {
  const mark = quotation.purpose === 'reply' ? '> ' : ''
  const head = headerLines(quotation).map(([label, value]) => `${label}: ${value}`)
  const text = quotation.text.trimEnd().split(/\r\n|\r|\n/)
  // Quoted lines close ranks (`>> older`), as RFC 3676 4.5 reads them.
  const lines = mark === '' ? text : text.map((line) => (line === '' ? '>' : line.startsWith('>') ? `>${line}` : `${mark}${line}`))
  const notice = quotation.cut ? ['', cutNotice] : []
  return ['', '', '-----Original Message-----', ...head, '', ...lines, ...notice, ''].join('\r\n')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** Where the tag whose opening begins at `start` ends; the end of the text if it never does. */
function afterTag(html: string, start: number): number {
  const end = html.indexOf('>', start)
  return end === -1 ? html.length : end + 1
}

/** Where the last match begins; -1 if there is none. Offsets of a lower-cased copy would lie: some letters grow. */
function lastMatch(html: string, pattern: RegExp): number {
  let at = -1
  for (const match of html.matchAll(pattern)) at = match.index
  return at
}

/** The style sheets of a head, in one pass however many are never closed. */
function styleSheets(head: string): string {
  const opening = /<style[\s>]/gi
  const closing = /<\/style\s{0,20}>/gi
  let sheets = ''
  for (let open = opening.exec(head); open !== null; open = opening.exec(head)) {
    closing.lastIndex = opening.lastIndex
    if (closing.exec(head) === null) break
    sheets += head.slice(open.index, closing.lastIndex)
    opening.lastIndex = closing.lastIndex
  }
  return sheets
}

/** The content of a document without its frame, so that it can stand inside of another; style sheets come along. */
export function htmlFragment(document: string): string {
  const open = document.search(/<body[\s>]/i)
  const close = lastMatch(document, /<\/body/gi)
  const start = open === -1 ? 0 : afterTag(document, open)
  const body = document.slice(start, close > start ? close : document.length)
  if (open === -1) return body.replace(/<!doctype[^>]{0,500}>|<\/?html(?:\s[^>]{0,500})?>/gi, '')
  return styleSheets(document.slice(0, open)) + body
}

/** What goes below the HTML of the new message. */
export function htmlQuote(quotation: Quotation): string {
  const head = headerLines(quotation).map(([label, value]) => `<b>${label}:</b> ${escapeHtml(value)}`)
  const content = quotation.html === null ? wrapText(quotation.text) : htmlFragment(quotation.html)
  const frame = quotation.purpose === 'reply' ? ['<blockquote type="cite">', '</blockquote>'] : ['<div>', '</div>']
  const notice = quotation.cut ? `<p>${escapeHtml(cutNotice)}</p>` : ''
  return `<div><br></div><hr><div>${head.join('<br>\r\n')}</div><div><br></div>\r\n${frame[0]}${content}${frame[1]}${notice}\r\n`
}

/** `html` with `addition` as the last thing of its body. */
export function appendHtml(html: string, addition: string): string {
  const body = lastMatch(html, /<\/body/gi)
  const end = body === -1 ? lastMatch(html, /<\/html/gi) : body
  return end === -1 ? html + addition : html.slice(0, end) + addition + html.slice(end)
}

// `cid:` in an attribute or a style; the id runs until something that cannot be part of a URL there.
const cidUrl = /\bcid:([^\s"'<>()]+)/gi

function decodedCid(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('&amp;', '&'))
  } catch {
    return text
  }
}

/** The Content-IDs that a document shows. */
export function shownCids(html: string): Set<string> {
  return new Set([...html.matchAll(cidUrl)].map(([, id = '']) => decodedCid(id)))
}

/** `html` with its pictures looked up under other ids. */
export function renameCids(html: string, names: ReadonlyMap<string, string>): string {
  if (names.size === 0) return html
  return html.replace(cidUrl, (whole, id: string) => {
    const name = names.get(decodedCid(id))
    return name === undefined ? whole : `cid:${name}`
  })
}
