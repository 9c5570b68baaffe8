// Actions on devices: which phones there are, what they hold, and forgetting one.
import { z } from 'zod'
import type { Device } from '../model/device.ts'
import { rootFolder } from '../model/id.ts'
import { action } from './action.ts'
import { accountAt, addressInput, deviceChoice, deviceNamed } from './lookup.ts'

/** A device as programs see it; times are ISO 8601 in UTC. */
export interface DeviceView {
  readonly account: string
  readonly id: string
  readonly type: string
  readonly model: string | null
  readonly name: string | null
  readonly os: string | null
  readonly userAgent: string | null
  readonly version: string | null
  readonly access: Device['access']
  /** Whether it acknowledged a policy. */
  readonly provisioned: boolean
  readonly firstSeen: string
  readonly lastSeen: string
  readonly lastAddress: string | null
}

/** What a device holds of one collection, why keys were refused, and what could not be rendered for it. */
export interface DeviceDetails extends DeviceView {
  readonly collections: readonly {
    readonly folder: string
    readonly name: string | null
    readonly items: number
    readonly retries: number
    readonly usedAt: string
  }[]
  readonly resets: readonly { readonly at: string; readonly folder: string; readonly reason: string }[]
  readonly poison: readonly { readonly at: string; readonly folder: string; readonly item: string; readonly reason: string }[]
}

const iso = (instant: number) => new Date(instant).toISOString()

function view(account: string, device: Device): DeviceView {
  const { information } = device
  return {
    account,
    id: device.id,
    type: device.type,
    model: information.model ?? null,
    name: information.friendlyName ?? null,
    os: information.os ?? null,
    userAgent: information.userAgent ?? device.userAgent,
    version: device.version,
    access: device.access,
    provisioned: device.provision.acknowledgedAt !== null,
    firstSeen: iso(device.firstSeen),
    lastSeen: iso(device.lastSeen),
    lastAddress: device.lastAddress,
  }
}

export const listDevices = action(z.object({ account: addressInput.optional() }), async (house, { account }) => {
  const owner = account === undefined ? null : (await accountAt(house, account)).id
  const addresses = new Map((await house.store.accounts.list()).map(({ id, address }) => [id, address]))
  return (await house.store.devices.list(owner)).map((device) => view(addresses.get(device.account) ?? device.account, device))
})

export const showDevice = action(deviceChoice, async (house, choice): Promise<DeviceDetails> => {
  const { account, device } = await deviceNamed(house, choice)
  const state = await house.store.syncState(account.id, device.id)
  const mailbox = await house.store.mailbox(account.id)
  const names = new Map((await mailbox.allFolders()).map(({ id, name }) => [id, name]))
  const collections = await Promise.all(
    (await state.collections()).map(async ({ generation, folder, retries, usedAt }) => ({
      folder,
      name: folder === rootFolder ? 'the folder list' : (names.get(folder) ?? null),
      items: await state.count(generation),
      retries,
      usedAt: iso(usedAt),
    })),
  )
  return {
    ...view(account.address, device),
    collections,
    resets: (await state.resets()).map(({ at, folder, reason }) => ({ at: iso(at), folder, reason })),
    poison: (await state.poison()).map(({ at, folder, id, reason }) => ({ at: iso(at), folder, item: id, reason })),
  }
})

/** Forgets the device and all it holds: when it comes back it starts from the beginning. */
export const removeDevice = action(deviceChoice, async (house, choice) => {
  const { account, device } = await deviceNamed(house, choice)
  await house.store.devices.remove(account.id, device.id)
  house.changed(account, device.id)
  return view(account.address, device)
})
