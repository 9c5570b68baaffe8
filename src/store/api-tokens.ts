// The API tokens port: programs that may call the REST interface, by the hash of what they present.
import type { StaffRole } from '../model/actor.ts'
import type { Instant } from '../model/id.ts'

export interface ApiToken {
  readonly name: string
  readonly role: StaffRole
  readonly createdBy: string
  readonly createdAt: Instant
  /** Null where it never does. */
  readonly expiresAt: Instant | null
  /** Null before the first time; to the minute. */
  readonly usedAt: Instant | null
}

export type NewApiToken = Omit<ApiToken, 'usedAt'> & { readonly hash: string }

export interface ApiTokens {
  /** Rejects with name-taken. */
  add(token: NewApiToken): Promise<ApiToken>
  byHash(hash: string): Promise<ApiToken | null>
  touch(name: string, at: Instant): Promise<void>
  /** Oldest first. */
  list(): Promise<readonly ApiToken[]>
  /** Null if there was none. */
  remove(name: string): Promise<ApiToken | null>
}
