// What a request led to, committed in one compare-and-set: the acknowledgement it carried, and the round it is answered with.
import type { Clock } from '../model/clock.ts'
import type { CollectionOptions } from '../model/collection.ts'
import type { FolderId, Instant, SyncKey } from '../model/id.ts'
import type { LedgerEntry, OwnWrite, RecordChange, Round, SyncState } from '../store/sync-state.ts'
import type { Arbiter } from './arbiter.ts'
import { ownOf, positionOf, type Opened } from './collection.ts'
import type { Proposal } from './round.ts'

/** Phones retry and burst: so many siblings of one base are kept, and any of their keys acknowledges. */
const siblingsMax = 3
/** Own writes of dropped rounds that are remembered against false conflicts. */
const ownMax = 1000

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
