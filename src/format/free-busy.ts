// Free and busy times: what of a calendar, working hours and an absence they are, and as the digits that phones are told.
import type { CalendarEvent, Occasion } from '../model/event.ts'
import type { Instant } from '../model/id.ts'
import type { WorkingHours } from '../model/working-hours.ts'
import type { ZoneId } from '../model/zone.ts'
import { eventOccurrences } from './recurrence.ts'
import { dayOf, instantOf, localOf, startOfDay } from './time-zone.ts'

/** MS-ASCMD 2.2.3.107: 1 tentative, 2 busy, 3 out of office. */
export type Digit = 1 | 2 | 3

/** A time that is not free. */
export interface BusyTime {
  readonly start: Instant
  readonly end: Instant
  readonly digit: Digit
}

const minute = 60_000
const day = 24 * 60 * minute
/** MS-ASCMD 2.2.3.107. */
const interval = 30 * minute
/** A date begins at most 14 hours before it does in Greenwich, and ends at most 12 hours behind. */
export const dateSlack = day
/** Of one series: it may go by the minute, and 42 days have 2016 digits. */
const occurrencesMax = 5000

/** The times that an event takes between `from` and `to`, whole ones; all-day ones as its owner in `zone` has them. */
export function busyTimes(event: CalendarEvent, zone: ZoneId, from: Instant, to: Instant): readonly BusyTime[] {
  return eventOccurrences(event, from - dateSlack, to + dateSlack, occurrencesMax)
    .flatMap(({ occasion }) => busyTime(occasion, zone))
    .filter(({ start, end }) => start < to && end > from)
}

function busyTime(occasion: Occasion, zone: ZoneId): readonly BusyTime[] {
  const digit = digitOf(occasion)
  if (digit === null) return []
  const { allDay, start, end } = occasion
  const time = allDay ? { start: startOfDay(zone, start), end: startOfDay(zone, end) } : { start, end }
  // What begins and ends at once takes no time.
  return time.start < time.end ? [{ ...time, digit }] : []
}

/** Null where it takes no time: cancelled, declined, free. */
function digitOf({ busyStatus, meetingStatus, responseType }: Occasion): Digit | null {
  const isCancelled = (meetingStatus & 4) !== 0
  if (isCancelled || responseType === 4 || busyStatus === 0) return null
  // MS-ASCAL 2.2.2.8 calls 4 "working elsewhere": he can be met, and the digit 4 would say that nothing is known of him.
  return busyStatus === 4 ? null : busyStatus
}

/** The times between `from` and `to` outside of working hours, by the clock of `zone`. */
export function timesOff({ days, start, end }: WorkingHours, zone: ZoneId, from: Instant, to: Instant): readonly BusyTime[] {
  const off: BusyTime[] = []
  let free = from
  for (let date = dayOf(zone, from); date < to + dateSlack; date += day) {
    const midnight = localOf('UTC' as ZoneId, date)
    if (!days.includes(midnight.dayOfWeek % 7)) continue
    const begins = instantOf(zone, midnight.add({ minutes: start }))
    if (begins > free) off.push({ start: free, end: Math.min(begins, to), digit: 3 })
    free = Math.max(free, instantOf(zone, midnight.add({ minutes: end })))
    if (free >= to) return off
  }
  return [...off, { start: free, end: to, digit: 3 }]
}

/**
 * MS-ASCMD 2.2.3.107: a digit for each half hour from `from` on, the last one for what is left; of several times the highest. A time counts
 * in every half hour that it has a moment in common with.
 */
export function mergedFreeBusy(times: readonly BusyTime[], from: Instant, to: Instant): string {
  const digits = new Uint8Array(Math.ceil((to - from) / interval))
  for (const { start, end, digit } of times) {
    const first = Math.max(0, Math.floor((start - from) / interval))
    const last = Math.min(digits.length, Math.ceil((Math.min(end, to) - from) / interval))
    for (let at = first; at < last; at++) digits[at] = Math.max(digits[at] ?? 0, digit)
  }
  return digits.join('')
}
