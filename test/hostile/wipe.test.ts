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
import { el, one, textAt, type Node } from '../support/wire.ts'

let server: TestServer
let number = 0

beforeAll(async () => {
  // All have one password, and many come in at once: that looks like spraying.
  server = await startTestServer({ accounts: [], environment: { EASEL_AUTH_ACCOUNTS_PASSWORD: '500' } })
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
            // MeetingResponse has no Status of its own (MS-ASCMD 2.2.3.177.9).
            const said = textAt(reply.node, 'Status') ?? textAt(reply.node, 'Result/Status')
            const status = reply.status === 200 ? said : String(reply.status)
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
    await act(house(), 'account.password', { address: lost.address, password: lost.phone.options.password ?? '' })
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

describe('the name that confirms a wipe', () => {
  const called = async (name: string) => {
    const lost = await life({ version: '14.1' })
    const said = el('Settings:DeviceInformation', [el('Settings:Set', [el('Settings:FriendlyName', name), el('Settings:Model', '')])])
    await lost.phone.post('Settings', el('Settings:Settings', [said]))
    return lost
  }

  it.each([
    ['blanks at its ends', '  Phone \u00a0', 'Phone'],
    ['nothing but blanks', ' \u00a0 ', null],
    ['nothing that is seen', '\u200b\u2060\ufe0f', null],
    ['lines', 'A\r\nBcc: b@example.test', 'A Bcc: b@example.test'],
    ['a direction of its own', '\u202eenohp', 'enohp'],
    ['a length that nobody reads', 'x'.repeat(1024), 'x'.repeat(100)],
  ])('can be typed though the phone gave itself one with %s', async (_what, name, shown) => {
    const lost = await called(name)
    expect(await nameOf(lost)).toBe(shown ?? lost.device)
    await expect(act(house(), 'device.wipe', { device: lost.device, scope: 'device', confirm: '' })).rejects.toThrow('has to be given')
    expect(await order(lost)).toMatchObject({ state: 'requested' })
  })

  it.each([
    ['its accents composed in another way', 'Ame\u0301lie', 'Am\u00e9lie'],
    ['the apostrophe of a keyboard', 'Anna\u2019s iPhone', "Anna's iPhone"],
    ['the blank of a keyboard', 'iPhone\u00a0de Anna', 'iPhone de Anna'],
    ['emoji without what joins them', '\u{1f468}\u200d\u{1f4bb} phone', '\u{1f468}\u{1f4bb} phone'],
  ])('is good with %s', async (_what, name, typed) => {
    const lost = await called(name)
    expect(await act(house(), 'device.wipe', { device: lost.device, scope: 'device', confirm: typed }, administrator())).toBeTruthy()
  })

  it('is none that a terminal or a database would stumble over', async () => {
    const lost = await life()
    for (const label of ['a\u0000b', 'a\u001b[2Jb', 'a\ud800'])
      await expect(act(house(), 'device.rename', { device: lost.device, label })).rejects.toThrow('no control characters')
  })

  it('stands in the mail to the owner as one line, and begins no header', async () => {
    const lost = await called('Gotcha\r\nBcc: everybody@example.test\r\n\r\nHello \u00fc '.repeat(30))
    await order(lost)
    const mailbox = await server.mailbox(lost.address)
    const query = { class: 'Email', text: ['Remote', 'Gotcha'], folders: null, after: null, before: null, conversation: null } as const
    const [id] = (await mailbox.search(query, { from: 0, to: 9 })).ids
    const source = await mailbox.source(id as never)
    const text = Buffer.from((await source?.read(0, source.bytes)) ?? []).toString('utf8')
    const [head = ''] = text.split('\r\n\r\n')
    expect(head).not.toMatch(/^Bcc:/im)
    for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998)
  })
})

describe('out of the reach of a wipe', () => {
  it('comes no device that is forgotten in the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const lost = await life()
      const chosen = { device: lost.device, account: lost.address }
      const [wiped, removed] = await Promise.allSettled([order(lost), act(house(), 'device.remove', chosen)])
      expect([wiped.status, removed.status].sort()).toEqual(['fulfilled', 'rejected'])
      expect(await server.store.devices.list((await server.accountOf(lost.address)).id)).toHaveLength(wiped.status === 'fulfilled' ? 1 : 0)
    }
  })

  it('comes no device whose id somebody enrols in other letters', async () => {
    const lost = await life({ deviceId: 'androidc0ffee' })
    await server.phone(lost.address, { deviceId: 'ANDROIDC0FFEE' })
    const chosen = { device: 'AndroidC0ffee', account: lost.address }
    await expect(act(house(), 'device.block', chosen)).rejects.toThrow('in its own letters: ANDROIDC0FFEE, androidc0ffee')
    expect(await order(lost)).toMatchObject({ device: 'androidc0ffee' })
    expect(await told(lost.phone)).toBe(140)
  })

  it('comes no phone because its owner does not want what an administrator asked for', async () => {
    const lost = await life()
    const owner = actorOf('user', await server.accountOf(lost.address))
    const { id } = await order(lost)
    await expect(act(house(), 'me.cancel', { id }, owner)).rejects.toThrow('an administrator may take it back')
    await act(house(), 'wipe.cancel', { id })
    const own = await act(house(), 'me.wipe', { device: lost.device, scope: 'device', confirm: await nameOf(lost) }, owner)
    expect(await act(house(), 'me.cancel', { id: own.id }, owner)).toMatchObject({ state: 'cancelled' })
  })

  it('and back in comes no wiped one but by a decision to let it in', async () => {
    const lost = await life()
    const chosen = { device: lost.device, account: lost.address }
    await order(lost)
    await lost.phone.obey()
    await expect(act(house(), 'device.judge', chosen, actorOf('helpdesk'))).rejects.toThrow('was wiped')
    expect(await told(lost.phone)).toBe(129)
  })
})

describe('an acknowledgement', () => {
  const wipeDone = (status: string | null, before: string | null = null) =>
    el('Provision:Provision', [
      before !== null && el('Provision:Status', before),
      el('Provision:RemoteWipe', status === null ? null : [el('Provision:Status', status)]),
    ])

  it.each([
    ['its Status in front, as iOS 5.0.1 has it', wipeDone(null, '1'), 'acknowledged'],
    ['blanks around its Status', wipeDone(' 1 '), 'acknowledged'],
    ['no Status at all', wipeDone(null), 'failed'],
    ['a Status that there is not', wipeDone('7'), 'failed'],
    ['a failure behind a success', wipeDone('2', '1'), 'failed'],
  ] as const)('with %s', async (_what, body, state) => {
    const lost = await life({ version: '14.1' })
    await order(lost)
    await lost.phone.post('Provision', emptyProvision)
    const reply = await lost.phone.post('Provision', body)
    expect(await stateOf(lost)).toMatchObject({ state })
    expect([textAt(reply.node, 'Status'), hasDirective(reply)]).toEqual(state === 'failed' ? ['2', true] : ['1', false])
  })

  it('that is repeated, together with others, counts once and lets nobody in', async () => {
    const lost = await life()
    await order(lost)
    await lost.phone.post('Provision', emptyProvision)
    const replies = await Promise.all(Array.from({ length: 10 }, () => lost.phone.post('Provision', lost.phone.wiped('device', 1))))
    expect(replies.filter((reply) => textAt(reply.node, 'Status') === '1')).not.toEqual([])
    expect(replies.some(hasDirective)).toBe(false)
    expect(textAt((await lost.phone.post('Provision', lost.phone.wiped('device', 1))).node, 'Status')).toBe('129')
    expect(await act(house(), 'wipe.list', { account: lost.address })).toMatchObject([{ state: 'acknowledged' }])
  })

  it('of an earlier wipe is none of the next, until that was told', async () => {
    const lost = await life()
    await order(lost)
    await lost.phone.obey()
    await act(house(), 'device.allow', { device: lost.device, account: lost.address })
    await order(lost)
    expect(hasDirective(await lost.phone.post('Provision', lost.phone.wiped('device', 1)))).toBe(true)
    expect((await act(house(), 'wipe.list', { account: lost.address })).map(({ state }) => state)).toEqual(['delivered', 'acknowledged'])
  })

  it('beside a policy and what the device says of itself is still one', async () => {
    const lost = await life({ version: '16.1' })
    await order(lost)
    const everything = (...more: Node[]) =>
      el('Provision:Provision', [
        lost.phone.deviceInformation(),
        el('Provision:Policies', [el('Provision:Policy', [el('Provision:PolicyType', 'MS-EAS-Provisioning-WBXML')])]),
        ...more,
      ])
    expect(hasDirective(await lost.phone.post('Provision', everything()))).toBe(true)
    const done = el('Provision:RemoteWipe', [el('Provision:Status', '1')])
    expect(textAt((await lost.phone.post('Provision', everything(done))).node, 'Status')).toBe('1')
    expect(await stateOf(lost)).toMatchObject({ state: 'acknowledged' })
  })
})

describe('a wipe that waits for a second administrator', () => {
  it('is asked for and agreed to by no program, which whoever does the other may have made', async () => {
    const careful = await startTestServer({ environment: { EASEL_WIPE_APPROVAL: 'true' } })
    const { deviceId: device } = (await careful.phone('alice@example.test')).options
    const admin = careful.running.admin
    const confirm = (await act(admin, 'device.list', {}))[0]?.name ?? ''
    const token: Actor = { ...actorOf('administrator'), name: 'token mine', via: 'api' }
    const wish = { device, scope: 'device', confirm } as const
    await expect(act(admin, 'device.wipe', wish, token)).rejects.toThrow('not a program')
    const { id } = await act(admin, 'device.wipe', wish, administrator())
    await expect(act(admin, 'wipe.approve', { id }, token)).rejects.toThrow('A person has to agree')
    await careful.close()
  })

  it('and is agreed to and taken back in one moment is taken back, and owed by nobody', async () => {
    const careful = await startTestServer({ environment: { EASEL_WIPE_APPROVAL: 'true' } })
    const phone = await careful.phone('alice@example.test')
    const admin = careful.running.admin
    for (let round = 0; round < 6; round++) {
      const confirm = (await act(admin, 'device.list', {}))[0]?.name ?? ''
      const { id } = await act(admin, 'device.wipe', { device: phone.options.deviceId, scope: 'device', confirm }, administrator())
      const both = [act(admin, 'wipe.approve', { id }), act(admin, 'wipe.cancel', { id })]
      await Promise.allSettled(round % 2 === 0 ? both : both.toReversed())
      expect((await act(admin, 'wipe.list', {}))[0]).toMatchObject({ id, state: 'cancelled' })
      expect(hasDirective(await phone.post('Provision', emptyProvision))).toBe(false)
      expect(await told(phone)).toBe(1)
    }
    await careful.close()
  })
})
