// What a calendar comes to: events and tasks, and why some of it cannot be taken.
import type { CalendarEvent } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import type { Foreign } from '../../model/record.ts'
import type { Task } from '../../model/task.ts'

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

/** Why an occurrence cannot be taken that does not say which it is. */
export const unnamedOccurrence = 'its RECURRENCE-ID is no date, so that nobody knows which occurrence it is'

/** Nothing of a text can be taken as a calendar, or nothing of a component as what it is; the message says why, in a sentence. */
export class CalendarFormatError extends Error {
  override readonly name = 'CalendarFormatError'
}
