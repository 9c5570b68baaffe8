// The hierarchy as a collection: what a device is to be told of the folder tree, in one round whatever its size.
import type { Clock } from '../model/clock.ts'
import { defaultOptions } from '../model/collection.ts'
import type { Folder, FolderType } from '../model/folder.ts'
import { initialKey, rootFolder, type FolderId, type Instant, type Modseq, type SyncKey } from '../model/id.ts'
import type { Change, Mailbox } from '../store/mailbox.ts'
import type { Round, SyncState } from '../store/sync-state.ts'
import { ledgerOf, newestLedger, open, positionOf, type Opened } from './collection.ts'
import { commit } from './commit.ts'
import type { Ledger } from './ledger.ts'
import { classify, numberOf, type Proposal } from './round.ts'

/** Which folders phones may see; the others count as not there. */
export type Shows = (type: FolderType) => boolean

/** What a FolderSync is answered with. Parents stand before their children. */
export interface HierarchyNews {
  readonly key: SyncKey
  readonly added: readonly Folder[]
  readonly changed: readonly Folder[]
  /** Children before their parents. */
  readonly removed: readonly FolderId[]
}

/** Another request committed first, again and again. */
export class HierarchyBusy extends Error {
  override readonly name = 'HierarchyBusy'
}

const attemptsMax = 8
const pageSize = 256

/**
 * The tree as phones see it, parents before children: a shown folder below a hidden one hangs at the nearest ancestor that is
 * shown, and has changed when the hidden one has. `folders` are all there are, parents before children.
 */
export function visibleTree(folders: readonly Folder[], shows: Shows): ReadonlyMap<FolderId, Folder> {
  /** What a phone sees in the place of each folder, and when what it does not see there last changed. */
  const standIns = new Map<FolderId, Pick<Folder, 'id' | 'modseq'>>()
  const unseen = 0 as Modseq
  const tree = new Map<FolderId, Folder>()
  for (const folder of folders) {
    const above = standIns.get(folder.parent) ?? { id: rootFolder, modseq: unseen }
    const modseq = above.modseq > folder.modseq ? above.modseq : folder.modseq
    if (shows(folder.type)) {
      tree.set(folder.id, { ...folder, parent: above.id, modseq })
      standIns.set(folder.id, { id: folder.id, modseq: unseen })
    } else standIns.set(folder.id, { id: above.id, modseq })
  }
  return tree
}

interface Look {
  readonly tree: ReadonlyMap<FolderId, Folder>
  readonly proposal: Proposal
}

/**
 * Compares the whole tree with the ledger. A mailbox holds hundreds of folders, not hundreds of thousands, and so a folder that
 * comes into view long after its last change is not overlooked. The feed tells only what is gone; it is read first, so that what
 * goes in between is told next time.
 */
async function look(mailbox: Mailbox, ledger: Ledger, from: Modseq | null, shows: Shows): Promise<Look> {
  const { token, gone } = from === null ? { token: await mailbox.modseq(), gone: [] } : await removedSince(mailbox, from)
  const folders = await mailbox.allFolders()
  const tree = visibleTree(folders, shows)
  const standing = new Set(folders.map((folder) => folder.id))
  const candidates = [
    ...tree.values(),
    ...folders.filter((folder) => !tree.has(folder.id)),
    ...gone.filter((change) => !standing.has(change.id)),
  ]
  const held = await ledger.held(candidates.map((candidate) => candidate.id))
  const told = []
  const delta = []
  for (const { id, modseq } of candidates) {
    const kind = classify({ id, modseq, gone: !tree.has(id), date: null, bytes: 0 }, held.get(id), null)
    if (kind === null) continue
    told.push({ kind, id })
    delta.push({ id, modseq: kind === 'delete' ? null : modseq, date: null })
  }
  return { tree, proposal: { told, delta, position: { token, backfill: 'done', cut: null }, bytes: 0, quiet: gone.length, more: false } }
}

/** What is gone since, and the last change of any folder: a token that stays put while only mail arrives. */
async function removedSince(mailbox: Mailbox, from: Modseq): Promise<{ token: Modseq; gone: readonly Change<FolderId>[] }> {
  const gone: Change<FolderId>[] = []
  let token = from
  for (;;) {
    const page = await mailbox.folders.since(token, pageSize)
    gone.push(...page.changes.filter((change) => change.gone))
    token = page.changes.at(-1)?.modseq ?? token
    if (!page.more) return { token, gone }
  }
}

/** A generation whose first round is on its way; a second request with key 0 joins it. */
async function begun(state: SyncState, clock: Clock): Promise<Opened> {
  const record = await state.begin(rootFolder, state.newKey(), defaultOptions, null, clock.now())
  return { state, record, arrived: null, presented: initialKey, outlived: [] }
}

/**
 * Opens the hierarchy by a key. A device that goes on with an older key never got what it was told for key 0 since: that is
 * dropped, or Ping would judge by it for ever. Throws UnknownKey.
 */
export async function openHierarchy(state: SyncState, key: SyncKey, now: Instant): Promise<Opened> {
  const opened = await open(state, rootFolder, key, now)
  const generations = (await state.generations(rootFolder)).map((record) => record.generation)
  for (const newer of generations.slice(generations.indexOf(opened.record.generation) + 1)) await state.drop(newer)
  return opened
}

/**
 * What FolderSync answers to this key; with key 0 the whole tree at once, while the old state lives on until the new key comes
 * back. Throws UnknownKey, HierarchyBusy.
 */
export async function syncHierarchy(state: SyncState, mailbox: Mailbox, key: SyncKey, shows: Shows, clock: Clock): Promise<HierarchyNews> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const opened = key === initialKey ? await begun(state, clock) : await openHierarchy(state, key, clock.now())
    const { tree, proposal } = await look(mailbox, ledgerOf(opened), positionOf(opened).token, shows)
    const repeated = key !== initialKey && proposal.told.length === 0 ? null : sameRound(opened, proposal)
    if (repeated !== null) return news(repeated.key, tree, proposal)
    const committed = await commit(opened, { proposal, arbiter: null }, clock)
    if (committed === null) continue
    // A tree without a folder tells nothing, and still needs a key: that of the generation's beginning.
    const next = committed === initialKey ? (opened.record.pending[0]?.key ?? committed) : committed
    return news(next, tree, proposal)
  }
  throw new HierarchyBusy('other requests of the device were faster')
}

/** The whole tree, of which nothing is remembered: for a device that only looks. */
export async function showHierarchy(state: SyncState, mailbox: Mailbox, shows: Shows): Promise<HierarchyNews> {
  return { key: state.newKey(), added: [...visibleTree(await mailbox.allFolders(), shows).values()], changed: [], removed: [] }
}

/** The newest round that waits for its acknowledgement, if it says the same: the reply was lost, and nothing new is written. */
function sameRound(opened: Opened, proposal: Proposal): Round | null {
  const newest = opened.arrived === null ? opened.record.pending.at(-1) : undefined
  if (newest === undefined || newest.own.length > 0) return null
  return JSON.stringify(newest.delta) === JSON.stringify(proposal.delta) ? newest : null
}

function news(key: SyncKey, tree: ReadonlyMap<FolderId, Folder>, { told }: Proposal): HierarchyNews {
  const folders = (kind: 'add' | 'change') => told.flatMap((one) => (one.kind === kind ? (tree.get(one.id as FolderId) ?? []) : []))
  const removed = told.filter((one) => one.kind === 'delete').map((one) => one.id as FolderId)
  // Children are younger than their parents, but for moves.
  return { key, added: folders('add'), changed: folders('change'), removed: removed.sort((a, b) => numberOf(b) - numberOf(a)) }
}

/** Whether a FolderSync with the newest key the device was given would tell it anything. One without a key is not called. */
export async function hierarchyMoved(state: SyncState, mailbox: Mailbox, shows: Shows): Promise<boolean> {
  const record = (await state.generations(rootFolder)).at(-1)
  if (record === undefined) return false
  const { token } = record.pending.at(-1)?.position ?? record.position
  const { proposal } = await look(mailbox, newestLedger(state, record), token, shows)
  return proposal.told.length > 0
}
