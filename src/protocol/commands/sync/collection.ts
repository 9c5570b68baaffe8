// One collection of a Sync: acknowledge, apply, propose, commit, render; in that order.
import { createHash } from 'node:crypto'
import { defaultOptions, type CollectionOptions } from '../../../model/collection.ts'
import { classOfFolder, type Folder } from '../../../model/folder.ts'
import { initialKey, parseServerId, type Identity, type ServerId, type SyncKey } from '../../../model/id.ts'
import type { Mailbox } from '../../../store/mailbox.ts'
import type { Unit } from '../../../store/store.ts'
import type { SyncState } from '../../../store/sync-state.ts'
import { advance, Arbiter, commit, ledgerOf, open, positionOf, prime, UnknownKey, type Opened } from '../../../sync/collection.ts'
import type { Ledger } from '../../../sync/ledger.ts'
import { propose, type Proposal, type Subject, type Told } from '../../../sync/round.ts'
import { cutOf, type Budget } from '../../../sync/window.ts'
import { rulesOf } from '../../classes/index.ts'
import type { ClientChange, ItemClassRules } from '../../classes/class.ts'
import type { Call } from '../../command.ts'
import { Failure, InvalidSyncKey } from '../../error.ts'
import { quirksOf } from '../../quirks.ts'
import { itemStatus } from './statuses.ts'
import type { CollectionPlan } from './request.ts'
import type { CommandsOut, RequestCommands, ResponseCollection, Responses } from './schema.ts'

/** How often a request opens the collection again because another one committed first. */
const attemptsMax = 8
/** After so many repeats of one key the window shrinks to one item, and after so many that item is set aside. */
const shrinkAfter = 4
const asideAfter = 7

/** What is left of the whole answer's window and budget; lowered collection by collection. */
export interface Remaining {
  items: number
  bytes: number
  readonly deadline: number
}

/** A collection's part of the answer; null where it has nothing to say and is left out. */
export type CollectionAnswer = ResponseCollection | null

/** The client's commands, decoded and converted before any unit of work begins. */
interface Prepared {
  readonly adds: readonly { readonly clientId: string; readonly itemClass: string | undefined; readonly change: ClientChange | Failure }[]
  readonly changes: readonly { readonly id: string; readonly change: ClientChange | Failure }[]
  readonly deletes: readonly string[]
  readonly fetches: readonly string[]
}

interface Scene {
  readonly call: Call
  readonly plan: CollectionPlan
  readonly folder: Folder
  readonly rules: ItemClassRules
  readonly remaining: Remaining
}

type Told2 = Told

const isFailure = (value: unknown): value is Failure => value instanceof Failure

function ids(told: readonly Told2[], ...kinds: Told['kind'][]): ServerId[] {
  return told.filter((one) => kinds.includes(one.kind)).map((one) => one.id as ServerId)
}

/**
 * Serves one collection. Throws HierarchyChanged where the folder is gone, InvalidSyncKey, Retry; whatever concerns one item stands
 * in the answer's Responses.
 */
export async function serveCollection(plan: CollectionPlan, call: Call, remaining: Remaining): Promise<CollectionAnswer> {
  const { house, account, device } = call
  const mailbox = await house.store.mailbox(account.id)
  const folder = await mailbox.folder(plan.folder)
  const itemClass = folder === null ? null : classOfFolder(folder.type)
  const rules = itemClass === null ? null : rulesOf(itemClass)
  // MS-ASCMD 2.2.3.177.17: 12 sends the phone to FolderSync; one that ignores it loses nothing.
  if (folder === null || rules === null) throw new Failure('HierarchyChanged', 'the folder is gone')
  if (plan.options !== null && !rules.filterTypes.includes(plan.options.filterType)) {
    throw new Failure('ProtocolError', `FilterType ${plan.options.filterType} of ${rules.class}`)
  }
  const scene: Scene = { call, plan, folder, rules, remaining }
  if (plan.key === initialKey) {
    const state = await house.store.syncState(account.id, device.id)
    const key = await prime(state, folder.id, plan.options ?? defaultOptions, null, house.clock.now())
    call.trace.note('primed', { collection: folder.id })
    return frame(scene, key)
  }
  return plan.commands === null ? serveWithoutCommands(scene, mailbox) : serveWithCommands(scene, mailbox, plan.commands)
}

function frame(scene: Scene, key: SyncKey): ResponseCollection {
  return { Class: scene.rules.class, SyncKey: key, CollectionId: scene.folder.id, Status: 1 }
}

async function openByKey(state: SyncState, scene: Scene): Promise<Opened> {
  try {
    return await open(state, scene.folder.id, scene.plan.key, scene.call.house.clock.now())
  } catch (thrown) {
    if (!(thrown instanceof UnknownKey)) throw thrown
    scene.call.house.log.warn({ device: scene.call.device.id, collection: scene.folder.id, reason: thrown.message }, 'key refused')
    throw new InvalidSyncKey(thrown.message)
  }
}

function effectiveOptions(opened: Opened, plan: CollectionPlan): { options: CollectionOptions; changed: CollectionOptions | undefined } {
  const stored = opened.record.options
  if (plan.options === null || JSON.stringify(plan.options) === JSON.stringify(stored)) return { options: stored, changed: undefined }
  return { options: plan.options, changed: plan.options }
}

/** Whether the answer may carry changes of the server (MS-ASCMD 2.2.3.84: true when missing, unless only Fetches came). */
function wantsChanges(plan: CollectionPlan): boolean {
  if (plan.getChanges !== undefined) return plan.getChanges
  const { commands } = plan
  if (commands === null) return true
  const writes = (commands.Add?.length ?? 0) + (commands.Change?.length ?? 0) + (commands.Delete?.length ?? 0)
  return writes > 0 || (commands.Fetch?.length ?? 0) === 0
}

async function look(scene: Scene, mailbox: Mailbox, opened: Opened, ledger: Ledger, options: CollectionOptions): Promise<Proposal> {
  const { call, plan, folder, rules, remaining } = scene
  const { clock } = call.house
  const retrying = opened.arrived === null && opened.record.pending.length > 0
  const shrink = retrying && opened.record.retries >= shrinkAfter
  const budget: Budget = {
    items: shrink ? Math.min(1, remaining.items) : Math.min(plan.windowSize, remaining.items),
    bytes: remaining.bytes,
    itemBytesMax: rules.itemBytesMax(options),
    deadline: remaining.deadline,
  }
  const subject: Subject = {
    modseq: await mailbox.modseq(),
    feed: mailbox.items(folder.id),
    ledger,
    position: positionOf(opened),
    cut: cutOf(options.filterType, clock.now()),
    clock,
  }
  return propose(subject, budget)
}

async function serveWithoutCommands(scene: Scene, mailbox: Mailbox): Promise<CollectionAnswer> {
  const { call, plan } = scene
  const { store, clock } = call.house
  const state = await store.syncState(call.account.id, call.device.id)
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const opened = await openByKey(state, scene)
    // A remembered key whose answer has not come back is no ground to stand on (13).
    if (!plan.named && opened.arrived === null && opened.record.pending.length > 0)
      throw new Failure('IncompleteRequest', 'an unacknowledged round')
    const { options, changed } = effectiveOptions(opened, plan)
    const proposal = wantsChanges(plan) ? await look(scene, mailbox, opened, ledgerOf(opened), options) : null
    if (proposal === null || proposal.told.length === 0) {
      if ((await commit(opened, { proposal: null, arbiter: null, ...(changed === undefined ? {} : { options: changed }) }, clock)) === null)
        continue
      if (proposal !== null && changed === undefined) await advance(opened, proposal)
      return null
    }
    const key = await commit(opened, { proposal, arbiter: null, ...(changed === undefined ? {} : { options: changed }) }, clock)
    if (key === null) continue
    note(scene, opened, proposal)
    return { ...frame(scene, key), ...(await render(scene, mailbox, state, opened, proposal, options)) }
  }
  throw new Failure('Retry', 'other requests were faster')
}

/** Decodes and converts everything the client sent; what is wrong with one item stays with that item. */
async function prepare(scene: Scene, commands: RequestCommands, generation: number): Promise<Prepared> {
  const { call, plan, folder, rules } = scene
  const attempt = async (work: () => Promise<ClientChange>): Promise<ClientChange | Failure> => {
    try {
      return await work()
    } catch (thrown) {
      return itemFailure(thrown, scene)
    }
  }
  const adds = []
  for (const { ClientId, Class, ApplicationData } of commands.Add ?? []) {
    const identity = identityOf(scene, generation, ClientId)
    const change =
      ApplicationData === undefined
        ? new Failure('ItemMalformed', 'an Add without ApplicationData')
        : await attempt(() => rules.prepareAdd(ApplicationData, folder, identity, call))
    adds.push({ clientId: ClientId, itemClass: Class, change })
  }
  const changes = []
  for (const { ServerId, ApplicationData } of commands.Change ?? []) {
    if (ServerId === '') continue
    const change =
      ApplicationData === undefined
        ? new Failure('ItemMalformed', 'a Change without ApplicationData')
        : await attempt(() => rules.prepareChange(ServerId as ServerId, ApplicationData, folder, plan.options ?? defaultOptions, call))
    changes.push({ id: ServerId, change })
  }
  return {
    adds,
    changes,
    // BlackBerry sends an empty ServerId at times: there is nothing to delete and nobody to tell.
    deletes: (commands.Delete ?? []).map((one) => one.ServerId).filter((id) => id !== ''),
    fetches: (commands.Fetch ?? []).map((one) => one.ServerId),
  }
}

/** DESIGN: a ClientId is unique within one request only (iOS counts from 1), so the request's key is part of the identity. */
function identityOf(scene: Scene, generation: number, clientId: string): Identity {
  const { call, folder, plan } = scene
  const parts = [call.account.id, call.device.id, folder.id, String(generation), plan.key, clientId]
  return createHash('sha256').update(parts.join('\0')).digest('base64url') as Identity
}

function itemFailure(thrown: unknown, scene: Scene): Failure {
  if (thrown instanceof Failure) return thrown
  const status = itemStatus(thrown)
  if (status !== null) return status
  scene.call.house.log.error({ err: thrown, device: scene.call.device.id, collection: scene.folder.id }, 'a client command failed')
  return new Failure('CommandServerError')
}

/** The writes of one request inside its unit: what happened to each, for Responses. */
async function apply(scene: Scene, prepared: Prepared, unit: Unit, mailbox: Mailbox, arbiter: Arbiter): Promise<Responses> {
  const attempt = async <T>(work: () => Promise<T>): Promise<T | Failure> => {
    try {
      return await work()
    } catch (thrown) {
      const failure = thrown instanceof Failure ? thrown : itemStatus(thrown)
      if (failure === null) throw thrown
      scene.call.trace.note('item refused', { failure: failure.failure, detail: failure.message })
      return failure
    }
  }
  const adds = []
  for (const { clientId, itemClass, change } of prepared.adds) {
    const done = isFailure(change) ? change : await attempt(() => change.apply(unit, mailbox, arbiter))
    const sms = itemClass === undefined ? {} : { Class: itemClass }
    if (isFailure(done)) adds.push({ ...sms, ClientId: clientId, Status: statusOf(done) })
    else {
      const id = done.id === null ? {} : { ServerId: done.id }
      const data = done.applicationData === undefined ? {} : { ApplicationData: done.applicationData }
      adds.push({ ...sms, ClientId: clientId, ...id, Status: 1, ...data })
    }
  }
  const changes = []
  for (const { id, change } of prepared.changes) {
    const done = isFailure(change) ? change : await attempt(() => change.apply(unit, mailbox, arbiter))
    if (isFailure(done)) changes.push({ ServerId: id, Status: statusOf(done) })
    else if (done.applicationData !== undefined) changes.push({ ServerId: id, Status: 1, ApplicationData: done.applicationData })
  }
  const deletes = []
  for (const id of prepared.deletes) {
    const done = await attempt(() => remove(scene, id, mailbox, arbiter))
    if (isFailure(done)) deletes.push({ ServerId: id, Status: statusOf(done) })
  }
  return {
    ...(changes.length === 0 ? {} : { Change: changes }),
    ...(adds.length === 0 ? {} : { Add: adds }),
    ...(deletes.length === 0 ? {} : { Delete: deletes }),
  }
}

function statusOf(failure: Failure): number {
  return itemStatus.numbers[failure.failure] ?? itemStatus.numbers['CommandServerError'] ?? 5
}

/** A Delete of what is gone already succeeds: the reply to the first one may have been lost. */
async function remove(scene: Scene, id: string, mailbox: Mailbox, arbiter: Arbiter): Promise<void> {
  const { plan, folder } = scene
  if (parseServerId(id)?.folder !== folder.id) throw new Failure('ObjectNotFound', 'not an item of this folder')
  const [change] = (await mailbox.changes([id as ServerId])).values()
  if (change === undefined) throw new Failure('ObjectNotFound')
  if (change.gone) return arbiter.removed(id, change.modseq)
  arbiter.removed(id, await mailbox.remove(id as ServerId, plan.deletesAsMoves ? 'trash' : 'forever'))
}

async function serveWithCommands(scene: Scene, mailbox: Mailbox, commands: RequestCommands): Promise<CollectionAnswer> {
  const { call, plan } = scene
  const { store, clock } = call.house
  const reading = await store.syncState(call.account.id, call.device.id)
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const first = await openByKey(reading, scene)
    const prepared = await prepare(scene, commands, first.record.generation)
    const writes = prepared.adds.length + prepared.changes.length + prepared.deletes.length > 0
    const done = await store
      .unit(async (unit) => {
        const state = await unit.syncState(call.account.id, call.device.id)
        const inside = await unit.mailbox(call.account.id)
        const opened = await openByKey(state, scene)
        if (opened.record.generation !== first.record.generation) return null
        const ledger = ledgerOf(opened)
        const arbiter = new Arbiter(opened, ledger)
        const responses = await apply(scene, prepared, unit, inside, arbiter)
        const { options, changed } = effectiveOptions(opened, plan)
        const looked = wantsChanges(plan) ? await look(scene, inside, opened, ledger, options) : null
        const proposal = looked !== null && looked.told.length > 0 ? looked : null
        const commitment = { proposal, arbiter: writes ? arbiter : null, ...(changed === undefined ? {} : { options: changed }) }
        const key = await commit(opened, commitment, clock)
        // Nobody else writes this record inside the unit, but another node may have: roll everything back and open again.
        if (key === null) throw new LostRace()
        return { key, responses, proposal, options, opened }
      })
      .catch((thrown: unknown) => {
        if (thrown instanceof LostRace) return null
        throw thrown
      })
    if (done === null) continue
    for (const { change } of [...prepared.adds, ...prepared.changes]) if (!isFailure(change)) change.committed?.()
    const { key, proposal, options, opened } = done
    if (proposal !== null) note(scene, opened, proposal)
    const rendered = proposal === null ? {} : await render(scene, mailbox, reading, opened, proposal, options)
    const fetched = await fetch(scene, mailbox, prepared.fetches, options)
    const responses: Responses = { ...done.responses, ...(fetched.length === 0 ? {} : { Fetch: fetched }) }
    return { ...frame(scene, key), ...rendered, ...(Object.keys(responses).length === 0 ? {} : { Responses: responses }) }
  }
  throw new Failure('Retry', 'other requests were faster')
}

class LostRace extends Error {}

function note(scene: Scene, opened: Opened, proposal: Proposal): void {
  const { call, folder, remaining } = scene
  remaining.items -= proposal.told.length
  call.trace.note('round', { collection: folder.id, told: proposal.told.length, more: proposal.more, retries: opened.record.retries })
}

async function fetch(
  scene: Scene,
  mailbox: Mailbox,
  wanted: readonly string[],
  options: CollectionOptions,
): Promise<NonNullable<Responses['Fetch']>> {
  const own = wanted.filter((id) => parseServerId(id)?.folder === scene.folder.id) as ServerId[]
  const items = own.length === 0 ? new Map() : await mailbox.read(own)
  const answers = []
  for (const id of wanted) {
    const item = items.get(id as ServerId)
    if (item === undefined) answers.push({ ServerId: id, Status: itemStatus.numbers['ObjectNotFound'] ?? 8 })
    else {
      const data = await scene.rules.render(item, { extent: 'fetch', options, aside: false }, mailbox, scene.call)
      answers.push({ ServerId: id, Status: 1, ApplicationData: data })
    }
  }
  return answers
}

/** Items that could not be delivered again and again are set aside; they stay placeholders. */
async function asideOf(scene: Scene, state: SyncState, opened: Opened, proposal: Proposal): Promise<ReadonlySet<string>> {
  const { call, folder } = scene
  const retrying = opened.arrived === null && opened.record.pending.length > 0
  const [only] = proposal.told
  if (
    retrying &&
    opened.record.retries >= asideAfter &&
    proposal.told.length === 1 &&
    only !== undefined &&
    (only.kind === 'add' || only.kind === 'change')
  ) {
    const reason = `the device asked ${opened.record.retries} times without acknowledging it`
    await state.recordPoison(folder.id, only.id as ServerId, reason, call.house.clock.now())
    call.house.log.warn({ device: call.device.id, collection: folder.id, item: only.id }, 'item set aside')
  }
  const poison = await state.poison()
  return new Set(poison.filter((one) => one.folder === folder.id).map((one) => one.id))
}

async function render(
  scene: Scene,
  mailbox: Mailbox,
  state: SyncState,
  opened: Opened,
  proposal: Proposal,
  options: CollectionOptions,
): Promise<Pick<ResponseCollection, 'Commands' | 'MoreAvailable'>> {
  const { call, folder, rules } = scene
  const { told } = proposal
  const items = await mailbox.items(folder.id).read(ids(told, 'add', 'change'))
  const aside = items.size === 0 ? new Set<string>() : await asideOf(scene, state, opened, proposal)
  const moved = quirksOf(call.device).changeAfterMove ? new Set(opened.record.own.map((write) => write.id)) : new Set<string>()
  const adds = []
  const changes = []
  for (const { id, kind } of told) {
    if (kind !== 'add' && kind !== 'change') continue
    const item = items.get(id as ServerId)
    // Gone since the commit: the next round says so with a Delete, which harms nobody.
    if (item === undefined) continue
    const asChange = kind === 'change' || moved.has(id)
    const extent = kind === 'add' ? 'add' : 'change'
    const data = await rules.render(item, { extent, options, aside: aside.has(id) }, mailbox, call)
    ;(asChange ? changes : adds).push({ ServerId: id, ApplicationData: data })
  }
  const deletes = ids(told, 'delete').map((id) => ({ ServerId: id as string }))
  const softDeletes = ids(told, 'softDelete').map((id) => ({ ServerId: id as string }))
  const commands: CommandsOut = {
    ...(deletes.length === 0 ? {} : { Delete: deletes }),
    ...(softDeletes.length === 0 ? {} : { SoftDelete: softDeletes }),
    ...(changes.length === 0 ? {} : { Change: changes }),
    ...(adds.length === 0 ? {} : { Add: adds }),
  }
  // Neither an empty container nor MoreAvailable without a command: both make phones loop or crash.
  if (Object.keys(commands).length === 0) return {}
  return { Commands: commands, ...(proposal.more ? { MoreAvailable: true as const } : {}) }
}
