// Rules that say the same, said in one way.
import { dateIn } from './calendar-type.ts'
import { untilInstant } from './end.ts'
import type { Beginning } from './pattern.ts'
import { plainRule, type RuleDay, type RuleParts } from './rule.ts'

/** The same rule in the words that fields have, as far as they have any; equal rules come out equal, many of them. */
export function canonical(rule: RuleParts, beginning: Beginning): RuleParts {
  const until = rule.until === null ? null : ({ form: 'utc', at: untilInstant(rule.until, beginning) } as const)
  return spelled(weekly(nth(defaults(withoutTimes({ ...rule, until }, beginning), beginning))))
}

/** Exchange writes BYHOUR and BYMINUTE of the start. */
function withoutTimes(rule: RuleParts, { local }: Beginning): RuleParts {
  const start = new Date(local)
  const isOnly = (values: readonly number[], value: number) => values.length === 1 && values[0] === value
  return {
    ...rule,
    hours: isOnly(rule.hours, start.getUTCHours()) ? [] : rule.hours,
    minutes: isOnly(rule.minutes, start.getUTCMinutes()) ? [] : rule.minutes,
    seconds: isOnly(rule.seconds, start.getUTCSeconds()) ? [] : rule.seconds,
  }
}

/** What a rule leaves unsaid it takes from the start (RFC 5545 3.3.10). */
function defaults(rule: RuleParts, { local }: Beginning): RuleParts {
  const isOpen = [rule.days, rule.monthDays, rule.yearDays, rule.weekNumbers].every((list) => list.length === 0)
  if (!isOpen) return rule
  const { month, day } = dateIn(rule.calendar, local)
  switch (rule.frequency) {
    case 'WEEKLY':
      return { ...rule, days: [{ nth: 0, weekday: new Date(local).getUTCDay() }] }
    case 'MONTHLY':
      return { ...rule, monthDays: [day] }
    case 'YEARLY':
      return { ...rule, months: rule.months.length === 0 ? [month] : rule.months, monthDays: [day] }
    default:
      return rule
  }
}

/** The third Monday can be called the Monday from the 15th to the 21st, or the third of all Mondays. */
function nth(rule: RuleParts): RuleParts {
  const isOfMonth = rule.frequency === 'MONTHLY' || (rule.frequency === 'YEARLY' && rule.months.length === 1)
  if (!isOfMonth || rule.yearDays.length > 0 || rule.weekNumbers.length > 0) return rule
  const [day] = rule.days
  const [position] = rule.positions
  const isPlain = rule.days.every((each) => each.nth === 0)
  const { monthDays } = rule
  if (rule.positions.length === 1 && position !== undefined && isPlain) {
    if (rule.days.length === 1 && day !== undefined && monthDays.length === 0)
      return { ...rule, days: [{ ...day, nth: position }], positions: [] }
    if (rule.days.length === 7 && monthDays.length === 0) return { ...rule, days: [], monthDays: [position], positions: [] }
    const isEnd = position === -1 && rule.days.length === 0 && [28, 29, 30, 31].every((last) => monthDays.includes(last))
    if (isEnd && monthDays.length === 4) return { ...rule, monthDays: [-1], positions: [] }
  }
  if (rule.positions.length === 0 && rule.days.length === 1 && day?.nth === 0 && monthDays.length === 7) {
    const week = Math.max(...monthDays) / 7
    const isWeek = Number.isInteger(week) && Math.min(...monthDays) === 7 * week - 6
    if (isWeek) return { ...rule, days: [{ ...day, nth: week }], monthDays: [] }
  }
  return rule
}

/** Every Monday of every month is every Monday. */
function weekly(rule: RuleParts): RuleParts {
  const { frequency, interval, count, until, days } = rule
  const isEveryWeek =
    (frequency === 'DAILY' || frequency === 'MONTHLY') && interval === 1 && days.length > 0 && days.every((day) => day.nth === 0)
  const plain = { ...plainRule(frequency, interval), count, until, days, weekStart: rule.weekStart, calendar: rule.calendar }
  if (isEveryWeek && sameLists(rule, plain)) return { ...plain, frequency: 'WEEKLY', calendar: null }
  return frequency === 'WEEKLY' ? { ...rule, calendar: null, days: days.map((day) => ({ ...day, nth: 0 })) } : rule
}

function sameLists(a: RuleParts, b: RuleParts): boolean {
  const lists = ({ monthDays, yearDays, weekNumbers, months, hours, minutes, seconds, positions }: RuleParts) =>
    JSON.stringify([monthDays, yearDays, weekNumbers, months, hours, minutes, seconds, positions])
  return lists(a) === lists(b)
}

/** In order, and without what says nothing here. */
function spelled(rule: RuleParts): RuleParts {
  const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b)
  const isWeekCounted = (rule.frequency === 'WEEKLY' && rule.interval > 1) || rule.weekNumbers.length > 0
  return {
    ...rule,
    days: rule.days.toSorted(byDay),
    monthDays: sorted(rule.monthDays),
    yearDays: sorted(rule.yearDays),
    weekNumbers: sorted(rule.weekNumbers),
    months: rule.months.toSorted(),
    hours: sorted(rule.hours),
    minutes: sorted(rule.minutes),
    seconds: sorted(rule.seconds),
    positions: sorted(rule.positions),
    weekStart: isWeekCounted ? (rule.weekStart ?? 1) : null,
  }
}

function byDay(a: RuleDay, b: RuleDay): number {
  return a.weekday - b.weekday || a.nth - b.nth
}
