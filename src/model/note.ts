// A note (MS-ASNOTE).
import type { Instant } from './id.ts'
import type { RecordText } from './record.ts'

export interface Note {
  readonly subject: string
  readonly text: RecordText | null
  readonly categories: readonly string[]
  /** `IPM.StickyNote`, or that with a suffix. */
  readonly messageClass: string
  readonly modified: Instant
}
