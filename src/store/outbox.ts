// The outbox port: mail that was accepted from a phone and has to reach its recipients, however often the server restarts.
import type { AccountId, Instant, SubmissionId } from '../model/id.ts'
import type { Source } from '../model/item.ts'

export interface NewSubmission {
  readonly id: SubmissionId
  readonly account: AccountId
  /** Envelope sender. */
  readonly from: string
  readonly recipients: readonly string[]
  /** Without Bcc. */
  readonly source: Uint8Array
  readonly at: Instant
}

export interface QueuedMessage {
  readonly number: number
  readonly id: SubmissionId
  readonly account: AccountId
  readonly from: string
  /** Those still owed; one row of the queue may serve several. */
  readonly recipients: readonly string[]
  readonly attempts: number
  readonly queuedAt: Instant
  readonly nextAttemptAt: Instant
  readonly lastError: string | null
}

export interface Outbox {
  /** Durable once it resolves. False if this SubmissionId of this account was taken before: nothing is queued again. */
  submit(submission: NewSubmission): Promise<boolean>
  /** Whether the SubmissionId was taken before. */
  known(account: AccountId, id: SubmissionId): Promise<boolean>
  /** Messages due at `at`, oldest first. */
  due(at: Instant, limit: number): Promise<readonly QueuedMessage[]>
  list(): Promise<readonly QueuedMessage[]>
  source(number: number): Promise<Source | null>
  /** These recipients are served (or given up); when none are left, the row and its source go. */
  settle(number: number, recipients: readonly string[]): Promise<void>
  /** Try the remaining recipients again later. */
  postpone(number: number, nextAttemptAt: Instant, error: string): Promise<void>
  /** When the next message is due; null if the queue is empty. */
  nextDue(): Promise<Instant | null>
}
