// The absences port: who is out of office, and whom his absence has answered.
import type { Absence } from '../model/absence.ts'
import type { AccountId, Instant } from '../model/id.ts'

export interface KeptAbsence {
  readonly absence: Absence
  /** Names this absence: another one has another instant. */
  readonly since: Instant
}

export interface Absences {
  /** Null for who never said anything about it. */
  of(account: AccountId): Promise<KeptAbsence | null>
  /** With a new `since` whom the one before has answered is forgotten. Rejects with account-not-found. */
  keep(account: AccountId, absence: Absence, since: Instant): Promise<void>
  /**
   * Notes that this sender is answered at `at`. False, and nothing is noted, if he was in this absence already, or if within the hour
   * before `at` there were `perHour` others.
   */
  answer(account: AccountId, sender: string, at: Instant, perHour: number): Promise<boolean>
}
