// What a policy does to the devices of an account: who is asked to provision, who is kept out, who has to be told of a change.
import type { Account } from '../model/account.ts'
import type { Device } from '../model/device.ts'
import type { Policy } from '../model/policy.ts'
import { isSince, type ProtocolVersion } from '../model/version.ts'
import { hashOf, versionOfHash } from './document.ts'

/** Whether devices that cannot or will not provision may enter. */
export function isLenient(policy: Policy, account: Account): boolean {
  return account.allowNonProvisionable ?? policy.allowNonProvisionable
}

/** Whether policy and account let a version be spoken. */
export function isOffered({ minVersion, maxVersion }: Policy, account: Account, version: ProtocolVersion): boolean {
  const isBelow = (most: ProtocolVersion | null) => most === null || isSince(most, version)
  return isBelow(maxVersion) && isBelow(account.maxVersion) && (minVersion === null || isSince(version, minVersion))
}

/** Whether this hash is the policy's; compared in the version in which it was sent: a phone's upgrade changes nothing. */
export function isHashOf(policy: Policy, hash: string | null): boolean {
  const version = hash === null ? null : versionOfHash(hash)
  return version !== null && hashOf(policy, version) === hash
}

/** Whether a device that acknowledged a policy would be asked for another acknowledgement by this one. */
export function isAskedAgain(policy: Policy, account: Account, device: Device): boolean {
  const { hash, outcome } = device.provision
  if (!policy.provisions || hash === null) return false
  return !isHashOf(policy, hash) || (outcome !== 1 && !isLenient(policy, account))
}

/** Whether nobody with such a device comes in, whatever it acknowledges: it may not sync at all, or its version is not offered. */
function isShut(policy: Policy, account: Account, { version }: Device): boolean {
  return !(account.syncEnabled ?? policy.syncEnabled) || (version !== null && !isOffered(policy, account, version))
}

/**
 * Whether a device, as far as it is known, could go on under one policy and cannot under the other. Where it was asked to provision,
 * it has shown whether it obeys; where it was not, it may well do so.
 */
export function isKeptOut(before: Policy, after: Policy, account: Account, device: Device): boolean {
  const { outcome } = device.provision
  const disobeys = outcome === null ? before.provisions : outcome !== 1
  const isOut = (policy: Policy) => isShut(policy, account, device) || (policy.provisions && !isLenient(policy, account) && disobeys)
  return !isOut(before) && isOut(after)
}

/** Whether a device has to be told that its account has another policy: names, ranks and groups are nothing to it. */
export function isFelt(before: Policy, after: Policy, account: Account, device: Device): boolean {
  if (before === after) return false
  const version = device.version ?? '16.1'
  return (
    before.provisions !== after.provisions ||
    (after.provisions && hashOf(before, version) !== hashOf(after, version)) ||
    (after.provisions && isLenient(before, account) !== isLenient(after, account)) ||
    isShut(before, account, device) !== isShut(after, account, device)
  )
}
