// Mail about one meeting in whatever order it comes, and as often as it likes: the calendar ends as the newest says.
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordOf } from '../../../src/model/item.ts'
import { invitation, type InvitationFields } from '../../support/invitation.ts'
import { TestServer } from '../../support/server.ts'

const alice = 'alice@example.test'
let server: TestServer
beforeAll(async () => {
  server = await TestServer.start({ accounts: [alice] })
})
afterAll(() => server.close())

let meetings = 0

/** What the calendar holds of a meeting. */
async function held(uid: string) {
  const mailbox = await server.mailbox(alice)
  const items = await mailbox.read(await mailbox.withUid('Calendar', uid))
  return [...items.values()].map((item) => recordOf(item, 'Calendar'))
}

/** Versions of a meeting, oldest first: each newer by SEQUENCE or by DTSTAMP, at another hour or the same. */
const versions = fc
  .array(fc.record({ isRaised: fc.boolean(), hour: fc.integer({ min: 9, max: 12 }) }), { minLength: 1, maxLength: 6 })
  .map((steps) => {
    let sequence = 0
    return steps.map(({ isRaised, hour }, index) => {
      sequence += isRaised ? 1 : 0
      return {
        sequence,
        stamp: `20260302T08${String(index).padStart(2, '0')}00Z`,
        summary: `Version ${index}`,
        start: `DTSTART:20260310T${String(hour).padStart(2, '0')}0000Z`,
        end: `DTEND:20260310T${hour + 1}0000Z`,
      }
    })
  })
const shuffled = versions.chain((all) =>
  fc.record({
    newest: fc.constant(all.at(-1)),
    order: fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2, maxLength: all.length * 2 }),
  }),
)
const runs = { numRuns: 25 }
const nine = Date.UTC(2026, 2, 10, 9)
const hourOf = (start: string | undefined) => Number(start?.slice(17, 19))

describe('mail about one meeting', () => {
  test('ends as the newest says, and as one event', async () => {
    await fc.assert(
      fc.asyncProperty(shuffled, async ({ newest, order }) => {
        const uid = `single-${++meetings}`
        for (const version of order) await server.deliver(alice, invitation({ uid, ...version }))
        expect(await held(uid)).toMatchObject([
          { subject: newest?.summary, sequence: newest?.sequence, start: nine + (hourOf(newest?.start) - 9) * 3_600_000, responseType: 5 },
        ])
      }),
      runs,
    )
  })

  test('about one occurrence of a series ends so, and leaves the others', async () => {
    await fc.assert(
      fc.asyncProperty(shuffled, async ({ newest, order }) => {
        const uid = `series-${++meetings}`
        const weekly: InvitationFields = { uid, stamp: '20260302T070000Z', lines: ['RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=TU'] }
        const mails = order.map((version) => invitation({ uid, ...version, lines: ['RECURRENCE-ID:20260310T090000Z'] }))
        // The series itself may come late.
        const at = mails.length % 3
        for (const mail of [...mails.slice(0, at), invitation(weekly), ...mails.slice(at)]) await server.deliver(alice, mail)
        const [event, ...others] = await held(uid)
        expect(others).toEqual([])
        expect(event).toMatchObject({ subject: 'Tea', start: Date.UTC(2026, 2, 3, 9) })
        expect(event?.exceptions).toMatchObject([{ original: nine, changes: { subject: newest?.summary, sequence: newest?.sequence } }])
        const start = event?.exceptions[0]?.changes.start ?? nine
        expect(start).toBe(nine + (hourOf(newest?.start) - 9) * 3_600_000)
      }),
      runs,
    )
  })
})
