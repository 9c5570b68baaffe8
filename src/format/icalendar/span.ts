// When an event takes place: DTSTART, DTEND and DURATION (RFC 5545 3.6.1), and how whoever wrote them told the time.
import type { Span } from '../../model/event.ts'
import type { ForeignProperty } from '../../model/record.ts'
import type { ZoneId } from '../../model/zone.ts'
import { dayOf, instantOf, localOf, startOfDay } from '../time-zone.ts'
import { CalendarFormatError } from './calendar.ts'
import { type Component, property } from './component.ts'
import { type Clocks, dateOf, durationOf, later, lineMoment, type Moment, momentOf, timeOf } from './moment.ts'
import type { ContentLine } from './content-line.ts'

const day = 86_400_000

/** Marks, kept among what is foreign and never told: the zone whose clock a floating time was read by; a zone of the end alone. */
export const floatingMark = 'x-easel-floating'
export const endZoneMark = 'x-easel-end-zone'

/** Whether it is one of them: whoever reads the times anew reads these as well. */
export const isTimeMark = (name: string) => name === floatingMark || name === endZoneMark

export interface ToldSpan extends Span {
  readonly zone: ZoneId
  readonly marks: readonly ForeignProperty[]
}

/** Methods that may name an event without saying when it is (RFC 5546 3.2.3, 3.2.5). */
const timeless = new Set(['REPLY', 'CANCEL', 'REFRESH', 'DECLINECOUNTER'])

/** When a component takes place. Throws CalendarFormatError if it does not say. */
export function spanOf(component: Component, clocks: Clocks, method: string | null): ToldSpan {
  const names = timeless.has(method ?? '') ? ['dtstart', 'recurrence-id', 'dtend', 'dtstamp'] : ['dtstart']
  const start = names.map((name) => lineMoment(property(component, name), clocks)).find((moment) => moment !== null)
  if (start === undefined) {
    const line = property(component, 'dtstart')
    throw new CalendarFormatError(line === null ? 'it does not say when it begins' : `"${line.value.slice(0, 40)}" is no date to begin on`)
  }
  const end = lineMoment(property(component, 'dtend'), clocks)
  const duration = durationOf(property(component, 'duration')?.value ?? '')
  if (start.allDay || isAllDayByFlag(component, start, end)) return wholeDays(start, end, duration?.days ?? 1, clocks)
  const told = end !== null ? timeOf(end, start.zone) : duration === null ? start.instant : later(start.instant, duration, start.zone)
  const marks: ForeignProperty[] = []
  if (start.floating) marks.push([floatingMark, {}, 'text', start.zone])
  else if (end !== null && !end.allDay && !end.floating && end.zone !== start.zone) marks.push([endZoneMark, {}, 'text', end.zone])
  return { allDay: false, start: start.instant, end: Math.max(start.instant, told), zone: start.zone, marks }
}

/** RFC 5545 3.6.1: without an end it is one day; and none is shorter, whatever was written. */
function wholeDays(start: Moment, end: Moment | null, days: number, clocks: Clocks): ToldSpan {
  const first = dateOf(start)
  const last = end === null ? first + days * day : dateOf(end)
  return { allDay: true, start: first, end: Math.max(first + day, last), zone: clocks.zone, marks: [] }
}

/** Outlook and others tell days as times from midnight to midnight, and say so beside. */
function isAllDayByFlag(component: Component, start: Moment, end: Moment | null): boolean {
  const flags = ['x-microsoft-cdo-alldayevent', 'x-funambol-allday', 'x-microsoft-msncalendar-alldayevent']
  const isSaid = flags.some((name) => /^(?:TRUE|1)$/i.test(property(component, name)?.value.trim() ?? ''))
  const isMidnight = ({ zone, instant }: Moment) =>
    localOf(zone, instant).toPlainTime().equals('00:00') || startOfDay(zone, dayOf(zone, instant)) === instant
  return isSaid && isMidnight(start) && (end === null || end.allDay || isMidnight(end))
}

/** The dates that RDATE adds (RFC 5545 3.8.5.2): as long as the event itself unless they say how long. */
export function addedSpans(line: ContentLine, own: ToldSpan, clocks: Clocks): Span[] {
  return line.value.split(',').flatMap((value): Span[] => {
    const [from = '', to] = value.split('/')
    const start = momentOf(from, line, clocks)
    if (start === null) return []
    if (own.allDay) return [{ allDay: true, start: dateOf(start), end: dateOf(start) + own.end - own.start }]
    const begins = start.allDay ? sameTimeOn(start.instant, own) : start.instant
    const duration = to === undefined ? null : durationOf(to)
    const end = to === undefined ? null : momentOf(to, line, clocks)
    const told = duration !== null ? later(begins, duration, own.zone) : (end?.instant ?? begins + own.end - own.start)
    return [{ allDay: false, start: begins, end: Math.max(begins, told) }]
  })
}

/** The moment that names an occurrence of a series: a date stands for the occurrence of that day, a time for that of its day. */
export function originalOf(moment: Moment, series: ToldSpan): number {
  if (series.allDay) return dateOf(moment.floating ? { ...moment, zone: series.zone } : moment)
  return moment.allDay ? sameTimeOn(moment.instant, series) : moment.instant
}

/** The time of day at which a series begins, on another date. */
function sameTimeOn(date: number, { start, zone }: ToldSpan): number {
  return instantOf(
    zone,
    localOf('UTC' as ZoneId, date)
      .toPlainDate()
      .toPlainDateTime(localOf(zone, start).toPlainTime()),
  )
}
