// Accounts, messages and identities for the contracts of the store.
import type { Account } from '../../src/model/account.ts'
import type { Envelope, MailState } from '../../src/model/email.ts'
import { folderType, type FolderType } from '../../src/model/folder.ts'
import type { FolderId, Identity, Instant, Modseq, ServerId, SubmissionId } from '../../src/model/id.ts'
import type { EmailDraft, Mailbox } from '../../src/store/mailbox.ts'
import type { Store } from '../../src/store/store.ts'

export const day = 24 * 60 * 60 * 1000
export const noon = Date.parse('2026-03-01T12:00:00Z')

export const unread: MailState = { read: false, flag: null, categories: [], lastVerb: null, draft: false, receivedAsBcc: false }

export function envelope(subject: string): Envelope {
  return {
    subject,
    from: [{ name: 'Erika Mustermann', address: 'erika@example.com' }],
    sender: [],
    replyTo: [],
    to: [],
    cc: [],
    bcc: [],
    date: noon,
    messageId: null,
    inReplyTo: [],
    references: [],
    importance: 1,
    threadTopic: subject,
    threadIndex: null,
    smime: null,
    messageClass: 'IPM.Note',
    structure: {
      path: '1',
      type: 'text/plain',
      charset: 'utf-8',
      disposition: null,
      name: null,
      contentId: null,
      contentLocation: null,
      encoding: 'identity',
      start: 0,
      body: 2,
      end: 2,
      parts: [],
    },
    preview: '',
  }
}

export interface Sample {
  readonly subject?: string
  readonly text?: string
  readonly received?: Instant
  readonly source?: Uint8Array
  readonly conversation?: string | null
  readonly state?: Partial<MailState>
}

export function mail({ subject = 'Hello', text = '', received = noon, source, conversation = null, state }: Sample = {}): EmailDraft {
  return {
    class: 'Email',
    source: source ?? Buffer.from(`Subject: ${subject}\r\n\r\n${text}`),
    envelope: envelope(subject),
    state: { ...unread, ...state },
    received,
    conversation,
    searchText: text,
  }
}

let numbered = 0

/** A new account of the store, under an address nobody has. */
export function newAccount(store: Store): Promise<Account> {
  numbered += 1
  return store.accounts.create({ addresses: [`user${numbered}@example.com`], displayName: `User ${numbered}`, passwordHash: null })
}

/** A mailbox of its own for a test. */
export async function newMailbox(store: Store): Promise<Mailbox> {
  return store.mailbox((await newAccount(store)).id)
}

export async function inboxOf(mailbox: Mailbox): Promise<FolderId> {
  return (await mailbox.defaultFolder(folderType.inbox)).id
}

export async function folderOf(mailbox: Mailbox, type: FolderType): Promise<FolderId> {
  return (await mailbox.defaultFolder(type)).id
}

/** Puts messages into a folder, one unit each. Answers their ids, in order. */
export async function fill(mailbox: Mailbox, folder: FolderId, ...samples: readonly Sample[]): Promise<readonly ServerId[]> {
  const ids: ServerId[] = []
  for (const sample of samples) ids.push((await mailbox.create(folder, mail(sample), null)).id)
  return ids
}

export const identity = (text: string) => text as Identity
export const submission = (text: string) => text as SubmissionId
export const modseq = (value: number) => value as Modseq

/** The order of ids as a plain list, for comparisons. */
export const idsOf = <Id>(changes: readonly { readonly id: Id }[]): readonly Id[] => changes.map(({ id }) => id)

/** Bytes that differ everywhere, so that a wrong offset shows. */
export function pattern(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + (index >> 8)) & 0xff)
}

/** Reads a feed to its end, page by page. */
export async function readFeed(mailbox: Mailbox, folder: FolderId, token: number, limit: number) {
  const pages = []
  let from = modseq(token)
  for (;;) {
    const page = await mailbox.items(folder, 'Email').since(from, limit)
    pages.push(page)
    if (!page.more) return pages
    from = page.token
  }
}
