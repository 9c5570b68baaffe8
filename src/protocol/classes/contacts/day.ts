// Birthdays and anniversaries: days in the store, points in time on the wire, which each client writes in its own way.
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
const day = 24 * hour

/** As the client is told of a day; null for one that no dateTime can say. */
export function dayOut(value: PlainDay, form: DayForm, zone: ZoneId): Instant | null {
  const date = Temporal.PlainDate.from(value)
  if (date.year < 1 || date.year > 9998) return null
  const inZone = date.toZonedDateTime(form === 'local midnight' ? zone : 'UTC').epochMilliseconds
  return form === 'local midnight' ? inZone : inZone + form * hour
}

function dayOf(instant: Instant, zone: string): PlainDay {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate().toString() as PlainDay
}

/**
 * The day that a client means. A local midnight is rounded to the nearest one of the account's zone, since phones travel, and disagree
 * about the summer times of long ago. Others write the day in UTC; but one that nobody knows may well write a local midnight, and is
 * believed where it is exactly that of the account's zone and not the hour that we wrote.
 */
export function dayIn(instant: Instant, form: DayForm, zone: ZoneId): PlainDay {
  if (form === 'local midnight') return dayOf(instant + 12 * hour, zone)
  const isOurs = ((instant % day) + day) % day === form * hour
  const local = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone)
  const isMidnight = local.hour === 0 && local.minute === 0 && local.second === 0
  return form === plainHour && isMidnight && !isOurs ? dayOf(instant, zone) : dayOf(instant, 'UTC')
}
