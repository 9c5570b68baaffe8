// The proposal of a round: three sources (feed, backfill, expiry), one classifier, a window.
import type { Clock } from '../model/clock.ts'
import type { Instant, Modseq } from '../model/id.ts'
import type { Change, Cursor, Feed } from '../store/mailbox.ts'
import type { Held, LedgerEntry, Position } from '../store/sync-state.ts'
import type { Ledger } from './ledger.ts'
import { isInside, type Budget } from './window.ts'

/** What the device is to be told of one item. */
export interface Told {
  readonly kind: 'add' | 'change' | 'delete' | 'softDelete'
  readonly id: string
}

export interface Proposal {
  readonly told: readonly Told[]
  /** Where the collection stands once the device has this. */
  readonly position: Position
  /** The ledger lines that go with it. */
  readonly delta: readonly LedgerEntry[]
  /** What rendering it costs, estimated. */
  readonly bytes: number
  /** Changes that were read and said nothing: the next look reads them again unless the position moves. */
  readonly quiet: number
  /** Whether more waits. Never true with nothing told. */
  readonly more: boolean
}

/** The collection whose round is proposed. */
export interface Subject {
  readonly feed: Pick<Feed<unknown, string>, 'since' | 'newestFirst'>
  readonly ledger: Ledger
  readonly position: Position
  readonly cut: Instant | null
  /** The mailbox's modseq, asked before anything else is read: the first token of a new collection. */
  readonly modseq: () => Promise<Modseq>
  readonly clock: Clock
  /**
   * What the device made in this request. It learns the ids from the same answer, which phones read from its beginning: whatever else
   * there is to say of such an item has to wait for the next one.
   */
  readonly made?: ReadonlySet<string>
}

/** Pages small enough to classify at once, large enough to skip a quiet stretch quickly. */
const pageSize = 256

/** Gone and held: Delete. Out of the window and held: SoftDelete. Not held: Add. Held older: Change. Else nothing. */
export function classify(change: Change<string>, held: Held | undefined, cut: Instant | null): Told['kind'] | null {
  if (change.gone) return held === undefined ? null : 'delete'
  if (!isInside(change.date, cut)) return held === undefined ? null : 'softDelete'
  if (held === undefined) return 'add'
  return held.modseq < change.modseq ? 'change' : null
}

class Draft {
  readonly told: Told[] = []
  readonly delta: LedgerEntry[] = []
  readonly #seen = new Set<string>()
  bytes = 0
  quiet = 0
  readonly #budget: Budget
  readonly #clock: Clock

  constructor(budget: Budget, clock: Clock) {
    this.#budget = budget
    this.#clock = clock
  }

  get free(): number {
    return this.#budget.items - this.told.length
  }

  /** Whether another item may be told. The first always may. */
  get isFull(): boolean {
    if (this.told.length === 0) return this.#budget.items <= 0
    return this.free <= 0 || this.bytes >= this.#budget.bytes
  }

  /** Whether the time is over; never before something was told, or a large quiet stretch would be read for ever. */
  get isLate(): boolean {
    return this.told.length > 0 && this.#clock.now() >= this.#budget.deadline
  }

  has(id: string): boolean {
    return this.#seen.has(id)
  }

  tell(kind: Told['kind'], change: Pick<Change<string>, 'id' | 'modseq' | 'date' | 'bytes'>): void {
    this.#seen.add(change.id)
    this.told.push({ kind, id: change.id })
    const stays = kind === 'add' || kind === 'change'
    this.delta.push({ id: change.id, modseq: stays ? change.modseq : null, date: change.date })
    this.bytes += stays ? 512 + Math.min(change.bytes, this.#budget.itemBytesMax) : 64
  }
}

/** Reads changes since the token; returns how far everything was told, and whether more waits. */
async function followFeed(subject: Subject, draft: Draft, from: Modseq): Promise<{ token: Modseq; more: boolean }> {
  let token = from
  for (;;) {
    if (draft.isFull || draft.isLate) {
      const { changes } = await subject.feed.since(token, 1)
      return { token, more: changes.length > 0 }
    }
    const page = await subject.feed.since(token, pageSize)
    const held = await subject.ledger.held(page.changes.map((change) => change.id))
    for (const [index, change] of page.changes.entries()) {
      const isMade = subject.made?.has(change.id) === true
      const found = classify(change, held.get(change.id), subject.cut)
      // That it left the window is told from the ledger, in time.
      const kind = isMade && found === 'softDelete' ? null : found
      const previous = page.changes[index - 1]
      // Changes of one modseq go together, since the token cannot stop between them.
      const border = previous === undefined || previous.modseq < change.modseq
      if (kind !== null && (draft.isFull || isMade) && border) return { token: previous?.modseq ?? token, more: true }
      if (kind === null) draft.quiet++
      else draft.tell(kind, change)
    }
    token = page.token
    if (!page.more) return { token, more: false }
  }
}

/** Where a backfill has to go on for this cut: a widened window starts at the old cut (everything above was offered). */
function resumeBackfill(position: Position, cut: Instant | null): Position['backfill'] {
  const { backfill, cut: offered } = position
  if (backfill === 'start') return 'start'
  if (backfill !== 'done') return backfill
  const widened = offered !== null && (cut === null || cut < offered)
  return widened ? { date: offered, number: 0 } : 'done'
}

async function followBackfill(
  subject: Subject,
  draft: Draft,
  from: 'start' | Cursor,
): Promise<{ backfill: Position['backfill']; more: boolean }> {
  let cursor: Cursor | null = from === 'start' ? null : from
  let first = true
  for (;;) {
    if (!first && cursor === null) return { backfill: 'done', more: false }
    const standing: Position['backfill'] = cursor ?? 'start'
    if (draft.isFull || draft.isLate) {
      const { changes } = await subject.feed.newestFirst(cursor, subject.cut, 1)
      return changes.length === 0 ? { backfill: 'done', more: false } : { backfill: standing, more: true }
    }
    const page = await subject.feed.newestFirst(cursor, subject.cut, Math.min(pageSize, draft.free))
    const held = await subject.ledger.held(page.changes.map((change) => change.id))
    for (const change of page.changes) {
      const kind = draft.has(change.id) ? null : classify(change, held.get(change.id), subject.cut)
      if (kind !== null && (draft.isFull || subject.made?.has(change.id) === true)) return { backfill: cursor ?? 'start', more: true }
      if (kind !== null) draft.tell(kind, change)
      cursor = cursorAt(change)
    }
    cursor = page.next
    first = false
  }
}

function cursorAt(change: Change<string>): Cursor {
  return { date: change.date, number: numberOf(change.id) }
}

/** The number within an id: of a ServerId what follows the colon, of a FolderId the whole. */
export function numberOf(id: string): number {
  return Number.parseInt(id.slice(id.indexOf(':') + 1), 36)
}

/** Proposes what to tell next: changes first, then older items newest first, then what has left the window. */
export async function propose(subject: Subject, budget: Budget): Promise<Proposal> {
  const { position, cut, clock } = subject
  const draft = new Draft(budget, clock)
  const changes = await followFeed(subject, draft, position.token ?? (await subject.modseq()))
  const resume = resumeBackfill(position, cut)
  const older = resume === 'done' ? { backfill: resume, more: false } : await followBackfill(subject, draft, resume)
  const leaving = cut === null ? { more: false } : await followExpiry(subject, draft, cut)
  const more = changes.more || older.more || leaving.more
  return {
    told: draft.told,
    delta: draft.delta,
    bytes: draft.bytes,
    quiet: draft.quiet,
    position: { token: changes.token, backfill: older.backfill, cut },
    more: more && draft.told.length > 0,
  }
}

async function followExpiry(subject: Subject, draft: Draft, cut: Instant): Promise<{ more: boolean }> {
  // What was told already may stand among them, and one more says whether more waits.
  const rows = await subject.ledger.expired(cut, draft.told.length + Math.max(0, draft.free) + 1)
  for (const row of rows) {
    if (draft.has(row.id) || subject.made?.has(row.id) === true) continue
    if (draft.isFull) return { more: true }
    draft.tell('softDelete', { id: row.id, modseq: row.modseq ?? (0 as Modseq), date: row.date, bytes: 0 })
  }
  return { more: false }
}

/** How many items a proposal would tell, up to `limit`, looking at nothing but ids: for GetItemEstimate and Ping. */
export async function estimate(subject: Subject, limit: number, withExpiry: boolean): Promise<number> {
  const budget: Budget = { items: limit, bytes: Number.POSITIVE_INFINITY, itemBytesMax: 0, deadline: Number.POSITIVE_INFINITY }
  const draft = new Draft(budget, subject.clock)
  await followFeed(subject, draft, subject.position.token ?? (await subject.modseq()))
  const resume = resumeBackfill(subject.position, subject.cut)
  if (resume !== 'done' && !draft.isFull) await followBackfill(subject, draft, resume)
  if (withExpiry && subject.cut !== null && !draft.isFull) await followExpiry(subject, draft, subject.cut)
  return draft.told.length
}
