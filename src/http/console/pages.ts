// The pages: each a row of a table, shown to whoever has logged in and may see it.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { actions, type ActionInput, type ActionName, type ActionOutput } from '../../admin/actions.ts'
import type { Action } from '../../admin/action.ts'
import { perform } from '../../admin/perform.ts'
import { html } from '../../admin/web/html.ts'
import type { PageAnswer, PageRequest, PageRoute } from '../../admin/web/route.ts'
import { cameByLink } from './guard.ts'
import { readForm } from './reading.ts'
import { homeOf, isPart, refuse, sendOn, show, streamOf, type Room } from './room.ts'
import { csrfHeader, loginPath } from './sign-in.ts'
import { HttpRefusal } from './trouble.ts'
import type { Visit } from './visitor.ts'

/** The users' own page is all that there is of the console where phones come in. */
const isOwn = ({ path }: PageRoute) => path === '/me' || path.startsWith('/me/')

export function mountPages(app: FastifyInstance, room: Room): void {
  const shown = room.face === 'user' ? room.ports.pages.filter(isOwn) : room.ports.pages
  for (const route of shown) {
    app.route({ method: route.method, url: route.path, handler: (request, reply) => serve(room, route, request, reply) })
  }
  if (room.face === 'user') app.get('/', (_request, reply) => reply.redirect('/me', 303))
}

/**
 * After a link from elsewhere the strict cookie is missing, and somebody who is logged in would be asked for his password. So a page
 * of ours goes on to the login, now with the cookie; from there whoever is logged in is sent to where he wanted to go.
 */
function onceMore(request: FastifyRequest): string {
  const to = `${loginPath}?next=${encodeURIComponent(request.url)}`
  return html`<!doctype html>
    <meta charset="utf-8" />
    <meta http-equiv="refresh" content="0;url=${to}" />
    <title>Easel</title>`.toString()
}

async function serve(room: Room, route: PageRoute, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { ports, visitors } = room
  let visit: Visit | null = null
  try {
    visit = await visitors.visit(request)
    if (visit === null)
      return route.method === 'GET' && cameByLink(request) ? show(reply, onceMore(request)) : toLogin(route, request, reply)
    const { role } = visit.actor
    if (!route.roles.includes(role)) {
      if (route.path === '/' && !isPart(request)) return reply.redirect(homeOf(role), 303)
      throw new HttpRefusal(403, `This page is not for the role ${role}.`)
    }
    const form = route.method === 'POST' ? await readForm(request, reply) : null
    if (form !== null) {
      visitors.assertOwn(request, visit, form.get('csrf') ?? csrfHeader(request))
      form.delete('csrf')
    }
    const asked = pageRequest(room, visit, request, form)
    const answer = await route.handle(asked)
    if (asked.said !== null) await ports.sessions.say(visit.cookie, null)
    if (form !== null) ports.log.info({ path: route.path, subject: visit.person.subject }, 'a form was answered at the console')
    return await send(room, visit, answer, request, reply)
  } catch (error) {
    return refuse(room, request, reply, error, visit)
  }
}

function toLogin({ method }: PageRoute, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const back = method === 'GET' && !isPart(request) && request.url !== '/' ? `?next=${encodeURIComponent(request.url)}` : ''
  return sendOn(request, reply, `${loginPath}${back}`)
}

function pageRequest(
  { ports }: Room,
  visit: Visit,
  request: FastifyRequest,
  form: URLSearchParams | null,
): PageRequest & { said: string | null } {
  const { actor, csrf, said } = visit
  const part = isPart(request)
  const at = request.url.indexOf('?')
  return {
    actor,
    csrf,
    form,
    isPart: part,
    params: request.params as Readonly<Record<string, string>>,
    query: new URLSearchParams(at === -1 ? '' : request.url.slice(at + 1)),
    // A part that renews itself must not swallow what the page was to say.
    said: part || form !== null ? null : said,
    perform: async <Name extends ActionName>(name: Name, input: ActionInput<Name>): Promise<ActionOutput<Name>> => {
      const chosen: Action = actions[name]
      // The table pairs each name with its types; looking it up loses the pairing, so it is told again here.
      return (await perform(ports.house, actor, name, chosen, input)) as ActionOutput<Name>
    },
  }
}

async function send(
  { ports }: Room,
  { cookie }: Visit,
  answer: PageAnswer,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  switch (answer.kind) {
    case 'html':
      return show(reply, answer.html, answer.status)
    case 'redirect':
      if (answer.said !== undefined) await ports.sessions.say(cookie, answer.said)
      return sendOn(request, reply, answer.to)
    case 'file':
      reply.type(answer.type).header('Content-Disposition', `attachment; filename="${answer.name.replaceAll(/[^\w.-]/g, '_')}"`)
      return reply.send(streamOf(answer.content, ports.log))
  }
}
