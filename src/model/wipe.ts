// A remote wipe: what is to be erased, and how far it has come.
import type { AccountId, DeviceId, Instant } from './id.ts'

/** MS-ASPROV 2.2.2.45 and 2.2.2.1: the whole device, or what it holds of this account (16.1). */
export type WipeScope = 'device' | 'account'

export type WipeState =
  /** A second administrator has to agree first. */
  | 'awaiting'
  /** The device is told at its next request. */
  | 'requested'
  /** The directive was sent: from here on it cannot be taken back. */
  | 'delivered'
  /** The device says it is done. */
  | 'acknowledged'
  /** The device says it could not (it is told again), or it no longer speaks the version that knows the directive. */
  | 'failed'
  /** Taken back before it was delivered, or refused by the second administrator. */
  | 'cancelled'

/** What the device's record holds of an open wipe. */
export interface DeviceWipe {
  readonly id: number
  readonly scope: WipeScope
  readonly state: 'awaiting' | 'requested' | 'delivered' | 'failed'
  /** Until then the credentials the device used last are good for its wipe, and for nothing else. */
  readonly verifierUntil: Instant
}

/** A wipe as it is kept for good. */
export interface Wipe {
  readonly id: number
  readonly account: AccountId
  readonly device: DeviceId
  readonly scope: WipeScope
  readonly state: WipeState
  readonly requestedBy: string
  /** The address it was asked from; null for the shell. */
  readonly requestedFrom: string | null
  readonly requestedAt: Instant
  readonly approvedBy: string | null
  readonly approvedAt: Instant | null
  readonly deliveredAt: Instant | null
  /** When it was acknowledged, failed or cancelled. */
  readonly endedAt: Instant | null
  /** Why it failed or was cancelled. */
  readonly reason: string | null
}

/** Whether a device owes this wipe now: it is served nothing else. */
export function isOwed(wipe: DeviceWipe | null): wipe is DeviceWipe {
  return wipe !== null && wipe.state !== 'awaiting'
}
