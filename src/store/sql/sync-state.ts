// Sync state in SQL: the generations of one device's collections, and the ledger that hangs on each.
import type { CollectionOptions, Supported } from '../../model/collection.ts'
import {
  initialKey,
  type DeviceId,
  type FolderId,
  type Instant,
  type MailboxId,
  type Modseq,
  type ServerId,
  type SyncKey,
} from '../../model/id.ts'
import { StoreFailure } from '../failure.ts'
import type { CollectionRecord, Glance, Held, LedgerEntry, RecordChange, Reset, Round, SyncState } from '../sync-state.ts'
import { folderNumber } from './columns.ts'
import { newSyncKey } from './epoch.ts'
import { collectionColumns, floorOf, forgetGenerations, toRecord, type CollectionRow } from './generations.ts'
import { countLines, expiredLines, heldLines, mergeLedger, type LedgerOf } from './ledger.ts'
import type { Session, Work } from './session.ts'

/** Refused keys that are kept per device, for the administrator. */
const resetsMax = 50

// Put together once: a connection finds its prepared statement by the text.
const selectGenerations = `select ${collectionColumns} from collections where mailbox = $1 and device = $2 and folder = $3 order by generation`
const selectGlance = `
  select m.modseq, ${collectionColumns}
  from mailboxes m left join collections c on c.mailbox = m.id and c.device = $2 and c.folder = $3
  where m.id = $1 order by generation`

/** A mailbox beside one generation of a collection, or beside nothing. */
type GlanceRow = { readonly modseq: Modseq } & (CollectionRow | { readonly [Column in keyof CollectionRow]: null })

export class SqlSyncState implements SyncState {
  readonly #session: Session
  readonly #mailbox: MailboxId
  readonly #device: DeviceId

  constructor(session: Session, mailbox: MailboxId, device: DeviceId) {
    this.#session = session
    this.#mailbox = mailbox
    this.#device = device
  }

  newKey(): SyncKey {
    return newSyncKey(this.#session.epoch)
  }

  generations(folder: FolderId): Promise<readonly CollectionRecord[]> {
    return this.#generations(this.#session, folder)
  }

  async #generations(session: Session, folder: FolderId): Promise<readonly CollectionRecord[]> {
    const number = folderNumber(folder)
    if (number === null) return []
    const rows = await session.connection.all<CollectionRow>(selectGenerations, [this.#mailbox, this.#device, number])
    return rows.map(toRecord)
  }

  async glance(folder: FolderId): Promise<Glance> {
    const rows = await this.#session.connection.all<GlanceRow>(selectGlance, [this.#mailbox, this.#device, folderNumber(folder)])
    const [first] = rows
    const modseq = this.#session.drawn(this.#mailbox)?.modseq ?? first?.modseq ?? (0 as Modseq)
    return { generations: rows.filter((row) => row.generation !== null).map(toRecord), modseq }
  }

  async collections(): Promise<readonly CollectionRecord[]> {
    const rows = await this.#session.connection.all<CollectionRow>(
      `select ${collectionColumns} from collections where mailbox = $1 and device = $2 order by folder, generation`,
      [this.#mailbox, this.#device],
    )
    // A newer generation that nobody acknowledged counts only where there is no other: its first reply may have been lost.
    const used = new Map<number, CollectionRow>()
    for (const row of rows) if (row.acknowledged !== initialKey || !used.has(row.folder)) used.set(row.folder, row)
    return [...used.values()].map(toRecord)
  }

  begin(folder: FolderId, key: SyncKey, options: CollectionOptions, supported: Supported, at: Instant): Promise<CollectionRecord> {
    return this.#session.write(async (unit) => {
      const counter = await unit.counter(this.#mailbox)
      const number = folderNumber(folder)
      if (number === null) throw new StoreFailure('folder-not-found')
      const older = await this.#generations(unit, folder)
      const newest = older.at(-1)
      if (newest?.acknowledged === initialKey) return newest
      const dropped = older.slice(0, -1).map((record) => record.generation)
      await forgetGenerations(unit, this.#mailbox, this.#device, dropped)
      const position = { token: null, backfill: 'start', cut: null } as const
      const first: Round = { key, position, delta: [], own: [], at }
      const record: CollectionRecord = {
        generation: counter.number(),
        device: this.#device,
        folder,
        revision: 1,
        acknowledged: initialKey,
        position,
        pending: [first],
        own: [],
        options,
        supported,
        retries: 0,
        createdAt: at,
        usedAt: at,
      }
      await this.#insert(unit, record, number)
      return record
    })
  }

  async #insert(unit: Work, record: CollectionRecord, folder: number): Promise<void> {
    const { position } = record
    await unit.connection.run(
      `insert into collections (mailbox, ${collectionColumns}, floor)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
      [
        this.#mailbox,
        record.generation,
        this.#device,
        folder,
        record.revision,
        record.acknowledged,
        position.token,
        JSON.stringify(position.backfill),
        position.cut,
        record.retries,
        record.createdAt,
        record.usedAt,
        JSON.stringify(record.options),
        JSON.stringify(record.supported),
        JSON.stringify(record.own),
        JSON.stringify(record.pending),
        floorOf(record),
      ],
    )
  }

  write(record: CollectionRecord, change: RecordChange): Promise<CollectionRecord | null> {
    const { merge = [], ...fields } = change
    const written: CollectionRecord = { ...record, ...fields, revision: record.revision + 1 }
    // Null leaves the column as it is: the long ones are written only if they changed.
    const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value))
    const parameters = [
      this.#mailbox,
      record.generation,
      record.revision,
      written.revision,
      written.acknowledged,
      written.position.token,
      JSON.stringify(written.position.backfill),
      written.position.cut,
      floorOf(written),
      written.retries,
      written.usedAt,
      json(change.options),
      json(change.supported),
      json(change.own),
      json(change.pending),
    ]
    return this.#session.write(async (unit) => {
      const hit = await unit.connection.run(
        `update collections set revision = $4, acknowledged = $5, token = $6, backfill = $7, cut = $8, floor = $9, retries = $10,
           used_at = $11, options = coalesce($12, options), supported = coalesce($13, supported), own = coalesce($14, own),
           pending = coalesce($15, pending)
         where mailbox = $1 and generation = $2 and revision = $3`,
        parameters,
      )
      if (hit === 0) return null
      await mergeLedger(unit.connection, this.#ledger(record.generation), merge)
      return written
    })
  }

  async drop(generation: number): Promise<void> {
    await this.#session.write((unit) => forgetGenerations(unit, this.#mailbox, this.#device, [generation]))
  }

  #ledger(generation: number): LedgerOf {
    return { mailbox: this.#mailbox, device: this.#device, generation }
  }

  held(generation: number, ids: readonly string[]): Promise<Map<string, Held>> {
    return heldLines(this.#session.connection, this.#ledger(generation), ids)
  }

  expired(generation: number, cut: Instant, limit: number): Promise<readonly LedgerEntry[]> {
    return expiredLines(this.#session.connection, this.#ledger(generation), cut, limit)
  }

  count(generation: number): Promise<number> {
    return countLines(this.#session.connection, this.#ledger(generation))
  }

  async recordReset(reset: Reset): Promise<void> {
    const own = [this.#mailbox, this.#device] as const
    await this.#session.write(async (unit) => {
      await unit.connection.run('insert into resets (mailbox, device, at, folder, reason, presented) values ($1, $2, $3, $4, $5, $6)', [
        ...own,
        reset.at,
        reset.folder,
        reset.reason,
        reset.presented,
      ])
      await unit.connection.run(
        `delete from resets where mailbox = $1 and device = $2 and id <= (
           select id from resets where mailbox = $1 and device = $2 order by id desc limit 1 offset $3)`,
        [...own, resetsMax],
      )
    })
  }

  resets(): Promise<readonly Reset[]> {
    return this.#session.connection.all<Reset>(
      'select at, folder, reason, presented from resets where mailbox = $1 and device = $2 order by id',
      [this.#mailbox, this.#device],
    )
  }

  async recordPoison(folder: FolderId, id: ServerId, reason: string, at: Instant): Promise<void> {
    await this.#session.write((unit) =>
      unit.connection.run(
        `insert into poison (mailbox, device, id, folder, reason, at) values ($1, $2, $3, $4, $5, $6)
         on conflict (mailbox, device, id) do update set folder = excluded.folder, reason = excluded.reason, at = excluded.at`,
        [this.#mailbox, this.#device, id, folder, reason, at],
      ),
    )
  }

  poison(): Promise<readonly { folder: FolderId; id: ServerId; reason: string; at: Instant }[]> {
    return this.#session.connection.all('select folder, id, reason, at from poison where mailbox = $1 and device = $2 order by at, id', [
      this.#mailbox,
      this.#device,
    ])
  }
}
