// One collection of a Sync: acknowledge, apply, propose, commit, render; in that order.
import { defaultOptions, type CollectionOptions } from '../../../model/collection.ts'
import { initialKey, type SyncKey } from '../../../model/id.ts'
import type { Mailbox } from '../../../store/mailbox.ts'
import type { SyncState } from '../../../store/sync-state.ts'
import { Arbiter } from '../../../sync/arbiter.ts'
import { ledgerOf, open, positionOf, prime, UnknownKey, type Opened } from '../../../sync/collection.ts'
import { commit } from '../../../sync/commit.ts'
import type { Ledger } from '../../../sync/ledger.ts'
import type { Turn } from '../../../sync/circle.ts'
import { propose, type Proposal, type Subject } from '../../../sync/round.ts'
import { cutOf, type Budget } from '../../../sync/window.ts'
import { rulesOf, shownClass } from '../../classes/index.ts'
import type { Call } from '../../command.ts'
import { Failure } from '../../error.ts'
import { refusedKey } from '../../refused-key.ts'
import { apply, committed, hasWrites, prepare } from './client-commands.ts'
import { optionsInForce } from './options.ts'
import { fetch, render } from './render.ts'
import type { CollectionPlan } from './request.ts'
import type { Remaining, Scene } from './scene.ts'
import type { RequestCommands, ResponseCollection, Responses } from './schema.ts'

/** How often a request opens the collection again because another one committed first. */
const attemptsMax = 8
/** After so many repeats of one key the window shrinks to one item. */
const shrinkAfter = 4

/** A collection's part of the answer; null where it has nothing to say and is left out. */
export type CollectionAnswer = ResponseCollection | null

/**
 * Serves one collection. Throws HierarchyChanged where the folder is gone, InvalidSyncKey, Retry; whatever concerns one item stands
 * in the answer's Responses.
 */
export async function serveCollection(plan: CollectionPlan, call: Call, remaining: Remaining, turns: Turn[]): Promise<CollectionAnswer> {
  const { house, account, device } = call
  const mailbox = await house.store.mailbox(account.id)
  if (await isKnownQuiet(plan, call, mailbox)) return null
  const folder = await mailbox.folder(plan.folder)
  const itemClass = folder === null ? null : shownClass(folder.type, call.dialect)
  const rules = itemClass === null ? null : rulesOf(itemClass)
  // MS-ASCMD 2.2.3.177.17: 12 sends the phone to FolderSync; one that ignores it loses nothing.
  if (folder === null || rules === null) throw new Failure('HierarchyChanged', 'the folder is gone')
  if (plan.options !== null && !rules.filterTypes.includes(plan.options.filterType)) {
    throw new Failure('ProtocolError', `FilterType ${plan.options.filterType} of ${rules.class}`)
  }
  if (plan.key === initialKey && plan.supported !== null && rules.refusesSupported === true)
    throw new Failure('ProtocolError', `Supported of ${rules.class}`)
  const scene: Scene = { call, plan, folder, rules, remaining, turns }
  if (plan.key === initialKey) {
    const state = await house.store.syncState(account.id, device.id)
    const key = await prime(state, folder.id, plan.options ?? defaultOptions, plan.supported, house.clock.now())
    call.trace.note('primed', { collection: folder.id })
    turns.push({ circle: 'fresh', subject: folder.id })
    return frame(scene, key)
  }
  return plan.commands === null ? serveWithoutCommands(scene, mailbox) : serveWithCommands(scene, mailbox, plan.commands)
}

function frame(scene: Scene, key: SyncKey): ResponseCollection {
  return { Class: scene.rules.class, SyncKey: key, CollectionId: scene.folder.id, Status: 1 }
}

/**
 * Whether the last look at this collection told nothing and all stands as it did: nothing arrives, nothing is pending, nothing new is
 * asked, nothing moved in the mailbox. Phones that pull ask this over and over.
 */
async function isKnownQuiet(plan: CollectionPlan, call: Call, mailbox: Mailbox): Promise<boolean> {
  if (plan.commands !== null || plan.key === initialKey || !wantsChanges(plan)) return false
  const { store, clock, quietLooks } = call.house
  const state = await store.syncState(call.account.id, call.device.id)
  const { generations, modseq } = await state.glance(plan.folder)
  const record = generations.find((one) => one.acknowledged === plan.key)
  if (record === undefined || record.pending.length > 0 || optionsInForce(record, plan).changed !== undefined) return false
  return quietLooks.has(mailbox.id, record, modseq, cutOf(record.options.filterType, clock.now()))
}

async function openByKey(state: SyncState, scene: Scene): Promise<Opened> {
  try {
    return await open(state, scene.folder.id, scene.plan.key, scene.call.house.clock.now())
  } catch (thrown) {
    if (!(thrown instanceof UnknownKey)) throw thrown
    throw await refusedKey(thrown, scene.call, scene.folder.id)
  }
}

/** Whether the answer may carry changes of the server (MS-ASCMD 2.2.3.84: true when missing, unless only Fetches came). */
function wantsChanges(plan: CollectionPlan): boolean {
  if (plan.getChanges !== undefined) return plan.getChanges
  const { commands } = plan
  if (commands === null) return true
  const writes = (commands.Add?.length ?? 0) + (commands.Change?.length ?? 0) + (commands.Delete?.length ?? 0)
  return writes > 0 || (commands.Fetch?.length ?? 0) === 0
}

async function look(
  scene: Scene,
  mailbox: Mailbox,
  opened: Opened,
  ledger: Ledger,
  options: CollectionOptions,
  made: ReadonlySet<string> = new Set(),
): Promise<Proposal> {
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
    modseq: () => mailbox.modseq(),
    feed: mailbox.items(folder.id, rules.class),
    ledger,
    position: positionOf(opened),
    cut: cutOf(options.filterType, clock.now()),
    clock,
    made,
  }
  return propose(subject, budget)
}

async function serveWithoutCommands(scene: Scene, mailbox: Mailbox): Promise<CollectionAnswer> {
  const { call, plan } = scene
  const { store, clock, quietLooks } = call.house
  const state = await store.syncState(call.account.id, call.device.id)
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const opened = await openByKey(state, scene)
    // A remembered key whose answer has not come back is no ground to stand on (13).
    if (!plan.named && opened.arrived === null && opened.record.pending.length > 0)
      throw new Failure('IncompleteRequest', 'an unacknowledged round')
    const { options, changed } = optionsInForce(opened.record, plan)
    const modseq = await mailbox.modseq()
    const proposal = wantsChanges(plan) ? await look(scene, mailbox, opened, ledgerOf(opened), options) : null
    if (proposal !== null && proposal.told.length === 0) quietLooks.remember(mailbox.id, opened.record, modseq, proposal.position.cut)
    const key = await commit(opened, { proposal, arbiter: null, ...(changed === undefined ? {} : { options: changed }) }, clock)
    if (key === null) continue
    noteTurn(scene, opened)
    if (proposal === null || proposal.told.length === 0) return null
    note(scene, opened, proposal)
    return { ...frame(scene, key), ...(await render(scene, mailbox, state, opened, proposal, options)) }
  }
  throw new Failure('Retry', 'other requests were faster')
}

async function serveWithCommands(scene: Scene, mailbox: Mailbox, commands: RequestCommands): Promise<CollectionAnswer> {
  const { call, plan } = scene
  const { store, clock } = call.house
  const reading = await store.syncState(call.account.id, call.device.id)
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const first = await openByKey(reading, scene)
    const prepared = await prepare(scene, commands, first.record)
    const writes = hasWrites(prepared)
    const done = await store
      .unit(async (unit) => {
        const state = await unit.syncState(call.account.id, call.device.id)
        const inside = await unit.mailbox(call.account.id)
        const opened = await openByKey(state, scene)
        if (opened.record.generation !== first.record.generation) return null
        const ledger = ledgerOf(opened)
        const arbiter = new Arbiter(opened, ledger)
        const responses = await apply(scene, prepared, unit, inside, arbiter)
        const { options, changed } = optionsInForce(opened.record, plan)
        const proposal = wantsChanges(plan) ? await look(scene, inside, opened, ledger, options, arbiter.made) : null
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
    committed(prepared)
    const { key, proposal, options, opened } = done
    noteTurn(scene, opened)
    const tells = proposal !== null && proposal.told.length > 0
    if (tells) note(scene, opened, proposal)
    const rendered = tells ? await render(scene, mailbox, reading, opened, proposal, options) : {}
    const fetched = await fetch(scene, mailbox, prepared.fetches, options)
    const responses: Responses = { ...done.responses, ...(fetched.length === 0 ? {} : { Fetch: fetched }) }
    return { ...frame(scene, key), ...rendered, ...(Object.keys(responses).length === 0 ? {} : { Responses: responses }) }
  }
  throw new Failure('Retry', 'other requests were faster')
}

class LostRace extends Error {}

/** A round that was fetched before is a turn of a circle; an acknowledgement leads out of it. */
function noteTurn({ call, folder, turns }: Scene, { arrived, record }: Opened): void {
  const turn: Turn = { circle: 'repeat', subject: folder.id }
  if (arrived !== null) call.house.pace.forget(call.account.id, call.device.id, turn)
  else if (record.pending.length > 0) turns.push(turn)
}

function note(scene: Scene, opened: Opened, proposal: Proposal): void {
  const { call, folder, remaining } = scene
  remaining.items -= proposal.told.length
  remaining.bytes -= proposal.bytes
  call.house.metrics.round(proposal.told)
  call.trace.note('round', { collection: folder.id, told: proposal.told.length, more: proposal.more, retries: opened.record.retries })
}
