// The files of a message as they are listed (MS-ASAIRS 2.2.2.7), and any item's file as it is found again by its FileReference.
import { attachmentName, attachments, readableBodies } from '../../format/body.ts'
import { decodedBytes, decodePart } from '../../format/part.ts'
import type { Envelope, MimePart } from '../../model/email.ts'
import { fileReference, parseFileReference, type ServerId } from '../../model/id.ts'
import type { Item, Source } from '../../model/item.ts'
import type { Mailbox } from '../../store/mailbox.ts'
import { fileOf } from './calendar/files.ts'
import type { Attachment } from './email-schema.ts'

/** The path that stands for a whole message, which no part has. */
export const wholeMessage = '0'

/** MS-ASAIRS 2.2.2.31.2: 1 a file, 5 an embedded message. */
const method = { file: 1, message: 5 } as const

function isMessage(part: MimePart): boolean {
  return part.type === 'message/rfc822' || part.type === 'message/global'
}

/** What a phone draws inside of the text: parts that the HTML can name, unless their sender meant them as files. */
function isInline(part: MimePart, native: 1 | 2): boolean {
  if (native === 1 || part.disposition === 'attachment') return false
  return part.contentId !== null || part.contentLocation !== null
}

/** The files of a message, in order. */
export function attachmentsOf(id: ServerId, { structure }: Envelope): Attachment[] {
  const { native } = readableBodies(structure)
  return attachments(structure).map((part, index) => ({
    DisplayName: attachmentName(part, index),
    FileReference: fileReference(id, part.path),
    Method: isMessage(part) ? method.message : method.file,
    EstimatedDataSize: decodedBytes(part),
    ...(part.contentId === null ? {} : { ContentId: part.contentId }),
    ...(part.contentLocation === null ? {} : { ContentLocation: part.contentLocation }),
    ...(isInline(part, native) ? { IsInline: true } : {}),
  }))
}

/** The message itself as a file, for one that cannot be shown. */
export function wholeAsAttachment(id: ServerId, name: string, bytes: number): Attachment {
  return { DisplayName: name, FileReference: fileReference(id, wholeMessage), Method: method.message, EstimatedDataSize: bytes }
}

/** The part of a message at `path`; null if there is none. */
export function partAt(root: MimePart, path: string): MimePart | null {
  if (root.path === path) return root
  for (const child of root.parts) {
    if (child.path !== path && !path.startsWith(`${child.path}.`)) continue
    return partAt(child, path)
  }
  return null
}

/** One file, ready to be read. */
export interface FileContent {
  /** `type/subtype`. */
  readonly type: string
  readonly source: Source
  readonly part: MimePart
}

/** A stretch of a source that is stored as it is. */
function stretch(path: string, type: string, start: number, end: number): MimePart {
  return {
    path,
    type,
    charset: null,
    disposition: null,
    name: null,
    contentId: null,
    contentLocation: null,
    encoding: 'identity',
    start,
    body: start,
    end,
    parts: [],
  }
}

/** The part of an item's source that a path names: a part of a message, or a file of an event by its number. */
function partOf({ content }: Item, path: string, bytes: number): MimePart | null {
  switch (content.class) {
    case 'Email': {
      if (path === wholeMessage) return stretch(path, 'message/rfc822', 0, bytes)
      const part = partAt(content.email.envelope.structure, path)
      return part === null || part.parts.length > 0 ? null : part
    }
    case 'Calendar': {
      const file = fileOf(content.record, Number(path))
      return file === null ? null : stretch(path, file.type, file.start, file.end)
    }
    default:
      return null
  }
}

/** The file a reference names in this mailbox; null if it names none, or its item is gone. */
export async function findFile(mailbox: Mailbox, reference: string): Promise<FileContent | null> {
  const parsed = parseFileReference(reference)
  if (parsed === null) return null
  const item = (await mailbox.read([parsed.item])).get(parsed.item)
  const source = item === undefined ? null : await mailbox.source(parsed.item)
  const part = item === undefined || source === null ? null : partOf(item, parsed.path, source.bytes)
  return source === null || part === null ? null : { type: part.type, source, part }
}

/** How many bytes a file has, exactly: counted, where its encoding does not tell. */
export async function fileBytes({ source, part }: FileContent): Promise<number> {
  if (part.encoding === 'identity') return Math.max(0, Math.min(part.end, source.bytes) - part.body)
  let total = 0
  for await (const piece of decodePart(source, part)) total += piece.length
  return total
}

/** Bytes `first` to `last` of a file, both included; no more of it is read than that. */
export async function* readFile({ source, part }: FileContent, first: number, last: number): AsyncIterable<Uint8Array> {
  if (part.encoding === 'identity') {
    yield* decodePart(source, { ...part, body: part.body + first, end: Math.min(part.end, part.body + last + 1) })
    return
  }
  let at = 0
  for await (const piece of decodePart(source, part)) {
    const from = Math.max(0, first - at)
    const to = Math.min(piece.length, last + 1 - at)
    if (from < to) yield piece.subarray(from, to)
    at += piece.length
    if (at > last) return
  }
}
