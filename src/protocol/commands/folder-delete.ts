// FolderDelete: removes a folder with everything below it.
import type { FolderId } from '../../model/id.ts'
import { FolderHierarchy } from '../../wbxml/pages.ts'
import { container, integer, optional, text } from '../../wbxml/schema.ts'
import { CallingOff } from '../classes/calendar/call-off.ts'
import { command, reply } from '../define.ts'
import { Failure } from '../error.ts'
import { editHierarchy, hierarchyKey, recipientCache, type Edit } from '../hierarchy.ts'

/** MS-ASCMD 2.2.1.4. */
const FolderDeleteRequest = container(FolderHierarchy.FolderDelete, [text(FolderHierarchy.SyncKey), text(FolderHierarchy.ServerId)])

const FolderDeleteResponse = container(FolderHierarchy.FolderDelete, [
  integer(FolderHierarchy.Status),
  optional(text(FolderHierarchy.SyncKey)),
])

export const folderDelete = command({
  name: 'FolderDelete',
  request: FolderDeleteRequest,
  response: FolderDeleteResponse,
  // MS-ASCMD 2.2.3.177.4.
  statuses: { SpecialFolder: 3, FolderNotFound: 4, CommandServerError: 6, InvalidSyncKey: 9, ProtocolError: 10 },
  failed: (status) => ({ Status: status }),
  run: async (request, call) => {
    if (request === null) throw new Failure('ProtocolError', 'no body')
    if (request.ServerId === recipientCache) throw new Failure('SpecialFolder', 'the recipient cache')
    const id = request.ServerId as FolderId
    const refusals = { 'default-folder': 'SpecialFolder', 'folder-not-found': 'FolderNotFound' } as const
    const callingOff = new CallingOff(call)
    const { key } = await editHierarchy(call, hierarchyKey(request.SyncKey), refusals, (edit) => remove(edit, id, callingOff))
    callingOff.committed()
    call.house.log.info({ device: call.device.id, folder: id }, 'folder removed')
    return reply({ Status: 1, SyncKey: key })
  },
})

/**
 * The device strikes out the folder it named and no other: what lay below is told by the next FolderSync, once, since not every
 * phone drops it along with the folder.
 */
async function remove(edit: Edit, id: FolderId, callingOff: CallingOff): Promise<void> {
  const { unit, mailbox, arbiter, opened, folders, tree } = edit
  if (folders.some((folder) => folder.id === id)) {
    if (!tree.has(id)) throw new Failure('FolderNotFound', 'a folder that is not shown')
    await callingOff.all(id, true, unit, mailbox)
    arbiter.removed(id, await mailbox.removeFolder(id))
    return
  }
  // Gone already. By the device's own hand, if it wrote it in a round it has not acknowledged: the reply was lost.
  const { own, pending } = opened.record
  const write = [...own, ...pending.flatMap((round) => round.own)].findLast((one) => one.id === id)
  if (write === undefined) throw new Failure('FolderNotFound')
  arbiter.removed(id, write.modseq)
}
