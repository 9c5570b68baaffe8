// RRULEs of iCalendar and the fields of ActiveSync, in both directions.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { occurrences, recurrenceOfRule, ruleOfRecurrence } from '../../src/format/recurrence.ts'
import { parseRule, ruleText } from '../../src/format/recurrence/rule.ts'
import type { Recurrence } from '../../src/model/recurrence.ts'
import { at, date, day, recurrence, ruled, zone } from './series.ts'

const berlin = zone('Europe/Berlin')
// A Tuesday, the 20th, ten in the morning.
const start = at('2026-01-20T09:00Z')
const read = (rule: string) => recurrenceOfRule(rule, start, berlin, false)
const written = (fields: Recurrence) => ruleOfRecurrence(fields, start, berlin, false)

describe('a rule that the fields can say', () => {
  it.each<[string, Recurrence]>([
    ['FREQ=DAILY', recurrence(0)],
    ['FREQ=DAILY;INTERVAL=3;COUNT=5', recurrence(0, { interval: 3, occurrences: 5 })],
    ['FREQ=WEEKLY', recurrence(1, { daysOfWeek: 4 })],
    ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', recurrence(1, { daysOfWeek: 62 })],
    ['FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR', recurrence(1, { daysOfWeek: 62 })],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU', recurrence(1, { interval: 2, daysOfWeek: 5, firstDayOfWeek: 0 })],
    ['FREQ=MONTHLY', recurrence(2, { dayOfMonth: 20 })],
    ['FREQ=MONTHLY;BYMONTHDAY=20', recurrence(2, { dayOfMonth: 20 })],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', recurrence(3, { daysOfWeek: 127, weekOfMonth: 5 })],
    ['FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1', recurrence(3, { daysOfWeek: 127, weekOfMonth: 5 })],
    ['FREQ=MONTHLY;BYDAY=3TU', recurrence(3, { daysOfWeek: 4, weekOfMonth: 3 })],
    ['FREQ=MONTHLY;BYDAY=TU;BYSETPOS=3', recurrence(3, { daysOfWeek: 4, weekOfMonth: 3 })],
    ['FREQ=MONTHLY;BYDAY=TU;BYMONTHDAY=15,16,17,18,19,20,21', recurrence(3, { daysOfWeek: 4, weekOfMonth: 3 })],
    ['FREQ=MONTHLY;BYDAY=-1FR', recurrence(3, { daysOfWeek: 32, weekOfMonth: 5 })],
    ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', recurrence(3, { daysOfWeek: 62, weekOfMonth: 5 })],
    ['FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1', recurrence(3, { daysOfWeek: 65, weekOfMonth: 1 })],
    ['FREQ=MONTHLY;BYDAY=SU,MO,TU,WE,TH,FR,SA;BYSETPOS=-1', recurrence(3, { daysOfWeek: 127, weekOfMonth: 5 })],
    ['FREQ=MONTHLY;BYDAY=TU', recurrence(1, { daysOfWeek: 4 })],
    ['FREQ=YEARLY', recurrence(5, { dayOfMonth: 20, monthOfYear: 1 })],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', recurrence(5, { dayOfMonth: 29, monthOfYear: 2 })],
    ['FREQ=YEARLY;BYMONTH=3', recurrence(5, { dayOfMonth: 20, monthOfYear: 3 })],
    ['FREQ=YEARLY;BYMONTH=11;BYDAY=4TH', recurrence(6, { daysOfWeek: 16, weekOfMonth: 4, monthOfYear: 11 })],
    ['FREQ=YEARLY;BYMONTH=11;BYDAY=TH;BYSETPOS=4', recurrence(6, { daysOfWeek: 16, weekOfMonth: 4, monthOfYear: 11 })],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1', recurrence(6, { daysOfWeek: 127, weekOfMonth: 5, monthOfYear: 2 })],
    [
      'RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=6L;BYMONTHDAY=15',
      recurrence(5, { dayOfMonth: 15, monthOfYear: 6, isLeapMonth: true, calendarType: 15 }),
    ],
    ['RSCALE=GREGORIAN;FREQ=YEARLY', recurrence(5, { dayOfMonth: 20, monthOfYear: 1 })],
    // Exchange writes the time of the start into the rule.
    ['FREQ=MONTHLY;BYMONTHDAY=20;BYMINUTE=0;BYHOUR=10', recurrence(2, { dayOfMonth: 20 })],
    ['freq=weekly;byday=tu', recurrence(1, { daysOfWeek: 4 })],
    ['RRULE:FREQ=WEEKLY;X-KNOWN-TO-NOBODY=1;BYDAY=TU', recurrence(1, { daysOfWeek: 4 })],
    ['FREQ=DAILY;INTERVAL=0', recurrence(0)],
    ['FREQ=DAILY;UNTIL=20260131T090000Z', recurrence(0, { until: at('2026-01-31T09:00Z') })],
    ['FREQ=DAILY;UNTIL=20260131T100000', recurrence(0, { until: at('2026-01-31T09:00Z') })],
    ['FREQ=DAILY;UNTIL=20260131', recurrence(0, { until: at('2026-01-31T22:59:59Z') })],
    ['FREQ=DAILY;COUNT=3;UNTIL=20260131', recurrence(0, { occurrences: 3 })],
  ])('%s', (rule, fields) => {
    expect(read(rule)).toEqual(fields)
  })

  it('of an all-day series ends with a date, however it is written', () => {
    const allDay = (rule: string) => recurrenceOfRule(rule, at('2026-01-20'), berlin, true)?.until
    expect(allDay('FREQ=DAILY;UNTIL=20260131')).toBe(at('2026-01-31'))
    // Midnight of the owner's zone.
    expect(allDay('FREQ=DAILY;UNTIL=20260130T230000Z')).toBe(at('2026-01-31'))
    expect(allDay('FREQ=DAILY;UNTIL=20260131T225959Z')).toBe(at('2026-01-31'))
  })
})

describe('a rule that the fields cannot say', () => {
  it.each<[string, Partial<Recurrence>]>([
    ['FREQ=MONTHLY;BYMONTHDAY=5,20', { type: 2, dayOfMonth: 20 }],
    ['FREQ=MONTHLY;BYMONTHDAY=-2', { type: 2, dayOfMonth: 30 }],
    ['FREQ=MONTHLY;BYDAY=5TU', { type: 3, daysOfWeek: 4, weekOfMonth: 5 }],
    ['FREQ=MONTHLY;BYDAY=1TU,3TU', { type: 3, daysOfWeek: 4, weekOfMonth: 1 }],
    ['FREQ=MONTHLY;BYDAY=-2FR', { type: 3, daysOfWeek: 32, weekOfMonth: 5 }],
    ['FREQ=YEARLY;BYMONTH=1,7', { type: 5, dayOfMonth: 20, monthOfYear: 1 }],
    ['FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', { type: 5, dayOfMonth: 20, monthOfYear: 1 }],
    ['FREQ=YEARLY;BYDAY=20MO', { type: 5, dayOfMonth: 20, monthOfYear: 1 }],
    ['FREQ=YEARLY;BYYEARDAY=100', { type: 5, dayOfMonth: 20, monthOfYear: 1 }],
    ['FREQ=WEEKLY;BYDAY=TU;BYMONTH=1,2', { type: 1, daysOfWeek: 4 }],
    ['FREQ=DAILY;BYHOUR=9,17', { type: 0 }],
    ['FREQ=HOURLY;INTERVAL=6', { type: 0 }],
    ['FREQ=DAILY;COUNT=5000', { type: 0, occurrences: 999 }],
    ['FREQ=DAILY;INTERVAL=1500', { type: 0, interval: 999 }],
    ['RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD', { type: 2, dayOfMonth: 31 }],
    ['RSCALE=ISLAMIC-CIVIL;FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=1', { type: 5, calendarType: 0 }],
  ])('%s is kept, and the fields come near', (rule, near) => {
    expect(read(rule)).toMatchObject({ ...near, rule })
    expect(ruleOfRecurrence(ruled(rule), start, berlin, false)).toBe(rule)
  })
})

describe('what is no rule', () => {
  it.each([
    [''],
    ['FREQ=FORTNIGHTLY'],
    ['BYDAY=MO'],
    ['FREQ=SECONDLY'],
    ['FREQ=WEEKLY;BYDAY=XX'],
    ['FREQ=WEEKLY;BYDAY=0MO'],
    ['FREQ=MONTHLY;BYMONTHDAY=0'],
    ['FREQ=MONTHLY;BYMONTHDAY=32'],
    ['FREQ=YEARLY;BYMONTH=14'],
    ['FREQ=DAILY;COUNT=many'],
    ['FREQ=DAILY;UNTIL=tomorrow'],
    ['FREQ=DAILY;INTERVAL=-1'],
    [`FREQ=DAILY;BYMONTHDAY=${'1,'.repeat(3000)}1`],
  ])('%s', (rule) => {
    expect(read(rule)).toBeNull()
  })
})

describe('the fields as a rule', () => {
  it.each<[Recurrence, string]>([
    [recurrence(0, { interval: 2 }), 'FREQ=DAILY;INTERVAL=2'],
    [recurrence(0, { daysOfWeek: 62 }), 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    [recurrence(1, { daysOfWeek: 4, firstDayOfWeek: 0 }), 'FREQ=WEEKLY;BYDAY=TU;WKST=SU'],
    [recurrence(2, { dayOfMonth: 31, occurrences: 4 }), 'FREQ=MONTHLY;COUNT=4;BYMONTHDAY=31'],
    [recurrence(3, { daysOfWeek: 4, weekOfMonth: 5 }), 'FREQ=MONTHLY;BYDAY=-1TU'],
    [recurrence(3, { daysOfWeek: 62, weekOfMonth: 2 }), 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2'],
    [recurrence(3, { daysOfWeek: 127, weekOfMonth: 5 }), 'FREQ=MONTHLY;BYMONTHDAY=-1'],
    [recurrence(5, { dayOfMonth: 29, monthOfYear: 2 }), 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29'],
    [recurrence(6, { daysOfWeek: 16, weekOfMonth: 4, monthOfYear: 11 }), 'FREQ=YEARLY;BYMONTH=11;BYDAY=4TH'],
    [recurrence(0, { until: at('2026-02-01T09:00Z') }), 'FREQ=DAILY;UNTIL=20260201T090000Z'],
    [recurrence(5, { dayOfMonth: 15, monthOfYear: 8, calendarType: 15 }), 'RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=8;BYMONTHDAY=15'],
    [recurrence(5, { dayOfMonth: 15, monthOfYear: 8, calendarType: 14 }), 'FREQ=DAILY;COUNT=1'],
  ])('%o', (fields, rule) => {
    expect(written(fields)).toBe(rule)
  })

  it('end with a date in an all-day series', () => {
    expect(ruleOfRecurrence(recurrence(0, { until: at('2026-02-01') }), at('2026-01-20'), berlin, true)).toBe('FREQ=DAILY;UNTIL=20260201')
  })
})

const anyList = (least: number, most: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    fc.uniqueArray(
      fc.integer({ min: least, max: most }).filter((value) => value !== 0),
      { minLength: 1, maxLength: 4 },
    ),
  )
const anyRule = fc
  .record({
    frequency: fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'),
    interval: fc.integer({ min: 1, max: 3 }),
    days: fc.uniqueArray(fc.constantFrom('MO', 'TU', '1WE', '-1FR', '3SA', 'SU', '5MO'), { maxLength: 3 }),
    monthDays: anyList(-4, 31),
    months: anyList(1, 12),
    positions: anyList(-2, 3),
    count: fc.option(fc.integer({ min: 1, max: 9 })),
  })
  .map(({ frequency, interval, days, monthDays, months, positions, count }) => {
    const isOrdinal = frequency === 'MONTHLY' || frequency === 'YEARLY'
    const plainDays = days.map((each) => (isOrdinal ? each : each.slice(-2)))
    const list = (name: string, values: readonly (string | number)[]) =>
      values.length === 0 ? '' : `;${name}=${[...new Set(values)].join(',')}`
    const byDays = list('BYMONTH', months) + (frequency === 'WEEKLY' ? '' : list('BYMONTHDAY', monthDays)) + list('BYDAY', plainDays)
    return `FREQ=${frequency};INTERVAL=${interval}${byDays}${byDays === '' ? '' : list('BYSETPOS', positions)}${count === null ? '' : `;COUNT=${count}`}`
  })

describe('any rule', () => {
  it('means the same in the fields as in its own words, or is kept', () => {
    fc.assert(
      fc.property(anyRule, fc.integer({ min: 0, max: 700 }), (rule, later) => {
        const begins = at('2026-01-01') + later * day
        const fields = recurrenceOfRule(rule, begins, berlin, true)
        if (fields === null) throw new Error(`${rule} was refused`)
        const expand = (repeats: Recurrence) =>
          occurrences(
            { start: begins, end: begins + day, allDay: true, zone: berlin, recurrence: repeats },
            null,
            begins + 3000 * day,
            12,
          ).map(date)
        if (fields.rule === null) expect(expand(fields)).toEqual(expand(ruled(rule)))
        else expect(fields.rule).toBe(rule)
      }),
      { numRuns: 300 },
    )
  })

  it('comes back from its parts', () => {
    fc.assert(
      fc.property(anyRule, (rule) => {
        const parts = parseRule(rule)
        if (parts === null) throw new Error(`${rule} was refused`)
        expect(parseRule(ruleText(parts))).toEqual(parts)
      }),
      { numRuns: 300 },
    )
  })
})
