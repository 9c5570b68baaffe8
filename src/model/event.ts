// An event of a calendar (MS-ASCAL), nearer to iCalendar than to any version of ActiveSync.
import type { Instant } from './id.ts'
import type { Foreign, RecordFile, RecordText } from './record.ts'
import type { Recurrence } from './recurrence.ts'
import type { ZoneId } from './zone.ts'

export interface Person {
  readonly name: string
  /** Without `mailto:`; may be empty for a participant nobody can write to. */
  readonly address: string
}

/** MS-ASCAL 2.2.2.5. */
export interface Attendee extends Person {
  /** MS-ASCAL 2.2.2.6: 1 required, 2 optional, 3 a room or thing. */
  readonly type: 1 | 2 | 3
  /** MS-ASCAL 2.2.2.4: 0 unknown, 2 tentative, 3 accepted, 4 declined, 5 has not answered. */
  readonly status: 0 | 2 | 3 | 4 | 5
  /** When the answer was given: an older one that arrives later changes nothing. */
  readonly repliedAt: Instant | null
  /** The time he would rather have (iTIP COUNTER, 16.1), until the organizer decides. */
  readonly proposed: { readonly start: Instant; readonly end: Instant } | null
  /** RSVP of iCalendar, where it was said. */
  readonly responseRequested: boolean | null
  /** Parameters of ATTENDEE beyond these (CUTYPE of a group, DELEGATED-TO …), names in lower case. */
  readonly parameters: Readonly<Record<string, string | readonly string[]>>
}

/** MS-ASAIRS 2.2.2.28: all but the name since 16.0. */
export interface Place {
  readonly name: string
  readonly annotation: string | null
  readonly street: string | null
  readonly city: string | null
  readonly state: string | null
  readonly country: string | null
  readonly postalCode: string | null
  readonly latitude: number | null
  readonly longitude: number | null
  readonly accuracy: number | null
  readonly altitude: number | null
  readonly altitudeAccuracy: number | null
  readonly uri: string | null
}

/**
 * When it takes place. Of an all-day event `start` and `end` are midnights UTC of its first date and of the date after its last: dates,
 * which hold in whatever zone they are read. `end` is never before `start`.
 */
export interface Span {
  readonly allDay: boolean
  readonly start: Instant
  readonly end: Instant
}

/** What one occurrence of a series can have of its own. */
export interface Occasion extends Span {
  readonly subject: string
  readonly place: Place | null
  readonly text: RecordText | null
  /** MS-ASCAL 2.2.2.8: 0 free, 1 tentative, 2 busy, 3 away, 4 working elsewhere (16.0). */
  readonly busyStatus: 0 | 1 | 2 | 3 | 4
  /** MS-ASCAL 2.2.2.41: 0 normal, 1 personal, 2 private, 3 confidential. */
  readonly sensitivity: 0 | 1 | 2 | 3
  /** Minutes before the start; null for none. */
  readonly reminder: number | null
  readonly categories: readonly string[]
  readonly attendees: readonly Attendee[]
  readonly files: readonly RecordFile[]
  /**
   * MS-ASCAL 2.2.2.29: a sum of 1 it is a meeting, 2 received from somebody else, 4 cancelled. (8 travels in other implementations and
   * says nothing more.)
   */
  readonly meetingStatus: number
  /** MS-ASCAL 2.2.2.40: 0 none, 1 the owner organizes it, 2 tentative, 3 accepted, 4 declined, 5 not answered. */
  readonly responseType: 0 | 1 | 2 | 3 | 4 | 5
  /** When the owner answered. */
  readonly repliedAt: Instant | null
  readonly onlineMeetingLink: string | null
  readonly onlineMeetingExternalLink: string | null
  /** DTSTAMP: when this state was written by whoever organizes it. */
  readonly stamp: Instant
  /** SEQUENCE of iTIP: what is older than this is out of date. */
  readonly sequence: number
  readonly foreign: Foreign | null
}

/** A departure from a series. */
export interface Exception {
  /** The original start of the occurrence (of an all-day series: midnight UTC of its date). No two exceptions share it. */
  readonly original: Instant
  /** It does not take place; `changes` is empty then. */
  readonly deleted: boolean
  /** What it has of its own; what is absent it inherits, also later. `start`, `end` and `allDay` come together or not at all. */
  readonly changes: Partial<Occasion>
}

export interface CalendarEvent extends Occasion {
  /** As iCalendar names it, and everybody who takes part; at most 1024 characters. */
  readonly uid: string
  /** Where the series goes by the clock, and what older phones draw all-day events in. */
  readonly zone: ZoneId
  /** Null for what is no meeting. */
  readonly organizer: Person | null
  readonly recurrence: Recurrence | null
  /** Ascending by `original`; empty where there is no recurrence. */
  readonly exceptions: readonly Exception[]
  readonly responseRequested: boolean
  readonly disallowNewTimeProposal: boolean
  /** MS-ASCAL 2.2.2.12: what a phone of 16.x called it when it made it; null otherwise. */
  readonly clientUid: string | null
  /** The highest number given to a file of it. */
  readonly lastFile: number
}
