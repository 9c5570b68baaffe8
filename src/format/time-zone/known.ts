// Which zone of IANA goes by given rules.
import type { Instant } from '../../model/id.ts'
import type { ZoneId } from '../../model/zone.ts'
import { writeBlob } from './blob.ts'
import { rulesZone, stretchAt } from './clock.ts'
import { stretchOfRules, type Stretch, type ZoneRules } from './rules.ts'
import { zonesByRenown } from './windows.ts'

/** What the clocks do in a year -> the best known zone whose clocks do it. */
const years = new Map<number, Map<string, ZoneId>>()

/** Before it tables of zones say little; beyond `settled` they say nothing more. Between them lie the years that have an index. */
const firstYear = 1970

/** By then every zone has come to the rules that it keeps, as far as is known: what phones tell of an old event too. */
const settledYear = 2037
export const settled: Instant = Date.UTC(settledYear, 6, 1)

/** The best known zone that goes by the rules in the year of `at`; null if there is none. */
export function knownZone(rules: ZoneRules, at: Instant): ZoneId | null {
  const year = Math.min(Math.max(new Date(at).getUTCFullYear(), firstYear), settledYear)
  const zone = indexOf(year).get(courseOf(year, (instant) => stretchOfRules(rules, instant))) ?? null
  return zone !== null && agreesAt(zone, rules, at) ? zone : null
}

/** Whether zone and rules have the same offset at `at`. */
export function agreesAt(zone: ZoneId, rules: ZoneRules, at: Instant): boolean {
  return stretchAt(zone, at).offset === stretchOfRules(rules, at).offset
}

/** The best known zone that goes by the rules today, and agrees with them at `at`; null if there is none. */
export function knownToday(rules: ZoneRules, at: Instant): ZoneId | null {
  const zone = knownZone(rules, settled)
  return zone !== null && agreesAt(zone, rules, at) ? zone : null
}

/** The zone that goes by the rules at `at`: of IANA, else one that computes by them alone. */
export function zoneOfRules(rules: ZoneRules, at: Instant = settled): ZoneId {
  return knownZone(rules, at) ?? knownToday(rules, at) ?? rulesZone(writeBlob(rules, '', ''))
}

function indexOf(year: number): Map<string, ZoneId> {
  const known = years.get(year)
  if (known !== undefined) return known
  const index = new Map<string, ZoneId>()
  for (const zone of zonesByRenown()) {
    const course = courseOf(year, (instant) => stretchAt(zone, instant))
    if (!index.has(course)) index.set(course, zone)
  }
  years.set(year, index)
  return index
}

/** What the clocks show over a year, as text that is equal for equal courses. */
function courseOf(year: number, stretchOf: (instant: Instant) => Stretch): string {
  const end = Date.UTC(year + 1, 0)
  let course = ''
  for (let at = Date.UTC(year, 0); at < end;) {
    const { offset, to } = stretchOf(at)
    course += `${offset}<${Math.min(to, end)} `
    at = to
  }
  return course
}
