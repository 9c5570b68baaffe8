// Settings: several properties in one request, each with its own Status.
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProtocolVersion } from '../../../src/model/version.ts'
import { settings } from '../../../src/protocol/commands/settings.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { Caller, strictPolicy, type CallReply } from '../../support/caller.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { all, el, one, textAt, type Node } from '../../support/wire.ts'

const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const

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

function phoneAt(version: ProtocolVersion = '14.1', device = 'phone'): Caller {
  return new Caller(desk, { version, device })
}

const ask = (phone: Caller, ...children: Node[]): Promise<CallReply> => phone.send(settings, el('Settings:Settings', children))
const get = (property: string, ...children: Node[]) =>
  el(`Settings:${property}`, [el('Settings:Get', children.length === 0 ? null : children)])
const set = (property: string, ...children: Node[]) => el(`Settings:${property}`, [el('Settings:Set', children)])
const value = (name: string, content: string) => el(`Settings:${name}`, content)

describe('device information', () => {
  it.each(versions)('is kept with the device at %s', async (version) => {
    const phone = phoneAt(version)
    const reply = await ask(
      phone,
      set(
        'DeviceInformation',
        value('Model', 'SGH-I317M'),
        value('IMEI', '490154203237534'),
        value('FriendlyName', 't0ltevl'),
        value('OS', 'Android'),
        value('OSLanguage', 'English'),
        value('PhoneNumber', '15550100'),
        value('UserAgent', 'SAMSUNG-SGH-I317M/100.40102'),
        value('EnableOutboundSMS', '0'),
        value('MobileOperator', 'Example'),
      ),
    )
    expect([reply.status, textAt(reply.node, 'DeviceInformation/Status')]).toEqual([1, '1'])
    expect((await phone.record()).information).toEqual({
      model: 'SGH-I317M',
      imei: '490154203237534',
      friendlyName: 't0ltevl',
      os: 'Android',
      osLanguage: 'English',
      phoneNumber: '15550100',
      userAgent: 'SAMSUNG-SGH-I317M/100.40102',
      mobileOperator: 'Example',
    })
  })

  it('keeps what is not mentioned, drops what comes empty, and shortens what is endless', async () => {
    const phone = phoneAt()
    await ask(phone, set('DeviceInformation', value('Model', 'iPhone'), value('PhoneNumber', '15550100')))
    await ask(phone, set('DeviceInformation', value('PhoneNumber', ''), value('OS', 'x'.repeat(5000))))
    expect((await phone.record()).information).toEqual({ model: 'iPhone', os: 'x'.repeat(1024) })
  })

  it('answers 2 where nothing is set, and takes an empty Set', async () => {
    const phone = phoneAt()
    expect(textAt((await ask(phone, el('Settings:DeviceInformation'))).node, 'DeviceInformation/Status')).toBe('2')
    expect(textAt((await ask(phone, el('Settings:DeviceInformation', [el('Settings:Set')]))).node, 'DeviceInformation/Status')).toBe('1')
  })

  it('keeps nothing of the DeviceId "validate"', async () => {
    const phone = phoneAt('14.0', 'validate')
    const call = await phone.call(settings, el('Settings:Settings', [set('DeviceInformation', value('Model', 'x'))]))
    await desk.store.devices.remove(desk.account.id, phone.device)
    expect((await settings.serve(call)).status).toBe(200)
  })
})

describe('user information', () => {
  beforeEach(async () => {
    await desk.store.accounts.change(desk.account.id, { addresses: ['alice@example.test', 'a.liddell@example.test'] })
  })

  it.each(['12.1', '14.0'] as const)('names the addresses at once at %s', async (version) => {
    const reply = await ask(phoneAt(version), get('UserInformation'))
    expect(textAt(reply.node, 'UserInformation/Status')).toBe('1')
    expect(all(reply.node, 'UserInformation/Get/EmailAddresses/SMTPAddress').map((node) => node.value)).toEqual([
      'alice@example.test',
      'a.liddell@example.test',
    ])
    expect(one(reply.node, 'UserInformation/Get/Accounts')).toBeNull()
    expect(one(reply.node, 'UserInformation/Get/EmailAddresses/PrimarySmtpAddress')).toBeNull()
  })

  it.each(['14.1', '16.0', '16.1'] as const)('names them within an account at %s', async (version) => {
    const reply = await ask(phoneAt(version), get('UserInformation'))
    const account = 'UserInformation/Get/Accounts/Account'
    expect(all(reply.node, `${account}/EmailAddresses/SMTPAddress`).map((node) => node.value)).toEqual([
      'alice@example.test',
      'a.liddell@example.test',
    ])
    expect(textAt(reply.node, `${account}/EmailAddresses/PrimarySmtpAddress`)).toBe('alice@example.test')
    expect(textAt(reply.node, `${account}/UserDisplayName`)).toBe('Alice')
    expect(one(reply.node, 'UserInformation/Get/EmailAddresses')).toBeNull()
  })

  it('leaves out a display name that is not there', async () => {
    await desk.store.accounts.change(desk.account.id, { displayName: '' })
    const reply = await ask(phoneAt('16.1'), get('UserInformation'))
    expect(one(reply.node, 'UserInformation/Get/Accounts/Account/UserDisplayName')).toBeNull()
  })
})

it('refuses recovery passwords by policy, and too long ones for their length', async () => {
  const phone = phoneAt()
  const status = async (...children: Node[]) => textAt((await ask(phone, set('DevicePassword', ...children))).node, 'DevicePassword/Status')
  expect(await status(value('Password', '0000'))).toBe('7')
  // Clearing is never denied: there may be one from before the policy changed.
  expect(await status(value('Password', ''))).toBe('1')
  expect(await status(value('Password', 'x'.repeat(256)))).toBe('5')
  expect(await status()).toBe('2')
})

it('keeps a recovery password where the policy asks for one, sealed, and shows it once', async () => {
  const rules = { ...strictPolicy.rules, passwordRecoveryEnabled: true }
  const phone = new Caller(desk, { version: '14.1', policy: { ...strictPolicy, rules } })
  const { devicePasswords } = desk.house
  const send = async (password: string) =>
    textAt((await ask(phone, set('DevicePassword', value('Password', password)))).node, 'DevicePassword/Status')
  const { account, id } = await phone.record()
  expect(await send('äcorn-73')).toBe('1')
  expect(await devicePasswords.keptAt(account, id)).toBe(desk.clock.now())
  const kept = await desk.store.devices.password(account, id)
  expect(Buffer.from(kept?.sealed ?? []).toString('latin1')).not.toContain('corn-73')
  expect(await devicePasswords.reveal(account, id)).toBe('äcorn-73')
  expect(await devicePasswords.reveal(account, id)).toBeNull()
  await send('first')
  await send('second')
  expect(await devicePasswords.reveal(account, id)).toBe('second')
  await send('third')
  await send('')
  expect(await devicePasswords.reveal(account, id)).toBeNull()
  await send('last')
  await desk.store.devices.remove(account, id)
  expect(await desk.store.devices.password(account, id)).toBeNull()
})

it('says that rights management is off, from 14.1 on', async () => {
  for (const version of ['14.1', '16.1'] as const) {
    const reply = await ask(phoneAt(version), get('RightsManagementInformation'))
    expect([reply.status, textAt(reply.node, 'RightsManagementInformation/Status')]).toEqual([1, '168'])
  }
  expect(one((await ask(phoneAt('14.0'), get('RightsManagementInformation'))).node, 'RightsManagementInformation')).toBeNull()
})

describe('several properties in one request', () => {
  it.each(versions)('are answered one by one, in whatever order they come, at %s', async (version) => {
    const phone = phoneAt(version)
    const properties = [
      get('UserInformation'),
      set('DeviceInformation', value('Model', 'iPhone8C4')),
      get('Oof', value('BodyType', 'Text')),
      set('DevicePassword', value('Password', '1234')),
    ]
    for (const order of [properties, properties.toReversed()]) {
      const reply = await ask(phone, ...order)
      expect(reply.status).toBe(1)
      const statuses = ['UserInformation', 'DeviceInformation', 'Oof', 'DevicePassword'].map((name) => textAt(reply.node, `${name}/Status`))
      expect(statuses).toEqual(['1', '1', '1', '7'])
      // MS-ASCMD 2.2.1.18: the Status comes first, in the root and in each property.
      expect(reply.node?.children[0]?.name).toBe('Settings:Status')
      for (const child of reply.node?.children.slice(1) ?? []) expect(child.children[0]?.name).toBe('Settings:Status')
    }
  })

  it('fail alone: an empty property is answered 2 beside one that is served', async () => {
    const reply = await ask(phoneAt(), el('Settings:Oof'), el('Settings:UserInformation'), set('DeviceInformation', value('Model', 'x')))
    expect(reply.status).toBe(1)
    expect(['Oof', 'UserInformation', 'DeviceInformation'].map((name) => textAt(reply.node, `${name}/Status`))).toEqual(['2', '2', '1'])
  })

  it('may be none', async () => {
    expect((await ask(phoneAt())).status).toBe(1)
  })
})
