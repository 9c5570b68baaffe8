// Phones that run in circles: when one is answered at once again and again, its answers are held back until it has calmed down.
import type { AccountId, DeviceId, Instant } from '../model/id.ts'

/** So many answers may come at once one after the other: a phone that is opened, or whose folders change, asks for a while. */
const burst = 10
/** What one such answer costs of the time that passes, milliseconds. */
const answerCost = 6000
/** How long an answer is held back, seconds: no loop is worth that, and every phone is patient for longer. */
const holdSeconds = 10
const devicesMax = 20_000

interface Record {
  /** Milliseconds. */
  credit: number
  at: Instant
}

/** Counts per device. Kept in memory: another node counts for itself, and a loop finds it too. */
export class Pace {
  readonly #records = new Map<string, Record>()

  /** A request of this device is about to be answered without having waited. Returns for how long to hold the answer back, seconds. */
  hold(account: AccountId, device: DeviceId, now: Instant): number {
    const record = this.#record(`${account}/${device}`, now)
    record.credit = Math.min(burst * answerCost, record.credit + Math.max(0, now - record.at))
    record.at = now
    if (record.credit >= answerCost) {
      record.credit -= answerCost
      return 0
    }
    // The time of the hold is no rest: only what the phone leaves of its own accord counts.
    record.credit = Math.max(0, record.credit) - holdSeconds * 1000
    return holdSeconds
  }

  #record(key: string, now: Instant): Record {
    const known = this.#records.get(key)
    if (known !== undefined) return known
    // The oldest entry goes: a Map keeps the order of insertion.
    const oldest = this.#records.size >= devicesMax ? this.#records.keys().next().value : undefined
    if (oldest !== undefined) this.#records.delete(oldest)
    const record: Record = { credit: burst * answerCost, at: now }
    this.#records.set(key, record)
    return record
  }
}
