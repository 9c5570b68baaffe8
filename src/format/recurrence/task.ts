// What becomes of a recurring task when it is done (MS-ASTASK 2.2.2.18).
import type { Instant } from '../../model/id.ts'
import type { TaskRecurrence } from '../../model/recurrence.ts'
import type { Task } from '../../model/task.ts'
import type { ZoneId } from '../../model/zone.ts'
import { instantOfLocal, offsetAt } from '../time-zone/clock.ts'
import { day } from '../time-zone/rules.ts'
import { starts } from './expansion.ts'

/** Times of a task are those of the user's clocks, written as if they were UTC. */
const clocks = 'UTC' as ZoneId

/** The next occurrence of a task after its present one; null where that was the last, or where it does not repeat. */
export function nextTask(task: Task, zone: ZoneId | null): Task | null {
  const { recurrence } = task
  if (recurrence === null || recurrence.dead) return null
  const present = task.start ?? task.due ?? recurrence.start
  const next = recurrence.regenerate ? regenerated(task, recurrence, present, zone) : following(recurrence, present)
  if (next === null) return null
  const moved = (local: Instant | null) => (local === null ? null : local + next.start - present)
  const [start, due] = [moved(task.start), moved(task.due)]
  return {
    ...task,
    complete: false,
    completedAt: null,
    start,
    startUtc: inUtc(task.startUtc, start, task.start, zone),
    due,
    dueUtc: inUtc(task.dueUtc, due, task.due, zone),
    reminder: movedReminder(task.reminder, next.start - present, zone),
    recurrence: next.recurrence,
  }
}

interface Next {
  readonly start: Instant
  readonly recurrence: TaskRecurrence
}

/** The next one of the pattern, however late the present one was done. */
function following(recurrence: TaskRecurrence, present: Instant): Next | null {
  const series = { start: recurrence.start, end: recurrence.start, allDay: false, zone: clocks, recurrence }
  const [start] = starts(series, present + 1, null, 1)
  return start === undefined ? null : { start, recurrence }
}

/** The next one, so long after the present one was done; each takes one from how often it is still to be done. */
function regenerated(task: Task, recurrence: TaskRecurrence, present: Instant, zone: ZoneId | null): Next | null {
  if (recurrence.occurrences !== null && recurrence.occurrences <= 1) return null
  const done = task.completedAt ?? present
  const doneLocal = zone === null ? done : done + offsetAt(zone, done)
  const start = later(Math.floor(doneLocal / day) * day, recurrence) + (present - Math.floor(present / day) * day)
  if (recurrence.until !== null && start > recurrence.until) return null
  const occurrences = recurrence.occurrences === null ? null : recurrence.occurrences - 1
  return { start, recurrence: { ...recurrence, start, occurrences } }
}

/** Only the unit counts here: Outlook says so many days, weeks, months or years after it was done. */
function later(date: Instant, { type, interval }: TaskRecurrence): Instant {
  const from = Temporal.Instant.fromEpochMilliseconds(date).toZonedDateTimeISO('UTC')
  const many = Math.max(1, interval)
  switch (type) {
    case 0:
      return from.add({ days: many }).epochMilliseconds
    case 1:
      return from.add({ weeks: many }).epochMilliseconds
    case 2:
    case 3:
      return from.add({ months: many }).epochMilliseconds
    case 5:
    case 6:
      return from.add({ years: many }).epochMilliseconds
  }
}

/** The moment in UTC of a local time; without a zone as far from it as the one before was. */
function inUtc(utc: Instant | null, local: Instant | null, before: Instant | null, zone: ZoneId | null): Instant | null {
  if (utc === null || local === null || before === null) return null
  return zone === null ? utc + local - before : instantOfLocal(zone, local)
}

/** A reminder keeps its time of day. */
function movedReminder(reminder: Instant | null, by: number, zone: ZoneId | null): Instant | null {
  if (reminder === null || zone === null) return reminder === null ? null : reminder + by
  return instantOfLocal(zone, reminder + offsetAt(zone, reminder) + by)
}
