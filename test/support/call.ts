// Commands served without HTTP: a house over a real store, and calls as the endpoint would hand them over.
import { randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import { verifyPassword } from '../../src/auth/password.ts'
import { createChains } from '../../src/auth/chain/chain.ts'
import { createMailTrust } from '../../src/auth/mail-trust.ts'
import type { AddressBook } from '../../src/directory/directory.ts'
import { createStaticDirectory } from '../../src/directory/static.ts'
import { createLog } from '../../src/log.ts'
import { noMetrics } from '../../src/metrics.ts'
import type { Account } from '../../src/model/account.ts'
import type { Clock } from '../../src/model/clock.ts'
import { dialects } from '../../src/model/dialect.ts'
import type { DeviceId } from '../../src/model/id.ts'
import { Residences } from '../../src/policy/residence.ts'
import type { ProtocolVersion } from '../../src/model/version.ts'
import { openAccessBook } from '../../src/policy/access-book.ts'
import { createVault } from '../../src/auth/vault.ts'
import { createDevicePasswords } from '../../src/policy/device-passwords.ts'
import { createPolicyEngine } from '../../src/policy/policy-engine.ts'
import { createWipeDesk } from '../../src/policy/wipe-desk.ts'
import type { Answer, Call, House, RequestBody, RequestLine, Trace } from '../../src/protocol/command.ts'
import type { Limits } from '../../src/protocol/limits.ts'
import type { Command } from '../../src/protocol/define.ts'
import { FailureBook } from '../../src/protocol/failure-book.ts'
import { LookUps } from '../../src/protocol/look-ups.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import type { Store } from '../../src/store/store.ts'
import { AlarmBook } from '../../src/sync/alarms.ts'
import { Heartbeats } from '../../src/sync/heartbeat.ts'
import { Pace } from '../../src/sync/pace.ts'
import { QuietLooks } from '../../src/sync/quiet.ts'
import { createParking } from '../../src/sync/park.ts'
import { noPolicy } from './admin.ts'
import { openShelf, type Shelf } from './shelf.ts'
import type { Answered } from './validate.ts'
import { read, write, type Node } from './wire.ts'

export interface CallOptions {
  readonly version?: ProtocolVersion
  readonly device?: string
  readonly deviceType?: string
  readonly account?: Account
  /** What the request line says beside the command. */
  readonly line?: Partial<RequestLine>
  /** How the body came; WBXML if it is a document, nothing if it is missing. */
  readonly type?: RequestBody['type']
}

export interface Served {
  readonly status: number
  readonly type: string | null
  /** Null for a bare answer. */
  readonly bytes: Buffer | null
  /** The document, if the answer is one. */
  readonly node: Node | null
}

/** A desk at which commands are served. */
export interface Desk extends Shelf {
  readonly house: House
  /** Every line of the log so far. */
  readonly logged: string[]
  /** What traces noted, newest last. */
  readonly notes: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[]
  /** Every document that was answered, for the schemas. */
  readonly answered: Answered[]
  /** How often the outbound queue was woken. */
  kicks(): number
  call(body: RequestBody, options?: CallOptions): Promise<Call>
  serve(command: Command, body: Node | Uint8Array | string | null, options?: CallOptions): Promise<Served>
}

const testLimits: Limits = {
  windowSizeMax: 512,
  collectionsMax: 300,
  pingFoldersMax: 300,
  heartbeatSecondsMin: 60,
  heartbeatSecondsMax: 3540,
  answerBytesMax: 16 << 20,
  messageBytesMax: 32 << 20,
  recipientsMax: 500,
  addressBookPerMinute: 1000,
  syncSeconds: 20,
}

function accountsBook({ accounts }: Store, clock: Clock): AddressBook {
  const rules = { lettersMin: 2, foundMax: 100, separateDomains: false }
  return createStaticDirectory({ accounts, clock, rules, verify: verifyPassword })
}

async function gather(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer> {
  if (content instanceof Uint8Array) return Buffer.from(content)
  const pieces: Uint8Array[] = []
  for await (const piece of content) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function servedOf(answer: Answer): Promise<Served> {
  if (answer.body === null) return { status: answer.status, type: null, bytes: null, node: null }
  const bytes = await gather(answer.body.content)
  const { type, bytes: announced } = answer.body
  if (announced !== undefined && announced !== bytes.length) throw new Error(`announced ${announced} bytes, sent ${bytes.length}`)
  return { status: answer.status, type, bytes, node: type === 'application/vnd.ms-sync.wbxml' ? read(bytes) : null }
}

function bodyOf(body: Node | Uint8Array | string | null, type: CallOptions['type']): RequestBody {
  if (body === null) return { type: type ?? 'none', bytes: new Uint8Array(0) }
  if (typeof body === 'string') return { type: type ?? 'rfc822', bytes: Buffer.from(body, 'utf8') }
  return { type: type ?? 'wbxml', bytes: body instanceof Uint8Array ? body : write(body) }
}

/** Opens a desk over a store of its own; close it afterwards. Without a `directory` its accounts are the address book. */
export async function openDesk(limits: Partial<Limits> = {}, directory: AddressBook | null = null): Promise<Desk> {
  const shelf = await openShelf()
  const { store, clock } = shelf
  const logged: string[] = []
  const notes: Desk['notes'] = []
  const answered: Answered[] = []
  let kicks = 0
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      logged.push(String(chunk))
      done()
    },
  })
  const log = createLog({ level: 'trace', pretty: false, destination })
  const trace: Trace = { on: false, note: (event, fields = {}) => void notes.push({ event, fields }), document: () => undefined }
  const house: House = {
    policy: createPolicyEngine({ store, book: { policyFor: () => noPolicy }, random: (bytes) => randomBytes(bytes) }),
    access: await openAccessBook(store.access),
    wipes: createWipeDesk({ store, now: () => clock.now(), verifierDays: 90 }),
    devicePasswords: createDevicePasswords(store, createVault(new Uint8Array(32)), () => clock.now()),
    quarantine: { admit: () => Promise.resolve() },
    traces: { of: () => trace },
    failures: new FailureBook(clock, noMetrics),
    metrics: noMetrics,
    parking: createParking(store.notifier, clock, 0),
    heartbeats: new Heartbeats(),
    pace: new Pace(new AlarmBook({ clock, log, metrics: noMetrics })),
    quietLooks: new QuietLooks(),
    store,
    directory: directory ?? accountsBook(store, clock),
    mailTrust: createMailTrust({ chains: createChains(clock, null), own: [], publicRoots: () => [] }),
    residences: new Residences([], () => false),
    lookUps: new LookUps(clock, limits.addressBookPerMinute ?? testLimits.addressBookPerMinute),
    clock,
    log,
    limits: { ...testLimits, ...limits },
    zoneOf: ({ timeZone }) => timeZone ?? ('Europe/Berlin' as ZoneId),
    outsideAnswers: 'everybody',
    freeBusy: 'everybody',
    submitter: { kick: () => void kicks++ },
  }

  async function call(body: RequestBody, options: CallOptions = {}): Promise<Call> {
    const { version = '14.1', device: id = 'phone', deviceType = 'iPhone', account = shelf.account } = options
    const at = clock.now()
    const sighting = { type: deviceType, userAgent: null, version, address: null, at }
    const device = await store.devices.enrol(account.id, id as DeviceId, sighting)
    const line: RequestLine = {
      version,
      command: null,
      device: device.id,
      deviceType,
      user: account.address,
      policyKey: null,
      locale: null,
      saveInSent: false,
      acceptMultiPart: false,
      attachmentName: null,
      collectionId: null,
      itemId: null,
      longId: null,
      occurrence: null,
      ...options.line,
    }
    const signal = new AbortController().signal
    return {
      line,
      principal: { account, method: 'basic', verifier: null, reach: 'everything' },
      account,
      device,
      dialect: dialects[version],
      body,
      house,
      trace,
      wipe: null,
      signal,
      rest: (sleep) => sleep(),
    }
  }

  return {
    ...shelf,
    house,
    logged,
    notes,
    answered,
    kicks: () => kicks,
    call,
    serve: async (command, body, options = {}) => {
      const { version = '14.1' } = options
      const prepared = await call(bodyOf(body, options.type), { ...options, line: { command: command.name, ...options.line } })
      const refused = command.speaks(version) ? null : new Error(`${command.name} is not spoken at ${version}`)
      if (refused !== null) throw refused
      const served = await servedOf(await command.serve(prepared))
      if (served.node !== null && served.bytes !== null) answered.push({ command: command.name, version, bytes: served.bytes })
      return served
    },
  }
}
