// A calendar file as a whole: which of its components tell the same event, which are newer, and which cannot be taken.
import { createHash } from 'node:crypto'
import type { Instant } from '../../model/id.ts'
import type { Foreign } from '../../model/record.ts'
import type { Task } from '../../model/task.ts'
import type { ZoneId } from '../../model/zone.ts'
import { CalendarFormatError, type Refused, unnamedOccurrence, type VCalendar, type VEvent } from './calendar.ts'
import { type Component, componentsOf, property } from './component.ts'
import { FileShelf } from './files.ts'
import { foreignComponent, foreignProperty } from './foreign.ts'
import { type Clocks, lineMoment } from './moment.ts'
import { assembled, type Assembled, loneOccurrence } from './series.ts'
import { originalOf } from './span.ts'
import { toldTask } from './task-in.ts'
import { textOf } from './text.ts'
import { type Told, toldEvent, uidOf } from './told.ts'
import { modernised } from './vcalendar.ts'
import { clocksOf } from './zone-in.ts'

export interface CalendarFile {
  readonly calendar: VCalendar
  readonly refused: readonly Refused[]
}

/** An event or task with what surrounds it. */
interface Entry {
  readonly component: Component
  readonly number: number
  readonly uid: string
  readonly clocks: Clocks
  readonly method: string | null
  readonly now: Instant
}

/** Reads a file. Throws CalendarFormatError for what is no calendar at all. */
export function readFile(text: string, zone: ZoneId, now: Instant): CalendarFile {
  const calendars = calendarsOf(componentsOf(text))
  if (calendars.length === 0) throw new CalendarFormatError('there is no calendar in it: neither BEGIN:VCALENDAR nor an event or a task')
  const entries = entriesOf(calendars, zone, now)
  const refused: Refused[] = []
  const events = grouped(entries.filter(({ component }) => component.name === 'vevent')).flatMap((group) => eventsOf(group, refused))
  const tasks = grouped(entries.filter(({ component }) => component.name === 'vtodo')).flatMap((group) => tasksOf(group, refused))
  const method = calendars.map(methodOf).find((method) => method !== null) ?? null
  const calendar = { method, events, tasks, foreign: foreignOf(calendars) }
  return { calendar, refused: refused.toSorted((one, other) => one.number - other.number) }
}

/** The calendars of a file; what stands outside of any makes one of its own. */
function calendarsOf(top: readonly Component[]): Component[] {
  const calendars = top.filter(({ name }) => name === 'vcalendar').map(modernised)
  const stray = top.filter(({ name }) => name === 'vevent' || name === 'vtodo' || name === 'vtimezone')
  const hasStray = stray.some(({ name }) => name !== 'vtimezone')
  return hasStray ? [...calendars, { name: 'vcalendar', properties: [], components: stray }] : calendars
}

function methodOf(calendar: Component): string | null {
  const method = property(calendar, 'method')?.value.trim().toUpperCase() ?? ''
  return /^[A-Z-]{1,40}$/.test(method) ? method : null
}

function entriesOf(calendars: readonly Component[], zone: ZoneId, now: Instant): Entry[] {
  let number = 0
  return calendars.flatMap((calendar) => {
    const clocks = clocksOf(calendar, zone)
    const method = methodOf(calendar)
    const told = calendar.components.filter(({ name }) => name === 'vevent' || name === 'vtodo')
    return told.map((component) => ({ component, number: ++number, uid: uidOf(component), clocks, method, now }))
  })
}

function grouped(entries: readonly Entry[]): Entry[][] {
  const groups = new Map<string, Entry[]>()
  for (const entry of entries) {
    const group = groups.get(entry.uid)
    if (group === undefined) groups.set(entry.uid, [entry])
    else group.push(entry)
  }
  return [...groups.values()]
}

const sequenceOf = ({ component }: Entry) => Number.parseInt(property(component, 'sequence')?.value ?? '0', 10) || 0
const stampOf = ({ component, clocks }: Entry) => lineMoment(property(component, 'dtstamp'), clocks)?.instant ?? 0
const isOlder = (one: Entry, other: Entry) =>
  sequenceOf(one) === sequenceOf(other) ? stampOf(one) < stampOf(other) : sequenceOf(one) < sequenceOf(other)

/** Which of several that claim to be the same is the newest; those beside it are not older, and say something else. */
function newest(claims: readonly Entry[]): { readonly first: Entry | undefined; readonly others: readonly Entry[] } {
  let chosen: Entry[] = []
  let known = new Set<string>()
  for (const claim of claims) {
    const [first] = chosen
    if (first !== undefined && isOlder(claim, first)) continue
    if (first !== undefined && isOlder(first, claim)) [chosen, known] = [[], new Set()]
    const content = JSON.stringify(claim.component)
    if (!known.has(content)) chosen.push(claim)
    known.add(content)
  }
  const [first, ...others] = chosen
  return { first, others }
}

/** Two events that somebody gave one name keep apart: the second is named by what it says. */
function renamed(entry: Entry): Entry {
  const content = createHash('sha256').update(JSON.stringify(entry.component.properties)).digest('hex')
  return { ...entry, uid: `${entry.uid.slice(0, 900)}/${content.slice(0, 32)}` }
}

function eventsOf(group: readonly Entry[], refused: Refused[]): VEvent[] {
  const isOverride = ({ component }: Entry) => property(component, 'recurrence-id') !== null
  const { first, others } = newest(group.filter((entry) => !isOverride(entry)))
  const overrides = group.filter(isOverride)
  return [
    ...(first === undefined && overrides.length === 0 ? [] : oneSeries(first, overrides, refused)),
    ...others.flatMap((other) => oneSeries(renamed(other), [], refused)),
  ]
}

function oneSeries(masterEntry: Entry | undefined, overrideEntries: readonly Entry[], refused: Refused[]): VEvent[] {
  const shelf = new FileShelf()
  const told = (entry: Entry) => attempt(entry, refused, () => toldOf(entry, shelf))
  const master = masterEntry === undefined ? null : told(masterEntry)
  const overrides = newestOverrides(
    overrideEntries.flatMap((entry) => [told(entry)].flatMap((told) => (told === null ? [] : { entry, told }))),
    master,
  )
  const entry = masterEntry ?? overrideEntries[0]
  if (entry === undefined) return []
  const events = attempt(entry, refused, () => (master === null ? overrides.map(lone) : assembled(master, overrides))) ?? []
  return events.map(({ event, instance }) => {
    const hasFiles = event.files.length > 0 || event.exceptions.some(({ changes }) => (changes.files ?? []).length > 0)
    return { event: { ...event, lastFile: hasFiles ? shelf.last : 0 }, instance, source: hasFiles ? shelf.source : new Uint8Array(0) }
  })
}

function toldOf({ component, clocks, method, now, uid }: Entry, shelf: FileShelf): Told {
  const told = toldEvent(component, clocks, shelf, method, now)
  if (property(component, 'recurrence-id') !== null && told.instance === null) throw new CalendarFormatError(unnamedOccurrence)
  return { ...told, event: { ...told.event, uid } }
}

const lone = (told: Told): Assembled =>
  loneOccurrence(told, told.instance === null ? told.event.start : originalOf(told.instance, told.span))

/** Of several overrides of one occurrence the newest; of equals the last. */
function newestOverrides(told: readonly { entry: Entry; told: Told }[], master: Told | null): Told[] {
  const chosen = new Map<number, { entry: Entry; told: Told }>()
  for (const one of told) {
    const { instance, event, span } = one.told
    const original = instance === null ? event.start : originalOf(instance, master?.span ?? span)
    const known = chosen.get(original)
    if (known === undefined || !isOlder(one.entry, known.entry)) chosen.set(original, one)
  }
  return Array.from(chosen.values(), ({ told }) => told)
}

function tasksOf(group: readonly Entry[], refused: Refused[]): Task[] {
  const isOverride = ({ component }: Entry) => property(component, 'recurrence-id') !== null
  const { first, others } = newest(group.filter((entry) => !isOverride(entry)))
  const kept = [...(first === undefined ? [] : [first]), ...others.map(renamed), ...group.filter(isOverride)]
  const tasks = kept.flatMap((entry) => attempt(entry, refused, () => toldTask(entry.component, entry.clocks, entry.uid)) ?? [])
  // Of several about one occurrence the last.
  return [...new Map(tasks.map((task) => [task.uid, task])).values()]
}

/** What comes of it; null, with the reason on record, for what cannot be taken. Dates may lie where no calendar reaches: RangeError. */
function attempt<T>({ component, number }: Entry, refused: Refused[], read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof CalendarFormatError) && !(error instanceof RangeError)) throw error
    const summary = textOf(property(component, 'summary')?.value ?? '').slice(0, 60)
    const name = `${component.name === 'vtodo' ? 'the task' : 'the event'}${summary === '' ? '' : ` "${summary}"`}`
    const why = error instanceof CalendarFormatError ? error.message : 'its dates lie beyond all calendars'
    refused.push({ number, reason: `${name} cannot be taken: ${why}` })
    return null
  }
}

/** Said again by whoever writes, or told by VCalendar itself. */
const held = new Set(['version', 'prodid', 'method', 'calscale'])

function foreignOf(calendars: readonly Component[]): Foreign | null {
  const properties = (calendars[0]?.properties ?? []).filter(({ name }) => !held.has(name)).map(foreignProperty)
  const components = calendars
    .flatMap((calendar) => calendar.components)
    .filter(({ name }) => name !== 'vevent' && name !== 'vtodo' && name !== 'vtimezone')
    .map(foreignComponent)
  return properties.length === 0 && components.length === 0 ? null : { properties, components }
}
