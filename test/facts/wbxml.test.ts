// The bytes of answers, and of requests as phones write them: header, opaque content, NUL, order, nothing empty.
import { describe, expect, it } from 'vitest'
import { tagNamed } from '../../src/wbxml/pages.ts'
import { message } from '../support/message.ts'
import { all, el, one, textAt, type Node } from '../support/wire.ts'
import { collectionOf, Lives, syncOf, syncStatus } from './lives.ts'

const names = (node: Node | null) => (node?.children ?? []).map((child) => child.name.split(':')[1])

describe('documents', () => {
  const lives = new Lives()

  it('begin with version 1.3, an unknown public identifier, UTF-8 and no string table', async () => {
    const { phone } = await lives.life({ mail: 1 })
    const synced = await phone.sync('Inbox')
    const pinged = await phone.ping(null)
    for (const { bytes } of [synced.reply, pinged.reply]) expect(bytes.subarray(0, 4).toString('hex')).toBe('03016a00')
  })

  it('are read with whatever string table stands in front of them', async () => {
    const { phone } = await lives.life()
    // A table of 129 bytes, whose length takes two: 81 01.
    const table = Buffer.concat([Buffer.from('03016a8101', 'hex'), Buffer.alloc(129, 0x41)])
    const body = Buffer.from('0007565203300001', 'hex')
    const plain = Buffer.concat([Buffer.from('03016a00', 'hex'), body, Buffer.from('01', 'hex')])
    const tabled = Buffer.concat([table, body, Buffer.from('01', 'hex')])
    for (const bytes of [plain, tabled]) expect(textAt((await phone.post('FolderSync', bytes)).node, 'Status')).toBe('1')
  })

  it('carry binary content as OPAQUE in both directions', async () => {
    const { address, phone } = await lives.life({ version: '16.1', mail: 1 })
    await phone.syncAll('Inbox')
    const conversation = phone.items('Inbox')[0]?.nodes.get('Email2:ConversationId')?.value
    expect([Buffer.isBuffer(conversation), conversation?.length]).toEqual([true, 16])
    // SendMail carries its message as OPAQUE, and a draft its body, whatever its type.
    expect((await phone.sendMail(message({ from: address, to: await lives.account() }))).bytes).toHaveLength(0)
    const data = Buffer.from('Grüße')
    const draft = el('AirSync:Add', [
      el('AirSync:ClientId', '1'),
      el('AirSync:ApplicationData', [
        el('Email:Subject', 'Draft'),
        el('AirSyncBase:Body', [el('AirSyncBase:Type', 1), el('AirSyncBase:Data', data)]),
      ]),
    ])
    const { collection } = await phone.sync('Drafts', { commands: [draft] })
    expect(textAt(collection, 'Responses/Add/Status')).toBe('1')
    const tablet = await lives.server.phone(address, { version: '16.1' })
    await tablet.syncAll('Drafts')
    expect(textAt(tablet.items('Drafts')[0]?.nodes.get('AirSyncBase:Body') ?? null, 'Data')).toBe('Grüße')
  })

  it('lose no element behind a NUL that somebody mailed', async () => {
    const { address, phone } = await lives.life()
    await lives.server.deliver(address, message({ subject: 'Before\0after\u0001', text: 'one\0two' }))
    await lives.server.deliver(address, message({ subject: 'Next' }))
    await phone.syncAll('Inbox')
    const [next, odd] = phone.items('Inbox')
    expect(next?.properties.get('Email:Subject')).toBe('Next')
    expect(odd?.properties.get('Email:Subject')).not.toMatch(/\p{Cc}/u)
    expect(odd?.properties.get('Email:Read')).toBe('0')
    expect(textAt(odd?.nodes.get('AirSyncBase:Body') ?? null, 'Data')).toMatch(/^one\P{Cc}*two/u)
  })

  it('name the account-only wipe on the page of Provision, where 0x3B is no other element', () => {
    const { page, token } = tagNamed('Provision:AccountOnlyRemoteWipe') ?? {}
    expect([page, token]).toEqual([14, 0x3b])
  })
})

describe('the order of elements', () => {
  const lives = new Lives()

  it('in a Body is Type, EstimatedDataSize, Truncated, Data, Preview; in a BodyPart the Status comes first', async () => {
    const { address, phone } = await lives.life()
    await lives.server.deliver(address, message({ text: 'x'.repeat(500), html: `<p>${'x'.repeat(500)}</p>` }))
    await phone.syncAll('Archive')
    const options = el('AirSync:Options', [
      el('AirSyncBase:BodyPreference', [el('AirSyncBase:Type', 2), el('AirSyncBase:TruncationSize', 50), el('AirSyncBase:Preview', 20)]),
      el('AirSyncBase:BodyPartPreference', [el('AirSyncBase:Type', 2), el('AirSyncBase:TruncationSize', 50)]),
    ])
    const { id } = phone.folder('Inbox')
    const primed = await phone.post('Sync', syncOf([collectionOf('0', id)]))
    const { node } = await phone.post(
      'Sync',
      syncOf([collectionOf(textAt(primed.node, 'Collections/Collection/SyncKey') ?? '', id, options)]),
    )
    const data = one(node, 'Collections/Collection/Commands/Add/ApplicationData')
    expect(names(one(data, 'AirSyncBase:Body'))).toEqual(['Type', 'EstimatedDataSize', 'Truncated', 'Data', 'Preview'])
    expect(names(one(data, 'AirSyncBase:BodyPart'))).toEqual(['Status', 'Type', 'EstimatedDataSize', 'Truncated', 'Data'])
  })

  it('in a Collection is SyncKey, CollectionId, Status, MoreAvailable, Responses, Commands', async () => {
    const { address, phone } = await lives.life({ mail: 1 })
    await phone.syncAll('Inbox')
    const [item] = phone.items('Inbox')
    for (let count = 0; count < 2; count++) await lives.server.deliver(address)
    const broken = el('AirSync:Change', [
      el('AirSync:ServerId', item?.id ?? ''),
      el('AirSync:ApplicationData', [el('Email:Subject', 'Mine')]),
    ])
    const { collection } = await phone.sync('Inbox', { window: 1, commands: [broken] })
    expect(names(collection)).toEqual(['SyncKey', 'CollectionId', 'Status', 'MoreAvailable', 'Responses', 'Commands'])
  })
})

describe('containers', () => {
  const lives = new Lives()

  it('are left out where nothing stands in them: Commands, Responses, Collections, Folders', async () => {
    const { phone } = await lives.life({ mail: 1 })
    await phone.syncAll('Inbox')
    const [item] = phone.items('Inbox')
    const { collection } = await phone.mark('Inbox', item?.id ?? '', true)
    expect(names(collection)).toEqual(['SyncKey', 'CollectionId', 'Status'])
    const primed = await phone.post('Sync', syncOf([collectionOf('0', phone.folder('Archive').id)]))
    expect([syncStatus(primed.node), names(one(primed.node, 'Collections/Collection'))]).toEqual([
      '1',
      ['SyncKey', 'CollectionId', 'Status'],
    ])
    const missing = await phone.ping(null)
    expect([missing.status, names(missing.reply.node)]).toEqual([3, ['Status']])
    expect(all(missing.reply.node, 'Folders')).toEqual([])
    expect(phone.violations).toEqual([])
  })
})
