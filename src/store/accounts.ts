// The accounts port: who exists, under which addresses, and the password's hash.
import type { Account } from '../model/account.ts'
import type { AccountId, Instant } from '../model/id.ts'
import type { ProtocolVersion } from '../model/version.ts'
import type { WorkingHours } from '../model/working-hours.ts'
import type { ZoneId } from '../model/zone.ts'

export interface NewAccount {
  readonly addresses: readonly [string, ...string[]]
  readonly displayName: string
  /** As `auth/password` makes it; null for an account that logs in elsewhere. */
  readonly passwordHash: string | null
  readonly directoryId?: string | null
}

export interface AccountChange {
  readonly displayName?: string
  /** Shut by an administrator, whatever the directory says. */
  readonly disabled?: boolean
  readonly directoryId?: string | null
  readonly barred?: string | null
  readonly passwordHash?: string | null
  readonly maxVersion?: ProtocolVersion | null
  readonly allowNonProvisionable?: boolean | null
  readonly groups?: readonly string[]
  readonly policy?: string | null
  readonly syncEnabled?: boolean | null
  readonly devicesMax?: number | null
  readonly timeZone?: ZoneId | null
  readonly workingHours?: WorkingHours | null
  /** All addresses, the primary one first. */
  readonly addresses?: readonly [string, ...string[]]
}

export interface Accounts {
  /** Creates the account, its mailbox and its default folders. Rejects with address-taken. */
  create(account: NewAccount): Promise<Account>
  /** Rejects with account-not-found, address-taken. */
  change(id: AccountId, change: AccountChange): Promise<Account>
  /** By any of its addresses, in any letter case. */
  byAddress(address: string): Promise<Account | null>
  byId(id: AccountId): Promise<Account | null>
  byDirectoryId(id: string): Promise<Account | null>
  /** Notes when the directory was last seen to have those of its accounts that it does not keep out. */
  sawDirectory(at: Instant): Promise<void>
  /** When that was for this one; null for never, and for an account of our own. */
  directorySeen(id: AccountId): Promise<Instant | null>
  passwordHash(id: AccountId): Promise<string | null>
  list(): Promise<readonly Account[]>
  /** The domains for which mail is delivered here: those of the accounts' addresses, lower case. */
  domains(): Promise<ReadonlySet<string>>
}
