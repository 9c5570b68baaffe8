// The figures in Prometheus' text format: the one file that knows prom-client.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Metrics } from '../metrics.ts'
import type { Clock } from '../model/clock.ts'
import type { AccessState } from '../model/device.ts'
import type { Instant } from '../model/id.ts'
import type { WipeState } from '../model/wipe.ts'
import type { Census } from '../store/census.ts'

/** What is asked when somebody looks, in place of being counted as it happens. */
export interface Sources {
  readonly clock: Clock
  readonly parked: () => number
  readonly underWay: () => number
  readonly looping: () => number
  /** Null without a certificate of ours. */
  readonly certificateUntil: () => Instant | null
  /** When the directory was last read whole; null where the accounts are the directory, and before the first time. */
  readonly directoryReadAt: () => Instant | null
  /** Null where the store does not answer in time. */
  readonly census: () => Promise<Census | null>
}

export interface Prometheus {
  readonly metrics: Metrics
  readonly contentType: string
  /** Everything, as text. */
  text(sources: Sources): Promise<string>
}

/** Requests are served in milliseconds; a Sync may look for changes for twenty seconds. */
const requestBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const restBuckets = [1, 10, 30, 60, 300, 600, 900, 1800, 3600]
/** A tenth of a second is spent waiting for further changes. */
const pushBuckets = [0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5, 15]
const batchSize = 256
const unitBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5]

/** Keeps the figures of one server, beside those of its process. */
export function createPrometheus(): Prometheus {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const batch = new Batch()
  const metrics = counters(register, batch)
  const look = gauges(register)
  return {
    metrics,
    contentType: register.contentType,
    text: async (sources) => {
      await look(sources)
      batch.drain()
      return register.metrics()
    },
  }
}

/** What every request has to count is put off until there is more of it: in a row, with nothing between, it costs a third. */
class Batch {
  readonly #waiting: (() => void)[] = []

  add(work: () => void): void {
    if (this.#waiting.push(work) >= batchSize) this.drain()
  }

  drain(): void {
    for (const work of this.#waiting.splice(0)) work()
  }
}

function counters(register: Registry, batch: Batch): Metrics {
  const registers = [register]
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name, help, labelNames, registers })
  const histogram = <Label extends string>(name: string, help: string, buckets: number[], labelNames: readonly Label[] = []) =>
    new Histogram({ name, help, buckets, labelNames, registers })

  const requests = counter('easel_requests_total', 'Requests answered, by what they were told.', ['command', 'version', 'http', 'status'])
  const seconds = histogram('easel_request_seconds', 'Time at work on a request, without its rest.', requestBuckets, ['command'])
  const rests = histogram('easel_request_rest_seconds', 'Time a request was parked or held back.', restBuckets, ['command'])
  const failures = counter('easel_failures_total', 'What devices were refused, by name.', ['command', 'failure'])
  const pushes = histogram('easel_push_seconds', 'From the commit of a change to the answer that tells a parked phone of it.', pushBuckets)
  const rounds = counter('easel_sync_rounds_total', 'Rounds of a collection that told something.', [])
  const items = counter('easel_sync_items_total', 'Items told, by what was told of them.', ['kind'])
  const resets = counter('easel_resets_total', 'Collections that a device has to begin anew, by reason.', ['reason'])
  const logins = counter('easel_logins_total', 'Requests by what became of their credentials.', ['outcome'])
  const provisions = counter('easel_provisions_total', 'Policies on their way to devices.', ['outcome'])
  const alarms = counter('easel_loop_alarms_total', 'Devices found running in circles.', ['circle'])
  const sprayings = counter('easel_spraying_alarms_total', 'Password spraying that was noticed.', ['kind'])
  const units = histogram('easel_store_unit_seconds', 'Units of work of the store, their wait for others included.', unitBuckets)
  return {
    answered: ({ command, version, http, status, seconds: all, restedSeconds }) =>
      batch.add(() => {
        requests.inc({ command, version: version ?? 'none', http, status: status ?? 'none' })
        seconds.observe({ command }, Math.max(0, all - restedSeconds))
        if (restedSeconds > 0) rests.observe({ command }, restedSeconds)
      }),
    failed: (command, failure) => failures.inc({ command, failure }),
    pushed: (latency) => pushes.observe(Math.max(0, latency)),
    round: (told) => {
      rounds.inc()
      for (const { kind } of told) items.inc({ kind })
    },
    reset: (reason) => resets.inc({ reason }),
    login: (outcome) => batch.add(() => logins.inc({ outcome })),
    provisioned: (outcome) => provisions.inc({ outcome }),
    sprayed: (kind) => sprayings.inc({ kind }),
    looping: (circle) => alarms.inc({ circle }),
    unit: (duration) => units.observe(duration),
  }
}

const accessStates = ['allowed', 'blocked', 'quarantined'] as const satisfies readonly AccessState[]
const wipeStates = ['awaiting', 'requested', 'delivered', 'acknowledged', 'failed', 'cancelled'] as const satisfies readonly WipeState[]

/** Returns what brings them up to date. */
function gauges(register: Registry): (sources: Sources) => Promise<void> {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name, help, labelNames, registers: [register] })

  const parked = gauge('easel_parked_requests', 'Requests that wait for a change.')
  const underWay = gauge('easel_requests_under_way', 'Requests under way, parked ones included.')
  const looping = gauge('easel_looping_devices', 'Devices that run in circles and are braked.')
  const certificate = gauge('easel_certificate_expiry_timestamp_seconds', 'When the certificate expires; not there without one of ours.')
  const directory = gauge('easel_directory_read_timestamp_seconds', 'When the directory was last read; not there without one.')
  const up = gauge('easel_store_up', 'Whether the store answers within a second.')
  const accounts = gauge('easel_accounts', 'Accounts there are.')
  const devices = gauge('easel_devices', 'Devices there are, by access state.', ['access'])
  const wipes = gauge('easel_wipes', 'Remote wipes there were, by state.', ['state'])
  const queue = gauge('easel_queue_messages', 'Messages on their way out.')
  const age = gauge('easel_queue_oldest_seconds', 'How long the oldest of them has waited; 0 for none.')
  return async (sources) => {
    parked.set(sources.parked())
    underWay.set(sources.underWay())
    looping.set(sources.looping())
    const until = sources.certificateUntil()
    if (until === null) certificate.remove()
    else certificate.set(until / 1000)
    const readAt = sources.directoryReadAt()
    if (readAt === null) directory.remove()
    else directory.set(readAt / 1000)
    const census = await sources.census()
    up.set(census === null ? 0 : 1)
    if (census === null) return
    accounts.set(census.accounts)
    for (const state of accessStates) {
      const alike = census.devices.filter(({ access }) => access === state)
      devices.set(
        { access: state },
        alike.reduce((sum, { count }) => sum + count, 0),
      )
    }
    for (const state of wipeStates) wipes.set({ state }, census.wipes.get(state) ?? 0)
    const { length, oldestAt } = census.queue
    queue.set(length)
    age.set(oldestAt === null ? 0 : Math.max(0, sources.clock.now() - oldestAt) / 1000)
  }
}
