// The last hour by the minute, in memory: requests, pushes and errors, for the overview.
import { noMetrics, type Metrics } from '../metrics.ts'
import type { Clock } from '../model/clock.ts'

/** How many minutes are kept. */
const minutesKept = 60

/** A still hour. */
export const noCounts = () => Array.from({ length: minutesKept }, () => 0)

class Ring {
  readonly #counts = noCounts()
  #minute = 0

  add(minute: number): void {
    this.#turn(minute)
    const slot = this.#minute % minutesKept
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1
  }

  /** Oldest first; the last is the minute that runs. */
  series(minute: number): number[] {
    this.#turn(minute)
    return this.#counts.map((_, index) => this.#counts[(this.#minute + 1 + index) % minutesKept] ?? 0)
  }

  /** Minutes that nobody counted in are empty; a clock that went back goes on in the minute it was in. */
  #turn(minute: number): void {
    const passed = Math.min(minutesKept, minute - this.#minute)
    for (let step = 0; step < passed; step++) this.#counts[(minute - step) % minutesKept] = 0
    this.#minute = Math.max(this.#minute, minute)
  }
}

export interface Minutes {
  /** Per minute, oldest first, sixty of each. */
  readonly requests: () => number[]
  readonly pushes: () => number[]
  readonly errors: () => number[]
}

/** Counts by the minutes of this clock. */
export function countMinutes(clock: Clock): { readonly minutes: Minutes; readonly metrics: Metrics } {
  const minute = () => Math.floor(clock.now() / 60_000)
  const [requests, pushes, errors] = [new Ring(), new Ring(), new Ring()]
  return {
    minutes: {
      requests: () => requests.series(minute()),
      pushes: () => pushes.series(minute()),
      errors: () => errors.series(minute()),
    },
    metrics: {
      ...noMetrics,
      answered: () => requests.add(minute()),
      pushed: () => pushes.add(minute()),
      failed: () => errors.add(minute()),
    },
  }
}
