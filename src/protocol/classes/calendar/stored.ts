// What belongs to every change of an event that no server mails: its stamp and its sequence.
import { isDeepStrictEqual } from 'node:util'
import type { CalendarEvent } from '../../../model/event.ts'
import type { Instant } from '../../../model/id.ts'
import { isReceived } from './people.ts'

/** What attendees plan by: another one makes older answers out of date (RFC 5546 2.1.4). */
function isRescheduled(before: CalendarEvent, after: CalendarEvent): boolean {
  const plan = ({ start, end, allDay, zone, recurrence, exceptions }: CalendarEvent) => ({
    start,
    end,
    allDay,
    zone,
    recurrence,
    exceptions: exceptions.map(({ original, deleted, changes }) => [original, deleted, changes.start, changes.end]),
  })
  return !isDeepStrictEqual(plan(before), plan(after))
}

/**
 * `after` with DTSTAMP and SEQUENCE as they belong to it. What changes nothing keeps both, so that the same Change again is none; a
 * stamp that the client gave stands (MS-ASCAL 2.2.2.18). Of an attendee's copy both are the organizer's.
 */
export function dated(before: CalendarEvent | null, after: CalendarEvent, now: Instant): CalendarEvent {
  if (before === null || isReceived(after)) return after
  const { stamp, sequence } = before
  if (isDeepStrictEqual({ ...after, stamp, sequence }, before)) return before
  return {
    ...after,
    stamp: after.stamp === stamp ? now : after.stamp,
    sequence: after.responseType === 1 && isRescheduled(before, after) ? sequence + 1 : sequence,
  }
}
