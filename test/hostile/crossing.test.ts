// Somebody else's ids: whoever logs in as himself and names what belongs to another account learns nothing and changes nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { change, type Phone, type Reply } from '../support/phone.ts'
import { message } from '../support/message.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { all, el, textAt, walk, type Node } from '../support/wire.ts'

const secret = 'TOP-SECRET'
const deviceId = 'SAMEDEVICE'

let server: TestServer
let alice: Phone
let mallory: Phone
/** Ids of Alice's: a folder of her own with its messages, the second of which has a file. */
let folder: string
let items: string[]
let file: string
let conversation: Buffer
let before: string

/** Everything in Alice's mailbox, as text. */
async function aliceHolds(): Promise<string> {
  const mailbox = await server.mailbox('alice@example.test')
  const lines: string[] = []
  for (const each of await mailbox.allFolders()) {
    const { changes } = await mailbox.items(each.id, 'Email').newestFirst(null, null, 1000)
    lines.push(`${each.id} ${each.name}: ${changes.map(({ id, modseq }) => `${id}@${modseq}`).join(' ')}`)
  }
  return lines.join('\n')
}

beforeAll(async () => {
  server = await startTestServer({ accounts: ['alice@example.test', 'mallory@example.test'] })
  alice = await server.phone('alice@example.test', { deviceId })
  const made = await alice.post(
    'FolderCreate',
    el('FolderHierarchy:FolderCreate', [
      el('FolderHierarchy:SyncKey', alice.folderKey),
      el('FolderHierarchy:ParentId', '0'),
      el('FolderHierarchy:DisplayName', secret),
      el('FolderHierarchy:Type', 12),
    ]),
  )
  folder = textAt(made.node, 'ServerId') ?? ''
  await alice.folderSync()
  for (let count = 0; count < 3; count++) {
    const attachments = count === 0 ? [] : [{ name: 'plan.txt', type: 'text/plain', content: secret }]
    await server.deliver(
      'alice@example.test',
      message({
        subject: secret,
        text: secret,
        attachments,
        messageId: `<${count}.thread@else.test>`,
        headers: ['References: <thread@else.test>'],
      }),
    )
  }
  await alice.sync('Inbox', { body: [{ type: 1 }] })
  const moved = await alice.move('Inbox', [...alice.collection('Inbox').items.keys()], secret)
  await alice.sync('Inbox')
  await alice.sync(secret, { body: [{ type: 1 }] })
  items = moved.map(({ id }) => id ?? '')
  const shown = items.map((id) => alice.collection(secret).items.get(id))
  file =
    shown
      .flatMap((item) => [
        ...(item?.nodes.get('AirSyncBase:Attachments') === undefined ? [] : walk(item.nodes.get('AirSyncBase:Attachments')!)),
      ])
      .flatMap((node) => (node.name === 'AirSyncBase:FileReference' ? [String(node.value)] : []))[0] ?? ''
  conversation = shown[0]?.nodes.get('Email2:ConversationId')?.value as Buffer
  await alice.sendMail(`From: alice@example.test\r\nTo: alice@example.test\r\nSubject: ${secret}\r\n\r\n${secret}\r\n`, {
    clientId: 'once',
  })
  mallory = await server.phone('mallory@example.test', { deviceId })
  await mallory.sync('Inbox')
  before = await aliceHolds()
})

afterAll(() => server.close())

/** Nothing of hers came, and nothing of hers moved. */
async function harmless(reply: Reply): Promise<void> {
  expect(reply.bytes.includes(secret)).toBe(false)
  expect(JSON.stringify(reply.headers)).not.toContain(secret)
  expect(await aliceHolds()).toBe(before)
}

const statuses = (reply: Reply, path: string) => all(reply.node, path).map((node) => textAt(node, 'Status'))

const sync = (id: string, key: string, commands: Node[] = []) =>
  el('AirSync:Sync', [
    el('AirSync:Collections', [
      el('AirSync:Collection', [
        el('AirSync:SyncKey', key),
        el('AirSync:CollectionId', id),
        commands.length > 0 && el('AirSync:Commands', commands),
      ]),
    ]),
  ])

const fetch = (children: Node[]) =>
  el('ItemOperations:ItemOperations', [el('ItemOperations:Fetch', [el('ItemOperations:Store', 'Mailbox'), ...children])])

describe('ids of another account', () => {
  test('are what this test thinks they are', async () => {
    expect(items).toHaveLength(3)
    expect(items[0]).toContain(`${folder}:`)
    expect(file).toMatch(/^[0-9a-z]+:[0-9a-z]+:\d/)
    expect(conversation).toHaveLength(16)
    const own = await alice.post('ItemOperations', fetch([el('AirSyncBase:FileReference', file)]))
    expect(textAt(own.node, 'Response/Fetch/Properties/Data')).toBe(Buffer.from(secret).toString('base64'))
  })

  test('open no collection, with key 0 or with hers', async () => {
    for (const key of ['0', alice.collection(secret).key]) {
      const reply = await mallory.post('Sync', sync(folder, key))
      expect(statuses(reply, 'Collections/Collection')).toEqual(['12'])
      await harmless(reply)
    }
    const key = await mallory.post('Sync', sync(mallory.folder('Inbox').id, alice.collection('Inbox').key))
    expect(statuses(key, 'Collections/Collection')).toEqual(['3'])
    await harmless(key)
    mallory.collection('Inbox').key = '0'
    await mallory.sync('Inbox')
  })

  test('change, delete and fetch nothing in a Sync of one’s own', async () => {
    const [item = ''] = items
    const commands = [
      change(item, [el('Email:Read', '1')]),
      el('AirSync:Delete', [el('AirSync:ServerId', items[1])]),
      el('AirSync:Fetch', [el('AirSync:ServerId', items[2])]),
    ]
    const { reply, collection } = await mallory.sync('Inbox', { commands })
    expect(all(collection, 'Responses/Change').map((node) => textAt(node, 'Status'))).toEqual(['8'])
    expect(all(collection, 'Responses/Delete').map((node) => textAt(node, 'Status'))).toEqual(['8'])
    expect(all(collection, 'Responses/Fetch').map((node) => textAt(node, 'Status'))).toEqual(['8'])
    await harmless(reply)
  })

  test('are not estimated', async () => {
    const reply = await mallory.post(
      'GetItemEstimate',
      el('GetItemEstimate:GetItemEstimate', [
        el('GetItemEstimate:Collections', [
          el('GetItemEstimate:Collection', [
            el('AirSync:SyncKey', alice.collection(secret).key),
            el('GetItemEstimate:CollectionId', folder),
          ]),
        ]),
      ]),
    )
    expect(statuses(reply, 'Response')).toEqual(['2'])
    await harmless(reply)
  })

  test('are neither moved nor moved to', async () => {
    await server.deliver('mallory@example.test')
    await mallory.sync('Inbox')
    const [own = ''] = mallory.collection('Inbox').items.keys()
    const inbox = mallory.folder('Inbox').id
    const move = (item: string, from: string, to: string) =>
      el('Move:Move', [el('Move:SrcMsgId', item), el('Move:SrcFldId', from), el('Move:DstFldId', to)])
    const moves = [move(items[0] ?? '', folder, inbox), move(items[0] ?? '', inbox, folder), move(own, inbox, folder)]
    const reply = await mallory.post('MoveItems', el('Move:MoveItems', moves))
    expect(statuses(reply, 'Response')).toEqual(['1', '1', '2'])
    await harmless(reply)
  })

  test.each([
    ['a ServerId', () => [el('AirSync:CollectionId', folder), el('AirSync:ServerId', items[0])], '6'],
    ['a ServerId in a folder of one’s own', () => [el('AirSync:CollectionId', '1'), el('AirSync:ServerId', items[0])], '6'],
    ['a LongId', () => [el('Search:LongId', items[0])], '6'],
    ['a FileReference', () => [el('AirSyncBase:FileReference', file)], '15'],
    ['a whole message as a file', () => [el('AirSyncBase:FileReference', `${items[0]}:0`)], '15'],
  ])('fetch nothing: %s', async (_, children, status) => {
    for (const headers of [{}, { 'MS-ASAcceptMultiPart': 'T' }]) {
      const reply = await mallory.post('ItemOperations', fetch(children()), { headers })
      if (reply.node !== null) expect(statuses(reply, 'Response/Fetch')).toEqual([status])
      await harmless(reply)
    }
  })

  test('give no attachment up to 12.1', async () => {
    const old = await server.phone('mallory@example.test', { version: '12.1' })
    for (const AttachmentName of [file, `${items[0]}:0`, '../../../../etc/passwd', `${file}/..`]) {
      const reply = await old.post('GetAttachment', null, { parameters: { AttachmentName } })
      expect(reply.status).toBe(500)
      await harmless(reply)
    }
  })

  test('empty no folder and move no conversation', async () => {
    const operations = [
      el('ItemOperations:EmptyFolderContents', [
        el('AirSync:CollectionId', folder),
        el('ItemOperations:Options', [el('ItemOperations:DeleteSubFolders')]),
      ]),
      el('ItemOperations:Move', [
        el('ItemOperations:ConversationId', conversation),
        el('ItemOperations:DstFldId', mallory.folder('Deleted Items').id),
        el('ItemOperations:Options', [el('ItemOperations:MoveAlways')]),
      ]),
    ]
    const reply = await mallory.post('ItemOperations', el('ItemOperations:ItemOperations', operations))
    expect(statuses(reply, 'Response/EmptyFolderContents')).toEqual(['6'])
    expect(statuses(reply, 'Response/Move')).toEqual(['6'])
    await harmless(reply)
  })

  test.each(['SmartReply', 'SmartForward'] as const)('are quoted in no %s', async (command) => {
    const mime = Buffer.from('From: mallory@example.test\r\nTo: mallory@example.test\r\nSubject: x\r\n\r\nx\r\n')
    const sources = [
      [el('ComposeMail:FolderId', folder), el('ComposeMail:ItemId', items[0])],
      [el('ComposeMail:LongId', items[0])],
      [el('ComposeMail:FolderId', '1'), el('ComposeMail:ItemId', items[0])],
    ]
    for (const [index, source] of sources.entries()) {
      const children = [el('ComposeMail:ClientId', `${command}${index}`), el('ComposeMail:Source', source), el('ComposeMail:Mime', mime)]
      const reply = await mallory.post(command, el(`ComposeMail:${command}`, children))
      expect(textAt(reply.node, 'Status')).toBe('150')
      await harmless(reply)
    }
  })

  test('are found in no search', async () => {
    const search = (conditions: Node[]) =>
      el('Search:Search', [el('Search:Store', [el('Search:Name', 'Mailbox'), el('Search:Query', [el('Search:And', conditions)])])])
    const find = (query: Node[]) =>
      el('Find:Find', [el('Find:SearchId', 'x'), el('Find:ExecuteSearch', [el('Find:MailBoxSearchCriterion', [el('Find:Query', query)])])])
    const replies = [
      await mallory.post('Search', search([el('Search:FreeText', secret)])),
      await mallory.post('Search', search([el('Search:ConversationId', conversation)])),
      await mallory.post('Search', search([el('AirSync:CollectionId', folder), el('Search:FreeText', secret)])),
      await mallory.post('Find', find([el('Find:FreeText', secret)])),
      await mallory.post('Find', find([el('AirSync:CollectionId', folder), el('Find:FreeText', secret)])),
    ]
    for (const reply of replies) {
      for (const node of reply.node === null ? [] : walk(reply.node)) expect(node.name).not.toMatch(/:(ServerId|LongId)$/)
      await harmless(reply)
    }
  })

  test('change no folder tree', async () => {
    const tree = (name: string, extra: Node[], key = mallory.folderKey) =>
      mallory.post(name, el(`FolderHierarchy:${name}`, [el('FolderHierarchy:SyncKey', key), ...extra]))
    const id = el('FolderHierarchy:ServerId', folder)
    const parent = el('FolderHierarchy:ParentId', folder)
    const name = el('FolderHierarchy:DisplayName', 'mine')
    const root = el('FolderHierarchy:ParentId', '0')
    const replies = [
      [await tree('FolderDelete', [id]), '4'],
      [await tree('FolderUpdate', [id, root, name]), '4'],
      [await tree('FolderCreate', [parent, name, el('FolderHierarchy:Type', 12)]), '5'],
      [await tree('FolderDelete', [id], alice.folderKey), '9'],
      [await tree('FolderSync', [], alice.folderKey), '9'],
    ] as const
    for (const [reply, status] of replies) {
      expect(textAt(reply.node, 'Status')).toBe(status)
      await harmless(reply)
    }
  })

  test('tell no Ping of her mail', async () => {
    const stop = new AbortController()
    const folders = [folder, alice.folder('Inbox').id].map((id) => el('Ping:Folder', [el('Ping:Id', id), el('Ping:Class', 'Email')]))
    const body = el('Ping:Ping', [el('Ping:HeartbeatInterval', 60), el('Ping:Folders', folders)])
    const pinging = mallory.post('Ping', body, { signal: stop.signal })
    await server.parked('mallory@example.test', deviceId)
    await server.deliver('alice@example.test')
    before = await aliceHolds()
    await server.clock.advance(61)
    expect(textAt((await pinging).node, 'Status')).toBe('1')
  })

  test('are hers alone where a device of the same name asks: memories, policy keys, messages sent', async () => {
    const stranger = await server.phone('mallory@example.test', { deviceId: 'OTHER' })
    expect(textAt((await stranger.post('Sync', null)).node, 'Status')).toBe('13')
    mallory.policyKey = alice.policyKey
    expect(['142', '144']).toContain(
      textAt(
        (await mallory.post('Settings', el('Settings:Settings', [el('Settings:UserInformation', [el('Settings:Get')])]))).node,
        'Status',
      ),
    )
    await mallory.provision()
    const again = await mallory.sendMail('From: mallory@example.test\r\nTo: mallory@example.test\r\n\r\nx\r\n', { clientId: 'once' })
    expect([again.status, again.bytes.length]).toEqual([200, 0])
  })
})
