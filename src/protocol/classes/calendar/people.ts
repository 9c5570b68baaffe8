// Who takes part in an event, who organizes it, and what its owner is in it (MS-ASCAL 2.2.2.3, 2.2.2.28, 2.2.2.35).
import { parseAddresses } from '../../../format/address.ts'
import { speakable } from '../../../format/text.ts'
import type { Account } from '../../../model/account.ts'
import type { Attendee, CalendarEvent, Occasion, Person } from '../../../model/event.ts'
import { Failure } from '../../error.ts'
import { tellable } from './times.ts'
import type { AttendeeIn, AttendeeOut, EventChange } from './schema.ts'

/** MeetingStatus is a sum of these. */
export const meeting = { isMeeting: 1, received: 2, cancelled: 4 } as const

/** More people than any phone lets its user invite. */
const attendeesMax = 500
/** As long as addresses may be (RFC 5321 4.5.3.1), and names are cut as short. */
const textCharsMax = 320

const clean = (text: string | undefined) => speakable(text ?? '').trim()

/** Whether the event was received from somebody else: an attendee's copy. */
export function isReceived({ meetingStatus }: Pick<Occasion, 'meetingStatus'>): boolean {
  return (meetingStatus & meeting.received) !== 0
}

/** Whether an address is the account's own. */
export function isOwn(address: string, account: Account): boolean {
  return account.addresses.includes(address.toLowerCase())
}

/** Whether somebody else organizes the event: an import knows the organizer and not whose calendar it came to. */
export function isTheirs(event: Pick<CalendarEvent, 'meetingStatus' | 'organizer'>, account: Account): boolean {
  return isReceived(event) || (event.organizer !== null && !isOwn(event.organizer.address, account))
}

/** Whose event it is where nobody was named. */
export function holder({ displayName, address }: Account): Person {
  return { name: displayName, address }
}

const answers = [0, 2, 3, 4, 5] as const

function statusIn(sent: number | undefined, before: Attendee | undefined): Attendee['status'] {
  const stood = before?.status ?? 0
  const told = answers.find((answer) => answer === sent)
  if (told === undefined) return stood
  // An answer that came by mail is not lost to a phone that has not heard of it.
  return told === 0 || told === 5 ? (stood === 0 ? told : stood) : told
}

const nameOut = ({ name, address }: Person): string => (name === '' ? address : name)

/** The address alone where it stands behind a name: MS-ASCAL 2.2.2.19 lets Email be any text, and mail goes to an address. */
function addressIn(text: string): string {
  const isNamed = text.includes('<') && text.length <= 2 * textCharsMax
  const [only, ...more] = isNamed ? parseAddresses(text) : []
  return only === undefined || more.length > 0 || !only.address.includes('@') ? text : only.address
}

/** The attendees that a client names. Those it repeats keep their answers; whoever has no address cannot be invited. */
export function attendeesIn(sent: readonly AttendeeIn[], before: readonly Attendee[]): readonly Attendee[] {
  // An event that came with more is not to be refused for what a client repeats of it.
  if (sent.length > Math.max(attendeesMax, before.length)) throw new Failure('ItemMalformed', `${sent.length} attendees`)
  const known = new Map(before.map((attendee) => [attendee.address.toLowerCase(), attendee]))
  const found = new Map<string, Attendee>()
  for (const { Email, Name, AttendeeStatus, AttendeeType } of sent) {
    const name = clean(Name)
    // Outlook leaves out addresses of those who were there already.
    const told = clean(Email)
    const own = known.has(told.toLowerCase()) ? told : addressIn(told)
    const address = own === '' ? (before.find((one) => one.name === name)?.address ?? '') : own
    const key = address.toLowerCase()
    const stood = known.get(key)
    if (address === '' || (stood === undefined && address.length > textCharsMax)) continue
    if (found.has(key)) continue
    // Who has no name is told by his address.
    const isKnown = stood !== undefined && (name === '' || name === clean(nameOut(stood)))
    found.set(key, {
      name: isKnown ? stood.name : name.slice(0, textCharsMax).toWellFormed(),
      address: stood?.address ?? address,
      type: AttendeeType ?? stood?.type ?? 1,
      status: statusIn(AttendeeStatus, stood),
      repliedAt: stood?.repliedAt ?? null,
      proposed: stood?.proposed ?? null,
      responseRequested: stood?.responseRequested ?? null,
      parameters: stood?.parameters ?? {},
    })
  }
  return [...found.values()]
}

/**
 * Attendees as a client is told them. Their answers stand on the organizer's copy alone: iOS 7 takes a copy that shows them for its
 * owner's own event.
 */
export function attendeesOut(attendees: readonly Attendee[], received: boolean): AttendeeOut[] {
  return attendees.map(({ name, address, type, status, proposed }) => ({
    Email: speakable(address),
    Name: speakable(nameOut({ name, address })),
    ...(received ? {} : { AttendeeStatus: status }),
    AttendeeType: type,
    ...(received || proposed === null ? {} : { ProposedStartTime: tellable(proposed.start), ProposedEndTime: tellable(proposed.end) }),
  }))
}

/** What of an event depends on who organizes it. */
export type Part = Pick<CalendarEvent, 'organizer' | 'attendees' | 'meetingStatus' | 'responseType'>

function organizerIn({ OrganizerName, OrganizerEmail }: EventChange): Person | null {
  const address = addressIn(clean(OrganizerEmail))
  return address === '' ? null : { name: clean(OrganizerName), address }
}

/** Whether a new event is somebody else's: the organizer's address says so, and where there is none the client. */
function comesFromElsewhere(sent: EventChange, organizer: Person | null, account: Account): boolean {
  return organizer === null ? ((sent.MeetingStatus ?? 0) & meeting.received) !== 0 : !isOwn(organizer.address, account)
}

/**
 * The owner's part after a client's Add (`before` null) or Change. An attendee's copy cannot say who organizes or takes part: that
 * stays as it is, whatever came.
 */
export function partIn(sent: EventChange, attendees: readonly Attendee[], before: CalendarEvent | null, account: Account): Part {
  if (before !== null && isTheirs(before, account)) {
    const { organizer, attendees: stood, meetingStatus, responseType } = before
    return { organizer, attendees: stood, meetingStatus, responseType }
  }
  const told = organizerIn(sent)
  if (before === null && comesFromElsewhere(sent, told, account)) {
    const cancelled = (sent.MeetingStatus ?? 0) & meeting.cancelled
    return { organizer: told, attendees, meetingStatus: meeting.isMeeting | meeting.received | cancelled, responseType: 5 }
  }
  if (attendees.length === 0) return { organizer: null, attendees, meetingStatus: 0, responseType: 0 }
  const cancelled = (sent.MeetingStatus ?? before?.meetingStatus ?? 0) & meeting.cancelled
  const organizer = told !== null && isOwn(told.address, account) ? told : (before?.organizer ?? holder(account))
  return { organizer, attendees, meetingStatus: meeting.isMeeting | cancelled, responseType: 1 }
}
