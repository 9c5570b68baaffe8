// A mirror for the doctor: what arrives here of a request that carries his mark, after all that stands between.
import { randomBytes } from 'node:crypto'
import type { Clock } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'

/** One request as it arrived. */
export interface Arrival {
  readonly method: string
  readonly path: string
  /** Who spoke to us: the proxy, where there is one. */
  readonly peer: string
  /** Where we believe the phone to be. */
  readonly address: string
  /** The scheme of the Authorization header; null if there was none. */
  readonly authorization: string | null
  /** Whose certificate was presented or handed over, by its fingerprint; null for nobody's. */
  readonly certificate: string | null
  readonly forwardedFor: string | null
  readonly forwardedProto: string | null
  readonly host: string | null
}

interface Mark {
  readonly until: Instant
  readonly arrivals: Arrival[]
}

const marksMax = 8
const arrivalsMax = 40
const markMinutes = 90

/** Only marks it gave out itself are known to it, so that nobody else can have anything kept here. */
export class Mirror {
  readonly #marks = new Map<string, Mark>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  mark(): string {
    const now = this.#clock.now()
    for (const [name, { until }] of this.#marks) if (until < now) this.#marks.delete(name)
    const [oldest] = this.#marks.keys()
    if (oldest !== undefined && this.#marks.size >= marksMax) this.#marks.delete(oldest)
    const name = randomBytes(16).toString('hex')
    this.#marks.set(name, { until: now + markMinutes * 60_000, arrivals: [] })
    return name
  }

  /** Whether requests with this mark are to be kept. */
  knows(mark: string): boolean {
    return this.#marks.has(mark)
  }

  keep(mark: string, arrival: Arrival): void {
    const arrivals = this.#marks.get(mark)?.arrivals
    if (arrivals !== undefined && arrivals.length < arrivalsMax) arrivals.push(arrival)
  }

  /** Null for a mark that is not known (any more). */
  seen(mark: string): readonly Arrival[] | null {
    return this.#marks.get(mark)?.arrivals ?? null
  }
}
