// How a task repeats, both ways (MS-ASTASK 2.2.2.20).
import type { Dialect } from '../../../model/dialect.ts'
import type { Instant } from '../../../model/id.ts'
import type { TaskRecurrence } from '../../../model/recurrence.ts'
import { Failure } from '../../error.ts'
import { tellable } from './clock.ts'
import type { RecurrenceIn, RecurrenceOut } from './schema.ts'

const day = 86_400_000
const lastDay = 127

/** Which children belong to a Type, beside those that belong to all (MS-ASTASK 2.2.2.4, 2.2.2.9, 2.2.2.10, 2.2.2.17, 2.2.2.33). */
const belonging: Readonly<Record<TaskRecurrence['type'], ReadonlySet<keyof RecurrenceIn>>> = {
  0: new Set(['DayOfWeek'] as const),
  1: new Set(['DayOfWeek'] as const),
  2: new Set(['DayOfMonth', 'CalendarType', 'IsLeapMonth'] as const),
  3: new Set(['DayOfWeek', 'WeekOfMonth', 'CalendarType', 'IsLeapMonth'] as const),
  5: new Set(['DayOfMonth', 'MonthOfYear', 'CalendarType', 'IsLeapMonth'] as const),
  6: new Set(['DayOfWeek', 'WeekOfMonth', 'MonthOfYear', 'CalendarType', 'IsLeapMonth'] as const),
}
const choosy = ['DayOfWeek', 'DayOfMonth', 'WeekOfMonth', 'CalendarType'] as const

/** What says how a task repeats. */
const telling = ['Type', 'Start', 'Until', 'Occurrences', 'DayOfWeek', 'DayOfMonth', 'WeekOfMonth', 'MonthOfYear'] as const
/** The same where a client may leave it out: what it was told is meant, or the default. */
const leavable = ['Interval', 'Regenerate', 'CalendarType', 'IsLeapMonth', 'FirstDayOfWeek'] as const

/** The Recurrence that an answer tells. `localToUtc` takes a local time to the moment it means. */
export function recurrenceOut(recurrence: TaskRecurrence, dialect: Dialect, localToUtc: (local: Instant) => Instant): RecurrenceOut {
  const { type, start, until, occurrences, interval, dayOfMonth, monthOfYear, isLeapMonth, dead, regenerate } = recurrence
  const belongs = belonging[type]
  /** A child where it belongs to the Type, and is known. */
  const own = (name: keyof RecurrenceIn, value: number | null) => (value === null || !belongs.has(name) ? {} : { [name]: value })
  return {
    Type: type,
    Start: tellable(dialect.taskStartUtc ? localToUtc(start) : start),
    ...(until === null ? {} : { Until: tellable(until) }),
    ...(occurrences === null ? {} : { Occurrences: occurrences }),
    Interval: interval,
    ...own('DayOfWeek', recurrence.daysOfWeek),
    // MS-ASTASK 2.2.2.9 knows no last day; the 31st is the last in every month that has fewer.
    ...own('DayOfMonth', dayOfMonth === lastDay ? 31 : dayOfMonth),
    ...own('WeekOfMonth', recurrence.weekOfMonth),
    ...own('MonthOfYear', monthOfYear === null ? null : Math.min(monthOfYear, 12)),
    ...(regenerate ? { Regenerate: true } : {}),
    ...(dead ? { DeadOccur: 1 } : {}),
    // MS-ASTASK 2.2.2.4, 2.2.2.13: always told where it belongs.
    ...own('CalendarType', recurrence.calendarType),
    ...(isLeapMonth && belongs.has('IsLeapMonth') ? { IsLeapMonth: true } : {}),
    ...(type === 1 ? { FirstDayOfWeek: recurrence.firstDayOfWeek ?? 1 } : {}),
  }
}

/** Throws ItemMalformed for children that do not belong to the Type: the specification calls it a conversion error. */
function check(recurrence: RecurrenceIn): void {
  const strangers = choosy.filter((name) => recurrence[name] !== undefined && !belonging[recurrence.Type].has(name))
  if (strangers.length > 0) throw new Failure('ItemMalformed', `${strangers.join(', ')} in a recurrence of type ${recurrence.Type}`)
}

/** Whether a client only sends back what it was told. */
function isSame(sent: RecurrenceIn, told: RecurrenceOut): boolean {
  return (
    telling.every((name) => sent[name] === told[name]) &&
    leavable.every((name) => sent[name] === undefined || sent[name] === (told[name] ?? false))
  )
}

/** What the day of a start says of a recurrence that does not say it: clients leave out what goes without saying. */
function fromStart(start: Instant): Pick<TaskRecurrence, 'daysOfWeek' | 'dayOfMonth' | 'weekOfMonth' | 'monthOfYear'> {
  const date = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO('UTC')
  return {
    daysOfWeek: 1 << (date.dayOfWeek % 7),
    dayOfMonth: date.day,
    weekOfMonth: Math.min(5, Math.ceil(date.day / 7)),
    monthOfYear: date.month,
  }
}

/**
 * The recurrence that a client's Recurrence makes of what was there. Throws ItemMalformed. `start` and `until` are the local times that
 * the client means; `told` what it was told of `before`.
 */
export function recurrenceIn(
  sent: RecurrenceIn,
  { start, until }: { readonly start: Instant; readonly until: Instant | null },
  isDead: boolean | null,
  before: { readonly recurrence: TaskRecurrence; readonly told: RecurrenceOut } | null,
): TaskRecurrence {
  check(sent)
  // What our fields cannot say (a rule of iCalendar) stands for as long as nobody says otherwise; and what has its next one already does
  // not get another from a client that knows nothing of DeadOccur.
  if (before !== null && isSame(sent, before.told)) return { ...before.recurrence, dead: isDead ?? before.recurrence.dead }
  const belongs = belonging[sent.Type]
  const implied = fromStart(start)
  const { Occurrences: occurrences } = sent
  const isCounted = occurrences !== undefined && occurrences > 0
  return {
    type: sent.Type,
    interval: Math.max(1, sent.Interval ?? 1),
    daysOfWeek: sent.DayOfWeek ?? (sent.Type !== 0 && belongs.has('DayOfWeek') ? implied.daysOfWeek : null),
    dayOfMonth: sent.DayOfMonth ?? (belongs.has('DayOfMonth') ? implied.dayOfMonth : null),
    weekOfMonth: sent.WeekOfMonth ?? (belongs.has('WeekOfMonth') ? implied.weekOfMonth : null),
    monthOfYear: belongs.has('MonthOfYear') ? (sent.MonthOfYear ?? implied.monthOfYear) : null,
    // MS-ASTASK 3.2.5.3.4: of both the number counts.
    until: isCounted ? null : until,
    occurrences: isCounted ? occurrences : null,
    firstDayOfWeek: sent.FirstDayOfWeek ?? before?.recurrence.firstDayOfWeek ?? null,
    calendarType: sent.CalendarType ?? 0,
    isLeapMonth: sent.IsLeapMonth ?? false,
    rule: null,
    start,
    regenerate: sent.Regenerate ?? false,
    dead: isDead ?? false,
  }
}

/**
 * The local start that a client means: some write the moment in UTC where the local time should stand (and up to 14.1 Exchange does);
 * a client that tells the task's own start in both forms shows which.
 */
export function localStart(
  sent: Instant,
  own: { readonly local: Instant | undefined; readonly utc: Instant | undefined },
  dialect: Dialect,
  utcToLocal: (utc: Instant) => Instant,
): Instant {
  if (own.local !== undefined && sent === own.local) return sent
  if (own.utc !== undefined && sent === own.utc && own.local !== undefined) return own.local
  // A midnight is a date as it stands: no zone makes another of it.
  return dialect.taskStartUtc && sent % day !== 0 ? utcToLocal(sent) : sent
}

/**
 * Until when a client means it, by the clock of its Start. A midnight is a date, and goes on to its end: an occurrence later on that day
 * is one of the series.
 */
export function localUntil(
  { Start, Until }: Pick<RecurrenceIn, 'Start' | 'Until'>,
  start: Instant,
  utcToLocal: (utc: Instant) => Instant,
): Instant | null {
  if (Until === undefined) return null
  const timeOfDay = start - Math.floor(start / day) * day
  if (Until % day === 0) return Until + timeOfDay
  return start === Start ? Until : utcToLocal(Until)
}
