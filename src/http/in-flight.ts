// The requests under way: how many an account has, how many of them are at work, and the signal that ends each.
import type { AccountId } from '../model/id.ts'
import { Lane } from './lane.ts'

/** One request under way. */
export interface Flight {
  readonly signal: AbortSignal
  /** Resolves when there is room for the large body of this request, or when it is over: ask the signal. */
  readonly room: () => Promise<void>
  /** Resolves when it is this request's turn to work, or when it is over. */
  turn(): Promise<void>
  /** Leaves its place to others while `sleep` waits, and takes one again before it resolves. */
  readonly rest: <T>(sleep: () => Promise<T>) => Promise<T>
  /** How long it has slept in `rest`. */
  readonly restedSeconds: () => number
  /** The socket closed before the answer was sent. */
  abandon(): void
  /** The answer has left the house, or nobody is there to take it; further calls do nothing. */
  land(): void
}

/**
 * Requests of one account that work at the same time: a phone has two to four. Each may hold a message of many megabytes until the
 * last byte of its answer is read; with the parked ones there may be a hundred.
 */
const workingMax = 8
/** Large bodies of one account. They wait in a line of their own: whoever stalls in the middle of one must not stop the others. */
const largeBodiesMax = 8

/** What an account has under way. */
interface Traffic {
  count: number
  readonly work: Lane
  readonly bodies: Lane
}

export class InFlight {
  readonly #flights = new Set<AbortController>()
  readonly #traffic = new Map<AccountId, Traffic>()
  readonly #perAccountMax: number
  #stopping = false
  #idle: (() => void)[] = []

  constructor(perAccountMax: number) {
    this.#perAccountMax = perAccountMax
  }

  /** Whether the server stops: new requests are asked to come back later, connections are closed. */
  get stopping(): boolean {
    return this.#stopping
  }

  get count(): number {
    return this.#flights.size
  }

  /** Null if the account has as many requests under way as it may. */
  begin(account: AccountId): Flight | null {
    const traffic = this.#traffic.get(account) ?? { count: 0, work: new Lane(workingMax), bodies: new Lane(largeBodiesMax) }
    if (traffic.count >= this.#perAccountMax) return null
    traffic.count++
    this.#traffic.set(account, traffic)
    const controller = new AbortController()
    const { signal } = controller
    this.#flights.add(controller)
    const place = traffic.work.place()
    const body = traffic.bodies.place()
    let rested = 0
    return {
      signal,
      room: () => body.enter(signal),
      turn: () => place.enter(signal),
      rest: async (sleep) => {
        place.leave()
        const began = performance.now()
        try {
          return await sleep()
        } finally {
          rested += performance.now() - began
          await place.enter(signal)
        }
      },
      restedSeconds: () => rested / 1000,
      abandon: () => controller.abort('closed'),
      land: () => {
        if (!this.#flights.delete(controller)) return
        place.leave()
        body.leave()
        traffic.count--
        if (traffic.count === 0) this.#traffic.delete(account)
        if (this.#flights.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
      },
    }
  }

  /** No new requests from now on. */
  stop(): void {
    this.#stopping = true
  }

  /** Resolves once nothing is under way. */
  idle(): Promise<void> {
    return this.#flights.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Ends those under way, with the reason `'shutdown'`. */
  abortAll(): void {
    for (const controller of this.#flights) controller.abort('shutdown')
  }
}
