// The folder that an administrator names for records of one class.
import { classOfFolder, type Folder, type FolderType, folderType } from '../model/folder.ts'
import { rootFolder } from '../model/id.ts'
import type { RecordClass } from '../model/item.ts'
import type { Mailbox } from '../store/mailbox.ts'
import { NotThere, Refusal } from './house.ts'

const defaults: Readonly<Record<RecordClass, FolderType>> = {
  Calendar: folderType.calendar,
  Contacts: folderType.contacts,
  Tasks: folderType.tasks,
  Notes: folderType.notes,
}
const ownMade: Readonly<Record<RecordClass, FolderType>> = {
  Calendar: folderType.userCalendar,
  Contacts: folderType.userContacts,
  Tasks: folderType.userTasks,
  Notes: folderType.userNotes,
}

/** The folder of this path (levels parted by /), or the default one; null if there is none. Refuses one that holds something else. */
export async function findRecordFolder(mailbox: Mailbox, itemClass: RecordClass, path: string | null): Promise<Folder | null> {
  if (path === null) return mailbox.defaultFolder(defaults[itemClass])
  const folders = await mailbox.allFolders()
  let parent = rootFolder
  let found: Folder | null = null
  for (const name of levels(path)) {
    found = folders.find((folder) => folder.parent === parent && folder.name.toLowerCase() === name.toLowerCase()) ?? null
    if (found === null) return null
    parent = found.id
  }
  if (found !== null && classOfFolder(found.type) !== itemClass)
    throw new Refusal(`The folder "${found.name}" holds ${classOfFolder(found.type) ?? 'other things'}.`)
  return found
}

/** As findRecordFolder, and made where there is none. What it lies in must be there. */
export async function recordFolder(mailbox: Mailbox, itemClass: RecordClass, path: string | null): Promise<Folder> {
  const found = await findRecordFolder(mailbox, itemClass, path)
  if (found !== null || path === null) return found ?? mailbox.defaultFolder(defaults[itemClass])
  const names = levels(path)
  const folders = await mailbox.allFolders()
  let parent = rootFolder
  for (const name of names.slice(0, -1)) {
    const above = folders.find((folder) => folder.parent === parent && folder.name.toLowerCase() === name.toLowerCase())
    if (above === undefined) throw new NotThere(`There is no folder "${name}" to make another in.`)
    parent = above.id
  }
  return mailbox.createFolder(parent, names.at(-1) ?? path, ownMade[itemClass], null)
}

function levels(path: string): string[] {
  const names = path.split('/').map((name) => name.trim())
  return names.filter((name) => name !== '')
}
