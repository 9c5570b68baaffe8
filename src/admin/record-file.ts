// What a file of another program holds for a mailbox: events, tasks, contacts; and what of it cannot be taken.
import { CalendarFormatError, calendarText, readCalendarFile, type Refused } from '../format/icalendar.ts'
import { CardFormatError, cardText, readCards } from '../format/vcard.ts'
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
  const head = Buffer.from(bytes.subarray(0, 4096)).toString('latin1').replaceAll('\0', '')
  const isCard = /^\s*BEGIN:VCARD/im.test(head)
  try {
    return isCard ? cardsIn(bytes, now) : calendarIn(bytes, zone, now)
  } catch (error) {
    if (!(error instanceof CalendarFormatError) && !(error instanceof CardFormatError)) throw error
    // Whoever wanted to bring in an address book is not helped by words about calendars.
    if (!/BEGIN:/i.test(head))
      throw new Refusal('That cannot be imported: neither a calendar (BEGIN:VCALENDAR) nor a card (BEGIN:VCARD) is in it.', {
        cause: error,
      })
    throw new Refusal(`That cannot be imported: ${error.message.replace(/\.$/, '')}.`, { cause: error })
  }
}

function cardsIn(bytes: Uint8Array, now: Instant): RecordFile {
  const records = readCards(cardText(bytes)).map(({ contact, source }): FiledRecord => ({
    content: { class: 'Contacts', record: { ...contact, modified: contact.modified ?? now } },
    source,
    instance: null,
  }))
  return { records, refused: [] }
}

function calendarIn(bytes: Uint8Array, zone: ZoneId, now: Instant): RecordFile {
  const { calendar, refused } = readCalendarFile(calendarText(bytes), zone, now)
  if (answers.has(calendar.method ?? '')) throw new Refusal('That is an answer to an invitation, and no event to import.')
  const events = calendar.events.map(({ event, source, instance }): FiledRecord => ({
    content: { class: 'Calendar', record: event },
    source,
    instance,
  }))
  const tasks = calendar.tasks.map((task): FiledRecord => ({
    content: { class: 'Tasks', record: { ...task, modified: task.modified ?? now } },
    source: new Uint8Array(0),
    instance: null,
  }))
  return { records: [...events, ...tasks], refused }
}

/** What others say of an event that its owner has (RFC 5546 3.2). */
const answers = new Set(['REPLY', 'REFRESH', 'COUNTER', 'DECLINECOUNTER'])
