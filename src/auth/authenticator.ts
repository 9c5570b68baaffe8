// The authenticator port: credentials in, principal out.
import type { Principal } from '../model/account.ts'

/** What a request presents. Certificates and bearer tokens join this union with their authenticators. */
export type Credentials = {
  readonly kind: 'basic'
  /** As sent: an address, `DOMAIN\user`, or a bare name. */
  readonly user: string
  readonly password: string
}

/** Where the request came from, for throttling: the address as a trusted proxy or the socket gives it. */
export interface Origin {
  readonly address: string
  /** The DeviceId the request names, if any: a device already in use is never locked out by strangers. */
  readonly device: string | null
  /**
   * Whether credentials will do that are good for a device's wipe alone: whoever says so looks at the principal's reach. Everybody
   * else never sees such a principal.
   */
  readonly forWipe?: boolean
}

export type Outcome =
  | { readonly kind: 'granted'; readonly principal: Principal }
  /** Wrong credentials: 401 with a challenge. */
  | { readonly kind: 'denied' }
  /** Right credentials of an account that may not sync: HTTP 403. */
  | { readonly kind: 'disabled' }
  /** Too many failures: 503 with Retry-After. */
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }

export interface Authenticator {
  authenticate(credentials: Credentials, origin: Origin): Promise<Outcome>
  /** Forgets what is cached of an account (its password changed, it was disabled). */
  forget(account: string): void
}
