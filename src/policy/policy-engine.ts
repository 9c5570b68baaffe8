// The policy engine over the device records: each account's policy, acknowledged in two phases.
import type { Account } from '../model/account.ts'
import type { Device } from '../model/device.ts'
import type { Dialect } from '../model/dialect.ts'
import { noPolicyKey, type Instant, type PolicyKey } from '../model/id.ts'
import type { Policy } from '../model/policy.ts'
import { isOwed } from '../model/wipe.ts'
import type { Store } from '../store/store.ts'
import { hashOf } from './document.ts'
import { isHashOf, isLenient } from './effect.ts'
import type { Acceptance, CommandKind, Offer, PolicyEngine, Verdict } from './engine.ts'
import type { PolicyBook } from './policy-book.ts'

export interface PolicyParts {
  readonly store: Pick<Store, 'unit'>
  readonly book: Pick<PolicyBook, 'policyFor'>
  /** So many random bytes, from a source nobody can guess. */
  readonly random: (bytes: number) => Uint8Array
}

const hour = 3_600_000
const pass: Verdict = { kind: 'pass' }

/** The engine over a book of policies. */
export function createPolicyEngine(parts: PolicyParts): PolicyEngine {
  return new BookedPolicyEngine(parts)
}

class BookedPolicyEngine implements PolicyEngine {
  readonly #parts: PolicyParts

  constructor(parts: PolicyParts) {
    this.#parts = parts
  }

  policyFor(account: Account): Policy {
    return this.#parts.book.policyFor(account)
  }

  judge(account: Account, device: Device, kind: CommandKind, presented: PolicyKey | null, now: Instant): Verdict {
    const { wipe } = device
    if (isOwed(wipe)) {
      return kind === 'provision' ? { kind: 'wipe', wipe } : refuse('RemoteWipeRequested', `wipe ${wipe.id} is ${wipe.state}`)
    }
    if (account.disabled) return refuse('UserDisabledForSync', 'the account is disabled')
    const policy = this.policyFor(account)
    if (!(account.syncEnabled ?? policy.syncEnabled)) return refuse('UserDisabledForSync', 'the account may not sync')
    if (device.access === 'blocked') return refuse('DeviceIsBlockedForThisUser', 'the device is blocked')
    const verdict = kind !== 'ordinary' || !policy.provisions ? pass : this.#judgeKey(policy, account, device, presented, now)
    return verdict.kind === 'pass' && device.access === 'quarantined' ? { kind: 'quarantine' } : verdict
  }

  /**
   * MS-ASPROV 3.2.5.1. A device that sends no key at all knows nothing of policies (Outlook for Windows): whether it may enter is
   * the administrator's choice. One that sends 0 knows them and has none yet: it is asked, or a lenient policy would reach nobody.
   */
  #judgeKey(policy: Policy, account: Account, device: Device, presented: PolicyKey | null, now: Instant): Verdict {
    const { key, hash, outcome, acknowledgedAt } = device.provision
    const lenient = isLenient(policy, account)
    // MS-ASPROV 3.1.5.2: 141 says that those without a key are not allowed.
    if (presented === null) return lenient ? pass : ask('LegacyDeviceOnStrictPolicy', 'no policy key')
    if (presented === noPolicyKey) return ask('DeviceNotProvisioned', 'policy key 0')
    if (presented !== key) return ask('InvalidPolicyKey', 'not the key of this device')
    if (!lenient && outcome !== 1) return ask('DeviceNotProvisioned', `the device acknowledged with status ${outcome}`)
    if (!isHashOf(policy, hash)) return ask('InvalidPolicyKey', 'the policy has changed')
    if (policy.refreshHours !== null && now - (acknowledgedAt ?? 0) >= policy.refreshHours * hour) {
      return ask('PolicyRefresh', `acknowledged more than ${policy.refreshHours} hours ago`)
    }
    return pass
  }

  isCurrent(account: Account, device: Device): boolean {
    const policy = this.policyFor(account)
    const { hash, offeredHash } = device.provision
    return !policy.provisions || hash === null || isHashOf(policy, hash) || isHashOf(policy, offeredHash)
  }

  async offer(account: Account, device: Device, dialect: Dialect): Promise<Offer | null> {
    const policy = this.policyFor(account)
    if (!policy.provisions) return null
    const hash = hashOf(policy, dialect.version)
    const key = await this.#parts.store.unit(async (unit) => {
      const known = await unit.devices.find(account.id, device.id)
      // A device of which nothing is kept gets a key that no acknowledgement will match.
      if (known === null) return this.#newKey([])
      const { provision } = known
      // The same question again gets the same key: replies get lost, and phones ask twice at once.
      if (provision.offered !== noPolicyKey && provision.offeredHash === hash) return provision.offered
      const offered = this.#newKey([provision.key, provision.offered])
      await unit.devices.change(account.id, device.id, { provision: { ...provision, offered, offeredHash: hash } })
      return offered
    })
    return { policy, key }
  }

  accept(account: Account, device: Device, key: PolicyKey, status: number, now: Instant): Promise<Acceptance> {
    const policy = this.policyFor(account)
    const refused = isLenient(policy, account) ? null : refusalOf(status)
    return this.#parts.store.unit(async (unit): Promise<Acceptance> => {
      const known = await unit.devices.find(account.id, device.id)
      if (known === null || key === noPolicyKey || key !== known.provision.offered) return { kind: 'wrong-key' }
      const { provision } = known
      // The acknowledgement was taken before and its reply got lost.
      if (provision.offeredHash === null) return { kind: 'accepted', key: provision.key }
      if (refused !== null) {
        await unit.devices.change(account.id, device.id, { provision: { ...provision, outcome: status } })
        return { kind: 'refused', failure: refused }
      }
      const lasting = this.#newKey([provision.key, provision.offered])
      await unit.devices.change(account.id, device.id, {
        provision: {
          key: lasting,
          offered: provision.offered,
          hash: provision.offeredHash,
          offeredHash: null,
          acknowledgedAt: now,
          outcome: status,
        },
      })
      return { kind: 'accepted', key: lasting }
    })
  }

  /** MS-ASPROV 2.2.2.42: an unsigned 32-bit integer. Never 0, and none of the keys the device has now. */
  #newKey(taken: readonly PolicyKey[]): PolicyKey {
    for (;;) {
      const bytes = this.#parts.random(4)
      const key = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) as PolicyKey
      if (key !== noPolicyKey && !taken.includes(key)) return key
    }
  }
}

function ask(failure: Extract<Verdict, { kind: 'provision' }>['failure'], reason: string): Verdict {
  return { kind: 'provision', failure, reason }
}

function refuse(failure: Extract<Verdict, { kind: 'refuse' }>['failure'], reason: string): Verdict {
  return { kind: 'refuse', failure, reason }
}

/** MS-ASPROV 3.1.5.2: what a policy that insists answers to a device that did not apply all of it; null for one that did. */
function refusalOf(status: number): Extract<Acceptance, { kind: 'refused' }>['failure'] | null {
  switch (status) {
    case 1:
      return null
    case 2:
      return 'DeviceNotFullyProvisionable'
    case 4:
      return 'ExternallyManagedDevicesNotAllowed'
    default:
      return 'DeviceNotProvisioned'
  }
}
