// The client's commands of one collection: decoded and converted first, written inside the unit of work.
import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import type { Identity, ServerId } from '../../../model/id.ts'
import { StoreFailure } from '../../../store/failure.ts'
import type { Mailbox } from '../../../store/mailbox.ts'
import type { Unit } from '../../../store/store.ts'
import type { CollectionRecord } from '../../../store/sync-state.ts'
import type { Arbiter } from '../../../sync/arbiter.ts'
import { parseDateTime } from '../../../wbxml/scalar.ts'
import type { Deferred } from '../../../wbxml/schema.ts'
import type { ClientChange, Target } from '../../classes/class.ts'
import { plainDelete } from '../../classes/plain-delete.ts'
import { ignoredSms } from '../../classes/sms.ts'
import { Failure } from '../../error.ts'
import { optionsInForce } from './options.ts'
import type { Scene } from './scene.ts'
import type { RequestCommands, Responses } from './schema.ts'
import { itemFailure, itemStatusOf } from './statuses.ts'

/** A command about an item, or about one occurrence of it. */
interface Named {
  readonly id: string
  /** As it was sent: the answer says the same. */
  readonly instance: string | undefined
  readonly change: ClientChange | Failure
}

/** The client's commands, decoded and converted before any unit of work begins. */
export interface Prepared {
  readonly adds: readonly { readonly clientId: string; readonly itemClass: string | undefined; readonly change: ClientChange | Failure }[]
  readonly changes: readonly Named[]
  readonly deletes: readonly Named[]
  readonly fetches: readonly string[]
}

/** A draft of some pages. */
const largeBytes = 16 * 1024

const isFailure = (value: unknown): value is Failure => value instanceof Failure

/** Decodes and converts everything the client sent; what is wrong with one item stays with that item. */
export async function prepare(scene: Scene, commands: RequestCommands, record: CollectionRecord): Promise<Prepared> {
  const { call, plan, folder, rules } = scene
  const { options } = optionsInForce(record, plan)
  const attempt = async (data: Deferred | null, work: () => Promise<ClientChange>): Promise<ClientChange | Failure> => {
    // Two hundred drafts of a hundred kilobytes are converted for seconds: between them others have their turn.
    if (data !== null && 'content' in data && data.content.length > largeBytes) await turn()
    try {
      return await work()
    } catch (thrown) {
      return failureOf(thrown, scene)
    }
  }
  const adds = []
  for (const { ClientId, Class, ApplicationData } of commands.Add ?? []) {
    const identity = identityOf(scene, record.generation, ClientId)
    const change =
      ApplicationData === undefined
        ? new Failure('ItemMalformed', 'an Add without ApplicationData')
        : Class === 'SMS'
          ? ignoredSms(folder, identity)
          : await attempt(ApplicationData, () => rules.prepareAdd(ApplicationData, folder, identity, call))
    adds.push({ clientId: ClientId, itemClass: Class, change })
  }
  const changes = []
  const target = (id: string, instance: string | undefined): Target => {
    const at = instance === undefined ? null : parseDateTime(instance)
    if (instance !== undefined && at === null) throw new Failure('ItemMalformed', 'an InstanceId that is no time')
    return { id: id as ServerId, instance: at, folder, options, supported: record.supported }
  }
  for (const { ServerId, InstanceId, ApplicationData } of commands.Change ?? []) {
    if (ServerId === '') continue
    const change =
      ApplicationData === undefined
        ? new Failure('ItemMalformed', 'a Change without ApplicationData')
        : await attempt(ApplicationData, async () => rules.prepareChange(target(ServerId, InstanceId), ApplicationData, call))
    changes.push({ id: ServerId, instance: InstanceId, change })
  }
  const how = plan.deletesAsMoves ? 'trash' : 'forever'
  const deletes = []
  for (const { ServerId, InstanceId } of commands.Delete ?? []) {
    // BlackBerry sends an empty ServerId at times: there is nothing to delete and nobody to tell.
    if (ServerId === '') continue
    const change = await attempt(null, async () => {
      const meant = target(ServerId, InstanceId)
      return rules.prepareDelete === undefined ? plainDelete(meant, how) : rules.prepareDelete(meant, how, call)
    })
    deletes.push({ id: ServerId, instance: InstanceId, change })
  }
  return {
    adds,
    changes,
    deletes,
    fetches: (commands.Fetch ?? []).map((one) => one.ServerId),
  }
}

/** A ClientId is unique within one request only (iOS counts from 1), so the request's key is part of the identity. */
function identityOf(scene: Scene, generation: number, clientId: string): Identity {
  const { call, folder, plan } = scene
  const parts = [call.account.id, call.device.id, folder.id, String(generation), plan.key, clientId]
  return createHash('sha256').update(parts.join('\0')).digest('base64url') as Identity
}

function failureOf(thrown: unknown, scene: Scene): Failure {
  const failure = itemFailure(thrown)
  if (failure !== null) return failure
  // What the store cannot do concerns the whole request.
  if (thrown instanceof StoreFailure) throw thrown
  scene.call.house.log.error({ err: thrown, device: scene.call.device.id, collection: scene.folder.id }, 'a client command failed')
  return new Failure('CommandServerError')
}

/** The writes of one request inside its unit: what happened to each, for Responses. */
export async function apply(scene: Scene, prepared: Prepared, unit: Unit, mailbox: Mailbox, arbiter: Arbiter): Promise<Responses> {
  const attempt = async <T>(work: () => Promise<T>): Promise<T | Failure> => {
    try {
      return await work()
    } catch (thrown) {
      const failure = itemFailure(thrown)
      if (failure === null) throw thrown
      scene.call.trace.note('item refused', { failure: failure.failure, detail: failure.message })
      return failure
    }
  }
  const adds = []
  for (const { clientId, itemClass, change } of prepared.adds) {
    const done = isFailure(change) ? change : await attempt(() => change.apply(unit, mailbox, arbiter))
    const sms = itemClass === undefined ? {} : { Class: itemClass }
    if (isFailure(done)) adds.push({ ...sms, ClientId: clientId, Status: itemStatusOf(done) })
    else {
      const id = done.id === null ? {} : { ServerId: done.id }
      const data = done.applicationData === undefined ? {} : { ApplicationData: done.applicationData }
      adds.push({ ...sms, ClientId: clientId, ...id, Status: 1, ...data })
    }
  }
  const changes = []
  const named = ({ id, instance }: Named) => ({ ServerId: id, ...(instance === undefined ? {} : { InstanceId: instance }) })
  for (const one of prepared.changes) {
    const { change } = one
    const done = isFailure(change) ? change : await attempt(() => change.apply(unit, mailbox, arbiter))
    if (isFailure(done)) changes.push({ ...named(one), Status: itemStatusOf(done) })
    else if (done.applicationData !== undefined) changes.push({ ...named(one), Status: 1, ApplicationData: done.applicationData })
  }
  const deletes = []
  for (const one of prepared.deletes) {
    const { change } = one
    const done = isFailure(change) ? change : await attempt(() => change.apply(unit, mailbox, arbiter))
    if (isFailure(done)) deletes.push({ ...named(one), Status: itemStatusOf(done) })
  }
  return {
    ...(changes.length === 0 ? {} : { Change: changes }),
    ...(adds.length === 0 ? {} : { Add: adds }),
    ...(deletes.length === 0 ? {} : { Delete: deletes }),
  }
}

/** Whether there is anything to write. */
export function hasWrites(prepared: Prepared): boolean {
  return prepared.adds.length + prepared.changes.length + prepared.deletes.length > 0
}

/** After the commit: what the commands left to be woken. */
export function committed(prepared: Prepared): void {
  for (const { change } of [...prepared.adds, ...prepared.changes, ...prepared.deletes]) if (!isFailure(change)) change.committed?.()
}
