// The notifier port: a wake carries no data; whoever wakes looks for himself.
import type { MailboxId, Modseq } from '../model/id.ts'

export interface Notifier {
  /** A change up to `to` was committed. Called after the commit, by the store. */
  moved(mailbox: MailboxId, to: Modseq): void
  /**
   * Calls `wake` (at most once per commit, coalesced by the caller) until the returned function is called.
   * Register first, read the mailbox's modseq afterwards, then sleep: nothing falls between.
   */
  watch(mailbox: MailboxId, wake: () => void): () => void
  /** How many waiters there are, for the figures. */
  readonly waiting: number
}
