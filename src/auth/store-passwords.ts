// The password source of those who have no directory: the accounts of the store, with their passwords.
import type { Account } from '../model/account.ts'
import type { Accounts } from '../store/accounts.ts'
import { nameOf } from './login-name.ts'
import { verifyPassword } from './password.ts'
import type { PasswordSource, Proven } from './password-source.ts'

type Known = Pick<Accounts, 'byAddress' | 'domains' | 'passwordHash'>

/** Proves passwords against the hashes of these accounts. It is never unavailable: where the store is, nothing else works either. */
export function createStorePasswords(accounts: Known): PasswordSource {
  return new StorePasswords(accounts)
}

class StorePasswords implements PasswordSource {
  readonly #accounts: Known

  constructor(accounts: Known) {
    this.#accounts = accounts
  }

  /** `user@domain`, `DOMAIN\user` or a bare name; a name that fits in several of our domains fits in none. */
  async find(user: string): Promise<Account | null> {
    const name = nameOf(user)
    if (name === '') return null
    if (name.includes('@')) return this.#accounts.byAddress(name)
    const found = new Map<string, Account>()
    for (const domain of await this.#accounts.domains()) {
      const account = await this.#accounts.byAddress(`${name}@${domain}`)
      if (account !== null) found.set(account.id, account)
      if (found.size > 1) return null
    }
    const [only] = found.values()
    return only ?? null
  }

  stamp(account: Account): Promise<string | null> {
    return this.#accounts.passwordHash(account.id)
  }

  /** Nobody, and who has no password here, takes as long as somebody. */
  async prove(user: string, password: string, urgent: boolean): Promise<Proven> {
    const account = await this.find(user)
    const hash = account === null ? null : await this.#accounts.passwordHash(account.id)
    const isRight = await verifyPassword(hash, password, urgent)
    if (isRight && account !== null && hash !== null) return { kind: 'right', account, stamp: hash, verifier: hash }
    return { kind: 'wrong', account, stamp: hash }
  }
}
