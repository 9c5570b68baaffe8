// HTML as it is delivered: plain text wrapped, charset claims made true, cuts that hurt no tag.
import { cutUtf8 } from './text.ts'

const head = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>'
const tail = '</body></html>'
// Deeper quotes are shown at this depth; every level costs two tags a change.
const quotesMax = 10

function escape(line: string): string {
  // Most lines hold nothing of the kind.
  if (!/[&<>"\t]|^ | {2}/.test(line)) return line
  return line
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '    ')
    .replace(/^ | (?= )/g, '\u00A0')
}

/** One line without its quote marks, and how many there were: `> > text`, `>>text`. */
function unquote(line: string): { depth: number; text: string } {
  const marks = /^(?:> ?)+/.exec(line)?.[0] ?? ''
  return { depth: Math.min(marks.replaceAll(' ', '').length, quotesMax), text: line.slice(marks.length) }
}

/** The body of a document that shows `text`: line ends and spaces kept, quoted lines in block quotes, nothing else invented. */
export function wrapText(text: string): string {
  let depth = 0
  let html = ''
  let afterLine = false
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = unquote(raw)
    if (line.depth === depth) {
      if (afterLine) html += '<br>\r\n'
    } else {
      html += '</blockquote>'.repeat(Math.max(0, depth - line.depth)) + '<blockquote type="cite">'.repeat(Math.max(0, line.depth - depth))
      depth = line.depth
    }
    html += escape(line.text)
    afterLine = true
  }
  return html + '</blockquote>'.repeat(depth)
}

/** A whole document around what `wrapText` made. */
export function document(body: string): string {
  return head + body + tail
}

// Where a document may say its charset: browsers look at the first kilobyte, Outlook's styles push it down.
const claimsWithin = 64 * 1024

/** `html` with every claim about its charset made true: it is delivered as UTF-8. */
export function claimUtf8(html: string): string {
  const start = html.slice(0, claimsWithin)
  if (!/charset|encoding/i.test(start)) return html
  const honest = start
    .replace(/<meta\b[^>]{0,400}>/gi, (meta) => meta.replace(/(charset\s*=\s*["']?)[\w.:-]+/gi, '$1utf-8'))
    .replace(/^(\s*<\?xml\b[^>]{0,200}encoding\s*=\s*["'])[\w.:-]+/i, '$1utf-8')
  return honest === start ? html : honest + html.slice(claimsWithin)
}

const rawText = /^(?:script|style|title|textarea|xmp|iframe|noembed|noframes)$/

/** The longest beginning of `html` within `bytes` of UTF-8 that ends neither inside a tag or comment nor inside an entity. */
export function cutHtml(html: string, bytes: number): string {
  const cut = cutUtf8(html, bytes).length
  if (cut === html.length) return html
  const end = tagStart(html, cut) ?? cut
  const entity = /&#?\w{0,31}$/.exec(html.slice(Math.max(0, end - 34), end))
  if (entity !== null && end === cut && /[\w;#]/.test(html.charAt(cut))) return html.slice(0, end - entity[0].length)
  return html.slice(0, end)
}

/** Where the tag or comment begins that `cut` would fall into; null if it falls into none. */
function tagStart(html: string, cut: number): number | null {
  let at = html.indexOf('<')
  while (at !== -1 && at < cut) {
    const end = tagEnd(html, at)
    if (end > cut) return at
    at = html.indexOf('<', afterRawText(html, at, end))
  }
  return null
}

/** One past the tag or comment that begins at `start`; one past the bracket if it is only a bracket. */
function tagEnd(html: string, start: number): number {
  const past = (at: number, length: number) => (at === -1 ? html.length + 1 : at + length)
  if (html.startsWith('<!--', start)) return past(html.indexOf('-->', start + 4), 3)
  if (!/[a-z/!?]/i.test(html.charAt(start + 1))) return start + 1 === html.length ? html.length + 1 : start + 1
  let quote = ''
  let before = ''
  for (let at = start + 1; at < html.length; at++) {
    const letter = html.charAt(at)
    if (quote !== '') {
      if (letter === quote) quote = ''
    } else if (letter === '>') return at + 1
    else if ((letter === '"' || letter === "'") && before === '=') quote = letter
    if (letter > ' ') before = letter
  }
  return html.length + 1
}

/** Brackets in scripts and styles open no tag: where the content of such an element ends, or `end` itself. */
function afterRawText(html: string, start: number, end: number): number {
  const name = /^<([a-z]+)/i.exec(html.slice(start, start + 12))?.[1]?.toLowerCase() ?? ''
  if (!rawText.test(name)) return end
  const closing = new RegExp(`</${name}`, 'gi')
  closing.lastIndex = end
  return closing.exec(html)?.index ?? html.length
}
