// What a mail says about a meeting: its text/calendar, read once it is known to be one (RFC 5546, RFC 6047).
import { Buffer } from 'node:buffer'
import { calendarMethod, calendarParts, meetingText } from '../../format/calendar-part.ts'
import { readCalendar, type VEvent } from '../../format/icalendar.ts'
import type { Envelope, MimePart } from '../../model/email.ts'
import type { Instant } from '../../model/id.ts'
import type { Source } from '../../model/item.ts'
import type { ZoneId } from '../../model/zone.ts'
import type { MeetingMethod } from './message.ts'

export interface MeetingNews {
  readonly method: MeetingMethod
  /** At least one; several where occurrences of a series, or several meetings, are told of. */
  readonly events: readonly [VEvent, ...VEvent[]]
  /** The path of the part that says it. */
  readonly part: string
}

/** The others of RFC 5546 ask for nothing that a calendar could do by itself. */
function isKnown(method: string): method is MeetingMethod {
  return method === 'REQUEST' || method === 'REPLY' || method === 'CANCEL' || method === 'COUNTER'
}

/** Whether the message is about a meeting, as its class says: nothing else is worth a look. */
export function isAboutMeeting({ messageClass }: Pick<Envelope, 'messageClass'>): boolean {
  return messageClass.startsWith('IPM.Schedule.Meeting.')
}

function newsIn(bytes: Buffer, part: MimePart, method: string, zone: ZoneId, now: Instant): MeetingNews | null {
  if (!isKnown(method)) return null
  const text = meetingText(bytes, part)
  if (text === null) return null
  try {
    const [first, ...rest] = readCalendar(text, zone, now).events
    return first === undefined ? null : { method, events: [first, ...rest], part: part.path }
  } catch {
    // Anybody can send anything: what cannot be read is plain mail, whatever its header promised.
    return null
  }
}

/** What a message says about a meeting; null if nothing, or nothing that can be read. Times without a zone are taken in `zone`. */
export function meetingNews(message: Uint8Array, envelope: Envelope, zone: ZoneId, now: Instant): MeetingNews | null {
  if (!isAboutMeeting(envelope)) return null
  const whole = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  for (const part of calendarParts(envelope.structure)) {
    const bytes = whole.subarray(part.start, part.end)
    const method = calendarMethod(bytes, part)
    if (method !== null) return newsIn(bytes, part, method, zone, now)
  }
  return null
}

/** The same of a stored message, of which only the calendar is read. */
export async function storedMeetingNews(source: Source, envelope: Envelope, zone: ZoneId, now: Instant): Promise<MeetingNews | null> {
  if (!isAboutMeeting(envelope)) return null
  for (const part of calendarParts(envelope.structure)) {
    const bytes = Buffer.from(await source.read(part.start, part.end))
    const method = calendarMethod(bytes, part)
    if (method !== null) return newsIn(bytes, part, method, zone, now)
  }
  return null
}
