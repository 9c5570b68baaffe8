// Events that came with more than a client may write (an import, an invitation): whoever edits them is not refused, and cuts nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CalendarEvent } from '../../../../src/model/event.ts'
import type { ServerId } from '../../../../src/model/id.ts'
import { recordOf } from '../../../../src/model/item.ts'
import { changeEvent, deleteEvent, properties } from '../../../support/phone-events.ts'
import type { Phone } from '../../../support/phone.ts'
import { anAttendee, anEvent, aRecurrence, put } from '../../../support/records.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import type { Node } from '../../../support/wire.ts'

const address = 'alice@example.test'
const bob = { name: 'Bob', address: 'bob@elsewhere.test' }

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ accounts: [address] })
})
afterAll(() => server.close())

const crowd = Array.from({ length: 600 }, (_, index) => anAttendee({ name: `Guest ${index}`, address: `guest-${index}@elsewhere.test` }))
const longName = { ...anAttendee(), name: 'N'.repeat(400), address: `${'a'.repeat(330)}@elsewhere.test` }

async function begin(version: string, event: CalendarEvent): Promise<{ phone: Phone; id: ServerId; told: Node[] }> {
  const phone = await server.phone(address, { version })
  const id = await put(await server.mailbox(address), 'Calendar', event)
  await phone.syncAll('Calendar')
  const told = [...(phone.collection('Calendar').items.get(id)?.nodes.values() ?? [])]
  return { phone, id, told: told.filter(({ name }) => !/:(?:Body|NativeBodyType|ResponseType|Reminder)$/.test(name)) }
}

async function stored(id: ServerId): Promise<CalendarEvent> {
  return recordOf((await (await server.mailbox(address)).read([id])).get(id), 'Calendar')
}

describe.each(['12.1', '14.1'])('a phone of %s that sets a reminder', (version) => {
  const reminder = properties({ Reminder: 5 })

  test.each([
    ['whose name is long', anEvent({ subject: 'S'.repeat(5000) })],
    ['with a crowd of guests', anEvent({ meetingStatus: 3, responseType: 5, organizer: bob, attendees: crowd })],
    ['with a guest of a long name and address', anEvent({ meetingStatus: 1, responseType: 1, attendees: [longName] })],
  ] as const)('keeps an event %s', async (name, given) => {
    const event = { ...given, uid: `${name} ${version}` }
    const { phone, id, told } = await begin(version, event)
    expect((await changeEvent(phone, id, [...told, ...reminder])).status).toBe(1)
    const { subject, attendees, reminder: minutes } = await stored(id)
    expect(minutes).toBe(5)
    expect({ subject, attendees }).toEqual({ subject: event.subject, attendees: event.attendees })
  })
})

const exceptions = Array.from({ length: 1200 }, (_, index) => ({ original: Date.UTC(2026, 2, 3 + index, 9), deleted: true, changes: {} }))
const often = anEvent({ zone: 'UTC' as never, recurrence: aRecurrence(), exceptions })

test('a series of more exceptions than a client may make can be edited, and loses none', async () => {
  const { phone, id, told } = await begin('14.1', { ...often, uid: 'often' })
  expect((await changeEvent(phone, id, [...told, ...properties({ Reminder: 5 })])).status).toBe(1)
  expect((await stored(id)).exceptions).toHaveLength(1200)
  const late = await server.phone(address, { version: '16.1' })
  await late.syncAll('Calendar')
  expect(await deleteEvent(late, id, '20260303T090000Z')).toBe(1)
  expect((await stored(id)).exceptions).toHaveLength(1200)
})
