// Generations of collections as rows, and how they and their ledgers come to be forgotten.
import { keepLatest } from '../../model/bounded.ts'
import type { CollectionOptions, Supported } from '../../model/collection.ts'
import type { DeviceId, Instant, MailboxId, Modseq, SyncKey } from '../../model/id.ts'
import type { CollectionRecord, OwnWrite, Position, Round } from '../sync-state.ts'
import { folderId } from './columns.ts'
import type { Value } from './dialect.ts'
import type { Work } from './session.ts'

export interface CollectionRow {
  readonly generation: number
  readonly device: DeviceId
  readonly folder: number
  readonly revision: number
  readonly acknowledged: SyncKey
  readonly token: Modseq | null
  readonly backfill: string
  readonly cut: Instant | null
  readonly retries: number
  readonly created_at: Instant
  readonly used_at: Instant
  readonly options: string
  readonly supported: string
  readonly own: string
  readonly pending: string
}

export const collectionColumns =
  'generation, device, folder, revision, acknowledged, token, backfill, cut, retries, created_at, used_at, options, supported, own, pending'

/** Most of the time there is nothing in them, and no need for a parser. */
const list = <T>(column: string) => (column === '[]' ? [] : (JSON.parse(column) as T[]))

/** A fleet has a few dozen, for each kind of client and folder. */
const knownOptions = new Map<string, CollectionOptions>()
const knownOptionsMax = 1000
/** Real ones have half of it. */
const knownOptionsLengthMax = 1024

function optionsOf(column: string): CollectionOptions {
  const known = knownOptions.get(column)
  if (known !== undefined) return known
  const options = JSON.parse(column) as CollectionOptions
  if (column.length <= knownOptionsLengthMax) keepLatest(knownOptions, column, options, knownOptionsMax)
  return options
}

export function toRecord(row: CollectionRow): CollectionRecord {
  return {
    generation: row.generation,
    device: row.device,
    folder: folderId(row.folder),
    revision: row.revision,
    acknowledged: row.acknowledged,
    position: { token: row.token, backfill: JSON.parse(row.backfill) as Position['backfill'], cut: row.cut },
    pending: list<Round>(row.pending),
    own: list<OwnWrite>(row.own),
    options: optionsOf(row.options),
    supported: row.supported === 'null' ? null : (JSON.parse(row.supported) as Supported),
    retries: row.retries,
    createdAt: row.created_at,
    usedAt: row.used_at,
  }
}

/** The lowest token that a next round may start from; null where nothing has been told yet. */
export function floorOf(record: Pick<CollectionRecord, 'position' | 'pending'>): Modseq | null {
  const tokens = [record.position, ...record.pending.map((round) => round.position)]
    .map(({ token }) => token)
    .filter((token) => token !== null)
  return tokens.length === 0 ? null : (Math.min(...tokens) as Modseq)
}

/** Drops generations; their ledgers, which may be long, are cleared away by `tidy`. */
export async function forgetGenerations(unit: Work, mailbox: MailboxId, device: DeviceId, generations: readonly number[]): Promise<void> {
  if (generations.length === 0) return
  const { connection } = unit
  const own = `mailbox = $1 and device = $2 and ${connection.dialect.among('generation', 3)}`
  const parameters: readonly Value[] = [mailbox, device, connection.dialect.list(generations)]
  await connection.run(
    `insert into forgotten (mailbox, kind, id, at) select mailbox, 'ledger', generation, cast($4 as bigint) from collections where ${own}
     on conflict (mailbox, kind, id) do nothing`,
    [...parameters, unit.clock.now()],
  )
  await connection.run(`delete from collections where ${own}`, parameters)
}

/** Everything a device holds of its collections. */
export async function dropCollections(unit: Work, mailbox: MailboxId, device: DeviceId): Promise<void> {
  const { connection } = unit
  const rows = await connection.all<{ generation: number }>('select generation from collections where mailbox = $1 and device = $2', [
    mailbox,
    device,
  ])
  await forgetGenerations(
    unit,
    mailbox,
    device,
    rows.map((row) => row.generation),
  )
}

/** The same, with what is on record of it. */
export async function forgetDevice(unit: Work, mailbox: MailboxId, device: DeviceId): Promise<void> {
  const { connection } = unit
  await dropCollections(unit, mailbox, device)
  await connection.run('delete from resets where mailbox = $1 and device = $2', [mailbox, device])
  await connection.run('delete from poison where mailbox = $1 and device = $2', [mailbox, device])
}
