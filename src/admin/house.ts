// What an administrator's action works with: the same ports whether it comes over the control socket or from the shell itself.
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { DeviceId } from '../model/id.ts'
import type { TraceBook } from '../protocol/trace.ts'
import type { Store } from '../store/store.ts'

export interface AdminHouse {
  readonly store: Store
  readonly clock: Clock
  readonly traces: TraceBook
  /** Absolute path of the folder that holds what is not in the store. */
  readonly dataFolder: string
  /**
   * Told after an account (or one device of it) was changed: cached credentials are forgotten, parked requests end.
   * Does nothing where no server runs.
   */
  readonly changed: (account: Account, device: DeviceId | null) => void
}

/** An expected refusal, in one sentence for the administrator. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}
