// Who is let in: the one place that weighs everything a request presents, and asks the authenticator of each kind.
import { readAppPassword } from './app-password-form.ts'
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
  /** The account's own password, from phones. */
  readonly basic: Authenticator
  /** The account's own password at the console and the user's page. */
  readonly people: Authenticator
  /** What has the form of an app password, from phones. */
  readonly appPasswords: Authenticator
  readonly bearer: Authenticator<BearerCredentials> | null
  readonly certificate: Authenticator<PresentedCertificate> | null
  /** Whether phones are asked for a name and a password. Those that owe a wipe may come with one all the same. */
  readonly takesBasic: boolean
  /** Where phones are sent for a token; null where none is taken. */
  readonly invitation: (() => BearerInvitation) | null
}

/** What a challenge for a token tells (MS-OAUTH2EX; `WWW-Authenticate: Bearer`). */
export interface BearerInvitation {
  /** The application that tokens are for, as the provider knows it. */
  readonly clientId: string
  /** Where a person logs in; null while the provider has not told. */
  readonly authorizationUri: string | null
  readonly trustedIssuers: readonly string[]
  /** `ADFS` or `AzureAD`, for clients that treat them in their own way. */
  readonly issuerKind: string | null
  readonly scopes: readonly string[]
}

export interface FrontDesk {
  /** Whoever presents nothing that is taken is denied. Rejects if the store does. */
  admit(presented: Presented, origin: Origin): Promise<Outcome>
  /** Forgets what is cached of an account, whatever it came in with. */
  forget(account: string): void
  /** As in the parts. */
  readonly takesBasic: boolean
  /** As in the parts. */
  readonly invitation: (() => BearerInvitation) | null
}

const denied: Outcome = { kind: 'denied' }

/** The desk over these authenticators. */
export function createFrontDesk(parts: FrontDeskParts): FrontDesk {
  const { basic, people, appPasswords, bearer, certificate, takesBasic, invitation } = parts
  const ask = <Kind>(authenticator: Authenticator<Kind> | null, credentials: Kind, origin: Origin): Promise<Outcome> =>
    authenticator === null ? Promise.resolve(denied) : authenticator.authenticate(credentials, origin)
  const askForPassword = (credentials: BasicCredentials, origin: Origin): Promise<Outcome> => {
    const isAppPassword = readAppPassword(credentials.password) !== null
    // A directory counts wrong passwords: it never sees one that was made for a phone.
    if (origin.door === 'console') return isAppPassword ? Promise.resolve(denied) : people.authenticate(credentials, origin)
    return (isAppPassword ? appPasswords : basic).authenticate(credentials, origin)
  }
  return {
    takesBasic,
    invitation,
    async admit({ credentials, certificate: presented }, origin) {
      if (credentials === null) return presented === null ? denied : ask(certificate, presented, origin)
      return credentials.kind === 'basic' ? askForPassword(credentials, origin) : ask(bearer, credentials, origin)
    },
    forget(account) {
      for (const authenticator of new Set([basic, people, appPasswords, bearer, certificate])) authenticator?.forget(account)
    },
  }
}
