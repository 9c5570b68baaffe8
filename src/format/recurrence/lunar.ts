// The local times of a rule in a calendar other than the Gregorian (RFC 7529), by the calendars of Temporal.
import { codeOfMonth, dateIn, plainDate } from './calendar-type.ts'
import type { Course } from './course.ts'
import { untilLocal } from './end.ts'
import type { Beginning } from './pattern.ts'
import type { RuleDay, RuleParts } from './rule.ts'

const dayLength = 86_400_000
/** No month of any calendar here is longer, and no year of such months. */
const monthDaysMax = 31
const yearDaysMax = 386
/** No month is shorter; twelve of them are a year. */
const monthDaysMin = 29
/** Most leap months come again within twenty years, some within a hundred; a rule whose days never come ends here. */
const emptyPeriodsMax = 200
const occurrencesMax = 10_000
/** Beyond it tables of the moon are guesses. */
const yearMax = 2500

/** Null for what is told in days or weeks of the year, in a calendar nobody knows, or otherwise than birthdays and feasts are. */
export function lunarCourse(rule: RuleParts, beginning: Beginning): Course | null {
  const isPlain = rule.yearDays.length + rule.weekNumbers.length + rule.hours.length + rule.minutes.length + rule.seconds.length === 0
  if (!isPlain || (rule.frequency !== 'MONTHLY' && rule.frequency !== 'YEARLY') || !isKnown(rule.calendar)) return null
  const end = Math.min(rule.until === null ? Number.POSITIVE_INFINITY : untilLocal(rule.until, beginning), Date.UTC(yearMax, 0))
  // What is counted depends on all that went before, and is listed once.
  let listed: readonly number[] | null = null
  const from = (local: number): Iterable<number> =>
    rule.count === null ? all(rule, beginning, local, end) : (listed ??= [...all(rule, beginning, beginning.local, end)])
  return {
    within: (low, high) => {
      const found: number[] = []
      for (const local of from(low)) {
        if (local > high) break
        if (local >= low) found.push(local)
      }
      return found.length === 0 && high - low > emptyPeriodsMax * periodOf(rule) ? null : found
    },
    lastUntil: (high) => {
      if (high < beginning.local) return null
      const lastFrom = (low: number) => {
        let last: number | null = null
        for (const local of from(low)) {
          if (local > high) break
          last = local
        }
        return last
      }
      return lastFrom(Math.min(high, end) - 20 * periodOf(rule)) ?? lastFrom(beginning.local) ?? beginning.local
    },
    isEndless: rule.count === null && rule.until === null,
    span: (limit) => (limit + 1) * periodOf(rule),
  }
}

/** As long as a period can be. */
function periodOf({ frequency, interval }: RuleParts): number {
  return interval * (frequency === 'MONTHLY' ? monthDaysMax : yearDaysMax) * dayLength
}

function isKnown(calendar: string | null): boolean {
  try {
    return plainDate(calendar, 0).day > 0
  } catch {
    return false
  }
}

/** From the start, or, where nothing is counted, from shortly before `low`. */
function* all(rule: RuleParts, { local }: Beginning, low: number, end: number): Iterable<number> {
  const timeOfDay = local - Math.floor(local / dayLength) * dayLength
  const first = plainDate(rule.calendar, local)
  const periodMax = periodOf(rule)
  const periodMin = rule.interval * (rule.frequency === 'MONTHLY' ? 1 : 12) * monthDaysMin * dayLength
  let left = Math.min(rule.count ?? occurrencesMax, occurrencesMax)
  if (low <= local) {
    yield local
    left--
  }
  let empty = 0
  for (let period = Math.max(0, Math.floor((low - local) / periodMax) - 1); left > 0 && empty < emptyPeriodsMax; period++) {
    if (local + period * periodMin - yearDaysMax * dayLength > end) return
    empty++
    for (const date of datesOf(rule, first, local, period * rule.interval)) {
      const at = localOf(date) + timeOfDay
      if (at <= local) continue
      if (at > end || left-- <= 0) return
      empty = 0
      yield at
    }
  }
}

/** The dates of the month or year that lies so many after that of `first`, ascending. */
function datesOf(rule: RuleParts, first: Temporal.PlainDate, start: number, later: number): Temporal.PlainDate[] {
  if (rule.frequency === 'MONTHLY') {
    const month = first.with({ day: 1 }).add({ months: later })
    return rule.months.length > 0 && !rule.months.some((name) => codeOfMonth(name) === month.monthCode)
      ? []
      : daysIn(rule, month, first.day)
  }
  const months = rule.months.length === 0 ? [dateIn(rule.calendar, start).month] : rule.months
  return months
    .flatMap((name) => monthNamed(rule, first, first.year + later, name) ?? [])
    .flatMap((month) => daysIn(rule, month, first.day))
    .toSorted(byDate)
}

/** The first of a month; a leap month that a year lacks is passed over, or gives way as SKIP says (RFC 7529 4.1). */
function monthNamed(rule: RuleParts, { calendarId: calendar }: Temporal.PlainDate, year: number, name: string): Temporal.PlainDate | null {
  const first = (monthCode: string) => Temporal.PlainDate.from({ calendar, year, monthCode, day: 1 }, { overflow: 'reject' })
  try {
    return first(codeOfMonth(name))
  } catch {
    if (!name.endsWith('L') || rule.skip === 'OMIT') return null
    const before = first(codeOfMonth(name.slice(0, -1)))
    return rule.skip === 'BACKWARD' ? before : before.add({ months: 1 })
  }
}

function daysIn(rule: RuleParts, month: Temporal.PlainDate, startDay: number): Temporal.PlainDate[] {
  const { daysInMonth } = month
  const numbers = rule.days.length === 0 && rule.monthDays.length === 0 ? [startDay] : rule.monthDays
  const monthDays = numbers.flatMap((number) => {
    const day = number < 0 ? daysInMonth + 1 + number : number
    if (day < 1 || (day > daysInMonth && rule.skip === 'OMIT')) return []
    if (day <= daysInMonth) return [month.with({ day })]
    return [rule.skip === 'BACKWARD' ? month.with({ day: daysInMonth }) : month.add({ months: 1 })]
  })
  const weekdays = rule.days.flatMap((day) => weekdaysIn(month, day))
  const dates = [
    ...(rule.monthDays.length > 0 && rule.days.length > 0
      ? monthDays.filter((date) => weekdays.some((other) => other.equals(date)))
      : [...monthDays, ...weekdays]),
  ]
  dates.sort(byDate)
  if (rule.positions.length === 0) return dates
  return rule.positions.flatMap((position) => dates.at(position > 0 ? position - 1 : position) ?? []).toSorted(byDate)
}

/** Each, or the nth, of a day of the week in a month. */
function weekdaysIn(month: Temporal.PlainDate, { nth, weekday }: RuleDay): Temporal.PlainDate[] {
  const all: Temporal.PlainDate[] = []
  const first = 1 + ((weekday - (month.dayOfWeek % 7) + 7) % 7)
  for (let day = first; day <= month.daysInMonth; day += 7) all.push(month.with({ day }))
  if (nth === 0) return all
  const chosen = all.at(nth > 0 ? nth - 1 : nth)
  return chosen === undefined ? [] : [chosen]
}

function localOf(date: Temporal.PlainDate): number {
  const { year, month, day } = date.withCalendar('iso8601')
  return Date.UTC(year, month - 1, day)
}

function byDate(a: Temporal.PlainDate, b: Temporal.PlainDate): number {
  return Temporal.PlainDate.compare(a, b)
}
