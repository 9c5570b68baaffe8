// Alarms: which phones run in circles now, since when, and how often they were braked.
import type { Logger } from 'pino'
import type { Metrics } from '../metrics.ts'
import type { Clock } from '../model/clock.ts'
import type { AccountId, DeviceId, Instant } from '../model/id.ts'
import { circles, type Circle } from './circle.ts'
import { keepLatest } from '../model/bounded.ts'

/** One device in one circle. */
export interface Alarm {
  readonly account: AccountId
  readonly device: DeviceId
  /** In words for the administrator. */
  readonly cause: string
  /** How many answers were held back or refused. */
  readonly count: number
  readonly since: Instant
  readonly lastAt: Instant
}

export interface Alarms {
  /** Those that stand, the latest to speak up first. */
  list(): readonly Alarm[]
}

/** Where nothing is watched. */
export const noAlarms: Alarms = { list: () => [] }

/** Who has asked in measure for so long has calmed down. */
export const calmSeconds = 600
/** Beyond this the one that began first is forgotten: somebody who has a thousand alarms looks for one cause. */
const alarmsMax = 1000

interface Standing {
  alarm: Alarm
  readonly circle: Circle
}

/** In memory, of this node alone. */
export class AlarmBook implements Alarms {
  readonly #parts: { readonly clock: Clock; readonly log: Logger; readonly metrics: Metrics }
  readonly #standing = new Map<string, Standing>()

  constructor(parts: { readonly clock: Clock; readonly log: Logger; readonly metrics: Metrics }) {
    this.#parts = parts
  }

  list(): readonly Alarm[] {
    this.sweep()
    return Array.from(this.#standing.values(), ({ alarm }) => alarm).sort((one, other) => other.lastAt - one.lastAt)
  }

  /** An answer was braked. The first of them begins the alarm. */
  raise(account: AccountId, device: DeviceId, circle: Circle): void {
    const { clock, log, metrics } = this.#parts
    const now = clock.now()
    const key = `${account}/${device}/${circle}`
    const { words: cause } = circles[circle]
    const known = this.#standing.get(key)
    if (known !== undefined && now - known.alarm.lastAt < calmSeconds * 1000) {
      known.alarm = { ...known.alarm, count: known.alarm.count + 1, lastAt: now }
      return
    }
    this.sweep()
    keepLatest(this.#standing, key, { circle, alarm: { account, device, cause, count: 1, since: now, lastAt: now } }, alarmsMax)
    metrics.looping(circle)
    log.warn({ account, device, circle }, `a phone runs in circles and is braked: ${cause}`)
  }

  /** Ends the alarms of those who have calmed down. */
  sweep(): void {
    const { clock, log } = this.#parts
    const before = clock.now() - calmSeconds * 1000
    for (const [key, { circle, alarm }] of this.#standing) {
      if (alarm.lastAt > before) continue
      this.#standing.delete(key)
      const { account, device, count, since, lastAt } = alarm
      log.info(
        { account, device, circle, count, seconds: Math.round((lastAt - since) / 1000) },
        'a phone that ran in circles has calmed down',
      )
    }
  }
}
