// The files of an event and of its exceptions: bytes of one source, numbered for as long as the event is there.
import { Buffer } from 'node:buffer'
import type { CalendarEvent, Exception } from '../model/event.ts'
import type { RecordFile } from '../model/record.ts'

/** An event with the bytes that its files are stretches of. */
export interface Filed {
  readonly event: CalendarEvent
  readonly source: Uint8Array
}

/** The event with each of its files, and of those of its exceptions, made another; those of the event first. */
function withFilesMade(event: CalendarEvent, made: (file: RecordFile) => RecordFile): CalendarEvent {
  const files = event.files.map(made)
  const exceptionOf = (exception: Exception): Exception =>
    exception.changes.files === undefined
      ? exception
      : { ...exception, changes: { ...exception.changes, files: exception.changes.files.map(made) } }
  return { ...event, files, exceptions: event.exceptions.map(exceptionOf) }
}

/** The same event with a source that holds nothing but its files. */
export function packed({ event, source }: Filed): Filed {
  const all = [event.files, ...event.exceptions.map(({ changes }) => changes.files ?? [])].flat()
  const used = all.reduce((sum, { start, end }) => sum + (end - start), 0)
  if (used === source.length) return { event, source }
  const pieces: Uint8Array[] = []
  let at = 0
  const laid = withFilesMade(event, (file) => {
    const piece = source.subarray(file.start, file.end)
    const start = at
    pieces.push(piece)
    at += piece.length
    return { ...file, start, end: at }
  })
  return { event: laid, source: Buffer.concat(pieces) }
}

/** The event as its files lie behind `bytes` others, and are numbered above `number`: to be put together with another event. */
export function withFilesBehind(event: CalendarEvent, bytes: number, number: number): CalendarEvent {
  return withFilesMade(event, (file) => ({ ...file, number: file.number + number, start: file.start + bytes, end: file.end + bytes }))
}
