// What SendMail, SmartReply and SmartForward share: the phone's message, checked, queued and kept once, however often it is sent.
import { calendarParts } from '../format/calendar-part.ts'
import { readEnvelope } from '../format/envelope.ts'
import { compose, MessageTooLarge, type Original } from '../mail/compose.ts'
import { addressKey, ownsAddress } from '../mail/local-address.ts'
import { messageOfEvent } from '../mail/meeting/forward.ts'
import { sourceOf } from '../mail/mime-writer.ts'
import { prepare, submissionId, submit, SubmissionFailure, type Prepared, type SubmissionProblem } from '../mail/submission.ts'
import type { Account } from '../model/account.ts'
import type { Address, Envelope, LastVerb } from '../model/email.ts'
import { parseServerId, type ServerId, type SubmissionId } from '../model/id.ts'
import { StoreFailure } from '../store/failure.ts'
import type { Unit } from '../store/store.ts'
import { ComposeMail, RightsManagement } from '../wbxml/pages.ts'
import { bytes, container, flag, optional, text, type Field, type Infer } from '../wbxml/schema.ts'
import type { Call } from './command.ts'
import { emptyReply, type Reply } from './define.ts'
import { Failure, type FailureName } from './error.ts'
import { toldByItem } from './meeting-source.ts'
import { emailOf } from '../model/item.ts'

export type Purpose = 'new' | 'reply' | 'forward'

/** MS-ASCMD 2.2.1.17: what the three requests have in common. */
export const composeFields = [
  text(ComposeMail.ClientId),
  optional(text(ComposeMail.AccountId)),
  flag(ComposeMail.SaveInSentItems),
  // Missing where 16.x forwards a meeting.
  optional(bytes(ComposeMail.Mime)),
  // Rights management is not offered: a template is passed over.
  optional(text(RightsManagement.TemplateID)),
] as const satisfies readonly Field[]

/** MS-ASCMD 2.2.3.175: the message that is answered or forwarded, or a meeting. InstanceId names an occurrence, which mail has none of. */
export const SourceElement = container(ComposeMail.Source, [
  optional(text(ComposeMail.FolderId)),
  optional(text(ComposeMail.ItemId)),
  optional(text(ComposeMail.LongId)),
  optional(text(ComposeMail.InstanceId)),
])

/** A message to be sent, whichever way it came. */
export interface Composed {
  /** Null where the phone gave none (12.1 and before). */
  readonly clientId: string | null
  readonly saveInSentItems: boolean
  readonly replaceMime: boolean
  readonly mime: Uint8Array
  /** The id of the original; null for a message of its own. */
  readonly original: string | null
  /** The occurrence that is meant, as the phone writes it. */
  readonly instance: string | null
}

/** A message that came bare, with its parameters in the request line: up to 12.1, and from the Gmail app in every version. */
export function bareMessage({ line, body }: Call): Composed {
  return {
    clientId: null,
    saveInSentItems: line.saveInSent,
    replaceMime: false,
    mime: body.bytes,
    original: line.longId ?? line.itemId,
    instance: line.occurrence,
  }
}

/** What the documents of the three requests say. */
interface ComposeRequest {
  readonly ClientId: string
  readonly AccountId?: string | undefined
  readonly SaveInSentItems?: boolean | undefined
  readonly Mime?: Uint8Array | undefined
  readonly ReplaceMime?: boolean | undefined
  readonly Source?: Infer<typeof SourceElement> | undefined
}

/** The message that a document carries. Throws InvalidAccountId, InvalidXML. */
export function composedOf(request: ComposeRequest): Composed {
  const { ClientId, AccountId = '', SaveInSentItems = false, Mime, ReplaceMime = false, Source } = request
  // MS-ASCMD 2.2.3.3.1: there is no other account to send from than the primary one, which has no AccountId.
  if (AccountId !== '') throw new Failure('InvalidAccountId')
  // MS-ASCMD 2.2.3.112: required wherever mail is sent.
  if (Mime === undefined) throw new Failure('InvalidXML', 'no Mime')
  return {
    // An empty one names nothing: by it a second message would pass for the first.
    clientId: ClientId === '' ? null : ClientId,
    saveInSentItems: SaveInSentItems,
    replaceMime: ReplaceMime,
    mime: Mime,
    // A LongId says as much as the ids of folder and item.
    original: Source?.LongId ?? Source?.ItemId ?? null,
    instance: Source?.InstanceId ?? null,
  }
}

const failureOf: Readonly<Record<SubmissionProblem, FailureName>> = {
  'invalid-mime': 'InvalidMIME',
  'foreign-from': 'MailSubmissionFailed',
  'no-recipient': 'MessageHasNoRecipient',
  'invalid-recipient': 'MessageRecipientUnresolved',
  'too-many-recipients': 'SendQuotaExceeded',
  'too-large': 'AttachmentIsTooLarge',
}

/** A refusal of the mail floor in the specification's words; whatever else was thrown goes on. */
export function submissionFailure(thrown: unknown): Failure {
  if (thrown instanceof SubmissionFailure) return new Failure(failureOf[thrown.problem], thrown.message)
  if (thrown instanceof MessageTooLarge) return new Failure('AttachmentIsTooLarge', thrown.message)
  throw thrown
}

interface Found extends Original {
  /** Null for what is no message: nothing is noted on it. */
  readonly id: ServerId | null
}

async function findOriginal({ original: id, instance, mime }: Composed, call: Call): Promise<Found> {
  const mailbox = await call.house.store.mailbox(call.account.id)
  if (id === null || parseServerId(id) === null) throw new Failure('ItemNotFound', 'no such original')
  const item = (await mailbox.read([id as ServerId])).get(id as ServerId)
  if (item?.content.class === 'Calendar') {
    const told = await toldByItem(item.id, item.content.record, instance, mailbox, call)
    const { to, cc } = readEnvelope(mime)
    const message = messageOfEvent(told, [...to, ...cc], call.account)
    return { id: null, source: sourceOf(message), envelope: readEnvelope(message), received: told.event.stamp }
  }
  const source = await mailbox.source(id as ServerId)
  if (item?.content.class !== 'Email' || source === null) throw new Failure('ItemNotFound', 'the original is gone')
  const { envelope, received } = emailOf(item)
  return { id: item.id, source, envelope, received }
}

async function prepared(
  composed: Composed,
  id: SubmissionId,
  purpose: Purpose,
  original: Found | null,
  { account, house }: Call,
): Promise<Prepared> {
  const { limits, clock } = house
  const now = clock.now()
  try {
    const { mime } = composed
    const { messageBytesMax } = limits
    // A phone that passes on a meeting and brings the invitation along has written all of it.
    const replaceMime = composed.replaceMime || (purpose === 'forward' && calendarParts(readEnvelope(mime).structure).length > 0)
    const raw =
      original === null || purpose === 'new' ? mime : await compose(mime, original, { purpose, replaceMime, now, messageBytesMax })
    return prepare(raw, { id, account, now, limits })
  } catch (thrown) {
    throw submissionFailure(thrown)
  }
}

const keysOf = (addresses: readonly Address[]): string[] => addresses.map(({ address }) => addressKey(address))

/**
 * MS-ASEMAIL 2.2.2.44. A reply went to all if it reaches somebody who got the original beside its reader, and who is not
 * whoever an answer goes to anyway.
 */
export function verbOf(purpose: Exclude<Purpose, 'new'>, original: Envelope, answer: Envelope, account: Account): LastVerb['verb'] {
  if (purpose === 'forward') return 3
  const asker = new Set(keysOf(original.replyTo.length > 0 ? original.replyTo : original.from))
  const others = [...original.to, ...original.cc].filter(({ address }) => !ownsAddress(account, address))
  const bystanders = new Set(keysOf(others).filter((key) => !asker.has(key)))
  return keysOf([...answer.to, ...answer.cc]).some((key) => bystanders.has(key)) ? 2 : 1
}

/** The original shows that it was answered, on every device; one that was removed meanwhile needs to show nothing. */
async function noteVerb(unit: Unit, account: Account, id: ServerId, lastVerb: LastVerb): Promise<void> {
  const mailbox = await unit.mailbox(account.id)
  try {
    await mailbox.change(id, { class: 'Email', state: { lastVerb } }, null)
  } catch (thrown) {
    if (!(thrown instanceof StoreFailure && thrown.reason === 'item-not-found')) throw thrown
  }
}

/** MS-ASCMD 2.2.2, Status 118. A phone that names no ClientId cannot be told so, and is content to hear that it was sent. */
function sentBefore({ clientId }: Composed): Reply<never> {
  if (clientId !== null) throw new Failure('MessagePreviouslySent')
  return emptyReply
}

/** Sends a message: queued, kept in Sent Items and noted on its original together, or not at all. Answers with nothing. */
export async function send(composed: Composed, purpose: Purpose, call: Call): Promise<Reply<never>> {
  const { account, device, house, trace } = call
  if (composed.mime.length === 0) throw new Failure('InvalidMIME', 'no message')
  // Before anything else: the original of a reply that was sent may be gone by the time the phone tries again.
  const id = submissionId(device.id, composed.clientId, composed.mime)
  if (await house.store.outbox.known(account.id, id)) return sentBefore(composed)
  const original = purpose === 'new' ? null : await findOriginal(composed, call)
  const message = await prepared(composed, id, purpose, original, call)
  const submitted = await house.store.unit(async (unit) => {
    const result = await submit(unit, account, message, composed.saveInSentItems)
    if (result.outcome === 'queued' && original !== null && original.id !== null && purpose !== 'new') {
      const verb = verbOf(purpose, original.envelope, message.copy.envelope, account)
      await noteVerb(unit, account, original.id, { verb, at: message.at })
    }
    return result
  })
  if (submitted.outcome === 'previously-sent') return sentBefore(composed)
  house.submitter.kick()
  trace.note('submitted', { recipients: message.recipients.length, bytes: message.wire.length, saved: composed.saveInSentItems })
  return emptyReply
}
