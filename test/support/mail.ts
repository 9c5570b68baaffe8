// Messages in a desk's mailbox, and as an answer of Sync would tell them.
import { emailDraft } from '../../src/mail/draft.ts'
import { defaultOptions, type BodyPreference, type CollectionOptions } from '../../src/model/collection.ts'
import type { MailState } from '../../src/model/email.ts'
import type { FolderId, Instant, ServerId } from '../../src/model/id.ts'
import type { ProtocolVersion } from '../../src/model/version.ts'
import type { Rendering } from '../../src/protocol/classes/class.ts'
import { MailData } from '../../src/protocol/classes/email-schema.ts'
import { renderMail } from '../../src/protocol/classes/render-mail.ts'
import { sync } from '../../src/protocol/commands/sync/sync.ts'
import { encode } from '../../src/wbxml/schema.ts'
import type { CallOptions, Desk } from './call.ts'
import { el, one, read, textAt, type Node } from './wire.ts'

export interface Put {
  readonly folder?: FolderId
  readonly state?: Partial<MailState>
  readonly received?: Instant
}

/** Stores a message; returns its id. */
export async function putMail(desk: Desk, source: string | Uint8Array, put: Put = {}): Promise<ServerId> {
  const bytes = typeof source === 'string' ? Buffer.from(source, 'utf8') : source
  const draft = emailDraft(bytes, { received: put.received ?? desk.clock.now(), read: false })
  const stored = await desk.mailbox.create(put.folder ?? desk.inbox, { ...draft, state: { ...draft.state, ...put.state } }, null)
  return stored.id
}

/** A preference for a body. */
export function prefer(type: BodyPreference['type'], rest: Partial<BodyPreference> = {}): BodyPreference {
  return { type, truncationSize: null, allOrNone: false, preview: null, ...rest }
}

export interface Shown extends Partial<CollectionOptions> {
  readonly version?: ProtocolVersion
  readonly extent?: Rendering['extent']
  readonly aside?: boolean
}

/** The ApplicationData of a message under these options. */
export async function shownMail(desk: Desk, id: ServerId, shown: Shown = {}): Promise<Node> {
  const { version = '14.1', extent = 'add', aside = false, ...options } = shown
  const call = await desk.call({ type: 'none', bytes: new Uint8Array(0) }, { version })
  const item = (await desk.mailbox.read([id])).get(id)
  if (item === undefined) throw new Error(`there is no ${id}`)
  const data = await renderMail(item, { extent, options: { ...defaultOptions, ...options }, aside }, desk.mailbox, call)
  return read(encode(MailData, data, version))
}

export interface SyncAnswer {
  /** Of the collection; '1' where it was left out. */
  readonly status: string
  /** The children of Commands and of Responses. */
  readonly commands: readonly Node[]
  readonly responses: readonly Node[]
}

/** One folder on one device, synced by the command itself. */
export class FolderSync {
  key = '0'
  readonly #desk: Desk
  readonly #folder: FolderId
  readonly #options: CallOptions
  /** The Options element, sent with every request. */
  options: Node | null = null

  constructor(desk: Desk, folder: FolderId, options: CallOptions = {}) {
    this.#desk = desk
    this.#folder = folder
    this.#options = options
  }

  /** Primes where needed, then sends these commands. The key moves on unless `lost`: then the phone never heard the answer. */
  async sync(commands: readonly Node[] = [], { lost = false, getChanges = true } = {}): Promise<SyncAnswer> {
    if (this.key === '0') await this.#send([], false, true)
    return this.#send(commands, lost, getChanges)
  }

  /** Takes over everything the folder holds. */
  async fill(): Promise<this> {
    while ((await this.sync()).commands.length > 0);
    return this
  }

  async #send(commands: readonly Node[], lost: boolean, getChanges: boolean): Promise<SyncAnswer> {
    const collection = el('AirSync:Collection', [
      el('AirSync:SyncKey', this.key),
      el('AirSync:CollectionId', this.#folder),
      getChanges ? null : el('AirSync:GetChanges', '0'),
      this.options,
      commands.length === 0 ? null : el('AirSync:Commands', commands),
    ])
    const served = await this.#desk.serve(sync, el('AirSync:Sync', [el('AirSync:Collections', [collection])]), this.#options)
    const answer = one(served.node, 'Collections/Collection')
    if (!lost) this.key = textAt(answer, 'SyncKey') ?? this.key
    return {
      status: textAt(answer, 'Status') ?? textAt(served.node, 'Status') ?? '1',
      commands: one(answer, 'Commands')?.children ?? [],
      responses: one(answer, 'Responses')?.children ?? [],
    }
  }
}

/** A client's Add. */
export function addOf(clientId: string, properties: readonly Node[], itemClass?: string): Node {
  const named = itemClass === undefined ? null : el('AirSync:Class', itemClass)
  return el('AirSync:Add', [named, el('AirSync:ClientId', clientId), el('AirSync:ApplicationData', properties)])
}

/** A client's Change. */
export function changeOf(id: string, properties: readonly Node[]): Node {
  return el('AirSync:Change', [el('AirSync:ServerId', id), el('AirSync:ApplicationData', properties)])
}
