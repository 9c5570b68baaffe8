// Folders: what a mailbox is divided into.
import type { FolderId, Modseq } from './id.ts'

/** The classes an item can have. SMS is accepted and ignored (MS-ASCMD 2.2.3.27.5). */
export const itemClasses = ['Email', 'Calendar', 'Contacts', 'Tasks', 'Notes'] as const
export type ItemClass = (typeof itemClasses)[number]

/** MS-ASCMD 2.2.3.186.3, the Type of FolderSync. */
export const folderType = {
  generic: 1,
  inbox: 2,
  drafts: 3,
  deletedItems: 4,
  sentItems: 5,
  outbox: 6,
  tasks: 7,
  calendar: 8,
  contacts: 9,
  notes: 10,
  journal: 11,
  userMail: 12,
  userCalendar: 13,
  userContacts: 14,
  userTasks: 15,
  userJournal: 16,
  userNotes: 17,
  unknown: 18,
  recipientCache: 19,
} as const
export type FolderType = (typeof folderType)[keyof typeof folderType]

export interface Folder {
  readonly id: FolderId
  /** `rootFolder` for a folder of the first level. */
  readonly parent: FolderId
  readonly name: string
  readonly type: FolderType
  readonly modseq: Modseq
}

const classOfType: Readonly<Partial<Record<FolderType, ItemClass>>> = {
  1: 'Email',
  2: 'Email',
  3: 'Email',
  4: 'Email',
  5: 'Email',
  6: 'Email',
  12: 'Email',
  8: 'Calendar',
  13: 'Calendar',
  9: 'Contacts',
  14: 'Contacts',
  7: 'Tasks',
  15: 'Tasks',
  10: 'Notes',
  17: 'Notes',
}

/** The class of the items in a folder of this type; null where none fits (journal, unknown, recipient cache). */
export function classOfFolder(type: FolderType): ItemClass | null {
  return classOfType[type] ?? null
}

/** A default folder cannot be renamed, moved or deleted by a phone (MS-ASCMD 2.2.1.4 Status 3). */
export function isDefaultFolder(type: FolderType): boolean {
  return (type >= 2 && type <= 11) || type === 19
}
