// One round for one queued message: our own people get it, the smarthost gets the rest, the sender hears of what failed for good.
import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import type { Clock } from '../model/clock.ts'
import { folderType } from '../model/folder.ts'
import type { Identity, Instant } from '../model/id.ts'
import type { Source } from '../model/item.ts'
import { StoreFailure } from '../store/failure.ts'
import type { QueuedMessage } from '../store/outbox.ts'
import type { Store } from '../store/store.ts'
import { bounceHeaderBytes, bounceMessage, type FailedRecipient } from './bounce.ts'
import type { Delivery } from './delivery.ts'
import { emailDraft } from './draft.ts'
import { assemble } from './mime-writer.ts'
import type { Transport } from './transport.ts'

export interface RetrySchedule {
  /** Pauses after the first, second … failure; the last one repeats. */
  readonly pauseSeconds: readonly [number, ...number[]]
  /** How long a message is tried before its sender hears that it failed. */
  readonly giveUpSeconds: number
}

export interface AttemptOptions {
  readonly store: Store
  /** Null where no smarthost is configured: what is not for our own people comes back at once. */
  readonly transport: Transport | null
  readonly delivery: Delivery
  readonly clock: Clock
  readonly log: Logger
  /** Who the reports of failure come from. */
  readonly hostName: string
  readonly schedule: RetrySchedule
}

/** Runs work when there is room for it: local and remote mail wait in lines of their own. */
export type Lane = <T>(work: () => Promise<T>) => Promise<T>

export interface Attempts {
  /** Rejects only where the store does; what was settled by then stays settled. */
  attempt(message: QueuedMessage, lanes: { readonly local: Lane; readonly remote: Lane }, signal: AbortSignal): Promise<void>
  postpone(message: QueuedMessage, error: string): Promise<void>
}

/** What became of the recipients. */
interface Verdict {
  readonly failed: FailedRecipient[]
  /** With the reason to wait. */
  readonly waiting: Map<string, string>
}

const pieceBytes = 256 * 1024

async function* contentOf(source: Source): AsyncIterable<Uint8Array> {
  for (let at = 0; at < source.bytes; at += pieceBytes) yield await source.read(at, Math.min(source.bytes, at + pieceBytes))
}

/** The enhanced code of a reply (RFC 3463), or the general one of its class. */
function statusOf(reply: string): string {
  return /^\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(reply)?.[1] ?? '5.0.0'
}

/** Rounds over one queue. */
export function createAttempts({ store, transport, delivery, clock, log, hostName, schedule }: AttemptOptions): Attempts {
  const endOf = (message: QueuedMessage): Instant => message.queuedAt + schedule.giveUpSeconds * 1000

  async function sourceOf(message: QueuedMessage): Promise<Source> {
    const source = await store.outbox.source(message.number)
    if (source === null) throw new Error('a queued message has no source')
    return source
  }

  async function settle(message: QueuedMessage, recipients: readonly string[]): Promise<void> {
    if (recipients.length > 0) await store.outbox.settle(message.number, recipients)
  }

  async function deliverLocally(message: QueuedMessage, recipients: readonly string[], verdict: Verdict): Promise<void> {
    const source = await sourceOf(message)
    const whole = await assemble([{ source, start: 0, end: source.bytes }], source.bytes)
    // The queue may hand the same message in again after a crash; under one identity it arrives once.
    const identity = `${message.account}\n${message.id}`
    const outcomes = await delivery.deliver(whole, recipients, { returnPath: message.from, identity, received: null })
    const served: string[] = []
    for (const recipient of recipients) {
      const outcome = outcomes.get(recipient) ?? 'later'
      if (outcome === 'delivered') served.push(recipient)
      else if (outcome === 'unknown')
        verdict.failed.push({ address: recipient, status: '5.1.1', reason: 'There is no such mailbox.', reply: null })
      else verdict.waiting.set(recipient, outcome === 'full' ? 'the mailbox is full' : 'the mailbox takes no mail at the moment')
    }
    await settle(message, served)
  }

  async function handOn(message: QueuedMessage, recipients: readonly string[], verdict: Verdict, signal: AbortSignal): Promise<void> {
    if (transport === null) {
      const reason = 'This server has no way to send mail outside of its own domains: no smarthost is configured.'
      for (const address of recipients) verdict.failed.push({ address, status: '5.4.4', reason, reply: null })
      return
    }
    const source = await sourceOf(message)
    const report = await transport.send({ from: message.from, recipients, source: contentOf(source), bytes: source.bytes }, signal)
    const served: string[] = []
    for (const recipient of recipients) {
      const { outcome, reply } = report.get(recipient) ?? { outcome: 'later', reply: 'no answer' }
      if (outcome === 'sent') served.push(recipient)
      else if (outcome === 'later') verdict.waiting.set(recipient, reply)
      else verdict.failed.push({ address: recipient, status: statusOf(reply), reason: 'The message was refused.', reply })
    }
    // The one instant in which a crash sends twice: the smarthost has taken the message and the queue does not know yet.
    await settle(message, served)
  }

  /** Puts the report into the sender's inbox and strikes the recipients out, together or not at all. */
  async function giveUp(message: QueuedMessage, failed: readonly FailedRecipient[]): Promise<void> {
    const addresses = failed.map(({ address }) => address)
    // RFC 5321 4.5.5: what has no sender is told to nobody.
    if (message.from === '') return settle(message, addresses)
    const source = await sourceOf(message)
    const header = await source.read(0, Math.min(source.bytes, bounceHeaderBytes))
    const identity = createHash('sha256')
      .update(['bounce', message.account, message.id, ...addresses].join('\n'))
      .digest('base64url')
    const at = clock.now()
    const report = await bounceMessage({ sender: message.from, failed, header, identity, hostName, queuedAt: message.queuedAt, at })
    const draft = emailDraft(report, { received: at, read: false })
    try {
      await store.unit(async (unit) => {
        // Where the account is gone, nobody is left to be told.
        if ((await unit.accounts.byId(message.account)) !== null) {
          const mailbox = await unit.mailbox(message.account)
          const inbox = await mailbox.defaultFolder(folderType.inbox)
          await mailbox.create(inbox.id, draft, identity as Identity)
        }
        await unit.outbox.settle(message.number, addresses)
      })
    } catch (error) {
      const isHopeless = error instanceof StoreFailure && error.reason === 'full' && at > endOf(message) + schedule.giveUpSeconds * 1000
      if (!isHopeless) throw error
      log.error(
        { number: message.number, account: message.account },
        'a report of failure found no room in its mailbox for days and is dropped',
      )
      await settle(message, addresses)
    }
  }

  async function postpone(message: QueuedMessage, error: string): Promise<void> {
    const { pauseSeconds } = schedule
    const pause = pauseSeconds[Math.min(message.attempts, pauseSeconds.length - 1)] ?? pauseSeconds[0]
    const now = clock.now()
    const next = now + pause * 1000
    // The last try falls on the hour of giving up, not hours behind it.
    await store.outbox.postpone(message.number, now < endOf(message) ? Math.min(next, endOf(message)) : next, error)
  }

  async function attempt(
    message: QueuedMessage,
    lanes: { readonly local: Lane; readonly remote: Lane },
    signal: AbortSignal,
  ): Promise<void> {
    const verdict: Verdict = { failed: [], waiting: new Map() }
    const { known, unknown, foreign } = await delivery.sort(message.recipients)
    // A domain may be shared with another mail system: whom we do not know, the smarthost may.
    const local = transport === null ? [...known, ...unknown] : known
    const remote = transport === null ? foreign : [...unknown, ...foreign]
    if (local.length > 0) await lanes.local(() => deliverLocally(message, local, verdict))
    if (remote.length > 0) await lanes.remote(() => handOn(message, remote, verdict, signal))

    const isOver = clock.now() >= endOf(message)
    if (isOver) {
      for (const [address, reply] of verdict.waiting) {
        verdict.failed.push({ address, status: '4.4.7', reason: 'It could not be delivered for days and is not tried any more.', reply })
      }
    }
    if (verdict.failed.length > 0) await giveUp(message, verdict.failed)
    const left = isOver ? 0 : verdict.waiting.size
    const tried = {
      number: message.number,
      account: message.account,
      recipients: message.recipients.length,
      failed: verdict.failed.length,
      left,
    }
    log.info(tried, 'queued message tried')
    if (left > 0) await postpone(message, [...verdict.waiting.values()][0] ?? '')
  }

  return { attempt, postpone }
}
