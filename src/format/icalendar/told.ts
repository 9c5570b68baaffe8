// One VEVENT as it stands: the event it tells, and how it repeats, not yet put together with its exceptions.
import { createHash } from 'node:crypto'
import type { Attendee, CalendarEvent, Span } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import type { Foreign, ForeignProperty, RecordText } from '../../model/record.ts'
import { htmlToText } from '../html-text.ts'
import { eventAlarms } from './alarm.ts'
import { type Component, properties, property } from './component.ts'
import { type ContentLine, parameter } from './content-line.ts'
import { type FileShelf, isFile } from './files.ts'
import { foreignComponent, foreignProperty } from './foreign.ts'
import { type Clocks, lineMoment, type Moment, momentOf } from './moment.ts'
import { attendeeOf, isPlainPerson, personOf } from './person.ts'
import { placeOf } from './place.ts'
import { isShaded } from './shading.ts'
import { addedSpans, spanOf, type ToldSpan } from './span.ts'
import { textOf, textsOf } from './text.ts'

export interface Told {
  /** Without recurrence and exceptions. */
  readonly event: CalendarEvent
  readonly span: ToldSpan
  readonly instance: Moment | null
  /** RECURRENCE-ID;RANGE=THISANDFUTURE. */
  readonly isFromThenOn: boolean
  readonly rules: readonly string[]
  readonly excludedRules: readonly string[]
  readonly added: readonly Span[]
  readonly excluded: readonly Moment[]
}

/** How much is taken of what one component lists; beyond that it is nobody's calendar. */
const datesMax = 5000
const uidMax = 1024

/** Reads a VEVENT. Throws CalendarFormatError for one that does not say when it is. */
export function toldEvent(component: Component, clocks: Clocks, shelf: FileShelf, method: string | null, now: Instant): Told {
  const span = spanOf(component, clocks, method)
  const recurrenceId = property(component, 'recurrence-id')
  const list = (name: string) => properties(component, name)
  return {
    event: eventOf(component, span, clocks, shelf, now),
    span,
    instance: lineMoment(recurrenceId, clocks),
    isFromThenOn: recurrenceId !== null && parameter(recurrenceId, 'range')?.toUpperCase() === 'THISANDFUTURE',
    rules: list('rrule').map(({ value }) => value.trim()),
    excludedRules: list('exrule').map(({ value }) => value.trim()),
    added: list('rdate')
      .flatMap((line) => addedSpans(line, span, clocks))
      .slice(0, datesMax),
    excluded: list('exdate')
      .flatMap((line) => line.value.split(',').flatMap((value) => momentOf(value, line, clocks) ?? []))
      .slice(0, datesMax),
  }
}

function eventOf(component: Component, span: ToldSpan, clocks: Clocks, shelf: FileShelf, now: Instant): CalendarEvent {
  const { allDay, start, end, zone } = span
  const said = (name: string) => property(component, name)?.value.trim().toUpperCase() ?? ''
  const organizer = property(component, 'organizer')
  const attendees = properties(component, 'attendee').map(attendeeOf)
  const alarms = eventAlarms(component)
  const stamp = ['dtstamp', 'last-modified', 'created']
    .map((name) => lineMoment(property(component, name), clocks))
    .find((at) => at !== null)
  const isMeeting = organizer !== null || attendees.length > 0
  const busyStatus = busyStatusOf(said('x-microsoft-cdo-busystatus'), said('transp'), said('status'))
  return {
    uid: uidOf(component),
    subject: textOf(property(component, 'summary')?.value ?? ''),
    place: placeOf(component),
    text: bodyOf(component),
    allDay,
    start,
    end,
    zone,
    busyStatus,
    sensitivity: sensitivityOf(said('class')),
    reminder: alarms.reminder,
    categories: categoriesOf(component),
    organizer: organizer === null ? null : personOf(organizer),
    attendees,
    files: component.properties.filter(isFile).map((line) => shelf.put(line)),
    meetingStatus: (isMeeting ? 1 : 0) + (said('status') === 'CANCELLED' ? 4 : 0),
    responseType: 0,
    repliedAt: null,
    onlineMeetingLink: linkOf(component, 'x-microsoft-onlinemeetingconflink'),
    onlineMeetingExternalLink: linkOf(component, 'x-microsoft-onlinemeetingexternallink'),
    stamp: stamp?.instant ?? now,
    sequence: sequenceOf(component),
    foreign: foreignOf(component, busyStatus, [...span.marks], alarms.foreign),
    recurrence: null,
    exceptions: [],
    responseRequested: isResponseRequested(said('x-easel-response-requested'), attendees),
    disallowNewTimeProposal: said('x-microsoft-disallow-counter') === 'TRUE',
    clientUid: null,
    lastFile: 0,
  }
}

/** MS-OXCICAL 2.1.3.1.1.20.31, else what RFC 5545 has for it. */
export function busyStatusOf(said: string, transparency: string, status: string): CalendarEvent['busyStatus'] {
  const known = ['FREE', 'TENTATIVE', 'BUSY', 'OOF', 'WORKINGELSEWHERE'].indexOf(said)
  if (known === 0 || known === 1 || known === 2 || known === 3 || known === 4) return known
  if (transparency === 'TRANSPARENT') return 0
  return status === 'TENTATIVE' ? 1 : 2
}

/** RFC 5545 3.8.1.3: who does not know a word takes it for PRIVATE. */
export function sensitivityOf(said: string): CalendarEvent['sensitivity'] {
  if (said === '' || said === 'PUBLIC') return 0
  return said === 'X-PERSONAL' ? 1 : said === 'CONFIDENTIAL' ? 3 : 2
}

export function categoriesOf(component: Component): readonly string[] {
  const all = properties(component, 'categories').flatMap(({ value }) => textsOf(value).map((category) => category.trim()))
  return [...new Set(all)].filter((category) => category !== '')
}

/** Text of an event or a task: HTML where it is told, unless nothing can be read in it. */
export function bodyOf(component: Component): RecordText | null {
  const plain = textOf(property(component, 'description')?.value ?? '')
  const html = textOf(component.properties.find(isHtml)?.value ?? '')
  if (html !== '' && (plain.trim() === '' || htmlToText(html).trim() !== '')) return { type: 2, text: html }
  return plain === '' ? null : { type: 1, text: plain }
}

export function isHtml(line: ContentLine): boolean {
  if (line.name === 'x-alt-desc') return /html/i.test(parameter(line, 'fmttype') ?? 'html')
  return line.name === 'styled-description' && /html/i.test(parameter(line, 'fmttype') ?? '')
}

function linkOf(component: Component, name: string): string | null {
  const value = textOf(property(component, name)?.value ?? '').trim()
  return value === '' ? null : value
}

function sequenceOf(component: Component): number {
  const sequence = Number(property(component, 'sequence')?.value.trim() ?? 0)
  return Number.isSafeInteger(sequence) && sequence >= 0 ? sequence : 0
}

function isResponseRequested(said: string, attendees: readonly Attendee[]): boolean {
  return said === '' ? attendees.some(({ responseRequested }) => responseRequested === true) : said === 'TRUE'
}

/** What changes whenever a component is written. */
const restless = new Set(['dtstamp', 'last-modified', 'created', 'sequence'])

/** The UID; of what has none, one made of what it says, so that it has the same tomorrow. */
export function uidOf(component: Component): string {
  const uid = textOf(property(component, 'uid')?.value ?? '').trim()
  if (uid !== '' && uid.length <= uidMax) return uid
  const content = uid !== '' ? uid : component.properties.filter(({ name }) => !restless.has(name))
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

/** Told by fields of their own, whatever they say. */
const held = new Set([
  'uid',
  'dtstamp',
  'dtstart',
  'dtend',
  'duration',
  'recurrence-id',
  'rrule',
  'rdate',
  'exdate',
  'geo',
  'x-microsoft-locations',
  'attendee',
  'transp',
  'sequence',
  'x-microsoft-cdo-busystatus',
  'x-microsoft-cdo-alldayevent',
  'x-microsoft-disallow-counter',
  'x-microsoft-onlinemeetingconflink',
  'x-microsoft-onlinemeetingexternallink',
  'x-easel-response-requested',
])
/** Told by fields of their own; kept only if they say more than those hold. */
const shadedNames = new Set(['summary', 'description', 'location', 'categories'])

function foreignOf(component: Component, busyStatus: number, kept: ForeignProperty[], alarms: Foreign['components']): Foreign | null {
  for (const line of component.properties) {
    const value = line.value.trim().toUpperCase()
    if (held.has(line.name) || isFile(line) || isHtml(line) || line.name.startsWith('x-easel-')) continue
    if (shadedNames.has(line.name) && !isShaded(line)) continue
    if (line.name === 'organizer' && isPlainPerson(line)) continue
    if (line.name === 'status' && (value === 'CANCELLED' || (value === 'TENTATIVE' && busyStatus === 1))) continue
    if (line.name === 'class' && ['PUBLIC', 'PRIVATE', 'CONFIDENTIAL', 'X-PERSONAL'].includes(value)) continue
    kept.push(foreignProperty(line))
  }
  const components = [...component.components.filter(({ name }) => name !== 'valarm').map(foreignComponent), ...alarms]
  return kept.length === 0 && components.length === 0 ? null : { properties: kept, components }
}
