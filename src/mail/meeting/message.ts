// The MIME of mail about a meeting (RFC 6047): a text for people beside a text/calendar for programs.
import type { CalendarEvent, Person } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import type { RecordText } from '../../model/record.ts'

/** RFC 5546 1.4. */
export type MeetingMethod = 'REQUEST' | 'CANCEL' | 'REPLY' | 'COUNTER'

/** What a mail tells of a meeting: all of it, or one occurrence. */
export interface Told {
  readonly event: CalendarEvent
  /** The original start of the one occurrence that is told of; null for the whole. `event` is then that occurrence alone. */
  readonly instance: Instant | null
  /** The files of `event`. */
  readonly source: Uint8Array
}

export interface MeetingMail {
  readonly method: MeetingMethod
  /** Several only for occurrences of one series, in the order of time. */
  readonly told: readonly Told[]
  readonly from: Person
  readonly to: readonly Person[]
  readonly subject: string
  /** What the sender writes beside; null for nothing. */
  readonly note: RecordText | null
  /** Without brackets; the same again for the same mail. */
  readonly messageId: string
  readonly at: Instant
}

/** The mail, header included, with CRLF. The same bytes for the same arguments. Files come along with a REQUEST alone. */
export function meetingMessage(_mail: MeetingMail): Uint8Array {
  throw new Error('not written yet')
}
