// Who may say what about a meeting: a mail says who sent it, a calendar who organizes and who takes part (RFC 6047 3).
import type { Account } from '../../model/account.ts'
import type { Envelope } from '../../model/email.ts'
import type { Attendee, CalendarEvent, Person } from '../../model/event.ts'
import type { Foreign, ForeignProperty } from '../../model/record.ts'
import { addressKey, ownsAddress, splitAddress } from '../local-address.ts'

/** The mailbox a mail comes from, as far as anybody can check that; none where it is written so that readers differ. */
export type Senders = ReadonlySet<string>

/**
 * Who sent a mail: its author. Nobody checks a Sender (DMARC looks at From alone), so that whoever owns some domain could write anybody into
 * it; and where two authors stand in one From, programs check the one and show the other.
 */
export function sendersOf({ from }: Pick<Envelope, 'from'>): Senders {
  const [author, ...others] = from
  return new Set(author === undefined || others.length > 0 ? [] : [addressKey(author.address)].filter((key) => key !== ''))
}

/** The account to whom a mail came, and the mail as far as it says who speaks. */
export interface Hearing {
  readonly account: Account
  readonly senders: Senders
  /** Whose address it comes from, where that is somebody of this server: he may have been spoken to under another one. */
  readonly speaker: Account | null
  /** It came through a list, whose members stand nowhere. */
  readonly throughList: boolean
}

export function isSamePerson(one: Person, other: Person): boolean {
  return addressKey(one.address) === addressKey(other.address)
}

/** Whether both are one person: by address, or as the `speaker` whom both addresses belong to. */
export function isSameGuest(one: Person, other: Person, { speaker }: Pick<Hearing, 'speaker'>): boolean {
  return isSamePerson(one, other) || (speaker !== null && ownsAddress(speaker, one.address) && ownsAddress(speaker, other.address))
}

/** Whether an event is the account's to change: it organizes the meeting, or there is nobody else in it. */
export function isOwn({ organizer, meetingStatus }: Pick<CalendarEvent, 'organizer' | 'meetingStatus'>, account: Account): boolean {
  return (meetingStatus & 2) === 0 && (organizer === null || ownsAddress(account, organizer.address))
}

/** Whether the account is meant: by name, in a group that is invited, or as a member of the list that the mail went to. */
export function isInvited(attendees: readonly Attendee[], { account, throughList }: Hearing): boolean {
  if (throughList) return true
  return attendees.some(
    ({ address, parameters }) => ownsAddress(account, address) || String(parameters['cutype']).toUpperCase() === 'GROUP',
  )
}

/** Where an event keeps who sent its invitation for the organizer: a service that invites for people writes from an address of its own. */
const senderName = 'x-easel-sender'

/** Who brought an invitation, beside what else foreign formats said of the event; nothing where its organizer sent it himself. */
export function withSenders(foreign: Foreign | null, organizer: Person | null, senders: Senders): Foreign | null {
  const { properties = [], components = [] } = foreign ?? {}
  const others = properties.filter(([name]) => name !== senderName)
  const isHimself = organizer === null || senders.has(addressKey(organizer.address))
  const kept = isHimself ? [] : [...senders].map((sender): ForeignProperty => [senderName, {}, 'cal-address', `mailto:${sender}`])
  return others.length + kept.length + components.length === 0 ? null : { properties: [...others, ...kept], components }
}

/** Where the event's own notes of who sends for its organizer are to stay through an update. */
export function keptSenders(foreign: Foreign | null, before: Foreign | null): Foreign | null {
  const kept = (before?.properties ?? []).filter(([name]) => name === senderName)
  if (kept.length === 0) return foreign
  return { properties: [...(foreign?.properties ?? []), ...kept], components: foreign?.components ?? [] }
}

/**
 * Whether a mail comes from the organizer of an event, as far as mail can tell: from his address, from where the invitation itself came
 * from, or from whom it named as sending for him (SENT-BY). What the mail's own calendar declares counts for nothing: its author could
 * declare himself.
 */
export function isFromOrganizer({ organizer, foreign }: Pick<CalendarEvent, 'organizer' | 'foreign'>, senders: Senders): boolean {
  if (organizer === null) return false
  if (senders.has(addressKey(organizer.address))) return true
  return (foreign?.properties ?? []).some(
    ([name, parameters, , value]) =>
      (name === senderName && isOneOf(value, senders)) || (name === 'organizer' && isOneOf(parameters['sent-by'], senders)),
  )
}

function isOneOf(uri: unknown, senders: Senders): boolean {
  return typeof uri === 'string' && senders.has(addressKey(uri.replace(/^mailto:/i, '')))
}

/**
 * Whether a mail comes from this attendee, or from somebody who answers for him (SENT-BY): where all of them are of the account's own house,
 * since at a large provider of mail strangers share a domain.
 */
export function isFromAttendee({ address, parameters }: Attendee, { account, senders, speaker }: Hearing): boolean {
  if (senders.has(addressKey(address)) || (speaker !== null && ownsAddress(speaker, address))) return true
  const declared = addressKey(String(parameters['sent-by'] ?? '').replace(/^mailto:/i, ''))
  const houseOf = (whose: string) => splitAddress(addressKey(whose))?.domain
  const house = houseOf(account.address)
  return senders.has(declared) && house !== undefined && houseOf(declared) === house && houseOf(address) === house
}

/** The list of attendees with what the account itself answered. */
export function withOwnAnswer(attendees: readonly Attendee[], account: Account, status: Attendee['status']): readonly Attendee[] {
  return attendees.map((attendee) => (ownsAddress(account, attendee.address) ? { ...attendee, status } : attendee))
}
