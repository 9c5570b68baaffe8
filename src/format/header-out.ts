// Header fields on their way out: written safely, taken away, put in front; the rest of a message stays as it is.
import { Buffer } from 'node:buffer'
import libmime from 'libmime'
import { parseAddresses } from './address.ts'
import { lineEnd, readHeaders } from './headers.ts'
import { foldSpace, speakable } from './text.ts'

const addressFields = /^(?:resent-)?(?:from|sender|reply-to|to|cc|bcc)$|^disposition-notification-to$/i
// What RFC 5322 3.2.3 lets a name hold without quotes.
const atoms = /^[\w!#$%&'*+/=?^`{|}~ -]*$/

function encodeName(name: string): string {
  if (/[^\x20-\x7e]/.test(name) || name.includes('=?')) return libmime.encodeWord(name, 'B', 52)
  return atoms.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`
}

function encodeAddresses(value: string): string {
  return parseAddresses(value)
    .map(({ name, address }) => {
      const mailbox = address.replace(/[\s<>,;]+/g, '')
      if (name === '') return mailbox
      return mailbox === '' ? `${encodeName(foldSpace(name))}:;` : `${encodeName(foldSpace(name))} <${mailbox}>`
    })
    .join(', ')
}

/**
 * `Name: value` as RFC 2047 and RFC 5322 want it, folded, without a line end behind it. Line ends and control characters in
 * `value` are gone, so that no value can become a second field. In fields of addresses only names are encoded.
 * Throws a RangeError for a name that is none: names are ours, never a peer's.
 */
export function encodeHeader(name: string, value: string): string {
  if (!/^[!-9;-~]{1,70}$/.test(name)) throw new RangeError('a field name is printable ASCII without a colon')
  const line = foldSpace(speakable(value))
  const encoded = addressFields.test(name) ? encodeAddresses(line) : encodeText(line)
  return libmime.foldLines(`${name}: ${encoded}`, 76)
}

/** A value that looks like an encoded word is encoded, or it would come out as another text. */
function encodeText(line: string): string {
  return /[^\x20-\x7e]/.test(line) || line.includes('=?') ? libmime.encodeWord(line, 'B', 52) : line
}

function view(source: Uint8Array): Buffer {
  return Buffer.from(source.buffer, source.byteOffset, source.byteLength)
}

/** `source` without its header fields called `names`, folds included; every other byte as it was. Parts are not looked into. */
export function stripHeaders(source: Uint8Array, names: readonly string[]): Uint8Array {
  const unwanted = new Set(names.map((name) => name.toLowerCase()))
  const bytes = view(source)
  // Without a limit: a field that is hidden behind a thousand others must go too.
  const { headers } = readHeaders(bytes, 0, bytes.length, lineEnd(bytes), () => false, Number.POSITIVE_INFINITY)
  const kept: Buffer[] = []
  let from = 0
  for (const field of headers.fields) {
    if (!unwanted.has(field.name)) continue
    kept.push(bytes.subarray(from, field.start))
    from = field.end
  }
  if (from === 0) return source
  kept.push(bytes.subarray(from))
  return Buffer.concat(kept)
}

/** `source` with `fields` in front of its own, in this order and with its line ends; an mbox separator stays first. */
export function addHeaders(source: Uint8Array, fields: readonly (readonly [name: string, value: string])[]): Uint8Array {
  if (fields.length === 0) return source
  const bytes = view(source)
  const first = bytes.toString('latin1', 0, 5) === 'From ' ? bytes.indexOf(0x0a) + 1 : 0
  const lineFeed = bytes.indexOf(0x0a)
  const newline = lineFeed > 0 && bytes[lineFeed - 1] !== 0x0d ? '\n' : '\r\n'
  const block = fields.map(([name, value]) => encodeHeader(name, value).replace(/\r\n/g, newline) + newline).join('')
  return Buffer.concat([bytes.subarray(0, first), Buffer.from(block, 'utf8'), bytes.subarray(first)])
}

/** `source` with every line end as CRLF; the same bytes if they all are. */
export function normaliseLineEnds(source: Uint8Array): Uint8Array {
  const bytes = view(source)
  let missing = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === 0x0a && bytes[at - 1] !== 0x0d) missing++
    else if (bytes[at] === 0x0d && bytes[at + 1] !== 0x0a) missing++
  }
  if (missing === 0) return source
  const out = Buffer.allocUnsafe(bytes.length + missing)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === 0x0d || byte === 0x0a) {
      if (byte === 0x0d && bytes[at + 1] === 0x0a) at++
      out[length++] = 0x0d
      out[length++] = 0x0a
    } else out[length++] = byte
  }
  return out
}
