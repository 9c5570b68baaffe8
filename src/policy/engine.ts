// The policy engine port: whether a device may go on, which policy it gets, and what its acknowledgement means.
import type { Account } from '../model/account.ts'
import type { Device } from '../model/device.ts'
import type { Dialect } from '../model/dialect.ts'
import type { Instant, PolicyKey } from '../model/id.ts'
import type { Policy } from '../model/policy.ts'

/** What to do with a request before its body is decoded. Failures bear the names of MS-ASCMD 2.2.2. */
export type Verdict =
  | { readonly kind: 'pass' }
  /** 449 up to 12.1, Status 141–144 from 14.0. */
  | {
      readonly kind: 'provision'
      readonly failure: 'LegacyDeviceOnStrictPolicy' | 'DeviceNotProvisioned' | 'InvalidPolicyKey' | 'PolicyRefresh'
      readonly reason: string
    }
  | { readonly kind: 'refuse'; readonly failure: 'DeviceIsBlockedForThisUser' | 'UserDisabledForSync'; readonly reason: string }

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
  /** The policy for this account; null if none applies (Policy Status 2). */
  policyFor(account: Account): Policy | null
  /** Pure: decides from the values alone. `exempt` commands (Ping, Provision) pass unless the device is blocked. */
  judge(account: Account, device: Device, exempt: boolean, presented: PolicyKey | null, now: Instant): Verdict
  /** First phase: makes a temporary key and remembers it, with the hash of what is sent in this dialect. */
  offer(account: Account, device: Device, dialect: Dialect): Promise<Offer | null>
  /** Second phase. `status` is the client's (1 applied, 2 partly, 3 not, 4 managed by somebody else). */
  accept(account: Account, device: Device, key: PolicyKey, status: number, now: Instant): Promise<Acceptance>
}
