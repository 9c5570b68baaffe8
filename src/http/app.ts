// The web application of phones: one Fastify instance per listener, with the same routes on each.
import type { FastifyInstance } from 'fastify'
import { mountAutodiscover, type AutodiscoverPorts } from './autodiscover.ts'
import { mountEndpoint, type EndpointPorts } from './active-sync.ts'
import { bareApp, type AppOptions } from './bare-app.ts'
import { mountUserPage } from './console.ts'
import { mountEnrolment, type EnrolmentPorts } from './enrol.ts'
import type { ConsolePorts } from './console/room.ts'
import type { Mirror } from '../admin/mirror.ts'
import { mountMirror } from './doctor-mark.ts'
import { mountHealth, type Readiness } from './metrics.ts'
import { troubleAnswer } from './trouble.ts'

/** Something anybody may fetch: the certificate of our authority, for one. */
export interface PublicDocument {
  readonly path: string
  readonly type: string
  /** What is at this path now, by the path's `:name` parts; null for nothing. */
  readonly content: Uint8Array | ((params: Readonly<Record<string, string>>) => Promise<Uint8Array | null>)
}

export interface AppPorts extends EndpointPorts, AutodiscoverPorts {
  readonly documents: readonly PublicDocument[]
  /** The users' own page, where it is to be reached like the phones' endpoint. */
  readonly userPage?: ConsolePorts | null
  /** Links to profiles, and SCEP. */
  readonly enrolment?: EnrolmentPorts
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
    app.get(path, async (request, reply) => {
      const now = content instanceof Uint8Array ? content : await content(request.params as Record<string, string>)
      if (now === null) return reply.code(404).send()
      return reply.type(type).header('Cache-Control', 'no-cache').send(Buffer.from(now))
    })
  }
  if (ports.userPage) mountUserPage(app, ports.userPage)
  if (ports.enrolment) mountEnrolment(app, ports.enrolment, { ...ports, hasAssets: Boolean(ports.userPage) })
  return app
}
