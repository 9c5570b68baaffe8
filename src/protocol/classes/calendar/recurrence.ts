// How an event repeats, both ways (MS-ASCAL 2.2.2.37).
import { localOf } from '../../../format/time-zone.ts'
import type { Span } from '../../../model/event.ts'
import type { Instant } from '../../../model/id.ts'
import type { Recurrence } from '../../../model/recurrence.ts'
import type { ZoneId } from '../../../model/zone.ts'
import { Failure } from '../../error.ts'
import type { RecurrenceIn, RecurrenceOut } from './schema.ts'
import type { ClockFace } from './times.ts'
import { untilIn, untilOut } from './until.ts'

type Element = 'DayOfWeek' | 'DayOfMonth' | 'WeekOfMonth' | 'MonthOfYear'

/** MS-ASCAL 2.2.2.37.1: what goes with each type. DayOfWeek may stand beside type 0 and need not. */
const required: Readonly<Record<Recurrence['type'], readonly Element[]>> = {
  0: [],
  1: ['DayOfWeek'],
  2: ['DayOfMonth'],
  3: ['WeekOfMonth', 'DayOfWeek'],
  5: ['DayOfMonth', 'MonthOfYear'],
  6: ['WeekOfMonth', 'DayOfWeek', 'MonthOfYear'],
}
const elements: readonly Element[] = ['DayOfWeek', 'DayOfMonth', 'WeekOfMonth', 'MonthOfYear']

/** MS-ASCAL 2.2.2.10: reserved, never to be used. */
const reservedCalendars: ReadonlySet<number> = new Set([13, 16, 17, 18, 19, 21, 22, 23])
const calendarTypeMax = 23
/** Calendars of twelve months, each as long as ours. */
const gregorian: ReadonlySet<number> = new Set([0, 1, 2, 9, 10, 11, 12])

const utc = 'UTC' as ZoneId

const everyDay = 127
const lastDayOfMonth = 127
const lastWeek = 5

/**
 * With what goes without saying: AOSP leaves out the week of a month's last day, and the day of the week where a rule says no more than
 * that it is weekly. Both are required (MS-ASCAL 2.2.2.37.1); to refuse them would cost the user's event.
 */
function completed(sent: RecurrenceIn, { allDay, start }: Span, { zone }: ClockFace): RecurrenceIn {
  const { Type, DayOfWeek, WeekOfMonth } = sent
  if ((Type === 3 || Type === 6) && DayOfWeek === everyDay && WeekOfMonth === undefined) return { ...sent, WeekOfMonth: lastWeek }
  if (Type !== 1 || DayOfWeek !== undefined) return sent
  return { ...sent, DayOfWeek: 1 << (localOf(allDay ? utc : zone, start).dayOfWeek % 7) }
}

function checkElements(sent: RecurrenceIn, type: Recurrence['type']): void {
  for (const element of elements) {
    const isSent = sent[element] !== undefined
    const isRequired = required[type].includes(element)
    if (isRequired && !isSent) throw new Failure('ItemMalformed', `a recurrence of type ${type} without ${element}`)
    const isOptional = element === 'DayOfWeek' && type === 0
    if (isSent && !isRequired && !isOptional) throw new Failure('ItemMalformed', `${element} in a recurrence of type ${type}`)
  }
}

function calendarOf({ CalendarType }: RecurrenceIn): number {
  const [calendar = 0, ...more] = CalendarType
  if (more.length > 0) throw new Failure('ItemMalformed', 'more than one CalendarType')
  if (calendar > calendarTypeMax || reservedCalendars.has(calendar)) throw new Failure('ItemMalformed', `CalendarType ${calendar}`)
  return calendar
}

/**
 * What a client's Recurrence means for an event of this span. Throws ItemMalformed for what MS-ASCAL 3.2.5.3 answers with Status 6.
 * `stood` is when the series ended so far.
 */
export function recurrenceIn(told: RecurrenceIn | null, span: Span, face: ClockFace, stood: Instant | null = null): Recurrence | null {
  if (told === null) return null
  const sent = completed(told, span, face)
  const { Type, Interval = 1, Occurrences = 0, FirstDayOfWeek, IsLeapMonth = false } = sent
  if (Type === undefined) throw new Failure('ItemMalformed', 'a recurrence without Type')
  const calendarType = calendarOf(sent)
  checkElements(sent, Type)
  if (sent.MonthOfYear === 13 && gregorian.has(calendarType)) throw new Failure('ItemMalformed', 'a thirteenth month')
  // MS-ASCAL 2.2.2.37.1: days with type 0 are a weekly series.
  const days = sent.DayOfWeek ?? null
  const isDaily = Type === 0 && (days === null || (days === everyDay && Interval <= 1))
  return {
    type: Type === 0 && !isDaily ? 1 : Type,
    // MS-ASCAL 2.2.2.25: later servers take 0 for 1.
    interval: Math.max(1, Interval),
    daysOfWeek: isDaily ? null : days,
    dayOfMonth: sent.DayOfMonth ?? null,
    weekOfMonth: sent.WeekOfMonth ?? null,
    monthOfYear: sent.MonthOfYear ?? null,
    // MS-ASCAL 3.2.5.3: Occurrences counts where both came.
    until: sent.Until === undefined || Occurrences > 0 ? null : untilIn(sent.Until, span, face, stood),
    occurrences: Occurrences > 0 ? Occurrences : null,
    firstDayOfWeek: FirstDayOfWeek ?? null,
    calendarType,
    isLeapMonth: IsLeapMonth,
    rule: null,
  }
}

/** A recurrence as a client is told it: nothing beside what its type may have (MS-ASCAL 2.2.2.14, 2.2.2.15, 2.2.2.30, 2.2.2.48). */
export function recurrenceOut(recurrence: Recurrence, allDay: boolean, face: ClockFace): RecurrenceOut {
  const { type, interval, until, occurrences, firstDayOfWeek, calendarType, isLeapMonth } = recurrence
  // The last day of a month is 31 to phones that skip months without one: the last of all days is not.
  const isLast = (type === 2 || type === 5) && recurrence.dayOfMonth === lastDayOfMonth
  const told = isLast ? (type === 2 ? 3 : 6) : type
  const daysOfWeek = isLast ? everyDay : recurrence.daysOfWeek
  const weekOfMonth = isLast ? lastWeek : recurrence.weekOfMonth
  const has = (element: Element) => required[told].includes(element)
  return {
    Type: told,
    Interval: Math.min(interval, 999),
    ...(has('DayOfWeek') ? { DayOfWeek: daysOfWeek ?? everyDay } : {}),
    ...(has('DayOfMonth') ? { DayOfMonth: recurrence.dayOfMonth ?? 1 } : {}),
    ...(has('WeekOfMonth') ? { WeekOfMonth: weekOfMonth ?? 1 } : {}),
    ...(has('MonthOfYear') ? { MonthOfYear: recurrence.monthOfYear ?? 1 } : {}),
    ...(occurrences === null ? {} : { Occurrences: occurrences }),
    ...(until === null || occurrences !== null ? {} : { Until: untilOut(until, allDay, face) }),
    // MS-ASCAL 2.2.2.10, 2.2.2.26.
    ...(told === 0 || told === 1 ? {} : { CalendarType: calendarType }),
    ...(isLeapMonth ? { IsLeapMonth: 1 } : {}),
    // MS-ASCAL 3.2.5: always with weekly series; RFC 5545 begins the week on Monday where nobody said.
    ...(told === 1 || firstDayOfWeek !== null ? { FirstDayOfWeek: firstDayOfWeek ?? 1 } : {}),
  }
}

/** A series before its Change. */
type Before = Pick<Span, 'start' | 'allDay'> & { readonly recurrence: Recurrence | null }

/** Whether a client repeats when the series ends as it was told, of a series that begins as it did: it means no other day by it. */
function isSameEnd({ Until }: RecurrenceIn, span: Span, { recurrence, ...before }: Before, face: ClockFace): boolean {
  const until = recurrence?.until ?? null
  return until !== null && span.start === before.start && span.allDay === before.allDay && Until === untilOut(until, span.allDay, face)
}

/**
 * The recurrence after a Change. What a client repeats as it was told keeps what it could not be told: the rule behind, and in older
 * versions the calendar and the first day of the week.
 */
export function changedRecurrence(sent: RecurrenceIn | null, span: Span, before: Before, face: ClockFace): Recurrence | null {
  const told = recurrenceIn(sent, span, face, before.recurrence?.until ?? null)
  if (told === null || sent === null || before.recurrence === null) return told
  const meant = told.until !== null && isSameEnd(sent, span, before, face) ? { ...told, until: before.recurrence.until } : told
  const { firstDayOfWeek, calendarType, isLeapMonth } = before.recurrence
  const filled: Recurrence = {
    ...meant,
    firstDayOfWeek: sent.FirstDayOfWeek ?? firstDayOfWeek,
    calendarType: sent.CalendarType[0] ?? calendarType,
    isLeapMonth: sent.IsLeapMonth ?? isLeapMonth,
  }
  const shown = (recurrence: Recurrence, allDay: boolean) => JSON.stringify(recurrenceOut(recurrence, allDay, face))
  return shown(filled, span.allDay) === shown(before.recurrence, before.allDay) ? before.recurrence : meant
}
