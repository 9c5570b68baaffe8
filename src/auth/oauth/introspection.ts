// Access tokens that say nothing themselves: the provider is asked about each (RFC 7662), and its answer is kept for a minute.
import { hash, randomBytes } from 'node:crypto'
import type { Clock } from '../../model/clock.ts'
import type { Secret } from '../../log.ts'
import { Unavailable } from '../password-source.ts'
import { Recently } from '../recently.ts'
import { judgeClaims, type ClaimRule, type TokenVerdict } from './claims.ts'
import type { JsonClient } from './json-client.ts'
import type { Provider } from './provider.ts'

export interface IntrospectionOptions {
  readonly provider: Provider
  readonly client: JsonClient
  readonly clock: Clock
  readonly rule: Omit<ClaimRule, 'issuer'>
  readonly clientId: string
  readonly clientSecret: Secret
}

/** A token that was revoked is out after this long. */
const keptSeconds = 60
const keptMax = 20_000
const goodSeconds = 86_400
/** Questions at the provider at a time: more are refused until some are answered. */
const atOnce = 16

export class Introspection {
  readonly #options: IntrospectionOptions
  readonly #verdicts: Recently<TokenVerdict>
  /** Those that were good once today: whoever comes with one is no guesser. */
  readonly #good: Recently<true>
  readonly #underWay = new Map<string, Promise<TokenVerdict>>()
  /** Tokens are not kept, nor what they could be guessed from. */
  readonly #secret = randomBytes(32).toString('base64')

  constructor(options: IntrospectionOptions) {
    this.#options = options
    this.#good = new Recently(options.clock, { seconds: goodSeconds, most: keptMax })
    this.#verdicts = new Recently(options.clock, { seconds: keptSeconds, most: keptMax })
  }

  /** What is known of a token without a question; null if the provider has to be asked. */
  known(token: string): TokenVerdict | null {
    const verdict = this.#verdicts.find(this.#key(token))
    return verdict?.kind === 'good' && this.#options.clock.now() >= verdict.until ? { kind: 'expired', name: verdict.name } : verdict
  }

  wasGood(token: string): boolean {
    return this.#good.find(this.#key(token)) !== null
  }

  /** Rejects with Unavailable where the provider does not answer, or is asked too much already. */
  judge(token: string): Promise<TokenVerdict> {
    const key = this.#key(token)
    const underWay = this.#underWay.get(key)
    if (underWay !== undefined) return underWay
    if (this.#underWay.size >= atOnce)
      return Promise.reject(new Unavailable('the identity provider is asked about as many tokens as it may'))
    const judged = this.#ask(token)
      .then((verdict) => {
        this.#verdicts.keep(key, verdict)
        if (verdict.kind === 'good') this.#good.keep(key, true)
        return verdict
      })
      .finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, judged)
    return judged
  }

  async #ask(token: string): Promise<TokenVerdict> {
    const { provider, client, clientId, clientSecret, rule, clock } = this.#options
    const { introspectionUri, issuer } = await provider.metadata()
    if (introspectionUri === null) return { kind: 'invalid', why: 'it is not signed, and the provider answers no questions about tokens' }
    // RFC 6749 2.3.1: both are encoded like a form before they are joined.
    const [id = '', secret = ''] = [clientId, clientSecret.reveal()].map((part) => new URLSearchParams({ _: part }).toString().slice(2))
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    const answer = await client.post(introspectionUri, { token, token_type_hint: 'access_token' }, authorization)
    if (typeof answer !== 'object' || answer === null || !('active' in answer) || answer.active !== true) {
      return { kind: 'invalid', why: 'the provider says that it is not active' }
    }
    // RFC 7662 2.2: iss is optional, and whoever answered is the provider. aud and exp are not left out here.
    return judgeClaims({ iss: issuer, ...answer }, { ...rule, issuer }, clock.now())
  }

  #key(token: string): string {
    return hash('sha256', `${this.#secret}${token}`, 'base64')
  }
}
