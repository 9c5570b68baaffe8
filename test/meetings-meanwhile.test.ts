// What an organizer's phone changes before it has heard who answered: an answer decides nothing of the meeting, and is no conflict.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { answer, attendees, invitationOn, meet, meetingMails, settled } from './support/meeting-phone.ts'
import { eventOf } from './support/meetings.ts'
import type { Phone } from './support/phone.ts'
import { calendarName, changeEvent, deleteEvent, properties, property, textsAt, toldEvent } from './support/phone-events.ts'
import { TestServer } from './support/server.ts'
import { el } from './support/wire.ts'

const alice = 'alice@example.test'
const bob = 'bob@example.test'
const carol = 'carol@example.test'
const weekly = [el('Calendar:Type', 1), el('Calendar:Interval', 1), el('Calendar:DayOfWeek', 4), el('Calendar:Occurrences', 5)]
let server: TestServer
let phone: Phone
let tablet: Phone
let guest: Phone

beforeEach(async () => {
  server = await TestServer.start({ accounts: [alice, bob, carol] })
  phone = await server.phone(alice, { version: '16.1' })
  tablet = await server.phone(alice, { version: '16.1' })
  guest = await server.phone(bob, { version: '16.1' })
})
afterEach(() => server.close())

/** Bob answers the mail at first, and later what stands in his calendar. */
const answered = async (response: number, instance?: string, id?: string) => {
  id ??= instance === undefined ? await invitationOn(guest) : (await toldEvent(guest, 'Tea')).id
  expect((await answer(guest, id, response, { send: [], ...(instance === undefined ? {} : { instance }) })).status).toBe(1)
  await settled(server)
}
/** The server's event is to stand where both wrote (MS-ASCMD 2.2.3.34). */
const renamed = async (by: Phone, id: string, Subject: string, instance?: string) =>
  (await changeEvent(by, id, properties({ Subject }), { conflict: 1, ...(instance === undefined ? {} : { instance }) })).status

describe('an answer that came meanwhile', () => {
  test('is no conflict: what the organizer changes is done, and the phone is told who answered', async () => {
    const { id } = await meet(phone, { guests: [bob, carol] })
    await settled(server)
    await answered(2)
    await answered(1, undefined, (await toldEvent(guest, 'Tea')).id)
    expect(await renamed(phone, id, 'Coffee')).toBe(1)
    expect(await eventOf(server, alice)).toMatchObject({ subject: 'Coffee', attendees: [{ status: 3 }, { status: 5 }] })
    await phone.syncAll(calendarName)
    const [shown] = phone.items(calendarName)
    expect([property(shown!, 'Subject'), ...textsAt(shown!, 'Attendees/Attendee/AttendeeStatus')]).toEqual(['Coffee', '3', '5'])
  })

  test('to one occurrence is none either, whatever of the series is changed', async () => {
    const { id } = await meet(phone, { guests: [bob], more: { Recurrence: weekly } })
    await settled(server)
    await answered(1)
    await answered(3, '2026-03-10T09:00:00.000Z')
    expect(await renamed(phone, id, 'Coffee', '20260317T090000Z')).toBe(1)
    await answered(3, '2026-03-24T09:00:00.000Z')
    expect(await deleteEvent(phone, id, '20260331T090000Z')).toBe(1)
    expect(await renamed(phone, id, 'Tea for two')).toBe(1)
  })

  test('to one occurrence binds nobody to it: whoever comes to the series or leaves it does so there too', async () => {
    const other = await server.phone(carol, { version: '16.1' })
    const { id } = await meet(phone, { guests: [bob], more: { Recurrence: weekly } })
    await settled(server)
    await answered(1)
    await answered(3, '2026-03-10T09:00:00.000Z')
    const people = async (...guests: readonly string[]) => {
      await phone.syncAll(calendarName)
      expect((await changeEvent(phone, id, properties({ Attendees: attendees(guests) }))).status).toBe(1)
      await settled(server)
      return (await eventOf(server, alice)).exceptions.map(({ changes }) => changes.attendees?.map(({ status }) => status))
    }
    expect(await people(bob, carol)).toEqual([[4, 5]])
    // It is told what became of the occurrence.
    await phone.syncAll(calendarName)
    expect(textsAt(phone.items(calendarName)[0]!, 'Exceptions/Exception/Attendees/Attendee/Email')).toEqual([bob, carol])
    expect((await answer(other, await invitationOn(other), 1, { send: [] })).status).toBe(1)
    expect((await eventOf(server, carol)).exceptions).toMatchObject([{ deleted: false }])
    await settled(server)
    const methods = async () => (await meetingMails(server, bob)).map(({ method }) => method)
    const before = await methods()
    expect(await people(carol)).toEqual([undefined])
    expect((await methods()).sort()).toEqual([...before, 'CANCEL'].sort())
  })

  test('hides no conflict with another phone of his, that wrote before it or after it', async () => {
    const { id } = await meet(phone, { guests: [bob] })
    await settled(server)
    await tablet.syncAll(calendarName)
    expect(await renamed(tablet, id, 'Coffee')).toBe(1)
    await settled(server)
    await guest.syncAll('Inbox')
    const [first] = guest.items('Inbox')
    expect((await answer(guest, first!.id, 1, { send: [] })).status).toBe(1)
    await settled(server)
    expect((await eventOf(server, alice)).attendees).toMatchObject([{ status: 3 }])
    expect(await renamed(phone, id, 'Lunch')).toBe(7)
    await phone.syncAll(calendarName)
    await tablet.syncAll(calendarName)

    expect((await answer(guest, first!.id, 2, { send: [] })).status).toBe(1)
    await settled(server)
    expect(await renamed(tablet, id, 'Supper')).toBe(1)
    expect(await renamed(phone, id, 'Lunch')).toBe(7)
    expect(await eventOf(server, alice)).toMatchObject({ subject: 'Supper', attendees: [{ status: 2 }] })
  })

  test.each([0, 1] as const)(
    'stands where a phone up to 14.1 repeats an older one with all of the event (Conflict %i)',
    async (conflict) => {
      const { id } = await meet(phone, { guests: [bob] })
      await settled(server)
      const old = await server.phone(alice, { version: '14.1' })
      await answered(1)
      await old.syncAll(calendarName)
      await answered(3, undefined, (await toldEvent(guest, 'Tea')).id)
      const people = [el('Calendar:Attendee', [el('Calendar:Email', bob), el('Calendar:Name', 'Bob'), el('Calendar:AttendeeStatus', 3)])]
      const changed = await changeEvent(old, id, properties({ Subject: 'Coffee', Attendees: people }), { conflict })
      expect(changed.status).toBe(1)
      expect(await eventOf(server, alice)).toMatchObject({ subject: 'Coffee', attendees: [{ status: 4 }] })
      await old.syncAll(calendarName)
      expect(textsAt(old.items(calendarName)[0]!, 'Attendees/Attendee/AttendeeStatus')).toEqual(['4'])
    },
  )

  test.each([
    ['says that there are no exceptions', null],
    ['makes an exception of it', [el('Calendar:Exception', properties({ ExceptionStartTime: '20260310T090000Z', Subject: 'Once' }))]],
  ])('to one occurrence stands where a phone up to 14.1 %s', async (_, Exceptions) => {
    const { id } = await meet(phone, { guests: [bob], more: { Recurrence: weekly } })
    await settled(server)
    const old = await server.phone(alice, { version: '14.1' })
    await answered(1)
    const item = await toldEvent(old, 'Tea')
    await answered(3, '2026-03-10T09:00:00.000Z')
    const kept = ['Timezone', 'StartTime', 'EndTime', 'Attendees', 'Recurrence'].map((name) => item.nodes.get(`Calendar:${name}`)!)
    const nodes = [...kept, ...properties({ Subject: 'Coffee', Exceptions })]
    expect((await changeEvent(old, id, nodes, { conflict: 1 })).status).toBe(1)
    const exceptions = [{ original: Date.UTC(2026, 2, 10, 9), changes: { attendees: [{ status: 4 }] } }]
    expect(await eventOf(server, alice)).toMatchObject({ subject: 'Coffee', attendees: [{ status: 3 }], exceptions })
  })
})
