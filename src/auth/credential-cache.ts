// What was proven about credentials lately: Basic sends them with every request, and argon2id takes 30 ms.
import { hash, randomBytes } from 'node:crypto'
import type { Clock } from '../model/clock.ts'
import type { AccountId } from '../model/id.ts'
import type { Account } from '../model/account.ts'
import { keepLatest } from '../model/bounded.ts'

/** What is known of one pair of user and password; instants in milliseconds. */
export type Proof =
  | {
      readonly kind: 'right'
      readonly account: Account
      /** What the proof rests on (`PasswordSource.stamp`). */
      readonly stamp: string | null
      readonly verifier: string
      /** When the password was looked at. */
      readonly provenAt: number
      /** When whoever knows last said that the proof still stands. */
      readonly confirmedAt: number
      /** When he was last asked, whether he answered or not. */
      readonly askedAt: number
    }
  | {
      readonly kind: 'wrong'
      readonly account: AccountId | null
      readonly stamp: string | null
      readonly provenAt: number
      readonly askedAt: number
      /** How often it was looked at, and wrong every time. */
      readonly looks: number
    }
  /** Right, and the account is out. */
  | { readonly kind: 'barred'; readonly account: AccountId | null; readonly askedAt: number }

export interface CredentialCacheOptions {
  /** Unused for this long, a proof of a right password is forgotten. */
  readonly idleSeconds: number
  /** Proofs of each kind that are kept: guesses never crowd out the phones that are in use. */
  readonly size: number
}

interface Entry {
  readonly proof: Proof
  usedAt: number
}

/** What was wrong is remembered for longer than it stays so in a phone that asks once a day: each look may count against the account. */
const wrongIdleSeconds = 2 * 86_400

export class CredentialCache {
  readonly #right = new Map<string, Entry>()
  readonly #wrong = new Map<string, Entry>()
  readonly #clock: Clock
  readonly #options: CredentialCacheOptions
  /** Of this process only: what the keys are made of cannot be guessed from them. */
  readonly #secret = randomBytes(32).toString('base64')
  #generation = 0

  constructor(clock: Clock, options: CredentialCacheOptions) {
    this.#clock = clock
    this.#options = options
  }

  /** The key of a pair. Neither the name nor the password is kept. */
  key(user: string, password: string): string {
    // Nobody sees these keys, so nobody can extend them: the secret in front serves as an HMAC would, at a fifth of the cost.
    return hash('sha256', `${this.#secret}${user.length}:${user}${password}`, 'base64')
  }

  /** What was proven; null if nothing is known (any more). */
  find(key: string): Proof | null {
    const proofs = this.#right.has(key) ? this.#right : this.#wrong
    const entry = proofs.get(key)
    if (entry === undefined) return null
    const now = this.#clock.now()
    // A Map iterates in the order of insertion: what is used moves to the end, and the first is the one to go.
    proofs.delete(key)
    const { idleSeconds } = this.#options
    if (now - entry.usedAt > (proofs === this.#right ? idleSeconds : Math.max(idleSeconds, wrongIdleSeconds)) * 1000) return null
    entry.usedAt = now
    proofs.set(key, entry)
    return entry.proof
  }

  /**
   * Names the state of the cache. A check that was under way while something was forgotten may rest on the old password:
   * `keep` drops it.
   */
  get generation(): number {
    return this.#generation
  }

  keep(key: string, proof: Proof, generation: number): void {
    if (generation !== this.#generation) return
    this.drop(key)
    const proofs = proof.kind === 'right' ? this.#right : this.#wrong
    keepLatest(proofs, key, { proof, usedAt: this.#clock.now() }, this.#options.size)
  }

  drop(key: string): void {
    this.#right.delete(key)
    this.#wrong.delete(key)
  }

  /** Forgets what is known of an account, and of names that were nobody's: they may be its own from now on. */
  forget(account: string): void {
    this.#generation++
    for (const [key, { proof }] of this.#right) {
      if (proof.kind === 'right' && proof.account.id === account) this.#right.delete(key)
    }
    for (const [key, { proof }] of this.#wrong) {
      if (proof.kind !== 'right' && (proof.account === null || proof.account === account)) this.#wrong.delete(key)
    }
  }

  get size(): number {
    return this.#right.size + this.#wrong.size
  }
}
