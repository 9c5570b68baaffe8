// An event as an answer tells it.
import { speakable } from '../../../format/text.ts'
import type { Account } from '../../../model/account.ts'
import type { CollectionOptions } from '../../../model/collection.ts'
import type { Dialect } from '../../../model/dialect.ts'
import type { Attendee, CalendarEvent, Exception, Occasion } from '../../../model/event.ts'
import type { Instant, ServerId } from '../../../model/id.ts'
import type { Extent } from '../class.ts'
import { categoriesOut } from '../categories.ts'
import { bodyOut } from '../record-body.ts'
import { exceptionsMax, inherited } from './exceptions.ts'
import { filesOut } from './files.ts'
import { busyOut } from './occasion.ts'
import { attendeesOut, holder, isTheirs, meeting } from './people.ts'
import { placeOut } from './place.ts'
import { recurrenceOut } from './recurrence.ts'
import type { EventData, ExceptionOut } from './schema.ts'
import { faceOf } from './terms.ts'
import { tellable, timeOut } from './times.ts'
import { zoneOut } from './zone.ts'

/** To whom an event is told, and how much of it. */
export interface Telling {
  readonly id: ServerId
  readonly dialect: Dialect
  readonly account: Account
  readonly options: CollectionOptions
  readonly extent: Extent
  readonly now: Instant
}

/** MS-ASCAL 2.2.2.29: of the sum, what says something. */
function statusOut({ meetingStatus }: Pick<Occasion, 'meetingStatus'>, theirs: boolean): number {
  if (theirs) return meeting.isMeeting | meeting.received | (meetingStatus & meeting.cancelled)
  return (meetingStatus & meeting.isMeeting) === 0 ? 0 : meetingStatus & (meeting.isMeeting | meeting.cancelled)
}

/** iOS 6 cancels a meeting that has no attendees: whoever received one takes part in it. */
function taking(event: CalendarEvent, account: Account): readonly Attendee[] {
  if (event.attendees.length > 0 || !isTheirs(event, account)) return event.attendees
  const self: Attendee = {
    ...holder(account),
    type: 1,
    status: 0,
    repliedAt: null,
    proposed: null,
    responseRequested: null,
    parameters: {},
  }
  return [self]
}

function categoriesData(categories: readonly string[]): EventData['Categories'] {
  return categories.length === 0 ? null : { Category: categoriesOut(categories) }
}

const link = (text: string | null): string => speakable(text ?? '')

/**
 * What an exception has of its own: what it does not tell it inherits, and an empty element takes away what it would (MS-ASCAL 3.2.5.3).
 * When it is stands there always: AOSP shows it at the start of the series otherwise, and a day as hours.
 */
function departureOut({ original, changes }: Exception, event: CalendarEvent, telling: Telling): ExceptionOut {
  const { dialect, options, extent, id } = telling
  const face = faceOf(event, dialect)
  const theirs = isTheirs(event, telling.account)
  const { start, end, allDay } = { ...inherited(event, original), ...changes }
  const { subject, place, text, categories, sensitivity, busyStatus, reminder, stamp, attendees, files } = changes
  // MS-ASCAL 2.2.2.38: an empty Reminder is no word before 14.1.
  const isReminderSaid = reminder !== undefined && (reminder !== null || dialect.emptyReminder)
  return {
    ...(subject === undefined ? {} : { Subject: speakable(subject) }),
    StartTime: timeOut(start, allDay, face),
    EndTime: timeOut(end, allDay, face),
    AllDayEvent: allDay,
    ...(text === undefined ? {} : { Body: bodyOut(text, options, extent) }),
    ...(place === undefined ? {} : placeOut(place)),
    ...(categories === undefined ? {} : { Categories: categoriesData(categories) }),
    ...(sensitivity === undefined ? {} : { Sensitivity: sensitivity }),
    ...(busyStatus === undefined ? {} : { BusyStatus: busyOut(busyStatus, dialect.floatingDays) }),
    ...(isReminderSaid ? { Reminder: reminder } : {}),
    ...(stamp === undefined ? {} : { DtStamp: tellable(stamp) }),
    ...(changes.meetingStatus === undefined ? {} : { MeetingStatus: statusOut({ meetingStatus: changes.meetingStatus }, theirs) }),
    ...(attendees === undefined ? {} : { Attendees: { Attendee: attendeesOut(attendees, theirs) } }),
    ...(changes.repliedAt === undefined || changes.repliedAt === null ? {} : { AppointmentReplyTime: tellable(changes.repliedAt) }),
    ...(changes.responseType === undefined ? {} : { ResponseType: changes.responseType }),
    ...(changes.onlineMeetingLink === undefined ? {} : { OnlineMeetingConfLink: link(changes.onlineMeetingLink) }),
    ...(changes.onlineMeetingExternalLink === undefined ? {} : { OnlineMeetingExternalLink: link(changes.onlineMeetingExternalLink) }),
    ...(files === undefined ? {} : { Attachments: files.length === 0 ? null : { Attachment: filesOut(id, files) } }),
  }
}

function exceptionOut(exception: Exception, event: CalendarEvent, telling: Telling): ExceptionOut {
  const { original, deleted } = exception
  const named = timeOut(original, event.allDay, faceOf(event, telling.dialect))
  // The version decides which of the two is written.
  const name = { ExceptionStartTime: named, InstanceId: named }
  return deleted ? { Deleted: 1, ...name } : { ...name, ...departureOut(exception, event, telling) }
}

/**
 * What an event has or has not: what it has no more is told as empty in a Change, since AOSP takes a place that is left out for
 * unchanged, and from 16.0 on the specification speaks of all elements so. A Reminder that is empty is 0 minutes to AOSP, and iOS sends
 * an empty one itself.
 */
function changing(event: CalendarEvent, telling: Telling): EventData {
  const { dialect, extent, account } = telling
  const { reminder, recurrence, categories, place } = event
  const attendees = attendeesOut(taking(event, account), isTheirs(event, account))
  const isTold = extent === 'change'
  const isEmptied = isTold && dialect.eventsGhosted
  return {
    ...(place !== null || isTold ? placeOut(place) : {}),
    ...(reminder !== null || isEmptied ? { Reminder: reminder } : {}),
    ...(attendees.length > 0 ? { Attendees: { Attendee: attendees } } : isTold ? { Attendees: null } : {}),
    ...(categories.length > 0 || isTold ? { Categories: categoriesData(categories) } : {}),
    ...(recurrence === null ? {} : { Recurrence: recurrenceOut(recurrence, event.allDay, faceOf(event, dialect)) }),
  }
}

/** An event as a client is told it. */
export function eventOut(event: CalendarEvent, telling: Telling): EventData {
  const { dialect, account, options, extent, now, id } = telling
  const face = faceOf(event, dialect)
  const { allDay, exceptions, onlineMeetingLink, onlineMeetingExternalLink, files } = event
  // Phones show nothing at all of an event without organizer (Android), or take it for somebody else's.
  const organizer = event.organizer ?? holder(account)
  const told = exceptions.slice(-exceptionsMax)
  return {
    // MS-ASCAL 2.2.2.1: a date has no zone.
    ...(allDay && face.floating ? {} : { Timezone: zoneOut(event, now) }),
    AllDayEvent: allDay,
    Body: bodyOut(event.text, options, extent),
    BusyStatus: busyOut(event.busyStatus, face.floating),
    OrganizerName: speakable(organizer.name === '' ? organizer.address : organizer.name),
    OrganizerEmail: speakable(organizer.address),
    DtStamp: tellable(event.stamp),
    EndTime: timeOut(event.end, allDay, face),
    Sensitivity: event.sensitivity,
    Subject: speakable(event.subject),
    StartTime: timeOut(event.start, allDay, face),
    UID: speakable(event.uid),
    // iOS always wants it.
    MeetingStatus: statusOut(event, isTheirs(event, account)),
    ...changing(event, telling),
    ...(event.recurrence === null || told.length === 0
      ? {}
      : { Exceptions: { Exception: told.map((one) => exceptionOut(one, event, telling)) } }),
    ResponseRequested: event.responseRequested,
    // MS-ASCAL 3.2.5: not before there was an answer.
    ...(event.repliedAt === null ? {} : { AppointmentReplyTime: tellable(event.repliedAt) }),
    ResponseType: event.responseType,
    DisallowNewTimeProposal: event.disallowNewTimeProposal,
    // Outlook cannot take 0.
    NativeBodyType: event.text?.type ?? 1,
    ...(onlineMeetingLink === null ? {} : { OnlineMeetingConfLink: link(onlineMeetingLink) }),
    ...(onlineMeetingExternalLink === null ? {} : { OnlineMeetingExternalLink: link(onlineMeetingExternalLink) }),
    ...(files.length === 0 ? {} : { Attachments: { Attachment: filesOut(id, files) } }),
  }
}

/** What stands in for an event that cannot be told: when and by which name, and nothing that repeats or invites. */
export function eventPlaceholder(event: CalendarEvent, telling: Telling): EventData {
  const { allDay, start, end, subject, uid, zone, stamp } = event
  const bare: CalendarEvent = {
    ...event,
    allDay,
    start,
    end,
    zone,
    stamp,
    subject: subject.slice(0, 256).toWellFormed(),
    uid: uid.slice(0, 300),
    text: { type: 1, text: 'This event cannot be shown whole: the server keeps it as it is.' },
    place: null,
    attendees: [],
    categories: [],
    files: [],
    recurrence: null,
    exceptions: [],
    onlineMeetingLink: null,
    onlineMeetingExternalLink: null,
  }
  return eventOut(bare, telling)
}
