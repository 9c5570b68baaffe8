// How something repeats, in the terms of MS-ASCAL 2.2.2.37 and MS-ASTASK 2.2.2.18.
import type { Instant } from './id.ts'

/** 0 daily, 1 weekly, 2 monthly on a day, 3 monthly on the nth weekday, 5 yearly on a day, 6 yearly on the nth weekday of a month. */
export type RecurrenceType = 0 | 1 | 2 | 3 | 5 | 6

export interface Recurrence {
  readonly type: RecurrenceType
  /** At least 1. */
  readonly interval: number
  /** A sum: 1 Sunday, 2 Monday … 64 Saturday; 127 is any day (types 3, 6: the nth day). Null where the type has none. */
  readonly daysOfWeek: number | null
  /** 1 to 31; 127 the last day of the month (types 2 and 5). */
  readonly dayOfMonth: number | null
  /** 1 to 4; 5 the last. */
  readonly weekOfMonth: number | null
  /** 1 to 12; 13 a leap month of some calendars. */
  readonly monthOfYear: number | null
  /** The start of the last occurrence, or later; in an all-day series midnight UTC of its date. Never beside `occurrences`. */
  readonly until: Instant | null
  readonly occurrences: number | null
  /** 0 Sunday … 6 Saturday; null if nobody said. */
  readonly firstDayOfWeek: number | null
  /** MS-ASCAL 2.2.2.10: 0 and 1 Gregorian, 6 Hijri, 8 Hebrew, 15 Chinese lunar … */
  readonly calendarType: number
  readonly isLeapMonth: boolean
  /**
   * The value of an iCalendar RRULE that says more than the fields above can; the fields then come as near as they can, for phones.
   * It is what counts for as long as no client sends another Recurrence.
   */
  readonly rule: string | null
}

/** MS-ASTASK 2.2.2.18: what only tasks have. */
export interface TaskRecurrence extends Recurrence {
  /** MS-ASTASK 2.2.2.23: the start of the first occurrence, as Task.start. */
  readonly start: Instant
  /** The next one starts when this one is done. */
  readonly regenerate: boolean
  /** An occurrence that was done in a series, and repeats no more. */
  readonly dead: boolean
}
