// Dates, times and durations of iCalendar (RFC 5545 3.3.4 to 3.3.6), and the moments that they name.
import type { Instant } from '../../model/id.ts'
import type { ZoneId } from '../../model/zone.ts'
import { dayOf, instantOf, localOf, startOfDay } from '../time-zone.ts'
import { type ContentLine, parameter } from './content-line.ts'

const day = 86_400_000
/** Clocks and calendars of other years are nobody's appointments, and not all programs can write them. */
const yearMin = 1000
const yearMax = 9998

/** In what zones times are read. */
export interface Clocks {
  /** That of times which name none. */
  readonly zone: ZoneId
  /** The zone called so around that time; null if nobody knows. */
  readonly named: (tzid: string, at: Temporal.PlainDateTime) => ZoneId | null
}

export interface Moment {
  /** A date: `instant` is its midnight UTC. */
  readonly allDay: boolean
  readonly instant: Instant
  /** The zone it was told in; that of the reader where none was told. */
  readonly zone: ZoneId
  /** Told by the clock alone, whatever the zone. */
  readonly floating: boolean
}

/** Seconds have lost a digit, or got one too many, in more than one file. */
const form = /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d?)[.,\d]*)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i

/** What a value says with the parameters of its line; null for what is no date. */
export function momentOf(value: string, line: ContentLine, clocks: Clocks): Moment | null {
  const parts = form.exec(value.trim())
  if (parts === null) return null
  const [, years, months, days, hours, minutes, seconds, offset] = parts
  const [year, month, date] = [Number(years), Number(months), Number(days)]
  if (year < yearMin || year > yearMax || month < 1 || month > 12 || date < 1 || date > daysIn(year, month)) return null
  const midnight = Date.UTC(year, month - 1, date)
  if (hours === undefined || parameter(line, 'value')?.toUpperCase() === 'DATE')
    return { allDay: true, instant: midnight, zone: clocks.zone, floating: false }
  if (Number(hours) > 24 || Number(minutes) > 59 || Number(seconds ?? 0) > 60) return null
  // A leap second is the second before it; 24:00 is the next midnight.
  const time = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Math.min(Number(seconds ?? 0), 59) * 1000
  if (offset !== undefined) {
    const east = offset.length === 1 ? 0 : Number(`${offset[0]}1`) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2)))
    return { allDay: false, instant: midnight + time - east * 60_000, zone: 'UTC' as ZoneId, floating: false }
  }
  const local = localOf('UTC' as ZoneId, midnight + time)
  const tzid = parameter(line, 'tzid')
  const zone = tzid === null ? null : clocks.named(tzid, local)
  return { allDay: false, instant: instantOf(zone ?? clocks.zone, local), zone: zone ?? clocks.zone, floating: tzid === null }
}

function daysIn(year: number, month: number): number {
  return Temporal.PlainYearMonth.from({ year, month }).daysInMonth
}

/** The moment that a line names; null without one. */
export function lineMoment(line: ContentLine | null, clocks: Clocks): Moment | null {
  return line === null ? null : momentOf(line.value, line, clocks)
}

/** The date of a moment, as midnight UTC, by the clocks of a zone. */
export function dateOf(moment: Moment): Instant {
  return moment.allDay ? moment.instant : dayOf(moment.zone, moment.instant)
}

/** The same moment as an instant: a date begins at its midnight in `zone`. */
export function timeOf(moment: Moment, zone: ZoneId): Instant {
  return moment.allDay ? startOfDay(zone, moment.instant) : moment.instant
}

export interface Duration {
  /** Days by the calendar, weeks among them. */
  readonly days: number
  /** Hours, minutes and seconds, exactly. */
  readonly milliseconds: number
}

/** The longest that anybody means: a century. */
const daysMax = 36_525

/** A duration, negative ones below zero in both parts; null for what is none. */
export function durationOf(value: string): Duration | null {
  const parts = /^([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i.exec(value.trim())
  if (parts === null) return null
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(2).map((part) => Number(part ?? 0))
  const sign = parts[1] === '-' ? -1 : 1
  const milliseconds = ((hours * 60 + minutes) * 60 + seconds) * 1000
  if (weeks * 7 + days + milliseconds / day > daysMax) return null
  return { days: sign * (weeks * 7 + days) + 0, milliseconds: sign * milliseconds + 0 }
}

/** The moment a duration later: days by the clock of the zone, the rest by the second (RFC 5545 3.3.6). */
export function later(start: Instant, { days, milliseconds }: Duration, zone: ZoneId): Instant {
  const moved = days === 0 ? start : instantOf(zone, localOf(zone, start).add({ days }))
  return moved + milliseconds
}

/** `20250131` of a midnight UTC. */
export function compactDate(date: Instant): string {
  return compactTime(date).slice(0, 8)
}

/** `20250131T120000Z`. */
export function compactTime(instant: Instant): string {
  return `${new Date(Math.floor(instant / 1000) * 1000).toISOString().replace(/[-:]|\.\d+/g, '')}`
}

/** `20250131T120000`, as the clocks of a zone show it. */
export function compactLocal(zone: ZoneId, instant: Instant): string {
  return localOf(zone, instant).toString({ smallestUnit: 'second' }).replace(/[-:]/g, '')
}
