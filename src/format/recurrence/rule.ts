// The value of an iCalendar RRULE (RFC 5545 3.3.10, RFC 7529), as parts and as text.

/** SECONDLY is no way to hold a calendar, and too many to look at. */
export type Frequency = 'MINUTELY' | 'HOURLY' | 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY'

/** A day of the week, 0 Sunday … 6 Saturday; the nth of its month or year, from the end if negative; 0 for each. */
export interface RuleDay {
  readonly nth: number
  readonly weekday: number
}

/** Milliseconds since 1970: a moment in UTC, or what clocks show, written as if it were UTC; a `date` lasts until its end. */
export interface RuleUntil {
  readonly form: 'date' | 'local' | 'utc'
  readonly at: number
}

export interface RuleParts {
  readonly frequency: Frequency
  readonly interval: number
  readonly count: number | null
  readonly until: RuleUntil | null
  readonly days: readonly RuleDay[]
  readonly monthDays: readonly number[]
  readonly yearDays: readonly number[]
  readonly weekNumbers: readonly number[]
  /** 1 to 13; `5L` is a leap month (RFC 7529 4.2). */
  readonly months: readonly string[]
  readonly hours: readonly number[]
  readonly minutes: readonly number[]
  readonly seconds: readonly number[]
  readonly positions: readonly number[]
  /** 0 Sunday … 6 Saturday; null for Monday, where nobody says. */
  readonly weekStart: number | null
  /** RSCALE in capitals; null for the Gregorian calendar. */
  readonly calendar: string | null
  readonly skip: 'OMIT' | 'BACKWARD' | 'FORWARD'
}

/** A rule that says no more than its frequency. */
export function plainRule(frequency: Frequency, interval = 1): RuleParts {
  return {
    frequency,
    interval,
    count: null,
    until: null,
    days: [],
    monthDays: [],
    yearDays: [],
    weekNumbers: [],
    months: [],
    hours: [],
    minutes: [],
    seconds: [],
    positions: [],
    weekStart: null,
    calendar: null,
    skip: 'OMIT',
  }
}

/** The longest that says something new lists all days of a year. */
const ruleCharsMax = 4000
/** Further ones never come: daily, they would take as long as there have been clocks. */
const countMax = 100_000

/** Times of a day. MS-ASCAL 2.2.2.37 allows one occurrence, and few calendars have any that come more often. */
const timesMax = 24

const frequencies: ReadonlySet<string> = new Set(['MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'])
export const weekdayNames = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

/** The parts of a rule; null if it is none. Names that are not known are passed over. */
export function parseRule(text: string): RuleParts | null {
  const value = text
    .trim()
    .replace(/^RRULE[:;]/i, '')
    .toUpperCase()
  if (value.length > ruleCharsMax) return null
  const parts = new Map(
    value.split(';').map((part): [string, string] => [part.slice(0, part.indexOf('=')).trim(), part.slice(part.indexOf('=') + 1).trim()]),
  )
  const frequency = parts.get('FREQ') ?? ''
  if (!isFrequency(frequency)) return null
  const numbers = (name: string, least: number, most: number) => numbersOf(parts.get(name), least, most)
  const until = parts.has('UNTIL') ? parseUntil(parts.get('UNTIL') ?? '') : null
  const days = listOf(parts.get('BYDAY')).map(parseDay)
  const months = listOf(parts.get('BYMONTH'))
  const weekStart = weekdayNames.indexOf(parts.get('WKST') ?? '')
  const lists = {
    monthDays: numbers('BYMONTHDAY', -31, 31),
    yearDays: numbers('BYYEARDAY', -366, 366),
    weekNumbers: numbers('BYWEEKNO', -53, 53),
    hours: numbers('BYHOUR', 0, 23),
    minutes: numbers('BYMINUTE', 0, 59),
    seconds: numbers('BYSECOND', 0, 59),
    positions: numbers('BYSETPOS', -366, 366),
  }
  const { monthDays, yearDays, weekNumbers, hours, minutes, seconds, positions } = lists
  const [interval, count] = [wholeNumber(parts.get('INTERVAL') ?? '1'), parts.has('COUNT') ? wholeNumber(parts.get('COUNT') ?? '') : null]
  if (interval === null || (parts.has('COUNT') && count === null) || (parts.has('UNTIL') && until === null)) return null
  if (monthDays === null || yearDays === null || weekNumbers === null || hours === null || minutes === null || seconds === null) return null
  if (positions === null || !isFull(days) || !months.every((month) => /^(0?[1-9]|1[0-3])L?$/.test(month))) return null
  const times = [hours, minutes, seconds].reduce((product, list) => product * Math.max(1, list.length), 1)
  // Days counted from the year's start that also lie in a week of it: nobody means that, and it takes centuries to find one.
  if (times > timesMax || (yearDays.length > 0 && weekNumbers.length > 0)) return null
  const calendar = parts.get('RSCALE') ?? 'GREGORIAN'
  const skip = parts.get('SKIP')
  return {
    frequency,
    interval: Math.max(1, interval),
    // Both at once are against the rules: the count is what all programs heed.
    count: count === null ? null : Math.max(1, Math.min(count, countMax)),
    until: count === null ? until : null,
    days,
    monthDays,
    yearDays,
    weekNumbers,
    months: months.map((month) => month.replace(/^0/, '')),
    hours,
    minutes,
    seconds,
    positions,
    weekStart: weekStart < 0 ? null : weekStart,
    calendar: calendar === 'GREGORIAN' || calendar === 'GREGORY' ? null : calendar,
    skip: skip === 'BACKWARD' || skip === 'FORWARD' ? skip : 'OMIT',
  }
}

function isFrequency(text: string): text is Frequency {
  return frequencies.has(text)
}

function isFull<Value>(values: readonly (Value | null)[]): values is readonly Value[] {
  return !values.includes(null)
}

function listOf(text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : text.split(',').map((item) => item.trim())
}

function wholeNumber(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null
}

function numbersOf(text: string | undefined, least: number, most: number): readonly number[] | null {
  const numbers = listOf(text).map((item) => (/^[+-]?\d{1,3}$/.test(item) ? Number(item) : Number.NaN))
  // 60 is a leap second, which no clock of ours shows.
  const bounded = most === 59 ? numbers.map((number) => Math.min(number, number === 60 ? 59 : number)) : numbers
  return bounded.every((number) => number >= least && number <= most && (number !== 0 || least === 0)) ? [...new Set(bounded)] : null
}

function parseDay(text: string): RuleDay | null {
  const match = /^([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA)$/.exec(text)
  if (match === null) return null
  const nth = Number(match[1] ?? '0')
  return match[1] !== undefined && (nth === 0 || Math.abs(nth) > 53) ? null : { nth, weekday: weekdayNames.indexOf(match[2] ?? '') }
}

function parseUntil(text: string): RuleUntil | null {
  const match = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z)?)?$/.exec(text)
  if (match === null) return null
  const [, year, month, date, hour, minute, second, zulu] = match
  const at = Date.UTC(Number(year), Number(month) - 1, Number(date), Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0))
  return { form: hour === undefined ? 'date' : zulu === undefined ? 'local' : 'utc', at }
}

/** How many dates one period of the rule has at most: so many are listed before the first of them can be told. */
export function datesPerPeriod({ frequency, days, monthDays, yearDays, weekNumbers, months, hours }: RuleParts): number {
  const many = (list: readonly unknown[]) => Math.max(1, list.length)
  const times = many(hours)
  if (frequency === 'WEEKLY') return times * many(days)
  if (frequency !== 'MONTHLY' && frequency !== 'YEARLY') return times
  const monthsLooked = frequency === 'MONTHLY' ? 1 : months.length > 0 ? months.length : 12
  // Of days of the week each has one, or all there are in a month or year.
  const weekdays = days.reduce((sum, { nth }) => sum + (nth !== 0 ? 1 : weekNumbers.length > 0 ? many(weekNumbers) : 5 * monthsLooked), 0)
  const numbered = monthDays.length * monthsLooked
  return times * Math.max(1, weekdays, numbered, yearDays.length, weekNumbers.length * (days.length === 0 ? 7 : 1))
}

/** The value of RRULE; UNTIL as it is. */
export function ruleText(rule: RuleParts): string {
  const list = (name: string, values: readonly (number | string)[]) => (values.length === 0 ? [] : [`${name}=${values.join(',')}`])
  const { count, until, weekStart, calendar, skip } = rule
  return [
    ...(calendar === null ? [] : [`RSCALE=${calendar}`]),
    ...(calendar === null && skip !== 'OMIT' ? ['RSCALE=GREGORIAN'] : []),
    `FREQ=${rule.frequency}`,
    ...(count === null ? [] : [`COUNT=${count}`]),
    ...(until === null ? [] : [`UNTIL=${untilText(until)}`]),
    ...(rule.interval === 1 ? [] : [`INTERVAL=${rule.interval}`]),
    ...list('BYMONTH', rule.months),
    ...list('BYWEEKNO', rule.weekNumbers),
    ...list('BYYEARDAY', rule.yearDays),
    ...list('BYMONTHDAY', rule.monthDays),
    ...list('BYDAY', rule.days.map(dayText)),
    ...list('BYHOUR', rule.hours),
    ...list('BYMINUTE', rule.minutes),
    ...list('BYSECOND', rule.seconds),
    ...list('BYSETPOS', rule.positions),
    ...(weekStart === null ? [] : [`WKST=${weekdayNames[weekStart]}`]),
    ...(skip === 'OMIT' ? [] : [`SKIP=${skip}`]),
  ].join(';')
}

/** `MO`, `2MO`, `-1FR`. */
export function dayText({ nth, weekday }: RuleDay): string {
  return `${nth === 0 ? '' : nth}${weekdayNames[weekday]}`
}

function untilText({ form, at }: RuleUntil): string {
  const text = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')
  if (form === 'date') return text.slice(0, 8)
  return form === 'utc' ? text : text.slice(0, -1)
}
