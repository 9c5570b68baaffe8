// Meetings passed on and answered in words: SmartForward with Forwardees (16.x), SmartForward and SmartReply of what stands in a calendar.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readMeetingMail } from '../../support/itip.ts'
import { answer, invitationOn, meetingMails, saying, settled, titles } from '../../support/meeting-phone.ts'
import { eventOf, ownMeeting, putEvent, weekly } from '../../support/meetings.ts'
import { folderType } from '../../../src/model/folder.ts'
import { emailOf } from '../../../src/model/item.ts'
import { toldEvent } from '../../support/phone-events.ts'
import type { Phone } from '../../support/phone.ts'
import { TestServer } from '../../support/server.ts'
import { el, textAt, type Node } from '../../support/wire.ts'

let server: TestServer
let alice: string
let bob: string
let dan: string
let names = 0
let clientIds = 0

beforeAll(async () => {
  server = await TestServer.start({ accounts: [] })
})
afterAll(() => server.close())
beforeEach(async () => {
  names += 1
  alice = `alice${names}@example.test`
  bob = `bob${names}@example.test`
  dan = `dan${names}@example.test`
  for (const address of [alice, bob, dan]) await server.account(address)
})

const phoneOf = (address: string, version = '16.1'): Promise<Phone> => server.phone(address, { version })

function forwardees(...addresses: string[]): Node {
  return el(
    'ComposeMail:Forwardees',
    addresses.map((address) => el('ComposeMail:Forwardee', [el('ComposeMail:Email', address), el('ComposeMail:Name', 'Dan')])),
  )
}

interface Written {
  readonly clientId?: string
  readonly instance?: string
  readonly more?: readonly Node[]
}

/** Gives the Status; null for success. */
async function smart(phone: Phone, command: 'SmartForward' | 'SmartReply', id: string, { clientId, instance, more = [] }: Written = {}) {
  const source = el('ComposeMail:Source', [
    el('ComposeMail:FolderId', id.split(':')[0] ?? ''),
    el('ComposeMail:ItemId', id),
    instance !== undefined && el('ComposeMail:InstanceId', instance),
  ])
  const name = clientId ?? `forward-${++clientIds}`
  const reply = await phone.post(command, el(`ComposeMail:${command}`, [el('ComposeMail:ClientId', name), source, ...more]))
  expect(reply.status).toBe(200)
  return textAt(reply.node, 'Status')
}

/** Alice's meeting, with bob invited, in both calendars. */
async function meeting(change: Parameters<typeof ownMeeting>[2] = {}): Promise<void> {
  const event = ownMeeting(alice, [bob], change)
  await putEvent(server, alice, event)
  await putEvent(server, bob, { ...event, meetingStatus: 3, responseType: 3, repliedAt: event.stamp })
}

async function mailsOf(address: string) {
  await settled(server)
  const mailbox = await server.mailbox(address)
  const feed = mailbox.items((await mailbox.defaultFolder(folderType.inbox)).id, 'Email')
  const { changes } = await feed.newestFirst(null, null, 100)
  const items = [...(await feed.read(changes.map(({ id }) => id))).values()].sort((one, other) => one.modseq - other.modseq)
  const mails = []
  for (const item of items) {
    const source = await mailbox.source(item.id)
    mails.push({ envelope: emailOf(item).envelope, read: await readMeetingMail(await source!.read(0, source!.bytes)) })
  }
  return mails
}

describe('a guest who brings somebody along', () => {
  test('invites him in the organizer’s name; the organizer learns of it, and has him on his list', async () => {
    await meeting()
    const phone = await phoneOf(bob)
    const { id } = await toldEvent(phone, 'Tea')
    expect(await smart(phone, 'SmartForward', id, { more: [forwardees(dan), saying('Come along!')] })).toBeNull()

    await settled(server)
    const [invited] = await meetingMails(server, dan)
    expect(invited).toMatchObject({ method: 'REQUEST', subject: 'FW: Tea', from: bob, to: [dan] })
    expect(invited?.text).toContain('Come along!')
    expect(invited?.events).toMatchObject([{ uid: 'tea@example.test', organizer: alice }])
    expect(invited?.events[0]?.attendees.map((line) => line.split(' ')[0])).toEqual([bob, dan])
    expect(invited?.events[0]?.attendees[1]).toBe(`${dan} NEEDS-ACTION RSVP`)
    const [notice, ...others] = await mailsOf(alice)
    expect(others).toEqual([])
    expect(notice?.envelope.subject).toBe('Meeting Forward Notification: Tea')
    expect(notice?.read.text).toContain(`Dan <${dan}>`)
    expect((await eventOf(server, alice)).attendees.map(({ address, type }) => [address, type])).toEqual([
      [bob, 1],
      [dan, 2],
    ])

    // He is a guest like any other from now on.
    const guest = await phoneOf(dan)
    await answer(guest, await invitationOn(guest, 'FW: Tea'), 1, { send: [] })
    await settled(server)
    expect((await eventOf(server, alice)).attendees.map(({ status }) => status)).toEqual([0, 3])
  })

  test.each([
    ['has not made up his mind', 1, 2],
    ['is free all the same', 0, 0],
  ] as const)('keeps him as busy as the organizer means, where he himself %s', async (_why, own, kept) => {
    const event = ownMeeting(alice, [bob], { recurrence: weekly, busyStatus: own })
    const exceptions = [{ original: Date.UTC(2026, 2, 10, 9), deleted: false, changes: { subject: 'Cake', busyStatus: own } }]
    await putEvent(server, alice, { ...event, busyStatus: kept })
    await putEvent(server, bob, { ...event, exceptions, meetingStatus: 3, responseType: 5 })
    const phone = await phoneOf(bob)
    await smart(phone, 'SmartForward', (await toldEvent(phone, 'Tea')).id, { more: [forwardees(dan)] })
    const guest = await phoneOf(dan)
    await settled(server)
    await answer(guest, await invitationOn(guest, 'FW: Tea'), 1, { send: [] })
    const held = await eventOf(server, dan)
    expect(held).toMatchObject({ responseType: 3, busyStatus: kept })
    expect(held.exceptions).toMatchObject([{ changes: { subject: 'Cake' } }])
    expect(held.exceptions[0]?.changes.busyStatus ?? kept).toBe(kept)
  })

  test('is heard once, however often he says it', async () => {
    await meeting()
    const phone = await phoneOf(bob)
    const { id } = await toldEvent(phone, 'Tea')
    const written = { clientId: 'same', more: [forwardees(dan)] }
    expect(await smart(phone, 'SmartForward', id, written)).toBeNull()
    expect(await smart(phone, 'SmartForward', id, written)).toBe('118')
    await settled(server)
    expect(titles(await meetingMails(server, dan))).toEqual(['REQUEST FW: Tea'])
    expect(await mailsOf(alice)).toHaveLength(1)
  })

  test('brings him to one occurrence alone, where he says so', async () => {
    await meeting({ recurrence: weekly })
    const phone = await phoneOf(bob)
    const { id } = await toldEvent(phone, 'Tea')
    expect(await smart(phone, 'SmartForward', id, { instance: '2026-03-10T09:00:00.000Z', more: [forwardees(dan)] })).toBeNull()
    await settled(server)
    const [invited] = await meetingMails(server, dan)
    expect(invited?.events).toMatchObject([{ recurrenceId: '2026-03-10T09:00:00.000Z', rule: null }])
    const { attendees, exceptions } = await eventOf(server, alice)
    expect(attendees).toHaveLength(1)
    expect(exceptions[0]?.changes.attendees?.map(({ address }) => address)).toEqual([bob, dan])
    for (const instance of ['2026-03-11T09:00:00.000Z', 'tomorrow'])
      expect(await smart(phone, 'SmartForward', id, { instance, more: [forwardees(dan)] })).toBe('104')
  })

  test('adds nobody to the calendar of an organizer who did not invite himself', async () => {
    await putEvent(server, alice, ownMeeting(alice, []))
    await putEvent(server, bob, { ...ownMeeting(alice, [bob]), meetingStatus: 3, responseType: 3 })
    const phone = await phoneOf(bob)
    expect(await smart(phone, 'SmartForward', (await toldEvent(phone, 'Tea')).id, { more: [forwardees(dan)] })).toBeNull()
    await settled(server)
    expect((await eventOf(server, alice)).attendees).toEqual([])
  })
})

describe('an organizer who brings somebody along', () => {
  test('invites him alone, and has him on his list', async () => {
    await meeting()
    const phone = await phoneOf(alice)
    expect(await smart(phone, 'SmartForward', (await toldEvent(phone, 'Tea')).id, { more: [forwardees(dan)] })).toBeNull()
    await settled(server)
    expect(titles(await meetingMails(server, dan))).toEqual(['REQUEST FW: Tea'])
    expect(await mailsOf(bob)).toEqual([])
    expect((await eventOf(server, alice)).attendees.map(({ address }) => address)).toEqual([bob, dan])
  })

  test('of an appointment of his own tells what it is, and makes no meeting of it', async () => {
    await putEvent(server, alice, ownMeeting(alice, [], { meetingStatus: 0, organizer: null, responseType: 0 }))
    const phone = await phoneOf(alice)
    expect(await smart(phone, 'SmartForward', (await toldEvent(phone, 'Tea')).id, { more: [forwardees(dan)] })).toBeNull()
    const [told] = await mailsOf(dan)
    expect(told?.read).toMatchObject({ method: 'PUBLISH', events: [{ summary: 'Tea', attendees: [] }] })
    expect((await eventOf(server, alice)).attendees).toEqual([])
  })
})

describe('what makes no sense', () => {
  test('is refused by its Status', async () => {
    await meeting()
    const phone = await phoneOf(bob)
    const { id } = await toldEvent(phone, 'Tea')
    const mime = el('ComposeMail:Mime', Buffer.from('From: x\r\n\r\n'))
    const status = (more: readonly Node[], item = id) => smart(phone, 'SmartForward', item, { more })
    expect(await status([forwardees(dan), mime])).toBe('178')
    expect(await status([forwardees(dan), el('ComposeMail:SaveInSentItems')])).toBe('178')
    expect(await status([saying('FYI'), mime])).toBe('178')
    expect(await status([saying('FYI')])).toBe('179')
    expect(await status([forwardees('nobody')])).toBe('179')
    expect(await status([forwardees()])).toBe('179')
    expect(await status([forwardees(dan), el('AirSyncBase:Body', [el('AirSyncBase:Type', 4), el('AirSyncBase:Data', 'x')])])).toBe('179')
    expect(await status([forwardees(dan)], '1:1')).toBe('150')
    await settled(server)
    expect(await mailsOf(dan)).toEqual([])
  })
})

describe.each(['14.0', '14.1', '16.0', '16.1'])('with a message of the phone’s own in %s', (version) => {
  const mime = (to: string, text = 'Look at this.') =>
    el('ComposeMail:Mime', Buffer.from(`From: ${bob}\r\nTo: ${to}\r\nSubject: FW: Tea\r\nContent-Type: text/plain\r\n\r\n${text}\r\n`))

  test('a meeting is passed on below it, as an invitation to whom it goes', async () => {
    await meeting()
    const phone = await phoneOf(bob, version)
    expect(await smart(phone, 'SmartForward', (await toldEvent(phone, 'Tea')).id, { more: [mime(dan)] })).toBeNull()
    const [told] = await mailsOf(dan)
    expect(told?.read.text).toContain('Look at this.')
    expect(told?.read.text).toContain('When: Tuesday, 3 March 2026')
    expect(told?.read).toMatchObject({ method: 'REQUEST', events: [{ organizer: alice }] })
    expect(told?.read.events[0]?.attendees.map((line) => line.split(' ')[0])).toEqual([bob, dan])
  })

  test('the invitation itself is passed on with its calendar', async () => {
    await meeting()
    const organizer = await phoneOf(alice)
    expect(await smart(organizer, 'SmartForward', (await toldEvent(organizer, 'Tea')).id, { more: [forwardees(bob)] })).toBeNull()
    await settled(server)
    const phone = await phoneOf(bob, version)
    expect(await smart(phone, 'SmartForward', await invitationOn(phone, 'FW: Tea'), { more: [mime(dan)] })).toBeNull()
    const [told] = await mailsOf(dan)
    expect(told?.read).toMatchObject({ method: 'REQUEST', events: [{ uid: 'tea@example.test' }] })
  })

  test('what the phone brings along of the meeting is all that goes', async () => {
    await meeting()
    const phone = await phoneOf(bob, version)
    const own = Buffer.from(
      `From: ${bob}\r\nTo: ${dan}\r\nSubject: FW: Tea\r\nMIME-Version: 1.0\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:phone\r\nDTSTAMP:20260302T080000Z\r\nDTSTART:20260303T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
    )
    expect(await smart(phone, 'SmartForward', (await toldEvent(phone, 'Tea')).id, { more: [el('ComposeMail:Mime', own)] })).toBeNull()
    const [told] = await mailsOf(dan)
    expect(told?.read.events.map(({ uid }) => uid)).toEqual(['phone'])
    expect(told?.read.files).toEqual([])
  })

  test('a meeting is answered in words, with what is meant of it quoted', async () => {
    await meeting({ recurrence: weekly })
    const phone = await phoneOf(bob, version)
    const { id } = await toldEvent(phone, 'Tea')
    const written = { instance: '2026-03-10T09:00:00.000Z', more: [mime(alice, 'I am late.')] }
    expect(await smart(phone, 'SmartReply', id, written)).toBeNull()
    const [told] = await mailsOf(alice)
    expect(told?.read.text).toContain('I am late.')
    expect(told?.read.text).toContain('> When: Tuesday, 10 March 2026')
    expect(told?.read.events).toEqual([])
  })
})
