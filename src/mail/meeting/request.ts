// What an invitation, or an organizer's update of one, makes of an attendee's calendar (RFC 5546 3.2.2, MS-OXOCAL 3.1.4.7).
import { isDeepStrictEqual } from 'node:util'
import { packed, withFilesBehind } from '../../format/event-files.ts'
import type { VEvent } from '../../format/icalendar.ts'
import { occasionAt } from '../../format/recurrence.ts'
import type { Account } from '../../model/account.ts'
import type { MeetingUpdate } from '../../model/email.ts'
import type { CalendarEvent, Exception, Occasion } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import {
  asOrphan,
  compareRevisions,
  isSameSpan,
  orphanOriginal,
  originalOf,
  replaced,
  standing,
  withException,
  type Entry,
  type Standing,
} from './entry.ts'
import { intendedStatus } from './intended-status.ts'
import { isFromOrganizer, isInvited, isOwn, isSamePerson, keptSenders, withOwnAnswer, withSenders, type Hearing } from './standing.ts'

export interface Outcome {
  readonly entries: readonly Entry[]
  /** Null where the calendar had no say. */
  readonly update: MeetingUpdate | null
  /** Why nothing was done, where somebody may want to know. */
  readonly refused: 'not the organizer' | 'not the attendee' | null
}

/** What a request makes of the entries of its meeting. `tentative`: whether one who is invited gets an entry before he answered. */
export function requested(told: VEvent, entries: readonly Entry[], hearing: Hearing, tentative: boolean): Outcome {
  const nothing: Outcome = { entries, update: null, refused: null }
  const { event, instance } = told
  // The organizer's own copy comes back to him where he is on the list he invited.
  if (isOwn({ organizer: event.organizer, meetingStatus: 1 }, hearing.account)) return nothing
  const here = standing(entries)
  if (here.some((entry) => !maySpeak(entry.event, event, hearing))) return { ...nothing, refused: 'not the organizer' }
  const series = here.find((entry) => entry.event.recurrence !== null || orphanOriginal(entry.event) === null)
  if (series !== undefined && (instance === null || series.event.recurrence !== null))
    return instance === null ? renewed(told, series, entries, hearing) : occurrenceTold(told, instance, series, entries, hearing)
  const orphan = here.find((entry) => instance !== null && orphanOriginal(entry.event) === instance)
  if (orphan !== undefined) return renewed(told, orphan, entries, hearing)
  return entered(told, entries, hearing, tentative)
}

/** Whether this mail may change this event: an attendee's copy, by the organizer it has, sent by him. */
export function maySpeak(held: CalendarEvent, told: CalendarEvent, { account, senders }: Hearing): boolean {
  if (isOwn(held, account) || held.organizer === null || told.organizer === null) return false
  return isSamePerson(held.organizer, told.organizer) && isFromOrganizer(held, senders)
}

/** Whether both are of one organizer: somebody else's meeting of the same name, thrown away, says nothing of this one. */
export function isOfSame(one: CalendarEvent, other: CalendarEvent): boolean {
  return one.organizer === null || other.organizer === null || isSamePerson(one.organizer, other.organizer)
}

/** Exchange's custom: tentatively there until answered; but what leaves one free does so at once. */
function unanswered(busyStatus: Occasion['busyStatus']): Pick<Occasion, 'busyStatus' | 'responseType' | 'repliedAt'> {
  return { busyStatus: busyStatus === 0 ? 0 : 1, responseType: 5, repliedAt: null }
}

/** What a calendar says of an occurrence, as it stands in an attendee's copy. */
function receivedChanges(told: Partial<Occasion>, account: Account): Partial<Occasion> {
  const { categories: _, repliedAt: __, responseType: ___, meetingStatus = 0, busyStatus, attendees, ...changes } = told
  const isCancelled = (meetingStatus & 4) !== 0
  return {
    ...changes,
    ...(attendees === undefined ? {} : { attendees: withOwnAnswer(attendees, account, 5) }),
    ...(busyStatus === undefined ? {} : { busyStatus: busyStatus === 0 ? 0 : 1 }),
    ...(isCancelled ? { meetingStatus: 7, busyStatus: 0, reminder: null } : {}),
  }
}

/** The event of an organizer as an attendee has it, not answered yet. The organizer's categories are his own affair. */
export function received(event: CalendarEvent, account: Account): CalendarEvent {
  return {
    ...event,
    ...unanswered(intendedStatus(event)),
    meetingStatus: 3 | (event.meetingStatus & 4),
    categories: [],
    clientUid: null,
    attendees: withOwnAnswer(event.attendees, account, 5),
    exceptions: event.exceptions.map((exception) => ({ ...exception, changes: receivedChanges(exception.changes, account) })),
  }
}

function entered(told: VEvent, entries: readonly Entry[], hearing: Hearing, tentative: boolean): Outcome {
  const { event, instance, source } = told
  const { account, senders } = hearing
  // Deleted, which is how many people decline: the same again does not bring it back, something newer does.
  const trashed = entries.flatMap((entry) => (entry.trashed && entry.event !== null && isOfSame(entry.event, event) ? [entry.event] : []))
  const isKnown = trashed.some((held) => compareRevisions(event, held) <= 0)
  if (!tentative || isKnown || !isInvited(event.attendees, hearing)) return { entries, update: null, refused: null }
  const foreign = withSenders(event.foreign, event.organizer, senders)
  const lone = instance === null ? { foreign } : { foreign: asOrphan(foreign, instance), recurrence: null, exceptions: [] }
  const made: Entry = { id: null, event: { ...received(event, account), ...lone }, source, trashed: false, changed: true }
  return { entries: adopted(made, entries), update: trashed.length === 0 ? 'initial' : 'full', refused: null }
}

/** A series that is told of after some of its occurrences were: they become exceptions of it, with the answers they got. */
function adopted(made: Entry, entries: readonly Entry[]): readonly Entry[] {
  const { event } = made
  if (event?.recurrence === null || event === null) return [...entries, made]
  const orphans = standing(entries)
  const exceptions = orphans.reduce((all, { event: orphan }) => {
    const original = orphanOriginal(orphan)
    if (original === null || all.some((exception) => exception.original === original)) return all
    const changes = changesOf({ ...orphan, files: [] }, { series: event, original }, orphan, null)
    return withException(all, { original, deleted: false, changes })
  }, event.exceptions)
  const gone = entries.map((entry) => (orphans.some((orphan) => orphan === entry) ? { ...entry, event: null, changed: true } : entry))
  return [...gone, { ...made, event: { ...event, exceptions } }]
}

/** The whole meeting told anew. */
function renewed({ event, source }: VEvent, held: Standing, entries: readonly Entry[], { account }: Hearing): Outcome {
  const order = compareRevisions(event, held.event)
  if (order <= 0) return { entries, update: order < 0 ? 'outdated' : null, refused: null }
  const before = held.event
  const isMoved = !isSameTime(before, event) || (before.meetingStatus & 4) !== 0
  const fresh = withFilesBehind(received(event, account), 0, before.lastFile)
  const { responseType, repliedAt, busyStatus } = isMoved ? fresh : before
  const stood = withFilesBehind(before, source.length, 0)
  const after: CalendarEvent = {
    ...fresh,
    uid: before.uid,
    responseType,
    repliedAt,
    busyStatus,
    attendees: withOwnAnswer(event.attendees, account, statusOf(responseType)),
    reminder: before.reminder,
    categories: before.categories,
    clientUid: before.clientUid,
    foreign: keptSenders(before.recurrence === null ? withOriginal(event, before) : event.foreign, before.foreign),
    exceptions: event.recurrence === null ? [] : isMoved ? fresh.exceptions : keptExceptions(stood.exceptions, fresh.exceptions),
    lastFile: before.lastFile + event.lastFile,
  }
  return {
    entries: replaced(entries, held, packed({ event: after, source: Buffer.concat([source, held.source]) })),
    update: isMoved ? 'full' : 'informational',
    refused: null,
  }
}

/** A lone occurrence stays one, unless the series is told of now. */
function withOriginal(event: CalendarEvent, before: CalendarEvent): CalendarEvent['foreign'] {
  const original = orphanOriginal(before)
  return original === null || event.recurrence !== null ? event.foreign : asOrphan(event.foreign, original)
}

const statusOf = (responseType: Occasion['responseType']) =>
  responseType === 2 || responseType === 3 || responseType === 4 ? responseType : 5

/** Whether it takes place when it did: a place or a text that is another leaves an answer standing. */
function isSameTime(one: CalendarEvent, other: CalendarEvent): boolean {
  if (!isSameSpan(one, other) || !isDeepStrictEqual(one.recurrence, other.recurrence)) return false
  return one.recurrence === null || one.zone === other.zone
}

/** What the owner of an attendee's copy has of his own in an occurrence. */
const ownFields = ['responseType', 'repliedAt', 'busyStatus', 'reminder', 'categories'] as const

/**
 * Outlook tells a series without its exceptions: those that are not told of stay as they are. Others tell all of them each time: what is
 * the owner's in those stays where their time does.
 */
function keptExceptions(before: readonly Exception[], told: readonly Exception[]): readonly Exception[] {
  const known = new Map(before.map((exception) => [exception.original, exception]))
  const merged = told.map((exception) => withOwn(exception, known.get(exception.original)))
  const names = new Set(told.map(({ original }) => original))
  const kept = before.filter(({ original }) => !names.has(original))
  return [...merged, ...kept].toSorted((one, other) => one.original - other.original)
}

function withOwn(told: Exception, before: Exception | undefined): Exception {
  if (before === undefined || before.deleted || told.deleted) return told
  const isCancelled = [told, before].some(({ changes }) => ((changes.meetingStatus ?? 0) & 4) !== 0)
  if (isCancelled || told.changes.start !== before.changes.start || told.changes.end !== before.changes.end) return told
  const own = ownFields.filter((field) => before.changes[field] !== undefined).map((field) => [field, before.changes[field]])
  return { ...told, changes: { ...told.changes, ...Object.fromEntries(own) } }
}

/** One occurrence of a series that stands in the calendar. */
function occurrenceTold(
  { event, source }: VEvent,
  instance: Instant,
  held: Standing,
  entries: readonly Entry[],
  hearing: Hearing,
): Outcome {
  const series = held.event
  const original = originalOf(series, instance)
  if (original === null) return { entries, update: null, refused: null }
  const exception = series.exceptions.find((one) => one.original === original)
  const before = { sequence: series.sequence, stamp: series.stamp, ...exception?.changes }
  const order = compareRevisions(event, before)
  if (order < 0 || (order === 0 && exception !== undefined)) return { entries, update: order < 0 ? 'outdated' : null, refused: null }
  const previous = occasionAt(series, original)
  const isMoved = previous === null || !isSameSpan(previous, event) || (previous.meetingStatus & 4) !== 0
  const told = withFilesBehind(event, held.source.length, series.lastFile)
  const changes = changesOf(told, { series, original }, isMoved ? null : (exception?.changes ?? {}), hearing.account)
  const exceptions = withException(series.exceptions, { original, deleted: false, changes })
  const after = { ...series, exceptions, lastFile: series.lastFile + event.lastFile }
  return {
    entries: replaced(entries, held, packed({ event: after, source: Buffer.concat([held.source, source]) })),
    update: isMoved ? 'full' : 'informational',
    refused: null,
  }
}

/** What the organizer decides of an occurrence besides its time. */
const organizersFields = ['subject', 'place', 'text', 'sensitivity', 'onlineMeetingLink', 'onlineMeetingExternalLink'] as const

/** Whether an occurrence takes place when its series has it. */
function isInPlace({ allDay, start, end }: Occasion, { series, original }: Occurrence): boolean {
  return allDay === series.allDay && start === original && end - start === series.end - series.start
}

interface Occurrence {
  readonly series: CalendarEvent
  readonly original: Instant
}

/** What an occurrence has of its own: what the organizer says otherwise than of the series, and what the attendee had; null if that is over. */
function changesOf(told: Occasion, of: Occurrence, own: Partial<Occasion> | null, account: Account | null): Partial<Occasion> {
  const { series } = of
  const {
    reminder,
    categories,
    responseType = series.responseType,
    repliedAt = series.repliedAt,
    busyStatus = series.busyStatus,
  } = own ?? {}
  const answer = own === null ? unanswered(intendedStatus(told)) : { responseType, repliedAt, busyStatus }
  const span = isInPlace(told, of) ? null : { start: told.start, end: told.end, allDay: told.allDay }
  const attendees = account === null ? told.attendees : withOwnAnswer(told.attendees, account, statusOf(answer.responseType))
  const differing = organizersFields.filter((field) => !isDeepStrictEqual(told[field], series[field]))
  return {
    ...Object.fromEntries(differing.map((field) => [field, told[field]])),
    ...span,
    ...(isDeepStrictEqual(attendees, series.attendees) ? {} : { attendees }),
    ...(told.files.length === 0 ? {} : { files: told.files }),
    ...(reminder === undefined ? {} : { reminder }),
    ...(categories === undefined ? {} : { categories }),
    ...(series.meetingStatus === 3 ? {} : { meetingStatus: 3 }),
    ...answer,
    stamp: told.stamp,
    sequence: told.sequence,
  }
}
