// One occurrence of a series that is told alone, and the series that it belongs to.
import type { CalendarEvent, Exception } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import type { RecordFile } from '../../model/record.ts'
import { originalOf } from '../recurrence.ts'
import { dayOf } from '../time-zone.ts'
import type { VEvent } from './calendar.ts'
import { lineOfForeign } from './foreign.ts'
import { changesOf } from './series.ts'

/** What an event carries that is one occurrence of a series, told alone: the value of its RECURRENCE-ID. Null for all others. */
export function nameOfLone({ foreign, recurrence }: CalendarEvent): string | null {
  const name = recurrence === null ? foreign?.properties.find(([name]) => name === 'recurrence-id') : undefined
  return name === undefined ? null : lineOfForeign(name).value
}

/** The series with the occurrence that began at `instance`, as it is told alone; one that the rule does not have is added to it. */
export function withOccurrence(series: VEvent, occurrence: VEvent, instance: Instant): VEvent {
  const { event } = series
  const original = originalFor(event, instance)
  const others = event.exceptions.filter((exception) => exception.original !== original)
  const files = occurrence.event.files.map((file, index): RecordFile => ({
    ...file,
    number: event.lastFile + 1 + index,
    start: file.start + series.source.byteLength,
    end: file.end + series.source.byteLength,
  }))
  const changes = changesOf(event, original, { ...occurrence.event, files, foreign: foreignOf(occurrence.event) })
  const exceptions: Exception[] = [...others, { original, deleted: false, changes }]
  return {
    event: {
      ...event,
      exceptions: exceptions.toSorted((one, other) => one.original - other.original),
      lastFile: event.lastFile + files.length,
    },
    instance: null,
    source: files.length === 0 ? series.source : new Uint8Array(Buffer.concat([series.source, occurrence.source])),
  }
}

/** A date may name an occurrence that has a time, as long as nobody knew the series. */
function originalFor(series: CalendarEvent, instance: Instant): Instant {
  const meant = originalOf(series, instance)
  if (meant !== null) return meant
  if (series.allDay) return dayOf(series.zone, instance)
  const named = instance % 86_400_000 === 0 ? originalOf(series, instance + series.start - dayOf(series.zone, series.start)) : null
  return named ?? instance
}

function foreignOf({ foreign }: CalendarEvent): CalendarEvent['foreign'] {
  if (foreign === null) return null
  const properties = foreign.properties.filter(([name]) => name !== 'recurrence-id')
  return properties.length === 0 && foreign.components.length === 0 ? null : { properties, components: foreign.components }
}
