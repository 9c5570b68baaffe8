// Sync: the collections of a request one after the other, and the wait for a change where the client asks for it.
import { holdBack, sentAway } from '../../brake.ts'
import type { Call } from '../../command.ts'
import { command, emptyReply, reply, type Reply } from '../../define.ts'
import { Failure } from '../../error.ts'
import { initialKey, type Instant } from '../../../model/id.ts'
import type { Turn } from '../../../sync/circle.ts'
import { hierarchyMoved } from '../../../sync/hierarchy.ts'
import { shownClass, shownTo } from '../../classes/index.ts'
import { quirksOf } from '../../quirks.ts'
import { isStillWelcome } from '../../standing.ts'
import { serveCollection } from './collection.ts'
import { memoryOf, plan, type CollectionPlan, type RememberedSync, type SyncPlan } from './request.ts'
import type { Remaining } from './scene.ts'
import { SyncRequest, SyncResponse, type ResponseCollection } from './schema.ts'
import { syncStatuses } from './statuses.ts'
import { noteOutcome, turnsAhead, turnsOfFailure } from './turns.ts'

export const sync = command({
  name: 'Sync',
  request: SyncRequest,
  response: SyncResponse,
  statuses: syncStatuses,
  failed: (status, failure) => {
    const { Limit } = failure.extra
    return { Status: status, ...(typeof Limit === 'number' ? { Limit } : {}) }
  },
  statusOf: ({ Status, Collections }) => Status ?? Collections?.Collection?.find((one) => one.Status !== 1)?.Status ?? 1,
  body: 'optional',
  run: async (request, call) => {
    const { store, limits } = call.house
    const { account, device, dialect } = call
    if (request === null && !dialect.emptySync) throw new Failure('InvalidContent', 'an empty Sync')
    const leansBack = request === null || request.Partial === true
    const remembered = leansBack ? ((await store.devices.recall(account.id, device.id, 'sync')) as RememberedSync | null) : null
    const planned = plan(request, remembered, dialect, limits)
    const away = sentAway(call, () => turnsAhead(planned))
    if (away !== null) return away
    if (dialect.emptySync && request !== null) await store.devices.remember(account.id, device.id, 'sync', memoryOf(planned))
    const hasCommands = planned.collections.some((one) => one.commands !== null)
    const turns: Turn[] = []
    if (planned.waitSeconds === null || hasCommands) {
      const collections = await round(planned, call, turns)
      if (!hasCommands) noteOutcome(planned, collections, call, turns)
      const hold = holdBack(call, turns)
      if (hold !== null) await hold
      return answer(planned, collections, call)
    }
    const limited = call.house.heartbeats.limitOf(account.id, device.id)
    if (limited !== null && planned.waitSeconds > limited) {
      const unit = request?.Wait === undefined ? 1 : 60
      throw new Failure('WaitOutOfRange', 'connections die earlier than this', { Limit: Math.max(1, Math.floor(limited / unit)) })
    }
    const waited = await wait(planned, planned.waitSeconds, call, turns)
    await holdBack(call, turns)
    return waited
  },
  beforeFailure: (call, { failure }) => holdBack(call, turnsOfFailure(failure)),
})

/** One pass over the collections. Fair: while others still wait for their turn, one collection leaves each of them an item. */
async function round(planned: SyncPlan, call: Call, turns: Turn[]): Promise<ResponseCollection[]> {
  const { limits, clock } = call.house
  const answers: ResponseCollection[] = []
  const total = planned.windowSize ?? Number.POSITIVE_INFINITY
  const remaining: Remaining = { items: total, bytes: limits.answerBytesMax, deadline: clock.now() + limits.syncSeconds * 1000 }
  for (const [index, one] of planned.collections.entries()) {
    const others = planned.collections.length - index - 1
    const share = Math.max(1, remaining.items - others)
    const mine: Remaining = { items: Math.min(remaining.items, share), bytes: remaining.bytes, deadline: remaining.deadline }
    // Not reached: left out, and the phone asks again; unless it sent commands, which are always served.
    if (mine.items <= 0 && one.commands === null) continue
    const before = mine.items
    const served = await serveOne(one, call, mine, turns)
    remaining.items -= before - mine.items
    remaining.bytes = mine.bytes
    if (served !== null) answers.push(served)
  }
  return answers
}

/** A collection's own failure stays with the collection: the others are served all the same. */
async function serveOne(one: CollectionPlan, call: Call, remaining: Remaining, turns: Turn[]): Promise<ResponseCollection | null> {
  try {
    return await serveCollection(one, call, remaining, turns)
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown
    const status = syncStatuses[thrown.failure]
    if (status === undefined || thrown.failure === 'IncompleteRequest') throw thrown
    const { account, device, house, trace } = call
    const { failure, message: detail } = thrown
    trace.note('collection refused', { collection: one.folder, failure, detail })
    const about = `${detail} (folder ${one.folder})`
    house.failures.record({ account: account.id, device: device.id, command: 'Sync', failure, status, detail: about })
    if (failure === 'HierarchyChanged' && quirksOf(device).leaveOutMissingFolder) return null
    // MS-ASCMD 2.2.3.177.17: a refused key comes back as 0, so that the client starts anew.
    const key = failure === 'InvalidSyncKey' ? initialKey : one.key
    return { SyncKey: key, CollectionId: one.folder, Status: status }
  }
}

/** Nothing to say is an empty answer, where the version and the client can take one; else the keys as they were. */
async function answer(
  planned: SyncPlan,
  collections: readonly ResponseCollection[],
  call: Call,
  changedAt: Instant | null = null,
): Promise<Reply<SyncResponse>> {
  if (collections.length > 0) return reply({ Collections: { Collection: collections } }, changedAt)
  if (call.dialect.emptySync && !quirksOf(call.device).noEmptySync) return emptyReply
  const { account, dialect, house } = call
  const folders = await (await house.store.mailbox(account.id)).allFolders()
  const classes = new Map(folders.map(({ id, type }) => [id, shownClass(type, dialect)]))
  const same = planned.collections.map(({ folder, key }) => ({
    Class: classes.get(folder) ?? 'Email',
    SyncKey: key,
    CollectionId: folder,
    Status: 1,
  }))
  return same.length === 0 ? emptyReply : reply({ Collections: { Collection: same } })
}

/** Register, then compare, then sleep: nothing falls between. */
async function wait(planned: SyncPlan, seconds: number, call: Call, turns: Turn[]): Promise<Reply<SyncResponse>> {
  const { account, device, signal } = call
  const { store, parking, clock, heartbeats } = call.house
  const mailbox = await store.mailbox(account.id)
  const began = clock.now()
  let waited = false
  const parked = parking.park({ account: account.id, device: device.id, mailbox: mailbox.id, until: began + seconds * 1000, signal })
  try {
    const state = await store.syncState(account.id, device.id)
    if (!(await isStillWelcome(call))) throw new Failure('HierarchyChanged', 'the account or device changed')
    const shows = shownTo(call.dialect)
    const movedBefore = await hierarchyMoved(state, mailbox, shows)
    for (;;) {
      const collections = await round(planned, call, turns)
      if (collections.length > 0) {
        if (!waited) noteOutcome(planned, collections, call, turns)
        return await answer(planned, collections, call, waited ? parked.movedAt : null)
      }
      // 12 only for what happened during this wait: a client that ignores it must not be sent into a loop.
      if (!movedBefore && (await hierarchyMoved(state, mailbox, shows))) throw new Failure('HierarchyChanged', 'while waiting')
      waited = true
      const wake = await call.rest(() => parked.sleep())
      if (wake === 'moved') continue
      if (wake === 'closed') heartbeats.died(account.id, device.id, (clock.now() - began) / 1000)
      if (wake === 'expired') heartbeats.survived(account.id, device.id, seconds)
      call.trace.note('wait over', { wake })
      if (wake === 'evicted') throw new Failure('HierarchyChanged', 'the account or device changed')
      return await answer(planned, [], call)
    }
  } finally {
    parked.leave()
  }
}
