// FolderCreate: a new folder of the client's, known at once under the id it is answered with.
import type { Dialect } from '../../model/dialect.ts'
import { classOfFolder, folderType, type FolderType } from '../../model/folder.ts'
import type { FolderId, Modseq, SyncKey } from '../../model/id.ts'
import { FolderHierarchy } from '../../wbxml/pages.ts'
import { container, integer, optional, text } from '../../wbxml/schema.ts'
import { shownTo } from '../classes/index.ts'
import type { Call } from '../command.ts'
import { command, reply } from '../define.ts'
import { Failure } from '../error.ts'
import { checkedName, checkedParent, editHierarchy, folderIdentity, hierarchyKey, type Edit } from '../hierarchy.ts'

/** MS-ASCMD 2.2.1.3. */
const FolderCreateRequest = container(FolderHierarchy.FolderCreate, [
  text(FolderHierarchy.SyncKey),
  text(FolderHierarchy.ParentId),
  text(FolderHierarchy.DisplayName),
  integer(FolderHierarchy.Type),
])

const FolderCreateResponse = container(FolderHierarchy.FolderCreate, [
  integer(FolderHierarchy.Status),
  optional(text(FolderHierarchy.SyncKey)),
  optional(text(FolderHierarchy.ServerId)),
])

/** MS-ASCMD 2.2.3.186.2: what a client may create; the other types are default folders. */
const creatableTypes: readonly FolderType[] = [
  folderType.generic,
  folderType.userMail,
  folderType.userCalendar,
  folderType.userContacts,
  folderType.userTasks,
  folderType.userJournal,
  folderType.userNotes,
]
/** MS-ASCMD 2.2.2, Status 151. */
const foldersMax = 1000

export const folderCreate = command({
  name: 'FolderCreate',
  request: FolderCreateRequest,
  response: FolderCreateResponse,
  // MS-ASCMD 2.2.3.177.3.
  statuses: { FolderExists: 2, SpecialFolder: 3, ParentNotFound: 5, CommandServerError: 6, InvalidSyncKey: 9, ProtocolError: 10 },
  failed: (status) => ({ Status: status }),
  run: async (request, call) => {
    if (request === null) throw new Failure('ProtocolError', 'no body')
    const key = hierarchyKey(request.SyncKey)
    const type = checkedType(request.Type, call.dialect)
    const name = checkedName(request.DisplayName)
    const refusals = { 'name-taken': 'FolderExists', 'folder-not-found': 'ParentNotFound' } as const
    const made = await editHierarchy(call, key, refusals, (edit) =>
      create(edit, { key, parent: checkedParent(request.ParentId, edit), name, type }, call),
    )
    call.house.log.info({ device: call.device.id, folder: made.value, type }, 'folder created')
    return reply({ Status: 1, SyncKey: made.key, ServerId: made.value })
  },
})

/**
 * A folder of a class that is not built here would vanish from the phone's list with the next FolderSync: the request is refused
 * as one the server cannot make sense of, which no client repeats on its own.
 */
function checkedType(number: number, dialect: Dialect): FolderType {
  const type = creatableTypes.find((one) => one === number)
  if (type === undefined) throw new Failure('ProtocolError', `type ${number} cannot be created`)
  if (!shownTo(dialect)(type)) throw new Failure('ProtocolError', `${classOfFolder(type) ?? 'journal'} folders are not served`)
  return type
}

interface Wanted {
  readonly key: SyncKey
  readonly parent: FolderId
  readonly name: string
  readonly type: FolderType
}

async function create(edit: Edit, { key, parent, name, type }: Wanted, call: Call): Promise<FolderId> {
  const { mailbox, arbiter, folders } = edit
  if (folders.length >= foldersMax) {
    // Up to 12.1 the common status would be an HTTP 500, on which iOS loads everything anew.
    throw new Failure(call.dialect.commonStatuses ? 'TooManyFolders' : 'CommandServerError', `${folders.length} folders`)
  }
  const folder = await mailbox.createFolder(parent, name, type, folderIdentity(call, key, parent, name))
  const standing = await mailbox.folder(folder.id)
  const isAsAsked = standing !== null && standing.parent === parent && standing.name === name
  // A repeat that somebody else's change overtook: the device holds what it asked for, and is told the rest by the next FolderSync.
  arbiter.created(folder.id, isAsAsked ? folder.modseq : ((folder.modseq - 1) as Modseq), null)
  return folder.id
}
