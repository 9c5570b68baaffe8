// One connection to one LDAP server: opened with the protection that is demanded, used until it breaks, never opened again.
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectSecure, createSecureContext, getCACertificates, type ConnectionOptions, type SecureContext } from 'node:tls'
import { Client, type Control, type Filter } from 'ldapts'
import { LdapEntry } from './entry.ts'
import { startTls } from './start-tls.ts'

/** How one server is reached. */
export interface ServerAddress {
  /** `ldaps://host:port` or `ldap://host:port`. */
  readonly url: string
  /** For `ldap://`: whether StartTLS comes before anything else. */
  readonly startTls: boolean
  /** PEM of the authority that is believed; null for those of the machine. */
  readonly ca: string | null
  readonly connectSeconds: number
  readonly answerSeconds: number
}

export interface SearchRequest {
  readonly base: string
  readonly filter: Filter
  readonly attributes: readonly string[]
  readonly scope?: 'base' | 'one' | 'sub'
  /** No more entries than these, at once; without it all, page by page, which others that do so wait for. */
  readonly limit?: number
}

const pageSize = 500

/** Nothing came back in time. */
export class AnswerTimeout extends Error {
  override readonly name = 'AnswerTimeout'
}

export class Connection {
  readonly #client: Client
  readonly #socket: Socket
  /** How many requests wait for their answer. */
  #waiting = 0
  #isRetired = false
  /** OpenLDAP reads one search page by page for each connection: another one ends the first, so they take turns. */
  #paging: Promise<void> = Promise.resolve()

  private constructor(client: Client, socket: Socket) {
    this.#client = client
    this.#socket = socket
  }

  /** Opens one; rejects when the server cannot be reached in time, or is not who it should be, and when `stop` is aborted. */
  static async open(address: ServerAddress, stop: AbortSignal): Promise<Connection> {
    const reached = await reach(address, stop)
    const isPlainYet = address.url.startsWith('ldap:') && address.startTls
    const socket = isPlainYet ? await inTime(startTls(reached, tlsOptions(address)), address.connectSeconds, reached, stop) : reached
    const milliseconds = address.answerSeconds * 1000
    // ldapts opens a broken connection again by itself, without StartTLS and without a login: it is given this one only.
    let isTaken = false
    const createConnection = () => {
      if (isTaken) throw new Error('the connection was lost')
      isTaken = true
      return socket
    }
    const { hostname, port } = new URL(address.url)
    const client = new Client({ url: `ldap://${hostname}:${port === '' ? 389 : port}`, timeout: milliseconds, createConnection })
    return new Connection(client, socket)
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && !this.#socket.readableEnded && !this.#isRetired
  }

  /** Rejects with a ResultCodeError of ldapts where the server refuses, with another error where the connection broke. */
  async bind(name: string, password: string, controls: Control[] = []): Promise<void> {
    await this.#ask(() => this.#client.bind(name, password, controls))
  }

  /** Rejects as `bind` does. Referrals are ignored. */
  search(request: SearchRequest): Promise<readonly LdapEntry[]> {
    if (request.limit !== undefined) return this.#find(request)
    const turn = this.#paging.then(() => this.#find(request))
    this.#paging = turn.then(
      () => undefined,
      () => undefined,
    )
    return turn
  }

  async #find({ base, filter, attributes, scope = 'sub', limit }: SearchRequest): Promise<readonly LdapEntry[]> {
    const { searchEntries } = await this.#ask(() =>
      this.#client.search(base, {
        scope,
        filter,
        attributes: [...attributes],
        explicitBufferAttributes: [...attributes],
        ...(limit === undefined ? { paged: { pageSize } } : { sizeLimit: limit }),
      }),
    )
    return searchEntries.map((entry) => new LdapEntry(entry))
  }

  /** Closes it once nothing waits on it. */
  retire(): void {
    this.#isRetired = true
    if (this.#waiting === 0) this.close()
  }

  close(): void {
    this.#client.unbind().catch(() => undefined)
    this.#socket.destroy()
  }

  async #ask<T>(request: () => Promise<T>): Promise<T> {
    if (this.#socket.destroyed) throw new Error('the connection was lost')
    this.#waiting++
    try {
      return await request()
    } catch (error) {
      if (error instanceof Error && error.message.endsWith('Operation timed out')) {
        this.#socket.destroy()
        throw new AnswerTimeout('no answer in time', { cause: error })
      }
      throw error
    } finally {
      this.#waiting--
      if (this.#isRetired && this.#waiting === 0) this.close()
    }
  }
}

function tlsOptions({ url, ca }: ServerAddress): ConnectionOptions {
  const host = hostOf(url)
  return { host, ...(isIP(host) === 0 ? { servername: host } : {}), ...(ca === null ? { secureContext: machineTrust() } : { ca }) }
}

let trustedHere: SecureContext | null = null

/** The runtime by itself knows public authorities alone: a company puts its own into the list of the machine. Read once, it takes a while. */
function machineTrust(): SecureContext {
  trustedHere ??= createSecureContext({ ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system')])] })
  return trustedHere
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '')
}

/** A socket that is connected, and over TLS with `ldaps://`. */
async function reach(address: ServerAddress, stop: AbortSignal): Promise<Socket> {
  const { port } = new URL(address.url)
  const isSecure = address.url.startsWith('ldaps:')
  const at = { host: hostOf(address.url), port: port === '' ? (isSecure ? 636 : 389) : Number(port) }
  const socket = isSecure ? connectSecure({ ...tlsOptions(address), ...at }) : connectPlain(at)
  // What breaks between two requests is noticed by the next one.
  socket.on('error', () => undefined)
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once(isSecure ? 'secureConnect' : 'connect', () => resolve())
  })
  await inTime(connected, address.connectSeconds, socket, stop)
  socket.setKeepAlive(true, 30_000)
  return socket
}

/** Destroys the socket where `work` fails or takes too long. */
async function inTime<T>(work: Promise<T>, seconds: number, socket: Socket, stop: AbortSignal): Promise<T> {
  const isOver = new AbortController()
  const signal = AbortSignal.any([isOver.signal, stop])
  const late = pause(seconds * 1000, undefined, { signal, ref: false }).then(() => {
    throw new AnswerTimeout('no answer in time')
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    isOver.abort()
    late.catch(() => undefined)
    work.catch(() => undefined)
  }
}
