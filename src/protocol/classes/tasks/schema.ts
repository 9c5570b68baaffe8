// The documents of the Tasks class (MS-ASTASK 2.2.2): what a task looks like on the wire, both ways, in every version.
import { AirSync, Tasks } from '../../../wbxml/pages.ts'
import {
  bool,
  container,
  dateTime,
  integer,
  many,
  oneOfNumbers,
  optional,
  since,
  text,
  type Encodable,
  type Infer,
} from '../../../wbxml/schema.ts'
import { Body } from '../email-schema.ts'
import { RecordBody } from '../record-body.ts'

/** MS-ASTASK 2.2.2.4: the calendars of the table; those of its footnotes are not supported. */
const calendarTypes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 20] as const

/** MS-ASTASK 2.2.2.20. A Type or Start that is missing makes the task malformed (2.2.2.29, 3.2.5.3.3). */
const Recurrence = container(Tasks.Recurrence, [
  oneOfNumbers(Tasks.Type, [0, 1, 2, 3, 5, 6]),
  dateTime(Tasks.Start),
  optional(dateTime(Tasks.Until)),
  optional(integer(Tasks.Occurrences, { min: 0, max: 999 })),
  optional(integer(Tasks.Interval, { min: 0, max: 999 })),
  optional(integer(Tasks.DayOfWeek, { min: 1, max: 127 })),
  optional(integer(Tasks.DayOfMonth, { min: 1, max: 31 })),
  optional(integer(Tasks.WeekOfMonth, { min: 1, max: 5 })),
  optional(integer(Tasks.MonthOfYear, { min: 1, max: 12 })),
  optional(bool(Tasks.Regenerate)),
  optional(integer(Tasks.DeadOccur, { min: 0, max: 255 })),
  since('14.0', optional(oneOfNumbers(Tasks.CalendarType, calendarTypes))),
  since('14.0', optional(bool(Tasks.IsLeapMonth))),
  since('14.1', optional(integer(Tasks.FirstDayOfWeek, { min: 0, max: 6 }))),
])
export type RecurrenceIn = Infer<typeof Recurrence>
export type RecurrenceOut = Encodable<typeof Recurrence>

const Categories = container(Tasks.Categories, [many(text(Tasks.Category))])

/** A task in an answer. */
export const TaskData = container(AirSync.ApplicationData, [
  optional(text(Tasks.Subject)),
  optional(Body),
  optional(integer(Tasks.Importance)),
  optional(dateTime(Tasks.UtcStartDate)),
  optional(dateTime(Tasks.StartDate)),
  optional(dateTime(Tasks.UtcDueDate)),
  optional(dateTime(Tasks.DueDate)),
  optional(Categories),
  optional(Recurrence),
  optional(bool(Tasks.Complete)),
  optional(dateTime(Tasks.DateCompleted)),
  optional(integer(Tasks.Sensitivity)),
  optional(dateTime(Tasks.ReminderTime)),
  optional(bool(Tasks.ReminderSet)),
  optional(dateTime(Tasks.OrdinalDate)),
  optional(text(Tasks.SubOrdinalDate)),
])
export type TaskData = Encodable<typeof TaskData>

/** A task as a client adds or changes it. */
export const TaskChange = container(AirSync.ApplicationData, [
  optional(text(Tasks.Subject)),
  optional(RecordBody),
  // MS-ASTASK 2.2.2.14: one of no known level is no error.
  optional(integer(Tasks.Importance, { min: 0, max: 255 })),
  optional(dateTime(Tasks.UtcStartDate)),
  optional(dateTime(Tasks.StartDate)),
  optional(dateTime(Tasks.UtcDueDate)),
  optional(dateTime(Tasks.DueDate)),
  optional(Categories),
  optional(Recurrence),
  optional(bool(Tasks.Complete)),
  optional(dateTime(Tasks.DateCompleted)),
  optional(oneOfNumbers(Tasks.Sensitivity, [0, 1, 2, 3])),
  optional(dateTime(Tasks.ReminderTime)),
  optional(bool(Tasks.ReminderSet)),
  optional(dateTime(Tasks.OrdinalDate)),
  optional(text(Tasks.SubOrdinalDate)),
  // Its place is in Recurrence; clients have put it here.
  optional(integer(Tasks.DeadOccur, { min: 0, max: 255 })),
])
export type TaskChange = Infer<typeof TaskChange>
