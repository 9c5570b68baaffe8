// When an event takes place, as each version tells it: all-day events are midnights of a zone up to 14.1, dates from 16.0 on.
import { dayOf, startOfDay } from '../../../format/time-zone.ts'
import type { Span } from '../../../model/event.ts'
import type { Instant } from '../../../model/id.ts'
import type { ZoneId } from '../../../model/zone.ts'
import { Failure } from '../../error.ts'

export const dayMilliseconds = 24 * 60 * 60 * 1000
const halfHour = 30 * 60 * 1000

/** By which clock the times of an event are told. */
export interface ClockFace {
  readonly zone: ZoneId
  /** All-day events are dates, written as if they were UTC. */
  readonly floating: boolean
}

/** Beyond these no clock of a phone goes, and a day more could not be written. */
const earliest = Date.UTC(1600, 0, 1)
const latest = Date.UTC(9998, 11, 31)

/** An instant that can be told: what lies beyond all calendars is told as their end. */
export function tellable(at: Instant): Instant {
  return Math.min(Math.max(at, earliest), latest)
}

/** A time of the model as a client is told it. */
export function timeOut(at: Instant, allDay: boolean, { zone, floating }: ClockFace): Instant {
  return allDay && !floating ? startOfDay(zone, tellable(at)) : tellable(at)
}

/**
 * The date that a client means by an instant: what is midnight in the zone, or in UTC, is that date; anything else the midnight nearest
 * to it. Phones that shift their all-day events by an hour, or write them in UTC with a zone beside (Samsung), do not move them so.
 */
export function dateOf(at: Instant, { zone, floating }: ClockFace): Instant {
  const utc = Math.floor(at / dayMilliseconds) * dayMilliseconds
  if (floating && at === utc) return utc
  const local = dayOf(zone, at)
  const begins = startOfDay(zone, local)
  if (begins === at) return local
  if (at === utc) return utc
  const next = local + dayMilliseconds
  return startOfDay(zone, next) - at <= at - begins ? next : local
}

/** What a client says about when. */
export interface TimesIn {
  readonly AllDayEvent?: boolean | undefined
  readonly StartTime?: Instant | undefined
  readonly EndTime?: Instant | undefined
}

/**
 * The span of two instants of a client. An all-day event of no length lasts its day: Nokia's phones send such. Throws ItemMalformed
 * for one that ends before it begins, or lies where no
 * calendar goes.
 */
export function spanIn(start: Instant, end: Instant, allDay: boolean, face: ClockFace): Span {
  if (end < start) throw new Failure('ItemMalformed', 'an end before the start')
  if (start < earliest || end > latest) throw new Failure('ItemMalformed', 'a time beyond all calendars')
  if (!allDay) return { allDay, start, end }
  const first = dateOf(start, face)
  return { allDay, start: first, end: Math.max(dateOf(end, face), first + dayMilliseconds) }
}

/**
 * The span of an Add. What is missing is put in from the present time, rounded to half an hour (MS-ASCAL 3.2.4.4), or it is
 * ItemMalformed.
 */
export function newSpan({ AllDayEvent = false, StartTime, EndTime }: TimesIn, face: ClockFace, now: Instant): Span {
  const rounded = Math.round(now / halfHour) * halfHour
  if (StartTime === undefined && EndTime !== undefined && EndTime < rounded)
    throw new Failure('ItemMalformed', 'no start, and an end that is over')
  if (StartTime !== undefined && EndTime === undefined && StartTime > now) throw new Failure('ItemMalformed', 'a start to come, and no end')
  return spanIn(StartTime ?? rounded, EndTime ?? rounded + halfHour, AllDayEvent, face)
}

/**
 * The span after a Change; null if it says nothing about it. A start alone moves the event as long as it is. Throws ItemMalformed for an
 * end alone (MS-ASCAL 3.2.5.3).
 */
export function changedSpan({ AllDayEvent, StartTime, EndTime }: TimesIn, before: Span, face: ClockFace): Span | null {
  if (StartTime === undefined && EndTime !== undefined) throw new Failure('ItemMalformed', 'an end without a start')
  const allDay = AllDayEvent ?? before.allDay
  if (StartTime === undefined && allDay === before.allDay) return null
  const stood = { start: timeOut(before.start, before.allDay, face), end: timeOut(before.end, before.allDay, face) }
  const start = StartTime ?? stood.start
  return spanIn(start, EndTime ?? start + (stood.end - stood.start), allDay, face)
}

/** Whether two spans are the same. */
export function isSameSpan(one: Span, other: Span): boolean {
  return one.allDay === other.allDay && one.start === other.start && one.end === other.end
}
