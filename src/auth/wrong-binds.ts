// How many wrong passwords of one person the directory was shown lately: it locks accounts, and strangers must not bring it to that.
import type { Clock } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'
import { keepLatest } from '../model/bounded.ts'

export interface WrongBindsOptions {
  /** Most wrong ones within the time; 0 for no limit. */
  readonly most: number
  readonly minutes: number
}

/** People that are counted; the one without a wrong password for longest goes first. */
const peopleMax = 50_000

export class WrongBinds {
  readonly #wrong = new Map<string, readonly Instant[]>()
  readonly #clock: Clock
  readonly #options: WrongBindsOptions

  constructor(clock: Clock, options: WrongBindsOptions) {
    this.#clock = clock
    this.#options = options
  }

  /** Whether the directory may be shown one more password of whoever has this id. */
  mayAsk(id: string): boolean {
    return this.#options.most === 0 || this.#lately(id).length < this.#options.most
  }

  /** One is about to be shown: it counts as wrong until `right`, so that a hundred sent at once are not all shown. */
  begin(id: string): void {
    const { most } = this.#options
    if (most === 0) return
    const times = [...this.#lately(id), this.#clock.now()].slice(-most)
    keepLatest(this.#wrong, id, times, peopleMax)
  }

  /** It was not wrong. Directories forget earlier ones with a right one, and so does this. */
  right(id: string): void {
    this.#wrong.delete(id)
  }

  /** Nobody has looked at it. */
  refund(id: string): void {
    const times = this.#wrong.get(id)
    if (times !== undefined) this.#wrong.set(id, times.slice(0, -1))
  }

  #lately(id: string): readonly Instant[] {
    const since = this.#clock.now() - this.#options.minutes * 60_000
    return (this.#wrong.get(id) ?? []).filter((at) => at > since)
  }
}
