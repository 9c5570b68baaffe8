// A series with its exceptions: which occurrence each one means, and what takes place instead.
import type { CalendarEvent, Exception, Occasion } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import { instantOfLocal, offsetAt, stretchAt } from '../time-zone/clock.ts'
import { day, minute } from '../time-zone/rules.ts'
import { starts, startsAt } from './expansion.ts'

const hour = 60 * minute
const yearLength = 366 * day

/** The exceptions of an event by the occurrence they mean. */
const meant = new WeakMap<CalendarEvent, ReadonlyMap<Instant, Exception>>()

/**
 * By the occurrence that each means. One that means none stays under its own name: other programs add dates to a series that its rule
 * does not have (RDATE).
 */
export function exceptionsOf(event: CalendarEvent): ReadonlyMap<Instant, Exception> {
  const known = meant.get(event)
  if (known !== undefined) return known
  const found = new Map(event.exceptions.map((exception) => [originalNear(event, exception.original) ?? exception.original, exception]))
  meant.set(event, found)
  return found
}

/**
 * The occurrence that a client means by `instant`; null if there is none. Clients lose seconds; they reckon an original with the offset
 * that summer or winter has at the other end of the series; and of all-day events they send the midnight of their own zone.
 */
export function originalNear(event: CalendarEvent, instant: Instant): Instant | null {
  if (startsAt(event, instant)) return instant
  if (event.allDay) {
    const dates = [instant + offsetAt(event.zone, instant), instant].map((local) => Math.floor(local / day) * day)
    return dates.find((date) => startsAt(event, date)) ?? null
  }
  const near = [...starts(event, instant - hour, instant + hour + minute, 10)]
    .filter((start) => Math.abs(start - instant) < hour + minute)
    .slice(0, 3)
  const inMinute = near.find((start) => sameMinute(start, instant))
  if (inMinute !== undefined) return inMinute
  const [only] = near
  const isShifted = only !== undefined && near.length === 1 && shifts(event, instant).some((shift) => sameMinute(only, instant + shift))
  return isShifted ? only : null
}

function sameMinute(a: Instant, b: Instant): boolean {
  return Math.floor(a / minute) === Math.floor(b / minute)
}

/** By how much the clocks were or will be put forward and back at the ends of this summer or winter. */
function shifts({ zone }: CalendarEvent, instant: Instant): readonly number[] {
  const here = stretchAt(zone, instant)
  const others = [here.from - 1, here.to]
    .filter((other) => Math.abs(other - instant) < yearLength)
    .map((other) => offsetAt(zone, other) - here.offset)
  return others.flatMap((shift) => [shift, -shift])
}

/** What takes place at `start` by the recurrence alone. */
export function plainOccasion(event: CalendarEvent, start: Instant): Occasion {
  return { ...inheritance(event), start, end: start + (event.end - event.start) }
}

/** What takes place instead of the occurrence at `original`. */
export function exceptionalOccasion(event: CalendarEvent, original: Instant, exception: Exception): Occasion {
  return { ...plainOccasion(event, original), ...exception.changes }
}

/** What an occurrence has from its series; the rest of an event belongs to the series as a whole. */
function inheritance(event: CalendarEvent): Omit<Occasion, 'start' | 'end'> {
  return {
    allDay: event.allDay,
    subject: event.subject,
    place: event.place,
    text: event.text,
    busyStatus: event.busyStatus,
    sensitivity: event.sensitivity,
    reminder: event.reminder,
    categories: event.categories,
    attendees: event.attendees,
    files: event.files,
    meetingStatus: event.meetingStatus,
    responseType: event.responseType,
    repliedAt: event.repliedAt,
    onlineMeetingLink: event.onlineMeetingLink,
    onlineMeetingExternalLink: event.onlineMeetingExternalLink,
    stamp: event.stamp,
    sequence: event.sequence,
    foreign: event.foreign,
  }
}

/** A moment of an occasion in the terms of its series: an exception may last all day where the series does not, or the other way round. */
export function inTermsOf(event: CalendarEvent, { allDay }: Occasion, moment: Instant): Instant {
  if (allDay === event.allDay) return moment
  return allDay ? instantOfLocal(event.zone, moment) : moment + offsetAt(event.zone, moment)
}
