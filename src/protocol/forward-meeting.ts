// SmartForward with Forwardees (16.x, MS-ASCMD 2.2.3.79): the server brings a meeting to new guests, and the organizer learns of it.
import { entriesOf } from '../mail/meeting/arrival.ts'
import { standing } from '../mail/meeting/entry.ts'
import { forwardMails, forwardNotice, isMeeting, withGuests, type Forward } from '../mail/meeting/forward.ts'
import { isOwn } from '../mail/meeting/standing.ts'
import { accountOf, addressKey, isSendable } from '../mail/local-address.ts'
import { submissionId, submit } from '../mail/submission.ts'
import type { Account } from '../model/account.ts'
import { defaultOptions } from '../model/collection.ts'
import type { CalendarEvent, Person } from '../model/event.ts'
import { parseServerId, type Instant, type ServerId } from '../model/id.ts'
import type { RecordText } from '../model/record.ts'
import type { Mailbox } from '../store/mailbox.ts'
import { recordDraft } from '../store/record.ts'
import type { Unit } from '../store/store.ts'
import { textIn, type RecordBody } from './classes/record-body.ts'
import type { Call } from './command.ts'
import { submissionFailure } from './compose-mail.ts'
import { emptyReply, type Reply } from './define.ts'
import { Failure } from './error.ts'
import { toldByItem } from './meeting-source.ts'

export interface Forwarding {
  readonly clientId: string
  readonly item: string | null
  readonly instance: string | null
  readonly forwardees: readonly { readonly Email: string; readonly Name?: string | undefined }[]
  readonly body: RecordBody | null
}

/** Sends it, once. Rejects with InvalidSmartForwardParameters, ItemNotFound, InvalidDateTime, MessagePreviouslySent. */
export async function forwardMeeting(forwarding: Forwarding, call: Call): Promise<Reply<never>> {
  const { account, device, house } = call
  const id = submissionId(device.id, forwarding.clientId, new Uint8Array(0))
  if (await house.store.outbox.known(account.id, id)) throw new Failure('MessagePreviouslySent')
  const guests = guestsIn(forwarding, call)
  const { item, forward } = await forwardOf(forwarding, guests, call)
  const options = { account, id, now: house.clock.now(), limits: house.limits }
  const organizer = await organizerHere(forward, call)
  const mails = prepared(() => [
    ...forwardMails(forward, options),
    ...(organizer === null ? [] : [forwardNotice(forward, options)].filter((mail) => mail !== null)),
  ])
  await house.store.unit(async (unit) => {
    for (const mail of mails) {
      const submitted = await submit(unit, account, mail, false)
      if (submitted.outcome === 'previously-sent') throw new Failure('MessagePreviouslySent')
    }
    await enlist(item, forward, organizer, unit, account)
  })
  house.submitter.kick()
  call.trace.note('forwarded', { guests: guests.length })
  return emptyReply
}

function prepared<Mails>(make: () => Mails): Mails {
  try {
    return make()
  } catch (thrown) {
    throw submissionFailure(thrown)
  }
}

function guestsIn({ forwardees }: Forwarding, { house }: Call): readonly Person[] {
  const guests = forwardees.map(({ Email, Name = '' }): Person => ({ name: Name.trim(), address: Email.trim() }))
  if (guests.length === 0 || !guests.every(({ address }) => isSendable(address)))
    throw new Failure('InvalidSmartForwardParameters', 'a guest without an address')
  if (guests.length > house.limits.recipientsMax) throw new Failure('SendQuotaExceeded', `${guests.length} guests`)
  return [...new Map(guests.map((guest) => [addressKey(guest.address), guest])).values()]
}

function textOf({ body }: Forwarding): RecordText | null {
  try {
    return body === null ? null : textIn(body, null, defaultOptions)
  } catch {
    throw new Failure('InvalidSmartForwardParameters', 'a body nobody can read')
  }
}

interface Found {
  readonly item: ServerId
  readonly forward: Forward
}

/** MS-ASCMD 2.2.3.169: only what stands in the calendar is forwarded in this way. */
async function forwardOf(forwarding: Forwarding, guests: readonly Person[], call: Call): Promise<Found> {
  const id = forwarding.item ?? ''
  const mailbox = await call.house.store.mailbox(call.account.id)
  const item = parseServerId(id) === null ? undefined : (await mailbox.read([id as ServerId])).get(id as ServerId)
  if (item?.content.class !== 'Calendar') throw new Failure('ItemNotFound', 'no calendar item')
  const told = await toldByItem(item.id, item.content.record, forwarding.instance, mailbox, call)
  return { item: item.id, forward: { told, guests, text: textOf(forwarding) } }
}

/** The organizer, where he has his calendar on this server: then it is kept up to date, as Exchange does among its own. */
async function organizerHere({ told: { event } }: Forward, { account, house }: Call): Promise<Account | null> {
  if (event.organizer === null || isOwn(event, account)) return null
  const organizer = await accountOf(house.store.accounts, event.organizer.address)
  return organizer === null || organizer.disabled || organizer.id === account.id ? null : organizer
}

/** The new guests stand in the organizer's event from now on: what he says reaches them, and their answers reach him. */
async function enlist(item: ServerId, forward: Forward, organizer: Account | null, unit: Unit, account: Account): Promise<void> {
  const { told, guests } = forward
  if (!isMeeting(told.event)) return
  if (isOwn(told.event, account)) {
    const mailbox = await unit.mailbox(account.id)
    const held = (await mailbox.read([item])).get(item)
    if (held?.content.class === 'Calendar') await invite(item, held.content.record, told.instance, guests, mailbox)
    return
  }
  if (organizer === null) return
  const mailbox = await unit.mailbox(organizer.id)
  for (const { id, event } of standing(await entriesOf(mailbox, told.event.uid))) {
    // Somebody who is not invited himself has nobody to bring along.
    const isGuest = event.attendees.some(({ address }) => account.addresses.some((own) => addressKey(own) === addressKey(address)))
    if (id !== null && isGuest && isOwn(event, organizer)) await invite(id, event, told.instance, guests, mailbox)
  }
}

async function invite(
  id: ServerId,
  event: CalendarEvent,
  original: Instant | null,
  guests: readonly Person[],
  mailbox: Mailbox,
): Promise<void> {
  const stored = await mailbox.source(id)
  const source = stored === null ? new Uint8Array(0) : await stored.read(0, stored.bytes)
  const record = original === null ? withSeriesGuests(event, guests) : withOccurrenceGuests(event, original, guests)
  await mailbox.change(id, { class: 'Calendar', replace: recordDraft({ class: 'Calendar', record }, source) }, null)
}

function withSeriesGuests(event: CalendarEvent, guests: readonly Person[]): CalendarEvent {
  const exceptions = event.exceptions.map(({ changes, ...exception }) => {
    const { attendees } = changes
    return { ...exception, changes: attendees === undefined ? changes : { ...changes, attendees: withGuests(attendees, guests, 2) } }
  })
  return { ...event, attendees: withGuests(event.attendees, guests, 2), exceptions }
}

function withOccurrenceGuests(event: CalendarEvent, original: Instant, guests: readonly Person[]): CalendarEvent {
  const known = event.exceptions.find((exception) => exception.original === original) ?? { original, deleted: false, changes: {} }
  if (known.deleted) return event
  const attendees = withGuests(known.changes.attendees ?? event.attendees, guests, 2)
  const changed = { ...known, changes: { ...known.changes, attendees } }
  const others = event.exceptions.filter((exception) => exception.original !== original)
  return { ...event, exceptions: [...others, changed].toSorted((one, other) => one.original - other.original) }
}
