// Remote wipes as a phone, its owner and an administrator live through them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Actor } from '../../src/model/actor.ts'
import type { DeviceId } from '../../src/model/id.ts'
import { hashPassword } from '../../src/auth/password.ts'
import { act, actorOf } from '../support/admin.ts'
import type { Phone, PhoneOptions } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { el, one, textAt } from '../support/wire.ts'

const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const
let server: TestServer
let number = 0

beforeAll(async () => {
  server = await startTestServer({ accounts: [] })
})
afterAll(() => server.close())

async function life(options: Partial<PhoneOptions> = {}): Promise<{ address: string; phone: Phone; device: string; name: string }> {
  const address = `owner${++number}@example.test`
  await server.account(address)
  const phone = await server.phone(address, options)
  await phone.syncAll('Inbox')
  const [{ name } = { name: '' }] = await act(server.running.admin, 'device.list', { account: address })
  return { address, phone, device: phone.options.deviceId, name }
}

type Life = Awaited<ReturnType<typeof life>>

/** Each asked for by somebody else: nobody may ask for many. */
const administrator = (): Actor => ({ ...actorOf('administrator'), name: `administrator ${++number}` })

const order = ({ address, device, name }: Life, scope: 'account' | 'device' = 'device', actor: Actor = administrator()) =>
  act(server.running.admin, 'device.wipe', { device, account: address, scope, confirm: name }, actor)

const stateOf = async ({ address }: Life) => (await act(server.running.admin, 'wipe.list', { account: address }))[0]

/** What an ordinary command is told, as a Status; HTTP stands for itself. */
async function told(phone: Phone): Promise<number> {
  const reply = await phone.post('FolderSync', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', phone.folderKey)]))
  return reply.status === 200 ? Number(textAt(reply.node, 'Status')) : reply.status
}

describe('a wipe of the whole device', () => {
  it.each(versions)('in %s: is told to every command, delivered by Provision, acknowledged, and keeps the device out', async (version) => {
    const one = await life({ version })
    const wipe = await order(one)
    expect(await stateOf(one)).toMatchObject({
      state: 'requested',
      requestedBy: expect.stringMatching(/^administrator /),
      cancellable: true,
    })
    const old = version === '12.1'
    expect(await told(one.phone)).toBe(old ? 449 : 140)
    expect((await one.phone.post('Sync', null)).status).toBe(old ? 449 : 200)
    expect((await one.phone.ping(['Inbox'])).reply.status).toBe(old ? 449 : 200)
    expect((await one.phone.hello()).status).toBe(200)

    const reply = await one.phone.obey()
    expect(one.phone.erased).toBe('device')
    expect([textAt(reply?.node ?? null, 'Status'), reply?.node?.children.length]).toEqual(['1', 1])
    expect(await stateOf(one)).toMatchObject({ id: wipe.id, state: 'acknowledged', cancellable: false })
    expect(await told(one.phone)).toBe(old ? 403 : 129)

    await act(server.running.admin, 'device.allow', { device: one.device, account: one.address })
    one.phone.folderKey = '0'
    expect(await one.phone.folderSync()).toBe(1)
    expect(await one.phone.obey()).toBeNull()
  })

  it('is acknowledged as iOS 5 does it, with a bare Policy in front', async () => {
    const one = await life({ version: '14.1' })
    await order(one)
    expect(textAt((await one.phone.obey({ bare: true }))?.node ?? null, 'Status')).toBe('1')
    expect(await stateOf(one)).toMatchObject({ state: 'acknowledged' })
  })

  it('reaches a phone that asks for its policy instead of for orders', async () => {
    const one = await life()
    await order(one)
    await one.phone.provision()
    expect(await stateOf(one)).toMatchObject({ state: 'delivered' })
    expect(await told(one.phone)).toBe(140)
  })

  it('wakes a waiting phone with Status 7', async () => {
    const one = await life()
    const waiting = one.phone.ping(['Inbox'])
    await server.parked(one.address, one.device)
    await order(one)
    expect((await waiting).status).toBe(7)
    expect(await told(one.phone)).toBe(140)
  })

  it('that fails on the phone is on record, told again, and done when the phone can', async () => {
    const one = await life()
    await order(one)
    const failed = await one.phone.obey({ status: 2 })
    expect([textAt(failed?.node ?? null, 'Status'), failed?.node?.children.length]).toEqual(['2', 2])
    expect(await stateOf(one)).toMatchObject({ state: 'failed', reason: 'the device answered with status 2', cancellable: false })
    expect(await told(one.phone)).toBe(140)
    await one.phone.obey()
    expect(await stateOf(one)).toMatchObject({ state: 'acknowledged', reason: null })
  })

  it('is told again when the reply with the directive was lost', async () => {
    const one = await life()
    await order(one)
    await one.phone.post('Provision', el('Provision:Provision'))
    await one.phone.obey()
    expect(await stateOf(one)).toMatchObject({ state: 'acknowledged' })
  })

  it('survives a restart of the server', async () => {
    const one = await life()
    await order(one)
    await server.restart()
    expect(await told(one.phone)).toBe(140)
    await one.phone.obey()
    expect(await stateOf(one)).toMatchObject({ state: 'acknowledged' })
  })
})

describe('an account-only wipe', () => {
  it('is delivered in 16.1 and erases the account', async () => {
    const one = await life({ version: '16.1' })
    await order(one, 'account')
    expect(await told(one.phone)).toBe(140)
    await one.phone.obey()
    expect(one.phone.erased).toBe('account')
    expect(await stateOf(one)).toMatchObject({ scope: 'account', state: 'acknowledged' })
    expect(await told(one.phone)).toBe(129)
  })

  it('is refused for a device that has no word for it', async () => {
    await expect(order(await life({ version: '16.0' }), 'account')).rejects.toThrow('16.0, which has no word for an account-only wipe')
  })

  it('fails where the phone speaks an older version by now, and the phone is blocked', async () => {
    const one = await life({ version: '16.1' })
    await order(one, 'account')
    const older = server.bare(one.address, { version: '14.1', deviceId: one.device })
    expect(textAt((await older.post('Provision', el('Provision:Provision'))).node, 'Status')).toBe('129')
    expect(await stateOf(one)).toMatchObject({ state: 'failed' })
    expect(await told(one.phone)).toBe(129)
  })
})

describe('nobody wipes by accident', () => {
  it('the name of the device has to be given exactly', async () => {
    const one = await life()
    await expect(order({ ...one, name: 'iphone' })).rejects.toThrow(`has to be given exactly: ${one.name}`)
    expect(await stateOf(one)).toBeUndefined()
    expect(await told(one.phone)).toBe(1)
  })

  it('a wipe is taken back until the phone has been told, and not after', async () => {
    const one = await life()
    const { id } = await order(one)
    expect(await act(server.running.admin, 'wipe.cancel', { id })).toMatchObject({
      state: 'cancelled',
      reason: 'taken back by the administrator',
    })
    expect(await told(one.phone)).toBe(1)
    expect(await one.phone.obey()).toBeNull()
    const again = await order(one)
    await one.phone.post('Provision', el('Provision:Provision'))
    await expect(act(server.running.admin, 'wipe.cancel', { id: again.id })).rejects.toThrow('it is delivered')
  })

  it('the help desk wipes accounts only', async () => {
    const one = await life()
    await expect(order(one, 'device', actorOf('helpdesk'))).rejects.toThrow('The help desk wipes accounts only')
    expect(await order(one, 'account', actorOf('helpdesk'))).toMatchObject({ state: 'requested' })
  })

  it('nobody asks for more than so many within an hour', async () => {
    const eager: Actor = { ...actorOf('administrator'), name: 'eager' }
    for (let count = 0; count < 10; count++) await order(await life(), 'device', eager)
    await expect(order(await life(), 'device', eager)).rejects.toThrow('10 wipes within an hour')
    await server.clock.advance(3601)
    expect(await order(await life(), 'device', eager)).toMatchObject({ state: 'requested' })
  })

  it('the owner is told by mail', async () => {
    const one = await life()
    await order(one)
    const mailbox = await server.mailbox(one.address)
    const found = await mailbox.search(
      { class: 'Email', text: ['remote', 'wipe'], folders: null, after: null, before: null, conversation: null },
      { from: 0, to: 9 },
    )
    expect(found.ids).toHaveLength(1)
  })

  it('a device is wiped once at a time, and not forgotten meanwhile', async () => {
    const one = await life()
    await order(one)
    await expect(order(one)).rejects.toThrow('under way already')
    await expect(act(server.running.admin, 'device.remove', { device: one.device, account: one.address })).rejects.toThrow('under way')
  })

  it('each is in the audit log, the refused ones too', async () => {
    const one = await life()
    await order({ ...one, name: 'wrong' }).catch(() => undefined)
    await order(one)
    const log = await act(server.running.admin, 'audit.list', { target: `${one.device} of ${one.address}` })
    expect(log.map(({ action, detail }) => [action, 'failed' in detail])).toEqual([
      ['device.wipe', false],
      ['device.wipe', true],
      ['device.wipe', false],
    ])
    expect(await server.store.audit.verify()).toBeNull()
  })
})

describe('a second administrator', () => {
  let careful: TestServer
  beforeAll(async () => {
    careful = await startTestServer({ environment: { EASEL_WIPE_APPROVAL: 'true' } })
  })
  afterAll(() => careful.close())

  it('has to agree before a whole device is wiped, and is not the one who asked', async () => {
    const phone = await careful.phone('alice@example.test')
    const house = careful.running.admin
    const [device] = await act(house, 'device.list', {})
    const first: Actor = { ...actorOf('administrator'), name: 'first' }
    const wipe = await act(house, 'device.wipe', { device: phone.options.deviceId, scope: 'device', confirm: device?.name ?? '' }, first)
    expect(wipe.state).toBe('awaiting')
    expect(await told(phone)).toBe(1)
    await expect(act(house, 'wipe.approve', { id: wipe.id }, first)).rejects.toThrow('Another administrator')
    expect(await act(house, 'wipe.approve', { id: wipe.id }, { ...first, name: 'second' })).toMatchObject({
      state: 'requested',
      approvedBy: 'second',
    })
    expect(await told(phone)).toBe(140)
    await phone.obey()
    expect(phone.erased).toBe('device')
  })

  it('is not asked where the owner wipes his own phone', async () => {
    const account = await careful.account('owner@example.test')
    const phone = await careful.phone('owner@example.test')
    const owner = actorOf('user', account)
    const [device] = await act(careful.running.admin, 'me.devices', {}, owner)
    const wish = { device: phone.options.deviceId, scope: 'device', confirm: device?.name ?? '' } as const
    expect(await act(careful.running.admin, 'me.wipe', wish, owner)).toMatchObject({ state: 'requested' })
  })
})

describe('a lost phone', () => {
  it('is reached with its old password, and only for its wipe', async () => {
    const one = await life()
    await act(server.running.admin, 'account.password', { address: one.address, password: 'another one' })
    expect((await one.phone.hello()).status).toBe(401)
    await order(one)
    expect((await one.phone.hello()).status).toBe(200)
    expect(await told(one.phone)).toBe(140)
    expect((await one.phone.post('Sync', null)).node).not.toBeNull()
    await one.phone.obey()
    expect(one.phone.erased).toBe('device')
    expect(await stateOf(one)).toMatchObject({ state: 'acknowledged' })
    expect((await one.phone.hello()).status).toBe(401)
  })

  it.each(versions)('is reached in %s after its account was disabled', async (version) => {
    const one = await life({ version })
    await act(server.running.admin, 'account.disable', { address: one.address })
    expect((await one.phone.hello()).status).toBe(403)
    await order(one)
    expect(await told(one.phone)).toBe(version === '12.1' ? 449 : 140)
    await one.phone.obey()
    expect(one.phone.erased).toBe('device')
    expect((await one.phone.hello()).status).toBe(403)
  })

  it('is reached with the old password after two changes, while a wrong one is of no use', async () => {
    const one = await life()
    for (const password of ['second one', 'third one'])
      await act(server.running.admin, 'account.password', { address: one.address, password })
    await order(one)
    const thief = server.bare(one.address, { deviceId: one.device, password: 'a guess' })
    expect((await thief.hello()).status).toBe(401)
    const elsewhere = server.bare(one.address, { deviceId: 'OTHERDEVICE' })
    expect((await elsewhere.post('Sync', null)).status).toBe(401)
    expect(await told(one.phone)).toBe(140)
  })

  it('is no longer reached with its old password when the days are over', async () => {
    const one = await life()
    await act(server.running.admin, 'account.password', { address: one.address, password: 'another one' })
    await order(one)
    await server.clock.advance(91 * 86_400)
    expect((await one.phone.hello()).status).toBe(401)
    expect(await stateOf(one)).toMatchObject({ state: 'requested' })
  })

  it('that comes in with the new password keeps what it came in with', async () => {
    const one = await life()
    await server.store.accounts.change((await server.accountOf(one.address)).id, { passwordHash: await hashPassword('new one') })
    const renewed = server.bare(one.address, { deviceId: one.device, password: 'new one' })
    await server.clock.advance(60)
    expect(await renewed.folderSync()).toBe(1)
    await act(server.running.admin, 'account.disable', { address: one.address })
    await order(one)
    expect((await one.phone.hello()).status).toBe(401)
    expect((await renewed.hello()).status).toBe(200)
  })
})

describe('an acknowledgement', () => {
  it('without a wipe that was asked for changes nothing', async () => {
    const one = await life()
    for (const scope of ['device', 'account'] as const) {
      const reply = await one.phone.post('Provision', one.phone.wiped(scope, 1))
      expect([textAt(reply.node, 'Status'), reply.node?.children.length]).toEqual(['1', 1])
    }
    expect(await told(one.phone)).toBe(1)
    expect(await stateOf(one)).toBeUndefined()
  })

  it('before the phone was told is not believed', async () => {
    const two = await life()
    await order(two)
    const reply = await two.phone.post('Provision', two.phone.wiped('device', 1))
    expect(one(reply.node, 'RemoteWipe')).not.toBeNull()
    expect(await stateOf(two)).toMatchObject({ state: 'delivered' })
  })

  it('of another wipe than the one that was asked for is not believed', async () => {
    const two = await life()
    await order(two, 'device')
    await two.phone.post('Provision', el('Provision:Provision'))
    await two.phone.post('Provision', two.phone.wiped('account', 1))
    expect(await stateOf(two)).toMatchObject({ state: 'delivered' })
  })

  it('of a phone with the same id under another account changes nothing', async () => {
    const [victim, thief] = [await life(), await life()]
    await order(victim)
    const twin = server.bare(thief.address, { deviceId: victim.device })
    await twin.post('Provision', el('Provision:Provision'))
    const reply = await twin.post('Provision', twin.wiped('device', 1))
    expect(one(reply.node, 'RemoteWipe')).toBeNull()
    expect(await stateOf(victim)).toMatchObject({ state: 'requested' })
    expect(await told(victim.phone)).toBe(140)
    const account = await server.accountOf(thief.address)
    expect((await server.store.devices.find(account.id, victim.device as DeviceId))?.wipe).toBeNull()
  })
})
