// A change from one occurrence of a series on (RECURRENCE-ID;RANGE=THISANDFUTURE, RFC 5545 3.8.4.4): the model has no such thing, so it
// parts the series in two.
import type { Instant } from '../../model/id.ts'
import type { ForeignProperty } from '../../model/record.ts'
import { occurrences, recurrenceOfRule } from '../recurrence.ts'
import { dayOf, instantOf, localOf } from '../time-zone.ts'
import type { ZoneId } from '../../model/zone.ts'
import { compactDate, compactTime } from './moment.ts'
import { originalOf } from './span.ts'
import type { Told } from './told.ts'

interface Part {
  readonly master: Told
  readonly overrides: readonly Told[]
}

const day = 86_400_000
const countMax = 55_000
const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

/**
 * The series before the change, and that from the change on, which is called `uid`. What was said of single occurrences goes to the part
 * that it lies in, moved as the change moves them. Null if the series has no such occurrence.
 */
export function partedAt(master: Told, turning: Told, overrides: readonly Told[], uid: string): Part[] | null {
  const { event, span } = master
  const [rule = '', ...further] = master.rules
  const recurrence = recurrenceOfRule(rule, event.start, event.zone, event.allDay)
  const at = turning.instance === null ? event.start : originalOf(turning.instance, span)
  if (recurrence === null) return null
  const earlier = occurrences({ ...event, recurrence }, null, at + 1, countMax)
  if (earlier.at(-1) !== at) return null
  const last = earlier.at(-2)
  const moved = mover(event.zone, at, turning.event.start, event.allDay)
  const before: Told = { ...master, rules: last === undefined ? [] : [endedAt(rule, last, event.allDay), ...further] }
  const laterRule = turning.rules[0] ?? movedRule(rule, earlier.length - 1, at, turning.event.start, moved)
  const relation: ForeignProperty = ['related-to', { reltype: 'SIBLING' }, 'text', event.uid]
  const { foreign } = turning.event
  const after: Told = {
    ...turning,
    event: {
      ...turning.event,
      // The first part may be empty: then it is the second that carries on the name.
      uid: last === undefined ? event.uid : uid,
      foreign: {
        properties: [...(foreign?.properties ?? []), ...(last === undefined ? [] : [relation])],
        components: foreign?.components ?? [],
      },
    },
    instance: null,
    isFromThenOn: false,
    rules: [laterRule],
    excludedRules: [],
    added: [],
    excluded: master.excluded
      .map((moment) => originalOf(moment, span))
      .filter((original) => original > at)
      .map((original) => ({ allDay: event.allDay, instant: moved(original), zone: event.zone, floating: false })),
  }
  const isBefore = (override: Told) => override.instance !== null && originalOf(override.instance, span) < at
  const shifted = overrides.filter((override) => !isBefore(override)).map((override) => shiftedOverride(override, master, moved))
  const second = { master: after, overrides: shifted }
  return last === undefined ? [second] : [{ master: before, overrides: overrides.filter(isBefore) }, second]
}

function shiftedOverride(override: Told, { span, event }: Told, moved: (original: Instant) => Instant): Told {
  if (override.instance === null) return override
  const instant = moved(originalOf(override.instance, span))
  return { ...override, instance: { allDay: event.allDay, instant, zone: event.zone, floating: false } }
}

/** Moves an original start as the first of them was moved: by the clock. */
function mover(zone: ZoneId, from: Instant, to: Instant, allDay: boolean): (original: Instant) => Instant {
  if (allDay) return (original) => original + to - from
  const distance = localOf(zone, from).until(localOf(zone, to), { largestUnit: 'day' })
  return (original) => instantOf(zone, localOf(zone, original).add(distance))
}

const withoutEnd = (rule: string) => rule.replace(/;?(?:UNTIL|COUNT)=[^;]*/gi, '').replace(/^;/, '')

function endedAt(rule: string, last: Instant, allDay: boolean): string {
  return `${withoutEnd(rule)};UNTIL=${allDay ? compactDate(last) : compactTime(last)}`
}

/** The same rule from its `done`th occurrence on. Weekdays go with the day on which it begins now; other days are taken from it. */
function movedRule(rule: string, done: number, from: Instant, to: Instant, moved: (original: Instant) => Instant): string {
  const count = /COUNT=(\d+)/i.exec(rule)?.[1]
  const until = /UNTIL=([0-9TZ]+)/i.exec(rule)?.[1]
  const utc = 'UTC' as ZoneId
  const days = Math.round((dayOf(utc, to) - dayOf(utc, from)) / day)
  const shift = ((days % 7) + 7) % 7
  let ruled = withoutEnd(rule)
  if (shift !== 0 && /FREQ=WEEKLY/i.test(ruled)) {
    ruled = ruled.replace(/(BYDAY=)([A-Z,]+)/i, (_, name: string, list: string) => {
      const names = list.toUpperCase().split(',')
      return name + names.map((weekday) => weekdays[(weekdays.indexOf(weekday) + shift) % 7] ?? weekday).join(',')
    })
  } else if (days !== 0) ruled = ruled.replace(/;BY(?:DAY|MONTHDAY|MONTH|SETPOS|YEARDAY|WEEKNO)=[^;]*/gi, '')
  if (count !== undefined) return `${ruled};COUNT=${Math.max(1, Number(count) - done)}`
  return until === undefined ? ruled : `${ruled};UNTIL=${movedUntil(until, moved)}`
}

function movedUntil(until: string, moved: (original: Instant) => Instant): string {
  const [, year, month, date, hours = '23', minutes = '59', seconds = '59'] =
    /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d))?/.exec(until) ?? []
  if (date === undefined) return until
  const instant = Date.UTC(Number(year), Number(month) - 1, Number(date), Number(hours), Number(minutes), Number(seconds))
  return until.includes('T') ? compactTime(moved(instant)) : compactDate(moved(instant))
}
