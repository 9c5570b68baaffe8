// A phone that sends back all that it was told of an event, save its name, changes nothing else, whatever the event holds.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { occasionAt } from '../../../../src/format/recurrence.ts'
import { folderType } from '../../../../src/model/folder.ts'
import type { Attendee, CalendarEvent, Exception } from '../../../../src/model/event.ts'
import type { FolderId, ServerId } from '../../../../src/model/id.ts'
import { recordOf } from '../../../../src/model/item.ts'
import type { Mailbox } from '../../../../src/store/mailbox.ts'
import { recordDraft } from '../../../../src/store/record.ts'
import { event as anyEvent } from '../../../support/calendar-events.ts'
import type { Phone } from '../../../support/phone.ts'
import { allVersions } from '../../../support/phone-events.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { el, type Node } from '../../../support/wire.ts'

const owner = { name: 'Alice', address: 'alice@example.test' }
const numRuns = Number(process.env['EASEL_ECHOES'] ?? 12)

let server: TestServer
let mailbox: Mailbox
let folder: FolderId
const phones: Phone[] = []
beforeAll(async () => {
  server = await startTestServer({ environment: { EASEL_TIME_ZONE: 'America/New_York' } })
  for (const version of allVersions) phones.push(await server.phone(owner.address, { version, deviceType: 'Simulated' }))
  mailbox = await server.mailbox(owner.address)
  folder = (await mailbox.defaultFolder(folderType.calendar)).id
})
afterAll(() => server.close())

const told =
  /:(?:NativeBodyType|ResponseType|AppointmentReplyTime|OnlineMeeting\w+|Attachments|Proposed\w+|EstimatedDataSize|Truncated|Preview)$/
const lateUnsent = /:(?:DtStamp|UID|OrganizerName|OrganizerEmail|AttendeeStatus|Exceptions)$/

/** What a phone of this version sends of what it was told. */
function sendable(node: Node, version: string): Node[] {
  if (told.test(node.name) || (Number(version) >= 16 && lateUnsent.test(node.name))) return []
  return node.children.length === 0 ? [node] : [{ ...node, children: node.children.flatMap((child) => sendable(child, version)) }]
}

/** The event as it can lie in Alice's calendar: hers with her guests, or somebody else's. */
function lying(event: CalendarEvent, isHers: boolean): CalendarEvent {
  const organizer = isHers ? owner : (event.organizer ?? { name: 'Zed', address: 'zed@example.org' })
  const guests = (attendees: readonly Attendee[]) => {
    const named = attendees.filter(({ address }) => address !== '').map((one) => [one.address.toLowerCase(), one] as const)
    return [...new Map(named).values()]
  }
  const exceptions = event.exceptions.map(({ changes, ...rest }): Exception => {
    const { meetingStatus: _, attendees, ...own } = changes
    return { ...rest, changes: { ...own, ...(attendees === undefined ? {} : { attendees: guests(attendees) }) } }
  })
  const attendees = guests(event.attendees)
  const isMeeting = !isHers || attendees.length > 0
  const plain = { ...event, attendees, exceptions, organizer: isMeeting ? organizer : null }
  if (!isMeeting) return { ...plain, meetingStatus: 0, responseType: 0, responseRequested: false, disallowNewTimeProposal: false }
  return { ...plain, meetingStatus: isHers ? 1 : 3, responseType: isHers ? 1 : 5 }
}

/** What an event says, and what each of its exceptions comes to; stamps aside. */
function meant(event: CalendarEvent): unknown {
  const bare = (occasion: object | null) => ({ ...occasion, uid: '', zone: '', foreign: null, stamp: 0, sequence: 0, exceptions: null })
  const plain = { ...event, exceptions: [] }
  const occasions = event.exceptions.flatMap(({ original, deleted }) => {
    const own = deleted ? 'deleted' : JSON.stringify(bare(occasionAt(event, original)))
    return own === JSON.stringify(bare(occasionAt(plain, original))) ? [] : [[original, own]]
  })
  return { ...event, stamp: 0, sequence: 0, exceptions: occasions }
}

async function stored(id: ServerId): Promise<CalendarEvent> {
  return recordOf((await mailbox.read([id])).get(id), 'Calendar')
}

/** Each of some events of each sort, as `check` finds it. */
async function ofAny(check: (record: CalendarEvent, reset: () => Promise<ServerId>) => Promise<void>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(anyEvent, fc.boolean(), async ({ event, source }, isHers) => {
      const record = lying(event, isHers)
      const draft = recordDraft({ class: 'Calendar', record }, source)
      const { id } = await mailbox.create(folder, draft, null)
      await check(record, async () => {
        await mailbox.change(id, { class: 'Calendar', replace: draft }, null)
        return id
      })
      await mailbox.remove(id, 'forever')
      for (const phone of phones) await phone.syncAll('Calendar')
    }),
    { numRuns },
  )
}

it.each([
  ['as text', { type: 1 }],
  ['as HTML', { type: 2 }],
  ['as text, and not all of it', { type: 1, truncation: 8 }],
  ['as HTML, and not all of it', { type: 2, truncation: 20 }],
  ['as text, all of it or nothing', { type: 1, truncation: 8, allOrNone: true }],
])('of the whole, with its words %s', { timeout: 120_000 }, async (_, preference) => {
  await ofAny(async (record, reset) => {
    for (const phone of phones) {
      const options = { body: [preference] }
      const id = await reset()
      await phone.syncAll('Calendar', options)
      const nodes = [...(phone.collection('Calendar').items.get(id)?.nodes.values() ?? [])].flatMap((node) => sendable(node, phone.version))
      const others = nodes.filter(({ name }) => name !== 'Calendar:Subject')
      const { status } = await phone.change('Calendar', id, [...others, el('Calendar:Subject', 'Other')], { ...options, whole: true })
      expect(status).toBe(1)
      expect(meant(await stored(id)), phone.version).toEqual(meant({ ...record, subject: 'Other' }))
    }
  })
})

const ofSeries = /:(?:Exceptions|Recurrence|Timezone|StartTime|EndTime|Subject)$/
const instant = (text: string) => Date.parse(text.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z'))

it('of one occurrence that is an exception', { timeout: 120_000 }, async () => {
  await ofAny(async (record, reset) => {
    for (const phone of phones.filter(({ version }) => Number(version) >= 16)) {
      const id = await reset()
      await phone.syncAll('Calendar')
      const nodes = phone.collection('Calendar').items.get(id)?.nodes ?? new Map<string, Node>()
      for (const { children } of nodes.get('Calendar:Exceptions')?.children ?? []) {
        const own = new Map(children.map((child) => [child.name, child]))
        if (own.has('Calendar:Deleted')) continue
        const instance = String(own.get('AirSyncBase:InstanceId')?.value)
        own.delete('AirSyncBase:InstanceId')
        own.delete('Calendar:Subject')
        const inherited = [...nodes.values()].filter(({ name }) => !own.has(name) && !ofSeries.test(name))
        const all = [...inherited, ...own.values()].flatMap((node) => sendable(node, phone.version))
        const { status } = await phone.change('Calendar', id, [...all, el('Calendar:Subject', 'Own')], { instance })
        expect(status).toBe(1)
        const exceptions = record.exceptions.map((one) =>
          one.original === instant(instance) ? { ...one, changes: { ...one.changes, subject: 'Own' } } : one,
        )
        expect(meant(await stored(id)), phone.version).toEqual(meant({ ...record, exceptions }))
        await reset()
        await phone.syncAll('Calendar')
      }
    }
  })
})
