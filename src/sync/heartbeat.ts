// Proxies betray their idle limit: parked requests of a device that die again and again at the same age.
import type { AccountId, DeviceId } from '../model/id.ts'

/** So many deaths at one age make a limit; fewer are a tunnel or a lift. */
const deathsNeeded = 3
/** Ages this close are one age, seconds. */
const tolerance = 5
/** What is taken off a learnt limit, seconds, so that the next wait ends before the proxy does. */
const margin = 15
/** Below this the phone itself hung up: it opened the app, lost the network, or was superseded. */
const shortest = 45
const devicesMax = 20_000

interface Record {
  deaths: number[]
  limit: number | null
}

/** Learns per device how long a connection lives. Kept in memory: a restart learns again within three waits. */
export class Heartbeats {
  readonly #records = new Map<string, Record>()

  /** The longest wait this device's connections survive, seconds; null if nothing speaks against any. */
  limitOf(account: AccountId, device: DeviceId): number | null {
    return this.#records.get(`${account}/${device}`)?.limit ?? null
  }

  /** A parked request's socket closed after `seconds`. Returns true if a limit was learnt just now. */
  died(account: AccountId, device: DeviceId, seconds: number): boolean {
    if (seconds < shortest) return false
    const record = this.#record(`${account}/${device}`)
    record.deaths = [...record.deaths, seconds].slice(-deathsNeeded)
    const [low, high] = [Math.min(...record.deaths), Math.max(...record.deaths)]
    if (record.deaths.length < deathsNeeded || high - low > tolerance) return false
    record.limit = Math.max(shortest, Math.floor(low) - margin)
    record.deaths = []
    return true
  }

  /** A wait of `seconds` came to its end: whatever was learnt below that no longer holds. */
  survived(account: AccountId, device: DeviceId, seconds: number): void {
    const record = this.#records.get(`${account}/${device}`)
    if (record === undefined) return
    record.deaths = []
    if (record.limit !== null && record.limit < seconds) record.limit = null
  }

  #record(key: string): Record {
    const known = this.#records.get(key)
    if (known !== undefined) return known
    // The oldest entry goes: a Map keeps the order of insertion.
    const oldest = this.#records.size >= devicesMax ? this.#records.keys().next().value : undefined
    if (oldest !== undefined) this.#records.delete(oldest)
    const record: Record = { deaths: [], limit: null }
    this.#records.set(key, record)
    return record
  }
}
