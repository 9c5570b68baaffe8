// Meetings among people of one server: what one phone arranges stands on the other’s, and its answer comes back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventOf, eventsOf } from '../../support/meetings.ts'
import { addEvent, anHour, changeEvent, deleteEvent, properties } from '../../support/phone-events.ts'
import { TestServer } from '../../support/server.ts'
import { el, textAt, type Node } from '../../support/wire.ts'

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start({ accounts: [], environment: { EASEL_TIME_ZONE: 'Europe/Berlin' } })
})
afterAll(() => server.close())

let pairs = 0
async function colleagues() {
  const number = ++pairs
  const [organizer, guest] = [`organizer${number}@example.test`, `guest${number}@example.test`]
  await server.account(organizer)
  await server.account(guest)
  const own = await server.phone(organizer, { version: '16.1' })
  const other = await server.phone(guest, { version: '16.1' })
  return { organizer, guest, own, other }
}

const guests = (...addresses: string[]): Node =>
  el(
    'Calendar:Attendees',
    addresses.map((address) =>
      el('Calendar:Attendee', [el('Calendar:Email', address), el('Calendar:Name', address), el('Calendar:AttendeeType', 1)]),
    ),
  )

/** The queue works in its own time. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    if (await holds()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error('it never came')
}

describe('a meeting that one arranges with another', () => {
  test('stands in both calendars, moves in both, is answered, and is called off in both', async () => {
    const { organizer, guest, own, other } = await colleagues()
    await own.syncAll('Calendar')
    const added = await addEvent(own, [...anHour('16.1', { MeetingStatus: 1, Subject: 'Plans' }), guests(guest)])
    expect(added.status).toBe(1)
    await until(async () => (await eventsOf(server, guest)).length > 0)
    expect(await eventOf(server, guest)).toMatchObject({
      subject: 'Plans',
      meetingStatus: 3,
      responseType: 5,
      organizer: { address: organizer },
    })

    await other.syncAll('Inbox')
    const [mail] = other.items('Inbox')
    const choice = el('MeetingResponse:Request', [
      el('MeetingResponse:UserResponse', 1),
      el('MeetingResponse:CollectionId', other.folder('Inbox').id),
      el('MeetingResponse:RequestId', mail?.id ?? ''),
      el('MeetingResponse:SendResponse'),
    ])
    const { node } = await other.post('MeetingResponse', el('MeetingResponse:MeetingResponse', [choice]))
    expect(textAt(node, 'Result/Status')).toBe('1')
    expect(await eventOf(server, guest)).toMatchObject({ responseType: 3, busyStatus: 2 })
    await until(async () => (await eventOf(server, organizer)).attendees.some(({ status }) => status === 3))

    // The answer is a change of its own: a phone that has not heard of it would be told of a conflict.
    await own.syncAll('Calendar')
    await server.clock.advance(60)
    const times = properties({ StartTime: '20260303T110000Z', EndTime: '20260303T120000Z' })
    expect((await changeEvent(own, added.id, times)).status).toBe(1)
    await until(async () => (await eventOf(server, guest)).start === Date.UTC(2026, 2, 3, 11))
    expect(await eventOf(server, guest)).toMatchObject({ responseType: 5, busyStatus: 1 })

    await server.clock.advance(60)
    expect(await deleteEvent(own, added.id)).toBe(1)
    await until(async () => (await eventOf(server, guest)).meetingStatus === 7)
    expect(await eventsOf(server, organizer)).toEqual([])
  })

  test('every week moves, and is called off, once at a time', async () => {
    const { guest, own } = await colleagues()
    await own.syncAll('Calendar')
    const weekly = el('Calendar:Recurrence', [
      el('Calendar:Type', 1),
      el('Calendar:Interval', 1),
      el('Calendar:Occurrences', 10),
      el('Calendar:DayOfWeek', 4),
      el('Calendar:FirstDayOfWeek', 1),
    ])
    const added = await addEvent(own, [...anHour('16.1', { MeetingStatus: 1, Subject: 'Stand-up' }), weekly, guests(guest)])
    expect(added.status).toBe(1)
    await until(async () => (await eventsOf(server, guest)).length > 0)
    expect(await eventOf(server, guest)).toMatchObject({ recurrence: { type: 1, occurrences: 10 }, exceptions: [] })

    await server.clock.advance(60)
    const times = properties({ StartTime: '20260310T130000Z', EndTime: '20260310T140000Z' })
    expect((await changeEvent(own, added.id, times, { instance: '20260310T090000Z' })).status).toBe(1)
    await until(async () => (await eventOf(server, guest)).exceptions.length === 1)
    expect((await eventOf(server, guest)).exceptions).toMatchObject([
      { original: Date.UTC(2026, 2, 10, 9), deleted: false, changes: { start: Date.UTC(2026, 2, 10, 13) } },
    ])

    await server.clock.advance(60)
    expect(await deleteEvent(own, added.id, '20260317T090000Z')).toBe(1)
    await until(async () => (await eventOf(server, guest)).exceptions.length === 2)
    expect((await eventOf(server, guest)).exceptions[1]).toMatchObject({
      original: Date.UTC(2026, 2, 17, 9),
      deleted: false,
      changes: { meetingStatus: 7, busyStatus: 0 },
    })
    expect((await eventOf(server, guest)).meetingStatus).toBe(3)
  })
})
