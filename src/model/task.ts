// A task (MS-ASTASK). Its dates are days: they are kept as the clients send them, at midnight UTC in the form that is not "Utc".
import type { Instant } from './id.ts'
import type { Foreign, RecordText } from './record.ts'
import type { TaskRecurrence } from './recurrence.ts'

export interface Task {
  /** As iCalendar names it. */
  readonly uid: string
  readonly subject: string
  readonly text: RecordText | null
  /** 0 low, 1 normal, 2 high. */
  readonly importance: 0 | 1 | 2
  /** 0 normal, 1 personal, 2 private, 3 confidential. */
  readonly sensitivity: 0 | 1 | 2 | 3
  readonly complete: boolean
  readonly completedAt: Instant | null
  /** MS-ASTASK 2.2.2.22: the local time of the user, written as if it were UTC. */
  readonly start: Instant | null
  /** MS-ASTASK 2.2.2.28: the same moment in UTC. */
  readonly startUtc: Instant | null
  readonly due: Instant | null
  readonly dueUtc: Instant | null
  /** When to remind; null for no reminder. */
  readonly reminder: Instant | null
  readonly recurrence: TaskRecurrence | null
  readonly categories: readonly string[]
  /** MS-ASTASK 2.2.2.12 and 2.2.2.24: where it stands among those of a day. */
  readonly ordinal: Instant | null
  readonly subOrdinal: string | null
  readonly foreign: Foreign | null
  /** When it was last written, and by whomever; missing where nobody said. */
  readonly modified?: Instant
}
