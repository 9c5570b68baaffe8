// One VTODO (RFC 5545 3.6.2) as a task.
import type { Instant } from '../../model/id.ts'
import type { Foreign, ForeignProperty } from '../../model/record.ts'
import type { TaskRecurrence } from '../../model/recurrence.ts'
import type { Task } from '../../model/task.ts'
import type { ZoneId } from '../../model/zone.ts'
import { recurrenceOfRule } from '../recurrence.ts'
import { instantOf, localOf, startOfDay } from '../time-zone.ts'
import { taskAlarms } from './alarm.ts'
import { CalendarFormatError, unnamedOccurrence } from './calendar.ts'
import { type Component, property } from './component.ts'
import type { ContentLine } from './content-line.ts'
import { foreignComponent, foreignProperty } from './foreign.ts'
import { type Clocks, compactDate, durationOf, later, lineMoment, type Moment } from './moment.ts'
import { isShaded } from './shading.ts'
import { bodyOf, categoriesOf, isHtml, sensitivityOf } from './told.ts'
import { textOf } from './text.ts'

const utc = 'UTC' as ZoneId

/** A moment as tasks have it: by the user's clock, written as if it were UTC, and in UTC. */
interface Twice {
  readonly local: Instant | null
  readonly utc: Instant | null
}

/** Reads a VTODO that is called `uid`. */
export function toldTask(component: Component, clocks: Clocks, uid: string): Task {
  const said = (name: string) => property(component, name)?.value.trim().toUpperCase() ?? ''
  const start = twice(lineMoment(property(component, 'dtstart'), clocks), clocks.zone)
  const due = dueOf(component, start, clocks)
  const completedAt = lineMoment(property(component, 'completed'), clocks)?.instant ?? null
  const complete = said('status') === 'COMPLETED' || (said('status') === '' && (completedAt !== null || said('percent-complete') === '100'))
  const alarms = taskAlarms(component, start.utc, due.utc, clocks)
  const recurrence = recurrenceOf(component, start.local ?? due.local, clocks.zone)
  const modified = revisionOf((name) => property(component, name), clocks)
  const ordinal = lineMoment(property(component, 'x-easel-ordinal'), clocks)
  return {
    uid: taskUid(component, clocks, uid),
    subject: textOf(property(component, 'summary')?.value ?? ''),
    text: bodyOf(component),
    importance: importanceOf(said('priority')),
    sensitivity: sensitivityOf(said('class')),
    complete,
    completedAt: complete ? completedAt : null,
    start: start.local,
    startUtc: start.utc,
    due: due.local,
    dueUtc: due.utc,
    reminder: alarms.reminder,
    recurrence,
    categories: categoriesOf(component),
    ordinal: ordinal?.instant ?? null,
    subOrdinal: textOf(property(component, 'x-easel-sub-ordinal')?.value ?? '') || null,
    foreign: foreignOf(component, recurrence !== null, alarms.foreign),
    ...(modified === null ? {} : { modified }),
  }
}

/** When these lines say that the task was last written: LAST-MODIFIED, or where nobody said, DTSTAMP (RFC 5545 3.8.7.2). */
export function revisionOf(said: (name: string) => ContentLine | null, clocks: Clocks): Instant | null {
  return lineMoment(said('last-modified'), clocks)?.instant ?? lineMoment(said('dtstamp'), clocks)?.instant ?? null
}

/** The model has no exceptions of tasks: one of a series is a task of its own, called by its date. */
function taskUid(component: Component, clocks: Clocks, uid: string): string {
  const line = property(component, 'recurrence-id')
  const instance = lineMoment(line, clocks)
  if (line !== null && instance === null) throw new CalendarFormatError(unnamedOccurrence)
  return instance === null ? uid : `${uid}/${compactDate(instance.instant)}`
}

function twice(moment: Moment | null, zone: ZoneId): Twice {
  if (moment === null) return { local: null, utc: null }
  if (moment.allDay) return { local: moment.instant, utc: startOfDay(zone, moment.instant) }
  return { local: instantOf(utc, localOf(zone, moment.instant)), utc: moment.instant }
}

function dueOf(component: Component, start: Twice, clocks: Clocks): Twice {
  const due = lineMoment(property(component, 'due'), clocks)
  const duration = durationOf(property(component, 'duration')?.value ?? '')
  if (due !== null || duration === null || start.utc === null) return twice(due, clocks.zone)
  return twice({ allDay: false, instant: later(start.utc, duration, clocks.zone), zone: clocks.zone, floating: false }, clocks.zone)
}

/** RFC 5545 3.8.1.9: 1 to 4 high, 5 normal, 6 to 9 low, 0 not said. */
export function importanceOf(priority: string): Task['importance'] {
  const number = Number(priority)
  return number >= 1 && number <= 4 ? 2 : number >= 6 && number <= 9 ? 0 : 1
}

function recurrenceOf(component: Component, start: Instant | null, zone: ZoneId): TaskRecurrence | null {
  const rule = property(component, 'rrule')?.value.trim() ?? ''
  if (rule === '' || start === null) return null
  const isDate = start % 86_400_000 === 0
  // The dates of tasks are told by the user's clock as if it were UTC, and so is their rule.
  const recurrence = recurrenceOfRule(isDate ? rule : localRule(rule, zone), start, utc, isDate)
  if (recurrence === null) return null
  const isSaid = (name: string) => property(component, name)?.value.toUpperCase() === 'TRUE'
  return { ...recurrence, start, regenerate: isSaid('x-easel-regenerate'), dead: isSaid('x-easel-dead') }
}

/** Of `UNTIL=…Z` the time that the clocks of the zone show then. */
function localRule(rule: string, zone: ZoneId): string {
  return rule.replace(/(UNTIL=)(\d{8}T\d{6}Z)/i, (whole, name: string, value: string) => {
    const moment = lineMoment({ name: 'until', parameters: {}, value }, { zone, named: () => null })
    if (moment === null) return whole
    return `${name}${localOf(zone, moment.instant).toString({ smallestUnit: 'second' }).replace(/[-:]/g, '')}Z`
  })
}

/** Told by fields of their own. What of them says more than those hold is kept. */
const held = new Set(['uid', 'recurrence-id', 'duration'])
const shadedNames = new Set(['summary', 'description', 'location', 'categories'])

function foreignOf(component: Component, isRecurring: boolean, alarms: Foreign['components']): Foreign | null {
  const kept = component.properties.filter((line) => !isHeld(line, isRecurring)).map((line): ForeignProperty => foreignProperty(line))
  const components = [...component.components.filter(({ name }) => name !== 'valarm').map(foreignComponent), ...alarms]
  return kept.length === 0 && components.length === 0 ? null : { properties: kept, components }
}

function isHeld(line: ContentLine, isRecurring: boolean): boolean {
  const value = line.value.trim().toUpperCase()
  if (held.has(line.name) || isHtml(line) || line.name.startsWith('x-easel-')) return true
  if (shadedNames.has(line.name) && line.name !== 'location') return !isShaded(line)
  switch (line.name) {
    case 'rrule':
      return isRecurring
    case 'class':
      return ['PUBLIC', 'PRIVATE', 'CONFIDENTIAL', 'X-PERSONAL'].includes(value)
    case 'status':
      return value === 'COMPLETED' || value === 'NEEDS-ACTION'
    case 'priority':
      return ['0', '1', '5', '9'].includes(value)
    case 'completed':
    case 'percent-complete':
      return value.endsWith('Z') || value === '100' || value === '0'
    case 'dtstart':
    case 'due':
      return /^\d{8}(?:T(?!000000)\d{6}Z)?$/.test(value)
    default:
      return false
  }
}
