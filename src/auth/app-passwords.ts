// Authentication by app passwords: each opens an account to one device, the first that used it.
import type { Logger } from 'pino'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import { validationDevice } from '../model/device.ts'
import type { AccountId, DeviceId } from '../model/id.ts'
import type { AppPassword } from '../store/app-passwords.ts'
import type { Store } from '../store/store.ts'
import { hashAppPassword, readAppPassword, type AppPasswordText } from './app-password-form.ts'
import type { Authenticator, BasicCredentials, Origin, Outcome } from './authenticator.ts'
import type { BasicRule } from './basic-rule.ts'
import type { Budgets } from './budgets.ts'
import { isName } from './login-name.ts'
import { Unavailable } from './password-source.ts'
import { Recently } from './recently.ts'
import type { RememberedRoster } from './remembered-roster.ts'
import type { WipeProofs } from './wipe-proofs.ts'

export interface AppPasswordOptions {
  readonly store: Pick<Store, 'appPasswords' | 'devices' | 'audit'>
  /** Whom a name means. */
  readonly roster: RememberedRoster
  readonly rule: BasicRule
  readonly budgets: Budgets
  readonly wipeProofs: WipeProofs
  readonly clock: Clock
  readonly log: Logger
}

/** Use is noted to this precision. */
const touchSeconds = 60
/** The same refusal stands in the audit log once in this time. */
const refusalSeconds = 3600
/** A wrong one that comes again is no guess for as long. */
const wrongSeconds = 2 * 86_400
const keysMax = 50_000
const unavailableSeconds = 30

const denied: Outcome = { kind: 'denied' }

/** The authenticator for passwords that have the form of an app password. The store is asked with every request: what is revoked is out at once. */
export function createAppPasswordAuthenticator(options: AppPasswordOptions): Authenticator {
  return new AppPasswordAuthenticator(options)
}

class AppPasswordAuthenticator implements Authenticator {
  readonly #options: AppPasswordOptions
  readonly #wrong: Recently<true>
  readonly #refused: Recently<true>

  constructor(options: AppPasswordOptions) {
    const { clock } = options
    this.#options = options
    this.#wrong = new Recently(clock, { seconds: wrongSeconds, most: keysMax })
    this.#refused = new Recently(clock, { seconds: refusalSeconds, most: keysMax })
  }

  forget(account: string): void {
    this.#options.roster.forget(account)
  }

  async authenticate({ user, password }: BasicCredentials, origin: Origin): Promise<Outcome> {
    const text = readAppPassword(password)
    if (text === null || !isName(user)) return denied
    try {
      const account = await this.#options.roster.find(user)
      const outcome = await this.#check(user, account, text, origin)
      if ((outcome.kind !== 'denied' && outcome.kind !== 'disabled') || origin.forWipe !== true) return outcome
      return (await this.#forWipe(account, text, origin)) ?? outcome
    } catch (error) {
      if (error instanceof Unavailable) return { kind: 'unavailable', retryAfterSeconds: unavailableSeconds }
      throw error
    }
  }

  async #check(user: string, account: Account | null, text: AppPasswordText, origin: Origin): Promise<Outcome> {
    const { store, budgets, rule, log } = this.#options
    const isKnown = account !== null && (await this.#isKnown(account.id, origin.device))
    const budget = budgets.of(user, text, isKnown ? account.id : null, origin)
    const waitSeconds = budget.waitSeconds()
    const hash = hashAppPassword(text)
    const guess = `${user.toLowerCase()}/${hash}`
    const isRepeated = this.#wrong.find(guess) !== null
    if (waitSeconds > 0 && !isRepeated) {
      log.info({ account: account?.id ?? null, address: origin.address, device: origin.device, waitSeconds }, 'too many wrong passwords')
      return { kind: 'throttled', retryAfterSeconds: Math.ceil(waitSeconds) }
    }
    const found = account === null ? null : await store.appPasswords.byHash(account.id, hash)
    if (account === null || found === null) {
      if (!isRepeated) {
        budget.charge()
        log.info({ account: account?.id ?? null, address: origin.address, device: origin.device }, 'wrong app password')
      }
      this.#wrong.keep(guess, true)
      return denied
    }
    if (rule.of(account) === 'off') return denied
    if (account.disabled) return { kind: 'disabled' }
    if (!(await this.#isItsDevice(account, found, origin))) return denied
    await this.#touch(found)
    return { kind: 'granted', principal: { account, method: 'basic', verifier: found.verifier, reach: 'everything' } }
  }

  /** A request that names no device (Autodiscover, some OPTIONS) gets nothing of the mailbox, and ties nothing. */
  async #isItsDevice(account: Account, found: AppPassword, { device, address }: Origin): Promise<boolean> {
    if (device === null || (device === validationDevice && found.device === null)) return true
    const { store, clock, log } = this.#options
    const bound = found.device ?? (await store.appPasswords.bind(account.id, found.name, device as DeviceId))
    // Gone between two statements.
    if (bound === null) return false
    // Phones change the case of their id between versions of the protocol.
    const isIts = bound.toLowerCase() === device.toLowerCase()
    const entry = { at: clock.now(), actor: account.address, role: 'user', origin: address, target: account.address } as const
    if (isIts && found.device === null) {
      log.info({ account: account.id, device }, 'an app password is tied to the first device that used it')
      await store.audit.append({ ...entry, action: 'app-password.tied', detail: { name: found.name, device } })
    }
    if (!isIts && this.#refused.find(`${account.id}/${found.name}/${device}`) === null) {
      this.#refused.keep(`${account.id}/${found.name}/${device}`, true)
      log.warn({ account: account.id, device, bound, address }, 'an app password came from another device than its own')
      await store.audit.append({ ...entry, action: 'app-password.refused', detail: { name: found.name, device, tiedTo: bound } })
    }
    return isIts
  }

  async #touch({ account, name, usedAt }: AppPassword): Promise<void> {
    const now = this.#options.clock.now()
    if (usedAt === null || now - usedAt >= touchSeconds * 1000) await this.#options.store.appPasswords.touch(account, name, now)
  }

  /** A lost phone is reached after its password was revoked. */
  async #forWipe(account: Account | null, text: AppPasswordText, { device }: Origin): Promise<Outcome | null> {
    const areGood = await this.#options.wipeProofs.areGood(
      `${account?.id ?? ''}/${hashAppPassword(text)}`,
      text,
      account?.id ?? null,
      device,
    )
    return account !== null && areGood ? { kind: 'granted', principal: { account, method: 'basic', verifier: null, reach: 'wipe' } } : null
  }

  async #isKnown(account: AccountId, device: string | null): Promise<boolean> {
    return device !== null && (await this.#options.store.devices.find(account, device as DeviceId)) !== null
  }
}
