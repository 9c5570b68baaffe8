// The servers of a directory as one: the first that answers is asked, a dead one is left alone for a while, and nothing takes for ever.
import { ResultCodeError } from 'ldapts'
import type { Control } from 'ldapts'
import type { Logger } from 'pino'
import type { Clock } from '../../model/clock.ts'
import type { Instant } from '../../model/id.ts'
import { DirectoryUnavailable } from '../directory.ts'
import { AnswerTimeout, Connection, type SearchRequest, type ServerAddress } from './connection.ts'
import type { LdapEntry } from './entry.ts'
import { Gate } from './gate.ts'

export interface ServersOptions {
  readonly addresses: readonly ServerAddress[]
  /** Who searches; null for nobody. */
  readonly credentials: { readonly user: string; readonly password: { reveal(): string } } | null
  readonly requestsMax: number
  readonly clock: Clock
  readonly log: Logger
}

interface Server {
  readonly address: ServerAddress
  /** It is not asked before. */
  restsUntil: Instant
  /** Why it rests. */
  why: unknown
}

/** How long a dead server is left alone: shorter where there is no other. */
const restSeconds = { one: 5, several: 30 }
/** Directories lock accounts, that of Easel too, for wrong passwords. */
const refusedSeconds = 120
/** What a server says that has too much to do, or is about to stop (RFC 4511 4.1.9: busy, unavailable). */
const exhausted = new Set([51, 52])
const noSuchObject = 32

export class Servers {
  readonly #options: ServersOptions
  readonly #servers: readonly Server[]
  readonly #searches: Gate
  readonly #binds: Gate
  #current: { readonly connection: Connection; readonly server: Server } | null = null
  #opening: Promise<Connection> | null = null
  readonly #stop = new AbortController()

  constructor(options: ServersOptions) {
    const { addresses, clock, requestsMax } = options
    this.#options = options
    this.#servers = addresses.map((address) => ({ address, restsUntil: 0, why: null }))
    const patience = addresses[0]?.answerSeconds ?? 1
    this.#searches = new Gate(clock, requestsMax, patience)
    this.#binds = new Gate(clock, requestsMax, patience)
  }

  /** The server that is asked now; null while none is connected. */
  get current(): string | null {
    return this.#current?.connection.isOpen === true ? this.#current.server.address.url : null
  }

  /** Rejects with DirectoryUnavailable. Whoever reads all there is goes first: that is the job that tells who is out. */
  search(request: SearchRequest): Promise<readonly LdapEntry[]> {
    const isJob = request.limit === undefined
    return this.#searches.pass(async () => {
      const connection = await this.#connected()
      try {
        return await connection.search(request)
      } catch (error) {
        if (error instanceof ResultCodeError && !exhausted.has(error.code)) throw refused(error, request.base)
        this.#broke(connection, error)
      }
      // A server may close an idle connection at any time: asked again, once, over another one.
      const again = await this.#connected()
      try {
        return await again.search(request)
      } catch (error) {
        if (error instanceof ResultCodeError) throw refused(error, request.base)
        this.#broke(again, error)
        throw unavailable(error)
      }
    }, isJob)
  }

  /** As `search`; nothing where the base is not there, or may not be seen. */
  async find(request: SearchRequest): Promise<readonly LdapEntry[]> {
    try {
      return await this.search(request)
    } catch (error) {
      const isGone = error instanceof DirectoryUnavailable && error.cause instanceof ResultCodeError && error.cause.code === noSuchObject
      if (isGone) return []
      throw error
    }
  }

  /** Logs in on a connection of its own. Rejects with a ResultCodeError where the server says no, else with DirectoryUnavailable. */
  bind(name: string, password: string, controls: Control[]): Promise<void> {
    return this.#binds.pass(async () => {
      // A server that failed rests: the second try is another's, where there is one.
      for (let tries = Math.min(2, this.#servers.length); ; tries--) {
        const { connection, server } = await this.#open()
        try {
          return await connection.bind(name, password, controls)
        } catch (error) {
          if (error instanceof ResultCodeError && !exhausted.has(error.code)) throw error
          this.#rest(server, error)
          if (tries === 1) throw unavailable(error)
        } finally {
          connection.close()
        }
      }
    })
  }

  close(): void {
    this.#stop.abort()
    this.#current?.connection.close()
    this.#current = null
  }

  /** The connection that searches. */
  #connected(): Promise<Connection> {
    const current = this.#current
    if (current?.connection.isOpen === true) {
      const better = this.#servers.slice(0, this.#servers.indexOf(current.server))
      // A server that was dead may be back: whoever asks now is not kept waiting for that.
      if (this.#opening === null && better.some(({ restsUntil }) => restsUntil <= this.#options.clock.now())) {
        this.#opening = this.#login().finally(() => (this.#opening = null))
        this.#opening.catch(() => undefined)
      }
      return Promise.resolve(current.connection)
    }
    this.#opening ??= this.#login().finally(() => (this.#opening = null))
    return this.#opening
  }

  /** Opens the connection that searches, and logs in on it; where that fails, at the next server. */
  async #login(): Promise<Connection> {
    for (let tries = this.#servers.length; ; tries--) {
      const { connection, server } = await this.#open()
      try {
        await this.#introduce(connection, server)
      } catch (error) {
        connection.close()
        if (tries === 1 || this.#stop.signal.aborted) throw unavailable(error)
        continue
      }
      this.#current?.connection.retire()
      this.#current = { connection, server }
      this.#options.log.info({ server: server.address.url }, 'connected to the directory')
      return connection
    }
  }

  /** Logs in as who searches. */
  async #introduce(connection: Connection, server: Server): Promise<void> {
    const { credentials } = this.#options
    try {
      if (credentials !== null) await connection.bind(credentials.user, credentials.password.reveal())
    } catch (error) {
      const isRefused = error instanceof ResultCodeError && !exhausted.has(error.code)
      const sentence = `${server.address.url} refuses directory.user and its password: ${firstLine(error)}`
      const why = isRefused ? new DirectoryUnavailable(sentence, { cause: error }) : error
      this.#rest(server, why, isRefused ? refusedSeconds : undefined)
      throw why
    }
    if (this.#stop.signal.aborted) throw closed()
  }

  /** Opens a connection to the first server that can be reached. */
  async #open(): Promise<{ connection: Connection; server: Server }> {
    if (this.#stop.signal.aborted) throw closed()
    let last: unknown = this.#servers.find(({ why }) => why !== null)?.why
    for (const server of this.#servers) {
      if (server.restsUntil > this.#options.clock.now()) continue
      try {
        return { connection: await Connection.open(server.address, this.#stop.signal), server }
      } catch (error) {
        if (this.#stop.signal.aborted) throw closed()
        this.#rest(server, error)
        last = error
      }
    }
    throw unavailable(last)
  }

  #broke(connection: Connection, error: unknown): void {
    connection.close()
    const current = this.#current
    if (current?.connection !== connection) return
    this.#current = null
    // One that was closed may be opened again at once; one that says nothing any more may not.
    if (error instanceof AnswerTimeout || error instanceof ResultCodeError) this.#rest(current.server, error)
  }

  #rest(server: Server, error: unknown, seconds = this.#servers.length === 1 ? restSeconds.one : restSeconds.several): void {
    server.restsUntil = this.#options.clock.now() + seconds * 1000
    server.why = error
    this.#options.log.warn({ server: server.address.url, why: firstLine(error) }, 'a server of the directory does not answer')
  }
}

const closed = () => new DirectoryUnavailable('the directory was closed')

function unavailable(error: unknown): DirectoryUnavailable {
  if (error instanceof DirectoryUnavailable) return error
  return new DirectoryUnavailable(`the directory does not answer: ${firstLine(error)}`, { cause: error })
}

function refused(error: ResultCodeError, base: string): DirectoryUnavailable {
  const why = error.code === noSuchObject ? `there is nothing at ${base} (or it may not be seen)` : firstLine(error)
  return new DirectoryUnavailable(`the directory refuses a search: ${why}`, { cause: error })
}

function firstLine(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const line = (error.message.split('\n', 1)[0] ?? '').replaceAll('\0', '').trim() || error.name
  if (error instanceof ResultCodeError) return line.replace(/^Code: 0x31$/, 'one of the two is wrong')
  return /self-signed certificate|local issuer certificate|first certificate/.test(line)
    ? `${line} (whom to believe is said by directory.ca)`
    : line
}
