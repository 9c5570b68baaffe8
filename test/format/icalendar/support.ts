// What tests of calendars share: a calendar around lines, and the events that come of it.
import { readCalendarFile, type CalendarFile, type VCalendar, type VEvent, writeCalendar } from '../../../src/format/icalendar.ts'
import type { CalendarEvent } from '../../../src/model/event.ts'
import type { ZoneId } from '../../../src/model/zone.ts'

export const berlin = 'Europe/Berlin' as ZoneId
export const now = Date.UTC(2026, 0, 15, 12)

/** A calendar of these lines. */
export const calendar = (...lines: readonly string[]) => ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n')

/** An event of these lines, with a UID and a stamp. */
export const vevent = (...lines: readonly string[]) => ['BEGIN:VEVENT', 'UID:one', 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT']

export const read = (text: string, zone = berlin): CalendarFile => readCalendarFile(text, zone, now)

/** The only event of a calendar. */
export function only(text: string, zone = berlin): CalendarEvent {
  return onlyTold(text, zone).event
}

export function onlyTold(text: string, zone = berlin): VEvent {
  const { events } = read(text, zone).calendar
  if (events.length !== 1) throw new Error(`${events.length} events instead of one`)
  return events[0]!
}

/** An event of these lines, read. */
export const event = (...lines: readonly string[]) => only(calendar(...vevent(...lines)))

/** What is written, without folds: one line each. */
export function written(given: Partial<VCalendar>): string[] {
  const text = writeCalendar({ method: null, events: [], tasks: [], foreign: null, ...given }, now)
  return text.replaceAll('\r\n ', '').split('\r\n')
}

/** What becomes of a calendar that is read and written again: lines without folds. */
export const rewritten = (text: string, zone = berlin) => written(read(text, zone).calendar)
