// The REST interface: a token or a session, one object in, JSON out, and problems as RFC 9457 has them.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { actions } from '../../admin/actions.ts'
import type { Action } from '../../admin/action.ts'
import { openApi, restPath, takesBody } from '../../admin/openapi.ts'
import { assertAllowed, perform } from '../../admin/perform.ts'
import { restRoutes, type RestAction, type RestRoute } from '../../admin/rest.ts'
import { inputOf } from '../../admin/rest-input.ts'
import { findToken } from '../../auth/api-tokens.ts'
import type { Actor } from '../../model/actor.ts'
import { ClientGone } from '../body.ts'
import { isOwnPage } from './guard.ts'
import { readJson } from './reading.ts'
import { streamOf, type Room } from './room.ts'
import { csrfHeader } from './sign-in.ts'
import { HttpRefusal, troubleOf } from './trouble.ts'
import { addressOf } from './visitor.ts'

const methods: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export function mountRest(app: FastifyInstance, room: Room): void {
  const guarded =
    (serve: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) => (request: FastifyRequest, reply: FastifyReply) =>
      serve(request, reply).catch((error: unknown) => sendProblem(room, request, reply, error))
  const served = new Map<string, string[]>()
  const add = (
    method: RestRoute['method'],
    path: string,
    serve: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
  ) => {
    const url = `${restPath}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`
    served.set(url, [...(served.get(url) ?? []), method])
    app.route({ method, url, handler: guarded(serve) })
  }
  for (const [name, route] of Object.entries(restRoutes) as [RestAction, RestRoute][]) {
    add(route.method, route.path, (request, reply) => serve(room, name, route, request, reply))
  }
  add('GET', '/openapi.json', async (request, reply) => {
    await actorOf(room, request)
    return reply.type('application/json').send(JSON.stringify(openApi()))
  })
  for (const [url, allowed] of served) {
    const others = methods.filter((method) => !allowed.includes(method))
    const refusal = async () => Promise.reject(new HttpRefusal(405, `Here are ${allowed.join(', ')}.`, { Allow: allowed.join(', ') }))
    app.route({ method: others, url, handler: guarded(refusal) })
  }
}

async function serve(room: Room, name: RestAction, route: RestRoute, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { house, log } = room.ports
  const action: Action = actions[name]
  const actor = await actorOf(room, request)
  assertAllowed(actor, action)
  const at = request.url.indexOf('?')
  const input = inputOf(action, {
    path: request.params as Readonly<Record<string, string>>,
    query: new URLSearchParams(at === -1 ? '' : request.url.slice(at + 1)),
    body: takesBody(route) ? await readJson(request, reply) : {},
  })
  const result = await perform(house, actor, name, action, input)
  if (action.kind === 'write') log.info({ action: name, via: actor.via }, 'administered by REST')
  if (route.lines !== undefined)
    return reply.type('application/x-ndjson').send(streamOf(lines(room, actor, name, route.lines, result), log))
  return reply
    .code(route.creates === true ? 201 : 200)
    .type('application/json')
    .send(JSON.stringify(result ?? null))
}

/** The first page, which is there already, and those after it: as fast as they are taken. */
async function* lines(
  { ports }: Room,
  actor: Actor,
  name: RestAction,
  { most, next }: NonNullable<RestRoute['lines']>,
  first: unknown,
): AsyncGenerator<string> {
  for (let page = first; Array.isArray(page);) {
    const rows: readonly unknown[] = page
    if (rows.length > 0) yield rows.map((row) => `${JSON.stringify(row)}\n`).join('')
    if (rows.length < most) return
    page = await perform(ports.house, actor, name, actions[name], next(rows.at(-1)))
  }
}

/** A token decides alone where there is one; a session needs its own token besides, for whatever changes something. */
async function actorOf({ ports, visitors }: Room, request: FastifyRequest): Promise<Actor> {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const { store, clock } = ports.house
    const presented = /^bearer +([\w-]{1,128}) *$/i.exec(authorization)?.[1] ?? ''
    const token = await findToken(store.apiTokens, clock, presented)
    if (token === null) throw unknown('The token is wrong, was revoked, or is over.')
    return { name: `token ${token.name}`, role: token.role, account: null, via: 'api', address: addressOf(request) }
  }
  const visit = await visitors.visit(request)
  if (visit === null) throw unknown('Present a token (Authorization: Bearer), or log in at the console.')
  if (!isOwnPage(request)) throw new HttpRefusal(403, 'A page of somebody else’s asked for this.')
  if (request.method !== 'GET') visitors.assertOwn(request, visit, csrfHeader(request))
  return visit.actor
}

function unknown(detail: string): HttpRefusal {
  return new HttpRefusal(401, detail, { 'WWW-Authenticate': 'Bearer realm="easel"' })
}

/** RFC 9457. */
export function sendProblem({ ports }: Room, request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof ClientGone) return reply.hijack()
  const { status, title, detail, headers, errors } = troubleOf(error, ports.log, { path: request.routeOptions.url })
  const document = { type: 'about:blank', title, status, detail, ...(errors === undefined ? {} : { errors }) }
  return reply.code(status).headers(headers).type('application/problem+json').send(JSON.stringify(document))
}
