// Whom a change of policies concerns: counted before it is made, and told once it is.
import type { Account } from '../model/account.ts'
import type { Policy } from '../model/policy.ts'
import { isAskedAgain, isFelt, isKeptOut } from '../policy/effect.ts'
import type { AdminHouse } from './house.ts'
import { ownedDevices, type OwnedDevice } from './lookup.ts'

/** Counted over the accounts that have a policy now or would have it, without those that may not log in. */
export interface PolicyEffect {
  /** How many accounts would have it. */
  readonly accounts: number
  /** Their known devices that are not blocked. */
  readonly devices: number
  /** Those that would be asked to provision again. */
  readonly askedAgain: number
  /** Those that can sync now and could not any more. */
  readonly keptOut: number
}

/**
 * So many phones a second are sent on their way by a change. Each comes back with about six requests (FolderSync, Provision twice,
 * FolderSync, Sync, Ping); a change for 5000 phones has reached all of them after two minutes, and nobody waits meanwhile.
 */
export const phonesPerSecond = 50

/** What a policy would do if it were stored now. */
export async function effectOf(house: AdminHouse, policy: Policy): Promise<PolicyEffect> {
  const supposed = house.policies.supposing(policy)
  const has = (account: Account) => supposed.policyFor(account).name === policy.name
  const concerned = (await ownedDevices(house.store)).filter(
    ({ account, device }) =>
      device.access !== 'blocked' && !account.disabled && (has(account) || house.policies.policyFor(account).name === policy.name),
  )
  const isAsked = ({ account, device }: OwnedDevice) => isAskedAgain(supposed.policyFor(account), account, device)
  const isOut = ({ account, device }: OwnedDevice) =>
    isKeptOut(house.policies.policyFor(account), supposed.policyFor(account), account, device)
  return {
    accounts: (await house.store.accounts.list()).filter(has).length,
    devices: concerned.length,
    askedAgain: concerned.filter(isAsked).length,
    keptOut: concerned.filter(isOut).length,
  }
}

/**
 * Changes the stored policies. From then on every request is judged by the new ones; phones that wait and have to be told something are
 * woken one after the other. The others wait on: a new name or rank is nothing to them.
 */
export async function tellPhones(house: AdminHouse, change: () => Promise<unknown>): Promise<void> {
  const known = await ownedDevices(house.store)
  const before = new Map(known.map(({ account }) => [account.id, house.policies.policyFor(account)]))
  await change()
  await house.policies.reload()
  const told = known.filter(({ account, device }) => {
    const earlier = before.get(account.id)
    return (
      house.isParked(account, device.id) && earlier !== undefined && isFelt(earlier, house.policies.policyFor(account), account, device)
    )
  })
  for (const [index, { account, device }] of told.entries()) house.rouse(account, device.id, Math.floor(index / phonesPerSecond))
}
