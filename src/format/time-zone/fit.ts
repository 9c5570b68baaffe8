// The rules that come nearest to what the clocks of a zone do around an instant.
import { keepLatest } from '../../model/bounded.ts'
import type { Instant } from '../../model/id.ts'
import type { ZoneId } from '../../model/zone.ts'
import { stretchAt } from './clock.ts'
import { day, lastOfDay, minute, sameRules, stretchOfRules, turnOf, type Stretch, type ZoneRules, type ZoneTurn } from './rules.ts'

/** How far around it counts: a series goes on afterwards, and phones look a little back. */
const daysBefore = 100
const daysAfter = 366
/** How many later years decide between words that say the same of one year: the fourth week, or the last. */
const yearsAfter = 10

/** A change of the clocks: what they went by before, and after. */
interface Change {
  readonly at: Instant
  readonly before: number
  readonly after: number
}

/** A zone has two or three entries a year. */
const fitsMax = 10_000

const fits = new Map<string, ZoneRules>()

/**
 * One rule for spring and one for autumn cannot say what every zone does: Morocco follows the moon, and parliaments change their minds.
 * What is told holds without exception at `at` and, within the year, until the clocks are next changed; and for as long as possible
 * around that.
 */
export function rulesAround(zone: ZoneId, at: Instant): ZoneRules {
  const now = stretchAt(zone, at)
  const year = new Date(at).getUTCFullYear()
  const key = `${zone} ${year} ${now.from}`
  const known = fits.get(key)
  if (known !== undefined) return known
  const found = bestRules(zone, now.offset, Math.max(now.from, Date.UTC(year, 0)), Math.min(now.to, Date.UTC(year + 1, 0)))
  keepLatest(fits, key, found, fitsMax)
  return found
}

/** The rules that hold in [from, to) and come nearest to what the zone does before and after. */
function bestRules(zone: ZoneId, offset: number, from: Instant, to: Instant): ZoneRules {
  const difference = (rules: ZoneRules) => differing(zone, rules, from - daysBefore * day, to + daysAfter * day)
  let best: ZoneRules = { standard: inMinutes(offset), daylight: null }
  const changes = changesAround(zone, from)
  if (changes.length === 0) return best
  let least = difference(best)
  for (const [index, change] of changes.entries()) {
    if (least === 0) break
    const next = changes[index + 1]
    const rules = next === undefined ? null : rulesOfPair(zone, change, next)
    if (rules === null || !isAlike(zone, rules, from, to)) continue
    const found = difference(rules)
    if (found < least) [best, least] = [rules, found]
  }
  return best
}

/** For how many milliseconds of [from, to) a zone and rules differ. */
export function differing(zone: ZoneId, rules: ZoneRules, from: Instant, to: Instant): number {
  let sum = 0
  for (let at = from; at < to;) {
    const real = stretchAt(zone, at)
    const told = stretchOfRules(rules, at)
    const next = Math.min(real.to, told.to, to)
    if (real.offset !== told.offset) sum += next - at
    at = next
  }
  return sum
}

/** Whether the zone goes by these rules around `at`: in the words we would choose, or to the same end in the whole year. */
export function goesBy(zone: ZoneId, rules: ZoneRules, at: Instant): boolean {
  if (sameRules(rulesAround(zone, at), rules)) return true
  const year = new Date(at).getUTCFullYear()
  return isAlike(zone, rules, Date.UTC(year, 0), Date.UTC(year + 1, 0))
}

/** Whether zone and rules are the same over [from, to). */
function isAlike(zone: ZoneId, rules: ZoneRules, from: Instant, to: Instant): boolean {
  for (let at = from; at < to;) {
    const real = stretchAt(zone, at)
    const told = stretchOfRules(rules, at)
    if (real.offset !== told.offset) return false
    at = Math.min(real.to, told.to)
  }
  return true
}

function inMinutes(offset: number): number {
  return Math.round(offset / minute)
}

/** The changes within about a year, and one more at each side. */
function changesAround(zone: ZoneId, at: Instant): Change[] {
  const changes: Change[] = []
  let before: Stretch | null = null
  for (let near = at - daysAfter * day; near <= at + 2 * daysAfter * day;) {
    const stretch: Stretch = stretchAt(zone, near)
    if (before !== null) changes.push({ at: stretch.from, before: before.offset, after: stretch.offset })
    if (stretch.to === Infinity) break
    before = stretch
    near = stretch.to
  }
  return changes
}

/** A change there and a change back, as rules; null if they are none. */
function rulesOfPair(zone: ZoneId, one: Change, other: Change): ZoneRules | null {
  if (one.before !== other.after || one.after !== other.before || other.at - one.at > daysAfter * day) return null
  const [spring, autumn] = one.after > one.before ? [one, other] : [other, one]
  const daylight = { offset: inMinutes(spring.after), begins: turnAt(zone, spring), ends: turnAt(zone, autumn) }
  return { standard: inMinutes(spring.before), daylight }
}

/** A change in the words that hold in most of the years that follow. */
function turnAt(zone: ZoneId, change: Change): ZoneTurn {
  const [first, ...others] = wordings(change)
  let best = first
  let most = yearsHeld(zone, change, first)
  for (const turn of others) {
    const held = yearsHeld(zone, change, turn)
    if (held > most) [best, most] = [turn, held]
  }
  return best
}

function wordings(change: Change): [ZoneTurn, ...ZoneTurn[]] {
  const local = change.at + change.before
  const timeOfDay = local - Math.floor(local / day) * day
  const words = weeksOf(local, timeOfDay)
  return timeOfDay === 0 ? [...words, ...weeksOf(local - 1, lastOfDay)] : words
}

/** The nth of its month, and the last where it is that too. */
function weeksOf(local: number, timeOfDay: number): [ZoneTurn, ...ZoneTurn[]] {
  const date = new Date(local)
  const month = date.getUTCMonth() + 1
  const turn = { month, weekday: date.getUTCDay(), timeOfDay }
  const week = Math.ceil(date.getUTCDate() / 7)
  const isLast = new Date(local + 7 * day).getUTCMonth() + 1 !== month
  if (week === 5) return [{ ...turn, week }]
  return isLast
    ? [
        { ...turn, week: 5 },
        { ...turn, week },
      ]
    : [{ ...turn, week }]
}

function yearsHeld(zone: ZoneId, change: Change, turn: ZoneTurn): number {
  const year = new Date(change.at).getUTCFullYear()
  let held = 0
  for (let later = year - 1; later <= year + yearsAfter; later++) {
    const at = turnOf(turn, later, change.before)
    const stretch = stretchAt(zone, at)
    if (stretch.from === at && stretch.offset === change.after) held++
  }
  return held
}
