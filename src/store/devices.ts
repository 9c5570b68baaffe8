// The devices port: phones by account, what they said of themselves, and what the server remembers for them.
import type { AccessBasis, AccessState, Device, DeviceInformation, ProvisionState } from '../model/device.ts'
import type { AccountId, DeviceId, Instant } from '../model/id.ts'
import type { ProtocolVersion } from '../model/version.ts'
import type { DeviceWipe } from '../model/wipe.ts'

export interface DeviceSighting {
  readonly type: string
  readonly userAgent: string | null
  readonly version: ProtocolVersion | null
  readonly address: string | null
  readonly at: Instant
  /** See Device; none if left out. */
  readonly verifier?: string | null
}

export interface DeviceChange {
  readonly type?: string
  readonly userAgent?: string | null
  readonly version?: ProtocolVersion | null
  readonly information?: DeviceInformation
  readonly access?: AccessState
  readonly accessBasis?: AccessBasis | null
  readonly label?: string | null
  readonly wipe?: DeviceWipe | null
  readonly verifier?: string | null
  readonly provision?: ProvisionState
  readonly lastSeen?: Instant
  readonly lastAddress?: string | null
}

/** What a device may leave out of its next request because the server remembers it. */
export type Memory = 'sync' | 'ping' | 'find'

export interface Devices {
  find(account: AccountId, id: DeviceId): Promise<Device | null>
  /** The record of a device seen for the first time; the existing one if there is one. */
  enrol(account: AccountId, id: DeviceId, sighting: DeviceSighting): Promise<Device>
  /** Rejects with item-not-found if the device is unknown. Into quarantine and out of it, the device is dropped with that. */
  change(account: AccountId, id: DeviceId, change: DeviceChange): Promise<Device>
  list(account: AccountId | null): Promise<readonly Device[]>
  /** Forgets the device and everything it holds of its collections. */
  remove(account: AccountId, id: DeviceId): Promise<boolean>
  /** The recovery password the device sent, sealed; null if none is kept. */
  password(account: AccountId, id: DeviceId): Promise<{ readonly sealed: Uint8Array; readonly at: Instant } | null>
  /** Keeps it in place of an earlier one; null clears it. Does nothing for a device that is unknown. */
  keepPassword(account: AccountId, id: DeviceId, sealed: Uint8Array | null, at: Instant): Promise<void>
  /** Drops what the device holds of its collections: every key it has is refused, and it starts from the beginning. */
  drop(account: AccountId, id: DeviceId): Promise<void>
  /** JSON, or null if nothing is remembered. */
  recall(account: AccountId, id: DeviceId, memory: Memory): Promise<unknown>
  /** Writes nothing if the same is remembered already. */
  remember(account: AccountId, id: DeviceId, memory: Memory, value: unknown): Promise<void>
}
