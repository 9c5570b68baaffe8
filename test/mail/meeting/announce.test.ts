// What organizers' changes make necessary to say, read back by other implementations.
import { describe, expect, test } from 'vitest'
import { placeNamed } from '../../../src/format/place.ts'
import { announcements, revised } from '../../../src/mail/meeting/announce.ts'
import type { Attendee, CalendarEvent, Exception } from '../../../src/model/event.ts'
import { anAccount } from '../../support/meeting-account.ts'
import { readMeetingMail, type ReadMeetingMail } from '../../support/itip.ts'
import { ownMeeting, weekly } from '../../support/meetings.ts'

const account = anAccount('alice@example.test', 'Alice', 'al@example.test')
const now = Date.UTC(2026, 2, 1, 12)
const hour = 3_600_000
const week = 7 * 24 * hour
const limits = { recipientsMax: 100, messageBytesMax: 1 << 20 }

const meeting = (attendees: readonly string[], change: Partial<CalendarEvent> = {}) => ownMeeting('alice@example.test', attendees, change)
const guests = (...addresses: string[]): readonly Attendee[] => meeting(addresses).attendees
const series = (attendees: readonly string[], change: Partial<CalendarEvent> = {}) => meeting(attendees, { recurrence: weekly, ...change })
const first = meeting([]).start

interface Change {
  readonly at?: number
  readonly source?: Uint8Array
  readonly recipientsMax?: number
}

/** What is stored, and what is mailed. */
async function change(before: CalendarEvent | null, after: CalendarEvent | null, { at = now, source, recipientsMax }: Change = {}) {
  const event = after === null ? null : revised(before, after, account, at)
  const options = {
    account,
    now: at,
    limits: recipientsMax === undefined ? limits : { ...limits, recipientsMax },
    source: source ?? new Uint8Array(0),
  }
  const prepared = announcements(before, event, options)
  const mails = await Promise.all(prepared.map(({ wire }) => readMeetingMail(wire)))
  return { event, prepared, mails }
}

const summary = ({ method, to, events }: ReadMeetingMail) =>
  `${method} ${to.map((address) => address.split('@')[0]).join('+')}${events.map(({ recurrenceId }) => (recurrenceId === null ? '' : ` ${recurrenceId.slice(0, 10)}`)).join('')}`

async function said(before: CalendarEvent | null, after: CalendarEvent | null, options?: Change): Promise<string[]> {
  return (await change(before, after, options)).mails.map(summary)
}

/** An event as it was stored and told. */
function told(event: CalendarEvent): CalendarEvent {
  return revised(null, event, account, now)
}

const without = (event: CalendarEvent, ...addresses: string[]) => event.attendees.filter(({ address }) => !addresses.includes(address))
const moved = (event: CalendarEvent, by: number): CalendarEvent => ({ ...event, start: event.start + by, end: event.end + by })
const answeredBy = (event: CalendarEvent, address: string): CalendarEvent => ({
  ...event,
  attendees: event.attendees.map((one) => (one.address === address ? { ...one, status: 3, repliedAt: now } : one)),
})
const except = (event: CalendarEvent, original: number, changes: Exception['changes'], deleted = false): CalendarEvent => ({
  ...event,
  exceptions: [...event.exceptions.filter((one) => one.original !== original), { original, deleted, changes }],
})

describe('a new meeting', () => {
  test('invites everybody by one mail that other implementations read', async () => {
    const event = meeting(['bob@example.test', 'carol@example.test'], {
      place: placeNamed('Room 4'),
      text: { type: 1, text: 'Bring cake.' },
    })
    const { mails, prepared } = await change(null, event)
    expect(mails.map(summary)).toEqual(['REQUEST bob+carol'])
    expect(prepared[0]?.recipients).toEqual(['bob@example.test', 'carol@example.test'])
    const [mail] = mails
    expect(mail).toMatchObject({
      from: 'alice@example.test',
      subject: 'Tea',
      date: '2026-03-01T12:00:00.000Z',
      contentClass: 'urn:content-classes:calendarmessage',
      innerMethod: 'REQUEST',
      html: null,
    })
    expect(mail?.text).toBe('When: Tuesday, 3 March 2026, 10:00 to 11:00 (Europe/Berlin)\nWhere: Room 4\n\nBring cake.\n')
    expect(mail?.events).toHaveLength(1)
    expect(mail?.events[0]).toMatchObject({
      uid: 'tea@example.test',
      sequence: 0,
      stamp: '2026-03-01T12:00:00.000Z',
      start: '2026-03-03T09:00:00.000Z',
      end: '2026-03-03T10:00:00.000Z',
      summary: 'Tea',
      location: 'Room 4',
      organizer: 'alice@example.test',
      attendees: ['bob@example.test NEEDS-ACTION RSVP', 'carol@example.test NEEDS-ACTION RSVP'],
    })
  })

  test('is told in HTML where its text is, and keeps what is the organizer’s own', async () => {
    const text = { type: 2, text: '<html><body><b>Bring</b> cake.</body></html>' } as const
    const { mails } = await change(null, meeting(['bob@example.test'], { text, reminder: 15, categories: ['Secret'] }))
    expect(mails[0]?.html).toContain('<b>Bring</b> cake.')
    expect(mails[0]?.html).toContain('Tuesday, 3 March 2026')
    expect(mails[0]?.text).toContain('Bring cake.')
    expect(mails[0]?.events[0]?.names).not.toContain('categories')
  })

  test('carries its files as parts of the mail', async () => {
    const file = { number: 1, name: 'agenda.txt', type: 'text/plain', inline: false, contentId: null, contentLocation: null }
    const event = meeting(['bob@example.test'], { files: [{ ...file, start: 0, end: 5 }], lastFile: 1 })
    const { mails } = await change(null, event, { source: Buffer.from('1. Tea') })
    expect(mails[0]?.files).toEqual(['agenda.txt: 1. Te'])
    expect(mails[0]?.events[0]?.names).not.toContain('attach')
  })

  test('that is too large goes without its files', async () => {
    const file = { number: 1, name: 'agenda.txt', type: 'text/plain', inline: false, contentId: null, contentLocation: null }
    const source = Buffer.alloc(2 << 20, 'x')
    const event = meeting(['bob@example.test'], { files: [{ ...file, start: 0, end: source.length }], lastFile: 1 })
    const { mails } = await change(null, event, { source })
    expect(mails.map(summary)).toEqual(['REQUEST bob'])
    expect(mails[0]?.files).toEqual([])
  })

  test('tells nobody where nobody is invited, nor the organizer himself, nor what has no address', async () => {
    expect(await said(null, meeting([]))).toEqual([])
    expect(await said(null, meeting(['alice@example.test', 'AL@example.test', 'alice+tea@example.test']))).toEqual([])
    expect(await said(null, meeting(['', 'the big room']))).toEqual([])
    expect(await said(null, meeting(['bob@example.test', '', 'BOB@example.test']))).toEqual(['REQUEST bob'])
  })

  test('in the past is no news', async () => {
    expect(await said(null, moved(meeting(['bob@example.test']), -week))).toEqual([])
    expect(await said(moved(meeting(['bob@example.test']), -week), null)).toEqual([])
  })

  test('that wants no answers, or no proposals, says so', async () => {
    const { mails } = await change(null, meeting(['bob@example.test'], { responseRequested: false, disallowNewTimeProposal: true }))
    expect(mails[0]?.events[0]?.attendees).toEqual(['bob@example.test NEEDS-ACTION'])
    expect(mails[0]?.events[0]?.names).toContain('x-microsoft-disallow-counter')
  })

  test.each([
    'Bob "the Boss" <evil@example.test>',
    'O’Neil, Jr.; Sales',
    'x\r\nBcc: eve@example.test',
    '=?utf-8?Q?x?=',
    '茶 😀',
    '\u0000\\"',
  ])('is told to somebody called %j, and to nobody else', async (name) => {
    const [guest] = guests('bob@example.test')
    const { mails, prepared } = await change(null, meeting([], { subject: `Tea\r\nBcc: ${name}`, attendees: [{ ...guest!, name }] }))
    expect(prepared.map(({ recipients }) => recipients)).toEqual([['bob@example.test']])
    expect(mails[0]?.to).toEqual(['bob@example.test'])
    expect(mails[0]?.events[0]?.attendees).toEqual(['bob@example.test NEEDS-ACTION RSVP'])
    expect(Buffer.from(prepared[0]!.wire).toString('latin1')).not.toMatch(/^Bcc:/im)
  })

  test('of somebody else is not ours to tell', async () => {
    const received = meeting(['alice@example.test', 'bob@example.test'], {
      organizer: { name: 'Dan', address: 'dan@example.test' },
      meetingStatus: 3,
    })
    expect(await said(null, received)).toEqual([])
    expect(await said(received, { ...received, subject: 'Mine now' })).toEqual([])
    expect(await said(received, null)).toEqual([])
  })

  test('is told to as many as one mail may have, by several mails', async () => {
    const crowd = Array.from({ length: 5 }, (_, index) => `guest${index}@example.test`)
    expect(await said(null, meeting(crowd), { recipientsMax: 2 })).toEqual([
      'REQUEST guest0+guest1',
      'REQUEST guest2+guest3',
      'REQUEST guest4',
    ])
  })

  test('is the same mail, byte for byte, when it is made again', async () => {
    const event = meeting(['bob@example.test'], { text: { type: 2, text: '<p>Ü</p>' } })
    const [one, other] = [await change(null, event), await change(null, event)]
    expect(Buffer.compare(one.prepared[0]!.wire, other.prepared[0]!.wire)).toBe(0)
    expect(one.prepared[0]!.id).toBe(other.prepared[0]!.id)
  })
})

describe('a change', () => {
  const event = told(meeting(['bob@example.test', 'carol@example.test']))
  const later = { at: now + hour }

  test('of the time raises SEQUENCE and asks everybody anew', async () => {
    const before = answeredBy(event, 'bob@example.test')
    const { event: after, mails } = await change(before, moved(before, hour), later)
    expect(after).toMatchObject({ sequence: 1, stamp: now + hour })
    expect(after?.attendees.map(({ status, repliedAt }) => [status, repliedAt])).toEqual([
      [5, null],
      [5, null],
    ])
    expect(mails.map(summary)).toEqual(['REQUEST bob+carol'])
    expect(mails[0]?.events[0]).toMatchObject({ sequence: 1, start: '2026-03-03T10:00:00.000Z', stamp: '2026-03-01T13:00:00.000Z' })
  })

  test.each<[string, Partial<CalendarEvent>]>([
    ['subject', { subject: 'Coffee' }],
    ['place', { place: placeNamed('Garden') }],
    ['text', { text: { type: 1, text: 'Bring cake.' } }],
  ])('of the %s is told, and leaves answers and SEQUENCE as they are', async (_, fields) => {
    const before = answeredBy(event, 'bob@example.test')
    const { event: after, mails } = await change(before, { ...before, ...fields }, later)
    expect(after).toMatchObject({ sequence: 0, stamp: now + hour })
    expect(after?.attendees.map(({ status }) => status)).toEqual([3, 5])
    expect(mails.map(summary)).toEqual(['REQUEST bob+carol'])
    expect(mails[0]?.events[0]?.attendees).toEqual(['bob@example.test ACCEPTED RSVP', 'carol@example.test NEEDS-ACTION RSVP'])
  })

  test.each<[string, Partial<CalendarEvent>]>([
    ['reminder', { reminder: 5 }],
    ['categories', { categories: ['Blue'] }],
    ['own busy status', { busyStatus: 3 }],
    ['sensitivity', { sensitivity: 2 }],
    ['nothing', {}],
  ])('of the %s is nobody’s business', async (_, fields) => {
    const { event: after, mails } = await change(event, { ...event, ...fields }, later)
    expect(mails).toEqual([])
    expect(after).toEqual({ ...event, ...fields })
  })

  test('of the guests invites who is new, tells who stays, uninvites who left', async () => {
    const before = answeredBy(event, 'carol@example.test')
    const people = [...without(before, 'bob@example.test'), ...guests('dan@example.test')]
    const { event: after, mails } = await change(before, { ...before, attendees: people }, later)
    expect(mails.map(summary)).toEqual(['REQUEST carol+dan', 'CANCEL bob'])
    expect(after?.sequence).toBe(1)
    expect(mails[0]?.events[0]?.attendees).toEqual(['carol@example.test ACCEPTED RSVP', 'dan@example.test NEEDS-ACTION RSVP'])
    // RFC 5546 3.2.5: the meeting goes on, so it is not cancelled, and nobody else is named.
    expect(mails[1]).toMatchObject({ subject: 'Canceled: Tea', innerMethod: 'CANCEL' })
    expect(mails[1]?.events[0]?.status).not.toBe('CANCELLED')
    expect(mails[1]?.events[0]?.attendees.map((line) => line.split(' ')[0])).toEqual(['bob@example.test'])
    expect(mails[1]?.events[0]?.sequence).toBe(1)
  })

  test('that only adds a guest leaves SEQUENCE as it is', async () => {
    const { event: after } = await change(event, { ...event, attendees: [...event.attendees, ...guests('dan@example.test')] }, later)
    expect(after?.sequence).toBe(0)
  })

  test('that takes away every guest cancels for all of them', async () => {
    expect(await said(event, { ...event, attendees: [], meetingStatus: 0 }, later)).toEqual(['CANCEL bob+carol'])
  })

  test('that makes a meeting of an appointment invites', async () => {
    const alone = meeting([], { meetingStatus: 0, organizer: null })
    expect(await said(alone, { ...alone, meetingStatus: 1, attendees: guests('bob@example.test') }, later)).toEqual(['REQUEST bob'])
  })

  test('what a client says of answers counts for nothing', async () => {
    const before = answeredBy(event, 'bob@example.test')
    const forgotten = before.attendees.map((one) => ({ ...one, status: 0 as const, repliedAt: null }))
    const { event: after, mails } = await change(before, { ...before, attendees: forgotten }, later)
    expect(after?.attendees[0]).toMatchObject({ status: 3, repliedAt: now })
    expect(mails).toEqual([])
  })
})

describe('calling off', () => {
  const event = told(meeting(['bob@example.test', 'carol@example.test']))
  const later = { at: now + hour }

  test('by removing the event tells everybody that it is cancelled', async () => {
    const { mails } = await change(event, null, later)
    expect(mails.map(summary)).toEqual(['CANCEL bob+carol'])
    expect(mails[0]).toMatchObject({ subject: 'Canceled: Tea' })
    expect(mails[0]?.events[0]).toMatchObject({ status: 'CANCELLED', sequence: 1, stamp: '2026-03-01T13:00:00.000Z' })
  })

  test('by marking it as cancelled tells it once, and removing it afterwards tells nothing', async () => {
    const { event: cancelled, mails } = await change(event, { ...event, meetingStatus: 5 }, later)
    expect(mails.map(summary)).toEqual(['CANCEL bob+carol'])
    expect(mails[0]?.events[0]).toMatchObject({ status: 'CANCELLED', sequence: 1 })
    expect(cancelled?.sequence).toBe(1)
    expect(await said(cancelled, null, later)).toEqual([])
  })

  test('what is over is not called off any more', async () => {
    expect(await said(event, null, { at: event.end })).toEqual([])
  })
})

describe('a series', () => {
  const event = told(series(['bob@example.test', 'carol@example.test']))
  const second = first + week
  const later = { at: now + hour }

  test('is told with its exceptions by one mail', async () => {
    const busy = except(except(series(['bob@example.test']), second, { subject: 'Cake' }), second + week, {}, true)
    const { mails } = await change(null, busy)
    expect(mails.map(summary)).toEqual(['REQUEST bob 2026-03-10'])
    expect(mails[0]?.events.map(({ summary: title }) => title)).toEqual(['Tea', 'Cake'])
    expect(mails[0]?.events[0]?.rule).toContain('FREQ=WEEKLY')
    expect(mails[0]?.events[0]?.exdates).toEqual(['2026-03-17T09:00:00.000Z'])
    expect(mails[0]?.text).toContain('Repeats: Every week on Tuesday, 10 times')
  })

  test('whose one occurrence moves tells that occurrence alone', async () => {
    const before = answeredBy(event, 'bob@example.test')
    const changes = { start: second + hour, end: second + 2 * hour, allDay: false }
    const { event: after, mails } = await change(before, except(before, second, changes), later)
    expect(mails.map(summary)).toEqual(['REQUEST bob+carol 2026-03-10'])
    expect(mails[0]?.events[0]).toMatchObject({
      recurrenceId: '2026-03-10T09:00:00.000Z',
      start: '2026-03-10T10:00:00.000Z',
      sequence: 1,
      rule: null,
      attendees: ['bob@example.test NEEDS-ACTION RSVP', 'carol@example.test NEEDS-ACTION RSVP'],
    })
    expect(after).toMatchObject({ sequence: 0, stamp: before.stamp })
    expect(after?.attendees[0]?.status).toBe(3)
    expect(after?.exceptions[0]?.changes).toMatchObject({ sequence: 1, stamp: now + hour })
  })

  test('whose one occurrence is renamed keeps the answers to it', async () => {
    const before = answeredBy(event, 'bob@example.test')
    const { mails } = await change(before, except(before, second, { subject: 'Cake' }), later)
    expect(mails.map(summary)).toEqual(['REQUEST bob+carol 2026-03-10'])
    expect(mails[0]?.events[0]).toMatchObject({ summary: 'Cake', sequence: 0 })
    expect(mails[0]?.events[0]?.attendees[0]).toBe('bob@example.test ACCEPTED RSVP')
  })

  test('whose one occurrence is taken away cancels that occurrence', async () => {
    const { mails } = await change(event, except(event, second, {}, true), later)
    expect(mails.map(summary)).toEqual(['CANCEL bob+carol 2026-03-10'])
    expect(mails[0]?.events[0]).toMatchObject({ status: 'CANCELLED', sequence: 1, rule: null })
    expect(await said(event, except(event, second, { meetingStatus: 5 }), later)).toEqual(['CANCEL bob+carol 2026-03-10'])
  })

  test('tells nothing of an occurrence that is over', async () => {
    expect(await said(event, except(event, first, { subject: 'Cake' }), { at: first + 2 * hour })).toEqual([])
    expect(await said(event, except(event, first, {}, true), { at: first + 2 * hour })).toEqual([])
  })

  test('tells once what one change did to several occurrences', async () => {
    const after = except(except(event, second, { subject: 'Cake' }), second + week, { subject: 'Pie' })
    expect(await said(event, after, later)).toEqual(['REQUEST bob+carol 2026-03-10 2026-03-17'])
  })

  test('uninvites somebody from one occurrence, and invites another to it', async () => {
    const people = [...without(event, 'bob@example.test'), ...guests('dan@example.test')]
    const { event: after, mails } = await change(event, except(event, second, { attendees: people }), later)
    expect(mails.map(summary).toSorted()).toEqual(['CANCEL bob 2026-03-10', 'REQUEST carol+dan 2026-03-10'])
    const cancel = mails.find(({ method }) => method === 'CANCEL')
    expect(cancel?.events[0]?.status).not.toBe('CANCELLED')
    expect(cancel?.events[0]?.attendees.map((line) => line.split(' ')[0])).toEqual(['bob@example.test'])
    // Later news of the whole leaves out what he does not come to; who comes once hears of that alone.
    const { mails: renamed } = await change(after, { ...after!, subject: 'Coffee' }, { at: now + 2 * hour })
    expect(renamed.map(summary).toSorted()).toEqual(['REQUEST bob', 'REQUEST carol 2026-03-10', 'REQUEST dan 2026-03-10'])
    expect(renamed.find(({ to }) => to[0] === 'bob@example.test')?.events[0]?.exdates).toEqual(['2026-03-10T09:00:00.000Z'])
    expect(renamed.find(({ to }) => to[0] === 'dan@example.test')?.events).toHaveLength(1)
  })

  test('that moves as a whole is told as a whole, above every number that was given', async () => {
    const { event: once } = await change(
      event,
      except(event, second, { start: second + hour, end: second + 2 * hour, allDay: false }),
      later,
    )
    const { event: after, mails } = await change(once, moved({ ...once!, exceptions: [] }, 2 * hour), { at: now + 2 * hour })
    expect(after?.sequence).toBe(2)
    expect(mails.map(summary)).toEqual(['REQUEST bob+carol'])
  })

  test('that is removed is cancelled as a whole, once', async () => {
    const { mails } = await change(except(event, second, { subject: 'Cake' }), null, later)
    expect(mails.map(summary)).toEqual(['CANCEL bob+carol'])
  })
})

describe('an all-day meeting', () => {
  test('is told by its dates', async () => {
    const event = meeting(['bob@example.test'], { allDay: true, start: Date.UTC(2026, 4, 1), end: Date.UTC(2026, 4, 3) })
    const { mails } = await change(null, event)
    expect(mails[0]?.events[0]).toMatchObject({ start: '2026-05-01', end: '2026-05-03' })
    expect(mails[0]?.text).toContain('When: Friday, 1 May 2026 to Saturday, 2 May 2026, all day')
  })
})
