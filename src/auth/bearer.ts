// Authentication by access tokens of an identity provider (RFC 6750).
import type { Logger } from 'pino'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { DeviceId } from '../model/id.ts'
import { isOwed } from '../model/wipe.ts'
import type { Devices } from '../store/devices.ts'
import type { Authenticator, BearerCredentials, Origin, Outcome } from './authenticator.ts'
import type { Budgets } from './budgets.ts'
import type { ClaimRule, TokenVerdict } from './oauth/claims.ts'
import type { Introspection } from './oauth/introspection.ts'
import type { Provider } from './oauth/provider.ts'
import { isSigned, judgeSignedToken } from './oauth/signed-tokens.ts'
import { Unavailable } from './password-source.ts'
import type { RememberedRoster } from './remembered-roster.ts'

export interface BearerOptions {
  readonly provider: Provider
  /** Null where tokens that are not signed are not taken. */
  readonly introspection: Introspection | null
  readonly rule: Omit<ClaimRule, 'issuer'>
  readonly roster: RememberedRoster
  readonly devices: Pick<Devices, 'find' | 'list'>
  readonly budgets: Budgets
  readonly clock: Clock
  readonly log: Logger
}

const unavailable: Outcome = { kind: 'unavailable', retryAfterSeconds: 30 }

/** The authenticator for access tokens. None is kept, and none is logged. */
export function createBearerAuthenticator(options: BearerOptions): Authenticator<BearerCredentials> {
  return new BearerAuthenticator(options)
}

class BearerAuthenticator implements Authenticator<BearerCredentials> {
  readonly #options: BearerOptions

  constructor(options: BearerOptions) {
    this.#options = options
  }

  forget(account: string): void {
    this.#options.roster.forget(account)
  }

  async authenticate({ token }: BearerCredentials, origin: Origin): Promise<Outcome> {
    const { introspection, provider, rule, clock } = this.#options
    try {
      if (isSigned(token)) return await this.#outcome(await judgeSignedToken(token, provider, rule, () => clock.now()), origin)
      if (introspection === null) return await this.#outcome({ kind: 'invalid', why: 'it is not signed' }, origin)
      return await this.#introspect(token, introspection, origin)
    } catch (error) {
      if (error instanceof Unavailable) return unavailable
      throw error
    }
  }

  /** Each question costs the provider something: whoever presents what it does not know is slowed like a guesser. */
  async #introspect(token: string, introspection: Introspection, origin: Origin): Promise<Outcome> {
    const known = introspection.known(token)
    if (known !== null) return this.#outcome(known, origin)
    // Nobody beside a phone that is in use shall make it wait.
    if (introspection.wasGood(token)) return this.#outcome(await introspection.judge(token), origin)
    const budget = this.#options.budgets.ofStranger(origin)
    const waitSeconds = budget.waitSeconds()
    if (waitSeconds > 0) return { kind: 'throttled', retryAfterSeconds: Math.ceil(waitSeconds) }
    budget.charge()
    let verdict: TokenVerdict | null = null
    try {
      verdict = await introspection.judge(token)
    } finally {
      if (verdict?.kind !== 'invalid') budget.refund()
    }
    return this.#outcome(verdict, origin)
  }

  async #outcome(verdict: TokenVerdict, origin: Origin): Promise<Outcome> {
    const { roster, log } = this.#options
    const { address, device } = origin
    if (verdict.kind === 'invalid' || verdict.kind === 'unscoped') {
      const why = verdict.kind === 'invalid' ? verdict.why : 'it may not do this'
      log.info({ address, device, why }, 'a token opens nothing')
      return { kind: 'denied', token: verdict.kind }
    }
    const account = await roster.find(verdict.name, verdict.kind === 'good' ? 'proven' : undefined)
    if (account === null) {
      log.info({ address, device }, 'a good token names nobody here')
      return { kind: 'denied', token: 'invalid' }
    }
    if (verdict.kind === 'good' && !account.disabled) return granted(account, 'everything')
    if (origin.forWipe === true && (await this.#owesWipe(account, device))) return granted(account, 'wipe')
    return verdict.kind === 'expired' ? { kind: 'denied', token: 'invalid' } : { kind: 'disabled' }
  }

  /** A token that is over still says whose phone this is, as an old password does: a lost phone is reached with it. */
  async #owesWipe({ id }: Account, device: string | null): Promise<boolean> {
    const { devices, clock } = this.#options
    const named = device === null ? await devices.list(id) : [await devices.find(id, device as DeviceId)]
    return named.some((known) => known !== null && isOwed(known.wipe) && clock.now() < known.wipe.verifierUntil)
  }
}

/** No verifier: tokens change by the hour. */
function granted(account: Account, reach: 'everything' | 'wipe'): Outcome {
  return { kind: 'granted', principal: { account, method: 'bearer', verifier: null, reach } }
}
