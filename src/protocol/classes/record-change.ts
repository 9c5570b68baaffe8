// How a client's Add or Change of a record is written: once per identity, and not over what somebody else wrote meanwhile.
import type { Folder } from '../../model/folder.ts'
import { parseServerId, type Identity, type Modseq } from '../../model/id.ts'
import type { Item, RecordClass } from '../../model/item.ts'
import type { Mailbox, RecordDraft, Stored } from '../../store/mailbox.ts'
import type { Arbiter } from '../../sync/arbiter.ts'
import { Failure } from '../error.ts'
import type { ClientChange, Target } from './class.ts'

/** An Add. The same one again, its answer lost, finds what it made. */
export function recordAdd(draft: RecordDraft, folder: Folder, identity: Identity): ClientChange {
  return {
    async apply(_unit, mailbox, arbiter) {
      const { id, modseq } = await mailbox.create(folder.id, draft, identity)
      arbiter.created(id, modseq, draft.date)
      return { id }
    },
  }
}

/**
 * The item that a Change means, as it lies in the store now. Rejects with ObjectNotFound; with Conflict where somebody else wrote since
 * the device heard of it and the server is to win (MS-ASCMD 2.2.3.34).
 */
export async function findRecord(
  { id, folder, options }: Target,
  itemClass: RecordClass,
  mailbox: Mailbox,
  arbiter: Arbiter,
): Promise<Item> {
  if (parseServerId(id)?.folder !== folder.id) throw new Failure('ObjectNotFound', 'not an item of this folder')
  const item = (await mailbox.read([id])).get(id)
  if (item?.content.class !== itemClass) throw new Failure('ObjectNotFound')
  if (options.conflict === 1 && (await arbiter.isConflicting(id, item.modseq))) throw new Failure('Conflict')
  return item
}

/** Writes what the client made of an item that stood at `before`. */
export async function replaceRecord(
  { id }: Target,
  before: Modseq,
  draft: RecordDraft,
  mailbox: Mailbox,
  arbiter: Arbiter,
): Promise<Stored> {
  const stored = await mailbox.change(id, { class: draft.class, replace: draft }, null)
  await arbiter.changed(id, before, stored.modseq, draft.date)
  return stored
}
