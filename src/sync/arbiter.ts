// The judge of a client's own changes: whether a server edit stood in between, and what the ledger may believe afterwards.
import type { Instant, Modseq, SyncKey } from '../model/id.ts'
import type { LedgerEntry, OwnWrite } from '../store/sync-state.ts'
import { ownOf, type Opened } from './collection.ts'
import { newer, type Ledger } from './ledger.ts'

/** Lives for one request and collects what goes into that request's round. */
export class Arbiter {
  readonly #opened: Opened
  readonly #ledger: Ledger
  /** Every write of the device's own: it does not collide with itself. */
  readonly #own = new Map<string, Modseq>()
  /** Those that left nothing in the item which the device has not seen. */
  readonly #seen = new Map<string, Modseq>()
  readonly entries: LedgerEntry[] = []
  readonly writes: OwnWrite[] = []
  /** What the client's Adds came to in this request: ids that it learns from the answer. */
  readonly made = new Set<string>()

  constructor(opened: Opened, ledger: Ledger) {
    this.#opened = opened
    this.#ledger = ledger
    for (const write of ownOf(opened)) this.#remember(write)
  }

  get generation(): number {
    return this.#opened.record.generation
  }

  get presented(): SyncKey {
    return this.#opened.presented
  }

  /** Whether somebody else changed the item since the device last heard of it. An item it never held is no conflict. */
  async isConflicting(id: string, current: Modseq): Promise<boolean> {
    const held = (await this.#ledger.held([id])).get(id)
    if (held === undefined) return false
    const known = newer(held.modseq, this.#own.get(id))
    return known !== undefined && current > known
  }

  /** Whether the device holds the item. */
  async holds(id: string): Promise<boolean> {
    return (await this.#ledger.held([id])).has(id)
  }

  /**
   * The client created this item; it holds what it made. Of an Add that it repeats, since the answer was lost, it holds what it made
   * then: what others changed since is told to it.
   */
  created(id: string, modseq: Modseq, date: Instant | null): void {
    const made = this.#seen.get(id)
    const held = made === undefined || made > modseq ? modseq : made
    this.#record({ id, modseq: held, date })
    this.#write({ id, modseq: held })
    this.made.add(id)
  }

  /**
   * The client's Add became a change of an item that stood there. It holds that item now, though not as it is: whatever else the item
   * says is told to it as a change.
   */
  adopted(id: string, after: Modseq, date: Instant | null): void {
    this.#record({ id, modseq: 0 as Modseq, date })
    this.#write({ id, modseq: after, unseen: true })
    this.made.add(id)
  }

  /** Whether the client's Add has led to this item before, and the answer was lost. It holds what it held then, and nothing is to be done. */
  repeated(id: string, modseq: Modseq, date: Instant | null): boolean {
    if (!this.#own.has(id)) return false
    if (this.#seen.has(id)) this.created(id, modseq, date)
    else this.adopted(id, modseq, date)
    return true
  }

  /**
   * The client changed an item that stood at `before`. Only if the device knew that state does the ledger take the new
   * one; else it stays old, and the merged item is sent back.
   */
  async changed(id: string, before: Modseq, after: Modseq, date: Instant | null): Promise<void> {
    const held = await this.#ledger.held([id])
    const known = newer(held.get(id)?.modseq, this.#seen.get(id))
    const isSeen = known !== undefined && before <= known
    if (isSeen) this.#record({ id, modseq: after, date })
    this.#write(isSeen ? { id, modseq: after } : { id, modseq: after, unseen: true })
  }

  /** The client changed an item, and more came of it than it knows: the whole is told to it as a change. */
  changedFurther(id: string, after: Modseq): void {
    this.#write({ id, modseq: after, unseen: true })
  }

  /** The client removed the item: nothing comes back. */
  removed(id: string, after: Modseq): void {
    this.#record({ id, modseq: null, date: null })
    this.#write({ id, modseq: after })
  }

  #record(entry: LedgerEntry): void {
    this.entries.push(entry)
    this.#ledger.lay([entry])
  }

  #write(write: OwnWrite): void {
    this.#remember(write)
    this.writes.push(write)
  }

  #remember({ id, modseq, unseen }: OwnWrite): void {
    this.#own.set(id, newer(this.#own.get(id), modseq) ?? modseq)
    if (unseen !== true) this.#seen.set(id, newer(this.#seen.get(id), modseq) ?? modseq)
  }
}
