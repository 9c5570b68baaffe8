// The front of the server over a real store: a listener on loopback, accounts that can log in, and a protocol the test writes.
import * as http from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Authenticator } from '../../src/auth/authenticator.ts'
import { createBasicAuthenticator } from '../../src/auth/basic.ts'
import { createFrontDesk, type FrontDesk } from '../../src/auth/front-desk.ts'
import { hashPassword } from '../../src/auth/password.ts'
import { createStorePasswords } from '../../src/auth/store-passwords.ts'
import { WipeProofs } from '../../src/auth/wipe-proofs.ts'
import type { AppPorts } from '../../src/http/app.ts'
import { InFlight } from '../../src/http/in-flight.ts'
import { startListener, type Listener, type ListenerOptions } from '../../src/http/listener.ts'
import { OwnDomains } from '../../src/http/own-domains.ts'
import { Peers } from '../../src/http/peers.ts'
import { createReadiness } from '../../src/http/readiness.ts'
import { createLog } from '../../src/log.ts'
import { noMetrics } from '../../src/metrics.ts'
import { systemClock } from '../../src/model/clock.ts'
import { Residences } from '../../src/policy/residence.ts'
import type { Answer } from '../../src/protocol/command.ts'
import { FailureBook } from '../../src/protocol/failure-book.ts'
import type { Exchange, Protocol } from '../../src/protocol/run.ts'
import { budgetsOf } from '../support/budgets.ts'
import { openStore } from '../../src/store/sql/open.ts'
import type { Store } from '../../src/store/store.ts'

export const wbxml = 'application/vnd.ms-sync.wbxml'
export const password = 'pässwörd'
export const line = 'Cmd=Sync&User=alice&DeviceId=ABC123&DeviceType=iPhone'
export const path = `/Microsoft-Server-ActiveSync?${line}`

export interface Reply {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

export interface Question {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
  /** Null for none; the account's own if left out. */
  readonly authorization?: string | null
  readonly agent?: http.Agent
}

export const basic = (user: string, secret: string, encoding: BufferEncoding = 'utf8') =>
  `Basic ${Buffer.from(`${user}:${secret}`, encoding).toString('base64')}`

export class Front {
  readonly store: Store
  readonly inFlight: InFlight
  readonly listener: Listener
  /** What the endpoint handed to the protocol. */
  readonly exchanges: Exchange[] = []
  /** What the protocol answers; set by the test. */
  serve: (exchange: Exchange) => Promise<Answer> = async () => ({ status: 200, body: null })
  readonly #lines: string[]

  private constructor(parts: { store: Store; inFlight: InFlight; listener: Listener; lines: string[] }) {
    this.store = parts.store
    this.inFlight = parts.inFlight
    this.listener = parts.listener
    this.#lines = parts.lines
  }

  static async open(options: Partial<ListenerOptions> = {}, ports: Partial<AppPorts> = {}): Promise<Front> {
    const store = await openStore({ database: { kind: 'sqlite', path: ':memory:' }, clock: systemClock })
    const passwordHash = await hashPassword(password)
    await store.accounts.create({ addresses: ['alice@example.com', 'a.liddell@example.com'], displayName: 'Alice <Liddell>', passwordHash })
    await store.accounts.create({ addresses: ['bob@example.com'], displayName: 'Bob', passwordHash })
    const lines: string[] = []
    const log = createLog({ level: 'debug', pretty: false, destination: { write: (text: string) => void lines.push(text) } })
    const inFlight = ports.inFlight ?? new InFlight(100)
    let front: Front | null = null
    const protocol: Protocol = {
      serve: async (exchange) => {
        if (front === null) throw new Error('nobody is listening yet')
        front.exchanges.push(exchange)
        return front.serve(exchange)
      },
      offer: () => ({ versions: ['12.1', '14.1', '16.1'], commands: ['Sync', 'FolderSync', 'Ping'] }),
      elsewhere: () => null,
    }
    const authenticator = createBasicAuthenticator({
      passwords: createStorePasswords(store.accounts),
      budgets: budgetsOf(systemClock, { failuresPerAddress: 3, failuresPerAccount: 3 }),
      devices: store.devices,
      wipeProofs: new WipeProofs(store.devices, systemClock),
      clock: systemClock,
      log,
      cacheMinutes: 10,
      cacheSize: 100,
      staleSeconds: 0,
    })
    const listener = await startListener(
      {
        protocol,
        desk: deskOf(authenticator),
        inFlight,
        log,
        clock: systemClock,
        realm: 'mail.example.com',
        certificates: null,
        peers: new Peers([]),
        bodyBytesMax: 4096,
        origin: () => 'https://mail.example.com',
        domains: new OwnDomains({ accounts: store.accounts, clock: systemClock, configured: [], names: ['mail.example.com'] }),
        residences: new Residences([], () => false),
        documents: [],
        metrics: noMetrics,
        failures: new FailureBook(systemClock, noMetrics),
        readiness: createReadiness({ store, clock: systemClock, isStopping: () => inFlight.stopping, certificateUntil: () => null }),
        ...ports,
      },
      { port: 0, address: '127.0.0.1', tls: null, keepAliveSeconds: 60, receiveSeconds: 60, connectionsMax: 0, ...options },
    )
    front = new Front({ store, inFlight, listener, lines })
    return front
  }

  get log(): string {
    return this.#lines.join('')
  }

  async close(): Promise<void> {
    this.inFlight.abortAll()
    this.listener.cut()
    await this.listener.close()
    await this.store.close()
  }

  request({ method = 'POST', path: where = path, headers = {}, authorization, agent }: Question = {}): http.ClientRequest {
    const login = authorization === undefined ? basic('alice@example.com', password) : authorization
    return http.request({
      port: this.listener.port,
      host: '127.0.0.1',
      method,
      path: where,
      agent: agent ?? false,
      headers: { ...(login === null ? {} : { Authorization: login }), ...headers },
    })
  }

  async ask(question: Question = {}): Promise<Reply> {
    const request = this.request(question)
    request.end(question.body)
    return replyTo(request)
  }

  /** A bare connection, for what no client library would send. */
  socket(): Socket {
    return connect(this.listener.port, '127.0.0.1')
  }
}

export function replyTo(request: http.ClientRequest): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }))
    })
  })
}

/** Everything a socket says until it is closed. */
export function everythingFrom(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
  })
}

/** Passwords of accounts, and nothing else. */
function deskOf(passwords: Authenticator): FrontDesk {
  return createFrontDesk({
    basic: passwords,
    people: passwords,
    appPasswords: passwords,
    bearer: null,
    certificate: null,
    takesBasic: true,
    invitation: null,
    log: createLog({ level: 'silent', pretty: false }),
  })
}
