// A password source in memory that counts how often it is asked, and can be down: what a directory looks like from login.
import { hashPassword } from '../../src/auth/password.ts'
import { Unavailable, type PasswordSource, type Proven } from '../../src/auth/password-source.ts'
import type { Account } from '../../src/model/account.ts'

export class CountingSource implements PasswordSource {
  readonly #account: Account
  /** The verifier of every password that is right: what it is made of matters to nobody here. */
  readonly #verifier: string
  password: string
  /** Null: it does not tell when a password was changed. */
  told: string | null
  barred: string | null = null
  isDown = false
  /** How many passwords it looked at: what a directory counts before it locks an account. */
  looks = 0

  private constructor(account: Account, password: string, told: string | null, verifier: string) {
    this.#account = account
    this.password = password
    this.told = told
    this.#verifier = verifier
  }

  static async of(account: Account, password: string, told: string | null = 'first'): Promise<CountingSource> {
    return new CountingSource(account, password, told, await hashPassword(password))
  }

  async find(name: string): Promise<Account | null> {
    await this.#answer()
    return this.#account.addresses.includes(name.toLowerCase()) ? { ...this.#account } : null
  }

  async stamp(): Promise<string | null> {
    await this.#answer()
    return this.told
  }

  async prove(user: string, password: string): Promise<Proven> {
    const account = await this.find(user)
    this.looks++
    if (account === null || password !== this.password) return { kind: 'wrong', account, stamp: account === null ? null : this.told }
    if (this.barred !== null) return { kind: 'barred', account, why: this.barred }
    return { kind: 'right', account, stamp: this.told, verifier: this.#verifier }
  }

  #answer(): Promise<void> {
    return this.isDown ? Promise.reject(new Unavailable('the directory does not answer')) : Promise.resolve()
  }
}
