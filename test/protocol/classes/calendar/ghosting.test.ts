// What a Change up to 14.1 takes away by leaving it out, as Supported says (MS-ASCMD 2.2.3.179).
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addEvent, anHour, changeEvent, oldVersions, properties, property, toldEvent, twoPhones } from '../../../support/phone-events.ts'
import type { PhoneItem } from '../../../support/phone.ts'
import { TestServer } from '../../../support/server.ts'
import { el } from '../../../support/wire.ts'

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start({ accounts: [] })
})
afterAll(() => server.close())

const full = (version: string) => ({
  Location: 'Room 4',
  Reminder: 15,
  Categories: [el('Calendar:Category', 'Work')],
  Sensitivity: 2,
  BusyStatus: 3,
  MeetingStatus: 1,
  Attendees: [el('Calendar:Attendee', properties({ Email: 'bob@example.test', Name: 'Bob' }))],
  Recurrence: properties({ Type: 1, Interval: 1, DayOfWeek: 4 }),
  'AirSyncBase:Body': [el('AirSyncBase:Type', 1), el('AirSyncBase:Data', 'Bring it.')],
  ...(version === '12.1' ? {} : { DisallowNewTimeProposal: 1, ResponseRequested: 1 }),
})

/** An event with everything, after a Change that says nothing but when, and what it is called. */
async function after(
  version: string,
  supported: readonly string[] | undefined,
  options: { userAgent?: string; body?: number; later?: number } = {},
) {
  const { phone, other } = await twoPhones(server, version, options.userAgent === undefined ? {} : { userAgent: options.userAgent })
  const body = options.body === undefined ? {} : { body: [{ type: 1, truncation: options.body }] }
  if (supported !== undefined) await phone.sync('Calendar', { supported, ...body })
  else await phone.sync('Calendar', body)
  const { id } = await addEvent(phone, anHour(version, full(version)), body)
  const UID = property(await toldEvent(other, 'Review'), 'UID') ?? ''
  const bare = properties({
    UID,
    Subject: 'Renamed',
    StartTime: '20260303T090000Z',
    EndTime: '20260303T100000Z',
    DtStamp: '20260302T080000Z',
  })
  const now = options.later === undefined ? {} : { body: [{ type: 1, truncation: options.later }] }
  expect((await changeEvent(phone, id, bare, now)).status).toBe(1)
  return toldEvent(other, 'Renamed')
}

const has = (item: PhoneItem, name: string) => (property(item, name) ?? '') !== ''
const stays = ['Reminder', 'Categories', 'Attendees', 'Recurrence']

describe.each(oldVersions)('in %s', (version) => {
  test('without Supported what is left out is taken away; times, zone, name and status of the event are not', async () => {
    const item = await after(version, undefined)
    for (const name of [...stays, 'Location']) expect([name, has(item, name)]).toEqual([name, false])
    expect(property(item, 'AirSyncBase:Body')).not.toContain('Bring it.')
    expect(property(item, 'Sensitivity')).toBe('0')
    expect(property(item, 'BusyStatus')).toBe('2')
    if (version !== '12.1') expect(property(item, 'DisallowNewTimeProposal')).toBe('0')
    for (const name of ['Timezone', 'StartTime', 'EndTime', 'UID', 'MeetingStatus']) expect([name, has(item, name)]).toEqual([name, true])
  })

  test('with an empty Supported (LG) all stays but the place, which cannot be ghosted (MS-ASCAL 2.2.2.27)', async () => {
    const item = await after(version, [])
    for (const name of stays) expect([name, has(item, name)]).toEqual([name, true])
    expect(property(item, 'AirSyncBase:Body')).toContain('Bring it.')
    expect(property(item, 'Sensitivity')).toBe('2')
    expect(property(item, 'BusyStatus')).toBe('3')
    expect(has(item, 'Location')).toBe(false)
    if (version !== '12.1') expect(property(item, 'DisallowNewTimeProposal')).toBe('1')
  })

  test('what Supported lists is taken away, and what it does not list stays', async () => {
    const item = await after(version, ['Calendar:Reminder', 'Calendar:Subject', 'Calendar:Sensitivity', 'Calendar:Recurrence'])
    expect([has(item, 'Reminder'), has(item, 'Recurrence'), property(item, 'Sensitivity')]).toEqual([false, false, '0'])
    expect([has(item, 'Categories'), has(item, 'Attendees'), property(item, 'BusyStatus')]).toEqual([true, true, '3'])
    expect(property(item, 'AirSyncBase:Body')).toContain('Bring it.')
  })

  test('a phone that was shown a part of the text does not take it away by sending none', async () => {
    for (const limits of [{ body: 4 }, { body: 4, later: 4000 }]) {
      const item = await after(version, undefined, limits)
      expect(property(item, 'AirSyncBase:Body')).toContain('Bring it.')
    }
  })

  test('TouchDown never says categories, and takes none away', async () => {
    const item = await after(version, undefined, { userAgent: 'TouchDown(MSRPC)/7.3.00052/' })
    expect([has(item, 'Categories'), has(item, 'Reminder')]).toEqual([true, false])
  })
})
