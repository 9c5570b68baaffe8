// Who takes part in a meeting, and what of it those people are told: the organizer's own views of it stay with him.
import type { Account } from '../../model/account.ts'
import type { Attendee, CalendarEvent, Exception, Occasion, Person } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import { addressKey, isSendable, ownsAddress } from '../local-address.ts'

/** MS-ASCAL 2.2.2.28, the bits of MeetingStatus. */
export const meetingBit = { meeting: 1, received: 2, cancelled: 4 } as const

/** Whether the organizer called it off. */
export function isCancelled({ meetingStatus = 0 }: { readonly meetingStatus?: number }): boolean {
  return (meetingStatus & meetingBit.cancelled) !== 0
}

/** Who stands behind the meeting, and whose address its mail comes from: one of the account's. */
export function organizerOf({ organizer }: CalendarEvent, account: Account): Person {
  const address = organizer !== null && ownsAddress(account, organizer.address) ? organizer.address : account.address
  const name = organizer === null || organizer.name === '' ? account.displayName : organizer.name
  return { name, address }
}

/** Those who can be written to, each once, by the keys of their addresses; the organizer is not his own guest. */
export function guestsOf(attendees: readonly Attendee[], account: Account): ReadonlyMap<string, Attendee> {
  const guests = new Map<string, Attendee>()
  for (const attendee of attendees) {
    const key = addressKey(attendee.address)
    if (isSendable(attendee.address) && !ownsAddress(account, attendee.address) && !guests.has(key)) guests.set(key, attendee)
  }
  return guests
}

/** Whether an exception takes place at all. */
export function takesPlace({ deleted, changes }: Exception): boolean {
  return !deleted && !isCancelled(changes)
}

/** An exception with what it inherits of its series. */
export function occasionOf(event: CalendarEvent, { original, changes }: Exception): Occasion {
  const { allDay = event.allDay, start = original, end = original + (event.end - event.start) } = changes
  return { ...event, ...changes, allDay, start, end }
}

/** What guests are told of an occasion, to be compared: two that are equal need no mail. */
export function gist(occasion: Occasion): string {
  const { allDay, start, end, subject, place, text, attendees, files, onlineMeetingLink, onlineMeetingExternalLink } = occasion
  const people = attendees.map(({ address, type }) => `${addressKey(address)} ${type}`).toSorted()
  const names = files.map(({ number, name }) => [number, name])
  return JSON.stringify([allDay, start, end, subject, place, text, people, names, onlineMeetingLink, onlineMeetingExternalLink])
}

/** The time of a series or a single event, to be compared: where it differs, guests have to answer anew. */
export function timing({ allDay, start, end, zone, recurrence }: CalendarEvent): string {
  // A zone says nothing of a single time.
  return JSON.stringify([allDay, start, end, recurrence, recurrence === null || allDay ? null : zone])
}

/** The exceptions of an event by their original starts. */
export function exceptionsOf({ exceptions }: CalendarEvent): ReadonlyMap<Instant, Exception> {
  return new Map(exceptions.map((exception) => [exception.original, exception]))
}
