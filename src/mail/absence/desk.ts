// Answers arriving mail for those who are away: whom, with what, and once.
import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import { parseAddresses } from '../../format/address.ts'
import { lineEnd, readHeaders } from '../../format/headers.ts'
import { isAway, type Audience } from '../../model/absence.ts'
import type { Account } from '../../model/account.ts'
import type { Clock } from '../../model/clock.ts'
import type { Envelope } from '../../model/email.ts'
import { folderType } from '../../model/folder.ts'
import type { SubmissionId } from '../../model/id.ts'
import { recordOf } from '../../model/item.ts'
import type { Store, Unit } from '../../store/store.ts'
import { accountOf, addressKey, domainKey, splitAddress, withoutTag } from '../local-address.ts'
import { answerMessage } from './answer-message.ts'
import { whyUnanswerable } from './unanswerable.ts'

/** Whom outside of the organization absences answer at all. */
export type OutsideAnswers = 'everybody' | 'contacts' | 'nobody'

export interface AbsenceOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly outside: OutsideAnswers
  /** Most answers of one account within an hour. */
  readonly perHour: number
  /** Whether people of other mail domains of this server are strangers to each other. */
  readonly separateDomains: boolean
  /** Whether mail leaves this server; else only its own people are answered. */
  readonly leaves: boolean
  /** Told that an answer waits in the queue. */
  readonly kick: () => void
}

export interface Arrived {
  /** As it was handed in. */
  readonly message: Uint8Array
  readonly envelope: Envelope
  readonly returnPath: string
}

/** Puts the answer into the outbox, within the unit that stores the mail; whether it did. */
export type Answer = (unit: Unit) => Promise<boolean>

export interface AbsenceDesk {
  /** What this mail is answered with; null for nothing. Reads only, and never rejects: no mail is lost over an answer. */
  answerTo(account: Account, arrived: Arrived): Promise<Answer | null>
  /** After the unit that held an answer. */
  readonly answered: () => void
}

/** Of those whose contacts may hold the address. */
const contactsMax = 20

const digest = (...parts: readonly string[]) => createHash('sha256').update(parts.join('\n')).digest('base64url')

/**
 * One sender under one key: without tags, without what signs a return path anew each day (BATV `prvs=`), without the stamp of a
 * forwarder (SRS).
 */
export function senderKey(returnPath: string): string {
  const { local, domain } = splitAddress(returnPath) ?? { local: returnPath, domain: '' }
  const unsigned = local.replace(/^prvs=[^=]*=/i, '').replace(/^srs0[=+-][^=]*=[^=]*=/i, 'srs0=')
  return withoutTag(addressKey(`${unsigned}@${domain}`))
}

/** The desk at which absences are answered. */
export function createAbsenceDesk(options: AbsenceOptions): AbsenceDesk {
  const { store, clock, log, outside, perHour, separateDomains, leaves, kick } = options

  async function isInternal(account: Account, address: string): Promise<boolean> {
    const domain = domainKey(splitAddress(address)?.domain ?? '')
    const own = separateDomains ? account.addresses.map((each) => splitAddress(each)?.domain ?? '') : await store.accounts.domains()
    return [...own].some((each) => domainKey(each) === domain)
  }

  async function isContact(account: Account, address: string): Promise<boolean> {
    const mailbox = await store.mailbox(account.id)
    const wanted = addressKey(address)
    const query = { class: 'Contacts', text: [address], folders: null, after: null, before: null, conversation: null } as const
    const { ids } = await mailbox.search(query, { from: 0, to: contactsMax - 1 })
    const items = await mailbox.read(ids)
    const deleted = await mailbox.defaultFolder(folderType.deletedItems)
    const emails = [...items.values()].flatMap((item) => (item.folder === deleted.id ? [] : recordOf(item, 'Contacts').emails))
    return emails.flatMap(parseAddresses).some((each) => addressKey(each.address) === wanted)
  }

  /** MS-ASCMD 2.2.3.123; null for whom nobody is answered. */
  async function audienceOf(account: Account, address: string): Promise<Audience | null> {
    if (!leaves && (await accountOf(store.accounts, address)) === null) return null
    if (await isInternal(account, address)) return 'internal'
    if (outside === 'nobody') return null
    if (await isContact(account, address)) return 'known'
    return outside === 'everybody' ? 'unknown' : null
  }

  async function prepare(account: Account, { message, envelope, returnPath }: Arrived): Promise<Answer | null> {
    const at = clock.now()
    const kept = await store.absences.of(account.id)
    if (kept === null || !isAway(kept.absence, at)) return null
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
    const { headers } = readHeaders(bytes, 0, bytes.length, lineEnd(bytes))
    const reason = whyUnanswerable(account, { headers, envelope, returnPath })
    if (reason !== null) {
      log.debug({ account: account.id, reason }, 'an absence does not answer')
      return null
    }
    const audience = await audienceOf(account, returnPath)
    const reply = audience === null ? null : kept.absence.replies[audience]
    if (reply === null || !reply.enabled || reply.text.text.trim() === '') return null
    const sender = senderKey(returnPath)
    const name = digest('absence', account.id, sender, String(kept.since), String(at))
    const domain = splitAddress(account.address)?.domain ?? 'localhost'
    const source = await answerMessage({
      account,
      to: returnPath,
      original: envelope,
      text: reply.text,
      at,
      messageId: `${name}@${domain}`,
    })
    return async (unit) => {
      if (!(await unit.absences.answer(account.id, sender, at, perHour))) return false
      // RFC 3834 3.3: nobody is told of an answer that did not arrive, least of all another answering program.
      return unit.outbox.submit({ id: name as SubmissionId, account: account.id, from: '', recipients: [returnPath], source, at })
    }
  }

  return {
    answered: kick,
    async answerTo(account, arrived) {
      try {
        return await prepare(account, arrived)
      } catch (error) {
        log.error({ account: account.id, err: error }, 'an absence could not answer')
        return null
      }
    },
  }
}

/** Where nobody is ever answered: mail that is only put away. */
export const silentDesk: AbsenceDesk = { answerTo: () => Promise.resolve(null), answered: () => undefined }
