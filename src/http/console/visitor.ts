// Who is asking: the cookies a browser shows, the session behind them, and whether a form is one of his own.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SessionBook, LoggedIn } from '../../auth/sessions.ts'
import type { Actor } from '../../model/actor.ts'
import type { ConsoleSession } from '../../store/console-sessions.ts'
import { plainAddress, type Peers } from '../peers.ts'
import { isOwnPage } from './guard.ts'
import { HttpRefusal } from './trouble.ts'

export type Face = ConsoleSession['face']

/** Somebody who has logged in, and the cookie that says so. */
export interface Visit extends LoggedIn {
  readonly cookie: string
  readonly actor: Actor
  readonly csrf: string
}

/** A part of a page that renews itself says so: an unwatched screen must not keep a session alive. */
const quietHeader = 'x-easel-quiet'

const cookieForm = /^[0-9A-Za-z_-]{43}$/
/** What a browser holds for a session, and before one. A listener for users has its own: browsers do not tell ports apart. */
const cookieNames = {
  console: { session: 'easel', login: 'easel-login' },
  user: { session: 'easel-user', login: 'easel-user-login' },
} as const

export const addressOf = (request: FastifyRequest) => plainAddress(request.ip)

export class Visitors {
  readonly #sessions: SessionBook
  readonly #peers: Peers
  readonly #face: Face

  constructor(sessions: SessionBook, peers: Peers, face: Face) {
    this.#sessions = sessions
    this.#peers = peers
    this.#face = face
  }

  /** Whether the browser speaks TLS, to us or to a declared proxy. Only a proxy on this machine may leave that open. */
  isSecure(request: FastifyRequest): boolean {
    if (request.protocol === 'https') return true
    const peer = request.raw.socket.remoteAddress
    return request.headers['x-forwarded-proto'] === undefined && this.#peers.trusts(peer) && !this.#peers.isLoopback(peer)
  }

  /** Null for whoever has not logged in, or whose session is over. */
  async visit(request: FastifyRequest): Promise<Visit | null> {
    const cookie = this.#cookie(request, 'session')
    const isUse = request.headers[quietHeader] === undefined
    const found = cookie === null ? null : await this.#sessions.find(cookie, this.#face, 'open', isUse)
    if (cookie === null || found === null) return null
    const { name, role, account } = found.person
    const actor: Actor = {
      name,
      account,
      // What may be open to the world shows nobody more than his own phones.
      role: this.#face === 'user' ? 'user' : role,
      via: 'console',
      address: addressOf(request),
    }
    return { ...found, cookie, actor, csrf: this.#sessions.csrf(cookie) }
  }

  /** The session's cookie is another from now on. */
  admit(request: FastifyRequest, reply: FastifyReply, cookie: string): void {
    this.#set(request, reply, 'session', cookie)
    this.#set(request, reply, 'login', null)
  }

  dismiss(request: FastifyRequest, reply: FastifyReply): void {
    this.#set(request, reply, 'session', null)
  }

  /** The cookie of somebody who is about to log in; he is given one if he has none. */
  newcomer(request: FastifyRequest, reply: FastifyReply): { readonly cookie: string; readonly csrf: string } {
    const cookie = this.#cookie(request, 'login') ?? this.#sessions.newCookie()
    this.#set(request, reply, 'login', cookie)
    return { cookie, csrf: this.#sessions.csrf(cookie) }
  }

  /** The cookie of the way in becomes another: what was planted in a browser is worth nothing after the password. */
  lead(request: FastifyRequest, reply: FastifyReply, cookie: string): void {
    this.#set(request, reply, 'login', cookie)
  }

  /** Refuses a form of the way in that was not shown to this browser. */
  assertNewcomer(request: FastifyRequest, token: string | null): string {
    const cookie = this.#cookie(request, 'login')
    if (!isOwnPage(request) || cookie === null || token === null || !this.#sessions.isCsrf(cookie, token)) {
      throw new HttpRefusal(403, 'This form is too old, or was not made for this browser: open the page again.')
    }
    return cookie
  }

  /** Refuses what a page of somebody else's made a browser send. */
  assertOwn(request: FastifyRequest, { cookie }: Visit, token: string | null): void {
    if (isOwnPage(request) && token !== null && this.#sessions.isCsrf(cookie, token)) return
    throw new HttpRefusal(403, 'This form is too old, or was not made for this session: open the page again. Nothing was changed.')
  }

  #cookie(request: FastifyRequest, kind: 'session' | 'login'): string | null {
    const value = request.cookies[this.#name(request, kind)]
    return value !== undefined && cookieForm.test(value) ? value : null
  }

  /** A browser takes `__Host-` only from TLS, for this host alone, and from nobody beside it. */
  #name(request: FastifyRequest, kind: 'session' | 'login'): string {
    const name = cookieNames[this.#face][kind]
    return this.isSecure(request) ? `__Host-${name}` : name
  }

  #set(request: FastifyRequest, reply: FastifyReply, kind: 'session' | 'login', value: string | null): void {
    const options = { path: '/', httpOnly: true, sameSite: 'strict', secure: this.isSecure(request) } as const
    if (value === null) reply.clearCookie(this.#name(request, kind), options)
    else reply.setCookie(this.#name(request, kind), value, options)
  }
}
