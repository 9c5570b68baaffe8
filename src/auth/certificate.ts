// Client certificates as a login: whose a certificate is, and whether it is good, asked again every half minute.
import { createHash, hash } from 'node:crypto'
import type { Logger } from 'pino'
import type { Account } from '../model/account.ts'
import { certificateVerifier } from '../model/certificate.ts'
import type { Clock } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'
import type { Devices } from '../store/devices.ts'
import type { CertificateAuthenticator, Origin, Outcome, PresentedCertificate } from './authenticator.ts'
import type { ReadCertificate } from './chain/certificate.ts'
import { judgeRevocation, type RevocationPolicy, type Revocations } from './chain/chain.ts'
import { findPath, isForeign, type FoundPath } from './chain/path.ts'
import { CertificateOwners, type OwnerOptions } from './certificate-owner.ts'
import type { ClientAuthority } from './client-authorities.ts'
import { Unavailable } from './password-source.ts'
import { Recent } from './recent.ts'
import { WipeProofs } from './wipe-proofs.ts'

export interface CertificateOptions extends OwnerOptions {
  readonly devices: Pick<Devices, 'find' | 'list'>
  readonly clock: Clock
  readonly log: Logger
  readonly revocations: Revocations
  readonly policy: RevocationPolicy
  /** As in CertificateAuthenticator. */
  readonly isRequired: boolean
}

/** How old a verdict may be before the store, the directory and whoever knows of revocations are asked again. */
const freshSeconds = 30
/** While nobody tells whether an account is still good, those who were let in lately stay. */
const outageSeconds = 900
const goodMax = 20_000
const badMax = 2_000
const betweenMax = 50

/** What a certificate comes to. */
type Judged =
  /** `readAt`: when somebody told last that the account is still good. */
  | { readonly kind: 'good'; readonly account: Account; readonly readAt: Instant }
  | { readonly kind: 'disabled'; readonly account: Account }
  /** Of an authority that is none of ours: as if none had been presented. */
  | { readonly kind: 'foreign'; readonly why: string }
  | { readonly kind: 'unfit'; readonly why: string }

interface Verdict {
  readonly judged: Judged
  readonly at: Instant
  /** Signatures hold for good: what is looked at again is everything else. */
  readonly path: readonly ReadCertificate[] | null
  readonly authorities: readonly ClientAuthority[]
  /** What came along with one that is foreign: with others above it it may be known. Null for the rest. */
  readonly along: string | null
}

/** The authenticator for certificates of these authorities. */
export function createCertificateAuthenticator(options: CertificateOptions): CertificateAuthenticator {
  return new Certificates(options)
}

class Certificates implements CertificateAuthenticator {
  readonly #options: CertificateOptions
  readonly #owners: CertificateOwners
  readonly #wipes: WipeProofs
  /** Bad ones never crowd out the phones that are in use. */
  readonly #good = new Recent<Verdict>(goodMax)
  readonly #bad = new Recent<Verdict>(badMax)
  /** Several requests of a phone at once cost one check. */
  readonly #underWay = new Map<string, Promise<Judged>>()
  /**
   * Those in between, of good paths: a session that is resumed brings back the leaf alone (OpenSSL keeps no more in a ticket), and so does
   * many a proxy.
   */
  readonly #between = new Recent<ReadCertificate>(betweenMax)
  #generation = 0

  constructor(options: CertificateOptions) {
    this.#options = options
    this.#owners = new CertificateOwners(options)
    this.#wipes = new WipeProofs(options.devices, options.clock)
  }

  get isRequired(): boolean {
    return this.#options.isRequired
  }

  async authenticate(presented: PresentedCertificate, origin: Origin): Promise<Outcome> {
    try {
      return outcomeOf(await this.#judge(presented, origin), presented)
    } catch (error) {
      if (error instanceof Unavailable) return { kind: 'unavailable', retryAfterSeconds: freshSeconds }
      throw error
    }
  }

  async isGood(presented: PresentedCertificate): Promise<boolean> {
    try {
      return (await this.#judge(presented, null)).kind === 'good'
    } catch (error) {
      // Nobody can tell: who is in stays in.
      if (error instanceof Unavailable) return true
      throw error
    }
  }

  /**
   * A lost phone must be reached after its certificate was revoked or has expired, or its account was disabled: it is let in for its
   * wipe with the very certificate it came in with last. Its key is proven anew with every connection.
   */
  async forWipe(presented: PresentedCertificate, { device }: Origin): Promise<Outcome | null> {
    const found = this.#path(presented, this.#known(presented.fingerprint))
    if (found.path === null) return null
    const account = await this.#owners.accountOf(found.path).catch(nullWhileUnavailable)
    if (account === null || !(await this.#wipes.isOwed(account.id, device, certificateVerifier(presented.fingerprint)))) return null
    return { kind: 'granted', principal: { account, method: 'certificate', verifier: null, reach: 'wipe' } }
  }

  async owesWipe(user: string, device: string | null): Promise<boolean> {
    const account = await this.#options.roster.find(user).catch(nullWhileUnavailable)
    return account !== null && this.#wipes.isOwed(account.id, device)
  }

  forget(account: string): void {
    this.#generation++
    this.#bad.clear()
    this.#good.dropWhere(({ judged }) => judged.kind === 'good' && judged.account.id === account)
  }

  drop(fingerprint: string): void {
    this.#generation++
    this.#good.drop(fingerprint)
    this.#bad.drop(fingerprint)
  }

  #known(fingerprint: string): Verdict | null {
    return this.#good.find(fingerprint) ?? this.#bad.find(fingerprint)
  }

  async #judge(presented: PresentedCertificate, origin: Origin | null): Promise<Judged> {
    const { fingerprint } = presented
    const known = this.#known(fingerprint)
    const { clock, authorities } = this.#options
    const isFresh = known !== null && clock.now() - known.at < freshSeconds * 1000 && known.authorities === authorities()
    // To look for a path takes a while, and whoever makes up a certificate may ask as often as he likes.
    if (isFresh && (known.along === null || known.along === hashOf(presented.chain))) return known.judged
    const underWay = this.#underWay.get(fingerprint)
    if (underWay !== undefined) return underWay
    const check = this.#check(presented, known, origin).finally(() => this.#underWay.delete(fingerprint))
    this.#underWay.set(fingerprint, check)
    return check
  }

  async #check(presented: PresentedCertificate, known: Verdict | null, origin: Origin | null): Promise<Judged> {
    const { clock, log, authorities } = this.#options
    const generation = this.#generation
    const verdict = { at: clock.now(), authorities: authorities() }
    const found = this.#path(presented, known)
    const judged: Judged =
      found.kind === 'bad' ? { kind: isForeign(found) ? 'foreign' : 'unfit', why: found.why } : await this.#weigh(found.path, known)
    if (judged.kind !== 'good' && known?.judged.kind !== judged.kind) {
      const { fingerprint } = presented
      const why = 'why' in judged ? judged.why : 'its account is disabled'
      log.info({ fingerprint, address: origin?.address, device: origin?.device, kind: judged.kind, why }, 'certificate refused')
    }
    if (generation !== this.#generation) return judged
    this.#good.drop(presented.fingerprint)
    this.#bad.drop(presented.fingerprint)
    const cache = judged.kind === 'good' ? this.#good : this.#bad
    const along = judged.kind === 'foreign' ? hashOf(presented.chain) : null
    cache.keep(presented.fingerprint, { ...verdict, judged, path: found.path, along })
    return judged
  }

  /** The path that was found before, at another time of day; or a search for one. */
  #path({ leaf, chain }: PresentedCertificate, known: Verdict | null): FoundPath {
    const { clock, authorities } = this.#options
    const now = clock.now()
    const all = authorities()
    if (known !== null && known.authorities === all && known.judged.kind === 'good' && known.path !== null) {
      const isInTime = known.path.every(({ notBefore, notAfter }) => now >= notBefore && now <= notAfter)
      if (isInTime) return { kind: 'good', path: known.path }
    }
    const trusted = all.map(({ certificate }) => certificate)
    // Reading one takes a millisecond, and all phones of a company bring along the same ones.
    const intermediates = chain.filter((der) => this.#between.find(hash('sha256', der, 'hex')) === null)
    const found = findPath({ leaf, intermediates, between: this.#between.list(), trusted, purpose: 'clientAuth' }, now)
    for (const certificate of found.path?.slice(1, -1) ?? []) {
      // Whoever lacked just this one is foreign no longer.
      if (this.#between.find(certificate.fingerprint) === null) this.#bad.clear()
      this.#between.keep(certificate.fingerprint, certificate)
    }
    return found
  }

  /** Revocations first: of a revoked certificate nobody asks whose it was. */
  async #weigh(path: readonly ReadCertificate[], known: Verdict | null): Promise<Judged> {
    const { revocations, policy } = this.#options
    if (this.#owners.isOurs(path)) {
      const record = await this.#owners.recordOf(path)
      if (record === null) return { kind: 'unfit', why: 'our authority never issued it' }
      if (record.revoked !== null) return { kind: 'unfit', why: 'the certificate was revoked' }
    } else {
      const verdict = await judgeRevocation(path, policy, revocations)
      // It is not the phone's fault, and may be over soon: it comes back by itself.
      if (verdict.kind === 'bad' && verdict.fault === 'revocation-unreachable') throw new Unavailable(verdict.why)
      if (verdict.kind === 'bad') return { kind: 'unfit', why: verdict.why }
    }
    const now = this.#options.clock.now()
    try {
      const account = await this.#owners.accountOf(path)
      if (account === null) return { kind: 'unfit', why: 'it means no account, or several' }
      return account.disabled ? { kind: 'disabled', account } : { kind: 'good', account, readAt: now }
    } catch (error) {
      const isRemembered = known?.judged.kind === 'good' && now - known.judged.readAt <= outageSeconds * 1000
      if (error instanceof Unavailable && isRemembered) return known.judged
      throw error
    }
  }
}

function outcomeOf(judged: Judged, presented: PresentedCertificate): Outcome {
  switch (judged.kind) {
    case 'good':
      return {
        kind: 'granted',
        principal: {
          account: judged.account,
          method: 'certificate',
          verifier: certificateVerifier(presented.fingerprint),
          reach: 'everything',
        },
      }
    case 'disabled':
      return { kind: 'disabled' }
    case 'foreign':
      return { kind: 'denied' }
    case 'unfit':
      return { kind: 'uncertified' }
  }
}

function hashOf(chain: readonly Uint8Array[]): string {
  const together = createHash('sha256')
  for (const each of chain) together.update(each)
  return together.digest('hex')
}

function nullWhileUnavailable(error: unknown): null {
  if (error instanceof Unavailable) return null
  throw error
}
