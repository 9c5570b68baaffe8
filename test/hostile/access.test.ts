// Past the rules for devices: other names for a phone, other moments, other commands.
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActionInput } from '../../src/admin/actions.ts'
import type { AccessState } from '../../src/model/device.ts'
import { act } from '../support/admin.ts'
import { message } from '../support/message.ts'
import type { Phone } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { el, textAt } from '../support/wire.ts'

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
