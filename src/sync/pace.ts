// Phones that run in circles: when one is answered at once again and again, its answers are held back until it has calmed down.
import type { AccountId, DeviceId, Instant } from '../model/id.ts'

/** So many answers may come at once one after the other: a phone that is opened, or whose folders change, asks for a while. */
const burst = 10
/** Seconds in which one more is earned. */
const earnSeconds = 6
/** How long an answer is held back, seconds: no loop is worth that, and every phone is patient for longer. */
const holdSeconds = 10
const devicesMax = 20_000

interface Record {
  credit: number
  at: Instant
}

/** Counts per device. Kept in memory: another node counts for itself, and a loop finds it too. */
export class Pace {
  readonly #records = new Map<string, Record>()

  /** A request of this device is about to be answered without having waited. Returns for how long to hold the answer back, seconds. */
  hold(account: AccountId, device: DeviceId, now: Instant): number {
    const record = this.#record(`${account}/${device}`, now)
    const earned = Math.max(0, now - record.at) / (earnSeconds * 1000)
    record.credit = Math.min(burst, record.credit + earned)
    record.at = now
    if (record.credit < 1) return holdSeconds
    record.credit--
    return 0
  }

  #record(key: string, now: Instant): Record {
    const known = this.#records.get(key)
    if (known !== undefined) return known
    // The oldest entry goes: a Map keeps the order of insertion.
    const oldest = this.#records.size >= devicesMax ? this.#records.keys().next().value : undefined
    if (oldest !== undefined) this.#records.delete(oldest)
    const record: Record = { credit: burst, at: now }
    this.#records.set(key, record)
    return record
  }
}
