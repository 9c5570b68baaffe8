// Sessions of the console: an unguessable id in a cookie, kept by its hash, that ends by rest, by age, or with what its owner was.
import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Person } from '../model/actor.ts'
import type { Clock } from '../model/clock.ts'
import type { Subject } from '../model/id.ts'
import type { ConsoleSession } from '../store/console-sessions.ts'
import type { Store } from '../store/store.ts'
import type { People } from './people.ts'

/** How long a session lasts, seconds. */
export const sessionSeconds = {
  /** Without use. */
  idle: 30 * 60,
  /** In all; the store clears away what is older than a day. */
  absolute: 12 * 3600,
  /** Between the password and the code. */
  code: 5 * 60,
}

/** Somebody who has logged in. */
export interface LoggedIn {
  readonly person: Person
  readonly hasSecondFactor: boolean
  /** A sentence for the next page. */
  readonly said: string | null
}

const idBytes = 32
/** Sessions of one person: a browser here, a browser there. The oldest gives way. */
const sessionsMax = 20
/** Use is noted to this precision: a page that is looked at need not write each time. */
const touchSeconds = 60

const idOf = (cookie: string) => hash('sha256', cookie, 'base64url')

export class SessionBook {
  readonly #store: Store
  readonly #people: People
  readonly #clock: Clock
  readonly #secret: Uint8Array

  private constructor(store: Store, people: People, clock: Clock, secret: Uint8Array) {
    this.#store = store
    this.#people = people
    this.#clock = clock
    this.#secret = secret
  }

  static async open(store: Store, people: People, clock: Clock): Promise<SessionBook> {
    return new SessionBook(store, people, clock, await store.secret('console'))
  }

  /** What a browser holds before anybody has logged in with it: good for a token of its own, and for nothing else. */
  newCookie(): string {
    return randomBytes(idBytes).toString('base64url')
  }

  /** Begins a session under an id that nobody knew before. Null for whoever may not log in (any more). */
  async begin(subject: Subject, face: ConsoleSession['face'], stage: ConsoleSession['stage']): Promise<string | null> {
    const standing = await this.#people.standing(subject)
    if (standing === null) return null
    const cookie = this.newCookie()
    const now = this.#clock.now()
    const { stamp } = standing
    await this.#store.consoleSessions.add(
      { id: idOf(cookie), subject, face, stage, stamp, said: null, createdAt: now, usedAt: now },
      sessionsMax,
    )
    return cookie
  }

  /**
   * Whose session this is; null if it is none, or over. `isUse`: whether somebody does something, and it is not a page that looks
   * after itself.
   */
  async find(cookie: string, face: ConsoleSession['face'], stage: ConsoleSession['stage'], isUse: boolean): Promise<LoggedIn | null> {
    const { consoleSessions } = this.#store
    const session = await consoleSessions.find(idOf(cookie))
    if (session === null || session.face !== face || session.stage !== stage) return null
    const now = this.#clock.now()
    const standing = this.#isOver(session, now) ? null : await this.#people.standing(session.subject)
    if (standing === null || standing.stamp !== session.stamp) {
      await consoleSessions.remove(session.id)
      return null
    }
    if (isUse && now - session.usedAt >= touchSeconds * 1000) await consoleSessions.touch(session.id, now)
    return { person: standing.person, hasSecondFactor: standing.hasSecondFactor, said: session.said }
  }

  #isOver({ stage, createdAt, usedAt }: ConsoleSession, now: number): boolean {
    const { idle, absolute, code } = sessionSeconds
    const age = (now - createdAt) / 1000
    return stage === 'code' ? age >= code : age >= absolute || (now - usedAt) / 1000 >= idle
  }

  /** Leaves a sentence for the next page; null takes it back. */
  say(cookie: string, said: string | null): Promise<void> {
    return this.#store.consoleSessions.say(idOf(cookie), said)
  }

  async end(cookie: string): Promise<void> {
    await this.#store.consoleSessions.remove(idOf(cookie))
  }

  /** The token that a form of this session carries: made of the session's id, and of no use to guess it. */
  csrf(cookie: string): string {
    return createHmac('sha256', this.#secret).update(`csrf/${cookie}`).digest('base64url')
  }

  isCsrf(cookie: string, token: string): boolean {
    const [own, given] = [Buffer.from(this.csrf(cookie)), Buffer.from(token)]
    return own.length === given.length && timingSafeEqual(own, given)
  }
}
