// The authenticator port: what a request presents in, principal out.
import type { Principal } from '../model/account.ts'

/** A name and a password, as Basic carries them. */
export interface BasicCredentials {
  readonly kind: 'basic'
  /** As sent: an address, `DOMAIN\user`, or a bare name. */
  readonly user: string
  readonly password: string
}

/** An access token of an identity provider (RFC 6750). */
export interface BearerCredentials {
  readonly kind: 'bearer'
  readonly token: string
}

export type Credentials = BasicCredentials | BearerCredentials

/** A client certificate whose key the client has proven to hold: to our own TLS, or to a declared proxy. */
export interface PresentedCertificate {
  /** DER. */
  readonly leaf: Uint8Array
  /** DER of what the client sent above it, nearest first; empty where a proxy passes on the leaf alone. */
  readonly chain: readonly Uint8Array[]
  /** SHA-256 of the leaf, lower-case hex: worked out once a connection. */
  readonly fingerprint: string
}

/** Everything a request presents. */
export interface Presented {
  /** From the Authorization header; null if there is none, or none that can be right. */
  readonly credentials: Credentials | null
  /** Null where none was presented. */
  readonly certificate: PresentedCertificate | null
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
  /** Phones' by itself. What is taken from phones and what at the console differs: app passwords are never good there, and no certificate is asked for. */
  readonly door?: 'phones' | 'console'
}

export type Outcome =
  | { readonly kind: 'granted'; readonly principal: Principal }
  /** Nothing was presented, or something wrong: 401 with a challenge, which says what is wrong with a token. */
  | { readonly kind: 'denied'; readonly token?: 'invalid' | 'unscoped' }
  /** Right credentials of an account that may not sync: HTTP 403. */
  | { readonly kind: 'disabled' }
  /** No certificate where one is required, or one that is not good: HTTP 403, as IIS answers (403.7, 403.13, 403.16, 403.17). */
  | { readonly kind: 'uncertified' }
  /** Too many failures: 503 with Retry-After. */
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  /** Nobody who knows can be asked now (a directory that is down): 503 with Retry-After. */
  | { readonly kind: 'unavailable'; readonly retryAfterSeconds: number }

/** Judges one kind of credentials. */
export interface Authenticator<Kind = BasicCredentials> {
  authenticate(credentials: Kind, origin: Origin): Promise<Outcome>
  /** Forgets what is cached of an account (its password changed, it was disabled). */
  forget(account: string): void
}

export interface CertificateAuthenticator extends Authenticator<PresentedCertificate> {
  /** Whether nobody comes in without a certificate, except at a page. */
  readonly isRequired: boolean
  /** Lets in, for the wipe alone, a device that owes one and came in last with this certificate, whatever has become of it; else null. */
  forWipe(presented: PresentedCertificate, origin: Origin): Promise<Outcome | null>
  /**
   * Whether this device of the account a name means (any of them, without a device) owes a wipe: whoever has no certificate where one is
   * required is asked for his password for that alone. False while nobody can tell.
   */
  owesWipe(user: string, device: string | null): Promise<boolean>
  /** Whether whoever came in with it may stay. */
  isGood(presented: PresentedCertificate): Promise<boolean>
  /** Forgets what is cached of one certificate, by its fingerprint. */
  drop(fingerprint: string): void
}
