// Puts an archive into a mailbox: in batches, with dates and flags, and as often as one likes without a second copy.
import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { parseDate } from '../format/date.ts'
import { normaliseLineEnds, stripHeaders } from '../format/header-out.ts'
import { scan } from '../format/mime.ts'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { Flag } from '../model/email.ts'
import { classOfFolder, type Folder, type FolderType, folderType } from '../model/folder.ts'
import { type FolderId, type Identity, type Instant, rootFolder } from '../model/id.ts'
import type { EmailDraft, Mailbox } from '../store/mailbox.ts'
import type { Store } from '../store/store.ts'
import { emailDraft } from './draft.ts'
import type { ImportedMessage } from './imported.ts'

export interface ImportCounts {
  readonly imported: number
  /** Had been imported before. */
  readonly known: number
  /** Too large, unreadable, or no mail at all. */
  readonly skipped: number
  /** How much of the archive has been worked through. */
  readonly archiveBytes: number
}

export interface ImportOptions {
  readonly store: Store
  readonly clock: Clock
  readonly account: Account
  /** A path such as `Inbox` or `Archive/2019`; folders that are missing are made. */
  readonly folder: string
  readonly messages: AsyncIterable<ImportedMessage>
  /** Called after each batch. */
  readonly progress?: (counts: ImportCounts) => void
}

/** One unit of work holds no more than this, so that phones get their turn in between. */
const batchMessages = 50
const batchBytes = 8 * 1024 * 1024

/** Folders other programs have, by the name they go by there, lower case. */
const knownNames: Readonly<Record<string, FolderType>> = {
  inbox: folderType.inbox,
  drafts: folderType.drafts,
  sent: folderType.sentItems,
  'sent items': folderType.sentItems,
  'sent messages': folderType.sentItems,
  'sent mail': folderType.sentItems,
  trash: folderType.deletedItems,
  'deleted items': folderType.deletedItems,
  'deleted messages': folderType.deletedItems,
}
const aliases: Readonly<Record<string, string>> = {
  junk: 'Junk E-mail',
  spam: 'Junk E-mail',
  'junk mail': 'Junk E-mail',
  archives: 'Archive',
}

/** Finds and makes folders by their path. */
class Folders {
  readonly #mailbox: Mailbox
  readonly #known = new Map<string, Folder>()
  #folders: readonly Folder[] | null = null

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox
  }

  async at(path: readonly string[]): Promise<Folder> {
    const key = path.join('/').toLowerCase()
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const folder = await this.#find(path)
    if (classOfFolder(folder.type) !== 'Email') throw new Error(`the folder "${folder.name}" does not hold mail`)
    this.#known.set(key, folder)
    return folder
  }

  async #find(path: readonly string[]): Promise<Folder> {
    const [first = 'Inbox', ...rest] = path
    const type = Object.hasOwn(knownNames, first.toLowerCase()) ? knownNames[first.toLowerCase()] : undefined
    const own = type === undefined ? null : await this.#mailbox.defaultFolder(type)
    let folder =
      own ?? (await this.#child(rootFolder, Object.hasOwn(aliases, first.toLowerCase()) ? (aliases[first.toLowerCase()] ?? first) : first))
    for (const name of rest) folder = await this.#child(folder.id, name)
    return folder
  }

  async #child(parent: FolderId, name: string): Promise<Folder> {
    this.#folders ??= await this.#mailbox.allFolders()
    const wanted = name.trim().toLowerCase()
    const found = this.#folders.find((folder) => folder.parent === parent && folder.name.toLowerCase() === wanted)
    if (found !== undefined) return found
    this.#folders = null
    return await this.#mailbox.createFolder(parent, name.trim(), folderType.userMail, null)
  }
}

/** When a message came: as the archive says, else by its newest Received field, else by its own Date. */
function receivedAt(source: Uint8Array, message: ImportedMessage, now: Instant): Instant {
  if (message.received !== null) return Math.min(message.received, now)
  const { headers } = scan(source)
  const hop = headers.get('received') ?? ''
  return Math.min(parseDate(hop.slice(hop.lastIndexOf(';') + 1)) ?? parseDate(headers.get('date') ?? '') ?? now, now)
}

/** MS-ASEMAIL 2.2.2.34: a flag set elsewhere is an active one for follow-up. */
const followUp: Flag = { status: 2, type: 'Flag for follow up' }

/** Where mail readers note what their owner did: it changes without the message being another. */
const readerFields = [
  'status',
  'x-status',
  'x-keywords',
  'x-uid',
  'x-mozilla-status',
  'x-mozilla-status2',
  'x-mozilla-keys',
  'x-gmail-labels',
]

interface Prepared {
  readonly path: readonly string[]
  readonly draft: EmailDraft
  readonly identity: Identity
}

function prepare(message: ImportedMessage, top: readonly string[], account: Account, now: Instant): Prepared | null {
  if (message.source === null) return null
  const source = stripHeaders(normaliseLineEnds(message.source), readerFields)
  if (source.byteLength === 0 || scan(source).headers.fields.length === 0) return null
  const received = receivedAt(source, message, now)
  const draft = emailDraft(source, { received, read: message.read })
  const content = createHash('sha256').update(source).digest('base64url')
  const identity = createHash('sha256')
    .update(`import\n${account.id}\n${draft.envelope.messageId ?? ''}\n${content}`)
    .digest('base64url')
  // The inbox of a whole mailbox has the other folders beside it, not in it.
  const isWholeMailbox = top.length === 1 && top[0]?.toLowerCase() === 'inbox'
  const below = isWholeMailbox && message.folder.length > 0 ? message.folder : [...top, ...message.folder]
  const lastVerb = message.verb === null ? null : { verb: message.verb, at: received }
  return {
    path: message.deleted ? ['Deleted Items'] : below,
    draft: { ...draft, state: { ...draft.state, flag: message.flagged ? followUp : null, lastVerb } },
    identity: identity as Identity,
  }
}

/**
 * Imports every message. What was imported before (the same content under the same Message-ID) is counted and left where it
 * is, even if it was moved or deleted since. Rejects with the store's failure; what is committed by then stays, and a second
 * run goes on from there.
 */
export async function importMail({ store, clock, account, folder, messages, progress }: ImportOptions): Promise<ImportCounts> {
  const top = folder
    .split('/')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const counts = { imported: 0, known: 0, skipped: 0, archiveBytes: 0 }
  let batch: Prepared[] = []
  let bytes = 0

  async function commit(): Promise<void> {
    const created = await store.unit(async (unit) => {
      const mailbox = await unit.mailbox(account.id)
      const folders = new Folders(mailbox)
      let count = 0
      for (const { path, draft, identity } of batch) {
        const target = await folders.at(path)
        const state = { ...draft.state, draft: target.type === folderType.drafts }
        const stored = await mailbox.create(target.id, { ...draft, state }, identity)
        if (stored.created) count += 1
      }
      return count
    })
    counts.imported += created
    counts.known += batch.length - created
    batch = []
    bytes = 0
    progress?.({ ...counts })
    await turn()
  }

  for await (const message of messages) {
    counts.archiveBytes += message.archiveBytes
    const prepared = prepare(message, top, account, clock.now())
    if (prepared === null) {
      counts.skipped += 1
      continue
    }
    batch.push(prepared)
    bytes += prepared.draft.source.byteLength
    if (batch.length >= batchMessages || bytes >= batchBytes) await commit()
  }
  await commit()
  return counts
}
