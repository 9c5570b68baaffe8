// One mailbox in SQL: the port's methods, each sent to where it is done.
import { folderType, type Folder, type FolderType, type ItemClass } from '../../model/folder.ts'
import type { FolderId, Identity, MailboxId, Modseq, ServerId } from '../../model/id.ts'
import type { Item, RecordClass, Source } from '../../model/item.ts'
import type { Change, Draft, Feed, Mailbox, Patch, Query, SearchPage, Stored } from '../mailbox.ts'
import { folderNumber } from './columns.ts'
import { SqlFolders } from './folders.ts'
import { itemsWithUid, readChanges, readItems, SqlItemFeed } from './item-feed.ts'
import { SqlItems } from './items.ts'
import { conversationItems, searchItems } from './search.ts'
import type { Session } from './session.ts'

export class SqlMailbox implements Mailbox {
  readonly id: MailboxId
  readonly #session: Session
  readonly #folders: SqlFolders
  readonly #items: SqlItems

  constructor(session: Session, id: MailboxId) {
    this.id = id
    this.#session = session
    this.#folders = new SqlFolders(session, id)
    this.#items = new SqlItems(session, id, this.#folders)
  }

  async modseq(): Promise<Modseq> {
    const drawn = this.#session.drawn(this.id)
    if (drawn !== null) return drawn.modseq
    const row = await this.#session.connection.get<{ modseq: Modseq }>('select modseq from mailboxes where id = $1', [this.id])
    return row?.modseq ?? (0 as Modseq)
  }

  get folders(): Feed<Folder, FolderId> {
    return this.#folders
  }

  allFolders(): Promise<readonly Folder[]> {
    return this.#folders.all()
  }

  folder(id: FolderId): Promise<Folder | null> {
    return this.#folders.find(id)
  }

  defaultFolder(type: FolderType): Promise<Folder> {
    return this.#folders.ofType(type)
  }

  createFolder(parent: FolderId, name: string, type: FolderType, identity: Identity | null): Promise<Folder> {
    return this.#folders.create(parent, name, type, identity)
  }

  changeFolder(id: FolderId, parent: FolderId, name: string): Promise<Folder> {
    return this.#folders.change(id, parent, name)
  }

  removeFolder(id: FolderId): Promise<Modseq> {
    return this.#session.write(async (unit) => {
      const counter = await unit.counter(this.id)
      for (const number of await this.#folders.removable(unit, id)) {
        await this.#items.empty(unit, number)
        await this.#folders.bury(unit, number)
      }
      return counter.modseq
    })
  }

  items(folder: FolderId, itemClass: ItemClass): Feed<Item> {
    return new SqlItemFeed(this.#session, this.id, folder, itemClass)
  }

  read(ids: readonly ServerId[]): Promise<Map<ServerId, Item>> {
    return readItems(this.#session, this.id, ids)
  }

  withUid(itemClass: RecordClass, uid: string): Promise<readonly ServerId[]> {
    return itemsWithUid(this.#session, this.id, itemClass, uid)
  }

  changes(ids: readonly ServerId[]): Promise<Map<ServerId, Change>> {
    return readChanges(this.#session, this.id, ids)
  }

  source(id: ServerId): Promise<Source | null> {
    return this.#items.source(id)
  }

  create(folder: FolderId, draft: Draft, identity: Identity | null): Promise<Stored> {
    return this.#items.create(folder, draft, identity)
  }

  change(id: ServerId, patch: Patch, expected: Modseq | null): Promise<Stored> {
    return this.#items.change(id, patch, expected)
  }

  remove(id: ServerId, how: 'trash' | 'forever'): Promise<Modseq> {
    return this.#items.remove(id, how)
  }

  move(id: ServerId, to: FolderId): Promise<Stored> {
    return this.#items.move(id, to)
  }

  emptyFolder(id: FolderId, withSubfolders: boolean): Promise<Modseq> {
    return this.#session.write(async (unit) => {
      const counter = await unit.counter(this.id)
      const folder = await this.#folders.number(unit, id)
      for (const number of withSubfolders ? await this.#folders.below(unit, folder) : []) {
        await this.#items.empty(unit, number)
        await this.#folders.bury(unit, number)
      }
      await this.#items.empty(unit, folder)
      return counter.modseq
    })
  }

  async conversation(conversation: string, folder: FolderId | null): Promise<readonly ServerId[]> {
    const place =
      folder === null
        ? { except: folderNumber((await this.defaultFolder(folderType.deletedItems)).id) ?? -1 }
        : { folder: folderNumber(folder) ?? -1 }
    return conversationItems(this.#session, this.id, conversation, place)
  }

  search(query: Query, range: { readonly from: number; readonly to: number }): Promise<SearchPage> {
    return searchItems(this.#session, this.id, query, range)
  }
}
