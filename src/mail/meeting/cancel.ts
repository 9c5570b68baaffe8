// What an organizer's cancellation makes of an attendee's calendar (RFC 5546 3.2.5): what does not take place stays to be seen, as cancelled.
import type { VEvent } from '../../format/icalendar.ts'
import type { CalendarEvent, Exception, Occasion } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import { compareRevisions, orphanOriginal, originalOf, replaced, standing, withException, type Entry } from './entry.ts'
import { maySpeak, type Outcome } from './request.ts'
import { isInvited, type Hearing } from './standing.ts'

/** What a cancellation makes of the entries of its meeting. */
export function cancelled(told: VEvent, entries: readonly Entry[], hearing: Hearing): Outcome {
  const { event, instance } = told
  const nothing: Outcome = { entries, update: null, refused: null }
  // RFC 5546 3.2.5: where some are named, only they are uninvited.
  if (event.attendees.length > 0 && !isInvited(event.attendees, hearing)) return nothing
  const here = standing(entries)
  if (here.some((entry) => !maySpeak(entry.event, event, hearing))) return { ...nothing, refused: 'not the organizer' }
  let after = entries
  for (const entry of here) {
    const changed = withoutIt(entry.event, event, instance)
    if (changed !== null) after = replaced(after, entry, { event: changed })
  }
  return { ...nothing, entries: after }
}

/** The event with all of it, or one occurrence, cancelled; null where the cancellation does not concern it, or is out of date. */
function withoutIt(held: CalendarEvent, told: CalendarEvent, instance: Instant | null): CalendarEvent | null {
  if (instance !== null && held.recurrence !== null) return withoutOccurrence(held, told, instance)
  if (instance !== null && orphanOriginal(held) !== instance) return null
  if (compareRevisions(told, held) < 0) return null
  return { ...held, ...cancellation(told, held), exceptions: held.exceptions.map(cancelledToo) }
}

/** An exception that has a status of its own has that of the series now. */
function cancelledToo({ changes, ...exception }: Exception): Exception {
  const inherited: readonly string[] = ['meetingStatus', 'busyStatus', 'reminder'] satisfies (keyof Occasion)[]
  return { ...exception, changes: Object.fromEntries(Object.entries(changes).filter(([field]) => !inherited.includes(field))) }
}

function withoutOccurrence(series: CalendarEvent, told: CalendarEvent, instance: Instant): CalendarEvent | null {
  const original = originalOf(series, instance)
  if (original === null) return null
  const exception = series.exceptions.find((one) => one.original === original)
  const before = { sequence: series.sequence, stamp: series.stamp, subject: series.subject, ...exception?.changes }
  if (exception?.deleted === true || compareRevisions(told, before) < 0) return null
  const changes = { ...exception?.changes, ...cancellation(told, before) }
  return { ...series, exceptions: withException(series.exceptions, { original, deleted: false, changes }) }
}

/** MS-ASCAL 2.2.2.29: 7 is a meeting received that was cancelled. It keeps nobody busy and reminds nobody. */
function cancellation(told: CalendarEvent, { subject }: Pick<Occasion, 'subject'>) {
  return {
    meetingStatus: 7,
    busyStatus: 0,
    reminder: null,
    subject: told.subject === '' ? subject : told.subject,
    sequence: told.sequence,
    stamp: told.stamp,
  } as const
}
