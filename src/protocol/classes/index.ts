// The literal table of classes, and which of their folders phones see.
import type { Dialect } from '../../model/dialect.ts'
import type { FolderType, ItemClass } from '../../model/folder.ts'
import { classOfFolder } from '../../model/folder.ts'
import { calendar } from './calendar/calendar.ts'
import type { ItemClassRules } from './class.ts'
import { contacts } from './contacts/contacts.ts'
import { email } from './email.ts'
import { notes } from './notes/notes.ts'
import { tasks } from './tasks/tasks.ts'

const table: Readonly<Record<ItemClass, ItemClassRules>> = {
  Email: email,
  Calendar: calendar,
  Contacts: contacts,
  Tasks: tasks,
  Notes: notes,
}

/** The rules of a class. */
export function rulesOf(itemClass: ItemClass): ItemClassRules {
  return table[itemClass]
}

/** Whether phones of this version sync items of this class. */
export function isServed(itemClass: ItemClass, dialect: Dialect): boolean {
  return itemClass !== 'Notes' || dialect.notes
}

/** The class that phones of this version sync a folder of this type as; null where it is not shown to them. */
export function shownClass(type: FolderType, dialect: Dialect): ItemClass | null {
  const itemClass = classOfFolder(type)
  return itemClass !== null && isServed(itemClass, dialect) ? itemClass : null
}

/** Which folders are shown to phones of this version: those of a class that exists there. */
export function shownTo(dialect: Dialect): (type: FolderType) => boolean {
  return (type) => shownClass(type, dialect) !== null
}
