// The two forms of a task's dates (MS-ASTASK 2.2.2.22 ff.): the moment, and the clock on the wall written as if it were UTC.
import { instantOf, localOf } from '../../../format/time-zone.ts'
import type { Instant } from '../../../model/id.ts'
import type { ZoneId } from '../../../model/zone.ts'

// The years that clients can show; a day beyond them is left for what zones add.
const earliest = Date.UTC(1601, 0, 2)
const latest = Date.UTC(9999, 11, 30)

/** Whether a date is one that every answer can tell. */
export function isTellable(instant: Instant): boolean {
  return instant >= earliest && instant <= latest
}

/** The nearest date that an answer can tell. */
export function tellable(instant: Instant): Instant {
  return Math.min(latest, Math.max(earliest, instant))
}

/** What a clock in `zone` shows at a moment, written as if it were UTC. */
export function asLocal(zone: ZoneId, utc: Instant): Instant {
  return localOf(zone, utc).toZonedDateTime('UTC').epochMilliseconds
}

/** The moment at which a clock in `zone` shows this. */
export function asUtc(zone: ZoneId, local: Instant): Instant {
  return instantOf(zone, Temporal.Instant.fromEpochMilliseconds(local).toZonedDateTimeISO('UTC').toPlainDateTime())
}

/** A date in both forms. */
export interface Dated {
  readonly local: Instant | null
  readonly utc: Instant | null
}

/** Both forms of a date of which one or both are known. */
export function inBoth(zone: ZoneId, local: Instant | null | undefined, utc: Instant | null | undefined): Dated {
  const given = { local: local ?? null, utc: utc ?? null }
  if (given.local !== null && given.utc !== null) return given
  if (given.local !== null) return { local: given.local, utc: asUtc(zone, given.local) }
  return given.utc === null ? given : { local: asLocal(zone, given.utc), utc: given.utc }
}
