// What a recurrence amounts to: the occurrences of a series with its exceptions, its end, and the RRULE that says the same.
import type { CalendarEvent, Occasion } from '../model/event.ts'
import type { Instant } from '../model/id.ts'
import type { Recurrence } from '../model/recurrence.ts'
import type { Task } from '../model/task.ts'
import type { ZoneId } from '../model/zone.ts'
import { exceptionalOccasion, exceptionsOf, inTermsOf, originalNear, plainOccasion } from './recurrence/exceptions.ts'
import { isEndless, starts, startsAt, startsBackwards, type Series } from './recurrence/expansion.ts'
import { recurrenceOf } from './recurrence/fields.ts'
import { beginningOf, ruleOfFields } from './recurrence/pattern.ts'
import { parseRule, ruleText } from './recurrence/rule.ts'
import { nextTask } from './recurrence/task.ts'

export type { Series } from './recurrence/expansion.ts'

/** One time that an event takes place. */
export interface Occurrence {
  /** When it takes place by the recurrence alone; names it within the series. */
  readonly original: Instant
  readonly occasion: Occasion
  readonly isException: boolean
}

/**
 * The starts of the occurrences that overlap [from, to), exceptions not looked at: ascending, at most `limit`. Null is no bound. Of an
 * all-day series they are midnights UTC of dates, and so are the bounds. What a rule asks for without end, or never gets, ends in bounded
 * time with what was found.
 */
export function occurrences(series: Series, from: Instant | null, to: Instant | null, limit: number): readonly Instant[] {
  const found: Instant[] = []
  if (limit <= 0) return found
  for (const start of starts(series, from, to, limit)) {
    found.push(start)
    if (found.length >= limit) break
  }
  return found
}

/**
 * When and as what the event takes place within [from, to), exceptions told: ascending by start, at most `limit`. The bounds are as in
 * `occurrences`; an exception that lasts all day in a series that does not counts from midnight to midnight of the event's zone.
 */
export function eventOccurrences(event: CalendarEvent, from: Instant | null, to: Instant | null, limit: number): readonly Occurrence[] {
  if (limit <= 0) return []
  const exceptions = exceptionsOf(event)
  const found: Occurrence[] = []
  for (const start of starts(event, from, to, limit + exceptions.size)) {
    if (exceptions.has(start)) continue
    found.push({ original: start, occasion: plainOccasion(event, start), isException: false })
    if (found.length >= limit) break
  }
  for (const [original, exception] of exceptions) {
    if (exception.deleted) continue
    const occasion = exceptionalOccasion(event, original, exception)
    const start = inTermsOf(event, occasion, occasion.start)
    const end = inTermsOf(event, occasion, occasion.end)
    const isWithin = (to === null || start < to) && (from === null || end > from || (start === end && start === from))
    if (isWithin) found.push({ original, occasion, isException: true })
  }
  const startOf = ({ occasion }: Occurrence) => inTermsOf(event, occasion, occasion.start)
  return found.toSorted((a, b) => startOf(a) - startOf(b)).slice(0, limit)
}

/** Whether the series has an occurrence at `original`, deleted or not; exactly, to the millisecond. */
export function isOccurrence(event: CalendarEvent, original: Instant): boolean {
  return exceptionsOf(event).has(original) || startsAt(event, original)
}

/**
 * The occurrence that a client means by `original`, as it is to be stored: itself where there is one, else one of the same local minute,
 * one an hour off by summer time, or, of an all-day series, the date that begins then in the event's zone. Null if there is none.
 */
export function originalOf(event: CalendarEvent, original: Instant): Instant | null {
  return exceptionsOf(event).has(original) ? original : originalNear(event, original)
}

/** The occurrence that `original` means, with what it inherits and what it has of its own; null if there is none, or it was deleted. */
export function occasionAt(event: CalendarEvent, original: Instant): Occasion | null {
  const exact = originalOf(event, original)
  if (exact === null) return null
  const exception = exceptionsOf(event).get(exact)
  if (exception === undefined) return plainOccasion(event, exact)
  return exception.deleted ? null : exceptionalOccasion(event, exact, exception)
}

/**
 * When the last occurrence ends, exceptions included; null where there is no end. Where all were deleted it is the end of the first, so
 * that it is over some day.
 */
export function lastEnd(event: CalendarEvent): Instant | null {
  if (event.recurrence === null) return event.end
  if (isEndless(event)) return null
  const exceptions = exceptionsOf(event)
  const ends: Instant[] = []
  for (const [original, exception] of exceptions) {
    if (exception.deleted) continue
    const occasion = exceptionalOccasion(event, original, exception)
    ends.push(inTermsOf(event, occasion, occasion.end))
  }
  for (const start of startsBackwards(event)) {
    if (exceptions.has(start)) continue
    ends.push(start + (event.end - event.start))
    break
  }
  return ends.length === 0 ? event.end : ends.reduce((latest, end) => Math.max(latest, end))
}

/**
 * The value of an iCalendar RRULE in the fields of the model; what they cannot say is kept as `rule`, and they come as near as they can.
 * Null if it is no rule.
 */
export function recurrenceOfRule(rule: string, start: Instant, zone: ZoneId, allDay: boolean): Recurrence | null {
  const parts = parseRule(rule)
  return parts === null ? null : recurrenceOf(parts, rule.trim(), beginningOf(start, zone, allDay))
}

/** The value of an iCalendar RRULE (RFC 5545 3.3.10; with RSCALE, RFC 7529, in other calendars) that says the same. */
export function ruleOfRecurrence(recurrence: Recurrence, start: Instant, zone: ZoneId, allDay: boolean): string {
  return recurrence.rule ?? ruleText(ruleOfFields(recurrence, beginningOf(start, zone, allDay)))
}

/**
 * What is left of a recurring task after its present occurrence is done: the next one, open, with its dates moved; null if that was the
 * last. It is still called what the present one is. With the zone of the user, dates in UTC keep their local time through summer and winter.
 */
export function taskOccurrenceAfter(task: Task, zone: ZoneId | null = null): Task | null {
  return nextTask(task, zone)
}
