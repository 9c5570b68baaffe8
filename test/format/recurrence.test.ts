// When a series takes place: every type with all its fields, against a walk day by day; clocks, calendars, bounds.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { occurrences } from '../../src/format/recurrence.ts'
import { instantOf, localOf, zoneOfRules } from '../../src/format/time-zone.ts'
import type { Recurrence } from '../../src/model/recurrence.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import { at, date, day, event, hour, iso, recurrence, ruled, walked, zone } from './series.ts'
import { expectWithin } from '../support/pace.ts'

const berlin = zone('Europe/Berlin')

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1).join(',')

function dates(start: string, repeats: Recurrence, limit = 6): string[] {
  const series = { start: at(start), end: at(start) + day, allDay: true, zone: berlin, recurrence: repeats }
  return occurrences(series, null, null, limit).map(date)
}

const anyFields = fc
  .record({
    type: fc.constantFrom<Recurrence['type']>(0, 1, 2, 3, 5, 6),
    interval: fc.integer({ min: 1, max: 4 }),
    daysOfWeek: fc.integer({ min: 1, max: 127 }),
    hasDays: fc.boolean(),
    dayOfMonth: fc.integer({ min: 1, max: 31 }),
    weekOfMonth: fc.integer({ min: 1, max: 5 }),
    monthOfYear: fc.integer({ min: 1, max: 12 }),
    firstDayOfWeek: fc.option(fc.integer({ min: 0, max: 6 })),
    end: fc.constantFrom('never', 'until', 'occurrences'),
    count: fc.integer({ min: 1, max: 40 }),
  })
  .map(({ type, interval, daysOfWeek, hasDays, dayOfMonth, weekOfMonth, monthOfYear, firstDayOfWeek, end, count }) =>
    recurrence(type, {
      interval,
      firstDayOfWeek,
      daysOfWeek: type === 1 || type === 3 || type === 6 || (type === 0 && hasDays) ? daysOfWeek : null,
      dayOfMonth: type === 2 || type === 5 ? dayOfMonth : null,
      weekOfMonth: type === 3 || type === 6 ? weekOfMonth : null,
      monthOfYear: type === 5 || type === 6 ? monthOfYear : null,
      until: end === 'until' ? at('2026-01-01') + count * 30 * day : null,
      occurrences: end === 'occurrences' ? count : null,
    }),
  )
const anyStart = fc.integer({ min: at('2024-01-01') / day, max: at('2026-12-31') / day }).map((count) => count * day)

describe('the fields of a recurrence', () => {
  it('mean what a walk over all days finds', () => {
    fc.assert(
      fc.property(anyFields, anyStart, (fields, start) => {
        const series = { start, end: start + day, allDay: true, zone: berlin, recurrence: fields }
        const to = start + 2500 * day
        expect(occurrences(series, null, to, 25).map(date)).toEqual(walked(fields, start, 25, 2500).map(date))
      }),
      { numRuns: 150 },
    )
  })

  it('mean the same in any window of time', () => {
    fc.assert(
      fc.property(
        anyFields,
        anyStart,
        fc.integer({ min: 0, max: 1500 }),
        fc.integer({ min: 1, max: 900 }),
        (fields, start, later, long) => {
          const series = { start, end: start + 2 * day, allDay: true, zone: berlin, recurrence: fields }
          const [from, to] = [start + later * day, start + (later + long) * day]
          const expected = walked(fields, start, 10_000, later + long).filter((each) => each + 2 * day > from)
          expect(occurrences(series, from, to, 1000).map(date)).toEqual(expected.map(date))
        },
      ),
      { numRuns: 100 },
    )
  })

  it.each<[string, string, Recurrence, string[]]>([
    ['every third day', '2026-01-30', recurrence(0, { interval: 3 }), ['2026-01-30', '2026-02-02', '2026-02-05']],
    ['every working day', '2026-01-30', recurrence(1, { daysOfWeek: 62 }), ['2026-01-30', '2026-02-02', '2026-02-03']],
    [
      'daily with days, which is weekly',
      '2026-01-05',
      recurrence(0, { daysOfWeek: 2, interval: 2 }),
      ['2026-01-05', '2026-01-19', '2026-02-02'],
    ],
    ['weekly without days', '2026-01-06', recurrence(1), ['2026-01-06', '2026-01-13', '2026-01-20']],
    ['the 31st', '2026-01-31', recurrence(2, { dayOfMonth: 31 }), ['2026-01-31', '2026-03-31', '2026-05-31']],
    ['the last day', '2026-01-31', recurrence(3, { daysOfWeek: 127, weekOfMonth: 5 }), ['2026-01-31', '2026-02-28', '2026-03-31']],
    ['the last day, as our model can say it', '2026-01-31', recurrence(2, { dayOfMonth: 127 }), ['2026-01-31', '2026-02-28', '2026-03-31']],
    ['the second day', '2026-01-02', recurrence(3, { daysOfWeek: 127, weekOfMonth: 2 }), ['2026-01-02', '2026-02-02', '2026-03-02']],
    ['the last working day', '2026-01-30', recurrence(3, { daysOfWeek: 62, weekOfMonth: 5 }), ['2026-01-30', '2026-02-27', '2026-03-31']],
    ['the first weekend day', '2026-01-03', recurrence(3, { daysOfWeek: 65, weekOfMonth: 1 }), ['2026-01-03', '2026-02-01', '2026-03-01']],
    ['the third Tuesday', '2026-01-20', recurrence(3, { daysOfWeek: 4, weekOfMonth: 3 }), ['2026-01-20', '2026-02-17', '2026-03-17']],
    [
      'the last Friday of every other month',
      '2026-01-30',
      recurrence(3, { daysOfWeek: 32, weekOfMonth: 5, interval: 2 }),
      ['2026-01-30', '2026-03-27', '2026-05-29'],
    ],
    ['29 February', '2024-02-29', recurrence(5, { dayOfMonth: 29, monthOfYear: 2 }), ['2024-02-29', '2028-02-29', '2032-02-29']],
    ['a birthday', '2026-06-15', recurrence(5, { dayOfMonth: 15, monthOfYear: 6 }), ['2026-06-15', '2027-06-15', '2028-06-15']],
    [
      'the fourth Thursday of November',
      '2026-11-26',
      recurrence(6, { daysOfWeek: 16, weekOfMonth: 4, monthOfYear: 11 }),
      ['2026-11-26', '2027-11-25', '2028-11-23'],
    ],
    [
      'the last day of February',
      '2026-02-28',
      recurrence(6, { daysOfWeek: 127, weekOfMonth: 5, monthOfYear: 2 }),
      ['2026-02-28', '2027-02-28', '2028-02-29'],
    ],
    // MS-ASCAL 2.2.2.10: years are counted otherwise, months and days as everywhere.
    [
      'a birthday in Thailand',
      '2026-06-15',
      recurrence(5, { dayOfMonth: 15, monthOfYear: 6, calendarType: 7 }),
      ['2026-06-15', '2027-06-15', '2028-06-15'],
    ],
  ])('say %s', (_, start, repeats, expected) => {
    expect(dates(start, repeats, 3)).toEqual(expected)
  })

  it('tell by the first day of the week which weeks are left out', () => {
    const every = (firstDayOfWeek: number) => recurrence(1, { daysOfWeek: 3, interval: 2, firstDayOfWeek })
    expect(dates('2026-01-04', every(0), 3)).toEqual(['2026-01-04', '2026-01-05', '2026-01-18'])
    expect(dates('2026-01-04', every(1), 3)).toEqual(['2026-01-04', '2026-01-12', '2026-01-18'])
  })

  it('end with the number of occurrences or the last start', () => {
    expect(dates('2026-01-01', recurrence(0, { occurrences: 2 }))).toEqual(['2026-01-01', '2026-01-02'])
    expect(dates('2026-01-01', recurrence(0, { until: at('2026-01-03') }))).toEqual(['2026-01-01', '2026-01-02', '2026-01-03'])
    expect(dates('2026-01-01', recurrence(0, { until: at('2025-01-03') }))).toEqual(['2026-01-01'])
  })

  it('never leave out the start, which counts', () => {
    expect(dates('2026-01-01', recurrence(1, { daysOfWeek: 2, occurrences: 3 }))).toEqual(['2026-01-01', '2026-01-05', '2026-01-12'])
  })
})

describe('the clocks', () => {
  const starts = (series: ReturnType<typeof event>, limit: number) => occurrences(series, null, null, limit).map(iso)

  it('show the same time in summer and winter', () => {
    const series = event('2026-03-27T09:00Z', { recurrence: recurrence(0) })
    expect(starts(series, 4)).toEqual(['2026-03-27T09:00Z', '2026-03-28T09:00Z', '2026-03-29T08:00Z', '2026-03-30T08:00Z'])
  })

  it('are followed where they jump over the time of a series, and where they show it twice', () => {
    const series = event('2026-03-28T01:30Z', { recurrence: recurrence(0) })
    expect(starts(series, 3)).toEqual(['2026-03-28T01:30Z', '2026-03-29T01:30Z', '2026-03-30T00:30Z'])
    const autumn = event('2026-10-24T00:30Z', { recurrence: recurrence(0) })
    expect(starts(autumn, 3)).toEqual(['2026-10-24T00:30Z', '2026-10-25T00:30Z', '2026-10-26T01:30Z'])
  })

  it('of a zone that is made of rules are followed too', () => {
    const begins = { month: 5, weekday: 3, week: 2, timeOfDay: 4 * hour }
    const own = zoneOfRules({ standard: 95, daylight: { offset: 140, begins, ends: { ...begins, month: 8 } } })
    expect(own).toMatch(/^rules:/)
    const series = event('2026-05-12T08:25Z', { zone: own, recurrence: recurrence(0) })
    expect(starts(series, 3)).toEqual(['2026-05-12T08:25Z', '2026-05-13T07:40Z', '2026-05-14T07:40Z'])
  })

  it('hold for the last start as well', () => {
    const series = event('2026-03-27T09:00Z', { recurrence: recurrence(0, { until: at('2026-03-30T08:00Z') }) })
    expect(starts(series, 10)).toHaveLength(4)
  })

  it('of any zone show every occurrence at the time of the first', () => {
    const zones = Intl.supportedValuesOf('timeZone') as ZoneId[]
    fc.assert(
      fc.property(fc.constantFrom(...zones), anyFields, anyStart, fc.integer({ min: 0, max: 47 }), (name, fields, start, halfHours) => {
        const local = Temporal.Instant.fromEpochMilliseconds(start)
          .toZonedDateTimeISO('UTC')
          .toPlainDateTime()
          .add({ minutes: 30 * halfHours })
        const first = instantOf(name, local)
        const series = { start: first, end: first + hour, allDay: false, zone: name, recurrence: fields }
        const found = occurrences(series, null, null, 12)
        expect(found).toEqual([...new Set(found)].toSorted((a, b) => a - b))
        for (const each of found) {
          const shown = localOf(name, each).toPlainTime()
          const wanted = instantOf(name, localOf(name, each).withPlainTime(localOf(name, first).toPlainTime()))
          if (!shown.equals(localOf(name, first).toPlainTime())) expect(wanted).toBe(each)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('a window of time', () => {
  const series = event('2026-01-05T10:00Z', { recurrence: recurrence(1) })
  const within = (from: string, to: string) => occurrences(series, at(from), at(to), 100).map(iso)

  it('holds what overlaps it, and not what touches it', () => {
    expect(within('2026-01-12T10:59Z', '2026-01-19T10:00Z')).toEqual(['2026-01-12T10:00Z'])
    expect(within('2026-01-12T11:00Z', '2026-01-19T10:01Z')).toEqual(['2026-01-19T10:00Z'])
    expect(within('2025-01-01T00:00Z', '2026-01-05T10:00Z')).toEqual([])
  })

  it('holds what has no length where that begins in it', () => {
    const moment = { ...series, end: series.start }
    expect(occurrences(moment, at('2026-01-12T10:00Z'), at('2026-01-12T10:01Z'), 9)).toHaveLength(1)
    expect(occurrences(moment, at('2026-01-12T10:01Z'), at('2026-01-12T10:02Z'), 9)).toHaveLength(0)
  })

  it('holds a long occurrence that began before it', () => {
    const long = { ...series, end: series.start + 20 * day }
    expect(occurrences(long, at('2026-03-01'), at('2026-03-02'), 9).map(date)).toEqual(['2026-02-09', '2026-02-16', '2026-02-23'])
  })

  it('far away is reached without counting up to it', () => {
    expect(within('3026-01-01T00:00Z', '3026-01-08T00:00Z')).toHaveLength(1)
  })

  it('holds the one event that does not repeat', () => {
    const once = event('2026-01-05T10:00Z')
    expect(occurrences(once, at('2026-01-05T10:30Z'), null, 9)).toEqual([once.start])
    expect(occurrences(once, at('2026-01-05T11:00Z'), null, 9)).toEqual([])
    expect(occurrences(once, null, null, 0)).toEqual([])
  })
})

describe('the moon', () => {
  it.each<[string, string, Recurrence, string[]]>([
    [
      'the Chinese New Year',
      '2024-02-10',
      recurrence(5, { monthOfYear: 1, dayOfMonth: 1, calendarType: 15 }),
      ['2024-02-10', '2025-01-29', '2026-02-17', '2027-02-06'],
    ],
    [
      'the fifteenth of a leap month',
      '2025-08-08',
      recurrence(5, { monthOfYear: 6, dayOfMonth: 15, calendarType: 15, isLeapMonth: true }),
      ['2025-08-08', '2036-08-06', '2055-08-07'],
    ],
    [
      'the full moon of each Chinese month',
      '2026-03-03',
      recurrence(2, { dayOfMonth: 15, calendarType: 15 }),
      ['2026-03-03', '2026-04-02', '2026-05-01'],
    ],
    ['Seollal in Korea', '2026-02-17', recurrence(5, { monthOfYear: 1, dayOfMonth: 1, calendarType: 20 }), ['2026-02-17', '2027-02-07']],
    [
      'Passover',
      '2024-04-23',
      recurrence(5, { monthOfYear: 7, dayOfMonth: 15, calendarType: 8 }),
      ['2024-04-23', '2025-04-13', '2026-04-02', '2027-04-22'],
    ],
    [
      'a day of Adar I',
      '2024-02-24',
      recurrence(5, { monthOfYear: 6, dayOfMonth: 15, calendarType: 8, isLeapMonth: true }),
      ['2024-02-24', '2027-02-22'],
    ],
    [
      'the first of Ramadan',
      '2024-03-11',
      recurrence(5, { monthOfYear: 9, dayOfMonth: 1, calendarType: 6 }),
      ['2024-03-11', '2025-02-28', '2026-02-17'],
    ],
    [
      'the first Friday of Ramadan',
      '2024-03-15',
      recurrence(6, { monthOfYear: 9, daysOfWeek: 32, weekOfMonth: 1, calendarType: 6 }),
      ['2024-03-15', '2025-02-28'],
    ],
    [
      'the last day of each Hebrew month',
      '2026-01-18',
      recurrence(3, { daysOfWeek: 127, weekOfMonth: 5, calendarType: 8 }),
      ['2026-01-18', '2026-02-17', '2026-03-18'],
    ],
  ])('gives %s', (_, start, repeats, expected) => {
    expect(dates(start, repeats, expected.length)).toEqual(expected)
  })

  it('is reckoned from afar, and so many times', () => {
    const series = {
      start: at('1950-02-17'),
      end: at('1950-02-18'),
      allDay: true,
      zone: berlin,
      recurrence: recurrence(5, { monthOfYear: 1, dayOfMonth: 1, calendarType: 15 }),
    }
    expect(occurrences(series, at('2026-01-01'), at('2027-01-01'), 9).map(date)).toEqual(['2026-02-17'])
    expect(dates('2024-02-10', recurrence(5, { monthOfYear: 1, dayOfMonth: 1, calendarType: 15, occurrences: 2 }))).toHaveLength(2)
    expect(dates('2024-02-10', recurrence(5, { monthOfYear: 1, dayOfMonth: 1, calendarType: 15, until: at('2026-02-17') }))).toHaveLength(3)
  })

  it('of Japan nobody here can reckon: the event takes place once', () => {
    expect(dates('2026-02-17', recurrence(5, { monthOfYear: 1, dayOfMonth: 1, calendarType: 14 }))).toEqual(['2026-02-17'])
  })
})

describe('a rule of iCalendar', () => {
  it.each([
    ['counts before the fields', '2026-01-05', 'FREQ=WEEKLY;BYDAY=MO,WE', ['2026-01-05', '2026-01-07', '2026-01-12']],
    ['knows weeks of the year', '2026-01-05', 'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', ['2026-01-05', '2026-05-11', '2027-05-17']],
    ['knows days of the year', '2026-01-01', 'FREQ=YEARLY;BYYEARDAY=1,-1', ['2026-01-01', '2026-12-31', '2027-01-01']],
    ['knows several days of a month', '2026-01-05', 'FREQ=MONTHLY;BYMONTHDAY=5,20', ['2026-01-05', '2026-01-20', '2026-02-05']],
    ['finds Friday the 13th', '2026-02-13', 'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', ['2026-02-13', '2026-03-13', '2026-11-13']],
    [
      'goes back from days that a month lacks',
      '2026-01-31',
      'RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD',
      ['2026-01-31', '2026-02-28', '2026-03-31'],
    ],
    ['reckons in another calendar', '2024-02-10', 'RSCALE=CHINESE;FREQ=YEARLY', ['2024-02-10', '2025-01-29', '2026-02-17']],
    [
      'gives a leap month another way',
      '2025-08-08',
      'RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=6L;BYMONTHDAY=15;SKIP=BACKWARD',
      ['2025-08-08', '2026-07-28', '2027-07-18'],
    ],
    ['ends with a date', '2026-01-05', 'FREQ=DAILY;UNTIL=20260107', ['2026-01-05', '2026-01-06', '2026-01-07']],
    ['leaves the fields where it cannot be read', '2026-01-05', 'FREQ=NEVER', ['2026-01-05', '2026-01-06', '2026-01-07']],
    ['leaves the fields where nobody can reckon', '2026-01-05', 'RSCALE=KLINGON;FREQ=YEARLY', ['2026-01-05', '2026-01-06', '2026-01-07']],
  ])('%s', (_, start, rule, expected) => {
    expect(dates(start, ruled(rule), 3)).toEqual(expected)
  })

  it('ends with the day that it names in the zone of the event', () => {
    const series = event('2026-01-05T22:30Z', { recurrence: ruled('FREQ=DAILY;UNTIL=20260107') })
    expect(occurrences(series, null, null, 9).map(iso)).toEqual(['2026-01-05T22:30Z', '2026-01-06T22:30Z', '2026-01-07T22:30Z'])
  })

  it('may take place more than once a day, also where an hour comes twice', () => {
    const series = event('2026-10-24T23:00Z', { recurrence: ruled('FREQ=HOURLY;COUNT=5') })
    expect(occurrences(series, null, null, 9).map(iso)).toEqual([
      '2026-10-24T23:00Z',
      '2026-10-25T00:00Z',
      '2026-10-25T02:00Z',
      '2026-10-25T03:00Z',
      '2026-10-25T04:00Z',
    ])
  })
})

describe('what is hostile', () => {
  it.each([
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=100000'],
    ['FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30'],
    ['FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30'],
    ['FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30;COUNT=5'],
    ['FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30'],
    ['FREQ=SECONDLY;COUNT=100000'],
    ['FREQ=YEARLY;INTERVAL=65535'],
    ['FREQ=YEARLY;INTERVAL=999999999;COUNT=999'],
    ['FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,4,6,9,11'],
    ['FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1;INTERVAL=999'],
    ['FREQ=YEARLY;BYWEEKNO=53;BYYEARDAY=1;BYSETPOS=9'],
    [`FREQ=YEARLY;BYYEARDAY=${upTo(366)};BYHOUR=0,6,12,18;BYMINUTE=${upTo(6)}`],
    [`FREQ=YEARLY;BYYEARDAY=${upTo(366)};BYHOUR=${upTo(23)};BYMINUTE=${upTo(59)};BYSECOND=${upTo(59)}`],
    ['RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=1L;BYMONTHDAY=30'],
    ['RSCALE=HEBREW;FREQ=MONTHLY;BYMONTHDAY=31'],
    ['RSCALE=KLINGON;FREQ=MONTHLY'],
    ['RSCALE=CHINESE;FREQ=MONTHLY;INTERVAL=999999999'],
    ['RSCALE=HEBREW;FREQ=YEARLY;INTERVAL=999999999;COUNT=9'],
    ['FREQ=WEEKLY;BYDAY=5MO;BYMONTHDAY=3'],
  ])('%s ends in a moment, with the start at least', async (rule) => {
    const series = event('2026-01-05T10:00Z', { recurrence: ruled(rule) })
    await expectWithin(5000, () => expect(occurrences(series, null, null, 100)[0]).toBe(series.start))
    await expectWithin(5000, () => occurrences(series, at('2400-01-01'), at('2401-01-01'), 100))
  })

  it('an interval of 65535 leads nowhere that can be written', () => {
    expect(dates('2026-01-05', recurrence(5, { interval: 65_535 }))).toEqual(['2026-01-05'])
    expect(dates('2026-01-05', recurrence(0, { interval: 65_535 }), 2)).toEqual(['2026-01-05', '2205-06-11'])
  })

  it('fields out of all bounds are brought within', () => {
    const wild = recurrence(6, { interval: 0, daysOfWeek: 65_535, dayOfMonth: 99, weekOfMonth: 77, monthOfYear: 13, occurrences: 0 })
    expect(dates('2026-12-31', wild)).toEqual(['2026-12-31'])
  })
})
