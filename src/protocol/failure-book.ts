// The last failures of each device, in memory: what it was refused and why, for whoever asks why a phone does not sync.
import type { Metrics } from '../metrics.ts'
import type { Clock } from '../model/clock.ts'
import type { AccountId, DeviceId, Instant } from '../model/id.ts'
import { keepLatest } from '../model/bounded.ts'

export interface FailureEntry {
  readonly at: Instant
  readonly account: AccountId
  readonly device: DeviceId
  /** A command's name, or `none`. */
  readonly command: string
  /** The specification's name, or one of ours for what HTTP refused. */
  readonly failure: string
  /** What the phone was told: the Status of its document, or that of HTTP. */
  readonly status: number
  /** Why. Holds no subject, body or secret. */
  readonly detail: string
}

/** Which failures there were lately. */
export interface Failures {
  /** Of one device, newest first. */
  of(account: AccountId, device: DeviceId): readonly FailureEntry[]
  /** Of all devices, newest first. */
  latest(): readonly FailureEntry[]
}

/** Where nothing is remembered. */
export const noFailures: Failures = { of: () => [], latest: () => [] }

const perDeviceMax = 30
const devicesMax = 5000
const latestMax = 100
const detailMax = 300

/** How a device is told to provision, or of its wipe: a step on its way, and no trouble of anybody's. */
const demands: ReadonlySet<string> = new Set(['DeviceNotProvisioned', 'PolicyRefresh', 'InvalidPolicyKey', 'RemoteWipeRequested'])

export class FailureBook implements Failures {
  readonly #clock: Clock
  readonly #metrics: Metrics
  /** Oldest first; the device whose last failure is the oldest stands first. */
  readonly #devices = new Map<string, FailureEntry[]>()
  readonly #latest: FailureEntry[] = []

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock
    this.#metrics = metrics
  }

  record(failed: Omit<FailureEntry, 'at'>): void {
    const { account, device, command, failure, detail } = failed
    const entry = { ...failed, at: this.#clock.now(), detail: detail.slice(0, detailMax) }
    const key = `${account}/${device}`
    const entries = this.#devices.get(key) ?? []
    keepLatest(this.#devices, key, entries, devicesMax)
    append(entries, entry, perDeviceMax)
    if (demands.has(failure)) return
    append(this.#latest, entry, latestMax)
    this.#metrics.failed(command, failure)
  }

  of(account: AccountId, device: DeviceId): readonly FailureEntry[] {
    return (this.#devices.get(`${account}/${device}`) ?? []).toReversed()
  }

  latest(): readonly FailureEntry[] {
    return this.#latest.toReversed()
  }
}

function append<Entry>(list: Entry[], entry: Entry, most: number): void {
  list.push(entry)
  if (list.length > most) list.shift()
}
