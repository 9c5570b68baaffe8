// Provision as phones speak it: both phases, device information, and the odd shapes of single clients.
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Policy } from '../../../src/model/policy.ts'
import type { ProtocolVersion } from '../../../src/model/version.ts'
import { provision } from '../../../src/protocol/commands/provision.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { Caller, strictPolicy, type CallReply } from '../../support/caller.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { all, el, one, textAt, type Node } from '../../support/wire.ts'

const lenientPolicy: Policy = { ...strictPolicy, allowNonProvisionable: true }
const wbxml = 'MS-EAS-Provisioning-WBXML'

const answered: Answered[] = []
let desk: Desk

beforeEach(async () => {
  desk = await openDesk()
})

afterEach(async () => {
  answered.push(...desk.answered)
  await desk.close()
})

afterAll(async () => expect(await invalid(answered)).toEqual([]))

function phoneWith(policy: Policy | null, version: ProtocolVersion = '16.1', device = 'phone'): Caller {
  return new Caller(desk, { version, device, policy })
}

const information = (children: Node[] = [el('Settings:Model', 'iPhone15C2'), el('Settings:OS', 'iOS 17.4')]) =>
  el('Settings:DeviceInformation', [el('Settings:Set', children)])

const policies = (...children: Node[]) => el('Provision:Policies', [el('Provision:Policy', children)])
const firstPhase = (...before: Node[]) => el('Provision:Provision', [...before, policies(el('Provision:PolicyType', wbxml))])

const acknowledgement = (key: string, status: number | string = 1) =>
  el('Provision:Provision', [
    policies(el('Provision:PolicyType', wbxml), el('Provision:PolicyKey', key), el('Provision:Status', String(status))),
  ])

const keyIn = (reply: CallReply): string => textAt(reply.node, 'Policies/Policy/PolicyKey') ?? ''
const policyStatus = (reply: CallReply) => textAt(reply.node, 'Policies/Policy/Status')

describe.each(['12.1', '14.0', '14.1', '16.0', '16.1'] as const)('Provision at %s', (version) => {
  const tells = version !== '12.1' && version !== '14.0'
  const first = () => (tells ? firstPhase(information()) : firstPhase())

  it('gives a policy with a temporary key, and a lasting one for the acknowledgement', async () => {
    const phone = phoneWith(strictPolicy, version)
    const offered = await phone.send(provision, first())
    expect(offered).toMatchObject({ http: 200, status: 1 })
    expect(policyStatus(offered)).toBe('1')
    expect(textAt(offered.node, 'Policies/Policy/PolicyType')).toBe(wbxml)
    expect(textAt(offered.node, 'Policies/Policy/Data/EASProvisionDoc/MinDevicePasswordLength')).toBe('4')
    expect(keyIn(offered)).toMatch(/^[1-9]\d{0,9}$/)

    const taken = await phone.send(provision, acknowledgement(keyIn(offered)))
    expect(taken.status).toBe(1)
    expect(policyStatus(taken)).toBe('1')
    expect(one(taken.node, 'Policies/Policy/Data')).toBeNull()
    expect(keyIn(taken)).toMatch(/^[1-9]\d{0,9}$/)
    expect(keyIn(taken)).not.toBe(keyIn(offered))
    expect(String((await phone.record()).provision.key)).toBe(keyIn(taken))
  })

  it('answers Policy Status 3 to a type it does not know, and 2 where there is no policy', async () => {
    const strange = el('Provision:Provision', [
      ...(tells ? [information()] : []),
      policies(el('Provision:PolicyType', 'MS-WAP-Provisioning-XML')),
    ])
    const refused = await phoneWith(strictPolicy, version).send(provision, strange)
    expect([refused.status, policyStatus(refused), keyIn(refused)]).toEqual([1, '3', ''])
    expect(textAt(refused.node, 'Policies/Policy/PolicyType')).toBe('MS-WAP-Provisioning-XML')

    const free = await phoneWith(null, version).send(provision, first())
    expect([free.status, policyStatus(free), one(free.node, 'Policies/Policy/Data')]).toEqual([1, '2', null])
    expect(policyStatus(await phoneWith(null, version).send(provision, acknowledgement('17')))).toBe('2')
  })

  it('answers Policy Status 5 to an acknowledgement of another key', async () => {
    const phone = phoneWith(strictPolicy, version)
    for (const key of ['1', '', 'deadbeef', '99999999999', '-1']) {
      const reply = await phone.send(provision, acknowledgement(key))
      expect([key, reply.status, policyStatus(reply)]).toEqual([key, 1, '5'])
    }
  })

  it('answers an empty request with a bare success', async () => {
    const phone = phoneWith(strictPolicy, version)
    for (const body of [el('Provision:Provision'), null]) {
      const reply = await phone.send(provision, body)
      expect(reply.node?.children.map((child) => child.name)).toEqual(['Provision:Status'])
      expect(reply.status).toBe(1)
    }
  })

  it('refuses what the policy insists on in a way that starts no loop', async () => {
    const phone = phoneWith(strictPolicy, version)
    for (const [status, common] of [
      [2, 139],
      [3, 142],
      [4, 145],
    ] as const) {
      const key = keyIn(await phone.send(provision, first()))
      const reply = await phone.send(provision, acknowledgement(key, status))
      expect([reply.http, reply.status]).toEqual([200, version === '12.1' ? 2 : common])
    }
    const lenient = phoneWith(lenientPolicy, version, 'other')
    const key = keyIn(await lenient.send(provision, first()))
    expect(policyStatus(await lenient.send(provision, acknowledgement(key, 2)))).toBe('1')
    expect((await lenient.record()).provision.outcome).toBe(2)
  })

  it('refuses an acknowledgement that is none', async () => {
    const phone = phoneWith(strictPolicy, version)
    const key = keyIn(await phone.send(provision, first()))
    for (const status of ['0', '5', '', 'yes']) expect((await phone.send(provision, acknowledgement(key, status))).status).toBe(2)
    const noStatus = el('Provision:Provision', [policies(el('Provision:PolicyType', wbxml), el('Provision:PolicyKey', key))])
    expect((await phone.send(provision, noStatus)).status).toBe(2)
  })

  it('refuses a first phase without a PolicyType', async () => {
    const children = [...(tells ? [information()] : []), policies()]
    expect((await phoneWith(strictPolicy, version).send(provision, el('Provision:Provision', children))).status).toBe(2)
  })
})

describe('device information in Provision', () => {
  it.each(['14.1', '16.0', '16.1'] as const)('is a must in the first phase at %s and not in the second', async (version) => {
    const phone = phoneWith(strictPolicy, version)
    expect((await phone.send(provision, firstPhase())).status).toBe(165)
    expect((await phone.send(provision, firstPhase(el('Settings:DeviceInformation')))).status).toBe(165)
    const offered = await phone.send(provision, firstPhase(information()))
    expect(textAt(offered.node, 'Settings:DeviceInformation/Settings:Status')).toBe('1')
    // Before the Status, as the schema has it.
    expect(offered.node?.children[0]?.name).toBe('Settings:DeviceInformation')
    const taken = await phone.send(provision, acknowledgement(keyIn(offered)))
    expect([taken.status, one(taken.node, 'Settings:DeviceInformation')]).toEqual([1, null])
    expect((await phone.record()).information).toEqual({ model: 'iPhone15C2', os: 'iOS 17.4' })
  })

  it.each(['12.1', '14.0'] as const)('is kept at %s if it comes all the same, and not answered', async (version) => {
    const phone = phoneWith(strictPolicy, version)
    const offered = await phone.send(provision, firstPhase(information()))
    expect([policyStatus(offered), all(offered.node, 'Settings:DeviceInformation')]).toEqual(['1', []])
    expect((await phone.record()).information.model).toBe('iPhone15C2')
  })

  it('is answered where nothing else is asked', async () => {
    const phone = phoneWith(strictPolicy)
    const reply = await phone.send(provision, el('Provision:Provision', [information()]))
    expect([reply.status, textAt(reply.node, 'Settings:DeviceInformation/Settings:Status')]).toEqual([1, '1'])
  })
})

describe('what single clients send', () => {
  it('takes an acknowledgement whose header still holds the old key, as AOSP sends it', async () => {
    const phone = phoneWith(strictPolicy, '14.1')
    const key = keyIn(await phone.send(provision, firstPhase(information())))
    const call = await phone.call(provision, acknowledgement(key))
    expect((await provision.serve(call)).status).toBe(200)
    expect((await phone.record()).provision.outcome).toBe(1)
  })

  it('answers a first phase that was repeated with the same key, so that the first answer still counts', async () => {
    const phone = phoneWith(strictPolicy, '14.1')
    const lost = keyIn(await phone.send(provision, firstPhase(information())))
    expect(keyIn(await phone.send(provision, firstPhase(information())))).toBe(lost)
  })

  it('answers an acknowledgement that was repeated with the same lasting key', async () => {
    const phone = phoneWith(strictPolicy, '14.1')
    const key = keyIn(await phone.send(provision, firstPhase(information())))
    const lost = keyIn(await phone.send(provision, acknowledgement(key)))
    expect(keyIn(await phone.send(provision, acknowledgement(key)))).toBe(lost)
  })

  it('reads PolicyKey 0 beside the type as a first phase', async () => {
    const body = el('Provision:Provision', [policies(el('Provision:PolicyType', wbxml), el('Provision:PolicyKey', '0'))])
    expect(policyStatus(await phoneWith(strictPolicy, '12.1').send(provision, body))).toBe('1')
  })

  it('takes an acknowledgement without a PolicyType by its key', async () => {
    const phone = phoneWith(strictPolicy, '12.1')
    const key = keyIn(await phone.send(provision, firstPhase()))
    const body = el('Provision:Provision', [policies(el('Provision:Status', '1'), el('Provision:PolicyKey', key))])
    expect(policyStatus(await phone.send(provision, body))).toBe('1')
  })

  it('chooses the type it knows where a client names two', async () => {
    const both = el('Provision:Policies', [
      el('Provision:Policy', [el('Provision:PolicyType', 'MS-WAP-Provisioning-XML')]),
      el('Provision:Policy', [el('Provision:PolicyType', wbxml)]),
    ])
    const reply = await phoneWith(strictPolicy, '12.1').send(provision, el('Provision:Provision', [both]))
    expect([policyStatus(reply), textAt(reply.node, 'Policies/Policy/PolicyType')]).toEqual(['1', wbxml])
  })

  it.each([
    ['iOS 5', [policies(el('Provision:Status', '1')), el('Provision:RemoteWipe', [el('Provision:Status', '1')])]],
    ['a Status in front', [el('Provision:Status', '1'), el('Provision:RemoteWipe', [el('Provision:Status', '1')])]],
    ['the specification', [el('Provision:RemoteWipe', [el('Provision:Status', '1')])]],
    ['a wipe that failed', [el('Provision:RemoteWipe', [el('Provision:Status', '2')])]],
    ['an account-only wipe', [el('Provision:AccountOnlyRemoteWipe', [el('Provision:Status', '1')])]],
    ['an empty one', [el('Provision:RemoteWipe')]],
  ])('thanks for the acknowledgement of a wipe nobody ordered, and orders none: %s', async (_shape, children) => {
    const reply = await phoneWith(strictPolicy, '14.1').send(provision, el('Provision:Provision', children))
    expect(reply.node?.children.map((child) => [child.name, child.value])).toEqual([['Provision:Status', '1']])
  })

  it('keeps nothing of the DeviceId "validate"', async () => {
    const phone = phoneWith(strictPolicy, '14.1', 'validate')
    const call = await phone.call(provision, firstPhase(information()))
    await desk.store.devices.remove(desk.account.id, phone.device)
    expect((await provision.serve(call)).status).toBe(200)
    expect(await desk.store.devices.find(desk.account.id, phone.device)).toBeNull()
  })
})

it('is served without a policy key', () => {
  expect(provision.kind).toBe('provision')
})
