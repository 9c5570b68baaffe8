// What can be done to items in SQL. Each change of a row draws a modseq of its own in the same transaction.
import type { MailState } from '../../model/email.ts'
import { folderType } from '../../model/folder.ts'
import type { FolderId, Identity, Instant, MailboxId, Modseq, ServerId } from '../../model/id.ts'
import type { Source } from '../../model/item.ts'
import { StoreFailure } from '../failure.ts'
import type { Draft, EmailDraft, Patch, RecordDraft, Stored } from '../mailbox.ts'
import { chunkedSource, messageChunks } from './chunks.ts'
import { dateColumn, folderNumber, itemId, itemKey, uidColumn } from './columns.ts'
import { forgetContent, insertContent, isContent, prepareContent, weightOf, type PreparedContent } from './contents.ts'
import type { SqlFolders } from './folders.ts'
import type { Session, Work } from './session.ts'

interface ItemRow {
  readonly number: number
  readonly folder: number
  readonly modseq: Modseq
  readonly gone: number
  readonly date: number
  readonly bytes: number
  readonly class: string
  readonly content: number | null
  readonly conversation: string | null
  readonly moved_to: number | null
  readonly state: string | null
  readonly uid: string | null
}

/** A row that is there: its content and state are, too. */
type LiveRow = ItemRow & { readonly content: number; readonly state: string }

const columns = 'number, folder, modseq, gone, date, bytes, class, content, conversation, moved_to, state, uid'

function isLive(row: ItemRow | undefined): row is LiveRow {
  return row !== undefined && row.gone === 0
}

/** The columns that an item is found by. */
function plainColumns(draft: Pick<EmailDraft, 'received' | 'conversation'> | RecordDraft): Pick<ItemRow, 'date' | 'conversation' | 'uid'> {
  if ('record' in draft) return { date: dateColumn(draft.date), conversation: null, uid: draft.uid === null ? null : uidColumn(draft.uid) }
  return { date: dateColumn(draft.received), conversation: draft.conversation, uid: null }
}

export class SqlItems {
  readonly #session: Session
  readonly #mailbox: MailboxId
  readonly #folders: SqlFolders

  constructor(session: Session, mailbox: MailboxId, folders: SqlFolders) {
    this.#session = session
    this.#mailbox = mailbox
    this.#folders = folders
  }

  async source(id: ServerId): Promise<Source | null> {
    const row = await this.#find(this.#session, id)
    if (!isLive(row)) return null
    const bytes = row.class === 'Email' ? row.bytes : await this.#sourceBytes(row.content)
    return chunkedSource(() => this.#session.connection, messageChunks, [this.#mailbox, row.content], bytes)
  }

  /** A record weighs more than its files. */
  async #sourceBytes(content: number): Promise<number> {
    const row = await this.#session.connection.get<{ bytes: number }>('select bytes from contents where mailbox = $1 and id = $2', [
      this.#mailbox,
      content,
    ])
    return row?.bytes ?? 0
  }

  async create(folder: FolderId, draft: Draft, identity: Identity | null): Promise<Stored> {
    const content = prepareContent(draft)
    const bytes = weightOf(content, draft.class)
    this.#session.database.reserve(bytes)
    const plain = plainColumns(draft)
    const state = draft.class === 'Email' ? JSON.stringify(draft.state) : '{}'
    return this.#session.write(async (unit) => {
      const counter = await unit.counter(this.#mailbox)
      const known = identity === null ? undefined : await this.#known(unit, identity)
      if (known !== undefined) return { id: itemId(known), modseq: known.modseq, created: false }
      const row = {
        folder: await this.#folders.number(unit, folder),
        content: await insertContent(unit, this.#mailbox, content),
        number: counter.number(),
        modseq: counter.change(),
        ...plain,
        bytes,
        class: draft.class,
        state,
      }
      await this.#insert(unit, row, identity)
      return { id: itemId(row), modseq: row.modseq, created: true }
    })
  }

  /** The row that this identity made, whatever became of it: a repetition is owed the id it was given at first. */
  #known(unit: Work, identity: Identity): Promise<ItemRow | undefined> {
    return unit.connection.get<ItemRow>(`select ${columns} from items where mailbox = $1 and identity = $2`, [this.#mailbox, identity])
  }

  async change(id: ServerId, patch: Patch, expected: Modseq | null): Promise<Stored> {
    const { replace } = patch
    const content = replace === undefined ? null : prepareContent(replace)
    if (content !== null) this.#session.database.reserve(weightOf(content, patch.class))
    return this.#session.write(async (unit) => {
      const counter = await unit.counter(this.#mailbox)
      const row = await this.#live(unit, id)
      if (expected !== null && row.modseq > expected) throw new StoreFailure('conflict')
      if (row.class !== patch.class) throw new StoreFailure('item-not-found', 'it is of another class')
      const state = patch.class === 'Email' ? JSON.stringify({ ...(JSON.parse(row.state) as MailState), ...patch.state }) : row.state
      // Nothing new: other devices need not hear of it.
      const isSame = content === null || (patch.class !== 'Email' && (await isContent(unit, this.#mailbox, row.content, content)))
      if (isSame && state === row.state) return { id, modseq: row.modseq, created: false }
      const modseq = counter.change()
      const changed =
        replace === undefined || content === null
          ? { ...row, state }
          : { ...row, state, ...(await this.#replaced(unit, row, content, replace)) }
      await unit.connection.run(
        `update items set modseq = $3, state = $4, content = $5, bytes = $6, date = $7, conversation = $8, uid = $9
         where mailbox = $1 and number = $2`,
        [this.#mailbox, row.number, modseq, changed.state, changed.content, changed.bytes, changed.date, changed.conversation, changed.uid],
      )
      return { id, modseq, created: false }
    })
  }

  async #replaced(unit: Work, row: LiveRow, content: PreparedContent, replace: NonNullable<Patch['replace']>) {
    await forgetContent(unit, this.#mailbox, row.content)
    return {
      content: await insertContent(unit, this.#mailbox, content),
      bytes: weightOf(content, 'record' in replace ? replace.class : 'Email'),
      ...plainColumns(replace),
    }
  }

  remove(id: ServerId, how: 'trash' | 'forever'): Promise<Modseq> {
    return this.#session.write(async (unit) => {
      const counter = await unit.counter(this.#mailbox)
      const row = await this.#live(unit, id)
      if (how === 'trash') {
        const trash = folderNumber((await this.#folders.ofType(folderType.deletedItems, unit)).id) ?? 0
        if (row.folder !== trash) return (await this.#relocate(unit, row, trash)).modseq
      }
      await forgetContent(unit, this.#mailbox, row.content)
      await this.#bury(unit, row.number, counter.change(), null)
      return counter.modseq
    })
  }

  move(id: ServerId, to: FolderId): Promise<Stored> {
    return this.#session.write(async (unit) => {
      await unit.counter(this.#mailbox)
      const row = await this.#find(unit, id)
      if (row === undefined) throw new StoreFailure('item-not-found')
      const destination = await this.#folders.number(unit, to)
      if (!isLive(row)) return this.#movedBefore(unit, row, destination)
      if (row.folder === destination) return { id, modseq: row.modseq, created: false }
      return this.#relocate(unit, row, destination)
    })
  }

  /** The same answer as the first time. */
  async #movedBefore(unit: Work, row: ItemRow, destination: number): Promise<Stored> {
    const moved = row.moved_to === null ? undefined : await this.#byNumber(unit, row.moved_to)
    if (moved === undefined || moved.folder !== destination) throw new StoreFailure('item-not-found')
    return { id: itemId(moved), modseq: moved.modseq, created: false }
  }

  async #relocate(unit: Work, row: LiveRow, folder: number): Promise<Stored> {
    const counter = await unit.counter(this.#mailbox)
    const moved = { ...row, folder, number: counter.number() }
    await this.#bury(unit, row.number, counter.change(), moved.number)
    const modseq = counter.change()
    await this.#insert(unit, { ...moved, modseq }, null)
    return { id: itemId(moved), modseq, created: true }
  }

  /** Leaves tombstones of everything in a folder. */
  async empty(unit: Work, folder: number): Promise<void> {
    const counter = await unit.counter(this.#mailbox)
    const here = [this.#mailbox, folder]
    const now = unit.clock.now()
    await unit.connection.run(
      `insert into forgotten (mailbox, kind, id, at)
       select mailbox, 'content', content, cast($3 as bigint) from items where mailbox = $1 and folder = $2 and gone = 0
       on conflict (mailbox, kind, id) do nothing`,
      [...here, now],
    )
    const row = await unit.connection.get<{ count: number }>(
      'select count(*) as count from items where mailbox = $1 and folder = $2 and gone = 0',
      here,
    )
    const count = row?.count ?? 0
    if (count === 0) return
    await unit.connection.run(
      `update items set gone = 1, removed_at = $4, content = null, state = null, conversation = null, uid = null, modseq = r.modseq
       from (
         select number as n, cast($3 as bigint) - 1 + row_number() over (order by number) as modseq
         from items where mailbox = $1 and folder = $2 and gone = 0
       ) r
       where items.mailbox = $1 and items.number = r.n`,
      [...here, counter.change(count), now],
    )
  }

  async #insert(unit: Work, row: Omit<LiveRow, 'gone' | 'moved_to'>, identity: Identity | null): Promise<void> {
    await unit.connection.run(
      `insert into items (mailbox, number, folder, modseq, gone, date, bytes, class, content, conversation, identity, state, uid)
       values ($1, $2, $3, $4, 0, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        this.#mailbox,
        row.number,
        row.folder,
        row.modseq,
        row.date,
        row.bytes,
        row.class,
        row.content,
        row.conversation,
        identity,
        row.state,
        row.uid,
      ],
    )
  }

  async #bury(unit: Work, number: number, modseq: Modseq, movedTo: number | null): Promise<void> {
    const now: Instant = unit.clock.now()
    await unit.connection.run(
      `update items set gone = 1, modseq = $3, moved_to = $4, removed_at = $5, content = null, state = null, conversation = null, uid = null
       where mailbox = $1 and number = $2`,
      [this.#mailbox, number, modseq, movedTo, now],
    )
  }

  async #live(unit: Work, id: ServerId): Promise<LiveRow> {
    const row = await this.#find(unit, id)
    if (!isLive(row)) throw new StoreFailure('item-not-found')
    return row
  }

  async #find(session: Session, id: ServerId): Promise<ItemRow | undefined> {
    const key = itemKey(id)
    if (key === null) return undefined
    const row = await this.#byNumber(session, key.number)
    return row?.folder === key.folder ? row : undefined
  }

  #byNumber(session: Session, number: number): Promise<ItemRow | undefined> {
    return session.connection.get<ItemRow>(`select ${columns} from items where mailbox = $1 and number = $2`, [this.#mailbox, number])
  }
}
