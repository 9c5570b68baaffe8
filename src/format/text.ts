// Text as the wire counts it: UTF-8 lengths, cuts on characters, and no characters that a document cannot carry.
import { Buffer } from 'node:buffer'

const encoder = new TextEncoder()

/** The number of bytes of `text` in UTF-8. */
export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}

/** The longest beginning of `text` of at most `bytes` bytes of UTF-8; never cuts a character or a surrogate pair. */
export function cutUtf8(text: string, bytes: number): string {
  if (text.length * 3 <= bytes) return text
  if (bytes <= 0) return ''
  // One UTF-16 unit is at least one byte, so that no more than `bytes` units can fit.
  const head = text.length > bytes ? text.slice(0, bytes + 1) : text
  if (utf8Bytes(head) <= bytes) return head
  const { read } = encoder.encodeInto(head, new Uint8Array(bytes))
  return head.slice(0, read)
}

// XML 1.0 production 2 (Char): what is outside of it cannot stand in an answer, and a NUL would end a WBXML string.
// oxlint-disable-next-line no-control-regex
const unspeakable = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\uFFFE\uFFFF]/g

/** `text` without the control characters that XML forbids, and with lone surrogates replaced. */
export function speakable(text: string): string {
  const clean = text.search(unspeakable) === -1 ? text : text.replace(unspeakable, '')
  return clean.isWellFormed() ? clean : clean.toWellFormed()
}

/** One line: every run of white space becomes one space, none at the ends. */
export function foldSpace(text: string): string {
  return text.replace(/[\s\u00A0\u200B\uFEFF]+/g, ' ').trim()
}

/** Line ends as CRLF, which is what phones expect of a body. */
export function crlf(text: string): string {
  return /(?<!\r)\n|\r(?!\n)/.test(text) ? text.replace(/\r\n|\r|\n/g, '\r\n') : text
}
