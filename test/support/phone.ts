// A simulated phone: it speaks the protocol through the server's door, keeps what a phone keeps, and complains like one.
import { randomUUID } from 'node:crypto'
import * as http from 'node:http'
import * as https from 'node:https'
import { gunzipSync } from 'node:zlib'
import { isSince, type ProtocolVersion } from '../../src/model/version.ts'
import { commandCodes, type CommandName } from '../../src/protocol/command.ts'
import { tagNamed } from '../../src/wbxml/pages.ts'
import { collect } from './answers.ts'
import { addRecord, changeRecord, classOf, clear, deleteRecord, lay, type Done } from './phone-records.ts'
import { dice, firstSeed } from './random.ts'
import { all, el, one, read, show, textAt, walk, write, type Node } from './wire.ts'

export interface PhoneOptions {
  /** `https://localhost:port` or `http://…`. */
  readonly url: string
  readonly ca?: string
  readonly address: string
  /** Null sends no Authorization header. */
  readonly password: string | null
  /** What it shows at the handshake. PEM. */
  readonly certificate?: { readonly key: string; readonly cert: string }
  readonly version?: string
  readonly deviceId?: string
  readonly deviceType?: string
  readonly userAgent?: string
  /** The address it comes from, where that matters: any of 127.0.0.0/8. */
  readonly localAddress?: string
  readonly query?: 'plain' | 'base64'
  /** A number in [0, 1): the dice for lost replies. */
  readonly random?: () => number
  /** What passes before a lost reply is asked for again. */
  readonly pause?: () => Promise<void>
}

export interface Reply {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly bytes: Buffer
  /** The document, if the answer is one. */
  readonly node: Node | null
}

export interface PhoneFolder {
  readonly id: string
  readonly parent: string
  readonly name: string
  readonly type: number
}

/** An item as the phone shows it: the elements of its ApplicationData by name. */
export interface PhoneItem {
  readonly id: string
  readonly properties: Map<string, string>
  readonly nodes: Map<string, Node>
}

export interface PhoneCollection {
  key: string
  supported?: readonly string[]
  readonly items: Map<string, PhoneItem>
}

/** The server answered, but the phone never heard it. */
export class ReplyLost extends Error {}

export interface SyncOptions {
  readonly window?: number
  readonly filter?: number
  readonly getChanges?: boolean
  readonly deletesAsMoves?: boolean
  readonly conflict?: 0 | 1
  readonly mimeSupport?: number
  /** What the first Sync of the folder says it knows (`Page:Element`); remembered for when it starts anew. */
  readonly supported?: readonly string[]
  readonly body?: readonly {
    readonly type: number
    readonly truncation?: number
    readonly allOrNone?: boolean
    readonly preview?: number
  }[]
  readonly commands?: readonly Node[]
  readonly waitMinutes?: number
  readonly heartbeat?: number
}

/** What differs from how a phone sends a command. */
export interface PostOptions {
  readonly parameters?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly type?: string
  /** Another key than the phone's own; null sends none. */
  readonly policyKey?: number | null
  readonly signal?: AbortSignal
}

/** An item whose answer is lost more often is set aside as one that the phone cannot take. */
const lostInARowMax = 5

export interface Synced {
  readonly reply: Reply
  readonly more: boolean
  /** Status of the collection; 1 where it was left out of the answer. */
  readonly status: number
  readonly collection: Node | null
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly deleted: readonly string[]
  readonly softDeleted: readonly string[]
}

export class Phone {
  readonly options: Required<Omit<PhoneOptions, 'ca' | 'certificate' | 'localAddress' | 'random' | 'pause'>> &
    Pick<PhoneOptions, 'ca' | 'certificate'>
  readonly folders = new Map<string, PhoneFolder>()
  readonly collections = new Map<string, PhoneCollection>()
  /** What no server may do to a phone. A test asserts that this stays empty. */
  readonly violations: string[] = []
  /** How often a key was refused: each time a phone downloads a folder again. */
  resets = 0
  folderKey = '0'
  policyKey = 0
  commands: readonly string[] = []
  /** What a directive of the server made it erase. */
  erased: 'device' | 'account' | null = null
  versions: readonly string[] = []
  readonly #agent: http.Agent
  readonly #random: () => number
  readonly #pause: () => Promise<void>
  #loss = 0
  #lostInARow = 0
  #clientIds = 0

  constructor(options: PhoneOptions) {
    this.options = {
      version: '16.1',
      deviceId: randomUUID().replaceAll('-', '').toUpperCase(),
      deviceType: 'iPhone',
      userAgent: 'Apple-iPhone15C2/2105.219',
      query: 'plain',
      ...options,
    }
    this.#random = options.random ?? dice(firstSeed).next
    this.#pause = options.pause ?? (() => Promise.resolve())
    const { localAddress } = options
    const settings = { keepAlive: true, maxSockets: 4, ...(localAddress === undefined ? {} : { localAddress }) }
    this.#agent = options.url.startsWith('https:')
      ? new https.Agent({ ...settings, ...options.certificate, ...(options.ca === undefined ? {} : { ca: options.ca }) })
      : new http.Agent(settings)
  }

  /** Sets an account up the way a phone does: OPTIONS, FolderSync, Provision where asked, FolderSync. */
  static async enrol(options: PhoneOptions): Promise<Phone> {
    const phone = new Phone(options)
    await phone.hello()
    if ((await phone.folderSync()) !== 1) throw new Error('the phone could not be set up')
    return phone
  }

  /** Drops this share of the replies from now on: the server acted, the phone does not know. */
  losing(share: number): void {
    this.#loss = share
  }

  close(): void {
    this.#agent.destroy()
  }

  get version(): string {
    return this.options.version
  }

  get authorization(): string {
    return `Basic ${Buffer.from(`${this.options.address}:${this.options.password ?? ''}`).toString('base64')}`
  }

  get #credentials(): Record<string, string> {
    return this.options.password === null ? {} : { Authorization: this.authorization }
  }

  /** The query of a command, plain or base64 (MS-ASHTTP 2.2.1.1.1.1). */
  query(command: string, parameters: Readonly<Record<string, string>> = {}): string {
    const { address, deviceId, deviceType, query, version } = this.options
    if (query === 'plain') {
      const fields = { User: address, DeviceId: deviceId, DeviceType: deviceType, Cmd: command, ...parameters }
      return new URLSearchParams(fields).toString()
    }
    const sized = (bytes: Buffer) => Buffer.concat([Buffer.from([bytes.length]), bytes])
    const id = /^[0-9A-F]{32}$/.test(deviceId) ? Buffer.from(deviceId, 'hex') : Buffer.from(deviceId)
    const key = Buffer.alloc(5)
    key[0] = 4
    key.writeUInt32LE(this.policyKey, 1)
    const tags: Record<string, number> = { AttachmentName: 0, CollectionId: 1, ItemId: 3, LongId: 4 }
    const { SaveInSent, AcceptMultiPart, ...texts } = parameters
    const options = Buffer.from([7, 1, (SaveInSent === 'T' ? 1 : 0) | (AcceptMultiPart === 'T' ? 2 : 0)])
    const extra = [
      options,
      ...Object.entries(texts).map(([name, value]) => Buffer.concat([Buffer.from([tags[name] ?? 8]), sized(Buffer.from(value))])),
    ]
    const head = Buffer.from([Math.round(Number(version) * 10), commandCodes[command as CommandName], 0x09, 0x04])
    return Buffer.concat([head, sized(id), key, sized(Buffer.from(deviceType)), ...extra]).toString('base64')
  }

  /** One exchange. Rejects with ReplyLost where the dice say so, after the server has answered. */
  async send(
    method: string,
    path: string,
    body: Buffer | null,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Reply> {
    const reply = await this.#exchange(method, path, body, headers, signal)
    const isLost = this.#lostInARow < lostInARowMax && this.#loss > 0 && this.#random() < this.#loss
    this.#lostInARow = isLost ? this.#lostInARow + 1 : 0
    if (isLost) throw new ReplyLost(path)
    return reply
  }

  #exchange(
    method: string,
    path: string,
    body: Buffer | null,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Reply> {
    const client = this.options.url.startsWith('https:') ? https : http
    return new Promise<Reply>((resolve, reject) => {
      const request = client.request(
        `${this.options.url}${path}`,
        { method, agent: this.#agent, headers, ...(signal === undefined ? {} : { signal }) },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const raw = Buffer.concat(chunks)
            const bytes = response.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
            const isDocument = String(response.headers['content-type']).includes('ms-sync.wbxml') && bytes.length > 0
            resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, node: isDocument ? read(bytes) : null })
          })
        },
      )
      request.on('error', (error: NodeJS.ErrnoException) => {
        // A kept connection that the server closed meanwhile: every client opens another one.
        if (request.reusedSocket && error.code === 'ECONNRESET') resolve(this.#exchange(method, path, body, headers, signal))
        else reject(error)
      })
      request.end(body ?? undefined)
    })
  }

  /** A command as this phone sends it. */
  async post(command: string, body: Node | Buffer | null, extra: PostOptions = {}): Promise<Reply> {
    const bytes = body === null || Buffer.isBuffer(body) ? body : write(body)
    // AOSP leaves the key out of a Ping, and of nothing else.
    const { policyKey = command === 'Ping' ? null : this.policyKey } = extra
    const headers: Record<string, string> = {
      ...this.#credentials,
      'User-Agent': this.options.userAgent,
      'Accept-Encoding': 'gzip, deflate',
      ...(this.options.query === 'plain' ? { 'MS-ASProtocolVersion': this.version } : {}),
      ...(this.options.query === 'plain' && policyKey !== null ? { 'X-MS-PolicyKey': String(policyKey) } : {}),
      ...(bytes === null ? {} : { 'Content-Type': extra.type ?? 'application/vnd.ms-sync.wbxml', 'Content-Length': String(bytes.length) }),
      ...extra.headers,
    }
    const reply = await this.send(
      'POST',
      `/Microsoft-Server-ActiveSync?${this.query(command, extra.parameters)}`,
      bytes,
      headers,
      extra.signal,
    )
    this.#check(command, reply)
    return reply
  }

  /** What iOS and others cannot stand in any answer. */
  #check(command: string, reply: Reply): void {
    if (reply.bytes.length === 0 && reply.status === 200) {
      if (reply.headers['content-type'] !== undefined) this.violations.push(`${command}: an empty answer with a Content-Type`)
      if (reply.headers['content-encoding'] !== undefined) this.violations.push(`${command}: an empty answer with a Content-Encoding`)
    }
    if (reply.headers['ms-server-activesync'] === undefined) this.violations.push(`${command}: no MS-Server-ActiveSync`)
    if (reply.node === null) return
    collect({ command, version: this.version, bytes: reply.bytes }, reply.node)
    for (const node of walk(reply.node)) {
      const bare = node.children.length === 0 && node.value === null
      if (bare && /:(Responses|Commands|Collections)$/.test(node.name)) this.violations.push(`${command}: an empty ${node.name}`)
      const since = tagNamed(node.name)?.since ?? '16.1'
      if (!isSince(this.version as ProtocolVersion, since)) this.violations.push(`${command}: ${node.name}, which came with ${since}`)
    }
  }

  /** OPTIONS: learns versions and commands. */
  async hello(): Promise<Reply> {
    const reply = await this.send('OPTIONS', '/Microsoft-Server-ActiveSync', null, {
      ...this.#credentials,
      'User-Agent': this.options.userAgent,
    })
    this.versions = String(reply.headers['ms-asprotocolversions'] ?? '').split(',')
    this.commands = String(reply.headers['ms-asprotocolcommands'] ?? '').split(',')
    return reply
  }

  get #tellsDevice(): boolean {
    return Number(this.version) >= 14.1
  }

  deviceInformation(): Node {
    return el('Settings:DeviceInformation', [
      el('Settings:Set', [
        el('Settings:Model', 'iPhone15C2'),
        el('Settings:OS', 'iOS 17.4 21E219'),
        el('Settings:UserAgent', 'iOS/17.4 (21E219) dataaccessd/1.0'),
        el('Settings:FriendlyName', 'iPhone 15'),
        el('Settings:OSLanguage', 'en'),
      ]),
    ])
  }

  /** Both phases of Provision; returns the Status of the second. */
  async provision(acknowledgement = 1): Promise<string | null> {
    const policy = (children: Node[]) =>
      el('Provision:Policies', [el('Provision:Policy', [el('Provision:PolicyType', 'MS-EAS-Provisioning-WBXML'), ...children])])
    this.policyKey = 0
    const first = await this.post('Provision', el('Provision:Provision', [this.#tellsDevice && this.deviceInformation(), policy([])]))
    const temporary = textAt(first.node, 'Policies/Policy/PolicyKey')
    if (temporary === null) return textAt(first.node, 'Status')
    this.policyKey = Number(temporary)
    const second = await this.post(
      'Provision',
      el('Provision:Provision', [policy([el('Provision:PolicyKey', temporary), el('Provision:Status', acknowledgement)])]),
    )
    const key = textAt(second.node, 'Policies/Policy/PolicyKey')
    if (key !== null) this.policyKey = Number(key)
    return textAt(second.node, 'Policies/Policy/Status') ?? textAt(second.node, 'Status')
  }

  /**
   * Asks for orders, and obeys: a directive to wipe is acknowledged with `status`, as the phone's kind does it. `bare`: iOS 5 puts a
   * Policy with nothing but a Status in front. Returns the answer to the acknowledgement; null if there was no directive.
   */
  async obey({ status = 1, bare = false }: { status?: number; bare?: boolean } = {}): Promise<Reply | null> {
    const first = await this.post('Provision', el('Provision:Provision'))
    const scope = one(first.node, 'RemoteWipe') !== null ? 'device' : one(first.node, 'AccountOnlyRemoteWipe') !== null ? 'account' : null
    if (scope === null) return null
    const reply = await this.post('Provision', this.wiped(scope, status, bare))
    if (status === 1) this.erased = scope
    return reply
  }

  /** The acknowledgement of a wipe. */
  wiped(scope: 'device' | 'account', status: number, bare = false): Node {
    const policy = el('Provision:Policies', [el('Provision:Policy', [el('Provision:Status', 1)])])
    const name = scope === 'device' ? 'Provision:RemoteWipe' : 'Provision:AccountOnlyRemoteWipe'
    return el('Provision:Provision', [bare && policy, el(name, [el('Provision:Status', status)])])
  }

  /** FolderSync, provisioning first where the server asks for it. Returns the Status; -1 where HTTP refused. */
  async folderSync(): Promise<number> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const reply = await this.post('FolderSync', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', this.folderKey)]))
      const status = Number(textAt(reply.node, 'Status') ?? -1)
      if (reply.status === 449 || (status >= 141 && status <= 144)) {
        if ((await this.provision()) !== '1') return status
        continue
      }
      if (status === 9) {
        this.folderKey = '0'
        continue
      }
      if (status === 1) this.#takeFolders(reply.node)
      return status
    }
    return -1
  }

  #takeFolders(node: Node | null): void {
    if (this.folderKey === '0') this.folders.clear()
    this.folderKey = textAt(node, 'SyncKey') ?? this.folderKey
    const folder = (change: Node): PhoneFolder => ({
      id: textAt(change, 'ServerId') ?? '',
      parent: textAt(change, 'ParentId') ?? '0',
      name: textAt(change, 'DisplayName') ?? '',
      type: Number(textAt(change, 'Type')),
    })
    const count = Number(textAt(node, 'Changes/Count') ?? 0)
    const changes = (one(node, 'Changes')?.children ?? []).filter((child) => !child.name.endsWith(':Count'))
    if (changes.length !== count) this.violations.push(`FolderSync: Count ${count}, but ${changes.length} changes`)
    for (const change of changes) {
      const taken = folder(change)
      if (change.name.endsWith(':Delete')) {
        if (!this.folders.delete(taken.id)) this.violations.push(`FolderSync: Delete of a folder the phone does not have (${taken.id})`)
        this.collections.delete(taken.id)
        continue
      }
      if (change.name.endsWith(':Add') && this.folders.has(taken.id))
        this.violations.push(`FolderSync: Add of a folder the phone has (${taken.id})`)
      if (change.name.endsWith(':Add') && taken.parent !== '0' && !this.folders.has(taken.parent))
        this.violations.push(`FolderSync: ${taken.id} before its parent ${taken.parent}`)
      this.folders.set(taken.id, taken)
    }
    // An Update may name a parent whose Add follows: the schema has the Updates first.
    for (const { id, parent } of this.folders.values())
      if (parent !== '0' && !this.folders.has(parent)) this.violations.push(`FolderSync: ${id} without its parent ${parent}`)
  }

  /** A folder by name or id. */
  folder(name: string): PhoneFolder {
    const found = this.folders.get(name) ?? [...this.folders.values()].find((folder) => folder.name === name)
    if (found === undefined) throw new Error(`the phone has no folder ${name}`)
    return found
  }

  /** What the phone holds of a folder. */
  collection(name: string): PhoneCollection {
    const { id } = this.folder(name)
    let collection = this.collections.get(id)
    if (collection === undefined) this.collections.set(id, (collection = { key: '0', items: new Map() }))
    return collection
  }

  items(name: string): PhoneItem[] {
    return [...this.collection(name).items.values()]
  }

  /** The items by subject. */
  mail(name: string, subject: string): PhoneItem {
    const found = this.items(name).find((item) => item.properties.get('Email:Subject') === subject)
    if (found === undefined)
      throw new Error(
        `no message “${subject}” among ${this.items(name)
          .map((item) => item.properties.get('Email:Subject'))
          .join(', ')}`,
      )
    return found
  }

  collectionNode(name: string, options: SyncOptions = {}): Node {
    const collection = this.collection(name)
    const { key } = collection
    const primes = key === '0'
    if (options.supported !== undefined) collection.supported = options.supported
    const { supported } = collection
    const asks =
      options.filter !== undefined || options.body !== undefined || options.conflict !== undefined || options.mimeSupport !== undefined
    return el('AirSync:Collection', [
      el('AirSync:SyncKey', key),
      el('AirSync:CollectionId', this.folder(name).id),
      primes &&
        supported !== undefined &&
        el(
          'AirSync:Supported',
          supported.map((element) => el(element)),
        ),
      options.deletesAsMoves !== undefined && el('AirSync:DeletesAsMoves', options.deletesAsMoves ? '1' : '0'),
      !primes && options.getChanges !== undefined && el('AirSync:GetChanges', options.getChanges ? '1' : '0'),
      options.window !== undefined && el('AirSync:WindowSize', options.window),
      asks &&
        el('AirSync:Options', [
          options.filter !== undefined && el('AirSync:FilterType', options.filter),
          options.conflict !== undefined && el('AirSync:Conflict', options.conflict),
          options.mimeSupport !== undefined && el('AirSync:MIMESupport', options.mimeSupport),
          ...(options.body ?? []).map((body) =>
            el('AirSyncBase:BodyPreference', [
              el('AirSyncBase:Type', body.type),
              body.truncation !== undefined && el('AirSyncBase:TruncationSize', body.truncation),
              body.allOrNone === true && el('AirSyncBase:AllOrNone', '1'),
              body.preview !== undefined && el('AirSyncBase:Preview', body.preview),
            ]),
          ),
        ]),
      options.commands !== undefined && options.commands.length > 0 && el('AirSync:Commands', options.commands),
    ])
  }

  /** One Sync of one folder, primed first where needed. A lost reply is asked for again, as phones do. */
  async sync(name: string, options: SyncOptions = {}): Promise<Synced> {
    if (this.collection(name).key === '0') await this.#retrying(async () => this.#syncOnce(name, { ...options, commands: [] }))
    return this.#retrying(() => this.#syncOnce(name, options))
  }

  async #retrying<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work()
      } catch (thrown) {
        if (!(thrown instanceof ReplyLost) || attempt > 50) throw thrown
        await this.#pause()
      }
    }
  }

  async #syncOnce(name: string, options: SyncOptions): Promise<Synced> {
    const body = el('AirSync:Sync', [
      el('AirSync:Collections', [this.collectionNode(name, options)]),
      options.waitMinutes !== undefined && el('AirSync:Wait', options.waitMinutes),
      options.heartbeat !== undefined && el('AirSync:HeartbeatInterval', options.heartbeat),
    ])
    return this.takeSync(name, await this.post('Sync', body))
  }

  /** Two requests with one key in flight, as iOS does when it is opened: both are served, the phone hears one of them. */
  async burst(name: string, options: SyncOptions = {}): Promise<Synced> {
    if (this.collection(name).key === '0') return this.sync(name, options)
    const body = el('AirSync:Sync', [el('AirSync:Collections', [this.collectionNode(name, options)])])
    const replies = await Promise.allSettled([this.post('Sync', body), this.post('Sync', body)])
    const heard = replies.flatMap((reply) => (reply.status === 'fulfilled' ? [reply.value] : []))
    const reply = heard[this.#random() < 0.5 ? 0 : heard.length - 1]
    return reply === undefined ? this.sync(name, options) : this.takeSync(name, reply)
  }

  /** Takes what an answer says of one folder. */
  takeSync(name: string, reply: Reply): Synced {
    const { id } = this.folder(name)
    const none = { added: [], changed: [], deleted: [], softDeleted: [] }
    if (reply.status !== 200) return { reply, more: false, status: -reply.status, collection: null, ...none }
    const root = textAt(reply.node, 'Status')
    if (root !== null && root !== '1') return { reply, more: false, status: Number(root), collection: null, ...none }
    const found = all(reply.node, 'Collections/Collection').find((node) => textAt(node, 'CollectionId') === id) ?? null
    if (found === null) return { reply, more: false, status: 1, collection: null, ...none }
    const status = Number(textAt(found, 'Status'))
    const collection = this.collection(name)
    if (status === 3) {
      this.resets++
      collection.key = '0'
      collection.items.clear()
    }
    if (status !== 1) return { reply, more: false, status, collection: found, ...none }
    collection.key = textAt(found, 'SyncKey') ?? collection.key
    const isMail = classOf(this.folder(name).type) === 'Email'
    takeIds(collection, found)
    return {
      reply,
      status,
      collection: found,
      more: one(found, 'MoreAvailable') !== null,
      ...this.#takeCommands(collection, found, isMail),
    }
  }

  #takeCommands(collection: PhoneCollection, found: Node, isMail: boolean): Pick<Synced, 'added' | 'changed' | 'deleted' | 'softDeleted'> {
    const took = { added: [] as string[], changed: [] as string[], deleted: [] as string[], softDeleted: [] as string[] }
    const commands = one(found, 'Commands')?.children ?? []
    if (one(found, 'MoreAvailable') !== null && commands.length === 0) this.violations.push('Sync: MoreAvailable without a command')
    for (const command of commands) {
      const id = textAt(command, 'ServerId') ?? ''
      const kind = command.name.split(':')[1]
      if (kind === 'Add') {
        if (collection.items.has(id)) this.violations.push(`Sync: Add of an item the phone has (${id})`)
        collection.items.set(id, { id, properties: new Map(), nodes: new Map() })
        took.added.push(id)
      } else if (kind === 'Change') {
        if (!collection.items.has(id)) this.violations.push(`Sync: Change of an item the phone does not have (${id})`)
        took.changed.push(id)
      } else {
        if (!collection.items.delete(id)) this.violations.push(`Sync: ${kind} of an item the phone does not have (${id})`)
        ;(kind === 'Delete' ? took.deleted : took.softDeleted).push(id)
      }
      const item = collection.items.get(id)
      if (item === undefined) continue
      // A message changes by single elements; whatever else is told, is told whole.
      if (!isMail) clear(item)
      lay(item, one(command, 'ApplicationData')?.children ?? [])
    }
    return took
  }

  /** Syncs until nothing more waits. Returns how many rounds it took. */
  async syncAll(name: string, options: SyncOptions = {}): Promise<number> {
    for (let rounds = 1; rounds < 2000; rounds++) {
      const synced = await this.sync(name, options)
      if (synced.status === 3) continue
      if (synced.status !== 1) throw new Error(`Sync of ${name}: Status ${synced.status}\n${show(synced.reply.node)}`)
      if (!synced.more) return rounds
    }
    throw new Error(`Sync of ${name} never ends`)
  }

  /** A Ping over these folders; `null` sends no body. Resolves when the server answers. */
  async ping(
    names: readonly string[] | null,
    heartbeat = 480,
    signal?: AbortSignal,
  ): Promise<{ status: number; folders: string[]; reply: Reply }> {
    const folders = names
      ?.map((name) => this.folder(name))
      .map(({ id, type }) => el('Ping:Folder', [el('Ping:Id', id), el('Ping:Class', classOf(type))]))
    const body = folders === undefined ? null : el('Ping:Ping', [el('Ping:HeartbeatInterval', heartbeat), el('Ping:Folders', folders)])
    const reply = await this.post('Ping', body, signal === undefined ? {} : { signal })
    const told = all(reply.node, 'Folders/Folder').map((node) => String(node.value))
    return { status: Number(textAt(reply.node, 'Status') ?? -1), folders: told.map((id) => this.folders.get(id)?.name ?? id), reply }
  }

  /** Marks a message read or unread, here and in the next Sync of its folder, which this sends. */
  async mark(name: string, id: string, isRead: boolean): Promise<Synced> {
    this.collection(name)
      .items.get(id)
      ?.properties.set('Email:Read', isRead ? '1' : '0')
    return this.sync(name, { commands: [change(id, [el('Email:Read', isRead ? '1' : '0')])] })
  }

  /** Sets or clears a message's flag, here and on the server. */
  async flag(name: string, id: string, flag: Node): Promise<Synced> {
    this.collection(name).items.get(id)?.nodes.set('Email:Flag', flag)
    return this.sync(name, { commands: [change(id, [flag])] })
  }

  /** Writes a draft (16.x). */
  async draft(subject: string): Promise<Synced> {
    const body = el('AirSyncBase:Body', [el('AirSyncBase:Type', 1), el('AirSyncBase:Data', 'Later.')])
    return (await this.add('Drafts', [el('Email:To', 'bob@example.test'), el('Email:Subject', subject), body])).synced
  }

  /** Makes an item of any class, here and on the server. */
  add(folder: string, nodes: readonly Node[], options: SyncOptions = {}): Promise<Done> {
    return addRecord(this, folder, String(++this.#clientIds), nodes, options)
  }

  /** Changes an item of any class, or one occurrence: see `changeRecord`. */
  change(folder: string, id: string, nodes: readonly Node[], options: Parameters<typeof changeRecord>[4] = {}): Promise<Done> {
    return changeRecord(this, folder, id, nodes, options)
  }

  /** Deletes an item of any class, or one occurrence. */
  delete(folder: string, id: string, options: Parameters<typeof deleteRecord>[3] = {}): Promise<Done> {
    return deleteRecord(this, folder, id, options)
  }

  /** Deletes messages, here and on the server. */
  async remove(name: string, ids: readonly string[], deletesAsMoves = true): Promise<Synced> {
    for (const id of ids) this.collection(name).items.delete(id)
    return this.sync(name, { deletesAsMoves, commands: ids.map((id) => el('AirSync:Delete', [el('AirSync:ServerId', id)])) })
  }

  /** MoveItems; the phone's own copy goes with it when the server says so. */
  async move(from: string, ids: readonly string[], to: string): Promise<{ status: number; id: string | null }[]> {
    const moves = ids.map((id) =>
      el('Move:Move', [el('Move:SrcMsgId', id), el('Move:SrcFldId', this.folder(from).id), el('Move:DstFldId', this.folder(to).id)]),
    )
    const reply = await this.#retrying(() => this.post('MoveItems', el('Move:MoveItems', moves)))
    return all(reply.node, 'Response').map((node) => ({ status: Number(textAt(node, 'Status')), id: textAt(node, 'DstMsgId') }))
  }

  /** Sends mail the way this version does. */
  async sendMail(mime: string, options: { clientId?: string; save?: boolean } = {}): Promise<Reply> {
    const { clientId = randomUUID().toUpperCase(), save = true } = options
    if (Number(this.version) < 14) {
      return this.post('SendMail', Buffer.from(mime), { type: 'message/rfc822', parameters: save ? { SaveInSent: 'T' } : {} })
    }
    return this.post(
      'SendMail',
      el('ComposeMail:SendMail', [
        el('ComposeMail:ClientId', clientId),
        save && el('ComposeMail:SaveInSentItems'),
        el('ComposeMail:Mime', Buffer.from(mime)),
      ]),
    )
  }

  /** SmartReply or SmartForward of an item. */
  async smart(
    command: 'SmartReply' | 'SmartForward',
    folder: string,
    item: string,
    mime: string,
    options: { clientId?: string; save?: boolean; replaceMime?: boolean } = {},
  ): Promise<Reply> {
    const { clientId = randomUUID().toUpperCase(), save = true, replaceMime = false } = options
    const { id } = this.folder(folder)
    if (Number(this.version) < 14) {
      const parameters = { CollectionId: id, ItemId: item, ...(save ? { SaveInSent: 'T' } : {}) }
      return this.post(command, Buffer.from(mime), { type: 'message/rfc822', parameters })
    }
    return this.post(
      command,
      el(`ComposeMail:${command}`, [
        el('ComposeMail:ClientId', clientId),
        save && el('ComposeMail:SaveInSentItems'),
        replaceMime && el('ComposeMail:ReplaceMime'),
        el('ComposeMail:Source', [el('ComposeMail:FolderId', id), el('ComposeMail:ItemId', item)]),
        el('ComposeMail:Mime', Buffer.from(mime)),
      ]),
    )
  }
}

/** The ids of what the phone added: a Change in the same answer may speak of them. */
function takeIds({ items }: PhoneCollection, found: Node): void {
  for (const add of all(found, 'Responses/Add')) {
    const id = textAt(add, 'ServerId')
    if (id !== null && textAt(add, 'Class') !== 'SMS' && !items.has(id)) items.set(id, { id, properties: new Map(), nodes: new Map() })
  }
}

/** A client's Change of an item. */
export function change(id: string, properties: readonly Node[]): Node {
  return el('AirSync:Change', [el('AirSync:ServerId', id), el('AirSync:ApplicationData', properties)])
}
