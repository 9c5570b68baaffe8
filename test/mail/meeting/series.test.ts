// Series of meetings that arrive: their occurrences told of alone, before, after and beside the series.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { invitation, type InvitationFields } from '../../support/invitation.ts'
import { changeEvent, eventOf, eventsOf, updatesOf } from '../../support/meetings.ts'
import { TestServer } from '../../support/server.ts'

const alice = 'alice@example.test'
const at = (time: string) => Date.parse(`2026-03-${time}:00Z`)
let server: TestServer
beforeEach(async () => {
  server = await TestServer.start({ accounts: [alice] })
})
afterEach(() => server.close())

const arrive = (fields: InvitationFields = {}) => server.deliver(alice, invitation(fields))
const series = (fields: InvitationFields = {}) => arrive({ lines: ['RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=TU'], ...fields })
const second = (fields: InvitationFields = {}) =>
  arrive({
    stamp: '20260302T090000Z',
    start: 'DTSTART:20260310T130000Z',
    end: 'DTEND:20260310T140000Z',
    lines: ['RECURRENCE-ID:20260310T090000Z'],
    ...fields,
  })

describe('a series', () => {
  test('stands in the calendar as one event, not answered', async () => {
    await series()
    expect(await eventOf(server)).toMatchObject({
      recurrence: { type: 1, occurrences: 10, daysOfWeek: 4 },
      meetingStatus: 3,
      responseType: 5,
    })
  })

  test('that is moved is asked anew, and its exceptions are those that are told', async () => {
    await series()
    await second()
    await changeEvent(server, alice, { responseType: 3 })
    await series({ sequence: 1, stamp: '20260302T100000Z', start: 'DTSTART:20260303T100000Z', end: 'DTEND:20260303T110000Z' })
    expect(await eventOf(server)).toMatchObject({ start: at('03T10:00'), responseType: 5, exceptions: [] })
  })

  test('that says something else at the same times keeps its exceptions and the answer', async () => {
    await series()
    await second()
    await changeEvent(server, alice, { responseType: 3, busyStatus: 2 })
    await series({ stamp: '20260302T100000Z', summary: 'High tea' })
    expect(await eventOf(server)).toMatchObject({
      subject: 'High tea',
      responseType: 3,
      busyStatus: 2,
      exceptions: [{ original: at('10T09:00'), changes: { start: at('10T13:00') } }],
    })
    expect(await updatesOf(server)).toEqual(['initial', 'full', 'informational'])
  })
})

describe('a series that is told with all of its exceptions', () => {
  const override = (at: string, status = 'CONFIRMED') => [
    'BEGIN:VEVENT',
    'UID:tea@example.test',
    'DTSTAMP:20260302T080000Z',
    `DTSTART:20260310T${at}0000Z`,
    'DURATION:PT1H',
    'RECURRENCE-ID:20260310T090000Z',
    'SUMMARY:Late tea',
    'ORGANIZER:mailto:bob@example.test',
    `ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:${alice}`,
    `STATUS:${status}`,
    'END:VEVENT',
  ]
  const answer = async (responseType: 3 | 4) => {
    const [exception] = (await eventOf(server)).exceptions
    await changeEvent(server, alice, { exceptions: [{ ...exception!, changes: { ...exception!.changes, responseType } }] })
  }

  test('keeps the answer to one of them where its time stays, and forgets it where it does not', async () => {
    await series({ components: [override('13')] })
    await answer(4)
    await series({ stamp: '20260302T090000Z', summary: 'High tea', components: [override('13')] })
    expect((await eventOf(server)).exceptions).toMatchObject([{ changes: { subject: 'Late tea', responseType: 4 } }])
    await series({ stamp: '20260302T100000Z', summary: 'High tea', components: [override('15')] })
    const [again] = (await eventOf(server)).exceptions
    expect(again?.changes).toMatchObject({ start: at('10T15:00') })
    expect(again?.changes.responseType).toBeUndefined()
  })

  test('has those cancelled that are told so', async () => {
    await series({ components: [override('13', 'CANCELLED')] })
    expect((await eventOf(server)).exceptions).toMatchObject([{ deleted: false, changes: { meetingStatus: 7, busyStatus: 0 } }])
  })
})

describe('one occurrence', () => {
  test('that is moved is an exception, asked for by itself', async () => {
    await series()
    await changeEvent(server, alice, { responseType: 3, busyStatus: 2 })
    await second({ summary: 'Late tea' })
    const event = await eventOf(server)
    expect(event).toMatchObject({ start: at('03T09:00'), responseType: 3, subject: 'Tea' })
    expect(event.exceptions).toEqual([
      {
        original: at('10T09:00'),
        deleted: false,
        changes: expect.objectContaining({
          subject: 'Late tea',
          start: at('10T13:00'),
          end: at('10T14:00'),
          allDay: false,
          responseType: 5,
          busyStatus: 1,
        }),
      },
    ])
    expect(await updatesOf(server)).toEqual(['initial', 'full'])
  })

  test('at its time, with other words, keeps the answer of the series', async () => {
    await series()
    await changeEvent(server, alice, { responseType: 3, busyStatus: 2 })
    await second({ start: 'DTSTART:20260310T090000Z', end: 'DTEND:20260310T100000Z', summary: 'Tea with cake' })
    expect((await eventOf(server)).exceptions).toMatchObject([{ changes: { subject: 'Tea with cake', responseType: 3, busyStatus: 2 } }])
    expect(await updatesOf(server)).toEqual(['initial', 'informational'])
  })

  test('that is moved to where the first one is, is there', async () => {
    await series()
    await second({ start: 'DTSTART:20260303T090000Z', end: 'DTEND:20260303T100000Z' })
    expect((await eventOf(server)).exceptions).toMatchObject([{ original: at('10T09:00'), changes: { start: at('03T09:00') } }])
  })

  test('told in an order of its own ends as the newest', async () => {
    await series()
    await second({ sequence: 2, stamp: '20260302T110000Z', summary: 'Newest' })
    await second({ sequence: 1, stamp: '20260302T100000Z', summary: 'Older' })
    expect((await eventOf(server)).exceptions).toMatchObject([{ changes: { subject: 'Newest', sequence: 2 } }])
    expect(await updatesOf(server)).toEqual(['initial', 'full', 'outdated'])
  })

  test('that the series does not have changes nothing', async () => {
    await series()
    await second({ lines: ['RECURRENCE-ID:20260312T090000Z'] })
    expect((await eventOf(server)).exceptions).toEqual([])
  })

  test('named by another time of its day, as some programs do, is that of the day', async () => {
    await series()
    await second({ lines: ['RECURRENCE-ID:20260310T080000Z'] })
    expect((await eventOf(server)).exceptions).toMatchObject([{ original: at('10T09:00') }])
  })

  test('that is cancelled stays to be seen, and the others take place', async () => {
    await series()
    await second({ method: 'CANCEL', sequence: 1, lines: ['RECURRENCE-ID:20260310T090000Z', 'STATUS:CANCELLED'] })
    const event = await eventOf(server)
    expect(event).toMatchObject({
      meetingStatus: 3,
      exceptions: [{ original: at('10T09:00'), deleted: false, changes: { meetingStatus: 7, busyStatus: 0 } }],
    })
    await second({ sequence: 2, stamp: '20260302T120000Z' })
    const [again] = (await eventOf(server)).exceptions
    expect(again?.changes).toMatchObject({ responseType: 5, busyStatus: 1 })
    expect(again?.changes.meetingStatus).toBeUndefined()
  })

  test('whose series is cancelled is cancelled with it', async () => {
    await series()
    await second()
    await second({ method: 'CANCEL', sequence: 1, lines: ['RECURRENCE-ID:20260310T090000Z', 'STATUS:CANCELLED'] })
    await series({ method: 'CANCEL', sequence: 2, stamp: '20260302T120000Z', lines: ['STATUS:CANCELLED'] })
    const event = await eventOf(server)
    expect(event.meetingStatus).toBe(7)
    expect(event.exceptions.map(({ changes }) => changes.meetingStatus)).toEqual([undefined])
  })
})

describe('files of a meeting', () => {
  const file = (name: string, content: string) =>
    `ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=text/plain;X-FILENAME=${name}:${Buffer.from(content).toString('base64')}`

  /** The files of an event and of its exceptions: number, name and content. */
  async function files(): Promise<(readonly [number, string, string])[]> {
    const mailbox = await server.mailbox(alice)
    const [id] = await mailbox.withUid('Calendar', 'tea@example.test')
    const source = await mailbox.source(id!)
    const bytes = Buffer.from(await source!.read(0, source!.bytes))
    const event = await eventOf(server)
    return [...event.files, ...event.exceptions.flatMap(({ changes }) => changes.files ?? [])].map(
      ({ number, name, start, end }) => [number, name, bytes.toString('utf8', start, end)] as const,
    )
  }

  test('are those that its organizer told last, of the series and of each occurrence, each with a number of its own', async () => {
    await series({ lines: ['RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=TU', file('agenda.txt', 'Agenda')] })
    expect(await files()).toEqual([[1, 'agenda.txt', 'Agenda']])
    await second({ lines: ['RECURRENCE-ID:20260310T090000Z', file('menu.txt', 'Cake')] })
    expect(await files()).toEqual([
      [1, 'agenda.txt', 'Agenda'],
      [2, 'menu.txt', 'Cake'],
    ])
    // The series is told anew, without its exceptions: what they have stays.
    await series({ stamp: '20260302T100000Z', lines: ['RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=TU', file('plan.txt', 'A plan')] })
    expect(await files()).toEqual([
      [3, 'plan.txt', 'A plan'],
      [2, 'menu.txt', 'Cake'],
    ])
    await second({ sequence: 1, stamp: '20260302T110000Z', lines: ['RECURRENCE-ID:20260310T090000Z', file('menu.txt', 'Scones')] })
    expect(await files()).toEqual([
      [3, 'plan.txt', 'A plan'],
      [4, 'menu.txt', 'Scones'],
    ])
    const mailbox = await server.mailbox(alice)
    const [id] = await mailbox.withUid('Calendar', 'tea@example.test')
    expect((await mailbox.source(id!))?.bytes).toBe('A planScones'.length)
  })
})

describe('one occurrence of a series that nobody told of', () => {
  test('is an event by itself, updated and cancelled by its name', async () => {
    await second()
    await second({ lines: ['RECURRENCE-ID:20260317T090000Z'], start: 'DTSTART:20260317T130000Z', end: 'DTEND:20260317T140000Z' })
    expect((await eventsOf(server)).map(({ start, recurrence }) => [start, recurrence])).toEqual([
      [at('10T13:00'), null],
      [at('17T13:00'), null],
    ])
    await second({ sequence: 1, stamp: '20260302T100000Z', start: 'DTSTART:20260310T150000Z', end: 'DTEND:20260310T160000Z' })
    await second({ method: 'CANCEL', sequence: 1, stamp: '20260302T100000Z', lines: ['RECURRENCE-ID:20260317T090000Z'] })
    expect((await eventsOf(server)).map(({ start, meetingStatus }) => [start, meetingStatus])).toEqual([
      [at('10T15:00'), 3],
      [at('17T13:00'), 7],
    ])
  })

  test('becomes an exception of the series once that is told of, with its answer', async () => {
    await second()
    await changeEvent(server, alice, { responseType: 3, busyStatus: 2 })
    await series()
    expect(await eventOf(server)).toMatchObject({
      recurrence: { occurrences: 10 },
      responseType: 5,
      exceptions: [{ original: at('10T09:00'), changes: { start: at('10T13:00'), responseType: 3, busyStatus: 2 } }],
    })
  })
})
