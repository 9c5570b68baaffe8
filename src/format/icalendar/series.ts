// What a calendar tells of one UID, put together: the series with its exceptions, and what the model has no room for as events beside it.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { CalendarEvent, Exception, Occasion, Span } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import type { ForeignProperty } from '../../model/record.ts'
import type { Recurrence } from '../../model/recurrence.ts'
import { occurrences, recurrenceOfRule } from '../recurrence.ts'
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

/** The events that one UID comes to; the first is the one that carries the name, if all of it is told. */
export function assembled(master: Told, overrides: readonly Told[]): Assembled[] {
  const turning = overrides
    .filter(({ isFromThenOn, instance }) => isFromThenOn && instance !== null)
    .toSorted((one, other) => originalIn(master, one) - originalIn(master, other))[0]
  if (turning !== undefined && master.rules.length > 0) {
    const parts = partedAt(
      master,
      turning,
      overrides.filter((other) => other !== turning),
      partName(master.event, originalIn(master, turning)),
    )
    if (parts !== null) return parts.flatMap((part) => assembled(part.master, part.overrides))
  }
  const [rule = '', ...furtherRules] = master.rules
  const recurrence = rule === '' ? null : recurrenceOfRule(rule, master.event.start, master.event.zone, master.event.allDay)
  const main = recurrence === null ? alone(master, overrides) : series(master, recurrence, overrides)
  return [...main, ...furtherRules.flatMap((further) => furtherSeries(master, further))]
}

const originalIn = (master: Told, { instance, event }: Told): Instant =>
  instance === null ? event.start : originalOf(instance, master.span)

/** What an event beside the series is called: by the series and its date. */
function partName({ uid, allDay }: CalendarEvent, start: Instant): string {
  const name = `${uid}/${allDay ? compactDate(start) : compactTime(start)}`
  return name.length <= 1024 ? name : createHash('sha256').update(name).digest('hex')
}

/** RFC 5545 3.8.4.5: whose it is, for people and programs that care. */
const relation = (uid: string): ForeignProperty => ['related-to', { reltype: 'SIBLING' }, 'text', uid]

function withProperties(event: CalendarEvent, properties: readonly ForeignProperty[]): CalendarEvent {
  const { foreign } = event
  return { ...event, foreign: { properties: [...(foreign?.properties ?? []), ...properties], components: foreign?.components ?? [] } }
}

/** An event beside: the same, on another date, under a name of its own. */
function beside(event: CalendarEvent, span: Span): CalendarEvent {
  const uid = partName(event, span.start)
  return withProperties({ ...event, ...span, uid, recurrence: null, exceptions: [] }, [relation(event.uid)])
}

/** Without a recurrence: the event, the dates that were added to it, and occurrences that belong to neither. */
function alone(master: Told, overrides: readonly Told[]): Assembled[] {
  const { event } = master
  const excluded = new Set(master.excluded.map((moment) => originalOf(moment, master.span)))
  const spans = distinct([event, ...master.added])
  const kept = spans.filter(({ start }) => !excluded.has(start))
  // All taken out is a mistake of whoever wrote it: better seen than lost.
  const [first = event, ...rest] = kept.length === 0 ? spans : kept
  const keptRules = master.rules.map((rule): ForeignProperty => ['rrule', {}, 'recur', rule])
  const own = keptRules.length === 0 ? event : withProperties(event, keptRules)
  const events = [{ ...own, ...spanOnly(first) }, ...rest.map((span) => beside(own, span))]
  return withOverrides(master, events, overrides)
}

const spanOnly = ({ allDay, start, end }: Span): Span => ({ allDay, start, end })

function distinct(spans: readonly Span[]): Span[] {
  const starts = new Map<Instant, Span>()
  for (const span of spans) if (!starts.has(span.start)) starts.set(span.start, spanOnly(span))
  return [...starts.values()].toSorted((one, other) => one.start - other.start)
}

/** Overrides of dates that were added replace the event there; those of nothing that is known stand alone. */
function withOverrides(master: Told, events: readonly CalendarEvent[], overrides: readonly Told[]): Assembled[] {
  const byStart = new Map(events.map((event, index) => [event.start, { event, isMain: index === 0 }]))
  const lone: Assembled[] = []
  for (const override of overrides) {
    const original = originalIn(master, override)
    const target = byStart.get(original)
    if (target === undefined || target.isMain) lone.push(loneOccurrence(override, original))
    else
      byStart.set(original, {
        event: { ...withProperties(override.event, [relation(master.event.uid)]), uid: target.event.uid },
        isMain: false,
      })
  }
  return [...Array.from(byStart.values(), ({ event }) => ({ event, instance: null })), ...lone]
}

/** One occurrence of a series that is not told with it. What names it stays with it, so that it goes out as what it is. */
export function loneOccurrence({ event }: Told, original: Instant): Assembled {
  const line = event.allDay
    ? { name: 'recurrence-id', parameters: { value: 'DATE' }, value: compactDate(original) }
    : { name: 'recurrence-id', parameters: {}, value: compactTime(original) }
  return { event: withProperties(event, [foreignProperty(line)]), instance: original }
}

function series(master: Told, recurrence: Recurrence, overrides: readonly Told[]): Assembled[] {
  const whole = { ...master.event, recurrence }
  const excluded = new Set([...master.excluded.map((moment) => originalOf(moment, master.span)), ...ruledOut(master, whole)])
  const originals = knownOriginals(whole, [...excluded, ...overrides.map((override) => originalIn(master, override))])
  const exceptions = new Map<Instant, Exception>()
  for (const original of excluded) if (originals.has(original)) exceptions.set(original, { original, deleted: true, changes: {} })
  const others: Told[] = []
  for (const override of overrides) {
    const original = originalIn(master, override)
    if (!originals.has(original)) others.push(override)
    else exceptions.set(original, { original, deleted: false, changes: changesOf(whole, original, override.event) })
  }
  const event = { ...whole, exceptions: [...exceptions.values()].toSorted((one, other) => one.original - other.original) }
  const added = distinct(master.added).filter(({ start }) => !excluded.has(start))
  const isOwn = knownOriginals(
    whole,
    added.map(({ start }) => start),
  )
  const beyond = added.filter(({ start }) => !isOwn.has(start)).map((span) => beside(master.event, span))
  return withOverrides(master, [event, ...beyond], others)
}

/** Those of `wanted` at which the series has an occurrence. */
function knownOriginals(whole: CalendarEvent, wanted: readonly Instant[]): ReadonlySet<Instant> {
  if (wanted.length === 0) return new Set()
  const [from, to] = [wanted.reduce((one, other) => Math.min(one, other)), wanted.reduce((one, other) => Math.max(one, other))]
  const starts = new Set(occurrences(whole, from, to + 1, originalsMax))
  return new Set(wanted.filter((original) => starts.has(original)))
}

/** Daily for a century and a half. */
const originalsMax = 55_000

/** RFC 2445 4.8.5.2: the occurrences of rules that take dates out. */
function ruledOut({ excludedRules }: Told, whole: CalendarEvent): readonly Instant[] {
  const { start, end, allDay, zone } = whole
  return excludedRules.flatMap((rule) => {
    const recurrence = recurrenceOfRule(rule, start, zone, allDay)
    return recurrence === null ? [] : occurrences({ start, end, allDay, zone, recurrence }, null, null, excludedMax)
  })
}

/** A second rule is a series beside the first, from its own first occurrence on. */
function furtherSeries(master: Told, rule: string): Assembled[] {
  const { event } = master
  const recurrence = recurrenceOfRule(rule, event.start, event.zone, event.allDay)
  if (recurrence === null) return []
  const [first] = occurrences({ ...spanOnly(event), zone: event.zone, recurrence }, null, null, 2).filter((start) => start !== event.start)
  if (first === undefined) return []
  const moved = { allDay: event.allDay, start: first, end: first + event.end - event.start }
  const own = { ...beside(event, moved), recurrence: recurrenceOfRule(rule, first, event.zone, event.allDay) }
  const excluded = master.excluded.map((moment) => originalOf(moment, master.span))
  const known = [...knownOriginals(own, excluded)].toSorted((one, other) => one - other)
  return [{ event: { ...own, exceptions: known.map((original) => ({ original, deleted: true, changes: {} })) }, instance: null }]
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

/** Where an override differs from what it would inherit. */
export function changesOf(master: CalendarEvent, original: Instant, own: Occasion): Partial<Occasion> {
  const isMoved = own.allDay !== master.allDay || own.start !== original || own.end - own.start !== master.end - master.start
  const span: Partial<Occasion> = isMoved ? { allDay: own.allDay, start: own.start, end: own.end } : {}
  const differing = inheritable.filter((field) => !isDeepStrictEqual(own[field], master[field]))
  return { ...span, ...Object.fromEntries(differing.map((field) => [field, own[field]])) }
}
