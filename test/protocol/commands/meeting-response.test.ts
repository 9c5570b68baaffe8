// MeetingResponse: what can be answered by which version, what comes of it, and who mails (MS-ASCMD 2.2.1.11).
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CalendarEvent } from '../../../src/model/event.ts'
import { invitation, type InvitationFields } from '../../support/invitation.ts'
import { folderType } from '../../../src/model/folder.ts'
import { answer, answerNode, answersIn, invitationOn, meetingMails, respond, saying, settled, titles } from '../../support/meeting-phone.ts'
import { changeEvent, eventOf, eventsOf, ownMeeting, putEvent, removeEvent } from '../../support/meetings.ts'
import { message } from '../../support/message.ts'
import type { Phone, PhoneOptions } from '../../support/phone.ts'
import { toldEvent } from '../../support/phone-events.ts'
import { TestServer } from '../../support/server.ts'
import { el } from '../../support/wire.ts'

const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const
let server: TestServer
let alice: string
let names = 0

beforeAll(async () => {
  // Without a way out: what is mailed stays to be looked at.
  server = await TestServer.start({ accounts: [] })
})
afterAll(() => server.close())
beforeEach(async () => {
  alice = `alice${++names}@example.test`
  await server.account(alice)
})

const phoneOf = (version: string, options: Partial<PhoneOptions> = {}): Promise<Phone> => server.phone(alice, { version, ...options })

/** An invitation by somebody elsewhere arrives. */
async function invited(fields: InvitationFields = {}): Promise<void> {
  const organizer = 'bob@elsewhere.test'
  const mail = invitation({ organizer, from: `Bob <${organizer}>`, to: alice, attendees: [alice, 'carol@elsewhere.test'], ...fields })
  expect(await server.deliver(alice, mail)).toBe('delivered')
}

describe.each(versions)('in %s', (version) => {
  const mails = version.startsWith('16')

  test('an invitation in the inbox is accepted, and the answer names the event', async () => {
    await invited()
    const phone = await phoneOf(version)
    const id = await invitationOn(phone)
    const answered = await answer(phone, id, 1)
    const event = await toldEvent(phone, 'Tea')
    expect(answered).toEqual({ status: 1, requestId: id, calendarId: event.id })
    expect(await eventOf(server, alice)).toMatchObject({ responseType: 3, busyStatus: 2, meetingStatus: 3 })
    await phone.syncAll('Inbox')
    expect(phone.items('Inbox')).toEqual([])
  })

  test('an invitation is declined: nothing stays, and the answer names no event', async () => {
    await invited()
    const phone = await phoneOf(version)
    const id = await invitationOn(phone)
    await phone.syncAll('Calendar')
    expect(await answer(phone, id, 3)).toEqual({ status: 1, requestId: id, calendarId: null })
    expect(await eventsOf(server, alice)).toEqual([])
    await phone.syncAll('Calendar')
    expect(phone.items('Calendar')).toEqual([])
  })

  test('tentatively accepted is tentatively busy', async () => {
    await invited()
    const phone = await phoneOf(version)
    expect(await answer(phone, await invitationOn(phone), 2)).toMatchObject({ status: 1 })
    expect(await eventOf(server, alice)).toMatchObject({ responseType: 2, busyStatus: 1 })
  })

  test('of Exchange, whose invitations are tentative beside what they mean, it is accepted as they mean it', async () => {
    const out = { lines: ['X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE', 'X-MICROSOFT-CDO-INTENDEDSTATUS:OOF', 'STATUS:TENTATIVE'] }
    await invited(out)
    const phone = await phoneOf(version)
    await answer(phone, await invitationOn(phone), 1)
    expect(await eventOf(server, alice)).toMatchObject({ responseType: 3, busyStatus: 3 })
    // The mail is gone by now.
    const event = await toldEvent(phone, 'Tea')
    await answer(phone, event.id, 2)
    await phone.syncAll('Inbox')
    await answer(phone, event.id, 1)
    expect(await eventOf(server, alice)).toMatchObject({ responseType: 3, busyStatus: 3 })
  })

  test.each([1, 2, 3])('answer %i, given again after a lost reply, is answered alike', async (response) => {
    await invited()
    const phone = await phoneOf(version)
    const id = await invitationOn(phone)
    const send = mails ? { send: [] } : {}
    const first = await answer(phone, id, response, send)
    const before = await eventsOf(server, alice)
    await server.clock.advance(60)
    expect(await answer(phone, id, response, send)).toEqual(first)
    expect(await answer(phone, id, response, send)).toEqual(first)
    expect(await eventsOf(server, alice)).toEqual(before)
  })

  test('the event in the calendar is as good as the mail, which goes with it', async () => {
    await invited()
    const phone = await phoneOf(version)
    await invitationOn(phone)
    const event = await toldEvent(phone, 'Tea')
    expect(await answer(phone, event.id, 1)).toEqual({ status: 1, requestId: event.id, calendarId: event.id })
    expect(await eventOf(server, alice)).toMatchObject({ responseType: 3 })
    await phone.syncAll('Inbox')
    expect(phone.items('Inbox')).toEqual([])
    // Declined later: and again.
    expect(await answer(phone, event.id, 3)).toEqual({ status: 1, requestId: event.id, calendarId: null })
    expect(await answer(phone, event.id, 3)).toEqual({ status: 1, requestId: event.id, calendarId: null })
    expect(await eventsOf(server, alice)).toEqual([])
  })

  test('the folder may be the wrong one', async () => {
    await invited()
    const phone = await phoneOf(version)
    const id = await invitationOn(phone)
    expect(await answer(phone, id, 1, { collection: phone.folder('Calendar').id })).toMatchObject({ status: 1 })
  })

  test('several invitations are answered at once, each for itself', async () => {
    await invited({ uid: 'one', summary: 'One' })
    await invited({ uid: 'two', summary: 'Two' })
    const phone = await phoneOf(version)
    const [first, second] = [await invitationOn(phone, 'One'), await invitationOn(phone, 'Two')]
    const results = await respond(phone, [answerNode(first, 1), answerNode('9:zz', 1), answerNode(second, 3)])
    expect(results.map(({ status, requestId }) => [status, requestId])).toEqual([
      [1, first],
      [2, '9:zz'],
      [1, second],
    ])
    expect((await eventsOf(server, alice)).map(({ subject }) => subject)).toEqual(['One'])
  })

  test('what is no invitation is Status 2', async () => {
    await server.deliver(alice, message({ subject: 'Plain' }))
    await invited({ method: 'CANCEL', summary: 'Off' })
    await putEvent(server, alice, ownMeeting(alice, ['bob@elsewhere.test'], { subject: 'Own', uid: 'own' }))
    await invited({ uid: 'own-2', organizer: alice, from: alice, summary: 'Mine' })
    const phone = await phoneOf(version)
    await phone.syncAll('Inbox')
    const own = await toldEvent(phone, 'Own')
    const ids = [...['Plain', 'Off', 'Mine'].map((subject) => phone.mail('Inbox', subject).id), own.id, '', 'x', '1:1']
    for (const id of ids) expect([id, (await answer(phone, id, 1)).status]).toEqual([id, 2])
    expect((await eventsOf(server, alice)).map(({ subject }) => subject)).toEqual(['Own'])
  })

  test.each([0, 4, 255])('a UserResponse of %i is Status 2', async (response) => {
    await invited()
    const phone = await phoneOf(version)
    expect((await answer(phone, await invitationOn(phone), response)).status).toBe(2)
  })

  test('more than a hundred answers are Status 103, none is 103 as well', async () => {
    const phone = await phoneOf(version)
    const status = mails || version.startsWith('14') ? 200 : 400
    for (const count of [0, 101]) {
      const requests = Array.from({ length: count }, (_, index) => answerNode(`1:${index}`, 1))
      const reply = await phone.post('MeetingResponse', el('MeetingResponse:MeetingResponse', requests))
      expect(reply.status).toBe(status)
      if (status === 200) expect(answersIn(reply)).toEqual([{ status: 103, requestId: null, calendarId: null }])
    }
  })

  test('an invitation that its update overtook cannot be answered; the update can', async () => {
    await invited({ subject: 'Tea' })
    await invited({
      sequence: 1,
      stamp: '20260302T090000Z',
      start: 'DTSTART:20260304T090000Z',
      end: 'DTEND:20260304T100000Z',
      subject: 'Tea moved',
    })
    const phone = await phoneOf(version)
    await phone.syncAll('Inbox')
    expect((await answer(phone, phone.mail('Inbox', 'Tea').id, 1)).status).toBe(2)
    expect((await answer(phone, phone.mail('Inbox', 'Tea moved').id, 1)).status).toBe(1)
    expect(await eventOf(server, alice)).toMatchObject({ responseType: 3, sequence: 1 })
  })

  test('what was cancelled meanwhile cannot be accepted', async () => {
    await invited()
    await invited({ method: 'CANCEL', sequence: 1, stamp: '20260302T090000Z', subject: 'Canceled: Tea' })
    const phone = await phoneOf(version)
    await phone.syncAll('Inbox')
    expect((await answer(phone, phone.mail('Inbox', 'Tea').id, 1)).status).toBe(2)
  })

  test('what is not in the calendar (any more) comes into it', async () => {
    await invited()
    await removeEvent(server, alice, 'forever')
    const phone = await phoneOf(version)
    const { calendarId } = await answer(phone, await invitationOn(phone), 1)
    expect((await toldEvent(phone, 'Tea')).id).toBe(calendarId)
    expect(await eventOf(server, alice)).toMatchObject({ responseType: 3, busyStatus: 2, meetingStatus: 3 })
  })

  test('what was thrown away comes back', async () => {
    await invited()
    await removeEvent(server, alice, 'trash')
    const phone = await phoneOf(version)
    const { calendarId } = await answer(phone, await invitationOn(phone), 1)
    expect((await toldEvent(phone, 'Tea')).id).toBe(calendarId)
    expect(await eventOf(server, alice)).toMatchObject({ responseType: 3 })
  })

  test('who is to be free according to the organizer stays free', async () => {
    await invited({ lines: ['TRANSP:TRANSPARENT'] })
    const phone = await phoneOf(version)
    await answer(phone, await invitationOn(phone), 1)
    expect(await eventOf(server, alice)).toMatchObject({ busyStatus: 0, responseType: 3 })
  })
})

describe('one occurrence', () => {
  const series = { lines: ['RRULE:FREQ=WEEKLY;COUNT=5'] }

  test.each(['14.1', '16.0', '16.1'])('of a series in the calendar is answered by its start in %s', async (version) => {
    await invited(series)
    const phone = await phoneOf(version)
    await answer(phone, await invitationOn(phone), 1)
    const { id } = await toldEvent(phone, 'Tea')
    const instance = '2026-03-10T09:00:00.000Z'
    expect(await answer(phone, id, 2, { instance })).toEqual({ status: 1, requestId: id, calendarId: id })
    const event = await eventOf(server, alice)
    expect(event).toMatchObject({ responseType: 3, busyStatus: 2 })
    expect(event.exceptions).toMatchObject([
      { original: Date.parse(instance), deleted: false, changes: { responseType: 2, busyStatus: 1 } },
    ])
    expect(await answer(phone, id, 3, { instance })).toEqual({ status: 1, requestId: id, calendarId: null })
    expect(await answer(phone, id, 3, { instance })).toEqual({ status: 1, requestId: id, calendarId: null })
    expect((await eventOf(server, alice)).exceptions).toMatchObject([{ original: Date.parse(instance), deleted: true }])
  })

  test('of an all-day series is named by the midnight of its zone up to 14.1, and by its date later', async () => {
    await invited({ start: 'DTSTART;VALUE=DATE:20260303', end: 'DTEND;VALUE=DATE:20260304', ...series })
    await changeEvent(server, alice, { zone: 'Europe/Berlin' as CalendarEvent['zone'] })
    const older = await phoneOf('14.1')
    const newer = await phoneOf('16.1')
    const { id } = await toldEvent(older, 'Tea')
    expect(await answer(older, id, 3, { instance: '2026-03-09T23:00:00.000Z' })).toMatchObject({ status: 1 })
    expect(await answer(newer, id, 3, { instance: '2026-03-17T00:00:00.000Z' })).toMatchObject({ status: 1 })
    const { exceptions } = await eventOf(server, alice)
    expect(exceptions.map(({ original, deleted }) => [new Date(original).toISOString().slice(0, 10), deleted])).toEqual([
      ['2026-03-10', true],
      ['2026-03-17', true],
    ])
  })

  test('that is none is Status 2, 104 or 146', async () => {
    await invited({ uid: 'once', summary: 'Once' })
    await invited({ uid: 'series', ...series })
    const phone = await phoneOf('16.1')
    const mail = await invitationOn(phone)
    const [once, weekly5] = [await toldEvent(phone, 'Once'), await toldEvent(phone, 'Tea')]
    const status = async (id: string, instance: string) => (await answer(phone, id, 1, { instance })).status
    expect(await status(mail, '2026-03-10T09:00:00.000Z')).toBe(2)
    expect(await status(weekly5.id, '2026-03-11T09:00:00.000Z')).toBe(2)
    expect(await status(weekly5.id, '')).toBe(104)
    expect(await status(weekly5.id, 'next week')).toBe(104)
    expect(await status(once.id, '2026-03-03T09:00:00.000Z')).toBe(146)
  })

  test('that a mail asks for alone is answered by that mail', async () => {
    await invited(series)
    const phone = await phoneOf('16.1')
    await answer(phone, await invitationOn(phone), 1)
    await invited({
      subject: 'Once',
      stamp: '20260302T090000Z',
      start: 'DTSTART:20260310T110000Z',
      end: 'DTEND:20260310T120000Z',
      lines: ['RECURRENCE-ID:20260310T090000Z'],
    })
    expect((await eventOf(server, alice)).exceptions).toMatchObject([{ changes: { responseType: 5 } }])
    expect(await answer(phone, await invitationOn(phone, 'Once'), 1)).toMatchObject({ status: 1 })
    expect((await eventOf(server, alice)).exceptions).toMatchObject([{ changes: { responseType: 3, start: Date.UTC(2026, 2, 10, 11) } }])
  })

  test('is answered with the others that one mail asks for', async () => {
    await invited(series)
    const phone = await phoneOf('16.1')
    await answer(phone, await invitationOn(phone), 1)
    const occurrence = (day: number) => [
      'BEGIN:VEVENT',
      'UID:tea@example.test',
      'DTSTAMP:20260302T090000Z',
      `RECURRENCE-ID:202603${day}T090000Z`,
      `DTSTART:202603${day}T110000Z`,
      `DTEND:202603${day}T120000Z`,
      'SUMMARY:Tea',
      'ORGANIZER:mailto:bob@elsewhere.test',
      `ATTENDEE:mailto:${alice}`,
      'END:VEVENT',
    ]
    const first = ['RECURRENCE-ID:20260310T090000Z']
    const times = { start: 'DTSTART:20260310T110000Z', end: 'DTEND:20260310T120000Z', stamp: '20260302T090000Z' }
    await invited({ subject: 'Twice', lines: first, components: [occurrence(17)], ...times })
    expect((await answer(phone, await invitationOn(phone, 'Twice'), 2)).status).toBe(1)
    expect((await eventOf(server, alice)).exceptions.map(({ changes }) => changes.responseType)).toEqual([2, 2])
  })

  test('of a series that was never told of stands by itself', async () => {
    await invited({ lines: ['RECURRENCE-ID:20260310T090000Z'], start: 'DTSTART:20260310T090000Z', end: 'DTEND:20260310T100000Z' })
    const phone = await phoneOf('14.1')
    const { status, calendarId } = await answer(phone, await invitationOn(phone), 1)
    expect(status).toBe(1)
    expect((await toldEvent(phone, 'Tea')).id).toBe(calendarId)
    expect(await eventOf(server, alice)).toMatchObject({ responseType: 3, recurrence: null })
  })
})

describe('a mail that lies', () => {
  test('about a meeting of one’s own, or of somebody else, gets no answer', async () => {
    await putEvent(server, alice, ownMeeting(alice, ['carol@elsewhere.test'], { uid: 'own', subject: 'Own' }))
    await invited({ uid: 'theirs', summary: 'Theirs' })
    const eve = { organizer: 'eve@elsewhere.test', from: 'eve@elsewhere.test' }
    await invited({ ...eve, uid: 'own', summary: 'Lie one' })
    await invited({ ...eve, uid: 'theirs', summary: 'Lie two' })
    const before = await eventsOf(server, alice)
    const phone = await phoneOf('16.1')
    for (const subject of ['Lie one', 'Lie two'])
      expect((await answer(phone, await invitationOn(phone, subject), 1, { send: [] })).status).toBe(2)
    expect(await eventsOf(server, alice)).toEqual(before)
    expect(await server.store.outbox.list()).toEqual([])
  })
})

describe('what is found by a search', () => {
  test('is answered by its LongId, beside which no other name may stand', async () => {
    await invited()
    const phone = await phoneOf('14.1')
    const id = await invitationOn(phone)
    expect((await answer(phone, id, 1, { longId: id })).status).toBe(105)
    expect(await answer(phone, null, 1, { longId: id })).toMatchObject({ status: 1, requestId: null })
  })
})

describe('who mails the answer', () => {
  const ios13 = { userAgent: 'Apple-iPhone9C1/1701.575' }
  let bob: string

  beforeEach(async () => {
    bob = `bob${names}@example.test`
    await server.account(bob)
    await putEvent(server, bob, ownMeeting(bob, [alice]))
  })

  const invitedByBob = (fields: InvitationFields = {}) => invited({ organizer: bob, from: `Bob <${bob}>`, attendees: [alice], ...fields })
  const heard = async () => {
    await settled(server)
    return meetingMails(server, bob)
  }

  test.each(['16.0', '16.1'])('the server in %s, if it is asked to: empty, without a text', async (version) => {
    await invitedByBob()
    const phone = await phoneOf(version)
    await answer(phone, await invitationOn(phone), 1, { send: [] })
    const [reply, ...others] = await heard()
    expect(others).toEqual([])
    expect(reply).toMatchObject({ method: 'REPLY', innerMethod: 'REPLY', subject: 'Accepted: Tea', from: alice, to: [bob] })
    expect(reply?.text).toBe('When: Tuesday, 3 March 2026, 09:00 to 10:00 (UTC)\n')
    expect(reply?.events).toMatchObject([
      { uid: 'tea@example.test', sequence: 0, organizer: bob, attendees: [`${alice} ACCEPTED`], summary: 'Tea', recurrenceId: null },
    ])
    expect(reply?.events[0]?.names).not.toContain('categories')
    expect((await eventOf(server, bob)).attendees).toMatchObject([{ status: 3 }])
  })

  test('and tells nothing of how busy who answers shows himself', async () => {
    await invitedByBob()
    const phone = await phoneOf('16.1')
    await answer(phone, await invitationOn(phone), 2, { send: [] })
    const [reply] = await heard()
    // An organizer's program would take STATUS for that of the meeting.
    for (const name of ['status', 'x-easel-response-requested']) expect(reply?.events[0]?.names).not.toContain(name)
    expect((await eventOf(server, alice)).busyStatus).toBe(1)
  })

  test.each(['16.0', '16.1'])('nobody in %s where the phone does not ask', async (version) => {
    await invitedByBob()
    const phone = await phoneOf(version)
    await answer(phone, await invitationOn(phone), 1)
    expect(await heard()).toEqual([])
  })

  test.each(['12.1', '14.0', '14.1'])('the phone in %s, whatever it asks', async (version) => {
    await invitedByBob()
    const phone = await phoneOf(version)
    await answer(phone, await invitationOn(phone), 1, { send: [saying('Yes')] })
    expect(await heard()).toEqual([])
  })

  test('the server for iOS 12.4 to 13 up to 14.1, which leaves it undone, and by its request alone later', async () => {
    await invitedByBob()
    const phone = await phoneOf('14.1', ios13)
    const id = await invitationOn(phone)
    await answer(phone, id, 3)
    await answer(phone, id, 3)
    expect(titles(await heard())).toEqual(['REPLY Declined: Tea'])
    await invitedByBob({ uid: 'two', summary: 'Two' })
    const newer = await phoneOf('16.1', ios13)
    await answer(newer, await invitationOn(newer, 'Two'), 1)
    expect(titles(await heard())).toEqual(['REPLY Declined: Tea'])
  })

  test.each(['Apple-iPhone9C1/1606.99', 'Apple-iPhone9C1/1708.1', 'Android/9.0-EAS-2.0'])(
    'the phone, where it is %s',
    async (userAgent) => {
      await invitedByBob()
      const phone = await phoneOf('14.1', { userAgent })
      await answer(phone, await invitationOn(phone), 3)
      expect(await heard()).toEqual([])
    },
  )

  test('once for each answer: given again it is the same, another one is another', async () => {
    await invitedByBob()
    const phone = await phoneOf('16.1')
    const id = await invitationOn(phone)
    for (const response of [1, 1, 2, 2, 1, 1, 3, 3]) {
      await server.clock.advance(60)
      expect((await answer(phone, id, response, { send: [] })).status).toBe(1)
    }
    const given = ['REPLY Accepted: Tea', 'REPLY Tentative: Tea', 'REPLY Accepted: Tea', 'REPLY Declined: Tea']
    expect(titles(await heard())).toEqual(given)
    expect(titles(await meetingMails(server, alice, folderType.sentItems))).toEqual(given)
    expect((await eventOf(server, bob)).attendees).toMatchObject([{ status: 4 }])
  })

  test('nobody where the organizer asked for no answer, unless there is something to say', async () => {
    const unasked = [`ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:${alice}`]
    await invitedByBob({ attendees: unasked })
    await invitedByBob({ attendees: unasked, uid: 'two', summary: 'Two' })
    const phone = await phoneOf('16.1')
    await answer(phone, await invitationOn(phone), 1, { send: [] })
    await answer(phone, await invitationOn(phone, 'Two'), 1, { send: [saying('I come.')] })
    expect(titles(await heard())).toEqual(['REPLY Accepted: Two'])
  })

  test('with a proposal, of which there is both times or none, and which the organizer may refuse', async () => {
    const start = el('MeetingResponse:ProposedStartTime', '20260303T110000Z')
    const end = el('MeetingResponse:ProposedEndTime', '20260303T120000Z')
    const early = el('MeetingResponse:ProposedEndTime', '20260303T100000Z')
    await invitedByBob()
    await invitedByBob({ uid: 'strict', summary: 'Strict', lines: ['X-MICROSOFT-DISALLOW-COUNTER:TRUE'] })
    const phone = await phoneOf('16.1')
    const id = await invitationOn(phone)
    for (const half of [[start], [end], [start, early]]) expect((await answer(phone, id, 2, { send: half })).status).toBe(2)
    expect((await answer(phone, id, 2, { send: [start, el('MeetingResponse:ProposedEndTime', 'later')] })).status).toBe(104)
    expect((await answer(phone, await invitationOn(phone, 'Strict'), 2, { send: [start, end] })).status).toBe(2)
    expect(await heard()).toEqual([])
    expect((await answer(phone, id, 2, { send: [start, end] })).status).toBe(1)
    expect((await answer(phone, id, 2, { send: [start, end] })).status).toBe(1)
    const [counter, ...others] = await heard()
    expect(others).toEqual([])
    expect(counter).toMatchObject({ method: 'COUNTER', events: [{ start: '2026-03-03T11:00:00.000Z', attendees: [`${alice} TENTATIVE`] }] })
    expect((await eventOf(server, bob)).attendees).toMatchObject([{ status: 2, proposed: { start: Date.UTC(2026, 2, 3, 11) } }])
  })

  test('16.0 knows no proposals: it answers, and proposes nothing', async () => {
    await invitedByBob()
    const phone = await phoneOf('16.0')
    await answer(phone, await invitationOn(phone), 2, { send: [el('MeetingResponse:ProposedStartTime', '20260303T110000Z')] })
    expect(titles(await heard())).toEqual(['REPLY Tentative: Tea'])
  })

  test('a body that nobody can read is Status 2, and nothing is mailed', async () => {
    await invitedByBob()
    const phone = await phoneOf('16.1')
    const body = el('AirSyncBase:Body', [el('AirSyncBase:Type', 3), el('AirSyncBase:Data', 'e1xydGY=')])
    expect((await answer(phone, await invitationOn(phone), 1, { send: [body] })).status).toBe(2)
    expect(await heard()).toEqual([])
  })
})
