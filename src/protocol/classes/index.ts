// The literal table of classes: what is not in it is not built, and its folders stay hidden.
import type { FolderType, ItemClass } from '../../model/folder.ts'
import { classOfFolder } from '../../model/folder.ts'
import { calendar } from './calendar/calendar.ts'
import type { ItemClassRules } from './class.ts'
import { contacts } from './contacts/contacts.ts'
import { email } from './email.ts'

const table: Readonly<Partial<Record<ItemClass, ItemClassRules>>> = { Email: email, Calendar: calendar, Contacts: contacts }

/** The rules of a class; null if it is not built. */
export function rulesOf(itemClass: ItemClass): ItemClassRules | null {
  return table[itemClass] ?? null
}

/** The class that phones sync a folder of this type as; null where it is not shown to them. */
export function shownClass(type: FolderType): ItemClass | null {
  const itemClass = classOfFolder(type)
  return itemClass === null || rulesOf(itemClass) === null ? null : itemClass
}

/** Whether a folder of this type is shown to phones: only where its class is built. */
export function isShown(type: FolderType): boolean {
  return shownClass(type) !== null
}
