// What a recurrence amounts to: the occurrences of a series, and its end.
import type { CalendarEvent, Occasion, Span } from '../model/event.ts'
import type { Instant } from '../model/id.ts'
import type { Recurrence } from '../model/recurrence.ts'
import type { Task } from '../model/task.ts'
import type { ZoneId } from '../model/zone.ts'

/** What repeats: the first occurrence, and how. */
export interface Series extends Span {
  readonly zone: ZoneId
  readonly recurrence: Recurrence | null
}

/** One time that an event takes place. */
export interface Occurrence {
  /** When it takes place by the recurrence alone; names it within the series. */
  readonly original: Instant
  readonly occasion: Occasion
  readonly isException: boolean
}

/**
 * The starts of the occurrences that overlap [from, to), exceptions not looked at: ascending, at most `limit`. Null is no bound. Of an
 * all-day series they are midnights UTC of dates, and so are the bounds.
 */
export function occurrences(series: Series, from: Instant | null, to: Instant | null, limit: number): readonly Instant[] {
  const isWithin = (from === null || series.end > from || series.start >= from) && (to === null || series.start < to)
  return isWithin && limit > 0 ? [series.start] : []
}

/** Where and as what the event takes place within [from, to), exceptions told: ascending by start, at most `limit`. */
export function eventOccurrences(event: CalendarEvent, from: Instant | null, to: Instant | null, limit: number): readonly Occurrence[] {
  return occurrences(event, from, to, limit).map((original) => ({ original, occasion: event, isException: false }))
}

/** Whether the series has an occurrence at `original`, deleted or not. */
export function isOccurrence(event: CalendarEvent, original: Instant): boolean {
  return occurrences(event, original, original + 1, 1).includes(original)
}

/** The occurrence that belongs to `original`, with what it inherits and what it has of its own; null if there is none, or it was deleted. */
export function occasionAt(event: CalendarEvent, original: Instant): Occasion | null {
  return isOccurrence(event, original) ? event : null
}

/** When the last occurrence ends, exceptions included; null where there is no end. */
export function lastEnd(event: CalendarEvent): Instant | null {
  return event.recurrence === null ? event.end : null
}

/** The value of an iCalendar RRULE in the fields of the model; what they cannot say is kept as `rule`. Null if it is no rule. */
export function recurrenceOfRule(_rule: string, _start: Instant, _zone: ZoneId, _allDay: boolean): Recurrence | null {
  return null
}

/** The value of an iCalendar RRULE that says the same. */
export function ruleOfRecurrence(recurrence: Recurrence, _start: Instant, _zone: ZoneId, _allDay: boolean): string {
  return recurrence.rule ?? 'FREQ=DAILY'
}

/** What is left to do of a recurring task after its present occurrence is done: the next one; null if that was the last. */
export function taskOccurrenceAfter(_task: Task): Task | null {
  return null
}
