// A device as programs see it.
import type { Account } from '../model/account.ts'
import { deviceName, type AccessBasis, type Device } from '../model/device.ts'
import { dialects } from '../model/dialect.ts'
import { noPolicyKey } from '../model/id.ts'
import type { WipeScope, WipeState } from '../model/wipe.ts'
import { hashOf, versionOfHash } from '../policy/document.ts'
import type { AdminHouse } from './house.ts'

/** Times are ISO 8601 in UTC. */
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
  /** Whether the default, a rule, somebody for this one device, or a wipe decided about it. */
  readonly accessBasis: AccessBasis['kind']
  /** The same for people, in a few words. */
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
    accessBasis: device.accessBasis?.kind ?? 'default',
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
