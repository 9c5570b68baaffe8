// How the times of one event are written: in its zone, by the clock alone, or in UTC.
import type { Instant } from '../../model/id.ts'
import type { Foreign } from '../../model/record.ts'
import type { ZoneId } from '../../model/zone.ts'
import { instantOf, localOf } from '../time-zone.ts'
import type { ContentLine } from './content-line.ts'
import { compactDate, compactLocal, compactTime } from './moment.ts'
import { endZoneMark, floatingMark } from './span.ts'
import type { ZoneBook } from './zone-out.ts'

export interface TimeForm {
  readonly zone: ZoneId
  /** Null for times by the clock alone. */
  readonly tzid: string | null
  /** The zone of the end, if it is another. */
  readonly end: { readonly zone: ZoneId; readonly tzid: string } | null
}

const marked = (foreign: Foreign | null, mark: string) => foreign?.properties.find(([name]) => name === mark)?.[3] ?? null

/** The form that an event's times came in, while it fits; its zone is noted in the book. */
export function timeForm(zone: ZoneId, foreign: Foreign | null, from: Instant, to: Instant | null, book: ZoneBook): TimeForm {
  if (marked(foreign, floatingMark) === zone) return { zone, tzid: null, end: null }
  const end = marked(foreign, endZoneMark)
  const tzid = zone === 'UTC' ? 'UTC' : book.use(zone, from, to)
  if (typeof end !== 'string' || end === zone) return { zone, tzid, end: null }
  const endZone = end as ZoneId
  return { zone, tzid, end: { zone: endZone, tzid: endZone === 'UTC' ? 'UTC' : book.use(endZone, from, to) } }
}

/** A date, from its midnight UTC. */
export function dateLine(name: string, date: Instant): ContentLine {
  return { name, parameters: { value: 'DATE' }, value: compactDate(date) }
}

/** A time. What the clocks show twice is told in UTC the second time, since no local time means it. */
export function timeLine(name: string, instant: Instant, { zone, tzid }: Pick<TimeForm, 'zone' | 'tzid'>): ContentLine {
  if (tzid === null) return { name, parameters: {}, value: compactLocal(zone, instant) }
  const isSure = zone !== 'UTC' && instantOf(zone, localOf(zone, instant)) === instant
  if (!isSure) return { name, parameters: {}, value: compactTime(instant) }
  return { name, parameters: { tzid }, value: compactLocal(zone, instant) }
}

/** UNTIL of a rule whose times are told by the clock alone is such a time as well (RFC 5545 3.3.10). */
export function ruleValue(rule: string, { zone, tzid }: TimeForm): string {
  if (tzid !== null) return rule
  return rule.replace(/UNTIL=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, (_, ...parts: string[]) => {
    const [year = 0, month = 1, date = 1, hours = 0, minutes = 0, seconds = 0] = parts.slice(0, 6).map(Number)
    return `UNTIL=${compactLocal(zone, Date.UTC(year, month - 1, date, hours, minutes, seconds))}`
  })
}
