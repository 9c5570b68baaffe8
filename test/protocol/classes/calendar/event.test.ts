// Events through the door, in every version: what a phone says another one is told.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addEvent,
  allVersions,
  anHour,
  changeEvent,
  deleteEvent,
  lateVersions,
  oldVersions,
  properties,
  property,
  textsAt,
  toldEvent,
  twoPhones,
} from '../../../support/phone-events.ts'
import { TestServer } from '../../../support/server.ts'
import { el, textAt } from '../../../support/wire.ts'

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start({ accounts: [] })
})
afterAll(() => server.close())

const note = (text: string, type = 1) => [el('AirSyncBase:Type', type), el('AirSyncBase:Data', text)]

describe.each(allVersions)('in %s', (version) => {
  test('an event that a phone adds comes to another one as it is, and goes when it is deleted', async () => {
    const { phone, other } = await twoPhones(server, version)
    const nodes = anHour(version, {
      BusyStatus: 3,
      Sensitivity: 2,
      Reminder: 15,
      Categories: [el('Calendar:Category', 'Work'), el('Calendar:Category', 'Red')],
      'AirSyncBase:Body': note('Bring the list.'),
    })
    const { status, id } = await addEvent(phone, nodes)
    expect(status).toBe(1)
    const told = await toldEvent(other, 'Review')
    expect(told.id).toBe(id)
    expect(property(told, 'StartTime')).toBe('20260303T090000Z')
    expect(property(told, 'EndTime')).toBe('20260303T100000Z')
    expect(property(told, 'AllDayEvent')).toBe('0')
    expect(property(told, 'BusyStatus')).toBe('3')
    expect(property(told, 'Reminder')).toBe('15')
    expect(property(told, 'Sensitivity')).toBe('2')
    expect(textsAt(told, 'AirSyncBase:Body/Data')).toEqual(['Bring the list.'])
    expect(textsAt(told, 'Categories/Category')).toEqual(['Work', 'Red'])
    expect(await deleteEvent(phone, id)).toBe(1)
    await other.syncAll('Calendar')
    expect(other.items('Calendar')).toEqual([])
  })

  test('MeetingStatus is never left out (iOS always wants it), nor who organizes (Android)', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    await addEvent(phone, anHour(version))
    const told = await toldEvent(other, 'Review')
    expect(property(told, 'MeetingStatus')).toBe('0')
    expect(property(told, 'OrganizerEmail')).toBe(address)
    expect(property(told, 'OrganizerName')).not.toBe(null)
  })

  test('an answer tells nothing that the version does not know', async () => {
    const { phone, other } = await twoPhones(server, version)
    await addEvent(phone, anHour(version))
    const told = await toldEvent(other, 'Review')
    const has = (name: string) => property(told, name) !== null
    const since14 = Number(version) >= 14
    for (const name of ['ResponseRequested', 'ResponseType', 'DisallowNewTimeProposal']) expect(has(name)).toBe(since14)
    // MS-ASCAL 3.2.5: not before there was an answer.
    expect(has('AppointmentReplyTime')).toBe(false)
    expect(property(told, 'AirSyncBase:NativeBodyType')).toBe('1')
    expect(property(told, 'Timezone')).not.toBe(null)
    expect(property(told, 'DtStamp')).not.toBe(null)
  })

  test('what AOSP judges by is told before it: zone and times before AllDayEvent, all of a series before its exceptions', async () => {
    const { phone, other } = await twoPhones(server, version)
    const named = properties({ ExceptionStartTime: '20260310T090000Z', 'AirSyncBase:InstanceId': '20260310T090000Z', Subject: 'Other' })
    const series = { Recurrence: properties({ Type: 1, Interval: 1, DayOfWeek: 4 }), Exceptions: [el('Calendar:Exception', named)] }
    const people = { Attendees: [el('Calendar:Attendee', properties({ Email: 'bob@example.test', Name: 'Bob' }))] }
    const full = { ...series, ...people, Reminder: 15, Location: 'Here', 'AirSyncBase:Body': [el('AirSyncBase:Data', 'Words')] }
    await addEvent(phone, anHour(version, full))
    const order = [...(await toldEvent(other, 'Review')).nodes.keys()].map((name) => name.replace(/^\w+:/, ''))
    const last = (...names: string[]) => Math.max(...names.map((name) => order.indexOf(name)))
    expect(order.indexOf('AllDayEvent')).toBeGreaterThan(last('Timezone', 'StartTime', 'EndTime'))
    const copied = ['AllDayEvent', 'OrganizerEmail', 'Subject', 'Body', 'Sensitivity', 'BusyStatus', 'Reminder', 'Attendees', 'Recurrence']
    expect(order.indexOf('Exceptions')).toBeGreaterThan(last('Timezone', ...copied))
    expect(order[0]).toBe('Timezone')
  })

  test('a body in HTML is kept, and told as plain text to whoever asks for that', async () => {
    const { phone, other } = await twoPhones(server, version)
    await addEvent(phone, anHour(version, { 'AirSyncBase:Body': note('<p>Bring <b>it</b></p>', 2) }))
    const plain = await toldEvent(other, 'Review', { body: [{ type: 1 }] })
    expect(textsAt(plain, 'AirSyncBase:Body/Data')[0]?.trim()).toBe('Bring it')
    expect(property(plain, 'AirSyncBase:NativeBodyType')).toBe('2')
  })

  test('a body in RTF is refused, and nothing of the event with it', async () => {
    const { phone, other } = await twoPhones(server, version)
    expect((await addEvent(phone, anHour(version, { 'AirSyncBase:Body': note('e1xydGYxfQ==', 3) }))).status).toBe(6)
    await other.syncAll('Calendar')
    expect(other.items('Calendar')).toEqual([])
  })

  test('what has no value any more is told as empty in a Change, so that no phone keeps it', async () => {
    const { phone, other } = await twoPhones(server, version)
    const place = Number(version) < 16 ? { Location: 'Room 4' } : { 'AirSyncBase:Location': [el('AirSyncBase:DisplayName', 'Room 4')] }
    const nodes = anHour(version, { ...place, Reminder: 5, Categories: [el('Calendar:Category', 'Work')] })
    const { id } = await addEvent(phone, nodes)
    const where = Number(version) < 16 ? 'Location' : 'AirSyncBase:Location'
    expect(property(await toldEvent(other, 'Review'), where)).toContain('Room 4')
    const emptied = { [where]: null, ...(Number(version) < 14.1 ? {} : { Reminder: null }), Categories: null }
    const uid = Number(version) < 16 ? { UID: textsAt(await toldEvent(other, 'Review'), 'UID')[0] ?? '' } : {}
    expect((await changeEvent(phone, id, anHour(version, { ClientUid: '', ...uid, ...emptied }))).status).toBe(1)
    const told = await toldEvent(other, 'Review')
    expect(property(told, where)).toBe('')
    expect(property(told, 'Categories')).toBe('')
    expect(property(told, 'Reminder')).toBe(Number(version) < 16 ? null : '')
  })

  test('the calendar is offered the last two weeks to six months, and other filters are refused', async () => {
    const { phone } = await twoPhones(server, version)
    for (const filter of [0, 4, 5, 6, 7]) expect((await phone.sync('Calendar', { filter })).status).toBe(1)
    for (const filter of [1, 2, 3, 8]) expect((await phone.sync('Calendar', { filter })).status).toBe(4)
  })

  test('a filter leaves out what is over, and never what is to come', async () => {
    const { phone, other } = await twoPhones(server, version)
    await addEvent(phone, anHour(version, { Subject: 'Long ago', StartTime: '20200303T090000Z', EndTime: '20200303T100000Z' }))
    await addEvent(phone, anHour(version, { Subject: 'Far ahead', StartTime: '20400303T090000Z', EndTime: '20400303T100000Z' }))
    await other.syncAll('Calendar', { filter: 7 })
    expect(other.items('Calendar').map((item) => property(item, 'Subject'))).toEqual(['Far ahead'])
  })
})

describe.each(oldVersions)('in %s', (version) => {
  test('the client names the event, and says when it wrote it', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { data } = await addEvent(phone, anHour(version, { UID: '0F8D2C6A-7A52-4C37-9C2B-2C8E2F9D1A01' }))
    expect(data).toBe(null)
    const told = await toldEvent(other, 'Review')
    expect(property(told, 'UID')).toBe('0F8D2C6A-7A52-4C37-9C2B-2C8E2F9D1A01')
    expect(property(told, 'DtStamp')).toBe('20260301T080000Z')
  })

  test('an event without a name is given one', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { status, data } = await addEvent(phone, anHour(version, { UID: '' }))
    expect(status).toBe(1)
    expect(property(await toldEvent(other, 'Review'), 'UID')).toBe(textAt(data, 'Calendar:UID'))
  })

  test('the place is a text, and whoever works elsewhere is free', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const late = await server.phone(address, { version: '16.1' })
    const place = [el('AirSyncBase:DisplayName', 'Home'), el('AirSyncBase:City', 'Brno'), el('AirSyncBase:Latitude', '49.1951')]
    const { id } = await addEvent(late, anHour('16.1', { BusyStatus: 4, 'AirSyncBase:Location': place }))
    const told = await toldEvent(other, 'Review')
    expect(property(told, 'Location')).toBe('Home')
    expect(property(told, 'BusyStatus')).toBe('0')
    // A phone that sends both back as it was told them changes neither.
    await toldEvent(phone, 'Review')
    const uid = property(told, 'UID') ?? ''
    await changeEvent(phone, id, anHour(version, { UID: uid, BusyStatus: 0, Location: 'Home', Subject: 'Renamed' }))
    const again = await toldEvent(await server.phone(address, { version: '16.1' }), 'Renamed')
    expect(textsAt(again, 'AirSyncBase:Location/City')).toEqual(['Brno'])
    expect(property(again, 'BusyStatus')).toBe('4')
  })
})

describe.each(lateVersions)('in %s', (version) => {
  test('the server names the event after the ClientUid, without the NUL of iOS, and tells the name', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { data } = await addEvent(
      phone,
      anHour(version, { ClientUid: Buffer.from('7D1E0C2A4B5F4E0D8C9B0A1B2C3D4E5F\0') as unknown as string }),
    )
    const uid = textAt(data, 'Calendar:UID')
    expect(uid).toBe('7D1E0C2A-4B5F-4E0D-8C9B-0A1B2C3D4E5F')
    expect(property(await toldEvent(other, 'Review'), 'UID')).toBe(uid)
  })

  test('an event without a ClientUid is given a name as well', async () => {
    const { phone } = await twoPhones(server, version)
    const { data } = await addEvent(phone, anHour(version, { ClientUid: '' }))
    expect(textAt(data, 'Calendar:UID')).toMatch(/^[0-9A-F-]{36}$/)
  })

  test('a Location with all its parts is kept', async () => {
    const { phone, other } = await twoPhones(server, version)
    const parts = {
      DisplayName: 'Café',
      Annotation: 'second floor',
      Street: 'Kobližná 4',
      City: 'Brno',
      State: 'Moravia',
      Country: 'Czechia',
      PostalCode: '602 00',
      Latitude: '49.1951',
      Longitude: '-16.6068',
      Accuracy: '12.5',
      Altitude: '237',
      AltitudeAccuracy: '3',
      LocationUri: 'https://example.test/cafe',
    }
    const place = Object.entries(parts).map(([name, value]) => el(`AirSyncBase:${name}`, value))
    await addEvent(phone, anHour(version, { 'AirSyncBase:Location': place }))
    const told = await toldEvent(other, 'Review')
    for (const [name, value] of Object.entries(parts)) expect(textsAt(told, `AirSyncBase:Location/${name}`)).toEqual([value])
  })

  test('a Location without content is none, and one with a coordinate that is no number is refused', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id } = await addEvent(phone, anHour(version, { 'AirSyncBase:Location': null }))
    expect(property(await toldEvent(other, 'Review'), 'AirSyncBase:Location')).toBe(null)
    const bad = properties({ 'AirSyncBase:Location': [el('AirSyncBase:Latitude', 'north')] })
    expect((await changeEvent(phone, id, bad)).status).toBe(6)
  })

  test('a client that says who organizes, or how to call the event, is not heard', async () => {
    const { phone, other } = await twoPhones(server, version)
    const nodes = anHour(version, { OrganizerEmail: 'mallory@example.test', UID: 'mine', DtStamp: '20010101T000000Z' })
    await addEvent(phone, nodes)
    const told = await toldEvent(other, 'Review')
    expect(property(told, 'OrganizerEmail')).not.toBe('mallory@example.test')
    expect(property(told, 'UID')).not.toBe('mine')
    expect(property(told, 'DtStamp')).not.toBe('20010101T000000Z')
  })

  test('what a Change leaves out stays as it is', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id } = await addEvent(phone, anHour(version, { Reminder: 5, 'AirSyncBase:Body': note('Bring it.') }))
    await changeEvent(phone, id, properties({ Subject: 'Renamed' }))
    const told = await toldEvent(other, 'Renamed')
    expect(property(told, 'Reminder')).toBe('5')
    expect(property(told, 'StartTime')).toBe('20260303T090000Z')
    expect(textsAt(told, 'AirSyncBase:Body/Data')).toEqual(['Bring it.'])
  })
})
