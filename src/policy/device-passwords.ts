// Recovery passwords that devices send (MS-ASCMD 2.2.3.46): sealed at rest, and shown once.
import type { Vault } from '../auth/vault.ts'
import type { AccountId, DeviceId, Instant } from '../model/id.ts'
import type { Store } from '../store/store.ts'

export interface DevicePasswords {
  /** Keeps the password in place of an earlier one; an empty one clears it (MS-ASCMD 2.2.3.132.3). */
  keep(account: AccountId, device: DeviceId, password: string): Promise<void>
  /** When the one that is kept came; null if there is none. */
  keptAt(account: AccountId, device: DeviceId): Promise<Instant | null>
  /** The password, which is forgotten with this: the device makes another one when it was used (MS-ASPROV 2.2.2.39). */
  reveal(account: AccountId, device: DeviceId): Promise<string | null>
}

/** Over the device records and the vault of the data folder. */
export function createDevicePasswords(store: Pick<Store, 'devices' | 'unit'>, vault: Vault, now: () => Instant): DevicePasswords {
  const about = (account: AccountId, device: DeviceId) => `device password/${account}/${device}`
  return {
    keep: (account, device, password) =>
      store.devices.keepPassword(
        account,
        device,
        password === '' ? null : vault.seal(Buffer.from(password), about(account, device)),
        now(),
      ),
    keptAt: async (account, device) => (await store.devices.password(account, device))?.at ?? null,
    reveal: (account, device) =>
      store.unit(async (unit) => {
        // Held: of two who ask at once one is shown it, and what the device sends meanwhile is not forgotten.
        await unit.devices.find(account, device)
        const kept = await unit.devices.password(account, device)
        const opened = kept === null ? null : vault.open(kept.sealed, about(account, device))
        if (opened === null) return null
        await unit.devices.keepPassword(account, device, null, now())
        return Buffer.from(opened).toString('utf8')
      }),
  }
}
