// The identity provider: where its endpoints are, and the keys it signs with, fetched when they are needed and kept while it is down.
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Clock } from '../../model/clock.ts'
import { Unavailable } from '../password-source.ts'
import type { JsonClient } from './json-client.ts'

export interface ProviderOptions {
  /** As the provider calls itself: its discovery document lies below it. */
  readonly issuer: string
  /** What tokens call it, where that is another name. */
  readonly tokenIssuer: string | null
  readonly client: JsonClient
  readonly clock: Clock
  readonly log: Logger
}

/** What the discovery document says (OpenID Connect Discovery 1.0, 3). */
export interface ProviderMetadata {
  readonly issuer: string
  readonly jwksUri: string
  readonly authorizationUri: string | null
  readonly introspectionUri: string | null
}

/** Older keys are fetched again before they are used. */
const keySeconds = 600
const metadataSeconds = 3600
/** What is older is not used, though the provider is down: a key it withdrew must come to an end. */
const staleSeconds = 86_400
/** After one try, good or bad, the provider is left alone for so long: tokens with made-up key ids must not make us ask. */
const cooldownSeconds = 30
const keysMax = 100

const url = z.url({ protocol: /^https?$/ })
const metadataForm = z.object({
  issuer: z.string(),
  jwks_uri: url,
  authorization_endpoint: url.optional(),
  introspection_endpoint: url.optional(),
})
const keysForm = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(keysMax) })

export class Provider {
  readonly #options: ProviderOptions
  readonly #metadata: Fetched<ProviderMetadata>
  readonly #keys: Fetched<JWTVerifyGetKey>

  constructor(options: ProviderOptions) {
    const { clock, log } = options
    this.#options = options
    this.#metadata = new Fetched({ clock, log, freshSeconds: metadataSeconds, fetch: () => this.#discover() })
    this.#keys = new Fetched({ clock, log, freshSeconds: keySeconds, fetch: () => this.#fetchKeys() })
  }

  /** What is known without a question; null before the first answer. */
  get known(): ProviderMetadata | null {
    return this.#metadata.known
  }

  /** Rejects with Unavailable. */
  metadata(): Promise<ProviderMetadata> {
    return this.#metadata.get()
  }

  /** The keys in use. Rejects with Unavailable. */
  keys(): Promise<JWTVerifyGetKey> {
    return this.#keys.get()
  }

  /** The keys, fetched after a token named one that is not among these; null if there are no others to be had now. */
  async otherKeys(than: JWTVerifyGetKey): Promise<JWTVerifyGetKey | null> {
    const keys = await this.#keys.again()
    return keys === than ? null : keys
  }

  async #discover(): Promise<ProviderMetadata> {
    const { issuer, tokenIssuer, client } = this.#options
    const document = await client.get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
    const read = metadataForm.safeParse(document)
    if (!read.success) throw new Unavailable('the discovery document of oauth.issuer is none')
    // Whoever may write one document on the provider's host must not become the provider (Discovery 4.3).
    if (tokenIssuer === null && read.data.issuer !== issuer) {
      throw new Unavailable(
        `the provider calls itself ${read.data.issuer.slice(0, 200)}: write oauth.issuer so, or give oauth.tokenIssuer what its tokens call it`,
      )
    }
    // Keycloak behind a proxy that does not tell of TLS writes http: keys that come in the clear are anybody's.
    const endpoints = [read.data.jwks_uri, read.data.authorization_endpoint, read.data.introspection_endpoint]
    const inTheClear = endpoints.find((endpoint) => issuer.startsWith('https:') && endpoint?.startsWith('http:'))
    if (inTheClear !== undefined) {
      throw new Unavailable(`the provider names ${inTheClear.slice(0, 200)}, which is no https: tell it how it is reached from outside`)
    }
    const {
      jwks_uri: jwksUri,
      authorization_endpoint: authorizationUri = null,
      introspection_endpoint: introspectionUri = null,
    } = read.data
    return { issuer: tokenIssuer ?? issuer, jwksUri, authorizationUri, introspectionUri }
  }

  async #fetchKeys(): Promise<JWTVerifyGetKey> {
    const { jwksUri } = await this.metadata()
    const read = keysForm.safeParse(await this.#options.client.get(jwksUri))
    if (!read.success) throw new Unavailable('the keys of the provider are none')
    return createLocalJWKSet(read.data)
  }
}

interface FetchedOptions<Value> {
  readonly clock: Clock
  readonly log: Logger
  readonly freshSeconds: number
  readonly fetch: () => Promise<Value>
}

/** Something of the provider's: fetched once for all who ask, and no more often than it must be. */
class Fetched<Value> {
  readonly #options: FetchedOptions<Value>
  #value: { readonly value: Value; readonly at: number } | null = null
  #underWay: Promise<void> | null = null
  #triedAt = -Infinity

  constructor(options: FetchedOptions<Value>) {
    this.#options = options
  }

  get known(): Value | null {
    return this.#value?.value ?? null
  }

  async get(): Promise<Value> {
    if (!this.#isYounger(this.#options.freshSeconds)) await this.#try()
    if (this.#value === null || !this.#isYounger(staleSeconds)) throw new Unavailable('the identity provider does not answer')
    return this.#value.value
  }

  async again(): Promise<Value> {
    await this.#try()
    return this.get()
  }

  #isYounger(seconds: number): boolean {
    return this.#value !== null && this.#options.clock.now() - this.#value.at < seconds * 1000
  }

  async #try(): Promise<void> {
    const { clock } = this.#options
    if (this.#underWay === null && clock.now() - this.#triedAt < cooldownSeconds * 1000) return
    this.#underWay ??= this.#fetch().finally(() => {
      this.#underWay = null
      this.#triedAt = clock.now()
    })
    return this.#underWay
  }

  async #fetch(): Promise<void> {
    const { clock, log, fetch } = this.#options
    try {
      this.#value = { value: await fetch(), at: clock.now() }
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      log.warn({ err: error }, 'the identity provider cannot be asked')
    }
  }
}
