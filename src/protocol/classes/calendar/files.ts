// The files of an event (16.x): told, added and taken away (MS-ASAIRS 2.2.2.2, 2.2.2.7, 2.2.2.21).
import { cleanName } from '../../../format/name.ts'
import type { CalendarEvent } from '../../../model/event.ts'
import { fileReference, parseFileReference, type ServerId } from '../../../model/id.ts'
import type { RecordFile } from '../../../model/record.ts'
import { Failure } from '../../error.ts'
import type { Attachment } from '../email-schema.ts'
import type { AttachmentsIn } from './schema.ts'

/** More than any phone lets its user attach. */
const filesMax = 100

/** MS-ASAIRS 2.2.2.31.2: 1 a file, 5 an embedded message. */
const methodOf = (type: string): number => (type === 'message/rfc822' ? 5 : 1)

/** The files of an event as they are listed. */
export function filesOut(id: ServerId, files: readonly RecordFile[]): Attachment[] {
  return files.map((file) => ({
    DisplayName: file.name,
    FileReference: fileReference(id, String(file.number)),
    Method: methodOf(file.type),
    EstimatedDataSize: file.end - file.start,
    ...(file.contentId === null ? {} : { ContentId: file.contentId }),
    ...(file.contentLocation === null ? {} : { ContentLocation: file.contentLocation }),
    ...(file.inline ? { IsInline: true } : {}),
  }))
}

/** The files of an event while they change. */
export interface Shelf {
  readonly files: readonly RecordFile[]
  readonly source: Uint8Array
  /** The highest number given. */
  readonly lastFile: number
  /** The number of each added file by its ClientId. */
  readonly added: ReadonlyMap<string, number>
}

type Adds = NonNullable<AttachmentsIn>['Add']

function removedNumbers(sent: NonNullable<AttachmentsIn>, id: ServerId | null): ReadonlySet<number> {
  const numbers = sent.Delete.flatMap(({ FileReference }) => {
    const reference = parseFileReference(FileReference)
    // References to others are not obeyed.
    return reference === null || reference.item !== id ? [] : [Number(reference.path)]
  })
  return new Set(numbers)
}

function isSame(file: RecordFile, name: string, content: Uint8Array, source: Uint8Array): boolean {
  return file.name === name && Buffer.compare(source.subarray(file.start, file.end), content) === 0
}

function nameOf({ DisplayName }: Adds[number]): string {
  return cleanName(DisplayName ?? '') ?? 'file'
}

/**
 * The files after a client's Attachments. One without content means a file that is there already (iOS sends it when an event changes
 * its calendar); the same file again is the one that a lost answer did not tell of.
 */
export function shelved(sent: NonNullable<AttachmentsIn>, before: Shelf, id: ServerId | null, bytesMax: number): Shelf {
  const removed = removedNumbers(sent, id)
  const files = before.files.filter(({ number }) => !removed.has(number))
  const added = new Map<string, number>()
  const pieces = [before.source]
  let { lastFile } = before
  let end = before.source.length
  for (const add of sent.Add) {
    const content = add.Content
    if (content === undefined || content.length === 0) continue
    const name = nameOf(add)
    const same = before.files.find((file) => !removed.has(file.number) && isSame(file, name, content, before.source))
    if (same !== undefined) {
      added.set(add.ClientId, same.number)
      continue
    }
    lastFile += 1
    added.set(add.ClientId, lastFile)
    files.push({
      number: lastFile,
      name,
      type: typeOf(add),
      inline: add.IsInline ?? false,
      contentId: add.ContentId ?? null,
      contentLocation: add.ContentLocation ?? null,
      start: end,
      end: end + content.length,
    })
    pieces.push(content)
    end += content.length
  }
  if (files.length > filesMax) throw new Failure('ItemMalformed', `${files.length} files`)
  if (end > bytesMax) throw new Failure('CannotComplete', `${end} bytes of files`)
  return { files, source: pieces.length === 1 ? before.source : Buffer.concat(pieces), lastFile, added }
}

function typeOf({ Method, ContentType }: Adds[number]): string {
  if (Method === 5) return 'message/rfc822'
  const type = ContentType?.split(';')[0]?.trim().toLowerCase() ?? ''
  return /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream'
}

/** Every file that belongs to an event or to an exception of it. */
export function fileOf(event: CalendarEvent, number: number): RecordFile | null {
  const all = [event.files, ...event.exceptions.map(({ changes }) => changes.files ?? [])].flat()
  return all.find((file) => file.number === number) ?? null
}
