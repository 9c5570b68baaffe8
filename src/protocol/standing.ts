// Whether who waits may still wait: what changed between the verdict and the parking was told to nobody.
import { isOwed } from '../model/wipe.ts'
import type { Call } from './command.ts'

/** Asked once the request is parked; from then on a change of the account or the device ends the wait by itself. */
export async function isStillWelcome({ account, device, house }: Call): Promise<boolean> {
  const [owner, known] = await Promise.all([house.store.accounts.byId(account.id), house.store.devices.find(account.id, device.id)])
  return (
    owner !== null &&
    !owner.disabled &&
    (known === null ||
      (known.access === device.access &&
        known.access !== 'blocked' &&
        !isOwed(known.wipe) &&
        // Ping comes without a key: a phone that was away when the policy changed would wait under the old one until mail arrives.
        house.policy.isCurrent(owner, known)))
  )
}
