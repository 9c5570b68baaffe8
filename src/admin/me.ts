// A user's own page: his devices, and what he may do with them himself.
import { z } from 'zod'
import type { Account } from '../model/account.ts'
import type { Device } from '../model/device.ts'
import { reading, writing, type Declaration } from './action.ts'
import { deviceView, type DeviceView } from './device-view.ts'
import { passwordKeptAt, revealPassword } from './devices.ts'
import { Refusal, type Desk } from './house.ts'
import { deviceInput, deviceNamed, labelInput } from './lookup.ts'
import { cancel, orderWipe, wipeInput } from './wipes.ts'
import { wipeViews } from './wipe-view.ts'

/** Staff have accounts, and phones, too. */
export const ownRoles: Declaration<z.ZodType>['roles'] = ['user', 'administrator', 'helpdesk', 'auditor']
const ownDevice = z.object({ device: deviceInput })
const target = ({ device }: { readonly device: string }) => device

/** The actor's own account: nothing here takes an address from outside. */
export async function own({ store, actor }: Desk): Promise<Account> {
  const account = actor.account === null ? null : await store.accounts.byId(actor.account)
  if (account === null) throw new Refusal(`${actor.name} has no account here.`)
  return account
}

async function ownNamed(house: Desk, device: string): Promise<{ account: Account; device: Device }> {
  const account = await own(house)
  return deviceNamed(house, { device, account: account.address })
}

export interface OwnDeviceView extends DeviceView {
  /** When it sent the recovery password that is kept; null if there is none, or it was shown. */
  readonly recoveryPasswordAt: string | null
}

export const listOwnDevices = reading(
  { input: z.object({}), about: 'The devices of whoever asks.', roles: ownRoles },
  async (house): Promise<OwnDeviceView[]> => {
    const account = await own(house)
    return Promise.all(
      (await house.store.devices.list(account.id)).map(async (device) => ({
        ...deviceView(house, account, device),
        recoveryPasswordAt: await passwordKeptAt(house, account, device),
      })),
    )
  },
)

export const listOwnWipes = reading(
  { input: z.object({}), about: 'The wipes of the devices of whoever asks.', roles: ownRoles },
  async (house) => wipeViews(house, { account: (await own(house)).id }),
)

export const renameOwnDevice = writing(
  {
    input: ownDevice.extend({ label: labelInput.nullable() }),
    about: 'Gives an own device a name; null takes it back.',
    roles: ownRoles,
    target,
  },
  async (house, { device: id, label }) => {
    const { account, device } = await ownNamed(house, id)
    return deviceView(house, account, await house.store.devices.change(account.id, device.id, { label }))
  },
)

/** A lost phone cannot wait for somebody else to agree. */
export const wipeOwnDevice = writing(
  { input: ownDevice.extend(wipeInput.shape), about: 'Asks for a wipe of an own, lost device.', roles: ownRoles, target },
  async (house, { device: id, ...wipe }) => {
    const { account, device } = await ownNamed(house, id)
    return orderWipe(house, account, device, wipe, false)
  },
)

export const revealOwnPassword = writing(
  { input: ownDevice, about: 'Shows the recovery password of an own device, once.', roles: ownRoles, target },
  async (house, { device: id }) => {
    const { account, device } = await ownNamed(house, id)
    return revealPassword(house, account, device)
  },
)

export const cancelOwnWipe = writing(
  {
    input: z.object({ id: z.number().int().min(1) }),
    about: 'Takes back a wipe of an own device that its owner has asked for.',
    roles: ownRoles,
    target: ({ id }) => `wipe ${id}`,
  },
  async (house, { id }) => cancel(house, id, await own(house)),
)
