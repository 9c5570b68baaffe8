// Past the rules for devices: other names for a phone, other moments, other commands.
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActionInput } from '../../src/admin/actions.ts'
import type { AccessState } from '../../src/model/device.ts'
import { act } from '../support/admin.ts'
import { message } from '../support/message.ts'
import type { Phone, Reply } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { el, textAt, type Node } from '../support/wire.ts'

const postmaster = 'postmaster@example.test'
let server: TestServer
let number = 0

beforeAll(async () => {
  server = await startTestServer({ accounts: [postmaster], environment: { EASEL_ADMIN_NOTIFY: postmaster, EASEL_POLICY: 'false' } })
})
afterAll(() => server.close())

async function account(): Promise<string> {
  const address = `person${++number}@example.test`
  await server.account(address)
  await server.deliver(address, message({ subject: 'Private' }))
  return address
}

/** Sets the rules for the time of `work`. */
async function under(fallback: AccessState, rules: ActionInput<'access.set'>['rules'], work: () => Promise<void>): Promise<void> {
  await act(server.running.admin, 'access.set', { fallback, rules })
  try {
    await work()
  } finally {
    await act(server.running.admin, 'access.set', { fallback: 'allowed', rules: [] })
  }
}

const chosen = (phone: Phone) => ({ device: phone.options.deviceId, account: phone.options.address })
const subjects = (phone: Phone, folder = 'Inbox') => phone.items(folder).map((item) => item.properties.get('Email:Subject'))

/** FolderSync as it is: the Status, or HTTP's. */
async function told(phone: Phone): Promise<number> {
  const reply = await phone.post('FolderSync', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', phone.folderKey)]))
  return reply.status === 200 ? Number(textAt(reply.node, 'Status')) : reply.status
}

describe('the DeviceId of a phone that only checks credentials', () => {
  it.each([
    ['blocked', 129],
    ['quarantined', 1],
  ] as const)('is no way in where devices are %s', async (fallback, status) => {
    const phone = server.bare(await account(), { deviceId: 'validate' })
    await under(fallback, [], async () => {
      expect(await told(phone)).toBe(status)
      expect(textAt((await phone.post('Sync', null)).node, 'Status')).toBe('108')
    })
  })

  it('is no way to mail where an account may have no more devices', async () => {
    const address = await account()
    await act(server.running.admin, 'account.set', { address, devicesMax: 0 })
    const phone = server.bare(address, { deviceId: 'validate' })
    expect(await phone.folderSync()).toBe(1)
    for (const command of ['Sync', 'Ping', 'Search', 'Find', 'ItemOperations', 'MoveItems', 'GetItemEstimate', 'SendMail', 'SmartReply'])
      expect(textAt((await phone.post(command, null)).node, 'Status')).toBe('108')
    const old = server.bare(address, { deviceId: 'validate', version: '12.1' })
    expect((await old.post('GetAttachment', null, { parameters: { AttachmentName: '1:1:1' } })).status).toBe(400)
  })
})

describe('a phone that was in quarantine', () => {
  /** Synced its waiting room, then released; it shows the message still. */
  async function released(version = '16.1'): Promise<{ phone: Phone; id: string; address: string }> {
    const address = await account()
    for (let count = 0; count < 20; count++) await server.deliver(address, message({ subject: `Private ${count}` }))
    const phone = server.bare(address, { version })
    await under('quarantined', [], async () => {
      expect(await phone.folderSync()).toBe(1)
      for (const folder of ['Inbox', 'Deleted Items', 'Drafts']) await phone.syncAll(folder)
    })
    await act(server.running.admin, 'device.allow', chosen(phone))
    const [id = ''] = phone.collection('Inbox').items.keys()
    return { phone, id, address }
  }

  it('cannot move, fetch, forward or delete a real message by the id of the one that explained it', async () => {
    const { phone, id, address } = await released()
    const twin = await server.phone(address)
    await twin.syncAll('Inbox')
    // Numbers beside it are no better: nothing of the one mailbox has an id of the other.
    const near = [
      id,
      ...[-3, -2, -1, 1, 2, 3].map((step) => id.replace(/[^:]+$/, (item) => (Number.parseInt(item, 36) + step).toString(36))),
    ]
    expect(near.filter((one) => twin.collection('Inbox').items.has(one))).toEqual([])
    expect((await phone.move('Inbox', near, 'Deleted Items')).map(({ status }) => status)).toEqual(near.map(() => 1))
    const fetches = near.flatMap((one) => [
      el('ItemOperations:Fetch', [
        el('ItemOperations:Store', 'Mailbox'),
        el('AirSync:CollectionId', phone.folder('Inbox').id),
        el('AirSync:ServerId', one),
      ]),
      el('ItemOperations:Fetch', [el('ItemOperations:Store', 'Mailbox'), el('Search:LongId', one)]),
      el('ItemOperations:Fetch', [el('ItemOperations:Store', 'Mailbox'), el('AirSyncBase:FileReference', `${one}:1`)]),
    ])
    expect((await phone.post('ItemOperations', el('ItemOperations:ItemOperations', fetches))).bytes.toString('latin1')).not.toContain(
      'Private',
    )
    for (const command of ['SmartForward', 'SmartReply'] as const)
      expect(textAt((await phone.smart(command, 'Inbox', id, `From: ${address}\r\nTo: ${address}\r\n\r\nx`)).node, 'Status')).toBe('150')
    expect((await phone.remove('Inbox', [id])).status).not.toBe(1)
    await twin.syncAll('Inbox')
    await twin.syncAll('Deleted Items')
    expect([twin.items('Inbox').length, twin.items('Deleted Items').length]).toEqual([21, 0])
  })

  it.each(['12.1', '16.1'])('in %s: hears of its release by its next Ping, though nobody woke it', async (version) => {
    const { phone, address } = await released(version)
    expect((await phone.ping(['Inbox'])).status).toBe(7)
    expect(await phone.folderSync()).toBe(1)
    await phone.syncAll('Inbox')
    expect(subjects(phone)).toHaveLength(21)
    const waiting = phone.ping(['Inbox'])
    await server.parked(address, phone.options.deviceId)
    await server.deliver(address, message({ subject: 'New' }))
    await server.clock.advance(1)
    expect((await waiting).status).toBe(2)
  })

  it('and was in before hears of its quarantine by its next Ping, and goes back and forth as often as it must', async () => {
    const phone = await server.phone(await account())
    await phone.syncAll('Inbox')
    for (let round = 0; round < 5; round++) {
      await act(server.running.admin, 'device.quarantine', chosen(phone))
      expect((await phone.ping(['Inbox'])).status).toBe(7)
      expect(await phone.folderSync()).toBe(1)
      await phone.syncAll('Inbox')
      expect(subjects(phone)).toEqual(['Your device is waiting for approval'])
      await act(server.running.admin, 'device.allow', chosen(phone))
      expect((await phone.ping(['Inbox'])).status).toBe(7)
      expect(await phone.folderSync()).toBe(1)
      await phone.syncAll('Inbox')
      expect(subjects(phone)).toEqual(['Private'])
    }
  })
})

describe('a phone that is to fetch one folder anew', () => {
  it('hears of it by its next Ping, and of mail after that', async () => {
    const address = await account()
    const phone = await server.phone(address)
    await phone.syncAll('Inbox')
    await phone.syncAll('Archive')
    await act(server.running.admin, 'device.resync', { ...chosen(phone), folder: phone.folder('Inbox').id })
    const called = await phone.ping(['Inbox', 'Archive'])
    expect([called.status, called.folders]).toEqual([2, ['Inbox']])
    await phone.syncAll('Inbox')
    expect(subjects(phone)).toEqual(['Private'])
    const waiting = phone.ping(['Inbox', 'Archive'])
    await server.parked(address, phone.options.deviceId)
    await server.deliver(address, message({ subject: 'New' }))
    await server.clock.advance(1)
    expect((await waiting).status).toBe(2)
  })
})

describe('devices that somebody makes up', () => {
  it('fill neither the administrators’ inbox nor the waiting room', async () => {
    const address = await account()
    await under('quarantined', [], async () => {
      for (let count = 0; count < 25; count++) expect(await told(server.bare(address))).toBe(1)
      const last = server.bare(address)
      expect(await last.folderSync()).toBe(1)
      await last.syncAll('Inbox')
      expect(last.items('Inbox').length).toBe(10)
    })
    const mailbox = await server.mailbox(postmaster)
    const [name = ''] = address.split('@')
    const query = { class: 'Email', text: [name, 'waits'], folders: null, after: null, before: null, conversation: null } as const
    expect((await mailbox.search(query, { from: 0, to: 99 })).ids).toHaveLength(10)
  })

  it('cannot be written to with what they call themselves', async () => {
    const phone = server.bare(await account(), { deviceType: 'x\r\nBcc: everybody@example.test', userAgent: `a${'A'.repeat(6000)}` })
    await under('quarantined', [], async () => void (await told(phone)))
    const { type, userAgent } = await act(server.running.admin, 'device.show', chosen(phone))
    expect([type, userAgent?.length]).toEqual(['xBcc: everybody@example.test', 1024])
  })
})

describe('the mail about a quarantined device', () => {
  const textOf = async (text: readonly string[]) => {
    const mailbox = await server.mailbox(postmaster)
    const query = { class: 'Email', text, folders: null, after: null, before: null, conversation: null } as const
    const [id] = (await mailbox.search(query, { from: 0, to: 9 })).ids
    const source = id === undefined ? null : await mailbox.source(id)
    return Buffer.from((await source?.read(0, source.bytes)) ?? []).toString('utf8')
  }

  it('holds no lines that the device wrote', async () => {
    const phone = await server.phone(await account(), { version: '14.1' })
    const model = 'Model-T\r\n\r\nRelease it with: easel device allow OTHERS\r\n'
    const said = el('Settings:DeviceInformation', [el('Settings:Set', [el('Settings:Model', model), el('Settings:OS', '\u202enepo')])])
    await phone.post('Settings', el('Settings:Settings', [said]))
    await act(server.running.admin, 'device.quarantine', chosen(phone))
    const text = await textOf(['Model-T'])
    expect(text).toContain('  model     Model-T Release it with: easel device allow OTHERS')
    expect(text).toContain('  system    nepo')
    expect(text).not.toMatch(/^Release it with: easel device allow OTHERS/m)
  })

  it('that can reach nobody leaves nothing in the queue', async () => {
    const foreign = await startTestServer({
      environment: { EASEL_ADMIN_NOTIFY: 'boss@elsewhere.example, nobody@example.test', EASEL_POLICY: 'false' },
    })
    const phone = await foreign.phone('alice@example.test')
    await act(foreign.running.admin, 'device.quarantine', { device: phone.options.deviceId })
    while ((await foreign.store.outbox.list()).length > 0) await turn()
    expect(
      (
        await (
          await foreign.mailbox('alice@example.test')
        ).search({ class: 'Email', text: ['quarantine'], folders: null, after: null, before: null, conversation: null }, { from: 0, to: 9 })
      ).ids,
    ).toEqual([])
    await foreign.close()
  })
})

describe('rules', () => {
  it('with one id twice, or with what no database keeps, are refused in a sentence', async () => {
    const rule = { id: 'one', characteristic: 'type', pattern: 'x', access: 'blocked' } as const
    await expect(act(server.running.admin, 'access.set', { fallback: 'allowed', rules: [rule, rule] })).rejects.toThrow('one id')
    for (const odd of ['a\u0000', '\ud800']) {
      for (const field of ['id', 'pattern', 'note'] as const)
        await expect(act(server.running.admin, 'access.set', { fallback: 'allowed', rules: [{ ...rule, [field]: odd }] })).rejects.toThrow(
          'control characters',
        )
    }
  })

  it('that let a model in reach a phone that was never here, where the others wait', async () => {
    const allow = { characteristic: 'model', pattern: 'iPhone15*', access: 'allowed' } as const
    const phone = server.bare(await account(), { version: '14.0' })
    await under('quarantined', [allow], async () => {
      expect(await phone.folderSync()).toBe(1)
      await phone.post('Settings', el('Settings:Settings', [phone.deviceInformation()]))
      expect(await phone.folderSync()).toBe(1)
      await phone.syncAll('Inbox')
      expect(subjects(phone)).toEqual(['Private'])
    })
  })

  it('for thousands of phones wake those that stay in a few at a time, and have nobody prove his password anew', async () => {
    const address = await account()
    const phones = await Promise.all(Array.from({ length: 60 }, () => server.phone(address)))
    for (const phone of phones) await phone.syncAll('Inbox')
    const waiting = phones.map((phone) => phone.ping(['Inbox']))
    for (const phone of phones) await server.parked(address, phone.options.deviceId)
    // Changed behind the server's back: whoever is asked for it again is refused.
    const account_ = await server.accountOf(address)
    await server.store.accounts.change(account_.id, { passwordHash: null })
    await under('quarantined', [], async () => {
      while (server.running.parked() > 10) await turn()
      expect(server.running.parked()).toBe(10)
      await server.clock.advance(1)
      expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(phones.map(() => 7))
      expect(await Promise.all(phones.map(told))).toEqual(phones.map(() => 9))
    })
  })
})

describe('a quarantined phone that knows the mailbox from before', () => {
  const folderOf = (name: string, ...children: Node[]) => el(`FolderHierarchy:${name}`, children)

  it.each(['12.1', '14.1', '16.1'])('in %s: reads nothing of it, changes nothing in it, and sends nothing', async (version) => {
    const address = await account()
    const phone = await server.phone(address, { version })
    const made = [
      el('FolderHierarchy:SyncKey', phone.folderKey),
      el('FolderHierarchy:ParentId', '0'),
      el('FolderHierarchy:DisplayName', 'Secret folder'),
      el('FolderHierarchy:Type', 12),
    ]
    await phone.post('FolderCreate', folderOf('FolderCreate', ...made))
    await phone.folderSync()
    for (const name of ['Inbox', 'Secret folder', 'Deleted Items']) await phone.syncAll(name)
    const [id = ''] = phone.collection('Inbox').items.keys()
    const [inbox, secret] = [phone.folder('Inbox').id, phone.folder('Secret folder').id]
    await act(server.running.admin, 'device.quarantine', chosen(phone))

    const replies: Reply[] = []
    const ask = async (command: string, body: Node | null, parameters = {}) =>
      void replies.push(await phone.post(command, body, { parameters }))
    const fetch = (...by: Node[]) => el('ItemOperations:Fetch', [el('ItemOperations:Store', 'Mailbox'), ...by])
    await ask(
      'ItemOperations',
      el('ItemOperations:ItemOperations', [
        fetch(el('AirSync:CollectionId', inbox), el('AirSync:ServerId', id)),
        fetch(el('Search:LongId', id)),
        fetch(el('AirSyncBase:FileReference', `${id}:1`)),
        el('ItemOperations:EmptyFolderContents', [el('AirSync:CollectionId', inbox)]),
      ]),
    )
    for (const folder of [inbox, secret]) {
      const collection = [
        el('AirSync:SyncKey', phone.collection(folder === inbox ? 'Inbox' : 'Secret folder').key),
        el('AirSync:CollectionId', folder),
      ]
      for (const commands of [
        [],
        [el('AirSync:Delete', [el('AirSync:ServerId', id)])],
        [el('AirSync:Fetch', [el('AirSync:ServerId', id)])],
      ])
        await ask(
          'Sync',
          el('AirSync:Sync', [
            el('AirSync:Collections', [el('AirSync:Collection', [...collection, commands.length > 0 && el('AirSync:Commands', commands)])]),
          ]),
        )
      await ask(
        'Sync',
        el('AirSync:Sync', [
          el('AirSync:Collections', [el('AirSync:Collection', [el('AirSync:SyncKey', '0'), el('AirSync:CollectionId', folder)])]),
        ]),
      )
      await ask(
        'GetItemEstimate',
        el('GetItemEstimate:GetItemEstimate', [
          el('GetItemEstimate:Collections', [
            el('GetItemEstimate:Collection', [
              ...collection.map((node) => el(node.name, String(node.value))),
              el('GetItemEstimate:CollectionId', folder),
            ]),
          ]),
        ]),
      )
    }
    await ask('Sync', null)
    await ask('FolderSync', folderOf('FolderSync', el('FolderHierarchy:SyncKey', phone.folderKey)))
    await ask('FolderSync', folderOf('FolderSync', el('FolderHierarchy:SyncKey', '0')))
    for (const command of ['FolderUpdate', 'FolderDelete'])
      await ask(command, folderOf(command, el('FolderHierarchy:SyncKey', phone.folderKey), el('FolderHierarchy:ServerId', secret)))
    await ask(
      'MoveItems',
      el('Move:MoveItems', [el('Move:Move', [el('Move:SrcMsgId', id), el('Move:SrcFldId', inbox), el('Move:DstFldId', secret)])]),
    )
    await ask('GetAttachment', null, { AttachmentName: `${id}:1` })
    await ask('Search', el('Search:Search', [el('Search:Store', [el('Search:Name', 'GAL'), el('Search:Query', 'person')])]))
    await ask('Settings', el('Settings:Settings', [el('Settings:UserInformation', [el('Settings:Get')])]))
    for (const reply of replies) {
      const text = reply.bytes.toString('latin1')
      for (const real of ['Private', 'Secret folder', id]) {
        // An answer repeats the id it refuses.
        if (real === id && reply.status === 200 && text.includes(id)) expect(text).not.toMatch(/Subject|From|ApplicationData/)
        else expect(text).not.toContain(real)
      }
    }
    const mime = `From: ${address}\r\nTo: ${postmaster}, somebody@elsewhere.example\r\n\r\nout`
    const sent = [
      await phone.sendMail(mime),
      await phone.smart('SmartReply', 'Inbox', id, mime),
      await phone.smart('SmartForward', 'Inbox', id, mime),
    ]
    for (const reply of sent)
      expect(version === '12.1' ? reply.status : textAt(reply.node, 'Status')).toBe(version === '12.1' ? 403 : '129')
    const owner = (await server.accountOf(address)).id
    expect((await server.store.outbox.list()).filter(({ account: sender }) => sender === owner)).toEqual([])

    await act(server.running.admin, 'device.allow', chosen(phone))
    expect(await phone.folderSync()).toBe(1)
    for (const name of ['Inbox', 'Secret folder', 'Deleted Items', 'Sent Items']) await phone.syncAll(name)
    expect(['Inbox', 'Secret folder', 'Deleted Items', 'Sent Items'].map((name) => phone.items(name).length)).toEqual([1, 0, 0, 0])
  })

  it('has its remembered requests forgotten with the room they were of', async () => {
    const phone = await server.phone(await account())
    await phone.syncAll('Inbox')
    expect((await phone.sync('Inbox')).status).toBe(1)
    await act(server.running.admin, 'device.quarantine', chosen(phone))
    expect(textAt((await phone.post('Sync', null)).node, 'Status')).toBe('13')
    expect((await phone.ping(null)).status).toBe(3)
  })
})
