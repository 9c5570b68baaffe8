// The mailbox port: folders and items of one account, whatever keeps them.
import type { Envelope, MailState } from '../model/email.ts'
import type { Folder, FolderType, ItemClass } from '../model/folder.ts'
import type { FolderId, Identity, Instant, MailboxId, Modseq, ServerId } from '../model/id.ts'
import type { Item, RecordClass, Records, Source } from '../model/item.ts'

/** One candidate of a feed: what changed, never the content. */
export interface Change<Id extends string = ServerId> {
  readonly id: Id
  readonly modseq: Modseq
  /** Removed, or moved elsewhere. */
  readonly gone: boolean
  /** What the window compares; null stands always inside it. */
  readonly date: Instant | null
  /** Size of the source, a hint for the budget of an answer. */
  readonly bytes: number
}

export interface ChangePage<Id extends string = ServerId> {
  /** Ascending by modseq; each id at most once, at its newest change. */
  readonly changes: readonly Change<Id>[]
  /** Everything up to here has been told: the token of the next call. */
  readonly token: Modseq
  readonly more: boolean
}

/** Where a backfill stands: everything newer than this (date, then number, descending; null dates first) was offered. */
export interface Cursor {
  readonly date: Instant | null
  readonly number: number
}

export interface BackfillPage<Id extends string = ServerId> {
  /** Newest first; nothing that is gone. */
  readonly changes: readonly Change<Id>[]
  /** Where the next call goes on; null when the end (or `after`) was reached. */
  readonly next: Cursor | null
}

/** One ordered source of changes. The hierarchy is a feed like any other. */
export interface Feed<T, Id extends string = ServerId> {
  /** Changes above `token`, at most `limit`. */
  since(token: Modseq, limit: number): Promise<ChangePage<Id>>
  /** What lies there now, newest first, from a cursor on, not older than `after`. */
  newestFirst(from: Cursor | null, after: Instant | null, limit: number): Promise<BackfillPage<Id>>
  /** The present state of these ids; those that are gone or never were are absent. */
  read(ids: readonly Id[]): Promise<Map<Id, T>>
}

/** An email to be stored. */
export interface EmailDraft {
  readonly class: 'Email'
  readonly source: Uint8Array
  readonly envelope: Envelope
  readonly state: MailState
  readonly received: Instant
  readonly conversation: string | null
  /** Readable text of body, people and attachment names, for the full-text search; not shown to anybody. */
  readonly searchText: string
}

/** A record of one class to be stored; `store/record.ts` makes one of a record. */
export interface RecordDraftOf<Class extends RecordClass> {
  readonly class: Class
  readonly record: Records[Class]
  /** Its picture and files; the record says which bytes are which. */
  readonly source: Uint8Array
  /** As Item.date. */
  readonly date: Instant | null
  /** By what `withUid` finds it; null for what has no name. */
  readonly uid: string | null
  /** What the full-text search finds it by. */
  readonly searchText: string
}
export type RecordDraft = { readonly [Class in RecordClass]: RecordDraftOf<Class> }[RecordClass]
export type Draft = EmailDraft | RecordDraft

export interface EmailPatch {
  readonly class: 'Email'
  /** Each field replaces its own. */
  readonly state?: Partial<MailState>
  /** A new source with everything read from it (drafts only). */
  readonly replace?: Pick<EmailDraft, 'source' | 'envelope' | 'searchText' | 'received' | 'conversation'>
}

/** A record is replaced as a whole; the same one again changes nothing. */
export interface RecordPatch {
  readonly class: RecordClass
  readonly replace: RecordDraft
}
export type Patch = EmailPatch | RecordPatch

export interface Stored {
  readonly id: ServerId
  readonly modseq: Modseq
  /** False if this identity had been stored before: nothing was written now. */
  readonly created: boolean
}

/** A search. Every condition must hold. */
export interface Query {
  /** One class, or any of several. Records in Deleted Items are not found. */
  readonly class: ItemClass | readonly ItemClass[]
  /** Words or phrases; each must occur in subject, people, body or attachment names, in any letter case. */
  readonly text: readonly string[]
  /** Null for every folder. */
  readonly folders: readonly FolderId[] | null
  readonly after: Instant | null
  readonly before: Instant | null
  readonly conversation: string | null
}

export interface SearchPage {
  /** Newest first, those without a date before all. */
  readonly ids: readonly ServerId[]
  readonly total: number
}

export interface Mailbox {
  readonly id: MailboxId
  /** The highest committed change. */
  modseq(): Promise<Modseq>

  readonly folders: Feed<Folder, FolderId>
  /** Every folder, parents before children. */
  allFolders(): Promise<readonly Folder[]>
  folder(id: FolderId): Promise<Folder | null>
  /** The default folder of this type; it always exists. */
  defaultFolder(type: FolderType): Promise<Folder>
  /** The same identity again gives the same folder. Rejects with name-taken, folder-not-found (the parent). */
  createFolder(parent: FolderId, name: string, type: FolderType, identity: Identity | null): Promise<Folder>
  /** Renames and moves. Rejects with name-taken, folder-not-found, default-folder, folder-cycle. */
  changeFolder(id: FolderId, parent: FolderId, name: string): Promise<Folder>
  /** Removes the folder, its descendants and all items in them. Rejects with folder-not-found, default-folder. */
  removeFolder(id: FolderId): Promise<Modseq>

  /** The items of one class in a folder: Deleted Items holds those of all classes. */
  items(folder: FolderId, itemClass: ItemClass): Feed<Item>
  /** Items of any folder. */
  read(ids: readonly ServerId[]): Promise<Map<ServerId, Item>>
  /** Records of this class with this uid, in whatever folder (Deleted Items too), oldest first. */
  withUid(itemClass: RecordClass, uid: string): Promise<readonly ServerId[]>
  /** The newest change of each id, gone or not; ids that never were are absent. */
  changes(ids: readonly ServerId[]): Promise<Map<ServerId, Change>>
  /** The source of an item (a message's MIME); null if the item is gone. */
  source(id: ServerId): Promise<Source | null>
  /**
   * Stores an item. The same identity again gives the id the item had at first, even if it was moved or removed since: its change is
   * then the one that took it away. Rejects with folder-not-found, full.
   */
  create(folder: FolderId, draft: Draft, identity: Identity | null): Promise<Stored>
  /** Rejects with item-not-found; with conflict if `expected` is given and the item's modseq is above it. */
  change(id: ServerId, patch: Patch, expected: Modseq | null): Promise<Stored>
  /** `trash` moves to Deleted Items unless it lies there already. Rejects with item-not-found. */
  remove(id: ServerId, how: 'trash' | 'forever'): Promise<Modseq>
  /**
   * The item gets a new ServerId; its old one stays behind as a tombstone that knows the new one, so that a
   * repeated move answers the same. Rejects with item-not-found, folder-not-found.
   */
  move(id: ServerId, to: FolderId): Promise<Stored>
  /** Removes every item of the folder, and of its descendants (with the folders) if asked. */
  emptyFolder(id: FolderId, withSubfolders: boolean): Promise<Modseq>
  /** Items of a conversation outside Deleted Items unless `folder` names it. */
  conversation(conversation: string, folder: FolderId | null): Promise<readonly ServerId[]>
  /** `from` and `to` count from 0, both inclusive. */
  search(query: Query, range: { readonly from: number; readonly to: number }): Promise<SearchPage>
}
