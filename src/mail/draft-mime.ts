// A draft of 16.x as MIME: built from the fields a phone sends, changed by what it changes, without moving what it does not.
import { attachments, htmlText, plainText, readableBodies } from '../format/body.ts'
import { htmlToText } from '../format/html-text.ts'
import { claimUtf8 } from '../format/html-wrap.ts'
import type { Envelope, MimePart } from '../model/email.ts'
import type { Source } from '../model/item.ts'
import { type DraftHeader, draftHeader, wholeDraft, type Writer } from './draft-header.ts'
import { copyOf } from './mime-copy.ts'
import { assemble, type Entity, fileEntity, multipart, type NewFile, textEntity } from './mime-writer.ts'
import { shownCids } from './quote.ts'

/** A file to be attached (MS-ASAIRS 2.2.2.2). */
export interface DraftFile extends NewFile {
  /** Names it in the answer. */
  readonly clientId: string
}

/** What a phone sent of a draft. */
export interface DraftFields extends DraftHeader {
  /** MS-ASAIRS 2.2.2.41: 1 plain text and 2 HTML, both UTF-8; 4 the whole message, beside which only the importance counts. */
  readonly body?: { readonly type: 1 | 2 | 4; readonly data: Uint8Array }
  readonly add?: readonly DraftFile[]
  /** Paths of the parts to be taken away; one that is not there is passed over. */
  readonly remove?: readonly string[]
}

export interface ExistingDraft {
  readonly source: Source
  readonly envelope: Envelope
}

export interface DraftOptions extends Writer {
  readonly messageBytesMax: number
  /** The draft is sent now and never changed again: no gaps are kept in its parts. */
  readonly isFinal: boolean
}

export interface DraftMime {
  readonly source: Uint8Array
  /** ClientId of each new file to the path of its part. */
  readonly added: ReadonlyMap<string, string>
}

/** A place in the message: a part that stays, a new file, or a gap where one was taken away. */
type Place = { readonly kept: MimePart } | { readonly file: DraftFile } | null

interface Layout {
  /** Pictures inside of the text. */
  readonly inline: Place[]
  readonly files: Place[]
}

/**
 * Where the files of a draft lie. The paths of parts are names that phones keep: a file that is taken away leaves a gap, an
 * empty text that no reader shows, so that its neighbours keep theirs. A message of another make is laid out anew.
 */
function layoutOf({ structure }: Envelope): Layout {
  const listed = new Set(attachments(structure))
  const isMixed = structure.type === 'multipart/mixed' && structure.parts.length > 0
  const body = isMixed ? structure.parts[0] : structure
  const placesOf = (parts: readonly MimePart[]): Place[] => parts.map((part) => (listed.has(part) ? { kept: part } : null))
  const files = isMixed ? placesOf(structure.parts.slice(1)) : []
  const inline = body?.type === 'multipart/related' ? placesOf(body.parts.slice(1)) : []
  const placed = [...files, ...inline].filter((place) => place !== null).length
  return placed === listed.size ? { inline, files } : { inline: [], files: [...listed].map((kept) => ({ kept })) }
}

/** Whoever reads plain text reads no more of it. */
const alternativeCharsMax = 1024 * 1024

const gap: Entity = [Buffer.from('Content-Type: text/plain; charset=us-ascii\r\n\r\n')]

/** The text of the draft: what the phone sent, else what there was. */
async function textOf(fields: DraftFields, existing: ExistingDraft | null): Promise<{ type: 1 | 2; text: string }> {
  const { body } = fields
  if (body !== undefined && body.type !== 4) return { type: body.type, text: Buffer.from(body.data).toString('utf8') }
  if (existing === null) return { type: 1, text: '' }
  const { source, envelope } = existing
  const type = readableBodies(envelope.structure).native
  const { text } = await (type === 2 ? htmlText : plainText)(source, envelope, null)
  return { type, text }
}

/** The places of a kind after what the phone took away and added. */
function changed(places: readonly Place[], { remove = [] }: DraftFields, files: readonly DraftFile[], isFinal: boolean): Place[] {
  const removed = new Set(remove)
  const left = places.map((place) => (place !== null && 'kept' in place && removed.has(place.kept.path) ? null : place))
  const all = [...left, ...files.map((file) => ({ file }))]
  return isFinal ? all.filter((place) => place !== null) : all.slice(0, all.findLastIndex((place) => place !== null) + 1)
}

async function entityOf(place: Place, existing: ExistingDraft | null): Promise<Entity> {
  if (place === null) return gap
  if ('file' in place) return fileEntity(place.file)
  if (existing === null) throw new Error('a part that stays belongs to a draft that was there')
  const { kept } = place
  // Text without a name would be read as part of the message where it stands now.
  const asFile = kept.type.startsWith('text/') && kept.disposition !== 'attachment' && kept.name === null
  return await copyOf(existing.source, kept, existing.envelope.structure, { asFile })
}

/** Where each new file came to lie: the text is the first part of what holds it. */
function pathsOf(places: readonly Place[], prefix: string): [string, string][] {
  return places.flatMap((place, index) => (place !== null && 'file' in place ? [[place.file.clientId, `${prefix}${index + 2}`]] : []))
}

/** Text and files in their order, with the paths of those that are new. */
async function contentOf(
  fields: DraftFields,
  existing: ExistingDraft | null,
  isFinal: boolean,
): Promise<{ content: Entity; added: Map<string, string> }> {
  const { type, text } = await textOf(fields, existing)
  const layout = existing === null ? { inline: [], files: [] } : layoutOf(existing.envelope)
  const shown = type === 2 ? shownCids(text) : new Set<string>()
  const isShown = ({ contentId }: DraftFile) => contentId !== null && shown.has(contentId)
  const { add = [] } = fields
  const inline = changed(layout.inline, fields, add.filter(isShown), isFinal)
  const others = add.filter((file) => !isShown(file))
  const files = changed(layout.files, fields, others, isFinal)

  const entities = (places: readonly Place[]) => Promise.all(places.map((place) => entityOf(place, existing)))
  const alternatives = () => [textEntity('plain', htmlToText(text, { limit: alternativeCharsMax })), textEntity('html', claimUtf8(text))]
  const readable = type === 2 ? multipart('alternative', alternatives()) : textEntity('plain', text)
  const body = inline.length === 0 ? readable : multipart('related', [readable, ...(await entities(inline))])
  // Beside a picture the text lies in a multipart/mixed too: with the first file, the picture would get another path.
  const isAlone = files.length === 0 && (inline.length === 0 || isFinal)
  return {
    content: isAlone ? body : multipart('mixed', [body, ...(await entities(files))]),
    added: new Map([...pathsOf(inline, isAlone ? '' : '1.'), ...pathsOf(files, '')]),
  }
}

/** Whether only the header changes: then signatures, and whatever else we do not understand, stay whole. */
function keepsContent({ body, add = [], remove = [] }: DraftFields, { envelope }: ExistingDraft, isFinal: boolean): boolean {
  const { inline, files } = layoutOf(envelope)
  return body === undefined && add.length === 0 && remove.length === 0 && !(isFinal && [...inline, ...files].includes(null))
}

/**
 * The draft as MIME. Who may send it and to whom is judged by `prepare` when it is sent. Rejects with MessageTooLarge.
 */
export async function draftMime(fields: DraftFields, existing: ExistingDraft | null, options: DraftOptions): Promise<DraftMime> {
  const { isFinal, messageBytesMax } = options
  if (fields.body?.type === 4) {
    const message = wholeDraft(fields.body.data, fields.importance, options)
    return { source: await assemble([message], messageBytesMax), added: new Map() }
  }
  const envelope = existing?.envelope ?? null
  const before = existing === null ? new Uint8Array() : await existing.source.read(0, existing.envelope.structure.body)
  const head = draftHeader(fields, before, envelope, options)
  if (existing !== null && keepsContent(fields, existing, isFinal)) {
    const content = await copyOf(existing.source, existing.envelope.structure, existing.envelope.structure)
    return { source: await assemble([head, ...content], messageBytesMax), added: new Map() }
  }
  const { content, added } = await contentOf(fields, existing, isFinal)
  return { source: await assemble([head, ...content], messageBytesMax), added }
}
