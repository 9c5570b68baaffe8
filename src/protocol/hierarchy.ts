// A client's own change to the folder tree: one unit of work under the hierarchy's key, answered with a new one.
import { createHash } from 'node:crypto'
import type { Folder } from '../model/folder.ts'
import { idLengthMax, rootFolder, type FolderId, type Identity, type SyncKey } from '../model/id.ts'
import { StoreFailure, type StoreReason } from '../store/failure.ts'
import type { Mailbox } from '../store/mailbox.ts'
import type { Unit } from '../store/store.ts'
import { Arbiter } from '../sync/arbiter.ts'
import { ledgerOf, UnknownKey, type Opened } from '../sync/collection.ts'
import { commit } from '../sync/commit.ts'
import { openHierarchy, visibleTree } from '../sync/hierarchy.ts'
import { shownTo } from './classes/index.ts'
import type { Call } from './command.ts'
import { Failure, InvalidSyncKey, type FailureName } from './error.ts'
import { refusedKey } from './refused-key.ts'

/** MS-ASCMD 2.2.3.49.3. */
const nameLengthMax = 256
const attemptsMax = 8

/** The CollectionId of the recipient information cache, which no command may touch (MS-ASCMD 2.2.1.3, 2.2.1.4, 2.2.1.6). */
export const recipientCache = 'RI'

/** The scene of one change, inside its unit of work. */
export interface Edit {
  readonly unit: Unit
  readonly mailbox: Mailbox
  readonly arbiter: Arbiter
  readonly opened: Opened
  /** All folders, parents before children. */
  readonly folders: readonly Folder[]
  /** Those a phone sees, with the parents it sees. */
  readonly tree: ReadonlyMap<FolderId, Folder>
}

class LostRace extends Error {}

/** Reads the key of a folder command as it came. */
export function hierarchyKey(text: string): SyncKey {
  if (text.length > idLengthMax) throw new InvalidSyncKey('longer than any key')
  return text as SyncKey
}

/**
 * Applies a client's change and commits it with a new key. `refusals` names what the store's refusals mean to this command. A
 * repeat under the same key, its reply lost, stands beside the first as a sibling.
 */
export async function editHierarchy<T>(
  call: Call,
  key: SyncKey,
  refusals: Partial<Record<StoreReason, FailureName>>,
  edit: (edit: Edit) => Promise<T>,
): Promise<{ readonly key: SyncKey; readonly value: T }> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    try {
      const done = await editOnce(call, key, edit)
      if (done instanceof UnknownKey) throw await refusedKey(done, call, rootFolder)
      return done
    } catch (thrown) {
      if (thrown instanceof LostRace) continue
      const failure = thrown instanceof StoreFailure ? refusals[thrown.reason] : undefined
      throw failure === undefined ? thrown : new Failure(failure, (thrown as Error).message)
    }
  }
  throw new Failure('CommandServerError', 'other requests of the device were faster')
}

function editOnce<T>(call: Call, key: SyncKey, edit: (edit: Edit) => Promise<T>): Promise<{ key: SyncKey; value: T } | UnknownKey> {
  const { account, device, house } = call
  return house.store.unit(async (unit) => {
    const mailbox = await unit.mailbox(account.id)
    const state = await unit.syncState(account.id, device.id)
    let opened: Opened
    try {
      opened = await openHierarchy(state, key, house.clock.now())
    } catch (thrown) {
      // Resolved, not rejected: the record of why the key was refused is to be kept.
      if (thrown instanceof UnknownKey) return thrown
      throw thrown
    }
    const arbiter = new Arbiter(opened, ledgerOf(opened))
    const folders = await mailbox.allFolders()
    const value = await edit({ unit, mailbox, arbiter, opened, folders, tree: visibleTree(folders, shownTo(call.dialect)) })
    const next = await commit(opened, { proposal: null, arbiter }, house.clock)
    if (next === null) throw new LostRace()
    return { key: next, value }
  })
}

/** A folder's name as the client wants it. A name that cannot be used is answered like one that is taken: ask for another. */
export function checkedName(text: string): string {
  const name = text.trim()
  if (name === '' || name.length > nameLengthMax) throw new Failure('FolderExists', `a name of ${name.length} characters`)
  return name
}

/** The parent a client names: one it sees, or the root, for which BlackBerry sends nothing. */
export function checkedParent(text: string, { tree }: Edit): FolderId {
  if (text === recipientCache) throw new Failure('SpecialFolder', 'below the recipient cache')
  if (text === '' || text === rootFolder) return rootFolder
  const parent = tree.get(text as FolderId)
  if (parent === undefined) throw new Failure('ParentNotFound')
  return parent.id
}

/** FolderCreate stands outside any ClientId: the same request is known by the key it came under. */
export function folderIdentity(call: Call, key: SyncKey, parent: FolderId, name: string): Identity {
  const parts = ['folder', call.account.id, call.device.id, key, parent, name]
  return createHash('sha256').update(parts.join('\0')).digest('base64url') as Identity
}
