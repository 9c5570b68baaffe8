// Time zones that a calendar defines (VTIMEZONE, RFC 5545 3.6.5), for names that nobody else knows.
import type { ZoneId } from '../../model/zone.ts'
import { zoneNamed, zoneOfRules, type ZoneRules, type ZoneTurn } from '../time-zone.ts'
import { lastOfDay } from '../time-zone/rules.ts'
import { type Component, properties, property } from './component.ts'
import { type Clocks, momentOf } from './moment.ts'
import { textOf } from './text.ts'

const utc = { zone: 'UTC' as ZoneId, named: () => null } satisfies Clocks
const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

/** A stretch of a zone's history: STANDARD or DAYLIGHT. Local times are told as if they were UTC. */
interface Observance {
  readonly isDaylight: boolean
  /** Minutes east of Greenwich from then on. */
  readonly offset: number
  readonly begins: number
  /** When it begins for the last time. */
  readonly last: number
  /** Null where it begins just once, or by a rule that no zone of ours can go by. */
  readonly turn: ZoneTurn | null
}

/** The zones of a calendar and those that everybody knows. */
export function clocksOf(calendar: Component, zone: ZoneId): Clocks {
  const defined = new Map<string, Component>()
  for (const component of calendar.components) {
    const name = component.name === 'vtimezone' ? property(component, 'tzid') : null
    if (name !== null) defined.set(textOf(name.value).trim(), component)
  }
  const known = new Map<string, ZoneId | null>()
  const named = (tzid: string, at: Temporal.PlainDateTime) => {
    const name = tzid.trim()
    // Rules of a zone change; those of the year are what counts.
    const key = defined.has(name) ? `${at.year} ${name}` : name
    const found = known.get(key)
    if (found !== undefined) return found
    const zone = zoneCalled(name, defined.get(name) ?? null, at)
    known.set(key, zone)
    return zone
  }
  return { zone, named }
}

function zoneCalled(name: string, definition: Component | null, at: Temporal.PlainDateTime): ZoneId | null {
  const known = zoneNamed(name)
  if (known !== null || definition === null) return known
  const place = property(definition, 'x-lic-location')
  const located = place === null ? null : zoneNamed(textOf(place.value).trim())
  if (located !== null) return located
  const day = Date.UTC(at.year, at.month - 1, at.day)
  const rules = rulesOf(definition.components.flatMap(observances), day)
  return rules === null ? null : zoneOfRules(rules, day)
}

function observances(component: Component): Observance[] {
  const start = property(component, 'dtstart')
  const offset = offsetOf(property(component, 'tzoffsetto')?.value ?? '')
  if (offset === null || (component.name !== 'standard' && component.name !== 'daylight')) return []
  const begins = start === null ? null : (momentOf(start.value.replace(/Z$/, ''), { ...start, parameters: {} }, utc)?.instant ?? null)
  const rule = property(component, 'rrule')?.value.toUpperCase() ?? ''
  const dates = properties(component, 'rdate').flatMap((line) =>
    line.value.split(',').flatMap((value) => momentOf(value.replace(/Z$/, ''), { ...line, parameters: {} }, utc)?.instant ?? []),
  )
  const until = /UNTIL=([0-9TZ]+)/.exec(rule)?.[1] ?? null
  const last = until === null ? null : momentOf(until, { name: '', parameters: {}, value: '' }, utc)
  const turn = begins === null ? null : turnOf(rule, begins)
  const isDaylight = component.name === 'daylight'
  return [
    // Where it does not say, it has always been so.
    { isDaylight, offset, begins: begins ?? -Infinity, last: turn === null ? (begins ?? -Infinity) : (last?.instant ?? Infinity), turn },
    ...dates.map((date) => ({ isDaylight, offset, begins: date, last: date, turn: null })),
  ]
}

/** `+0530`, `-023000`: minutes. */
function offsetOf(value: string): number | null {
  const parts = /^\s*([+-])?(\d\d):?(\d\d)/.exec(value)
  if (parts === null) return null
  const minutes = Number(parts[2]) * 60 + Number(parts[3])
  return minutes >= 24 * 60 ? null : (parts[1] === '-' ? -minutes : minutes) + 0
}

/** When the clocks are changed each year. Days are told as the nth weekday of a month in many ways. */
function turnOf(rule: string, begins: number): ZoneTurn | null {
  if (!/FREQ=YEARLY/.test(rule)) return null
  const first = new Date(begins)
  const time = ((begins % 86_400_000) + 86_400_000) % 86_400_000
  // The last second of a day is how Windows says the midnight that follows.
  const timeOfDay = time === 86_399_000 ? lastOfDay : time
  const month = Number(/BYMONTH=(\d+)/.exec(rule)?.[1] ?? first.getUTCMonth() + 1)
  const [, nth = '', name = ''] = /BYDAY=([+-]?\d+)?([A-Z]{2})/.exec(rule) ?? []
  const weekday = name === '' ? first.getUTCDay() : weekdays.indexOf(name)
  // `BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14` is the second Sunday.
  const monthDay = Number(/BYMONTHDAY=(\d+)/.exec(rule)?.[1] ?? first.getUTCDate())
  const week = nth === '' ? Math.floor((monthDay - 1) / 7) + 1 : Number(nth) < 0 ? 6 + Number(nth) : Number(nth)
  if (month < 1 || month > 12 || weekday < 0 || week < 1 || week > 5) return null
  return { month, weekday, week, timeOfDay }
}

/** What goes in the year of `at`. */
function rulesOf(all: readonly Observance[], at: number): ZoneRules | null {
  const begun = all.filter(({ begins }) => begins <= at)
  const inForce = begun.filter(({ last }) => at <= last + 366 * 86_400_000)
  const newest = (list: readonly Observance[]) => list.toSorted((one, other) => other.begins - one.begins)[0]
  const latest = (list: readonly Observance[]) => list.toSorted((one, other) => Math.min(other.last, at) - Math.min(one.last, at))[0]
  const any = latest(begun) ?? all.toSorted((one, other) => one.begins - other.begins)[0]
  if (any === undefined) return null
  const standard = newest(inForce.filter(({ isDaylight, turn }) => !isDaylight && turn !== null))
  const daylight = newest(inForce.filter(({ isDaylight, turn }) => isDaylight && turn !== null))
  if (standard === undefined || daylight === undefined || standard.turn === null || daylight.turn === null)
    return { standard: any.offset, daylight: null }
  // Where summer is the standard (Dublin), the names are the other way round.
  const [winter, summer] = daylight.offset >= standard.offset ? [standard, daylight] : [daylight, standard]
  if (winter.turn === null || summer.turn === null) return null
  return { standard: winter.offset, daylight: { offset: summer.offset, begins: summer.turn, ends: winter.turn } }
}
