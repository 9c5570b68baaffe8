// A task as a VTODO.
import type { Instant } from '../../model/id.ts'
import type { Foreign } from '../../model/record.ts'
import type { Task } from '../../model/task.ts'
import type { ZoneId } from '../../model/zone.ts'
import { ruleOfRecurrence } from '../recurrence.ts'
import { keptComponents, writtenTaskReminder } from './alarm.ts'
import { type ContentLine, parameter, writtenLine } from './content-line.ts'
import { bodyLines, classLines } from './event-out.ts'
import { lineOfForeign, writtenForeign } from './foreign.ts'
import { compactLocal, compactTime, lineMoment } from './moment.ts'
import { keptLine, shaded } from './shading.ts'
import { importanceOf, revisionOf } from './task-in.ts'
import { textValue } from './text.ts'
import { dateLine } from './time-out.ts'
import { clocksOf } from './zone-in.ts'
import type { ZoneBook } from './zone-out.ts'

const utc = 'UTC' as ZoneId
const clocks = clocksOf({ name: 'vcalendar', properties: [], components: [] }, utc)
const line = (name: string, value: string, parameters: ContentLine['parameters'] = {}): ContentLine => ({ name, parameters, value })

/** The VTODO of a task; the zones that it names go into the book. */
export function writtenTask(task: Task, book: ZoneBook, now: Instant): string {
  const { uid, subject, text, categories, sensitivity, foreign } = task
  const lines = [
    line('uid', textValue(uid)),
    ...stampLines(task, now),
    ...dayLines('dtstart', task.start, task.startUtc, foreign),
    ...dayLines('due', task.due, task.dueUtc, foreign),
    ...recurrenceLines(task),
    ...(subject === '' ? [] : [shaded(line('summary', textValue(subject)), foreign)]),
    ...bodyLines(text).map((line) => shaded(line, foreign)),
    ...(categories.length === 0 ? [] : [shaded(line('categories', categories.map(textValue).join(',')), foreign)]),
    ...classLines(sensitivity, foreign),
    ...stateLines(task),
    ...orderLines(task),
    ...(foreign?.properties ?? []).filter(([name]) => !told.has(name) && !name.startsWith('x-easel-')).map(lineOfForeign),
  ]
  for (const told of lines) {
    const zone = parameter(told, 'tzid')
    if (zone !== null) book.useNamed(zone)
  }
  const reminder = writtenTaskReminder(task.reminder === null ? null : compactTime(task.reminder), foreign)
  const components = keptComponents(foreign).map(writtenForeign)
  return `BEGIN:VTODO\r\n${lines.map(writtenLine).join('')}${reminder}${components.join('')}END:VTODO\r\n`
}

/** When it was written (RFC 5545 3.8.7.2): as it came where nobody changed it since. */
function stampLines({ modified, foreign }: Task, now: Instant): ContentLine[] {
  const kept = (name: string) => keptLine(name, foreign, () => true)
  const said = revisionOf(kept, clocks)
  const stands = said !== null && (modified === undefined || seconds(said) === seconds(modified))
  const [stamp, changed] = [kept('dtstamp'), kept('last-modified')]
  const present = (name: string) => line(name, compactTime(modified ?? now))
  return [stands && stamp !== null ? stamp : present('dtstamp'), ...(changed === null ? [] : [stands ? changed : present('last-modified')])]
}

const seconds = (at: Instant) => Math.floor(at / 1000)

/** Kept to be told with the fields that hold them. */
const told = new Set([
  'dtstamp',
  'last-modified',
  'dtstart',
  'due',
  'summary',
  'description',
  'categories',
  'class',
  'status',
  'priority',
  'percent-complete',
  'completed',
  'rrule',
])

/** A day as a date, another moment in UTC; as it came where it still means the same. */
function dayLines(name: string, local: Instant | null, instant: Instant | null, foreign: Foreign | null): ContentLine[] {
  if (local === null) return []
  const kept = keptLine(name, foreign, (line) => {
    const moment = lineMoment(line, clocks)
    return moment !== null && (moment.floating ? moment.instant === local : moment.instant === instant)
  })
  if (kept !== null) return [kept]
  if (local % 86_400_000 === 0) return [dateLine(name, local)]
  return [line(name, instant === null ? compactLocal(utc, local) : compactTime(instant))]
}

function recurrenceLines({ recurrence, foreign, start, startUtc }: Task): ContentLine[] {
  if (recurrence === null)
    return keptLine('rrule', foreign, () => true) === null ? [] : [keptLine('rrule', foreign, () => true)].flatMap((line) => line ?? [])
  const rule = ruleOfRecurrence(recurrence, recurrence.start, utc, recurrence.start % 86_400_000 === 0)
  const east = start !== null && startUtc !== null ? start - startUtc : 0
  const lines = [
    line(
      'rrule',
      rule.replace(/(UNTIL=)(\d{8}T\d{6}Z)/, (_, name: string, value: string) => name + earlier(value, east)),
    ),
  ]
  if (recurrence.regenerate) lines.push(line('x-easel-regenerate', 'TRUE'))
  if (recurrence.dead) lines.push(line('x-easel-dead', 'TRUE'))
  return lines
}

/** A time that the user's clock shows, in UTC. */
function earlier(value: string, east: number): string {
  const moment = lineMoment(line('until', value), clocks)
  return moment === null ? value : compactTime(moment.instant - east)
}

function stateLines({ complete, completedAt, importance, foreign }: Task): ContentLine[] {
  const priority = keptLine('priority', foreign, ({ value }) => importanceOf(value.trim()) === importance)
  const lines = priority !== null ? [priority] : importance === 1 ? [] : [line('priority', importance === 2 ? '1' : '9')]
  if (complete) {
    lines.push(line('status', 'COMPLETED'), line('percent-complete', '100'))
    if (completedAt !== null) lines.push(line('completed', compactTime(completedAt)))
    return lines
  }
  const [status, percent] = ['status', 'percent-complete'].map((name) => keptLine(name, foreign, () => true))
  lines.push(status ?? line('status', 'NEEDS-ACTION'))
  return percent === null || percent === undefined ? lines : [...lines, percent]
}

function orderLines({ ordinal, subOrdinal }: Task): ContentLine[] {
  return [
    ...(ordinal === null ? [] : [line('x-easel-ordinal', compactTime(ordinal))]),
    ...(subOrdinal === null ? [] : [line('x-easel-sub-ordinal', textValue(subOrdinal))]),
  ]
}
