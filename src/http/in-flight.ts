// The requests under way: how many an account has, and the signal that ends each of them.
import type { AccountId } from '../model/id.ts'

/** One request under way. */
export interface Flight {
  readonly signal: AbortSignal
  /** The socket closed before the answer was sent. */
  abandon(): void
  /** The request is answered or given up; must be called once. */
  land(): void
}

export class InFlight {
  readonly #flights = new Set<AbortController>()
  readonly #perAccount = new Map<AccountId, number>()
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
    const others = this.#perAccount.get(account) ?? 0
    if (others >= this.#perAccountMax) return null
    this.#perAccount.set(account, others + 1)
    const controller = new AbortController()
    this.#flights.add(controller)
    return {
      signal: controller.signal,
      abandon: () => controller.abort('closed'),
      land: () => {
        if (!this.#flights.delete(controller)) return
        const left = (this.#perAccount.get(account) ?? 1) - 1
        if (left === 0) this.#perAccount.delete(account)
        else this.#perAccount.set(account, left)
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
