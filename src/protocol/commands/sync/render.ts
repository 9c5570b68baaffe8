// What a round tells, rendered: items become ApplicationData after the commit, outside any unit of work.
import type { CollectionOptions } from '../../../model/collection.ts'
import { parseServerId, type ServerId } from '../../../model/id.ts'
import type { Item } from '../../../model/item.ts'
import type { Mailbox } from '../../../store/mailbox.ts'
import type { SyncState } from '../../../store/sync-state.ts'
import type { Opened } from '../../../sync/collection.ts'
import type { Proposal, Told } from '../../../sync/round.ts'
import type { Bound } from '../../../wbxml/schema.ts'
import { quirksOf } from '../../quirks.ts'
import type { Scene } from './scene.ts'
import type { CommandsOut, ResponseCollection, Responses } from './schema.ts'
import { itemStatuses } from './statuses.ts'

/** After so many repeats of one key the window shrinks to one item (`shrinkAfter`), and after so many that item is set aside. */
const asideAfter = 7

interface Rendered {
  readonly ServerId: string
  readonly ApplicationData: Bound
}

function ids(told: readonly Told[], ...kinds: Told['kind'][]): ServerId[] {
  return told.filter((one) => kinds.includes(one.kind)).map((one) => one.id as ServerId)
}

/** Answers the client's Fetches, each with its own Status. What would make the answer too large is asked for again (16). */
export async function fetch(
  scene: Scene,
  mailbox: Mailbox,
  wanted: readonly string[],
  options: CollectionOptions,
): Promise<NonNullable<Responses['Fetch']>> {
  const own = wanted.filter((id) => parseServerId(id)?.folder === scene.folder.id) as ServerId[]
  const items = own.length === 0 ? new Map<ServerId, Item>() : await mailbox.read(own)
  const answers = []
  let bytes = 0
  for (const id of wanted) {
    const item = items.get(id as ServerId)
    // Deleted Items hold what is no mail, and no phone sees.
    if (item === undefined || item.content.class !== scene.rules.class) answers.push({ ServerId: id, Status: itemStatuses.ObjectNotFound })
    else if (bytes > scene.call.house.limits.answerBytesMax) answers.push({ ServerId: id, Status: itemStatuses.Retry })
    else {
      bytes += item.bytes
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

/** Renders a committed proposal. */
export async function render(
  scene: Scene,
  mailbox: Mailbox,
  state: SyncState,
  opened: Opened,
  proposal: Proposal,
  options: CollectionOptions,
): Promise<Pick<ResponseCollection, 'Commands' | 'MoreAvailable'>> {
  const { call, folder, rules } = scene
  const { told } = proposal
  const items = await mailbox.items(folder.id, rules.class).read(ids(told, 'add', 'change'))
  const aside = items.size === 0 ? new Set<string>() : await asideOf(scene, state, opened, proposal)
  const moved = quirksOf(call.device).changeAfterMove ? new Set(opened.record.own.map((write) => write.id)) : new Set<string>()
  const adds: Rendered[] = []
  const changes: Rendered[] = []
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
