// Remembers that a collection had nothing to say: phones that pull ask the same question over and over.
import type { Instant, MailboxId, Modseq } from '../model/id.ts'
import type { CollectionRecord } from '../store/sync-state.ts'
import { keepLatest } from '../model/bounded.ts'

/** What the last look saw; while all of it stands, another look would see the same. */
interface Look {
  readonly modseq: Modseq
  readonly revision: number
  readonly cut: Instant | null
}

/** Beyond this the oldest is forgotten: it only costs a look. */
const looksMax = 50_000

/**
 * In memory, of this node alone. The mailbox's modseq changes with every change of an item, the record's revision with every
 * write of any node, so that what is remembered is never wrong, merely of no use any more.
 */
export class QuietLooks {
  readonly #looks = new Map<string, Look>()

  /** Whether a look at this record, with the mailbox at `modseq`, is known to tell nothing. */
  has(mailbox: MailboxId, record: CollectionRecord, modseq: Modseq, cut: Instant | null): boolean {
    const look = this.#looks.get(`${mailbox}/${record.generation}`)
    return look !== undefined && look.modseq === modseq && look.revision === record.revision && look.cut === cut
  }

  /** A look told nothing and wrote nothing; `modseq` was read before it. */
  remember(mailbox: MailboxId, record: CollectionRecord, modseq: Modseq, cut: Instant | null): void {
    const key = `${mailbox}/${record.generation}`
    keepLatest(this.#looks, key, { modseq, revision: record.revision, cut }, looksMax)
  }
}
