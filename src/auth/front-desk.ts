// Who is let in: the one place that weighs everything a request presents, and asks the authenticator of each kind.
import type { Logger } from 'pino'
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
  readonly basic: Authenticator
  readonly bearer: Authenticator<BearerCredentials> | null
  readonly certificate: CertificateAuthenticator | null
  readonly log: Logger
}

export interface FrontDesk {
  /** Whoever presents nothing that is taken is denied. Rejects if the store does. */
  admit(presented: Presented, origin: Origin): Promise<Outcome>
  /** Forgets what is cached of an account, whatever it came in with. */
  forget(account: string): void
}

const denied: Outcome = { kind: 'denied' }
const uncertified: Outcome = { kind: 'uncertified' }

/** The desk over these authenticators. */
export function createFrontDesk({ basic, bearer, certificate, log }: FrontDeskParts): FrontDesk {
  const ask = <Kind>(authenticator: Authenticator<Kind> | null, credentials: Kind, origin: Origin): Promise<Outcome> =>
    authenticator === null ? Promise.resolve(denied) : authenticator.authenticate(credentials, origin)

  const askCredentials = (credentials: Credentials, origin: Origin): Promise<Outcome> =>
    credentials.kind === 'basic' ? ask<BasicCredentials>(basic, credentials, origin) : ask(bearer, credentials, origin)

  /** The certificate is looked at first: a password is worth tens of milliseconds, and whoever has none shall not guess at passwords. */
  async function weigh({ credentials, certificate: presented }: Presented, origin: Origin): Promise<Outcome> {
    const shown = presented === null ? denied : await ask(certificate, presented, origin)
    // One of somebody else's authority is no certificate at all.
    if (shown.kind === 'denied') {
      if (certificate?.isRequired === true && origin.isPage !== true) {
        log.info({ address: origin.address, device: origin.device }, 'nobody comes in without a certificate of a known authority')
        return uncertified
      }
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

  return {
    async admit(presented, origin) {
      const outcome = await weigh(presented, origin)
      if (outcome.kind === 'granted' || origin.forWipe !== true || presented.certificate === null || certificate === null) return outcome
      return (await certificate.forWipe(presented.certificate, origin)) ?? outcome
    },
    forget(account) {
      for (const authenticator of [basic, bearer, certificate]) authenticator?.forget(account)
    },
  }
}

/** MS-ASHTTP 2.2.1.1.2.2 forbids the header beside a certificate; a phone that sends its user's name with no password claims nothing by it. */
function isClaim(credentials: Credentials | null): credentials is Credentials {
  return credentials !== null && !(credentials.kind === 'basic' && credentials.password === '')
}
