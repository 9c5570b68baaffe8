// One message of an archive on its way into a mailbox, with what the archive knows of it.
import type { Instant } from '../model/id.ts'

export interface ImportedMessage {
  /** Null if it could not be read or is larger than what may be stored. */
  readonly source: Uint8Array | null
  /** When it came, where the archive tells; null to find out from the message. */
  readonly received: Instant | null
  readonly read: boolean
  readonly flagged: boolean
  /** 1 replied to, 3 forwarded (MS-ASEMAIL 2.2.2.43). */
  readonly verb: 1 | 3 | null
  /** Marked for deletion. */
  readonly deleted: boolean
  /** Where it lay below the top of the archive, outermost name first. */
  readonly folder: readonly string[]
  /** How much of the archive it took, for the progress. */
  readonly archiveBytes: number
}

export interface ArchiveOptions {
  /** No message larger than this is read. */
  readonly messageBytesMax: number
}

/** What a plain file tells of its message: somebody kept it, so somebody read it. */
export const kept = { received: null, read: true, flagged: false, verb: null, deleted: false, folder: [] } as const
