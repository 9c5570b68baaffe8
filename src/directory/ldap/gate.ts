// A door that lets so many through at a time, and lets so many more wait, not too long.
import type { Clock } from '../../model/clock.ts'
import { DirectoryUnavailable } from '../directory.ts'

/** Thousands at once made a server drop the connection; more than these wait longer than a phone does. */
const waitingMax = 1000

export class Gate {
  readonly #most: number
  readonly #patienceSeconds: number
  readonly #clock: Clock
  #inside = 0
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock, most: number, patienceSeconds: number) {
    this.#clock = clock
    this.#most = most
    this.#patienceSeconds = patienceSeconds
  }

  /** Does `work` in its turn; rejects with DirectoryUnavailable where that does not come. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside < this.#most) this.#inside++
    else await this.#turn()
    try {
      return await work()
    } finally {
      // Whoever leaves hands his place to the next.
      const [next] = this.#waiting
      if (next === undefined) this.#inside--
      else next()
    }
  }

  async #turn(): Promise<void> {
    if (this.#waiting.size >= waitingMax) throw new DirectoryUnavailable('too many requests wait for the directory')
    const isOver = new AbortController()
    const turn = Promise.withResolvers<boolean>()
    const come = () => {
      this.#waiting.delete(come)
      turn.resolve(true)
    }
    this.#waiting.add(come)
    this.#clock.after(this.#patienceSeconds, isOver.signal).then(
      () => {
        if (this.#waiting.delete(come)) turn.resolve(false)
      },
      () => undefined,
    )
    const hasCome = await turn.promise
    isOver.abort()
    if (!hasCome) throw new DirectoryUnavailable('the directory is too slow: its answers were waited for too long')
  }
}
