// The way in and out: password, code, session, and the end of it.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { codePage, passwordPage, type SignIn } from '../../admin/web/sign-in.ts'
import type { Entered } from '../../auth/console-door.ts'
import { ownPath } from './guard.ts'
import { readForm } from './reading.ts'
import { homeOf, refuse, sendOn, show, type Room } from './room.ts'
import { HttpRefusal } from './trouble.ts'
import { addressOf } from './visitor.ts'

export const loginPath = '/login'
const codePath = '/login/code'

/** The same for a name nobody has, a wrong password, and somebody who may not log in. */
const denied = 'The name or the password is wrong, or you may not log in here.'
export const wrongCode = 'That code is wrong, or was used already.'

type Query = { readonly Querystring: { readonly next?: string | readonly string[] } }

const nextOf = (next: unknown) => ownPath(typeof next === 'string' ? next : null)

export function mountSignIn(app: FastifyInstance, room: Room): void {
  const { ports, visitors, face } = room
  const guarded =
    (serve: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) => async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        return await serve(request, reply)
      } catch (error) {
        return refuse(room, request, reply, error, null)
      }
    }

  app.get<Query>(loginPath, async (request, reply) => {
    const next = nextOf(request.query.next)
    const visit = await visitors.visit(request)
    if (visit !== null) return reply.redirect(next ?? homeOf(visit.actor.role), 303)
    return show(reply, passwordPage({ csrf: visitors.newcomer(request, reply).csrf, next, refused: null }))
  })

  app.post(
    loginPath,
    guarded(async (request, reply) => {
      const form = await readForm(request, reply)
      const cookie = visitors.assertNewcomer(request, form.get('csrf'))
      const signIn = { csrf: ports.sessions.csrf(cookie), next: nextOf(form.get('next')) }
      const presented = { user: form.get('user') ?? '', password: form.get('password') ?? '', address: addressOf(request), face }
      return come(request, reply, await ports.door.enter(presented), signIn, passwordPage, denied)
    }),
  )

  app.get<Query>(codePath, async (request, reply) => {
    const { cookie, csrf } = visitors.newcomer(request, reply)
    if ((await ports.sessions.find(cookie, face, 'code', true)) === null) return reply.redirect(loginPath, 303)
    return show(reply, codePage({ csrf, next: nextOf(request.query.next), refused: null }))
  })

  app.post(
    codePath,
    guarded(async (request, reply) => {
      const form = await readForm(request, reply)
      const cookie = visitors.assertNewcomer(request, form.get('csrf'))
      const signIn = { csrf: ports.sessions.csrf(cookie), next: nextOf(form.get('next')) }
      const entered = await ports.door.code(cookie, form.get('code') ?? '', face, addressOf(request))
      if (entered === null) return show(reply, passwordPage({ ...signIn, refused: 'That took too long: log in again.' }), 403)
      return come(request, reply, entered, signIn, codePage, wrongCode)
    }),
  )

  app.post('/logout', async (request, reply) => {
    const visit = await visitors.visit(request)
    // A form of somebody else's comes without the cookie, and must not take it away.
    if (visit === null) return sendOn(request, reply, loginPath)
    try {
      const form = await readForm(request, reply)
      visitors.assertOwn(request, visit, form.get('csrf') ?? csrfHeader(request))
      await ports.door.leave(visit.cookie, visit.person, addressOf(request))
      visitors.dismiss(request, reply)
      return sendOn(request, reply, loginPath)
    } catch (error) {
      return refuse(room, request, reply, error, visit)
    }
  })

  /** Goes on to the next page, or shows this one again. */
  async function come(
    request: FastifyRequest,
    reply: FastifyReply,
    entered: Entered,
    signIn: Omit<SignIn, 'refused'>,
    page: (signIn: SignIn) => string,
    wrong: string,
  ): Promise<FastifyReply> {
    switch (entered.kind) {
      case 'open': {
        // Whoever was logged in with this browser before is not any more.
        const before = await visitors.visit(request)
        if (before !== null) await ports.sessions.end(before.cookie)
        visitors.admit(request, reply, entered.cookie)
        const home = homeOf(face === 'user' ? 'user' : entered.person.role)
        return reply.redirect(signIn.next === null || signIn.next === '/' ? home : signIn.next, 303)
      }
      case 'code':
        visitors.lead(request, reply, entered.cookie)
        return reply.redirect(signIn.next === null ? codePath : `${codePath}?next=${encodeURIComponent(signIn.next)}`, 303)
      case 'denied':
        return show(reply, page({ ...signIn, refused: wrong }), 403)
      case 'throttled':
      case 'unavailable': {
        const { status, message, headers } = (entered.kind === 'throttled' ? tooMany : nobodyKnows)(entered.retryAfterSeconds)
        return show(reply.headers(headers), page({ ...signIn, refused: message }), status)
      }
    }
  }
}

/** What whoever guesses is told, and whoever is guessed at. */
export function tooMany(seconds: number): HttpRefusal {
  const wait = seconds === 1 ? 'a second' : `${seconds} seconds`
  return new HttpRefusal(429, `Too many attempts failed: wait ${wait}, and try again.`, { 'Retry-After': String(seconds) })
}

/** What everybody is told while the directory is down. */
export function nobodyKnows(seconds: number): HttpRefusal {
  const message = 'The directory that knows your password does not answer: try again in a moment.'
  return new HttpRefusal(503, message, { 'Retry-After': String(seconds) })
}

/** The token of a request that is no form of ours: htmx and programs send it as a header. */
export function csrfHeader({ headers }: FastifyRequest): string | null {
  const token = headers['x-csrf-token']
  return typeof token === 'string' ? token : null
}
