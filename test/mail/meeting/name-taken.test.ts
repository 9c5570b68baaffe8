// Somebody who knows the name of a meeting to come invites under it first: thrown away, that costs nobody the real one.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { invitation } from '../../support/invitation.ts'
import { answer, invitationOn } from '../../support/meeting-phone.ts'
import { eventOf, eventsOf, removeEvent } from '../../support/meetings.ts'
import { TestServer } from '../../support/server.ts'

const alice = 'alice@example.test'
let server: TestServer
beforeEach(async () => {
  server = await TestServer.start({ accounts: [alice] })
  const mallory = { organizer: 'mallory@else.test', from: 'mallory@else.test', sequence: 999, stamp: '20990101T000000Z', summary: 'Trap' }
  await server.deliver(alice, invitation(mallory))
})
afterEach(() => server.close())

test('the real invitation stands in the calendar once the trap is in Deleted Items', async () => {
  await removeEvent(server, alice, 'trash')
  await server.deliver(alice, invitation())
  expect(await eventOf(server)).toMatchObject({ subject: 'Tea', organizer: { address: 'bob@example.test' } })
})

test('the mail of the real invitation can be accepted then', async () => {
  await server.deliver(alice, invitation())
  await removeEvent(server, alice, 'trash')
  const phone = await server.phone(alice, { version: '16.1' })
  expect(await answer(phone, await invitationOn(phone), 1, { send: [] })).toMatchObject({ status: 1 })
  expect((await eventsOf(server)).map(({ subject, responseType }) => [subject, responseType])).toEqual([['Tea', 3]])
})
