// The MeetingRequest of a message (MS-ASEMAIL 2.2.2.48): what a phone is told of the meeting that a mail is about.
import { Calendar, Email, Email2, MeetingResponse } from '../../wbxml/pages.ts'
import {
  as,
  base64,
  bool,
  compactDateTime,
  container,
  dateTime,
  emptyOr,
  integer,
  optional,
  since,
  text,
  type Encodable,
} from '../../wbxml/schema.ts'
import { Location } from './calendar/location-schema.ts'

/** MS-ASEMAIL 2.2.2.60: of the page of Email in every version. Until is the one compact date in mail: a string (2.2.2.85). */
const Recurrence = container(Email.Recurrence, [
  integer(Email.Type),
  // Required by MS-ASEMAIL 2.2.2.60, and always told.
  optional(integer(Email.Interval)),
  optional(compactDateTime(Email.Until)),
  optional(integer(Email.Occurrences)),
  optional(integer(Email.WeekOfMonth)),
  optional(integer(Email.DayOfMonth)),
  optional(integer(Email.DayOfWeek)),
  optional(integer(Email.MonthOfYear)),
  optional(integer(Email2.CalendarType)),
  optional(integer(Email2.IsLeapMonth)),
  optional(integer(Email2.FirstDayOfWeek)),
])

export const MeetingRequest = container(Email.MeetingRequest, [
  optional(bool(Email.AllDayEvent)),
  optional(dateTime(Email.StartTime)),
  dateTime(Email.DtStamp),
  optional(dateTime(Email.EndTime)),
  optional(integer(Email.InstanceType)),
  // A text up to 14.1, more later (MS-ASEMAIL 2.2.2.46): the pages say which is written.
  as('LocationName', optional(text(Email.Location))),
  since('16.0', optional(emptyOr(Location))),
  optional(text(Email.Organizer)),
  optional(dateTime(Email.RecurrenceId)),
  optional(integer(Email.Reminder)),
  optional(bool(Email.ResponseRequested)),
  optional(container(Email.Recurrences, [Recurrence])),
  optional(integer(Email.Sensitivity)),
  optional(integer(Email.BusyStatus)),
  base64(Email.TimeZone),
  // MS-ASEMAIL 2.2.2.37: up to 14.1; its place is taken by UID.
  optional(base64(Email.GlobalObjId)),
  optional(bool(Email.DisallowNewTimeProposal)),
  optional(integer(Email2.MeetingMessageType)),
  since('16.0', optional(text(Calendar.UID))),
  // MS-ASCMD 2.2.3.140: compact.
  since('16.1', optional(compactDateTime(MeetingResponse.ProposedStartTime))),
  since('16.1', optional(compactDateTime(MeetingResponse.ProposedEndTime))),
])
export type MeetingRequest = Encodable<typeof MeetingRequest>
