// What Search and Find share: the folders a query names, and a page of what is found in the mailbox.
import type { Folder } from '../model/folder.ts'
import { rootFolder, type FolderId } from '../model/id.ts'
import type { Item } from '../model/item.ts'
import type { Mailbox, Query } from '../store/mailbox.ts'
import { Failure } from './error.ts'
import type { Range } from './range.ts'

/** MS-ASCMD 2.2.3.143.2: the most results of one answer, whatever the range asks. */
export const resultsMax = 100
/** Where paging ends: nobody reads on, and every page costs what lies before it. */
export const reachMax = 1000

function withDescendants(all: readonly Folder[], roots: readonly FolderId[]): FolderId[] {
  const found = new Set(roots)
  // Parents come before their children.
  for (const folder of all) if (found.has(folder.parent)) found.add(folder.id)
  return [...found]
}

/**
 * The folders to search: null for all of them, where none is named or the root is (Android 6 sends no CollectionId, Outlook for
 * phones 0). Throws HierarchyChanged where a folder is gone.
 */
export async function foldersOf(mailbox: Mailbox, named: readonly string[], deep: boolean): Promise<FolderId[] | null> {
  if (named.length === 0 || named.includes(rootFolder)) return null
  const all = await mailbox.allFolders()
  const known = new Set<string>(all.map((folder) => folder.id))
  if (named.some((id) => !known.has(id))) throw new Failure('HierarchyChanged', 'a folder that is not there')
  return deep ? withDescendants(all, named as FolderId[]) : (named as FolderId[])
}

export interface Found {
  /** Newest first. */
  readonly items: readonly Item[]
  readonly total: number
}

/** Reads the results within `range`, at most `resultsMax` of them. */
export async function searchItems(mailbox: Mailbox, query: Query, range: Range): Promise<Found> {
  const to = Math.min(range.to, range.from + resultsMax - 1, reachMax - 1)
  const { ids, total } = await mailbox.search(query, { from: range.from, to })
  const items = ids.length === 0 ? new Map() : await mailbox.read(ids)
  return { items: ids.flatMap((id) => items.get(id) ?? []), total }
}
