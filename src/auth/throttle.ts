// Throttling of wrong passwords: a few are free, then each costs a longer wait.
import type { Clock } from '../model/clock.ts'
import { keepLatest } from '../model/bounded.ts'

export interface ThrottleOptions {
  /** Failures before the first wait. */
  readonly free: number
  readonly delaySecondsMax: number
  /** Keys remembered; the one unused for longest goes first. */
  readonly keysMax: number
}

interface Record {
  failures: number
  blockedUntil: number
  lastFailure: number
}

/** After this long without a failure a key starts afresh. */
const forgiveSeconds = 3600

/**
 * Attempts are charged before the password is looked at and refunded when it was right, so that a hundred guesses sent at
 * once are not all free.
 */
export class Throttle {
  readonly #records = new Map<string, Record>()
  readonly #clock: Clock
  readonly #options: ThrottleOptions

  constructor(clock: Clock, options: ThrottleOptions) {
    this.#clock = clock
    this.#options = options
  }

  /** Seconds to wait before the next attempt; 0 if it may be made now. */
  waitSeconds(key: string): number {
    const record = this.#records.get(key)
    if (record === undefined) return 0
    // A clock that was put back must not make anybody wait for longer than the longest delay.
    return Math.min(this.#options.delaySecondsMax, Math.max(0, (record.blockedUntil - this.#clock.now()) / 1000))
  }

  /** Counts an attempt. */
  charge(key: string): void {
    const now = this.#clock.now()
    const known = this.#records.get(key)
    const failures = known === undefined || now - known.lastFailure > forgiveSeconds * 1000 ? 1 : known.failures + 1
    const excess = failures - this.#options.free
    // 1, 2, 4 … seconds; the exponent is bounded long before the delay is.
    const delay = excess <= 0 ? 0 : Math.min(this.#options.delaySecondsMax, 2 ** Math.min(excess - 1, 30))
    this.#keep(key, { failures, lastFailure: now, blockedUntil: delay === 0 ? 0 : now + delay * 1000 })
  }

  /** The attempt was good: it counts for nothing. Earlier failures stay counted. */
  refund(key: string): void {
    const record = this.#records.get(key)
    if (record === undefined) return
    record.failures--
    if (record.failures <= this.#options.free) record.blockedUntil = 0
    if (record.failures <= 0) this.#records.delete(key)
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#records.size
  }

  #keep(key: string, record: Record): void {
    keepLatest(this.#records, key, record, this.#options.keysMax)
  }
}
