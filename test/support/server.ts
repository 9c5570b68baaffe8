// The production server on a temporary folder, with a clock that stands still: what tests knock at.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import { loadConfig } from '../../src/config.ts'
import { createDelivery, type Delivered } from '../../src/mail/delivery.ts'
import type { Account } from '../../src/model/account.ts'
import type { StaffRole } from '../../src/model/actor.ts'
import type { DeviceId } from '../../src/model/id.ts'
import type { RunningServer } from '../../src/server/running-server.ts'
import { startServer } from '../../src/server.ts'
import type { AccountChange } from '../../src/store/accounts.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import type { Mailbox } from '../../src/store/mailbox.ts'
import { VirtualClock } from './clock.ts'
import { Browser } from './console.ts'
import { message } from './message.ts'
import { Phone, type PhoneOptions } from './phone.ts'
import { quickHash } from './quick-hash.ts'

/** Every test account has this password: one derivation serves them all. */
export const password = 'correct horse battery staple'
const hash = quickHash(password)
const log = pino({ level: process.env['EASEL_TEST_LOG'] ?? 'silent' })

export interface TestServerOptions {
  readonly accounts?: readonly string[]
  /** `EASEL_*` variables over those of a test. */
  readonly environment?: Readonly<Record<string, string>>
  /** HTTPS with the server's own authority, in place of plain HTTP on loopback. */
  readonly secure?: boolean
  /** The administrators' console as well, over TLS where the phones' listener is: see `support/console.ts`. */
  readonly console?: boolean
  readonly clock?: VirtualClock
  /** A configuration file, for what no variable holds. */
  readonly file?: string
}

export interface BrowserOptions {
  /** Another listener than the console's: the users' page stands where phones come in. */
  readonly url?: string
  /** Sent with everything. */
  readonly headers?: Readonly<Record<string, string>>
}

export class TestServer {
  readonly clock: VirtualClock
  readonly data: string
  readonly #environment: Readonly<Record<string, string>>
  readonly #secure: boolean
  #running: RunningServer
  readonly #phones: Phone[] = []

  private constructor(
    clock: VirtualClock,
    data: string,
    environment: Readonly<Record<string, string>>,
    secure: boolean,
    running: RunningServer,
  ) {
    this.clock = clock
    this.data = data
    this.#environment = environment
    this.#secure = secure
    this.#running = running
  }

  static async start(options: TestServerOptions): Promise<TestServer> {
    const data = mkdtempSync(join(tmpdir(), 'easel-'))
    const clock = options.clock ?? new VirtualClock()
    const secure = options.secure ?? false
    const environment = {
      EASEL_DATA: data,
      EASEL_DEMO: '0',
      EASEL_HTTPS_PORT: secure ? '0' : 'off',
      EASEL_HTTPS_ADDRESS: '127.0.0.1',
      EASEL_LMTP_PORT: 'off',
      EASEL_ADMIN_PORT: options.console === true ? '0' : 'off',
      EASEL_ADMIN_TLS: secure ? '1' : '0',
      ...(secure ? {} : { EASEL_HTTP_PORT: '0' }),
      ...options.environment,
    }
    if (options.file !== undefined) Object.assign(environment, { EASEL_CONFIG: options.file })
    const running = await TestServer.#boot(environment, clock)
    const server = new TestServer(clock, data, environment, secure, running)
    for (const address of options.accounts ?? ['alice@example.test']) await server.account(address)
    return server
  }

  static #boot(environment: Readonly<Record<string, string>>, clock: VirtualClock): Promise<RunningServer> {
    const config = loadConfig({ file: null, environment, directory: environment['EASEL_DATA'] ?? '' })
    return startServer(config, { log, clock, machine: ['localhost', '127.0.0.1'] })
  }

  get running(): RunningServer {
    return this.#running
  }

  get store(): RunningServer['store'] {
    return this.#running.store
  }

  get url(): string {
    const { https, http } = this.#running.ports
    return this.#secure ? `https://localhost:${https ?? 0}` : `http://127.0.0.1:${http ?? 0}`
  }

  /** Where the console is; only with `console`. */
  get consoleUrl(): string {
    const { admin } = this.#running.ports
    if (admin === null) throw new Error('this server was started without its console')
    return this.#secure ? `https://localhost:${admin}` : `http://localhost:${admin}`
  }

  /** Makes a local administrator, with the password of all. */
  async administrator(name: string, role: StaffRole): Promise<void> {
    await this.store.administrators.add({ name, role, passwordHash: hash, at: this.clock.now() })
  }

  /** A browser that nobody has logged in with. */
  browser(options: BrowserOptions = {}): Browser {
    return new Browser(options.url ?? this.consoleUrl, this.ca ?? null, options.headers)
  }

  get ca(): string | undefined {
    return this.#running.authority?.certificate
  }

  /** Makes an account; its name is the local part. */
  async account(address: string, change: AccountChange = {}): Promise<Account> {
    const name = address.split('@')[0] ?? address
    const displayName = name.charAt(0).toUpperCase() + name.slice(1)
    const account = await this.store.accounts.create({ addresses: [address], displayName, passwordHash: hash })
    return Object.keys(change).length === 0 ? account : this.store.accounts.change(account.id, change)
  }

  async accountOf(address: string): Promise<Account> {
    const account = await this.store.accounts.byAddress(address)
    if (account === null) throw new Error(`no account ${address}`)
    return account
  }

  async mailbox(address: string): Promise<Mailbox> {
    return this.store.mailbox((await this.accountOf(address)).id)
  }

  /** Mail arrives, the way LMTP hands it in. */
  async deliver(address: string, source: string = message()): Promise<Delivered | undefined> {
    const meetings = { tentative: true, zoneOf: () => 'Europe/Berlin' as ZoneId }
    const delivery = createDelivery({ store: this.store, clock: this.clock, log, meetings })
    const result = await delivery.deliver(Buffer.from(source), [address], {
      returnPath: 'bob@example.test',
      identity: null,
      received: null,
    })
    return result.get(address)
  }

  /** A phone that has its account set up. */
  async phone(address: string, options: Partial<PhoneOptions> = {}): Promise<Phone> {
    const phone = await Phone.enrol(this.#phoneOptions(address, options))
    this.#phones.push(phone)
    return phone
  }

  /** A phone fresh out of the box. */
  bare(address: string, options: Partial<PhoneOptions> = {}): Phone {
    const phone = new Phone(this.#phoneOptions(address, options))
    this.#phones.push(phone)
    return phone
  }

  #phoneOptions(address: string, options: Partial<PhoneOptions>): PhoneOptions {
    const { ca } = this
    // Without a while between them, a phone that loses one reply after another runs into the guard against loops and never out again.
    const pause = async () => this.clock.advance(10)
    return { url: this.url, ...(this.#secure && ca !== undefined ? { ca } : {}), address, password, pause, ...options }
  }

  /** Resolves once the device's request is parked: stand here before the clock moves. */
  async parked(address: string, deviceId: string): Promise<void> {
    const account = await this.accountOf(address)
    while (!this.#running.parking.isParked(account.id, deviceId as DeviceId)) await turn()
  }

  /** Stops and starts over the same folder, on the same port; `between` is done while nothing runs. */
  async restart(between: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    const { http, https, admin } = this.#running.ports
    await this.#running.close()
    await between()
    const port = this.#secure ? { EASEL_HTTPS_PORT: String(https) } : { EASEL_HTTP_PORT: String(http) }
    const desk = admin === null ? {} : { EASEL_ADMIN_PORT: String(admin) }
    this.#running = await TestServer.#boot({ ...this.#environment, ...port, ...desk }, this.clock)
  }

  /** Rejects if a phone was told what no phone can stand. */
  async close(): Promise<void> {
    for (const phone of this.#phones) phone.close()
    await this.#running.close()
    rmSync(this.data, { recursive: true })
    const violations = this.#phones.flatMap((phone) => phone.violations)
    if (violations.length > 0) throw new Error(`no phone can stand this: ${violations.join('; ')}`)
  }
}

/** Starts a server with these accounts (Alice, if none is named). */
export function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  return TestServer.start(options)
}
