// The sync-state port: what one device holds of one collection. It stores; `sync/collection` decides.
import type { CollectionOptions, Supported } from '../model/collection.ts'
import type { DeviceId, FolderId, Instant, Modseq, ServerId, SyncKey } from '../model/id.ts'
import type { Cursor } from './mailbox.ts'

/** How far a collection has been told. */
export interface Position {
  /** Token of the feed; null before the first round (it becomes the mailbox's modseq of that moment). */
  readonly token: Modseq | null
  /** `start`: nothing offered yet; `done`: everything inside `cut` has been. */
  readonly backfill: 'start' | 'done' | Cursor
  /** The oldest date the backfill offers; null for no limit. */
  readonly cut: Instant | null
}

/** One line a round would write in the ledger; `modseq` null strikes the item out. */
export interface LedgerEntry {
  /** A ServerId, or a FolderId where the collection is the hierarchy. */
  readonly id: string
  readonly modseq: Modseq | null
  readonly date: Instant | null
}

/** A change the device itself made: it is no conflict if it meets it again. */
export interface OwnWrite {
  readonly id: string
  readonly modseq: Modseq
  /** The device wrote over a state it had not been told: no conflict with itself, but it still has to be told what stood there. */
  readonly unseen?: true
}

/** A proposal: what an answer told the device, until its key comes back as the acknowledgement. */
export interface Round {
  readonly key: SyncKey
  readonly position: Position
  readonly delta: readonly LedgerEntry[]
  readonly own: readonly OwnWrite[]
  readonly at: Instant
}

export interface CollectionRecord {
  /** The storage's own number of this generation of the collection; ledger rows hang on it. */
  readonly generation: number
  readonly device: DeviceId
  readonly folder: FolderId
  /** Raised by every write: the comparand of the next. */
  readonly revision: number
  readonly acknowledged: SyncKey
  readonly position: Position
  /** Sibling rounds of one base, newest last, at most three. */
  readonly pending: readonly Round[]
  /** Own writes of dropped rounds that the ledger does not show yet. */
  readonly own: readonly OwnWrite[]
  readonly options: CollectionOptions
  readonly supported: Supported
  /** Requests with the same key in a row: the poison item's alarm. */
  readonly retries: number
  readonly createdAt: Instant
  readonly usedAt: Instant
}

/** What a write changes; fields left out stay. */
export interface RecordChange {
  readonly acknowledged?: SyncKey
  readonly position?: Position
  readonly pending?: readonly Round[]
  readonly own?: readonly OwnWrite[]
  readonly options?: CollectionOptions
  readonly supported?: Supported
  readonly retries?: number
  readonly usedAt?: Instant
  /** Lines to merge into the ledger. */
  readonly merge?: readonly LedgerEntry[]
}

export interface Held {
  readonly modseq: Modseq
  readonly date: Instant | null
}

export interface Reset {
  readonly at: Instant
  readonly folder: FolderId
  readonly reason: string
  readonly presented: SyncKey | null
}

export interface Glance {
  readonly generations: readonly CollectionRecord[]
  readonly modseq: Modseq
}

/** The sync state of one device in one mailbox. */
export interface SyncState {
  /** A key that never was and never will be given again: it begins with the store's epoch, up to the first dot. */
  newKey(): SyncKey
  /** The generations of a collection, oldest first: none, one, or the old and the new beside it. */
  generations(folder: FolderId): Promise<readonly CollectionRecord[]>
  /** The same with the mailbox's modseq of that moment, in one question. */
  glance(folder: FolderId): Promise<Glance>
  /** Of every collection the generation in use: the newest one whose key has come back, else the newest. */
  collections(): Promise<readonly CollectionRecord[]>
  /**
   * Begins a generation whose first key is `key`, pending, beside the newest acknowledged one. Where one was begun already and not
   * acknowledged yet, answers that: of two requests with key 0 at once neither loses its key.
   */
  begin(folder: FolderId, key: SyncKey, options: CollectionOptions, supported: Supported, at: Instant): Promise<CollectionRecord>
  /** Compare-and-set on the record's revision; null if somebody else was faster: open again. */
  write(record: CollectionRecord, change: RecordChange): Promise<CollectionRecord | null>
  /** Drops a generation with its ledger. */
  drop(generation: number): Promise<void>
  /** What the ledger holds of these ids; ids it does not hold are absent. */
  held(generation: number, ids: readonly string[]): Promise<Map<string, Held>>
  /** Ledger rows whose date is before `cut`, oldest first. */
  expired(generation: number, cut: Instant, limit: number): Promise<readonly LedgerEntry[]>
  /** How many items the ledger holds. */
  count(generation: number): Promise<number>
  /** Records why a key was refused, for the administrator. Keeps the last 50. */
  recordReset(reset: Reset): Promise<void>
  resets(): Promise<readonly Reset[]>
  /** Sets items aside that cannot be rendered, for the administrator. */
  recordPoison(folder: FolderId, id: ServerId, reason: string, at: Instant): Promise<void>
  poison(): Promise<readonly { folder: FolderId; id: ServerId; reason: string; at: Instant }[]>
}
