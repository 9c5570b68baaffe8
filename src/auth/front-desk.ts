// Who is let in: the one place that weighs everything a request presents, and asks the authenticator of each kind.
import type {
  Authenticator,
  BasicCredentials,
  BearerCredentials,
  Origin,
  Outcome,
  Presented,
  PresentedCertificate,
} from './authenticator.ts'

/** Null for a kind of credentials that is not taken. */
export interface FrontDeskParts {
  readonly basic: Authenticator
  readonly bearer: Authenticator<BearerCredentials> | null
  readonly certificate: Authenticator<PresentedCertificate> | null
}

export interface FrontDesk {
  /** Whoever presents nothing that is taken is denied. Rejects if the store does. */
  admit(presented: Presented, origin: Origin): Promise<Outcome>
  /** Forgets what is cached of an account, whatever it came in with. */
  forget(account: string): void
}

/** The desk over these authenticators. */
export function createFrontDesk({ basic, bearer, certificate }: FrontDeskParts): FrontDesk {
  const denied: Outcome = { kind: 'denied' }
  const ask = <Kind>(authenticator: Authenticator<Kind> | null, credentials: Kind, origin: Origin): Promise<Outcome> =>
    authenticator === null ? Promise.resolve(denied) : authenticator.authenticate(credentials, origin)
  return {
    async admit({ credentials, certificate: presented }, origin) {
      if (credentials === null) return presented === null ? denied : ask(certificate, presented, origin)
      return credentials.kind === 'basic' ? ask<BasicCredentials>(basic, credentials, origin) : ask(bearer, credentials, origin)
    },
    forget(account) {
      for (const authenticator of [basic, bearer, certificate]) authenticator?.forget(account)
    },
  }
}
