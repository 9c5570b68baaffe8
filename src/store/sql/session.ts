// Where the ports' statements run: outside a unit of work, or inside one with the counters it raises.
import type { Clock } from '../../model/clock.ts'
import type { MailboxId, Modseq } from '../../model/id.ts'
import type { Connection, Database } from './connection.ts'

/** What the ports of the SQL store stand on. */
export interface Session {
  readonly clock: Clock
  readonly epoch: number
  readonly database: Database
  /** For reads: the unit's own connection while it is open, else one that sees what is committed. */
  readonly connection: Connection
  /** Inside a unit, part of it; outside, a unit of its own. */
  write<T>(work: (unit: Work) => Promise<T>): Promise<T>
  /** The counter of this mailbox if the unit has drawn from it: the table shows it only at the end. */
  drawn(mailbox: MailboxId): Counter | null
}

/** The counters of one mailbox, held against everybody else until the unit ends. */
export class Counter {
  readonly #modseqAtStart: number
  readonly #nextAtStart: number
  #modseq: number
  #next: number

  constructor(modseq: number, next: number) {
    this.#modseq = this.#modseqAtStart = modseq
    this.#next = this.#nextAtStart = next
  }

  /** The last change, this unit's included. */
  get modseq(): Modseq {
    return this.#modseq as Modseq
  }

  get next(): number {
    return this.#next
  }

  get raised(): boolean {
    return this.#modseq > this.#modseqAtStart
  }

  get used(): boolean {
    return this.raised || this.#next > this.#nextAtStart
  }

  /** The modseq of one more change; of the first of `count` changes. Each changed row has one of its own: pages cut between rows. */
  change(count = 1): Modseq {
    this.#modseq += count
    return (this.#modseq - count + 1) as Modseq
  }

  /** A number that nothing in this mailbox has had. */
  number(): number {
    this.#next += 1
    return this.#next
  }
}

/** One unit of work under way. */
export class Work implements Session {
  readonly clock: Clock
  readonly epoch: number
  readonly database: Database
  readonly #connection: Connection
  readonly #counters = new Map<MailboxId, Counter>()
  #closed = false

  constructor(outside: Pick<Session, 'clock' | 'epoch' | 'database'>, connection: Connection) {
    this.clock = outside.clock
    this.epoch = outside.epoch
    this.database = outside.database
    this.#connection = connection
  }

  get connection(): Connection {
    return this.#closed ? this.database : this.#connection
  }

  async write<T>(work: (unit: Work) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('the unit of work has ended: nothing can be written through it any more')
    return work(this)
  }

  drawn(mailbox: MailboxId): Counter | null {
    return this.#closed ? null : (this.#counters.get(mailbox) ?? null)
  }

  /**
   * The mailbox's counters. Holds its row: whoever changes the mailbox waits for this unit's end, so that the order of
   * commits is the order of modseqs.
   */
  async counter(mailbox: MailboxId): Promise<Counter> {
    const known = this.#counters.get(mailbox)
    if (known !== undefined) return known
    const { forUpdate } = this.#connection.dialect
    const row = await this.#connection.get<{ modseq: number; next: number }>(
      `select modseq, next from mailboxes where id = $1${forUpdate}`,
      [mailbox],
    )
    if (row === undefined) throw new Error(`mailbox ${mailbox} has no counters`)
    const drawn = this.#counters.get(mailbox) ?? new Counter(row.modseq, row.next)
    this.#counters.set(mailbox, drawn)
    return drawn
  }

  /** Writes the counters. Answers the mailboxes that changed, for the notifier. */
  async finish(): Promise<readonly (readonly [MailboxId, Modseq])[]> {
    const moved: [MailboxId, Modseq][] = []
    for (const [mailbox, counter] of this.#counters) {
      if (!counter.used) continue
      await this.#connection.run('update mailboxes set modseq = $2, next = $3 where id = $1', [mailbox, counter.modseq, counter.next])
      if (counter.raised) moved.push([mailbox, counter.modseq])
    }
    return moved
  }

  close(): void {
    this.#closed = true
  }
}
