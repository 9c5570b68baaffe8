// Actions on devices: which phones there are, what they hold, and what they are to forget.
import { z } from 'zod'
import type { Account } from '../model/account.ts'
import { deviceName, type Device } from '../model/device.ts'
import { rootFolder, type FolderId } from '../model/id.ts'
import { quirkRowsOf } from '../protocol/quirks.ts'
import type { DeviceChange } from '../store/devices.ts'
import { administrators, helpers, reading, staff, writing } from './action.ts'
import { deviceView, type DeviceView } from './device-view.ts'
import { Refusal, type AdminHouse, type Desk } from './house.ts'
import { accountAt, addressInput, deviceChoice, deviceNamed, deviceTarget, labelInput, ownedDevices } from './lookup.ts'
import { wipeViews, type WipeView } from './wipe-view.ts'

export interface CollectionView {
  readonly folder: string
  readonly name: string | null
  readonly items: number
  readonly key: string
  /** Keys sent and not come back yet. */
  readonly pending: readonly string[]
  readonly retries: number
  readonly createdAt: string
  readonly usedAt: string
}

/** What a device holds of each collection, the quirks in force, why keys were refused, and what could not be rendered for it. */
export interface DeviceDetails extends DeviceView {
  readonly collections: readonly CollectionView[]
  readonly quirks: readonly { readonly fact: string; readonly why: string; readonly source: string }[]
  readonly resets: readonly { readonly at: string; readonly folder: string; readonly reason: string }[]
  readonly poison: readonly { readonly at: string; readonly folder: string; readonly item: string; readonly reason: string }[]
  readonly wipes: readonly WipeView[]
  /** When it sent the recovery password that is kept; null if there is none, or it was shown. */
  readonly recoveryPasswordAt: string | null
}

const iso = (instant: number) => new Date(instant).toISOString()

export const listDevices = reading(
  { input: z.object({ account: addressInput.optional() }), about: 'The devices of one account, or all of them.', roles: staff },
  async (house, { account }) => {
    const owner = account === undefined ? null : await accountAt(house, account)
    return (await ownedDevices(house.store, owner)).map(({ account: whose, device }) => deviceView(house, whose, device))
  },
)

export const showDevice = reading(
  { input: deviceChoice, about: 'A device, what it holds, and why keys of it were refused.', roles: staff, target: deviceTarget },
  async (house, choice): Promise<DeviceDetails> => {
    const { account, device } = await deviceNamed(house, choice)
    const state = await house.store.syncState(account.id, device.id)
    const mailbox = await house.store.mailbox(account.id)
    const names = new Map((await mailbox.allFolders()).map(({ id, name }) => [id, name]))
    const collections = await Promise.all(
      (await state.collections()).map(async ({ generation, folder, acknowledged, pending, retries, createdAt, usedAt }) => ({
        folder,
        name: folder === rootFolder ? 'the folder list' : (names.get(folder) ?? null),
        items: await state.count(generation),
        key: acknowledged,
        pending: pending.map((round) => round.key),
        retries,
        createdAt: iso(createdAt),
        usedAt: iso(usedAt),
      })),
    )
    return {
      ...deviceView(house, account, device),
      collections,
      quirks: quirkRowsOf(device).map(({ fact, why, source }) => ({ fact, why, source })),
      resets: (await state.resets()).map(({ at, folder, reason }) => ({ at: iso(at), folder, reason })),
      poison: (await state.poison()).map(({ at, folder, id, reason }) => ({ at: iso(at), folder, item: id, reason })),
      wipes: await wipeViews(house, { account: account.id, device: device.id }),
      recoveryPasswordAt: await passwordKeptAt(house, account, device),
    }
  },
)

/** Forgets the device and all it holds: when it comes back it starts from the beginning. */
export const removeDevice = writing(
  {
    input: deviceChoice,
    about: 'Forgets a device and what it holds; when it comes back it starts from the beginning, as a device nobody knows.',
    roles: administrators,
    target: deviceTarget,
  },
  async (house, choice) => {
    const { account, device } = await deviceNamed(house, choice)
    await house.store.unit(async (unit) => {
      const known = await unit.devices.find(account.id, device.id)
      if ((known?.wipe ?? null) !== null)
        throw new Refusal(`${deviceName(device)} has a wipe under way: forgotten, it would come back as a new device.`)
      await unit.devices.remove(account.id, device.id)
    })
    house.changed(account, device.id)
    return deviceView(house, account, device)
  },
)

/** When the recovery password that is kept was sent; null if there is none. */
export async function passwordKeptAt(house: AdminHouse, account: Account, device: Device): Promise<string | null> {
  const at = await house.devicePasswords.keptAt(account.id, device.id)
  return at === null ? null : iso(at)
}

/** Shows the recovery password of a device, once. */
export async function revealPassword(house: Desk, account: Account, device: Device): Promise<{ recoveryPassword: string }> {
  const recoveryPassword = await house.devicePasswords.reveal(account.id, device.id)
  if (recoveryPassword === null) {
    throw new Refusal(`No recovery password of ${deviceName(device)} is kept: it never sent one, or it was shown already.`)
  }
  return { recoveryPassword }
}

export const revealDevicePassword = writing(
  {
    input: deviceChoice,
    about: 'Shows the recovery password a device has sent, once: it opens the device for somebody who forgot his passcode.',
    roles: helpers,
    target: deviceTarget,
  },
  async (house, choice) => {
    const { account, device } = await deviceNamed(house, choice)
    return revealPassword(house, account, device)
  },
)

/** Changes the device and tells the running server, so that what it parked comes back at once. */
export async function changeDevice(
  house: Desk,
  choice: z.output<typeof deviceChoice>,
  wanted: (house: Desk) => DeviceChange,
): Promise<DeviceView> {
  const { account, device } = await deviceNamed(house, choice)
  const changed = await house.store.devices.change(account.id, device.id, wanted(house))
  house.changed(account, device.id)
  return deviceView(house, account, changed)
}

export const renameDevice = writing(
  {
    input: deviceChoice.extend({ label: labelInput.nullable() }),
    about: 'Gives a device a name people know it by; null takes it back.',
    roles: helpers,
    target: deviceTarget,
  },
  (house, { label, ...choice }) => changeDevice(house, choice, () => ({ label })),
)

/** One collection, or everything: its keys are refused, and the device fetches it anew. */
export const resyncDevice = writing(
  {
    input: deviceChoice.extend({ folder: z.string().min(1).max(64).optional() }),
    about: 'Lets a device sync one folder, or everything, from the beginning.',
    roles: helpers,
    target: deviceTarget,
  },
  async (house, { folder, ...choice }) => {
    const { account, device } = await deviceNamed(house, choice)
    const state = await house.store.syncState(account.id, device.id)
    const reason = `${house.actor.name} asked for a fresh start`
    if (folder === undefined) {
      await house.store.devices.drop(account.id, device.id)
      await state.recordReset({ at: house.clock.now(), folder: rootFolder, reason, presented: null })
    } else {
      const generations = await state.generations(folder as FolderId)
      if (generations.length === 0) throw new Refusal(`The device holds nothing of the folder ${folder}.`)
      for (const { generation } of generations) await state.drop(generation)
      await state.recordReset({ at: house.clock.now(), folder: folder as FolderId, reason, presented: null })
    }
    house.changed(account, device.id)
    return deviceView(house, account, device)
  },
)
