// The events of one meeting in a calendar: as they stand, and as a mail makes them.
import type { CalendarEvent, Exception, Occasion, Span } from '../../model/event.ts'
import type { Instant, ServerId } from '../../model/id.ts'
import type { Foreign, ForeignProperty } from '../../model/record.ts'
import { occurrences, originalOf as originalNamed } from '../../format/recurrence.ts'
import { dayOf, startOfDay } from '../../format/time-zone.ts'

export interface Entry {
  /** Null for one that is to be made. */
  readonly id: ServerId | null
  /** Null for one that is to go. */
  readonly event: CalendarEvent | null
  /** The bytes of its files. */
  readonly source: Uint8Array
  /** In Deleted Items: its owner wants no part of it. */
  readonly trashed: boolean
  readonly changed: boolean
}

/** An entry that is there. */
export interface Standing extends Entry {
  readonly event: CalendarEvent
}

export function standing(entries: readonly Entry[]): readonly Standing[] {
  return entries.filter((entry): entry is Standing => entry.event !== null && !entry.trashed)
}

/** The entries with one of them changed. */
export function replaced(entries: readonly Entry[], before: Entry, change: Partial<Pick<Entry, 'event' | 'source'>>): readonly Entry[] {
  return entries.map((entry) => (entry === before ? { ...entry, ...change, changed: true } : entry))
}

type Revision = Pick<Occasion, 'sequence' | 'stamp'>

/** RFC 5546 2.1.5: positive if `one` is newer than `other`, 0 if they are the same. */
export function compareRevisions(one: Revision, other: Revision): number {
  return one.sequence - other.sequence || one.stamp - other.stamp
}

export function isSameSpan(one: Span, other: Span): boolean {
  return one.allDay === other.allDay && one.start === other.start && one.end === other.end
}

/** A mark among what is foreign that never travels: whoever tells of such an event names the occurrence himself. */
const recurrenceId = 'x-easel-recurrence-id'

/** A lone occurrence of a series that nobody told of: what foreign formats said, with the occurrence's name among it. */
export function asOrphan(foreign: Foreign | null, original: Instant): Foreign {
  const id: ForeignProperty = [recurrenceId, {}, 'integer', original]
  const others = (foreign?.properties ?? []).filter(([name]) => name !== recurrenceId)
  return { properties: [...others, id], components: foreign?.components ?? [] }
}

/** Which occurrence of a series that nobody told of an event is; null for an event that is one by itself. */
export function orphanOriginal({ foreign }: CalendarEvent): Instant | null {
  const id = foreign?.properties.find(([name]) => name === recurrenceId)?.[3]
  return typeof id === 'number' ? id : null
}

/**
 * The name of the occurrence that a mail means: where none is named so, the only one of that day. Programs write the name of one in
 * another zone, or as a date. Null if the series has none there.
 */
export function originalOf(series: CalendarEvent, told: Instant): Instant | null {
  const named = originalNamed(series, told)
  if (named !== null) return named
  const day = series.allDay ? dayOf(series.zone, told) : startOfDay(series.zone, dayOf(series.zone, told))
  const starts = occurrences(series, day, day + 24 * 3600 * 1000, 10).filter((start) => start >= day)
  return starts.length === 1 ? (starts[0] ?? null) : null
}

/** The exceptions of a series with this one among them. */
export function withException(exceptions: readonly Exception[], exception: Exception): readonly Exception[] {
  const others = exceptions.filter(({ original }) => original !== exception.original)
  return [...others, exception].toSorted((one, other) => one.original - other.original)
}
