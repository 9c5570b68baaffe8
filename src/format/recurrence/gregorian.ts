// The local times of a rule in the Gregorian calendar, by rrule-temporal.
import { RRuleTemporal, type RRuleOptions } from 'rrule-temporal'
import { day, minute } from '../time-zone/rules.ts'
import { horizon, type Course } from './course.ts'
import { untilLocal } from './end.ts'
import type { Beginning } from './pattern.ts'
import { dayText, weekdayNames, type RuleParts } from './rule.ts'

/**
 * How many periods a rule may make us look at in one question: a hostile one ends here, with what was found. What lies in a period is
 * bounded by `parseRule`; for the library to count it as well, it would have to go a hundred times slower.
 */
const periodsMax = 5000

/** Null for what the library refuses: what contradicts itself. */
export function gregorianCourse(rule: RuleParts, beginning: Beginning): Course | null {
  const options = optionsOf(rule, beginning)
  const series = bounded(() => new RRuleTemporal(options))
  if (series === null) return null
  return rule.count === null ? openCourse(rule, series, beginning) : countedCourse(listed(series, rule.count, beginning.local))
}

/** UTC carries the clocks of every zone: what they jump over, and what they show twice, is no matter of the rule (RFC 5545 3.3.10). */
function optionsOf(rule: RuleParts, beginning: Beginning): RRuleOptions {
  const list = <Name extends string, Value>(name: Name, values: readonly Value[]) => (values.length === 0 ? {} : { [name]: [...values] })
  const { count, until, weekStart } = rule
  return {
    freq: rule.frequency,
    interval: rule.interval,
    dtstart: utc(beginning.local),
    tzid: 'UTC',
    maxIterations: periodsMax,
    ...(count === null ? {} : { count }),
    ...(until === null ? {} : { until: utc(Math.min(horizon, untilLocal(until, beginning))) }),
    ...list('byDay', rule.days.map(dayText)),
    ...list('byMonthDay', rule.monthDays),
    ...list('byYearDay', rule.yearDays),
    ...list('byWeekNo', rule.weekNumbers),
    ...list('byMonth', rule.months.map(Number)),
    ...list('byHour', rule.hours),
    ...list('byMinute', rule.minutes),
    ...list('bySecond', rule.seconds),
    ...list('bySetPos', rule.positions),
    ...(weekStart === null ? {} : { wkst: weekdayNames[weekStart] ?? 'MO' }),
    ...(rule.skip === 'OMIT' ? {} : { rscale: 'GREGORIAN', skip: rule.skip }),
  }
}

function utc(local: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(local).toZonedDateTimeISO('UTC')
}

/** The library can add the start by itself, and is a hundred times slower then. */
function withStart(list: readonly number[], start: number): readonly number[] {
  return list[0] === start ? list : [start, ...list]
}

/** A series that ends later is over when its rule says so: to find the last date before costs the looks at all of them. */
const lookedBackMax = 100 * 366 * day

function openCourse(rule: RuleParts, series: RRuleTemporal, beginning: Beginning): Course {
  const start = beginning.local
  const end = rule.until === null ? horizon : Math.min(horizon, untilLocal(rule.until, beginning))
  return {
    within: (from, to) => {
      if (to < start) return []
      const [low, high] = [new Date(Math.max(from, start)), new Date(Math.min(to, horizon))]
      const found = bounded(() => series.between(low, high, true).map(({ epochMilliseconds }) => epochMilliseconds))
      return found !== null && from <= start ? withStart(found, start) : found
    },
    lastUntil: (to) => {
      if (to < start) return null
      const last = Math.min(to, end)
      if (last - start > lookedBackMax) return last
      return bounded(() => series.previous(new Date(last), true)?.epochMilliseconds) ?? start
    },
    isEndless: rule.until === null,
    span: (limit) => spanOf(rule, limit),
  }
}

/** What takes place so many times is listed once, from the start: which ones there are depends on all before. */
function countedCourse(list: readonly number[]): Course {
  return {
    within: (from, to) => list.filter((local) => from <= local && local <= to),
    lastUntil: (to) => list.findLast((local) => local <= to) ?? null,
    isEndless: false,
    span: () => horizon,
  }
}

/** All of a counted rule; as many as it takes to reach a bound, where there are too many. */
function listed(series: RRuleTemporal, count: number, start: number): readonly number[] {
  const all = bounded(() => series.all().map(({ epochMilliseconds }) => epochMilliseconds))
  const list: number[] = []
  if (all === null) bounded(() => series.all(({ epochMilliseconds: local }) => list.push(local) < periodsMax && local < horizon))
  return withStart(all ?? list, start)
    .slice(0, count)
    .filter((local) => local <= horizon)
}

/** Null where a bound is reached or a rule is refused: the library throws Error then, and RangeError beyond the years that Temporal knows. */
function bounded<Value>(look: () => Value): Value | null {
  try {
    return look()
  } catch (error) {
    if (error instanceof Error && !(error instanceof TypeError)) return null
    throw error
  }
}

const lengths = { MINUTELY: minute, HOURLY: 60 * minute, DAILY: day, WEEKLY: 7 * day, MONTHLY: 31 * day, YEARLY: 366 * day }

/** So many periods that they hold at most about `limit` occurrences; at least one. */
function spanOf(rule: RuleParts, limit: number): number {
  const many = (list: readonly unknown[]) => Math.max(1, list.length)
  const times = many(rule.hours) * many(rule.minutes) * many(rule.seconds)
  const days =
    rule.frequency === 'WEEKLY' ? many(rule.days) : many(rule.monthDays) * many(rule.months) + rule.yearDays.length + 5 * rule.days.length
  const periods = Math.ceil((limit + 1) / (times * days))
  return rule.interval * lengths[rule.frequency] * Math.min(periods, periodsMax / 2)
}
