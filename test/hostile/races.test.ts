// Everything at once: requests of one device that cross each other, and changes of the house in their middle.
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DeviceId } from '../../src/model/id.ts'
import { disableAccount } from '../../src/admin/accounts.ts'
import { Phone, type Reply } from '../support/phone.ts'
import { message } from '../support/message.ts'
import { actorOf } from '../support/admin.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { all, el, textAt, type Node } from '../support/wire.ts'

let server: TestServer
let phone: Phone

beforeEach(async () => {
  // Fifty requests at a time are a loop to the brake: here they have to meet.
  server = await startTestServer({ environment: { EASEL_BRAKE: '0' } })
  for (let count = 0; count < 12; count++) await server.deliver('alice@example.test')
  phone = await server.phone('alice@example.test', { deviceId: 'RACER' })
  await phone.sync('Inbox', { window: 4 })
})
afterEach(() => server.close())

const ids = (reply: Reply, kind: string) =>
  all(reply.node, `Collections/Collection/Commands/${kind}`).map((node) => textAt(node, 'ServerId'))

const folderDocument = (name: string, ...children: Node[]) => el(`FolderHierarchy:${name}`, children)

describe('fifty requests of one device with one key', () => {
  test('are each answered, and the phone goes on with any of them', async () => {
    const { key } = phone.collection('Inbox')
    const sync = el('AirSync:Sync', [el('AirSync:Collections', [phone.collectionNode('Inbox', { window: 4 })])])
    const replies = await Promise.all(Array.from({ length: 50 }, () => phone.post('Sync', sync)))
    const told = replies.filter((reply) => textAt(reply.node, 'Collections/Collection/Status') === '1')
    for (const reply of replies) {
      expect(reply.status).toBe(200)
      // 16: other requests were faster; nothing is lost by it.
      expect(['1', '16']).toContain(textAt(reply.node, 'Collections/Collection/Status'))
    }
    expect(told.length).toBeGreaterThan(0)
    // The same messages; fewer of them the more often one key comes, as if one of them could not be taken.
    const [most = []] = told.map((reply) => ids(reply, 'Add')).sort((a, b) => b.length - a.length)
    for (const reply of told) expect(ids(reply, 'Add')).toEqual(most.slice(0, ids(reply, 'Add').length))
    const last = told.at(-1) as Reply
    phone.takeSync('Inbox', last)
    expect(phone.collection('Inbox').key).not.toBe(key)
    await phone.syncAll('Inbox')
    expect(phone.collection('Inbox').items.size).toBe(12)
    expect(phone.violations).toEqual([])
  })

  test('that add the same draft leave one', async () => {
    await phone.sync('Drafts')
    const add = el('AirSync:Add', [el('AirSync:ClientId', '1'), el('AirSync:ApplicationData', [el('Email:Subject', 'once')])])
    const sync = el('AirSync:Sync', [el('AirSync:Collections', [phone.collectionNode('Drafts', { commands: [add] })])])
    const replies = await Promise.all(Array.from({ length: 20 }, () => phone.post('Sync', sync)))
    const made = new Set(
      replies.flatMap((reply) => all(reply.node, 'Collections/Collection/Responses/Add').flatMap((node) => textAt(node, 'ServerId') ?? [])),
    )
    expect(made.size).toBe(1)
    const other = await server.phone('alice@example.test')
    await other.syncAll('Drafts')
    expect(other.collection('Drafts').items.size).toBe(1)
  })

  test('that delete the same message all succeed', async () => {
    const [id = ''] = phone.collection('Inbox').items.keys()
    const remove = el('AirSync:Delete', [el('AirSync:ServerId', id)])
    const sync = el('AirSync:Sync', [el('AirSync:Collections', [phone.collectionNode('Inbox', { commands: [remove] })])])
    const replies = await Promise.all(Array.from({ length: 20 }, () => phone.post('Sync', sync)))
    for (const reply of replies) expect(all(reply.node, 'Collections/Collection/Responses/Delete')).toEqual([])
    const trash = await server.phone('alice@example.test')
    await trash.syncAll('Deleted Items')
    expect(trash.collection('Deleted Items').items.size).toBe(1)
  })

  test('that make the same folder make one', async () => {
    const create = folderDocument(
      'FolderCreate',
      el('FolderHierarchy:SyncKey', phone.folderKey),
      el('FolderHierarchy:ParentId', '0'),
      el('FolderHierarchy:DisplayName', 'Once'),
      el('FolderHierarchy:Type', 12),
    )
    const replies = await Promise.all(Array.from({ length: 20 }, () => phone.post('FolderCreate', create)))
    for (const reply of replies) expect(['1', '6']).toContain(textAt(reply.node, 'Status'))
    expect(new Set(replies.flatMap((reply) => textAt(reply.node, 'ServerId') ?? [])).size).toBe(1)
    const other = await server.phone('alice@example.test')
    expect([...other.folders.values()].filter(({ name }) => name === 'Once')).toHaveLength(1)
  })

  test('that move the same message move it once', async () => {
    const [id = ''] = phone.collection('Inbox').items.keys()
    const moves = await Promise.all(Array.from({ length: 20 }, () => phone.move('Inbox', [id], 'Deleted Items')))
    expect(new Set(moves.flat().map(({ status }) => status))).toEqual(new Set([3]))
    expect(new Set(moves.flat().map((moved) => moved.id)).size).toBe(1)
  })

  test('that ask for a policy leave a key that works', async () => {
    await Promise.all(Array.from({ length: 20 }, () => phone.provision().catch(() => null)))
    expect(await phone.provision()).toBe('1')
    expect((await phone.sync('Inbox')).status).toBe(1)
  })

  test('that begin anew get one beginning', async () => {
    const first = el('AirSync:Sync', [
      el('AirSync:Collections', [
        el('AirSync:Collection', [el('AirSync:SyncKey', '0'), el('AirSync:CollectionId', phone.folder('Inbox').id)]),
      ]),
    ])
    const replies = await Promise.all(Array.from({ length: 20 }, () => phone.post('Sync', first)))
    expect(new Set(replies.map((reply) => textAt(reply.node, 'Collections/Collection/SyncKey'))).size).toBe(1)
  })
})

describe('a parked Ping', () => {
  const parked = () => server.parked('alice@example.test', 'RACER')

  test('gives way to another, and goes on beside a Sync', async () => {
    await phone.syncAll('Inbox')
    const first = phone.ping(['Inbox'])
    await parked()
    const second = phone.ping(['Inbox'])
    expect((await first).status).toBe(1)
    await parked()
    const [synced] = await Promise.all([phone.sync('Inbox'), server.deliver('alice@example.test')])
    expect(synced.status).toBe(1)
    // The Sync may have brought what the Ping would have told.
    await server.clock.advance(481)
    expect([1, 2]).toContain((await second).status)
    expect(server.running.parked()).toBe(0)
  })

  test('ends with 7 when its account is disabled, and the next command is refused', async () => {
    await phone.syncAll('Inbox')
    const pinging = phone.ping(['Inbox'])
    await parked()
    await disableAccount.run(
      { ...server.running.admin, actor: actorOf('administrator') },
      { address: 'alice@example.test' },
      () => undefined,
    )
    expect((await pinging).status).toBe(7)
    const next = await phone.post('Sync', null)
    expect(next.status).toBe(403)
    expect((await phone.hello()).status).toBe(403)
    expect(server.running.parked()).toBe(0)
  })

  test('ends when its device is forgotten or its folder removed', async () => {
    await phone.syncAll('Inbox')
    const made = await phone.post(
      'FolderCreate',
      folderDocument(
        'FolderCreate',
        el('FolderHierarchy:SyncKey', phone.folderKey),
        el('FolderHierarchy:ParentId', '0'),
        el('FolderHierarchy:DisplayName', 'Going'),
        el('FolderHierarchy:Type', 12),
      ),
    )
    await phone.folderSync()
    const other = await server.phone('alice@example.test')
    const pinging = phone.ping(['Inbox', 'Going'])
    await parked()
    const gone = await other.post(
      'FolderDelete',
      folderDocument(
        'FolderDelete',
        el('FolderHierarchy:SyncKey', other.folderKey),
        el('FolderHierarchy:ServerId', textAt(made.node, 'ServerId') ?? ''),
      ),
    )
    expect(textAt(gone.node, 'Status')).toBe('1')
    await server.clock.advance(1)
    expect((await pinging).status).toBe(7)
  })

  test('whose phone hangs up leaves nothing behind', async () => {
    await phone.syncAll('Inbox')
    for (let round = 0; round < 20; round++) {
      const stop = new AbortController()
      const pinging = phone.ping(['Inbox'], 480, stop.signal).catch(() => null)
      await parked()
      stop.abort()
      await pinging
    }
    while (server.running.parked() > 0) await turn()
    expect((await phone.sync('Inbox')).status).toBe(1)
  })
})

describe('a folder that goes in the middle of a Sync', () => {
  test('costs the phone the folder and nothing else', async () => {
    const other = await server.phone('alice@example.test')
    const made = await other.post(
      'FolderCreate',
      folderDocument(
        'FolderCreate',
        el('FolderHierarchy:SyncKey', other.folderKey),
        el('FolderHierarchy:ParentId', '0'),
        el('FolderHierarchy:DisplayName', 'Going'),
        el('FolderHierarchy:Type', 12),
      ),
    )
    const id = textAt(made.node, 'ServerId') ?? ''
    await other.folderSync()
    await phone.folderSync()
    await phone.syncAll('Inbox')
    await phone.move('Inbox', [...phone.collection('Inbox').items.keys()].slice(0, 6), 'Going')
    await phone.sync('Going', { window: 1 })
    const requests = Array.from({ length: 20 }, () =>
      phone.post(
        'Sync',
        el('AirSync:Sync', [el('AirSync:Collections', [phone.collectionNode('Going', { window: 1 }), phone.collectionNode('Inbox', {})])]),
      ),
    )
    const removal = other.post(
      'FolderDelete',
      folderDocument('FolderDelete', el('FolderHierarchy:SyncKey', other.folderKey), el('FolderHierarchy:ServerId', id)),
    )
    const replies = await Promise.all(requests)
    expect(textAt((await removal).node, 'Status')).toBe('1')
    for (const reply of replies) {
      expect(reply.status).toBe(200)
      for (const node of all(reply.node, 'Collections/Collection')) {
        const status = textAt(node, 'Status')
        expect(textAt(node, 'CollectionId') === id ? ['1', '12', '16'] : ['1', '16']).toContain(status)
      }
    }
    expect(await phone.folderSync()).toBe(1)
    expect(phone.folders.has(id)).toBe(false)
    expect((await phone.sync('Inbox')).status).toBe(1)
  })
})

describe('a server that stops in the middle', () => {
  test('answers what is parked, refuses what comes, and forgets nothing it said', { timeout: 30_000 }, async () => {
    await phone.syncAll('Inbox')
    const tablet = await server.phone('alice@example.test', { deviceId: 'TABLET' })
    await tablet.syncAll('Inbox')
    const pinging = phone.ping(['Inbox'])
    await server.parked('alice@example.test', 'RACER')
    const mime = (index: number) => `From: alice@example.test\r\nTo: alice@example.test\r\nSubject: ${index}\r\n\r\nx\r\n`
    const sending = Array.from({ length: 20 }, (_, index) => tablet.sendMail(mime(index), { clientId: `stop${index}` }).catch(() => null))
    await turn()
    await server.restart()
    expect((await pinging).status).toBe(1)
    const sent = await Promise.all(sending)
    for (const [index, reply] of sent.entries()) {
      if (reply?.status === 200) expect(reply.bytes).toHaveLength(0)
      else if (reply !== null) expect(reply.status).toBe(503)
      // Whoever heard nothing, or was asked to come back, sends again.
      if (reply?.status !== 200) await tablet.sendMail(mime(index), { clientId: `stop${index}` })
    }
    while ((await server.store.outbox.nextDue()) !== null) await turn()
    await tablet.syncAll('Inbox')
    const subjects = [...tablet.collection('Inbox').items.values()].map((item) => item.properties.get('Email:Subject'))
    for (let index = 0; index < 20; index++) expect(subjects.filter((subject) => subject === String(index))).toHaveLength(1)
    expect(tablet.violations).toEqual([])
  })
})

describe('an administrator in the middle', () => {
  test('may forget a device while it is at work', async () => {
    await phone.syncAll('Inbox')
    const account = await server.accountOf('alice@example.test')
    const work = Array.from({ length: 20 }, () =>
      phone.post('Sync', el('AirSync:Sync', [el('AirSync:Collections', [phone.collectionNode('Inbox', {})])])),
    )
    await server.deliver('alice@example.test', message())
    await server.store.devices.remove(account.id, 'RACER' as DeviceId)
    for (const reply of await Promise.all(work)) expect([200, 503]).toContain(reply.status)
    const again = new Phone({ ...phone.options, version: '16.1' })
    await again.hello()
    expect(await again.folderSync()).toBe(1)
    await again.syncAll('Inbox')
    expect(again.collection('Inbox').items.size).toBe(13)
    again.close()
  })
})
