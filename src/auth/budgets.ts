// Who has to wait before a password is looked at: guesses are counted by address, by the person who is tried, and by device.
import type { AccountId } from '../model/id.ts'
import type { Clock } from '../model/clock.ts'
import type { Origin } from './authenticator.ts'
import { networkOf, personOf } from './login-name.ts'
import { Throttle } from './throttle.ts'

export interface GuessLimits {
  readonly failuresPerAddress: number
  readonly failuresPerAccount: number
  readonly delaySecondsMax: number
}

/** One look at a password, as those count it who pay for it. */
export interface Budget {
  /** Seconds to wait before it; 0 if it may be made now. */
  waitSeconds(): number
  /** Before the look, so that a hundred guesses sent at once are not all free. */
  charge(): void
  /** The guess was none: the password was right, or nobody could be asked. */
  refund(): void
}

/** Strangers wait at most this share of the longest delay for an account: its owner may be setting up a phone. */
const accountDelayShare = 1 / 15
const keysMax = 100_000

export class Budgets {
  readonly #addresses: Throttle
  readonly #accounts: Throttle
  /** Devices that were let in before have a budget of their own, which strangers cannot spend. */
  readonly #known: Throttle

  constructor(clock: Clock, { failuresPerAddress, failuresPerAccount, delaySecondsMax }: GuessLimits) {
    const accountDelay = Math.max(1, delaySecondsMax * accountDelayShare)
    const perAccount = { free: failuresPerAccount, delaySecondsMax: accountDelay, keysMax }
    this.#addresses = new Throttle(clock, { free: failuresPerAddress, delaySecondsMax, keysMax })
    this.#accounts = new Throttle(clock, perAccount)
    this.#known = new Throttle(clock, perAccount)
  }

  /**
   * A known device of an account is counted by itself and by where it comes from; anybody else by his address and by the
   * person he tries. So a stranger's guesses never make a phone wait that is in use, wherever both are.
   */
  of(user: string, known: AccountId | null, { address, device }: Origin): Budget {
    const network = networkOf(address)
    if (known !== null) return budgetOf([[this.#known, `${known}/${device}/${network}`]])
    return budgetOf([
      [this.#addresses, network],
      [this.#accounts, personOf(user)],
    ])
  }

  /** Of whoever says no name. */
  ofStranger({ address }: Origin): Budget {
    return budgetOf([[this.#addresses, networkOf(address)]])
  }
}

function budgetOf(pairs: readonly (readonly [Throttle, string])[]): Budget {
  return {
    waitSeconds: () => Math.max(...pairs.map(([throttle, key]) => throttle.waitSeconds(key))),
    charge: () => pairs.forEach(([throttle, key]) => throttle.charge(key)),
    refund: () => pairs.forEach(([throttle, key]) => throttle.refund(key)),
  }
}
