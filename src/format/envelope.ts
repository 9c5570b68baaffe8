// A message's envelope: what is read once from its source and kept beside it.
import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import type { Address, Envelope, MimePart } from '../model/email.ts'
import type { Instant } from '../model/id.ts'
import { addressesIn, formatAddresses } from './address.ts'
import { attachmentName, attachments, beginningOf, preview as shortened, readableBodies } from './body.ts'
import { parseDate } from './date.ts'
import type { Headers } from './headers.ts'
import { messageClassOf, smimeOf } from './message-class.ts'
import { scan } from './mime.ts'
import { cutUtf8, foldSpace, speakable, utf8Bytes } from './text.ts'
import { decodePrefix } from './transfer.ts'
import { decodeWords } from './words.ts'

const subjectCharsMax = 2048
const previewCharsMax = 512
// The root and the nearest ancestors are what threads hang on; lists that went round for years name hundreds.
const referencesMax = 100
const searchBytesMax = 256 * 1024
// MS-ASEMAIL 2.2.2.79: a phone is told 32,768 characters of a list at most. What lies here is read with every look at the item.
const peopleMax = 5000
const peopleCharsMax = 64 * 1024

const empty: MimePart = {
  path: '1',
  type: 'text/plain',
  charset: null,
  disposition: null,
  name: null,
  contentId: null,
  contentLocation: null,
  encoding: 'identity',
  start: 0,
  body: 0,
  end: 0,
  parts: [],
}

function broken(reason: string, structure: MimePart): Envelope {
  return {
    subject: '',
    from: [],
    sender: [],
    replyTo: [],
    to: [],
    cc: [],
    bcc: [],
    date: null,
    messageId: null,
    inReplyTo: [],
    references: [],
    importance: 1,
    threadTopic: '',
    threadIndex: null,
    smime: null,
    messageClass: 'IPM.Note',
    structure,
    preview: '',
    broken: reason,
  }
}

/**
 * Reads the envelope of a message. Never throws: what cannot be understood gets neutral values, and `broken` says why when
 * the message as a whole could not be.
 */
export function readEnvelope(source: Uint8Array): Envelope {
  if (source.length === 0) return broken('the message is empty', empty)
  try {
    return understand(Buffer.from(source.buffer, source.byteOffset, source.byteLength))
  } catch (error) {
    // No input is known that comes here; one that does must cost a placeholder, not a mailbox.
    const reason = error instanceof Error ? error.message : String(error)
    return broken(`the message could not be read: ${reason}`, { ...empty, end: source.length })
  }
}

function understand(source: Buffer): Envelope {
  const { headers, root, flaw } = scan(source)
  const addresses = (name: string) => people(headers.all(name))
  const first = (name: string) =>
    people(
      headers
        .all(name)
        .filter((value) => value !== '')
        .slice(0, 1),
    )
  const subject = foldSpace(speakable(decodeWords(headers.get('subject') ?? '')))
    .slice(0, subjectCharsMax)
    .toWellFormed()
  const preview = previewOf(source, root)
  // Damage that leaves something to read is no reason to show a placeholder.
  const isReadable = preview !== '' || readableBodies(root).plain.length > 0
  const isText = headers.fields.length > 0 || (preview !== '' && !source.subarray(0, 4096).includes(0))
  const reason = isText ? (isReadable ? null : flaw) : 'the message has no header'
  return {
    subject,
    // Several From fields are an attack on readers that differ in which one they show.
    from: first('from'),
    sender: first('sender'),
    replyTo: first('reply-to'),
    to: addresses('to'),
    cc: addresses('cc'),
    bcc: addresses('bcc'),
    date: parseDate(headers.get('date') ?? ''),
    messageId: identifiers(headers.get('message-id')).at(0) ?? null,
    inReplyTo: identifiers(headers.get('in-reply-to')).slice(0, referencesMax),
    references: fewer(identifiers(headers.get('references'))),
    importance: importanceOf(headers),
    threadTopic: topicOf(subject),
    threadIndex: threadIndexOf(headers),
    smime: smimeOf(root),
    messageClass: messageClassOf(source, root),
    structure: root,
    preview,
    ...(reason === null ? {} : { broken: reason }),
  }
}

/** The people of some fields: as many as anybody is shown, or a message of recipients alone would fill the memory. */
function people(fields: readonly string[]): Address[] {
  const list: Address[] = []
  let chars = 0
  for (const field of fields) {
    for (const one of addressesIn(field)) {
      chars += one.name.length + one.address.length
      if (list.length >= peopleMax || chars > peopleCharsMax) return list
      list.push(one)
    }
  }
  return list
}

/** What stands in angle brackets; without any, the words that look like identifiers. */
function identifiers(header: string | null): string[] {
  if (header === null) return []
  const bracketed = Array.from(header.matchAll(/<([^<>]*)>/g), ([, inner = '']) => inner.replace(/\s+/g, '')).filter((id) => id !== '')
  const found = bracketed.length > 0 ? bracketed : header.split(/[\s,]+/).filter((word) => word.includes('@'))
  return found.map((id) => speakable(id).slice(0, 998)).filter((id) => id !== '')
}

function fewer(ids: string[]): string[] {
  return ids.length <= referencesMax ? ids : [...ids.slice(0, 1), ...ids.slice(1 - referencesMax)]
}

function importanceOf(headers: Headers): Envelope['importance'] {
  const said = `${headers.get('importance') ?? ''} ${headers.get('x-msmail-priority') ?? ''} ${headers.get('priority') ?? ''}`.toLowerCase()
  const grade = /^\s*([1-5])/.exec(headers.get('x-priority') ?? '')?.[1] ?? ''
  if (/\bhigh\b|(?:^|\s)urgent\b/.test(said) || grade === '1' || grade === '2') return 2
  return /\blow\b|\bnon-urgent\b/.test(said) || grade === '4' || grade === '5' ? 0 : 1
}

const prefixes =
  /^(?:\s*(?:re|fwd?|aw|wg|sv|vs|vb|antw|rif|tr|rv|enc|res|odp|ynt|ilt|doorst|回复|回覆|答复|转发|轉寄|返信|転送)\s*(?:[[(]\d{1,3}[\])])?\s*[:：])+\s*/iu

function topicOf(subject: string): string {
  return subject.replace(prefixes, '')
}

/** Kept only if it is base64 of at least the 22 bytes of a header (MS-OXOMSG 2.2.1.3). */
function threadIndexOf(headers: Headers): string | null {
  const text = (headers.get('thread-index') ?? '').replace(/\s+/g, '')
  const bytes = /^[A-Za-z0-9+/]+=*$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0)
  return bytes.length >= 22 && bytes.length <= 2048 ? bytes.toString('base64') : null
}

function previewOf(source: Buffer, root: MimePart): string {
  let text = ''
  for (const part of readableBodies(root).plain) {
    text += ` ${beginningOf(source, part, previewCharsMax * 3, { links: false, images: false })}`
    const short = shortened(text.slice(0, previewCharsMax * 8))
    if (short.length >= previewCharsMax) return short.slice(0, previewCharsMax).replace(/[\uD800-\uDBFF]$/, '')
  }
  return shortened(text).slice(0, previewCharsMax)
}

/**
 * The conversation of a message, 32 hexadecimal characters: the thread's root Message-ID hashed, or, where no identifier is
 * given at all, the GUID of its Thread-Index (MS-OXOMSG 2.2.1.3). Null if nothing tells.
 */
export function conversationOf(envelope: Envelope): string | null {
  const root = envelope.references[0] ?? envelope.inReplyTo[0] ?? envelope.messageId
  if (root !== null && root !== undefined) return hash('sha256', root, 'hex').slice(0, 32)
  return envelope.threadIndex === null ? null : Buffer.from(envelope.threadIndex, 'base64').toString('hex', 6, 22)
}

/** 100-nanosecond ticks from 1601 to 1970. */
const ticksTo1970 = 116_444_736_000_000_000n

/**
 * MS-ASCON 2.2.2.4: five bytes of the time of the first message, and five for each answer. Thread-Index holds them behind a
 * reserved byte, with a GUID between; a message without one begins with its own date, else with its receipt.
 */
export function conversationIndex(envelope: Envelope, received: Instant): Uint8Array {
  if (envelope.threadIndex !== null) {
    const bytes = Buffer.from(envelope.threadIndex, 'base64')
    const levels = Math.floor((bytes.length - 22) / 5)
    return Uint8Array.from(Buffer.concat([bytes.subarray(1, 6), bytes.subarray(22, 22 + levels * 5)]))
  }
  const filetime = Buffer.alloc(8)
  filetime.writeBigUInt64BE(BigInt(Math.trunc(envelope.date ?? received)) * 10_000n + ticksTo1970)
  // The first byte is 1 until the year 5856 and not part of it.
  return Uint8Array.from(filetime.subarray(1, 6))
}

/** What a search finds a message by: subject, people, names of files and readable text, embedded messages too; at most 256 KiB. */
export function searchText(source: Uint8Array, envelope: Envelope): string {
  try {
    const whole = Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    return cutUtf8(collect(whole, envelope, 0, { left: embeddedMax }), searchBytesMax)
  } catch {
    return envelope.subject
  }
}

// A forwarded forward is searched, not the whole history of a thread.
const embeddedDepthMax = 3
// Each costs as much as a message; a digest of a hundred is found by its first ones.
const embeddedMax = 20

function collect(source: Buffer, envelope: Envelope, depth: number, embedded: { left: number }): string {
  const { from, sender, replyTo, to, cc, bcc, structure } = envelope
  const people = [from, sender, replyTo, to, cc, bcc].map(formatAddresses).filter((line) => line !== '')
  const files = attachments(structure)
  let text = [envelope.subject, ...people, ...files.map(attachmentName)].join('\n')
  for (const part of readableBodies(structure).plain) {
    const room = searchBytesMax - utf8Bytes(text)
    if (room <= 0) return text
    text += `\n${beginningOf(source, part, room, { links: false })}`
  }
  if (depth >= embeddedDepthMax) return text
  for (const part of files) {
    if (part.type !== 'message/rfc822') continue
    if (embedded.left === 0 || utf8Bytes(text) >= searchBytesMax) return text
    embedded.left--
    const inner = decodePrefix(source.subarray(part.body, part.end), part.encoding, searchBytesMax * 4)
    text += `\n${collect(inner, readEnvelope(inner), depth + 1, embedded)}`
  }
  return text
}
