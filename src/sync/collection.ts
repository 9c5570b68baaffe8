// A collection on one device, opened by a key: which round the key acknowledges, and where a request goes on from.
import { initialKey, type FolderId, type Instant, type SyncKey } from '../model/id.ts'
import type { CollectionOptions, Supported } from '../model/collection.ts'
import type { ResetReason } from '../metrics.ts'
import type { CollectionRecord, OwnWrite, Round, SyncState } from '../store/sync-state.ts'
import { Ledger } from './ledger.ts'
import type { Subject } from './round.ts'

const refusals: Readonly<Record<ResetReason, string>> = {
  restored: 'the key was given out before a restore from backup, and the backup does not know it',
  unprimed: 'the collection was never primed, or its state is gone',
  unknown: 'the key is neither acknowledged nor pending',
}

/** Why a key was refused, in words for the administrator; the phone gets the command's Status for InvalidSyncKey. */
export class UnknownKey extends Error {
  override readonly name = 'UnknownKey'
  /** `restored`: the store was, from a backup, since the key was given out; then many devices come with such keys at once. */
  readonly reason: ResetReason
  constructor(reason: ResetReason) {
    super(refusals[reason])
    this.reason = reason
  }
}

/** A key begins with the epoch of the store that gave it out, in base 36; NaN for what is no key of ours. */
const epochOf = (key: SyncKey) => (/^[0-9a-z]+\./.test(key) ? Number.parseInt(key, 36) : Number.NaN)

/** A collection, opened by a key. Nothing is written yet. */
export interface Opened {
  readonly state: SyncState
  readonly record: CollectionRecord
  /** The round this key acknowledges; null where the key is the acknowledged one. */
  readonly arrived: Round | null
  readonly presented: SyncKey
  /** Older generations, to be dropped with the acknowledgement. */
  readonly outlived: readonly number[]
}

/** Finds the generation and round a key belongs to. Throws UnknownKey, and records why, if there is none. */
export async function open(state: SyncState, folder: FolderId, key: SyncKey, now: Instant): Promise<Opened> {
  const generations = await state.generations(folder)
  for (const [index, record] of generations.entries()) {
    const outlived = generations.slice(0, index).map((older) => older.generation)
    if (record.acknowledged === key && key !== initialKey) return { state, record, arrived: null, presented: key, outlived: [] }
    const arrived = record.pending.find((round) => round.key === key)
    if (arrived !== undefined) return { state, record, arrived, presented: key, outlived }
  }
  const restored = epochOf(key) < epochOf(state.newKey())
  const unknown = new UnknownKey(restored ? 'restored' : generations.length === 0 ? 'unprimed' : 'unknown')
  await state.recordReset({ at: now, folder, reason: unknown.message, presented: key })
  throw unknown
}

/**
 * Primes a collection: a generation beside the old one, which lives until the new one's first acknowledgement. A second
 * prime before that is the same one, so that two requests with key 0 in flight get the same key.
 */
export async function prime(
  state: SyncState,
  folder: FolderId,
  options: CollectionOptions,
  supported: Supported,
  now: Instant,
): Promise<SyncKey> {
  for (;;) {
    const begun = await state.begin(folder, state.newKey(), options, supported, now)
    const isAsAsked = JSON.stringify([begun.options, begun.supported]) === JSON.stringify([options, supported])
    const record = isAsAsked ? begun : await state.write(begun, { options, supported, usedAt: now })
    const [first] = record?.pending ?? []
    if (first !== undefined) return first.key
  }
}

/** The ledger the way a request with this key sees it. */
export function ledgerOf(opened: Opened): Ledger {
  return new Ledger(opened.state, opened.record.generation, opened.arrived === null ? [] : [opened.arrived.delta])
}

/** The newest the device may have been told: what Ping judges. */
export function newestLedger(state: SyncState, record: CollectionRecord): Ledger {
  const newest = record.pending.at(-1)
  return new Ledger(state, record.generation, newest === undefined ? [] : [newest.delta])
}

/** Where a request with this key goes on from. */
export function positionOf(opened: Opened): Subject['position'] {
  return opened.arrived?.position ?? opened.record.position
}

/** Own writes the ledger may not show yet: of dropped rounds, and of the rounds now pending. */
export function ownOf(opened: Opened): OwnWrite[] {
  return [...opened.record.own, ...opened.record.pending.flatMap((round) => round.own)]
}
