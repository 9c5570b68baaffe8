// Encoded words of headers (RFC 2047) to text.
import { Buffer } from 'node:buffer'
import { decodeText } from './charset.ts'

// Generous: white space inside and a missing Q or B rule are not RFC 2047, but "?" ends a word in any case.
const word = /=\?([^?\s]{1,64})\?([QqBb])\?([^?]*)\?=/g

function wordBytes(label: string, encoding: string, text: string): Buffer {
  // What is not encoded at all has been read as windows-1252 or as UTF-8, and is to be read again.
  const raw = /utf-?8/i.test(label) ? 'utf8' : 'latin1'
  if (encoding === 'B' || encoding === 'b') return Buffer.from(text, 'base64')
  const bytes = Buffer.allocUnsafe(text.length * 3)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === 0x5f) bytes[length++] = 0x20
    else if (unit === 0x3d && /^[0-9A-Fa-f]{2}$/.test(text.slice(at + 1, at + 3))) {
      bytes[length++] = Number.parseInt(text.slice(at + 1, at + 3), 16)
      at += 2
    } else if (unit < 0x80) bytes[length++] = unit
    else length += bytes.write(text.charAt(at), length, raw)
  }
  return bytes.subarray(0, length)
}

/**
 * `text` with its encoded words decoded. White space between two words goes; neighbours of one charset are joined as
 * bytes first, since many senders split a character between two words. Linear; nothing is decoded twice.
 */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text
  let out = ''
  let after = 0
  let charset: string | null = null
  let bytes: Buffer[] = []
  const flush = () => {
    if (charset !== null) out += decodeText(Buffer.concat(bytes), charset)
    charset = null
    bytes = []
  }
  for (const match of text.matchAll(word)) {
    const [whole, label = '', encoding = '', encoded = ''] = match
    const between = text.slice(after, match.index)
    const adjacent = charset !== null && /^\s*$/.test(between)
    if (!adjacent || charset?.toLowerCase() !== label.toLowerCase()) flush()
    if (!adjacent) out += between
    charset = label
    bytes.push(wordBytes(label, encoding, encoded))
    after = match.index + whole.length
  }
  flush()
  return out + text.slice(after)
}
