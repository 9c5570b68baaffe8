// What was seen lately, by a name: so many, for so long.
import type { Clock } from '../model/clock.ts'
import { keepLatest } from '../model/bounded.ts'

export interface RecentlyOptions {
  readonly seconds: number
  /** The one kept for longest goes first. */
  readonly most: number
}

export class Recently<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly at: number }>()
  readonly #clock: Clock
  readonly #options: RecentlyOptions

  constructor(clock: Clock, options: RecentlyOptions) {
    this.#clock = clock
    this.#options = options
  }

  /** Null for what was not seen, or too long ago. */
  find(key: string): Value | null {
    const entry = this.#entries.get(key)
    if (entry === undefined) return null
    if (this.#clock.now() - entry.at < this.#options.seconds * 1000) return entry.value
    this.#entries.delete(key)
    return null
  }

  keep(key: string, value: Value): void {
    keepLatest(this.#entries, key, { value, at: this.#clock.now() }, this.#options.most)
  }

  drop(which: (value: Value) => boolean): void {
    for (const [key, { value }] of this.#entries) if (which(value)) this.#entries.delete(key)
  }
}
