// What a Sync request means: checked, merged with what the server remembers, in our own terms.
import type { CollectionOptions, Supported } from '../../../model/collection.ts'
import { defaultOptions } from '../../../model/collection.ts'
import type { Dialect } from '../../../model/dialect.ts'
import { idLengthMax, initialKey, type FolderId, type SyncKey } from '../../../model/id.ts'
import { windowSize } from '../../../sync/window.ts'
import type { Limits } from '../../limits.ts'
import { bodyPartPreference, bodyPreferences } from '../../content-options.ts'
import { Failure } from '../../error.ts'
import type { RequestCollection, RequestCommands, SyncRequest } from './schema.ts'
import { supportedOf } from './supported.ts'

/** MS-ASCMD 2.2.3.199: the most client commands in one request; more is Status 4. */
const commandsMax = 200

/** One collection as the request, or the remembered one, asks for it. */
export interface CollectionPlan {
  readonly folder: FolderId
  readonly key: SyncKey
  /** Null leaves the remembered options as they are. */
  readonly options: CollectionOptions | null
  /** Undefined: not said. */
  readonly getChanges: boolean | undefined
  readonly deletesAsMoves: boolean
  readonly windowSize: number
  readonly commands: RequestCommands | null
  /** What the first Sync of a collection says it knows; null where it says nothing. */
  readonly supported: Supported
  /** Named by this request, not taken from the remembered one. */
  readonly named: boolean
}

export interface SyncPlan {
  readonly collections: readonly CollectionPlan[]
  /** Items of the whole answer; null for no limit beyond the collections'. */
  readonly windowSize: number | null
  /** Seconds to wait for a change; null to answer at once. */
  readonly waitSeconds: number | null
}

/** What the server keeps of a request: everything but its commands. */
export interface RememberedSync {
  readonly collections: readonly Omit<CollectionPlan, 'commands' | 'named' | 'supported'>[]
  readonly windowSize: number | null
  readonly waitSeconds: number | null
}

/** MS-ASCMD 2.2.3.182 and 2.2.3.79.2: minutes or seconds, not both, within bounds that the answer names. */
function waitOf(request: SyncRequest, limits: Limits): number | null {
  const { Wait: minutes, HeartbeatInterval: seconds } = request
  if (minutes !== undefined && seconds !== undefined) throw new Failure('ProtocolError', 'both Wait and HeartbeatInterval')
  if (minutes !== undefined) {
    const min = Math.max(1, Math.ceil(limits.heartbeatSecondsMin / 60))
    const max = Math.min(59, Math.floor(limits.heartbeatSecondsMax / 60))
    if (minutes < min || minutes > max) throw new Failure('WaitOutOfRange', `Wait ${minutes}`, { Limit: minutes < min ? min : max })
    return minutes * 60
  }
  if (seconds !== undefined) {
    const { heartbeatSecondsMin: min, heartbeatSecondsMax: max } = limits
    if (seconds < min || seconds > max)
      throw new Failure('WaitOutOfRange', `HeartbeatInterval ${seconds}`, { Limit: seconds < min ? min : max })
    return seconds
  }
  return null
}

/** The options of the folder's own class; a second block for SMS is accepted and ignored. */
function optionsOf(collection: RequestCollection): CollectionOptions | null {
  const blocks = collection.Options ?? []
  const options = blocks.find((block) => block.Class !== 'SMS')
  if (options === undefined) return null
  return {
    filterType: options.FilterType ?? defaultOptions.filterType,
    conflict: options.Conflict === 0 ? 0 : 1,
    mimeSupport: options.MIMESupport === 1 ? 1 : options.MIMESupport === 2 ? 2 : 0,
    mimeTruncation: options.MIMETruncation ?? defaultOptions.mimeTruncation,
    bodyPreferences: bodyPreferences(options.BodyPreference ?? []),
    bodyPart: bodyPartPreference(options.BodyPartPreference ?? []),
    conversationMode: collection.ConversationMode ?? false,
  }
}

/** Two commands on one item: the whole request is to be sent again (Exchange answers 16). */
function checkCommands(commands: RequestCommands): void {
  const { Add = [], Change = [], Delete = [], Fetch = [] } = commands
  if (Add.length + Change.length + Delete.length + Fetch.length > commandsMax)
    throw new Failure('ProtocolError', `more than ${commandsMax} commands`)
  // Of a series every occurrence may have a command of its own.
  const ids = [...Change, ...Delete].filter((one) => one.ServerId !== '').map((one) => `${one.ServerId} ${one.InstanceId ?? ''}`)
  if (new Set(ids).size !== ids.length) throw new Failure('Retry', 'two commands on one item')
}

function planCollection(
  collection: RequestCollection,
  remembered: RememberedSync['collections'][number] | undefined,
  dialect: Dialect,
  limits: Limits,
): CollectionPlan {
  const { SyncKey, CollectionId, GetChanges, Commands } = collection
  if (SyncKey.length > idLengthMax || CollectionId.length > idLengthMax)
    throw new Failure('ProtocolError', `an id of more than ${idLengthMax} characters`)
  const key = SyncKey as SyncKey
  // MS-ASCMD 2.2.3.84: with key 0 there is nothing to get yet.
  if (key === initialKey && GetChanges === true) throw new Failure('ProtocolError', 'GetChanges with SyncKey 0')
  // Nothing can be written to a collection that is not primed, and to leave the commands out would lose them.
  if (key === initialKey && Commands !== undefined) throw new Failure('ProtocolError', 'Commands with SyncKey 0')
  if (Commands !== undefined) checkCommands(Commands)
  return {
    folder: CollectionId as FolderId,
    key,
    options: optionsOf(collection),
    getChanges: GetChanges,
    deletesAsMoves: collection.DeletesAsMoves ?? dialect.deletesAsMovesByDefault,
    windowSize:
      collection.WindowSize === undefined && remembered !== undefined
        ? remembered.windowSize
        : windowSize(collection.WindowSize, limits.windowSizeMax),
    commands: Commands ?? null,
    supported: supportedOf(collection.Supported),
    named: true,
  }
}

/**
 * Checks a request and fills it from the remembered one. Throws IncompleteRequest (13) where it needs what is not
 * remembered, ProtocolError (4), WaitOutOfRange (14), TooManyCollections (15), Retry (16).
 */
export function plan(request: SyncRequest | null, remembered: RememberedSync | null, dialect: Dialect, limits: Limits): SyncPlan {
  if (request === null) {
    if (remembered === null) throw new Failure('IncompleteRequest', 'nothing is remembered for an empty request')
    return { ...remembered, collections: remembered.collections.map((one) => ({ ...one, commands: null, supported: null, named: false })) }
  }
  const waitSeconds = waitOf(request, limits)
  const sent = request.Collections?.Collection ?? []
  const kept = new Map((remembered?.collections ?? []).map((one) => [one.folder, one]))
  const named = sent.map((collection) => planCollection(collection, kept.get(collection.CollectionId as FolderId), dialect, limits))
  if (new Set(named.map((one) => one.folder)).size !== named.length) throw new Failure('ProtocolError', 'a collection is named twice')
  let collections = named
  if (request.Partial === true) {
    if (remembered === null) throw new Failure('IncompleteRequest', 'nothing is remembered for a partial request')
    if (sent.length === 0 && waitSeconds === null && request.WindowSize === undefined)
      throw new Failure('ProtocolError', 'Partial stands alone')
    const sentFolders = new Set(named.map((one) => one.folder))
    const rest = remembered.collections
      .filter((one) => !sentFolders.has(one.folder))
      .map((one) => ({ ...one, commands: null, supported: null, named: false }))
    collections = [...named, ...rest]
  } else if (request.Collections === undefined) {
    throw new Failure('ProtocolError', 'neither Collections nor Partial')
  }
  if (collections.length > limits.collectionsMax)
    throw new Failure('TooManyCollections', `${collections.length}`, { Limit: limits.collectionsMax })
  const total = request.WindowSize === undefined ? null : windowSize(request.WindowSize, limits.windowSizeMax)
  return {
    collections,
    windowSize: total ?? (request.Partial === true ? (remembered?.windowSize ?? null) : null),
    waitSeconds: waitSeconds ?? (request.Partial === true ? (remembered?.waitSeconds ?? null) : null),
  }
}

/** What is worth remembering of a plan: nothing of a request that only primes or carries commands is lost by it. */
export function memoryOf(plan: SyncPlan): RememberedSync {
  return {
    collections: plan.collections.map(({ folder, key, options, getChanges, deletesAsMoves, windowSize: size }) => ({
      folder,
      key,
      options,
      getChanges,
      deletesAsMoves,
      windowSize: size,
    })),
    windowSize: plan.windowSize,
    waitSeconds: plan.waitSeconds,
  }
}
