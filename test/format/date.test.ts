// Dates of mail, by the standard and beside it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDate } from '../../src/format/date.ts'

test.each([
  ['Fri, 21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06Z'],
  ['21 Nov 97 09:55:06 GMT', '1997-11-21T09:55:06Z'],
  ['Tue, 1 Jul 2003 10:52:37 +0200 (CEST)', '2003-07-01T08:52:37Z'],
  ['Thu,\t13 Feb 1969 23:32 -0330 (Newfoundland Time)', '1969-02-14T03:02:00Z'],
  ['Fri, 21 Nov 1997 09(comment):   55  :  06 -0600', '1997-11-21T15:55:06Z'],
  ['Mon, 5 Jan 2026 10:00:00 PST', '2026-01-05T18:00:00Z'],
  ['Mon, 5 Jan 2026 10:00:00 UT', '2026-01-05T10:00:00Z'],
  ['Mon, 5 Jan 2026 10:00:00', '2026-01-05T10:00:00Z'],
  ['Mon, 05-Jan-2026 10:00:00 GMT+02:00', '2026-01-05T08:00:00Z'],
  ['Mon, 5 January 2026 10.00.00 Z', '2026-01-05T10:00:00Z'],
  ['5 Jan 2026 1:30 PM +0000', '2026-01-05T13:30:00Z'],
  ['5 Jan 2026 12:30 AM +0000', '2026-01-05T00:30:00Z'],
  ['Mon Jan  5 10:00:00 2026', '2026-01-05T10:00:00Z'],
  ['Mon Jan  5 10:00:00 CET 2026', '2026-01-05T09:00:00Z'],
  ['Jan 5, 2026 10:00:00 -0500', '2026-01-05T15:00:00Z'],
  ['2026-01-05T10:00:00+01:00', '2026-01-05T09:00:00Z'],
  ['2026-01-05 10:00:00.123 Z', '2026-01-05T10:00:00Z'],
  ['31 Dec 2016 23:59:60 +0000', '2017-01-01T00:00:00Z'],
  ['Mon, 5 Jan 49 10:00:00 +0000', '2049-01-05T10:00:00Z'],
  ['Mon, 5 Jan 126 10:00:00 +0000', '2026-01-05T10:00:00Z'],
])('%j is %s', (text, instant) => {
  expect(parseDate(text)).toBe(Date.parse(instant))
})

test.each([
  '',
  'yesterday',
  'Pn, 29 paX 2007 21:13:00 +0100',
  '40 Jan 2026 10:00:00',
  '5 Jan 2026 25:00:00',
  '5 Jan 2026 10:99:00',
  '1 Jan 0001 00:00:00',
  'Thu,',
])('%j is no date', (text) => {
  expect(parseDate(text)).toBeNull()
})

test('what toUTCString writes comes back, and no text throws', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1950-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), fc.string(), (date, text) => {
      const second = Math.floor(date.getTime() / 1000) * 1000
      expect(parseDate(new Date(second).toUTCString())).toBe(second)
      const odd = parseDate(text)
      expect(odd === null || Number.isInteger(odd)).toBe(true)
    }),
  )
})
