// A task as an answer tells it.
import type { Dialect } from '../../../model/dialect.ts'
import type { Instant } from '../../../model/id.ts'
import type { Task } from '../../../model/task.ts'
import type { ZoneId } from '../../../model/zone.ts'
import { categoriesOut } from '../categories.ts'
import { bodyOut } from '../record-body.ts'
import { plainSubject } from '../render-record.ts'
import type { Rendering } from '../class.ts'
import { asUtc, inBoth, tellable } from './clock.ts'
import { recurrenceOut } from './recurrence.ts'
import type { TaskData } from './schema.ts'

/** The whole task: no version tells less in a Change. */
export function taskData(task: Task, { options, extent }: Rendering, dialect: Dialect, zone: ZoneId): TaskData {
  const start = inBoth(zone, told(task.start), told(task.startUtc))
  const due = inBoth(zone, told(task.due), told(task.dueUtc))
  const { recurrence, subOrdinal } = task
  const [completedAt, reminder, ordinal] = [told(task.completedAt), told(task.reminder), told(task.ordinal)]
  return {
    Subject: task.subject,
    Body: bodyOut(task.text, options, extent),
    // Android shows a task without it as one of low importance.
    Importance: task.importance,
    ...(start.utc === null || start.local === null ? {} : { UtcStartDate: start.utc, StartDate: start.local }),
    ...(due.utc === null || due.local === null ? {} : { UtcDueDate: due.utc, DueDate: due.local }),
    ...(task.categories.length === 0 ? {} : { Categories: { Category: categoriesOut(task.categories) } }),
    ...(recurrence === null ? {} : { Recurrence: recurrenceOut(recurrence, dialect, toUtc(task, zone)) }),
    Complete: task.complete,
    // MS-ASTASK 2.2.2.8: always beside a Complete of 1.
    ...(task.complete ? { DateCompleted: completedAt ?? due.utc ?? start.utc ?? 0 } : {}),
    Sensitivity: task.sensitivity,
    ...(reminder === null ? {} : { ReminderTime: reminder }),
    ReminderSet: reminder !== null,
    ...(ordinal === null ? {} : { OrdinalDate: ordinal }),
    ...(subOrdinal === null ? {} : { SubOrdinalDate: subOrdinal }),
  }
}

/** A date as an answer can tell it: what was imported may be of any year. */
function told(instant: Instant | null): Instant | null {
  return instant === null ? null : tellable(instant)
}

/** The moment that a local time of this task means: by the client's own account of its start, else by the owner's zone. */
export function toUtc({ start, startUtc }: Task, zone: ZoneId): (local: number) => number {
  return (local) => (local === start && startUtc !== null ? startUtc : asUtc(zone, local))
}

/** What stands in for a task that cannot be told. */
export function taskPlaceholder(task: Task): TaskData {
  return { Subject: plainSubject(task.subject), Importance: 1, Complete: task.complete, Sensitivity: 0, ReminderSet: false }
}
