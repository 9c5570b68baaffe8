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
  readonly #first = new Set<() => void>()

  constructor(clock: Clock, most: number, patienceSeconds: number) {
    this.#clock = clock
    this.#most = most
    this.#patienceSeconds = patienceSeconds
  }

  /**
   * Does `work` in its turn; rejects with DirectoryUnavailable where that does not come. With `first` it goes before all others, however
   * many there are: strangers who ask for names by the thousand must not keep from being read who is out.
   */
  async pass<T>(work: () => Promise<T>, first = false): Promise<T> {
    if (this.#inside < this.#most) this.#inside++
    else await this.#turn(first ? this.#first : this.#waiting)
    try {
      return await work()
    } finally {
      // Whoever leaves hands his place to the next.
      const next = this.#first.values().next().value ?? this.#waiting.values().next().value
      if (next === undefined) this.#inside--
      else next()
    }
  }

  async #turn(queue: Set<() => void>): Promise<void> {
    if (queue.size >= waitingMax) throw new DirectoryUnavailable('too many requests wait for the directory')
    const isOver = new AbortController()
    const turn = Promise.withResolvers<boolean>()
    const come = () => {
      queue.delete(come)
      turn.resolve(true)
    }
    queue.add(come)
    this.#clock.after(this.#patienceSeconds, isOver.signal).then(
      () => {
        if (queue.delete(come)) turn.resolve(false)
      },
      () => undefined,
    )
    const hasCome = await turn.promise
    isOver.abort()
    if (!hasCome) throw new DirectoryUnavailable('the directory is too slow: its answers were waited for too long')
  }
}
