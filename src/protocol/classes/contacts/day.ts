// Birthdays and anniversaries: days in the store, points in time on the wire, which each client writes in its own way.
import { dayOf, localOf, startOfDay } from '../../../format/time-zone.ts'
import type { Instant } from '../../../model/id.ts'
import type { PlainDay, ZoneId } from '../../../model/zone.ts'
import type { Quirks } from '../../quirks.ts'

/** How a client writes a day: as the midnight of its zone, or as an hour of UTC. */
export type DayForm = 'local midnight' | number

/**
 * MS-ASCNTC 2.2.2.3 and 2.2.2.6: the time is to be ignored and "might be 11:59". Noon is what shifts the day in the fewest zones
 * where a client does not ignore it.
 */
const plainHour = 12

/** The form that a client wants, and writes. */
export function dayFormOf(quirks: Quirks): DayForm {
  if (quirks.daysAtLocalMidnight) return 'local midnight'
  if (quirks.daysAtMidnight) return 0
  if (quirks.daysInTheMorning) return 8
  return quirks.daysBeforeNoon ? 11 : plainHour
}

const hour = 3_600_000

const utc = 'UTC' as ZoneId

function plain(midnight: Instant): PlainDay {
  return localOf(utc, midnight).toPlainDate().toString() as PlainDay
}

const quarter = 900_000
const [winter, summer] = [Date.UTC(2001, 0, 1), Date.UTC(2001, 6, 1)]

/**
 * When a day begins for a phone in `zone`. Before there was a time for whole countries clocks went by the sun (a birthday without a year
 * is one of 1604), and phones need not know how: the later of that midnight and the one of today lies in the day for either.
 */
function localMidnight(zone: ZoneId, midnight: Instant): Instant {
  const begin = startOfDay(zone, midnight)
  if ((midnight - begin) % quarter === 0) return begin
  const offset = Math.min(winter - startOfDay(zone, winter), summer - startOfDay(zone, summer))
  const today = midnight - offset
  // Samoa and others have crossed the date line since.
  return Math.abs(today - begin) < 3 * hour ? Math.max(begin, today) : begin
}

/** As the client is told of a day; null for one that no dateTime can say. */
export function dayOut(value: PlainDay, form: DayForm, zone: ZoneId): Instant | null {
  const date = Temporal.PlainDate.from(value)
  // In some zone it begins in the year before.
  if (date.year < 1 || date.year > 9998) return null
  const midnight = date.toZonedDateTime(utc).epochMilliseconds
  return form === 'local midnight' ? localMidnight(zone, midnight) : midnight + form * hour
}

/**
 * The day that a client means. A local midnight is rounded to the nearest one of the account's zone, since phones travel, and disagree
 * about the summer times of long ago. Others write the day in UTC; but one that nobody knows may well write a local midnight, and is
 * believed where it is exactly that of the account's zone and not the hour that we wrote.
 */
export function dayIn(instant: Instant, form: DayForm, zone: ZoneId): PlainDay {
  if (form === 'local midnight') return plain(dayOf(zone, instant + 12 * hour))
  const isOurs = localOf(utc, instant).hour === form
  const local = dayOf(zone, instant)
  const isMidnight = startOfDay(zone, local) === instant
  return plain(form === plainHour && isMidnight && !isOurs ? local : dayOf(utc, instant))
}
