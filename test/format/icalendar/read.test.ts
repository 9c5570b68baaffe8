// What a calendar says is understood, however it is written.
import { describe, expect, test } from 'vitest'
import { CalendarFormatError, calendarText, readCalendar } from '../../../src/format/icalendar.ts'
import { berlin, calendar, event, now, only, onlyTold, read, rewritten, vevent } from './support.ts'

const hour = 3_600_000
const day = 24 * hour
const start = 'DTSTART:20260201T100000Z'

describe('times', () => {
  test('with a zone, in UTC, of a day', () => {
    expect(event('DTSTART;TZID=Europe/Berlin:20260201T100000', 'DTEND;TZID=Europe/Berlin:20260201T113000')).toMatchObject({
      allDay: false,
      start: Date.UTC(2026, 1, 1, 9),
      end: Date.UTC(2026, 1, 1, 10, 30),
      zone: 'Europe/Berlin',
    })
    expect(event(start, 'DTEND:20260201T110000Z')).toMatchObject({ start: Date.UTC(2026, 1, 1, 10), zone: 'UTC' })
    expect(event('DTSTART;VALUE=DATE:20260201', 'DTEND;VALUE=DATE:20260203')).toMatchObject({
      allDay: true,
      start: Date.UTC(2026, 1, 1),
      end: Date.UTC(2026, 1, 3),
      zone: 'Europe/Berlin',
    })
  })

  test('a duration stands for an end; days go by the clock, hours by the second', () => {
    const dst = 'DTSTART;TZID=Europe/Berlin:20260328T120000'
    expect(event(dst, 'DURATION:P1D').end - event(dst).start).toBe(23 * hour)
    expect(event(dst, 'DURATION:PT24H').end - event(dst).start).toBe(24 * hour)
    expect(event('DTSTART;VALUE=DATE:20260201', 'DURATION:P2D').end).toBe(Date.UTC(2026, 1, 3))
  })

  test('without an end, or with one before the start, an event takes no time and a day takes a day', () => {
    expect(event(start)).toMatchObject({ start: Date.UTC(2026, 1, 1, 10), end: Date.UTC(2026, 1, 1, 10) })
    expect(event(start, 'DTEND:20260101T100000Z').end).toBe(Date.UTC(2026, 1, 1, 10))
    expect(event('DTSTART;VALUE=DATE:20260201').end - event('DTSTART;VALUE=DATE:20260201').start).toBe(day)
    expect(event('DTSTART;VALUE=DATE:20260201', 'DTEND;VALUE=DATE:20260201').end).toBe(Date.UTC(2026, 1, 2))
  })

  test('by the clock alone are taken in the zone of the reader, and go out by the clock alone', () => {
    const text = calendar(...vevent('DTSTART:20260201T100000', 'DTEND:20260201T110000'))
    expect(only(text)).toMatchObject({ start: Date.UTC(2026, 1, 1, 9), zone: 'Europe/Berlin' })
    expect(rewritten(text)).toEqual(expect.arrayContaining(['DTSTART:20260201T100000', 'DTEND:20260201T110000']))
    expect(rewritten(text)).not.toContain('BEGIN:VTIMEZONE')
  })

  test('of a flight, with one zone for the start and another for the end', () => {
    const lines = ['DTSTART;TZID=Europe/Berlin:20260201T100000', 'DTEND;TZID=America/New_York:20260201T130000']
    expect(event(...lines).end).toBe(Date.UTC(2026, 1, 1, 18))
    expect(rewritten(calendar(...vevent(...lines)))).toEqual(expect.arrayContaining(lines))
  })

  test('midnights that Outlook marks as a whole day are one', () => {
    const lines = ['DTSTART;TZID=W. Europe Standard Time:20260201T000000', 'DTEND;TZID=W. Europe Standard Time:20260202T000000']
    expect(event(...lines).allDay).toBe(false)
    expect(event(...lines, 'X-MICROSOFT-CDO-ALLDAYEVENT:TRUE')).toMatchObject({
      allDay: true,
      start: Date.UTC(2026, 1, 1),
      end: Date.UTC(2026, 1, 2),
    })
  })

  test('a zone that nobody knows goes by its own definition', () => {
    const zone = (name: string) => [
      'BEGIN:VTIMEZONE',
      `TZID:${name}`,
      'BEGIN:STANDARD',
      'DTSTART:16011028T030000',
      'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0100',
      'END:STANDARD',
      'BEGIN:DAYLIGHT',
      'DTSTART:16010325T020000',
      'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0200',
      'END:DAYLIGHT',
      'END:VTIMEZONE',
    ]
    const lines = (tzid: string) => calendar(...zone('Head office'), ...vevent(`DTSTART;TZID=${tzid}:20260701T100000`))
    expect(only(lines('Head office')).start).toBe(Date.UTC(2026, 6, 1, 8))
    expect(only(lines('"Head office"')).start).toBe(Date.UTC(2026, 6, 1, 8))
    const odd = [...zone('odd')].map((line) => line.replace('+0100', '-0417'))
    expect(only(calendar(...odd, ...vevent('DTSTART;TZID=odd:20260101T100000'))).start).toBe(Date.UTC(2026, 0, 1, 14, 17))
  })

  test('a zone with a colon in its name and no quotes around it', () => {
    expect(event('DTSTART;TZID=(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna:20260201T100000').start).toBe(
      Date.UTC(2026, 1, 1, 9),
    )
  })
})

describe('fields', () => {
  test('text, place, categories, classes', () => {
    const told = event(
      start,
      'SUMMARY:Lunch\\, early\\; or late\\nand long',
      'DESCRIPTION:C:\\\\temp \\N next',
      'LOCATION:Café',
      'GEO:48.85;2.29',
      'CATEGORIES:Work,a\\,b\\\\',
      'CATEGORIES:Work,Home',
      'CLASS:CONFIDENTIAL',
    )
    expect(told).toMatchObject({
      subject: 'Lunch, early; or late\nand long',
      text: { type: 1, text: 'C:\\temp \n next' },
      place: { name: 'Café', latitude: 48.85, longitude: 2.29, street: null },
      categories: ['Work', 'a,b\\', 'Home'],
      sensitivity: 3,
    })
  })

  test('html is preferred to plain text, unless there is nothing to read in it', () => {
    expect(event(start, 'DESCRIPTION:hi', 'X-ALT-DESC;FMTTYPE=text/html:<p>hi\\, <b>there</b></p>').text).toEqual({
      type: 2,
      text: '<p>hi, <b>there</b></p>',
    })
    expect(event(start, 'DESCRIPTION:hi', 'X-ALT-DESC;FMTTYPE=text/html:<html><body></body></html>').text).toEqual({ type: 1, text: 'hi' })
  })

  test('busy, free, away', () => {
    expect(event(start).busyStatus).toBe(2)
    expect(event(start, 'TRANSP:TRANSPARENT').busyStatus).toBe(0)
    expect(event(start, 'STATUS:TENTATIVE').busyStatus).toBe(1)
    expect(event(start, 'X-MICROSOFT-CDO-BUSYSTATUS:OOF', 'TRANSP:OPAQUE').busyStatus).toBe(3)
    expect(event(start, 'X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE').busyStatus).toBe(4)
  })

  test('people, with everything that is said of them', () => {
    const lines = [
      'ORGANIZER;CN="Doe, Jane";SENT-BY="mailto:pa@example.com":mailto:jane@example.com',
      'ATTENDEE;CN=Bob;ROLE=CHAIR;PARTSTAT=ACCEPTED;RSVP=TRUE:MAILTO:bob@example.com',
      'ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:c@example.com","mailto:d@example.com":mailto:o@example.com',
      'ATTENDEE;CUTYPE=ROOM:room@example.com',
      "ATTENDEE;CN=^'x^' ^^;CUTYPE=GROUP:urn:uuid:1234",
    ]
    const { organizer, attendees, meetingStatus, responseRequested } = event(start, ...lines)
    expect(organizer).toEqual({ name: 'Doe, Jane', address: 'jane@example.com' })
    expect(attendees).toMatchObject([
      { name: 'Bob', address: 'bob@example.com', type: 1, status: 3, responseRequested: true, parameters: { role: 'CHAIR' } },
      { type: 2, status: 0, parameters: { partstat: 'DELEGATED', 'delegated-to': ['mailto:c@example.com', 'mailto:d@example.com'] } },
      { address: 'room@example.com', type: 3, parameters: { cutype: 'ROOM' } },
      { name: '"x" ^', address: '', type: 1, parameters: { cutype: 'GROUP' } },
    ])
    expect([meetingStatus, responseRequested]).toEqual([1, true])
    const out = rewritten(calendar(...vevent(start, ...lines)))
    expect(out).toEqual(
      expect.arrayContaining([
        'ORGANIZER;CN="Doe, Jane";SENT-BY="mailto:pa@example.com":mailto:jane@example.com',
        expect.stringMatching(/^ATTENDEE;.*DELEGATED-TO="mailto:c@example.com","mailto:d@example.com":mailto:o@example.com$/),
        expect.stringMatching(/^ATTENDEE;CN="\^'x\^' \^\^".*:urn:uuid:1234$/),
      ]),
    )
  })

  test('the first alarm before the start is the reminder; others are kept', () => {
    const alarms = [
      'BEGIN:VALARM',
      'ACTION:EMAIL',
      'TRIGGER:-P1D',
      'ATTENDEE:mailto:a@example.com',
      'SUMMARY:x',
      'DESCRIPTION:y',
      'END:VALARM',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'TRIGGER;RELATED=END:-PT5M',
      'DESCRIPTION:Reminder',
      'END:VALARM',
      'BEGIN:VALARM',
      'ACTION:AUDIO',
      'X-WR-ALARMUID:77',
      'TRIGGER:-PT1H30M',
      'END:VALARM',
    ]
    const text = calendar(...vevent(start, ...alarms))
    expect(only(text).reminder).toBe(90)
    const out = rewritten(text)
    expect(out.filter((line) => line === 'BEGIN:VALARM')).toHaveLength(3)
    expect(out).toEqual(expect.arrayContaining(['X-WR-ALARMUID:77', 'TRIGGER:-PT90M', 'ACTION:EMAIL', 'TRIGGER;RELATED=END:-PT5M']))
    expect(event(start, 'BEGIN:VALARM', 'ACTION:DISPLAY', 'TRIGGER:PT5M', 'END:VALARM').reminder).toBeNull()
  })

  test('files come along, links stay links', () => {
    const lines = [
      'ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=text/plain;FILENAME=a b.txt:aGVsbG8=',
      'ATTACH;FMTTYPE=text/html:https://example.com/a',
    ]
    const { event, source } = onlyTold(calendar(...vevent(start, ...lines)))
    expect(event.files).toMatchObject([{ number: 1, name: 'a b.txt', type: 'text/plain', start: 0, end: 5 }])
    expect(event.lastFile).toBe(1)
    expect(Buffer.from(source).toString()).toBe('hello')
    expect(rewritten(calendar(...vevent(start, ...lines)))).toEqual(expect.arrayContaining(lines))
  })

  test('the place that Apple and Exchange tell more of', () => {
    const apple = 'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS="1 Infinite Loop";X-APPLE-RADIUS=70;X-TITLE=Apple:geo:37.33,-122.03'
    const text = calendar(...vevent(start, 'LOCATION:Apple\\n1 Infinite Loop', apple))
    expect(only(text).place).toMatchObject({ name: 'Apple\n1 Infinite Loop', latitude: 37.33, longitude: -122.03 })
    expect(rewritten(text)).toContain(
      'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS=1 Infinite Loop;X-APPLE-RADIUS=70;X-TITLE=Apple:geo:37.33,-122.03',
    )
    const exchange = 'X-MICROSOFT-LOCATIONS:[{"DisplayName":"Room 1"\\,"LocationStreet":"Main St. 1"\\,"LocationCity":""}]'
    expect(event(start, exchange).place).toMatchObject({ name: 'Room 1', street: 'Main St. 1', city: null })
  })

  test('what nobody here knows goes out as it came', () => {
    const lines = [
      'X-ODD;X-P="a;b";X-Q=1,2:some\\,thing; with: marks',
      'URL:https://example.com/?a=1,2',
      'RELATED-TO;RELTYPE=PARENT:two',
      'CREATED:20200101T000000Z',
      'PRIORITY:3',
      'COMMENT:a\\, b',
      'CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL=Meet:https://meet.example.com/x',
      'RESOURCES:Projector,Chairs\\, ten',
      'X-DATE;VALUE=DATE:20260101',
      'REQUEST-STATUS:2.0;Success',
      'STATUS:CONFIRMED',
      'CLASS:X-SECRET',
      'SUMMARY;LANGUAGE=de:Besprechung',
    ]
    expect(rewritten(calendar('X-WR-CALNAME:Mine', ...vevent(start, ...lines)))).toEqual(
      expect.arrayContaining(['X-WR-CALNAME:Mine', ...lines]),
    )
    expect(event(start, ...lines)).toMatchObject({ sensitivity: 2, subject: 'Besprechung' })
  })

  test('components that nobody here knows go out as they came', () => {
    const journal = ['BEGIN:VJOURNAL', 'UID:j', 'DTSTAMP:20260101T000000Z', 'SUMMARY:Dear diary', 'END:VJOURNAL']
    expect(rewritten(calendar(...journal, ...vevent(start))).join('\n')).toContain(journal.join('\n'))
  })

  test('a meeting that was called off is cancelled', () => {
    expect(event(start, 'ORGANIZER:mailto:a@example.com', 'STATUS:CANCELLED').meetingStatus).toBe(5)
    expect(rewritten(calendar(...vevent(start, 'STATUS:CANCELLED')))).toContain('STATUS:CANCELLED')
  })
})

describe('names', () => {
  test('an event without a UID has the same one tomorrow', () => {
    const text = (stamp: string) => calendar('BEGIN:VEVENT', start, 'SUMMARY:a', `DTSTAMP:${stamp}`, 'END:VEVENT')
    expect(only(text('20260101T000000Z')).uid).toBe(only(text('20260202T000000Z')).uid)
    expect(only(text('20260101T000000Z')).uid).toMatch(/^[0-9a-f]{64}$/)
  })

  test('of two events of one name the newer counts; two that are not of different age are two', () => {
    const told = (...lines: string[]) => read(calendar(...lines)).calendar.events.map(({ event }) => event.subject)
    expect(told(...vevent(start, 'SEQUENCE:2', 'SUMMARY:new'), ...vevent(start, 'SEQUENCE:1', 'SUMMARY:old'))).toEqual(['new'])
    expect(told(...vevent(start, 'SUMMARY:a'), ...vevent(start, 'SUMMARY:b'))).toEqual(['a', 'b'])
    expect(told(...vevent(start, 'SUMMARY:a'), ...vevent(start, 'SUMMARY:a'))).toEqual(['a'])
  })

  test('a UID that is longer than ours can be is kept apart from others', () => {
    const long = (end: string) => only(calendar('BEGIN:VEVENT', `UID:${'x'.repeat(2000)}${end}`, start, 'END:VEVENT')).uid
    expect(long('a')).toHaveLength(64)
    expect(long('a')).not.toBe(long('b'))
  })
})

describe('broken calendars', () => {
  test('bare line feeds, blank lines, lower case, a byte order mark', () => {
    const text = `\ufeffbegin:vcalendar\nversion:2.0\n\nbegin:vevent\nuid:one\ndtstart:20260201T100000Z\nsummary:a\n  b\nend:vevent\nend:vcalendar`
    expect(only(text).subject).toBe('a b')
  })

  test('lines that were folded without a space, and text that was never folded', () => {
    const long = `DESCRIPTION:${'x'.repeat(63)}`
    expect(event(start, `${long}\r\nyyy`).text?.text).toBe(`${'x'.repeat(63)}yyy`)
    expect(event(start, 'DESCRIPTION:first\r\nNote: second\r\nthird').text?.text).toBe('first\nNote: second\nthird')
  })

  test('Latin-1, and UTF-8 that was folded within a character', () => {
    const latin = Buffer.from(calendar(...vevent(start, 'SUMMARY:Müller')), 'latin1')
    expect(only(calendarText(latin)).subject).toBe('Müller')
    const utf8 = Buffer.from(calendar(...vevent(start, 'SUMMARY:Müller')))
    const at = utf8.indexOf(0xc3) + 1
    const folded = Buffer.concat([utf8.subarray(0, at), Buffer.from('\r\n '), utf8.subarray(at)])
    expect(only(calendarText(folded)).subject).toBe('Müller')
    expect(only(calendarText(Buffer.from(`\ufeff${calendar(...vevent(start))}`, 'utf16le'))).uid).toBe('one')
  })

  test('what is not closed ends where what surrounds it ends', () => {
    expect(
      read('BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260201\r\nBEGIN:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20260202').calendar
        .events,
    ).toHaveLength(2)
  })

  test('an event outside of any calendar is one', () => {
    expect(only(vevent(start).join('\n')).uid).toBe('one')
  })

  test('several calendars in one file are one', () => {
    const other = calendar('METHOD:PUBLISH', 'BEGIN:VEVENT', 'UID:two', start, 'END:VEVENT')
    expect(read(calendar(...vevent(start)) + other).calendar).toMatchObject({
      method: 'PUBLISH',
      events: [{ event: { uid: 'one' } }, { event: { uid: 'two' } }],
    })
  })

  test('what cannot be taken is told with its number, and the rest goes in', () => {
    const { calendar: told, refused } = read(
      calendar('BEGIN:VEVENT', 'SUMMARY:a', 'END:VEVENT', ...vevent(start), 'BEGIN:VEVENT', 'DTSTART:soon', 'END:VEVENT'),
    )
    expect(told.events).toHaveLength(1)
    expect(refused).toEqual([
      { number: 1, reason: 'the event "a" cannot be taken: it does not say when it begins' },
      { number: 3, reason: 'the event cannot be taken: "soon" is no date to begin on' },
    ])
  })

  test('what is no calendar is refused in a sentence', () => {
    for (const text of ['', 'hello', 'BEGIN:VCARD\r\nEND:VCARD', '\0\0\0'])
      expect(() => readCalendar(text, berlin, now)).toThrow(CalendarFormatError)
    expect(() => readCalendar(calendar('BEGIN:VEVENT', 'END:VEVENT'), berlin, now)).toThrow('it does not say when it begins')
  })

  test('components within components within components come to an end', () => {
    const deep = 'BEGIN:VEVENT\n'.repeat(100_000)
    expect(read(`BEGIN:VCALENDAR\n${deep}`).calendar.events).toEqual([])
  })

  test('names that mean something to JavaScript mean nothing here', () => {
    const lines = ['__PROTO__:x', 'CONSTRUCTOR;TOSTRING=1:x', 'X-A;__PROTO__=1;HASOWNPROPERTY=2:x']
    expect(rewritten(calendar(...vevent(start, ...lines)))).toContain('CONSTRUCTOR;TOSTRING=1:x')
  })

  test('control characters never arrive', () => {
    expect(event(start, 'SUMMARY:a\u0000b\u0007', 'X-A:\u0001').subject).toBe('ab')
  })
})

describe('iTIP', () => {
  test('a cancellation need not say when', () => {
    const { calendar: told } = read(
      calendar('METHOD:CANCEL', 'BEGIN:VEVENT', 'UID:one', 'DTSTAMP:20260101T000000Z', 'SEQUENCE:3', 'END:VEVENT'),
    )
    expect(told).toMatchObject({ method: 'CANCEL', events: [{ event: { uid: 'one', sequence: 3 }, instance: null }] })
  })

  test('one occurrence alone says which', () => {
    const text = calendar(
      'METHOD:REQUEST',
      ...vevent('RECURRENCE-ID;TZID=Europe/Berlin:20260201T100000', 'DTSTART;TZID=Europe/Berlin:20260201T110000'),
    )
    const told = onlyTold(text)
    expect(told).toMatchObject({ instance: Date.UTC(2026, 1, 1, 9), event: { start: Date.UTC(2026, 1, 1, 10), recurrence: null } })
    expect(rewritten(text).filter((line) => line.startsWith('RECURRENCE-ID'))).toEqual(['RECURRENCE-ID;TZID=Europe/Berlin:20260201T100000'])
  })
})
