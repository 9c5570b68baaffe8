// The answer of somebody who was invited: what it makes of his own copy, and the mail that tells the organizer (RFC 5546 3.2.3, 3.2.7).
import { createHash } from 'node:crypto'
import type { Account } from '../../model/account.ts'
import type { Attendee, CalendarEvent, Exception, Occasion, Person } from '../../model/event.ts'
import type { Instant, SubmissionId } from '../../model/id.ts'
import type { ForeignProperty, RecordText } from '../../model/record.ts'
import { isSendable, ownsAddress } from '../local-address.ts'
import { prepare, type Prepared, type SubmissionLimits } from '../submission.ts'
import { exceptionsOf, meetingBit, occasionOf } from './guests.ts'
import { meetingMessage } from './message.ts'

/** MS-ASCMD 2.2.3.194. */
export type Response = 'accepted' | 'tentative' | 'declined'

export interface Answer {
  readonly response: Response
  /** The time he would rather have; null where he takes it as it is. */
  readonly proposed: { readonly start: Instant; readonly end: Instant } | null
  readonly at: Instant
}

/** MS-ASCAL 2.2.2.40 and 2.2.2.4, which agree. */
const responseTypes = { accepted: 3, tentative: 2, declined: 4 } as const satisfies Record<Response, Occasion['responseType']>

/** Whether the occasion shows this answer already: a phone that heard nothing of it gives it again. */
export function isAnswered(occasion: Occasion, { response, proposed }: Answer, account: Account): boolean {
  const own = occasion.attendees.find(({ address }) => ownsAddress(account, address))
  const known = own?.proposed ?? null
  const isProposed = known?.start === proposed?.start && known?.end === proposed?.end
  return occasion.responseType === responseTypes[response] && occasion.repliedAt !== null && (own === undefined || isProposed)
}

/** What the answer makes of an occasion. `busyStatus` is what the organizer asks of those who come. */
function answeredOccasion(occasion: Occasion, answer: Answer, account: Account, busyStatus: Occasion['busyStatus']) {
  const { response, proposed, at } = answer
  const status = responseTypes[response]
  const attendees = occasion.attendees.map((attendee) =>
    ownsAddress(account, attendee.address) ? { ...attendee, status, repliedAt: at, proposed } : attendee,
  )
  return {
    attendees,
    responseType: status,
    repliedAt: at,
    meetingStatus: occasion.meetingStatus | meetingBit.meeting | meetingBit.received,
    busyStatus: response === 'tentative' ? 1 : response === 'declined' ? 0 : busyStatus,
  } as const satisfies Partial<Occasion>
}

/** The owner's copy after he answered the whole of it: an exception keeps no answer of its own. */
export function afterAnswer(event: CalendarEvent, answer: Answer, account: Account, busyStatus: Occasion['busyStatus']): CalendarEvent {
  const exceptions = event.exceptions.map((exception): Exception => {
    const { responseType: _type, repliedAt: _at, attendees, busyStatus: own, ...changes } = exception.changes
    const occasion = { ...occasionOf(event, exception), attendees: attendees ?? [] }
    const people = attendees === undefined ? {} : { attendees: answeredOccasion(occasion, answer, account, busyStatus).attendees }
    // Tentative was what nobody had answered yet.
    const free = own === undefined || own === 1 ? {} : { busyStatus: own }
    return { ...exception, changes: { ...changes, ...people, ...free } }
  })
  return { ...event, ...answeredOccasion(event, answer, account, busyStatus), exceptions }
}

/** The owner's copy of a series after he answered one occurrence: declined, it takes place without him. */
export function afterAnswerOnce(
  event: CalendarEvent,
  original: Instant,
  answer: Answer,
  account: Account,
  busyStatus: Occasion['busyStatus'],
): CalendarEvent {
  const exceptions = new Map(exceptionsOf(event))
  const before = exceptions.get(original) ?? { original, deleted: false, changes: {} }
  const changes = { ...before.changes, ...answeredOccasion(occasionOf(event, before), answer, account, busyStatus) }
  exceptions.set(original, answer.response === 'declined' ? { original, deleted: true, changes: {} } : { ...before, changes })
  return { ...event, exceptions: [...exceptions.values()].toSorted((one, other) => one.original - other.original) }
}

/** Whether the organizer wants to hear: he does unless he said otherwise of this guest. */
export function wantsAnswer(event: Pick<CalendarEvent, 'attendees'>, account: Account): boolean {
  return event.attendees.find(({ address }) => ownsAddress(account, address))?.responseRequested !== false
}

export interface Reply {
  /** What is answered, as the organizer told it: the whole, or the one occurrence `instance`. */
  readonly event: CalendarEvent
  readonly instance: Instant | null
  readonly answer: Answer
  /** What the guest writes to it. */
  readonly text: RecordText | null
}

export interface ReplyOptions {
  readonly account: Account
  readonly now: Instant
  readonly limits: SubmissionLimits
}

const titles = { accepted: 'Accepted', tentative: 'Tentative', declined: 'Declined' } as const

/** The mail that tells the organizer; null where there is nobody to be told. The same answer, given again, is the same submission. */
export function replyMail(reply: Reply, { account, now, limits }: ReplyOptions): Prepared | null {
  const { event, instance, answer, text } = reply
  const { organizer } = event
  if (organizer === null || !isSendable(organizer.address)) return null
  const { response, proposed, at } = answer
  const guest = guestOf(event, account)
  const from: Person = { name: guest.name === '' ? account.displayName : guest.name, address: guest.address }
  const attendee: Attendee = {
    ...guest,
    ...from,
    status: responseTypes[response],
    repliedAt: null,
    proposed: null,
    responseRequested: null,
  }
  const told: CalendarEvent = {
    ...event,
    ...(proposed === null ? {} : spanOf(event, proposed)),
    text: null,
    files: [],
    reminder: null,
    categories: [],
    // How busy the guest shows himself is his own affair, and what he was asked the organizer knows.
    busyStatus: 2,
    responseRequested: false,
    attendees: [attendee],
    exceptions: [],
    stamp: at,
    foreign: { properties: [...commentOf(text), ...originalTimes(event, proposed)], components: [] },
  }
  const title = proposed === null ? titles[response] : 'New Time Proposed'
  const mail = {
    method: proposed === null ? 'REPLY' : 'COUNTER',
    told: [{ event: told, instance, source: new Uint8Array(0) }],
    from,
    to: [organizer],
    subject: `${title}: ${event.subject}`.trimEnd(),
    text,
    at: now,
  } as const
  return prepare(meetingMessage(mail), { id: submissionOf(reply), account, now, limits })
}

/** The answer of the same moment is the same: a phone that heard nothing sends it again, and the copy remembers when it was given. */
function submissionOf({ event: { uid, sequence }, instance, answer, text }: Reply): SubmissionId {
  const whole = JSON.stringify(['answer', uid, sequence, instance, answer, text])
  return createHash('sha256').update(whole).digest('base64url') as SubmissionId
}

/** The account as it was invited; somebody who was told by others comes under his own address. */
function guestOf({ attendees }: CalendarEvent, account: Account): Attendee {
  const invited = attendees.find(({ address }) => ownsAddress(account, address) && isSendable(address))
  if (invited !== undefined) return invited
  const { displayName, address } = account
  return { name: displayName, address, type: 1, status: 5, repliedAt: null, proposed: null, responseRequested: null, parameters: {} }
}

const day = 86_400_000

/** A proposed time: of an all-day event whole days, or a time of day. */
function spanOf({ allDay }: CalendarEvent, { start, end }: { readonly start: Instant; readonly end: Instant }) {
  return { allDay: allDay && start % day === 0 && end % day === 0, start, end }
}

/** RFC 5546 3.2.3: what the guest has to say. */
function commentOf(text: RecordText | null): ForeignProperty[] {
  return text === null || text.type === 2 || text.text.trim() === '' ? [] : [['comment', {}, 'text', text.text.trim()]]
}

/** MS-OXCICAL 2.1.3.1.1.20.61: where the time of a COUNTER is the proposed one, Exchange and Outlook look here for that of the meeting. */
function originalTimes({ start, end }: CalendarEvent, proposed: Answer['proposed']): ForeignProperty[] {
  if (proposed === null) return []
  const utc = (at: Instant) => new Date(at).toISOString().replace('.000Z', 'Z')
  return [
    ['x-ms-olk-originalstart', {}, 'date-time', utc(start)],
    ['x-ms-olk-originalend', {}, 'date-time', utc(end)],
  ]
}
