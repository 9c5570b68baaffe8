// ItemOperations: fetches of messages and files, emptying of folders, moving of conversations, one after the other.
import { classOfFolder, folderType } from '../../model/folder.ts'
import type { FolderId } from '../../model/id.ts'
import { StoreFailure } from '../../store/failure.ts'
import type { Mailbox } from '../../store/mailbox.ts'
import { encode, resolve, SchemaError, type Deferred } from '../../wbxml/schema.ts'
import { CallingOff } from '../classes/calendar/call-off.ts'
import { shownTo } from '../classes/index.ts'
import type { Call } from '../command.ts'
import { command, reply, type Reply } from '../define.ts'
import { commonStatus, Failure, type FailureName } from '../error.ts'
import { multipartAnswer, Parts } from '../multipart.ts'
import { fetchOne, idsOf, type Delivery } from './item-operations/fetch.ts'
import {
  EmptyFolderRequest,
  FetchRequest,
  ItemOperationsRequest,
  ItemOperationsResponse,
  MoveRequest,
  type EmptyFolderResult,
  type FetchResult,
  type MoveResult,
} from './item-operations/schema.ts'

/** MS-ASCMD 3.1.5.10: operations of one request; more is Status 11. */
const operationsMax = 100

/** MS-ASCMD 2.2.3.177.8, of the whole and of each operation alike. */
const statuses: Readonly<Partial<Record<FailureName, number>>> = {
  ProtocolError: 2,
  CommandServerError: 3,
  ObjectNotFound: 6,
  InvalidRange: 8,
  StoreUnknown: 9,
  EmptyFile: 10,
  DataTooLarge: 11,
  InvalidAttachment: 15,
  AccessDenied: 16,
}

export const itemOperations = command({
  name: 'ItemOperations',
  since: '12.0',
  request: ItemOperationsRequest,
  response: ItemOperationsResponse,
  statuses,
  failed: (status) => ({ Status: status }),
  run: async (request, call) => {
    if (request === null) throw new Failure('ProtocolError', 'no operation')
    const operations = ordered(request)
    if (operations.length === 0) throw new Failure('ProtocolError', 'no operation')
    if (operations.length > operationsMax) throw new Failure('DataTooLarge', `${operations.length} operations`)
    const mailbox = await call.house.store.mailbox(call.account.id)
    const delivery: Delivery = { parts: call.line.acceptMultiPart ? new Parts() : null, heldBytes: 0 }
    const results: Results = { Move: [], EmptyFolderContents: [], Fetch: [] }
    // MS-ASCMD 2.2.1.10: in the order in which they came.
    for (const { kind, element } of operations) {
      if (kind === 'fetch') results.Fetch.push(await fetch(element, mailbox, call, delivery))
      else if (kind === 'empty') results.EmptyFolderContents.push(await empty(element, mailbox, call))
      else results.Move.push(await move(element, mailbox, call))
    }
    return answer(results, delivery, call)
  },
})

interface Results {
  readonly Move: MoveResult[]
  readonly EmptyFolderContents: EmptyFolderResult[]
  readonly Fetch: FetchResult[]
}

interface Operation {
  readonly kind: 'fetch' | 'empty' | 'move'
  readonly element: Deferred
}

/** The operations as they stood in the request: each is a view of it, so that its place tells. */
function ordered({ EmptyFolderContents, Fetch, Move }: ItemOperationsRequest): Operation[] {
  const of = (kind: Operation['kind'], elements: readonly Deferred[]) => elements.map((element) => ({ kind, element }))
  const placeOf = ({ element }: Operation) => ('content' in element ? element.content.byteOffset : 0)
  const all = [...of('empty', EmptyFolderContents), ...of('fetch', Fetch), ...of('move', Move)]
  return all.sort((a, b) => placeOf(a) - placeOf(b))
}

/** The Status of one operation: 1, or what went wrong with it. What concerns the server as a whole is thrown on. */
async function attempt(work: () => Promise<void>, call: Call): Promise<number> {
  try {
    await work()
    return 1
  } catch (thrown) {
    const failure = failureOf(thrown, call)
    call.trace.note('operation refused', { failure: failure.failure, detail: failure.message })
    const common = failure.failure in commonStatus ? commonStatus[failure.failure as keyof typeof commonStatus][0] : undefined
    return statuses[failure.failure] ?? common ?? 3
  }
}

function failureOf(thrown: unknown, call: Call): Failure {
  if (thrown instanceof Failure) return thrown
  if (thrown instanceof SchemaError) return new Failure('ProtocolError', thrown.message)
  if (thrown instanceof StoreFailure) {
    if (thrown.reason === 'item-not-found' || thrown.reason === 'folder-not-found') return new Failure('ObjectNotFound', thrown.message)
    throw thrown
  }
  call.house.log.error({ err: thrown, device: call.device.id }, 'an operation failed')
  return new Failure('CommandServerError')
}

async function fetch(element: Deferred, mailbox: Mailbox, call: Call, delivery: Delivery): Promise<FetchResult> {
  let found: Omit<FetchResult, 'Status'> = {}
  const status = await attempt(async () => {
    const request = resolve(element, FetchRequest, call.dialect.version)
    found = idsOf(request)
    found = { ...found, ...(await fetchOne(request, mailbox, call, delivery)) }
  }, call)
  return { Status: status, ...found }
}

/** MS-ASCMD 2.2.3.58: subfolders go only where it is said. */
async function empty(element: Deferred, mailbox: Mailbox, call: Call): Promise<EmptyFolderResult> {
  let id = ''
  const status = await attempt(async () => {
    const request = resolve(element, EmptyFolderRequest, call.dialect.version)
    id = request.CollectionId
    const folder = await mailbox.folder(id as FolderId)
    if (folder === null || !shownTo(call.dialect)(folder.type)) throw new Failure('ObjectNotFound', 'no such folder')
    await emptied(folder.id, request.Options?.DeleteSubFolders === true, call)
  }, call)
  return { Status: status, CollectionId: id }
}

async function emptied(id: FolderId, deep: boolean, call: Call): Promise<void> {
  const callingOff = new CallingOff(call)
  await call.house.store.unit(async (unit) => {
    const mailbox = await unit.mailbox(call.account.id)
    await callingOff.all(id, deep, unit, mailbox)
    await mailbox.emptyFolder(id, deep)
  })
  callingOff.committed()
}

/** MS-ASCON 3.1.4.9: every message of the conversation, but for those in Sent Items. */
async function move(element: Deferred, mailbox: Mailbox, call: Call): Promise<MoveResult> {
  let id: Uint8Array = new Uint8Array(0)
  const status = await attempt(async () => {
    const request = resolve(element, MoveRequest, call.dialect.version)
    id = request.ConversationId
    // MS-ASCMD 2.2.3.118: there is no other move of a conversation.
    if (request.Options?.MoveAlways !== true) throw new Failure('MoveCommandDisallowedForNonPersistentMoveAction')
    const destination = await mailbox.folder(request.DstFldId as FolderId)
    if (destination === null) throw new Failure('ObjectNotFound', 'no such destination')
    const { type } = destination
    if (classOfFolder(type) !== 'Email' || type === folderType.drafts || type === folderType.outbox) {
      throw new Failure('MoveCommandInvalidDestinationFolder', `a folder of type ${type}`)
    }
    const sent = await mailbox.defaultFolder(folderType.sentItems)
    const members = await mailbox.conversation(Buffer.from(id).toString('hex'), null)
    if (members.length === 0) throw new Failure('ObjectNotFound', 'no such conversation')
    const items = await mailbox.read(members)
    for (const item of items.values()) {
      if (item.folder !== sent.id && item.folder !== destination.id) await mailbox.move(item.id, destination.id)
    }
  }, call)
  return { Status: status, ConversationId: id }
}

function answer(results: Results, { parts }: Delivery, call: Call): Reply<ItemOperationsResponse> {
  const filled = Object.entries(results).filter(([, list]) => (list as readonly unknown[]).length > 0)
  const document: ItemOperationsResponse = { Status: 1, Response: Object.fromEntries(filled) }
  if (parts === null) return reply(document)
  const bytes = encode(ItemOperationsResponse, document, call.dialect.version)
  if (call.trace.on) call.trace.document('response', bytes)
  return { kind: 'raw', answer: multipartAnswer(bytes, parts.list) }
}
