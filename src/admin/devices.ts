// Actions on devices: which phones there are, what they hold, and whether they may come in.
import { z } from 'zod'
import type { Account } from '../model/account.ts'
import { deviceName, type AccessBasis, type Device } from '../model/device.ts'
import { dialects } from '../model/dialect.ts'
import { noPolicyKey, rootFolder, type FolderId } from '../model/id.ts'
import type { WipeScope, WipeState } from '../model/wipe.ts'
import { judgeAccess } from '../policy/access-book.ts'
import { hashOf, versionOfHash } from '../policy/document.ts'
import { quirkRowsOf } from '../protocol/quirks.ts'
import type { DeviceChange } from '../store/devices.ts'
import { administrators, helpers, reading, staff, writing } from './action.ts'
import { Refusal, type AdminHouse, type Desk } from './house.ts'
import { accountAt, addressInput, deviceChoice, deviceNamed, deviceTarget, labelInput } from './lookup.ts'
import { wipeViews, type WipeView } from './wipe-view.ts'

/** A device as programs see it; times are ISO 8601 in UTC. */
export interface DeviceView {
  readonly account: string
  readonly id: string
  /** What has to be typed to confirm a wipe. */
  readonly name: string
  readonly label: string | null
  readonly type: string
  readonly model: string | null
  readonly friendlyName: string | null
  readonly os: string | null
  readonly phoneNumber: string | null
  readonly userAgent: string | null
  readonly version: string | null
  readonly access: Device['access']
  /** Why, in a few words. */
  readonly accessReason: string
  readonly policy: string
  /** Whether it has acknowledged the policy in force; `partly`, `refused` and `managed elsewhere` are its own words for it. */
  readonly compliance: 'not asked' | 'asked' | 'acknowledged' | 'partly' | 'refused' | 'managed elsewhere' | 'outdated'
  readonly acknowledgedAt: string | null
  readonly wipe: { readonly id: number; readonly scope: WipeScope; readonly state: WipeState } | null
  /** Whether a wipe of this account alone can be told to it (16.1). */
  readonly knowsAccountOnlyWipe: boolean
  readonly parked: boolean
  readonly firstSeen: string
  readonly lastSeen: string
  readonly lastAddress: string | null
}

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

function complianceOf(house: AdminHouse, account: Account, { provision }: Device): DeviceView['compliance'] {
  const { hash, outcome, offered } = provision
  const policy = house.policies.policyFor(account)
  if (!policy.provisions) return 'not asked'
  if (outcome === 4) return 'managed elsewhere'
  if (outcome === 3) return 'refused'
  const version = hash === null ? null : versionOfHash(hash)
  if (hash === null || version === null) return outcome === 2 ? 'refused' : offered === noPolicyKey ? 'not asked' : 'asked'
  if (hashOf(policy, version) !== hash) return 'outdated'
  return outcome === 2 ? 'partly' : 'acknowledged'
}

function accessReason(house: AdminHouse, { accessBasis, access }: Device): string {
  switch (accessBasis?.kind) {
    case 'individual':
      return `${access} by ${accessBasis.by}`
    case 'wiped':
      return 'wiped'
    case 'rule': {
      const rule = house.access.rules.rules.find(({ id }) => id === accessBasis.rule)
      return rule === undefined ? 'by a rule that is gone' : `by the rule ${rule.characteristic} = ${rule.pattern}`
    }
    default:
      return 'by default'
  }
}

/** A device of an account as programs see it. */
export function deviceView(house: AdminHouse, account: Account, device: Device): DeviceView {
  const { information, wipe, version } = device
  return {
    account: account.address,
    id: device.id,
    name: deviceName(device),
    label: device.label,
    type: device.type,
    model: information.model ?? null,
    friendlyName: information.friendlyName ?? null,
    os: information.os ?? null,
    phoneNumber: information.phoneNumber ?? null,
    // What the access rules look at; what the phone says of itself besides is often another one.
    userAgent: device.userAgent ?? information.userAgent ?? null,
    version,
    access: device.access,
    accessReason: accessReason(house, device),
    policy: house.policies.policyFor(account).name,
    compliance: complianceOf(house, account, device),
    acknowledgedAt: device.provision.acknowledgedAt === null ? null : iso(device.provision.acknowledgedAt),
    wipe: wipe === null ? null : { id: wipe.id, scope: wipe.scope, state: wipe.state },
    knowsAccountOnlyWipe: version !== null && dialects[version].accountOnlyWipe,
    parked: house.isParked(account, device.id),
    firstSeen: iso(device.firstSeen),
    lastSeen: iso(device.lastSeen),
    lastAddress: device.lastAddress,
  }
}

/** The devices of one account, or all of them. */
export async function deviceViews(house: AdminHouse, owner: Account | null): Promise<DeviceView[]> {
  const accounts = new Map((owner === null ? await house.store.accounts.list() : [owner]).map((account) => [account.id, account]))
  return (await house.store.devices.list(owner?.id ?? null)).flatMap((device) => {
    const account = accounts.get(device.account)
    return account === undefined ? [] : [deviceView(house, account, device)]
  })
}

export const listDevices = reading(
  { input: z.object({ account: addressInput.optional() }), about: 'The devices of one account, or all of them.', roles: staff },
  async (house, { account }) => deviceViews(house, account === undefined ? null : await accountAt(house, account)),
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
    ...{ roles: administrators, target: deviceTarget },
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
    ...{ roles: helpers, target: deviceTarget },
  },
  async (house, choice) => {
    const { account, device } = await deviceNamed(house, choice)
    return revealPassword(house, account, device)
  },
)

async function change(house: Desk, choice: z.output<typeof deviceChoice>, wanted: (house: Desk) => DeviceChange): Promise<DeviceView> {
  const { account, device } = await deviceNamed(house, choice)
  const changed = await house.store.devices.change(account.id, device.id, wanted(house))
  house.changed(account, device.id)
  return deviceView(house, account, changed)
}

const individual = ({ actor, clock }: Desk): AccessBasis => ({ kind: 'individual', by: actor.name, at: clock.now() })

/** A personal exemption: no rule keeps the device out, a released one goes on without help. */
export const allowDevice = writing(
  {
    input: deviceChoice,
    about: 'Lets one device in whatever the rules say; releases it from quarantine, from a block, and after a wipe.',
    ...{ roles: helpers, target: deviceTarget },
  },
  (house, choice) => change(house, choice, (desk) => ({ access: 'allowed', accessBasis: individual(desk) })),
)

export const blockDevice = writing(
  { input: deviceChoice, about: 'Keeps one device out whatever the rules say.', ...{ roles: helpers, target: deviceTarget } },
  (house, choice) => change(house, choice, (desk) => ({ access: 'blocked', accessBasis: individual(desk) })),
)

/** The device syncs on, and is shown nothing but the message that says so. */
export const quarantineDevice = writing(
  {
    input: deviceChoice,
    about: 'Quarantines one device whatever the rules say: it is shown a message that explains it, and nothing of the mailbox.',
    ...{ roles: helpers, target: deviceTarget },
  },
  async (house, choice) => {
    const { account, device } = await deviceNamed(house, choice)
    await house.quarantine.admit(account, device)
    return change(house, choice, (desk) => ({ access: 'quarantined', accessBasis: individual(desk) }))
  },
)

/** The device's next request is judged by the rules again. */
export const judgeDevice = writing(
  {
    input: deviceChoice,
    about: 'Takes an individual decision back: the rules decide about the device again.',
    ...{ roles: helpers, target: deviceTarget },
  },
  async (house, choice) => {
    const { device } = await deviceNamed(house, choice)
    if (device.accessBasis?.kind === 'wiped') throw new Refusal(`${deviceName(device)} was wiped: it stays out until it is allowed.`)
    const { access, basis } = judgeAccess(house.access.rules, device)
    // Quarantine begins at the device's next request, with its message.
    return change(house, choice, () => ({
      access: access === 'quarantined' ? 'allowed' : access,
      accessBasis: access === 'quarantined' ? null : basis,
    }))
  },
)

export const renameDevice = writing(
  {
    input: deviceChoice.extend({ label: labelInput.nullable() }),
    about: 'Gives a device a name people know it by; null takes it back.',
    ...{ roles: helpers, target: deviceTarget },
  },
  (house, { label, ...choice }) => change(house, choice, () => ({ label })),
)

/** One collection, or everything: its keys are refused, and the device fetches it anew. */
export const resyncDevice = writing(
  {
    input: deviceChoice.extend({ folder: z.string().min(1).max(64).optional() }),
    about: 'Lets a device sync one folder, or everything, from the beginning.',
    ...{ roles: helpers, target: deviceTarget },
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
