// How much of the address book an account may read in a minute: whoever copies it name by name gets no further.
import type { Clock } from '../model/clock.ts'
import type { AccountId, Instant } from '../model/id.ts'
import { keepLatest } from '../model/bounded.ts'

interface Allowance {
  /** What was left at that time; below zero after an answer that was larger than the rest. */
  readonly left: number
  readonly at: Instant
}

/** Accounts remembered; the one that asked longest ago goes first. */
const accountsMax = 10_000

/** Counted on each node by itself, and in memory: a restart forgives. */
export class LookUps {
  readonly #clock: Clock
  readonly #perMinute: number
  readonly #allowances = new Map<AccountId, Allowance>()

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock
    this.#perMinute = perMinute
  }

  /** Whether this account may ask now. */
  allows(account: AccountId): boolean {
    return this.#left(account) > 0
  }

  /** Whether a request that was allowed may go on: it may owe what is allowed in a minute, and no more, however much it asks at once. */
  allowsMore(account: AccountId): boolean {
    return this.#left(account) > -this.#perMinute
  }

  /** Counts an answer with so many entries; one with none counts like one entry. */
  charge(account: AccountId, entries: number): void {
    const allowance = { left: this.#left(account) - Math.max(1, entries), at: this.#clock.now() }
    keepLatest(this.#allowances, account, allowance, accountsMax)
  }

  #left(account: AccountId): number {
    const known = this.#allowances.get(account)
    if (known === undefined) return this.#perMinute
    // A clock that was put back takes nothing away.
    const minutes = Math.max(0, this.#clock.now() - known.at) / 60_000
    return Math.min(this.#perMinute, known.left + minutes * this.#perMinute)
  }
}
