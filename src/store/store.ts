// The store port: everything durable, and the unit of work that binds several writes into one.
import type { AccountId, DeviceId } from '../model/id.ts'
import type { Absences } from './absences.ts'
import type { Access } from './access.ts'
import type { Accounts } from './accounts.ts'
import type { Administrators } from './administrators.ts'
import type { ApiTokens } from './api-tokens.ts'
import type { AppPasswords } from './app-passwords.ts'
import type { Audit } from './audit.ts'
import type { ConsoleSessions } from './console-sessions.ts'
import type { Certificates } from './certificates.ts'
import type { Census } from './census.ts'
import type { Devices } from './devices.ts'
import type { EnrolmentLinks } from './enrolment-links.ts'
import type { Mailbox } from './mailbox.ts'
import type { Notifier } from './notifier.ts'
import type { Outbox } from './outbox.ts'
import type { Policies } from './policies.ts'
import type { ScepChallenges } from './scep-challenges.ts'
import type { SecondFactors } from './second-factors.ts'
import type { SyncState } from './sync-state.ts'
import type { Wipes } from './wipes.ts'

/**
 * Everything a unit of work can reach: all of it commits, or none. An account or device that was looked at by its id is held against
 * other units until this one ends: what was decided by it still is so when it is written.
 */
export interface Unit {
  readonly accounts: Accounts
  readonly absences: Absences
  readonly devices: Devices
  readonly outbox: Outbox
  readonly policies: Policies
  readonly access: Access
  readonly wipes: Wipes
  readonly audit: Audit
  readonly administrators: Administrators
  readonly secondFactors: SecondFactors
  readonly consoleSessions: ConsoleSessions
  readonly apiTokens: ApiTokens
  readonly enrolmentLinks: EnrolmentLinks
  readonly scepChallenges: ScepChallenges
  readonly certificates: Certificates
  readonly appPasswords: AppPasswords
  /** Rejects with account-not-found. */
  mailbox(account: AccountId): Promise<Mailbox>
  syncState(account: AccountId, device: DeviceId): Promise<SyncState>
}

/** Outside a unit every read sees what is committed, and every write is a unit of its own. */
export interface Store extends Unit {
  readonly notifier: Notifier
  /**
   * The same store as a quarantined device sees it: in place of its own mailbox every account has another one, with its folders
   * and whatever was put there, and devices hold nothing of the one of the other. Nothing leaves from
   * there: the outbox takes no submission (unavailable), and nobody is away there or says that he is (unavailable).
   */
  readonly waitingRoom: Store
  /**
   * Runs `work` as one transaction; commits when it resolves, rolls back when it rejects. Inside, await nothing
   * but the unit's own methods: on SQLite units run one at a time. A deadlock or a lost connection on PostgreSQL
   * is tried again, so `work` must be repeatable. Watchers are told after the commit.
   */
  unit<T>(work: (unit: Unit) => Promise<T>): Promise<T>
  /** A secret of this installation, made on first use and kept: 32 bytes. */
  secret(name: string): Promise<Uint8Array>
  /** A small value that outlives a restart (the address of the demo domain, the last clean-up). */
  setting(name: string): Promise<string | null>
  setSetting(name: string, value: string): Promise<void>
  /** Counts what there is: for the overview and the figures. */
  census(): Promise<Census>
  /** Writes a consistent copy of everything to `path` while the server runs. Rejects with not-embedded. */
  backup(path: string): Promise<void>
  /** Clears away tombstones that no ledger needs, forgotten sources, old submissions. */
  tidy(now: number): Promise<void>
  close(): Promise<void>
}
