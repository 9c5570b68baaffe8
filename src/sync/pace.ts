// Phones that run in circles: when one is answered at once again and again, it is braked until it has calmed down.
import type { AccountId, DeviceId, Instant } from '../model/id.ts'
import { calmSeconds, type AlarmBook } from './alarms.ts'
import { circles, type Circle, type Turn } from './circle.ts'

/** How long an answer is held back, seconds: no loop is worth that, and every phone is patient for longer (Android for 30). */
const holdSeconds = 10
/** After so many answers that were held back, and no rest between, the next requests are refused. */
const holdsMax = 6
/** What a refusal asks for at first and at most, seconds. It doubles while the phone goes on. */
const retrySeconds = { first: 30, most: 300 }
/** A device has two or three of them. */
const bucketsMax = 50_000

/** How far one device is in one circle. */
interface Bucket {
  /** Milliseconds. */
  credit: number
  at: Instant
  /** Answers braked since it was calm last. */
  brakes: number
  brakedAt: Instant
}

/** Counts per device. Kept in memory: another node counts for itself, and a loop finds it too. */
export class Pace {
  readonly #buckets = new Map<string, Bucket>()
  /** When somebody was braked last who is sent away from then on; null in a house in order. */
  #refusedAt: Instant | null = null
  readonly #alarms: Pick<AlarmBook, 'raise'>
  readonly #brakes: boolean

  /** `brakes` false: alarms only, and nobody is made to wait. */
  constructor(alarms: Pick<AlarmBook, 'raise'>, brakes = true) {
    this.#alarms = alarms
    this.#brakes = brakes
  }

  /** Whether anybody at all is sent away: only then is `refusal` worth a question. */
  get refuses(): boolean {
    return this.#refusedAt !== null
  }

  /**
   * Before the work: for how long a device that takes these turns is sent away, seconds; 0 to serve it. Only who was held back again and
   * again is sent away, and only until he leaves as much time as a turn costs: who asks before begins to wait anew.
   */
  refusal(account: AccountId, device: DeviceId, turns: readonly Turn[], now: Instant): number {
    if (this.#refusedAt !== null && now - this.#refusedAt > calmSeconds * 1000) this.#refusedAt = null
    if (!this.#brakes) return 0
    let longest = 0
    for (const turn of turns) {
      const { circle } = turn
      const bucket = this.#buckets.get(keyOf(account, device, turn))
      if (bucket === undefined || bucket.brakes < holdsMax) continue
      refill(bucket, circle, now)
      const cost = circles[circle].costSeconds * 1000
      if (bucket.brakes < holdsMax || bucket.credit >= cost) continue
      const backoff = retrySeconds.first * 2 ** Math.min(8, bucket.brakes - holdsMax)
      bucket.credit = Math.min(0, bucket.credit)
      this.#brake(account, device, circle, bucket, now)
      longest = Math.max(longest, Math.min(retrySeconds.most, backoff), Math.ceil((cost - bucket.credit) / 1000))
    }
    return longest
  }

  /** After the work: turns are about to be answered without having waited. Returns for how long to hold the answer back, seconds. */
  hold(account: AccountId, device: DeviceId, turns: readonly Turn[], now: Instant): number {
    let isHeld = false
    for (const turn of turns) {
      const { circle } = turn
      const bucket = this.#bucket(keyOf(account, device, turn), circle, now)
      const cost = circles[circle].costSeconds * 1000
      refill(bucket, circle, now)
      if (bucket.credit >= cost) {
        bucket.credit -= cost
        continue
      }
      // The time of the hold is no rest: only what the phone leaves of its own accord counts.
      bucket.credit = Math.max(0, bucket.credit) - holdSeconds * 1000
      this.#brake(account, device, circle, bucket, now)
      isHeld = this.#brakes
    }
    return isHeld ? holdSeconds : 0
  }

  /** The device got on: one such turn is given back. */
  refund(account: AccountId, device: DeviceId, turn: Turn): void {
    const bucket = this.#buckets.get(keyOf(account, device, turn))
    if (bucket !== undefined) bucket.credit += circles[turn.circle].costSeconds * 1000
  }

  /** The device got out of this circle. */
  forget(account: AccountId, device: DeviceId, turn: Turn): void {
    this.#buckets.delete(keyOf(account, device, turn))
  }

  #brake(account: AccountId, device: DeviceId, circle: Circle, bucket: Bucket, now: Instant): void {
    bucket.brakes++
    bucket.brakedAt = now
    if (bucket.brakes >= holdsMax) this.#refusedAt = now
    this.#alarms.raise(account, device, circle)
  }

  #bucket(key: string, circle: Circle, now: Instant): Bucket {
    const known = this.#buckets.get(key)
    if (known !== undefined) return known
    const { burst, costSeconds } = circles[circle]
    const bucket: Bucket = { credit: burst * costSeconds * 1000, at: now, brakes: 0, brakedAt: now }
    // The oldest entry goes: a Map keeps the order of insertion.
    const oldest = this.#buckets.size >= bucketsMax ? this.#buckets.keys().next().value : undefined
    if (oldest !== undefined) this.#buckets.delete(oldest)
    this.#buckets.set(key, bucket)
    return bucket
  }
}

const keyOf = (account: AccountId, device: DeviceId, { circle, subject }: Turn) => `${account}/${device}/${circle}/${subject}`

/** Time that passes earns credit, up to a burst; a long calm makes good for what was. */
function refill(bucket: Bucket, circle: Circle, now: Instant): void {
  const { burst, costSeconds } = circles[circle]
  bucket.credit = Math.min(burst * costSeconds * 1000, bucket.credit + Math.max(0, now - bucket.at))
  bucket.at = now
  if (now - bucket.brakedAt > calmSeconds * 1000) bucket.brakes = 0
}
