// The zone of an event and the 172 bytes that tell it to phones (MS-ASCAL 2.2.2.44).
import { blobOf, zoneOfBlob } from '../../../format/time-zone.ts'
import type { CalendarEvent } from '../../../model/event.ts'
import type { Instant } from '../../../model/id.ts'
import type { ZoneId } from '../../../model/zone.ts'
import { Failure } from '../../error.ts'

/** A phone repeats a series by the bytes it was told: those of a series of old are to be right for what is to come. */
function momentOf({ start, recurrence }: Pick<CalendarEvent, 'start' | 'recurrence'>, now: Instant): Instant {
  return recurrence === null ? start : Math.max(start, now)
}

/** The 172 bytes of an event's zone. */
export function zoneOut(event: CalendarEvent, now: Instant): Uint8Array {
  return blobOf(event.zone, momentOf(event, now))
}

/**
 * The zone that a client's 172 bytes mean; null if it sent none. What it only repeats stays as it is, and of zones that behave alike the
 * event's own comes before the account's.
 */
export function zoneIn(
  blob: Uint8Array | undefined,
  start: Instant,
  before: CalendarEvent | null,
  account: ZoneId,
  now: Instant,
): ZoneId | null {
  if (blob === undefined || blob.length === 0) return null
  if (before !== null && Buffer.compare(blob, zoneOut(before, now)) === 0) return before.zone
  try {
    return zoneOfBlob(blob, start, before === null ? [account] : [before.zone, account])
  } catch (thrown) {
    if (thrown instanceof RangeError) throw new Failure('ItemMalformed', thrown.message)
    throw thrown
  }
}
