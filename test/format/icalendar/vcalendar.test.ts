// vCalendar 1.0 of old phones and organisers says what it says in words of its own.
import { describe, expect, test } from 'vitest'
import { eventOccurrences } from '../../../src/format/recurrence.ts'
import { only, read } from './support.ts'

const old = (...lines: readonly string[]) => ['BEGIN:VCALENDAR', 'VERSION:1.0', ...lines, 'END:VCALENDAR', ''].join('\r\n')
const event = (...lines: readonly string[]) =>
  only(old('BEGIN:VEVENT', 'UID:one', 'DTSTART:20260202T100000Z', 'DTEND:20260202T110000Z', ...lines, 'END:VEVENT'))

describe('vCalendar 1.0', () => {
  test('has text in quoted-printable, with soft ends of lines and character sets', () => {
    expect(event('SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Caf=C3=A9, =\r\nand more=0D=0A;next').subject).toBe(
      'Café, and more\n;next',
    )
    expect(event('SUMMARY;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:M=FCller').subject).toBe('Müller')
  })

  test('has categories between semicolons, people with names before their address, and numbers for free and busy', () => {
    const told = event(
      'CATEGORIES:MEETING;BUSINESS',
      'ATTENDEE;ROLE=ORGANIZER;STATUS=CONFIRMED:Jane Doe <jane@example.com>',
      'ATTENDEE;EXPECT=FYI;STATUS=NEEDS ACTION:bob@example.com',
      'TRANSP:1',
    )
    expect(told).toMatchObject({
      categories: ['MEETING', 'BUSINESS'],
      organizer: { name: 'Jane Doe', address: 'jane@example.com' },
      attendees: [{ address: 'bob@example.com', type: 2, status: 5 }],
      busyStatus: 0,
    })
  })

  test('has alarms at a time, which are reminders before the start', () => {
    expect(event('DALARM:20260202T094500Z;PT5M;2;Wake up').reminder).toBe(15)
  })

  test('has a grammar of its own for what repeats', () => {
    const starts = (rule: string) =>
      eventOccurrences(event(`RRULE:${rule}`), null, Date.UTC(2027, 0), 50).map(({ original }) =>
        new Date(original).toISOString().slice(5, 10),
      )
    expect(starts('D2 #3')).toEqual(['02-02', '02-04', '02-06'])
    expect(starts('W1 MO WE #4')).toEqual(['02-02', '02-04', '02-09', '02-11'])
    expect(starts('MP1 1+ MO #3')).toEqual(['02-02', '03-02', '04-06'])
    expect(starts('MD1 2 #2')).toEqual(['02-02', '03-02'])
    expect(starts('D1 20260204T100000Z')).toEqual(['02-02', '02-03', '02-04'])
    // Nothing said: twice.
    expect(starts('W1')).toEqual(['02-02', '02-09'])
  })

  test('has tasks', () => {
    expect(read(old('BEGIN:VTODO', 'UID:t', 'SUMMARY:do', 'STATUS:COMPLETED', 'END:VTODO')).calendar.tasks).toMatchObject([
      { uid: 't', complete: true },
    ])
  })
})
