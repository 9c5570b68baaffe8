// Calendars that broke other programs: they go in without a crash, and what is in them comes out meaning the same.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { calendarText, readCalendarFile, writeCalendar } from '../../../src/format/icalendar.ts'
import { eventOccurrences } from '../../../src/format/recurrence.ts'
import type { CalendarEvent } from '../../../src/model/event.ts'
import { seenByOracle, type Seen } from '../../support/calendar-oracle.ts'
import { describeWithReference, hasReference, referenceFiles, referencePath } from '../../support/reference.ts'
import { now, read } from './support.ts'
import type { ZoneId } from '../../../src/model/zone.ts'

const utc = 'UTC' as ZoneId
const until = Date.UTC(2010, 0)

function seenByUs(events: readonly CalendarEvent[]): Seen[] {
  return events.flatMap((event) =>
    eventOccurrences(event, null, until, 60).map(({ occasion }) => ({
      uid: event.uid,
      start: occasion.start,
      end: occasion.end,
      summary: occasion.subject,
      location: occasion.place?.name ?? '',
      attendees: occasion.attendees.map(({ address }) => address),
    })),
  )
}

const plain = (all: readonly Seen[]) =>
  all
    .map((seen) => ({
      ...seen,
      uid: /^[0-9a-f]{64}$/.test(seen.uid) ? '' : seen.uid,
      attendees: seen.attendees.map((address) => address.replace(/^mailto:/i, '')),
    }))
    .toSorted((one, other) => one.start - other.start || one.summary.localeCompare(other.summary))

/** What is odd about a file, as far as it decides something. */
const oddities: Readonly<Record<string, string>> = {
  '0.ics': 'an event that does not say when it is, with two summaries: refused, in a sentence',
  '8.ics': 'an event outside of a calendar, without a UID: taken',
  'calendar.ics': 'several messages about the same meetings, and an end with a digit too many (19970701T1100000Z): the newest counts',
  'caltime.ics': 'two thousand lines of zeros, and no calendar: refused',
  'classify.ics': 'two versions of one meeting: the newest counts',
  'crash.ics': 'a calendar with bytes of anything thrown in: what still is an event or a task is taken',
  'get_char_test.ics': 'bytes of anything: refused',
  'issue250.ics': 'line ends that were escaped, and no calendar: refused',
  'malloc.ics': 'a calendar without a readable event: empty',
  'process-incoming.ics': 'a start without one of its digits (19970701T13000Z): it is read as one of a second',
  'restriction.ics': 'an event that says next to nothing is refused; an answer without a start, as iTIP allows, counts from its stamp',
}

/** What ical.js does not take, or takes for something that nobody meant. */
const withoutOracle = new Set(['caltime.ics', 'crash.ics', 'get_char_test.ics', 'issue250.ics', 'malloc.ics', 'process-incoming.ics'])

describeWithReference('a calendar that broke somebody', () => {
  for (const name of hasReference ? referenceFiles('calendar', '.ics') : []) {
    test(`${name}: ${oddities[name] ?? 'nothing is odd about it'}`, () => {
      const text = calendarText(readFileSync(referencePath('calendar', name)))
      if (oddities[name]?.endsWith('no calendar: refused') === true || oddities[name] === 'bytes of anything: refused') {
        expect(() => read(text, utc)).toThrow('there is no calendar in it')
        return
      }
      const { calendar } = readCalendarFile(text, utc, now)
      const again = readCalendarFile(writeCalendar(calendar, now), utc, now)
      expect(again.refused).toEqual([])
      // Everything, what nobody here knows included, is there as before.
      expect(again.calendar).toEqual(calendar)
      if (withoutOracle.has(name)) return
      const events = calendar.events.filter(({ event }) => event.start !== event.stamp)
      expect(plain(seenByUs(events.map(({ event }) => event)))).toEqual(plain(seenByOracle(text, until)))
      expect(plain(seenByOracle(writeCalendar({ ...calendar, events }, now), until))).toEqual(plain(seenByOracle(text, until)))
    })
  }
})
