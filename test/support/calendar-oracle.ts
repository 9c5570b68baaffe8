// ical.js as a second opinion: when and as what the events of a calendar take place, and what they say of themselves.
import ICAL from 'ical.js'

export interface Seen {
  readonly uid: string
  readonly start: number
  readonly end: number
  readonly summary: string
  readonly location: string
  readonly attendees: readonly string[]
}

const occurrencesMax = 60

/** What ical.js sees in a calendar before a time. Throws what ical.js throws. */
export function seenByOracle(text: string, until: number): Seen[] {
  const parsed = [ICAL.parse(text)].flat() as unknown[]
  const tops = (typeof parsed[0] === 'string' ? [parsed] : parsed).map((jcal) => new ICAL.Component(jcal as never))
  const events = tops.flatMap((top) => (top.name === 'vevent' ? [top] : top.getAllSubcomponents('vevent')))
  for (const zone of tops.flatMap((top) => top.getAllSubcomponents('vtimezone'))) ICAL.TimezoneService.register(zone)
  try {
    return newest(events.filter((event) => event.hasProperty('dtstart'))).flatMap((event) => seen(event, events, until))
  } finally {
    ICAL.TimezoneService.reset()
  }
}

/** RFC 5546 2.1.5: of one UID the highest SEQUENCE counts, then the latest DTSTAMP. */
function newest(events: readonly ICAL.Component[]): ICAL.Component[] {
  const chosen = new Map<string, ICAL.Component>()
  const rank = (event: ICAL.Component) =>
    Number(event.getFirstPropertyValue('sequence') ?? 0) * 1e15 + instant(event.getFirstPropertyValue('dtstamp'))
  for (const event of events) {
    const key = `${String(event.getFirstPropertyValue('uid'))} ${String(event.getFirstPropertyValue('recurrence-id'))}`
    const known = chosen.get(key)
    if (known === undefined || rank(known) < rank(event)) chosen.set(key, event)
  }
  return [...chosen.values()].filter((event) => !event.hasProperty('recurrence-id'))
}

function instant(value: unknown): number {
  if (!(value instanceof ICAL.Time)) return 0
  // Dates, and times by the clock alone, are told as if they were of UTC.
  return value.isDate || value.zone === ICAL.Timezone.localTimezone
    ? Date.UTC(value.year, value.month - 1, value.day, value.hour, value.minute, value.second)
    : value.toUnixTime() * 1000
}

function seen(component: ICAL.Component, all: readonly ICAL.Component[], until: number): Seen[] {
  const uid = component.getFirstPropertyValue('uid')
  const exceptions = all.filter((other) => other.hasProperty('recurrence-id') && other.getFirstPropertyValue('uid') === uid)
  const event = new ICAL.Event(component, { exceptions, strictExceptions: false })
  const told = (item: ICAL.Event, start: ICAL.Time, end: ICAL.Time): Seen => ({
    uid: String(uid ?? ''),
    start: instant(start),
    end: instant(end),
    summary: item.summary ?? '',
    location: item.location ?? '',
    attendees: item.attendees.map((attendee) => String(attendee.getFirstValue())),
  })
  if (!event.isRecurring()) return [told(event, event.startDate, event.endDate)]
  const found: Seen[] = []
  const iterator = event.iterator()
  for (let next = iterator.next(); next && found.length < occurrencesMax; next = iterator.next()) {
    if (instant(next) >= until) break
    const { item, startDate, endDate } = event.getOccurrenceDetails(next)
    found.push(told(item, startDate, endDate))
  }
  return found
}
