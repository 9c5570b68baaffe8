// A collection on one device: which round a key acknowledges, and how the next one is committed.
import type { Clock } from '../model/clock.ts'
import { initialKey, type FolderId, type Instant, type Modseq, type SyncKey } from '../model/id.ts'
import type { CollectionOptions, Supported } from '../model/collection.ts'
import type { CollectionRecord, LedgerEntry, OwnWrite, RecordChange, Round, SyncState } from '../store/sync-state.ts'
import { Ledger, newer } from './ledger.ts'
import type { Proposal, Subject } from './round.ts'

/** Phones retry and burst: so many siblings of one base are kept, and any of their keys acknowledges. */
const siblingsMax = 3
/** Own writes of dropped rounds that are remembered against false conflicts. */
const ownMax = 1000

/** Why a key was refused, in words for the administrator; the phone gets the command's Status for InvalidSyncKey. */
export class UnknownKey extends Error {
  override readonly name = 'UnknownKey'
  /** Whether the store was restored from a backup since the key was given out: then many devices come with such keys at once. */
  readonly restored: boolean
  constructor(reason: string, restored: boolean) {
    super(reason)
    this.restored = restored
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
  const reason = restored
    ? 'the key was given out before a restore from backup, and the backup does not know it'
    : generations.length === 0
      ? 'the collection was never primed, or its state is gone'
      : 'the key is neither acknowledged nor pending'
  await state.recordReset({ at: now, folder, reason, presented: key })
  throw new UnknownKey(reason, restored)
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

/**
 * Judges the client's own changes: whether a server edit stood in between, and what the ledger may believe afterwards.
 * It lives for one request and collects what goes into that request's round.
 */
export class Arbiter {
  readonly #opened: Opened
  readonly #ledger: Ledger
  /** Every write of the device's own: it does not collide with itself. */
  readonly #own = new Map<string, Modseq>()
  /** Those that left nothing in the item which the device has not seen. */
  readonly #seen = new Map<string, Modseq>()
  readonly entries: LedgerEntry[] = []
  readonly writes: OwnWrite[] = []

  constructor(opened: Opened, ledger: Ledger) {
    this.#opened = opened
    this.#ledger = ledger
    for (const write of ownOf(opened)) this.#remember(write)
  }

  get generation(): number {
    return this.#opened.record.generation
  }

  get presented(): SyncKey {
    return this.#opened.presented
  }

  /** Whether somebody else changed the item since the device last heard of it. An item it never held is no conflict. */
  async isConflicting(id: string, current: Modseq): Promise<boolean> {
    const held = (await this.#ledger.held([id])).get(id)
    if (held === undefined) return false
    const known = newer(held.modseq, this.#own.get(id))
    return known !== undefined && current > known
  }

  /** Whether the device holds the item. */
  async holds(id: string): Promise<boolean> {
    return (await this.#ledger.held([id])).has(id)
  }

  /** The client created this item; it holds what it made. */
  created(id: string, modseq: Modseq, date: Instant | null): void {
    this.#record({ id, modseq, date })
    this.#write({ id, modseq })
  }

  /**
   * The client changed an item that stood at `before`. Only if the device knew that state does the ledger take the new
   * one; else it stays old, and the merged item is sent back.
   */
  async changed(id: string, before: Modseq, after: Modseq, date: Instant | null): Promise<void> {
    const held = await this.#ledger.held([id])
    const known = newer(held.get(id)?.modseq, this.#seen.get(id))
    const isSeen = known !== undefined && before <= known
    if (isSeen) this.#record({ id, modseq: after, date })
    this.#write(isSeen ? { id, modseq: after } : { id, modseq: after, unseen: true })
  }

  /** The client removed the item: nothing comes back. */
  removed(id: string, after: Modseq): void {
    this.#record({ id, modseq: null, date: null })
    this.#write({ id, modseq: after })
  }

  #record(entry: LedgerEntry): void {
    this.entries.push(entry)
    this.#ledger.lay([entry])
  }

  #write(write: OwnWrite): void {
    this.#remember(write)
    this.writes.push(write)
  }

  #remember({ id, modseq, unseen }: OwnWrite): void {
    this.#own.set(id, newer(this.#own.get(id), modseq) ?? modseq)
    if (unseen !== true) this.#seen.set(id, newer(this.#seen.get(id), modseq) ?? modseq)
  }
}

/** Own writes the ledger may not show yet: of dropped rounds, and of the rounds now pending. */
function ownOf(opened: Opened): OwnWrite[] {
  return [...opened.record.own, ...opened.record.pending.flatMap((round) => round.own)]
}

/** The acknowledgement: the round that arrived goes into the ledger, its siblings are dropped, their own writes stay. */
function acknowledgement(opened: Opened, now: Instant): RecordChange {
  const { arrived } = opened
  if (arrived === null) return {}
  const told = new Map(arrived.delta.map((entry) => [entry.id, entry.modseq]))
  const own = ownOf(opened).filter((write) => {
    const modseq = told.get(write.id)
    return modseq === undefined || (modseq !== null && modseq < write.modseq)
  })
  return {
    acknowledged: arrived.key,
    position: arrived.position,
    merge: arrived.delta,
    pending: [],
    own: own.slice(-ownMax),
    retries: 0,
    usedAt: now,
  }
}

/** Below this many quiet changes it is cheaper to read them again than to write how far one has come. */
const quietMax = 64

/** What a request led to. */
export interface Commitment {
  /** What was looked at; one that tells nothing still shows how far one has come. Null where the client wanted no changes. */
  readonly proposal: Proposal | null
  /** Null where the client wrote nothing. */
  readonly arbiter: Arbiter | null
  readonly options?: CollectionOptions
}

/**
 * Commits what a request led to in one compare-and-set: the acknowledgement it carried and the round it is answered
 * with. Returns the key of that round (or the presented one where there is none), or null if another request was faster.
 */
export async function commit(opened: Opened, { proposal, arbiter, options }: Commitment, clock: Clock): Promise<SyncKey | null> {
  const { state, record, arrived } = opened
  const now = clock.now()
  const asked = options === undefined ? {} : { options }
  const acknowledged = acknowledgement(opened, now)
  if (arbiter === null && (proposal === null || proposal.told.length === 0)) {
    const noticed = proposal === null ? null : notice(opened, proposal, now)
    if (arrived === null && noticed === null && options === undefined) return opened.presented
    return (await settle(opened, { ...acknowledged, ...noticed, ...asked })) ? opened.presented : null
  }
  const round: Round = {
    key: state.newKey(),
    position: proposal?.position ?? positionOf(opened),
    delta: mergeEntries(arbiter?.entries ?? [], proposal?.delta ?? []),
    own: arbiter?.writes ?? [],
    at: now,
  }
  const change: RecordChange = {
    ...acknowledged,
    ...joined(opened, round, acknowledged.own ?? record.own),
    usedAt: now,
    retries: arrived === null && record.pending.length > 0 ? record.retries + 1 : 0,
    ...asked,
  }
  return (await settle(opened, change)) ? round.key : null
}

/** The round among its siblings; the oldest gives way and leaves its own writes behind. */
function joined({ record, arrived }: Opened, round: Round, own: readonly OwnWrite[]): Pick<RecordChange, 'pending' | 'own'> {
  const siblings = arrived === null ? record.pending : []
  const dropped = siblings.slice(0, Math.max(0, siblings.length + 1 - siblingsMax))
  return {
    pending: [...siblings, round].slice(-siblingsMax),
    own: [...own, ...dropped.flatMap((sibling) => sibling.own)].slice(-ownMax),
  }
}

/**
 * What a look that told nothing is worth writing: how far one has come, by a first token, a step of the backfill, another cut, or many
 * changes that would be read again. While a round waits for its acknowledgement nothing moves; but a device that asks with the
 * older key has not heard that round, and a Ping must judge by what it holds: an empty round says so.
 */
function notice(opened: Opened, { position, quiet }: Proposal, now: Instant): RecordChange | null {
  const { record, arrived, presented } = opened
  const before = positionOf(opened)
  if (arrived === null && record.pending.length > 0) {
    if (record.pending.at(-1)?.key === presented) return null
    return joined(opened, { key: presented, position: before, delta: [], own: [], at: now }, record.own)
  }
  const steps =
    before.token === null || before.cut !== position.cut || JSON.stringify(before.backfill) !== JSON.stringify(position.backfill)
  return steps || quiet >= quietMax ? { position } : null
}

/** Notes a write of the device's own that stands outside any round (MoveItems). Losing a race loses a courtesy, no data. */
export async function noteOwn(state: SyncState, folder: FolderId, write: OwnWrite): Promise<void> {
  const record = (await state.generations(folder)).at(-1)
  if (record !== undefined) await state.write(record, { own: [...record.own, write].slice(-ownMax) })
}

async function settle(opened: Opened, change: RecordChange): Promise<boolean> {
  if ((await opened.state.write(opened.record, change)) === null) return false
  for (const generation of opened.outlived) await opened.state.drop(generation)
  return true
}

/** Later lines win: what the proposal tells stands over what the client wrote in the same request. */
function mergeEntries(first: readonly LedgerEntry[], second: readonly LedgerEntry[]): LedgerEntry[] {
  if (first.length === 0) return [...second]
  const merged = new Map(first.map((entry) => [entry.id, entry]))
  for (const entry of second) merged.set(entry.id, entry)
  return [...merged.values()]
}
