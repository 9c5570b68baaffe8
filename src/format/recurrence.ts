// What a recurrence amounts to: the occurrences of a series, and its end.
import type { CalendarEvent } from '../model/event.ts'
import type { Instant } from '../model/id.ts'

/** When the last occurrence ends, exceptions included; null where there is no end. */
export function lastEnd(event: CalendarEvent): Instant | null {
  return event.recurrence === null ? event.end : null
}
