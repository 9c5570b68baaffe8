// The zone of an event and the 172 bytes that tell it to phones (MS-ASCAL 2.2.2.44).
import { blobOf, zoneOfBlob } from '../../../format/time-zone.ts'
import type { CalendarEvent } from '../../../model/event.ts'
import type { Instant } from '../../../model/id.ts'
import type { ZoneId } from '../../../model/zone.ts'
import { Failure } from '../../error.ts'
import type { Terms } from './terms.ts'

/** The moment by whose rules a zone is told: those of a series of old are to be right for what is to come. */
export function momentOf(start: Instant, repeats: boolean, now: Instant): Instant {
  return repeats ? Math.max(start, now) : start
}

/** The 172 bytes of an event's zone. */
export function zoneOut({ zone, start, recurrence }: CalendarEvent, now: Instant): Uint8Array {
  return blobOf(zone, momentOf(start, recurrence !== null, now))
}

/**
 * The zone that a client's 172 bytes mean at a moment; null if it sent none. What it only repeats stays as it is, and of zones that
 * behave alike the event's own comes before the account's.
 */
export function zoneIn(blob: Uint8Array | undefined, at: Instant, before: CalendarEvent | null, { zone, now }: Terms): ZoneId | null {
  if (blob === undefined || blob.length === 0) return null
  if (before !== null && Buffer.compare(blob, zoneOut(before, now)) === 0) return before.zone
  try {
    return zoneOfBlob(blob, at, before === null ? [zone] : [before.zone, zone])
  } catch (thrown) {
    if (thrown instanceof RangeError) throw new Failure('ItemMalformed', thrown.message)
    throw thrown
  }
}
