// Copies of parts as they stand: no decoding, no second encoding, nothing read before its turn.
import { scan } from '../format/mime.ts'
import type { MimePart } from '../model/email.ts'
import type { Source } from '../model/item.ts'
import type { Entity, Piece } from './mime-writer.ts'

/** The header fields that belong to the content and go where it goes. */
export const contentFields: readonly string[] = [
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
  'content-id',
  'content-location',
  'content-description',
]

/** The content fields of a header, with line ends, without the blank line. */
export function contentFieldsOf(header: Uint8Array, without: readonly string[] = []): Uint8Array {
  const { headers } = scan(header)
  const kept = headers.fields.filter(({ name }) => contentFields.includes(name) && !without.includes(name))
  return Buffer.concat(kept.map(({ start, end }) => header.subarray(start, end)))
}

export interface CopyChanges {
  /** Another Content-ID. */
  readonly contentId?: string
  /** Makes a file of what would be read as text in its new place. */
  readonly asFile?: boolean
}

/** A part of `source` whose message has the structure `root`. A message of one part gives its content alone, not its header. */
export async function copyOf(
  source: Source,
  part: MimePart,
  root: MimePart,
  { contentId, asFile = false }: CopyChanges = {},
): Promise<Entity> {
  if (part !== root && contentId === undefined && !asFile) return [{ source, start: part.start, end: part.end }]
  const header = await source.read(part.start, part.body)
  const replaced = [...(contentId === undefined ? [] : ['content-id']), ...(asFile ? ['content-disposition'] : [])]
  const added = [
    ...(contentId === undefined ? [] : [`Content-ID: <${contentId}>\r\n`]),
    ...(asFile ? ['Content-Disposition: attachment\r\n'] : []),
  ]
  const body: Piece = { source, start: part.body, end: part.end }
  return [Buffer.from(added.join(''), 'latin1'), contentFieldsOf(header, replaced), Buffer.from('\r\n'), body]
}
