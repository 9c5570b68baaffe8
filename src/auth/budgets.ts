// Who has to wait before a password is looked at: guesses are counted by address, network, person, password and device.
import type { Account } from '../model/account.ts'
import type { AccountId } from '../model/id.ts'
import type { Clock } from '../model/clock.ts'
import type { Origin } from './authenticator.ts'
import { networkOf, personOf, wideNetworkOf } from './login-name.ts'
import type { SprayWatch } from './spraying.ts'
import { Throttle } from './throttle.ts'

export interface GuessLimits {
  readonly failuresPerAddress: number
  readonly failuresPerNetwork: number
  readonly failuresPerAccount: number
  /** Of strangers, with one password, whoever they try. */
  readonly accountsPerPassword: number
  readonly delaySecondsMax: number
}

/** One look at a password, as those count it who pay for it. */
export interface Budget {
  /** Seconds to wait before it; 0 if it may be made now. */
  waitSeconds(): number
  /** Before the look, so that a hundred guesses sent at once are not all free. */
  charge(): void
  /** The guess was none: nobody could be asked, or the password opens nothing for other reasons. */
  refund(): void
  /** It was none: the password was right. */
  right(account: Account): void
  /** It was one. */
  wrong(): void
}

/** Strangers wait at most this share of the longest delay for an account: its owner may be setting up a phone. */
const accountDelayShare = 1 / 15
const keysMax = 100_000

export class Budgets {
  readonly #watch: SprayWatch
  readonly #addresses: Throttle
  readonly #networks: Throttle
  /** Of networks that try many accounts: every further guess costs a longer wait. */
  readonly #sprayers: Throttle
  readonly #accounts: Throttle
  /** A password that is tried over many accounts, from wherever: whose it is must not be found out. */
  readonly #passwords: Throttle
  /** Devices that were let in before have a budget of their own, which strangers cannot spend. */
  readonly #known: Throttle

  constructor(clock: Clock, limits: GuessLimits, watch: SprayWatch) {
    const { failuresPerAddress, failuresPerNetwork, failuresPerAccount, accountsPerPassword, delaySecondsMax } = limits
    const perAccount = { free: failuresPerAccount, delaySecondsMax: Math.max(1, delaySecondsMax * accountDelayShare), keysMax }
    this.#watch = watch
    this.#addresses = new Throttle(clock, { free: failuresPerAddress, delaySecondsMax, keysMax })
    this.#networks = new Throttle(clock, { free: failuresPerNetwork, delaySecondsMax, keysMax })
    this.#sprayers = new Throttle(clock, { free: 0, delaySecondsMax, keysMax })
    this.#accounts = new Throttle(clock, perAccount)
    this.#passwords = new Throttle(clock, { free: accountsPerPassword, delaySecondsMax, keysMax })
    this.#known = new Throttle(clock, perAccount)
  }

  /**
   * A known device of an account is counted by itself and by where it comes from; anybody else by his address, his network, the
   * person he tries and the password he tries with. So a stranger's guesses never make a phone wait that is in use, wherever both are.
   */
  of(user: string, password: string, known: AccountId | null, origin: Origin): Budget {
    const { address, device } = origin
    if (known !== null) return budgetOf([[this.#known, `${known}/${device}/${networkOf(address)}`]])
    const guess = { network: wideNetworkOf(address), person: personOf(user), password }
    const budget = budgetOf([
      ...this.#pairsOf(origin),
      [this.#accounts, guess.person],
      [this.#passwords, this.#watch.passwordKey(password)],
    ])
    return {
      ...budget,
      wrong: () => this.#watch.wrong(guess),
      right: (account) => {
        budget.refund()
        this.#watch.right(guess, account.address)
      },
    }
  }

  /** Of whoever says no name. */
  ofStranger(origin: Origin): Budget {
    return budgetOf(this.#pairsOf(origin))
  }

  #pairsOf({ address }: Origin): (readonly [Throttle, string])[] {
    const network = wideNetworkOf(address)
    const isSpraying = this.#watch.isSpraying(network)
    return [[this.#addresses, networkOf(address)], [this.#networks, network], ...(isSpraying ? [[this.#sprayers, network] as const] : [])]
  }
}

function budgetOf(pairs: readonly (readonly [Throttle, string])[]): Budget {
  const refund = () => pairs.forEach(([throttle, key]) => throttle.refund(key))
  return {
    waitSeconds: () => Math.max(...pairs.map(([throttle, key]) => throttle.waitSeconds(key))),
    charge: () => pairs.forEach(([throttle, key]) => throttle.charge(key)),
    refund,
    right: refund,
    wrong: () => undefined,
  }
}
