// What the clocks of a zone show, and between which instants they are left alone.
import { Buffer } from 'node:buffer'
import type { Instant } from '../../model/id.ts'
import type { ZoneId } from '../../model/zone.ts'
import { readBlob } from './blob.ts'
import { day, stretchOfRules, type Stretch, type ZoneRules } from './rules.ts'

/** What a ZoneId begins with that names no IANA zone; base64 of its 172 bytes follows. */
export const rulesPrefix = 'rules:'

/** Temporal reaches 100,000,000 days to both sides of 1970; a year less leaves room for zones. */
const farthest = 8.64e15 - 366 * day

/** Some hundred zones are known, and rules come from outsiders: beyond this all begin anew. */
const clocksMax = 1000
/** Two for each year that dates touch. */
const stretchesMax = 400

interface ZoneClock {
  /** Ascending; those that were asked for. */
  stretches: Stretch[]
  readonly find: (instant: Instant) => Stretch
}

const clocks = new Map<ZoneId, ZoneClock>()

/** The stretch of `zone` that `instant` lies in. */
export function stretchAt(zone: ZoneId, instant: Instant): Stretch {
  const clock = clocks.get(zone) ?? begin(zone)
  const { stretches } = clock
  let low = 0
  let high = stretches.length
  while (low < high) {
    const middle = (low + high) >> 1
    const stretch = stretches[middle]
    if (stretch === undefined || instant < stretch.from) high = middle
    else if (instant >= stretch.to) low = middle + 1
    else return stretch
  }
  const found = clock.find(Math.max(-farthest, Math.min(farthest, instant)))
  if (stretches.length < stretchesMax) stretches.splice(low, 0, found)
  else clock.stretches = [found]
  return found
}

/** Milliseconds east of Greenwich. */
export function offsetAt(zone: ZoneId, instant: Instant): number {
  return stretchAt(zone, instant).offset
}

/**
 * The instant at which the clocks show `local`, milliseconds since 1970 as if they went by UTC: the first if they do so twice; if they
 * never do, as much later as the gap is long (RFC 5545 3.3.5).
 */
export function instantOfLocal(zone: ZoneId, local: number): Instant {
  // No zone changes its clocks twice within two days.
  const before = offsetAt(zone, local - day)
  const first = local - before
  if (offsetAt(zone, first) === before) return first
  const after = offsetAt(zone, local + day)
  const second = local - after
  return offsetAt(zone, second) === after ? second : first
}

/** The zone that is made of the rules in 172 bytes. */
export function rulesZone(bytes: Uint8Array): ZoneId {
  return (rulesPrefix + Buffer.from(bytes).toString('base64')) as ZoneId
}

/** The rules of a zone that is made of rules; null for every other. */
export function ownRules(zone: string): { bytes: Uint8Array; rules: ZoneRules } | null {
  if (!zone.startsWith(rulesPrefix)) return null
  const bytes = Uint8Array.from(Buffer.from(zone.slice(rulesPrefix.length), 'base64'))
  try {
    return { bytes, rules: readBlob(bytes).rules }
  } catch {
    return null
  }
}

function begin(zone: ZoneId): ZoneClock {
  if (clocks.size >= clocksMax) clocks.clear()
  const clock = { stretches: [], find: finder(zone) }
  clocks.set(zone, clock)
  return clock
}

function finder(zone: ZoneId): ZoneClock['find'] {
  const rules = ownRules(zone)?.rules ?? null
  if (rules !== null) return (instant) => stretchOfRules(rules, instant)
  if (isIana(zone)) return (instant) => stretchOfIana(zone, instant)
  // Written by a release that knew more zones. An event an hour off is less bad than a calendar that cannot be read.
  return () => ({ from: -Infinity, to: Infinity, offset: 0 })
}

/** Whether the runtime knows the zone, in whatever spelling. */
export function isIana(name: string): boolean {
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId !== ''
  } catch {
    return false
  }
}

function stretchOfIana(zone: ZoneId, instant: Instant): Stretch {
  const now = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone)
  const offset = now.offsetNanoseconds / 1e6
  let from = now.add({ milliseconds: 1 }).getTimeZoneTransition('previous')
  let to = now.getTimeZoneTransition('next')
  // A change of nothing but the name is none.
  while (from !== null && from.subtract({ nanoseconds: 1 }).offsetNanoseconds / 1e6 === offset)
    from = from.getTimeZoneTransition('previous')
  while (to !== null && to.offsetNanoseconds / 1e6 === offset) to = to.getTimeZoneTransition('next')
  return { from: from?.epochMilliseconds ?? -Infinity, to: to?.epochMilliseconds ?? Infinity, offset }
}
