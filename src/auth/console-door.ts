// The door of the console: a password, perhaps a code, and then a session; each login and logout stands in the audit log.
import { administratorSubject, type Person } from '../model/actor.ts'
import type { Clock } from '../model/clock.ts'
import type { Subject } from '../model/id.ts'
import type { ConsoleSession } from '../store/console-sessions.ts'
import type { Store } from '../store/store.ts'
import type { ConsolePassword, PasswordOutcome, Presented } from './console-password.ts'
import type { FailedLogins } from './failed-logins.ts'
import type { CodeOutcome, SecondFactorDesk } from './second-factors.ts'
import type { SessionBook } from './sessions.ts'

export interface ConsoleDoorParts {
  readonly store: Store
  readonly clock: Clock
  readonly passwords: ConsolePassword
  readonly factors: SecondFactorDesk
  readonly sessions: SessionBook
  readonly failures: FailedLogins
}

export type Entered =
  /** `cookie` is that of a session. */
  | { readonly kind: 'open'; readonly cookie: string; readonly person: Person }
  /** `cookie` leads to the question for a code. */
  | { readonly kind: 'code'; readonly cookie: string }
  | Exclude<PasswordOutcome, { readonly kind: 'right' }>

export class ConsoleDoor {
  readonly #parts: ConsoleDoorParts

  constructor(parts: ConsoleDoorParts) {
    this.#parts = parts
  }

  /** The password. Whoever has a second factor is asked for a code next. */
  async enter(presented: Presented): Promise<Entered> {
    const { passwords, factors, sessions, failures } = this.#parts
    const { user, address, face } = presented
    const outcome = await passwords.check(presented)
    if (outcome.kind !== 'right') {
      if (outcome.kind !== 'unavailable') failures.note(user, address)
      return outcome
    }
    const { subject } = outcome
    if ((await factors.stateOf(subject)) !== 'confirmed') return this.#open(subject, face, address)
    const cookie = await sessions.begin(subject, face, 'code')
    return cookie === null ? { kind: 'denied' } : { kind: 'code', cookie }
  }

  /** The code of whoever gave his password before; null where that was too long ago. */
  async code(cookie: string, code: string, face: ConsoleSession['face'], address: string): Promise<Entered | null> {
    const { factors, sessions, failures } = this.#parts
    const found = await sessions.find(cookie, face, 'code', true)
    if (found === null) return null
    const { subject, name } = found.person
    const outcome = await factors.check(subject, code, address)
    if (outcome.kind !== 'right') {
      failures.note(name, address)
      return outcome.kind === 'wrong' ? { kind: 'denied' } : outcome
    }
    await sessions.end(cookie)
    return this.#open(subject, face, address)
  }

  async #open(subject: Subject, face: ConsoleSession['face'], address: string): Promise<Entered> {
    const { sessions, store, clock } = this.#parts
    const cookie = await sessions.begin(subject, face, 'open')
    const found = cookie === null ? null : await sessions.find(cookie, face, 'open', true)
    if (cookie === null || found === null) return { kind: 'denied' }
    const { person, hasSecondFactor } = found
    if (subject === administratorSubject(person.name)) await store.administrators.change(person.name, { lastLogin: clock.now() })
    await this.note('login', person, address, { page: face, secondFactor: hasSecondFactor })
    return { kind: 'open', cookie, person }
  }

  /** Whether somebody who is logged in knows his password. */
  async confirm(
    { subject, name }: Person,
    password: string,
    address: string,
  ): Promise<CodeOutcome | Extract<PasswordOutcome, { readonly kind: 'unavailable' }>> {
    const outcome = await this.#parts.passwords.check({ user: name, password, address, face: 'console' })
    if (outcome.kind === 'throttled' || outcome.kind === 'unavailable') return outcome
    return { kind: outcome.kind === 'right' && outcome.subject === subject ? 'right' : 'wrong' }
  }

  /** Ends a session. */
  async leave(cookie: string, person: Person, address: string): Promise<void> {
    await this.#parts.sessions.end(cookie)
    await this.note('logout', person, address, {})
  }

  /** Something a person did about his own login, for the audit log. */
  async note(action: string, { name, role }: Person, address: string, detail: Readonly<Record<string, unknown>>): Promise<void> {
    const { store, clock } = this.#parts
    await store.audit.append({ at: clock.now(), actor: name, role, origin: address, action, target: name, detail })
  }
}
