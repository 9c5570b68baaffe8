// Calendars of a test server, as tests look at them: the events of an account, and what stands beside them in its inbox.
import { folderType } from '../../src/model/folder.ts'
import type { CalendarEvent } from '../../src/model/event.ts'
import type { ServerId } from '../../src/model/id.ts'
import { emailOf, recordOf, type Item } from '../../src/model/item.ts'
import { recordDraft } from '../../src/store/record.ts'
import type { TestServer } from './server.ts'

async function itemsOf(server: TestServer, address: string, type: 2 | 4 | 8, itemClass: 'Calendar' | 'Email'): Promise<Item[]> {
  const mailbox = await server.mailbox(address)
  const feed = mailbox.items((await mailbox.defaultFolder(type)).id, itemClass)
  const { changes } = await feed.newestFirst(null, null, 1000)
  return [...(await feed.read(changes.map(({ id }) => id))).values()]
}

/** The events in an account's calendar, by their start. */
export async function eventsOf(server: TestServer, address = 'alice@example.test'): Promise<CalendarEvent[]> {
  const items = await itemsOf(server, address, folderType.calendar, 'Calendar')
  return items.map((item) => recordOf(item, 'Calendar')).sort((one, other) => one.start - other.start)
}

/** The only event there is. */
export async function eventOf(server: TestServer, address = 'alice@example.test'): Promise<CalendarEvent> {
  const events = await eventsOf(server, address)
  const [event] = events
  if (event === undefined || events.length > 1) throw new Error(`${events.length} events where one was looked for`)
  return event
}

/** Its owner, or his phone, changes the only event. */
export async function changeEvent(server: TestServer, address: string, change: Partial<CalendarEvent>): Promise<void> {
  const mailbox = await server.mailbox(address)
  const [item] = await itemsOf(server, address, folderType.calendar, 'Calendar')
  if (item === undefined) throw new Error('there is no event')
  const replace = recordDraft({ class: 'Calendar', record: { ...recordOf(item, 'Calendar'), ...change } })
  await mailbox.change(item.id, { class: 'Calendar', replace }, null)
}

/** Puts an event of his own into somebody's calendar. */
export async function putEvent(server: TestServer, address: string, event: CalendarEvent): Promise<ServerId> {
  const mailbox = await server.mailbox(address)
  const folder = await mailbox.defaultFolder(folderType.calendar)
  return (await mailbox.create(folder.id, recordDraft({ class: 'Calendar', record: event }), null)).id
}

export async function removeEvent(server: TestServer, address: string, how: 'trash' | 'forever'): Promise<void> {
  const [item] = await itemsOf(server, address, folderType.calendar, 'Calendar')
  if (item === undefined) throw new Error('there is no event')
  await (await server.mailbox(address)).remove(item.id, how)
}

/** What each message in the inbox meant to the calendar, newest last. */
export async function updatesOf(server: TestServer, address = 'alice@example.test'): Promise<(string | undefined)[]> {
  const items = await itemsOf(server, address, folderType.inbox, 'Email')
  return items.sort((one, other) => one.modseq - other.modseq).map((item) => emailOf(item).state.meetingUpdate)
}

/** A meeting as its organizer has it in his own calendar. */
export function ownMeeting(organizer: string, attendees: readonly string[], change: Partial<CalendarEvent> = {}): CalendarEvent {
  return {
    uid: 'tea@example.test',
    subject: 'Tea',
    place: null,
    text: null,
    allDay: false,
    start: Date.UTC(2026, 2, 3, 9),
    end: Date.UTC(2026, 2, 3, 10),
    zone: 'Europe/Berlin' as CalendarEvent['zone'],
    busyStatus: 2,
    sensitivity: 0,
    reminder: 15,
    categories: [],
    organizer: { name: 'Organizer', address: organizer },
    attendees: attendees.map((address) => ({
      name: address,
      address,
      type: 1,
      status: 0,
      repliedAt: null,
      proposed: null,
      responseRequested: true,
      parameters: {},
    })),
    files: [],
    meetingStatus: 1,
    responseType: 1,
    repliedAt: null,
    onlineMeetingLink: null,
    onlineMeetingExternalLink: null,
    stamp: Date.UTC(2026, 2, 2, 8),
    sequence: 0,
    foreign: null,
    recurrence: null,
    exceptions: [],
    responseRequested: true,
    disallowNewTimeProposal: false,
    clientUid: null,
    lastFile: 0,
    ...change,
  }
}

/** Every week from the start on, on Tuesdays. */
export const weekly: CalendarEvent['recurrence'] = {
  type: 1,
  interval: 1,
  daysOfWeek: 4,
  dayOfMonth: null,
  weekOfMonth: null,
  monthOfYear: null,
  until: null,
  occurrences: 10,
  firstDayOfWeek: null,
  calendarType: 0,
  isLeapMonth: false,
  rule: null,
}
