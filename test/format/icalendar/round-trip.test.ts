// Whatever a phone or a calendar can make of an event comes back from iCalendar as it was.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCalendar, writeCalendar } from '../../../src/format/icalendar.ts'
import { eventOccurrences } from '../../../src/format/recurrence.ts'
import { localOf } from '../../../src/format/time-zone.ts'
import type { CalendarEvent } from '../../../src/model/event.ts'
import { event, isSecond, meaning, task } from '../../support/calendar-events.ts'
import { seenByOracle } from '../../support/calendar-oracle.ts'
import { berlin, now } from './support.ts'

const minute = 60_000

/** Whether the clocks show the time of this instant twice. */
function isShownTwice(zone: CalendarEvent['zone'], instant: number): boolean {
  const shown = localOf(zone, instant)
  return [30, 60, 120, 180].some((by) => [-by, by].some((minutes) => localOf(zone, instant + minutes * minute).equals(shown)))
}

/**
 * ical.js puts off what falls on a day that a month does not have, takes the second of two hours that are called alike (RFC 5545 3.3.5
 * says the first), and has times of its own where the clocks jump, which is at night; nobody else does.
 */
function isSureOf({ recurrence, start, zone, allDay, exceptions }: CalendarEvent): boolean {
  const own = exceptions.flatMap(({ changes }) => changes.start ?? [])
  if (!allDay && [start, ...own].some((instant) => isShownTwice(zone, instant))) return false
  if (recurrence === null) return true
  const { hour } = localOf(zone, start)
  return (allDay || (hour >= 4 && hour < 21)) && new Date(start).getUTCDate() < 28 && recurrence.weekOfMonth !== 5
}

describe('what is written', () => {
  test('means the same when it is read', () => {
    fc.assert(
      fc.property(event, (told) => {
        fc.pre(!isSecond(told.event))
        const text = writeCalendar({ method: null, events: [told], tasks: [], foreign: null }, now)
        const { events } = readCalendar(text, berlin, now)
        expect(events.map(meaning)).toEqual([meaning(told)])
      }),
      { numRuns: Number(process.env['EASEL_FUZZ_RUNS'] ?? 300) },
    )
  }, 120_000)

  test('is of lines that every program takes: CRLF, 75 octets at most, no character cut', () => {
    fc.assert(
      fc.property(event, (told) => {
        const text = writeCalendar({ method: 'REQUEST', events: [told], tasks: [], foreign: null }, now)
        expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true)
        for (const line of text.slice(0, -2).split('\r\n')) {
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
          expect(line).not.toMatch(/[\r\n\0]|\ufffd/)
          expect(line.isWellFormed()).toBe(true)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('is understood alike by ical.js', () => {
    fc.assert(
      fc.property(event, (told) => {
        fc.pre(!isSecond(told.event) && isSureOf(told.event))
        const text = writeCalendar({ method: null, events: [told], tasks: [], foreign: null }, now)
        const theirs = seenByOracle(text, Date.UTC(2037, 0)).map(({ start, summary }) => `${start} ${summary}`)
        const ours = eventOccurrences(told.event, null, Date.UTC(2037, 0), 60).map(
          ({ occasion: { start, subject } }) => `${start} ${subject}`,
        )
        expect(theirs.slice(0, 30).toSorted()).toEqual(ours.slice(0, theirs.slice(0, 30).length).toSorted())
      }),
      { numRuns: 300 },
    )
  })

  test('is the same again when it is read and written', () => {
    fc.assert(
      fc.property(event, (told) => {
        fc.pre(!isSecond(told.event))
        const once = writeCalendar({ method: null, events: [told], tasks: [], foreign: null }, now)
        const twice = writeCalendar(readCalendar(once, berlin, now), now)
        expect(twice).toBe(once)
      }),
      { numRuns: 100 },
    )
  })
})

test('a task that is written means the same when it is read', () => {
  fc.assert(
    fc.property(task, (told) => {
      const { tasks } = readCalendar(writeCalendar({ method: null, events: [], tasks: [told], foreign: null }, now), berlin, now)
      const { foreign: _, ...own } = { ...told, modified: now }
      expect(tasks.map(({ foreign: __, ...task }) => task)).toEqual([own])
    }),
    { numRuns: 300 },
  )
})
