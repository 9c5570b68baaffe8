// iCalendar (RFC 5545) to events and tasks, and back.
import type { Instant } from '../model/id.ts'
import type { ZoneId } from '../model/zone.ts'
import { CalendarFormatError, type VCalendar } from './icalendar/calendar.ts'
import { parameter, writtenLine } from './icalendar/content-line.ts'
import { writtenEvent } from './icalendar/event-out.ts'
import { lineOfForeign, writtenForeign } from './icalendar/foreign.ts'
import { type CalendarFile, readFile } from './icalendar/read.ts'
import { writtenTask } from './icalendar/task-out.ts'
import { ZoneBook } from './icalendar/zone-out.ts'

export { CalendarFormatError, type Refused, type VCalendar, type VEvent } from './icalendar/calendar.ts'
export { calendarText } from './icalendar/lines.ts'
export { nameOfLone, withOccurrence } from './icalendar/occurrence.ts'
export type { CalendarFile } from './icalendar/read.ts'
export { isTimeMark } from './icalendar/span.ts'

/**
 * What a calendar says. Times without a zone are taken in `zone`; `now` is the stamp of what has none. What cannot be taken is left
 * out. Throws CalendarFormatError where nothing is left of what it was to say.
 */
export function readCalendar(text: string, zone: ZoneId, now: Instant): VCalendar {
  const { calendar, refused } = readFile(text, zone, now)
  const [first] = refused
  if (first !== undefined && calendar.events.length === 0 && calendar.tasks.length === 0) throw new CalendarFormatError(first.reason)
  return calendar
}

/** As readCalendar, with what was left out. Throws CalendarFormatError only for what is no calendar at all. */
export function readCalendarFile(text: string, zone: ZoneId, now: Instant): CalendarFile {
  return readFile(text, zone, now)
}

/** The calendar as text: CRLF, lines of at most 75 octets, with the time zones it needs. `now` is the stamp of what has none. */
export function writeCalendar({ method, events, tasks, foreign }: VCalendar, now: Instant): string {
  const book = new ZoneBook(now)
  const components = [
    ...events.map((event) => writtenEvent(event, book)),
    ...tasks.map((task) => writtenTask(task, book, now)),
    ...(foreign?.components ?? []).map(writtenForeign),
  ]
  const properties = (foreign?.properties ?? []).map(lineOfForeign)
  for (const line of properties) {
    const zone = parameter(line, 'tzid')
    if (zone !== null) book.useNamed(zone)
  }
  const said = method === null ? [] : [{ name: 'method', parameters: {}, value: method }]
  const head = `BEGIN:VCALENDAR\r\nPRODID:-//Easel//Easel//EN\r\nVERSION:2.0\r\nCALSCALE:GREGORIAN\r\n`
  return `${head}${[...said, ...properties].map(writtenLine).join('')}${book.written()}${components.join('')}END:VCALENDAR\r\n`
}
