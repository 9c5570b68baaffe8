// Ping: waits until a collection has something to say that the device has not been told yet.
import type { ItemClass } from '../../model/folder.ts'
import { idLengthMax, rootFolder, type FolderId, type Instant } from '../../model/id.ts'
import type { Mailbox } from '../../store/mailbox.ts'
import type { CollectionRecord, SyncState } from '../../store/sync-state.ts'
import type { Turn } from '../../sync/circle.ts'
import { newestLedger } from '../../sync/collection.ts'
import { hierarchyMoved } from '../../sync/hierarchy.ts'
import { estimate } from '../../sync/round.ts'
import { cutOf } from '../../sync/window.ts'
import { Ping } from '../../wbxml/pages.ts'
import { container, integer, many, optional, text, type Encodable, type Infer } from '../../wbxml/schema.ts'
import { shownClass, shownTo } from '../classes/index.ts'
import { holdBack, sentAway } from '../brake.ts'
import type { Call } from '../command.ts'
import { command, reply } from '../define.ts'
import { Failure } from '../error.ts'
import { isStillWelcome } from '../standing.ts'

/** MS-ASCMD 2.2.1.13. */
const PingRequest = container(Ping.Ping, [
  optional(integer(Ping.HeartbeatInterval)),
  optional(container(Ping.Folders, [optional(many(container(Ping.Folder, [text(Ping.Id), optional(text(Ping.Class))])))])),
])

const PingResponse = container(Ping.Ping, [
  integer(Ping.Status),
  optional(integer(Ping.HeartbeatInterval)),
  optional(integer(Ping.MaxFolders)),
  // In the answer a Folder is the bare id.
  optional(container(Ping.Folders, [many(text(Ping.Folder))])),
])
type PingResponse = Encodable<typeof PingResponse>

/** What is kept of a device's last Ping; each part may be left out of the next. */
interface RememberedPing {
  readonly seconds: number
  readonly folders: readonly FolderId[]
}

const status = { expired: 1, changes: 2, hierarchy: 7 } as const

/** Of a Ping that is answered without having waited. */
const turns: readonly Turn[] = [{ circle: 'ping', subject: '' }]

export const ping = command({
  name: 'Ping',
  kind: 'exempt',
  request: PingRequest,
  response: PingResponse,
  statuses: { MissingParameters: 3, ProtocolError: 4, HeartbeatOutOfRange: 5, TooManyFolders: 6, CommandServerError: 8 },
  failed: (number, failure) => {
    const { HeartbeatInterval, MaxFolders } = failure.extra
    return {
      Status: number,
      ...(typeof HeartbeatInterval === 'number' ? { HeartbeatInterval } : {}),
      ...(typeof MaxFolders === 'number' ? { MaxFolders } : {}),
    }
  },
  body: 'optional',
  run: async (request, call) => {
    const away = sentAway(call, turns)
    if (away !== null) return away
    const asked = await parameters(request, call)
    const { document, waited, changedAt } = await wait(asked, call)
    if (!waited) await holdBack(call, turns)
    return reply(document, changedAt)
  },
  // AOSP asks again at once after 3, 4 and 8.
  beforeFailure: (call) => holdBack(call, turns),
})

/** Fills a request from the remembered one and checks it; remembers it when it differs. */
async function parameters(request: Infer<typeof PingRequest> | null, call: Call): Promise<RememberedPing> {
  const { account, device } = call
  const { store, limits } = call.house
  const remembered = (await store.devices.recall(account.id, device.id, 'ping')) as RememberedPing | null
  const seconds = request?.HeartbeatInterval ?? remembered?.seconds
  const named = request?.Folders?.Folder?.map((one) => one.Id as FolderId)
  const folders = named === undefined || named.length === 0 ? remembered?.folders : named
  if (seconds === undefined || folders === undefined) throw new Failure('MissingParameters', 'neither sent nor remembered')
  if (folders.length > limits.pingFoldersMax)
    throw new Failure('TooManyFolders', `${folders.length}`, { MaxFolders: limits.pingFoldersMax })
  if (folders.some((id) => id.length > idLengthMax)) throw new Failure('ProtocolError', 'longer than any id')
  const learnt = call.house.heartbeats.limitOf(account.id, device.id) ?? limits.heartbeatSecondsMax
  const [min, max] = [limits.heartbeatSecondsMin, Math.max(limits.heartbeatSecondsMin, Math.min(limits.heartbeatSecondsMax, learnt))]
  if (seconds < min || seconds > max) {
    throw new Failure('HeartbeatOutOfRange', `${seconds} seconds`, { HeartbeatInterval: seconds < min ? min : max })
  }
  const asked: RememberedPing = { seconds, folders: [...new Set(folders)] }
  await store.devices.remember(account.id, device.id, 'ping', asked)
  return asked
}

interface Waited {
  readonly document: PingResponse
  /** False where there was something to say at once. */
  readonly waited: boolean
  /** When the change it tells of was committed; null where there is none, or it was there before. */
  readonly changedAt: Instant | null
}

async function wait(asked: RememberedPing, call: Call): Promise<Waited> {
  const { account, device, signal } = call
  const { store, parking, clock, heartbeats } = call.house
  const mailbox = await store.mailbox(account.id)
  const state = await store.syncState(account.id, device.id)
  const began = clock.now()
  const told = (document: PingResponse, changedAt: Instant | null = null): Waited => ({ document, waited, changedAt })
  let waited = false
  const parked = parking.park({ account: account.id, device: device.id, mailbox: mailbox.id, until: began + asked.seconds * 1000, signal })
  try {
    if (!(await isStillWelcome(call))) return told({ Status: status.hierarchy })
    // It names folders of a hierarchy that is gone: it was in quarantine, was forgotten, or is to begin anew.
    if ((await state.generations(rootFolder)).length === 0) return told({ Status: status.hierarchy })
    for (;;) {
      if (await hierarchyMoved(state, mailbox, shownTo(call.dialect))) return told({ Status: status.hierarchy })
      const changed = await changedFolders(asked.folders, mailbox, state, call)
      if (changed.length > 0) return told({ Status: status.changes, Folders: { Folder: changed } }, waited ? parked.movedAt : null)
      waited = true
      const wake = await call.rest(() => parked.sleep())
      if (wake === 'moved') continue
      call.trace.note('wait over', { wake })
      if (wake === 'closed' && heartbeats.died(account.id, device.id, (clock.now() - began) / 1000)) {
        const seconds = heartbeats.limitOf(account.id, device.id)
        call.house.log.warn({ device: device.id, seconds }, 'connections die early: a proxy in front has a short idle limit')
      }
      if (wake === 'expired') heartbeats.survived(account.id, device.id, asked.seconds)
      return told({ Status: wake === 'evicted' ? status.hierarchy : status.expired })
    }
  } finally {
    parked.leave()
  }
}

/**
 * The collections that a Sync would find something in: the same proposal over the ledger joined with the newest pending
 * round, without what merely left the window. A folder the device has not synced, or that is gone, says nothing: answering
 * for it would wake the phone for ever.
 */
async function changedFolders(folders: readonly FolderId[], mailbox: Mailbox, state: SyncState, call: Call): Promise<FolderId[]> {
  const records = new Map((await state.collections()).map((record) => [record.folder, record]))
  const served = new Map((await mailbox.allFolders()).map((folder) => [folder.id, shownClass(folder.type, call.dialect)]))
  const changed: FolderId[] = []
  for (const id of folders) {
    const record = records.get(id)
    const itemClass = served.get(id) ?? null
    if (itemClass === null) continue
    if (record === undefined ? await isToBeginAnew(id, state) : (await waiting(record, itemClass, mailbox, state, call)) > 0)
      changed.push(id)
  }
  return changed
}

/** An administrator dropped what the device held of the folder. Its Sync is refused, and it fetches everything; uncalled, it would not ask. */
async function isToBeginAnew(id: FolderId, state: SyncState): Promise<boolean> {
  return (await state.resets()).some(({ folder, presented }) => folder === id && presented === null)
}

async function waiting(record: CollectionRecord, itemClass: ItemClass, mailbox: Mailbox, state: SyncState, call: Call): Promise<number> {
  const { clock } = call.house
  const position = record.pending.at(-1)?.position ?? record.position
  // Primed and never synced: its first Sync will come without being called.
  if (position.token === null) return 0
  return estimate(
    {
      feed: mailbox.items(record.folder, itemClass),
      ledger: newestLedger(state, record),
      position,
      cut: cutOf(record.options.filterType, clock.now()),
      modseq: () => mailbox.modseq(),
      clock,
    },
    1,
    false,
  )
}
