// HTML that somebody keeps here for others to read: without anything that acts, loads or hides.
import { Parser } from 'htmlparser2'
import { speakable } from './text.ts'

const kept = new Set([
  ...['a', 'b', 'blockquote', 'br', 'code', 'div', 'em', 'font', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'i', 'li', 'ol', 'p', 'pre'],
  ...['s', 'small', 'span', 'strike', 'strong', 'sub', 'sup', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'u', 'ul'],
])
const hollow = new Set(['br', 'hr'])
/** Elements that go with what is in them; of all others the content stays. */
const dropped = new Set([
  ...['audio', 'canvas', 'embed', 'frameset', 'iframe', 'math', 'noembed', 'noframes', 'noscript', 'object', 'script', 'select'],
  ...['style', 'svg', 'template', 'textarea', 'title', 'video'],
])
const attributes = new Set(['align', 'color', 'colspan', 'dir', 'face', 'href', 'lang', 'rowspan', 'size', 'style'])

const escaped: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escape = (text: string) => text.replaceAll(/[&<>"]/g, (sign) => escaped[sign] ?? sign)

function isSafe(name: string, value: string): boolean {
  if (!attributes.has(name)) return false
  if (name === 'href') return /^(?:https?:\/\/|mailto:|tel:)/i.test(value.trim())
  // Whatever loads something, or is spelt so that nobody sees that it does.
  if (name === 'style') return !/url|expression|import|behavior|binding|position|[\\@<]/i.test(value)
  return true
}

/** `html` with its text and its looks, as a fragment that ends whatever it begins. Never throws; linear in the length. */
export function safeHtml(html: string): string {
  let safe = ''
  let skipped: { readonly tag: string; open: number } | null = null
  const parser = new Parser(
    {
      onopentag(tag, given) {
        if (skipped !== null) {
          if (tag === skipped.tag) skipped.open += 1
          return
        }
        if (dropped.has(tag)) skipped = { tag, open: 1 }
        if (!kept.has(tag)) return
        const spoken = Object.entries(given).filter(([name, value]) => isSafe(name, value))
        safe += `<${tag}${spoken.map(([name, value]) => ` ${name}="${escape(value)}"`).join('')}>`
      },
      ontext(text) {
        if (skipped === null) safe += escape(text)
      },
      onclosetag(tag) {
        if (skipped !== null) {
          if (tag === skipped.tag && --skipped.open === 0) skipped = null
          return
        }
        if (kept.has(tag) && !hollow.has(tag)) safe += `</${tag}>`
      },
    },
    { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
  )
  parser.end(speakable(html))
  return safe
}
