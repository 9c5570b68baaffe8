// Time zones as a calendar has to define them (VTIMEZONE, RFC 5545 3.6.5), for the years that its events touch.
import { createHash } from 'node:crypto'
import type { Instant } from '../../model/id.ts'
import type { ZoneId } from '../../model/zone.ts'
import { zoneNamed } from '../time-zone.ts'
import { ownRules, stretchAt } from '../time-zone/clock.ts'
import type { ZoneTurn } from '../time-zone/rules.ts'
import { writtenLine } from './content-line.ts'
import { compactTime } from './moment.ts'

const year = 366 * 86_400_000
const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']
/** Fewer years would not tell a fourth Sunday from a last one. */
const yearsBeyond = 6
/** No zone is told for longer, whatever dates there are: clocks that far away are not known to anybody. */
const yearsMax = 150

/** The zones that a calendar uses, and when. */
export class ZoneBook {
  readonly #now: Instant
  readonly #used = new Map<string, { readonly zone: ZoneId; from: Instant; to: Instant }>()

  constructor(now: Instant) {
    this.#now = now
  }

  /** Notes that times from `from` to `to` (null: without end) are told in a zone, and says its name. */
  use(zone: ZoneId, from: Instant, to: Instant | null): string {
    const name = tzidOf(zone)
    this.#note(name, zone, from, to ?? Math.max(from, this.#now))
    return name
  }

  /** Notes a zone that something foreign names. Whoever knows the name needs no definition; others cannot be helped. */
  useNamed(name: string): void {
    const zone = zoneNamed(name)
    if (zone !== null && !this.#used.has(name)) this.#note(name, zone, this.#now, this.#now)
  }

  #note(name: string, zone: ZoneId, from: Instant, to: Instant): void {
    const known = this.#used.get(name)
    if (known === undefined) this.#used.set(name, { zone, from, to })
    else [known.from, known.to] = [Math.min(known.from, from), Math.max(known.to, to)]
  }

  /** The definitions of all. */
  written(): string {
    return Array.from(this.#used, ([name, { zone, from, to }]) => writtenZone(name, zone, from, to)).join('')
  }
}

/** IANA's names are understood everywhere; one that computes by rules alone is called by them. */
function tzidOf(zone: ZoneId): string {
  const rules = ownRules(zone)?.rules
  return rules === undefined ? zone : `Easel ${createHash('sha256').update(JSON.stringify(rules)).digest('hex').slice(0, 16)}`
}

function writtenZone(name: string, zone: ZoneId, from: Instant, to: Instant): string {
  const rules = ownRules(zone)?.rules
  const title = writtenLine({ name: 'tzid', parameters: {}, value: name.replace(/[\\;,]/g, '\\$&') })
  const place = rules === undefined ? writtenLine({ name: 'x-lic-location', parameters: {}, value: zone }) : ''
  const observances =
    rules === undefined
      ? runsOf(zone, from - year, Math.min(to + yearsBeyond * year, from + yearsMax * year)).join('')
      : ruledObservances(rules.standard, rules.daylight)
  return `BEGIN:VTIMEZONE\r\n${title}${place}${observances}END:VTIMEZONE\r\n`
}

/** Those of a zone that goes by rules. Their first year is the one that Outlook writes. */
function ruledObservances(standard: number, daylight: { offset: number; begins: ZoneTurn; ends: ZoneTurn } | null): string {
  const minute = 60_000
  if (daylight === null) return observance('STANDARD', '16010101T000000', standard * minute, standard * minute, null)
  const turn = ({ month, weekday, week, timeOfDay }: ZoneTurn) => {
    const length = new Date(Date.UTC(1601, month, 0)).getUTCDate()
    const first = 1 + ((weekday - new Date(Date.UTC(1601, month - 1, 1)).getUTCDay() + 7) % 7)
    const date = first + 7 * (week - 1)
    const start = Date.UTC(1601, month - 1, date > length ? date - 7 : date) + timeOfDay
    return { start: compactTime(start).slice(0, -1), rule: ruleLine(month, week === 5 ? -1 : week, weekday) }
  }
  const [begins, ends] = [turn(daylight.begins), turn(daylight.ends)]
  return (
    observance('STANDARD', ends.start, daylight.offset * minute, standard * minute, ends.rule) +
    observance('DAYLIGHT', begins.start, standard * minute, daylight.offset * minute, begins.rule)
  )
}

/** The first such weekday from a date on. */
function afterLine(month: number, first: number, weekday: number): string {
  const dates = Array.from({ length: 7 }, (_, index) => first + index)
  return `FREQ=YEARLY;BYMONTH=${month};BYDAY=${weekdays[weekday] ?? 'SU'};BYMONTHDAY=${dates.join(',')}`
}

const ruleLine = (month: number, nth: number, weekday: number) => `FREQ=YEARLY;BYMONTH=${month};BYDAY=${nth}${weekdays[weekday] ?? 'SU'}`

function observance(kind: string, start: string, before: number, offset: number, rule: string | null): string {
  const told = `DTSTART:${start}\r\nTZOFFSETFROM:${offsetValue(before)}\r\nTZOFFSETTO:${offsetValue(offset)}\r\n`
  const repeated = rule === null ? '' : writtenLine({ name: 'rrule', parameters: {}, value: rule })
  return `BEGIN:${kind}\r\n${told}${repeated}END:${kind}\r\n`
}

/** `+0530`; with seconds where clocks went by the sun. */
function offsetValue(milliseconds: number): string {
  const seconds = Math.abs(Math.round(milliseconds / 1000))
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'))
  return (milliseconds < 0 ? '-' : '+') + (parts[2] === '00' ? parts.slice(0, 2) : parts).join('')
}

/** A change of the clocks. */
interface Turn {
  readonly at: Instant
  readonly before: number
  readonly offset: number
  /** Ways to say on which day of the year it is. */
  readonly words: readonly string[]
}

/** Changes that come year after year by one rule. */
interface Run {
  readonly turns: Turn[]
  words: readonly string[]
}

function runsOf(zone: ZoneId, from: Instant, to: Instant): string[] {
  const turns = turnsOf(zone, from, to)
  const first = stretchAt(zone, from)
  // Before all changes there was a time as well.
  const before = Number.isFinite(first.from) ? [] : [observance('STANDARD', '16010101T000000', first.offset, first.offset, null)]
  const runs: Run[] = []
  for (const turn of turns) {
    const run = runs.findLast(({ turns }) => turns[0]?.before === turn.before && turns[0].offset === turn.offset)
    const words = run?.words.filter((word) => turn.words.includes(word)) ?? []
    const isNextYear = new Date(turn.at).getUTCFullYear() - new Date(run?.turns.at(-1)?.at ?? 0).getUTCFullYear() === 1
    if (run === undefined || words.length === 0 || !isNextYear) runs.push({ turns: [turn], words: turn.words })
    else {
      run.turns.push(turn)
      run.words = words
    }
  }
  return [...before, ...runs.map((run) => writtenRun(run, to))]
}

function turnsOf(zone: ZoneId, from: Instant, to: Instant): Turn[] {
  const turns: Turn[] = []
  let stretch = stretchAt(zone, from)
  const add = (at: Instant, before: number, offset: number) => turns.push({ at, before, offset, words: wordsOf(at + before) })
  if (Number.isFinite(stretch.from)) add(stretch.from, stretchAt(zone, stretch.from - 1).offset, stretch.offset)
  while (stretch.to < to) {
    const next = stretchAt(zone, stretch.to)
    add(stretch.to, stretch.offset, next.offset)
    stretch = next
  }
  return turns
}

/**
 * A local time as a weekday of its month: the last, the nth, or the first on or after a date (Santiago); each with the time of day. What
 * is understood most widely comes first.
 */
function wordsOf(local: number): string[] {
  const date = new Date(local)
  const [month, day, weekday] = [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCDay()]
  const length = new Date(Date.UTC(date.getUTCFullYear(), month, 0)).getUTCDate()
  const nths = [...(day + 7 > length ? [-1] : []), ...(day <= 28 ? [Math.ceil(day / 7)] : [])]
  const firsts = Array.from({ length: 7 }, (_, back) => day - back).filter((first) => first >= 1 && first + 6 <= length)
  const rules = [...nths.map((nth) => ruleLine(month, nth, weekday)), ...firsts.map((first) => afterLine(month, first, weekday))]
  return rules.map((rule) => `${rule} ${local % 86_400_000}`)
}

function writtenRun({ turns, words }: Run, to: Instant): string {
  const [first] = turns
  const last = turns.at(-1)
  if (first === undefined || last === undefined) return ''
  const kind = first.offset > first.before ? 'DAYLIGHT' : 'STANDARD'
  const start = compactTime(first.at + first.before).slice(0, -1)
  if (turns.length === 1) return observance(kind, start, first.before, first.offset, null)
  const rule = words[0]?.replace(/ .*/, '') ?? ''
  // Where the years that are told end in the midst of a run, it goes on.
  const end = last.at + year * 1.1 >= to ? '' : `;UNTIL=${compactTime(last.at)}`
  return observance(kind, start, first.before, first.offset, `${rule}${end}`)
}
