// Items: what a phone syncs, whatever its class.
import type { Contact } from './contact.ts'
import type { Email } from './email.ts'
import type { CalendarEvent } from './event.ts'
import type { FolderId, Instant, Modseq, ServerId } from './id.ts'
import type { Note } from './note.ts'
import type { Task } from './task.ts'

/** What the items that are no mail hold, by class. */
export interface Records {
  readonly Calendar: CalendarEvent
  readonly Contacts: Contact
  readonly Tasks: Task
  readonly Notes: Note
}
export type RecordClass = keyof Records

/** A record with its class. */
export type RecordContent = { readonly [Class in RecordClass]: { readonly class: Class; readonly record: Records[Class] } }[RecordClass]

/** What an item holds, by class. */
export type ItemContent = { readonly class: 'Email'; readonly email: Email } | RecordContent

export interface Item {
  readonly id: ServerId
  readonly folder: FolderId
  readonly modseq: Modseq
  /**
   * What FilterType compares: the receipt of a mail, the last end of an event, 0 for a task that is done. Null stands always inside
   * the window (contacts, notes, endless series, tasks to be done).
   */
  readonly date: Instant | null
  /** What it costs to read it whole: a message's source, a record with its pictures and files. */
  readonly bytes: number
  readonly content: ItemContent
}

/** The message an item is. Where a folder of mail was asked there is nothing else: any other item is a defect, and throws. */
export function emailOf(item: Item | undefined): Email {
  const content = item?.content
  if (content?.class !== 'Email') throw new TypeError(`${content?.class ?? 'nothing'} where a message was looked for`)
  return content.email
}

/** The record an item is, of the class that is expected. Throws for any other. */
export function recordOf<Class extends RecordClass>(item: Item | undefined, itemClass: Class): Records[Class] {
  const content = item?.content
  if (content === undefined || content.class === 'Email' || content.class !== itemClass)
    throw new TypeError(`${content?.class ?? 'nothing'} where ${itemClass} was looked for`)
  return content.record as Records[Class]
}

/** Random access to an item's source (a message's MIME), whether it lies in rows, in a file or on an IMAP server. */
export interface Source {
  readonly bytes: number
  /** Bytes `start` up to but not including `end`, clamped to the source. Call it for pieces of at most a few megabytes. */
  read(start: number, end: number): Promise<Uint8Array>
}
