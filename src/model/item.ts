// Items: what a phone syncs, whatever its class.
import type { Email } from './email.ts'
import type { FolderId, Instant, Modseq, ServerId } from './id.ts'

/** What an item holds, by class. Calendar, contacts, tasks and notes join this union when they are built. */
export type ItemContent = { readonly class: 'Email'; readonly email: Email }

export interface Item {
  readonly id: ServerId
  readonly folder: FolderId
  readonly modseq: Modseq
  /**
   * What FilterType compares: the receipt of a mail, the last end of an event. Null stands always inside the
   * window (contacts, endless series).
   */
  readonly date: Instant | null
  readonly content: ItemContent
}

/** Random access to an item's source (a message's MIME), whether it lies in rows, in a file or on an IMAP server. */
export interface Source {
  readonly bytes: number
  /** Bytes `start` up to but not including `end`, clamped to the source. Call it for pieces of at most a few megabytes. */
  read(start: number, end: number): Promise<Uint8Array>
}
