// The web application of phones: one Fastify instance per listener, with the same routes on each.
import type { FastifyInstance } from 'fastify'
import { mountAutodiscover, type AutodiscoverPorts } from './autodiscover.ts'
import { mountEndpoint, type EndpointPorts } from './active-sync.ts'
import { bareApp, type AppOptions } from './bare-app.ts'
import { mountUserPage } from './console.ts'
import type { ConsolePorts } from './console/room.ts'
import type { Mirror } from '../admin/mirror.ts'
import { mountMirror } from './doctor-mark.ts'
import { mountHealth, type Readiness } from './metrics.ts'
import { troubleAnswer } from './trouble.ts'

/** Something anybody may fetch: the certificate of our authority, for one. */
export interface PublicDocument {
  readonly path: string
  readonly type: string
  readonly content: Uint8Array
}

export interface AppPorts extends EndpointPorts, AutodiscoverPorts {
  readonly documents: readonly PublicDocument[]
  /** The users' own page, where it is to be reached like the phones' endpoint. */
  readonly userPage?: ConsolePorts | null
  readonly readiness: Readiness
  /** Where the doctor sees how his requests arrive; null where nobody looks. */
  readonly mirror?: Mirror | null
}

/** Builds the application; it does not listen yet. */
export function createApp(ports: AppPorts, options: AppOptions): FastifyInstance {
  const app = bareApp(ports, options)
  app.setErrorHandler((error, request, reply) => {
    const { status, headers } = troubleAnswer(error, ports.log, { path: request.routeOptions.url })
    reply.code(status).headers(headers).send()
  })
  app.setNotFoundHandler((request, reply) => {
    // MS-ASHTTP 2.2.2.1.1: 501 for a method that is supported nowhere here.
    const known = ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'].includes(request.method)
    reply.code(known ? 404 : 501).send()
  })

  if (ports.mirror) mountMirror(app, ports.mirror, ports.certificates)
  mountEndpoint(app, ports)
  mountAutodiscover(app, ports)
  mountHealth(app, ports.readiness, false)
  for (const { path, type, content } of ports.documents) {
    app.get(path, (_request, reply) => reply.type(type).header('Cache-Control', 'no-cache').send(Buffer.from(content)))
  }
  if (ports.userPage) mountUserPage(app, ports.userPage)
  return app
}
