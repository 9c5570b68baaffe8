// The Fetch of ItemOperations: a message by its ids, or a file by its reference, inline or as a part behind the document.
import type { ItemClass } from '../../../model/folder.ts'
import { parseServerId, type ServerId } from '../../../model/id.ts'
import type { Item } from '../../../model/item.ts'
import type { Mailbox } from '../../../store/mailbox.ts'
import { ItemOperations } from '../../../wbxml/pages.ts'
import { bind, boundAs, type Bound } from '../../../wbxml/schema.ts'
import { fileBytes, findFile, readFile, type FileContent } from '../../classes/attachments.ts'
import { rulesOf, shownClass } from '../../classes/index.ts'
import type { Call } from '../../command.ts'
import { contentOptions } from '../../content-options.ts'
import { nameOf, namesIn } from '../../element-names.ts'
import { Failure } from '../../error.ts'
import { isShown, shownBytes } from '../../shown.ts'
import type { Parts } from '../../multipart.ts'
import { formatRange, parseRange, type Range } from '../../range.ts'
import { FetchedFile, type FetchRequest, type FetchResult } from './schema.ts'

/**
 * What one answer may hold in memory: files within the document, of which base64 stands in it twice, and bodies of mail, as parts too.
 * Larger ones are fetched in ranges or by themselves; files as parts are read as they are sent.
 */
const heldBytesMax = 64 << 20

/** Where the fetches of one request put what they find. */
export interface Delivery {
  /** Null where the client takes everything inside the document. */
  readonly parts: Parts | null
  heldBytes: number
}

function hold(delivery: Delivery, bytes: number): void {
  delivery.heldBytes += bytes
  if (delivery.heldBytes > heldBytesMax) throw new Failure('DataTooLarge', `${delivery.heldBytes} bytes in one answer`)
}

/** The bytes that are wanted of a file. Throws EmptyFile, InvalidRange. */
function wantedOf(asked: string | undefined, total: number): Range {
  if (total === 0) throw new Failure('EmptyFile')
  if (asked === undefined) return { from: 0, to: total - 1 }
  const range = parseRange(asked)
  if (range === null || range.from >= total) throw new Failure('InvalidRange', `of ${total} bytes`)
  return { from: range.from, to: Math.min(range.to, total - 1) }
}

async function gather(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of content) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function fetchFile(reference: string, asked: string | undefined, mailbox: Mailbox, delivery: Delivery): Promise<Bound> {
  const file: FileContent | null = await findFile(mailbox, reference)
  if (file === null) throw new Failure('InvalidAttachment', 'no such file')
  const total = await fileBytes(file)
  const wanted = wantedOf(asked, total)
  const bytes = wanted.to - wanted.from + 1
  const content = readFile(file, wanted.from, wanted.to)
  // iOS 10 gives up a file whose answer speaks of a range that nobody asked for.
  const range = asked === undefined ? {} : { Range: formatRange(wanted), Total: total }
  if (delivery.parts !== null) {
    return bind(FetchedFile, { ...range, ContentType: file.type, Part: delivery.parts.add({ bytes, content }) })
  }
  hold(delivery, Math.ceil((bytes * 4) / 3))
  return bind(FetchedFile, { ...range, ContentType: file.type, Data: await gather(content) })
}

/** MS-ASCMD 2.2.3.145: the properties named, and all of them where none is. */
function select({ schema, value }: Bound, names: readonly string[]): Bound {
  if (names.length === 0 || !isShown(value)) return { schema, value }
  const wanted = schema.fields.filter(({ tag, name }) => names.includes(nameOf(tag)) && value[name] !== undefined)
  return { schema, value: Object.fromEntries(wanted.map(({ name }) => [name, value[name]])) }
}

/** The text of an item within the document, or as a part behind it. */
function place({ schema, value }: Bound, delivery: Delivery): Bound {
  if (!isShown(value)) return { schema, value }
  const { Body: body } = value
  const bytes = shownBytes(value)
  // The first item always fits: there is no smaller request to ask for it with.
  if (delivery.heldBytes === 0) delivery.heldBytes = bytes
  else hold(delivery, bytes)
  if (delivery.parts === null || body?.Data === undefined) return { schema, value }
  const content = typeof body.Data === 'string' ? Buffer.from(body.Data, 'utf8') : body.Data
  const { Data: _, Preview: __, ...frame } = body
  return { schema, value: { ...value, Body: { ...frame, Part: delivery.parts.add({ bytes: content.length, content }) } } }
}

/** The item that an id names. Of records those in Deleted Items are not shown, and so not found. */
async function find(mailbox: Mailbox, id: string, folder: string | undefined, { dialect }: Call): Promise<Item> {
  const place = parseServerId(id)
  if (place === null || (folder !== undefined && place.folder !== folder)) throw new Failure('ObjectNotFound', 'no such id')
  const item = (await mailbox.read([id as ServerId])).get(id as ServerId)
  if (item === undefined) throw new Failure('ObjectNotFound')
  const { class: itemClass } = item.content
  if (itemClass === 'Email') return item
  const lies = await mailbox.folder(item.folder)
  if (lies === null || shownClass(lies.type, dialect) !== itemClass) throw new Failure('ObjectNotFound', 'where no phone sees it')
  return item
}

/** What a Fetch found: the properties, and of an item its class. */
interface Fetched {
  readonly Properties: Bound
  readonly Class?: ItemClass
}

/** Fetches one thing. Rejects with a Failure that names what is wrong with it. */
export async function fetchOne(request: FetchRequest, mailbox: Mailbox, call: Call, delivery: Delivery): Promise<Fetched> {
  const { Store, ServerId, CollectionId, LongId, FileReference, LinkId } = request
  const options = request.Options ?? null
  // MS-ASCMD 2.2.3.177.8: 9, the store is unknown or unsupported.
  if (Store.toLowerCase() !== 'mailbox' || LinkId !== undefined) throw new Failure('StoreUnknown', Store.slice(0, 32))
  if (FileReference !== undefined) return { Properties: await fetchFile(FileReference, options?.Range, mailbox, delivery) }
  // A LongId says everything: iOS fetches what it has found by it alone.
  const id = LongId ?? ServerId
  if (id === undefined) throw new Failure('ProtocolError', 'a Fetch that names nothing')
  const item = await find(mailbox, id, LongId === undefined ? CollectionId : undefined, call)
  // Full already: what else is asked for need not be rendered to be refused.
  hold(delivery, 0)
  const { class: Class } = item.content
  const shown = await rulesOf(Class).render(item, { extent: 'add', options: contentOptions(options), aside: false }, mailbox, call)
  const placed = place(select(shown, namesIn(options?.Schema)), delivery)
  return { Properties: boundAs(placed, ItemOperations.Properties), Class }
}

/** The ids of a request, which its result repeats. */
export function idsOf({ ServerId, CollectionId, LongId, FileReference, LinkId }: FetchRequest): Omit<FetchResult, 'Status' | 'Properties'> {
  return { CollectionId, ServerId, LongId, LinkId, FileReference }
}
