// iCalendar (RFC 5545) to events and tasks, and back.
import type { CalendarEvent } from '../model/event.ts'
import type { Instant } from '../model/id.ts'
import type { Foreign } from '../model/record.ts'
import type { Task } from '../model/task.ts'
import type { ZoneId } from '../model/zone.ts'

/** An event as a calendar tells it. */
export interface VEvent {
  readonly event: CalendarEvent
  /** Where only one occurrence of a series is told: its original start, and `event` is that occurrence. Null otherwise. */
  readonly instance: Instant | null
  /** The bytes of its files; the event says which are which. */
  readonly source: Uint8Array
}

export interface VCalendar {
  /** In capitals: REQUEST, REPLY, CANCEL, COUNTER … */
  readonly method: string | null
  readonly events: readonly VEvent[]
  readonly tasks: readonly Task[]
  /** What the calendar itself said, and components that are neither event nor task. */
  readonly foreign: Foreign | null
}

/** A component that cannot be taken: where it stands among the events and tasks of the file (from 1), and why, in a sentence. */
export interface Refused {
  readonly number: number
  readonly reason: string
}

/** Nothing of a text can be taken as a calendar; the message says why, in a sentence. */
export class CalendarFormatError extends Error {
  override readonly name = 'CalendarFormatError'
}

/**
 * What a calendar says. Times without a zone are taken in `zone`; `now` is the stamp of what has none. What cannot be taken is left
 * out. Throws CalendarFormatError where nothing is left.
 */
export function readCalendar(text: string, zone: ZoneId, now: Instant): VCalendar {
  return readCalendarFile(text, zone, now).calendar
}

/** As readCalendar, with what was left out. Throws CalendarFormatError only for what is no calendar at all. */
export function readCalendarFile(
  _text: string,
  _zone: ZoneId,
  _now: Instant,
): { readonly calendar: VCalendar; readonly refused: readonly Refused[] } {
  throw new CalendarFormatError('calendars cannot be read yet')
}

/** The calendar as text: CRLF, lines of at most 75 octets, with the time zones it needs. `now` is the stamp of what has none. */
export function writeCalendar(_calendar: VCalendar, _now: Instant): string {
  throw new CalendarFormatError('calendars cannot be written yet')
}
