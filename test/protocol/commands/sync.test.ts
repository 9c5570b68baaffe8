// Sync through the door, rule by rule: keys, windows, waits, commands, and what goes wrong elsewhere.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { folderType } from '../../../src/model/folder.ts'
import type { ServerId } from '../../../src/model/id.ts'
import { message } from '../../support/message.ts'
import { change, type Phone } from '../../support/phone.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { all, el, one, textAt, type Node } from '../../support/wire.ts'

let server: TestServer
let number = 0

beforeAll(async () => {
  server = await startTestServer({ accounts: [] })
})

afterAll(() => server.close())

/** A fresh account with some mail, and a phone on it. */
async function life(options: { mail?: number; version?: string; deviceType?: string } = {}): Promise<{ address: string; phone: Phone }> {
  const address = `sync${++number}@example.test`
  await server.account(address)
  for (let count = 1; count <= (options.mail ?? 0); count++) await server.deliver(address, message({ subject: `Mail ${count}` }))
  const { version = '14.1', deviceType = 'iPhone' } = options
  return { address, phone: await server.phone(address, { version, deviceType }) }
}

const sync = (...children: (Node | false)[]) => el('AirSync:Sync', children)
const collections = (...list: Node[]) => el('AirSync:Collections', list)
const collection = (key: string, id: string, ...more: (Node | false)[]) =>
  el('AirSync:Collection', [el('AirSync:SyncKey', key), el('AirSync:CollectionId', id), ...more])
const statusOf = (node: Node | null) => textAt(node, 'Collections/Collection/Status') ?? textAt(node, 'Status')

describe('keys', () => {
  it('key 0 primes: a new key and no items', async () => {
    const { phone } = await life({ mail: 2 })
    const { node } = await phone.post('Sync', sync(collections(collection('0', phone.folder('Inbox').id))))
    expect(statusOf(node)).toBe('1')
    expect(textAt(node, 'Collections/Collection/SyncKey')).not.toBe('0')
    expect(one(node, 'Collections/Collection/Commands')).toBeNull()
  })

  it('GetChanges with key 0 is a protocol error, GetChanges 0 is not', async () => {
    const { phone } = await life()
    const { id } = phone.folder('Inbox')
    for (const [value, status] of [
      [el('AirSync:GetChanges'), '4'],
      [el('AirSync:GetChanges', '1'), '4'],
      [el('AirSync:GetChanges', '0'), '1'],
    ] as const) {
      expect(statusOf((await phone.post('Sync', sync(collections(collection('0', id, value))))).node)).toBe(status)
    }
  })

  it('a lost reply is answered again without a second copy', async () => {
    const { phone } = await life({ mail: 3 })
    await phone.sync('Inbox', { window: 1 })
    const before = phone.collection('Inbox').key
    const { id } = phone.folder('Inbox')
    await phone.post('Sync', sync(collections(collection(before, id))))
    await phone.syncAll('Inbox')
    expect(phone.items('Inbox')).toHaveLength(3)
    expect(phone.violations).toEqual([])
  })

  it('an unknown key is answered with Status 3 and key 0, and the reason is on record', async () => {
    const { address, phone } = await life()
    const { node } = await phone.post('Sync', sync(collections(collection('77', phone.folder('Inbox').id))))
    expect(statusOf(node)).toBe('3')
    expect(textAt(node, 'Collections/Collection/SyncKey')).toBe('0')
    const account = await server.accountOf(address)
    const state = await server.store.syncState(account.id, phone.options.deviceId as never)
    expect((await state.resets()).map((reset) => reset.presented)).toEqual(['77'])
  })

  it('a second SyncKey 0 shortly after the first is the same initialisation', async () => {
    const { phone } = await life()
    const prime = async () => {
      const { node } = await phone.post('Sync', sync(collections(collection('0', phone.folder('Inbox').id))))
      return textAt(node, 'Collections/Collection/SyncKey')
    }
    const [first, second] = await Promise.all([prime(), prime()])
    expect(first).toBe(second)
  })

  it('commands with key 0 are refused, not lost', async () => {
    const { phone } = await life()
    const { id } = phone.folder('Inbox')
    const commands = el('AirSync:Commands', [el('AirSync:Delete', [el('AirSync:ServerId', `${id}:1`)])])
    expect(statusOf((await phone.post('Sync', sync(collections(collection('0', id, commands))))).node)).toBe('4')
  })
})

describe('windows', () => {
  it('WindowSize is 100 when it is left out; 0 and anything over 512 count as 512', async () => {
    const { phone } = await life({ mail: 103 })
    expect((await phone.sync('Inbox')).added).toHaveLength(100)
    const other = await server.phone(phone.options.address, { version: '14.1' })
    expect((await other.sync('Inbox', { window: 0 })).added).toHaveLength(103)
    const third = await server.phone(phone.options.address, { version: '14.1' })
    expect((await third.sync('Inbox', { window: 9999 })).added).toHaveLength(103)
  })

  it('the newest mail comes first, MoreAvailable until nothing waits, and never without a command', async () => {
    const { phone } = await life({ mail: 5 })
    const first = await phone.sync('Inbox', { window: 2 })
    expect([first.added.length, first.more]).toEqual([2, true])
    await phone.syncAll('Inbox', { window: 2 })
    expect(phone.items('Inbox')).toHaveLength(5)
    expect(phone.violations).toEqual([])
  })

  it('the window of the whole request is shared, and every collection with changes gets at least one', async () => {
    const { address, phone } = await life({ mail: 6 })
    const mailbox = await server.mailbox(address)
    const archive = (await mailbox.allFolders()).find((folder) => folder.name === 'Archive')
    const inbox = await mailbox.defaultFolder(folderType.inbox)
    const { changes } = await mailbox.items(inbox.id, 'Email').newestFirst(null, null, 3)
    for (const { id } of changes) await mailbox.move(id, archive?.id ?? inbox.id)
    for (const name of ['Inbox', 'Archive'])
      await phone.post('Sync', sync(collections(phone.collectionNode(name)))).then((reply) => phone.takeSync(name, reply))
    const body = sync(collections(phone.collectionNode('Inbox'), phone.collectionNode('Archive')), el('AirSync:WindowSize', 4))
    const { node } = await phone.post('Sync', body)
    const told = all(node, 'Collections/Collection').map((one_) => all(one_, 'Commands/Add').length)
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(4)
    expect(Math.min(...told)).toBeGreaterThan(0)
  })

  it('MoreAvailable stands before Commands, for Windows Phone', async () => {
    const { phone } = await life({ mail: 3 })
    const { collection: found } = await phone.sync('Inbox', { window: 1 })
    const names = found?.children.map((child) => child.name.split(':')[1]) ?? []
    expect(names.indexOf('MoreAvailable')).toBeLessThan(names.indexOf('Commands'))
  })

  it('a FilterType that does not fit the class is an error', async () => {
    const { phone } = await life()
    expect((await phone.sync('Inbox', { filter: 6 })).status).toBe(4)
  })

  it('what leaves the window is a SoftDelete, not a Delete', async () => {
    const { address, phone } = await life({ mail: 1 })
    await phone.syncAll('Inbox', { filter: 1 })
    expect(phone.items('Inbox')).toHaveLength(1)
    await server.clock.advance(3 * 86_400)
    await server.deliver(address)
    const { softDeleted, deleted } = await phone.sync('Inbox', { filter: 1 })
    expect([softDeleted.length, deleted.length]).toEqual([1, 0])
  })
})

describe('empty and partial requests', () => {
  it('nothing new is an empty answer: no body, no Content-Type, no Content-Encoding', async () => {
    const { phone } = await life({ mail: 1 })
    await phone.syncAll('Inbox')
    const { reply } = await phone.sync('Inbox')
    expect([reply.status, reply.bytes.length, reply.headers['content-length']]).toEqual([200, 0, '0'])
    expect(phone.violations).toEqual([])
  })

  it('an empty request repeats the last one', async () => {
    const { address, phone } = await life({ mail: 1 })
    await phone.syncAll('Inbox')
    await phone.sync('Inbox')
    expect((await phone.post('Sync', null)).bytes).toHaveLength(0)
    await server.deliver(address)
    expect(phone.takeSync('Inbox', await phone.post('Sync', null)).added).toHaveLength(1)
  })

  it('an empty request of a device of which nothing is remembered is answered with 13', async () => {
    const { phone } = await life()
    expect(statusOf((await phone.post('Sync', null)).node)).toBe('13')
  })

  it('an empty request over an answer that was not acknowledged is answered with 13', async () => {
    const { address, phone } = await life()
    await phone.syncAll('Inbox')
    await phone.sync('Inbox')
    await server.deliver(address)
    await phone.post('Sync', null)
    expect(statusOf((await phone.post('Sync', null)).node)).toBe('13')
  })

  it('a partial request takes the rest from the last one', async () => {
    const { address, phone } = await life({ mail: 1 })
    for (const name of ['Inbox', 'Drafts']) await phone.syncAll(name)
    await phone.post('Sync', sync(collections(phone.collectionNode('Inbox'), phone.collectionNode('Drafts'))))
    await server.deliver(address)
    const { node } = await phone.post('Sync', sync(collections(phone.collectionNode('Drafts')), el('AirSync:Partial')))
    expect(all(node, 'Collections/Collection').map((found) => textAt(found, 'CollectionId'))).toEqual([phone.folder('Inbox').id])
  })

  it('Partial alone is a protocol error, and with nothing remembered 13', async () => {
    const { phone } = await life()
    expect(statusOf((await phone.post('Sync', sync(el('AirSync:Partial'), el('AirSync:Wait', 5)))).node)).toBe('13')
    await phone.syncAll('Inbox')
    expect(statusOf((await phone.post('Sync', sync(el('AirSync:Partial')))).node)).toBe('4')
  })

  it('options are remembered until the device sends others', async () => {
    const { address, phone } = await life({ mail: 1 })
    await phone.syncAll('Inbox', { body: [{ type: 1, truncation: 4 }] })
    await server.deliver(address, message({ text: 'A long text' }))
    const { collection: found } = await phone.sync('Inbox')
    const add = one(found, 'Commands/Add/ApplicationData')
    expect(textAt(add, 'AirSyncBase:Body/AirSyncBase:Data')).toBe('A lo')
  })
})

describe('waiting', () => {
  it('a heartbeat ends with an empty answer', async () => {
    const { address, phone } = await life()
    await phone.syncAll('Inbox')
    const asked = phone.sync('Inbox', { heartbeat: 120 })
    await server.parked(address, phone.options.deviceId)
    await server.clock.advance(120)
    expect((await asked).reply.bytes).toHaveLength(0)
  })

  it('a delivery ends the wait with the mail', async () => {
    const { address, phone } = await life({ version: '12.1' })
    await phone.syncAll('Inbox')
    const asked = phone.sync('Inbox', { waitMinutes: 30 })
    await server.parked(address, phone.options.deviceId)
    await server.deliver(address)
    await server.clock.advance(0.1)
    expect((await asked).added).toHaveLength(1)
  })

  it('both Wait and HeartbeatInterval are a protocol error; out of range is 14 with the bound in the unit that was asked', async () => {
    const { phone } = await life()
    await phone.syncAll('Inbox')
    const both = await phone.post(
      'Sync',
      sync(collections(phone.collectionNode('Inbox')), el('AirSync:Wait', 5), el('AirSync:HeartbeatInterval', 300)),
    )
    expect(statusOf(both.node)).toBe('4')
    const limit = async (node: Node) => {
      const reply = await phone.post('Sync', sync(collections(phone.collectionNode('Inbox')), node))
      return [textAt(reply.node, 'Status'), textAt(reply.node, 'Limit')]
    }
    expect(await limit(el('AirSync:HeartbeatInterval', 59))).toEqual(['14', '60'])
    expect(await limit(el('AirSync:HeartbeatInterval', 3541))).toEqual(['14', '3540'])
    expect(await limit(el('AirSync:Wait', 0))).toEqual(['14', '1'])
    expect(await limit(el('AirSync:Wait', 60))).toEqual(['14', '59'])
  })

  it('a request with commands is never parked', async () => {
    const { phone } = await life({ mail: 1 })
    await phone.syncAll('Inbox')
    const [item] = phone.items('Inbox')
    const { status } = await phone.sync('Inbox', { heartbeat: 300, commands: [change(item?.id ?? '', [el('Email:Read', '1')])] })
    expect(status).toBe(1)
  })

  it('a newer request of the same device ends the older wait', async () => {
    const { address, phone } = await life()
    await phone.syncAll('Inbox')
    const older = phone.sync('Inbox', { heartbeat: 600 })
    await server.parked(address, phone.options.deviceId)
    expect((await phone.sync('Inbox')).status).toBe(1)
    const newer = phone.ping(['Inbox'], 480)
    expect((await older).reply.bytes).toHaveLength(0)
    await server.clock.advance(480)
    expect((await newer).status).toBe(1)
  })

  it('a heartbeat over no folders at all waits and does not loop', async () => {
    const { address, phone } = await life()
    const asked = phone.post('Sync', sync(el('AirSync:Collections'), el('AirSync:HeartbeatInterval', 120)))
    await server.parked(address, phone.options.deviceId)
    await server.clock.advance(120)
    expect((await asked).bytes).toHaveLength(0)
  })

  it('too many collections are answered with 15 and the limit', async () => {
    const { phone } = await life()
    const list = Array.from({ length: 301 }, (_, index) => collection('1', `x${index}`))
    const { node } = await phone.post('Sync', sync(collections(...list)))
    expect([textAt(node, 'Status'), textAt(node, 'Limit')]).toEqual(['15', '300'])
  })
})

describe('commands of the client', () => {
  it('a Change and a Delete that worked are not mentioned', async () => {
    const { phone } = await life({ mail: 2 })
    await phone.syncAll('Inbox')
    const [first, second] = phone.items('Inbox')
    expect(one((await phone.mark('Inbox', first?.id ?? '', true)).collection, 'Responses')).toBeNull()
    expect(one((await phone.remove('Inbox', [second?.id ?? ''])).collection, 'Responses')).toBeNull()
  })

  it('what the client just changed does not come back', async () => {
    const { phone } = await life({ mail: 1 })
    await phone.syncAll('Inbox')
    const [item] = phone.items('Inbox')
    const marked = await phone.mark('Inbox', item?.id ?? '', true)
    expect(marked.changed).toEqual([])
    expect((await phone.sync('Inbox')).reply.bytes).toHaveLength(0)
  })

  it('a Delete goes to Deleted Items unless DeletesAsMoves is 0, and from there for good', async () => {
    const { address, phone } = await life({ mail: 2 })
    await phone.syncAll('Inbox')
    const [first, second] = phone.items('Inbox')
    await phone.sync('Inbox', { commands: [el('AirSync:Delete', [el('AirSync:ServerId', first?.id ?? '')])] })
    await phone.remove('Inbox', [second?.id ?? ''], false)
    await phone.syncAll('Deleted Items')
    const trashed = phone.items('Deleted Items')
    expect(trashed).toHaveLength(1)
    await phone.remove('Deleted Items', [trashed[0]?.id ?? ''])
    const trash = (await (await server.mailbox(address)).defaultFolder(folderType.deletedItems)).id
    expect((await (await server.mailbox(address)).items(trash, 'Email').newestFirst(null, null, 5)).changes).toEqual([])
  })

  it('a Change of what is not there is answered with 8, a Delete of what is gone already with silence', async () => {
    const { address, phone } = await life({ mail: 1 })
    await phone.syncAll('Inbox')
    const { id } = phone.folder('Inbox')
    const [item] = phone.items('Inbox')
    const unknown = await phone.sync('Inbox', {
      commands: [change(`${id}:zz9`, [el('Email:Read', '1')]), el('AirSync:Delete', [el('AirSync:ServerId', `${id}:zz8`)])],
    })
    expect(all(unknown.collection, 'Responses/Change').map((node) => textAt(node, 'Status'))).toEqual(['8'])
    expect(all(unknown.collection, 'Responses/Delete').map((node) => textAt(node, 'Status'))).toEqual(['8'])
    await (await server.mailbox(address)).remove(item?.id as ServerId, 'forever')
    const gone = await phone.remove('Inbox', [item?.id ?? ''])
    expect(one(gone.collection, 'Responses')).toBeNull()
    expect(gone.deleted).toEqual([])
    expect(phone.violations).toEqual([])
  })

  it('more than 200 commands are a protocol error', async () => {
    const { phone } = await life()
    await phone.syncAll('Inbox')
    const commands = Array.from({ length: 201 }, (_, index) => el('AirSync:Fetch', [el('AirSync:ServerId', `1:${index}`)]))
    expect((await phone.sync('Inbox', { commands })).status).toBe(4)
  })

  it('two commands on one item are answered with 16', async () => {
    const { phone } = await life({ mail: 1 })
    await phone.syncAll('Inbox')
    const id = phone.items('Inbox')[0]?.id ?? ''
    const commands = [change(id, [el('Email:Read', '1')]), el('AirSync:Delete', [el('AirSync:ServerId', id)])]
    expect((await phone.sync('Inbox', { commands })).status).toBe(16)
  })

  it('a Fetch brings the item, and nothing else if nothing else was asked', async () => {
    const { address, phone } = await life({ mail: 1 })
    await phone.syncAll('Inbox')
    await server.deliver(address)
    const id = phone.items('Inbox')[0]?.id ?? ''
    const { collection: found, added } = await phone.sync('Inbox', { commands: [el('AirSync:Fetch', [el('AirSync:ServerId', id)])] })
    expect(textAt(found, 'Responses/Fetch/Status')).toBe('1')
    expect(textAt(one(found, 'Responses/Fetch'), 'ApplicationData/Email:Subject')).toBe('Mail 1')
    expect(added).toEqual([])
  })

  it('a Delete with an empty ServerId, as BlackBerry sends it, harms nothing', async () => {
    const { phone } = await life({ mail: 1 })
    await phone.syncAll('Inbox')
    const { status } = await phone.sync('Inbox', { commands: [el('AirSync:Delete', [el('AirSync:ServerId')])] })
    expect(status).toBe(1)
  })

  it('a broken item is answered by itself, and the others are served', async () => {
    const { phone } = await life({ mail: 2 })
    await phone.syncAll('Inbox')
    const [first, second] = phone.items('Inbox')
    const { collection: found } = await phone.sync('Inbox', {
      commands: [
        change(first?.id ?? '', [el('Email2:ConversationId', Buffer.alloc(16))]),
        change(second?.id ?? '', [el('Email:Read', '1')]),
      ],
    })
    expect(all(found, 'Responses/Change').map((node) => [textAt(node, 'ServerId'), textAt(node, 'Status')])).toEqual([[first?.id, '6']])
  })
})

describe('folders that are gone', () => {
  it('a missing folder is answered with 12, and left out for Outlook', async () => {
    const { phone } = await life()
    const body = sync(collections(collection('1', 'zz')))
    expect(statusOf((await phone.post('Sync', body)).node)).toBe('12')
    const outlook = await life({ deviceType: 'WindowsOutlook15', version: '14.0' })
    expect((await outlook.phone.post('Sync', body)).bytes).toHaveLength(0)
  })

  it('one missing folder does not keep the others from syncing', async () => {
    const { phone } = await life({ mail: 1 })
    await phone.syncAll('Inbox', { filter: 0 })
    await server.deliver(phone.options.address)
    const { node } = await phone.post('Sync', sync(collections(collection('1', 'zz'), phone.collectionNode('Inbox'))))
    expect(all(node, 'Collections/Collection').map((found) => textAt(found, 'Status'))).toEqual(['12', '1'])
  })
})

describe('clients with needs of their own', () => {
  it('HTC gets a body where others get an empty answer', async () => {
    const { phone } = await life({ deviceType: 'htcvision', version: '12.1' })
    await phone.syncAll('Inbox')
    const { reply } = await phone.sync('Inbox')
    expect(textAt(reply.node, 'Collections/Collection/Status')).toBe('1')
  })

  it('Outlook gets a Change where others get an Add of what they moved', async () => {
    const { phone } = await life({ deviceType: 'WindowsOutlook15', version: '14.0', mail: 1 })
    await phone.syncAll('Inbox')
    await phone.syncAll('Archive')
    const [moved] = await phone.move('Inbox', [phone.items('Inbox')[0]?.id ?? ''], 'Archive')
    phone.collection('Archive').items.set(moved?.id ?? '', { id: moved?.id ?? '', properties: new Map(), nodes: new Map() })
    const { added, changed } = await phone.sync('Archive')
    expect([added, changed]).toEqual([[], [moved?.id]])
  })

  it('a Class before the SyncKey, as 12.1 has it, comes back there', async () => {
    const { phone } = await life({ version: '12.1' })
    const { node } = await phone.post(
      'Sync',
      sync(
        collections(
          el('AirSync:Collection', [
            el('AirSync:Class', 'Email'),
            el('AirSync:SyncKey', '0'),
            el('AirSync:CollectionId', phone.folder('Inbox').id),
          ]),
        ),
      ),
    )
    expect(one(node, 'Collections/Collection')?.children[0]?.name).toBe('AirSync:Class')
  })
})
