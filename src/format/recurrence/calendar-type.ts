// The calendars that a recurrence can be told in: CalendarType (MS-ASCAL 2.2.2.10), RSCALE (RFC 7529), and Temporal's.

/**
 * Names of CLDR, as RSCALE has them in capitals and Temporal in small letters. Whatever is not listed counts years otherwise and months and
 * days as Gregorian does (the emperors' eras of Japan, Taiwan, Tangun, Thailand), or is Gregorian.
 */
const calendars: Readonly<Record<number, string>> = {
  // Windows reckons the Hijri calendar by table, from the Thursday.
  6: 'ISLAMIC-TBLA',
  8: 'HEBREW',
  15: 'CHINESE',
  16: 'INDIAN',
  17: 'CHINESE',
  18: 'DANGI',
  20: 'DANGI',
  23: 'ISLAMIC-UMALQURA',
}

/** Japan's lunar calendars: reckoned on another meridian than China's, and by nothing that is at hand. */
const unknown: ReadonlySet<number> = new Set([14, 19])

/** What a client may be sent; 16 to 19 and 23 must not be. */
const types: Readonly<Record<string, number>> = { 'ISLAMIC-TBLA': 6, HEBREW: 8, CHINESE: 15, DANGI: 20 }

/** Whether nothing here can reckon in the calendar: such a recurrence is kept and given back, and takes place once. */
export function isReckonable(calendarType: number): boolean {
  return !unknown.has(calendarType)
}

/** RSCALE of a CalendarType; null for the Gregorian calendar. */
export function calendarOfType(calendarType: number): string | null {
  return calendars[calendarType] ?? null
}

/** CalendarType of an RSCALE; 0 (what is usual) where there is none. */
export function typeOfCalendar(calendar: string | null): number {
  return (calendar === null ? null : types[calendar]) ?? 0
}

/** The month of a date in a calendar as RSCALE writes it, and its day. */
export function dateIn(calendar: string | null, local: number): { month: string; day: number } {
  const date = plainDate(calendar, local)
  return { month: monthOfCode(date.monthCode), day: date.day }
}

/** The date of a local time. Throws RangeError for a calendar that nobody knows. */
export function plainDate(calendar: string | null, local: number): Temporal.PlainDate {
  const date = Temporal.Instant.fromEpochMilliseconds(local).toZonedDateTimeISO('UTC').toPlainDate()
  return calendar === null ? date : date.withCalendar(calendar.toLowerCase())
}

/** `M05L` of Temporal for `5L` of RSCALE. */
export function codeOfMonth(month: string): string {
  return `M${month.endsWith('L') ? month.padStart(3, '0') : month.padStart(2, '0')}`
}

function monthOfCode(code: string): string {
  return code.replace(/^M0?/, '')
}
