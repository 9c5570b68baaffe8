// The app passwords port: passwords that one device of an account comes in with, by their hash.
import type { AccountId, DeviceId, Instant } from '../model/id.ts'

export interface AppPassword {
  readonly account: AccountId
  /** What its owner calls it; no two of an account have one name. */
  readonly name: string
  /** The only device it is good for: the first that used it. Null before. */
  readonly device: DeviceId | null
  /** As the audit log names him. */
  readonly createdBy: string
  readonly createdAt: Instant
  /** Null before the first time; to the minute. */
  readonly usedAt: Instant | null
}

/** What is kept of the password itself. */
export interface AppPasswordSecrets {
  /** As `auth/app-password-form` makes it. */
  readonly hash: string
  /** A hash (`auth/password`) that it satisfies: a device's wipe outlives it by that. */
  readonly verifier: string
}

export interface AppPasswords {
  /** Rejects with name-taken, account-not-found. */
  add(password: Omit<AppPassword, 'device' | 'usedAt'> & AppPasswordSecrets): Promise<AppPassword>
  byHash(account: AccountId, hash: string): Promise<(AppPassword & Pick<AppPasswordSecrets, 'verifier'>) | null>
  /** Ties it to this device, unless it is tied to one already; the one it is tied to then, null if it is gone. */
  bind(account: AccountId, name: string, device: DeviceId): Promise<DeviceId | null>
  touch(account: AccountId, name: string, at: Instant): Promise<void>
  /** Oldest first. */
  list(account: AccountId): Promise<readonly AppPassword[]>
  /** Null if there was none. */
  remove(account: AccountId, name: string): Promise<AppPassword | null>
}
