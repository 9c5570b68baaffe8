// How mail from a phone is accepted: prepared without touching the store, then queued and kept in one unit of work.
import { createHash, randomUUID } from 'node:crypto'
import { normaliseLineEnds, stripHeaders } from '../format/header-out.ts'
import { scan } from '../format/mime.ts'
import type { Account } from '../model/account.ts'
import { folderType } from '../model/folder.ts'
import type { DeviceId, Identity, Instant, SubmissionId } from '../model/id.ts'
import type { EmailDraft, Stored } from '../store/mailbox.ts'
import type { Unit } from '../store/store.ts'
import { emailDraft } from './draft.ts'
import { splitAddress } from './local-address.ts'
import { putHeaderRight, SubmissionFailure } from './outgoing-header.ts'

export { SubmissionFailure, type SubmissionProblem } from './outgoing-header.ts'

export interface SubmissionLimits {
  readonly recipientsMax: number
  readonly messageBytesMax: number
}

/** A message that may leave. */
export interface Prepared {
  readonly id: SubmissionId
  /** Envelope sender. */
  readonly from: string
  readonly recipients: readonly string[]
  /** What travels: without Bcc. */
  readonly wire: Uint8Array
  /** What the sender keeps: with Bcc, so that he knows later whom he wrote to. */
  readonly copy: EmailDraft
  readonly at: Instant
}

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('base64url')
}

/**
 * Names a submission: MS-ASCMD 2.2.3.28.1 makes a ClientId unique for its device. Where there is none (12.1 and before) the
 * Message-ID the phone gave stands in, which it keeps when it tries again; without that, nothing can be recognised.
 */
export function submissionId(device: DeviceId, clientId: string | null, raw: Uint8Array): SubmissionId {
  if (clientId !== null) return digest('client', device, clientId) as SubmissionId
  const messageId = scan(raw).headers.get('message-id')
  return (messageId === null ? randomUUID() : digest('message', device, messageId)) as SubmissionId
}

export interface PrepareOptions {
  readonly id: SubmissionId
  readonly account: Account
  readonly now: Instant
  readonly limits: SubmissionLimits
  /** MS-ASCMD 2.2.2, Status 183: a draft with one recipient that is no address is not sent at all. */
  readonly strict?: boolean
}

/**
 * Judges a message and makes it ready to leave, without touching the store. From must be one of the account's addresses (it
 * is added where it is missing), somebody must be named in To, Cc or Bcc, and the header must be one: see SubmissionProblem.
 * Throws a SubmissionFailure.
 */
export function prepare(raw: Uint8Array, { id, account, now, limits, strict = false }: PrepareOptions): Prepared {
  if (raw.byteLength > limits.messageBytesMax) throw new SubmissionFailure('too-large', `${raw.byteLength} bytes`)
  const domain = splitAddress(account.address)?.domain ?? 'localhost'
  const header = putHeaderRight(normaliseLineEnds(raw), {
    account,
    now,
    recipientsMax: limits.recipientsMax,
    strict,
    messageId: `${digest('id', account.id, id)}@${domain}`,
  })
  return {
    id,
    from: header.from,
    recipients: header.recipients,
    wire: stripHeaders(header.message, ['bcc', 'resent-bcc']),
    copy: emailDraft(header.message, { received: now, read: true }),
    at: now,
  }
}

export type Submitted =
  | { readonly outcome: 'queued'; readonly copy: Stored | null }
  /** This SubmissionId was taken before: nothing was sent or kept now (Status 118). */
  | { readonly outcome: 'previously-sent' }

/**
 * Queues the message and, if asked, puts the copy into Sent Items, within the caller's unit of work: a reply is queued, kept
 * and noted on its original together or not at all. Rejects with StoreFailure full.
 */
export async function submit(unit: Unit, account: Account, prepared: Prepared, saveInSentItems: boolean): Promise<Submitted> {
  const { id, from, recipients, wire, copy, at } = prepared
  const isNew = await unit.outbox.submit({ id, account: account.id, from, recipients, source: wire, at })
  if (!isNew) return { outcome: 'previously-sent' }
  if (!saveInSentItems) return { outcome: 'queued', copy: null }
  const mailbox = await unit.mailbox(account.id)
  const sentItems = await mailbox.defaultFolder(folderType.sentItems)
  return { outcome: 'queued', copy: await mailbox.create(sentItems.id, copy, digest('sent', id) as Identity) }
}
