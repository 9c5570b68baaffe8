// Basic authentication: names and passwords that a source proves, remembered, and guessed at slowly.
import type { Logger } from 'pino'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { AccountId, DeviceId } from '../model/id.ts'
import type { Devices } from '../store/devices.ts'
import type { Authenticator, BasicCredentials, Origin, Outcome } from './authenticator.ts'
import type { Budgets } from './budgets.ts'
import { CredentialCache, type Proof } from './credential-cache.ts'
import { isName } from './login-name.ts'
import { passwordsWaiting } from './password.ts'
import { Unavailable, type PasswordSource, type Proven } from './password-source.ts'
import { isFresh, isStillGood, recall } from './recall.ts'
import type { WipeProofs } from './wipe-proofs.ts'

export interface BasicOptions {
  readonly passwords: PasswordSource
  readonly devices: Pick<Devices, 'find'>
  readonly budgets: Budgets
  readonly wipeProofs: WipeProofs
  readonly clock: Clock
  readonly log: Logger
  readonly cacheMinutes: number
  readonly cacheSize: number
  /** How long a right password is good while nobody can be asked about it. */
  readonly staleSeconds: number
}

const passwordLengthMax = 1024
/** More waiting checks than this take longer than a phone waits for its answer. */
const waitingMax = 400
/** A directory that is down is asked again after this long. */
const unavailableSeconds = 30

const denied: Outcome = { kind: 'denied' }
const unavailable: Outcome = { kind: 'unavailable', retryAfterSeconds: unavailableSeconds }

/** The authenticator for names and passwords. */
export function createBasicAuthenticator(options: BasicOptions): Authenticator {
  return new BasicAuthenticator(options)
}

class BasicAuthenticator implements Authenticator {
  readonly #options: BasicOptions
  readonly #cache: CredentialCache
  /** The same pair, checked by several requests of a phone at once, costs one look. */
  readonly #underWay = new Map<string, Promise<Outcome>>()

  constructor(options: BasicOptions) {
    const { clock, cacheMinutes, cacheSize } = options
    this.#options = options
    this.#cache = new CredentialCache(clock, { idleSeconds: cacheMinutes * 60, size: cacheSize })
  }

  forget(account: string): void {
    this.#cache.forget(account)
  }

  async authenticate(credentials: BasicCredentials, origin: Origin): Promise<Outcome> {
    const { user, password } = credentials
    if (!isPossible(user, password)) return denied
    const key = this.#cache.key(user, password)
    try {
      const proof = this.#cache.find(key)
      // A phone with an old password asks for ever: it is told so from memory, and that is no new guess.
      const isKnown = proof !== null && isFresh(proof, this.#options.clock.now())
      const outcome = isKnown ? outcomeOf(proof) : await this.#ask(key, proof, credentials, origin)
      const isOver = outcome.kind !== 'denied' && outcome.kind !== 'disabled'
      if (isOver || origin.forWipe !== true) return outcome
      return (await this.#forWipe(key, credentials, origin)) ?? outcome
    } catch (error) {
      if (error instanceof Unavailable) return unavailable
      throw error
    }
  }

  /** A lost phone must be reached after its owner has changed his password: it is let in for its wipe with what it came in with last. */
  async #forWipe(key: string, { user, password }: BasicCredentials, { device }: Origin): Promise<Outcome | null> {
    const { passwords, wipeProofs } = this.#options
    const account = await passwords.find(user)
    const areGood = await wipeProofs.areGood(key, password, account?.id ?? null, device)
    return account !== null && areGood ? { kind: 'granted', principal: { account, method: 'basic', verifier: null, reach: 'wipe' } } : null
  }

  #ask(key: string, proof: Proof | null, credentials: BasicCredentials, origin: Origin): Promise<Outcome> {
    const underWay = this.#underWay.get(key)
    if (underWay !== undefined) return underWay
    const check = this.#recall(key, proof, credentials, origin).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, check)
    return check
  }

  /** What is remembered, if it still stands; else the password is looked at. */
  async #recall(key: string, proof: Proof | null, credentials: BasicCredentials, origin: Origin): Promise<Outcome> {
    if (proof === null) return this.#check(key, credentials, origin, null)
    const { passwords, clock } = this.#options
    const generation = this.#cache.generation
    const recalled = await recall(proof, credentials.user, passwords, clock.now(), this.#options.staleSeconds)
    switch (recalled.kind) {
      case 'stands':
        this.#cache.keep(key, recalled.proof, generation)
        return outcomeOf(recalled.proof)
      case 'doubtful':
        return this.#check(key, credentials, origin, proof)
      case 'gone':
        this.#cache.drop(key)
        return this.#check(key, credentials, origin, null)
      case 'unavailable':
        return unavailable
    }
  }

  /** The expensive way: throttle, look, remember. `doubted` is what was proven before. */
  async #check(key: string, { user, password }: BasicCredentials, origin: Origin, doubted: Proof | null): Promise<Outcome> {
    const { passwords, clock, budgets } = this.#options
    const account = await passwords.find(user)
    const isKnown = account !== null && (await this.#isKnown(account.id, origin.device))
    const budget = budgets.of(user, password, isKnown ? account.id : null, origin)
    // What was right a moment ago is no guess.
    const waitSeconds = doubted?.kind === 'right' ? 0 : budget.waitSeconds()
    if (waitSeconds > 0) return this.#throttled(waitSeconds, account, origin, 'too many wrong passwords')
    if (passwordsWaiting() >= waitingMax && !isKnown) return this.#throttled(waitingMax / 20, account, origin, 'too many logins at once')
    budget.charge()
    const generation = this.#cache.generation
    let proven: Proven | null = null
    try {
      proven = await passwords.prove(user, password, isKnown)
    } catch (error) {
      const mayStand =
        error instanceof Unavailable && doubted?.kind === 'right' && isStillGood(doubted, clock.now(), this.#options.staleSeconds)
      if (!mayStand) throw error
      this.#cache.keep(key, { ...doubted, askedAt: clock.now() }, generation)
      return outcomeOf(doubted)
    } finally {
      if (proven?.kind === 'wrong') budget.wrong()
      else if (proven?.kind === 'right') budget.right(proven.account)
      else budget.refund()
    }
    const proof = proofOf(proven, doubted, clock.now())
    this.#cache.keep(key, proof, generation)
    this.#note(proven, origin)
    return outcomeOf(proof)
  }

  #note(proven: Proven, { address, device }: Origin): void {
    const account = proven.account?.id ?? null
    if (proven.kind === 'wrong') this.#options.log.info({ account, address, device }, 'wrong password')
    if (proven.kind === 'barred') this.#options.log.info({ account, address, device }, `a right password opens nothing: ${proven.why}`)
  }

  #throttled(waitSeconds: number, account: Account | null, origin: Origin, why: string): Outcome {
    this.#options.log.info({ account: account?.id ?? null, address: origin.address, device: origin.device, waitSeconds }, why)
    return { kind: 'throttled', retryAfterSeconds: Math.ceil(waitSeconds) }
  }

  async #isKnown(account: AccountId, device: string | null): Promise<boolean> {
    // A record is made only after the credentials were found good.
    return device !== null && (await this.#options.devices.find(account, device as DeviceId)) !== null
  }
}

function proofOf(proven: Proven, doubted: Proof | null, now: number): Proof {
  switch (proven.kind) {
    case 'right': {
      const { account, stamp, verifier } = proven
      return { kind: 'right', account, stamp, verifier, provenAt: now, confirmedAt: now, askedAt: now }
    }
    case 'wrong': {
      const looks = doubted?.kind === 'wrong' ? doubted.looks + 1 : 1
      return { kind: 'wrong', account: proven.account?.id ?? null, stamp: proven.stamp, provenAt: now, askedAt: now, looks }
    }
    case 'barred':
      return { kind: 'barred', account: proven.account?.id ?? null, askedAt: now }
  }
}

function outcomeOf(proof: Proof): Outcome {
  switch (proof.kind) {
    case 'right': {
      const { account, verifier } = proof
      if (account.disabled) return { kind: 'disabled' }
      return { kind: 'granted', principal: { account, method: 'basic', verifier, reach: 'everything' } }
    }
    case 'wrong':
      return denied
    case 'barred':
      return { kind: 'disabled' }
  }
}

/** An empty password is refused before any directory is asked: LDAP takes it for an anonymous bind. */
function isPossible(user: string, password: string): boolean {
  return isName(user) && password !== '' && password.length <= passwordLengthMax
}
