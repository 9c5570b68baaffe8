// When and where a meeting takes place, in English sentences for whoever reads the mail instead of the calendar.
import { localOf } from '../../format/time-zone.ts'
import type { CalendarEvent, Place, Span } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import type { Recurrence } from '../../model/recurrence.ts'
import type { ZoneId } from '../../model/zone.ts'

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const
const ordinals = ['first', 'second', 'third', 'fourth', 'last'] as const

const utc = 'UTC' as ZoneId
const day = 86_400_000

function dateWords({ day: dayOfMonth, month, year }: Temporal.PlainDateTime): string {
  return `${dayOfMonth} ${months[month - 1]} ${year}`
}

function longDateWords(local: Temporal.PlainDateTime): string {
  return `${weekdays[local.dayOfWeek % 7]}, ${dateWords(local)}`
}

function clockWords({ hour, minute }: Temporal.PlainDateTime): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}

/** What a zone is called: its IANA name, or the offset of one that has none. */
function zoneWords(zone: ZoneId, at: Instant): string {
  if (!zone.startsWith('rules:')) return zone
  const minutes = Math.round((localOf(zone, at).toZonedDateTime('UTC').epochMilliseconds - at) / 60_000)
  const clock = new Date(Math.abs(minutes) * 60_000).toISOString().slice(11, 16)
  return `UTC${minutes < 0 ? '-' : '+'}${clock}`
}

/** `Tuesday, 3 March 2026, 10:00 to 11:00 (Europe/Berlin)`. */
export function spanWords({ allDay, start, end }: Span, zone: ZoneId): string {
  if (allDay) {
    const first = longDateWords(localOf(utc, start))
    return end - start <= day ? `${first}, all day` : `${first} to ${longDateWords(localOf(utc, end - day))}, all day`
  }
  const [from, to] = [localOf(zone, start), localOf(zone, end)]
  const isOneDay = from.toPlainDate().equals(to.toPlainDate())
  const until = isOneDay ? clockWords(to) : `${longDateWords(to)}, ${clockWords(to)}`
  return `${longDateWords(from)}, ${clockWords(from)} to ${until} (${zoneWords(zone, start)})`
}

function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

function daysWords(daysOfWeek: number): string {
  if (daysOfWeek === 127) return 'day'
  if (daysOfWeek === 62) return 'weekday'
  return joinWords(weekdays.filter((_, index) => (daysOfWeek & (1 << index)) !== 0))
}

function every(interval: number, unit: string): string {
  return interval === 1 ? `Every ${unit}` : `Every ${interval} ${unit}s`
}

function patternWords({ type, interval, daysOfWeek, dayOfMonth, weekOfMonth, monthOfYear }: Recurrence): string {
  const nth = `the ${ordinals[(weekOfMonth ?? 1) - 1] ?? 'first'} ${daysWords(daysOfWeek ?? 127)}`
  const month = months[(monthOfYear ?? 1) - 1] ?? 'the leap month'
  const monthDay = dayOfMonth === 127 ? 'the last day' : `day ${dayOfMonth ?? 1}`
  switch (type) {
    case 0:
      return daysOfWeek === null ? every(interval, 'day') : `${every(interval, 'week')} on ${daysWords(daysOfWeek)}`
    case 1:
      return daysOfWeek === null ? every(interval, 'week') : `${every(interval, 'week')} on ${daysWords(daysOfWeek)}`
    case 2:
      return `${every(interval, 'month')} on ${monthDay}`
    case 3:
      return `${every(interval, 'month')} on ${nth}`
    case 5:
      return `${every(interval, 'year')} on ${dayOfMonth === 127 ? `the last day of ${month}` : `${dayOfMonth ?? 1} ${month}`}`
    case 6:
      return `${every(interval, 'year')} on ${nth} of ${month}`
  }
}

function endWords({ until, occurrences }: Recurrence, allDay: boolean, zone: ZoneId): string {
  if (until !== null) return `, until ${dateWords(localOf(allDay ? utc : zone, until))}`
  if (occurrences !== null) return occurrences === 1 ? ', once' : `, ${occurrences} times`
  return ''
}

/** How a series repeats; null for what does not. */
export function recurrenceWords({ recurrence, allDay, zone }: CalendarEvent): string | null {
  return recurrence === null ? null : `${patternWords(recurrence)}${endWords(recurrence, allDay, zone)}`
}

/** The place as one line; null where nothing is known. */
export function placeWords(place: Place | null): string | null {
  if (place === null) return null
  const { name, street, postalCode, city, state, country } = place
  const town = [postalCode, city].filter((part) => part !== null && part !== '').join(' ')
  const parts = [name, street, town, state, country].filter((part): part is string => part !== null && part !== '')
  // Outlook's name of a place often is its address.
  const distinct = parts.filter((part, index) => index === 0 || !(parts[0] ?? '').includes(part))
  return distinct.length === 0 ? null : distinct.join(', ').replaceAll(/\s+/g, ' ')
}
