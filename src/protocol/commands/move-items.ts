// MoveItems: moves items between folders; a repeated move is answered like the first.
import { classOfFolder, folderType, type Folder } from '../../model/folder.ts'
import { idLengthMax, parseServerId, type FolderId, type ServerId } from '../../model/id.ts'
import { StoreFailure } from '../../store/failure.ts'
import type { Mailbox, Stored } from '../../store/mailbox.ts'
import type { SyncState } from '../../store/sync-state.ts'
import { noteOwn } from '../../sync/commit.ts'
import { Move } from '../../wbxml/pages.ts'
import { container, integer, many, optional, text, type Encodable, type Infer } from '../../wbxml/schema.ts'
import { CallingOff } from '../classes/calendar/call-off.ts'
import { shownTo } from '../classes/index.ts'
import type { Call } from '../command.ts'
import { command, reply } from '../define.ts'
import { quirksOf } from '../quirks.ts'
import { Failure } from '../error.ts'

/** MS-ASCMD 2.2.1.12. */
const MoveItemsRequest = container(Move.MoveItems, [
  many(container(Move.Move, [text(Move.SrcMsgId), text(Move.SrcFldId), many(text(Move.DstFldId))])),
])
type RequestedMove = Infer<typeof MoveItemsRequest>['Move'][number]

const MoveItemsResponse = container(Move.MoveItems, [
  optional(integer(Move.Status)),
  many(container(Move.Response, [text(Move.SrcMsgId), integer(Move.Status), optional(text(Move.DstMsgId))])),
])
type MoveResponse = NonNullable<Encodable<typeof MoveItemsResponse>['Response']>[number]

/** MS-ASCMD 2.2.3.177.10: 3 is success. */
const status = { badSource: 1, badDestination: 2, success: 3, sameFolder: 4, impossible: 5, locked: 7 } as const

/** MS-ASCMD 3.1.5.10: Status 103 beyond it. */
const movesMax = 1000
/** Moves of one unit of work: others write in between. */
const batchSize = 50

export const moveItems = command({
  name: 'MoveItems',
  request: MoveItemsRequest,
  response: MoveItemsResponse,
  statuses: {},
  failed: (number) => ({ Status: number }),
  run: async (request, call) => {
    const moves = request?.Move ?? []
    if (moves.length === 0) throw new Failure('InvalidXML', 'nothing to move')
    if (moves.length > movesMax) throw new Failure('InvalidXML', `${moves.length} moves`)
    // The answer repeats it, and its schema holds no such thing.
    if (moves.some(({ SrcMsgId }) => SrcMsgId.length > idLengthMax)) throw new Failure('InvalidXML', 'longer than any id')
    const responses: MoveResponse[] = []
    for (let from = 0; from < moves.length; from += batchSize)
      responses.push(...(await moveBatch(moves.slice(from, from + batchSize), call)))
    call.trace.note('moved', { asked: moves.length, done: responses.filter((one) => one.Status === status.success).length })
    return reply({ Response: responses })
  },
})

/** One unit of work. Where the store cannot be reached these moves are "locked", and the earlier ones keep their answers. */
async function moveBatch(moves: readonly RequestedMove[], call: Call): Promise<readonly MoveResponse[]> {
  const callingOff = new CallingOff(call)
  try {
    const answers = await call.house.store.unit(async (unit) => {
      const mailbox = await unit.mailbox(call.account.id)
      const take = (id: ServerId, from: Folder, to: Folder) => {
        const move = () => mailbox.move(id, to.id)
        const isDeleted = to.type === folderType.deletedItems && classOfFolder(from.type) === 'Calendar'
        return isDeleted ? callingOff.one(id, unit, mailbox, move) : move()
      }
      const shows = shownTo(call.dialect)
      const folders = new Map((await mailbox.allFolders()).filter(({ type }) => shows(type)).map((folder) => [folder.id, folder]))
      const responses: MoveResponse[] = []
      for (const move of moves) responses.push({ SrcMsgId: move.SrcMsgId, ...(await moveOne(move, take, mailbox, folders)) })
      if (quirksOf(call.device).changeAfterMove) await claim(responses, mailbox, await unit.syncState(call.account.id, call.device.id))
      return responses
    })
    callingOff.committed()
    return answers
  } catch (thrown) {
    if (!(thrown instanceof StoreFailure) || thrown.reason !== 'unavailable') throw thrown
    return moves.map(({ SrcMsgId }) => ({ SrcMsgId, Status: status.locked }))
  }
}

/** The device keeps its own copy of what it moved: the destination's ledger learns that the new items are its doing. */
async function claim(responses: readonly MoveResponse[], mailbox: Mailbox, state: SyncState): Promise<void> {
  const ids = responses.flatMap(({ DstMsgId }) => (DstMsgId === undefined ? [] : [DstMsgId as ServerId]))
  for (const { id, modseq } of (await mailbox.changes(ids)).values()) {
    const folder = parseServerId(id)?.folder
    if (folder !== undefined) await noteOwn(state, folder, { id, modseq })
  }
}

/**
 * The ledgers stay as they are: the source's next Sync tells the Delete, the destination's the Add (MS-ASCMD 2.2.1.12), and both
 * heal a lost reply.
 */
async function moveOne(
  move: RequestedMove,
  take: (id: ServerId, from: Folder, to: Folder) => Promise<Stored>,
  mailbox: Mailbox,
  folders: ReadonlyMap<FolderId, Folder>,
): Promise<Pick<MoveResponse, 'Status' | 'DstMsgId'>> {
  const [destination, ...more] = move.DstFldId as FolderId[]
  if (more.length > 0) return { Status: status.impossible }
  const id = move.SrcMsgId as ServerId
  const from = folders.get(move.SrcFldId as FolderId)
  const to = destination === undefined ? undefined : folders.get(destination)
  if (from === undefined || parseServerId(id)?.folder !== from.id) return { Status: status.badSource }
  if (to === undefined) return { Status: status.badDestination }
  if (to.id === from.id) return { Status: status.sameFolder }
  try {
    if (!(await fits(id, from, to, mailbox))) return { Status: status.impossible }
    const moved = await take(id, from, to)
    return { Status: status.success, DstMsgId: moved.id }
  } catch (thrown) {
    if (thrown instanceof StoreFailure && thrown.reason === 'item-not-found') return { Status: status.badSource }
    // A meeting whose guests cannot be told that it is called off.
    if (thrown instanceof Failure && thrown.failure === 'ItemMalformed') return { Status: status.impossible }
    throw thrown
  }
}

/** A folder holds items of its own class; Deleted Items hold all, of which phones see mail alone. */
async function fits(id: ServerId, from: Folder, to: Folder, mailbox: Mailbox): Promise<boolean> {
  const item = from.type === folderType.deletedItems ? (await mailbox.read([id])).get(id) : undefined
  if (item !== undefined && item.content.class !== 'Email') return false
  return to.type === folderType.deletedItems || classOfFolder(from.type) === classOfFolder(to.type)
}
