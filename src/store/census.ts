// The census: how much there is of everything, counted by the database.
import type { AccessState } from '../model/device.ts'
import type { Instant } from '../model/id.ts'
import type { ProtocolVersion } from '../model/version.ts'
import type { WipeState } from '../model/wipe.ts'

/** Devices that are alike. */
export interface DeviceGroup {
  readonly access: AccessState
  readonly version: ProtocolVersion | null
  readonly type: string
  /** What they said of themselves; null where they have not. */
  readonly model: string | null
  readonly os: string | null
  readonly count: number
}

export interface Census {
  readonly accounts: number
  readonly devices: readonly DeviceGroup[]
  readonly wipes: ReadonlyMap<WipeState, number>
  /** Those that are not over. */
  readonly openWipes: number
  /** Mail on its way out. */
  readonly queue: { readonly length: number; readonly oldestAt: Instant | null }
}
