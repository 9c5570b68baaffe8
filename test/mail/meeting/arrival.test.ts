// Mail about meetings that arrives: what it does to the calendar of whom it came to, and what it must not do.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { invitation, type InvitationFields } from '../../support/invitation.ts'
import { changeEvent, eventOf, eventsOf, ownMeeting, putEvent, removeEvent, updatesOf } from '../../support/meetings.ts'
import { TestServer } from '../../support/server.ts'

const alice = 'alice@example.test'
let server: TestServer
beforeEach(async () => {
  server = await TestServer.start({ accounts: [alice, 'carol@example.test'] })
})
afterEach(() => server.close())

const arrive = (fields: InvitationFields = {}, to = alice) => server.deliver(to, invitation(fields))
const nine = Date.UTC(2026, 2, 3, 9)
const hour = 3_600_000

describe('an invitation', () => {
  test('stands in the calendar, tentatively and not answered', async () => {
    expect(await arrive({ location: 'Room 4' })).toBe('delivered')
    expect(await eventOf(server)).toMatchObject({
      uid: 'tea@example.test',
      subject: 'Tea',
      place: { name: 'Room 4' },
      start: nine,
      end: nine + hour,
      busyStatus: 1,
      meetingStatus: 3,
      responseType: 5,
      repliedAt: null,
      organizer: { name: 'Bob', address: 'bob@example.test' },
      attendees: [{ address: alice, status: 5 }],
    })
    expect(await updatesOf(server)).toEqual(['initial'])
  })

  test('that keeps nobody busy does so at once', async () => {
    await arrive({ lines: ['TRANSP:TRANSPARENT'] })
    expect((await eventOf(server)).busyStatus).toBe(0)
  })

  test('brings none of the categories of its organizer, and is answered by nobody but its owner', async () => {
    await arrive({ attendees: [`ATTENDEE;PARTSTAT=ACCEPTED:mailto:${alice}`], lines: ['CATEGORIES:Private affairs'] })
    expect(await eventOf(server)).toMatchObject({ categories: [], responseType: 5, attendees: [{ status: 5 }] })
  })

  test('reaches whoever is invited by any of his addresses, with a tag or in capitals', async () => {
    await server.account('dora@example.test', { addresses: ['dora@example.test', 'd.smith@example.test'] })
    await arrive({ attendees: ['D.Smith+work@Example.Test'] }, 'dora@example.test')
    expect(await eventOf(server, 'dora@example.test')).toMatchObject({ attendees: [{ status: 5 }] })
  })

  test('of a group, or that comes through a list, reaches its members', async () => {
    await arrive({ uid: 'group', attendees: ['ATTENDEE;CUTYPE=GROUP:mailto:team@example.test'] })
    await arrive({ uid: 'list', attendees: ['team@example.test'], headers: ['List-Id: <team.example.test>'] })
    expect((await eventsOf(server)).map(({ uid }) => uid).sort()).toEqual(['group', 'list'])
  })

  test('of other people is mail and no more', async () => {
    await arrive({ attendees: ['carol@example.test'] })
    await arrive({ attendees: [] })
    expect(await eventsOf(server)).toEqual([])
    expect(await updatesOf(server)).toEqual([undefined, undefined])
  })

  test('that its organizer sent to himself changes nothing of his', async () => {
    await putEvent(server, alice, ownMeeting(alice, ['bob@example.test', alice]))
    await arrive({ organizer: alice, from: alice, sequence: 9, summary: 'Other', attendees: ['bob@example.test', alice] })
    expect(await eventOf(server)).toMatchObject({ subject: 'Tea', meetingStatus: 1, responseType: 1 })
  })

  test('that he sent himself is in nobody’s calendar but by himself', async () => {
    await arrive({ organizer: alice, from: alice })
    expect(await eventsOf(server)).toEqual([])
  })

  test('without an organizer is from whoever sent it', async () => {
    await arrive({ organizer: null })
    expect((await eventOf(server)).organizer).toEqual({ name: 'Bob', address: 'bob@example.test' })
  })

  test('delivered again, as the same mail or as a copy of it, is one event with the answer it got', async () => {
    const source = invitation()
    await server.deliver(alice, source)
    await changeEvent(server, alice, { responseType: 3, busyStatus: 2, repliedAt: 5 })
    await server.deliver(alice, source)
    await arrive()
    expect(await eventOf(server)).toMatchObject({ responseType: 3, busyStatus: 2, repliedAt: 5 })
    expect(await updatesOf(server)).toEqual(['initial', undefined, undefined])
  })

  test('that was deleted comes back with something newer, not with a copy', async () => {
    await arrive()
    await removeEvent(server, alice, 'trash')
    await arrive()
    expect(await eventsOf(server)).toEqual([])
    await arrive({ sequence: 1, stamp: '20260302T090000Z', start: 'DTSTART:20260303T110000Z', end: 'DTEND:20260303T120000Z' })
    expect(await eventOf(server)).toMatchObject({ start: nine + 2 * hour, responseType: 5 })
  })

  test('to a whole office is everybody’s own', async () => {
    const everybody = { attendees: [alice, 'carol@example.test'] }
    await arrive(everybody)
    await arrive(everybody, 'carol@example.test')
    await changeEvent(server, alice, { responseType: 4 })
    expect(await eventOf(server, 'carol@example.test')).toMatchObject({ responseType: 5 })
  })

  test('of several meetings stands in the calendar with each', async () => {
    const other = (uid: string, at: string) => [
      'BEGIN:VEVENT',
      `UID:${uid}`,
      'DTSTAMP:20260302T080000Z',
      `DTSTART:${at}`,
      'SUMMARY:Other',
      'ORGANIZER:mailto:bob@example.test',
      `ATTENDEE:mailto:${alice}`,
      'END:VEVENT',
    ]
    await arrive({ components: [other('two', '20260304T090000Z'), other('three', '20260305T090000Z')] })
    expect((await eventsOf(server)).map(({ uid }) => uid)).toEqual(['tea@example.test', 'two', 'three'])
  })
})

describe('an update', () => {
  const later = { sequence: 1, stamp: '20260302T090000Z' }

  test('with another time replaces what the organizer decides, keeps what is its owner’s, and asks for a new answer', async () => {
    await arrive()
    await changeEvent(server, alice, { responseType: 3, busyStatus: 2, repliedAt: 5, reminder: 30, categories: ['Mine'] })
    await arrive({ ...later, start: 'DTSTART:20260303T110000Z', end: 'DTEND:20260303T120000Z', summary: 'High tea', location: 'Garden' })
    expect(await eventOf(server)).toMatchObject({
      subject: 'High tea',
      place: { name: 'Garden' },
      start: nine + 2 * hour,
      responseType: 5,
      repliedAt: null,
      busyStatus: 1,
      meetingStatus: 3,
      reminder: 30,
      categories: ['Mine'],
      sequence: 1,
      attendees: [{ status: 5 }],
    })
    expect(await updatesOf(server)).toEqual(['initial', 'full'])
  })

  test('at the same time leaves the answer standing', async () => {
    await arrive()
    await changeEvent(server, alice, { responseType: 3, busyStatus: 2, repliedAt: 5 })
    await arrive({ stamp: '20260302T090000Z', summary: 'High tea' })
    expect(await eventOf(server)).toMatchObject({
      subject: 'High tea',
      responseType: 3,
      busyStatus: 2,
      repliedAt: 5,
      attendees: [{ status: 3 }],
    })
    expect(await updatesOf(server)).toEqual(['initial', 'informational'])
  })

  test('that was overtaken on its way is marked out of date, and changes nothing', async () => {
    await arrive({ ...later, summary: 'High tea' })
    await arrive()
    await arrive({ sequence: 1, stamp: '20260302T083000Z', summary: 'Low tea' })
    expect(await eventOf(server)).toMatchObject({ subject: 'High tea', sequence: 1 })
    expect(await updatesOf(server)).toEqual(['initial', 'outdated', 'outdated'])
  })

  test('brings its owner’s event where it lies, in whatever calendar', async () => {
    await arrive()
    const mailbox = await server.mailbox(alice)
    const [id] = await mailbox.withUid('Calendar', 'tea@example.test')
    const own = await mailbox.createFolder('0' as never, 'Office', 13, null)
    await mailbox.move(id!, own.id)
    await arrive({ ...later, summary: 'High tea' })
    expect(await eventsOf(server)).toEqual([])
    const [moved] = await mailbox.withUid('Calendar', 'tea@example.test')
    expect((await mailbox.read([moved!])).get(moved!)).toMatchObject({ folder: own.id, content: { record: { subject: 'High tea' } } })
  })
})

describe('a stranger', () => {
  const forged = { sequence: 5, stamp: '20260302T120000Z', summary: 'Hijacked' }

  test('cannot make himself the organizer', async () => {
    await arrive()
    await arrive({ ...forged, organizer: 'mallory@evil.test', from: 'mallory@evil.test' })
    expect(await eventOf(server)).toMatchObject({ subject: 'Tea', organizer: { address: 'bob@example.test' } })
    expect(await updatesOf(server)).toEqual(['initial', undefined])
  })

  test('cannot speak in the name of the organizer, nor declare that he sends for him', async () => {
    await arrive()
    await arrive({ ...forged, from: 'mallory@evil.test' })
    await arrive({ ...forged, from: 'mallory@evil.test', headers: ['Reply-To: bob@example.test'] })
    await arrive({
      ...forged,
      organizer: null,
      from: 'mallory@evil.test',
      lines: ['ORGANIZER;SENT-BY="mailto:mallory@evil.test":mailto:bob@example.test', 'X-EASEL-SENDER:mailto:mallory@evil.test'],
    })
    await arrive({ ...forged, method: 'CANCEL', from: 'mallory@evil.test' })
    expect(await eventOf(server)).toMatchObject({ subject: 'Tea', meetingStatus: 3, sequence: 0 })
  })

  test('is let in by the invitation alone, where it names him as sending for its organizer', async () => {
    const delegated = { organizer: null, lines: ['ORGANIZER;SENT-BY="mailto:secretary@example.test":mailto:bob@example.test'] }
    await arrive(delegated)
    await arrive({ ...delegated, from: 'secretary@example.test', sequence: 1, stamp: '20260302T090000Z', summary: 'By the secretary' })
    expect((await eventOf(server)).subject).toBe('By the secretary')
  })

  test('cannot touch a meeting of one’s own, or an appointment with nobody', async () => {
    await putEvent(server, alice, ownMeeting(alice, ['bob@example.test']))
    await putEvent(server, alice, { ...ownMeeting(alice, []), uid: 'dentist', subject: 'Dentist', organizer: null, meetingStatus: 0 })
    for (const uid of ['tea@example.test', 'dentist']) {
      await arrive({ ...forged, uid, organizer: 'mallory@evil.test', from: 'mallory@evil.test' })
      await arrive({ ...forged, uid, method: 'CANCEL', organizer: alice, from: 'mallory@evil.test' })
      await arrive({ ...forged, uid, organizer: alice, from: 'mallory@evil.test' })
    }
    expect((await eventsOf(server)).map(({ subject, meetingStatus }) => [subject, meetingStatus])).toEqual([
      ['Tea', 1],
      ['Dentist', 0],
    ])
  })

  test('that invites for somebody stays the one who may change the invitation, beside the organizer himself', async () => {
    const service = 'Calendar <noreply@calendar.test>'
    await arrive({ from: service })
    await arrive({ from: service, sequence: 1, stamp: '20260302T090000Z', summary: 'Moved by the service' })
    expect((await eventOf(server)).subject).toBe('Moved by the service')
    await arrive({ from: service, sequence: 2, stamp: '20260302T100000Z', summary: 'Again' })
    expect((await eventOf(server)).subject).toBe('Again')
    await arrive({ sequence: 3, stamp: '20260302T110000Z', summary: 'Moved by Bob' })
    expect((await eventOf(server)).subject).toBe('Moved by Bob')
    await arrive({ ...forged, from: 'mallory@evil.test', sequence: 4 })
    expect((await eventOf(server)).subject).toBe('Moved by Bob')
  })

  test('writes somebody else into Sender, or beside himself into From: nobody checks those, and nobody believes them', async () => {
    await arrive()
    await arrive({ ...forged, from: 'mallory@evil.test', headers: ['Sender: bob@example.test'] })
    await arrive({ ...forged, from: 'mallory@evil.test, bob@example.test' })
    await arrive({ ...forged, from: 'bob@example.test, mallory@evil.test' })
    expect((await eventOf(server)).subject).toBe('Tea')
    // A secretary who sends for her boss leaves him the author.
    await arrive({ sequence: 1, stamp: '20260302T090000Z', summary: 'By the secretary', headers: ['Sender: secretary@example.test'] })
    expect((await eventOf(server)).subject).toBe('By the secretary')
  })
})

describe('a cancellation', () => {
  const cancel = { method: 'CANCEL', sequence: 1, stamp: '20260302T090000Z', summary: 'Canceled: Tea', lines: ['STATUS:CANCELLED'] }

  test('leaves the event to be seen, as cancelled, and keeps nobody busy', async () => {
    await arrive()
    await changeEvent(server, alice, { responseType: 3, busyStatus: 2 })
    await arrive(cancel)
    expect(await eventOf(server)).toMatchObject({
      subject: 'Canceled: Tea',
      meetingStatus: 7,
      busyStatus: 0,
      reminder: null,
      start: nine,
      sequence: 1,
    })
  })

  test('of what nobody knows, or was deleted, is mail and no more', async () => {
    await arrive(cancel)
    expect(await eventsOf(server)).toEqual([])
    await arrive()
    await removeEvent(server, alice, 'trash')
    await arrive(cancel)
    expect(await eventsOf(server)).toEqual([])
  })

  test('that only uninvites somebody else concerns nobody else', async () => {
    await arrive({ attendees: [alice, 'carol@example.test'] })
    await arrive({ ...cancel, attendees: ['carol@example.test'] })
    expect((await eventOf(server)).meetingStatus).toBe(3)
  })

  test('that was overtaken changes nothing, and an invitation to it anew stands unanswered', async () => {
    await arrive()
    await arrive({ sequence: 2, stamp: '20260302T100000Z', summary: 'After all' })
    await arrive(cancel)
    expect(await eventOf(server)).toMatchObject({ subject: 'After all', meetingStatus: 3 })
    await arrive({ ...cancel, sequence: 3, stamp: '20260302T110000Z' })
    expect((await eventOf(server)).meetingStatus).toBe(7)
    await arrive({ sequence: 4, stamp: '20260302T120000Z', summary: 'Tea again' })
    expect(await eventOf(server)).toMatchObject({ subject: 'Tea again', meetingStatus: 3, responseType: 5, busyStatus: 1 })
  })

  test('sent as a request with that status is one all the same', async () => {
    await arrive()
    await arrive({ ...cancel, method: 'REQUEST' })
    expect((await eventOf(server)).meetingStatus).toBe(7)
  })
})
