// One's own login: setting up a second factor, turning it off, and a new password for a local administrator.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { longPassword } from '../../admin/administrators.ts'
import { ownLoginPage, ownLoginPath } from '../../admin/web/own-login.ts'
import { hashPassword } from '../../auth/password.ts'
import type { ConsoleDoor } from '../../auth/console-door.ts'
import { readForm } from './reading.ts'
import { refuse, sendOn, show, type Room } from './room.ts'
import { csrfHeader, loginPath, nobodyKnows, tooMany, wrongCode } from './sign-in.ts'
import { HttpRefusal } from './trouble.ts'
import { addressOf, type Visit } from './visitor.ts'

export function mountOwnLogin(app: FastifyInstance, room: Room): void {
  const { ports, visitors, face } = room
  const { factors, sessions, door } = ports

  app.get(ownLoginPath, async (request, reply) => {
    const visit = await visitors.visit(request)
    if (visit === null) return reply.redirect(`${loginPath}?next=${ownLoginPath}`, 303)
    if (visit.said !== null) await sessions.say(visit.cookie, null)
    return page(reply, visit, null)
  })

  /** A form of this page: `act` says what was done, or throws. */
  const form = (
    path: string,
    act: (visit: Visit, fields: URLSearchParams, request: FastifyRequest, reply: FastifyReply) => Promise<string | null>,
  ) =>
    app.post(`${ownLoginPath}/${path}`, async (request, reply) => {
      const visit = await visitors.visit(request)
      if (visit === null) return reply.redirect(loginPath, 303)
      try {
        const fields = await readForm(request, reply)
        visitors.assertOwn(request, visit, fields.get('csrf') ?? csrfHeader(request))
        const said = await act(visit, fields, request, reply)
        if (said !== null) await sessions.say(visit.cookie, said)
        return sendOn(request, reply, ownLoginPath)
      } catch (error) {
        if (error instanceof HttpRefusal && error.status !== 403) {
          return page(reply.headers(error.headers), visit, error.message, error.status)
        }
        return refuse(room, request, reply, error, visit)
      }
    })

  form('second-factor/begin', async ({ person }) => {
    await factors.begin(person)
    return null
  })

  form('second-factor/confirm', async (visit, fields, request, reply) => {
    const { person, hasSecondFactor } = visit
    if (hasSecondFactor) return 'The second factor is on already.'
    assertRight(await factors.check(person.subject, fields.get('code') ?? '', addressOf(request)), wrongCode)
    await door.note('factor.add', person, addressOf(request), {})
    await again(visit, request, reply, 'The second factor is on: every login asks for a code now.')
    return null
  })

  form('second-factor/remove', async (visit, fields, request, reply) => {
    const { person } = visit
    if (!visit.hasSecondFactor) return 'There is no second factor.'
    assertRight(await factors.check(person.subject, fields.get('code') ?? '', addressOf(request)), wrongCode)
    await factors.remove(person.subject)
    await door.note('factor.remove', person, addressOf(request), {})
    await again(visit, request, reply, 'The second factor is off.')
    return null
  })

  form('password', async (visit, fields, request, reply) => {
    const { administrators } = ports.house.store
    const { name, account } = visit.person
    if (account !== null) throw new HttpRefusal(422, 'The password of an account is changed where its mail is.')
    const wanted = longPassword.safeParse(fields.get('wanted') ?? '')
    if (!wanted.success) throw new HttpRefusal(422, 'The new password has to have 12 to 1024 characters.')
    const outcome = await door.confirm(visit.person, fields.get('current') ?? '', addressOf(request))
    assertRight(outcome, 'That is not your password.')
    await administrators.change(name, { passwordHash: await hashPassword(wanted.data) })
    await door.note('admin.password', visit.person, addressOf(request), {})
    await again(visit, request, reply, 'The password was changed. Your other sessions have ended.')
    return null
  })

  /** What a person is has changed, and his sessions end by that: this one goes on under another id. */
  async function again({ person, cookie }: Visit, request: FastifyRequest, reply: FastifyReply, said: string): Promise<void> {
    await sessions.end(cookie)
    const next = await sessions.begin(person.subject, face, 'open')
    if (next === null) return
    await sessions.say(next, said)
    visitors.admit(request, reply, next)
  }

  async function page(reply: FastifyReply, visit: Visit, refused: string | null, status = 200): Promise<FastifyReply> {
    const { actor, csrf, person, hasSecondFactor } = visit
    const said = refused === null ? visit.said : null
    return show(reply, ownLoginPage({ actor, csrf, said, refused, hasSecondFactor, enrolment: await factors.enrolment(person) }), status)
  }
}

function assertRight(outcome: Awaited<ReturnType<ConsoleDoor['confirm']>>, wrong: string): void {
  if (outcome.kind === 'wrong') throw new HttpRefusal(422, wrong)
  if (outcome.kind === 'throttled') throw tooMany(outcome.retryAfterSeconds)
  if (outcome.kind === 'unavailable') throw nobodyKnows(outcome.retryAfterSeconds)
}
