// Policies as phones and administrators meet them: who gets which, who is asked when it changes, and who is let in.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActionInput } from '../../src/admin/actions.ts'
import type { DeviceId } from '../../src/model/id.ts'
import { act, actorOf } from '../support/admin.ts'
import type { Phone, PhoneOptions } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { el, one, textAt } from '../support/wire.ts'

const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const
type PolicyInput = Omit<ActionInput<'policy.set'>, 'name'>

const strict: PolicyInput = {
  allowNonProvisionable: false,
  rules: { devicePasswordEnabled: true, minDevicePasswordLength: 4 },
}

let server: TestServer
let number = 0

beforeAll(async () => {
  server = await startTestServer({ accounts: [], environment: { EASEL_POLICY_PASSCODE: 'true', EASEL_POLICY_PASSCODE_LENGTH: '5' } })
})
afterAll(() => server.close())

const set = (name: string, policy: PolicyInput) => act(server.running.admin, 'policy.set', { name, ...policy })
const preview = (name: string, policy: PolicyInput) => act(server.running.admin, 'policy.preview', { name, ...policy })
const remove = (name: string) => act(server.running.admin, 'policy.remove', { name })
const assign = (address: string, change: Omit<ActionInput<'account.set'>, 'address'>) =>
  act(server.running.admin, 'account.set', { address, ...change })

/** An account with a policy of its own. */
async function under(policy: PolicyInput): Promise<{ address: string; name: string }> {
  const name = `policy ${++number}`
  const address = `person${number}@example.test`
  await server.account(address)
  await set(name, policy)
  await assign(address, { policy: name })
  return { address, name }
}

/** FolderSync as it is: the Status, or HTTP's. */
async function told(phone: Phone, policyKey?: number | null): Promise<number> {
  const body = el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', phone.folderKey)])
  const reply = await phone.post('FolderSync', body, policyKey === undefined ? {} : { policyKey })
  return reply.status === 200 ? Number(textAt(reply.node, 'Status')) : reply.status
}

async function parkedPing(phone: Phone): Promise<{ answer: Promise<number> }> {
  if (phone.collections.size === 0) await phone.syncAll('Inbox')
  const answer = phone.ping(['Inbox']).then(({ status }) => status)
  await server.parked(phone.options.address, phone.options.deviceId)
  return { answer }
}

const isParked = async ({ options }: Phone) =>
  server.running.admin.isParked(await server.accountOf(options.address), options.deviceId as DeviceId)

/** What a phone of this account is told now. */
const shortestPasscode = async (address: string, options: Partial<PhoneOptions> = {}) => {
  const phone = server.bare(address, options)
  const policy = el('Provision:Policies', [el('Provision:Policy', [el('Provision:PolicyType', 'MS-EAS-Provisioning-WBXML')])])
  const reply = await phone.post('Provision', el('Provision:Provision', [phone.deviceInformation(), policy]))
  return textAt(reply.node, 'Policies/Policy/Data/EASProvisionDoc/MinDevicePasswordLength')
}

const compliance = async ({ options }: Phone) =>
  (await act(server.running.admin, 'device.show', { device: options.deviceId, account: options.address })).compliance

describe.each(versions)('a policy at %s', (version) => {
  const asks = version === '12.1' ? 449 : 144

  it('that changes is fetched anew by the phone, and an unrelated edit asks nobody', async () => {
    const { address, name } = await under(strict)
    const phone = await server.phone(address, { version })
    expect(await told(phone)).toBe(1)

    await set(name, {
      ...strict,
      rank: 7,
      groups: ['Nobody'],
      refreshHours: 48,
      devicesMax: 9,
      rules: { ...strict.rules, allowCamera: true },
    })
    expect(await told(phone)).toBe(1)

    await set(name, { ...strict, rules: { ...strict.rules, allowCamera: false } })
    expect(await told(phone)).toBe(asks)
    expect(await compliance(phone)).toBe('outdated')
    expect(await phone.provision()).toBe('1')
    expect([await told(phone), await compliance(phone)]).toEqual([1, 'acknowledged'])
  })

  it('that changes ends a parked Ping with Status 7, and an unrelated edit lets it wait', async () => {
    const { address, name } = await under(strict)
    const phone = await server.phone(address, { version })
    const ping = await parkedPing(phone)
    await set(name, { ...strict, rank: 1, refreshHours: 24 })
    await server.clock.advance(5)
    expect(await isParked(phone)).toBe(true)
    await set(name, { ...strict, rules: { ...strict.rules, minDevicePasswordLength: 6 } })
    expect(await ping.answer).toBe(7)
    expect(await phone.folderSync()).toBe(1)
    expect(await compliance(phone)).toBe('acknowledged')
  })

  it('is asked for again when its refresh interval is over', async () => {
    const { address } = await under({ ...strict, refreshHours: 24 })
    const phone = await server.phone(address, { version })
    await server.clock.advance(23 * 3600)
    expect(await told(phone)).toBe(1)
    await server.clock.advance(3600)
    expect(await told(phone)).toBe(version === '12.1' ? 449 : 143)
    expect(await phone.folderSync()).toBe(1)
  })

  it('that was applied in part is enough where it does not insist, and not where it does', async () => {
    const { address, name } = await under({ ...strict, allowNonProvisionable: true })
    const phone = server.bare(address, { version })
    expect(await phone.provision(2)).toBe('1')
    expect([await told(phone), await compliance(phone)]).toEqual([1, 'partly'])

    await set(name, strict)
    expect(await told(phone)).toBe(version === '12.1' ? 449 : 142)
    expect(await phone.provision(2)).toBe(version === '12.1' ? '2' : '139')
    expect(await phone.provision(1)).toBe('1')
    expect([await told(phone), await compliance(phone)]).toEqual([1, 'acknowledged'])
  })

  it('that asks nobody to provision answers Policy Status 2, and lets phones in without', async () => {
    const { address } = await under({ ...strict, provisions: false })
    const phone = server.bare(address, { version })
    expect(await phone.provision()).toBe('1')
    const policy = el('Provision:Policies', [el('Provision:Policy', [el('Provision:PolicyType', 'MS-EAS-Provisioning-WBXML')])])
    const reply = await phone.post('Provision', el('Provision:Provision', [Number(version) >= 14.1 && phone.deviceInformation(), policy]))
    expect([textAt(reply.node, 'Policies/Policy/Status'), one(reply.node, 'Policies/Policy/Data')]).toEqual(['2', null])
    expect([await told(phone), await told(phone, null)]).toEqual([1, 1])
  })

  it('keeps out who brings no key, unless it or the account allows that', async () => {
    const { address, name } = await under(strict)
    const outlook = server.bare(address, { version, deviceType: 'WindowsOutlook15' })
    expect(await told(outlook, null)).toBe(version === '12.1' ? 449 : 141)
    await assign(address, { allowNonProvisionable: true })
    expect(await told(outlook, null)).toBe(1)
    await assign(address, { allowNonProvisionable: null })
    await set(name, { ...strict, allowNonProvisionable: true })
    expect(await told(outlook, null)).toBe(1)
  })
})

describe('a phone', () => {
  it('that was upgraded is not asked again', async () => {
    const { address } = await under({ ...strict, rules: { ...strict.rules, allowWiFi: false } })
    const phone = await server.phone(address, { version: '12.1' })
    const { deviceId } = phone.options
    const upgraded = server.bare(address, { version: '16.1', deviceId })
    upgraded.policyKey = phone.policyKey
    expect(await told(upgraded)).toBe(1)
  })

  it('that was away when its policy changed does not wait under the old one', async () => {
    const { address, name } = await under(strict)
    const phone = await server.phone(address)
    await phone.syncAll('Inbox')
    await set(name, { ...strict, rules: { ...strict.rules, minDevicePasswordLength: 8 } })
    expect((await phone.ping(['Inbox'])).status).toBe(7)
    expect(await phone.folderSync()).toBe(1)
    const ping = await parkedPing(phone)
    await server.clock.advance(480)
    expect(await ping.answer).toBe(1)
  })

  it('that has fetched its policy and not acknowledged it in full may wait all the same: nobody sends it in circles', async () => {
    const { address, name } = await under(strict)
    const phone = await server.phone(address)
    await phone.syncAll('Inbox')
    await set(name, { ...strict, rules: { ...strict.rules, minDevicePasswordLength: 8 } })
    expect(await phone.provision(2)).toBe('139')
    const ping = await parkedPing(phone)
    await server.clock.advance(480)
    expect([await ping.answer, await told(phone)]).toEqual([1, 144])
  })

  it('whose account may not sync any more is told so, while it waits and afterwards', async () => {
    const { address, name } = await under(strict)
    const phone = await server.phone(address)
    const ping = await parkedPing(phone)
    await set(name, { ...strict, syncEnabled: false })
    expect(await ping.answer).toBe(7)
    expect(await told(phone)).toBe(126)
    await assign(address, { syncEnabled: true })
    expect(await told(phone)).toBe(1)
  })

  it('is offered the versions that policy and account leave', async () => {
    const { address, name } = await under({ ...strict, minVersion: '14.0', maxVersion: '16.0' })
    const phone = server.bare(address, { version: '14.1' })
    await phone.hello()
    expect(phone.versions).toEqual(['14.0', '14.1', '16.0'])
    await assign(address, { maxVersion: '14.1' })
    await phone.hello()
    expect(phone.versions).toEqual(['14.0', '14.1'])
    await set(name, { ...strict, minVersion: '16.0' })
    expect(await told(phone)).toBe(400)
  })
})

describe('assignment', () => {
  it('goes by the account, then by the lowest rank among its groups, then by the default', async () => {
    const address = 'assigned@example.test'
    await server.account(address)
    const length = (minDevicePasswordLength: number): PolicyInput => ({ rules: { devicePasswordEnabled: true, minDevicePasswordLength } })
    await set('of all', { ...length(6), groups: ['Staff'], rank: 20 })
    await set('of sales', { ...length(7), groups: ['SALES'], rank: 10 })
    await set('of one', length(8))
    expect(await shortestPasscode(address)).toBe('5')
    await assign(address, { groups: ['staff'] })
    expect(await shortestPasscode(address)).toBe('6')
    await assign(address, { groups: ['staff', 'Sales'] })
    expect(await shortestPasscode(address)).toBe('7')
    await assign(address, { policy: 'of one' })
    expect(await shortestPasscode(address)).toBe('8')
    await assign(address, { policy: null, groups: [] })
    expect(await shortestPasscode(address)).toBe('5')
    for (const name of ['of all', 'of sales', 'of one']) await remove(name)
  })

  it('that changes asks the phone of that account, and ends its Ping', async () => {
    const address = 'moved@example.test'
    await server.account(address)
    await set('of the board', { groups: ['Board'], rules: { devicePasswordEnabled: true, minDevicePasswordLength: 9 } })
    const phone = await server.phone(address)
    const ping = await parkedPing(phone)
    await assign(address, { groups: ['board'] })
    expect([await ping.answer, await told(phone)]).toEqual([7, 144])
    expect(await phone.provision()).toBe('1')
    await assign(address, { groups: [] })
    await remove('of the board')
    expect(await told(phone)).toBe(144)
  })

  it('falls back to the configured default when the stored one is removed', async () => {
    const address = 'default@example.test'
    await server.account(address)
    const phone = await server.phone(address)
    await set('default', { rules: { devicePasswordEnabled: true, minDevicePasswordLength: 10 } })
    expect([await shortestPasscode(address), await told(phone)]).toEqual(['10', 144])
    expect((await act(server.running.admin, 'policy.show', { name: 'default' })).stored).toBe(true)
    await remove('default')
    expect([await shortestPasscode(address), await told(phone)]).toEqual(['5', 1])
    await expect(remove('default')).rejects.toThrow('The default policy comes from the configuration already.')
  })
})

describe('an administrator', () => {
  it('sees in a preview whom a change would ask, and changes nothing by looking', async () => {
    const { address, name } = await under({ ...strict, allowNonProvisionable: true })
    const whole = await server.phone(address)
    const partly = server.bare(address)
    await partly.provision(2)
    const outlook = server.bare(address, { deviceType: 'WindowsOutlook15' })
    await told(outlook, null)

    const same = await preview(name, { ...strict, allowNonProvisionable: true, rank: 3 })
    expect(same).toMatchObject({ accounts: 1, devices: 3, askedAgain: 0, keptOut: 0 })
    expect(same.changes).toEqual([{ name: 'rank', title: 'Rank', before: '100', after: '3' }])
    expect(await preview(name, strict)).toMatchObject({ devices: 3, askedAgain: 1, keptOut: 2 })
    expect(await preview(name, { allowNonProvisionable: true, rules: { allowCamera: false } })).toMatchObject({ askedAgain: 2, keptOut: 0 })
    expect(await preview('another', strict)).toMatchObject({ accounts: 0, devices: 0, askedAgain: 0 })
    expect([await told(whole), await told(outlook, null)]).toEqual([1, 1])
  })

  it('is told what a policy he writes would do to whom', async () => {
    const written = await set('careless', { ...strict, groups: ['Nobodies'], rules: { ...strict.rules, allowBrowser: false } })
    expect(written.cautions).toEqual([
      'Outlook for Windows cannot provision, and is kept out.',
      'Android phones cannot do all of this, and are kept out: Allow web browser.',
      'No account is in the group Nobodies yet.',
    ])
    await remove('careless')
  })

  it('replaces a policy as a whole', async () => {
    await set('whole', { ...strict, refreshHours: 12, groups: ['A'] })
    expect(await set('whole', { rules: { allowCamera: false } })).toMatchObject({
      groups: [],
      refreshHours: null,
      allowNonProvisionable: true,
      rank: 100,
      rules: { allowCamera: false },
    })
    await remove('whole')
  })

  it('is refused with a sentence', async () => {
    const { name, address } = await under(strict)
    await expect(set(name.toUpperCase(), strict)).rejects.toThrow(`There is a policy ${name} already`)
    await expect(set('default', { groups: ['A'] })).rejects.toThrow('it takes no groups')
    await expect(set('x', { minVersion: '16.0', maxVersion: '14.1' })).rejects.toThrow('no device could come in')
    await expect(set('x', { minVersion: '12.0' })).rejects.toThrow('must be one of 12.1, 14.0')
    await expect(set('x', { rules: { minDevicePasswordLength: 17 } })).rejects.toThrow('from 1 to 16')
    await expect(set('<script>', strict)).rejects.toThrow('a name has 1 to 64 letters')
    await expect(remove(name)).rejects.toThrow(`The policy ${name} is assigned to ${address}: give them another first.`)
    await expect(remove('nothing')).rejects.toThrow('There is no policy nothing.')
  })

  it('alone writes policies; the help desk and auditors look at them', async () => {
    const { admin } = server.running
    for (const role of ['helpdesk', 'auditor'] as const) {
      expect((await act(admin, 'policy.preview', { name: 'x', ...strict }, actorOf(role))).changes.length).toBeGreaterThan(0)
      await expect(act(admin, 'policy.set', { name: 'x', ...strict }, actorOf(role))).rejects.toThrow('That is not for the role')
      await expect(act(admin, 'policy.remove', { name: 'x' }, actorOf(role))).rejects.toThrow('That is not for the role')
    }
    await expect(act(admin, 'policy.list', {}, actorOf('user'))).rejects.toThrow('That is not for the role')
  })
})

it('a change for many phones sends them on their way one after the other', async () => {
  const phones: Phone[] = []
  await set('of many', { ...strict, groups: ['Many'] })
  for (let each = 0; each < 52; each++) {
    const address = `many${each}@example.test`
    await server.account(address, { groups: ['Many'] })
    phones.push(await server.phone(address))
  }
  const pings = await Promise.all(phones.map((phone) => parkedPing(phone)))
  let answered = 0
  const answers = pings.map(({ answer }) => answer.then((status) => (answered++, status)))
  await set('of many', { ...strict, groups: ['Many'], rules: { allowCamera: false } })
  while (answered < 50) await new Promise((resolve) => setImmediate(resolve))
  const waiting = await Promise.all(phones.map(isParked))
  expect(waiting.filter(Boolean)).toHaveLength(2)
  await server.clock.advance(1)
  expect(new Set(await Promise.all(answers))).toEqual(new Set([7]))
})
