// Meetings in the calendar: what is whose to say, and how each side's copy is told (MS-ASCAL 2.2.2.3 to 2.2.2.6, 2.2.2.29).
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CalendarEvent } from '../../../../src/model/event.ts'
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
} from '../../../support/phone-events.ts'
import { anAttendee, anEvent, put } from '../../../support/records.ts'
import { TestServer } from '../../../support/server.ts'
import { el, type Node } from '../../../support/wire.ts'

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start({ accounts: [] })
})
afterAll(() => server.close())

const person = (fields: Record<string, string | number>) => el('Calendar:Attendee', properties(fields))
const bob = person({ Email: 'bob@example.test', Name: 'Bob', AttendeeType: 1 })
const carol = person({ Email: 'carol@example.test', Name: 'Carol', AttendeeType: 2 })
const room = person({ Email: 'room4@example.test', Name: 'Room 4', AttendeeType: 3 })

function received(address: string, changes: Partial<CalendarEvent> = {}): CalendarEvent {
  return anEvent({
    organizer: { name: 'Carol', address: 'carol@elsewhere.test' },
    attendees: [anAttendee({ name: 'Me', address, status: 3 }), anAttendee({ status: 4 })],
    meetingStatus: 3,
    responseType: 2,
    repliedAt: Date.parse('2026-03-01T12:00:00Z'),
    responseRequested: true,
    ...changes,
  })
}

async function putReceived(address: string, changes: Partial<CalendarEvent> = {}) {
  return put(await server.mailbox(address), 'Calendar', received(address, changes))
}

describe.each(allVersions)('in %s', (version) => {
  const old = Number(version) < 16
  const since14 = Number(version) >= 14

  test('who invites organizes: MeetingStatus 1, people with their types, answers unknown yet', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    await addEvent(phone, anHour(version, { MeetingStatus: 1, Attendees: [bob, carol, room] }))
    const told = await toldEvent(other, 'Review')
    expect(property(told, 'MeetingStatus')).toBe('1')
    expect(property(told, 'OrganizerEmail')).toBe(address)
    expect(textsAt(told, 'Attendees/Attendee/Email')).toEqual(['bob@example.test', 'carol@example.test', 'room4@example.test'])
    expect(textsAt(told, 'Attendees/Attendee/AttendeeType')).toEqual(['1', '2', '3'])
    expect(textsAt(told, 'Attendees/Attendee/AttendeeStatus')).toEqual(old ? ['0', '0', '0'] : ['5', '5', '5'])
    if (since14) expect([property(told, 'ResponseType'), property(told, 'ResponseRequested')]).toEqual(['1', '1'])
  })

  test('the copy of an attendee is MeetingStatus 3, and tells who organizes and what its owner answered', async () => {
    const { other, address } = await twoPhones(server, version)
    await putReceived(address)
    const told = await toldEvent(other, 'Review')
    expect(property(told, 'MeetingStatus')).toBe('3')
    expect([property(told, 'OrganizerName'), property(told, 'OrganizerEmail')]).toEqual(['Carol', 'carol@elsewhere.test'])
    if (since14) expect([property(told, 'ResponseType'), property(told, 'AppointmentReplyTime')]).toEqual(['2', '20260301T120000Z'])
  })

  test('AttendeeStatus stands on the organizer’s copy alone: iOS 7 takes any other for its own event', async () => {
    const { other, address } = await twoPhones(server, version)
    await putReceived(address)
    const told = await toldEvent(other, 'Review')
    expect(textsAt(told, 'Attendees/Attendee/Email')).toHaveLength(2)
    expect(textsAt(told, 'Attendees/Attendee/AttendeeStatus')).toEqual([])
  })

  test('an event that somebody else organizes is his, also where an import did not say whose calendar it came to', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const id = await putReceived(address, { meetingStatus: 1, responseType: 0, repliedAt: null })
    await toldEvent(phone, 'Review')
    const fields = old ? anHour(version, { UID: 'event-1@example.test', MeetingStatus: 3, Reminder: 5 }) : properties({ Reminder: 5 })
    expect((await changeEvent(phone, id, fields)).status).toBe(1)
    const told = await toldEvent(other, 'Review')
    expect([property(told, 'MeetingStatus'), property(told, 'OrganizerEmail')]).toEqual(['3', 'carol@elsewhere.test'])
    expect(textsAt(told, 'Attendees/Attendee/AttendeeStatus')).toEqual([])
    expect(property(told, 'Reminder')).toBe('5')
  })

  test('a meeting that was called off is 5 to its organizer and 7 to others, and what other servers add says nothing', async () => {
    const { other, address } = await twoPhones(server, version)
    const mailbox = await server.mailbox(address)
    await put(mailbox, 'Calendar', received(address, { uid: 'a', subject: 'Received', meetingStatus: 15 }))
    const own = { organizer: { name: 'Me', address }, attendees: [anAttendee()], responseType: 1 as const }
    await put(mailbox, 'Calendar', anEvent({ uid: 'b', subject: 'Own', meetingStatus: 13, ...own }))
    expect(property(await toldEvent(other, 'Received'), 'MeetingStatus')).toBe('7')
    expect(property(await toldEvent(other, 'Own'), 'MeetingStatus')).toBe('5')
  })

  test('whoever received a meeting without attendees takes part in it: iOS 6 cancels those that have none', async () => {
    const { other, address } = await twoPhones(server, version)
    await putReceived(address, { attendees: [] })
    expect(textsAt(await toldEvent(other, 'Review'), 'Attendees/Attendee/Email')).toEqual([address])
  })

  test('an attendee’s copy changes neither organizer nor people, and keeps its own reminder, busy time and categories', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const id = await putReceived(address)
    await toldEvent(phone, 'Review')
    const mine: Record<string, string | number | readonly Node[]> = {
      Reminder: 30,
      BusyStatus: 0,
      Categories: [el('Calendar:Category', 'Mine')],
    }
    const theirs = {
      Attendees: [person({ Email: 'mallory@example.test', Name: 'Mallory' })],
      MeetingStatus: 1,
      OrganizerEmail: address,
      OrganizerName: 'Me',
    }
    const fields = old ? anHour(version, { UID: 'event-1@example.test', ...mine, ...theirs }) : properties({ ...mine, ...theirs })
    expect((await changeEvent(phone, id, fields)).status).toBe(1)
    const told = await toldEvent(other, 'Review')
    expect([property(told, 'MeetingStatus'), property(told, 'OrganizerEmail')]).toEqual(['3', 'carol@elsewhere.test'])
    expect(textsAt(told, 'Attendees/Attendee/Email')).toEqual([address, 'bob@example.test'])
    expect([property(told, 'Reminder'), property(told, 'BusyStatus')]).toEqual(['30', '0'])
    expect(textsAt(told, 'Categories/Category')).toEqual(['Mine'])
    if (since14) expect(property(told, 'ResponseType')).toBe('2')
  })

  test('an answer that came by mail is not lost to a phone that has not heard of it', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const own = { organizer: { name: 'Me', address }, attendees: [anAttendee({ status: 3 })], meetingStatus: 1, responseType: 1 as const }
    const id = await put(await server.mailbox(address), 'Calendar', anEvent(own))
    const people = [person({ Email: 'BOB@example.test', Name: 'Bob', ...(old ? { AttendeeStatus: 0 } : {}) }), carol]
    const times = { StartTime: '20260303T090000Z', EndTime: '20260303T100000Z' }
    const fields = old
      ? anHour(version, { UID: 'event-1@example.test', MeetingStatus: 1, Attendees: people })
      : properties({ ...times, Attendees: people })
    expect((await changeEvent(phone, id, fields)).status).toBe(1)
    const told = await toldEvent(other, 'Review')
    expect(textsAt(told, 'Attendees/Attendee/AttendeeStatus')[0]).toBe('3')
    expect(textsAt(told, 'Attendees/Attendee/Email')).toEqual(['bob@example.test', 'carol@example.test'])
  })

  test('an attendee without an address is found by his name (Outlook), or left out', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const own = { organizer: { name: 'Me', address }, attendees: [anAttendee()], meetingStatus: 1, responseType: 1 as const }
    const id = await put(await server.mailbox(address), 'Calendar', anEvent(own))
    const people = [person({ Email: '', Name: 'Bob' }), person({ Email: '', Name: 'Nobody' })]
    const fields = old
      ? anHour(version, { UID: 'event-1@example.test', MeetingStatus: 1, Attendees: people })
      : properties({ Attendees: people })
    await changeEvent(phone, id, fields)
    expect(textsAt(await toldEvent(other, 'Review'), 'Attendees/Attendee/Email')).toEqual(['bob@example.test'])
  })

  test('an address that stands behind a name is that address', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const people = [person({ Email: '"Bob, junior" <bob@example.test>', Name: 'Bob' }), person({ Email: 'Room <4>', Name: 'Room' })]
    const organizer = old ? { OrganizerEmail: `Alice <${address}>` } : {}
    await addEvent(phone, anHour(version, { MeetingStatus: 1, Attendees: people, ...organizer }))
    const told = await toldEvent(other, 'Review')
    expect(textsAt(told, 'Attendees/Attendee/Email')).toEqual(['bob@example.test', 'Room <4>'])
    expect([property(told, 'MeetingStatus'), property(told, 'OrganizerEmail')]).toEqual(['1', address])
  })

  test('a meeting of which all attendees are taken away is none any more', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id } = await addEvent(phone, anHour(version, { MeetingStatus: 1, Attendees: [bob] }))
    const UID = property(await toldEvent(other, 'Review'), 'UID') ?? ''
    await changeEvent(phone, id, old ? anHour(version, { UID, MeetingStatus: 0, Attendees: null }) : properties({ Attendees: null }))
    const told = await toldEvent(other, 'Review')
    expect([property(told, 'MeetingStatus'), property(told, 'Attendees') ?? '']).toEqual(['0', ''])
  })

  test('five hundred attendees are served, one more is refused', async () => {
    const { phone } = await twoPhones(server, version)
    const crowd = (count: number) =>
      Array.from({ length: count }, (_, index) => person({ Email: `p${index}@example.test`, Name: `P ${index}` }))
    expect((await addEvent(phone, anHour(version, { MeetingStatus: 1, Attendees: crowd(501) }))).status).toBe(6)
    expect((await addEvent(phone, anHour(version, { MeetingStatus: 1, Attendees: crowd(500) }))).status).toBe(1)
  })

  test('links of an online meeting are told from 14.1 on, and taken from nobody', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    const links = { onlineMeetingLink: 'sip:a@example.test;gruu', onlineMeetingExternalLink: 'https://meet.example.test/1' }
    await put(await server.mailbox(address), 'Calendar', anEvent(links))
    const told = await toldEvent(other, 'Review')
    const known = Number(version) >= 14.1
    expect([property(told, 'OnlineMeetingConfLink'), property(told, 'OnlineMeetingExternalLink')]).toEqual(
      known ? ['sip:a@example.test;gruu', 'https://meet.example.test/1'] : [null, null],
    )
    await addEvent(phone, anHour(version, { Subject: 'Mine', OnlineMeetingExternalLink: 'https://evil.example.test' }))
    expect(property(await toldEvent(other, 'Mine'), 'OnlineMeetingExternalLink')).toBe(null)
  })
})

describe.each(oldVersions)('in %s', (version) => {
  test('an event that names another organizer is that one’s, also where the phone says it is its own', async () => {
    const { phone, other } = await twoPhones(server, version)
    const fields = { MeetingStatus: 1, OrganizerEmail: 'carol@elsewhere.test', OrganizerName: 'Carol', Attendees: [bob] }
    await addEvent(phone, anHour(version, fields))
    const told = await toldEvent(other, 'Review')
    expect([property(told, 'MeetingStatus'), property(told, 'OrganizerEmail')]).toEqual(['3', 'carol@elsewhere.test'])
  })

  test('a meeting without an organizer is its owner’s (iOS)', async () => {
    const { phone, other, address } = await twoPhones(server, version)
    await addEvent(phone, anHour(version, { MeetingStatus: 1, Attendees: [bob] }))
    expect(property(await toldEvent(other, 'Review'), 'OrganizerEmail')).toBe(address)
  })

  test('the phone mails its invitations itself: the server sends nothing', async () => {
    const { phone } = await twoPhones(server, version)
    await server.account(`guest-${version}@example.test`)
    const guest = person({ Email: `guest-${version}@example.test`, Name: 'Guest' })
    await addEvent(
      phone,
      anHour(version, { StartTime: '20260403T090000Z', EndTime: '20260403T100000Z', MeetingStatus: 1, Attendees: [guest] }),
    )
    const account = await server.accountOf(phone.options.address)
    expect(await server.store.outbox.due(server.clock.now(), 10).then((due) => due.filter((one) => one.account === account.id))).toEqual([])
  })
})

describe.each(lateVersions)('in %s', (version) => {
  test('what a client says of answers is not heard (MS-ASCAL 2.2.2.5)', async () => {
    const { phone, other } = await twoPhones(server, version)
    const said = person({ Email: 'bob@example.test', Name: 'Bob', AttendeeStatus: 3 })
    await addEvent(phone, anHour(version, { MeetingStatus: 1, Attendees: [said] }))
    expect(textsAt(await toldEvent(other, 'Review'), 'Attendees/Attendee/AttendeeStatus')).toEqual(['5'])
  })
})

test('in 16.1 a time that an attendee proposed stands beside his answer', async () => {
  const { other, address } = await twoPhones(server, '16.1')
  const proposed = { start: Date.parse('2026-03-04T09:00:00Z'), end: Date.parse('2026-03-04T10:00:00Z') }
  const own = {
    organizer: { name: 'Me', address },
    attendees: [anAttendee({ status: 2, proposed })],
    meetingStatus: 1,
    responseType: 1 as const,
  }
  await put(await server.mailbox(address), 'Calendar', anEvent(own))
  const told = await toldEvent(other, 'Review')
  expect(textsAt(told, 'Attendees/Attendee/MeetingResponse:ProposedStartTime')).toEqual(['20260304T090000Z'])
})
