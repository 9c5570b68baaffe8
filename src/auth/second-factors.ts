// Second factors: a secret is shown to its owner, confirmed by a first code, and asked for at every login from then on.
import type { Clock } from '../model/clock.ts'
import type { Person } from '../model/actor.ts'
import type { Subject } from '../model/id.ts'
import type { SecondFactor, SecondFactors } from '../store/second-factors.ts'
import { networkOf } from './login-name.ts'
import { enrolmentOf, newSecret, stepOf, type Enrolment } from './one-time-password.ts'
import { Throttle } from './throttle.ts'
import type { Vault } from './vault.ts'

export interface SecondFactorOptions {
  readonly factors: SecondFactors
  readonly vault: Vault
  readonly clock: Clock
  /** What apps show beside the code. */
  readonly issuer: string
  readonly failuresPerAddress: number
  readonly delaySecondsMax: number
}

export type CodeOutcome =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }

/** Wrong codes of one person before he has to wait. Whoever guesses has his password already, so waits grow as long as an address's. */
const failuresPerPerson = 5
const throttleKeysMax = 100_000

const about = (subject: Subject) => `second factor of ${subject}`

export class SecondFactorDesk {
  readonly #options: SecondFactorOptions
  readonly #people: Throttle
  readonly #networks: Throttle

  constructor(options: SecondFactorOptions) {
    const { clock, failuresPerAddress, delaySecondsMax } = options
    this.#options = options
    this.#people = new Throttle(clock, { free: failuresPerPerson, delaySecondsMax, keysMax: throttleKeysMax })
    this.#networks = new Throttle(clock, { free: failuresPerAddress, delaySecondsMax, keysMax: throttleKeysMax })
  }

  /** `begun`: a secret was made, and no code of it shown yet. */
  async stateOf(subject: Subject): Promise<'none' | 'begun' | 'confirmed'> {
    const found = await this.#options.factors.find(subject)
    if (found === null) return 'none'
    return found.confirmed ? 'confirmed' : 'begun'
  }

  /** Makes a secret. One that is confirmed stays: it has to be taken away first. */
  async begin({ subject }: Person): Promise<void> {
    const { factors, vault } = this.#options
    if ((await factors.find(subject))?.confirmed === true) return
    await factors.put(subject, vault.seal(newSecret(), about(subject)))
  }

  /** What the app has to be told; null unless it was begun. A confirmed secret is never shown again. */
  async enrolment({ subject, name }: Person): Promise<Enrolment | null> {
    const { factors, vault, issuer } = this.#options
    const found = await factors.find(subject)
    const secret = found === null || found.confirmed ? null : vault.open(found.sealed, about(subject))
    return secret === null ? null : enrolmentOf(secret, issuer, name)
  }

  /** Whether this is a code that was not used before. The first one confirms the factor. */
  async check(subject: Subject, code: string, address: string): Promise<CodeOutcome> {
    const { factors, clock } = this.#options
    const budgets = [[this.#people, subject] as const, [this.#networks, networkOf(address)] as const]
    const waitSeconds = Math.max(...budgets.map(([throttle, key]) => throttle.waitSeconds(key)))
    if (waitSeconds > 0) return { kind: 'throttled', retryAfterSeconds: Math.ceil(waitSeconds) }
    for (const [throttle, key] of budgets) throttle.charge(key)
    const found = await factors.find(subject)
    const step = found === null ? null : stepOf(this.#open(subject, found), code, clock.now())
    if (found === null || step === null || !(await factors.spend(subject, found.sealed, step))) return { kind: 'wrong' }
    for (const [throttle, key] of budgets) throttle.refund(key)
    return { kind: 'right' }
  }

  /** Fails rather than let somebody in without: an administrator takes it away, with the shell if need be. */
  #open(subject: Subject, { sealed }: SecondFactor): Uint8Array {
    const secret = this.#options.vault.open(sealed, about(subject))
    if (secret === null) throw new Error(`the ${about(subject)} does not open: vault.key is not the one it was sealed with`)
    return secret
  }

  /** Takes it away; whoever calls has asked for a code, or is an administrator. */
  remove(subject: Subject): Promise<boolean> {
    return this.#options.factors.remove(subject)
  }
}
