// Who is let in: the one place that weighs everything a request presents, and asks the authenticator of each kind.
import type { Logger } from 'pino'
import { readAppPassword } from './app-password-form.ts'
import type {
  Authenticator,
  BasicCredentials,
  BearerCredentials,
  CertificateAuthenticator,
  Credentials,
  Origin,
  Outcome,
  Presented,
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
  readonly certificate: CertificateAuthenticator | null
  readonly log: Logger
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
const uncertified: Outcome = { kind: 'uncertified' }

/** The desk over these authenticators. */
export function createFrontDesk(parts: FrontDeskParts): FrontDesk {
  const { basic, people, appPasswords, bearer, certificate, takesBasic, invitation, log } = parts
  const ask = <Kind>(authenticator: Authenticator<Kind> | null, credentials: Kind, origin: Origin): Promise<Outcome> =>
    authenticator === null ? Promise.resolve(denied) : authenticator.authenticate(credentials, origin)

  const askForPassword = (credentials: BasicCredentials, origin: Origin): Promise<Outcome> => {
    const isAppPassword = readAppPassword(credentials.password) !== null
    // A directory counts wrong passwords: it never sees one that was made for a phone.
    if (origin.door === 'console') return isAppPassword ? Promise.resolve(denied) : people.authenticate(credentials, origin)
    return (isAppPassword ? appPasswords : basic).authenticate(credentials, origin)
  }

  const askCredentials = (credentials: Credentials, origin: Origin): Promise<Outcome> =>
    credentials.kind === 'basic' ? askForPassword(credentials, origin) : ask(bearer, credentials, origin)

  /** The certificate is looked at first: a password is worth tens of milliseconds, and whoever has none shall not guess at passwords. */
  async function weigh({ credentials, certificate: presented }: Presented, origin: Origin): Promise<Outcome> {
    const shown = presented === null ? denied : await ask(certificate, presented, origin)
    // One of somebody else's authority is no certificate at all.
    if (shown.kind === 'denied') {
      if (certificate?.isRequired === true && origin.door !== 'console') return withoutCertificate(certificate, credentials, origin)
      return credentials === null ? denied : askCredentials(credentials, origin)
    }
    if (shown.kind !== 'granted' || !isClaim(credentials)) return shown
    const said = await askCredentials(credentials, origin)
    if (said.kind !== 'granted' || said.principal.reach === 'wipe') return said
    if (said.principal.account.id === shown.principal.account.id) return shown
    const accounts = { certificate: shown.principal.account.id, account: said.principal.account.id }
    log.info({ ...accounts, address: origin.address }, 'certificate and password are of two accounts')
    return uncertified
  }

  /** Where one is required. A phone that had a password when it was lost is let in for its wipe with that; nobody else is asked for one. */
  async function withoutCertificate(needed: CertificateAuthenticator, credentials: Credentials | null, origin: Origin): Promise<Outcome> {
    if (origin.forWipe === true && credentials?.kind === 'basic' && (await needed.owesWipe(credentials.user, origin.device))) {
      const said = await askCredentials(credentials, origin)
      if (said.kind === 'granted') return { kind: 'granted', principal: { ...said.principal, reach: 'wipe' } }
    }
    log.info({ address: origin.address, device: origin.device }, 'nobody comes in without a certificate of a known authority')
    return uncertified
  }

  return {
    takesBasic,
    invitation,
    async admit(presented, origin) {
      const outcome = await weigh(presented, origin)
      if (outcome.kind === 'granted' || origin.forWipe !== true || presented.certificate === null || certificate === null) return outcome
      return (await certificate.forWipe(presented.certificate, origin)) ?? outcome
    },
    forget(account) {
      for (const authenticator of new Set([basic, people, appPasswords, bearer, certificate])) authenticator?.forget(account)
    },
  }
}

/** MS-ASHTTP 2.2.1.1.2.2 forbids the header beside a certificate; a phone that sends its user's name with no password claims nothing by it. */
function isClaim(credentials: Credentials | null): credentials is Credentials {
  return credentials !== null && !(credentials.kind === 'basic' && credentials.password === '')
}
