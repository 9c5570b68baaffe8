// The feed of one folder's items in SQL, and the reading of items by their ids.
import type { MailState } from '../../model/email.ts'
import type { ItemClass } from '../../model/folder.ts'
import type { FolderId, Instant, MailboxId, Modseq, ServerId } from '../../model/id.ts'
import type { Item, ItemContent, RecordClass, RecordContent } from '../../model/item.ts'
import type { BackfillPage, Change, ChangePage, Cursor, Feed } from '../mailbox.ts'
import { dateColumn, folderId, folderNumber, instant, itemId, itemKey, uidColumn, type ItemKey } from './columns.ts'
import { parseEnvelope, parseRecord } from './contents.ts'
import { changePage } from './feed.ts'
import type { Session } from './session.ts'

interface ChangeRow extends ItemKey {
  readonly modseq: Modseq
  readonly gone: number
  readonly date: number
  readonly bytes: number
}

interface ItemRow extends ChangeRow {
  readonly class: ItemClass
  readonly conversation: string | null
  readonly state: string
  readonly envelope: string
}

function toChange(row: ChangeRow): Change {
  return { id: itemId(row), modseq: row.modseq, gone: row.gone === 1, date: instant(row.date), bytes: row.bytes }
}

function toItem(row: ItemRow): Item {
  const { modseq, bytes } = row
  return { id: itemId(row), folder: folderId(row.folder), modseq, date: instant(row.date), bytes, content: toContent(row) }
}

function toContent({ class: itemClass, date, bytes, conversation, state, envelope }: ItemRow): ItemContent {
  if (itemClass !== 'Email') return { class: itemClass, record: parseRecord(envelope) } as RecordContent
  const email = { envelope: parseEnvelope(envelope), state: JSON.parse(state) as MailState, received: date, bytes, conversation }
  return { class: 'Email', email }
}

/** The numbers of those ids that can be ours. A row counts only if it bears the whole id: the folder is part of it. */
function numbersOf(ids: readonly ServerId[]): readonly number[] {
  return ids.map(itemKey).flatMap((key) => (key === null ? [] : [key.number]))
}

/** The items of any folder; those gone, unknown or named with the wrong folder are absent. */
export async function readItems(session: Session, mailbox: MailboxId, ids: readonly ServerId[]): Promise<Map<ServerId, Item>> {
  const asked = new Set(ids)
  const { connection } = session
  const rows = await connection.all<ItemRow>(
    `select i.number, i.folder, i.modseq, i.gone, i.date, i.bytes, i.class, i.conversation, i.state, c.envelope
     from items i join contents c on c.mailbox = i.mailbox and c.id = i.content
     where i.mailbox = $1 and i.gone = 0 and ${connection.dialect.among('i.number', 2)}`,
    [mailbox, connection.dialect.list(numbersOf(ids))],
  )
  return new Map(rows.filter((row) => asked.has(itemId(row))).map((row) => [itemId(row), toItem(row)]))
}

/** The newest change of each id, gone or not. */
export async function readChanges(session: Session, mailbox: MailboxId, ids: readonly ServerId[]): Promise<Map<ServerId, Change>> {
  const asked = new Set(ids)
  const { connection } = session
  const rows = await connection.all<ChangeRow>(
    `select number, folder, modseq, gone, date, bytes from items where mailbox = $1 and ${connection.dialect.among('number', 2)}`,
    [mailbox, connection.dialect.list(numbersOf(ids))],
  )
  return new Map(rows.map((row) => [itemId(row), toChange(row)] as const).filter(([id]) => asked.has(id)))
}

/** Live records of a class with this uid, oldest first. */
export async function itemsWithUid(
  session: Session,
  mailbox: MailboxId,
  itemClass: RecordClass,
  uid: string,
): Promise<readonly ServerId[]> {
  const rows = await session.connection.all<ItemKey>(
    'select folder, number from items where mailbox = $1 and uid = $2 and class = $3 and gone = 0 order by number',
    [mailbox, uidColumn(uid), itemClass],
  )
  return rows.map(itemId)
}

export class SqlItemFeed implements Feed<Item> {
  readonly #session: Session
  readonly #mailbox: MailboxId
  /** An id that cannot be ours names an empty folder: no row has the number -1. */
  readonly #folder: number
  readonly #class: ItemClass

  constructor(session: Session, mailbox: MailboxId, folder: FolderId, itemClass: ItemClass) {
    this.#session = session
    this.#mailbox = mailbox
    this.#folder = folderNumber(folder) ?? -1
    this.#class = itemClass
  }

  async since(token: Modseq, limit: number): Promise<ChangePage> {
    const rows = await this.#session.connection.all<ChangeRow>(
      `select number, folder, modseq, gone, date, bytes from items
       where mailbox = $1 and folder = $2 and modseq > $3 and class = $5 order by modseq limit $4`,
      [this.#mailbox, this.#folder, token, limit + 1, this.#class],
    )
    return changePage(rows, token, limit, toChange)
  }

  async newestFirst(from: Cursor | null, after: Instant | null, limit: number): Promise<BackfillPage> {
    const start = from ?? { date: null, number: Number.MAX_SAFE_INTEGER }
    const rows = await this.#session.connection.all<ChangeRow>(
      `select number, folder, modseq, gone, date, bytes from items
       where mailbox = $1 and folder = $2 and gone = 0 and (date, number) < ($3, $4) and date >= $5 and class = $7
       order by date desc, number desc limit $6`,
      [this.#mailbox, this.#folder, dateColumn(start.date), start.number, after ?? Number.MIN_SAFE_INTEGER, limit + 1, this.#class],
    )
    const changes = rows.slice(0, limit).map(toChange)
    const last = rows[limit - 1]
    const next = rows.length > limit && last !== undefined ? { date: instant(last.date), number: last.number } : null
    return { changes, next }
  }

  async read(ids: readonly ServerId[]): Promise<Map<ServerId, Item>> {
    const found = await readItems(this.#session, this.#mailbox, ids)
    const folder = folderId(this.#folder)
    return new Map([...found].filter(([, item]) => item.folder === folder && item.content.class === this.#class))
  }
}
