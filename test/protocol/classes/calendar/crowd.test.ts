// Events of more people or exceptions than a phone may make: they came from elsewhere, and can still be changed.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventOf, ownMeeting, putEvent, weekly } from '../../../support/meetings.ts'
import { changeEvent, property, toldEvent, zoneText } from '../../../support/phone-events.ts'
import { TestServer } from '../../../support/server.ts'
import { el } from '../../../support/wire.ts'

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start({ accounts: [] })
})
afterAll(() => server.close())

test.each(['12.1', '14.1', '16.1'])('at %s everything is sent back but for the reminder, and taken', async (version) => {
  const address = `guest-${version}@example.test`
  await server.account(address)
  const crowd = Array.from({ length: 700 }, (_, index) => `colleague-${index}@example.test`)
  await putEvent(server, address, { ...ownMeeting('chief@example.test', [address, ...crowd]), meetingStatus: 3, responseType: 5 })
  const phone = await server.phone(address, { version })
  const told = await toldEvent(phone, 'Tea')
  expect(property(told, 'Reminder')).toBe('15')
  const nodes = ['Subject', 'StartTime', 'EndTime', 'Attendees', 'BusyStatus'].flatMap((name) => told.nodes.get(`Calendar:${name}`) ?? [])
  const own = [el('Calendar:Timezone', zoneText('Europe/Berlin')), el('Calendar:Reminder', 5)]
  expect((await changeEvent(phone, told.id, [...own, ...nodes])).status).toBe(1)
  const event = await eventOf(server, address)
  expect([event.reminder, event.attendees.length]).toEqual([5, 701])
})

test('a series that came with more exceptions than a phone may make keeps them through a Change', async () => {
  const address = 'owner@example.test'
  await server.account(address)
  const own = ownMeeting(address, [])
  const exceptions = Array.from({ length: 1200 }, (_, index) => ({
    original: own.start + index * 7 * 86_400_000,
    deleted: false,
    changes: { subject: `Tea ${index}` },
  }))
  const recurrence = weekly === null ? null : { ...weekly, occurrences: null }
  await putEvent(server, address, {
    ...own,
    zone: 'UTC' as typeof own.zone,
    organizer: null,
    meetingStatus: 0,
    responseType: 0,
    recurrence,
    exceptions,
  })
  const phone = await server.phone(address, { version: '14.1' })
  const told = await toldEvent(phone, 'Tea')
  const nodes = ['StartTime', 'EndTime', 'Recurrence', 'Exceptions'].flatMap((name) => told.nodes.get(`Calendar:${name}`) ?? [])
  const changed = [el('Calendar:Timezone', zoneText('UTC')), el('Calendar:Subject', 'High tea'), ...nodes]
  expect((await changeEvent(phone, told.id, changed)).status).toBe(1)
  const event = await eventOf(server, address)
  expect([event.subject, event.exceptions.length]).toEqual(['High tea', 1200])
})
