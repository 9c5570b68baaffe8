// Forwarding a meeting: the invitation that a new guest gets from whoever thinks of him, and the word of it to the organizer.
import { createHash } from 'node:crypto'
import { addHeaders, encodeHeader } from '../../format/header-out.ts'
import { htmlToText } from '../../format/html-text.ts'
import { wrapText } from '../../format/html-wrap.ts'
import type { VEvent } from '../../format/icalendar.ts'
import type { Account } from '../../model/account.ts'
import type { Attendee, CalendarEvent, Exception, Person } from '../../model/event.ts'
import type { Instant, SubmissionId } from '../../model/id.ts'
import type { RecordText } from '../../model/record.ts'
import { headerDate } from '../header-date.ts'
import { addressKey, ownsAddress } from '../local-address.ts'
import { prepare, type Prepared, type SubmissionLimits } from '../submission.ts'
import { guestsOf, meetingBit, organizerOf } from './guests.ts'
import { intendedStatus } from './intended-status.ts'
import { isOwn } from './standing.ts'
import { eventAsTold } from './letter.ts'
import { meetingMessage, whenAndWhere, type MeetingMail } from './message.ts'

export interface Forward {
  /** What is forwarded: the whole, or the one occurrence `instance`. */
  readonly told: VEvent
  readonly guests: readonly Person[]
  /** What the account writes to it. */
  readonly text: RecordText | null
}

export interface ForwardOptions {
  readonly account: Account
  /** Names what the phone sends; the first mail has it. */
  readonly id: SubmissionId
  readonly now: Instant
  readonly limits: SubmissionLimits
}

/** The people as attendees; whoever is on the list already is asked again, and stands there once. */
export function withGuests(attendees: readonly Attendee[], guests: readonly Person[], type: Attendee['type']): readonly Attendee[] {
  const known = new Set(attendees.map(({ address }) => addressKey(address)))
  const added = new Map(guests.filter(({ address }) => !known.has(addressKey(address))).map((guest) => [addressKey(guest.address), guest]))
  const asked = { type, status: 5, repliedAt: null, proposed: null, responseRequested: null, parameters: {} } as const
  return [...attendees, ...[...added.values()].map(({ name, address }) => ({ name, address, ...asked }))]
}

/**
 * What stands in a calendar as the message that a phone answers or passes on with words of its own: that of its organizer, to everybody
 * who is invited, and to those whom it is passed on to.
 */
export function messageOfEvent(told: VEvent, guests: readonly Person[], account: Account): Uint8Array {
  const { event } = told
  const isInvitation = isMeeting(event)
  const organizer = isOwn(event, account) || event.organizer === null ? organizerOf(event, account) : event.organizer
  const attendees = isInvitation ? withGuests(event.attendees, guests, 2) : []
  const seen = eventAsTold({ ...asMeant(event, account), attendees }, organizer)
  const message = meetingMessage({
    method: isInvitation ? 'REQUEST' : 'PUBLISH',
    told: [{ ...told, event: { ...seen, meetingStatus: isInvitation ? meetingBit.meeting : 0 } }],
    from: organizer,
    to: event.attendees,
    subject: event.subject,
    text: event.text,
    at: event.stamp,
  })
  return addHeaders(message, [['Date', headerDate(event.stamp)]])
}

/** How busy whoever comes is to be, in place of how busy the account shows itself: tentative is what nobody answered yet. */
function asMeant(event: CalendarEvent, account: Account): CalendarEvent {
  if (isOwn(event, account)) return event
  const meant = ({ busyStatus }: Pick<CalendarEvent, 'busyStatus'>, { foreign }: Pick<CalendarEvent, 'foreign'>) =>
    intendedStatus({ busyStatus: busyStatus === 1 ? 2 : busyStatus, foreign })
  const exceptions = event.exceptions.map(({ changes, ...exception }): Exception => {
    const { busyStatus, foreign = event.foreign } = changes
    return { ...exception, changes: busyStatus === undefined ? changes : { ...changes, busyStatus: meant({ busyStatus }, { foreign }) } }
  })
  return { ...event, busyStatus: meant(event, event), exceptions }
}

/** Whether the event is a meeting, with somebody who invites and somebody who is invited. */
export function isMeeting({ meetingStatus, organizer, attendees }: CalendarEvent): boolean {
  return (meetingStatus & meetingBit.meeting) !== 0 || (organizer !== null && attendees.length > 0)
}

/**
 * The mails that bring a meeting to new guests: a REQUEST in the organizer's name from the account's own address. An appointment that
 * nobody else takes part in is told as it is, and asks for no answer (RFC 5546 3.2.1).
 */
export function forwardMails({ told, guests, text }: Forward, { account, id, now, limits }: ForwardOptions): Prepared[] {
  const { event } = told
  const isInvitation = isMeeting(event)
  const organizer = isOwn(event, account) ? organizerOf(event, account) : event.organizer
  const attendees = isInvitation ? withGuests(event.attendees, guests, 2) : []
  const seen = eventAsTold({ ...asMeant(event, account), attendees }, organizer ?? { name: account.displayName, address: account.address })
  const mail: Omit<MeetingMail, 'to'> = {
    method: isInvitation ? 'REQUEST' : 'PUBLISH',
    told: [{ ...told, event: { ...seen, meetingStatus: isInvitation ? meetingBit.meeting : 0 } }],
    from: senderOf(event, account),
    subject: `FW: ${event.subject}`.trimEnd(),
    text: joined(text, event.text),
    at: now,
  }
  const mails: Prepared[] = []
  for (let at = 0; at < guests.length; at += limits.recipientsMax) {
    const part = meetingMessage({ ...mail, to: guests.slice(at, at + limits.recipientsMax) })
    mails.push(prepare(part, { id: partOf(id, at), account, now, limits }))
  }
  return mails
}

/** The account under the address that it was invited by. */
function senderOf({ attendees, organizer }: CalendarEvent, account: Account): Person {
  const own = [...attendees, ...(organizer === null ? [] : [organizer])].find(({ address }) => ownsAddress(account, address))
  return { name: account.displayName, address: own?.address ?? account.address }
}

/** What belongs to a submission beside its first mail. */
function partOf(id: SubmissionId, part: number | string): SubmissionId {
  if (part === 0) return id
  return createHash('sha256').update(`${id}\n${part}`).digest('base64url') as SubmissionId
}

/** What the account writes, above what the organizer wrote. */
function joined(note: RecordText | null, text: RecordText | null): RecordText | null {
  if (note === null || text === null) return note ?? text
  if (note.type === 1 && text.type === 1) return { type: 1, text: `${note.text.trimEnd()}\n\n${text.text}` }
  const html = ({ type, text: written }: RecordText) => (type === 2 ? written : `<div>${wrapText(written)}</div>`)
  return { type: 2, text: `${html(note)}\n<hr>\n${html(text)}` }
}

/** The mail that tells an organizer whom somebody else passed his invitation on to. Null where he has to be told nothing. */
export function forwardNotice({ told, guests, text }: Forward, { account, id, now, limits }: ForwardOptions): Prepared | null {
  const { event } = told
  const { organizer } = event
  if (organizer === null || isOwn(event, account)) return null
  const known = guestsOf(event.attendees, account)
  const added = guests.filter(({ address }) => !known.has(addressKey(address)) && addressKey(address) !== addressKey(organizer.address))
  if (added.length === 0) return null
  const from = senderOf(event, account)
  const words = text === null ? [] : ['', text.type === 2 ? htmlToText(text.text) : text.text]
  const lines = [
    `${from.name === '' ? from.address : from.name} passed your invitation on to:`,
    ...added.map(({ name, address }) => (name === '' ? address : `${name} <${address}>`)),
    '',
    ...whenAndWhere(event),
    ...words,
  ]
  const fields = [
    ['From', `"${from.name.replaceAll(/["\\]/g, '\\$&')}" <${from.address}>`],
    ['To', organizer.address],
    ['Subject', `Meeting Forward Notification: ${event.subject}`],
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Transfer-Encoding', 'base64'],
  ] as const
  const header = fields.map(([name, value]) => `${encodeHeader(name, value)}\r\n`).join('')
  const body = Buffer.from(lines.join('\r\n'), 'utf8').toString('base64').replaceAll(/.{76}/g, '$&\r\n')
  return prepare(Buffer.from(`${header}\r\n${body}\r\n`, 'latin1'), { id: partOf(id, 'notice'), account, now, limits })
}
