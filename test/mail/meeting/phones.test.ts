// Meetings that arrive, on the phones of whom they came to: in every version, awake at once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { globalObjectIdOf } from '../../../src/format/global-object-id.ts'
import type { ProtocolVersion } from '../../../src/model/version.ts'
import { invitation, reply, type InvitationFields } from '../../support/invitation.ts'
import { eventsOf, ownMeeting, putEvent } from '../../support/meetings.ts'
import { addEvent, properties, zoneText } from '../../support/phone-events.ts'
import type { Phone } from '../../support/phone.ts'
import { TestServer } from '../../support/server.ts'
import { all, textAt } from '../../support/wire.ts'

const versions: readonly ProtocolVersion[] = ['12.1', '14.0', '14.1', '16.0', '16.1']
let server: TestServer
beforeAll(async () => {
  server = await TestServer.start({ accounts: [], environment: { EASEL_TIME_ZONE: 'Europe/Berlin' } })
})
afterAll(() => server.close())

let lives = 0
async function life(version: ProtocolVersion): Promise<{ address: string; phone: Phone }> {
  const address = `guest${++lives}@example.test`
  await server.account(address)
  const phone = await server.phone(address, { version })
  await phone.syncAll('Inbox')
  await phone.syncAll('Calendar')
  return { address, phone }
}
const arrive = (address: string, fields: InvitationFields = {}) => server.deliver(address, invitation({ attendees: [address], ...fields }))

/** The events that the phone shows, by what it knows of each. */
async function shown(phone: Phone): Promise<(string | undefined)[][]> {
  await phone.syncAll('Calendar')
  return phone
    .items('Calendar')
    .map(({ properties }) =>
      ['Subject', 'StartTime', 'MeetingStatus', 'BusyStatus', 'ResponseType'].map((name) => properties.get(`Calendar:${name}`)),
    )
}

describe.each(versions)('at %s a meeting that arrives', (version) => {
  // MS-ASCAL 2.2.2.40: ResponseType is of 14.0.
  const answer = (type: string) => (version === '12.1' ? undefined : type)

  test('shows in the calendar, moves, and is cancelled there', async () => {
    const { address, phone } = await life(version)
    await arrive(address)
    expect(await shown(phone)).toEqual([['Tea', '20260303T090000Z', '3', '1', answer('5')]])
    await arrive(address, { sequence: 1, stamp: '20260302T090000Z', start: 'DTSTART:20260303T110000Z', end: 'DTEND:20260303T120000Z' })
    expect(await shown(phone)).toEqual([['Tea', '20260303T110000Z', '3', '1', answer('5')]])
    await arrive(address, { method: 'CANCEL', sequence: 2, stamp: '20260302T100000Z', summary: 'Canceled: Tea' })
    expect(await shown(phone)).toEqual([['Canceled: Tea', '20260303T110000Z', '7', '0', answer('5')]])
  })

  test('wakes a phone that waits for its calendar alone, and then is there', async () => {
    const { address, phone } = await life(version)
    const waiting = phone.ping(['Calendar'])
    await server.parked(address, phone.options.deviceId)
    await arrive(address)
    await server.clock.advance(1)
    expect(await waiting).toMatchObject({ status: 2, folders: ['Calendar'] })
    expect(await shown(phone)).toHaveLength(1)
    // One truth for Ping and Sync: nothing is left that would wake it again.
    const again = phone.ping(['Calendar'])
    await server.parked(address, phone.options.deviceId)
    await arrive(address)
    await server.clock.advance(481)
    expect((await again).status).toBe(1)
  })

  test('is known in mail and calendar by one name', async () => {
    const { address, phone } = await life(version)
    await arrive(address, { uid: 'one name@example.test' })
    await phone.syncAll('Inbox')
    await phone.syncAll('Calendar')
    const [event] = phone.items('Calendar')
    const request = phone.items('Inbox')[0]?.nodes.get('Email:MeetingRequest') ?? null
    const inMail =
      textAt(request, 'Calendar:UID') ??
      Buffer.from(textAt(request, 'Email:GlobalObjId') ?? '', 'base64')
        .toString('latin1', 52)
        .slice(0, -1)
    expect(event?.properties.get('Calendar:UID')).toBe('one name@example.test')
    expect(inMail).toBe('one name@example.test')
  })

  test('that its owner organizes shows who answered', async () => {
    const { address, phone } = await life(version)
    await putEvent(server, address, ownMeeting(address, ['bob@example.test']))
    await shown(phone)
    await server.deliver(address, reply('bob@example.test', 'ACCEPTED', { organizer: address }))
    await phone.syncAll('Calendar')
    const [event] = phone.items('Calendar')
    expect(event?.properties.get('Calendar:MeetingStatus')).toBe('1')
    const people = all(event?.nodes.get('Calendar:Attendees') ?? null, 'Attendee')
    expect(people.find((person) => textAt(person, 'Email') === 'bob@example.test')).toBeDefined()
    expect(people.map((person) => textAt(person, 'AttendeeStatus'))).toContain('3')
  })
})

// From 16.0 on a client names nothing.
describe.each(versions.filter((version) => version < '16'))(
  'at %s a meeting that its owner puts into the calendar from mail',
  (version) => {
    test('is the one that stands there, whatever he calls it: by UID, or by GlobalObjId in hexadecimal or base64', async () => {
      const { address, phone } = await life(version)
      await arrive(address)
      await phone.syncAll('Calendar')
      const name = Buffer.from(globalObjectIdOf('tea@example.test', null))
      for (const UID of ['tea@example.test', name.toString('hex').toUpperCase(), name.toString('base64')]) {
        const event = { Subject: 'Tea', StartTime: '20260303T090000Z', EndTime: '20260303T100000Z', MeetingStatus: 3, UID }
        const added = await addEvent(phone, properties({ Timezone: zoneText('Europe/Berlin'), ...event }))
        expect(added.status).toBe(1)
      }
      expect(await eventsOf(server, address)).toMatchObject([{ uid: 'tea@example.test', organizer: { address: 'bob@example.test' } }])
    })
  },
)
