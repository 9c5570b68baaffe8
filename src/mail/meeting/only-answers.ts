// Answers that reach an organizer's event decide nothing of it: since when it has said what it says, but for who comes.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Attendee, CalendarEvent, Exception } from '../../model/event.ts'
import type { Modseq } from '../../model/id.ts'
import type { Foreign, ForeignProperty } from '../../model/record.ts'
import { addressKey } from '../local-address.ts'
import { timing } from './guests.ts'

/** A mark among what is foreign that never travels: the version that answers came to, and a digest of what is decided in it. */
const markName = 'x-easel-answered'

/**
 * `after`, to be written over `before`, which is the version `modseq`: where nothing but answers differs, the event remembers since when
 * all else has been as it is.
 */
export function withAnswersNoted(before: CalendarEvent, modseq: Modseq, after: CalendarEvent): CalendarEvent {
  const digest = digestOf(after)
  if (digest !== digestOf(before)) return after
  const mark: ForeignProperty = [markName, {}, 'unknown', decidedAt(before, modseq), digest]
  const { properties = [], components = [] } = unmarked(after.foreign) ?? {}
  return { ...after, foreign: { properties: [...properties, mark], components } }
}

/** The version since which an event, now `modseq`, has had nothing but answers. Any other change makes the mark say nothing. */
export function decidedAt(event: CalendarEvent, modseq: Modseq): Modseq {
  const [, , , base, digest] = event.foreign?.properties.find(([name]) => name === markName) ?? []
  return typeof base === 'number' && base < modseq && digest === digestOf(event) ? (base as Modseq) : modseq
}

/** `after`, which somebody made of an older version than `before`, with the answers that had come by then. */
export function withAnswersOf(before: CalendarEvent, after: CalendarEvent): CalendarEvent {
  const departures = new Map(before.exceptions.map(({ original, changes }) => [original, changes.attendees]))
  const attendees = answeredAs(before.attendees, after.attendees)
  const exceptions = after.exceptions.map((exception): Exception => {
    const [stood, own] = [departures.get(exception.original), exception.changes.attendees]
    if (exception.deleted || (stood === undefined && own === undefined)) return exception
    const guests = answeredAs(stood ?? before.attendees, own ?? after.attendees)
    return own === undefined && isDeepStrictEqual(guests, attendees)
      ? exception
      : { ...exception, changes: { ...exception.changes, attendees: guests } }
  })
  const all = [...exceptions, ...leftOut(before, after)].sort((one, other) => one.original - other.original)
  return { ...after, attendees, exceptions: all }
}

/** The exceptions that stand there for the sake of an answer, of which `after` knows nothing. */
function leftOut(before: CalendarEvent, after: CalendarEvent): readonly Exception[] {
  if (timing(before) !== timing(after)) return []
  const known = new Set(after.exceptions.map(({ original }) => original))
  const people = JSON.stringify(peopleOf(before.attendees))
  const missing = before.exceptions.filter((exception) => !known.has(exception.original) && departureOf(exception, people).length === 0)
  return withGuestsOf(before.attendees, after.attendees, missing)
}

/**
 * The exceptions of a series whose guests were `before` and are `after`: one that names the same people, for the sake of what they
 * answered, goes on to do so.
 */
export function withGuestsOf(
  before: readonly Attendee[],
  after: readonly Attendee[],
  exceptions: readonly Exception[],
): readonly Exception[] {
  const people = JSON.stringify(peopleOf(before))
  if (people === JSON.stringify(peopleOf(after))) return exceptions
  return exceptions.flatMap((exception) => {
    const { attendees, ...others } = exception.changes
    if (exception.deleted || attendees === undefined || JSON.stringify(peopleOf(attendees)) !== people) return [exception]
    const guests = answeredAs(attendees, after)
    const changes = isDeepStrictEqual(guests, after) ? others : { ...others, attendees: guests }
    return Object.keys(changes).length === 0 ? [] : [{ ...exception, changes }]
  })
}

function answeredAs(before: readonly Attendee[], after: readonly Attendee[]): readonly Attendee[] {
  const known = new Map(before.map((attendee) => [addressKey(attendee.address), attendee]))
  return after.map((attendee) => {
    const { status, repliedAt, proposed } = known.get(addressKey(attendee.address)) ?? attendee
    return { ...attendee, status, repliedAt, proposed }
  })
}

function unmarked(foreign: Foreign | null): Foreign | null {
  const { properties = [], components = [] } = foreign ?? {}
  const others = properties.filter(([name]) => name !== markName)
  return others.length + components.length === 0 ? null : { properties: others, components }
}

function digestOf(event: CalendarEvent): string {
  const { attendees, exceptions, foreign, ...rest } = event
  const people = peopleOf(attendees)
  const departures = exceptions.flatMap((exception) => departureOf(exception, JSON.stringify(people)))
  return createHash('sha256')
    .update(JSON.stringify([rest, people, departures, unmarked(foreign)]))
    .digest('base64url')
}

function peopleOf(attendees: readonly Attendee[]) {
  return attendees.map(({ status: _status, repliedAt: _at, proposed: _time, ...person }) => person)
}

/** Nothing of an exception that stands there for the sake of an answer. */
function departureOf({ changes, ...exception }: Exception, seriesPeople: string): unknown[] {
  const { attendees, ...others } = changes
  const people = attendees === undefined ? seriesPeople : JSON.stringify(peopleOf(attendees))
  const isNone = !exception.deleted && people === seriesPeople && Object.keys(others).length === 0
  return isNone ? [] : [[exception, others, people]]
}
