// Meetings with somebody of another server: invitations leave by SMTP, answers and invitations come by LMTP, and neither side notices.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LineClient, startCounterpart, type Counterpart } from './mail/counterpart.ts'
import { invitation, reply } from './support/invitation.ts'
import { readMeetingMail, type ReadMeetingMail } from './support/itip.ts'
import { answer, meet, saying, settled, titles } from './support/meeting-phone.ts'
import { eventOf } from './support/meetings.ts'
import { calendarName, changeEvent, properties, property, textsAt, toldEvent } from './support/phone-events.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const [alice, bob, dora] = ['alice@example.test', 'bob@example.test', 'dora@else.test']
let world: Counterpart
let server: TestServer

beforeAll(async () => {
  world = await startCounterpart()
  const smarthost = { EASEL_SMARTHOST: '127.0.0.1', EASEL_SMARTHOST_PORT: String(world.port), EASEL_SMARTHOST_TLS: 'none' }
  server = await startTestServer({ accounts: [alice, bob], environment: { EASEL_LMTP_PORT: '0', ...smarthost } })
})
afterAll(async () => {
  await server.close()
  await world.close()
})

async function arrive(source: string, recipient: string): Promise<void> {
  const line = await LineClient.open(server.running.ports.lmtp ?? 0)
  for (const words of ['LHLO mta.else.test', `MAIL FROM:<${dora}>`, `RCPT TO:<${recipient}>`, 'DATA']) await line.say(words)
  expect(await line.message(Buffer.from(source), 1)).toEqual([expect.stringMatching(/^250/)])
  line.destroy()
}

/** What reached the world, oldest first. */
async function left(): Promise<ReadMeetingMail[]> {
  await settled(server)
  return Promise.all(world.taken.map(({ text }) => readMeetingMail(Buffer.from(text, 'latin1'))))
}

test('a guest elsewhere is invited, answers, hears of another time, and that it is called off', async () => {
  const phone = await server.phone(alice, { version: '16.1' })
  const { id } = await meet(phone, { guests: [dora] })
  const [asked] = await left()
  expect([world.taken[0]?.from, world.taken[0]?.to]).toEqual([alice, [dora]])
  expect(asked?.events).toMatchObject([{ organizer: alice, attendees: [`${dora} NEEDS-ACTION RSVP`], sequence: 0 }])
  const { uid } = await eventOf(server, alice)
  const attendees = ['ATTENDEE;CN="Dora D.";PARTSTAT=ACCEPTED:MAILTO:Dora@Else.TEST']
  await arrive(reply(`Dora <${dora}>`, 'ACCEPTED', { uid, organizer: alice, to: alice, attendees }), alice)
  await phone.syncAll(calendarName)
  expect(textsAt(phone.items(calendarName)[0]!, 'Attendees/Attendee/AttendeeStatus')).toEqual(['3'])
  await changeEvent(phone, id, properties({ StartTime: '20260303T130000Z', EndTime: '20260303T140000Z' }))
  await phone.move(calendarName, [id], 'Deleted Items')
  const mails = await left()
  expect(titles(mails)).toEqual(['REQUEST Tea', 'REQUEST Tea', 'CANCEL Canceled: Tea'])
  expect(mails.map(({ events }) => events[0]?.sequence)).toEqual([0, 1, 2])
})

test('whoever is invited from elsewhere answers for one occurrence and for the whole', async () => {
  world.taken.length = 0
  const series = ['RRULE:FREQ=WEEKLY;COUNT=4']
  await arrive(invitation({ uid: 'theirs', organizer: dora, from: dora, to: bob, attendees: [bob], lines: series }), bob)
  const phone = await server.phone(bob, { version: '16.1' })
  const { id } = await toldEvent(phone, 'Tea')
  expect((await answer(phone, id, 3, { send: [saying('Not then.')], instance: '2026-03-10T09:00:00.000Z' })).status).toBe(1)
  expect((await answer(phone, id, 1, { send: [] })).status).toBe(1)
  const mails = await left()
  expect(titles(mails)).toEqual(['REPLY Declined: Tea', 'REPLY Accepted: Tea'])
  expect(mails[0]?.events).toMatchObject([{ recurrenceId: '2026-03-10T09:00:00.000Z', attendees: [`${bob} DECLINED`] }])
  expect(mails[1]?.events).toMatchObject([{ recurrenceId: null, attendees: [`${bob} ACCEPTED`] }])
  // Called off by its organizer, it stays to be seen.
  await arrive(
    invitation({ uid: 'theirs', method: 'CANCEL', sequence: 1, organizer: dora, from: dora, to: bob, attendees: [bob], lines: series }),
    bob,
  )
  expect(property(await toldEvent(phone, 'Tea'), 'MeetingStatus')).toBe('7')
})
