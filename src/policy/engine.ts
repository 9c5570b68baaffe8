// The policy engine port: whether a device may go on, which policy it gets, and what its acknowledgement means.
import type { Account } from '../model/account.ts'
import type { Device } from '../model/device.ts'
import type { Dialect } from '../model/dialect.ts'
import type { Instant, PolicyKey } from '../model/id.ts'
import type { Policy } from '../model/policy.ts'
import type { DeviceWipe } from '../model/wipe.ts'

/** What to do with a request before its body is decoded. Failures bear the names of MS-ASCMD 2.2.2. */
export type Verdict =
  | { readonly kind: 'pass' }
  /** 449 up to 12.1, Status 141–144 from 14.0. */
  | {
      readonly kind: 'provision'
      readonly failure: 'LegacyDeviceOnStrictPolicy' | 'DeviceNotProvisioned' | 'InvalidPolicyKey' | 'PolicyRefresh'
      readonly reason: string
    }
  | {
      readonly kind: 'refuse'
      readonly failure: 'DeviceIsBlockedForThisUser' | 'UserDisabledForSync' | 'RemoteWipeRequested'
      readonly reason: string
    }
  /** The device owes a wipe, and this is the Provision that tells it so. */
  | { readonly kind: 'wipe'; readonly wipe: DeviceWipe }
  /** The device waits for an administrator: it is shown nothing but the message that says so. */
  | { readonly kind: 'quarantine' }

/** `exempt`: a command that comes without a policy key (Ping). */
export type CommandKind = 'provision' | 'exempt' | 'ordinary'

export interface Offer {
  readonly policy: Policy
  /** The temporary key: good for the acknowledgement only. */
  readonly key: PolicyKey
}

/** What became of an acknowledgement (MS-ASPROV 2.2.2.54.2). */
export type Acceptance =
  | { readonly kind: 'accepted'; readonly key: PolicyKey }
  /** Policy Status 5: the key acknowledged is not the one offered. */
  | { readonly kind: 'wrong-key' }
  /** 139 or 145, or a policy that insists and a device that applied nothing. */
  | {
      readonly kind: 'refused'
      readonly failure: 'DeviceNotFullyProvisionable' | 'ExternallyManagedDevicesNotAllowed' | 'DeviceNotProvisioned'
    }

export interface PolicyEngine {
  /** The policy of this account. */
  policyFor(account: Account): Policy
  /**
   * Pure: decides from the values alone. A wipe comes before everything, then whether account and device may sync at all; Ping and
   * Provision need no key.
   */
  judge(account: Account, device: Device, kind: CommandKind, presented: PolicyKey | null, now: Instant): Verdict
  /**
   * Whether a device knows its policy: it acknowledged what it would be sent now, or has fetched it (its user has to choose a passcode
   * first). One that never acknowledged any is left alone: it may not know how.
   */
  isCurrent(account: Account, device: Device): boolean
  /** First phase: null if the account's phones are not provisioned (Policy Status 2); else makes a temporary key and remembers it, with the hash of what is sent in this dialect. */
  offer(account: Account, device: Device, dialect: Dialect): Promise<Offer | null>
  /** Second phase. `status` is the client's (1 applied, 2 partly, 3 not, 4 managed by somebody else). */
  accept(account: Account, device: Device, key: PolicyKey, status: number, now: Instant): Promise<Acceptance>
}
