// A lane of some width: so many are in it at a time, the others wait their turn outside.

/** Somebody's place in a lane, whether he is in it or not. */
export interface Place {
  /** Resolves once he is in, or once the signal is aborted: whoever is gone needs no room. */
  enter(signal: AbortSignal): Promise<void>
  /** Lets the next one in. May be called by whoever is not in. */
  leave(): void
}

export class Lane {
  readonly #width: number
  #inside = 0
  readonly #waiting = new Set<() => void>()

  constructor(width: number) {
    this.#width = width
  }

  place(): Place {
    let isIn = false
    return {
      enter: (signal) => {
        if (isIn || signal.aborted) return Promise.resolve()
        if (this.#inside < this.#width) {
          this.#inside++
          isIn = true
          return Promise.resolve()
        }
        return new Promise((resolve) => {
          const give = () => {
            this.#waiting.delete(give)
            signal.removeEventListener('abort', forget)
            isIn = true
            resolve()
          }
          const forget = () => {
            this.#waiting.delete(give)
            resolve()
          }
          this.#waiting.add(give)
          signal.addEventListener('abort', forget, { once: true })
        })
      },
      leave: () => {
        if (!isIn) return
        isIn = false
        // The place is handed on; only where nobody waits it becomes free.
        const [next] = this.#waiting
        if (next === undefined) this.#inside--
        else next()
      },
    }
  }
}
