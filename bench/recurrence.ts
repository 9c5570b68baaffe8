// What series and time zones cost: occurrences against adding as many months or weeks in Temporal, zones against asking it for an offset.
import { eventOccurrences, lastEnd, occurrences } from '../src/format/recurrence.ts'
import { blobOf, localOf, zoneOfBlob } from '../src/format/time-zone.ts'
import type { CalendarEvent } from '../src/model/event.ts'
import type { Recurrence } from '../src/model/recurrence.ts'
import type { ZoneId } from '../src/model/zone.ts'
import { aRecurrence, anEvent } from '../test/support/records.ts'

const zone = 'Europe/Berlin' as ZoneId
const day = 86_400_000
const start = Date.parse('2026-03-02T09:00:00Z')
const first = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(zone)

/** The best of several rounds, in microseconds: the machine may be busy with something else. */
function best(times: number, work: (time: number) => unknown): number {
  for (let warm = 0; warm < times; warm++) work(warm)
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 9; round++) {
    const begun = performance.now()
    for (let time = 0; time < times; time++) work(time)
    least = Math.min(least, ((performance.now() - begun) / times) * 1000)
  }
  return least
}

const rows: Record<string, Record<string, string | number>> = {}

function row(name: string, floor: number, cost: number): void {
  rows[name] = { µs: Number(cost.toFixed(2)), 'floor, µs': Number(floor.toFixed(2)), ratio: Number((cost / floor).toFixed(2)) }
}

/** As read from the store: nothing is remembered of it. */
function fresh(fields: Partial<Recurrence>, own: Partial<CalendarEvent> = {}): CalendarEvent {
  return anEvent({ zone, start, end: start + 3_600_000, recurrence: aRecurrence(fields), ...own })
}

function added(unit: 'weeks' | 'months' | 'days', many: number): number {
  let last = 0
  for (let count = 0; count < many; count++) last = first.add({ [unit]: count }).epochMilliseconds
  return last
}

const months = best(40, () => added('months', 60))
const weeks = best(10, () => added('weeks', 520))
const months60 = { type: 2, dayOfMonth: 2 } as const
const weekly = { type: 1, daysOfWeek: 2 } as const
row(
  '60 monthly occurrences',
  months,
  best(40, () => occurrences(fresh(months60), null, null, 60)),
)
row(
  '60 monthly, COUNT=60',
  months,
  best(40, () => occurrences(fresh({ ...months60, occurrences: 60 }), null, null, 60)),
)
row(
  'weekly over ten years',
  weeks,
  best(10, () => occurrences(fresh(weekly), start, start + 3650 * day, 1000)),
)
const exceptions = Array.from({ length: 50 }, (_, index) => ({ original: start + index * 7 * day, deleted: index % 2 === 0, changes: {} }))
row(
  'weekly over ten years, 50 exceptions',
  weeks,
  best(10, () => eventOccurrences(fresh(weekly, { exceptions }), start, start + 3650 * day, 1000)),
)

const one = best(1000, () => first.add({ weeks: 520 }).epochMilliseconds)
row(
  'a day of a weekly series ten years on',
  one,
  best(100, () => occurrences(fresh(weekly), start + 3640 * day, start + 3641 * day, 10)),
)
row(
  'its end: there is none',
  one,
  best(100, () => lastEnd(fresh(weekly))),
)
row(
  'its end: a date ten years on',
  one,
  best(100, () => lastEnd(fresh({ ...weekly, until: start + 3650 * day }))),
)
row(
  'its end: after 10 occurrences',
  one,
  best(100, () => lastEnd(fresh({ ...weekly, occurrences: 10 }))),
)
row(
  'its end: after 999 occurrences',
  one,
  best(10, () => lastEnd(fresh({ ...weekly, occurrences: 999 }))),
)

const offset = best(2000, (time) => Temporal.Instant.fromEpochMilliseconds(start + time * day).toZonedDateTimeISO(zone).offsetNanoseconds)
const blob = blobOf(zone, start)
const unnamed = Uint8Array.from(blob).fill(0, 4, 68).fill(0, 88, 152)
const elsewhere = 'America/New_York' as ZoneId
row(
  'localOf',
  offset,
  best(2000, (time) => localOf(zone, start + time * day)),
)
row(
  'blobOf',
  offset,
  best(2000, (time) => blobOf(zone, start + time * day)),
)
row(
  'zoneOfBlob, the zone of the mailbox',
  offset,
  best(2000, (time) => zoneOfBlob(blob, start + time * day, [zone])),
)
row(
  'zoneOfBlob, named, of another zone',
  offset,
  best(2000, (time) => zoneOfBlob(blob, start + time * day, [elsewhere])),
)
row(
  'zoneOfBlob, without a name',
  offset,
  best(2000, (time) => zoneOfBlob(unnamed, start + time * day, [elsewhere])),
)
console.table(rows)
