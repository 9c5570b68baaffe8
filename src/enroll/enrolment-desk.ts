// The desk where profiles are made for whoever asks, and links for whoever will.
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import type { Logger } from 'pino'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'
import type { Store } from '../store/store.ts'
import { accountProfile, type AccountOptions, type OAuthLogin, type ProfileKind, type ProfileLogin } from './account-profile.ts'
import type { ServerCertificate } from './authority.ts'
import type { CertificateDesk } from './certificate-desk.ts'
import type { CertificateKeeper } from './certificate-keeper.ts'
import { createLinkDesk, type LinkDesk, type Profile } from './link-desk.ts'
import { newChallenge } from './scep/challenge.ts'
import { signed } from './signed-data.ts'

export interface EnrolmentOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly certificates: CertificateDesk
  /** What profiles are signed with: the server's own certificate, as it is now; and our own authority, where it is from that. */
  readonly keeper: () => Promise<Pick<CertificateKeeper, 'current' | 'authority'>>
  /** `https://mail.example.com`: how phones reach us. */
  readonly origin: () => string
  readonly rules: EnrolmentRules
}

export interface EnrolmentRules {
  /** What users may choose; certificates only where there is an authority for them. */
  readonly kinds: readonly ProfileKind[]
  /** Whether profiles bring our own authority along: where phones meet a certificate of it. */
  readonly bringsAuthority: boolean
  /** Whether an authority is made where there is none and a certificate is wanted. */
  readonly makesAuthority: boolean
  readonly linkHours: number
  /** Whether the phone asks for the password of a certificate; else the profile holds it. */
  readonly asksPassword: boolean
  readonly oauth: Omit<OAuthLogin, 'kind'>
  readonly account: AccountOptions
}

export interface EnrolmentDesk extends LinkDesk {
  /** What can be had now. */
  kinds(): readonly ProfileKind[]
  /** Whether the phone asks for a password that is made with the profile: somebody has to be shown it. */
  asksPassword(kind: ProfileKind): boolean
  /** Makes a profile for whoever asks for it, here and now. */
  profile(account: Account, kind: ProfileKind, by: string): Promise<Profile>
}

/** What a profile is called as a file: `alice.mobileconfig`. */
export const fileNameOf = ({ address }: Pick<Account, 'address'>) =>
  `${address.split('@', 1)[0]?.replaceAll(/[^\w.-]/g, '_') ?? 'account'}.mobileconfig`

export const profileType = 'application/x-apple-aspen-config'

export function createEnrolmentDesk(options: EnrolmentOptions): EnrolmentDesk {
  const { rules, origin } = options
  const asksPassword = (kind: ProfileKind) => kind === 'certificate' && rules.asksPassword
  const profile: EnrolmentDesk['profile'] = (account, kind, by) => makeProfile(options, account, kind, by)
  return {
    ...createLinkDesk({
      ...options,
      hours: rules.linkHours,
      address: (token) => `${origin()}/enrol/${token}`,
      asksPassword,
      isOffered: (kind) => kindsOf(options).includes(kind),
      make: profile,
    }),
    kinds: () => kindsOf(options),
    asksPassword,
    profile,
  }
}

function kindsOf({ certificates, rules }: EnrolmentOptions): readonly ProfileKind[] {
  const hasAuthority = certificates.authority !== null || (rules.makesAuthority && certificates.request === null)
  return rules.kinds.filter((kind) => hasAuthority || (kind !== 'certificate' && kind !== 'scep'))
}

const hour = 3_600_000

async function makeProfile(options: EnrolmentOptions, account: Account, kind: ProfileKind, by: string): Promise<Profile> {
  const { current, authority } = await options.keeper()
  const { login, until, password } = await loginOf(options, account, kind, by)
  const list = accountProfile({
    address: account.address,
    id: account.id,
    host: new URL(options.origin()).host,
    login,
    authority: options.rules.bringsAuthority ? authority : null,
    options: options.rules.account,
    until,
  })
  return { kind, account, content: signProfile(list, current), password }
}

interface Login {
  readonly login: ProfileLogin
  readonly until: Instant | null
  readonly password: string | null
}

async function loginOf(options: EnrolmentOptions, account: Account, kind: ProfileKind, by: string): Promise<Login> {
  const { certificates, store, clock, rules } = options
  switch (kind) {
    case 'password':
      return { login: { kind }, until: null, password: null }
    case 'oauth':
      return { login: { kind, ...rules.oauth }, until: null, password: null }
    case 'certificate': {
      const { certificate, pkcs12, password } = await certificates.issueIdentity({ account, device: null, way: 'profile', by })
      const asked = rules.asksPassword
      return {
        login: { kind: 'pkcs12', pkcs12, password: asked ? null : password },
        until: certificate.notAfter,
        password: asked ? password : null,
      }
    }
    case 'scep': {
      const authority = await certificates.needAuthority()
      const [own = new Uint8Array(0)] = authority.chain
      const login: ProfileLogin = {
        kind,
        url: `${options.origin()}/scep`,
        authorityName: authority.name,
        challenge: await newChallenge(store.scepChallenges, account.id, clock.now() + rules.linkHours * hour),
        authorityFingerprint: createHash('sha1').update(own).digest(),
      }
      return { login, until: null, password: null }
    }
  }
}

const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * Signed with the server's certificate: where a phone trusts that, it calls the profile verified. Behind a proxy that may be one no
 * phone knows: it still shows that nobody changed the profile since.
 */
function signProfile(list: string, { key, cert }: Pick<ServerCertificate, 'key' | 'cert'>): Buffer {
  const certificates = Array.from(cert.matchAll(pem), ([each]) => new X509Certificate(each).raw)
  const [own] = certificates
  if (own === undefined) throw new Error('a server has a certificate')
  return signed({ content: Buffer.from(list, 'utf8'), signer: { certificate: own, key: createPrivateKey(key) }, certificates })
}
