// Reminders (VALARM, RFC 5545 3.6.6): the first that a phone can ring, and the rest as they came.
import type { ForeignComponent, Foreign } from '../../model/record.ts'
import type { Instant } from '../../model/id.ts'
import { type Component, properties, property } from './component.ts'
import { parameter, writtenLine } from './content-line.ts'
import { foreignComponent, lineOfForeign, writtenForeign } from './foreign.ts'
import { type Clocks, durationOf, later, lineMoment } from './moment.ts'

const minute = 60_000

export interface Alarms {
  /** Minutes before the start. */
  readonly reminder: number | null
  /**
   * The others. That of the reminder is among them, without its trigger, if it says more than that it shows something: it is what the
   * reminder is written with, whatever becomes of its time.
   */
  readonly foreign: readonly ForeignComponent[]
}

/** The alarms of an event. */
export function eventAlarms(component: Component): Alarms {
  const alarms = component.components.filter(({ name }) => name === 'valarm')
  const chosen = alarms.find((alarm) => minutesBefore(alarm) !== null) ?? null
  return {
    reminder: chosen === null ? null : minutesBefore(chosen),
    foreign: alarms.flatMap((alarm) => (alarm === chosen ? template(alarm) : [foreignComponent(alarm)])),
  }
}

const rings = (alarm: Component) => /^(?:DISPLAY|AUDIO)$/i.test(property(alarm, 'action')?.value.trim() ?? '')

/** What rings at another time than before the start is nothing a phone could be told. */
function minutesBefore(alarm: Component): number | null {
  const trigger = property(alarm, 'trigger')
  if (trigger === null || !rings(alarm) || parameter(trigger, 'related')?.toUpperCase() === 'END') return null
  const duration = durationOf(trigger.value)
  if (duration === null) return null
  const minutes = -Math.round(duration.days * 24 * 60 + duration.milliseconds / minute) + 0
  return minutes >= 0 ? minutes : null
}

function template(alarm: Component): ForeignComponent[] {
  const own = alarm.properties.filter(({ name, value }) => {
    if (name === 'trigger') return false
    return !(name === 'action' && value.toUpperCase() === 'DISPLAY') && !(name === 'description' && value === 'Reminder')
  })
  if (own.length === 0 && alarm.components.length === 0) return []
  return [foreignComponent({ ...alarm, properties: alarm.properties.filter(({ name }) => name !== 'trigger') })]
}

const isTemplate = ([name, lines]: ForeignComponent) => name === 'valarm' && !lines.some(([line]) => line === 'trigger')

/** The reminder of an event as text. */
export function writtenReminder(minutes: number | null, foreign: Foreign | null): string {
  return minutes === null ? '' : writtenAlarm(`-PT${minutes}M`, {}, foreign)
}

/** The reminder of a task as text. */
export function writtenTaskReminder(at: string | null, foreign: Foreign | null): string {
  return at === null ? '' : writtenAlarm(at, { value: 'DATE-TIME' }, foreign)
}

function writtenAlarm(value: string, parameters: Readonly<Record<string, string>>, foreign: Foreign | null): string {
  const kept = foreign?.components.find(isTemplate)
  const trigger = writtenLine({ name: 'trigger', parameters, value })
  if (kept === undefined) return `BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\n${trigger}END:VALARM\r\n`
  const [, lines, components] = kept
  const inner = [...lines.map((line) => writtenLine(lineOfForeign(line))), trigger, ...components.map(writtenForeign)]
  return `BEGIN:VALARM\r\n${inner.join('')}END:VALARM\r\n`
}

/** The components that go out beside the reminder. */
export function keptComponents(foreign: Foreign | null): readonly ForeignComponent[] {
  return foreign?.components.filter((component) => !isTemplate(component)) ?? []
}

/** When a task reminds of itself: the first alarm that rings, at a time or before its start or end. */
export function taskAlarms(
  component: Component,
  start: Instant | null,
  end: Instant | null,
  clocks: Clocks,
): { readonly reminder: Instant | null; readonly foreign: readonly ForeignComponent[] } {
  const alarms = component.components.filter(({ name }) => name === 'valarm')
  const times = alarms.map((alarm) => (rings(alarm) ? ringsAt(alarm, start, end, clocks) : null))
  const chosen = times.findIndex((time) => time !== null)
  return {
    reminder: times[chosen] ?? null,
    foreign: alarms.flatMap((alarm, index) => (index === chosen ? template(alarm) : [foreignComponent(alarm)])),
  }
}

function ringsAt(alarm: Component, start: Instant | null, end: Instant | null, clocks: Clocks): Instant | null {
  const trigger = properties(alarm, 'trigger')[0]
  if (trigger === undefined) return null
  const moment = lineMoment(trigger, clocks)
  if (moment !== null) return moment.instant
  const duration = durationOf(trigger.value)
  const anchor = parameter(trigger, 'related')?.toUpperCase() === 'END' ? end : (start ?? end)
  return duration === null || anchor === null ? null : later(anchor, duration, clocks.zone)
}
