// A Fastify instance with our limits and none of our routes: what every listener starts from.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ServerOptions } from 'node:https'
import { fastify, type FastifyContentTypeParser, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { wbxmlType } from '../protocol/define.ts'
import type { Peers } from './peers.ts'

/** PEM, all of it. */
export interface TlsOptions {
  readonly key: string
  readonly cert: string
  /** The authorities whose certificates clients are asked for: phones choose by them. Without a list nobody is asked. */
  readonly clientAuthorities?: readonly string[] | null
}

export interface AppOptions {
  /** Null for plain HTTP. */
  readonly tls: TlsOptions | null
  readonly keepAliveSeconds: number
  /** How long a client may take to send one request; two minutes of it, not to read an answer that is there. */
  readonly receiveSeconds: number
  /** 0 for no limit. */
  readonly connectionsMax: number
  /** Whether a declared proxy says before each connection for whom it is, and nobody else may connect. */
  readonly proxyProtocol?: boolean
}

const headerBytesMax = 16 * 1024 // real request lines and headers stay below 2 kB
const headersMax = 100
const handshakeTimeout = 30_000
/** A phone that has acknowledged nothing for so long has another network by now, or none. */
const idleReaderSeconds = 120
/** A name of an account has 254 letters, and each may be written in three. */
const parameterLengthMax = 1024

/** Who may speak to it, and where its troubles are told. */
export interface BarePorts {
  readonly peers: Peers
  readonly log: Logger
}

/** Answers a request that was understood so little that no route and no hook sees it. */
export type Misread = (error: Error, request: FastifyRequest, reply: FastifyReply) => void

/** Builds the instance; whoever calls adds routes, and what is answered where there is none. */
export function bareApp(ports: BarePorts, options: AppOptions, misread?: Misread): FastifyInstance {
  const connection = {
    maxHeaderSize: headerBytesMax,
    // Slow requests are looked for this often.
    connectionsCheckingInterval: Math.min(30, options.receiveSeconds / 2) * 1000,
    headersTimeout: Math.min(60, options.receiveSeconds) * 1000,
  }
  const secure: ServerOptions | null =
    options.tls === null
      ? null
      : { ...secureContext(options.tls), ...connection, ...asking(options.tls), ALPNProtocols: ['http/1.1'], handshakeTimeout }
  // The two kinds of server share every method that is used here; Fastify's types keep them apart.
  const app = fastify({
    ...(secure === null ? { http: connection } : { https: secure }),
    logger: false,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: parameterLengthMax },
    rewriteUrl: relativeUrl,
    keepAliveTimeout: options.keepAliveSeconds * 1000,
    requestTimeout: options.receiveSeconds * 1000,
    // While the server stops the endpoint answers by itself, with a Retry-After.
    return503OnClosing: false,
    trustProxy: ports.peers.any ? (address: string, distance: number) => ports.peers.vouches(address, distance) : false,
    exposeHeadRoutes: false,
    ...(misread === undefined ? {} : { frameworkErrors: misread }),
  }) as FastifyInstance
  tune(app.server, ports, options)

  // Routes read bodies by themselves: after the credentials are known, and bounded.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', leaveUnread)
  // The same under its name: for `*` Fastify takes the header to pieces with every request.
  app.addContentTypeParser(wbxmlType, leaveUnread)
  app.addHook('onSend', (_request, { raw }, _payload, done) => {
    cutOffIdleReader(raw, Math.min(idleReaderSeconds, options.receiveSeconds))
    done()
  })
  return app
}

const leaveUnread: FastifyContentTypeParser = (_request, _payload, done) => done(null)

/** As Node takes it, for a server that starts and for one that goes on with another certificate. */
export function secureContext({ key, cert, clientAuthorities }: TlsOptions): { key: string; cert: string; ca?: string[] } {
  // An empty list names nobody, and a client shows what it likes; none at all would be the public authorities.
  return clientAuthorities ? { key, cert, ca: [...clientAuthorities] } : { key, cert }
}

/** Whoever shows none, or a bad one, comes in as far as the front desk: only there is it known what else he has. */
function asking({ clientAuthorities }: TlsOptions): { requestCert?: boolean; rejectUnauthorized?: boolean } {
  return clientAuthorities ? { requestCert: true, rejectUnauthorized: false } : {}
}

function tune(server: Server, ports: BarePorts, options: AppOptions): void {
  server.maxHeadersCount = headersMax
  if (options.connectionsMax > 0) server.maxConnections = options.connectionsMax
  server.prependListener('request', forgetNoType)
  // A body is asked for once its sender is known: see readBody.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => server.emit('request', request, response))
  // Where a header comes first, only declared proxies get so far.
  if (options.tls !== null || options.proxyProtocol === true) return
  server.on('connection', (socket) => {
    if (ports.peers.mayBePlain(socket.remoteAddress)) return
    ports.log.warn({ address: socket.remoteAddress }, 'plain HTTP from somebody who is no declared proxy: connection closed')
    socket.destroy()
  })
}

const mediaType = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;|$)/

/** Fastify answers 415 to a Content-Type that is none, before anybody was asked who he is; here it counts as left out. */
function forgetNoType({ headers }: IncomingMessage): void {
  const type = headers['content-type']
  if (type !== undefined && type !== wbxmlType && !mediaType.test(type)) delete headers['content-type']
}

/** An answer lies in memory until it is read: whoever takes nothing of it for so long will not take the rest. */
function cutOffIdleReader(response: ServerResponse, seconds: number): void {
  const { socket } = response
  if (socket === null) return
  response.setTimeout(seconds * 1000, () => response.destroy())
  // First of all: Node sets the limit for the next request when it hears the same.
  response.prependOnceListener('finish', () => socket.setTimeout(0))
}

/** RFC 9112 3.2.2: a request line may hold the whole URL (MS-ASHTTP R414). */
function relativeUrl(request: { url?: string | undefined }): string {
  const url = request.url ?? '/'
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '').replace(/^(?!\/)/, '/')
}
