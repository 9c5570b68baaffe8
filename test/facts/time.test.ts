// Time zones and recurrences as other servers get them wrong: each row the fact, what it comes to, and what it must.
import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import {
  eventOccurrences,
  occasionAt,
  occurrences,
  originalOf,
  recurrenceOfRule,
  ruleOfRecurrence,
  taskOccurrenceAfter,
} from '../../src/format/recurrence.ts'
import { blobOf, dayOf, startOfDay, zoneOfBlob } from '../../src/format/time-zone.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import { at, date, day, deleted, event, hour, iso, recurrence, task, zone } from '../format/series.ts'

const berlin = zone('Europe/Berlin')
const summer = at('2026-07-01T12:00Z')

/** As an Exchange server sends Central Europe: `W. Europe Standard Time` and `W. Europe Daylight Time`. */
const centralEurope =
  'xP///1cALgAgAEUAdQByAG8AcABlACAAUwB0AGEAbgBkAGEAcgBkACAAVABpAG0AZQAAAAAAAAAAAAAAAAAAAAAAAAAAAAoAAAAFAAMAAAAAAAAAAAAAAFcALgAgAEUAdQByAG8AcABlACAA' +
  'RABhAHkAbABpAGcAaAB0ACAAVABpAG0AZQAAAAAAAAAAAAAAAAAAAAAAAAAAAAMAAAAFAAIAAAAAAAAAxP///w=='
const sent = Buffer.from(centralEurope, 'base64')
const unnamed = Uint8Array.from(sent).fill(0, 4, 68).fill(0, 88, 152)

function systemTime(name: string, when: string, offset: number): number[] {
  const bytes = Buffer.from(blobOf(zone(name), at(when)))
  return Array.from({ length: 8 }, (_, field) => bytes.readUInt16LE(offset + 2 * field))
}
const standardDate = (name: string, when: string) => systemTime(name, when, 68)
const daylightDate = (name: string, when: string) => systemTime(name, when, 152)
const bias = (name: string, when: string) => [0, 84, 168].map((offset) => Buffer.from(blobOf(zone(name), at(when))).readInt32LE(offset))
const starts = (series: ReturnType<typeof event>, limit: number) => occurrences(series, null, null, limit).map(iso)

describe('the time zone of an event', () => {
  it.each<[string, unknown, unknown]>([
    ['is what Exchange sends, byte for byte', Buffer.from(blobOf(berlin, summer)).toString('base64'), centralEurope],
    ['is 172 bytes', blobOf(zone('Pacific/Chatham'), summer).length, 172],
    ['counts its bias west of Greenwich, little-endian', bias('America/Los_Angeles', '2026-07-01'), [480, 0, -60]],
    ['has a negative bias in the east', bias('Asia/Kathmandu', '2026-07-01'), [-345, 0, 0]],
    ['changes by half an hour on Lord Howe', bias('Australia/Lord_Howe', '2026-07-01'), [-630, 0, -30]],
    ['calls the summer of Dublin daylight time, whatever its law says', bias('Europe/Dublin', '2026-07-01'), [0, 0, -60]],
    ['writes year, month, day of the week, week, hour', standardDate('Europe/Berlin', '2026-07-01'), [0, 10, 0, 5, 3, 0, 0, 0]],
    ['does not mix up the last Sunday with the fourth', daylightDate('Europe/Berlin', '2027-07-01'), [0, 3, 0, 5, 2, 0, 0, 0]],
    [
      'knows the second Sunday, and the first',
      [daylightDate('America/New_York', '2026-07-01'), standardDate('America/New_York', '2026-07-01')].map(([, , , week]) => week),
      [2, 1],
    ],
    [
      'says midnight as the end of the day before where the week asks for it',
      standardDate('America/Santiago', '2026-07-01'),
      [0, 4, 6, 1, 23, 59, 59, 999],
    ],
    [
      'has no dates where the clocks are never changed',
      [standardDate('Asia/Tokyo', '2026-07-01'), daylightDate('Asia/Tokyo', '2026-07-01')].flat(),
      Array.from({ length: 16 }, () => 0),
    ],
    ['is right in Morocco for the month of fasting', told('Africa/Casablanca', '2025-03-10T12:00Z'), 0],
    ['is right in Morocco after it', told('Africa/Casablanca', '2025-05-10T12:00Z'), hour],
    [
      'is right before and after a change for good',
      [told('America/Vancouver', '2026-01-15T12:00Z'), told('America/Vancouver', '2026-12-15T12:00Z')],
      [-8 * hour, -7 * hour],
    ],
    ['without a name is found by its rules', zoneOfBlob(unnamed, summer, []), 'Europe/Berlin'],
    ['is that of the event or the mailbox where these behave alike', zoneOfBlob(sent, summer, [zone('Europe/Oslo')]), 'Europe/Oslo'],
    ['in a language of its own is found by its rules', zoneOfBlob(named('Mitteleuropäische Zeit'), summer, []), 'Europe/Berlin'],
    ['is not believed by its name alone', zoneOfBlob(named('Tokyo Standard Time'), summer, []), 'Europe/Berlin'],
    [
      'comes back as it was from a zone that nobody knows',
      Buffer.from(blobOf(zoneOfBlob(odd(), summer, []), summer)).toString('hex'),
      odd().toString('hex'),
    ],
  ])('%s', (_, found, expected) => {
    expect(found).toEqual(expected)
  })
})

/** The offset that the bytes for an instant give to it, by the zone that a stranger reads from them. */
function told(name: string, when: string): number {
  const stranger = zoneOfBlob(
    Uint8Array.from(blobOf(zone(name), at(when)))
      .fill(0, 4, 68)
      .fill(0, 88, 152),
    at(when),
    [],
  )
  return startOfDay('UTC' as ZoneId, dayOf(stranger, at(when))) - startOfDay(stranger, dayOf(stranger, at(when)))
}

function named(name: string): Uint8Array {
  const bytes = Buffer.from(unnamed)
  bytes.write(name, 4, 'utf16le')
  return bytes
}

function odd(): Buffer {
  const bytes = Buffer.from(named('Nowhere'))
  bytes.writeInt32LE(-95, 0)
  return bytes
}

describe('an all-day event up to 14.1', () => {
  it.each<[string, unknown, unknown]>([
    ['begins at the midnight of its zone, in winter', iso(startOfDay(berlin, at('2026-01-15'))), '2026-01-14T23:00Z'],
    ['begins an hour earlier in summer', iso(startOfDay(berlin, at('2026-07-15'))), '2026-07-14T22:00Z'],
    ['begins later in the west', iso(startOfDay(zone('America/New_York'), at('2026-07-15'))), '2026-07-15T04:00Z'],
    ['is the same date when it comes back', date(dayOf(berlin, at('2026-07-14T22:00Z'))), '2026-07-15'],
    ['lasts 23 hours when the clocks go forward', startOfDay(berlin, at('2026-03-30')) - startOfDay(berlin, at('2026-03-29')), 23 * hour],
    ['begins at one where midnight is jumped over', iso(startOfDay(zone('Africa/Cairo'), at('2027-04-30'))), '2027-04-29T22:00Z'],
  ])('%s', (_, found, expected) => {
    expect(found).toEqual(expected)
  })
})

describe('a recurrence', () => {
  const mondays = event('2026-03-02T09:00Z', { recurrence: recurrence(1) })
  const birthday = event('2026-06-15', { allDay: true, recurrence: recurrence(5, { dayOfMonth: 15, monthOfYear: 6 }) })

  it.each<[string, unknown, unknown]>([
    ['keeps its local time when summer comes', starts(mondays, 5).slice(3), ['2026-03-23T09:00Z', '2026-03-30T08:00Z']],
    [
      'of DayOfWeek 127 is any day, and in the fifth week the last',
      dates(recurrence(3, { daysOfWeek: 127, weekOfMonth: 5 })),
      ['2026-01-31', '2026-02-28', '2026-03-31'],
    ],
    [
      'of the fifth week is the last, also in months of four',
      dates(recurrence(3, { daysOfWeek: 64, weekOfMonth: 5 })),
      ['2026-01-31', '2026-02-28', '2026-03-28'],
    ],
    [
      'on 29 February waits for leap years',
      occurrences(
        { ...birthday, start: at('2024-02-29'), end: at('2024-03-01'), recurrence: recurrence(5, { dayOfMonth: 29, monthOfYear: 2 }) },
        null,
        null,
        2,
      ).map(date),
      ['2024-02-29', '2028-02-29'],
    ],
    [
      'of a birthday stays on its date in every zone',
      [
        ...new Set(
          ['Pacific/Kiritimati', 'Pacific/Pago_Pago'].map((name) =>
            occurrences({ ...birthday, zone: zone(name) }, null, null, 3)
              .map(date)
              .join(),
          ),
        ),
      ],
      ['2026-06-15,2027-06-15,2028-06-15'],
    ],
    [
      'ends with its Occurrences or its Until, not with both',
      recurrenceOfRule('FREQ=DAILY;COUNT=2;UNTIL=20270101', at('2026-01-01'), berlin, true),
      recurrence(0, { occurrences: 2 }),
    ],
    [
      'is never of type 4',
      [
        ...new Set(
          ['DAILY', 'WEEKLY', 'MONTHLY', 'MONTHLY;BYDAY=1MO', 'YEARLY', 'YEARLY;BYMONTH=1;BYDAY=1MO'].map(
            (rule) => recurrenceOfRule(`FREQ=${rule}`, at('2026-01-01'), berlin, true)?.type,
          ),
        ),
      ],
      [0, 1, 2, 3, 5, 6],
    ],
    [
      'says the last weekday of a month in both languages',
      ruleOfRecurrence(recurrence(3, { daysOfWeek: 62, weekOfMonth: 5 }), at('2026-01-01'), berlin, true),
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
    ],
  ])('%s', (_, found, expected) => {
    expect(found).toEqual(expected)
  })

  function dates(repeats: ReturnType<typeof recurrence>): string[] {
    return occurrences(
      { start: at('2026-01-31'), end: at('2026-02-01'), allDay: true, zone: berlin, recurrence: repeats },
      null,
      null,
      3,
    ).map(date)
  }

  it.each<[string, unknown, unknown]>([
    [
      'is named by its original start',
      occasionAt({ ...mondays, exceptions: [deleted('2026-03-09T09:00Z')] }, at('2026-03-09T09:00Z')),
      null,
    ],
    [
      'is found where seconds were lost, or an hour of summer time',
      [at('2026-03-09T09:00:20Z'), at('2026-03-30T09:00Z')].map((named) => iso(originalOf(mondays, named) ?? 0)),
      ['2026-03-09T09:00Z', '2026-03-30T08:00Z'],
    ],
    [
      'inherits what it does not say',
      eventOccurrences(
        { ...mondays, exceptions: [{ original: at('2026-03-09T09:00Z'), deleted: false, changes: { subject: 'Other' } }] },
        null,
        null,
        2,
      ).map(({ occasion }) => `${occasion.subject} ${occasion.reminder} ${(occasion.end - occasion.start) / hour}`),
      ['Weekly 15 1', 'Other 15 1'],
    ],
  ])('has an exception that %s', (_, found, expected) => {
    expect(found).toEqual(expected)
  })
})

describe('a recurring task', () => {
  it.each<[string, unknown, unknown]>([
    ['starts at real midnight, in UTC, also when summer came meanwhile', nextStart('2026-03-23', '2026-03-22T23:00Z'), '2026-03-29T22:00Z'],
    ['starts at real midnight, in UTC, also when winter came meanwhile', nextStart('2026-10-19', '2026-10-18T22:00Z'), '2026-10-25T23:00Z'],
    [
      'that regenerates counts from when it was done',
      date(taskOccurrenceAfter(task({ completedAt: at('2026-05-20') }, { type: 0, interval: 3, regenerate: true }), berlin)?.start ?? 0),
      '2026-05-23',
    ],
  ])('%s', (_, found, expected) => {
    expect(found).toEqual(expected)
  })

  function nextStart(start: string, startUtc: string): string {
    const weekly = task({ start: at(start), startUtc: at(startUtc), due: null }, { type: 0, interval: 7, start: at(start) })
    return iso(taskOccurrenceAfter(weekly, berlin)?.startUtc ?? 7 * day)
  }
})
