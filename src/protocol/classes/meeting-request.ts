// The meeting that a message is about, as an answer tells it (MS-ASEMAIL 2.2.2.48): read from the message when it is told, never kept.
import { formatAddress } from '../../format/address.ts'
import { globalObjectIdOf } from '../../format/global-object-id.ts'
import type { VEvent } from '../../format/icalendar.ts'
import { cutUtf8, speakable } from '../../format/text.ts'
import { blobOf, localOf, startOfDay } from '../../format/time-zone.ts'
import { ownsAddress } from '../../mail/local-address.ts'
import { compareRevisions } from '../../mail/meeting/entry.ts'
import { intendedStatus } from '../../mail/meeting/intended-status.ts'
import { storedMeetingNews, type MeetingNews } from '../../mail/meeting/itip.ts'
import type { Account } from '../../model/account.ts'
import type { Dialect } from '../../model/dialect.ts'
import type { Email, MeetingUpdate } from '../../model/email.ts'
import type { CalendarEvent } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import { recordOf, type Source } from '../../model/item.ts'
import type { RecordText } from '../../model/record.ts'
import type { Mailbox } from '../../store/mailbox.ts'
import type { Call } from '../command.ts'
import { busyOut } from './calendar/occasion.ts'
import { placeOut } from './calendar/place.ts'
import { recurrenceOut } from './calendar/recurrence.ts'
import type { MeetingRequest } from './meeting-request-schema.ts'

export interface Meeting {
  readonly request: MeetingRequest
  /** The part of the message that tells of it: not a file to whoever is told here. */
  readonly part: string
  /** What its organizer writes. */
  readonly text: RecordText | null
}

const uidBytesMax = 1024
/** MS-ASEMAIL 2.2.2.63: seconds, in an unsignedShort. */
const reminderSecondsMax = 65_535

/**
 * The meeting that a message is about; null where there is none that concerns the account: an invitation it sent itself, an answer to
 * somebody else. Looks at nothing but messages of that class.
 */
export async function meetingOf(
  email: Email,
  source: Source,
  mailbox: Mailbox,
  { account, house, dialect }: Call,
): Promise<Meeting | null> {
  const news = await storedMeetingNews(source, email.envelope, house.zoneOf(account), email.received)
  if (news === null) return null
  const [told] = news.events
  const { organizer } = told.event
  const isOrganizer = organizer !== null && ownsAddress(account, organizer.address)
  const isAnswer = news.method === 'REPLY' || news.method === 'COUNTER'
  // MS-ASEMAIL 2.2.2.48: whoever can respond is told, and the organizer is told of responses.
  if (organizer === null ? isAnswer : isOrganizer !== isAnswer) return null
  const held = news.method === 'REQUEST' ? await eventHeld(mailbox, told) : null
  return {
    request: requestOf(news, told, { held, update: email.state.meetingUpdate ?? null, from: email.envelope.from[0], account, dialect }),
    part: news.part,
    text: told.event.text,
  }
}

/** What the calendar holds of the same meeting. */
async function eventHeld(mailbox: Mailbox, { event }: VEvent): Promise<CalendarEvent | null> {
  const items = await mailbox.read((await mailbox.withUid('Calendar', event.uid)).slice(-1))
  const [item] = items.values()
  return item === undefined ? null : recordOf(item, 'Calendar')
}

interface Telling {
  readonly held: CalendarEvent | null
  readonly update: MeetingUpdate | null
  readonly from: Email['envelope']['from'][number] | undefined
  readonly account: Account
  readonly dialect: Dialect
}

function requestOf({ method }: MeetingNews, told: VEvent, telling: Telling): MeetingRequest {
  const { event, instance } = told
  const { dialect } = telling
  const { zone, allDay } = event
  const organizer = event.organizer ?? telling.from
  // A date begins at midnight of the zone that stands beside it, in every version: unlike Calendar, mail always tells its zone.
  const at = (instant: Instant) => tellable(allDay ? startOfDay(zone, instant) : instant)
  return {
    AllDayEvent: allDay,
    StartTime: at(event.start),
    DtStamp: tellable(event.stamp),
    EndTime: at(event.end),
    InstanceType: instanceType(told, telling),
    ...(event.place === null ? {} : placeOut(event.place)),
    ...(organizer === undefined ? {} : { Organizer: formatAddress(organizer) }),
    ...(instance === null ? {} : { RecurrenceId: at(instance) }),
    ...(event.reminder === null ? {} : { Reminder: Math.min(Math.max(event.reminder, 0) * 60, reminderSecondsMax) }),
    ResponseRequested: method === 'REQUEST' && isAnswerWanted(event, telling.account),
    ...(event.recurrence === null
      ? {}
      : { Recurrences: { Recurrence: recurrenceOut(event.recurrence, allDay, { zone, floating: false }) } }),
    Sensitivity: event.sensitivity,
    BusyStatus: busyOut(intendedStatus(event), dialect.floatingDays),
    TimeZone: blobOf(zone, event.start),
    ...nameOut(event, instance, dialect),
    DisallowNewTimeProposal: event.disallowNewTimeProposal,
    MeetingMessageType: method === 'REQUEST' ? messageType(event, telling) : 0,
    ...(method === 'COUNTER' ? { ProposedStartTime: at(event.start), ProposedEndTime: at(event.end) } : {}),
  }
}

/** The years that a dateTime can say. */
function tellable(at: Instant): Instant {
  return at >= -62_167_219_200_000 && at <= 253_402_300_799_999 ? Math.trunc(at) : 0
}

function nameOut({ uid, zone, allDay }: CalendarEvent, instance: Instant | null, { globalObjectId }: Dialect) {
  const name = speakable(uid)
  if (!globalObjectId) return { UID: cutUtf8(name, uidBytesMax) }
  const day =
    instance === null
      ? null
      : allDay
        ? new Temporal.Instant(BigInt(instance) * 1_000_000n).toZonedDateTimeISO('UTC')
        : localOf(zone, instance)
  return { GlobalObjId: globalObjectIdOf(name, day === null ? null : day.toPlainDate()) }
}

/** MS-ASEMAIL 2.2.2.39: 0 single, 1 a series, 3 an exception; from 16.0 on 4 where nobody told of its series. */
function instanceType({ event, instance }: VEvent, { held, dialect }: Telling): number {
  if (instance === null) return event.recurrence === null ? 0 : 1
  return dialect.instanceEdits && (held === null || held.recurrence === null) ? 4 : 3
}

function isAnswerWanted({ attendees, responseRequested }: CalendarEvent, account: Account): boolean {
  return attendees.find(({ address }) => ownsAddress(account, address))?.responseRequested ?? responseRequested
}

const messageTypes: Readonly<Record<MeetingUpdate, number>> = { initial: 1, full: 2, informational: 3, outdated: 4 }

/** MS-ASEMAIL 2.2.2.47. What the calendar has heard since makes a message outdated; phones that have it already are not told again. */
function messageType(event: CalendarEvent, { held, update }: Telling): number {
  if (held !== null && compareRevisions(event, held) < 0) return messageTypes.outdated
  return messageTypes[update ?? (event.sequence === 0 ? 'initial' : 'full')]
}
