// Whatever stands in a calendar, reading it ends: with what can be taken, or with a sentence.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CalendarFormatError, calendarText, readCalendarFile, writeCalendar } from '../../../src/format/icalendar.ts'
import { event } from '../../support/calendar-events.ts'
import { berlin, calendar, now, read, vevent } from './support.ts'
import { expectWithin } from '../../support/pace.ts'

const runs = Number(process.env['EASEL_FUZZ_RUNS'] ?? 300)

/** Reads what is there, and writes it so that it can be read again. */
function survives(bytes: Uint8Array): void {
  try {
    const { calendar } = readCalendarFile(calendarText(bytes), berlin, now)
    const again = readCalendarFile(writeCalendar(calendar, now), berlin, now)
    expect(again.refused).toEqual([])
    expect(again.calendar.events).toHaveLength(calendar.events.length)
    expect(again.calendar.tasks).toHaveLength(calendar.tasks.length)
  } catch (error) {
    if (!(error instanceof CalendarFormatError)) throw error
  }
}

describe('a calendar', () => {
  test('with bytes changed, added and taken away is read as far as it goes', () => {
    const change = fc.record({
      at: fc.nat(),
      length: fc.nat(8),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 6 }),
        fc.constantFrom(
          ...[';', ':', ',', '\r\n', 'Z', '9', '-', 'BEGIN:VEVENT\r\n', 'END:VEVENT\r\n', '"', '=', '\\'].map(
            (text) => new Uint8Array(Buffer.from(text)),
          ),
        ),
      ),
    })
    fc.assert(
      fc.property(event, fc.array(change, { minLength: 1, maxLength: 8 }), (told, changes) => {
        let bytes = Buffer.from(writeCalendar({ method: null, events: [told], tasks: [], foreign: null }, now))
        for (const { at, length, bytes: added } of changes) {
          const place = at % bytes.length
          bytes = Buffer.concat([bytes.subarray(0, place), added, bytes.subarray(place + length)])
        }
        survives(bytes)
      }),
      { numRuns: runs },
    )
  }, 120_000)

  test('of lines in any order with any values is read as far as it goes', () => {
    const names = [
      'DTSTART',
      'DTEND',
      'DURATION',
      'RRULE',
      'RDATE',
      'EXDATE',
      'EXRULE',
      'RECURRENCE-ID',
      'ATTENDEE',
      'ORGANIZER',
      'GEO',
      'ATTACH',
      'TRIGGER',
      'SEQUENCE',
      'UID',
      'STATUS',
      'X-ALT-DESC',
      'CATEGORIES',
      'DUE',
      'COMPLETED',
      'PERCENT-COMPLETE',
      'BEGIN',
      'END',
    ]
    const values = [
      '20260201T100000Z',
      '20260201',
      '99981231T235959',
      '10000101',
      '00000000',
      'P1D',
      '-PT1H',
      'PT99999999999H',
      'FREQ=DAILY',
      'FREQ=SECONDLY;COUNT=3',
      'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
      'FREQ=WEEKLY;UNTIL=99991231',
      '1;2',
      'VEVENT',
      'VTODO',
      'VALARM',
      'VCALENDAR',
      '',
      'mailto:',
      '20260201T100000Z/PT1H',
      '20260201T250000',
      '19691231T235959Z',
    ]
    const parameters = [
      '',
      ';VALUE=DATE',
      ';VALUE=PERIOD',
      ';TZID=Europe/Berlin',
      ';TZID=Nowhere',
      ';RANGE=THISANDFUTURE',
      ';ENCODING=BASE64',
      ';VALUE=DATE-TIME',
      ';X=1',
    ]
    const line = fc
      .tuple(fc.constantFrom(...names), fc.constantFrom(...parameters), fc.oneof(fc.constantFrom(...values), fc.string({ maxLength: 12 })))
      .map((parts) => `${parts[0]}${parts[1]}:${parts[2]}`)
    fc.assert(
      fc.property(
        fc.constantFrom('VEVENT', 'VTODO'),
        fc.array(line, { maxLength: 20 }),
        fc.array(line, { maxLength: 8 }),
        (name, lines, others) => {
          const text = calendar(
            `BEGIN:${name}`,
            'UID:one',
            'DTSTART:20260201T100000Z',
            ...lines,
            `END:${name}`,
            `BEGIN:${name}`,
            'UID:one',
            ...others,
            `END:${name}`,
          )
          survives(Buffer.from(text))
        },
      ),
      { numRuns: runs * 2 },
    )
  }, 120_000)

  test('that is large without reason is read in a moment', async () => {
    const start = 'DTSTART:20260201T100000Z'
    const large = [
      calendar(...Array.from({ length: 3000 }, (_, index) => vevent(start, `SUMMARY:${index}`)).flat()),
      calendar(...vevent(start, `X-A${';A=1'.repeat(300_000)}:x`)),
      calendar(...vevent(start, `ATTENDEE;MEMBER=${'"mailto:a@example.com",'.repeat(100_000)}"b":mailto:c@example.com`)),
      calendar(...vevent(start, `SUMMARY:${'\\n;,'.repeat(500_000)}`)),
      calendar(...vevent(start, 'RRULE:FREQ=SECONDLY', 'EXRULE:FREQ=SECONDLY', 'EXDATE:20990101T000000Z', 'RDATE:20990101T000001Z')),
      `${'BEGIN:VEVENT\r\n'.repeat(200_000)}${'END:VEVENT\r\n'.repeat(200_000)}`,
      'END:VCALENDAR\n'.repeat(300_000) + calendar(...vevent(start)),
      calendar(...vevent(start, ...Array.from({ length: 30_000 }, () => 'X-A:1'))),
    ]
    for (const text of large) {
      await expectWithin(10_000, () => read(text))
    }
  }, 120_000)
})
