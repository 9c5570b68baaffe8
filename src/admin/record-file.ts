// What a file of another program holds for a mailbox: events, tasks, contacts; and what of it cannot be taken.
import { CalendarFormatError, calendarText, readCalendarFile, type Refused } from '../format/icalendar.ts'
import type { Instant } from '../model/id.ts'
import type { RecordContent } from '../model/item.ts'
import type { ZoneId } from '../model/zone.ts'
import { Refusal } from './house.ts'

export interface FiledRecord {
  readonly content: RecordContent
  readonly source: Uint8Array
  /** Where only one occurrence of a series is told: its original start. */
  readonly instance: Instant | null
}

export interface RecordFile {
  readonly records: readonly FiledRecord[]
  readonly refused: readonly Refused[]
}

/** Reads an .ics or .vcf; times without a zone are taken in `zone`. Refuses what is neither. */
export function recordsInFile(bytes: Uint8Array, zone: ZoneId, now: Instant): RecordFile {
  const text = calendarText(bytes)
  try {
    const { calendar, refused } = readCalendarFile(text, zone, now)
    if (answers.has(calendar.method ?? '')) throw new Refusal('That is an answer to an invitation, and no event to import.')
    const events = calendar.events.map(({ event, source, instance }): FiledRecord => ({
      content: { class: 'Calendar', record: event },
      source,
      instance,
    }))
    const tasks = calendar.tasks.map((task): FiledRecord => ({
      content: { class: 'Tasks', record: task },
      source: nothing,
      instance: null,
    }))
    return { records: [...events, ...tasks], refused }
  } catch (error) {
    if (error instanceof CalendarFormatError) throw new Refusal(`That cannot be imported: ${error.message}.`, { cause: error })
    throw error
  }
}

/** What others say of an event that its owner has (RFC 5546 3.2). */
const answers = new Set(['REPLY', 'REFRESH', 'COUNTER', 'DECLINECOUNTER'])

const nothing = new Uint8Array(0)
