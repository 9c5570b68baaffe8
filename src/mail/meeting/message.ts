// The MIME of mail about a meeting (RFC 6047): a text for people beside a text/calendar for programs.
import { createHash } from 'node:crypto'
import { encodeHeader } from '../../format/header-out.ts'
import { htmlToText } from '../../format/html-text.ts'
import { claimUtf8, wrapText } from '../../format/html-wrap.ts'
import { writeCalendar, type VEvent } from '../../format/icalendar.ts'
import type { CalendarEvent, Person } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import type { RecordText } from '../../model/record.ts'
import { fileEntity, multipart, textEntity, type Entity } from '../mime-writer.ts'
import { placeWords, recurrenceWords, spanWords } from './words.ts'

/** RFC 5546 1.4. */
export type MeetingMethod = 'REQUEST' | 'CANCEL' | 'REPLY' | 'COUNTER'

export interface MeetingMail {
  /** PUBLISH is for what nobody is invited to. */
  readonly method: MeetingMethod | 'PUBLISH'
  /** What it tells, as the recipients are to see it: several only for occurrences of one series, in the order of time. */
  readonly told: readonly [VEvent, ...VEvent[]]
  readonly from: Person
  readonly to: readonly Person[]
  readonly subject: string
  /** What the sender writes; null for nothing. */
  readonly text: RecordText | null
  /** Stands in for the stamp of what has none. */
  readonly at: Instant
}

/**
 * The mail with CRLF, all but its Date and Message-ID, which `prepare` adds. The same bytes for the same arguments. Files of what is told
 * come along as parts of the mail.
 */
export function meetingMessage(mail: MeetingMail): Uint8Array {
  const { method, told, from, to, subject } = mail
  const fields: readonly (readonly [string, string])[] = [
    ['From', addressOf(from)],
    ['To', to.map(addressOf).join(', ')],
    ['Subject', subject],
    ['Thread-Topic', told[0].event.subject],
    // What Exchange and Outlook know meeting mail by, before they look into it (MS-OXCMAIL 2.2.3.2.2).
    ['Content-Class', 'urn:content-classes:calendarmessage'],
    ['MIME-Version', '1.0'],
  ]
  const header = fields.filter(([, value]) => value !== '').map(([name, value]) => `${encodeHeader(name, value)}\r\n`)
  const files = told.flatMap(filesOf)
  const boundary = boundaryOf(mail)
  // Files are parts of the mail here, not of the calendar: whoever shows the mail shows them.
  const events = told.map(({ event, instance }) => ({ event: withoutFiles(event), instance, source: nothing }))
  const calendar = textEntity('calendar', writeCalendar({ method, events, tasks: [], foreign: null }, mail.at), `; method=${method}`)
  const alternatives = multipart('alternative', [...textsOf(mail), calendar], '', `${boundary}a`)
  const content = files.length === 0 ? alternatives : multipart('mixed', [alternatives, ...files], '', `${boundary}m`)
  return Buffer.concat([Buffer.from(header.join(''), 'utf8'), ...content.map(bytesOf)])
}

const nothing = new Uint8Array(0)

function addressOf({ name, address }: Person): string {
  return name === '' || name === address ? address : `"${name.replaceAll(/["\\]/g, '\\$&')}" <${address}>`
}

function bytesOf(piece: Entity[number]): Uint8Array {
  if (piece instanceof Uint8Array) return piece
  throw new TypeError('a part of a meeting mail is at hand')
}

/** Two mails that differ have boundaries that differ; none occurs in its mail by chance. */
function boundaryOf({ method, told, to, text, at }: MeetingMail): string {
  const events = told.map(({ event, instance }) => [event.uid, instance, event.sequence, event.stamp])
  const whole = JSON.stringify([method, events, to, text, at])
  return `=_${createHash('sha256').update(whole).digest('base64url').slice(0, 40)}`
}

function withoutFiles(event: CalendarEvent): CalendarEvent {
  const exceptions = event.exceptions.map(({ changes: { files: _files, ...changes }, ...exception }) => ({ ...exception, changes }))
  return { ...event, files: [], exceptions }
}

function filesOf({ event, source }: VEvent): Entity[] {
  const files = [...event.files, ...event.exceptions.flatMap(({ changes }) => changes.files ?? [])]
  const distinct = new Map(files.map((file) => [file.number, file]))
  return [...distinct.values()].map((file) => fileEntity({ ...file, content: source.subarray(file.start, file.end) }))
}

/** When and where, in lines. */
export function whenAndWhere(event: CalendarEvent): string[] {
  const pattern = recurrenceWords(event)
  const place = placeWords(event.place)
  return [
    `When: ${spanWords(event, event.zone)}`,
    ...(pattern === null ? [] : [`Repeats: ${pattern}`]),
    ...(place === null ? [] : [`Where: ${place}`]),
  ]
}

/** The same for people: plain, and as HTML where the sender wrote HTML. */
function textsOf(mail: MeetingMail): Entity[] {
  const lines = mail.told.flatMap(({ event }) => whenAndWhere(event)).join('\n')
  const { text } = mail
  if (text === null) return [textEntity('plain', `${lines}\n`)]
  const plain = textEntity('plain', `${lines}\n\n${(text.type === 2 ? htmlToText(text.text) : text.text).trimEnd()}\n`)
  if (text.type === 1) return [plain]
  return [plain, textEntity('html', prependHtml(claimUtf8(text.text), `<p>${wrapText(lines)}</p>`))]
}

/** `html` with `before` at the beginning of what it shows. */
function prependHtml(html: string, before: string): string {
  const body = /<body\b[^>]*>/i.exec(html)
  const at = body === null ? 0 : body.index + body[0].length
  return `${html.slice(0, at)}${before}\r\n${html.slice(at)}`
}
