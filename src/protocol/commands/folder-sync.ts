// FolderSync: the folder tree, whole for key 0, else what has changed in it.
import type { Folder } from '../../model/folder.ts'
import { validationDevice } from '../../model/device.ts'
import { initialKey, rootFolder } from '../../model/id.ts'
import type { Turn } from '../../sync/circle.ts'
import { UnknownKey } from '../../sync/collection.ts'
import { HierarchyBusy, showHierarchy, syncHierarchy, type HierarchyNews } from '../../sync/hierarchy.ts'
import { FolderHierarchy } from '../../wbxml/pages.ts'
import { container, integer, many, optional, text } from '../../wbxml/schema.ts'
import { shownTo } from '../classes/index.ts'
import { holdBack, sentAway } from '../brake.ts'
import type { Call } from '../command.ts'
import { command, reply } from '../define.ts'
import { Failure } from '../error.ts'
import { hierarchyKey } from '../hierarchy.ts'
import { refusedKey } from '../refused-key.ts'

/** MS-ASCMD 2.2.1.5. */
const FolderSyncRequest = container(FolderHierarchy.FolderSync, [text(FolderHierarchy.SyncKey)])

const folderFields = [
  text(FolderHierarchy.ServerId),
  text(FolderHierarchy.ParentId),
  text(FolderHierarchy.DisplayName),
  integer(FolderHierarchy.Type),
] as const

const FolderSyncResponse = container(FolderHierarchy.FolderSync, [
  integer(FolderHierarchy.Status),
  optional(text(FolderHierarchy.SyncKey)),
  optional(
    container(FolderHierarchy.Changes, [
      integer(FolderHierarchy.Count),
      many(container(FolderHierarchy.Update, folderFields)),
      many(container(FolderHierarchy.Delete, [text(FolderHierarchy.ServerId)])),
      many(container(FolderHierarchy.Add, folderFields)),
    ]),
  ),
])

/** Of a FolderSync that begins anew, or brings nothing. */
const turns: readonly Turn[] = [{ circle: 'hierarchy', subject: '' }]

export const folderSync = command({
  name: 'FolderSync',
  request: FolderSyncRequest,
  response: FolderSyncResponse,
  // MS-ASCMD 2.2.3.177.5.
  statuses: { CommandServerError: 6, InvalidSyncKey: 9, ProtocolError: 10 },
  failed: (status) => ({ Status: status }),
  run: async (request, call) => {
    if (request === null) throw new Failure('ProtocolError', 'no body')
    const away = sentAway(call, turns)
    if (away !== null) return away
    const { key, added, changed, removed } = await ask(request.SyncKey, call)
    call.trace.note('hierarchy', { added: added.length, changed: changed.length, removed: removed.length })
    if (request.SyncKey === initialKey || added.length + changed.length + removed.length === 0) await holdBack(call, turns)
    return reply({
      Status: 1,
      SyncKey: key,
      Changes: {
        Count: added.length + changed.length + removed.length,
        Update: changed.map(shown),
        Delete: removed.map((id) => ({ ServerId: id })),
        Add: added.map(shown),
      },
    })
  },
})

async function ask(text: string, call: Call): Promise<HierarchyNews> {
  const { account, device, house } = call
  const mailbox = await house.store.mailbox(account.id)
  const state = await house.store.syncState(account.id, device.id)
  const shows = shownTo(call.dialect)
  if (device.id === validationDevice) return showHierarchy(state, mailbox, shows)
  try {
    return await syncHierarchy(state, mailbox, hierarchyKey(text), shows, house.clock)
  } catch (thrown) {
    if (thrown instanceof UnknownKey) throw await refusedKey(thrown, call, rootFolder)
    if (thrown instanceof HierarchyBusy) throw new Failure('CommandServerError', thrown.message)
    throw thrown
  }
}

function shown(folder: Folder) {
  return { ServerId: folder.id, ParentId: folder.parent, DisplayName: folder.name, Type: folder.type }
}
