// The revision of an organizer's event: SEQUENCE and DTSTAMP (RFC 5546 2.1.4), and answers that no longer hold.
import { lastEnd } from '../../format/recurrence.ts'
import type { Account } from '../../model/account.ts'
import type { Attendee, CalendarEvent, Exception, Occasion } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import { addressKey } from '../local-address.ts'
import { exceptionsOf, gist, guestsOf, isCancelled, occasionOf, takesPlace, timing } from './guests.ts'
import { isOwn } from './standing.ts'

/** Whether it is over: of what was nobody is told any more. */
export function isOver(event: CalendarEvent, now: Instant): boolean {
  const end = lastEnd(event)
  return end !== null && end <= now
}

/** The highest SEQUENCE that anything of the event was ever told with. */
export function highestSequence(event: CalendarEvent): number {
  return Math.max(event.sequence, ...event.exceptions.map(({ changes }) => changes.sequence ?? 0))
}

/** DTSTAMP of what follows `before`: iCalendar counts seconds, and two of one second would pass for the same. */
export function nextStamp({ stamp }: Pick<Occasion, 'stamp'>, now: Instant): Instant {
  return Math.max(now, (Math.floor(stamp / 1000) + 1) * 1000)
}

/**
 * `after` as a server that mails stores it: SEQUENCE and DTSTAMP raised where guests have to hear of the change, of the series or of
 * the occurrences that changed, and answers forgotten where the time changed. What changes nothing for guests, and what the account
 * does not organize, comes back as it is. `before` is null for a new event.
 */
export function revised(before: CalendarEvent | null, after: CalendarEvent, account: Account, now: Instant): CalendarEvent {
  if (!isOwn(after, account)) return after
  if (before === null) return { ...after, stamp: now, attendees: after.attendees.map(unanswered) }
  if (isOver(before, now) && isOver(after, now)) return after
  if (isRescheduled(before, after)) return rescheduled(before, after, now)
  const carried = { ...after, attendees: carryAnswers(before.attendees, after.attendees) }
  const isRetold = gist(before) !== gist(carried)
  const isRaised = !isCancelled(before) && (isCancelled(carried) || losesGuests(before, carried, account))
  const series = {
    ...carried,
    stamp: isRetold || isRaised ? nextStamp(before, now) : carried.stamp,
    sequence: isRaised ? highestSequence(before) + 1 : carried.sequence,
  }
  return { ...series, exceptions: revisedExceptions(before, series, account, now) }
}

/** RFC 5546 2.1.4: DTSTART, DTEND and RRULE. */
function isRescheduled(before: CalendarEvent, after: CalendarEvent): boolean {
  return timing(before) !== timing(after)
}

/** A new time for all of it: every answer is asked for anew, and nothing of before counts any longer. */
function rescheduled(before: CalendarEvent, after: CalendarEvent, now: Instant): CalendarEvent {
  const exceptions = after.exceptions.map((exception) => {
    const { sequence: _sequence, stamp: _stamp, attendees, ...changes } = exception.changes
    return { ...exception, changes: attendees === undefined ? changes : { ...changes, attendees: attendees.map(unanswered) } }
  })
  const attendees = after.attendees.map(unanswered)
  return { ...after, attendees, exceptions, sequence: highestSequence(before) + 1, stamp: nextStamp(before, now) }
}

/** MS-ASCAL 2.2.2.4: 5, has not answered. */
function unanswered(attendee: Attendee): Attendee {
  return { ...attendee, status: 5, repliedAt: null, proposed: null }
}

/** What people answered stands, whatever the client knew of it; whoever is new has not answered. */
function carryAnswers(before: readonly Attendee[], after: readonly Attendee[]): Attendee[] {
  const known = new Map(before.map((attendee) => [addressKey(attendee.address), attendee]))
  return after.map((attendee) => {
    const was = known.get(addressKey(attendee.address))
    if (was === undefined) return unanswered(attendee)
    return { ...attendee, status: was.status, repliedAt: was.repliedAt, proposed: was.proposed }
  })
}

function losesGuests(before: Pick<Occasion, 'attendees'>, after: Pick<Occasion, 'attendees'>, account: Account): boolean {
  const left = guestsOf(after.attendees, account)
  return [...guestsOf(before.attendees, account).keys()].some((key) => !left.has(key))
}

/** The exceptions of a series whose own time stays, each with a revision of its own where it changed. */
function revisedExceptions(before: CalendarEvent, after: CalendarEvent, account: Account, now: Instant): Exception[] {
  const known = exceptionsOf(before)
  return after.exceptions.map((exception) => {
    const was = known.get(exception.original) ?? { original: exception.original, deleted: false, changes: {} }
    if (!takesPlace(exception)) return exception
    if (JSON.stringify(was) !== JSON.stringify(exception)) return revisedException({ before, was, after, exception }, account, now)
    // It is told again with its series, and nobody shall take it for older than that.
    const { stamp: _stamp, ...changes } = exception.changes
    return after.stamp === before.stamp ? exception : { ...exception, changes }
  })
}

interface Departure {
  readonly before: CalendarEvent
  readonly was: Exception
  readonly after: CalendarEvent
  readonly exception: Exception
}

function revisedException({ before, was, after, exception }: Departure, account: Account, now: Instant): Exception {
  const old = occasionOf(before, was)
  const attendees = carryAnswers(old.attendees, exception.changes.attendees ?? after.attendees)
  const carried = exception.changes.attendees === undefined ? exception.changes : { ...exception.changes, attendees }
  const next = occasionOf(after, { ...exception, changes: carried })
  const isNew = !takesPlace(was)
  if (!isNew && gist(old) === gist(next)) return { ...exception, changes: carried }
  const sequence = Math.max(old.sequence, next.sequence)
  const stamp = nextStamp(old, now)
  if (isNew || old.allDay !== next.allDay || old.start !== next.start || old.end !== next.end) {
    return { ...exception, changes: { ...carried, attendees: attendees.map(unanswered), sequence: sequence + 1, stamp } }
  }
  const isRaised = losesGuests(old, next, account)
  return { ...exception, changes: { ...carried, sequence: isRaised ? sequence + 1 : sequence, stamp } }
}
