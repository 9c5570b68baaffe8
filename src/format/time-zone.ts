// Time zones: IANA zones, the 172 bytes that phones send for one (MS-DTYP TIME_ZONE_INFORMATION), and the clock in each.
import type { Instant } from '../model/id.ts'
import type { ZoneId } from '../model/zone.ts'
import { writeBlob } from './time-zone/blob.ts'
import { instantOfLocal, offsetAt, ownRules } from './time-zone/clock.ts'
import { goesBy, rulesAround } from './time-zone/fit.ts'
import { zoneOfRules as zoneByRules } from './time-zone/known.ts'
import { zoneOfBytes } from './time-zone/match.ts'
import { zoneOfName } from './time-zone/names.ts'
import { day as dayLength, type ZoneRules } from './time-zone/rules.ts'
import { windowsName } from './time-zone/windows.ts'

export type { ZoneRules, ZoneTurn } from './time-zone/rules.ts'

/** IANA's longest name beside which 64 bytes have room for a zero. */
const nameCharsMax = 31
/** By the rules that `rulesAround` keeps for each zone and time. */
const blobs = new WeakMap<ZoneRules, Uint8Array>()

/**
 * The zone that somebody means by `name` (IANA in any alias or case, Windows, what Outlook, Lotus and Evolution write as TZID); null if
 * nobody knows. An alias stays the alias it is.
 */
export function zoneNamed(name: string): ZoneId | null {
  return zoneOfName(name)
}

/** The zone that goes by these rules at `at` (by itself: today): the best known of IANA, or one that computes by them alone. */
export function zoneOfRules(rules: ZoneRules, at?: Instant): ZoneId {
  return zoneByRules(rules, at)
}

/**
 * The 172 bytes (MS-ASDTYPE 2.7.6) that say what `zone` does around `at`, named as Windows names it. The same bytes are given to many: do
 * not change them.
 */
export function blobOf(zone: ZoneId, at: Instant): Uint8Array {
  const rules = rulesAround(zone, at)
  const known = blobs.get(rules)
  if (known !== undefined) return known
  const bytes = ownRules(zone)?.bytes ?? namedBlob(zone, rules, at)
  blobs.set(rules, bytes)
  return bytes
}

/** A client that goes by the name must come to the same: not to what Windows still does where a country does otherwise by now. */
function namedBlob(zone: ZoneId, rules: ZoneRules, at: Instant): Uint8Array {
  const windows = windowsName(zone)
  const meant = windows === null ? null : zoneNamed(windows)
  const name = windows !== null && meant !== null && goesBy(meant, rules, at) ? windows : zone
  return name.length > nameCharsMax ? writeBlob(rules, '', '') : writeBlob(rules, name, name.replace('Standard Time', 'Daylight Time'))
}

/**
 * The zone that the 172 bytes describe around `at`: the first of `preferred` that behaves alike, else the one they name if that does, else
 * the best known that does, else one that computes by the bytes alone. Throws RangeError unless they are 172 bytes of a zone.
 */
export function zoneOfBlob(blob: Uint8Array, at: Instant, preferred: readonly ZoneId[]): ZoneId {
  return zoneOfBytes(blob, at, preferred)
}

/** What the clocks of `zone` show at `instant`. */
export function localOf(zone: ZoneId, instant: Instant): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant + offsetAt(zone, instant))
    .toZonedDateTimeISO('UTC')
    .toPlainDateTime()
}

/** When the clocks of `zone` show `local`: the first time if they do twice, and as much later as the gap is long if they never do. */
export function instantOf(zone: ZoneId, local: Temporal.PlainDateTime): Instant {
  return instantOfLocal(zone, local.toZonedDateTime('UTC').epochMilliseconds)
}

/** When `day` (midnight UTC of a date) begins in `zone`: at midnight, or when the clocks jump over it, right after. */
export function startOfDay(zone: ZoneId, day: Instant): Instant {
  return instantOfLocal(zone, day)
}

/** The date in `zone` at `instant`, as midnight UTC. */
export function dayOf(zone: ZoneId, instant: Instant): Instant {
  const local = instant + offsetAt(zone, instant)
  return Math.floor(local / dayLength) * dayLength
}
