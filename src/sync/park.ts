// Parking: a request that waits for a change is a promise, a timer and an entry in a set, and nothing else.
import type { Clock } from '../model/clock.ts'
import type { AccountId, DeviceId, Instant, MailboxId } from '../model/id.ts'
import type { Notifier } from '../store/notifier.ts'

/** Why a parked request woke. */
export type Wake =
  /** Something moved in the mailbox: look again. */
  | 'moved'
  /** The interval is over. */
  | 'expired'
  /** A newer request of the same device took its place. */
  | 'superseded'
  /** The socket closed. */
  | 'closed'
  /** The server stops. */
  | 'shutdown'
  /** The account or device changed (disabled, blocked, new policy, wipe): Ping answers 7, and the next command is told. */
  | 'evicted'

export interface ParkRequest {
  readonly account: AccountId
  readonly device: DeviceId
  readonly mailbox: MailboxId
  /** When the wait ends, by the clock. */
  readonly until: number
  readonly signal: AbortSignal
}

/** One parked request. */
export interface Parked {
  /**
   * Waits for the next wake. Register (park), then compare (read the mailbox's modseq), then sleep (call this): a change
   * between the two is not lost. Bursts within the coalescing time wake once. May be called again after `moved`.
   */
  sleep(): Promise<Wake>
  /** When the first of the changes that woke it last was committed; null if none has. */
  readonly movedAt: Instant | null
  /** Leaves the set; must be called once, in a finally. */
  leave(): void
}

export interface Parking {
  /** Enters the set and supersedes an older parked request of the same device. */
  park(request: ParkRequest): Parked
  /** Ends the parked requests of an account, or of one device of it, now or after so many seconds. */
  evict(account: AccountId, device: DeviceId | null, afterSeconds?: number): void
  /** Wakes everything, spread over `seconds`, and refuses to sleep from now on. */
  shutdown(seconds: number): Promise<void>
  readonly parked: number
  /** Whether this device is parked now. */
  isParked(account: AccountId, device: DeviceId): boolean
}

class Waiter implements Parked {
  wake: Wake | null = null
  movedAt: Instant | null = null
  resolve: ((wake: Wake) => void) | null = null
  moving: Promise<void> | null = null
  readonly #lot: ParkingLot
  readonly #request: ParkRequest
  readonly #key: string
  #unwatch: () => void
  readonly #timer = new AbortController()
  #closed = false

  constructor(lot: ParkingLot, request: ParkRequest, key: string) {
    this.#lot = lot
    this.#request = request
    this.#key = key
    this.#unwatch = lot.notifier.watch(request.mailbox, () => this.moved())
    const seconds = Math.max(0, (request.until - lot.clock.now()) / 1000)
    lot.clock.after(seconds, this.#timer.signal).then(
      () => this.end('expired'),
      () => undefined,
    )
    if (request.signal.aborted) this.abort()
    else request.signal.addEventListener('abort', this.abort, { once: true })
  }

  readonly abort = (): void => this.end(this.#request.signal.reason === 'shutdown' ? 'shutdown' : 'closed')

  /** Coalesces: the first change of a burst starts a short timer, the sleeper wakes when it rings. */
  moved(): void {
    if (this.moving !== null || this.wake !== null) return
    this.movedAt = this.#lot.clock.now()
    const soon = this.#lot.clock.after(this.#lot.coalesceSeconds, this.#timer.signal)
    this.moving = soon.then(
      () => {
        this.moving = null
        this.end('moved')
      },
      () => undefined,
    )
  }

  end(wake: Wake): void {
    // 'moved' gives way to whatever ends the wait for good.
    if (this.wake === null || this.wake === 'moved') this.wake = wake
    const resolve = this.resolve
    if (resolve === null) return
    this.resolve = null
    resolve(this.take())
  }

  evict(afterSeconds: number): void {
    if (afterSeconds <= 0) return this.end('evicted')
    this.#lot.clock.after(afterSeconds, this.#timer.signal).then(
      () => this.end('evicted'),
      () => undefined,
    )
  }

  take(): Wake {
    const wake = this.wake ?? 'moved'
    if (wake === 'moved') this.wake = null
    return wake
  }

  sleep(): Promise<Wake> {
    if (this.wake !== null) return Promise.resolve(this.take())
    return new Promise((resolve) => {
      this.resolve = resolve
    })
  }

  leave(): void {
    if (this.#closed) return
    this.#closed = true
    this.#unwatch()
    this.#unwatch = () => undefined
    this.#timer.abort()
    this.#request.signal.removeEventListener('abort', this.abort)
    this.#lot.forget(this.#key, this)
  }
}

class ParkingLot implements Parking {
  readonly notifier: Notifier
  readonly clock: Clock
  readonly coalesceSeconds: number
  readonly #waiters = new Map<string, Waiter>()
  #stopping = false

  constructor(notifier: Notifier, clock: Clock, coalesceSeconds: number) {
    this.notifier = notifier
    this.clock = clock
    this.coalesceSeconds = coalesceSeconds
  }

  get parked(): number {
    return this.#waiters.size
  }

  isParked(account: AccountId, device: DeviceId): boolean {
    return this.#waiters.has(`${account}/${device}`)
  }

  park(request: ParkRequest): Parked {
    const key = `${request.account}/${request.device}`
    this.#waiters.get(key)?.end('superseded')
    const waiter = new Waiter(this, request, key)
    this.#waiters.set(key, waiter)
    if (this.#stopping) waiter.end('shutdown')
    return waiter
  }

  evict(account: AccountId, device: DeviceId | null, afterSeconds = 0): void {
    if (device !== null) return this.#waiters.get(`${account}/${device}`)?.evict(afterSeconds)
    for (const [key, waiter] of this.#waiters) if (key.startsWith(`${account}/`)) waiter.evict(afterSeconds)
  }

  async shutdown(seconds: number): Promise<void> {
    this.#stopping = true
    const waiters = [...this.#waiters.values()]
    const slice = Math.max(1, Math.ceil(waiters.length / Math.max(1, seconds * 20)))
    for (let first = 0; first < waiters.length; first += slice) {
      for (const waiter of waiters.slice(first, first + slice)) waiter.end('shutdown')
      // Spread, so that ten thousand phones do not come back in one instant.
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  forget(key: string, waiter: Waiter): void {
    if (this.#waiters.get(key) === waiter) this.#waiters.delete(key)
  }
}

/** A parking lot over a notifier. Wakes are coalesced for `coalesceSeconds`. */
export function createParking(notifier: Notifier, clock: Clock, coalesceSeconds = 0.1): Parking {
  return new ParkingLot(notifier, clock, coalesceSeconds)
}
