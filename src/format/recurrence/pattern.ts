// The fields of a recurrence (MS-ASCAL 2.2.2.37.1) as parts of a rule.
import type { Instant } from '../../model/id.ts'
import type { Recurrence } from '../../model/recurrence.ts'
import type { ZoneId } from '../../model/zone.ts'
import { offsetAt } from '../time-zone/clock.ts'
import { calendarOfType, dateIn, isReckonable } from './calendar-type.ts'
import { plainRule, type RuleDay, type RuleParts, type RuleUntil } from './rule.ts'

/** DayOfWeek: any day. */
export const anyDay = 127
/** WeekOfMonth: the last. */
export const lastWeek = 5
/** DayOfMonth, in our model alone: the last. */
const lastDay = 127

/** Where a series begins: its zone, and what the clocks show there, written as if it were UTC. */
export interface Beginning {
  readonly local: number
  readonly zone: ZoneId
  readonly allDay: boolean
}

/** The beginning of a series: dates are the same in every zone. */
export function beginningOf(start: Instant, zone: ZoneId, allDay: boolean): Beginning {
  return { local: allDay ? start : start + offsetAt(zone, start), zone, allDay }
}

/** What the fields say, whatever `rule` says. */
export function ruleOfFields(recurrence: Recurrence, { local, allDay }: Beginning): RuleParts {
  if (!isReckonable(recurrence.calendarType)) return { ...plainRule('DAILY'), count: 1 }
  const interval = Math.max(1, Math.trunc(recurrence.interval))
  const until: RuleUntil | null = recurrence.until === null ? null : { form: allDay ? 'date' : 'utc', at: recurrence.until }
  const ends = recurrence.occurrences === null ? { until } : { count: Math.max(1, recurrence.occurrences) }
  const whenever = { ...ends, weekStart: recurrence.firstDayOfWeek }
  const mask = (recurrence.daysOfWeek ?? 0) & anyDay
  const startMask = 1 << new Date(local).getUTCDay()
  // A day of the week is the same in all calendars.
  if (recurrence.type === 0 || recurrence.type === 1) {
    // MS-ASCAL 2.2.2.37.1: daily with DayOfWeek is weekly, and Interval counts weeks.
    if (recurrence.type === 0 && mask === 0) return { ...plainRule('DAILY', interval), ...whenever }
    return { ...plainRule('WEEKLY', interval), ...whenever, days: daysOf(mask === 0 ? startMask : mask) }
  }
  const calendar = calendarOfType(recurrence.calendarType)
  const isYearly = recurrence.type === 5 || recurrence.type === 6
  const months = isYearly ? [monthOf(recurrence, calendar, local)] : []
  const day =
    recurrence.type === 2 || recurrence.type === 5
      ? { monthDays: [monthDayOf(recurrence, calendar, local)] }
      : nthDays(mask === 0 ? startMask : mask, weekOf(recurrence, calendar, local))
  return { ...plainRule(isYearly ? 'YEARLY' : 'MONTHLY', interval), ...whenever, calendar, months, ...day }
}

/** Each day of a mask, Sunday first. */
function daysOf(mask: number): RuleDay[] {
  return [0, 1, 2, 3, 4, 5, 6].filter((weekday) => (mask & (1 << weekday)) !== 0).map((weekday) => ({ nth: 0, weekday }))
}

/** The nth of the days of a mask in a month: of any day, of one, of all of them together. */
function nthDays(mask: number, nth: number): Partial<RuleParts> {
  if (mask === anyDay) return { monthDays: [nth] }
  const days = daysOf(mask)
  const [first] = days
  return days.length === 1 && first !== undefined ? { days: [{ ...first, nth }] } : { days, positions: [nth] }
}

function weekOf({ weekOfMonth }: Recurrence, calendar: string | null, local: number): number {
  const week = weekOfMonth ?? Math.ceil(dateIn(calendar, local).day / 7)
  return week >= lastWeek ? -1 : Math.max(1, week)
}

function monthDayOf({ dayOfMonth }: Recurrence, calendar: string | null, local: number): number {
  if (dayOfMonth === lastDay) return -1
  return dayOfMonth === null || dayOfMonth < 1 ? dateIn(calendar, local).day : Math.min(31, dayOfMonth)
}

function monthOf({ monthOfYear, isLeapMonth }: Recurrence, calendar: string | null, local: number): string {
  if (monthOfYear === null) return dateIn(calendar, local).month
  if (calendar === null) return String(Math.max(1, Math.min(12, monthOfYear)))
  // The Hebrew calendar has one leap month, Adar I, whatever number it is given.
  if (isLeapMonth && calendar === 'HEBREW') return '5L'
  return `${Math.max(1, Math.min(13, monthOfYear))}${isLeapMonth ? 'L' : ''}`
}
