// Basic authentication against the accounts of the store.
import type { Logger } from 'pino'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { AccountId, DeviceId } from '../model/id.ts'
import type { Accounts } from '../store/accounts.ts'
import type { Devices } from '../store/devices.ts'
import type { Authenticator, BasicCredentials, Origin, Outcome } from './authenticator.ts'
import { CredentialCache, type Proof } from './credential-cache.ts'
import { nameOf, networkOf, personOf } from './login-name.ts'
import { passwordsWaiting, verifyPassword } from './password.ts'
import { Throttle } from './throttle.ts'
import { WipeProofs } from './wipe-proofs.ts'

export interface BasicOptions {
  readonly accounts: Accounts
  readonly devices: Devices
  readonly clock: Clock
  readonly log: Logger
  readonly cacheMinutes: number
  readonly cacheSize: number
  readonly failuresPerAddress: number
  readonly failuresPerAccount: number
  readonly delaySecondsMax: number
}

const userLengthMax = 256 // RFC 5321 4.5.3.1.3, and the names of a directory are shorter
const passwordLengthMax = 1024
/** How old a proof may be before the store is asked whether the password or the account changed. */
const freshSeconds = 30
/** Strangers wait at most this share of the longest delay for an account: its owner may be setting up a phone. */
const accountDelayShare = 1 / 15
const throttleKeysMax = 100_000
/** More waiting checks than this take longer than a phone waits for its answer. */
const waitingMax = 400

/** The authenticator for accounts with a password in the store. */
export function createBasicAuthenticator(options: BasicOptions): Authenticator {
  return new BasicAuthenticator(options)
}

class BasicAuthenticator implements Authenticator {
  readonly #options: BasicOptions
  readonly #cache: CredentialCache
  readonly #addresses: Throttle
  readonly #accounts: Throttle
  /** Devices that were let in before have a budget of their own, which strangers cannot spend. */
  readonly #known: Throttle
  readonly #wipeProofs: WipeProofs
  /** The same pair, checked by several requests of a phone at once, costs one derivation. */
  readonly #underWay = new Map<string, Promise<Outcome>>()

  constructor(options: BasicOptions) {
    const { clock, cacheMinutes, cacheSize, failuresPerAddress, failuresPerAccount, delaySecondsMax } = options
    this.#options = options
    this.#wipeProofs = new WipeProofs(options.devices, clock)
    this.#cache = new CredentialCache(clock, { idleSeconds: cacheMinutes * 60, size: cacheSize })
    const shared = { delaySecondsMax, keysMax: throttleKeysMax }
    const accountDelay = Math.max(1, delaySecondsMax * accountDelayShare)
    this.#addresses = new Throttle(clock, { ...shared, free: failuresPerAddress })
    this.#accounts = new Throttle(clock, { ...shared, free: failuresPerAccount, delaySecondsMax: accountDelay })
    this.#known = new Throttle(clock, { ...shared, free: failuresPerAccount, delaySecondsMax: accountDelay })
  }

  forget(account: string): void {
    this.#cache.forget(account)
  }

  async authenticate(credentials: BasicCredentials, origin: Origin): Promise<Outcome> {
    const { user, password } = credentials
    if (!isPossible(user, password)) return { kind: 'denied' }
    const key = this.#cache.key(user, password)
    const outcome = await this.#prove(key, credentials, origin)
    const isOver = outcome.kind !== 'denied' && outcome.kind !== 'disabled'
    if (isOver || origin.forWipe !== true) return outcome
    return (await this.#forWipe(key, credentials, origin)) ?? outcome
  }

  /** A lost phone must be reached after its owner has changed his password: it is let in for its wipe with what it came in with last. */
  async #forWipe(key: string, { user, password }: BasicCredentials, { device }: Origin): Promise<Outcome | null> {
    const account = await this.#resolve(user)
    const areGood = await this.#wipeProofs.areGood(key, password, account?.id ?? null, device)
    return account !== null && areGood ? { kind: 'granted', principal: { account, method: 'basic', verifier: null, reach: 'wipe' } } : null
  }

  async #prove(key: string, { user, password }: BasicCredentials, origin: Origin): Promise<Outcome> {
    const proof = this.#cache.find(key)
    if (proof !== null) {
      const remembered = await this.#recall(key, proof, user)
      if (remembered !== null) return remembered
    }
    const underWay = this.#underWay.get(key)
    if (underWay !== undefined) return underWay
    const check = this.#check(key, user, password, origin).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, check)
    return check
  }

  /** The outcome that a proof still stands for; null if the account or its password changed since. */
  async #recall(key: string, proof: Proof, user: string): Promise<Outcome | null> {
    const { accounts, clock } = this.#options
    const isFresh = clock.now() - proof.checkedAt < freshSeconds * 1000
    // A phone with an old password asks for ever: it is told so from memory, and that is no new guess.
    if (isFresh) return proof.kind === 'wrong' ? { kind: 'denied' } : granted(proof.account, proof.hash)
    const generation = this.#cache.generation
    const account = await this.#resolve(user)
    const hash = account === null ? null : await accounts.passwordHash(account.id)
    const id = proof.kind === 'right' ? proof.account.id : proof.account
    if ((account?.id ?? null) !== id || hash !== proof.hash) {
      this.#cache.drop(key)
      return null
    }
    const checkedAt = clock.now()
    if (proof.kind === 'wrong' || account === null || hash === null) {
      this.#cache.keep(key, { kind: 'wrong', account: id, hash, checkedAt }, generation)
      return { kind: 'denied' }
    }
    this.#cache.keep(key, { kind: 'right', account, hash, checkedAt }, generation)
    return granted(account, hash)
  }

  /** The expensive way: throttle, derive, compare, remember. */
  async #check(key: string, user: string, password: string, origin: Origin): Promise<Outcome> {
    const { accounts, log, clock } = this.#options
    const account = await this.#resolve(user)
    const isKnown = account !== null && (await this.#isKnown(account.id, origin.device))
    const budgets = this.#budgets(account !== null && isKnown ? account.id : personOf(user), origin, isKnown)
    const waitSeconds = Math.max(...budgets.map(([throttle, name]) => throttle.waitSeconds(name)))
    if (waitSeconds > 0) return this.#throttled(waitSeconds, account, origin, 'too many wrong passwords')
    if (passwordsWaiting() >= waitingMax && !isKnown) return this.#throttled(waitingMax / 20, account, origin, 'too many logins at once')
    for (const [throttle, name] of budgets) throttle.charge(name)
    const generation = this.#cache.generation
    const hash = account === null ? null : await accounts.passwordHash(account.id)
    const isRight = await verifyPassword(hash, password, isKnown)
    const checkedAt = clock.now()
    if (isRight && account !== null && hash !== null) {
      for (const [throttle, name] of budgets) throttle.refund(name)
      this.#cache.keep(key, { kind: 'right', account, hash, checkedAt }, generation)
      return granted(account, hash)
    }
    this.#cache.keep(key, { kind: 'wrong', account: account?.id ?? null, hash, checkedAt }, generation)
    log.info({ account: account?.id ?? null, address: origin.address, device: origin.device }, 'wrong password')
    return { kind: 'denied' }
  }

  #throttled(waitSeconds: number, account: Account | null, origin: Origin, why: string): Outcome {
    this.#options.log.info({ account: account?.id ?? null, address: origin.address, device: origin.device, waitSeconds }, why)
    return { kind: 'throttled', retryAfterSeconds: Math.ceil(waitSeconds) }
  }

  /**
   * A known device of an account is counted by itself and by where it comes from; anybody else by his address and by the
   * person he tries. So a stranger's guesses never make a phone wait that is in use, wherever both are.
   */
  #budgets(tried: string, { address, device }: Origin, isKnown: boolean): readonly (readonly [Throttle, string])[] {
    const network = networkOf(address)
    if (isKnown) return [[this.#known, `${tried}/${device}/${network}`]]
    return [
      [this.#addresses, network],
      [this.#accounts, tried],
    ]
  }

  async #isKnown(account: AccountId, device: string | null): Promise<boolean> {
    // A record is made only after the credentials were found good.
    return device !== null && (await this.#options.devices.find(account, device as DeviceId)) !== null
  }

  /** `user@domain`, `DOMAIN\user` or a bare name; a name that fits in several of our domains fits in none. */
  async #resolve(user: string): Promise<Account | null> {
    const { accounts } = this.#options
    const name = nameOf(user)
    if (name === '') return null
    if (name.includes('@')) return accounts.byAddress(name)
    const found = new Map<string, Account>()
    for (const domain of await accounts.domains()) {
      const account = await accounts.byAddress(`${name}@${domain}`)
      if (account !== null) found.set(account.id, account)
      if (found.size > 1) return null
    }
    const [only] = found.values()
    return only ?? null
  }
}

function granted(account: Account, hash: string): Outcome {
  if (account.disabled) return { kind: 'disabled' }
  return { kind: 'granted', principal: { account, method: 'basic', verifier: hash, reach: 'everything' } }
}

/** An empty password is refused before any directory is asked: LDAP takes it for an anonymous bind. */
function isPossible(user: string, password: string): boolean {
  return user !== '' && user.length <= userLengthMax && password !== '' && password.length <= passwordLengthMax && !/\p{Cc}/u.test(user)
}
