// Actions on remote wipes: asking for one, agreeing to it, taking it back.
import { z } from 'zod'
import type { Account } from '../model/account.ts'
import { deviceName, isNameOf, type Device } from '../model/device.ts'
import { dialects } from '../model/dialect.ts'
import type { Wipe, WipeScope } from '../model/wipe.ts'
import { administrators, helpers, reading, staff, writing } from './action.ts'
import { NotThere, Refusal, type AdminHouse, type Desk } from './house.ts'
import { addressInput, accountAt, deviceChoice, deviceNamed, deviceTarget } from './lookup.ts'
import { wipeView, wipeViews, type WipeView } from './wipe-view.ts'

export const wipeInput = z.object({
  scope: z.enum(['account', 'device']),
  /** The device's name, as it is shown: nobody wipes by accident. */
  confirm: z.string().trim().max(1024),
})

/** Asks for a wipe in the name of the actor, once everything that could make it a mistake was looked at. */
export async function orderWipe(
  house: Desk,
  account: Account,
  device: Device,
  { scope, confirm }: z.output<typeof wipeInput>,
  needsApproval: boolean,
): Promise<WipeView> {
  const { actor, rules } = house
  const name = deviceName(device)
  if (!isNameOf(confirm, device)) throw new Refusal(`To confirm, the device's name has to be given exactly: ${name}`)
  if (scope === 'account' && !(device.version !== null && dialects[device.version].accountOnlyWipe)) {
    throw new Refusal(
      `${name} speaks ${device.version ?? 'no version yet'}, which has no word for an account-only wipe (16.1 has): block it, or wipe the whole device.`,
    )
  }
  const perHour = rules.wipesPerHour
  const wipe = await house.wipes.order(account, device, { scope, by: actor.name, from: actor.address, needsApproval, perHour })
  if (wipe === 'too many')
    throw new Refusal(`${actor.name} has asked for ${perHour} wipes within an hour: that is the most (wipe.perHour).`)
  if (wipe === 'under way') throw new Refusal(`${name} has a wipe under way already.`)
  await tell(house, account, device, wipe)
  house.changed(account, device.id)
  return wipeView(wipe, account.address, device)
}

const scopes: Readonly<Record<WipeScope, string>> = {
  account: 'what it holds of this account will be erased',
  device: 'the whole device will be erased',
}

/** The owner always hears of it; the administrators do by the audit log, and by mail where they asked for that. */
async function tell(house: Desk, account: Account, device: Device, wipe: Wipe): Promise<void> {
  const text = [
    `A remote wipe of "${deviceName(device)}" (${device.id}) was asked for: ${scopes[wipe.scope]} the next time it reaches the server.`,
    '',
    `  asked by   ${wipe.requestedBy}${wipe.requestedFrom === null ? '' : ` from ${wipe.requestedFrom}`}`,
    `  at         ${new Date(wipe.requestedAt).toISOString()}`,
    ...(wipe.state === 'awaiting' ? ['', 'A second administrator has to agree first.'] : []),
    '',
    'If this is a mistake, tell your administrator at once: it can be taken back until the device has been told.',
  ].join('\r\n')
  const people = [...new Set([account.address, ...house.rules.notify])]
  await house.notices.send(people.map((to) => ({ to, subject: `Remote wipe of ${deviceName(device)}`, text, occasion: `wipe/${wipe.id}` })))
}

/** Who may wipe what: the help desk no whole devices. */
export const wipeDevice = writing(
  {
    input: deviceChoice.extend(wipeInput.shape),
    about: 'Asks for a remote wipe: of what the device holds of the account (16.1), or of the whole device.',
    roles: helpers,
    target: deviceTarget,
  },
  async (house, { scope, confirm, ...choice }) => {
    if (scope === 'device' && house.actor.role !== 'administrator')
      throw new Refusal('The help desk wipes accounts only: an administrator may wipe whole devices.')
    const needsApproval = house.rules.wipeApproval && scope === 'device'
    // Whoever made the token could agree to what it asks for.
    if (needsApproval && house.actor.via === 'api')
      throw new Refusal(
        'Where a second administrator has to agree (wipe.approval), a person asks for the wipe of a whole device, not a program.',
      )
    const { account, device } = await deviceNamed(house, choice)
    return orderWipe(house, account, device, { scope, confirm }, needsApproval)
  },
)

export const listWipes = reading(
  { input: z.object({ account: addressInput.optional() }), about: 'All wipes, newest first.', roles: staff },
  async (house, { account }) => wipeViews(house, account === undefined ? {} : { account: (await accountAt(house, account)).id }),
)

/** What stands between asking for a wipe and its delivery. */
export interface WipeRules {
  /** How many one person may ask for within an hour. */
  readonly perHour: number
  /** Whether a second administrator has to agree to the wipe of a whole device. */
  readonly approval: boolean
}

export const showWipeRules = reading(
  { input: z.object({}), about: 'What has to happen before a wipe is delivered.', roles: staff },
  ({ rules }): Promise<WipeRules> => Promise.resolve({ perHour: rules.wipesPerHour, approval: rules.wipeApproval }),
)

const wipeChoice = z.object({ id: z.number().int().min(1) })
const target = ({ id }: z.output<typeof wipeChoice>) => `wipe ${id}`

async function found(house: AdminHouse, id: number): Promise<{ wipe: Wipe; account: Account; device: Device | null }> {
  const wipe = await house.store.wipes.find(id)
  const account = wipe === null ? null : await house.store.accounts.byId(wipe.account)
  if (wipe === null || account === null) throw new NotThere(`There is no wipe ${id}.`)
  return { wipe, account, device: await house.store.devices.find(account.id, wipe.device) }
}

export const approveWipe = writing(
  { input: wipeChoice, about: 'Agrees to a wipe that another administrator asked for.', roles: administrators, target },
  async (house, { id }) => {
    const { wipe, account, device } = await found(house, id)
    // Whoever asked may have made the token himself.
    if (house.actor.via === 'api') throw new Refusal('A person has to agree to a wipe, not a program.')
    if (wipe.requestedBy === house.actor.name) throw new Refusal('Another administrator than the one who asked has to agree.')
    const approved = await house.wipes.approve(id, house.actor.name)
    if (approved === null) throw new Refusal(`Wipe ${id} does not wait for approval: it is ${wipe.state}.`)
    house.changed(account, wipe.device)
    return wipeView(approved, account.address, device)
  },
)

export const cancelWipe = writing(
  { input: wipeChoice, about: 'Takes a wipe back, as long as the device has not been told.', roles: helpers, target },
  async (house, { id }) => cancel(house, id, null),
)

/** Takes a wipe back; `owner` null for whoever may do so for everybody. An owner takes back what he asked for himself. */
export async function cancel(house: Desk, id: number, owner: Account | null): Promise<WipeView> {
  const { wipe, account, device } = await found(house, id)
  if (owner !== null && account.id !== owner.id) throw new NotThere(`There is no wipe ${id}.`)
  if (owner !== null && wipe.requestedBy !== house.actor.name)
    throw new Refusal(`${wipe.requestedBy} has asked for wipe ${id}, and an administrator may take it back.`)
  const cancelled = await house.wipes.cancel(id, `taken back by ${house.actor.name}`)
  if (cancelled === null) throw new Refusal(`Wipe ${id} cannot be taken back any more: it is ${wipe.state}.`)
  house.changed(account, wipe.device)
  return wipeView(cancelled, account.address, device)
}
