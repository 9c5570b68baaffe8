// The endpoint: one HTTP request in, the protocol's answer out.
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Principal } from '../model/account.ts'
import { endpointPath, type Answer, type RequestLine } from '../protocol/command.ts'
import type { Protocol } from '../protocol/run.ts'
import { bodyBytesOf, bodyOf, ClientGone, readBody } from './body.ts'
import { acceptsGzip, compress, isCompressible } from './compression.ts'
import { admit, busy, type Gate, type Refused } from './credentials.ts'
import type { Flight, InFlight } from './in-flight.ts'
import { Offers } from './offers.ts'
import { plainAddress, type Peers } from './peers.ts'
import { deviceOf } from './query.ts'
import { requestLine } from './request-line.ts'
import { begin, Tally, type Asked, type TallyPorts, type Visit } from './tally.ts'
import { troubleAnswer } from './trouble.ts'

export interface EndpointPorts extends Gate, TallyPorts {
  readonly protocol: Protocol
  readonly peers: Peers
  readonly inFlight: InFlight
  readonly log: Logger
  readonly bodyBytesMax: number
}

const allowed = 'OPTIONS, POST'
/** Real ones are below 200; it is kept in the device's record, and rules are held against it with every request. */
const userAgentLengthMax = 1024

/**
 * Without MS-Server-ActiveSync on every answer an iPhone loops. Clients compare its value with the versions of Exchange,
 * so it is one of those.
 */
const everyAnswer = { 'MS-Server-ActiveSync': '15.1', 'Cache-Control': 'private' } as const

/** Mounts the endpoint. The path matches in any letter case, with or without a slash at its end. */
export function mountEndpoint(app: FastifyInstance, ports: EndpointPorts): void {
  const endpoint = new Endpoint(ports)
  app.post(endpointPath, (request, reply) => endpoint.post(request, reply))
  app.options(endpointPath, (request, reply) => endpoint.options(request, reply))
  app.route({
    method: ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH'],
    url: endpointPath,
    handler: (_request, reply) => reply.code(405).headers(everyAnswer).header('Allow', allowed).send(),
  })
}

class Endpoint {
  readonly #ports: EndpointPorts
  readonly #offers = new Offers()
  readonly #tally: Tally

  constructor(ports: EndpointPorts) {
    this.#ports = ports
    this.#tally = new Tally(ports)
  }

  /** MS-ASHTTP 2.2.3. The query, if there is any, is no request line: some clients leave out Cmd. */
  options(request: FastifyRequest, reply: FastifyReply): void {
    const { log } = this.#ports
    const visit = begin(reply)
    this.#admit(request, deviceOf(queryOf(request))).then(
      (admission) => {
        if ('refused' in admission) return this.#refuse(visit, admission.refused, 'OPTIONS')
        const elsewhere = this.#ports.protocol.elsewhere(admission.principal)
        if (elsewhere !== null) return this.#refuse(visit, { headers: {}, ...elsewhere }, 'OPTIONS')
        const headers = this.#offers.headers(this.#ports.protocol, admission.principal)
        this.#tally.answered(visit, 'OPTIONS', { status: 200 })
        log.info({ account: admission.principal.account.id, address: plainAddress(request.ip) }, 'OPTIONS')
        // Nine goes beyond 12.1 only where it sees the header that IIS adds.
        reply.code(200).headers(everyAnswer).headers(headers)
        reply.headers({ Public: 'OPTIONS,POST', Allow: 'OPTIONS,POST', 'X-AspNet-Version': '4.0.30319' }).send()
      },
      (error: unknown) => this.#fail(visit, error, 'OPTIONS'),
    )
  }

  /**
   * MS-ASHTTP 2.2.1. A parked request is held by this chain of promises alone: the body and the exchange belong to the
   * protocol, which drops them before it waits.
   */
  post(request: FastifyRequest, reply: FastifyReply): void {
    const visit = begin(reply)
    if (this.#ports.inFlight.stopping) return this.#refuse(visit, closing(busy(5)), null)
    let line: RequestLine
    try {
      line = requestLine(queryOf(request), request.headers)
    } catch (error) {
      // Nobody learns more than that credentials are wanted; the rest is between us and the phone.
      this.#admit(request, null).then(
        (admission) => ('refused' in admission ? this.#refuse(visit, admission.refused, null) : this.#fail(visit, error, null)),
        (failure: unknown) => this.#fail(visit, failure, null),
      )
      return
    }
    this.#admit(request, line.device).then(
      (admission) => {
        if ('refused' in admission) return this.#refuse(visit, admission.refused, line)
        return this.#carry(request, visit, line, admission.principal)
      },
      (error: unknown) => this.#fail(visit, error, line),
    )
  }

  #admit(request: FastifyRequest, device: string | null) {
    if (this.#ports.peers.cameInTheClear(request.raw)) {
      this.#ports.log.warn(
        { address: plainAddress(request.ip) },
        'a phone reached the proxy in plain HTTP: its password is no secret any more',
      )
      return Promise.resolve({ refused: { status: 403, headers: {} } })
    }
    return admit(this.#ports, request.raw, { address: plainAddress(request.ip), device, forWipe: true })
  }

  #carry(request: FastifyRequest, visit: Visit, line: RequestLine, principal: Principal): void {
    const { inFlight, protocol, certificates, bodyBytesMax } = this.#ports
    const flight = inFlight.begin(principal.account.id)
    if (flight === null) {
      const detail = 'the account has as many requests under way as it may'
      this.#tally.failed(line, principal, { failure: 'TooManyRequests', status: 503, detail })
      return this.#refuse(visit, busy(30), line)
    }
    if (request.headers['content-encoding'] !== undefined && request.headers['content-encoding'] !== 'identity') {
      flight.land()
      const refused = closing({ status: 415, headers: {} })
      this.#tally.failed(line, principal, { ...refused, failure: 'UnsupportedMediaType', detail: 'the body is compressed' })
      return this.#refuse(visit, refused, line)
    }
    const { raw } = visit.reply
    // The connection may have closed while the credentials were looked at.
    if (raw.destroyed) return flight.land()
    raw.once('close', () => {
      if (!raw.writableEnded) flight.abandon()
      // Not before: what a slow reader has not taken yet still lies here.
      flight.land()
    })
    if (principal.reach === 'everything') certificates?.hold(request.raw, raw)
    // Only what the answer needs stays behind: the exchange, with the body, lives in the first two steps.
    const gzip = acceptsGzip(request.headers['accept-encoding'])
    readBody(request.raw, raw, { bytesMax: bodyBytesOf(line.command, bodyBytesMax), room: flight.room })
      .then((bytes) => flight.turn().then(() => bytes))
      .then((bytes) =>
        protocol.serve({
          line,
          principal,
          body: bodyOf(request.headers['content-type'], bytes),
          address: plainAddress(request.ip),
          userAgent: request.headers['user-agent']?.slice(0, userAgentLengthMax) ?? null,
          signal: flight.signal,
          rest: flight.rest,
        }),
      )
      .then((answer) => {
        if (isGone(flight)) throw new ClientGone('the connection closed while the answer was made')
        return this.#send(visit, answer, gzip, line, principal, flight)
      })
      .catch((error: unknown) => this.#failUnlessGone(visit, error, line, principal, flight))
  }

  async #send(visit: Visit, answer: Answer, gzip: boolean, line: RequestLine, principal: Principal, flight: Flight): Promise<void> {
    const { protocol, inFlight, log } = this.#ports
    const { reply } = visit
    const { status, body } = answer
    reply.code(status).headers(everyAnswer).headers(this.#offers.headers(protocol, principal))
    if (answer.headers !== undefined) reply.headers(answer.headers)
    if (inFlight.stopping) reply.header('Connection', 'close')
    const seconds = this.#tally.answered(visit, line, answer, flight.restedSeconds())
    log.info(
      {
        account: principal.account.id,
        device: line.device,
        command: line.command,
        version: line.version,
        status,
        ms: Math.round(seconds * 1000),
      },
      'answered',
    )
    // Nothing is nothing: no Content-Type and no compression, or iOS 6 waits for what never comes.
    if (body === null || (body.content instanceof Uint8Array && body.content.length === 0)) {
      reply.send()
      return
    }
    reply.header('Content-Type', body.type)
    if (body.content instanceof Uint8Array) {
      const packed = gzip && isCompressible(body.type) ? await compress(body.content) : null
      if (packed !== null) reply.header('Content-Encoding', 'gzip')
      reply.send(asBuffer(packed ?? body.content))
      this.#tally.sent(answer)
      return
    }
    // R216 wants a Content-Length: a stream goes out as it is, with its length where that is known.
    if (body.bytes !== undefined) reply.header('Content-Length', String(body.bytes))
    reply.send(Readable.from(body.content, { objectMode: false }))
  }

  /** Nobody is there to be told of a closed connection; whoever waited when the server stops comes back at once. */
  #failUnlessGone(visit: Visit, error: unknown, line: RequestLine, principal: Principal, flight: Flight): void {
    if (error instanceof ClientGone || isGone(flight)) {
      this.#ports.log.debug({ device: line.device, command: line.command }, 'the phone went away')
      visit.reply.raw.destroy()
      return
    }
    if (flight.signal.aborted && !visit.reply.sent) return this.#refuse(visit, closing(busy(1)), line)
    this.#fail(visit, error, line, principal)
  }

  #fail(visit: Visit, error: unknown, asked: Asked, principal: Principal | null = null): void {
    const { reply } = visit
    const line = asked === 'OPTIONS' ? null : asked
    const about = { device: line?.device, command: line?.command }
    if (!reply.sent && !reply.raw.headersSent) {
      const answer = troubleAnswer(error, this.#ports.log, about)
      if (line !== null && principal !== null) this.#tally.failed(line, principal, answer)
      return this.#refuse(visit, answer, asked)
    }
    this.#ports.log.error({ err: error, ...about }, 'the answer broke off')
    reply.raw.destroy()
  }

  /** A refusal before the protocol was asked, or after it has failed. */
  #refuse(visit: Visit, refused: Refused, asked: Asked): void {
    this.#tally.answered(visit, asked, refused)
    visit.reply.code(refused.status).headers(everyAnswer).headers(refused.headers).send()
  }
}

/** The same, and the connection is closed behind it. */
function closing<Answer extends Refused>(refused: Answer): Answer {
  return { ...refused, headers: { ...refused.headers, Connection: 'close' } }
}

function queryOf(request: FastifyRequest): string {
  const url = request.raw.url ?? ''
  const at = url.indexOf('?')
  return at === -1 ? '' : url.slice(at + 1)
}

function isGone({ signal }: Flight): boolean {
  return signal.aborted && signal.reason === 'closed'
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
