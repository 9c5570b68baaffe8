// The password source of those who have a directory: it is asked who somebody is and whether a password is his; accounts follow it.
import { createHmac, randomBytes } from 'node:crypto'
import { DirectoryUnavailable, type BindOutcome, type DirectoryUser, type LoginDirectory } from '../directory/directory.ts'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { AccountId, Instant } from '../model/id.ts'
import type { Store } from '../store/store.ts'
import { barredBecause, type DirectoryAccounts } from './directory-accounts.ts'
import { personOf } from './login-name.ts'
import { hashPassword, verifyPassword } from './password.ts'
import { Unavailable, type PasswordSource, type Proven } from './password-source.ts'
import { WrongBinds, type WrongBindsOptions } from './wrong-binds.ts'
import { keepLatest } from '../model/bounded.ts'

export interface DirectoryPasswordsOptions {
  readonly directory: LoginDirectory
  readonly accounts: DirectoryAccounts
  readonly store: Pick<Store, 'accounts'>
  /** Of accounts that are no directory's. */
  readonly local: PasswordSource
  readonly clock: Clock
  /** How long an account is good after the directory was last seen to have its owner, while it does not answer. */
  readonly graceMinutes: number
  /** How many wrong passwords of one person the directory is shown. */
  readonly wrong: WrongBindsOptions
}

/**
 * How old an answer may be that is given again. Whoever asks here remembers for 30 s: together they keep the promise that somebody who
 * was disabled is out within a minute, even where the job that reads the directory has stopped.
 */
const freshSeconds = 25
/**
 * How long a name means the same person without being looked up again, as long as the job has seen him. Names are given to others, but
 * seldom, and not in the same minutes.
 */
const nameSeconds = 300
const namesMax = 50_000
const verifiersMax = 50_000

interface Seen {
  readonly user: DirectoryUser
  readonly at: Instant
}

export class DirectoryPasswords implements PasswordSource {
  readonly #options: DirectoryPasswordsOptions
  /** What a name meant, when it was asked; null for nobody. */
  readonly #names = new Map<string, { readonly id: string | null; readonly at: Instant }>()
  readonly #users = new Map<string, Seen>()
  readonly #asking = new Map<string, Promise<DirectoryUser | null>>()
  /** A device's row is written when its verifier is another: the same password has the same one as long as the server runs. */
  readonly #verifiers = new Map<AccountId, { readonly proof: string; readonly verifier: string }>()
  readonly #secret = randomBytes(32)
  readonly #wrong: WrongBinds
  /** Set while the directory seems to have lost too many at once: nobody is believed to be gone then. */
  isDoubted = false

  constructor(options: DirectoryPasswordsOptions) {
    this.#options = options
    this.#wrong = new WrongBinds(options.clock, options.wrong)
  }

  /** Told by the job that reads everybody, with when it began. */
  saw(user: DirectoryUser, at: Instant): void {
    const seen = this.#users.get(user.id)
    if (seen !== undefined && seen.at < at) keepLatest(this.#users, user.id, { user, at }, namesMax)
  }

  async find(name: string, hasProven?: 'proven'): Promise<Account | null> {
    const user = await this.#lookUp(name).catch((error: unknown) => this.#inTrouble(name, error))
    if (user === null) return this.#ownOnly(await this.#options.local.find(name))
    if (!('enabled' in user)) return user
    const { accounts } = this.#options
    const account = hasProven === undefined ? await accounts.known(user) : await accounts.welcome(user)
    return account === null ? null : this.#followed(account, user)
  }

  async stamp(account: Account): Promise<string | null> {
    const { directoryId } = account
    if (directoryId === null) return this.#options.local.stamp(account)
    const seen = this.#users.get(directoryId)
    if (seen !== undefined && this.#isWithin(seen.at, freshSeconds)) return seen.user.passwordStamp
    try {
      const user = await this.#options.directory.byId(directoryId)
      if (user === null) return null
      this.#note(user)
      return user.passwordStamp
    } catch (error) {
      // What was told before confirms nothing: whoever asks knows how long he may go on without.
      if (!(error instanceof DirectoryUnavailable)) throw error
      throw new Unavailable(error.message, { cause: error })
    }
  }

  async prove(name: string, password: string, urgent: boolean): Promise<Proven> {
    const { accounts, local } = this.#options
    try {
      const user = await this.#lookUp(name)
      // An account of our own, or one that the directory knew once, which has no password here.
      if (user === null) return await this.#proveLocally(name, password, urgent)
      // Nobody shall learn from the time whom the directory knows: a name that it does not costs this, and no bind.
      const [outcome] = await Promise.all([this.#bind(user, password, urgent), verifyPassword(null, password, urgent)])
      if (outcome === 'wrong') {
        return { kind: 'wrong', account: await accounts.known(user), stamp: user.passwordStamp }
      }
      const why = outcome === 'right' ? this.#barred(user) : outcome
      if (why !== null) return { kind: 'barred', account: await accounts.known(user), why }
      const account = await accounts.welcome(user)
      if (account === null) return { kind: 'barred', account: null, why: barredBecause(user) ?? 'its address is taken' }
      const verifier = await this.#verifier(account.id, password)
      return { kind: 'right', account: await this.#followed(account, user), stamp: user.passwordStamp, verifier }
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error
      const own = this.#ownOnly(await local.find(name))
      if (own !== null && (await local.stamp(own)) !== null) return local.prove(name, password, urgent)
      throw new Unavailable(error.message, { cause: error })
    }
  }

  /** A device that was let in before is shown to the directory whatever strangers did; its wrong passwords count all the same. */
  async #bind(user: DirectoryUser, password: string, urgent: boolean): Promise<BindOutcome> {
    this.#begin(user.id, urgent)
    try {
      const outcome = await this.#options.directory.bind(user, password)
      if (outcome !== 'wrong') this.#wrong.right(user.id)
      return outcome
    } catch (error) {
      this.#wrong.refund(user.id)
      throw error
    }
  }

  #begin(id: string, urgent: boolean): void {
    if (!urgent && !this.#wrong.mayAsk(id)) throw new Unavailable('the directory has seen enough wrong passwords of this person')
    this.#wrong.begin(id)
  }

  /** Nobody's name is counted as somebody's: else the answer would tell which names there are. */
  async #proveLocally(name: string, password: string, urgent: boolean): Promise<Proven> {
    const { local } = this.#options
    if ((await local.find(name)) === null) this.#begin(`nobody ${personOf(name)}`, urgent)
    return local.prove(name, password, urgent)
  }

  #ownOnly(account: Account | null): Account | null {
    return account === null || account.directoryId === null ? account : null
  }

  /** The account with the names and groups it has now. Who is out is written down by the job that sees everybody. */
  async #followed(account: Account, user: DirectoryUser): Promise<Account> {
    const { account: kept } = await this.#options.accounts.keep(account, user, account.barred)
    return this.#standing(kept, user)
  }

  /** The account as the directory sees it now: the job that writes it down may not have come round yet. */
  #standing(account: Account, user: DirectoryUser): Account {
    const barred = this.#barred(user)
    // Who is let in again is so once that is written down: an administrator may have shut the account besides.
    return barred === null || barred === account.barred ? account : { ...account, barred, disabled: true }
  }

  #barred(user: DirectoryUser): string | null {
    const barred = barredBecause(user)
    return this.isDoubted && barred === 'not-enabled' ? null : barred
  }

  async #lookUp(name: string): Promise<DirectoryUser | null> {
    const key = name.trim().toLowerCase()
    const known = this.#names.get(key)
    if (known !== undefined) {
      const seen = known.id === null ? undefined : this.#users.get(known.id)
      if (known.id === null && this.#isWithin(known.at, freshSeconds)) return null
      if (seen !== undefined && this.#isWithin(seen.at, freshSeconds) && this.#isWithin(known.at, nameSeconds)) return seen.user
    }
    const underWay = this.#asking.get(key)
    if (underWay !== undefined) return underWay
    const asking = this.#ask(key, name).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asking)
    return asking
  }

  async #ask(key: string, name: string): Promise<DirectoryUser | null> {
    const user = await this.#options.directory.find(name)
    if (user === null && this.isDoubted) throw new DirectoryUnavailable('the directory has lost too many at once to be believed')
    if (user !== null) this.#note(user)
    keepLatest(this.#names, key, { id: user?.id ?? null, at: this.#options.clock.now() }, namesMax)
    return user
  }

  /**
   * Whom a name means while the directory does not answer: an account of our own, or one whose owner the directory was seen to have not
   * long ago. Whoever asks remembers those it knew; this is for the time after a restart.
   */
  async #inTrouble(name: string, error: unknown): Promise<Account> {
    if (!(error instanceof DirectoryUnavailable)) throw error
    const account = await this.#options.local.find(name)
    if (account !== null && (await this.#isGood(account))) return account
    throw new Unavailable(error.message, { cause: error })
  }

  async #isGood(account: Account): Promise<boolean> {
    const { store, local, graceMinutes } = this.#options
    if (account.directoryId === null) return (await local.stamp(account)) !== null
    const seenAt = await store.accounts.directorySeen(account.id)
    return seenAt !== null && this.#isWithin(seenAt, graceMinutes * 60)
  }

  async #verifier(account: AccountId, password: string): Promise<string> {
    const proof = createHmac('sha256', this.#secret).update(password.normalize('NFC')).digest('base64')
    const known = this.#verifiers.get(account)
    if (known?.proof === proof) return known.verifier
    const verifier = await hashPassword(password)
    keepLatest(this.#verifiers, account, { proof, verifier }, verifiersMax)
    return verifier
  }

  #note(user: DirectoryUser): void {
    keepLatest(this.#users, user.id, { user, at: this.#options.clock.now() }, namesMax)
  }

  #isWithin(at: Instant, seconds: number): boolean {
    return this.#options.clock.now() - at < seconds * 1000
  }
}
