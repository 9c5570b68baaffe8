// Which invitation a client answers: the mail that brought it, or what stands in the calendar; clients name either, in whatever folder.
import type { VEvent } from '../../../format/icalendar.ts'
import { entriesOf } from '../../../mail/meeting/arrival.ts'
import type { Entry } from '../../../mail/meeting/entry.ts'
import { storedMeetingNews } from '../../../mail/meeting/itip.ts'
import { isOwn, sendersOf, withSenders } from '../../../mail/meeting/standing.ts'
import type { Envelope } from '../../../model/email.ts'
import type { CalendarEvent } from '../../../model/event.ts'
import { folderType } from '../../../model/folder.ts'
import { parseServerId, type Instant, type ServerId } from '../../../model/id.ts'
import type { Item } from '../../../model/item.ts'
import { StoreFailure } from '../../../store/failure.ts'
import type { Mailbox } from '../../../store/mailbox.ts'
import type { Call } from '../../command.ts'
import { Failure } from '../../error.ts'

/** A mail that invites. */
export interface RequestMail {
  readonly id: ServerId
  /** Several where it asks for several occurrences of a series at once. */
  readonly told: readonly [VEvent, ...VEvent[]]
}

export interface Invitation {
  readonly uid: string
  /** The one occurrence that is answered, as the mail or the client names it; null for the whole. */
  readonly instance: Instant | null
  /** The item of the calendar that the client named; null where it named the mail. */
  readonly named: ServerId | null
  /** The mail that asked, and what the organizer told in it; null where it is not there any more. */
  readonly mail: { readonly id: ServerId; readonly told: VEvent } | null
}

/** MS-ASEMAIL 2.2.2.49. */
const requestClass = 'IPM.Schedule.Meeting.Request'

/**
 * The item a client names. What was answered lies in Deleted Items by now: a client that heard nothing of it names it by its old id, and is
 * understood. Null for what is gone or never was.
 */
async function itemNamed(id: ServerId, mailbox: Mailbox): Promise<Item | null> {
  const item = (await mailbox.read([id])).get(id)
  if (item !== undefined) return item
  if ((await mailbox.changes([id])).get(id)?.gone !== true) return null
  const trash = await mailbox.defaultFolder(folderType.deletedItems)
  try {
    const moved = await mailbox.move(id, trash.id)
    return (await mailbox.read([moved.id])).get(moved.id) ?? null
  } catch (thrown) {
    if (thrown instanceof StoreFailure && thrown.reason === 'item-not-found') return null
    throw thrown
  }
}

/** What a mail tells: its sender is the organizer where it names none. */
function toldBy(told: VEvent, envelope: Envelope): VEvent {
  const { from } = envelope
  const organizer = told.event.organizer ?? from[0] ?? null
  return { ...told, event: { ...told.event, organizer, foreign: withSenders(told.event.foreign, organizer, sendersOf(envelope)) } }
}

/** The invitation in a mail; null if it is none. */
async function requestMail(item: Item, mailbox: Mailbox, { account, house }: Call): Promise<RequestMail | null> {
  if (item.content.class !== 'Email') return null
  const { envelope } = item.content.email
  const source = envelope.messageClass === requestClass ? await mailbox.source(item.id) : null
  if (source === null) return null
  const news = await storedMeetingNews(source, envelope, house.zoneOf(account), house.clock.now())
  if (news?.method !== 'REQUEST') return null
  const [first, ...others] = news.events
  return { id: item.id, told: [toldBy(first, envelope), ...others.map((told) => toldBy(told, envelope))] }
}

/** How far back in the inbox the mail of an event of the calendar is looked for. */
const mailsMax = 1000
const pageSize = 200
/** Mail is seldom older than what it tells, but clocks go wrong. */
const slackMilliseconds = 7 * 86_400_000

/** The mail in the inbox that invited to what stands in the calendar; null if it is not there (any more). */
async function mailOf({ uid, stamp }: CalendarEvent, instance: Instant | null, mailbox: Mailbox, call: Call): Promise<Invitation['mail']> {
  const inbox = await mailbox.defaultFolder(folderType.inbox)
  const feed = mailbox.items(inbox.id, 'Email')
  let cursor = null
  for (let looked = 0; looked < mailsMax; looked += pageSize) {
    const page = await feed.newestFirst(cursor, stamp - slackMilliseconds, pageSize)
    for (const item of (await feed.read(page.changes.map(({ id }) => id))).values()) {
      const mail = await requestMail(item, mailbox, call)
      // One that asks for more than is answered stays.
      if (mail?.told.length === 1 && mail.told[0].event.uid === uid && mail.told[0].instance === instance)
        return { id: mail.id, told: mail.told[0] }
    }
    if (page.next === null) return null
    cursor = page.next
  }
  return null
}

/**
 * The invitations that `id` names, which get one answer: a mail may ask for several occurrences. Throws ItemMalformed for what cannot be answered: other items, what the account organizes itself, an
 * occurrence of a mail (MS-ASCMD 2.2.3.177.9, Status 2); NoRecurrenceInCalendar for an occurrence of what has none.
 */
export async function findInvitations(id: string, instance: Instant | null, call: Call): Promise<readonly Invitation[]> {
  const mailbox = await call.house.store.mailbox(call.account.id)
  const item = parseServerId(id) === null ? null : await itemNamed(id as ServerId, mailbox)
  if (item?.content.class === 'Calendar') {
    const event = item.content.record
    if ((event.meetingStatus & 1) === 0 || isOwn(event, call.account)) throw new Failure('ItemMalformed', 'no invitation')
    // MS-ASCMD 2.2.3.92.1.
    if (instance !== null && event.recurrence === null) throw new Failure('NoRecurrenceInCalendar')
    return [{ uid: event.uid, instance, named: item.id, mail: await mailOf(event, instance, mailbox, call) }]
  }
  const mail = item === null ? null : await requestMail(item, mailbox, call)
  if (mail === null) throw new Failure('ItemMalformed', 'no invitation')
  if (instance !== null) throw new Failure('ItemMalformed', 'an occurrence of a mail')
  if (mail.told.some(({ event }) => isOwn({ organizer: event.organizer, meetingStatus: 1 }, call.account)))
    throw new Failure('ItemMalformed', 'an invitation of his own')
  return mail.told.map((told) => ({ uid: told.event.uid, instance: told.instance, named: null, mail: { id: mail.id, told } }))
}

/** Everything that the calendar has of an invitation, that which the client named first. */
export async function entriesFor({ uid, named }: Invitation, mailbox: Mailbox): Promise<readonly Entry[]> {
  const entries = await entriesOf(mailbox, uid)
  return entries.toSorted((one, other) => Number(other.id === named) - Number(one.id === named))
}
