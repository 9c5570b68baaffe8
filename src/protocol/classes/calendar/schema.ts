// The documents of the Calendar class (MS-ASCAL 2.2.2): what an event looks like on the wire, both ways, in every version.
import { AirSync, AirSyncBase, Calendar, MeetingResponse } from '../../../wbxml/pages.ts'
import {
  as,
  base64,
  bool,
  compactDateTime,
  container,
  emptyOr,
  integer,
  many,
  nullable,
  oneOfNumbers,
  optional,
  since,
  text,
  until,
  type Encodable,
  type Infer,
} from '../../../wbxml/schema.ts'
import { Attachment, AttachmentAdd, Body } from '../email-schema.ts'
import { RecordBody } from '../record-body.ts'
import { Location } from './location-schema.ts'

const Categories = container(Calendar.Categories, [many(text(Calendar.Category))])

/** The place of an event: a text up to 14.1, more later (MS-ASCAL 2.2.2.27). */
const place = [as('LocationName', until('14.1', optional(text(Calendar.Location)))), since('16.0', optional(emptyOr(Location)))] as const

const AttendeeOut = container(Calendar.Attendee, [
  text(Calendar.Email),
  text(Calendar.Name),
  optional(integer(Calendar.AttendeeStatus)),
  optional(integer(Calendar.AttendeeType)),
  since('16.1', optional(compactDateTime(MeetingResponse.ProposedStartTime))),
  since('16.1', optional(compactDateTime(MeetingResponse.ProposedEndTime))),
])
export type AttendeeOut = Encodable<typeof AttendeeOut>

const RecurrenceOut = container(Calendar.Recurrence, [
  integer(Calendar.Type),
  optional(integer(Calendar.Interval)),
  optional(integer(Calendar.DayOfWeek)),
  optional(integer(Calendar.DayOfMonth)),
  optional(integer(Calendar.WeekOfMonth)),
  optional(integer(Calendar.MonthOfYear)),
  optional(integer(Calendar.Occurrences)),
  optional(compactDateTime(Calendar.Until)),
  optional(integer(Calendar.CalendarType)),
  optional(integer(Calendar.IsLeapMonth)),
  optional(integer(Calendar.FirstDayOfWeek)),
])
export type RecurrenceOut = Encodable<typeof RecurrenceOut>

/** MS-ASAIRS 2.2.2.8: not before 16.0 in an event. */
const Attachments = container(AirSyncBase.Attachments, [many(Attachment)])

const ExceptionOut = container(Calendar.Exception, [
  optional(integer(Calendar.Deleted)),
  optional(compactDateTime(Calendar.ExceptionStartTime)),
  since('16.0', optional(compactDateTime(AirSyncBase.InstanceId))),
  optional(text(Calendar.Subject)),
  optional(compactDateTime(Calendar.StartTime)),
  optional(compactDateTime(Calendar.EndTime)),
  optional(Body),
  ...place,
  optional(emptyOr(Categories)),
  optional(integer(Calendar.Sensitivity)),
  optional(integer(Calendar.BusyStatus)),
  optional(bool(Calendar.AllDayEvent)),
  optional(nullable(integer(Calendar.Reminder))),
  optional(compactDateTime(Calendar.DtStamp)),
  optional(integer(Calendar.MeetingStatus)),
  // MS-ASCAL 2.2.2.4: not up to 12.1.
  since('14.0', optional(emptyOr(container(Calendar.Attendees, [many(AttendeeOut)])))),
  optional(compactDateTime(Calendar.AppointmentReplyTime)),
  optional(integer(Calendar.ResponseType)),
  optional(text(Calendar.OnlineMeetingConfLink)),
  optional(text(Calendar.OnlineMeetingExternalLink)),
  since('16.0', optional(emptyOr(Attachments))),
])
export type ExceptionOut = Encodable<typeof ExceptionOut>

/**
 * The properties of an event in an answer, whatever element holds them, in Exchange's order: AOSP judges AllDayEvent by the Timezone and
 * StartTime it has read by then, and makes exceptions of what it has read before Exceptions.
 */
const eventFields = [
  optional(base64(Calendar.Timezone)),
  optional(compactDateTime(Calendar.DtStamp)),
  optional(compactDateTime(Calendar.StartTime)),
  optional(text(Calendar.Subject)),
  optional(text(Calendar.UID)),
  optional(text(Calendar.OrganizerName)),
  optional(text(Calendar.OrganizerEmail)),
  ...place,
  optional(compactDateTime(Calendar.EndTime)),
  optional(Body),
  optional(integer(Calendar.Sensitivity)),
  optional(integer(Calendar.BusyStatus)),
  optional(bool(Calendar.AllDayEvent)),
  optional(nullable(integer(Calendar.Reminder))),
  optional(integer(Calendar.MeetingStatus)),
  optional(emptyOr(container(Calendar.Attendees, [many(AttendeeOut)]))),
  optional(emptyOr(Categories)),
  optional(RecurrenceOut),
  optional(container(Calendar.Exceptions, [many(ExceptionOut)])),
  optional(bool(Calendar.ResponseRequested)),
  optional(compactDateTime(Calendar.AppointmentReplyTime)),
  optional(integer(Calendar.ResponseType)),
  optional(bool(Calendar.DisallowNewTimeProposal)),
  optional(integer(AirSyncBase.NativeBodyType)),
  optional(text(Calendar.OnlineMeetingConfLink)),
  optional(text(Calendar.OnlineMeetingExternalLink)),
  since('16.0', optional(Attachments)),
] as const

/** An event in an answer of Sync. */
export const EventData = container(AirSync.ApplicationData, eventFields)
export type EventData = Encodable<typeof EventData>

const AttendeeIn = container(Calendar.Attendee, [
  optional(text(Calendar.Email)),
  optional(text(Calendar.Name)),
  // MS-ASCAL 2.2.2.5: never from a client of 16.x.
  until('14.1', optional(integer(Calendar.AttendeeStatus))),
  optional(oneOfNumbers(Calendar.AttendeeType, [1, 2, 3])),
])
export type AttendeeIn = Infer<typeof AttendeeIn>

const unsignedByte = { min: 0, max: 255 }

const RecurrenceIn = container(Calendar.Recurrence, [
  optional(oneOfNumbers(Calendar.Type, [0, 1, 2, 3, 5, 6])),
  optional(integer(Calendar.Occurrences, { min: 0, max: 65_535 })),
  optional(integer(Calendar.Interval, { min: 0, max: 999 })),
  optional(integer(Calendar.WeekOfMonth, { min: 1, max: 5 })),
  optional(integer(Calendar.DayOfWeek, { min: 1, max: 127 })),
  optional(integer(Calendar.MonthOfYear, { min: 1, max: 13 })),
  optional(compactDateTime(Calendar.Until)),
  optional(integer(Calendar.DayOfMonth, { min: 1, max: 31 })),
  // As often as it comes: twice is refused.
  since('14.0', many(integer(Calendar.CalendarType, unsignedByte))),
  since('14.0', optional(bool(Calendar.IsLeapMonth))),
  since('14.1', optional(integer(Calendar.FirstDayOfWeek, { min: 0, max: 6 }))),
])
export type RecurrenceIn = Infer<typeof RecurrenceIn>

const AttachmentsIn = since(
  '16.0',
  optional(
    container(AirSyncBase.Attachments, [many(AttachmentAdd), many(container(AirSyncBase.Delete, [text(AirSyncBase.FileReference)]))]),
  ),
)
export type AttachmentsIn = Infer<typeof AttachmentsIn>

/** What an occurrence can have of its own, as a client says it. */
const occasionFieldsIn = [
  optional(bool(Calendar.AllDayEvent)),
  optional(RecordBody),
  optional(oneOfNumbers(Calendar.BusyStatus, [-1, 0, 1, 2, 3, 4])),
  until('14.1', optional(compactDateTime(Calendar.DtStamp))),
  optional(compactDateTime(Calendar.EndTime)),
  ...place,
  optional(nullable(integer(Calendar.Reminder, { min: 0, max: 2 ** 31 - 1 }))),
  optional(oneOfNumbers(Calendar.Sensitivity, [0, 1, 2, 3])),
  optional(text(Calendar.Subject)),
  optional(compactDateTime(Calendar.StartTime)),
  optional(integer(Calendar.MeetingStatus, unsignedByte)),
  optional(emptyOr(container(Calendar.Attendees, [many(AttendeeIn)]))),
  optional(emptyOr(Categories)),
  AttachmentsIn,
] as const

const ExceptionIn = container(Calendar.Exception, [
  ...occasionFieldsIn,
  optional(bool(Calendar.Deleted)),
  optional(compactDateTime(Calendar.ExceptionStartTime)),
  since('16.0', optional(compactDateTime(AirSyncBase.InstanceId))),
])
export type ExceptionIn = Infer<typeof ExceptionIn>

/** An event, or one occurrence of it, as a client adds or changes it. */
export const EventChange = container(AirSync.ApplicationData, [
  ...occasionFieldsIn,
  optional(base64(Calendar.Timezone)),
  // MS-ASCAL 2.2.2.35, 2.2.2.36, 2.2.2.46: from 16.0 on the server knows who organizes, and names the event.
  until('14.1', optional(text(Calendar.OrganizerName))),
  until('14.1', optional(text(Calendar.OrganizerEmail))),
  until('14.1', optional(text(Calendar.UID))),
  since('16.0', optional(text(Calendar.ClientUid))),
  optional(emptyOr(RecurrenceIn)),
  optional(emptyOr(container(Calendar.Exceptions, [many(ExceptionIn)]))),
  since('14.0', optional(bool(Calendar.ResponseRequested))),
  since('14.0', optional(bool(Calendar.DisallowNewTimeProposal))),
])
export type EventChange = Infer<typeof EventChange>

/** What an event and an exception of it say alike. */
export type OccasionIn = Omit<ExceptionIn, 'Deleted' | 'ExceptionStartTime' | 'InstanceId'>
