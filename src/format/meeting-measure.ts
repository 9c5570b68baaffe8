// Whether a calendar that came by mail has the measure of a meeting: anybody sends it, and it is read while others wait.
import { clean, type ContentLine, contentLine } from './icalendar/content-line.ts'
import { unfoldedLines } from './icalendar/lines.ts'
import { datesPerPeriod, parseRule } from './recurrence/rule.ts'

/** How often a line of this name may stand in it: nobody writes more about a meeting, and each costs time. */
const linesMax: ReadonlyMap<string, number> = new Map([
  ['begin', 5000],
  ['attendee', 5000],
  // Time zones have two or three for each change of their law.
  ['rrule', 500],
  // RFC 5545 has given them up: each occurrence of a second series is looked for in the first.
  ['exrule', 0],
])

/** Other lines whose values count. */
const watched: ReadonlySet<string> = new Set(['version', 'end', 'exdate', 'rdate', 'recurrence-id'])

/** A series and its exceptions; whole calendars are sent as files. */
const eventsMax = 500
const zonesMax = 100
/** A meeting is one series (RFC 5546 3.2.2), or the two that a change from some day on makes of it. */
const seriesMax = 2
/** Dates that are taken out, put in or told of by themselves: each is looked for in the series. */
const looksMax = 400
/** In a calendar of moons a look may go on for centuries. */
const lunarLooksMax = 20
/** Nobody meets two thousand times. */
const countMax = 1999
/** Dates that have to be listed before one of them can be told: all days of two months. */
const datesPerPeriodMax = 62
/** What is told in words, files left out: no calendar takes a meeting that has more. */
const charactersMax = 1024 * 1024
/** The largest file of a meeting, folded, has half as many. */
const breaksMax = 150_000
/** Parameters of a line: a text may be long, what stands before it is not. */
const parametersPattern = /^[A-Z0-9-]+(?:;[^;:"\r\n]{0,1000}|"[^"\r\n]{0,1000}"){100}/i

/** Whether the rule of a series is one that people meet by: not by the minute, and not so that a single date costs the work of a year. */
function isOfPeople(value: string): boolean {
  const rule = parseRule(value)
  // What is no rule is not reckoned.
  if (rule === null) return true
  const isDaily = rule.frequency !== 'MINUTELY' && rule.frequency !== 'HOURLY'
  const isOfClocks = rule.minutes.length <= 1 && rule.seconds.length <= 1
  // The Gregorian calendar with SKIP has to be gone through from the start for every date.
  const isSkipping = rule.calendar === null && rule.skip !== 'OMIT'
  return isDaily && isOfClocks && !isSkipping && (rule.count ?? 0) <= countMax && datesPerPeriod(rule) <= datesPerPeriodMax
}

/** What was met in a calendar, line by line as its reader has them: a line that is cut or spelled otherwise hides nothing. */
class Measure {
  readonly #lines = new Map<string, number>()
  #events = 0
  #zones = 0
  #series = 0
  #looks = 0
  #looksMax = looksMax
  #characters = 0
  #isInZone = false

  /** Whether the calendar is still of the measure of a meeting with this line. */
  holds(line: string): boolean {
    const name = /^[A-Za-z0-9_-]{1,100}(?=\s*[;:])/.exec(line)?.[0].toLowerCase()
    if (name === undefined) return true
    if (parametersPattern.test(line)) return false
    if (name !== 'attach' && (this.#characters += line.length) > charactersMax) return false
    const most = linesMax.get(name)
    if (most === undefined && !watched.has(name)) return true
    const count = (this.#lines.get(name) ?? 0) + 1
    this.#lines.set(name, count)
    const read = contentLine(line)
    return count <= (most ?? count) && (read === null || this.#holdsValue(read))
  }

  #holdsValue({ name, parameters, value }: ContentLine): boolean {
    switch (name) {
      case 'begin':
        return this.#begins(value.toLowerCase().replace(/[^a-z0-9-]/g, ''))
      case 'end':
        if (/vtimezone/i.test(value)) this.#isInZone = false
        return true
      // vCalendar knows no invitations, and says its rules in other words.
      case 'version':
        return value.trim() !== '1.0'
      case 'rrule':
        return this.#isInZone || this.#repeats(value)
      // What changes from then on is a series of its own.
      case 'recurrence-id':
        if ('range' in parameters) this.#series++
        return ++this.#looks <= this.#looksMax && this.#series <= seriesMax
      case 'exdate':
      case 'rdate':
        if (!this.#isInZone) this.#looks += value.split(',').length
        return this.#looks <= this.#looksMax
      default:
        return true
    }
  }

  #repeats(rule: string): boolean {
    this.#series++
    if (/RSCALE/i.test(rule)) this.#looksMax = lunarLooksMax
    return this.#series <= seriesMax && this.#looks <= this.#looksMax && isOfPeople(rule)
  }

  #begins(component: string): boolean {
    if (component === 'vtimezone') this.#zones++
    if (component === 'vevent') this.#events++
    // An event inside of a zone is none to whoever reads it, but one behind a zone that nobody closed is.
    this.#isInZone = component === 'vtimezone' || (this.#isInZone && component !== 'vevent')
    return this.#events <= eventsMax && this.#zones <= zonesMax
  }
}

function hasBreaksBeyond(text: string, most: number): boolean {
  let found = 0
  for (const _ of text.matchAll(/\r\n?|\n/g)) if (++found > most) return true
  return false
}

/** Whether a calendar is worth reading as that of a meeting. */
export function isOfMeetings(text: string): boolean {
  if (hasBreaksBeyond(text, breaksMax)) return false
  const measure = new Measure()
  return unfoldedLines(clean(text)).every((line) => measure.holds(line))
}
