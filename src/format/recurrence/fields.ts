// An RRULE in the fields of a recurrence: exactly, or as near as they can come with the rule beside them.
import type { Recurrence, RecurrenceType } from '../../model/recurrence.ts'
import { dateIn, typeOfCalendar } from './calendar-type.ts'
import { canonical } from './canonical.ts'
import { untilInstant } from './end.ts'
import { anyDay, lastWeek, ruleOfFields, type Beginning } from './pattern.ts'
import { ruleText, type RuleDay, type RuleParts } from './rule.ts'

/** MS-ASCAL 2.2.2.25 and 2.2.2.32. */
const intervalMax = 999
const occurrencesMax = 999

/** The recurrence of a rule; `text` is how it came. */
export function recurrenceOf(rule: RuleParts, text: string, beginning: Beginning): Recurrence {
  const exact = canonical(rule, beginning)
  const near: Recurrence = {
    ...pattern(exact, beginning),
    interval: Math.min(exact.interval, intervalMax),
    until: rule.until === null ? null : untilInstant(rule.until, beginning),
    occurrences: rule.count === null ? null : Math.min(rule.count, occurrencesMax),
    firstDayOfWeek: rule.weekStart,
    calendarType: typeOfCalendar(exact.calendar),
    rule: null,
  }
  // Whether the fields say it all is not argued but tried.
  const isSaid = ruleText(canonical(ruleOfFields(near, beginning), beginning)) === ruleText(exact)
  return isSaid ? near : { ...near, rule: text }
}

type Pattern = Pick<Recurrence, 'type' | 'daysOfWeek' | 'dayOfMonth' | 'weekOfMonth' | 'monthOfYear' | 'isLeapMonth'>

function pattern(rule: RuleParts, beginning: Beginning): Pattern {
  const plain = (type: RecurrenceType): Pattern => ({
    type,
    daysOfWeek: null,
    dayOfMonth: null,
    weekOfMonth: null,
    monthOfYear: null,
    isLeapMonth: false,
  })
  switch (rule.frequency) {
    case 'WEEKLY':
      return { ...plain(1), daysOfWeek: maskOf(rule.days) }
    case 'MONTHLY':
      return { ...plain(2), ...dayPattern(rule, beginning, 2, 3) }
    case 'YEARLY':
      return { ...plain(5), ...dayPattern(rule, beginning, 5, 6), ...monthPattern(rule, beginning) }
    default:
      return plain(0)
  }
}

/** On a day of the month, or on the nth of some days of the week. */
function dayPattern(rule: RuleParts, { local }: Beginning, onDay: 2 | 5, onWeekday: 3 | 6): Partial<Pattern> {
  const start = dateIn(rule.calendar, local).day
  const [first] = rule.days
  const isOfMonth = onDay === 2 || rule.months.length > 0
  if (first !== undefined && isOfMonth) {
    const nth = first.nth === 0 ? (rule.positions[0] ?? Math.ceil(start / 7)) : first.nth
    const days = first.nth === 0 ? rule.days : [first]
    return { type: onWeekday, daysOfWeek: maskOf(days), weekOfMonth: nth < 0 || nth > 4 ? lastWeek : nth }
  }
  const { monthDays } = rule
  const [monthDay = start] = monthDays.includes(start) ? [start] : monthDays
  // MS-ASCAL 2.2.2.37.1: the last day of a month is the last of any days.
  if (monthDay === -1) return { type: onWeekday, daysOfWeek: anyDay, weekOfMonth: lastWeek }
  return { type: onDay, dayOfMonth: monthDay > 0 ? monthDay : 32 + monthDay }
}

function monthPattern(rule: RuleParts, { local }: Beginning): Partial<Pattern> {
  const { month } = dateIn(rule.calendar, local)
  const [chosen = month] = rule.months.includes(month) ? [month] : rule.months
  return { monthOfYear: Number.parseInt(chosen, 10), isLeapMonth: chosen.endsWith('L') }
}

function maskOf(days: readonly RuleDay[]): number {
  return days.reduce((mask, { weekday }) => mask | (1 << weekday), 0)
}
