// Departures from a series: as a client lists them (up to 14.1), or names one by its InstanceId (from 16.0 on).
import { isDeepStrictEqual } from 'node:util'
import { isOccurrence, originalOf as nearest } from '../../../format/recurrence.ts'
import { instantOf, localOf, startOfDay } from '../../../format/time-zone.ts'
import type { CalendarEvent, Exception, Occasion, Span } from '../../../model/event.ts'
import type { Instant } from '../../../model/id.ts'
import type { RecordFile } from '../../../model/record.ts'
import { Failure } from '../../error.ts'
import { isKnownInPart } from '../record-body.ts'
import { toldIn } from './occasion.ts'
import { attendeesIn, isTheirs, meeting } from './people.ts'
import type { ExceptionIn, OccasionIn } from './schema.ts'
import { faceOf, type Terms } from './terms.ts'
import { changedSpan, dateOf, dayMilliseconds, isSameSpan, spanIn, timeOut, type ClockFace } from './times.ts'

/** As the schema has it; the text of MS-ASCAL 2.2.2.21 says 256, and Exchange keeps more. */
export const exceptionsMax = 1000

/** What an occurrence is by the series alone. */
export function inherited(series: CalendarEvent, original: Instant): Occasion {
  return { ...series, start: original, end: original + (series.end - series.start) }
}

/**
 * The original start that a client means; null if the series has no such occurrence. iOS names a moved occurrence by a wrong time of
 * the right day: the series knows the time.
 */
export function originalOf(series: CalendarEvent, named: Instant, face: ClockFace): Instant | null {
  if (series.recurrence === null) return null
  if (series.allDay) {
    const day = dateOf(named, face)
    return isOccurrence(series, day) ? day : null
  }
  const near = nearest(series, named)
  if (near !== null) return near
  const time = localOf(series.zone, series.start).toPlainTime()
  const repaired = instantOf(series.zone, localOf(series.zone, named).toPlainDate().toPlainDateTime(time))
  return isOccurrence(series, repaired) ? repaired : null
}

/** An exception with `own`, less what the series says alike; null if nothing is left, and it is none. */
function departure(series: CalendarEvent, original: Instant, own: Partial<Occasion>): Exception | null {
  const plain = inherited(series, original)
  const isMoved = own.start !== undefined && !isSameSpan({ ...plain, ...own }, plain)
  const { start, end, allDay, ...rest } = own
  const kept = Object.entries(rest).filter(([key, value]) => !isDeepStrictEqual(value, plain[key as keyof Occasion]))
  const span = isMoved ? { start, end, allDay } : {}
  const changes = { ...Object.fromEntries(kept), ...span } as Partial<Occasion>
  return Object.keys(changes).length === 0 ? null : { original, deleted: false, changes }
}

/** Midnight, by the clock of the series or in UTC. */
function isMidnight(at: Instant | undefined, face: ClockFace): boolean {
  return at === undefined || at % dayMilliseconds === 0 || timeOut(dateOf(at, face), true, face) === at
}

/** MS-ASCAL 2.2.2.1: as the series, where nothing is said. iOS calls hours of a timed series a day at times: they stay hours. */
function isAllDay({ AllDayEvent, StartTime, EndTime }: OccasionIn, series: Span, face: ClockFace): boolean {
  if (AllDayEvent === undefined || series.allDay || !AllDayEvent) return AllDayEvent ?? series.allDay
  return isMidnight(StartTime, face) && isMidnight(EndTime, face)
}

function listedSpan(sent: OccasionIn, series: CalendarEvent, original: Instant, face: ClockFace): Partial<Span> {
  const { StartTime, EndTime } = sent
  const allDay = isAllDay(sent, series, face)
  if (StartTime === undefined && EndTime === undefined && allDay === series.allDay) return {}
  const plain = inherited(series, original)
  const stood = { start: timeOut(plain.start, series.allDay, face), end: timeOut(plain.end, series.allDay, face) }
  const start = StartTime ?? stood.start
  return spanIn(start, EndTime ?? start + (stood.end - stood.start), allDay, face)
}

/** What an exception says beside its times. */
function ownIn(sent: OccasionIn, base: Occasion, received: boolean, terms: Terms): Partial<Occasion> {
  const { Attendees, MeetingStatus } = sent
  const { stamp, ...told } = toldIn(sent, base, terms)
  const people = Attendees === undefined || received ? {} : { attendees: attendeesIn(Attendees?.Attendee ?? [], base.attendees) }
  const cancelled = (MeetingStatus ?? 0) & meeting.cancelled
  const status = MeetingStatus === undefined || received ? {} : { meetingStatus: (base.meetingStatus & ~meeting.cancelled) | cancelled }
  return { ...told, ...people, ...status, ...(stamp === undefined || received ? {} : { stamp }) }
}

/** What a client cannot say of an exception that it lists, and so does not take away. */
function unsayable(sent: ExceptionIn, changes: Partial<Occasion>, received: boolean, { dialect, options }: Terms): Partial<Occasion> {
  const { files, responseType, repliedAt, onlineMeetingLink, onlineMeetingExternalLink, sequence, foreign, meetingStatus } = changes
  const always = { files, responseType, repliedAt, onlineMeetingLink, onlineMeetingExternalLink, sequence, foreign, meetingStatus }
  const ofOrganizer = received ? { attendees: changes.attendees, stamp: changes.stamp } : {}
  const attendees = dialect.meetingAnswers ? {} : { attendees: changes.attendees }
  const isCut = sent.Body === undefined && changes.text !== undefined && isKnownInPart(changes.text, options)
  // Up to 14.0 no exception can say that it has no reminder where its series has one.
  const isSilent = changes.reminder === null && sent.Reminder === undefined && !dialect.emptyReminder
  const all = { ...always, ...ofOrganizer, ...attendees, ...(isCut ? { text: changes.text } : {}), ...(isSilent ? { reminder: null } : {}) }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function listed(sent: ExceptionIn, original: Instant, series: CalendarEvent, stood: Exception | undefined, terms: Terms): Exception | null {
  if (sent.Deleted === true) return { original, deleted: true, changes: {} }
  const face = faceOf(series, terms.dialect)
  const base = { ...inherited(series, original), ...stood?.changes }
  const own = {
    ...unsayable(sent, stood?.changes ?? {}, isTheirs(series, terms.account), terms),
    ...ownIn(sent, base, isTheirs(series, terms.account), terms),
    ...listedSpan(sent, series, original, face),
  }
  return departure(series, original, own)
}

/**
 * The exceptions of a series after a client listed some (MS-ASCAL 3.2.5.3.1): one that is not in the list stays as it is, and those to
 * occurrences that there are not are left out. None at all takes all away.
 */
export function exceptionsIn(
  sent: readonly ExceptionIn[] | null,
  series: CalendarEvent,
  before: readonly Exception[],
  terms: Terms,
): readonly Exception[] {
  if (series.recurrence === null || sent === null || sent.length === 0) return []
  if (sent.length > exceptionsMax) throw new Failure('ItemMalformed', `${sent.length} exceptions`)
  const face = faceOf(series, terms.dialect)
  const found = new Map(before.map((exception) => [exception.original, exception]))
  for (const one of sent) {
    const named = one.ExceptionStartTime ?? one.InstanceId
    if (named === undefined) throw new Failure('ItemMalformed', 'an exception without the start of its occurrence')
    const original = originalOf(series, named, face)
    if (original !== null) put(found, original, listed(one, original, series, found.get(original), terms))
  }
  return ordered(found, before)
}

/**
 * What a client lists of the exceptions of `before` as it moves the series: where one repeats the times that it was told, and those were
 * the series' own, it says nothing of when, and moves along.
 */
export function movedAlong(sent: readonly ExceptionIn[], before: CalendarEvent, face: ClockFace): readonly ExceptionIn[] {
  const told = (at: Instant) => timeOut(at, before.allDay, face)
  const inPlace = before.exceptions.filter(({ changes: { start, end, allDay } }) => [start, end, allDay].every((one) => one === undefined))
  const spans = new Map(inPlace.map(({ original }) => [told(original), inherited(before, original)]))
  return sent.map((one) => {
    const { StartTime, EndTime, AllDayEvent = before.allDay, ...others } = one
    const span = spans.get(one.ExceptionStartTime ?? one.InstanceId ?? NaN)
    const isRepeated = span !== undefined && StartTime === told(span.start) && EndTime === told(span.end) && AllDayEvent === before.allDay
    return isRepeated ? others : one
  })
}

function put(found: Map<Instant, Exception>, original: Instant, exception: Exception | null): void {
  if (exception === null) found.delete(original)
  else found.set(original, exception)
}

/** Ascending. A series that came with more exceptions than a client may make keeps them. */
function ordered(found: ReadonlyMap<Instant, Exception>, before: readonly Exception[]): readonly Exception[] {
  if (found.size > Math.max(exceptionsMax, before.length)) throw new Failure('ItemMalformed', `${found.size} exceptions`)
  return [...found.values()].sort((one, other) => one.original - other.original)
}

/**
 * The exceptions of `before` that still are some after it became `series`: those to an occurrence of the same day go on to be some,
 * though it starts at another time now, or by another clock.
 */
export function surviving(series: CalendarEvent, before: CalendarEvent, face: ClockFace): readonly Exception[] {
  // Its own exceptions would vouch for themselves.
  const bare = { ...series, exceptions: [] }
  const found = new Map<Instant, Exception>()
  for (const exception of before.exceptions) {
    const isDate = before.allDay && !series.allDay
    const original = originalOf(bare, isDate ? startOfDay(series.zone, exception.original) : exception.original, face)
    if (original !== null) put(found, original, { ...exception, original })
  }
  return ordered(found, before.exceptions)
}

/** The occurrence that an InstanceId names, and its exception if it is one. Throws ItemMalformed where nothing repeats, ObjectNotFound. */
function instanceOf(series: CalendarEvent, named: Instant, terms: Terms): { original: Instant; stood: Exception | undefined } {
  if (series.recurrence === null) throw new Failure('ItemMalformed', 'an occurrence of what does not repeat')
  const original = originalOf(series, named, faceOf(series, terms.dialect))
  if (original === null) throw new Failure('ObjectNotFound', 'the series has no such occurrence')
  return { original, stood: series.exceptions.find((exception) => exception.original === original) }
}

function withException(series: CalendarEvent, original: Instant, exception: Exception | null): CalendarEvent {
  const found = new Map(series.exceptions.map((one) => [one.original, one]))
  put(found, original, exception)
  return { ...series, exceptions: ordered(found, series.exceptions) }
}

/** The files of one occurrence. */
export function instanceFiles(series: CalendarEvent, named: Instant, terms: Terms): readonly RecordFile[] {
  return instanceOf(series, named, terms).stood?.changes.files ?? series.files
}

/** A series after a Change of one occurrence (16.x): what was not sent stays as it is. `files` are those it has then. */
export function changedInstance(
  series: CalendarEvent,
  named: Instant,
  sent: OccasionIn,
  files: readonly RecordFile[],
  terms: Terms,
): CalendarEvent {
  const { original, stood } = instanceOf(series, named, terms)
  if (stood?.deleted === true) throw new Failure('ObjectNotFound', 'the occurrence was deleted')
  const base = { ...inherited(series, original), ...stood?.changes }
  // MS-ASCAL 2.2.2.1; one that an older phone made a day of is repeated as it stands.
  if (sent.AllDayEvent !== undefined && ![series.allDay, base.allDay].includes(sent.AllDayEvent))
    throw new Failure('ItemMalformed', 'an occurrence of another kind than its series')
  const span = changedSpan(sent, base, faceOf(series, terms.dialect)) ?? {}
  const own = { ...stood?.changes, ...ownIn(sent, base, isTheirs(series, terms.account), terms), ...span, files }
  return withException(series, original, departure(series, original, own))
}

/** A series without one of its occurrences (16.x). To delete it again changes nothing. */
export function withoutInstance(series: CalendarEvent, named: Instant, terms: Terms): CalendarEvent {
  const { original } = instanceOf(series, named, terms)
  return withException(series, original, { original, deleted: true, changes: {} })
}
