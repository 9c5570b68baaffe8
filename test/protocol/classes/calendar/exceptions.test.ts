// Departures from a series as versions up to 14.1 list them (MS-ASCAL 2.2.2.21 to 2.2.2.23, 3.2.5.3.1).
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderType } from '../../../../src/model/folder.ts'
import {
  addEvent,
  anHour,
  changeEvent,
  oldVersions,
  properties,
  property,
  toldEvent,
  twoPhones,
  zoneText,
} from '../../../support/phone-events.ts'
import { recordOf } from '../../../../src/model/item.ts'
import { anAttendee, anEvent, aRecurrence, put } from '../../../support/records.ts'
import type { Phone, PhoneItem } from '../../../support/phone.ts'
import { TestServer } from '../../../support/server.ts'
import { all, el, textAt, type Node } from '../../../support/wire.ts'

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start({ accounts: [] })
})
afterAll(() => server.close())

type Fields = Record<string, string | number | null | readonly Node[]>

/** Every Tuesday at ten in Berlin, ten times; the clock goes forward before the fifth. */
const tuesdays = { Recurrence: properties({ Type: 1, Interval: 1, DayOfWeek: 4, Occurrences: 10 }) }
const exceptions = (...list: Fields[]): Fields => ({ Exceptions: list.map((fields) => el('Calendar:Exception', properties(fields))) })

/** What a phone was told of the exceptions, by the start of their occurrence. */
function told(item: PhoneItem): Record<string, Record<string, string>> {
  const list = all({ name: 'Calendar:', children: [...item.nodes.values()], value: null }, 'Exceptions/Exception')
  const textOf = (node: Node): string => (node.children.length > 0 ? node.children.map(textOf).join(' ') : String(node.value ?? ''))
  return Object.fromEntries(
    list.map((node) => [
      textAt(node, 'ExceptionStartTime') ?? '',
      Object.fromEntries(
        node.children
          .filter(({ name }) => !name.endsWith('ExceptionStartTime'))
          .map((child) => [child.name.replace('Calendar:', ''), textOf(child)]),
      ),
    ]),
  )
}

async function uidOf(phone: Phone): Promise<string> {
  return property(await toldEvent(phone, 'Review'), 'UID') ?? ''
}

describe.each(oldVersions)('in %s', (version) => {
  const moved = { ExceptionStartTime: '20260317T090000Z', StartTime: '20260317T130000Z', EndTime: '20260317T140000Z' }
  const gone = { Deleted: 1, ExceptionStartTime: '20260310T090000Z' }

  test('a deleted occurrence and a moved one come to the other phone as they are', async () => {
    const { phone, other } = await twoPhones(server, version)
    await addEvent(phone, anHour(version, { ...tuesdays, ...exceptions(gone, { ...moved, Subject: 'Moved' }) }))
    const item = await toldEvent(other, 'Review')
    expect(told(item)).toEqual({
      '20260310T090000Z': { Deleted: '1' },
      '20260317T090000Z': { Subject: 'Moved', StartTime: '20260317T130000Z', EndTime: '20260317T140000Z', AllDayEvent: '0' },
    })
  })

  test('an exception keeps the original start of its occurrence, also where its time was changed twice', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id } = await addEvent(phone, anHour(version, { ...tuesdays, ...exceptions(moved) }))
    const again = { ...moved, StartTime: '20260318T130000Z', EndTime: '20260318T140000Z' }
    await changeEvent(phone, id, anHour(version, { UID: await uidOf(other), ...tuesdays, ...exceptions(again) }))
    expect(told(await toldEvent(other, 'Review'))).toMatchObject({ '20260317T090000Z': { StartTime: '20260318T130000Z' } })
  })

  test('what an exception does not say it inherits, also later', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id } = await addEvent(phone, anHour(version, { Location: 'Room 4', ...tuesdays, ...exceptions({ ...moved, Sensitivity: 2 }) }))
    expect(told(await toldEvent(other, 'Review'))['20260317T090000Z']).not.toHaveProperty('Location')
    const fields = { UID: await uidOf(other), Location: 'Room 5', ...tuesdays }
    await changeEvent(phone, id, anHour(version, fields))
    const item = await toldEvent(other, 'Review')
    expect(property(item, 'Location')).toBe('Room 5')
    expect(told(item)['20260317T090000Z']).toEqual({
      Sensitivity: '2',
      StartTime: '20260317T130000Z',
      EndTime: '20260317T140000Z',
      AllDayEvent: '0',
    })
  })

  test('an empty element takes away what the exception would inherit, and is told so', async () => {
    const { phone, other } = await twoPhones(server, version)
    const series = {
      Location: 'Room 4',
      Categories: [el('Calendar:Category', 'Work')],
      'AirSyncBase:Body': [el('AirSyncBase:Type', 1), el('AirSyncBase:Data', 'Bring it.')],
    }
    const bare = { ExceptionStartTime: '20260317T090000Z', Location: null, Categories: null, Subject: null, 'AirSyncBase:Body': null }
    await addEvent(phone, anHour(version, { ...series, ...tuesdays, ...exceptions(bare) }))
    const exception = told(await toldEvent(other, 'Review'))['20260317T090000Z']
    expect(exception).toMatchObject({ Location: '', Categories: '', Subject: '' })
    expect(exception?.['AirSyncBase:Body']).toBe('1 0 ')
  })

  test('exceptions that a Change leaves out stay, and so does the one that a list leaves out (MS-ASCAL 3.2.5.3.1)', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id } = await addEvent(phone, anHour(version, { ...tuesdays, ...exceptions(gone, moved) }))
    const UID = await uidOf(other)
    await changeEvent(phone, id, anHour(version, { UID, ...tuesdays }))
    expect(Object.keys(told(await toldEvent(other, 'Review')))).toEqual(['20260310T090000Z', '20260317T090000Z'])
    const third = { Deleted: 1, ExceptionStartTime: '20260324T090000Z' }
    await changeEvent(phone, id, anHour(version, { UID, ...tuesdays, ...exceptions(third) }))
    expect(Object.keys(told(await toldEvent(other, 'Review')))).toEqual(['20260310T090000Z', '20260317T090000Z', '20260324T090000Z'])
    // An empty list says that there are none.
    await changeEvent(phone, id, anHour(version, { UID, ...tuesdays, Exceptions: null }))
    expect(told(await toldEvent(other, 'Review'))).toEqual({})
  })

  test('another pattern leaves the exceptions whose occurrences it still has', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id } = await addEvent(phone, anHour(version, { ...tuesdays, ...exceptions(gone, moved) }))
    const fortnight = { Recurrence: properties({ Type: 1, Interval: 2, DayOfWeek: 4 }) }
    await changeEvent(phone, id, anHour(version, { UID: await uidOf(other), ...fortnight }))
    expect(Object.keys(told(await toldEvent(other, 'Review')))).toEqual(['20260317T090000Z'])
  })

  test('a moved occurrence that is named by a wrong time of the right day is found (iOS)', async () => {
    const { phone, other } = await twoPhones(server, version)
    await addEvent(phone, anHour(version, { ...tuesdays, ...exceptions({ ...moved, ExceptionStartTime: '20260317T130000Z' }) }))
    expect(Object.keys(told(await toldEvent(other, 'Review')))).toEqual(['20260317T090000Z'])
  })

  test('hours that a timed series is told to be a day stay hours (iOS)', async () => {
    const { phone, other } = await twoPhones(server, version)
    await addEvent(phone, anHour(version, { ...tuesdays, ...exceptions({ ...moved, AllDayEvent: 1 }) }))
    expect(told(await toldEvent(other, 'Review'))['20260317T090000Z']).toMatchObject({ AllDayEvent: '0', StartTime: '20260317T130000Z' })
  })

  test('a real day of a timed series is one', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const day = { ...moved, AllDayEvent: 1, StartTime: '20260316T230000Z', EndTime: '20260317T230000Z' }
    await addEvent(phone, anHour(version, { ...tuesdays, ...exceptions(day) }))
    expect(told(await toldEvent(other, 'Review'))['20260317T090000Z']).toMatchObject({ AllDayEvent: '1', StartTime: '20260316T230000Z' })
    const late = await toldEvent(await server.phone(address, { version: '16.1' }), 'Review')
    expect(property(late, 'Exceptions')).toContain('20260317T000000Z')
  })

  test('exceptions of an all-day series are named by midnights of the zone', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const day = { AllDayEvent: 1, Timezone: zoneText('Europe/Berlin'), StartTime: '20260302T230000Z', EndTime: '20260303T230000Z' }
    const named = { ExceptionStartTime: '20260330T220000Z', Subject: 'Summer' }
    await addEvent(phone, anHour(version, { ...day, ...tuesdays, ...exceptions(named) }))
    expect(told(await toldEvent(other, 'Review'))).toEqual({
      '20260330T220000Z': { Subject: 'Summer', AllDayEvent: '1', StartTime: '20260330T220000Z', EndTime: '20260331T220000Z' },
    })
    const late = await toldEvent(await server.phone(address, { version: '16.1' }), 'Review')
    expect(property(late, 'Exceptions')).toContain('20260331T000000Z')
  })

  test('an exception says when it is, though that is when it would be: AOSP shows it at the start of the series otherwise', async () => {
    const { phone, other } = await twoPhones(server, version)
    await addEvent(phone, anHour(version, { ...tuesdays, ...exceptions({ ExceptionStartTime: '20260331T080000Z', Subject: 'Summer' }) }))
    expect(told(await toldEvent(other, 'Review'))).toEqual({
      '20260331T080000Z': { Subject: 'Summer', AllDayEvent: '0', StartTime: '20260331T080000Z', EndTime: '20260331T090000Z' },
    })
  })

  test('an exception that is sent back as it was told moves along with its series, unless it has a time of its own', async () => {
    const { phone, other } = await twoPhones(server, version)
    const named = { ExceptionStartTime: '20260324T090000Z', Subject: 'Other' }
    const { id } = await addEvent(phone, anHour(version, { ...tuesdays, ...exceptions(moved, named) }))
    const Exceptions = (await toldEvent(other, 'Review')).nodes.get('Calendar:Exceptions')?.children ?? []
    const later = { StartTime: '20260303T100000Z', EndTime: '20260303T113000Z' }
    await changeEvent(other, id, anHour(version, { UID: await uidOf(other), ...tuesdays, ...later, Exceptions }))
    for (const one of [phone, other]) {
      await one.syncAll('Calendar')
      expect(told(one.items('Calendar')[0]!)).toMatchObject({
        '20260317T100000Z': { StartTime: '20260317T130000Z', EndTime: '20260317T140000Z' },
        '20260324T100000Z': { Subject: 'Other', StartTime: '20260324T100000Z', EndTime: '20260324T113000Z' },
      })
    }
  })

  test('whoever moves a series is told under which starts its exceptions stand now', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id } = await addEvent(phone, anHour(version, { ...tuesdays, ...exceptions(gone) }))
    const UID = await uidOf(other)
    const later = { StartTime: '20260303T100000Z', EndTime: '20260303T113000Z' }
    await changeEvent(other, id, anHour(version, { UID, ...tuesdays, ...later, ...exceptions(gone) }))
    await other.syncAll('Calendar')
    expect(Object.keys(told(await toldEvent(other, 'Review')))).toEqual(['20260310T100000Z'])
    expect((await other.sync('Calendar')).changed).toEqual([])
  })

  test('an exception to an occurrence that there is not is passed over', async () => {
    const { phone, other } = await twoPhones(server, version)
    const stray = { ...moved, ExceptionStartTime: '20260318T090000Z' }
    expect((await addEvent(phone, anHour(version, { ...tuesdays, ...exceptions(stray) }))).status).toBe(1)
    expect(told(await toldEvent(other, 'Review'))).toEqual({})
  })

  test('more than a thousand exceptions are refused, and one without a start', async () => {
    const { phone } = await twoPhones(server, version)
    const days = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        Deleted: 1,
        ExceptionStartTime: new Date(Date.UTC(2026, 3, 1 + index, 8)).toISOString(),
      }))
    const daily = { Recurrence: properties({ Type: 0, Interval: 1 }) }
    expect((await addEvent(phone, anHour(version, { ...daily, ...exceptions(...days(1001)) }))).status).toBe(6)
    expect((await addEvent(phone, anHour(version, { ...daily, ...exceptions({ Deleted: 1 }) }))).status).toBe(6)
    expect((await addEvent(phone, anHour(version, { ...daily, ...exceptions(...days(100)) }))).status).toBe(1)
  })

  test('attendees of an exception are kept; 12.1 knows none, and takes none away', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const stored = anEvent({
      attendees: [anAttendee()],
      organizer: { name: 'Owner', address },
      meetingStatus: 1,
      responseType: 1,
      recurrence: aRecurrence({ type: 1, daysOfWeek: 4 }),
      exceptions: [
        {
          original: Date.parse('2026-03-17T09:00:00Z'),
          deleted: false,
          changes: { attendees: [anAttendee(), anAttendee({ name: 'Carol', address: 'carol@example.test' })], subject: 'With Carol' },
        },
      ],
    })
    const id = await put(await server.mailbox(address), 'Calendar', stored)
    const exception = told(await toldEvent(phone, 'Review'))['20260317T090000Z']
    if (version === '12.1') expect(Object.keys(exception ?? {})).not.toContain('Attendees')
    else expect(exception?.['Attendees']).toContain('carol@example.test')
    const people = [el('Calendar:Attendee', properties({ Email: 'bob@example.test', Name: 'Bob' }))]
    const all_ = [...people, el('Calendar:Attendee', properties({ Email: 'carol@example.test', Name: 'Carol' }))]
    const named = {
      ExceptionStartTime: '20260317T090000Z',
      Subject: 'Still with Carol',
      ...(version === '12.1' ? {} : { Attendees: all_ }),
    }
    const weekly = { Recurrence: properties({ Type: 1, Interval: 1, DayOfWeek: 4 }) }
    const fields = { UID: 'event-1@example.test', MeetingStatus: 1, Attendees: people, ...weekly, ...exceptions(named) }
    expect((await changeEvent(phone, id, anHour(version, fields))).status).toBe(1)
    const late = await toldEvent(await server.phone(address, { version: '16.1' }), 'Review')
    expect(property(late, 'Exceptions')).toContain('carol@example.test')
    expect(property(late, 'Exceptions')).toContain('Still with Carol')
    await other.syncAll('Calendar')
  })
})

test.each(oldVersions)('an exception without the reminder of its series keeps so when a phone of %s lists it', async (version) => {
  const { phone, address } = await twoPhones(server, version)
  const mailbox = await server.mailbox(address)
  const original = Date.parse('2026-03-10T09:00:00Z')
  const recurrence = aRecurrence({ type: 1, daysOfWeek: 4, occurrences: 10 })
  const quiet = [{ original, deleted: false, changes: { subject: 'Quiet', reminder: null } }]
  const id = await put(mailbox, 'Calendar', anEvent({ uid: 'quiet', reminder: 15, recurrence, exceptions: quiet }))
  const listed = await toldEvent(phone, 'Review')
  const sent = anHour(version, {
    UID: 'quiet',
    Reminder: 15,
    ...tuesdays,
    Exceptions: listed.nodes.get('Calendar:Exceptions')?.children ?? [],
  })
  expect((await changeEvent(phone, id, sent)).status).toBe(1)
  expect(recordOf((await mailbox.read([id])).get(id), 'Calendar').exceptions).toEqual(quiet)
})

test('a phone is told no more exceptions than the schema allows', async () => {
  const { other, address } = await twoPhones(server, '16.1')
  const mailbox = await server.mailbox(address)
  const { id } = await mailbox.defaultFolder(folderType.calendar)
  expect(id).not.toBe('')
  const list = Array.from({ length: 1200 }, (_, index) => ({
    original: Date.UTC(2026, 2, 3 + index, 9),
    deleted: true,
    changes: {},
  }))
  await put(mailbox, 'Calendar', anEvent({ zone: 'UTC' as never, recurrence: aRecurrence(), exceptions: list }))
  const item = await toldEvent(other, 'Review')
  expect(all({ name: 'Calendar:', children: [...item.nodes.values()], value: null }, 'Exceptions/Exception')).toHaveLength(1000)
})
