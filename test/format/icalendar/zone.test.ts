// Time zones that are written are those whose clocks they describe, in every year that an event touches.
import ICAL from 'ical.js'
import { expect, test } from 'vitest'
import { readCalendar } from '../../../src/format/icalendar.ts'
import { localOf } from '../../../src/format/time-zone.ts'
import type { ZoneId } from '../../../src/model/zone.ts'
import { calendar, rewritten, vevent, written, read, now } from './support.ts'

const utc = 'UTC' as ZoneId

/** What a calendar defines for a series that begins in 2000 and goes on. */
function definition(zone: string): string[] {
  const out = rewritten(calendar(...vevent(`DTSTART;TZID=${zone}:20000615T120000`, 'RRULE:FREQ=DAILY')))
  return out.slice(out.indexOf('BEGIN:VTIMEZONE'), out.indexOf('END:VTIMEZONE') + 1)
}

const zones = [
  'Europe/Berlin',
  'Europe/Dublin',
  'Australia/Lord_Howe',
  'America/New_York',
  'Africa/Casablanca',
  'America/Santiago',
  'Asia/Gaza',
  'Asia/Kolkata',
  'Pacific/Apia',
  'Asia/Tehran',
  'Europe/Moscow',
]

for (const zone of zones) {
  test(`${zone}: another program reads the same clock from its definition, from 2000 to 2030`, () => {
    const theirs = ICAL.Timezone.fromData({
      component: new ICAL.Component(ICAL.parse(definition(zone).join('\r\n')) as unknown[]),
      tzid: zone,
    })
    for (let at = Date.UTC(2000, 6, 1, 12); at < Date.UTC(2030, 0); at += 11 * 86_400_000) {
      const local = localOf(zone as ZoneId, at)
      const time = new ICAL.Time(
        { year: local.year, month: local.month, day: local.day, hour: local.hour, minute: local.minute, second: 0 },
        theirs,
      )
      expect(`${new Date(at).toISOString()} ${time.utcOffset()}`).toBe(
        `${new Date(at).toISOString()} ${(local.toZonedDateTime('UTC').epochMilliseconds - at) / 1000}`,
      )
    }
  })

  test(`${zone}: a name that nobody knows with its definition is read as the same clock`, () => {
    const named = definition(zone).map((line) => line.replace(`TZID:${zone}`, 'TZID:Our place'))
    const text = calendar(...named.filter((line) => !line.startsWith('X-LIC')), ...vevent('DTSTART;TZID=Our place:20260615T120000'))
    const [told] = readCalendar(text, utc, now).events
    expect(localOf(zone as ZoneId, told!.event.start).toString()).toBe('2026-06-15T12:00:00')
  })
}

test('a zone whose clocks go by one rule is defined by two, as Outlook wants it', () => {
  expect(definition('Europe/Berlin').filter((line) => /^(?:BEGIN:|RRULE)/.test(line))).toEqual([
    'BEGIN:VTIMEZONE',
    'BEGIN:DAYLIGHT',
    'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
    'BEGIN:STANDARD',
    'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  ])
})

test('dates and times in UTC define no zone', () => {
  for (const start of ['DTSTART;VALUE=DATE:20260201', 'DTSTART:20260201T100000Z'])
    expect(rewritten(calendar(...vevent(start)))).not.toContain('BEGIN:VTIMEZONE')
})

test('what is foreign and names a zone has it defined', () => {
  const text = calendar(...vevent('DTSTART:20260201T100000Z', 'X-SEEN;VALUE=DATE-TIME;TZID=Asia/Tokyo:20260101T000000'))
  expect(written(read(text).calendar)).toContain('TZID:Asia/Tokyo')
})
