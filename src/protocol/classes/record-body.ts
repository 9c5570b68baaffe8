// The text of an event, a contact, a task or a note, both ways (MS-ASAIRS 2.2.2.9).
import { htmlToText } from '../../format/html-text.ts'
import { cutHtml, document, wrapText } from '../../format/html-wrap.ts'
import { crlf, cutUtf8, speakable, utf8Bytes } from '../../format/text.ts'
import type { CollectionOptions } from '../../model/collection.ts'
import type { RecordText } from '../../model/record.ts'
import { AirSyncBase } from '../../wbxml/pages.ts'
import { bool, container, integer, optional, text, type Infer } from '../../wbxml/schema.ts'
import { Failure } from '../error.ts'
import type { Body } from './email-schema.ts'
import type { Extent } from './class.ts'

/** A Body as a client sends it. 16.1 clients leave EstimatedDataSize out; it says nothing anyway. */
export const RecordBody = container(AirSyncBase.Body, [
  optional(integer(AirSyncBase.Type)),
  optional(bool(AirSyncBase.Truncated)),
  optional(text(AirSyncBase.Data)),
])
export type RecordBody = Infer<typeof RecordBody>

const plain = 1
const html = 2

/** Bytes of one text: more than any phone lets its user write. */
const textBytesMax = 4 * 1024 * 1024

/** In which form, and how much of it. */
interface Form {
  readonly type: 1 | 2
  readonly limit: number | null
  readonly allOrNone: boolean
  readonly preview: number | null
}

/** The first preference that can be met; without one the plain text. */
function formOf(options: Pick<CollectionOptions, 'bodyPreferences'>): Form {
  // Neither RTF nor MIME is what a record is made of.
  const preference = options.bodyPreferences.find(({ type }) => type === plain || type === html)
  const type = preference?.type === html ? html : plain
  const { truncationSize: limit = null, allOrNone = false, preview = null } = preference ?? {}
  return { type, limit, allOrNone, preview }
}

function inForm(record: RecordText, type: 1 | 2): string {
  if (type === plain) return crlf(record.type === html ? htmlToText(record.text) : record.text)
  return record.type === html ? record.text : document(wrapText(record.text))
}

interface Cut {
  readonly bytes: number
  readonly isCut: boolean
  readonly data: string
}

/** What fits of a text. */
function cutOf(whole: string, type: 1 | 2, limit: number | null, allOrNone: boolean): Cut {
  const bytes = utf8Bytes(whole)
  if (limit === null || bytes <= limit) return { bytes, isCut: false, data: whole }
  return { bytes, isCut: true, data: allOrNone ? '' : type === html ? cutHtml(whole, limit) : cutUtf8(whole, limit) }
}

/** The Body that an answer tells; an empty one where there is no text, so that a text which was taken away is taken away on the phone. */
export function bodyOut(record: RecordText | null, options: CollectionOptions, extent: Extent): Body {
  const { type, limit, allOrNone, preview } = formOf(options)
  const whole = speakable(record === null ? '' : inForm(record, type))
  // MS-ASCMD 2.2.3.67.2: a Fetch is answered with nothing cut.
  const { bytes: EstimatedDataSize, isCut, data } = cutOf(whole, type, extent === 'fetch' ? null : limit, allOrNone)
  const shown = preview === null || preview === 0 || type === plain || record === null ? '' : inForm(record, plain).slice(0, preview)
  return {
    Type: type,
    EstimatedDataSize,
    ...(isCut ? { Truncated: true } : {}),
    ...(isCut && data === '' ? {} : { Data: data }),
    ...(shown === '' ? {} : { Preview: speakable(shown) }),
  }
}

/** Whether a client may know a part of a text only: what it cannot send back it does not take away by sending none. */
export function isKnownInPart(record: RecordText | null, options: CollectionOptions): boolean {
  if (record === null) return false
  const cuts = ({ type, limit, allOrNone }: Form) => cutOf(speakable(inForm(record, type)), type, limit, allOrNone).isCut
  return cuts(formOf(options)) || (options.formerly ?? []).some((one) => cuts(formOf({ bodyPreferences: [one] })))
}

/**
 * Whether a client only sends back what it was shown of a text: the whole of it in the form it asked for, or as much as it wanted. Many
 * do not say that theirs is a part.
 */
function isEcho(sent: string, type: 1 | 2, before: RecordText, options: CollectionOptions): boolean {
  const whole = speakable(inForm(before, type))
  const said = crlf(sent).trim()
  if (said !== '' && said === crlf(whole).trim()) return true
  return [...options.bodyPreferences, ...(options.formerly ?? [])]
    .filter((preference) => preference.type === type)
    .map(({ truncationSize, allOrNone }) => cutOf(whole, type, truncationSize, allOrNone))
    .some(({ isCut, data }) => isCut && said === crlf(data).trim())
}

/**
 * The text that a client's Body makes of what was there. What the client had only a part of stays as it is, and what it sends back as it
 * was shown keeps its form. Throws ItemMalformed for RTF and MIME (MS-ASAIRS 2.2.2.41.1 knows them; no client in sight sends them), and
 * for a text beyond all measure.
 */
export function textIn(body: RecordBody, before: RecordText | null, options: CollectionOptions): RecordText | null {
  if (body.Truncated === true) return before
  const { Type: type = plain, Data: data = '' } = body
  if (type !== plain && type !== html) throw new Failure('ItemMalformed', `a body of type ${type}`)
  if (data.length > textBytesMax) throw new Failure('ItemMalformed', `a body of ${data.length} characters`)
  const clean = speakable(data)
  if (before !== null && isEcho(clean, type, before, options)) return before
  if (clean === '') return null
  return { type, text: type === plain ? clean.replaceAll(/\r\n?/g, '\n') : clean }
}

/** The most that the text of a record brings into an answer under these options, bytes. */
export function recordBodyBytesMax(options: CollectionOptions): number {
  return formOf(options).limit ?? Number.POSITIVE_INFINITY
}
