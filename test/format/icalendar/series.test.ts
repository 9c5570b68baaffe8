// A series with everything that a calendar can say of it: exceptions, dates added and taken out, changes from a day on.
import { describe, expect, test } from 'vitest'
import { eventOccurrences } from '../../../src/format/recurrence.ts'
import type { CalendarEvent } from '../../../src/model/event.ts'
import { berlin, calendar, event, only, read, rewritten, vevent } from './support.ts'
import { expectWithin } from '../../support/pace.ts'

const daily = [
  'DTSTART;TZID=Europe/Berlin:20260201T100000',
  'DTEND;TZID=Europe/Berlin:20260201T110000',
  'RRULE:FREQ=DAILY;COUNT=5',
  'SUMMARY:Stand-up',
]
const at = (date: number, hour = 9) => Date.UTC(2026, 1, date, hour)
const override = (recurrence: string, ...lines: string[]) => vevent(recurrence, ...lines)

/** When and as what all of a calendar takes place, as text. */
function takesPlace(text: string): string[] {
  const found = read(text).calendar.events.flatMap(({ event }) => eventOccurrences(event, null, Date.UTC(2027, 0), 400))
  return found.map(({ occasion }) => `${new Date(occasion.start).toISOString().slice(0, 16)} ${occasion.subject}`).toSorted()
}

describe('a series', () => {
  test('has exceptions that say only what they do not inherit', () => {
    const text = calendar(
      ...vevent(...daily, 'LOCATION:Room 1', 'EXDATE;TZID=Europe/Berlin:20260202T100000'),
      ...override(
        'RECURRENCE-ID;TZID=Europe/Berlin:20260203T100000',
        'DTSTART;TZID=Europe/Berlin:20260203T120000',
        'DTEND;TZID=Europe/Berlin:20260203T130000',
        'SUMMARY:Stand-up',
      ),
      ...override(
        'RECURRENCE-ID;TZID=Europe/Berlin:20260204T100000',
        'DTSTART;TZID=Europe/Berlin:20260204T100000',
        'DTEND;TZID=Europe/Berlin:20260204T110000',
        'SUMMARY:Other',
        'LOCATION:Room 1',
      ),
    )
    expect(only(text)).toMatchObject({ subject: 'Stand-up', recurrence: { type: 0, interval: 1, occurrences: 5 } })
    expect(only(text).exceptions).toEqual([
      { original: at(2), deleted: true, changes: {} },
      { original: at(3), deleted: false, changes: { allDay: false, start: at(3, 11), end: at(3, 12), place: null } },
      { original: at(4), deleted: false, changes: { subject: 'Other' } },
    ])
    expect(rewritten(text)).toEqual(
      expect.arrayContaining(['EXDATE;TZID=Europe/Berlin:20260202T100000', 'RECURRENCE-ID;TZID=Europe/Berlin:20260203T100000']),
    )
    expect(takesPlace(rewritten(text).join('\r\n'))).toEqual(takesPlace(text))
  })

  test('of days has exceptions with times, and they are named by their days', () => {
    const text = calendar(
      ...vevent('DTSTART;VALUE=DATE:20260201', 'RRULE:FREQ=DAILY;COUNT=3'),
      ...override(
        'RECURRENCE-ID;VALUE=DATE:20260202',
        'DTSTART;TZID=America/New_York:20260202T120000',
        'DTEND;TZID=America/New_York:20260202T130000',
      ),
    )
    expect(only(text).exceptions).toMatchObject([
      { original: Date.UTC(2026, 1, 2), changes: { allDay: false, start: at(2, 17), end: at(2, 18) } },
    ])
    const out = rewritten(text)
    expect(out).toEqual(
      expect.arrayContaining(['RECURRENCE-ID;VALUE=DATE:20260202', 'DTSTART;TZID=Europe/Berlin:20260202T180000', 'TZID:Europe/Berlin']),
    )
  })

  test('is told dates to leave out in any form', () => {
    const left = (line: string) => event(...daily, line).exceptions.map(({ original }) => original)
    expect(left('EXDATE;VALUE=DATE:20260202')).toEqual([at(2)])
    expect(left('EXDATE:20260202T090000Z,20260204T090000Z')).toEqual([at(2), at(4)])
    expect(left('EXDATE;TZID=America/New_York:20260203T040000')).toEqual([at(3)])
    // Nothing takes place then.
    expect(left('EXDATE:20260202T093000Z')).toEqual([])
  })

  test('leaves out what another rule takes out', () => {
    const text = calendar(...vevent(...daily, 'EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2'))
    expect(takesPlace(text)).toEqual(['2026-02-02T09:00 Stand-up', '2026-02-04T09:00 Stand-up', '2026-02-05T09:00 Stand-up'])
    expect(rewritten(text)).toContain('EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2')
  })

  test('that changes from one day on becomes two', () => {
    const text = calendar(
      ...vevent(...daily, 'EXDATE;TZID=Europe/Berlin:20260204T100000'),
      ...override(
        'RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260203T100000',
        'DTSTART;TZID=Europe/Berlin:20260203T150000',
        'DTEND;TZID=Europe/Berlin:20260203T160000',
        'SUMMARY:Later',
      ),
      ...override(
        'RECURRENCE-ID;TZID=Europe/Berlin:20260205T100000',
        'DTSTART;TZID=Europe/Berlin:20260205T180000',
        'DTEND;TZID=Europe/Berlin:20260205T190000',
        'SUMMARY:Last',
      ),
    )
    expect(takesPlace(text)).toEqual([
      '2026-02-01T09:00 Stand-up',
      '2026-02-02T09:00 Stand-up',
      '2026-02-03T14:00 Later',
      '2026-02-05T17:00 Last',
    ])
    expect(read(text).calendar.events.map(({ event }) => event.uid)).toEqual(['one', 'one/20260203T090000Z'])
    expect(takesPlace(rewritten(text).join('\r\n'))).toEqual(takesPlace(text))
  })

  test('that moves to another weekday from one day on keeps to that', () => {
    const text = calendar(
      ...vevent(
        'DTSTART;TZID=Europe/Berlin:20260202T100000',
        'DURATION:PT1H',
        'RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260223T090000Z',
        'SUMMARY:x',
      ),
      ...override(
        'RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260216T100000',
        'DTSTART;TZID=Europe/Berlin:20260217T100000',
        'DURATION:PT1H',
        'SUMMARY:y',
      ),
    )
    expect(takesPlace(text)).toEqual(['2026-02-02T09:00 x', '2026-02-09T09:00 x', '2026-02-17T09:00 y', '2026-02-24T09:00 y'])
  })

  test('by the clock alone goes out by the clock alone', () => {
    const text = calendar(
      ...vevent('DTSTART:20260201T100000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;UNTIL=20260205T100000', 'EXDATE:20260203T100000'),
    )
    expect(takesPlace(text)).toHaveLength(4)
    expect(rewritten(text)).toEqual(
      expect.arrayContaining([
        'DTSTART:20260201T100000',
        'EXDATE:20260203T100000',
        expect.stringMatching(/^RRULE:.*UNTIL=20260205T100000(;|$)/),
      ]),
    )
  })

  test('with a rule that says more than phones can be told keeps it', () => {
    const rule = 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2'
    expect(event(...daily.slice(0, 2), `RRULE:${rule}`).recurrence?.rule).toBe(rule)
    expect(rewritten(calendar(...vevent(...daily.slice(0, 2), `RRULE:${rule}`)))).toContain(`RRULE:${rule}`)
  })

  test('with a rule that is none is one event that keeps it', () => {
    const text = calendar(...vevent(...daily.slice(0, 2), 'RRULE:FREQ=WHENEVER'))
    expect(only(text).recurrence).toBeNull()
    expect(rewritten(text)).toContain('RRULE:FREQ=WHENEVER')
  })

  test('with a second rule is two series', () => {
    const text = calendar(...vevent(...daily, 'RRULE:FREQ=WEEKLY;COUNT=3'))
    expect(takesPlace(text)).toEqual(
      expect.arrayContaining(['2026-02-01T09:00 Stand-up', '2026-02-08T09:00 Stand-up', '2026-02-15T09:00 Stand-up']),
    )
  })
})

describe('dates that are added', () => {
  const lines = [
    ...daily.slice(0, 2),
    'SUMMARY:Course',
    'RDATE;TZID=Europe/Berlin:20260203T100000,20260210T170000',
    'RDATE;VALUE=PERIOD:20260212T080000Z/PT3H',
  ]

  test('are exceptions that name themselves, to a series of one where there is no rule', () => {
    const text = calendar(...vevent(...lines))
    const date = (start: number, end: number) => ({ original: start, deleted: false, changes: { allDay: false, start, end } })
    expect(only(text)).toMatchObject({ uid: 'one', start: at(1), recurrence: { type: 0, interval: 1, occurrences: 1 } })
    expect(only(text).exceptions).toEqual([date(at(3), at(3, 10)), date(at(10, 16), at(10, 17)), date(at(12, 8), at(12, 11))])
    expect(takesPlace(text)).toEqual([
      '2026-02-01T09:00 Course',
      '2026-02-03T09:00 Course',
      '2026-02-10T16:00 Course',
      '2026-02-12T08:00 Course',
    ])
  })

  test('go out as dates that are added', () => {
    const out = rewritten(calendar(...vevent(...lines)))
    expect(out).toEqual(
      expect.arrayContaining([
        'RRULE:FREQ=DAILY;COUNT=1',
        'RDATE;TZID=Europe/Berlin:20260203T100000',
        'RDATE;TZID=Europe/Berlin:20260212T090000',
      ]),
    )
    expect(out.filter((line) => line.startsWith('RECURRENCE-ID'))).toEqual(['RECURRENCE-ID;TZID=Europe/Berlin:20260212T090000'])
    expect(read(out.join('\r\n')).calendar).toEqual(read(calendar(...vevent(...lines))).calendar)
  })

  test('can be left out again, or changed like any other', () => {
    const text = calendar(
      ...vevent(...lines, 'EXDATE:20260203T090000Z'),
      ...override('RECURRENCE-ID:20260210T160000Z', 'DTSTART:20260211T160000Z', 'SUMMARY:Moved'),
    )
    expect(takesPlace(text)).toEqual(['2026-02-01T09:00 Course', '2026-02-11T16:00 Moved', '2026-02-12T08:00 Course'])
  })

  test('beside a rule do not repeat what the rule says', () => {
    expect(takesPlace(calendar(...vevent(...daily, 'RDATE:20260202T090000Z,20260203T120000Z')))).toHaveLength(6)
  })
})

test('an occurrence that the rule does not have is added to it', () => {
  const text = calendar(...vevent(...daily), ...override('RECURRENCE-ID:20260220T090000Z', 'DTSTART:20260220T100000Z', 'SUMMARY:Stray'))
  expect(takesPlace(text)).toContain('2026-02-20T10:00 Stray')
  expect(rewritten(text)).toEqual(
    expect.arrayContaining(['RDATE;TZID=Europe/Berlin:20260220T100000', 'RECURRENCE-ID;TZID=Europe/Berlin:20260220T100000']),
  )
})

test('a thousand exceptions are read in a moment', async () => {
  const overrides = Array.from({ length: 1000 }, (_, index) => {
    const date = new Date(Date.UTC(2026, 1, 1 + index)).toISOString().slice(0, 10).replaceAll('-', '')
    return override(`RECURRENCE-ID;TZID=Europe/Berlin:${date}T100000`, `DTSTART;TZID=Europe/Berlin:${date}T110000`, `SUMMARY:${index}`)
  })
  const text = calendar(...vevent(...daily.slice(0, 2), 'RRULE:FREQ=DAILY'), ...overrides.flat())
  await expectWithin(5000, () => expect((only(text, berlin) satisfies CalendarEvent).exceptions).toHaveLength(1000))
})
