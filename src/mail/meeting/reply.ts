// What an attendee's answer, or the other time he proposes, makes of the organizer's calendar (RFC 5546 3.2.3, 3.2.7).
import type { VEvent } from '../../format/icalendar.ts'
import { occasionAt } from '../../format/recurrence.ts'
import type { Attendee, CalendarEvent, Exception } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import { originalOf, replaced, standing, withException, type Entry } from './entry.ts'
import { occasionOf } from './guests.ts'
import type { Outcome } from './request.ts'
import { isFromAttendee, isOwn, isSameGuest, isSamePerson, type Hearing } from './standing.ts'

export interface Answering extends Pick<Hearing, 'speaker'> {
  /** Another time is proposed: that of the event that is told. */
  readonly isCounter: boolean
  readonly now: Instant
}

/** What an answer makes of the entries of its meeting. Only an attendee answers, and only for himself: nobody joins by it. */
export function answered(told: VEvent, entries: readonly Entry[], hearing: Hearing, how: Omit<Answering, 'speaker'>): Outcome {
  const answering = { ...how, speaker: hearing.speaker }
  const entry = standing(entries).find(({ event }) => isOwn(event, hearing.account))
  const nothing: Outcome = { entries, update: null, refused: null }
  const [answer, ...others] = told.event.attendees
  if (entry === undefined || answer === undefined) return nothing
  // RFC 5546 3.2.3: one attendee answers. Where more stand there, whose answer it is remains to be guessed.
  if (others.length > 0 || !isFromAttendee(answer, hearing)) return { ...nothing, refused: 'not the attendee' }
  const event =
    told.instance === null ? answeredWhole(entry.event, told.event, answer, answering) : answeredOnce(entry.event, told, answer, answering)
  return event === null ? nothing : { ...nothing, entries: replaced(entries, entry, { event }) }
}

function answeredWhole(event: CalendarEvent, told: CalendarEvent, answer: Attendee, answering: Answering): CalendarEvent | null {
  const attendees = withAnswer(event, event.attendees, told, answer, answering)
  if (attendees === null) return null
  return { ...event, attendees, exceptions: event.exceptions.map((exception) => answeredAlong(event, exception, told, answer, answering)) }
}

/** Whoever answers the whole answers what departs from it too, unless he had declined that by itself: so does his own calendar have it. */
function answeredAlong(event: CalendarEvent, exception: Exception, told: CalendarEvent, answer: Attendee, answering: Answering): Exception {
  const own = exception.changes.attendees
  const isDeclined = own?.some((attendee) => isSameGuest(attendee, answer, answering) && attendee.status === 4) === true
  if (own === undefined || exception.deleted || isDeclined || answering.isCounter) return exception
  const asked = { ...occasionOf(event, exception), disallowNewTimeProposal: event.disallowNewTimeProposal }
  const attendees = withAnswer(asked, own, told, answer, answering)
  return attendees === null ? exception : { ...exception, changes: { ...exception.changes, attendees } }
}

function answeredOnce(
  event: CalendarEvent,
  { event: told, instance }: VEvent,
  answer: Attendee,
  answering: Answering,
): CalendarEvent | null {
  const original = instance === null || event.recurrence === null ? null : originalOf(event, instance)
  const occasion = original === null ? null : occasionAt(event, original)
  if (original === null || occasion === null) return null
  const attendees = withAnswer(
    { ...occasion, disallowNewTimeProposal: event.disallowNewTimeProposal },
    occasion.attendees,
    told,
    answer,
    answering,
  )
  if (attendees === null) return null
  const { changes } = event.exceptions.find((exception) => exception.original === original) ?? { changes: {} }
  return { ...event, exceptions: withException(event.exceptions, { original, deleted: false, changes: { ...changes, attendees } }) }
}

type Asked = Pick<CalendarEvent, 'sequence' | 'stamp' | 'disallowNewTimeProposal'>

/** The attendees with the answer of one of them; null where there is nobody to give it, or it is out of date. */
function withAnswer(
  asked: Asked,
  attendees: readonly Attendee[],
  told: CalendarEvent,
  answer: Attendee,
  { isCounter, now, speaker }: Answering,
): readonly Attendee[] | null {
  const known =
    attendees.find((attendee) => isSamePerson(attendee, answer)) ?? attendees.find((attendee) => isSameGuest(attendee, answer, { speaker }))
  // A stamp from the future must not keep out every answer to come.
  const repliedAt = Math.min(told.stamp, now)
  if (known === undefined || (known.repliedAt !== null && repliedAt < known.repliedAt)) return null
  // What was asked is another thing by now. Some programs answer with SEQUENCE 0 whatever was asked: their stamp tells.
  if (told.sequence < asked.sequence && told.stamp < asked.stamp) return null
  const status = answer.status === 2 || answer.status === 3 || answer.status === 4 ? answer.status : isCounter ? 2 : null
  if (status === null) return null
  const proposed = isCounter && !asked.disallowNewTimeProposal ? { start: told.start, end: told.end } : null
  return attendees.map((attendee) => (attendee === known ? { ...attendee, status, repliedAt, proposed } : attendee))
}
