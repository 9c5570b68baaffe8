// Drafts of 16.x: added, changed and sent by Sync (MS-ASEMAIL 3.1.5.4), with their files.
import { readEnvelope } from '../../format/envelope.ts'
import { emailDraft } from '../../mail/draft.ts'
import { draftMime, type DraftFields, type DraftFile, type DraftMime, type ExistingDraft } from '../../mail/draft-mime.ts'
import { MessageTooLarge, sourceOf } from '../../mail/mime-writer.ts'
import { prepare, submit, SubmissionFailure, type Prepared, type SubmissionProblem } from '../../mail/submission.ts'
import type { CollectionOptions } from '../../model/collection.ts'
import { folderType, type Folder } from '../../model/folder.ts'
import { fileReference, parseFileReference, type Identity, type ServerId, type SubmissionId } from '../../model/id.ts'
import { emailOf, type Item } from '../../model/item.ts'
import type { EmailDraft } from '../../store/mailbox.ts'
import { bind, type Bound } from '../../wbxml/schema.ts'
import type { Call } from '../command.ts'
import { Failure, type FailureName } from '../error.ts'
import type { ClientChange } from './class.ts'
import { MailData, type AttachmentAdd, type DraftChange } from './email-schema.ts'
import { cleanCategories } from './categories.ts'
import { findMail, mailChange, mergeFlag, stateChange } from './mail-change.ts'
import { conversationData } from './mail-data.ts'

/** Whether a folder's messages are written by phones. */
export function isDrafts(folder: Folder): boolean {
  return folder.type === folderType.drafts
}

/** What is wrong with a draft, as the Status of one item can say it. */
const failureOf: Readonly<Record<SubmissionProblem, FailureName>> = {
  'no-recipient': 'InvalidRecipients',
  'invalid-recipient': 'InvalidRecipients',
  'too-many-recipients': 'InvalidRecipients',
  'invalid-mime': 'ItemMalformed',
  'foreign-from': 'ItemMalformed',
  'too-large': 'CannotComplete',
}

function itemFailure(thrown: unknown): Failure {
  if (thrown instanceof SubmissionFailure) return new Failure(failureOf[thrown.problem], thrown.message)
  if (thrown instanceof MessageTooLarge) return new Failure('CannotComplete', thrown.message)
  throw thrown
}

/** MS-ASAIRS 2.2.2.2. One without content means a file that is there already (iOS sends it when an item changes its folder). */
function fileOf(add: AttachmentAdd): DraftFile[] {
  if (add.Content === undefined || add.Content.length === 0) return []
  const isMessage = add.Method === 5
  return [
    {
      clientId: add.ClientId,
      name: add.DisplayName ?? '',
      type: isMessage ? 'message/rfc822' : (add.ContentType ?? null),
      content: add.Content,
      inline: add.IsInline ?? false,
      contentId: add.ContentId ?? null,
      contentLocation: add.ContentLocation ?? null,
    },
  ]
}

/** The paths of this draft's files that a client takes away; references to others are not obeyed. */
function removedPaths(draft: DraftChange, id: ServerId | null): string[] {
  return (draft.Attachments?.Delete ?? []).flatMap(({ FileReference }) => {
    const reference = parseFileReference(FileReference)
    return reference === null || reference.item !== id ? [] : [reference.path]
  })
}

/** MS-ASEMAIL 2.2.2.79 allows 32,768 characters. */
const fieldCharsMax = 64 * 1024

function fieldsOf(draft: DraftChange, id: ServerId | null): DraftFields {
  const { To, Cc, Bcc, From, ReplyTo, Subject, Importance, Body: body } = draft
  for (const field of [To, Cc, Bcc, From, ReplyTo, Subject]) {
    if (field !== undefined && field.length > fieldCharsMax) throw new Failure('ItemMalformed', `a field of ${field.length} characters`)
  }
  if (body?.Type === 4 && body.Data === undefined) throw new Failure('ItemMalformed', 'MIME without Data')
  return {
    ...(From === undefined ? {} : { from: From }),
    ...(To === undefined ? {} : { to: To }),
    ...(Cc === undefined ? {} : { cc: Cc }),
    ...(Bcc === undefined ? {} : { bcc: Bcc }),
    ...(ReplyTo === undefined ? {} : { replyTo: ReplyTo }),
    ...(Subject === undefined ? {} : { subject: Subject }),
    ...(Importance === undefined ? {} : { importance: Importance as 0 | 1 | 2 }),
    ...(body === undefined ? {} : { body: { type: body.Type, data: body.Data ?? new Uint8Array(0) } }),
    add: (draft.Attachments?.Add ?? []).flatMap(fileOf),
    remove: removedPaths(draft, id),
  }
}

/** Whether a change concerns the message itself and not only what its owner does with it. */
function isRewrite(fields: DraftFields, draft: DraftChange): boolean {
  const { add = [], remove = [], ...rest } = fields
  return Object.keys(rest).length > 0 || add.length > 0 || remove.length > 0 || draft.Send === true
}

async function write(fields: DraftFields, existing: ExistingDraft | null, isFinal: boolean, call: Call): Promise<DraftMime> {
  const { account, house } = call
  const options = { account, now: house.clock.now(), messageBytesMax: house.limits.messageBytesMax, isFinal }
  try {
    if (fields.body?.type !== 4 || fields.add === undefined || fields.add.length === 0) return await draftMime(fields, existing, options)
    // The phone's own message, and then files beside it.
    const { source } = await draftMime({ ...fields, add: [] }, existing, options)
    return await draftMime({ add: fields.add }, { source: sourceOf(source), envelope: readEnvelope(source) }, options)
  } catch (thrown) {
    throw itemFailure(thrown)
  }
}

function prepareToSend(source: Uint8Array, id: SubmissionId, { account, house }: Call): Prepared {
  try {
    return prepare(source, { id, account, now: house.clock.now(), limits: house.limits, strict: true })
  } catch (thrown) {
    throw itemFailure(thrown)
  }
}

/** MS-ASAIRS 2.2.2.24, MS-ASEMAIL 2.2.2.21: where the new files lie, and the conversation of a new draft. */
function answerOf(id: ServerId, { added }: DraftMime, conversation: Partial<MailData>): { readonly applicationData?: Bound } {
  const files = [...added].map(([clientId, path]) => ({ ClientId: clientId, FileReference: fileReference(id, path) }))
  const data = { ...conversation, ...(files.length === 0 ? {} : { Attachments: { Attachment: files } }) }
  return Object.keys(data).length === 0 ? {} : { applicationData: bind(MailData, data) }
}

/** An Add to the Drafts folder: kept, or sent at once and kept in Sent Items. */
export async function draftAdd(draft: DraftChange, folder: Folder, identity: Identity, call: Call): Promise<ClientChange> {
  const { account, house } = call
  const now = house.clock.now()
  const mime = await write(fieldsOf(draft, null), null, draft.Send === true, call)
  if (draft.Send === true) {
    const prepared = prepareToSend(mime.source, `draft ${identity}` as SubmissionId, call)
    return {
      async apply(unit) {
        // A repetition finds it sent, which is what it wanted.
        await submit(unit, account, prepared, true)
        return { id: null }
      },
      committed: () => house.submitter.kick(),
    }
  }
  const plain = emailDraft(mime.source, { received: now, read: draft.Read ?? true, draft: true })
  const flag = draft.Flag === undefined ? null : mergeFlag(null, draft.Flag, plain.envelope.subject, now)
  const stored: EmailDraft = { ...plain, state: { ...plain.state, flag, categories: cleanCategories(draft.Categories?.Category ?? []) } }
  return {
    async apply(_unit, mailbox, arbiter) {
      const { id, modseq } = await mailbox.create(folder.id, stored, identity)
      arbiter.created(id, modseq, now)
      return { id, ...answerOf(id, mime, conversationData({ ...stored, bytes: mime.source.length })) }
    },
  }
}

/** A draft is sent once: its id names the submission, so that a lost answer sends nothing twice. */
function submissionOf(id: ServerId): SubmissionId {
  return `draft ${id}` as SubmissionId
}

/** The draft is gone. If it was sent, the client repeats itself and is told that all went well. */
function goneDraft(id: ServerId, draft: DraftChange, { account }: Call): ClientChange {
  return {
    async apply(unit) {
      if (draft.Send !== true || !(await unit.outbox.known(account.id, submissionOf(id)))) throw new Failure('ObjectNotFound')
      return { id }
    },
  }
}

/** A Change in the Drafts folder. What is no draft there changes like any other mail. */
export async function draftChange(
  id: ServerId,
  draft: DraftChange,
  folder: Folder,
  options: CollectionOptions,
  call: Call,
): Promise<ClientChange> {
  const { store, clock } = call.house
  const mailbox = await store.mailbox(call.account.id)
  const item = (await mailbox.read([id])).get(id)
  const source = item === undefined ? null : await mailbox.source(id)
  if (item === undefined || source === null || item.folder !== folder.id) return goneDraft(id, draft, call)
  const { envelope, state } = emailOf(item)
  const fields = fieldsOf(draft, id)
  // Read, Flag and Categories merge, whoever else wrote.
  if (!isRewrite(fields, draft)) return mailChange(id, stateOnly(draft), folder, clock.now())
  if (!state.draft) throw new Failure('ItemMalformed', 'nothing but Read, Flag and Categories of what is no draft')
  const mime = await write(fields, { source, envelope }, draft.Send === true, call)
  const base: Base = { item, folder, options }
  return draft.Send === true ? sending(base, mime, call) : rewriting(base, draft, mime, call)
}

function stateOnly({ Read, Flag, Categories }: DraftChange): Pick<DraftChange, 'Read' | 'Flag' | 'Categories'> {
  return { Read, Flag, Categories }
}

/** What a change was made from, and what it is to meet again. */
interface Base {
  readonly item: Item
  readonly folder: Folder
  readonly options: CollectionOptions
}

/** MS-ASCMD 2.2.3.34: where somebody else wrote as well, the server's draft stands unless the client is to win. */
async function check({ item, folder, options }: Base, ...[, mailbox, arbiter]: Parameters<ClientChange['apply']>): Promise<void> {
  const { modseq } = await findMail(mailbox, folder, item.id)
  if (options.conflict === 1 && (await arbiter.isConflicting(item.id, modseq))) throw new Failure('Conflict')
  // Written between reading and here: what the client left unsaid was taken from a draft that is no more.
  if (modseq !== item.modseq) throw new Failure('Retry', 'the draft changed meanwhile')
}

function rewriting(base: Base, draft: DraftChange, mime: DraftMime, call: Call): ClientChange {
  const { item } = base
  const now = call.house.clock.now()
  const read = emailDraft(mime.source, { received: now, read: true, draft: true })
  const { source, envelope, searchText, received, conversation } = read
  const replace = { source, envelope, searchText, received, conversation }
  const state = stateChange(emailOf(item), stateOnly(draft), now)
  return {
    async apply(unit, mailbox, arbiter) {
      await check(base, unit, mailbox, arbiter)
      const stored = await mailbox.change(item.id, { class: 'Email', state, replace }, null)
      await arbiter.changed(item.id, item.modseq, stored.modseq, received)
      return { id: item.id, ...answerOf(item.id, mime, {}) }
    },
  }
}

function sending(base: Base, mime: DraftMime, call: Call): ClientChange {
  const { account, house } = call
  const { id } = base.item
  const prepared = prepareToSend(mime.source, submissionOf(id), call)
  return {
    async apply(unit, mailbox, arbiter) {
      await check(base, unit, mailbox, arbiter)
      await submit(unit, account, prepared, true)
      await mailbox.remove(id, 'forever')
      // The ledger stays: the Delete that the feed tells takes the draft from a phone that keeps it, and harms no other.
      return { id }
    },
    committed: () => house.submitter.kick(),
  }
}
