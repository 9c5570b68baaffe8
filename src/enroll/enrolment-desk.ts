// The desk where profiles are made and handed out: directly, or by a link that is good once.
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import type { Logger } from 'pino'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'
import type { EnrolmentLink } from '../store/enrolment-links.ts'
import type { Store } from '../store/store.ts'
import {
  accountProfile,
  profileKinds,
  type AccountOptions,
  type OAuthLogin,
  type ProfileKind,
  type ProfileLogin,
} from './account-profile.ts'
import type { ServerCertificate } from './authority.ts'
import type { CertificateDesk } from './certificate-desk.ts'
import type { CertificateKeeper } from './certificate-keeper.ts'
import { claimOf, isProof, LinkToken, newProof } from './enrolment-link.ts'
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
  /** Whether an authority is made where there is none and a certificate is wanted. */
  readonly makesAuthority: boolean
  readonly linkHours: number
  /** Whether the phone asks for the password of a certificate; else the profile holds it. */
  readonly asksPassword: boolean
  readonly oauth: Omit<OAuthLogin, 'kind'>
  readonly account: AccountOptions
}

export interface Profile {
  readonly kind: ProfileKind
  readonly account: Account
  /** `alice.mobileconfig`. */
  readonly name: string
  /** Signed (RFC 5652), DER. */
  readonly content: Uint8Array
  /** What the phone will ask for; null where it asks for nothing of ours. */
  readonly password: string | null
}

export interface ProfileLink {
  readonly url: string
  readonly expiresAt: Instant
  readonly password: string | null
}

/** Which profile a link is for. */
export interface LinkOffer {
  readonly account: Account
  readonly kind: ProfileKind
}

export interface EnrolmentDesk {
  /** What can be had now. */
  kinds(): readonly ProfileKind[]
  /** Whether the phone asks for a password that is made with the profile: somebody has to be shown it. */
  asksPassword(kind: ProfileKind): boolean
  /** Makes a profile for whoever asks for it, here and now. */
  profile(account: Account, kind: ProfileKind, by: string): Promise<Profile>
  /** Makes a link that yields a profile once. */
  link(account: Account, kind: ProfileKind, by: string): Promise<ProfileLink>
  /** What a link is for; null if it is not good: never was, was used, or is over. */
  offer(token: string): Promise<LinkOffer | null>
  /** Somebody agrees. Answers the proof that he did; null if the link is not good. */
  agree(token: string): Promise<string | null>
  /**
   * The profile, for the first proof that is shown, and for some minutes after; null for everybody else. The audit log says to which
   * address it went.
   */
  deliver(token: string, proof: string, address: string): Promise<Profile | null>
}

export const profileType = 'application/x-apple-aspen-config'
const hour = 3_600_000
/** A phone that lost the answer asks again within minutes. */
const graceMinutes = 10

export function createEnrolmentDesk(options: EnrolmentOptions): EnrolmentDesk {
  const { store, clock, log, rules } = options
  const secret = () => store.secret('enrolment')
  const isOpen = ({ usedAt, expiresAt }: EnrolmentLink) => usedAt === null && clock.now() < expiresAt
  const kindOf = ({ wishes }: EnrolmentLink) => profileKinds.find((kind) => kind === wishes) ?? null

  const asksPassword = (kind: ProfileKind) => kind === 'certificate' && rules.asksPassword

  /** A link that was not used, for an account that may come in. */
  const good = async (text: string) => {
    const token = LinkToken.parse(text)
    const link = token === null ? null : await store.enrolmentLinks.byHash(token.hash)
    return token !== null && link !== null && isOpen(link) ? named(token, link) : null
  }
  const named = async (token: LinkToken, link: EnrolmentLink) => {
    const account = await store.accounts.byId(link.account)
    const kind = kindOf(link)
    return account === null || account.disabled || kind === null ? null : { token, link, account, kind }
  }
  type Named = NonNullable<Awaited<ReturnType<typeof named>>>

  const make = async ({ token, link, account, kind }: Named): Promise<Profile> => {
    const kept = link.delivered === null ? null : token.open(link.delivered)
    if (kept !== null) return { kind, account, name: nameOf(account), content: kept, password: null }
    const made = await makeProfile(options, account, kind, link.createdBy)
    await store.enrolmentLinks.keep(token.hash, token.seal(made.content))
    return made
  }

  /** Each time it goes out, though it goes to one who showed the same proof. */
  const record = async ({ account, kind, link }: Named, address: string) => {
    log.info({ account: account.id, kind }, 'a profile was handed out by a link')
    const { address: target } = account
    const detail = { kind, link: `made by ${link.createdBy}` }
    await store.audit.append({ at: clock.now(), actor: target, role: 'user', origin: address, action: 'profile.deliver', target, detail })
  }

  return {
    kinds: () => kindsOf(options),
    asksPassword,
    profile: (account, kind, by) => makeProfile(options, account, kind, by),
    link: async (account, kind, by) => {
      const token = LinkToken.make()
      const createdAt = clock.now()
      const expiresAt = createdAt + rules.linkHours * hour
      // Its password is shown beside the link: it has to be made before anybody can ask for it.
      const early = asksPassword(kind) ? await makeProfile(options, account, kind, by) : null
      await store.enrolmentLinks.add({ hash: token.hash, account: account.id, wishes: kind, createdBy: by, createdAt, expiresAt })
      if (early !== null) await store.enrolmentLinks.keep(token.hash, token.seal(early.content))
      return { url: `${options.origin()}/enrol/${token.value}`, expiresAt, password: early?.password ?? null }
    },
    offer: async (text) => {
      const found = await good(text)
      return found === null ? null : { account: found.account, kind: found.kind }
    },
    agree: async (text) => {
      const found = await good(text)
      return found === null ? null : newProof(found.token, await secret())
    },
    deliver: async (text, proof, address) => {
      const token = LinkToken.parse(text)
      if (token === null || !isProof(proof, token, await secret())) return null
      const before = await store.enrolmentLinks.byHash(token.hash)
      if (before === null || (before.usedAt === null && !isOpen(before))) return null
      const claim = claimOf(proof)
      const link = await store.enrolmentLinks.take(token.hash, claim, clock.now())
      if (link === null || link.usedAt === null || link.claim !== claim) return null
      if (clock.now() - link.usedAt > graceMinutes * 60_000) return null
      const found = await named(token, link)
      if (found === null) return null
      try {
        const profile = await make(found)
        await record(found, address)
        return profile
      } catch (error) {
        await store.enrolmentLinks.release(token.hash, claim)
        throw error
      }
    },
  }
}

function kindsOf({ certificates, rules }: EnrolmentOptions): readonly ProfileKind[] {
  const hasAuthority = certificates.authority !== null || (rules.makesAuthority && certificates.request === null)
  return rules.kinds.filter((kind) => hasAuthority || (kind !== 'certificate' && kind !== 'scep'))
}

const nameOf = ({ address }: Account) => `${address.split('@', 1)[0]?.replaceAll(/[^\w.-]/g, '_') ?? 'account'}.mobileconfig`

async function makeProfile(options: EnrolmentOptions, account: Account, kind: ProfileKind, by: string): Promise<Profile> {
  const { current, authority } = await options.keeper()
  const { login, until, password } = await loginOf(options, account, kind, by)
  const list = accountProfile({
    address: account.address,
    id: account.id,
    host: new URL(options.origin()).host,
    login,
    authority,
    options: options.rules.account,
    until,
  })
  return { kind, account, name: nameOf(account), content: signProfile(list, current), password }
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

/** Signed with the server's certificate: where a phone trusts that, it calls the profile verified. */
function signProfile(list: string, { key, cert }: Pick<ServerCertificate, 'key' | 'cert'>): Buffer {
  const certificates = Array.from(cert.matchAll(pem), ([each]) => new X509Certificate(each).raw)
  const [own] = certificates
  if (own === undefined) throw new Error('a server has a certificate')
  return signed({ content: Buffer.from(list, 'utf8'), signer: { certificate: own, key: createPrivateKey(key) }, certificates })
}
