// The desk of one-time links: made, looked at as often as anybody likes, and good for one profile.
import type { Logger } from 'pino'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { AccountId, Instant } from '../model/id.ts'
import type { EnrolmentLink } from '../store/enrolment-links.ts'
import type { Store } from '../store/store.ts'
import { profileKinds, type ProfileKind } from './account-profile.ts'
import { CertificateRefused } from './certificate-desk.ts'
import { claimOf, isProof, LinkToken, newProof } from './enrolment-link.ts'

export interface Profile {
  readonly kind: ProfileKind
  readonly account: Account
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

export interface LinkDesk {
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
  /** Takes back every link of an account, and what a profile of it may ask for. */
  withdraw(account: AccountId): Promise<void>
}

export interface LinkOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly hours: number
  /** Where a token is opened. */
  readonly address: (token: string) => string
  /** Whether somebody has to be shown a password of the profile when the link is made. */
  readonly asksPassword: (kind: ProfileKind) => boolean
  /** Whether profiles of this kind are made now. */
  readonly isOffered: (kind: ProfileKind) => boolean
  readonly make: (account: Account, kind: ProfileKind, by: string) => Promise<Profile>
}

const hour = 3_600_000
/** A phone that lost the answer asks again within minutes. */
const graceMinutes = 10

/** A link as it was found, with what its token opens. */
interface Found extends LinkOffer {
  readonly token: LinkToken
  readonly link: EnrolmentLink
}

export function createLinkDesk(options: LinkOptions): LinkDesk {
  const { store, clock, asksPassword } = options
  const secret = () => store.secret('enrolment')
  /** iOS fetches a profile twice, sometimes at once: both get the one that is under way. */
  const underWay = new Map<string, Promise<Profile>>()
  return {
    link: async (account, kind, by) => {
      const token = LinkToken.make()
      const createdAt = clock.now()
      const expiresAt = createdAt + options.hours * hour
      // Its password is shown beside the link: it has to be made before anybody can ask for it.
      const early = asksPassword(kind) ? await options.make(account, kind, by) : null
      await store.enrolmentLinks.add({ hash: token.hash, account: account.id, wishes: kind, createdBy: by, createdAt, expiresAt })
      if (early !== null) await store.enrolmentLinks.keep(token.hash, token.seal(early.content))
      return { url: options.address(token.value), expiresAt, password: early?.password ?? null }
    },
    withdraw: async (account) => {
      await store.enrolmentLinks.withdraw(account)
      await store.scepChallenges.withdraw(account)
    },
    offer: (text) => unused(options, text),
    agree: async (text) => {
      const found = await unused(options, text)
      return found === null ? null : newProof(found.token, await secret())
    },
    deliver: async (text, proof, address) => {
      const token = LinkToken.parse(text)
      if (token === null || !isProof(proof, token, await secret())) return null
      const found = await taken(options, token, claimOf(proof))
      if (found === null) return null
      const making = underWay.get(token.hash) ?? make(options, found).finally(() => underWay.delete(token.hash))
      underWay.set(token.hash, making)
      try {
        const profile = await making
        await record(options, found, address)
        return profile
      } catch (error) {
        await store.enrolmentLinks.release(token.hash, claimOf(proof))
        if (!(error instanceof CertificateRefused)) throw error
        options.log.warn({ account: found.account.id, why: error.message }, 'the certificate of a profile was refused')
        return null
      }
    },
  }
}

/** A link that nobody has used, for an account that may come in. */
async function unused(options: LinkOptions, text: string): Promise<Found | null> {
  const { store, clock } = options
  const token = LinkToken.parse(text)
  const link = token === null ? null : await store.enrolmentLinks.byHash(token.hash)
  if (token === null || link === null || link.usedAt !== null || link.expiresAt <= clock.now()) return null
  return forAccount(options, token, link)
}

/** Takes the link for this claim, if nobody has; null where somebody else has it, and where it was taken long ago. */
async function taken(options: LinkOptions, token: LinkToken, claim: string): Promise<Found | null> {
  const { store, clock } = options
  const now = clock.now()
  const before = await store.enrolmentLinks.byHash(token.hash)
  if (before === null || (before.usedAt === null && before.expiresAt <= now)) return null
  const link = await store.enrolmentLinks.take(token.hash, claim, now)
  if (link === null || link.usedAt === null || link.claim !== claim || now - link.usedAt > graceMinutes * 60_000) return null
  return forAccount(options, token, link)
}

/** Null where the account may not come in, or profiles of this kind are made no longer. */
async function forAccount({ store, isOffered }: LinkOptions, token: LinkToken, link: EnrolmentLink): Promise<Found | null> {
  const account = await store.accounts.byId(link.account)
  const kind = profileKinds.find((each) => each === link.wishes)
  if (account === null || account.disabled || kind === undefined || !isOffered(kind)) return null
  return { token, link, account, kind }
}

/** What was handed out before, or is now for the first time. */
async function make(options: LinkOptions, { token, link, account, kind }: Found): Promise<Profile> {
  // Looked at anew: another request may have been quicker.
  const delivered = (await options.store.enrolmentLinks.byHash(token.hash))?.delivered ?? null
  const kept = delivered === null ? null : token.open(delivered)
  if (kept !== null) return { kind, account, content: kept, password: null }
  const made = await options.make(account, kind, link.createdBy)
  await options.store.enrolmentLinks.keep(token.hash, token.seal(made.content))
  return made
}

/** Each time it goes out, though it goes to one who showed the same proof. */
async function record({ store, clock, log }: LinkOptions, { account, kind, link }: Found, address: string): Promise<void> {
  log.info({ account: account.id, kind }, 'a profile was handed out by a link')
  await store.audit.append({
    at: clock.now(),
    // Who it was that had the link, nobody knows.
    actor: 'somebody with a link',
    role: 'user',
    origin: address,
    action: 'profile.deliver',
    target: account.address,
    detail: { kind, madeBy: link.createdBy },
  })
}
