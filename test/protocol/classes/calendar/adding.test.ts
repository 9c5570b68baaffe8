// An Add of an event: what is missing in it, what is there already, and what becomes of it when the answer is lost.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addEvent,
  addNode,
  allVersions,
  anHour,
  changeEvent,
  lateVersions,
  oldVersions,
  properties,
  property,
  toldEvent,
  twoPhones,
} from '../../../support/phone-events.ts'
import { anAttendee, anEvent, put, aRecurrence } from '../../../support/records.ts'
import { globalObjectIdOf } from '../../../../src/format/global-object-id.ts'
import { placeOfName } from '../../../../src/protocol/classes/calendar/place.ts'
import { TestServer } from '../../../support/server.ts'
import { all, textAt } from '../../../support/wire.ts'

let server: TestServer

beforeAll(async () => {
  // The clock stands at 8 o'clock of 2 March 2026.
  server = await TestServer.start({ accounts: [] })
})
afterAll(() => server.close())

const times = async (version: string, fields: Record<string, string | null>) => {
  const { phone, other } = await twoPhones(server, version)
  const nodes = anHour(version).filter(({ name }) => name !== 'Calendar:StartTime' && name !== 'Calendar:EndTime')
  const { status } = await addEvent(phone, [...nodes, ...properties(fields)])
  if (status !== 1) return status
  const told = await toldEvent(other, 'Review')
  return [property(told, 'StartTime'), property(told, 'EndTime')]
}

describe.each(allVersions)('in %s', (version) => {
  test('times that are missing are put in from the present, rounded to half an hour (MS-ASCAL 3.2.4.4)', async () => {
    expect(await times(version, {})).toEqual(['20260302T080000Z', '20260302T083000Z'])
    expect(await times(version, { EndTime: '20260302T120000Z' })).toEqual(['20260302T080000Z', '20260302T120000Z'])
    expect(await times(version, { EndTime: '20260302T070000Z' })).toBe(6)
    expect(await times(version, { StartTime: '20260302T070000Z' })).toEqual(['20260302T070000Z', '20260302T083000Z'])
    expect(await times(version, { StartTime: '20260303T090000Z' })).toBe(6)
  })

  test('an Add whose answer was lost makes one event, and what another phone did to it meanwhile stands', async () => {
    const { phone, other } = await twoPhones(server, version)
    await phone.sync('Calendar')
    const { key } = phone.collection('Calendar')
    const nodes = anHour(version)
    const first = await addEvent(phone, nodes, { clientId: '1' })
    await toldEvent(other, 'Review')
    const uid = property(await toldEvent(other, 'Review'), 'UID') ?? ''
    const change = Number(version) < 16 ? anHour(version, { UID: uid, Subject: 'Renamed' }) : properties({ Subject: 'Renamed' })
    expect((await changeEvent(other, first.id, change)).status).toBe(1)
    // The phone never heard the answer.
    phone.collection('Calendar').key = key
    phone.collection('Calendar').items.delete(first.id)
    const again = await phone.sync('Calendar', { commands: [addNode('1', nodes)] })
    const [answer] = all(again.collection, 'Responses/Add')
    expect(textAt(answer ?? null, 'ServerId')).toBe(first.id)
    expect(textAt(answer ?? null, 'Status')).toBe('1')
    // The answer tells the id, and the next one what else there is.
    const { collection } = await phone.sync('Calendar')
    const told = all(collection, 'Commands/Change/ApplicationData').map((node) => textAt(node, 'Calendar:Subject'))
    expect(told).toEqual(['Renamed'])
    const third = await server.phone(phone.options.address, { version })
    await third.syncAll('Calendar')
    expect(third.items('Calendar').map((item) => property(item, 'Subject'))).toEqual(['Renamed'])
  })

  test('two events of one request are two', async () => {
    const { phone, other } = await twoPhones(server, version)
    await phone.sync('Calendar', { commands: [addNode('1', anHour(version)), addNode('2', anHour(version))] })
    await other.syncAll('Calendar')
    expect(other.items('Calendar')).toHaveLength(2)
  })
})

describe.each(oldVersions)('in %s', (version) => {
  test('“Add to calendar” of an invitation that stands there already changes that event, and keeps its id and its people', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const invitation = anEvent({
      uid: 'meeting-7@elsewhere.test',
      organizer: { name: 'Carol', address: 'carol@elsewhere.test' },
      attendees: [anAttendee({ name: 'Me', address }), anAttendee()],
      meetingStatus: 3,
      responseType: 5,
      busyStatus: 1,
      text: { type: 1, text: 'Bring the plans.' },
      categories: ['Work'],
      place: placeOfName('Room 4', null),
    })
    const stood = await put(await server.mailbox(address), 'Calendar', invitation)
    const fields = { UID: 'meeting-7@elsewhere.test', Reminder: 30, BusyStatus: 2, OrganizerEmail: address, MeetingStatus: 1 }
    const added = await addEvent(phone, anHour(version, fields))
    expect([added.status, added.id]).toEqual([1, stood])
    // The phone is told what the event is beyond what it said, under the id it was given.
    expect((await phone.sync('Calendar')).changed).toEqual([stood])
    await other.syncAll('Calendar')
    expect(other.items('Calendar')).toHaveLength(1)
    const told = await toldEvent(other, 'Review')
    expect(property(told, 'Reminder')).toBe('30')
    expect(property(told, 'BusyStatus')).toBe('2')
    expect(property(told, 'MeetingStatus')).toBe('3')
    // What a phone cannot take out of a mail it does not take away.
    expect(property(told, 'AirSyncBase:Body')).toContain('Bring the plans.')
    expect(property(told, 'Categories')).toContain('Work')
    expect(property(told, 'Location')).toBe('Room 4')
    expect(property(told, 'OrganizerEmail')).toBe('carol@elsewhere.test')
    expect(property(told, 'Attendees')).toContain('bob@example.test')
  })

  test.each(['hex', 'base64'] as const)('an event that is named as mail names it, in %s, is the one of that name', async (encoding) => {
    const { phone, address } = await twoPhones(server, version)
    const stood = await put(await server.mailbox(address), 'Calendar', anEvent({ uid: 'meeting-8@elsewhere.test' }))
    const name = Buffer.from(globalObjectIdOf('meeting-8@elsewhere.test', null)).toString(encoding)
    const UID = encoding === 'hex' ? name.toUpperCase() : name
    expect((await addEvent(phone, anHour(version, { UID }))).id).toBe(stood)
  })

  test('“Add to calendar” of one occurrence leaves the series that stands there what it is', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const series = anEvent({ uid: 'weekly-9@elsewhere.test', recurrence: aRecurrence({ type: 1, daysOfWeek: 4, occurrences: 9 }) })
    const stood = await put(await server.mailbox(address), 'Calendar', series)
    const third = { UID: series.uid, StartTime: '20260317T090000Z', EndTime: '20260317T100000Z' }
    expect((await addEvent(phone, anHour(version, third))).id).toBe(stood)
    const told = await toldEvent(other, 'Review')
    expect(property(told, 'StartTime')).toBe('20260303T090000Z')
    expect(property(told, 'Recurrence')).toContain('9')
  })

  test('the same name in another calendar, or in Deleted Items, is another event', async () => {
    const { phone, other } = await twoPhones(server, version)
    const first = await addEvent(phone, anHour(version, { UID: 'twice@example.test' }))
    await phone.remove('Calendar', [first.id])
    const second = await addEvent(phone, anHour(version, { UID: 'twice@example.test' }))
    expect(second.status).toBe(1)
    expect(second.id).not.toBe(first.id)
    await other.syncAll('Calendar')
    expect(other.items('Calendar')).toHaveLength(1)
  })
})

describe.each(lateVersions)('in %s', (version) => {
  test('an event that the client tries to add again under its ClientUid is one', async () => {
    const { phone, other } = await twoPhones(server, version)
    const nodes = anHour(version, { ClientUid: '325F08EAA67D3C50EBE5ACC4C46CF6FE0.32' })
    const first = await addEvent(phone, nodes)
    const second = await addEvent(other, nodes)
    expect(second.status).toBe(1)
    expect(second.id).toBe(first.id)
    const third = await server.phone(phone.options.address, { version })
    await third.syncAll('Calendar')
    expect(third.items('Calendar')).toHaveLength(1)
  })
})
