// Times as people write them: by the clock of a time zone, to the minute.
import { instantOf, localOf } from '../format/time-zone.ts'
import type { ZoneId } from '../model/zone.ts'
import { Refusal } from './house.ts'

/** `2026-07-01T09:00` by the clock of `zone`. */
export function localTime(iso: string, zone: string): string {
  return localOf(zone as ZoneId, Date.parse(iso)).toString({ smallestUnit: 'minute' })
}

/** What `localTime` gives, or a date for its midnight, or a whole ISO 8601 time, as ISO 8601 in UTC. Throws a Refusal for anything else. */
export function isoTime(text: string, zone: string): string {
  const given = text.trim()
  try {
    const isWhole = /(?:z|[+-]\d\d:?\d\d)$/i.test(given) && /t/i.test(given)
    const at = isWhole ? Temporal.Instant.from(given).epochMilliseconds : instantOf(zone as ZoneId, Temporal.PlainDateTime.from(given))
    return new Date(at).toISOString()
  } catch (thrown) {
    if (thrown instanceof RangeError)
      throw new Refusal(given === '' ? 'A time is missing: write 2026-07-01 09:00.' : `"${given}" is no time: write 2026-07-01 09:00.`)
    throw thrown
  }
}
