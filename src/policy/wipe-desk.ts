// Remote wipes on their way: asked for, agreed to, told to the device, acknowledged by it.
import type { Account } from '../model/account.ts'
import { unprovisioned, type Device } from '../model/device.ts'
import type { AccountId, DeviceId, Instant } from '../model/id.ts'
import { isOwed, type DeviceWipe, type Wipe, type WipeScope } from '../model/wipe.ts'
import type { Store, Unit } from '../store/store.ts'

export interface WipeOrder {
  readonly scope: WipeScope
  readonly by: string
  /** The address it was asked from; null for the shell. */
  readonly from: string | null
  /** Whether a second administrator has to agree before the device is told. */
  readonly needsApproval: boolean
  /** How many one person may ask for within an hour. */
  readonly perHour: number
}

/** Why no wipe was written down. */
export type Declined =
  /** The device owes one already, or is gone. */
  | 'under way'
  /** Whoever asks has asked for as many as he may. */
  | 'too many'

/** What became of a device's acknowledgement. */
export type Acknowledged =
  | 'wiped'
  /** It says it could not: it is told again. */
  | 'failed'
  /** It owes no such wipe, or has not been told of it. */
  | 'unasked'

export interface WipeDesk {
  order(account: Account, device: Device, order: WipeOrder): Promise<Wipe | Declined>
  /** A second administrator agrees. Null if it no longer waits for that. */
  approve(id: number, by: string): Promise<Wipe | null>
  /** Takes a wipe back. Null if the device has been told already, or it is over. */
  cancel(id: number, reason: string): Promise<Wipe | null>
  /** The directive is about to be sent. False, and it must not be, if the device does not owe this wipe any more: it was taken back. */
  deliver(account: AccountId, device: DeviceId, id: number): Promise<boolean>
  /** The device speaks a version that has no word for it: the wipe has failed, and the device is blocked. False as above. */
  unspeakable(account: AccountId, device: DeviceId, id: number, reason: string): Promise<boolean>
  /** `status` is the device's: 1 done, 2 failed (MS-ASPROV 2.2.2.54.3). A wiped device is blocked until it is released. */
  acknowledge(account: AccountId, device: DeviceId, scope: WipeScope, status: number): Promise<Acknowledged>
}

interface Parts {
  readonly store: Pick<Store, 'unit'>
  readonly now: () => Instant
  /** How long the credentials a device used last are good for its wipe, after they are no longer for the account. */
  readonly verifierDays: number
}

const day = 86_400_000
const hour = 3_600_000

/** The desk over the device records. */
export function createWipeDesk({ store, now, verifierDays }: Parts): WipeDesk {
  /** What a device owes, with its record, inside a unit. */
  async function owed(unit: Unit, account: AccountId, id: DeviceId): Promise<{ device: Device; wipe: DeviceWipe } | null> {
    const device = await unit.devices.find(account, id)
    return device !== null && isOwed(device.wipe) ? { device, wipe: device.wipe } : null
  }

  /** Changes a wipe that the device does not know of yet, and the device's record with it. */
  function beforeTold(
    id: number,
    states: readonly Wipe['state'][],
    change: (unit: Unit, wipe: Wipe) => Promise<Wipe>,
  ): Promise<Wipe | null> {
    return store.unit(async (unit) => {
      const known = await unit.wipes.find(id)
      if (known === null) return null
      // Whoever changes a wipe holds its device, and reads after that.
      await unit.devices.find(known.account, known.device)
      const wipe = await unit.wipes.find(id)
      return wipe === null || !states.includes(wipe.state) ? null : change(unit, wipe)
    })
  }

  return {
    order: (account, { id }, { scope, by, from, needsApproval, perHour }) =>
      store.unit(async (unit) => {
        const device = await unit.devices.find(account.id, id)
        if (device === null || device.wipe !== null) return 'under way'
        const at = now()
        // Counted where it is written: whoever asks for many at once gets no more.
        if ((await unit.wipes.countBy(by, at - hour)) >= perHour) return 'too many'
        const state = needsApproval ? 'awaiting' : 'requested'
        const wipe = await unit.wipes.add({
          account: account.id,
          device: id,
          scope,
          state,
          requestedBy: by,
          requestedFrom: from,
          requestedAt: at,
        })
        await unit.devices.change(account.id, id, { wipe: { id: wipe.id, scope, state, verifierUntil: at + verifierDays * day } })
        return wipe
      }),

    approve: (id, by) =>
      beforeTold(id, ['awaiting'], async (unit, wipe) => {
        const device = await unit.devices.find(wipe.account, wipe.device)
        if (device?.wipe?.id === id) await unit.devices.change(wipe.account, wipe.device, { wipe: { ...device.wipe, state: 'requested' } })
        return unit.wipes.change(id, { state: 'requested', approvedBy: by, approvedAt: now() })
      }),

    cancel: (id, reason) =>
      beforeTold(id, ['awaiting', 'requested'], async (unit, wipe) => {
        const device = await unit.devices.find(wipe.account, wipe.device)
        if (device?.wipe?.id === id) await unit.devices.change(wipe.account, wipe.device, { wipe: null })
        return unit.wipes.change(id, { state: 'cancelled', endedAt: now(), reason })
      }),

    deliver: (account, device, id) =>
      store.unit(async (unit) => {
        const known = await owed(unit, account, device)
        if (known?.wipe.id !== id) return false
        if (known.wipe.state !== 'requested') return true
        await unit.devices.change(account, device, { wipe: { ...known.wipe, state: 'delivered' } })
        await unit.wipes.change(id, { state: 'delivered', deliveredAt: now() })
        return true
      }),

    unspeakable: (account, device, id, reason) =>
      store.unit(async (unit) => {
        const known = await owed(unit, account, device)
        if (known?.wipe.id !== id) return false
        const at = now()
        await unit.devices.change(account, device, {
          wipe: null,
          access: 'blocked',
          accessBasis: { kind: 'individual', by: 'remote wipe', at },
        })
        await unit.wipes.change(id, { state: 'failed', endedAt: at, reason })
        return true
      }),

    acknowledge: (account, id, scope, status) =>
      store.unit(async (unit): Promise<Acknowledged> => {
        const known = await owed(unit, account, id)
        if (known === null || known.wipe.state === 'requested' || known.wipe.scope !== scope) return 'unasked'
        const at = now()
        if (status !== 1) {
          await unit.devices.change(account, id, { wipe: { ...known.wipe, state: 'failed' } })
          await unit.wipes.change(known.wipe.id, { state: 'failed', reason: `the device answered with status ${status}` })
          return 'failed'
        }
        await unit.wipes.change(known.wipe.id, { state: 'acknowledged', endedAt: at, reason: null })
        await unit.devices.drop(account, id)
        await unit.devices.change(account, id, {
          wipe: null,
          verifier: null,
          access: 'blocked',
          accessBasis: { kind: 'wiped', at },
          provision: unprovisioned,
        })
        return 'wiped'
      }),
  }
}
