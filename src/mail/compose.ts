// SmartReply and SmartForward: the phone's message with the original below it, built without changing what the phone wrote.
import { randomUUID } from 'node:crypto'
import { attachments, htmlText, plainText, readableBodies } from '../format/body.ts'
import { decodeText } from '../format/charset.ts'
import { readEnvelope } from '../format/envelope.ts'
import { unflow } from '../format/flowed.ts'
import { addHeaders, normaliseLineEnds, stripHeaders } from '../format/header-out.ts'
import { claimUtf8 } from '../format/html-wrap.ts'
import { decodeTransfer } from '../format/transfer.ts'
import type { Envelope, MimePart } from '../model/email.ts'
import type { Instant } from '../model/id.ts'
import type { Source } from '../model/item.ts'
import { contentFields, contentFieldsOf, copyOf } from './mime-copy.ts'
import { assemble, type Entity, messageEntity, multipart, sourceOf, textEntity } from './mime-writer.ts'
import { appendHtml, htmlQuote, plainQuote, type Purpose, type Quotation, renameCids, shownCids } from './quote.ts'
import { threadFields } from './threading.ts'

export type { Purpose } from './quote.ts'
export { MessageTooLarge } from './mime-writer.ts'

/** The message that is answered or forwarded. */
export interface Original {
  readonly source: Source
  readonly envelope: Envelope
  readonly received: Instant
}

export interface ComposeOptions {
  readonly purpose: Purpose
  /** The phone sent the whole message (MS-ASCMD 2.2.3.148): nothing of the original is added. */
  readonly replaceMime: boolean
  readonly now: Instant
  readonly messageBytesMax: number
}

/** More than this of an original is not quoted: a reply shows its beginning, a forward carries it as an attachment. */
const quoteBytesMax = 1024 * 1024

/** A signature or encryption covers the parts as they are. */
function isSealed(envelope: Envelope): boolean {
  return envelope.smime !== null || /^multipart\/(?:signed|encrypted)$/.test(envelope.structure.type)
}

/**
 * The message that leaves: the phone's MIME with the original quoted below its text (reply), or with the original's text and
 * attachments (forward). Signed and encrypted mail of the phone is not touched but for its threading fields. Nothing is
 * judged here: give the result to `prepare`. Rejects with MessageTooLarge.
 */
export async function compose(raw: Uint8Array, original: Original, options: ComposeOptions): Promise<Uint8Array> {
  const client = normaliseLineEnds(raw)
  const envelope = readEnvelope(client)
  const threading = threadFields(envelope, original.envelope, options.purpose, options.now)
  if (envelope.broken !== undefined) return client
  if (options.replaceMime || isSealed(envelope)) return addHeaders(client, threading)
  const { structure } = envelope
  const head = stripHeaders(client.subarray(0, structure.body), [...contentFields, 'mime-version'])
  const fields = Buffer.from(addHeaders(head, threading)).toString('latin1').trimEnd()
  const content = await new Composition(client, structure, original, options.purpose).content()
  const start = Buffer.from(`${fields}${fields === '' ? '' : '\r\n'}MIME-Version: 1.0\r\n`, 'latin1')
  return await assemble([start, ...content], options.messageBytesMax)
}

function contentIdsOf(part: MimePart): Set<string> {
  const inner = part.parts.flatMap((child) => [...contentIdsOf(child)])
  return new Set(part.contentId === null ? inner : [part.contentId, ...inner])
}

/** One message in the making. */
class Composition {
  readonly #client: Uint8Array
  readonly #source: Source
  readonly #root: MimePart
  readonly #original: Original
  readonly #purpose: Purpose
  /** Parts of the phone's message that are written anew. */
  readonly #rewritten = new Map<MimePart, Entity>()
  /** The original's pictures that the quoted HTML shows. */
  readonly #pictures: Entity[] = []
  /** What is added at the end of the message. */
  readonly #added: Entity[] = []
  /** A text of its own, where the phone's message has none to add to. */
  #text: Entity | null = null

  constructor(client: Uint8Array, root: MimePart, original: Original, purpose: Purpose) {
    this.#client = client
    this.#source = sourceOf(client)
    this.#root = root
    this.#original = original
    this.#purpose = purpose
  }

  async content(): Promise<Entity> {
    const { source, envelope } = this.#original
    const isForward = this.#purpose === 'forward'
    const text = await plainText(source, envelope, quoteBytesMax)
    const isHtml = readableBodies(envelope.structure).native === 2
    const html = isHtml ? await htmlText(source, envelope, quoteBytesMax) : null
    const cut = text.truncated || (html?.truncated ?? false)
    if (isForward && (cut || isSealed(envelope) || envelope.broken !== undefined)) {
      this.#added.push(messageEntity(`${envelope.subject || 'message'}.eml`, [{ source, start: 0, end: source.bytes }]))
      return this.#whole()
    }
    const quotation = {
      purpose: this.#purpose,
      envelope,
      received: this.#original.received,
      text: text.text,
      html: html?.text ?? null,
      cut,
    }
    const shown = await this.#quote(quotation)
    if (isForward) {
      for (const part of attachments(envelope.structure))
        if (!shown.has(part)) this.#added.push(await copyOf(source, part, envelope.structure))
    }
    return this.#whole()
  }

  /** Puts the quotation below the last text of each kind; tells which parts of the original are shown inside of it. */
  async #quote(quotation: Quotation): Promise<Set<MimePart>> {
    const { plain, html } = readableBodies(this.#root)
    const targets = new Set([plain.at(-1), html.at(-1)].filter((part) => part !== undefined))
    const writable = [...targets].filter((part) => /^text\/(?:plain|html)$/.test(part.type) && !this.#isSealedWithin(part))
    const takesHtml = writable.length === 0 ? quotation.html !== null : writable.some(({ type }) => type === 'text/html')
    const { names, shown } = takesHtml
      ? await this.#takePictures(quotation.html ?? '')
      : { names: new Map<string, string>(), shown: new Set<MimePart>() }
    const below = renameCids(htmlQuote(quotation), names)
    for (const part of writable) {
      const text = this.#textOf(part)
      this.#rewritten.set(
        part,
        part.type === 'text/html'
          ? textEntity('html', appendHtml(claimUtf8(text), below))
          : textEntity('plain', text.trimEnd() + plainQuote(quotation)),
      )
    }
    if (writable.length === 0)
      this.#text = takesHtml ? this.#withPictures(textEntity('html', below)) : textEntity('plain', plainQuote(quotation).trimStart())
    return shown
  }

  /** Whether a part lies inside of something signed. */
  #isSealedWithin(part: MimePart): boolean {
    const holds = (within: MimePart): boolean => within === part || within.parts.some(holds)
    const isSealing = (within: MimePart): boolean =>
      (/^multipart\/(?:signed|encrypted)$/.test(within.type) && holds(within)) || within.parts.some(isSealing)
    return isSealing(this.#root)
  }

  #textOf(part: MimePart): string {
    const slice = this.#client.subarray(part.body, part.end)
    const text = decodeText(decodeTransfer(Buffer.from(slice.buffer, slice.byteOffset, slice.byteLength), part.encoding), part.charset)
    return part.flowed === undefined || part.type === 'text/html' ? text : unflow(text, part.flowed === 'delsp')
  }

  /** The pictures the original's HTML shows come along; under another id where the phone's message uses theirs already. */
  async #takePictures(html: string): Promise<{ names: Map<string, string>; shown: Set<MimePart> }> {
    const cids = shownCids(html)
    const own = contentIdsOf(this.#root)
    const names = new Map<string, string>()
    const shown = new Set<MimePart>()
    const { source, envelope } = this.#original
    for (const part of attachments(envelope.structure)) {
      const isShown =
        (part.contentId !== null && cids.has(part.contentId)) || (part.contentLocation !== null && html.includes(part.contentLocation))
      if (!isShown) continue
      shown.add(part)
      if (part.contentId === null || !own.has(part.contentId)) {
        this.#pictures.push(await copyOf(source, part, envelope.structure))
        continue
      }
      const contentId = `${randomUUID()}@easel`
      names.set(part.contentId, contentId)
      this.#pictures.push(await copyOf(source, part, envelope.structure, { contentId }))
    }
    return { names, shown }
  }

  /** Uses the pictures up: they are put in once. */
  #withPictures(html: Entity): Entity {
    const pictures = this.#pictures.splice(0)
    return pictures.length === 0 ? html : multipart('related', [html, ...pictures])
  }

  #whole(): Entity {
    const root = this.#root
    const extra = [...(this.#text === null ? [] : [this.#text]), ...this.#added]
    if (root.type === 'multipart/mixed' && root.parts.length > 0) {
      return multipart('mixed', [...root.parts.map((part) => this.#render(part)), ...extra])
    }
    const body = this.#render(root)
    return extra.length === 0 ? body : multipart('mixed', [body, ...extra])
  }

  #render(part: MimePart): Entity {
    const rewritten = this.#rewritten.get(part)
    if (rewritten !== undefined) return part.type === 'text/html' ? this.#withPictures(rewritten) : rewritten
    const changed = part.parts.find((child) => this.#changes(child))
    if (changed === undefined) return this.#copy(part)
    if (part.type !== 'multipart/related') {
      const children = part.parts.map((child) => this.#render(child))
      return multipart(part.type === 'multipart/alternative' ? 'alternative' : 'mixed', children)
    }
    // The pictures join those that are there. The document goes first: `start`, which may have said otherwise, is not kept.
    const pictures = changed.type === 'text/html' ? this.#pictures.splice(0) : []
    const others = part.parts.filter((child) => child !== changed)
    return multipart('related', [...[changed, ...others].map((child) => this.#render(child)), ...pictures])
  }

  #changes(part: MimePart): boolean {
    return this.#rewritten.has(part) || part.parts.some((child) => this.#changes(child))
  }

  #copy(part: MimePart): Entity {
    if (part !== this.#root) return [{ source: this.#source, start: part.start, end: part.end }]
    const fields = contentFieldsOf(this.#client.subarray(0, part.body))
    return [fields, Buffer.from('\r\n'), { source: this.#source, start: part.body, end: part.end }]
  }
}
