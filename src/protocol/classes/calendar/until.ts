// Until when a series goes on, as clients say it (MS-ASCAL 2.2.2.47).
import { dayOf, instantOf, localOf } from '../../../format/time-zone.ts'
import type { Span } from '../../../model/event.ts'
import type { Instant } from '../../../model/id.ts'
import type { ZoneId } from '../../../model/zone.ts'
import { Failure } from '../../error.ts'
import { dayMilliseconds, tellable, timeOut, type ClockFace } from './times.ts'

const utc = 'UTC' as ZoneId

const utcDay = (at: Instant): Instant => Math.floor(at / dayMilliseconds) * dayMilliseconds

/**
 * As a client is told it. A date is told by a moment at which it has begun in the zone and in UTC alike: AOSP draws all-day events in UTC,
 * and would leave out the last of those that began in the evening before by that clock.
 */
export function untilOut(until: Instant, allDay: boolean, face: ClockFace): Instant {
  const at = timeOut(until, allDay, face)
  return allDay ? Math.max(at, tellable(until)) : at
}

/**
 * When the last occurrence starts at the latest: for all-day events a date, for others not before the first of them. Android's clients
 * cut the time off and send `yyyyMMddT000000Z`, as Exchange ignores it (AOSP, CalendarUtilities.recurrenceUntilToEasUntil): what is a
 * midnight of UTC is a date, to its end. They cut it off what they were told as well: `stood` is when the series ended so far.
 */
export function untilIn(sent: Instant, span: Span, face: ClockFace, stood: Instant | null): Instant {
  const until = span.allDay ? dateUntil(sent, face) : timeUntil(sent, span, face, stood)
  if (until >= span.start) return until
  if (!span.allDay && [dayOf(face.zone, span.start), utcDay(span.start)].includes(utcDay(sent))) return span.start
  if (!span.allDay && dayOf(face.zone, sent) === dayOf(face.zone, span.start)) return span.start
  throw new Failure('ItemMalformed', 'a series that is over before it begins')
}

function dateUntil(sent: Instant, face: ClockFace): Instant {
  const local = dayOf(face.zone, sent)
  // What is a midnight of the zone and of UTC is the same day in both.
  return sent === utcDay(sent) && (face.floating || timeOut(local, true, face) !== sent) ? sent : local
}

function timeUntil(sent: Instant, { start }: Span, { zone }: ClockFace, stood: Instant | null): Instant {
  if (sent !== utcDay(sent)) return sent
  const time = localOf(zone, start).toPlainTime()
  const on = (date: Instant) => instantOf(zone, localOf(utc, date).toPlainDate().toPlainDateTime(time))
  if (stood !== null && [utcDay(stood), dayOf(zone, stood)].includes(sent)) return Math.max(on(dayOf(zone, stood)), stood)
  // A series that takes place at that very time ends with it.
  return localOf(zone, sent).toPlainTime().equals(time) ? sent : on(sent)
}
