// A clock that a test moves by hand: nothing sleeps, and every timer fires in order.
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../src/model/clock.ts'
import type { Instant } from '../../src/model/id.ts'

interface Timer {
  readonly at: Instant
  readonly fire: () => void
}

/** Time stands still until `advance` moves it. */
export class VirtualClock implements Clock {
  #now: Instant
  readonly #timers = new Set<Timer>()
  readonly #watchers = new Set<() => void>()

  constructor(start: Instant | string = '2026-03-02T08:00:00Z') {
    this.#now = typeof start === 'string' ? Date.parse(start) : start
  }

  now(): Instant {
    return this.#now
  }

  after(seconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const abort = () => {
        this.#timers.delete(timer)
        reject(signal.reason)
      }
      const timer: Timer = {
        at: Math.round(this.#now + seconds * 1000),
        fire: () => {
          this.#timers.delete(timer)
          signal.removeEventListener('abort', abort)
          resolve()
        },
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#timers.add(timer)
      for (const watcher of this.#watchers) watcher()
    })
  }

  /** How many callers of `after` wait. */
  get sleeping(): number {
    return this.#timers.size
  }

  /** When the next timer fires; null if nobody waits. */
  get nextTimer(): Instant | null {
    return this.#timers.size === 0 ? null : Math.min(...[...this.#timers].map((timer) => timer.at))
  }

  /** How many timers fire at this very moment. */
  timersAt(at: Instant): number {
    return [...this.#timers].filter((timer) => timer.at === at).length
  }

  /** Resolves once at least `count` callers wait: stand here before moving the clock. */
  asleep(count = 1): Promise<void> {
    return new Promise((resolve) => {
      const watcher = () => {
        if (this.#timers.size < count) return
        this.#watchers.delete(watcher)
        resolve()
      }
      this.#watchers.add(watcher)
      watcher()
    })
  }

  /** Moves time on, stopping at every timer due on the way, oldest first; the work each one sets off gets a turn before the next. */
  async advance(seconds: number): Promise<void> {
    const end = Math.round(this.#now + seconds * 1000)
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#now = Math.max(this.#now, due.at)
      due.fire()
      await turn()
    }
    this.#now = end
    await turn()
  }
}
