// The SCEP challenges port: what lets one key of one person be certified, once, and what came of it.
import type { AccountId, Instant } from '../model/id.ts'

export interface ScepChallenge {
  readonly account: AccountId
  readonly expiresAt: Instant
  /** Null before the first time. */
  readonly usedAt: Instant | null
  /** SHA-256 of the key that came first: the challenge is good for no other. Null before. */
  readonly publicKey: string | null
  /** The transaction it came in. Null before. */
  readonly transaction: string | null
  /** DER of what was issued; null before. */
  readonly certificate: Uint8Array | null
}

export type ScepUse = Pick<ScepChallenge, 'publicKey' | 'transaction'> & { readonly at: Instant }

export interface ScepChallenges {
  add(challenge: Pick<ScepChallenge, 'account' | 'expiresAt'> & { readonly hash: string }): Promise<void>
  byHash(hash: string): Promise<ScepChallenge | null>
  /** Binds a challenge that nobody has used to a key; whoever was first keeps it. Answers the challenge as it stands then. */
  use(hash: string, use: ScepUse): Promise<ScepChallenge | null>
  /** Gives back a challenge for which nothing could be issued. */
  release(hash: string): Promise<void>
  /** Keeps what was issued, for a client that lost the answer. */
  keep(hash: string, certificate: Uint8Array): Promise<void>
  /** Takes back those of an account that nobody has used. */
  withdraw(account: AccountId): Promise<void>
}
