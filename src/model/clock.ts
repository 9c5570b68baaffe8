// Time as a port, so that a test can own it.
import type { Instant } from './id.ts'

export interface Clock {
  now(): Instant
  /**
   * Resolves after `seconds`, or rejects with the signal's reason when it is aborted first.
   * The timer does not keep the process alive.
   */
  after(seconds: number, signal: AbortSignal): Promise<void>
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (seconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const abort = () => {
        clearTimeout(timer)
        reject(signal.reason)
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', abort)
        resolve()
      }, seconds * 1000)
      timer.unref()
      signal.addEventListener('abort', abort, { once: true })
    }),
}

/** What `work` comes to; null where it fails, or takes longer than `seconds`. */
export async function within<T>(clock: Clock, seconds: number, work: Promise<T>): Promise<T | null> {
  const isOver = new AbortController()
  const late = clock.after(seconds, isOver.signal).catch(() => undefined)
  try {
    return await Promise.race([work.catch(() => null), late.then(() => null)])
  } finally {
    isOver.abort()
  }
}
