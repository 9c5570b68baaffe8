// The body of a message as the client prefers it (MS-ASAIRS 2.2.2.9 to 2.2.2.12): which type, how much of it, with a preview.
import { htmlText, plainText, readableBodies } from '../../format/body.ts'
import { mimeText } from '../../format/mime-text.ts'
import { cutUtf8, utf8Bytes } from '../../format/text.ts'
import type { BodyPreference, CollectionOptions } from '../../model/collection.ts'
import type { Email, Envelope } from '../../model/email.ts'
import type { Source } from '../../model/item.ts'
import type { Body, BodyPart } from './email-schema.ts'

const plain = 1
const html = 2
const mime = 4

/** MS-ASCMD 2.2.3.114 MIMETruncation, in bytes; 8 does not truncate. */
const mimeTruncations = [0, 4096, 5120, 7168, 10240, 20480, 51200, 102400, null] as const

const whole: Omit<BodyPreference, 'type'> = { truncationSize: null, allOrNone: false, preview: null }

/** Whether the client may get MIME of this message (MS-ASCMD 2.2.3.110: 0 never, 1 of S/MIME only, 2 always). */
function allowsMime(options: Pick<CollectionOptions, 'mimeSupport'>, smime: Envelope['smime']): boolean {
  return options.mimeSupport === 2 || (options.mimeSupport === 1 && smime !== null)
}

/**
 * The preferences to try for a message, best first; never none. MIME where it is wanted and allowed, then the type nearest to the
 * native one, then the rest as the client ordered them (MS-ASAIRS 2.2.2.3.2). RTF is not made of mail.
 */
export function preferencesFor(options: CollectionOptions, envelope: Envelope): readonly BodyPreference[] {
  const { bodyPreferences, mimeTruncation } = options
  const mimeLimit = mimeTruncations[mimeTruncation] ?? null
  if (bodyPreferences.length === 0) {
    // MS-ASCMD 2.2.3.110.3: before clients named their preferences, MIMESupport alone asked for MIME.
    const asked = { ...whole, type: mime, truncationSize: mimeLimit } as const
    return [...(allowsMime(options, envelope.smime) ? [asked] : []), { ...whole, type: plain }]
  }
  const asMime = bodyPreferences.find((one) => one.type === mime)
  // Who names MIME alone can show nothing else, whatever MIMESupport says: HTML would stand there as text.
  const isMime = asMime !== undefined && (bodyPreferences.length === 1 || allowsMime(options, envelope.smime))
  const texts = bodyPreferences.filter((one) => one.type === plain || one.type === html)
  const native = readableBodies(envelope.structure).native
  const ordered = [...texts.filter((one) => one.type === native), ...texts.filter((one) => one.type !== native)]
  // AllOrNone means nothing without a TruncationSize beside it (MS-ASAIRS 2.2.2.3.2).
  const bounds = {
    truncationSize: asMime?.truncationSize ?? mimeLimit,
    allOrNone: (asMime?.truncationSize ?? null) !== null && asMime?.allOrNone === true,
  }
  const mimes = isMime ? [{ ...asMime, ...bounds }] : []
  const all = [...mimes, ...ordered]
  return all.length > 0 ? all : [{ ...(bodyPreferences[0] ?? whole), type: plain }]
}

// A phone that asks for so little shows it in a list: addresses of links and names of pictures would fill the line.
const listBytesMax = 1024
const adornments = /\s?<(?:https?|mailto|tel|ftp):[^<>\s]{1,2048}>|\[(?:image|cid|inline image)\s?:[^\]\r\n]{0,300}\]/gi

interface Content {
  readonly data: string | Uint8Array
  readonly totalBytes: number
  readonly truncated: boolean
}

async function plainContent(source: Source, envelope: Envelope, limit: number | null): Promise<Content> {
  const isList = limit !== null && limit > 0 && limit <= listBytesMax
  // More input than is shown, since some of it goes.
  const read = await plainText(source, envelope, isList ? limit * 8 : limit)
  if (!isList || read.totalBytes <= limit) return { data: read.text, totalBytes: read.totalBytes, truncated: read.truncated }
  const bare = read.text.replace(adornments, '').replace(/(?:\r\n[ \t]*){3,}/g, '\r\n\r\n')
  return { data: cutUtf8(bare, limit), totalBytes: read.totalBytes, truncated: true }
}

async function contentOf(source: Source, envelope: Envelope, type: BodyPreference['type'], limit: number | null): Promise<Content> {
  if (type === mime) {
    // S/MIME cut anywhere is nonsense to the client: neither its signature nor its content can be read any more.
    const read = await mimeText(source, envelope.smime === null ? limit : null)
    return { data: read.bytes, totalBytes: read.totalBytes, truncated: read.truncated }
  }
  if (type === plain) return plainContent(source, envelope, limit)
  const { text, totalBytes, truncated } = await htmlText(source, envelope, limit)
  return { data: text, totalBytes, truncated }
}

/** At most `characters` UTF-16 units of the envelope's preview, no character torn. */
export function previewOf(envelope: Envelope, characters: number): string {
  return envelope.preview
    .slice(0, characters)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()
}

/** Truncated and Data of a body: a Truncated of 0 is never written, and Data is missing where all of it was cut. */
function dataOf(content: Content): Pick<Body, 'Truncated' | 'Data'> {
  const nothing = content.truncated && content.data.length === 0
  return { ...(content.truncated ? { Truncated: true } : {}), ...(nothing ? {} : { Data: content.data }) }
}

/** The body of a message under these options. */
export async function bodyOf({ envelope }: Pick<Email, 'envelope'>, source: Source, options: CollectionOptions): Promise<Body> {
  const preferences = preferencesFor(options, envelope)
  let cut: { readonly preference: BodyPreference; readonly content: Content } | null = null
  for (const preference of preferences) {
    const content = await contentOf(source, envelope, preference.type, preference.truncationSize)
    if (content.truncated && preference.allOrNone) {
      // MS-ASAIRS 2.2.2.3.2: all or none, and the next preference has its turn.
      cut ??= { preference, content }
      continue
    }
    return framed(preference, content, envelope)
  }
  if (cut === null) throw new Error('there is always a preference')
  return framed(cut.preference, { ...cut.content, data: '' }, envelope)
}

function framed({ type, preview }: BodyPreference, content: Content, envelope: Envelope): Body {
  const data = dataOf(content)
  // MS-ASAIRS 2.2.2.35.1: plain text that comes along is its own preview.
  const shown = preview === null || preview === 0 || (type === plain && data.Data !== undefined) ? '' : previewOf(envelope, preview)
  return { Type: type, EstimatedDataSize: content.totalBytes, ...data, ...(shown === '' ? {} : { Preview: shown }) }
}

/** MS-ASAIRS 2.2.2.10: the part of the conversation that this message adds. Quotations are not told apart: it is the whole HTML. */
export async function bodyPartOf({ envelope }: Pick<Email, 'envelope'>, source: Source, preference: BodyPreference): Promise<BodyPart> {
  const read = await htmlText(source, envelope, preference.truncationSize)
  const content: Content = {
    data: read.truncated && preference.allOrNone ? '' : read.text,
    totalBytes: read.totalBytes,
    truncated: read.truncated,
  }
  const shown = preference.preview === null ? '' : previewOf(envelope, preference.preview)
  return { Status: 1, Type: html, EstimatedDataSize: content.totalBytes, ...dataOf(content), ...(shown === '' ? {} : { Preview: shown }) }
}

/** How many bytes of content one message can bring under these options; without bound where it can come whole. */
export function bodyBytesMax(options: CollectionOptions): number {
  const { bodyPreferences, bodyPart = null } = options
  const limits = bodyPreferences.map(({ type, truncationSize }) => {
    // S/MIME comes whole.
    if (type === mime && options.mimeSupport > 0) return Number.POSITIVE_INFINITY
    return truncationSize ?? (type === mime ? mimeTruncations[options.mimeTruncation] : null) ?? Number.POSITIVE_INFINITY
  })
  const body = limits.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...limits)
  return bodyPart === null ? body : body + (bodyPart.truncationSize ?? Number.POSITIVE_INFINITY)
}

/** The bytes of a body's Data. */
export function dataBytes(data: string | Uint8Array): number {
  return typeof data === 'string' ? utf8Bytes(data) : data.length
}

/** The bytes that a body brings into an answer. */
export function bodyBytes(body: { readonly Data?: string | Uint8Array | undefined } | undefined): number {
  return body?.Data === undefined ? 0 : dataBytes(body.Data)
}
