// Whether who waits may still wait: what changed between the verdict and the parking was told to nobody.
import type { Call } from './command.ts'

/**
 * Asked once the request is parked; from then on a change of the account, the device or its policy ends the wait by itself. Ping comes
 * without a key: a phone that was away when the policy changed would wait under the old one until mail arrives.
 */
export async function isStillWelcome({ account, device, house }: Call): Promise<boolean> {
  const [owner, known] = await Promise.all([house.store.accounts.byId(account.id), house.store.devices.find(account.id, device.id)])
  if (owner === null) return false
  const now = known ?? device
  const verdict = house.policy.judge(owner, now, 'exempt', null, house.clock.now())
  return (verdict.kind === 'pass' || verdict.kind === 'quarantine') && now.access === device.access && house.policy.isCurrent(owner, now)
}
