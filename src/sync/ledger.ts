// The ledger as a proposal sees it: what the device acknowledged, overlaid with the round that just arrived and its own writes.
import type { Instant, Modseq } from '../model/id.ts'
import type { Held, LedgerEntry, SyncState } from '../store/sync-state.ts'

export class Ledger {
  readonly #state: SyncState
  readonly #generation: number
  readonly #overlay = new Map<string, LedgerEntry>()

  constructor(state: SyncState, generation: number, overlays: readonly (readonly LedgerEntry[])[]) {
    this.#state = state
    this.#generation = generation
    for (const entries of overlays) this.lay(entries)
  }

  /** Lays entries over what is stored. */
  lay(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) this.#overlay.set(entry.id, entry)
  }

  /** What the device holds of these ids. */
  async held(ids: readonly string[]): Promise<Map<string, Held>> {
    const asked = this.#overlay.size === 0 ? ids : ids.filter((id) => !this.#overlay.has(id))
    const found = asked.length === 0 ? new Map<string, Held>() : await this.#state.held(this.#generation, asked)
    if (asked.length !== ids.length) {
      for (const id of ids) {
        const entry = this.#overlay.get(id)
        if (entry !== undefined && entry.modseq !== null) found.set(id, { modseq: entry.modseq, date: entry.date })
      }
    }
    return found
  }

  /** Held items that fell out of the window, oldest first. */
  async expired(cut: Instant, limit: number): Promise<LedgerEntry[]> {
    // Struck-out rows may stand in the stored part: ask for as many more.
    const rows = await this.#state.expired(this.#generation, cut, limit + this.#overlay.size)
    const live = rows.filter((row) => !this.#overlay.has(row.id))
    for (const entry of this.#overlay.values()) {
      if (entry.modseq !== null && entry.date !== null && entry.date < cut) live.push(entry)
    }
    return live.slice(0, limit)
  }
}

/** The newest of several claims on one item. */
export function newer(a: Modseq | undefined, b: Modseq | undefined): Modseq | undefined {
  if (a === undefined) return b
  return b === undefined || a > b ? a : b
}
