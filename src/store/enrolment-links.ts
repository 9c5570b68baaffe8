// The enrolment links port: addresses that yield one person's profile once, by the hash of what they hold.
import type { AccountId, Instant } from '../model/id.ts'

export interface EnrolmentLink {
  readonly account: AccountId
  /** What it yields, as whoever made it wrote it: JSON. */
  readonly wishes: string
  readonly createdBy: string
  readonly createdAt: Instant
  readonly expiresAt: Instant
  /** Null before the first time. */
  readonly usedAt: Instant | null
  /** Whose request was the first: the hash of what only he knows. Null before. */
  readonly claim: string | null
  /** What was handed out, sealed under what the link holds: for a client that lost the answer. Null before, and long after. */
  readonly delivered: Uint8Array | null
}

export type NewEnrolmentLink = Pick<EnrolmentLink, 'account' | 'wishes' | 'createdBy' | 'createdAt' | 'expiresAt'> & {
  readonly hash: string
}

export interface EnrolmentLinks {
  add(link: NewEnrolmentLink): Promise<void>
  byHash(hash: string): Promise<EnrolmentLink | null>
  /** Takes a link that nobody has taken; whoever was first keeps it. Answers the link as it stands then. */
  take(hash: string, claim: string, at: Instant): Promise<EnrolmentLink | null>
  /** Gives back a link whose profile could not be made. */
  release(hash: string, claim: string): Promise<void>
  /** Keeps what was handed out, sealed; the first stays. */
  keep(hash: string, delivered: Uint8Array): Promise<void>
  /** Takes back all of an account. */
  withdraw(account: AccountId): Promise<void>
}
