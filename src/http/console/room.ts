// What the routes of the console share: their ports, who is asking, and how an answer is sent or refused.
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { AdminHouse } from '../../admin/house.ts'
import { html } from '../../admin/web/html.ts'
import { frame } from '../../admin/web/layout.ts'
import type { PageRoute } from '../../admin/web/route.ts'
import type { ConsoleDoor } from '../../auth/console-door.ts'
import type { SecondFactorDesk } from '../../auth/second-factors.ts'
import type { SessionBook } from '../../auth/sessions.ts'
import type { Role } from '../../model/actor.ts'
import { ClientGone } from '../body.ts'
import type { Peers } from '../peers.ts'
import { troubleOf } from './trouble.ts'
import type { Face, Visit, Visitors } from './visitor.ts'

export interface ConsolePorts {
  readonly house: AdminHouse
  readonly door: ConsoleDoor
  readonly sessions: SessionBook
  readonly factors: SecondFactorDesk
  readonly pages: readonly PageRoute[]
  readonly peers: Peers
  readonly log: Logger
  /** The names this server is asked for. */
  readonly names: readonly string[]
}

/** The console as one listener shows it. */
export interface Room {
  readonly ports: ConsolePorts
  readonly visitors: Visitors
  readonly face: Face
}

/** The first page of a role. */
export const homeOf = (role: Role) => (role === 'user' ? '/me' : '/')

export function show(reply: FastifyReply, page: string, status = 200): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').send(page)
}

/** After a form: the browser fetches the next page, and going back does not send the form again. */
export function sendOn(request: FastifyRequest, reply: FastifyReply, to: string): FastifyReply {
  // htmx would follow a redirect and put the whole page into the place of a part.
  if (isPart(request)) return reply.code(200).header('HX-Redirect', to).send()
  return reply.redirect(to, 303)
}

/** Whether htmx asks for a part of a page. */
export function isPart({ headers }: FastifyRequest): boolean {
  return headers['hx-request'] === 'true' && headers['hx-request-type'] !== 'full' && headers['hx-boosted'] !== 'true'
}

/** Text as it is made: as fast as it is taken. What goes wrong on the way can only break it off. */
export function streamOf(content: AsyncIterable<string | Uint8Array>, log: Logger): Readable {
  async function* watched(): AsyncGenerator<string | Uint8Array> {
    try {
      yield* content
    } catch (error) {
      log.error({ err: error }, 'an answer of the console broke off')
      throw error
    }
  }
  return Readable.from(watched(), { objectMode: false })
}

/** Says on a page, or in a part of one, why nothing came of it. */
export function refuse({ ports }: Room, request: FastifyRequest, reply: FastifyReply, error: unknown, visit: Visit | null): FastifyReply {
  if (error instanceof ClientGone) return reply.hijack()
  const about = { path: request.routeOptions.url, subject: visit?.person.subject }
  const { status, title, detail, headers } = troubleOf(error, ports.log, about)
  reply.headers(headers)
  if (isPart(request)) return show(reply, html`<p class="refused" role="alert">${detail}</p>`.toString(), status)
  const body = html`<p><a href="${visit === null ? '/' : homeOf(visit.actor.role)}">To the first page</a></p>`
  return show(reply, frame({ title, actor: visit?.actor ?? null, csrf: visit?.csrf ?? '', body, refused: detail }), status)
}
