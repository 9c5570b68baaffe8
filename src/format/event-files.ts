// The files of an event and of its exceptions: bytes of one source, numbered for as long as the event is there.
import { Buffer } from 'node:buffer'
import type { CalendarEvent } from '../model/event.ts'
import type { RecordFile, Stretch } from '../model/record.ts'

/** An event with the bytes that its files are stretches of. */
export interface Filed {
  readonly event: CalendarEvent
  readonly source: Uint8Array
}

/** The event with each of its files, and of those of its exceptions, made another. */
function withFilesMade(event: CalendarEvent, made: (file: RecordFile) => RecordFile): CalendarEvent {
  const exceptions = event.exceptions.map((exception) => {
    const { files } = exception.changes
    return files === undefined ? exception : { ...exception, changes: { ...exception.changes, files: files.map(made) } }
  })
  return { ...event, files: event.files.map(made), exceptions }
}

/** The same event with a source that holds nothing but its files. An exception may share those of its series. */
export function packed({ event, source }: Filed): Filed {
  const all = [event.files, ...event.exceptions.map(({ changes }) => changes.files ?? [])].flat()
  const nameOf = ({ start, end }: Stretch) => `${start}-${end}`
  const stretches = new Map<string, Stretch>(all.map((file) => [nameOf(file), file]))
  const used = [...stretches.values()].reduce((sum, { start, end }) => sum + (end - start), 0)
  if (used === source.length) return { event, source }
  const pieces: Uint8Array[] = []
  const places = new Map<string, Stretch>()
  let at = 0
  for (const [name, { start, end }] of stretches) {
    pieces.push(source.subarray(start, end))
    places.set(name, { start: at, end: at + (end - start) })
    at += end - start
  }
  return { event: withFilesMade(event, (file) => ({ ...file, ...places.get(nameOf(file)) })), source: Buffer.concat(pieces) }
}

/** The event as its files lie behind `bytes` others, and are numbered above `number`: to be put together with another event. */
export function withFilesBehind(event: CalendarEvent, bytes: number, number: number): CalendarEvent {
  return withFilesMade(event, (file) => ({ ...file, number: file.number + number, start: file.start + bytes, end: file.end + bytes }))
}
