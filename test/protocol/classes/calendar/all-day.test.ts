// All-day events: midnights of a zone up to 14.1, dates from 16.0 on; a date stays where it is, whoever looks at it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addEvent,
  allVersions,
  anHour,
  changeEvent,
  lateVersions,
  oldVersions,
  properties,
  property,
  toldEvent,
  twoPhones,
  zoneText,
} from '../../../support/phone-events.ts'
import { TestServer } from '../../../support/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start({ accounts: [] })
})
afterAll(() => server.close())

/** The first of May, as a phone of a version and zone says it. */
const mayDay: Readonly<Record<string, readonly [start: string, end: string]>> = {
  'Europe/Berlin': ['20260430T220000Z', '20260501T220000Z'],
  'America/Los_Angeles': ['20260501T070000Z', '20260502T070000Z'],
  'Asia/Tokyo': ['20260430T150000Z', '20260501T150000Z'],
  'Pacific/Kiritimati': ['20260430T100000Z', '20260501T100000Z'],
}

async function floatingOf(address: string): Promise<(string | null)[]> {
  const phone = await server.phone(address, { version: '16.1' })
  const told = await toldEvent(phone, 'Holiday')
  return [property(told, 'StartTime'), property(told, 'EndTime'), property(told, 'AllDayEvent'), property(told, 'Timezone')]
}

describe.each(oldVersions)('in %s', (version) => {
  test.each(Object.entries(mayDay))('the first of May of a phone in %s is that day everywhere', async (zone, [start, end]) => {
    const { phone, other, address } = await twoPhones(server, version)
    const nodes = anHour(version, { Subject: 'Holiday', AllDayEvent: 1, Timezone: zoneText(zone), StartTime: start, EndTime: end })
    await addEvent(phone, nodes)
    const told = await toldEvent(other, 'Holiday')
    expect(property(told, 'StartTime')).toBe(start)
    expect(property(told, 'EndTime')).toBe(end)
    expect(property(told, 'Timezone')).not.toBe(null)
    expect(await floatingOf(address)).toEqual(['20260501T000000Z', '20260502T000000Z', '1', null])
  })

  test.each(Object.keys(mayDay))('a date written in UTC beside the zone %s does not move (Samsung)', async (zone) => {
    const { phone, address } = await twoPhones(server, version)
    const times = { StartTime: '20260501T000000Z', EndTime: '20260502T000000Z' }
    await addEvent(phone, anHour(version, { Subject: 'Holiday', AllDayEvent: 1, Timezone: zoneText(zone), ...times }))
    expect((await floatingOf(address)).slice(0, 2)).toEqual(['20260501T000000Z', '20260502T000000Z'])
  })

  test('a date that the bytes of the zone shift by an hour does not move', async () => {
    const { phone, address } = await twoPhones(server, version)
    // The phone computes with its offset of winter.
    const times = { StartTime: '20260430T230000Z', EndTime: '20260501T230000Z' }
    await addEvent(phone, anHour(version, { Subject: 'Holiday', AllDayEvent: 1, ...times }))
    expect((await floatingOf(address)).slice(0, 2)).toEqual(['20260501T000000Z', '20260502T000000Z'])
  })

  test('an all-day event of no minutes lasts its day (Nokia)', async () => {
    const { phone, address } = await twoPhones(server, version)
    const times = { StartTime: '20260430T220000Z', EndTime: '20260430T220000Z' }
    await addEvent(phone, anHour(version, { Subject: 'Holiday', AllDayEvent: 1, ...times }))
    expect((await floatingOf(address)).slice(0, 2)).toEqual(['20260501T000000Z', '20260502T000000Z'])
  })

  test('a phone in another zone edits an all-day event without moving it', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const { id } = await addEvent(
      phone,
      anHour(version, { Subject: 'Day', AllDayEvent: 1, StartTime: '20260430T220000Z', EndTime: '20260501T220000Z' }),
    )
    const uid = property(await toldEvent(other, 'Day'), 'UID') ?? ''
    const [start, end] = mayDay['America/Los_Angeles'] ?? []
    const times = { AllDayEvent: 1, StartTime: start ?? '', EndTime: end ?? '', Timezone: zoneText('America/Los_Angeles') }
    expect((await changeEvent(other, id, anHour(version, { UID: uid, Subject: 'Holiday', ...times }))).status).toBe(1)
    expect((await floatingOf(address)).slice(0, 2)).toEqual(['20260501T000000Z', '20260502T000000Z'])
  })
})

describe.each(lateVersions)('in %s', (version) => {
  test('dates travel without a zone, and older phones see them as midnights of the owner', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const times = { StartTime: '20260501T000000Z', EndTime: '20260503T000000Z' }
    const nodes = anHour(version, { Subject: 'Holiday', AllDayEvent: 1, ...times }).filter((node) => node.name !== 'Calendar:Timezone')
    expect((await addEvent(phone, nodes)).status).toBe(1)
    const told = await toldEvent(other, 'Holiday')
    expect([property(told, 'StartTime'), property(told, 'EndTime'), property(told, 'Timezone')]).toEqual([
      '20260501T000000Z',
      '20260503T000000Z',
      null,
    ])
    const old = await toldEvent(await server.phone(address, { version: '14.1' }), 'Holiday')
    expect(property(old, 'Timezone')).not.toBe(null)
  })

  test('a zone beside a date is passed over', async () => {
    const { phone, address } = await twoPhones(server, version)
    const times = { StartTime: '20260501T000000Z', EndTime: '20260502T000000Z', Timezone: zoneText('America/Los_Angeles') }
    expect((await addEvent(phone, anHour(version, { Subject: 'Holiday', AllDayEvent: 1, ...times }))).status).toBe(1)
    expect((await floatingOf(address)).slice(0, 2)).toEqual(['20260501T000000Z', '20260502T000000Z'])
  })
})

test.each(oldVersions)('a day that a phone of %s writes an hour early, by another summer time, is that day', async (version) => {
  const { phone, address } = await twoPhones(server, version)
  const early = { Subject: 'Holiday', AllDayEvent: 1, StartTime: '20260430T210000Z', EndTime: '20260501T210000Z' }
  await addEvent(phone, anHour(version, early))
  expect((await floatingOf(address)).slice(0, 3)).toEqual(['20260501T000000Z', '20260502T000000Z', '1'])
})

describe.each(allVersions)('in %s', (version) => {
  test('an event becomes one of all day, and one of hours again', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const { id } = await addEvent(phone, anHour(version, { Subject: 'Holiday' }))
    const uid = property(await toldEvent(other, 'Holiday'), 'UID') ?? ''
    const old = Number(version) < 16
    const day = old
      ? { StartTime: '20260302T230000Z', EndTime: '20260303T230000Z' }
      : { StartTime: '20260303T000000Z', EndTime: '20260304T000000Z' }
    const change = (fields: Record<string, string | number>) =>
      old ? anHour(version, { UID: uid, Subject: 'Holiday', ...fields }) : properties(fields)
    await changeEvent(phone, id, change({ AllDayEvent: 1, ...day }))
    expect((await floatingOf(address)).slice(0, 3)).toEqual(['20260303T000000Z', '20260304T000000Z', '1'])
    await changeEvent(phone, id, change({ AllDayEvent: 0, StartTime: '20260303T090000Z', EndTime: '20260303T100000Z' }))
    const told = await toldEvent(other, 'Holiday')
    expect([property(told, 'StartTime'), property(told, 'EndTime'), property(told, 'AllDayEvent')]).toEqual([
      '20260303T090000Z',
      '20260303T100000Z',
      '0',
    ])
  })

  test('an event that ends before it begins is refused, one of no length is not', async () => {
    const { phone } = await twoPhones(server, version)
    expect((await addEvent(phone, anHour(version, { EndTime: '20260303T080000Z' }))).status).toBe(6)
    expect((await addEvent(phone, anHour(version, { EndTime: '20260303T090000Z' }))).status).toBe(1)
  })
})
