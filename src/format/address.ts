// Mailbox addresses of header fields, read as people write them (RFC 5322 3.4 and worse), and written.
import type { Address } from '../model/email.ts'
import { foldSpace, speakable } from './text.ts'
import { decodeWords } from './words.ts'

// One member of the list while it is read. `raw` keeps quotes, for an address that stands without brackets.
interface Reading {
  raw: string
  phrase: string
  angle: string | null
  comments: string[]
}

const fresh = (): Reading => ({ raw: '', phrase: '', angle: null, comments: [] })

const encodedWord = /=\?[^?\s]{1,64}\?[QqBb]\?[^?]*\?=/y

/** Where the sign of an address stands: outside of quotation marks, within which a name may hold somebody else's address. */
function signOf(raw: string): number {
  for (const match of raw.matchAll(/"(?:[^"\\]|\\.)*"|@/g)) if (match[0] === '@') return match.index
  return raw.indexOf('@')
}

/** An address that stands without brackets; sought around its sign, since the local part alone is anything. */
function bareAddress(raw: string): string | null {
  const at = signOf(raw)
  if (at === -1) return null
  const local = /(?:"(?:[^"\\]|\\.){1,128}"|[^\s"<>()]{1,255})$/.exec(raw.slice(Math.max(0, at - 256), at))
  const domain = /^[^\s"<>()]{1,255}/.exec(raw.slice(at + 1, at + 257))
  return local === null || domain === null ? null : `${local[0]}@${domain[0]}`
}

/**
 * The addresses of a field as `Headers.get` gives it: groups are opened up, comments become names where there is no other,
 * quotes and brackets may be missing their ends. A member without an address keeps its name, with `address` empty.
 */
export function parseAddresses(header: string): Address[] {
  return [...addressesIn(header)]
}

/** The same, one after the other: whoever wants no more than some of millions reads no more of them. */
export function* addressesIn(header: string): Generator<Address, void> {
  let reading = fresh()
  let quotesEnd = false
  let commentsEnd = false
  for (let at = 0; at < header.length; at++) {
    const letter = header.charAt(at)
    const rest = { raw: letter, phrase: letter }
    switch (letter) {
      case '=': {
        // A comma inside of an encoded word divides nothing.
        encodedWord.lastIndex = at
        const word = encodedWord.exec(header)?.[0]
        if (word === undefined) break
        rest.raw = ' '
        rest.phrase = word
        at += word.length - 1
        break
      }
      case '"': {
        const end: number = quotesEnd ? -1 : closingQuote(header, at)
        quotesEnd ||= end === -1
        rest.raw = rest.phrase = ''
        if (end === -1) break
        rest.raw = header.slice(at, end + 1)
        rest.phrase = header.slice(at + 1, end).replace(/\\(.)/g, '$1')
        at = end
        break
      }
      case '(': {
        const end: number = commentsEnd ? -1 : closingParenthesis(header, at)
        commentsEnd ||= end === -1
        if (end === -1) break
        reading.comments.push(header.slice(at + 1, end).replace(/\\(.)/g, '$1'))
        rest.raw = rest.phrase = ' '
        at = end
        break
      }
      case '<': {
        const end = closingAngle(header, at)
        if (reading.angle === null || reading.angle === '') reading.angle = header.slice(at + 1, end)
        rest.raw = rest.phrase = ' '
        at = header.charAt(end) === '>' ? end : end - 1
        break
      }
      case '>':
        continue
      case ',':
      case ';': {
        const member = finish(reading)
        reading = fresh()
        if (member !== null) yield member
        continue
      }
      case ':':
        // The name of a group, or `mailto`. An address holds a colon only in its literal domain.
        if (reading.angle === null && !reading.raw.includes('@')) {
          reading = fresh()
          continue
        }
        break
    }
    reading.raw += rest.raw
    reading.phrase += rest.phrase
  }
  const last = finish(reading)
  if (last !== null) yield last
}

function closingQuote(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const letter = text.charAt(at)
    if (letter === '\\') at++
    else if (letter === '"') return at
  }
  return -1
}

function closingParenthesis(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const letter = text.charAt(at)
    if (letter === '\\') at++
    else if (letter === '(') depth++
    else if (letter === ')' && --depth === 0) return at
  }
  return -1
}

/** Where the bracket closes, or where the member ends for want of one. A route (`<@a,@b:c@d>`) may hold commas. */
function closingAngle(text: string, start: number): number {
  const isRoute = text.charAt(start + 1) === '@'
  let quoted = false
  for (let at = start + 1; at < text.length; at++) {
    const letter = text.charAt(at)
    if (letter === '"') quoted = !quoted
    else if (letter === '>') return at
    else if (!quoted && !isRoute && (letter === ',' || letter === ';')) return at
  }
  return text.length
}

function withoutComments(text: string): string {
  return text.includes('(') && !text.includes('"') ? text.replace(/\([^()]*\)/g, '') : text
}

function cleanAddress(text: string): string {
  const clean = withoutComments(speakable(text))
    // Only a run's first character begins it: a run of blanks in the middle of a line would take the square of its length.
    .replace(/^[\s<]*(?:mailto:)?|(?<![\s>])[\s>]+$/gi, '')
    .replace(/^'(.*)'$/, '$1')
    .replace(/^@[^:]*:/, '')
  return clean.startsWith('"') ? clean.trim() : clean.replace(/\s+/g, '')
}

function cleanNameOf(text: string): string {
  const name = foldSpace(speakable(decodeWords(text)).replace(/[\u202A-\u202E\u2066-\u2069]/g, ''))
  return /^'.*'$/.test(name) ? name.slice(1, -1).trim() : name
}

function finish(reading: Reading): Address | null {
  const comment = cleanNameOf(reading.comments.join(' '))
  if (reading.angle !== null) {
    const address = cleanAddress(reading.angle)
    const name = cleanNameOf(reading.phrase) || comment
    if (address !== '') return { name, address }
  }
  const bare = bareAddress(reading.raw)
  if (bare !== null) {
    const outside = reading.phrase.replace(bare.replace(/"|\\(?=.)/g, ''), () => ' ')
    return { name: cleanNameOf(outside) || comment, address: cleanAddress(bare) }
  }
  const text = cleanNameOf(reading.phrase)
  // The whole member, address and all, inside of one encoded word.
  const inside = text === reading.phrase.trim() ? null : /^(.*?)<([^<>\s]+@[^<>\s]+)>$/.exec(text)
  if (inside !== null) return { name: foldSpace(inside[1] ?? ''), address: inside[2] ?? '' }
  const name = text || comment
  return name === '' ? null : { name, address: '' }
}

/** `"Name" <a@b>`, or `a@b` alone where there is no name. Line ends and control characters do not pass. */
export function formatAddress(address: Address): string {
  const name = foldSpace(speakable(address.name))
  const mailbox = speakable(address.address).replace(/[\s<>]+/g, '')
  if (name === '') return mailbox
  const quoted = `"${name.replace(/["\\]/g, '\\$&')}"`
  return mailbox === '' ? quoted : `${quoted} <${mailbox}>`
}

/** A list for a header or for MS-ASEMAIL To, Cc and ReplyTo. */
export function formatAddresses(addresses: readonly Address[]): string {
  return addresses.map(formatAddress).join(', ')
}
