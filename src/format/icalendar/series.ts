// What a calendar tells of one UID, put together: the series with its exceptions.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { CalendarEvent, Exception, Occasion, Span } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import type { Foreign, ForeignProperty } from '../../model/record.ts'
import type { Recurrence } from '../../model/recurrence.ts'
import { startsAt } from '../recurrence/expansion.ts'
import { occurrences, originalOf as originalMeant, recurrenceOfRule } from '../recurrence.ts'
import { foreignProperty } from './foreign.ts'
import { compactDate, compactTime } from './moment.ts'
import { originalOf } from './span.ts'
import { partedAt } from './this-and-future.ts'
import type { Told } from './told.ts'

/** An event, and which occurrence of a series it is where only that one is told. */
export interface Assembled {
  readonly event: CalendarEvent
  readonly instance: Instant | null
}

/** Beyond so many dates of its own a rule that takes dates out is not looked at; nobody scrolls that far. */
const excludedMax = 2000

/** What has dates without a rule is a series of one, and the dates are exceptions to it. */
const onceRule = 'FREQ=DAILY;COUNT=1'

/** The events that one UID comes to; the first is the one that carries the name. */
export function assembled(master: Told, overrides: readonly Told[]): Assembled[] {
  const turning = overrides
    .filter(({ isFromThenOn, instance }) => isFromThenOn && instance !== null)
    .toSorted((one, other) => originalIn(master, one) - originalIn(master, other))[0]
  if (turning !== undefined && master.rules.length > 0) {
    const others = overrides.filter((other) => other !== turning)
    const parts = partedAt(master, turning, others, partName(master.event, originalIn(master, turning)))
    if (parts !== null) return parts.flatMap((part) => assembled(part.master, part.overrides))
  }
  const [rule = '', ...furtherRules] = master.rules
  const { event } = master
  const recurrence = rule === '' ? null : recurrenceOfRule(rule, event.start, event.zone, event.allDay)
  // A rule that nobody understands stays where it can be read by others.
  const told = rule !== '' && recurrence === null ? withProperties(event, [['rrule', {}, 'recur', rule]]) : event
  const series = wholeSeries({ ...master, event: told }, recurrence, overrides)
  return [{ event: series, instance: null }, ...furtherRules.flatMap((further) => furtherSeries(master, further))]
}

const originalIn = (master: Told, { instance, event }: Told): Instant =>
  instance === null ? event.start : originalOf(instance, master.span)

/** What an event beside the series is called: by the series and its date. */
function partName({ uid, allDay }: CalendarEvent, start: Instant): string {
  const name = `${uid}/${allDay ? compactDate(start) : compactTime(start)}`
  return name.length <= 1024 ? name : createHash('sha256').update(name).digest('hex')
}

function withProperties(event: CalendarEvent, properties: readonly ForeignProperty[]): CalendarEvent {
  return { ...event, foreign: addedTo(event.foreign, properties) }
}

function addedTo(foreign: Foreign | null, properties: readonly ForeignProperty[]): Foreign {
  return { properties: [...(foreign?.properties ?? []), ...properties], components: foreign?.components ?? [] }
}

/** One occurrence of a series that is not told with it. What names it stays with it, so that it goes out as what it is. */
export function loneOccurrence({ event }: Told, original: Instant): Assembled {
  const line = event.allDay
    ? { name: 'recurrence-id', parameters: { value: 'DATE' }, value: compactDate(original) }
    : { name: 'recurrence-id', parameters: {}, value: compactTime(original) }
  return { event: withProperties(event, [foreignProperty(line)]), instance: original }
}

/** The event with its recurrence and all that departs from it; without either it is just the event. */
function wholeSeries(master: Told, recurrence: Recurrence | null, overrides: readonly Told[]): CalendarEvent {
  const { event, added } = master
  if (recurrence === null && added.length === 0 && overrides.length === 0) return event
  const ruled = recurrence ?? recurrenceOfRule(onceRule, event.start, event.zone, event.allDay)
  const whole: CalendarEvent = { ...event, recurrence: ruled }
  const exceptions = new Map<Instant, Exception>()
  for (const span of added) {
    if (!startsAt(whole, span.start)) exceptions.set(span.start, addedDate(span))
  }
  const meant = (original: Instant) => (exceptions.has(original) ? original : (originalMeant(whole, original) ?? original))
  for (const original of [...master.excluded.map((moment) => originalOf(moment, master.span)), ...ruledOut(master, whole)]) {
    const taken = meant(original)
    // An added date that is taken out again was never there; one that the rule does not have is taken out already.
    if (!exceptions.delete(taken) && startsAt(whole, taken)) exceptions.set(taken, { original: taken, deleted: true, changes: {} })
  }
  for (const override of overrides) {
    const original = meant(originalIn(master, override))
    exceptions.set(original, { original, deleted: false, changes: changesOf(whole, original, override.event) })
  }
  return { ...whole, exceptions: [...exceptions.values()].toSorted((one, other) => one.original - other.original) }
}

/** A date that no rule has is an exception that names itself. */
function addedDate({ allDay, start, end }: Span): Exception {
  return { original: start, deleted: false, changes: { allDay, start, end } }
}

/** RFC 2445 4.8.5.2: the occurrences of rules that take dates out. */
function ruledOut({ excludedRules }: Told, { start, end, allDay, zone }: CalendarEvent): readonly Instant[] {
  return excludedRules.flatMap((rule) => {
    const recurrence = recurrenceOfRule(rule, start, zone, allDay)
    return recurrence === null ? [] : occurrences({ start, end, allDay, zone, recurrence }, null, null, excludedMax)
  })
}

/** A second rule is a series beside the first, from its own first occurrence on. */
function furtherSeries({ event, excluded, span }: Told, rule: string): Assembled[] {
  const { start, end, allDay, zone, uid } = event
  const recurrence = recurrenceOfRule(rule, start, zone, allDay)
  if (recurrence === null) return []
  const first = occurrences({ start, end, allDay, zone, recurrence }, null, null, 2).find((occurrence) => occurrence !== start)
  if (first === undefined) return []
  const own: CalendarEvent = {
    ...event,
    uid: partName(event, first),
    start: first,
    end: first + end - start,
    recurrence: recurrenceOfRule(rule, first, zone, allDay),
    // RFC 5545 3.8.4.5: whose it is, for people and programs that care.
    foreign: addedTo(event.foreign, [['related-to', { reltype: 'SIBLING' }, 'text', uid]]),
  }
  const left = new Set(excluded.map((moment) => originalOf(moment, span)).filter((original) => startsAt(own, original)))
  const exceptions = [...left].toSorted((one, other) => one - other).map((original) => ({ original, deleted: true, changes: {} }))
  return [{ event: { ...own, exceptions }, instance: null }]
}

/** What an occurrence can have of its own, except when it is. */
const inheritable = [
  'subject',
  'place',
  'text',
  'busyStatus',
  'sensitivity',
  'reminder',
  'categories',
  'attendees',
  'files',
  'meetingStatus',
  'responseType',
  'repliedAt',
  'onlineMeetingLink',
  'onlineMeetingExternalLink',
  'stamp',
  'sequence',
  'foreign',
] as const satisfies readonly (keyof Occasion)[]

/** Where an override differs from what it would inherit; of a date that the rule does not have, also when it is. */
export function changesOf(master: CalendarEvent, original: Instant, own: Occasion): Partial<Occasion> {
  const isMoved = own.allDay !== master.allDay || own.start !== original || own.end - own.start !== master.end - master.start
  const isTold = isMoved || !startsAt(master, original)
  const span: Partial<Occasion> = isTold ? { allDay: own.allDay, start: own.start, end: own.end } : {}
  const differing = inheritable.filter((field) => !isDeepStrictEqual(own[field], master[field]))
  return { ...span, ...Object.fromEntries(differing.map((field) => [field, own[field]])) }
}
