// FolderUpdate: renames a folder, moves it below another, or both.
import type { Folder } from '../../model/folder.ts'
import type { FolderId } from '../../model/id.ts'
import { FolderHierarchy } from '../../wbxml/pages.ts'
import { container, flag, integer, optional, text } from '../../wbxml/schema.ts'
import { command, reply } from '../define.ts'
import { Failure } from '../error.ts'
import { checkedName, checkedParent, editHierarchy, hierarchyKey, recipientCache, type Edit } from '../hierarchy.ts'

/** MS-ASCMD 2.2.1.6. */
const FolderUpdateRequest = container(FolderHierarchy.FolderUpdate, [
  text(FolderHierarchy.SyncKey),
  text(FolderHierarchy.ServerId),
  text(FolderHierarchy.ParentId),
  text(FolderHierarchy.DisplayName),
  flag(FolderHierarchy.Status),
])

const FolderUpdateResponse = container(FolderHierarchy.FolderUpdate, [
  integer(FolderHierarchy.Status),
  optional(text(FolderHierarchy.SyncKey)),
])

export const folderUpdate = command({
  name: 'FolderUpdate',
  request: FolderUpdateRequest,
  response: FolderUpdateResponse,
  // MS-ASCMD 2.2.3.177.6: 2 stands for a default folder as well as for a name that is taken, 3 for the recipient cache alone.
  statuses: {
    FolderExists: 2,
    SpecialFolder: 3,
    FolderNotFound: 4,
    ParentNotFound: 5,
    CommandServerError: 6,
    InvalidSyncKey: 9,
    ProtocolError: 10,
  },
  failed: (status) => ({ Status: status }),
  run: async (request, call) => {
    if (request === null) throw new Failure('ProtocolError', 'no body')
    // MS-ASCMD 2.2.3.77.
    if (request.Status === true) throw new Failure('ProtocolError', 'a Status in a request')
    if (request.ServerId === recipientCache) throw new Failure('SpecialFolder', 'the recipient cache')
    const name = checkedName(request.DisplayName)
    const refusals = {
      'name-taken': 'FolderExists',
      'default-folder': 'FolderExists',
      'folder-not-found': 'ParentNotFound',
      'folder-cycle': 'ProtocolError',
    } as const
    const { key } = await editHierarchy(call, hierarchyKey(request.SyncKey), refusals, (edit) =>
      change(edit, { id: request.ServerId, parent: request.ParentId, name }),
    )
    call.house.log.info({ device: call.device.id, folder: request.ServerId }, 'folder changed')
    return reply({ Status: 1, SyncKey: key })
  },
})

interface Wanted {
  readonly id: string
  readonly parent: string
  readonly name: string
}

async function change(edit: Edit, { id, parent, name }: Wanted): Promise<void> {
  const { mailbox, arbiter, tree, folders } = edit
  const seen = tree.get(id as FolderId)
  const before = folders.find((folder) => folder.id === id)
  if (seen === undefined || before === undefined) throw new Failure('FolderNotFound')
  const after = await mailbox.changeFolder(before.id, placeFor(seen, before, checkedParent(parent, edit)), name)
  await arbiter.changed(before.id, seen.modseq, after.modseq, null)
}

/** A folder below a hidden one is shown further up: naming that place again does not move it. */
function placeFor(seen: Folder, before: Folder, parent: FolderId): FolderId {
  return parent === seen.parent ? before.parent : parent
}
