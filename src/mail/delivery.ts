// Puts arriving mail into the inboxes of its recipients, each copy committed before anybody is told so.
import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import { readEnvelope, searchText } from '../format/envelope.ts'
import { addHeaders, stripHeaders } from '../format/header-out.ts'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { Envelope } from '../model/email.ts'
import { folderType } from '../model/folder.ts'
import type { Identity } from '../model/id.ts'
import { StoreFailure } from '../store/failure.ts'
import type { ZoneId } from '../model/zone.ts'
import type { EmailDraft } from '../store/mailbox.ts'
import type { Store } from '../store/store.ts'
import { silentDesk, type AbsenceDesk, type Answer } from './absence/desk.ts'
import { emailDraft } from './draft.ts'
import { headerDate } from './header-date.ts'
import { accountOf, domainKey, ownsAddress, splitAddress } from './local-address.ts'
import { enterMeeting, weighMeeting, type Arriving } from './meeting/arrival.ts'
import { isAboutMeeting, meetingNews, type MeetingNews } from './meeting/itip.ts'
import { sendersOf, type Hearing } from './meeting/standing.ts'

/** What became of one recipient. `disabled`, `full` and `later` are worth another try. */
export type Delivered = 'delivered' | 'unknown' | 'disabled' | 'full' | 'later'

export interface DeliveryOptions {
  /** Envelope sender; empty for reports. */
  readonly returnPath: string
  /** Names this message: delivered once to an account, however often it is handed in. Null where the sender cannot promise that. */
  readonly identity: string | null
  /** The `from … by … with …` of the Received header, without the date; null for mail that never crossed a wire. */
  readonly received: string | null
}

export interface Sorted {
  /** Has an account here. */
  readonly known: readonly string[]
  /** Would belong to us by the domain, which another mail system may share. */
  readonly unknown: readonly string[]
  readonly foreign: readonly string[]
}

export interface Delivery {
  /** Whether mail for this address would be taken now. */
  accepts(recipient: string): Promise<'yes' | 'unknown' | 'disabled'>
  /** Who is ours, who only bears a domain of ours, and who does not. */
  sort(recipients: readonly string[]): Promise<Sorted>
  /** Delivers to each recipient on its own; never rejects. The map holds every recipient as it was given. */
  deliver(message: Uint8Array, recipients: readonly string[], options: DeliveryOptions): Promise<Map<string, Delivered>>
}

/** Lists hide their members on purpose: their mail is not "received as Bcc" (RFC 2919, RFC 2369). */
function isListMail(message: Uint8Array, envelope: Envelope): boolean {
  const head = Buffer.from(message.buffer, message.byteOffset, Math.min(envelope.structure.body, message.byteLength)).toString('latin1')
  return /^(?:list-(?:id|post|unsubscribe)|mailing-list)[ \t]*:/im.test(head)
}

const kindOf = (thrown: unknown) => (thrown instanceof Error ? thrown.name : typeof thrown)

function standsInVisibleRecipients(account: Account, envelope: Envelope): boolean {
  return [...envelope.to, ...envelope.cc].some(({ address }) => ownsAddress(account, address))
}

/** What mail about meetings does to calendars. */
export interface MeetingCustom {
  /** Whether who is invited has the meeting in his calendar before he answered. */
  readonly tentative: boolean
  /** Where an account's owner is. */
  readonly zoneOf: (account: Account) => ZoneId
}

export interface DeliveryPorts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  /** Answers for those who are away; nobody is answered where there is none. */
  readonly absences?: AbsenceDesk
  /** Null where mail leaves calendars alone. */
  readonly meetings: MeetingCustom | null
}

/** A message for one account. */
interface Parcel {
  readonly account: Account
  readonly draft: EmailDraft
  readonly identity: Identity | null
  /** What it says of a meeting; null for nothing. */
  readonly arriving: Arriving | null
  /** What its owner, who is away, answers; null for nothing. */
  readonly answer: Answer | null
}

/** Delivers into the store. */
export function createDelivery({ store, clock, log, meetings, absences = silentDesk }: DeliveryPorts): Delivery {
  /** The mail and what it does to the calendar stand or fall together. */
  async function storeWhole({ account, draft, identity, arriving, answer }: Parcel): Promise<void> {
    const { refused, isAnswered } = await store.unit(async (unit) => {
      const mailbox = await unit.mailbox(account.id)
      const inbox = await mailbox.defaultFolder(folderType.inbox)
      const arrival = arriving === null ? null : await weighMeeting(mailbox, arriving)
      const meeting = arrival === null || arrival.update === null ? {} : { meetingUpdate: arrival.update }
      const { created } = await mailbox.create(inbox.id, { ...draft, state: { ...draft.state, ...meeting } }, identity)
      // What was delivered before has had its effect.
      if (!created) return { refused: null, isAnswered: false }
      if (arrival !== null) await enterMeeting(mailbox, arrival)
      return { refused: arrival?.refused ?? null, isAnswered: answer !== null && (await answer(unit)) }
    })
    if (isAnswered) {
      log.info({ account: account.id }, 'an absence answers')
      absences.answered()
    }
    if (refused !== null) log.info({ account: account.id, because: refused }, 'meeting mail left the calendar alone')
  }

  /** A calendar that cannot be written costs nobody his mail. What passes is waited for: the sender tries again. */
  async function storeAnyway(parcel: Parcel): Promise<void> {
    if (parcel.arriving === null) return storeWhole(parcel)
    try {
      await storeWhole(parcel)
    } catch (error) {
      if (error instanceof StoreFailure && error.reason === 'unavailable') throw error
      // Not the error's words: they may quote the calendar.
      log.warn({ account: parcel.account.id, kind: kindOf(error) }, 'meeting mail is stored without the calendar')
      await storeWhole({ ...parcel, arriving: null })
    }
  }

  async function put(parcel: Parcel): Promise<Delivered> {
    const { account } = parcel
    try {
      await storeAnyway(parcel)
      return 'delivered'
    } catch (error) {
      if (error instanceof StoreFailure) {
        if (error.reason === 'full') return 'full'
        if (error.reason === 'account-not-found') return 'unknown'
      }
      log.error({ account: account.id, err: error }, 'delivery failed')
      return 'later'
    }
  }

  /** Tells what a message says of a meeting to each account. It is read once for each zone that times without one are taken in. */
  function arrivals(
    message: Uint8Array,
    envelope: Envelope,
    heard: Pick<Hearing, 'speaker' | 'throughList'>,
  ): (account: Account) => Arriving | null {
    const now = clock.now()
    const read = new Map<ZoneId, MeetingNews | null>()
    return (account) => {
      if (meetings === null || !isAboutMeeting(envelope)) return null
      const { tentative, zoneOf } = meetings
      const zone = zoneOf(account)
      const news = read.has(zone) ? (read.get(zone) ?? null) : meetingNews(message, envelope, zone, now)
      read.set(zone, news)
      return news === null
        ? null
        : { news, hearing: { account, senders: sendersOf(envelope), ...heard }, from: envelope.from, tentative, now }
    }
  }

  async function find(recipient: string): Promise<Account | 'unknown' | 'disabled' | 'later'> {
    try {
      const account = await accountOf(store.accounts, recipient)
      if (account === null) return 'unknown'
      return account.disabled ? 'disabled' : account
    } catch (error) {
      log.error({ err: error }, 'the accounts could not be asked for a recipient')
      return 'later'
    }
  }

  /** Who of this server speaks of a meeting, by the address he writes from. */
  async function speakerOf(envelope: Envelope): Promise<Account | null> {
    const [sender] = sendersOf(envelope)
    const found = sender === undefined || !isAboutMeeting(envelope) ? 'unknown' : await find(sender)
    return typeof found === 'string' ? null : found
  }

  return {
    async accepts(recipient) {
      const account = await accountOf(store.accounts, recipient)
      if (account === null) return 'unknown'
      return account.disabled ? 'disabled' : 'yes'
    },

    async sort(recipients) {
      const domains = new Set([...(await store.accounts.domains())].map(domainKey))
      const sorted = { known: [] as string[], unknown: [] as string[], foreign: [] as string[] }
      for (const recipient of recipients) {
        const parts = splitAddress(recipient)
        if (parts === null || !domains.has(domainKey(parts.domain))) sorted.foreign.push(recipient)
        else if ((await accountOf(store.accounts, recipient)) === null) sorted.unknown.push(recipient)
        else sorted.known.push(recipient)
      }
      return sorted
    },

    async deliver(message, recipients, { returnPath, identity, received }) {
      const outcomes = new Map<string, Delivered>()
      const found = new Map<string, { account: Account; recipients: string[] }>()
      for (const recipient of recipients) {
        const account = await find(recipient)
        if (typeof account === 'string') {
          outcomes.set(recipient, account)
          continue
        }
        // Two addresses of one account get one copy, as one person reads it.
        const entry = found.get(account.id) ?? { account, recipients: [] }
        entry.recipients.push(recipient)
        found.set(account.id, entry)
      }
      if (found.size === 0) return outcomes

      const at = clock.now()
      const bare = stripHeaders(message, ['Return-Path'])
      const envelope = readEnvelope(bare)
      const isList = isListMail(bare, envelope)
      const text = searchText(bare, envelope)
      const arrivingFor = arrivals(bare, envelope, { throughList: isList, speaker: await speakerOf(envelope) })
      for (const { account, recipients: own } of found.values()) {
        const source = addHeaders(bare, [
          ['Return-Path', `<${returnPath}>`],
          ['Delivered-To', own[0] ?? account.address],
          ...(received === null ? [] : [['Received', `${received}; ${headerDate(at)}`] as const]),
        ])
        const receivedAsBcc = !isList && !standsInVisibleRecipients(account, envelope)
        const draft = emailDraft(source, { received: at, read: false, receivedAsBcc, searchText: text })
        const key = identity === null ? null : (createHash('sha256').update(`${identity}\n${account.id}`).digest('base64url') as Identity)
        const answer = await absences.answerTo(account, { message: bare, envelope, returnPath })
        const outcome = await put({ account, draft, identity: key, arriving: arrivingFor(account), answer })
        for (const recipient of own) outcomes.set(recipient, outcome)
        log.info({ account: account.id, bytes: source.byteLength, outcome }, 'message delivered')
      }
      return outcomes
    },
  }
}
