// An event as VEVENTs: the event or series, and one for each of its exceptions.
import type { CalendarEvent, Exception, Occasion } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import type { Foreign, ForeignProperty, RecordText } from '../../model/record.ts'
import { htmlToText } from '../html-text.ts'
import { startsAt } from '../recurrence/expansion.ts'
import { lastEnd, ruleOfRecurrence } from '../recurrence.ts'
import { keptComponents, writtenReminder } from './alarm.ts'
import type { VEvent } from './calendar.ts'
import { type ContentLine, parameter, writtenLine } from './content-line.ts'
import { fileLine } from './files.ts'
import { lineOfForeign, writtenForeign } from './foreign.ts'
import { compactTime } from './moment.ts'
import { addressValue, attendeeLine, personOf } from './person.ts'
import { isLocated, placeLines } from './place.ts'
import { keptLine, shaded } from './shading.ts'
import { textValue } from './text.ts'
import { dateLine, ruleValue, timeForm, type TimeForm, timeLine } from './time-out.ts'
import { sensitivityOf } from './told.ts'
import type { ZoneBook } from './zone-out.ts'

const line = (name: string, value: string, parameters: ContentLine['parameters'] = {}): ContentLine => ({ name, parameters, value })

/** The VEVENTs of an event; the zones that they name go into the book. */
export function writtenEvent({ event, instance, source }: VEvent, book: ZoneBook): string {
  const form = formOf(event, book)
  const original = instance === null ? [] : [originalLine('recurrence-id', instance, event, form)]
  const master = [...original, ...repetition(event, form)]
  const overrides = event.exceptions.filter((exception) => !exception.deleted && !isPlainDate(event, exception))
  const parts = overrides.map((exception) => writtenException(event, exception, source, form, book))
  return component(event, event, master, source, form, book, instance === null) + parts.join('')
}

function formOf(event: CalendarEvent, book: ZoneBook): TimeForm {
  const { allDay, start, end, zone, recurrence, exceptions, foreign } = event
  // Dates need no zone.
  if (allDay && !exceptions.some(({ changes }) => changes.allDay === false)) return { zone, tzid: zone, end: null }
  const first = exceptions.reduce((first, { changes }) => Math.min(first, changes.start ?? first), start)
  return timeForm(zone, foreign, first, recurrence === null ? end : lastEnd(event), book)
}

/** Whether an exception is no more than a date that the rule does not have: then RDATE says it all. */
function isPlainDate(event: CalendarEvent, { original, changes }: Exception): boolean {
  const { allDay = event.allDay, start = original, end = original + event.end - event.start, ...others } = changes
  const isInherited = allDay === event.allDay && start === original && end - start === event.end - event.start
  return isInherited && Object.keys(others).length === 0 && !startsAt(event, original)
}

/** RRULE, EXDATE, and RDATE for what the rule does not have. */
function repetition(event: CalendarEvent, form: TimeForm): ContentLine[] {
  const { recurrence, start, zone, allDay, exceptions } = event
  if (recurrence === null) return []
  const dates = exceptions.map(({ original, deleted }) => {
    const name = deleted ? 'exdate' : startsAt(event, original) ? null : 'rdate'
    return name === null ? [] : [originalLine(name, original, event, form)]
  })
  return [line('rrule', ruleValue(ruleOfRecurrence(recurrence, start, zone, allDay), form)), ...dates.flat()]
}

/** What names an occurrence is told as the series tells its start. */
function originalLine(name: string, original: Instant, { allDay }: CalendarEvent, form: TimeForm): ContentLine {
  return allDay ? dateLine(name, original) : timeLine(name, original, form)
}

function writtenException(event: CalendarEvent, exception: Exception, source: Uint8Array, form: TimeForm, book: ZoneBook): string {
  const { original, changes } = exception
  const inherited = { allDay: event.allDay, start: original, end: original + event.end - event.start }
  const occasion: Occasion = { ...event, ...inherited, ...changes }
  return component(event, occasion, [originalLine('recurrence-id', original, event, form)], source, form, book, false)
}

function component(
  event: CalendarEvent,
  occasion: Occasion,
  repetition: readonly ContentLine[],
  source: Uint8Array,
  form: TimeForm,
  book: ZoneBook,
  isMaster: boolean,
): string {
  const { foreign, files } = occasion
  const lines = [
    line('uid', textValue(event.uid)),
    line('dtstamp', compactTime(occasion.stamp)),
    ...spanLines(occasion, form),
    ...repetition,
    ...saidLines(event, occasion),
    ...placeLines(occasion.place, foreign).map((line) => shaded(line, foreign)),
    ...peopleLines(event, occasion),
    ...files.map((file) => fileLine(file, source)),
    ...foreignLines(foreign, isMaster, event.recurrence !== null),
  ]
  for (const told of lines) {
    const zone = parameter(told, 'tzid')
    if (zone !== null && zone !== form.tzid && zone !== form.end?.tzid) book.useNamed(zone)
  }
  const components = keptComponents(foreign).map(writtenForeign)
  return `BEGIN:VEVENT\r\n${lines.map(writtenLine).join('')}${writtenReminder(occasion.reminder, foreign)}${components.join('')}END:VEVENT\r\n`
}

function spanLines({ allDay, start, end }: Occasion, form: TimeForm): ContentLine[] {
  if (allDay) return [dateLine('dtstart', start), dateLine('dtend', end), line('x-microsoft-cdo-alldayevent', 'TRUE')]
  return [timeLine('dtstart', start, form), timeLine('dtend', end, form.end ?? form)]
}

const busyNames = ['FREE', 'TENTATIVE', 'BUSY', 'OOF', 'WORKINGELSEWHERE']
export const classNames = ['PUBLIC', 'X-PERSONAL', 'PRIVATE', 'CONFIDENTIAL']

function saidLines(event: CalendarEvent, occasion: Occasion): ContentLine[] {
  const { subject, text, categories, busyStatus, sensitivity, sequence, foreign, onlineMeetingLink, onlineMeetingExternalLink } = occasion
  const isFree = busyStatus === 0 || busyStatus === 4
  const rsvp = occasion.attendees.some(({ responseRequested }) => responseRequested === true)
  return [
    ...(subject === '' ? [] : [shaded(line('summary', textValue(subject)), foreign)]),
    ...bodyLines(text).map((line) => shaded(line, foreign)),
    ...(categories.length === 0 ? [] : [shaded(line('categories', categories.map(textValue).join(',')), foreign)]),
    ...classLines(sensitivity, foreign),
    ...statusLines(occasion),
    line('transp', isFree ? 'TRANSPARENT' : 'OPAQUE'),
    line('x-microsoft-cdo-busystatus', busyNames[busyStatus] ?? 'BUSY'),
    line('sequence', String(sequence)),
    ...(onlineMeetingLink === null ? [] : [line('x-microsoft-onlinemeetingconflink', textValue(onlineMeetingLink))]),
    ...(onlineMeetingExternalLink === null ? [] : [line('x-microsoft-onlinemeetingexternallink', textValue(onlineMeetingExternalLink))]),
    ...(event.disallowNewTimeProposal ? [line('x-microsoft-disallow-counter', 'TRUE')] : []),
    ...(event.responseRequested === rsvp ? [] : [line('x-easel-response-requested', event.responseRequested ? 'TRUE' : 'FALSE')]),
  ]
}

/** Text for all, and the HTML for those who know it. */
export function bodyLines(text: RecordText | null): ContentLine[] {
  if (text === null || text.text === '') return []
  if (text.type === 1) return [line('description', textValue(text.text))]
  const plain = htmlToText(text.text).trim()
  const html = line('x-alt-desc', textValue(text.text), { fmttype: 'text/html' })
  return plain === '' ? [html] : [line('description', textValue(plain)), html]
}

/** A word that was not known and means the same goes out as it came. */
export function classLines(sensitivity: Occasion['sensitivity'], foreign: Foreign | null): ContentLine[] {
  const kept = keptLine('class', foreign, ({ value }) => sensitivityOf(value.trim().toUpperCase()) === sensitivity)
  if (kept !== null) return [kept]
  return sensitivity === 0 ? [] : [line('class', classNames[sensitivity] ?? 'PRIVATE')]
}

function statusLines({ meetingStatus, busyStatus, foreign }: Occasion): ContentLine[] {
  if ((meetingStatus & 4) !== 0) return [line('status', 'CANCELLED')]
  const kept = keptLine('status', foreign, () => true)
  if (kept !== null) return [kept]
  return busyStatus === 1 ? [line('status', 'TENTATIVE')] : []
}

function peopleLines({ organizer }: CalendarEvent, { attendees, foreign }: Occasion): ContentLine[] {
  const lines = attendees.map(attendeeLine)
  if (organizer === null) return lines
  const kept = keptLine('organizer', foreign, (line) => personOf(line).address === organizer.address)
  const named = organizer.name === '' ? {} : { cn: organizer.name }
  const value = kept?.value ?? addressValue(organizer.address)
  return [line('organizer', value, { ...kept?.parameters, ...named }), ...lines]
}

/** Kept to be told with the fields that hold them. */
const told = new Set(['summary', 'description', 'location', 'categories', 'organizer', 'class', 'status'])

function foreignLines(foreign: Foreign | null, isMaster: boolean, isSeries: boolean): ContentLine[] {
  return (foreign?.properties ?? []).filter((property) => isToldAlone(property, isMaster, isSeries)).map(lineOfForeign)
}

function isToldAlone(property: ForeignProperty, isMaster: boolean, isSeries: boolean): boolean {
  const [name] = property
  if (told.has(name) || name.startsWith('x-easel-')) return false
  // One occurrence that stands alone carries the name of what it is; a rule that nobody understood stands where one could.
  if (name === 'recurrence-id' || name === 'rrule') return isMaster && !isSeries
  if (name === 'exrule') return isMaster
  return !isLocated(lineOfForeign(property))
}
