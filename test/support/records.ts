// Records for tests: whole ones of every class, with what a test is about put in.
import { emptyContact } from '../../src/format/contact.ts'
import type { Contact } from '../../src/model/contact.ts'
import type { Attendee, CalendarEvent } from '../../src/model/event.ts'
import type { FolderType } from '../../src/model/folder.ts'
import { folderType } from '../../src/model/folder.ts'
import type { Instant, ServerId } from '../../src/model/id.ts'
import type { RecordClass, RecordContent, Records } from '../../src/model/item.ts'
import type { Note } from '../../src/model/note.ts'
import type { Recurrence } from '../../src/model/recurrence.ts'
import type { Task } from '../../src/model/task.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import type { Mailbox } from '../../src/store/mailbox.ts'
import { recordDraft } from '../../src/store/record.ts'

const at = (text: string): Instant => Date.parse(text)

/** An hour on a Tuesday in Berlin. */
export function anEvent(changes: Partial<CalendarEvent> = {}): CalendarEvent {
  return {
    uid: 'event-1@example.test',
    zone: 'Europe/Berlin' as ZoneId,
    organizer: null,
    recurrence: null,
    exceptions: [],
    responseRequested: false,
    disallowNewTimeProposal: false,
    clientUid: null,
    lastFile: 0,
    allDay: false,
    start: at('2026-03-03T09:00:00Z'),
    end: at('2026-03-03T10:00:00Z'),
    subject: 'Review',
    place: null,
    text: null,
    busyStatus: 2,
    sensitivity: 0,
    reminder: null,
    categories: [],
    attendees: [],
    files: [],
    meetingStatus: 0,
    responseType: 0,
    repliedAt: null,
    onlineMeetingLink: null,
    onlineMeetingExternalLink: null,
    stamp: at('2026-03-01T08:00:00Z'),
    sequence: 0,
    foreign: null,
    ...changes,
  }
}

export function anAttendee(changes: Partial<Attendee> = {}): Attendee {
  return {
    name: 'Bob',
    address: 'bob@example.test',
    type: 1,
    status: 5,
    repliedAt: null,
    proposed: null,
    responseRequested: true,
    parameters: {},
    ...changes,
  }
}

/** Every day, without end. */
export function aRecurrence(changes: Partial<Recurrence> = {}): Recurrence {
  return {
    type: 0,
    interval: 1,
    daysOfWeek: null,
    dayOfMonth: null,
    weekOfMonth: null,
    monthOfYear: null,
    until: null,
    occurrences: null,
    firstDayOfWeek: null,
    calendarType: 0,
    isLeapMonth: false,
    rule: null,
    ...changes,
  }
}

export function aContact(changes: Partial<Contact> = {}): Contact {
  const fields = { fileAs: 'Example, Bob', firstName: 'Bob', lastName: 'Example' }
  return { ...emptyContact('contact-1@example.test'), ...fields, emails: ['bob@example.test', '', ''], ...changes }
}

export function aTask(changes: Partial<Task> = {}): Task {
  return {
    uid: 'task-1@example.test',
    subject: 'Call the plumber',
    text: null,
    importance: 1,
    sensitivity: 0,
    complete: false,
    completedAt: null,
    start: null,
    startUtc: null,
    due: null,
    dueUtc: null,
    reminder: null,
    recurrence: null,
    categories: [],
    ordinal: null,
    subOrdinal: null,
    foreign: null,
    ...changes,
  }
}

export function aNote(changes: Partial<Note> = {}): Note {
  return {
    subject: 'Shopping',
    text: { type: 1, text: 'Milk\nBread' },
    categories: [],
    messageClass: 'IPM.StickyNote',
    modified: at('2026-03-01T08:00:00Z'),
    ...changes,
  }
}

const homeOf: Readonly<Record<RecordClass, FolderType>> = {
  Calendar: folderType.calendar,
  Contacts: folderType.contacts,
  Tasks: folderType.tasks,
  Notes: folderType.notes,
}

/** Puts a record into the default folder of its class, as somebody who is no phone would. */
export async function put<Class extends RecordClass>(
  mailbox: Mailbox,
  itemClass: Class,
  record: Records[Class],
  source: Uint8Array = new Uint8Array(0),
): Promise<ServerId> {
  const folder = await mailbox.defaultFolder(homeOf[itemClass])
  const content = { class: itemClass, record } as unknown as RecordContent
  return (await mailbox.create(folder.id, recordDraft(content, source), null)).id
}
