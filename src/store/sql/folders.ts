// The folder tree of a mailbox in SQL: its feed, and what can be done to it.
import { isDefaultFolder, type Folder, type FolderType } from '../../model/folder.ts'
import { rootFolder, type FolderId, type Identity, type Instant, type MailboxId, type Modseq } from '../../model/id.ts'
import { StoreFailure } from '../failure.ts'
import type { BackfillPage, Change, ChangePage, Cursor, Feed } from '../mailbox.ts'
import { folderId, folderNumber } from './columns.ts'
import { changePage } from './feed.ts'
import type { Counter, Session, Work } from './session.ts'
import { folderNameKey } from './text.ts'

interface FolderRow {
  readonly number: number
  readonly modseq: Modseq
  readonly gone: number
  readonly parent: number
  readonly type: FolderType
  readonly name: string
}

const columns = 'number, modseq, gone, parent, type, name'

function toFolder(row: FolderRow): Folder {
  return { id: folderId(row.number), parent: folderId(row.parent), name: row.name, type: row.type, modseq: row.modseq }
}

function toChange(row: Pick<FolderRow, 'number' | 'modseq' | 'gone'>): Change<FolderId> {
  return { id: folderId(row.number), modseq: row.modseq, gone: row.gone === 1, date: null, bytes: 0 }
}

export interface FolderDraft {
  readonly parent: number
  readonly name: string
  readonly type: FolderType
  readonly identity: Identity | null
}

/** Writes a folder's row; names and parents have been looked at before. */
export async function insertFolder(unit: Work, mailbox: MailboxId, counter: Counter, draft: FolderDraft): Promise<Folder> {
  const { parent, name, type, identity } = draft
  const row = { number: counter.number(), modseq: counter.change(), gone: 0, parent, type, name }
  await unit.connection.run(
    `insert into folders (mailbox, number, modseq, gone, parent, type, name, name_key, identity)
     values ($1, $2, $3, 0, $4, $5, $6, $7, $8)`,
    [mailbox, row.number, row.modseq, parent, type, name, folderNameKey(name), identity],
  )
  return toFolder(row)
}

export class SqlFolders implements Feed<Folder, FolderId> {
  readonly #session: Session
  readonly #mailbox: MailboxId

  constructor(session: Session, mailbox: MailboxId) {
    this.#session = session
    this.#mailbox = mailbox
  }

  async since(token: Modseq, limit: number): Promise<ChangePage<FolderId>> {
    const rows = await this.#session.connection.all<FolderRow>(
      `select ${columns} from folders where mailbox = $1 and modseq > $2 order by modseq limit $3`,
      [this.#mailbox, token, limit + 1],
    )
    return changePage(rows, token, limit, toChange)
  }

  async newestFirst(from: Cursor | null, _after: Instant | null, limit: number): Promise<BackfillPage<FolderId>> {
    const rows = await this.#session.connection.all<FolderRow>(
      `select ${columns} from folders where mailbox = $1 and gone = 0 and number < $2 order by number desc limit $3`,
      [this.#mailbox, from?.number ?? Number.MAX_SAFE_INTEGER, limit + 1],
    )
    const changes = rows.slice(0, limit).map(toChange)
    const last = rows[limit - 1]
    return { changes, next: rows.length > limit && last !== undefined ? { date: null, number: last.number } : null }
  }

  async read(ids: readonly FolderId[]): Promise<Map<FolderId, Folder>> {
    const { connection } = this.#session
    const numbers = ids.map(folderNumber).filter((number) => number !== null)
    const rows = await connection.all<FolderRow>(
      `select ${columns} from folders where mailbox = $1 and gone = 0 and ${connection.dialect.among('number', 2)}`,
      [this.#mailbox, connection.dialect.list(numbers)],
    )
    return new Map(rows.map((row) => [folderId(row.number), toFolder(row)]))
  }

  async all(): Promise<readonly Folder[]> {
    const rows = await this.#session.connection.all<FolderRow>(
      `select ${columns} from folders where mailbox = $1 and gone = 0 order by number`,
      [this.#mailbox],
    )
    return parentsFirst(rows).map(toFolder)
  }

  async find(id: FolderId): Promise<Folder | null> {
    const row = await this.#live(this.#session, id)
    return row === null ? null : toFolder(row)
  }

  async ofType(type: FolderType, session: Session = this.#session): Promise<Folder> {
    const row = await session.connection.get<FolderRow>(
      `select ${columns} from folders where mailbox = $1 and gone = 0 and type = $2 order by number limit 1`,
      [this.#mailbox, type],
    )
    if (row === undefined) throw new StoreFailure('folder-not-found', `no folder of type ${type}`)
    return toFolder(row)
  }

  create(parent: FolderId, name: string, type: FolderType, identity: Identity | null): Promise<Folder> {
    return this.#session.write(async (unit) => {
      const counter = await unit.counter(this.#mailbox)
      const known = identity === null ? undefined : await this.#byIdentity(unit, identity)
      if (known !== undefined) return toFolder(known)
      const above = await this.#parent(unit, parent)
      await this.#refuseTaken(unit, above, name, 0)
      return insertFolder(unit, this.#mailbox, counter, { parent: above, name, type, identity })
    })
  }

  change(id: FolderId, parent: FolderId, name: string): Promise<Folder> {
    return this.#session.write(async (unit) => {
      const counter = await unit.counter(this.#mailbox)
      const row = await this.#own(unit, id)
      const above = await this.#parent(unit, parent)
      if (above === row.parent && name === row.name) return toFolder(row)
      if (await this.#liesWithin(unit, above, row.number)) throw new StoreFailure('folder-cycle')
      await this.#refuseTaken(unit, above, name, row.number)
      const changed = { ...row, parent: above, name, modseq: counter.change() }
      await unit.connection.run(
        'update folders set modseq = $3, parent = $4, name = $5, name_key = $6 where mailbox = $1 and number = $2',
        [this.#mailbox, row.number, changed.modseq, above, name, folderNameKey(name)],
      )
      return toFolder(changed)
    })
  }

  /** The folder, if it is one that a phone may change. */
  async #own(unit: Work, id: FolderId): Promise<FolderRow> {
    const row = await this.#live(unit, id)
    if (row === null) throw new StoreFailure('folder-not-found')
    if (isDefaultFolder(row.type)) throw new StoreFailure('default-folder', row.name)
    return row
  }

  /** The folder and everything below it, deepest first: the order in which they can be removed. */
  async removable(unit: Work, id: FolderId): Promise<readonly number[]> {
    const row = await this.#own(unit, id)
    return [...(await this.below(unit, row.number)), row.number]
  }

  /** Everything below a folder, deepest first. */
  async below(unit: Work, number: number): Promise<readonly number[]> {
    const rows = await unit.connection.all<FolderRow>(`select ${columns} from folders where mailbox = $1 and gone = 0 order by number`, [
      this.#mailbox,
    ])
    const inside = new Set([number])
    const found: number[] = []
    for (const row of parentsFirst(rows)) {
      if (!inside.has(row.parent)) continue
      inside.add(row.number)
      found.unshift(row.number)
    }
    return found
  }

  /** Leaves a tombstone of the folder; its items are gone already. */
  async bury(unit: Work, number: number): Promise<void> {
    const counter = await unit.counter(this.#mailbox)
    await unit.connection.run('update folders set gone = 1, modseq = $3, removed_at = $4 where mailbox = $1 and number = $2', [
      this.#mailbox,
      number,
      counter.change(),
      unit.clock.now(),
    ])
  }

  /** The number of a folder that is there. */
  async number(session: Session, id: FolderId): Promise<number> {
    const row = await this.#live(session, id)
    if (row === null) throw new StoreFailure('folder-not-found')
    return row.number
  }

  async #live(session: Session, id: FolderId): Promise<FolderRow | null> {
    const number = folderNumber(id)
    if (number === null) return null
    return (
      (await session.connection.get<FolderRow>(`select ${columns} from folders where mailbox = $1 and number = $2 and gone = 0`, [
        this.#mailbox,
        number,
      ])) ?? null
    )
  }

  #byIdentity(unit: Work, identity: Identity): Promise<FolderRow | undefined> {
    return unit.connection.get<FolderRow>(`select ${columns} from folders where mailbox = $1 and identity = $2`, [this.#mailbox, identity])
  }

  async #parent(unit: Work, id: FolderId): Promise<number> {
    return id === rootFolder ? 0 : this.number(unit, id)
  }

  async #refuseTaken(unit: Work, parent: number, name: string, except: number): Promise<void> {
    const row = await unit.connection.get(
      'select number from folders where mailbox = $1 and gone = 0 and parent = $2 and name_key = $3 and number <> $4',
      [this.#mailbox, parent, folderNameKey(name), except],
    )
    if (row !== undefined) throw new StoreFailure('name-taken', name)
  }

  async #liesWithin(unit: Work, number: number, ancestor: number): Promise<boolean> {
    return number === ancestor || (await this.below(unit, ancestor)).includes(number)
  }
}

function parentsFirst(rows: readonly FolderRow[]): readonly FolderRow[] {
  const children = Map.groupBy(rows, (row) => row.parent)
  const ordered: FolderRow[] = []
  const level = [...(children.get(0) ?? [])]
  for (const row of level) {
    ordered.push(row)
    level.push(...(children.get(row.number) ?? []))
  }
  return ordered
}
