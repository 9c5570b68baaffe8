// A real store with one account and short messages, for tests below the protocol.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { conversationOf, readEnvelope } from '../../src/format/envelope.ts'
import type { Account } from '../../src/model/account.ts'
import type { MailState } from '../../src/model/email.ts'
import { folderType, type FolderType } from '../../src/model/folder.ts'
import type { DeviceId, FolderId, Instant, ServerId } from '../../src/model/id.ts'
import type { EmailDraft, Mailbox } from '../../src/store/mailbox.ts'
import { openStore } from '../../src/store/sql/open.ts'
import type { Store } from '../../src/store/store.ts'
import type { SyncState } from '../../src/store/sync-state.ts'
import { VirtualClock } from './clock.ts'
import { message } from './message.ts'

export interface Shelf {
  readonly clock: VirtualClock
  readonly store: Store
  readonly account: Account
  readonly mailbox: Mailbox
  readonly inbox: FolderId
  state(device?: string): Promise<SyncState>
  folder(type: FolderType): Promise<FolderId>
  /** Puts a message into the inbox; returns its id. */
  put(subject?: string, received?: Instant): Promise<ServerId>
  close(): Promise<void>
}

export const freshState: MailState = { read: false, flag: null, categories: [], lastVerb: null, draft: false, receivedAsBcc: false }

/** A draft of a short message. */
export function shortDraft(subject: string, received: Instant): EmailDraft {
  const source = Buffer.from(message({ subject, date: received }))
  const envelope = readEnvelope(source)
  return { class: 'Email', source, envelope, state: freshState, received, conversation: conversationOf(envelope), searchText: subject }
}

/** Opens a shelf in a temporary folder. */
export async function openShelf(): Promise<Shelf> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-'))
  const clock = new VirtualClock()
  const store = await openStore({ database: { kind: 'sqlite', path: join(folder, 'easel.db') }, clock })
  const account = await store.accounts.create({ addresses: ['alice@example.test'], displayName: 'Alice', passwordHash: null })
  const mailbox = await store.mailbox(account.id)
  const inbox = (await mailbox.defaultFolder(folderType.inbox)).id
  let number = 0
  return {
    clock,
    store,
    account,
    mailbox,
    inbox,
    state: (device = 'phone') => store.syncState(account.id, device as DeviceId),
    folder: async (type) => (await mailbox.defaultFolder(type)).id,
    put: async (subject = `Message ${++number}`, received = clock.now()) =>
      (await mailbox.create(inbox, shortDraft(subject, received), null)).id,
    close: async () => {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}
