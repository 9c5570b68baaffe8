// The course of a series, whatever its rule and its calendar.
import type { Span } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import type { Recurrence } from '../../model/recurrence.ts'
import type { ZoneId } from '../../model/zone.ts'
import { instantOfLocal, offsetAt } from '../time-zone/clock.ts'
import { day } from '../time-zone/rules.ts'
import { courseOfOne, horizon, type Course } from './course.ts'
import { gregorianCourse } from './gregorian.ts'
import { lunarCourse } from './lunar.ts'
import { beginningOf, ruleOfFields, type Beginning } from './pattern.ts'
import { parseRule, type RuleParts } from './rule.ts'

/** What repeats: the first occurrence, and how. */
export interface Series extends Span {
  readonly zone: ZoneId
  readonly recurrence: Recurrence | null
}

/** Windows of time without an occurrence, each twice as long as the one before, after which no more are looked for. */
const emptyWindowsMax = 24

interface Reckoned {
  readonly beginning: Beginning
  readonly course: Course
}

/** By the recurrence, which nobody changes: one question about a series is seldom the only one. */
const reckoned = new WeakMap<Recurrence, Reckoned>()

function reckon({ start, zone, allDay }: Series, recurrence: Recurrence): Reckoned {
  const beginning = beginningOf(start, zone, allDay)
  const known = reckoned.get(recurrence)
  if (known?.beginning.local === beginning.local && known.beginning.zone === zone && known.beginning.allDay === allDay) return known
  // Of a rule that cannot be read or reckoned the fields are left, which came as near to it as they could and which phones go by.
  const own = recurrence.rule === null ? null : parseRule(recurrence.rule)
  const course =
    (own === null ? null : courseOf(own, beginning)) ??
    courseOf(ruleOfFields(recurrence, beginning), beginning) ??
    courseOfOne(beginning.local)
  const found = { beginning, course }
  reckoned.set(recurrence, found)
  return found
}

/** Null for what nobody here can reckon. */
function courseOf(rule: RuleParts, beginning: Beginning): Course | null {
  return rule.calendar === null ? gregorianCourse(rule, beginning) : lunarCourse(rule, beginning)
}

/** The starts of what overlaps [from, to), ascending; `many` is how many are likely to be taken. */
export function* starts(series: Series, from: Instant | null, to: Instant | null, many: number): Iterable<Instant> {
  const length = series.end - series.start
  const isWithin = (start: Instant) =>
    (to === null || start < to) && (from === null || start + length > from || (length === 0 && start === from))
  if (series.recurrence === null) {
    if (isWithin(series.start)) yield series.start
    return
  }
  const { beginning, course } = reckon(series, series.recurrence)
  // Whatever a zone does, a day more on both sides holds it.
  const low = from === null ? beginning.local : Math.max(beginning.local, from - length - day)
  const high = to === null ? horizon : Math.min(horizon, to + day)
  let span = course.span(many)
  let empty = 0
  for (let at = low; at <= high && empty < emptyWindowsMax;) {
    const end = Math.min(high, at + span)
    // Where a bound is reached before anything is found, the start takes place all the same.
    const found = course.within(at, end) ?? (at === beginning.local ? [at] : null)
    if (found === null) return
    for (const start of instantsOf(found, beginning)) if (isWithin(start)) yield start
    if (found.length === 0) [empty, span] = [empty + 1, 2 * span]
    else empty = 0
    at = end + 1
  }
}

/** Ascending: what the clocks jump over comes later, and may come upon another. */
function instantsOf(locals: readonly number[], { zone, allDay }: Beginning): readonly Instant[] {
  if (allDay) return locals
  const instants = locals.map((local) => instantOfLocal(zone, local))
  const isAscending = instants.every((instant, index) => index === 0 || instant > (instants[index - 1] ?? instant))
  return isAscending ? instants : [...new Set(instants)].toSorted((a, b) => a - b)
}

/** Whether the series has an occurrence that starts at `instant`. */
export function startsAt(series: Series, instant: Instant): boolean {
  if (series.recurrence === null) return instant === series.start
  const { beginning, course } = reckon(series, series.recurrence)
  if (beginning.allDay) return (course.within(instant, instant) ?? []).length > 0
  const local = instant + offsetAt(beginning.zone, instant)
  // An hour that the clocks jump over lies before, in local time, where it takes place.
  return (course.within(local - day / 4, local) ?? []).some((each) => instantOfLocal(beginning.zone, each) === instant)
}

/** Whether it goes on for ever. */
export function isEndless(series: Series): boolean {
  return series.recurrence !== null && reckon(series, series.recurrence).course.isEndless
}

/** The starts, the last first, of a series that ends. */
export function* startsBackwards(series: Series): Iterable<Instant> {
  if (series.recurrence === null) {
    yield series.start
    return
  }
  const { beginning, course } = reckon(series, series.recurrence)
  for (let to = course.lastUntil(horizon); to !== null; to = course.lastUntil(to - 1)) {
    yield beginning.allDay ? to : instantOfLocal(beginning.zone, to)
  }
}
