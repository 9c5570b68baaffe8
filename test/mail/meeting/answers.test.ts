// Answers of attendees that arrive: what they change in the organizer's calendar, and whose they must be.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Exception } from '../../../src/model/event.ts'
import { invitation, reply, type InvitationFields } from '../../support/invitation.ts'
import { eventOf, eventsOf, ownMeeting, putEvent, weekly } from '../../support/meetings.ts'
import { TestServer } from '../../support/server.ts'

const bob = 'bob@example.test'
const alice = 'alice@example.test'
const carol = 'carol@example.test'
const at = (time: string) => Date.parse(`2026-03-${time}:00Z`)
let server: TestServer
beforeEach(async () => {
  server = await TestServer.start({ accounts: [bob] })
})
afterEach(() => server.close())

const answer = (attendee: string, status: string, fields: InvitationFields = {}) => server.deliver(bob, reply(attendee, status, fields))
const answers = async () => (await eventOf(server, bob)).attendees.map(({ status }) => status)

describe('an answer', () => {
  beforeEach(() => putEvent(server, bob, ownMeeting(bob, [alice, carol])))

  test('stands beside the attendee in the organizer’s copy, with its time', async () => {
    await server.clock.advance(3600 * 3)
    await answer(alice, 'ACCEPTED')
    await answer(carol, 'DECLINED')
    expect(await eventOf(server, bob)).toMatchObject({
      meetingStatus: 1,
      responseType: 1,
      subject: 'Tea',
      attendees: [
        { address: alice, status: 3, repliedAt: at('02T10:00') },
        { address: carol, status: 4, repliedAt: at('02T10:00') },
      ],
    })
  })

  test('that is older than the last one changes nothing, in whatever order they come', async () => {
    await server.clock.advance(3600 * 5)
    await answer(alice, 'TENTATIVE', { stamp: '20260302T110000Z' })
    await answer(alice, 'ACCEPTED', { stamp: '20260302T100000Z' })
    expect(await answers()).toEqual([2, 0])
    await answer(alice, 'DECLINED', { stamp: '20260302T120000Z' })
    expect(await answers()).toEqual([4, 0])
  })

  test('from a clock that is ahead keeps out no later one', async () => {
    await answer(alice, 'ACCEPTED', { stamp: '20990101T000000Z' })
    await server.clock.advance(3600)
    await answer(alice, 'DECLINED', { stamp: '20260302T090000Z' })
    expect(await answers()).toEqual([4, 0])
  })

  test('to what was asked before is no answer to what is asked now', async () => {
    const event = { ...ownMeeting(bob, [alice]), uid: 'moved', sequence: 2, stamp: at('02T12:00') }
    await (await server.mailbox(bob)).emptyFolder((await (await server.mailbox(bob)).defaultFolder(8)).id, false)
    await putEvent(server, bob, event)
    await answer(alice, 'ACCEPTED', { uid: 'moved', sequence: 1, stamp: '20260302T100000Z' })
    expect(await answers()).toEqual([0])
    // Some programs answer everything with SEQUENCE 0.
    await server.clock.advance(3600 * 6)
    await answer(alice, 'ACCEPTED', { uid: 'moved', sequence: 0, stamp: '20260302T130000Z' })
    expect(await answers()).toEqual([3])
  })

  test('in the name of an attendee counts from him, and from whom he lets answer in his house', async () => {
    await answer(alice, 'ACCEPTED', { from: 'mallory@evil.test' })
    await answer(alice, 'ACCEPTED', {
      from: 'mallory@evil.test',
      attendees: [`ATTENDEE;PARTSTAT=ACCEPTED;SENT-BY="mailto:mallory@evil.test":mailto:${alice}`],
    })
    await answer(alice, 'ACCEPTED', { from: carol })
    expect(await answers()).toEqual([0, 0])
    await answer(alice, 'ACCEPTED', {
      from: 'secretary@example.test',
      attendees: [`ATTENDEE;PARTSTAT=ACCEPTED;SENT-BY="mailto:secretary@example.test":mailto:${alice}`],
    })
    expect(await answers()).toEqual([3, 0])
    await answer(carol, 'TENTATIVE', { from: 'mallory@evil.test', headers: [`Sender: ${carol}`] })
    expect(await answers()).toEqual([3, 0])
  })

  test('of a colleague counts under any of his addresses, whichever was invited, and for nobody else', async () => {
    const addresses = ['d.doe@example.test', 'dora.doe@example.test'] as const
    await server.store.accounts.create({ addresses, displayName: 'Dora', passwordHash: null })
    const meeting = { uid: 'alias', start: at('04T09:00'), end: at('04T10:00') }
    await putEvent(server, bob, ownMeeting(bob, ['dora.doe@example.test', alice], meeting))
    // An older phone knows one address.
    await answer('d.doe@example.test', 'ACCEPTED', { uid: 'alias' })
    const people = async () =>
      (await eventsOf(server, bob)).find(({ uid }) => uid === 'alias')?.attendees.map(({ address, status }) => [address, status])
    expect(await people()).toEqual([
      ['dora.doe@example.test', 3],
      [alice, 0],
    ])
    await answer(alice, 'ACCEPTED', { uid: 'alias', from: 'd.doe@example.test' })
    expect(await people()).toEqual([
      ['dora.doe@example.test', 3],
      [alice, 0],
    ])
  })

  test('for somebody at a provider of mail is not given by who has an address there, too', async () => {
    await putEvent(server, bob, ownMeeting(bob, ['gina@gmail.test'], { uid: 'gmail', start: at('04T09:00'), end: at('04T10:00') }))
    const sentBy = ['ATTENDEE;PARTSTAT=ACCEPTED;SENT-BY="mailto:mallory@gmail.test":mailto:gina@gmail.test']
    await answer('gina@gmail.test', 'ACCEPTED', { uid: 'gmail', from: 'mallory@gmail.test', attendees: sentBy })
    expect((await eventsOf(server, bob)).flatMap(({ attendees }) => attendees.map(({ status }) => status))).toEqual([0, 0, 0])
  })

  test('of somebody nobody invited brings him in nowhere', async () => {
    await answer('crasher@example.test', 'ACCEPTED')
    await answer(alice, 'ACCEPTED', {
      attendees: [`ATTENDEE;PARTSTAT=ACCEPTED:mailto:${alice}`, `ATTENDEE;PARTSTAT=ACCEPTED:mailto:${carol}`],
    })
    expect(await answers()).toEqual([0, 0])
  })

  test('without a word of an answer, or to an unknown meeting, is mail and no more', async () => {
    await answer(alice, 'DELEGATED')
    await answer(alice, 'ACCEPTED', { uid: 'unknown' })
    expect(await answers()).toEqual([0, 0])
  })
})

describe('an answer about a series', () => {
  const departing = (day: string, status: 0 | 4 | 5, stamp = '02T08:00'): Exception => {
    const { attendees } = ownMeeting(bob, [alice, carol])
    const people = attendees.map((attendee) => ({ ...attendee, status }))
    return { original: at(`${day}T09:00`), deleted: false, changes: { attendees: people, sequence: 1, stamp: at(stamp) } }
  }

  test('is one about occurrences that depart from it, but for those that he declined, and that he has not seen', async () => {
    const exceptions = [departing('10', 5), departing('17', 4), departing('24', 5, '02T12:00')]
    await putEvent(server, bob, ownMeeting(bob, [alice, carol], { recurrence: weekly, exceptions }))
    await server.clock.advance(3600 * 6)
    await answer(alice, 'ACCEPTED')
    const event = await eventOf(server, bob)
    expect(event.attendees.map(({ status }) => status)).toEqual([3, 0])
    expect(event.exceptions.map(({ changes }) => changes.attendees?.map(({ status }) => status))).toEqual([
      [3, 5],
      [4, 4],
      [5, 5],
    ])
  })
})

describe('another time that is proposed', () => {
  const counter = (fields: InvitationFields = {}) =>
    invitation({
      method: 'COUNTER',
      from: alice,
      to: bob,
      stamp: '20260302T073000Z',
      start: 'DTSTART:20260303T110000Z',
      end: 'DTEND:20260303T120000Z',
      attendees: [`ATTENDEE;PARTSTAT=TENTATIVE:mailto:${alice}`],
      ...fields,
    })

  test('stands beside the attendee until he answers otherwise, and moves nothing', async () => {
    await putEvent(server, bob, ownMeeting(bob, [alice]))
    await server.deliver(bob, counter())
    expect(await eventOf(server, bob)).toMatchObject({
      start: at('03T09:00'),
      attendees: [{ status: 2, proposed: { start: at('03T11:00'), end: at('03T12:00') } }],
    })
    await answer(alice, 'ACCEPTED', { stamp: '20260302T080000Z' })
    expect((await eventOf(server, bob)).attendees).toMatchObject([{ status: 3, proposed: null }])
  })

  test('is not heard where the organizer wants none', async () => {
    await putEvent(server, bob, ownMeeting(bob, [alice], { disallowNewTimeProposal: true }))
    await server.deliver(bob, counter())
    expect((await eventOf(server, bob)).attendees).toMatchObject([{ status: 2, proposed: null }])
  })
})

describe('an answer about one occurrence', () => {
  test('stands in that one and leaves the others', async () => {
    await putEvent(server, bob, ownMeeting(bob, [alice, carol], { recurrence: weekly }))
    await answer(alice, 'DECLINED', {
      lines: ['RECURRENCE-ID:20260310T090000Z'],
      start: 'DTSTART:20260310T090000Z',
      end: 'DTEND:20260310T100000Z',
    })
    const event = await eventOf(server, bob)
    expect(event.attendees.map(({ status }) => status)).toEqual([0, 0])
    expect(event.exceptions).toMatchObject([
      { original: at('10T09:00'), deleted: false, changes: { attendees: [{ status: 4 }, { status: 0 }] } },
    ])
    await answer(alice, 'ACCEPTED', { lines: ['RECURRENCE-ID:20260311T090000Z'] })
    expect((await eventOf(server, bob)).exceptions).toHaveLength(1)
  })
})
