// A roster that still knows those it knew lately while whoever knows cannot be asked.
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import { Unavailable, type Roster } from './password-source.ts'
import { Recently } from './recently.ts'

const namesMax = 50_000

export class RememberedRoster implements Roster {
  readonly #roster: Roster
  readonly #names: Recently<Account>

  /** A name is good for `staleSeconds` after it was last confirmed. */
  constructor(roster: Roster, clock: Clock, staleSeconds: number) {
    this.#roster = roster
    this.#names = new Recently(clock, { seconds: staleSeconds, most: namesMax })
  }

  async find(name: string, hasProven?: 'proven'): Promise<Account | null> {
    const key = name.toLowerCase()
    try {
      const account = await this.#roster.find(name, hasProven)
      if (account !== null) this.#names.keep(key, account)
      return account
    } catch (error) {
      const known = error instanceof Unavailable ? this.#names.find(key) : null
      if (known === null) throw error
      return known
    }
  }

  forget(account: string): void {
    this.#names.drop(({ id }) => id === account)
  }
}
