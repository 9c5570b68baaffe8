// What a client's elements make of a task.
import { isDeepStrictEqual } from 'node:util'
import { speakable } from '../../../format/text.ts'
import type { CollectionOptions, Supported } from '../../../model/collection.ts'
import type { Dialect } from '../../../model/dialect.ts'
import type { Instant } from '../../../model/id.ts'
import type { TaskRecurrence } from '../../../model/recurrence.ts'
import type { Task } from '../../../model/task.ts'
import type { ZoneId } from '../../../model/zone.ts'
import { Failure } from '../../error.ts'
import { categoriesIn } from '../categories.ts'
import { textIn } from '../record-body.ts'
import { asLocal, inBoth, isTellable, type Dated } from './clock.ts'
import { toUtc } from './data.ts'
import { localStart, localUntil, recurrenceIn, recurrenceOut } from './recurrence.ts'
import type { TaskChange } from './schema.ts'

/** Longer than any client lets its user write. */
const subjectCharsMax = 64 * 1024

/** How a change is meant. */
export interface Means {
  readonly dialect: Dialect
  readonly zone: ZoneId
  readonly now: Instant
  readonly supported: Supported
  readonly options: CollectionOptions
}

/** A task of which nothing is said yet. */
export function emptyTask(uid: string): Task {
  return {
    uid,
    subject: '',
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
  }
}

/** MS-ASCMD 2.2.3.179: what the device did not name as its own stays as it is. */
function isGhosted(supported: Supported, ...elements: readonly string[]): boolean {
  return supported !== null && !elements.some((element) => supported.includes(`Tasks:${element}`))
}

/**
 * The task after a client's Change. Dates and Recurrence are sent whole: what is left out of them is taken away. What has a value in
 * any case (a level, a mark, a text) is not: MS-ASTASK 3.2.5.3.1 and 3.2.5.3.2 say so of Importance and ReminderSet, and clients leave
 * out the Categories and levels that they do not show. Throws ItemMalformed.
 */
export function taskAfter(before: Task, change: TaskChange, means: Means): Task {
  const { zone, now, supported } = means
  checkDates(change)
  const complete = change.Complete ?? before.complete
  const date = (was: Dated, local: Instant | undefined, utc: Instant | undefined, ...elements: readonly string[]) =>
    local === undefined && utc === undefined && isGhosted(supported, ...elements) ? was : inBoth(zone, local, utc)
  const start = date({ local: before.start, utc: before.startUtc }, change.StartDate, change.UtcStartDate, 'StartDate', 'UtcStartDate')
  const due = date({ local: before.due, utc: before.dueUtc }, change.DueDate, change.UtcDueDate, 'DueDate', 'UtcDueDate')
  const after: Task = {
    ...before,
    subject: change.Subject === undefined ? before.subject : subjectOf(change.Subject),
    text: change.Body === undefined ? before.text : textIn(change.Body, before.text, means.options),
    importance: change.Importance === undefined ? before.importance : level(change.Importance),
    sensitivity: change.Sensitivity ?? before.sensitivity,
    complete,
    completedAt: complete ? (change.DateCompleted ?? before.completedAt ?? now) : null,
    start: start.local,
    startUtc: start.utc,
    due: due.local,
    dueUtc: due.utc,
    reminder: reminderAfter(before.reminder, change),
    recurrence: recurrenceAfter(before, change, means),
    categories: change.Categories === undefined ? before.categories : categoriesIn(change.Categories.Category, before.categories),
    ordinal: change.OrdinalDate ?? before.ordinal,
    subOrdinal: change.SubOrdinalDate ?? before.subOrdinal,
  }
  return isDeepStrictEqual(after, before) ? before : { ...after, modified: now }
}

/** Throws ItemMalformed for a date that no answer could tell. */
function checkDates({ Recurrence: recurrence, ...change }: TaskChange): void {
  const { StartDate, UtcStartDate, DueDate, UtcDueDate, DateCompleted, ReminderTime, OrdinalDate } = change
  const dates = [
    StartDate,
    UtcStartDate,
    DueDate,
    UtcDueDate,
    DateCompleted,
    ReminderTime,
    OrdinalDate,
    recurrence?.Start,
    recurrence?.Until,
  ]
  if (!dates.every((date) => date === undefined || isTellable(date))) throw new Failure('ItemMalformed', 'a date of no year that is shown')
}

function subjectOf(text: string): string {
  if (text.length > subjectCharsMax) throw new Failure('ItemMalformed', `a subject of ${text.length} characters`)
  return speakable(text)
}

/** MS-ASTASK 2.2.2.14 names three levels; what lies beyond them is the highest. */
function level(importance: number): Task['importance'] {
  return importance === 0 ? 0 : importance === 1 ? 1 : 2
}

/** A time alone does not set a reminder that nobody set, and a mark without a time keeps the time there was. */
function reminderAfter(before: Instant | null, { ReminderSet: isSet = before !== null, ReminderTime: time }: TaskChange): Instant | null {
  return isSet ? (time ?? before) : null
}

function recurrenceAfter(before: Task, change: TaskChange, { dialect, zone, supported }: Means): TaskRecurrence | null {
  const { Recurrence: sent } = change
  if (sent === undefined) return isGhosted(supported, 'Recurrence') ? before.recurrence : null
  const own = { local: change.StartDate, utc: change.UtcStartDate }
  const utcToLocal = (utc: Instant) => asLocal(zone, utc)
  const start = localStart(sent.Start, own, dialect, utcToLocal)
  const { recurrence } = before
  const stood = recurrence === null ? null : { recurrence, told: recurrenceOut(recurrence, dialect, toUtc(before, zone)) }
  // What a client repeats as it was told it does not mean otherwise, whatever else of the recurrence it changes.
  const isRepeated = stood !== null && sent.Until !== undefined && sent.Until === stood.told.Until
  const until = isRepeated ? stood.recurrence.until : localUntil(sent, start, utcToLocal)
  const told = sent.DeadOccur ?? change.DeadOccur
  const isDead = told === undefined ? null : told > 0
  return recurrenceIn(sent, { start, until }, isDead, stood)
}
