// Enrolment where phones come in: one-time links to profiles, and SCEP; both without a password.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { badLinkPage, offerPage, waitPage } from '../admin/web/enrol.ts'
import { networkOf } from '../auth/login-name.ts'
import { Throttle } from '../auth/throttle.ts'
import { fileNameOf, profileType, type EnrolmentDesk } from '../enroll/enrolment-desk.ts'
import { NoScepMessage } from '../enroll/scep/message.ts'
import type { ScepDesk } from '../enroll/scep/scep-desk.ts'
import type { Clock } from '../model/clock.ts'
import { readBody } from './body.ts'
import { mountAssets } from './console/assets.ts'
import { nameOfHost } from './console/guard.ts'
import { harden } from './console/headers.ts'
import { show } from './console/room.ts'
import { plainAddress, type Peers } from './peers.ts'

export interface EnrolmentPorts {
  readonly desk: EnrolmentDesk
  readonly scep: ScepDesk
}

interface Surroundings {
  readonly peers: Peers
  readonly clock: Clock
  readonly log: Logger
  /** Whether the pages' styles are mounted by somebody else. */
  readonly hasAssets: boolean
}

const linkPath = '/enrol/:token'
const scepPath = '/scep'
/** Nobody guesses a link; whoever tries costs us a look into the store each time. */
const guesses = { free: 20, delaySecondsMax: 900, keysMax: 10_000 } as const
/** A request for a key of 4096 bits, with its certificate, stays below 10 kB. */
const messageBytesMax = 64 * 1024

type LinkRequest = { readonly Params: { readonly token: string; readonly proof: string } }

/** Mounts the links, and SCEP. */
export function mountEnrolment(app: FastifyInstance, ports: EnrolmentPorts, around: Surroundings): void {
  const throttle = new Throttle(around.clock, guesses)
  void app.register((scope, _options, done) => {
    if (!around.hasAssets) mountAssets(scope, 'looks')
    mountLinks(scope, ports.desk, throttle, around)
    done()
  })
  mountScep(app, ports.scep, new Throttle(around.clock, guesses), around)
}

const networkOfRequest = (request: FastifyRequest) => networkOf(plainAddress(request.ip))

function mountLinks(app: FastifyInstance, desk: EnrolmentDesk, throttle: Throttle, { peers, log }: Surroundings): void {
  app.addHook('onRequest', (request, reply, done) => {
    harden(reply, request.protocol === 'https', nameOfHost(request.host))
    done()
  })

  /** Serves whoever does not guess; `serve` answers null where the link is not good. */
  const guarded =
    (serve: (request: FastifyRequest<LinkRequest>, reply: FastifyReply) => Promise<FastifyReply | null>) =>
    async (request: FastifyRequest<LinkRequest>, reply: FastifyReply): Promise<FastifyReply> => {
      // A link that was sent in the clear is no secret any more.
      if (peers.cameInTheClear(request.raw)) return show(reply, badLinkPage(), 403)
      const network = networkOfRequest(request)
      const wait = throttle.waitSeconds(network)
      if (wait > 0) return show(reply.header('Retry-After', String(Math.ceil(wait))), waitPage(), 429)
      throttle.charge(network)
      const answer = await serve(request, reply)
      if (answer !== null) {
        throttle.refund(network)
        return answer
      }
      log.info({ address: plainAddress(request.ip) }, 'an enrolment link that is not good')
      return show(reply, badLinkPage(), 404)
    }

  app.get<LinkRequest>(
    linkPath,
    guarded(async ({ params: { token } }, reply) => {
      const offer = await desk.offer(token)
      return offer === null ? null : show(reply, offerPage(`/enrol/${token}`, offer.account.address, offer.kind))
    }),
  )

  app.post<LinkRequest>(
    linkPath,
    guarded(async ({ params: { token } }, reply) => {
      const proof = await desk.agree(token)
      // A phone fetches the profile by GET, some of them twice: an address of its own serves both.
      return proof === null ? null : reply.redirect(`/enrol/${token}/${proof}/profile.mobileconfig`, 303)
    }),
  )

  app.get<LinkRequest>(
    `${linkPath}/:proof/profile.mobileconfig`,
    guarded(async (request, reply) => {
      const { token, proof } = request.params
      const profile = await desk.deliver(token, proof, plainAddress(request.ip))
      if (profile === null) return null
      reply.type(profileType).header('Content-Disposition', `attachment; filename="${fileNameOf(profile.account)}"`)
      return reply.send(Buffer.from(profile.content))
    }),
  )
}

type ScepRequest = { readonly Querystring: { readonly operation?: unknown; readonly message?: unknown } }

/** RFC 8894 4.1. Its messages are signed and sealed by themselves: a proxy may take them in plain HTTP. */
function mountScep(app: FastifyInstance, desk: ScepDesk, throttle: Throttle, { log }: Surroundings): void {
  const refuse = (reply: FastifyReply, status: number) => reply.code(status).header('Cache-Control', 'no-store').send()

  const operate = async (request: FastifyRequest, reply: FastifyReply, message: Uint8Array): Promise<FastifyReply> => {
    const network = networkOfRequest(request)
    const wait = throttle.waitSeconds(network)
    if (wait > 0) return refuse(reply.header('Retry-After', String(Math.ceil(wait))), 429)
    throttle.charge(network)
    try {
      const answer = await desk.operate(message, plainAddress(request.ip))
      if (answer === null) return refuse(reply, 404)
      if (!answer.refused) throttle.refund(network)
      return reply.type(answer.type).header('Cache-Control', 'no-store').send(Buffer.from(answer.content))
    } catch (error) {
      if (!(error instanceof NoScepMessage)) throw error
      log.info({ why: error.message, address: plainAddress(request.ip) }, 'this is no SCEP message')
      return refuse(reply, 400)
    }
  }

  app.get<ScepRequest>(scepPath, async (request, reply) => {
    const { operation, message } = request.query
    switch (typeof operation === 'string' ? operation : '') {
      case 'GetCACaps':
        return desk.isOpen ? reply.type('text/plain').send(desk.capabilities) : refuse(reply, 404)
      case 'GetCACert': {
        const answer = desk.authority()
        return answer === null ? refuse(reply, 404) : reply.type(answer.type).send(Buffer.from(answer.content))
      }
      case 'PKIOperation':
        // Some clients leave + as it is, which a query means a blank by.
        return operate(request, reply, Buffer.from(typeof message === 'string' ? message.replaceAll(' ', '+') : '', 'base64'))
      default:
        return refuse(reply, 400)
    }
  })

  app.post<ScepRequest>(scepPath, async (request, reply) => {
    if (request.query.operation !== 'PKIOperation') return refuse(reply, 400)
    return operate(request, reply, await readBody(request.raw, reply.raw, { bytesMax: messageBytesMax }))
  })
}
