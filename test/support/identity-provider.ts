// A real OpenID provider on loopback: it signs tokens, changes its keys, answers questions about tokens, and can be down.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import Provider from 'oidc-provider'
import { VirtualClock } from './clock.ts'

/** Whom tokens are for; the last word says of what form they are. */
export const audience = 'https://mail.example.test/eas'
export const opaqueAudience = `${audience}/opaque`
export const introspector = { id: 'easel', secret: "c'est un secret: 100 % + &" }

export interface TokenWish {
  readonly email?: string
  readonly audience?: string
  readonly scope?: string
  readonly seconds?: number
  /** Claims beside, or in place of, the usual ones. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A clock that begins now, as the provider's does. */
export const clockOfToday = () => new VirtualClock(Date.now())

export class IdentityProvider {
  readonly issuer: string
  /** Paths that were asked for. */
  readonly asked: string[] = []
  readonly #server: Server
  #answer: ReturnType<Provider['callback']> = () => Promise.resolve()
  #wish: TokenWish = {}
  /** Down: it answers nothing, or 503. */
  state: 'up' | 'silent' | 'broken' = 'up'

  private constructor(server: Server, port: number) {
    this.#server = server
    this.issuer = `http://127.0.0.1:${port}`
    this.rotate()
    server.on('request', (request, response) => {
      this.asked.push(new URL(request.url ?? '', this.issuer).pathname)
      if (this.state === 'silent') return
      if (this.state === 'broken') return void response.writeHead(503).end()
      void this.#answer(request, response)
    })
  }

  static async start(): Promise<IdentityProvider> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const bound = server.address()
    return new IdentityProvider(server, typeof bound === 'object' && bound !== null ? bound.port : 0)
  }

  /** Signs with other keys from now on; the ones before are gone. */
  rotate(): void {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' }
    this.#answer = this.#provider(key).callback()
  }

  /** An access token, as a client of the provider gets it. */
  async token(wish: TokenWish = {}): Promise<string> {
    this.#wish = wish
    const answer = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from('phone:phone-secret').toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: wish.audience ?? audience, scope: wish.scope ?? 'eas' }),
    })
    const { access_token: token } = (await answer.json()) as { access_token?: string }
    if (token === undefined) throw new Error('the provider gave no token')
    return token
  }

  /** How often a path was asked for. */
  times(path: string): number {
    return this.asked.filter((each) => each === path).length
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    // The provider leaves timers of its own behind.
    await pause(0)
  }

  /** It says on the console that a test is no production. */
  #provider(key: Readonly<Record<string, unknown>>): Provider {
    const { info, warn } = console
    Object.assign(console, { info: () => undefined, warn: () => undefined })
    try {
      return this.#quietProvider(key)
    } finally {
      Object.assign(console, { info, warn })
    }
  }

  #quietProvider(key: Readonly<Record<string, unknown>>): Provider {
    const service = { redirect_uris: [], response_types: [], token_endpoint_auth_method: 'client_secret_basic' }
    return new Provider(this.issuer, {
      jwks: { keys: [key] },
      clients: [
        { ...service, client_id: 'phone', client_secret: 'phone-secret', grant_types: ['client_credentials'] },
        { ...service, client_id: introspector.id, client_secret: introspector.secret, grant_types: [] },
      ],
      scopes: ['eas', 'files'],
      ttl: {
        ClientCredentials: (_context: unknown, token: { resourceServer?: { accessTokenTTL?: number } }) =>
          token.resourceServer?.accessTokenTTL ?? 600,
      },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => true },
        revocation: { enabled: true, allowedPolicy: () => true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context: unknown, resource: string) => ({
            scope: 'eas files',
            audience: resource,
            accessTokenTTL: this.#wish.seconds ?? 3600,
            accessTokenFormat: resource.endsWith('/opaque') ? 'opaque' : 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
      extraTokenClaims: () => ({ email: this.#wish.email ?? 'alice@example.test', ...this.#wish.claims }),
    })
  }

  /** Takes a token back. */
  async revoke(token: string): Promise<void> {
    await fetch(`${this.issuer}/token/revocation`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from('phone:phone-secret').toString('base64')}` },
      body: new URLSearchParams({ token }),
    })
  }
}
