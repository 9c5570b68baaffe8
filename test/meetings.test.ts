// Meetings as people live them: phones of several versions, one organizer, everybody on one server.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folderType } from '../src/model/folder.ts'
import { answer, attendees, invitationOn, meet, meetingMails, saying, settled, titles } from './support/meeting-phone.ts'
import { eventOf, eventsOf } from './support/meetings.ts'
import { changeEvent, compact, deleteEvent, properties, property, textsAt, toldEvent } from './support/phone-events.ts'
import { TestServer } from './support/server.ts'
import { el, type Node } from './support/wire.ts'

const alice = 'alice@example.test'
const bob = 'bob@example.test'
const carol = 'carol@example.test'
let server: TestServer

beforeEach(async () => {
  server = await TestServer.start({ accounts: [alice, bob, carol] })
})
afterEach(() => server.close())

const people = async () => (await eventOf(server, alice)).attendees.map(({ address, status }) => `${address.split('@')[0]} ${status}`)

/** The mail by which a phone up to 14.1 answers, as iOS writes it. */
function ownReply(from: string, partstat: string, uid: string): string {
  return [
    `From: ${from}`,
    `To: ${alice}`,
    'Subject: Accepted: Tea',
    'MIME-Version: 1.0',
    'Content-Type: text/calendar; charset=utf-8; method=REPLY',
    '',
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Phone//EN',
    'METHOD:REPLY',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260302T100000Z',
    'DTSTART:20260303T090000Z',
    'DTEND:20260303T100000Z',
    `ORGANIZER:mailto:${alice}`,
    `ATTENDEE;PARTSTAT=${partstat}:mailto:${from}`,
    'SUMMARY:Tea',
    'SEQUENCE:0',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n')
}

const composed = (command: string, clientId: string, mime: string, more: readonly Node[] = []) =>
  el(`ComposeMail:${command}`, [el('ComposeMail:ClientId', clientId), ...more, el('ComposeMail:Mime', Buffer.from(mime))])

describe('a meeting of three', () => {
  test('is invited to, answered, moved and called off, each by one mail', async () => {
    const organizer = await server.phone(alice, { version: '16.1' })
    const guest = await server.phone(bob, { version: '16.1' })
    const other = await server.phone(carol, { version: '14.1' })

    // Alice invites; the server tells.
    const { id, status } = await meet(organizer, { guests: [bob, carol] })
    expect(status).toBe(1)
    await settled(server)
    expect(titles(await meetingMails(server, bob))).toEqual(['REQUEST Tea'])
    expect(titles(await meetingMails(server, carol))).toEqual(['REQUEST Tea'])
    expect(await meetingMails(server, alice)).toEqual([])

    // Both see it: the mail with buttons, and tentatively in the calendar.
    const request = await invitationOn(guest)
    const tentative = await toldEvent(guest, 'Tea')
    expect(property(tentative, 'MeetingStatus')).toBe('3')
    expect(property(tentative, 'BusyStatus')).toBe('1')
    expect(property(tentative, 'ResponseType')).toBe('5')

    // Bob accepts, and the server mails for him.
    const accepted = await answer(guest, request, 1, { send: [saying('With pleasure.')] })
    expect(accepted).toEqual({ status: 1, requestId: request, calendarId: tentative.id })
    await settled(server)
    const [reply] = await meetingMails(server, alice)
    expect(reply).toMatchObject({ method: 'REPLY', subject: 'Accepted: Tea', from: bob, to: [alice] })
    expect(reply?.text).toContain('With pleasure.')
    expect(await people()).toEqual(['bob 3', 'carol 5'])
    await guest.syncAll('Inbox')
    expect(guest.items('Inbox')).toEqual([])
    const mine = await toldEvent(guest, 'Tea')
    expect(property(mine, 'BusyStatus')).toBe('2')
    expect(property(mine, 'ResponseType')).toBe('3')
    expect(property(mine, 'AppointmentReplyTime')).not.toBeNull()

    // Carol's phone answers by the command and mails by itself: the server mails nothing for it.
    const refused = await answer(other, await invitationOn(other), 3)
    expect(refused).toMatchObject({ status: 1, calendarId: null })
    await settled(server)
    expect(titles(await meetingMails(server, alice))).toEqual(['REPLY Accepted: Tea'])
    const { uid } = await eventOf(server, alice)
    await other.post('SendMail', composed('SendMail', 'c-1', ownReply(carol, 'DECLINED', uid)))
    await settled(server)
    expect(titles(await meetingMails(server, alice))).toEqual(['REPLY Accepted: Tea', 'REPLY Accepted: Tea'])
    expect(await people()).toEqual(['bob 3', 'carol 4'])
    expect(await eventsOf(server, carol)).toEqual([])

    // Alice sees the answers, and moves: everybody is asked anew.
    await organizer.syncAll('Calendar')
    expect(textsAt(organizer.items('Calendar')[0]!, 'Attendees/Attendee/AttendeeStatus')).toEqual(['3', '4'])
    const times = { StartTime: compact('2026-03-03T13:00:00Z'), EndTime: compact('2026-03-03T14:00:00Z') }
    expect((await changeEvent(organizer, id, properties(times))).status).toBe(1)
    await settled(server)
    expect(await people()).toEqual(['bob 5', 'carol 5'])
    const update = (await meetingMails(server, bob)).at(-1)
    expect(update?.events[0]).toMatchObject({ start: '2026-03-03T13:00:00.000Z', sequence: 1 })
    const moved = await toldEvent(guest, 'Tea')
    expect(moved.id).toBe(mine.id)
    expect(property(moved, 'StartTime')).toBe('20260303T130000Z')
    expect(property(moved, 'ResponseType')).toBe('5')

    // Carol, who declined, is asked again.
    expect(await eventsOf(server, carol)).toHaveLength(1)

    // Alice calls it off.
    expect(await deleteEvent(organizer, id)).toBe(1)
    await settled(server)
    expect(titles(await meetingMails(server, bob)).at(-1)).toBe('CANCEL Canceled: Tea')
    const cancelled = await toldEvent(guest, 'Tea')
    expect(property(cancelled, 'MeetingStatus')).toBe('7')
  })

  test('whose guest would rather come later tells the organizer, who may take it', async () => {
    const organizer = await server.phone(alice, { version: '16.1' })
    const guest = await server.phone(bob, { version: '16.1' })
    const { id } = await meet(organizer, { guests: [bob] })
    await settled(server)
    const proposal = [
      saying('Could we start later?'),
      el('MeetingResponse:ProposedStartTime', '20260303T110000Z'),
      el('MeetingResponse:ProposedEndTime', '20260303T120000Z'),
    ]
    const answered = await answer(guest, await invitationOn(guest), 2, { send: proposal })
    expect(answered.status).toBe(1)
    await settled(server)
    const [counter] = await meetingMails(server, alice)
    expect(counter).toMatchObject({ method: 'COUNTER', subject: 'New Time Proposed: Tea', innerMethod: 'COUNTER' })
    expect(counter?.events[0]).toMatchObject({ start: '2026-03-03T11:00:00.000Z', end: '2026-03-03T12:00:00.000Z' })
    expect(counter?.events[0]?.attendees).toEqual(['bob@example.test TENTATIVE'])
    const told = await toldEvent(organizer, 'Tea')
    expect(property(told, 'Attendees')).toContain('20260303T110000Z')
    // She takes it: the proposal is gone, and he is asked.
    await changeEvent(organizer, id, properties({ StartTime: '20260303T110000Z', EndTime: '20260303T120000Z' }))
    await settled(server)
    expect((await eventOf(server, alice)).attendees).toMatchObject([{ status: 5, proposed: null }])
    expect((await meetingMails(server, bob)).at(-1)?.events[0]).toMatchObject({ start: '2026-03-03T11:00:00.000Z', sequence: 1 })
  })
})

describe('a series', () => {
  const weekly = [el('Calendar:Type', 1), el('Calendar:Interval', 1), el('Calendar:DayOfWeek', 4), el('Calendar:Occurrences', 5)]

  test('is changed, called off and answered one occurrence at a time', async () => {
    const organizer = await server.phone(alice, { version: '16.1' })
    const guest = await server.phone(bob, { version: '14.1' })
    const { id } = await meet(organizer, { guests: [bob], more: { Recurrence: weekly } })
    await settled(server)
    await answer(guest, await invitationOn(guest), 1)
    expect(await eventOf(server, bob)).toMatchObject({ responseType: 3, busyStatus: 2 })

    // One occurrence moves.
    const times = properties({ StartTime: '20260310T130000Z', EndTime: '20260310T140000Z' })
    expect((await changeEvent(organizer, id, times, { instance: '20260310T090000Z' })).status).toBe(1)
    await settled(server)
    const moved = (await meetingMails(server, bob)).at(-1)
    expect(moved?.events).toMatchObject([{ recurrenceId: '2026-03-10T09:00:00.000Z', start: '2026-03-10T13:00:00.000Z', sequence: 1 }])
    const copy = await eventOf(server, bob)
    expect(copy).toMatchObject({ responseType: 3 })
    expect(copy.exceptions).toMatchObject([
      { original: Date.UTC(2026, 2, 10, 9), changes: { responseType: 5, start: Date.UTC(2026, 2, 10, 13) } },
    ])

    // Another is called off.
    expect(await deleteEvent(organizer, id, '20260317T090000Z')).toBe(1)
    await settled(server)
    expect((await meetingMails(server, bob)).at(-1)).toMatchObject({ method: 'CANCEL', events: [{ status: 'CANCELLED' }] })

    // Bob declines the moved one, in his calendar.
    const held = await toldEvent(guest, 'Tea')
    expect(await answer(guest, held.id, 3, { instance: '2026-03-10T09:00:00.000Z' })).toMatchObject({ status: 1, calendarId: null })
    expect((await eventOf(server, bob)).exceptions[0]).toMatchObject({ deleted: true })
    expect((await eventOf(server, bob)).responseType).toBe(3)
  })

  test('tells somebody who is asked to one occurrence of that one alone', async () => {
    const organizer = await server.phone(alice, { version: '16.1' })
    const { id } = await meet(organizer, { guests: [bob], more: { Recurrence: weekly } })
    await settled(server)
    await changeEvent(organizer, id, properties({ Attendees: attendees([bob, carol]) }), { instance: '20260310T090000Z' })
    await settled(server)
    const [once] = await meetingMails(server, carol)
    expect(once?.events).toMatchObject([{ recurrenceId: '2026-03-10T09:00:00.000Z', rule: null }])
    const guest = await server.phone(carol, { version: '16.1' })
    const answered = await answer(guest, await invitationOn(guest), 1, { send: [] })
    expect(answered.status).toBe(1)
    await settled(server)
    const [reply] = await meetingMails(server, alice)
    expect(reply?.events).toMatchObject([{ recurrenceId: '2026-03-10T09:00:00.000Z', attendees: ['carol@example.test ACCEPTED'] }])
    const { exceptions } = await eventOf(server, alice)
    expect(exceptions[0]?.changes.attendees?.map(({ address, status }) => `${address} ${status}`)).toEqual([`${bob} 5`, `${carol} 3`])
  })
})

describe('who mails', () => {
  test('a phone of 14.1 mails its own invitation, which passes as it is, and the server mails nothing', async () => {
    const organizer = await server.phone(alice, { version: '14.1' })
    const { status } = await meet(organizer, { guests: [bob] })
    expect(status).toBe(1)
    expect(await server.store.outbox.list()).toEqual([])
    const ics = ownReply(alice, 'NEEDS-ACTION', 'mine').replaceAll('REPLY', 'REQUEST').replace(`To: ${alice}`, `To: ${bob}`)
    const reply = await organizer.post('SendMail', composed('SendMail', 'c-1', ics))
    expect(reply.status).toBe(200)
    await settled(server)
    const mailbox = await server.mailbox(bob)
    const inbox = mailbox.items((await mailbox.defaultFolder(folderType.inbox)).id, 'Email')
    const { changes } = await inbox.newestFirst(null, null, 10)
    expect(changes).toHaveLength(1)
    const source = await mailbox.source(changes[0]!.id)
    const whole = Buffer.from(await source!.read(0, source!.bytes)).toString()
    expect(whole.slice(whole.indexOf('BEGIN:VCALENDAR'))).toBe(ics.slice(ics.indexOf('BEGIN:VCALENDAR')))
  })

  test.each(['14.1', '16.1'])('under lost replies guests of a phone of %s are told once', async (version) => {
    const organizer = await server.phone(alice, { version })
    organizer.losing(0.6)
    const { id } = await meet(organizer, { guests: [bob] })
    await changeEvent(organizer, id, properties({ Subject: 'Coffee' }))
    await changeEvent(organizer, id, properties({ Subject: 'Tea' }))
    await deleteEvent(organizer, id)
    organizer.losing(0)
    await settled(server)
    const expected = version === '14.1' ? [] : ['REQUEST Tea', 'REQUEST Coffee', 'REQUEST Tea', 'CANCEL Canceled: Tea']
    expect(titles(await meetingMails(server, bob))).toEqual(expected)
    // Her own copies, of which she is told as of plain mail.
    expect(titles(await meetingMails(server, alice, folderType.sentItems))).toEqual(expected)
    await organizer.syncAll('Sent Items')
    const sent = organizer.items('Sent Items')
    expect(sent.map(({ properties }) => [properties.get('Email:Read'), properties.has('Email:MeetingRequest')])).toEqual(
      expected.map(() => ['1', false]),
    )
  })

  test.each([5, 7])('a meeting that its organizer marks as %i is called off once', async (status) => {
    const organizer = await server.phone(alice, { version: '16.1' })
    const { id } = await meet(organizer, { guests: [bob] })
    await changeEvent(organizer, id, properties({ MeetingStatus: status }))
    await deleteEvent(organizer, id)
    await settled(server)
    expect(titles(await meetingMails(server, bob))).toEqual(['REQUEST Tea', 'CANCEL Canceled: Tea'])
  })

  test('an attendee’s own changes, and his deleting it, tell nobody', async () => {
    const organizer = await server.phone(alice, { version: '16.1' })
    const guest = await server.phone(bob, { version: '16.1' })
    await meet(organizer, { guests: [bob, carol] })
    await settled(server)
    const copy = await toldEvent(guest, 'Tea')
    await changeEvent(guest, copy.id, properties({ Subject: 'Mine', Reminder: 30, Attendees: attendees([carol, 'dan@example.test']) }))
    await deleteEvent(guest, copy.id)
    await settled(server)
    expect(titles(await meetingMails(server, carol))).toEqual(['REQUEST Tea'])
    expect(await meetingMails(server, alice)).toEqual([])
    expect(await people()).toEqual(['bob 5', 'carol 5'])
  })
})
