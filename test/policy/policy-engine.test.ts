// Verdicts and the two phases: who may enter, who is asked, and what an acknowledgement comes to.
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account } from '../../src/model/account.ts'
import type { Device, ProvisionState } from '../../src/model/device.ts'
import { dialects } from '../../src/model/dialect.ts'
import type { PolicyKey } from '../../src/model/id.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { ProtocolVersion } from '../../src/model/version.ts'
import type { CommandKind, PolicyEngine } from '../../src/policy/engine.ts'
import { createPolicyEngine } from '../../src/policy/policy-engine.ts'
import { noPolicy } from '../support/admin.ts'
import { openDesk, type Desk } from '../support/call.ts'
import { Caller, strictPolicy } from '../support/caller.ts'

const lenientPolicy: Policy = { ...strictPolicy, allowNonProvisionable: true }

let desk: Desk
let phone: Caller

beforeEach(async () => {
  desk = await openDesk()
  phone = new Caller(desk)
})

afterEach(() => desk.close())

const engineFor = (policy: Policy | null) =>
  createPolicyEngine({ store: desk.store, book: { policyFor: () => policy ?? noPolicy }, random: randomBytes })

interface Asked {
  readonly presented?: number | null
  readonly kind?: CommandKind
  readonly device?: Partial<Device>
  readonly account?: Partial<Account>
}

async function verdict(engine: PolicyEngine, { presented = 0, kind = 'ordinary', device, account }: Asked = {}): Promise<string> {
  const known = { ...(await phone.record()), ...device }
  const judged = engine.judge({ ...desk.account, ...account }, known, kind, presented as PolicyKey | null, desk.clock.now())
  return 'failure' in judged ? judged.failure : judged.kind
}

/** Both phases; returns the lasting key. */
async function provision(engine: PolicyEngine, version: ProtocolVersion = '14.1', status = 1): Promise<PolicyKey> {
  const offer = await engine.offer(desk.account, await phone.record(), dialects[version])
  if (offer === null) throw new Error('no policy')
  const acceptance = await engine.accept(desk.account, await phone.record(), offer.key, status, desk.clock.now())
  if (acceptance.kind !== 'accepted') throw new Error(acceptance.kind)
  return acceptance.key
}

describe('a verdict', () => {
  it('passes everybody where there is no policy', async () => {
    const engine = engineFor(null)
    expect(await verdict(engine, { presented: null })).toBe('pass')
    expect(await verdict(engine, { presented: 17 })).toBe('pass')
  })

  it('asks a device without a key to provision', async () => {
    const engine = engineFor(strictPolicy)
    expect(await verdict(engine, { presented: 0 })).toBe('DeviceNotProvisioned')
    expect(await verdict(engine, { presented: null })).toBe('LegacyDeviceOnStrictPolicy')
  })

  it('passes Ping and Provision without a key', async () => {
    expect(await verdict(engineFor(strictPolicy), { presented: null, kind: 'exempt' })).toBe('pass')
    expect(await verdict(engineFor(strictPolicy), { presented: null, kind: 'provision' })).toBe('pass')
  })

  it('passes the lasting key, and asks whoever presents another', async () => {
    const engine = engineFor(strictPolicy)
    const offer = await engine.offer(desk.account, await phone.record(), dialects['14.1'])
    const key = await provision(engine)
    expect(await verdict(engine, { presented: key })).toBe('pass')
    expect(await verdict(engine, { presented: offer?.key ?? 0 })).toBe('InvalidPolicyKey')
    expect(await verdict(engine, { presented: 12345 })).toBe('InvalidPolicyKey')
    expect(await verdict(engine, { presented: 0 })).toBe('DeviceNotProvisioned')
  })

  it('asks a device whose record is gone, whatever key it brings', async () => {
    const engine = engineFor(strictPolicy)
    const key = await provision(engine)
    await desk.store.devices.remove(desk.account.id, phone.device)
    expect(await verdict(engine, { presented: key })).toBe('InvalidPolicyKey')
  })

  it('lets a device in that knows nothing of keys where the policy allows it', async () => {
    const engine = engineFor(lenientPolicy)
    expect(await verdict(engine, { presented: null })).toBe('pass')
    // One that says 0 can provision: it is asked.
    expect(await verdict(engine, { presented: 0 })).toBe('DeviceNotProvisioned')
    expect(await verdict(engine, { presented: 999 })).toBe('InvalidPolicyKey')
  })

  it('follows the account where it has an opinion of its own', async () => {
    expect(await verdict(engineFor(strictPolicy), { presented: null, account: { allowNonProvisionable: true } })).toBe('pass')
    expect(await verdict(engineFor(lenientPolicy), { presented: null, account: { allowNonProvisionable: false } })).toBe(
      'LegacyDeviceOnStrictPolicy',
    )
  })

  it('refuses blocked devices and disabled accounts, whatever the command', async () => {
    const engine = engineFor(null)
    expect(await verdict(engine, { kind: 'exempt', device: { access: 'blocked' } })).toBe('DeviceIsBlockedForThisUser')
    expect(await verdict(engine, { kind: 'exempt', device: { access: 'quarantined' } })).toBe('quarantine')
    expect(await verdict(engine, { kind: 'exempt', account: { disabled: true } })).toBe('UserDisabledForSync')
  })

  it('asks again when what is sent has changed, and not when something else has', async () => {
    const key = await provision(engineFor(strictPolicy))
    expect(
      await verdict(engineFor({ ...strictPolicy, rules: { ...strictPolicy.rules, minDevicePasswordLength: 6 } }), { presented: key }),
    ).toBe('InvalidPolicyKey')
    expect(await verdict(engineFor({ ...strictPolicy, name: 'renamed', allowNonProvisionable: true }), { presented: key })).toBe('pass')
  })

  it('does not ask because the phone was upgraded', async () => {
    const engine = engineFor(strictPolicy)
    const key = await provision(engine, '12.1')
    expect(await verdict(engine, { presented: key, device: { version: '16.1' } })).toBe('pass')
  })

  it('asks for a refresh when the hours are over', async () => {
    const engine = engineFor({ ...strictPolicy, refreshHours: 24 })
    const key = await provision(engine)
    await desk.clock.advance(24 * 3600 - 1)
    expect(await verdict(engine, { presented: key })).toBe('pass')
    await desk.clock.advance(1)
    expect(await verdict(engine, { presented: key })).toBe('PolicyRefresh')
    expect(await verdict(engine, { presented: await provision(engine) })).toBe('pass')
  })

  it('asks a device that applied the policy in part, once the policy insists', async () => {
    const key = await provision(engineFor(lenientPolicy), '14.1', 2)
    expect(await verdict(engineFor(lenientPolicy), { presented: key })).toBe('pass')
    expect(await verdict(engineFor(strictPolicy), { presented: key })).toBe('DeviceNotProvisioned')
  })
})

describe('the two phases', () => {
  const state = async (): Promise<ProvisionState> => (await phone.record()).provision

  it('give keys of 32 bits that are neither 0 nor each other', async () => {
    let drawn = 0
    const zerosFirst = (bytes: number) => (drawn++ < 3 ? new Uint8Array(bytes) : new Uint8Array(bytes).fill(drawn))
    const engine = createPolicyEngine({ store: desk.store, book: { policyFor: () => strictPolicy }, random: zerosFirst })
    const offer = await engine.offer(desk.account, await phone.record(), dialects['14.1'])
    expect(offer?.key).toBe(0x04040404)
    expect(await provision(engine)).toBe(0x05050505)
  })

  it('answer a first phase whose reply was lost with the same key', async () => {
    const engine = engineFor(strictPolicy)
    const device = await phone.record()
    const [first, second] = await Promise.all([
      engine.offer(desk.account, device, dialects['14.1']),
      engine.offer(desk.account, device, dialects['14.1']),
    ])
    expect(second?.key).toBe(first?.key)
  })

  it('answer an acknowledgement whose reply was lost with the same lasting key', async () => {
    const engine = engineFor(strictPolicy)
    const key = await provision(engine)
    const { offered } = await state()
    expect(await engine.accept(desk.account, await phone.record(), offered, 1, desk.clock.now())).toEqual({ kind: 'accepted', key })
    // A new first phase is a new bargain.
    const again = await engine.offer(desk.account, await phone.record(), dialects['14.1'])
    expect(again?.key).not.toBe(offered)
    expect(await engine.accept(desk.account, await phone.record(), offered, 1, desk.clock.now())).toEqual({ kind: 'wrong-key' })
  })

  it('keep the old key in force until the new one is acknowledged', async () => {
    const key = await provision(engineFor(strictPolicy))
    const changed = engineFor({ ...strictPolicy, rules: { ...strictPolicy.rules, minDevicePasswordLength: 6 } })
    await changed.offer(desk.account, await phone.record(), dialects['14.1'])
    expect((await state()).key).toBe(key)
    expect(await verdict(engineFor(strictPolicy), { presented: key })).toBe('pass')
  })

  it('refuse the wrong key, key 0 and a key nobody offered', async () => {
    const engine = engineFor(strictPolicy)
    const device = await phone.record()
    for (const key of [0, 77]) expect(await engine.accept(desk.account, device, key as PolicyKey, 1, 0)).toEqual({ kind: 'wrong-key' })
    const offer = await engine.offer(desk.account, device, dialects['14.1'])
    expect(await engine.accept(desk.account, device, ((offer?.key ?? 0) ^ 1) as PolicyKey, 1, 0)).toEqual({ kind: 'wrong-key' })
  })

  it.each([
    [2, 'DeviceNotFullyProvisionable'],
    [3, 'DeviceNotProvisioned'],
    [4, 'ExternallyManagedDevicesNotAllowed'],
  ])('refuse an acknowledgement with status %i where the policy insists, and take it where it does not', async (status, failure) => {
    const strict = engineFor(strictPolicy)
    const offer = await strict.offer(desk.account, await phone.record(), dialects['14.1'])
    const key = offer?.key ?? (0 as PolicyKey)
    expect(await strict.accept(desk.account, await phone.record(), key, status, 0)).toEqual({ kind: 'refused', failure })
    expect(await state()).toMatchObject({ key: 0, outcome: status })
    const taken = await engineFor(lenientPolicy).accept(desk.account, await phone.record(), key, status, 0)
    expect(taken.kind).toBe('accepted')
  })

  it('keep nothing of a device that has no record', async () => {
    const engine = engineFor(strictPolicy)
    const fleeting = { ...(await phone.record()), id: 'validate' as Device['id'] }
    const offer = await engine.offer(desk.account, fleeting, dialects['14.1'])
    expect(offer?.key).toBeGreaterThan(0)
    expect(await engine.accept(desk.account, fleeting, offer?.key ?? (0 as PolicyKey), 1, 0)).toEqual({ kind: 'wrong-key' })
    expect(await desk.store.devices.find(desk.account.id, fleeting.id)).toBeNull()
  })
})
