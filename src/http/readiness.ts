// Whether the server can do its work: asked by whoever spreads requests over servers, or restarts them.
import { within, type Clock } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'
import type { Store } from '../store/store.ts'
import type { Readiness } from './metrics.ts'

export interface ReadinessPorts {
  readonly store: Pick<Store, 'setting'>
  readonly clock: Clock
  readonly isStopping: () => boolean
  /** When the certificate expires; null where phones are not spoken to in TLS. */
  readonly certificateUntil: () => Instant | null
}

const patienceSeconds = 1

/** Anybody may ask: however many do, the store is asked once at a time. */
export function createReadiness({ store, clock, isStopping, certificateUntil }: ReadinessPorts): Readiness {
  let asking: Promise<boolean> | null = null
  const answers = async () =>
    (await within(
      clock,
      patienceSeconds,
      store.setting('ready').then(() => true),
    )) === true
  return async () => {
    asking ??= answers().finally(() => (asking = null))
    const isAnswering = await asking
    const until = certificateUntil()
    return [
      ...(isStopping() ? ['The server is stopping.'] : []),
      ...(isAnswering ? [] : [`The store does not answer within ${patienceSeconds} s.`]),
      ...(until !== null && until <= clock.now() ? ['The certificate has expired.'] : []),
    ]
  }
}
