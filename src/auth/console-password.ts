// The first question at the console: a name and a password, of a local administrator or of an account.
import type { Logger } from 'pino'
import { accountSubject, administratorSubject } from '../model/actor.ts'
import type { Clock } from '../model/clock.ts'
import type { Subject } from '../model/id.ts'
import type { Administrators } from '../store/administrators.ts'
import type { ConsoleSession } from '../store/console-sessions.ts'
import type { FrontDesk } from './front-desk.ts'
import { isName, nameOf, networkOf, personOf } from './login-name.ts'
import { passwordsWaiting, verifyPassword } from './password.ts'
import { Throttle } from './throttle.ts'

export interface ConsolePasswordOptions {
  readonly administrators: Administrators
  readonly desk: FrontDesk
  readonly clock: Clock
  readonly log: Logger
  readonly failuresPerAddress: number
  readonly failuresPerAccount: number
  readonly delaySecondsMax: number
}

export interface Presented {
  readonly user: string
  readonly password: string
  readonly address: string
  readonly face: ConsoleSession['face']
}

export type PasswordOutcome =
  | { readonly kind: 'right'; readonly subject: Subject }
  /** Wrong, or of somebody who may not log in: which of them is nobody's business. */
  | { readonly kind: 'denied' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  /** Nobody who knows can be asked now: it is no wrong password. */
  | { readonly kind: 'unavailable'; readonly retryAfterSeconds: number }

/** What is typed in place of a name is counted by its beginning. */
const keyLengthMax = 256
const passwordLengthMax = 1024
/** As for phones: the owner of a name that strangers guess at waits a minute, not a quarter of an hour. */
const personDelayShare = 1 / 15
const throttleKeysMax = 100_000
/** Phones that log in at the same time go first. */
const waitingMax = 100

/**
 * Whoever is no local administrator is asked after as an account, and so is a local administrator whose password was wrong:
 * otherwise the time that an answer takes would tell who is one.
 */
export class ConsolePassword {
  readonly #options: ConsolePasswordOptions
  readonly #networks: Throttle
  readonly #people: Throttle

  constructor(options: ConsolePasswordOptions) {
    const { clock, failuresPerAddress, failuresPerAccount, delaySecondsMax } = options
    const personDelay = Math.max(1, delaySecondsMax * personDelayShare)
    this.#options = options
    this.#networks = new Throttle(clock, { free: failuresPerAddress, delaySecondsMax, keysMax: throttleKeysMax })
    this.#people = new Throttle(clock, { free: failuresPerAccount, delaySecondsMax: personDelay, keysMax: throttleKeysMax })
  }

  async check(presented: Presented): Promise<PasswordOutcome> {
    const { user, password, address } = presented
    const isPossible = isName(user) && password !== '' && password.length <= passwordLengthMax
    const budgets = [[this.#networks, networkOf(address)] as const, [this.#people, personOf(user.slice(0, keyLengthMax))] as const]
    const waitSeconds = Math.max(...budgets.map(([throttle, key]) => throttle.waitSeconds(key)))
    if (waitSeconds > 0) return { kind: 'throttled', retryAfterSeconds: Math.ceil(waitSeconds) }
    if (passwordsWaiting() >= waitingMax) return { kind: 'throttled', retryAfterSeconds: 5 }
    for (const [throttle, key] of budgets) throttle.charge(key)
    const outcome: PasswordOutcome = isPossible ? await this.#ask(presented) : { kind: 'denied' }
    if (outcome.kind !== 'denied') for (const [throttle, key] of budgets) throttle.refund(key)
    else this.#options.log.info({ address }, 'wrong password at the console')
    return outcome
  }

  async #ask({ user, password, address, face }: Presented): Promise<PasswordOutcome> {
    // On the users' own page local administrators are nobody: it may be open to the world.
    const administrator = face === 'user' ? null : await this.#administrator(nameOf(user), password)
    if (administrator !== null) return { kind: 'right', subject: administrator }
    const presented = { credentials: { kind: 'basic', user, password }, certificate: null } as const
    const outcome = await this.#options.desk.admit(presented, { address, device: null, door: 'console' })
    switch (outcome.kind) {
      case 'granted':
        return outcome.principal.reach === 'everything'
          ? { kind: 'right', subject: accountSubject(outcome.principal.account.id) }
          : { kind: 'denied' }
      case 'throttled':
      case 'unavailable':
        return outcome
      default:
        return { kind: 'denied' }
    }
  }

  async #administrator(name: string, password: string): Promise<Subject | null> {
    // An address is none of their names, and everybody may know that.
    if (name.includes('@')) return null
    const { administrators } = this.#options
    const isRight = await verifyPassword(await administrators.passwordHash(name), password)
    return isRight && (await administrators.find(name))?.disabled === false ? administratorSubject(name) : null
  }
}
