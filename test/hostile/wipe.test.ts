// Whoever would get more from a wipe than a wipe, or would get round it.
import { readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Actor } from '../../src/model/actor.ts'
import { commandCodes, type CommandName } from '../../src/protocol/command.ts'
import { act, actorOf } from '../support/admin.ts'
import { message } from '../support/message.ts'
import type { Phone, PhoneOptions, Reply } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { el, one, textAt } from '../support/wire.ts'

let server: TestServer
let number = 0

beforeAll(async () => {
  server = await startTestServer({ accounts: [] })
})
afterAll(() => server.close())

interface Life {
  readonly address: string
  readonly phone: Phone
  readonly device: string
}

async function life(options: Partial<PhoneOptions> = {}): Promise<Life> {
  const address = `owner${++number}@example.test`
  await server.account(address)
  await server.deliver(address, message({ subject: 'Private' }))
  const phone = await server.phone(address, options)
  await phone.syncAll('Inbox')
  return { address, phone, device: phone.options.deviceId }
}

const house = () => server.running.admin
const administrator = (): Actor => ({ ...actorOf('administrator'), name: `administrator ${++number}` })

async function nameOf({ address, device }: Life): Promise<string> {
  const found = (await act(house(), 'device.list', { account: address })).find(({ id }) => id === device)
  return found?.name ?? ''
}

const order = async (lost: Life, scope: 'account' | 'device' = 'device', actor: Actor = administrator()) =>
  act(house(), 'device.wipe', { device: lost.device, account: lost.address, scope, confirm: await nameOf(lost) }, actor)

const stateOf = async ({ address }: Life) => (await act(house(), 'wipe.list', { account: address }))[0]
const emptyProvision = el('Provision:Provision')
const hasDirective = ({ node }: Reply) => one(node, 'RemoteWipe') !== null || one(node, 'AccountOnlyRemoteWipe') !== null

/** What an ordinary command is told, as a Status; HTTP stands for itself. */
async function told(phone: Phone): Promise<number> {
  const reply = await phone.post('FolderSync', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', phone.folderKey)]))
  return reply.status === 200 ? Number(textAt(reply.node, 'Status')) : reply.status
}

describe('credentials that are good for a wipe only', () => {
  const takeAway = {
    'an old password': (address: string) => act(house(), 'account.password', { address, password: 'another one' }),
    'a disabled account': (address: string) => act(house(), 'account.disable', { address }),
  } as const

  it.each(Object.keys(takeAway) as (keyof typeof takeAway)[])('reach nothing but OPTIONS and Provision: %s', async (how) => {
    for (const version of ['12.1', '14.0', '16.1'] as const) {
      for (const query of ['plain', 'base64'] as const) {
        const lost = await life({ version, query })
        await takeAway[how](lost.address)
        await order(lost)
        for (const command of Object.keys(commandCodes) as CommandName[]) {
          if (command === 'Provision') continue
          for (const parameters of [{}, { AttachmentName: '1:1:1', CollectionId: '1', ItemId: '1:1', LongId: '1:1', SaveInSent: 'T' }]) {
            const reply = await lost.phone.post(command, null, { parameters: { ...parameters, AcceptMultiPart: 'T' } })
            const status = reply.status === 200 ? textAt(reply.node, 'Status') : String(reply.status)
            expect([command, status]).toEqual([command, expect.stringMatching(/^(140|449|501)$/)])
            expect(reply.bytes.length).toBeLessThan(64)
          }
        }
        expect((await lost.phone.hello()).status).toBe(200)
        expect(hasDirective(await lost.phone.post('Provision', emptyProvision))).toBe(true)
      }
    }
  })

  it('are good for the one device only, as it names itself', async () => {
    const lost = await life({ deviceId: 'androidc1a2b3' })
    await server.phone(lost.address, { deviceId: 'TABLET' })
    await takeAway['an old password'](lost.address)
    await order(lost)
    for (const deviceId of ['TABLET', 'ANDROIDC1A2B3', 'androidc1a2b', 'validate', 'NEW']) {
      const other = server.bare(lost.address, { deviceId })
      expect((await other.post('Provision', emptyProvision)).status).toBe(401)
      expect((await other.post('FolderSync', null)).status).toBe(401)
    }
    expect(await server.store.devices.list((await server.accountOf(lost.address)).id)).toHaveLength(2)
    expect((await lost.phone.post('Provision', emptyProvision)).status).toBe(200)
  })

  it('are none once the wipe is over or taken back, whatever was found of them before', async () => {
    const [cancelled, done] = [await life(), await life()]
    for (const lost of [cancelled, done]) {
      await takeAway['an old password'](lost.address)
      const { id } = await order(lost)
      expect(await told(lost.phone)).toBe(140)
      if (lost === cancelled) await act(house(), 'wipe.cancel', { id })
      else await lost.phone.obey()
      expect(await told(lost.phone)).toBe(401)
      expect((await lost.phone.post('Provision', emptyProvision)).status).toBe(401)
      expect((await lost.phone.hello()).status).toBe(401)
    }
  })

  it.each(Object.keys(takeAway) as (keyof typeof takeAway)[])('are told by Autodiscover what they were told before: %s', async (how) => {
    const lost = await life()
    await takeAway[how](lost.address)
    const discover = () =>
      lost.phone.send('POST', '/autodiscover/autodiscover.xml', Buffer.from(''), { Authorization: lost.phone.authorization })
    const before = await discover()
    expect(before.status).toBe(how === 'a disabled account' ? 403 : 401)
    await order(lost)
    const after = await discover()
    const shown = ({ status, headers, bytes }: Reply) => [status, { ...headers, date: null }, bytes.toString()]
    expect(shown(after)).toEqual(shown(before))
  })

  it('are none for another account that is on the same phone', async () => {
    const lost = await life()
    const neighbour = `neighbour${++number}@example.test`
    await server.account(neighbour)
    await server.phone(neighbour, { deviceId: lost.device })
    await act(house(), 'account.password', { address: neighbour, password: 'another one' })
    await takeAway['an old password'](lost.address)
    await order(lost)
    expect((await server.bare(neighbour, { deviceId: lost.device }).hello()).status).toBe(401)
    expect(await told(server.bare(neighbour, { deviceId: lost.device }))).toBe(401)
  })

  it('with the password that was changed back are the account’s own, and the device is still told', async () => {
    const lost = await life()
    await takeAway['an old password'](lost.address)
    await order(lost)
    expect(await told(lost.phone)).toBe(140)
    await act(house(), 'account.password', { address: lost.address, password: lost.phone.options.password })
    expect(await told(lost.phone)).toBe(140)
    expect(await server.bare(lost.address).folderSync()).toBe(1)
  })

  it('teach the server nothing of the device but where it is', async () => {
    const lost = await life({ version: '14.1' })
    await takeAway['an old password'](lost.address)
    await order(lost)
    await act(house(), 'access.set', { fallback: 'quarantined', rules: [] })
    await lost.phone.post(
      'Provision',
      el('Provision:Provision', [el('Settings:DeviceInformation', [el('Settings:Set', [el('Settings:FriendlyName', 'Not mine')])])]),
    )
    const view = await act(house(), 'device.show', { device: lost.device, account: lost.address })
    expect(view).toMatchObject({ friendlyName: 'iPhone 15', access: 'allowed', wipe: { state: 'delivered' } })
    await act(house(), 'access.set', { fallback: 'allowed', rules: [] })
  })
})

describe('a lost phone', () => {
  it('is told in the version it speaks, though that is offered to nobody any more', async () => {
    const lost = await life({ version: '14.1' })
    await act(house(), 'account.set', { address: lost.address, maxVersion: '14.0' })
    expect(await told(lost.phone)).toBe(400)
    await order(lost)
    expect(await told(lost.phone)).toBe(140)
    await lost.phone.obey()
    expect(await stateOf(lost)).toMatchObject({ state: 'acknowledged' })
    expect(await told(lost.phone)).toBe(400)
  })
})

describe('a wipe that is taken back', () => {
  it('in the moment the phone asks is not told to it', async () => {
    const lost = await life()
    const { id } = await order(lost)
    const { file } = await act(house(), 'trace.start', { device: lost.device, account: lost.address, minutes: 5 })
    await house().traces.flushed()
    // Both stand in line behind somebody else: the one who takes it back in front, the phone, whose request was judged already, behind.
    const gate = Promise.withResolvers<void>()
    const busy = server.store.unit(() => gate.promise)
    const cancelling = house().wipes.cancel(id, 'a mistake')
    const asking = lost.phone.post('Provision', emptyProvision)
    while (!readFileSync(file, 'utf8').includes('"verdict":"wipe"')) await turn()
    gate.resolve()
    await busy
    expect(await cancelling).toMatchObject({ state: 'cancelled' })
    expect(hasDirective(await asking)).toBe(false)
    expect(await told(lost.phone)).toBe(1)
  })
})

describe('asking for many wipes at once', () => {
  it('gives nobody more than he may have', async () => {
    const many = await Promise.all(Array.from({ length: 15 }, () => life()))
    const eager = administrator()
    const asked = await Promise.allSettled(many.map((lost) => order(lost, 'device', eager)))
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    expect((await act(house(), 'wipe.list', {})).filter(({ requestedBy }) => requestedBy === eager.name)).toHaveLength(10)
  })

  it('of one device gives one', async () => {
    const lost = await life()
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => order(lost)))
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await act(house(), 'wipe.list', { account: lost.address })).toHaveLength(1)
  })
})
