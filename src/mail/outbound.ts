// The worker of the outbound queue: who is tried when, and what is under way when the server stops.
import type { QueuedMessage } from '../store/outbox.ts'
import { type AttemptOptions, createAttempts, type Lane, type RetrySchedule } from './attempt.ts'

export type { RetrySchedule } from './attempt.ts'

/** RFC 5321 4.5.4.1: some quick tries, then hours apart, for four days. */
export const usualSchedule: RetrySchedule = {
  pauseSeconds: [60, 300, 900, 1800, 3600, 14_400],
  giveUpSeconds: 4 * 86_400,
}

export interface OutboundOptions extends Omit<AttemptOptions, 'schedule'> {
  readonly schedule?: RetrySchedule
}

export interface Outbound {
  start(): void
  /** Something was queued: it is tried now. */
  kick(): void
  /** Takes no more messages; resolves when those under way are settled or, after `graceSeconds`, given back to the queue. */
  stop(graceSeconds?: number): Promise<void>
}

/** Each holds one message in memory. */
const localAtOnce = 2
/** Each holds a connection to the smarthost. */
const remoteAtOnce = 4
/** Messages waiting in front of a lane; the rest waits in the store. */
const underWayMax = 1000
/** After the store itself failed. */
const troublePauseSeconds = 10
/** How often to look at the clock's other messages while some are under way. */
const glanceSeconds = 30
/** A timer of more than 24 days fires at once, and a clock that was put right may leave a message due in years. */
const restSecondsMax = 86_400

/** At most `size` pieces of work at once, in the order of their coming; none begins after `stop`. */
function createLane(size: number, stop: AbortSignal): Lane {
  let busy = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (busy >= size) await new Promise<void>((resolve) => waiting.push(resolve))
    else busy += 1
    try {
      stop.throwIfAborted()
      return await work()
    } finally {
      // The place is handed on; only where nobody waits it becomes free.
      const next = waiting.shift()
      if (next === undefined) busy -= 1
      else next()
    }
  }
}

/** The worker. Nothing happens until `start`. */
export function createOutbound({ schedule = usualSchedule, ...options }: OutboundOptions): Outbound {
  const { store, clock, log } = options
  const attempts = createAttempts({ ...options, schedule })
  const underWay = new Map<number, Promise<void>>()
  /** Set while the worker runs; aborted when it shall take no more messages. */
  let stopping: AbortController | null = null
  /** Aborted when what is under way shall end too. */
  let breaking = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let wake = new AbortController()
  /** The store had trouble: wait until then, whoever kicks. */
  let notBefore = 0

  /** Never rejects: whatever goes wrong, the message stays in the queue and its time comes again. */
  async function work(message: QueuedMessage, lanes: { local: Lane; remote: Lane }, stop: AbortSignal): Promise<void> {
    try {
      await attempts.attempt(message, lanes, breaking.signal)
      return
    } catch (error) {
      if (stop.aborted) return
      log.error({ err: error, number: message.number }, 'a queued message could not be worked on')
    }
    try {
      await attempts.postpone(message, 'the server had trouble of its own')
    } catch (error) {
      log.error({ err: error, number: message.number }, 'a queued message could not be put off')
      notBefore = clock.now() + troublePauseSeconds * 1000
    }
  }

  /** Sleeps until `until` (null: until somebody kicks), a kick, or the end. */
  async function rest(until: number | null, stop: AbortSignal): Promise<void> {
    const seconds = until === null ? restSecondsMax : Math.min(restSecondsMax, Math.max(0, (until - clock.now()) / 1000))
    await clock.after(seconds, AbortSignal.any([wake.signal, stop])).catch(() => undefined)
  }

  async function run(stop: AbortSignal): Promise<void> {
    const lanes = { local: createLane(localAtOnce, stop), remote: createLane(remoteAtOnce, stop) }
    while (!stop.aborted) {
      if (notBefore > clock.now()) {
        await clock.after((notBefore - clock.now()) / 1000, stop).catch(() => undefined)
        continue
      }
      wake = new AbortController()
      try {
        const limit = Math.min(underWay.size + 50, underWayMax)
        const due = (await store.outbox.due(clock.now(), limit)).filter(({ number }) => !underWay.has(number))
        for (const message of due) {
          const task = work(message, lanes, stop).finally(() => {
            underWay.delete(message.number)
            wake.abort()
          })
          underWay.set(message.number, task)
        }
        // The next due time may be that of a message under way, which lies in the past.
        const until = underWay.size > 0 ? clock.now() + glanceSeconds * 1000 : await store.outbox.nextDue()
        await rest(until, stop)
      } catch (error) {
        log.error({ err: error }, 'the queue cannot be read')
        notBefore = clock.now() + troublePauseSeconds * 1000
      }
    }
    await Promise.all(underWay.values())
  }

  return {
    start() {
      if (stopping !== null) return
      stopping = new AbortController()
      breaking = new AbortController()
      notBefore = 0
      running = run(stopping.signal)
    },
    kick: () => wake.abort(),
    async stop(graceSeconds = 3) {
      if (stopping === null) return
      stopping.abort(new Error('the server is stopping'))
      const patience = new AbortController()
      const ended = running.finally(() => patience.abort())
      await clock.after(graceSeconds, patience.signal).then(
        () => breaking.abort(new Error('the server is stopping')),
        () => undefined,
      )
      await ended
      stopping = null
    },
  }
}
