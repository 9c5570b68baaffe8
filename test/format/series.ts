// Events, recurrences and tasks to reckon with, and what their fields say, day by day, without any library.
import { zoneNamed } from '../../src/format/time-zone.ts'
import type { CalendarEvent, Exception } from '../../src/model/event.ts'
import type { Instant } from '../../src/model/id.ts'
import type { Recurrence, RecurrenceType, TaskRecurrence } from '../../src/model/recurrence.ts'
import type { Task } from '../../src/model/task.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import { anEvent, aRecurrence, aTask } from '../support/records.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

export const at = (iso: string): Instant => Temporal.Instant.from(iso.includes('T') ? iso : `${iso}T00:00Z`).epochMilliseconds
export const iso = (instant: Instant) => Temporal.Instant.fromEpochMilliseconds(instant).toString().replace(/:00Z$/, 'Z')
export const date = (instant: Instant) => iso(instant).slice(0, 10)

export function zone(name: string): ZoneId {
  const found = zoneNamed(name)
  if (found === null) throw new Error(`there is no zone ${name}`)
  return found
}

export function recurrence(type: RecurrenceType, fields: Partial<Recurrence> = {}): Recurrence {
  return aRecurrence({ type, ...fields })
}

export const ruled = (rule: string) => recurrence(0, { rule })

/** An event of an hour; of a day where it lasts all day. */
export function event(start: string, fields: Partial<CalendarEvent> = {}): CalendarEvent {
  const begins = at(start)
  const end = begins + (fields.allDay === true ? day : hour)
  return anEvent({ uid: 'series@example.com', start: begins, end, subject: 'Weekly', reminder: 15, stamp: 0, ...fields })
}

export const deleted = (original: string): Exception => ({ original: at(original), deleted: true, changes: {} })

export function moved(original: string, start: string, end: string): Exception {
  return { original: at(original), deleted: false, changes: { allDay: false, start: at(start), end: at(end) } }
}

export function task(fields: Partial<Task> = {}, repeats: Partial<TaskRecurrence> | null = {}): Task {
  const start = at('2026-03-02')
  return aTask({
    complete: true,
    completedAt: at('2026-03-05'),
    start,
    startUtc: at('2026-03-01T23:00Z'),
    due: at('2026-03-03'),
    dueUtc: at('2026-03-02T23:00Z'),
    reminder: at('2026-03-02T07:30Z'),
    recurrence: repeats === null ? null : { ...recurrence(0), start, regenerate: false, dead: false, ...repeats },
    ...fields,
  })
}

/** The dates (midnights UTC) of the fields, looked at one by one: the start, and every later day that they describe. */
export function walked(fields: Recurrence, start: Instant, limit: number, days: number): Instant[] {
  const found: Instant[] = []
  const most = Math.min(limit, fields.occurrences ?? Number.POSITIVE_INFINITY)
  for (let count = 0; count < days && found.length < most; count++) {
    const instant = start + count * day
    if (count > 0 && fields.until !== null && instant > fields.until) break
    if (count === 0 || isDay(fields, start, instant)) found.push(instant)
  }
  return found
}

function isDay(fields: Recurrence, start: Instant, instant: Instant): boolean {
  const [first, now] = [new Date(start), new Date(instant)]
  const mask = fields.daysOfWeek ?? 0
  const isInMask = (mask & (1 << now.getUTCDay())) !== 0
  const months = (now.getUTCFullYear() - first.getUTCFullYear()) * 12 + now.getUTCMonth() - first.getUTCMonth()
  const lastOfMonth = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 0)).getUTCDate()
  const isMonth =
    fields.type === 2 || fields.type === 3
      ? months % fields.interval === 0
      : now.getUTCMonth() + 1 === fields.monthOfYear && yearsOf(first, now) % fields.interval === 0
  if (fields.type === 0 && mask === 0) return ((instant - start) / day) % fields.interval === 0
  if (fields.type === 0 || fields.type === 1)
    return isInMask && weeksBetween(start, instant, fields.firstDayOfWeek ?? 1) % fields.interval === 0
  if (fields.type === 2 || fields.type === 5) return isMonth && now.getUTCDate() === fields.dayOfMonth
  if (!isMonth) return false
  const matching = Array.from({ length: lastOfMonth }, (_, index) => index + 1).filter(
    (each) => (mask & (1 << new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), each)).getUTCDay())) !== 0,
  )
  return matching.at(fields.weekOfMonth === 5 ? -1 : (fields.weekOfMonth ?? 1) - 1) === now.getUTCDate()
}

const yearsOf = (first: Date, now: Date) => now.getUTCFullYear() - first.getUTCFullYear()

function weeksBetween(start: Instant, instant: Instant, weekStart: number): number {
  const week = (when: Instant) => Math.floor((when / day + 4 - weekStart) / 7)
  return week(instant) - week(start)
}
