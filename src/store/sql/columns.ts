// Between the ids that travel and what is stored of them.
import { hash } from 'node:crypto'
import { parseServerId, serverId, type FolderId, type Instant, type ServerId } from '../../model/id.ts'

/** A folder's number; null if the text cannot be an id of ours. The root is 0. */
export function folderNumber(id: string): number | null {
  if (!/^[0-9a-z]{1,11}$/.test(id)) return null
  const number = Number.parseInt(id, 36)
  return Number.isSafeInteger(number) && number.toString(36) === id ? number : null
}

export function folderId(number: number): FolderId {
  return number.toString(36) as FolderId
}

/** Where an item lies: both numbers are unique in the mailbox. */
export interface ItemKey {
  readonly folder: number
  readonly number: number
}

/** Null if the text cannot be an id of ours, or is spelt in another way than ours. */
export function itemKey(id: string): ItemKey | null {
  const parsed = parseServerId(id)
  if (parsed === null) return null
  const folder = folderNumber(parsed.folder)
  if (folder === null || serverId(parsed.folder, parsed.number) !== id) return null
  return { folder, number: parsed.number }
}

export function itemId(key: ItemKey): ServerId {
  return serverId(folderId(key.folder), key.number)
}

/**
 * The date column of what stands always inside the window: later than every date there is, so that "newest first"
 * and "not older than" mean the same in every database.
 */
const always = 8_640_000_000_000_001

export function dateColumn(date: Instant | null): number {
  return date ?? always
}

export function instant(column: number): Instant | null {
  return column === always ? null : column
}

/** A uid as it is indexed: foreign ones have any length, and there are characters that no database compares. */
export function uidColumn(uid: string): string {
  return hash('sha256', uid, 'base64url')
}
