// How events repeat, through the door: every type with what belongs to it, and what is refused (MS-ASCAL 2.2.2.37, 3.2.5.3).
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CalendarEvent } from '../../../../src/model/event.ts'
import type { Recurrence } from '../../../../src/model/recurrence.ts'
import {
  addEvent,
  allVersions,
  anHour,
  changeEvent,
  lateVersions,
  oldVersions,
  properties,
  property,
  textsAt,
  toldEvent,
  twoPhones,
  zoneText,
} from '../../../support/phone-events.ts'
import { anEvent, aRecurrence, put } from '../../../support/records.ts'
import { TestServer } from '../../../support/server.ts'
import { one, type Node } from '../../../support/wire.ts'

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start({ accounts: [] })
})
afterAll(() => server.close())

type Fields = Record<string, string | number>

const recurring = (fields: Fields) => ({ Recurrence: properties(fields) })

async function told(version: string, fields: Fields, event: Record<string, string | number> = {}): Promise<Fields | number> {
  const { phone, other } = await twoPhones(server, version)
  const { status } = await addEvent(phone, anHour(version, { ...recurring(fields), ...event }))
  if (status !== 1) return status
  return fieldsOf((await toldEvent(other, 'Review')).nodes.get('Calendar:Recurrence') ?? null)
}

function fieldsOf(node: Node | null): Fields {
  return Object.fromEntries(
    (node?.children ?? []).map((child) => [
      child.name.replace('Calendar:', ''),
      Number.isNaN(Number(child.value)) ? String(child.value) : Number(child.value),
    ]),
  )
}

const patterns: readonly (readonly [string, Fields])[] = [
  ['every third day', { Type: 0, Interval: 3 }],
  ['Tuesdays and Fridays, every second week', { Type: 1, Interval: 2, DayOfWeek: 4 + 32 }],
  ['the third of every month', { Type: 2, Interval: 1, DayOfMonth: 3 }],
  ['the first Tuesday of every second month', { Type: 3, Interval: 2, WeekOfMonth: 1, DayOfWeek: 4 }],
  ['the last weekday of the month', { Type: 3, Interval: 1, WeekOfMonth: 5, DayOfWeek: 62 }],
  ['the last day of the month', { Type: 3, Interval: 1, WeekOfMonth: 5, DayOfWeek: 127 }],
  ['every third of March', { Type: 5, Interval: 1, DayOfMonth: 3, MonthOfYear: 3 }],
  ['the first Tuesday of March', { Type: 6, Interval: 1, WeekOfMonth: 1, DayOfWeek: 4, MonthOfYear: 3 }],
]

describe.each(allVersions)('in %s', (version) => {
  const since14 = Number(version) >= 14
  const since141 = Number(version) >= 14.1

  test.each(patterns)('%s', async (_title, fields) => {
    const type = Number(fields['Type'])
    expect(await told(version, fields)).toEqual({
      ...fields,
      // MS-ASCAL 2.2.2.10: always with months and years.
      ...(since14 && type >= 2 ? { CalendarType: 0 } : {}),
      // MS-ASCAL 3.2.5: always with weeks.
      ...(since141 && type === 1 ? { FirstDayOfWeek: 1 } : {}),
    })
  })

  test('days beside type 0 make it a weekly series', async () => {
    expect(await told(version, { Type: 0, Interval: 1, DayOfWeek: 62 })).toMatchObject({ Type: 1, DayOfWeek: 62, Interval: 1 })
    expect(await told(version, { Type: 0, Interval: 1, DayOfWeek: 127 })).toEqual({ Type: 0, Interval: 1 })
  })

  test('a series ends after so many times, or on a day: of both the number counts', async () => {
    const daily = { Type: 0, Interval: 1 }
    expect(await told(version, { ...daily, Occurrences: 10 })).toMatchObject({ Occurrences: 10 })
    expect(await told(version, { ...daily, Until: '20260310T090000Z' })).toMatchObject({ Until: '20260310T090000Z' })
    const both = await told(version, { ...daily, Occurrences: 10, Until: '20260310T090000Z' })
    expect(both).toMatchObject({ Occurrences: 10 })
    expect(both).not.toHaveProperty('Until')
  })

  test('an Interval of 0 is 1, and one that is left out as well', async () => {
    expect(await told(version, { Type: 0, Interval: 0 })).toMatchObject({ Interval: 1 })
    expect(await told(version, { Type: 0 })).toMatchObject({ Interval: 1 })
  })

  const wrong: readonly (readonly [string, Fields])[] = [
    ['type 4', { Type: 4, DayOfMonth: 3 }],
    ['type 7', { Type: 7 }],
    ['DayOfMonth beside a weekly series', { Type: 1, DayOfWeek: 4, DayOfMonth: 3 }],
    ['DayOfWeek beside a day of the month', { Type: 2, DayOfMonth: 3, DayOfWeek: 4 }],
    ['MonthOfYear beside months', { Type: 2, DayOfMonth: 3, MonthOfYear: 3 }],
    ['WeekOfMonth beside weeks', { Type: 1, DayOfWeek: 4, WeekOfMonth: 1 }],
    ['a month without its day', { Type: 2 }],
    ['an nth day without the n', { Type: 3, DayOfWeek: 4 }],
    ['a year without its month', { Type: 5, DayOfMonth: 3 }],
    ['a day of the month beyond 31', { Type: 2, DayOfMonth: 32 }],
    ['a week of the month beyond 5', { Type: 3, WeekOfMonth: 6, DayOfWeek: 4 }],
    ['a month beyond December', { Type: 5, DayOfMonth: 3, MonthOfYear: 13 }],
    ['days of the week beyond their sum', { Type: 1, DayOfWeek: 128 }],
    ['an Interval beyond 999', { Type: 0, Interval: 1000 }],
    ['an end before the beginning', { Type: 0, Until: '20260201T090000Z' }],
  ]
  test.each(wrong)('%s is refused with Status 6', async (_title, fields) => {
    expect(await told(version, fields)).toBe(6)
  })

  test('what goes without saying is put in: the day of the week, and that the last day of a month is in its last week (AOSP)', async () => {
    expect(await told(version, { Type: 1 })).toMatchObject({ DayOfWeek: 4 })
    // One in the morning of Wednesday in Berlin.
    const night = { StartTime: '20260304T000000Z', EndTime: '20260304T010000Z' }
    expect(await told(version, { Type: 1 }, { ...night, Timezone: zoneText('Europe/Berlin') })).toMatchObject({ DayOfWeek: 8 })
    expect(await told(version, { Type: 1 }, { ...night, Timezone: zoneText('America/New_York') })).toMatchObject({ DayOfWeek: 4 })
    expect(await told(version, { Type: 3, DayOfWeek: 127 })).toMatchObject({ Type: 3, DayOfWeek: 127, WeekOfMonth: 5 })
    expect(await told(version, { Type: 6, DayOfWeek: 127, MonthOfYear: 2 })).toMatchObject({ Type: 6, WeekOfMonth: 5, MonthOfYear: 2 })
  })

  test('a filter never hides a series without end, nor one that goes on', async () => {
    const { phone, other } = await twoPhones(server, version)
    const past = { StartTime: '20190305T090000Z', EndTime: '20190305T100000Z' }
    const series: readonly (readonly [string, Fields])[] = [
      ['endless', { Type: 1, DayOfWeek: 4 }],
      ['long', { Type: 1, DayOfWeek: 4, Until: '20300305T090000Z' }],
      ['over', { Type: 1, DayOfWeek: 4, Occurrences: 3 }],
    ]
    for (const [Subject, fields] of series) await addEvent(phone, anHour(version, { Subject, ...past, ...recurring(fields) }))
    await other.syncAll('Calendar', { filter: 4 })
    expect(
      other
        .items('Calendar')
        .map((item) => property(item, 'Subject'))
        .sort(),
    ).toEqual(['endless', 'long'])
  })

  test('a series becomes a single event, and a single event a series', async () => {
    const { phone, other } = await twoPhones(server, version)
    const old = Number(version) < 16
    const { id } = await addEvent(phone, anHour(version, recurring({ Type: 0 })))
    const UID = property(await toldEvent(other, 'Review'), 'UID') ?? ''
    const change = (fields: Record<string, null | readonly Node[]>) => (old ? anHour(version, { UID, ...fields }) : properties(fields))
    await changeEvent(phone, id, change({ Recurrence: null }))
    expect(property(await toldEvent(other, 'Review'), 'Recurrence') ?? '').toBe('')
    await changeEvent(phone, id, change(recurring({ Type: 1, DayOfWeek: 4 })))
    expect(textsAt(await toldEvent(other, 'Review'), 'Recurrence/Type')).toEqual(['1'])
  })

  test('the last day of each month is told so that no phone skips the short ones', async () => {
    const { other, address } = await twoPhones(server, version)
    await putSeries(address, { type: 2, dayOfMonth: 127 })
    const months = fieldsOf((await toldEvent(other, 'Review')).nodes.get('Calendar:Recurrence') ?? null)
    expect(months).toMatchObject({ Type: 3, WeekOfMonth: 5, DayOfWeek: 127 })
  })

  test('what a phone was told in other words and repeats keeps the rule behind', async () => {
    const { phone, address } = await twoPhones(server, version)
    const id = await putSeries(address, { type: 1, daysOfWeek: 4, rule: 'FREQ=WEEKLY;BYDAY=TU;BYSETPOS=1;WKST=SU' })
    const item = await toldEvent(phone, 'Review')
    const Recurrence = one({ name: 'Calendar:x', children: [...item.nodes.values()], value: null }, 'Recurrence')?.children ?? []
    const fields = { Recurrence, Subject: 'Renamed', UID: property(item, 'UID') ?? '' }
    expect((await changeEvent(phone, id, anHour(version, fields))).status).toBe(1)
    const stored = (await (await server.mailbox(address)).read([id])).get(id)
    expect(stored?.content).toMatchObject({
      record: { subject: 'Renamed', recurrence: { rule: 'FREQ=WEEKLY;BYDAY=TU;BYSETPOS=1;WKST=SU' } },
    })
  })
})

async function putSeries(address: string, changes: Partial<Recurrence>, event: Partial<CalendarEvent> = {}) {
  return put(await server.mailbox(address), 'Calendar', anEvent({ recurrence: aRecurrence(changes), ...event }))
}

describe.each(['14.0', '14.1', '16.0', '16.1'])('in %s', (version) => {
  test('a lunar series is kept as the phone says it', async () => {
    const fields = { Type: 5, Interval: 1, DayOfMonth: 15, MonthOfYear: 8, CalendarType: 15, IsLeapMonth: 1 }
    expect(await told(version, fields)).toEqual(fields)
  })

  test.each([13, 16, 17, 18, 19, 21, 22, 23, 24])('the reserved calendar %i is refused', async (CalendarType) => {
    expect(await told(version, { Type: 2, DayOfMonth: 3, CalendarType })).toBe(6)
  })

  test('two calendars for one recurrence are refused', async () => {
    const { phone } = await twoPhones(server, version)
    const twice = [...properties({ Type: 2, DayOfMonth: 3, CalendarType: 1 }), ...properties({ CalendarType: 1 })]
    expect((await addEvent(phone, anHour(version, { Recurrence: twice }))).status).toBe(6)
  })
})

describe.each(['14.1', '16.0', '16.1'])('in %s', (version) => {
  test('the first day of the week is kept, from Sunday to Saturday and no further', async () => {
    const weekly = { Type: 1, Interval: 2, DayOfWeek: 4 }
    expect(await told(version, { ...weekly, FirstDayOfWeek: 0 })).toMatchObject({ FirstDayOfWeek: 0 })
    expect(await told(version, { ...weekly, FirstDayOfWeek: 6 })).toMatchObject({ FirstDayOfWeek: 6 })
    expect(await told(version, { ...weekly, FirstDayOfWeek: 7 })).toBe(6)
  })
})

test('what 12.1 and 14.0 cannot say of a series, they do not take away', async () => {
  for (const version of ['12.1', '14.0']) {
    const { phone, address } = await twoPhones(server, version)
    const id = await putSeries(address, { type: 1, daysOfWeek: 4, interval: 2, firstDayOfWeek: 0 })
    const item = await toldEvent(phone, 'Review')
    expect(textsAt(item, 'Recurrence/FirstDayOfWeek')).toEqual([])
    const Recurrence = item.nodes.get('Calendar:Recurrence')?.children ?? []
    await changeEvent(phone, id, anHour(version, { Recurrence, Subject: 'Renamed' }))
    expect(textsAt(await toldEvent(await server.phone(address, { version: '16.1' }), 'Renamed'), 'Recurrence/FirstDayOfWeek')).toEqual([
      '0',
    ])
  }
})

describe('the end of an all-day series', () => {
  test.each(oldVersions)('is told in %s by a moment at which it has begun in the zone and in UTC', async (version) => {
    const { phone, other, address } = await twoPhones(server, version)
    const times = { AllDayEvent: 1, StartTime: '20260302T230000Z', EndTime: '20260303T230000Z' }
    await addEvent(phone, anHour(version, { ...times, ...recurring({ Type: 0, Until: '20260403T220000Z' }) }))
    expect(textsAt(await toldEvent(other, 'Review'), 'Recurrence/Until')).toEqual(['20260404T000000Z'])
    const late = await server.phone(address, { version: '16.1' })
    expect(textsAt(await toldEvent(late, 'Review'), 'Recurrence/Until')).toEqual(['20260404T000000Z'])
  })

  test.each(lateVersions)('is a date in %s', async (version) => {
    const { phone, other } = await twoPhones(server, version)
    const times = { AllDayEvent: 1, StartTime: '20260303T000000Z', EndTime: '20260304T000000Z' }
    await addEvent(phone, anHour(version, { ...times, ...recurring({ Type: 0, Until: '20260404T000000Z' }) }))
    expect(textsAt(await toldEvent(other, 'Review'), 'Recurrence/Until')).toEqual(['20260404T000000Z'])
  })
})
