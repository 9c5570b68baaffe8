// Days in vCard: whole ones in every form, and those without a year, which Apple and phones call 1604.
import type { Instant } from '../../model/id.ts'
import type { PlainDay } from '../../model/zone.ts'

/** The year of a day without one: what iOS keeps, shows without a year and sends over ActiveSync. It is a leap year. */
const noYear = '1604'

export interface FoundDay {
  readonly day: PlainDay
  /** The line says more than the day: a time, for one. */
  readonly more: boolean
}

function dayOf(year: string, month: string, day: string): PlainDay | null {
  try {
    return Temporal.PlainDate.from(`${year}-${month}-${day}`, { overflow: 'reject' }).toString() as PlainDay
  } catch {
    return null
  }
}

/** The day that a value says (RFC 6350 4.3.1, RFC 2426 3.1.5); null where it says less than a day of a month. */
export function readDay(value: string): FoundDay | null {
  const whole = /^(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ](.*))?$/.exec(value.trim())
  const part = whole ?? /^(--)(\d\d)-?(\d\d)(?:[Tt ](.*))?$/.exec(value.trim())
  if (part === null) return null
  const [, year = '', month = '', date = '', time] = part
  const day = dayOf(year === '--' ? noYear : year, month, date)
  return day === null ? null : { day, more: time !== undefined }
}

/** A value and its parameters for a day. */
export function writeDay(
  day: PlainDay,
  version: '3.0' | '4.0',
): { readonly value: string; readonly parameters: readonly [string, string][] } {
  const isYearless = day.startsWith(`${noYear}-`)
  if (version === '3.0') return { value: day, parameters: isYearless ? [['X-APPLE-OMIT-YEAR', noYear]] : [] }
  const digits = day.replaceAll('-', '')
  return { value: isYearless ? `--${digits.slice(4)}` : digits, parameters: [] }
}

/** The moment of a REV (RFC 6350 4.3.5; RFC 2426 3.6.4 with its separators, or the day alone); null for what is none. */
export function readTime(value: string): Instant | null {
  const [, year, month, day, hours = '00', minutes = '00', seconds = '00', fraction = '', offset = 'Z'] =
    /^(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ](\d\d):?(\d\d):?(\d\d)([.,]\d+)?\s*([Zz]|[+-]\d\d(?::?\d\d)?)?)?$/.exec(value.trim()) ?? []
  try {
    const text = `${year}-${month}-${day}T${hours}:${minutes}:${seconds}${fraction.replace(',', '.').slice(0, 4)}${offset}`
    return Temporal.Instant.from(text).epochMilliseconds
  } catch {
    return null
  }
}

/** A moment as both versions read it. */
export function writeTime(at: Instant): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '')
}

/** Whether a parameter says that the year is none, in the year that we write for none. */
export function isYearOmitted(value: string | undefined): boolean {
  return value === noYear
}
