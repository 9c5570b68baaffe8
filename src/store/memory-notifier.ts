// The notifier of one process: waiters by mailbox, woken in the order they came.
import type { MailboxId, Modseq } from '../model/id.ts'
import type { Notifier } from './notifier.ts'

/** Wakes the waiters of this process. What other nodes commit has to be told to it through `moved`. */
export class MemoryNotifier implements Notifier {
  readonly #waiters = new Map<MailboxId, Set<() => void>>()
  #waiting = 0

  get waiting(): number {
    return this.#waiting
  }

  moved(mailbox: MailboxId, _to: Modseq): void {
    const waiters = this.#waiters.get(mailbox)
    if (waiters === undefined) return
    // A copy: a waiter may leave, or another come, while it is being told.
    for (const wake of Array.from(waiters)) {
      try {
        wake()
      } catch (error) {
        // The commit stands and the other waiters have a right to be told: the fault surfaces on its own.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  watch(mailbox: MailboxId, wake: () => void): () => void {
    // Wrapped, so that one function registered twice is two waiters.
    const waiter = () => wake()
    const waiters = this.#waiters.get(mailbox) ?? new Set()
    this.#waiters.set(mailbox, waiters.add(waiter))
    this.#waiting += 1
    return () => {
      if (!waiters.delete(waiter)) return
      this.#waiting -= 1
      if (waiters.size === 0 && this.#waiters.get(mailbox) === waiters) this.#waiters.delete(mailbox)
    }
  }
}
