// Client certificates as a login: whose a certificate is, and whether it is good, asked again every half minute.
import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { DeviceId, Instant } from '../model/id.ts'
import { isOwed } from '../model/wipe.ts'
import type { Accounts } from '../store/accounts.ts'
import type { Devices } from '../store/devices.ts'
import type { CertificateAuthenticator, Origin, Outcome, PresentedCertificate } from './authenticator.ts'
import type { ReadCertificate } from './chain/certificate.ts'
import { judgeRevocation, type ChainFault, type RevocationPolicy, type Revocations } from './chain/chain.ts'
import { findPath, type BadPath, type FoundPath } from './chain/path.ts'
import { namesOf, type ClientAuthority } from './client-authorities.ts'
import { certificateKey, type OwnCertificates } from './own-certificates.ts'
import { Unavailable, type Roster } from './password-source.ts'
import { Recent } from './recent.ts'

export interface CertificateOptions {
  readonly roster: Roster
  readonly accounts: Pick<Accounts, 'byId'>
  readonly devices: Pick<Devices, 'find' | 'list'>
  readonly clock: Clock
  readonly log: Logger
  /** Another array as soon as it holds others. */
  readonly authorities: () => readonly ClientAuthority[]
  /** Null where we issue none. */
  readonly own: OwnCertificates | null
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
  | { readonly kind: 'good'; readonly account: Account }
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

/** Whoever makes up a certificate gets this far. */
const foreignFaults: ReadonlySet<ChainFault> = new Set(['malformed', 'incomplete', 'untrusted', 'signature'])

/** The authenticator for certificates of these authorities. */
export function createCertificateAuthenticator(options: CertificateOptions): CertificateAuthenticator {
  return new Certificates(options)
}

class Certificates implements CertificateAuthenticator {
  readonly #options: CertificateOptions
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
    const account = await this.#accountOf(found.path).catch(rethrowUnless(Unavailable))
    if (account === null || !(await this.#owesWipe(account, device, verifierOf(presented)))) return null
    return { kind: 'granted', principal: { account, method: 'certificate', verifier: null, reach: 'wipe' } }
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
    const judged = found.kind === 'bad' ? badlyJudged(found) : await this.#weigh(found.path, known)
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
    const between = this.#between.list()
    const found = findPath({ leaf, intermediates: chain, between, trusted, purpose: 'clientAuth' }, now)
    for (const certificate of found.path?.slice(1, -1) ?? []) {
      // Whoever lacked just this one is foreign no longer.
      if (this.#between.find(certificate.fingerprint) === null) this.#bad.clear()
      this.#between.keep(certificate.fingerprint, certificate)
    }
    return found
  }

  /** Revocations first: of a revoked certificate nobody asks whose it was. */
  async #weigh(path: readonly ReadCertificate[], known: Verdict | null): Promise<Judged> {
    const { own, revocations, policy } = this.#options
    if (this.#isOurs(path)) {
      const record = own === null ? null : await own.find(keyOf(path))
      if (record === null) return { kind: 'unfit', why: 'our authority never issued it' }
      if (record.revoked !== null) return { kind: 'unfit', why: 'the certificate was revoked' }
    } else {
      const verdict = await judgeRevocation(path, policy, revocations)
      if (verdict.kind === 'bad') return { kind: 'unfit', why: verdict.why }
    }
    const account = await this.#accountOf(path).catch((error: unknown) => this.#remembered(known, error))
    if (account === null) return { kind: 'unfit', why: 'it means no account, or several' }
    return { kind: account.disabled ? 'disabled' : 'good', account }
  }

  /** Rejects with what went wrong, where too little is remembered. */
  #remembered(known: Verdict | null, error: unknown): Account {
    const isLate = known === null || this.#options.clock.now() - known.at > outageSeconds * 1000
    if (!(error instanceof Unavailable) || isLate || known.judged.kind !== 'good') throw error
    return known.judged.account
  }

  /**
   * By the key that signed, whoever else vouches for it: our authority may stand below the company's, or in the list of other authorities
   * as well. What we revoked is out all the same.
   */
  #isOurs(path: readonly ReadCertificate[]): boolean {
    const { issuer } = keyOf(path)
    return this.#options.own?.issuers().some(({ id }) => id === issuer) ?? false
  }

  #authorityOf(path: readonly ReadCertificate[]): ClientAuthority | null {
    const fingerprint = path.at(-1)?.fingerprint
    return this.#options.authorities().find(({ certificate }) => certificate.fingerprint === fingerprint) ?? null
  }

  /** Whom a certificate means; null for nobody, and for one that means several. Rejects with Unavailable. */
  async #accountOf(path: readonly ReadCertificate[]): Promise<Account | null> {
    if (this.#isOurs(path)) return this.#ownerOf(path)
    const authority = this.#authorityOf(path)
    if (authority === null) return null
    for (const mapping of authority.mappings) {
      const found = await Promise.all(namesOf(path, mapping).map((name) => this.#options.roster.find(name, 'proven')))
      const accounts = new Map(found.flatMap((account) => (account === null ? [] : [[account.id, account] as const])))
      if (accounts.size > 1) return null
      const [account] = accounts.values()
      if (account !== undefined) return account
    }
    return null
  }

  /** Of those we issued ourselves the store knows whose they are; whether he still is somebody the roster knows. */
  async #ownerOf(path: readonly ReadCertificate[]): Promise<Account | null> {
    const { own, accounts, roster } = this.#options
    const record = own === null ? null : await own.find(keyOf(path))
    const kept = record === null ? null : await accounts.byId(record.account)
    if (kept === null || kept.disabled) return kept
    const account = await roster.find(kept.address)
    return account?.id === kept.id ? account : null
  }

  async #owesWipe(account: Account, device: string | null, verifier: string): Promise<boolean> {
    const { devices, clock } = this.#options
    const named = device === null ? await devices.list(account.id) : [await devices.find(account.id, device as DeviceId)]
    return named.some((known) => {
      if (known === null || !isOwed(known.wipe) || clock.now() >= known.wipe.verifierUntil) return false
      return known.verifier === verifier
    })
  }
}

/** What a device's record keeps of the certificate it came in with: one certificate, not whatever its authority may issue under its name. */
function verifierOf({ fingerprint }: PresentedCertificate): string {
  return `cert:${fingerprint}`
}

function keyOf([leaf, issuer]: readonly ReadCertificate[]) {
  if (leaf === undefined || issuer === undefined) throw new Error('a path has two certificates at least')
  return certificateKey(leaf.x509, issuer.x509)
}

function badlyJudged({ fault, why }: BadPath): Judged {
  return { kind: foreignFaults.has(fault) ? 'foreign' : 'unfit', why }
}

function outcomeOf(judged: Judged, presented: PresentedCertificate): Outcome {
  switch (judged.kind) {
    case 'good':
      return {
        kind: 'granted',
        principal: { account: judged.account, method: 'certificate', verifier: verifierOf(presented), reach: 'everything' },
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
  const hash = createHash('sha256')
  for (const each of chain) hash.update(each)
  return hash.digest('hex')
}

/** Turns one kind of failure into null. */
function rethrowUnless(kind: new () => Error): (error: unknown) => null {
  return (error) => {
    if (error instanceof kind) return null
    throw error
  }
}
