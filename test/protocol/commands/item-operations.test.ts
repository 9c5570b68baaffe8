// ItemOperations: fetches inline and in parts, folders emptied, conversations moved, each operation with its own Status.
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folderType } from '../../../src/model/folder.ts'
import { rootFolder, type ServerId } from '../../../src/model/id.ts'
import { itemOperations } from '../../../src/protocol/commands/item-operations.ts'
import { openDesk, type CallOptions, type Desk, type Served } from '../../support/call.ts'
import { putMail } from '../../support/mail.ts'
import { message } from '../../support/message.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { all, el, one, read, textAt, type Node } from '../../support/wire.ts'
import { emailOf } from '../../../src/model/item.ts'

/** Validated together at the end. */
const answered: Answered[] = []
let desk: Desk
beforeEach(async () => {
  desk = await openDesk()
})
afterEach(async () => {
  answered.push(...desk.answered)
  await desk.close()
})
afterAll(async () => {
  expect(await invalid(answered)).toEqual([])
})

const io = (name: string, content?: Parameters<typeof el>[1]) => el(`ItemOperations:${name}`, content)
const operate = (operations: Node[], options?: CallOptions): Promise<Served> =>
  desk.serve(itemOperations, io('ItemOperations', operations), options)
const fetch = (ids: Node[], options?: Node[], store = 'Mailbox') =>
  io('Fetch', [io('Store', store), ...ids, options === undefined ? null : io('Options', options)])
const serverId = (id: string) => [el('AirSync:CollectionId', id.split(':')[0]), el('AirSync:ServerId', id)]
const file = (reference: string) => [el('AirSyncBase:FileReference', reference)]
const preference = (type: number, truncation?: number) =>
  el('AirSyncBase:BodyPreference', [
    el('AirSyncBase:Type', type),
    truncation === undefined ? null : el('AirSyncBase:TruncationSize', truncation),
  ])
const fetched = (served: Served) => all(served.node, 'Response/Fetch')
const statusOf = (served: Served) => fetched(served).map((one) => textAt(one, 'Status'))

const content = Buffer.from('0123456789'.repeat(20))
const withFile = (bytes: Buffer | string = content) =>
  message({ attachments: [{ name: 'file.bin', type: 'application/octet-stream', content: bytes }] })

describe('a fetch by ServerId', () => {
  test('gives the message with the body that is preferred', async () => {
    const id = await putMail(desk, message({ subject: 'Lunch', text: 'plain', html: '<p>html</p>' }))
    const served = await operate([fetch(serverId(id), [el('AirSync:MIMESupport', 0), preference(1), preference(2)])])
    const [answer] = fetched(served)
    expect(textAt(served.node, 'Status')).toBe('1')
    expect(textAt(answer ?? null, 'Status')).toBe('1')
    expect(textAt(answer ?? null, 'AirSync:ServerId')).toBe(id)
    expect(textAt(answer ?? null, 'AirSync:CollectionId')).toBe(desk.inbox)
    expect(textAt(answer ?? null, 'AirSync:Class')).toBe('Email')
    expect(textAt(answer ?? null, 'Properties/Email:Subject')).toBe('Lunch')
    expect(textAt(answer ?? null, 'Properties/AirSyncBase:Body/Type')).toBe('2')
  })

  test('gives the whole MIME of a message as a phone without MIMESupport asks for it', async () => {
    const source = message({ text: 'x'.repeat(5000) })
    const served = await operate([fetch(serverId(await putMail(desk, source)), [preference(4)])])
    expect(textAt(fetched(served)[0] ?? null, 'Properties/AirSyncBase:Body/Data')).toBe(source)
  })

  test('gives only the properties that Schema names', async () => {
    const id = await putMail(desk, message())
    const served = await operate([fetch(serverId(id), [io('Schema', [el('Email:Subject'), el('Email:Read')])])])
    expect(one(fetched(served)[0] ?? null, 'Properties')?.children.map((child) => child.name)).toEqual(['Email:Subject', 'Email:Read'])
  })

  test('of a message that is gone, or of another folder, is Status 6', async () => {
    const id = await putMail(desk, message())
    const trash = await desk.folder(folderType.deletedItems)
    const elsewhere = [el('AirSync:CollectionId', trash), el('AirSync:ServerId', id)]
    const served = await operate([fetch(serverId(`${desk.inbox}:zz`)), fetch(elsewhere), fetch(serverId('nonsense'))])
    expect(statusOf(served)).toEqual(['6', '6', '6'])
  })
})

test('a fetch by LongId alone works, since the LongId carries everything', async () => {
  const id = await putMail(desk, message({ subject: 'Found' }))
  const [answer] = fetched(await operate([fetch([el('Search:LongId', id)], [preference(1)])]))
  expect(textAt(answer ?? null, 'Status')).toBe('1')
  expect(textAt(answer ?? null, 'Search:LongId')).toBe(id)
  expect(textAt(answer ?? null, 'Properties/Email:Subject')).toBe('Found')
})

describe('a fetch of a file', () => {
  test('gives it as base64, without a Range that was not asked for', async () => {
    const id = await putMail(desk, withFile())
    // iOS sends the Options empty.
    const [answer] = fetched(await operate([fetch(file(`${id}:2`), [])]))
    const properties = one(answer ?? null, 'Properties')
    expect(properties?.children.map((child) => child.name.split(':')[1])).toEqual(['ContentType', 'Data'])
    expect(textAt(properties, 'AirSyncBase:ContentType')).toBe('application/octet-stream')
    expect(Buffer.from(textAt(properties, 'Data') ?? '', 'base64').equals(content)).toBe(true)
  })

  test('gives a part of it, with its Range and the Total, when that is asked for', async () => {
    const id = await putMail(desk, withFile())
    const ask = async (range: string) => {
      const [answer] = fetched(await operate([fetch(file(`${id}:2`), [io('Range', range)])]))
      const properties = one(answer ?? null, 'Properties')
      return [
        textAt(answer ?? null, 'Status'),
        textAt(properties, 'Range'),
        textAt(properties, 'Total'),
        Buffer.from(textAt(properties, 'Data') ?? '', 'base64').toString(),
      ]
    }
    expect(await ask('5-14')).toEqual(['1', '5-14', '200', '5678901234'])
    expect(await ask('0-0')).toEqual(['1', '0-0', '200', '0'])
    expect(await ask('195-9999')).toEqual(['1', '195-199', '200', '56789'])
    expect((await ask('200-210'))[0]).toBe('8')
    expect((await ask('9-3'))[0]).toBe('8')
    expect((await ask('all'))[0]).toBe('8')
  })

  test('that is empty, unknown or not this account’s says which', async () => {
    const empty = await putMail(desk, withFile(''))
    const served = await operate([
      fetch(file(`${empty}:2`)),
      fetch(file(`${empty}:7`)),
      fetch(file('../../etc/passwd')),
      fetch(file(`${desk.inbox}:zz:1`)),
    ])
    expect(statusOf(served)).toEqual(['10', '15', '15', '15'])
  })

  test('reaches no other account', async () => {
    const id = await putMail(desk, withFile())
    const account = await desk.store.accounts.create({ addresses: ['bob@example.test'], displayName: 'Bob', passwordHash: null })
    expect(statusOf(await operate([fetch(file(`${id}:2`)), fetch(serverId(id))], { account }))).toEqual(['15', '6'])
  })

  test('gives an embedded message as it is, and the whole message under path 0', async () => {
    const inner = 'Subject: Inner\r\n\r\ninside'
    const source = `Subject: Outer\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\ntext\r\n--m\r\nContent-Type: message/rfc822\r\n\r\n${inner}\r\n--m--\r\n`
    const id = await putMail(desk, source)
    const answers = fetched(await operate([fetch(file(`${id}:2`)), fetch(file(`${id}:0`))]))
    expect(answers.map((answer) => textAt(answer, 'Properties/AirSyncBase:ContentType'))).toEqual(['message/rfc822', 'message/rfc822'])
    expect(answers.map((answer) => Buffer.from(textAt(answer, 'Properties/Data') ?? '', 'base64').toString())).toEqual([inner, source])
  })
})

describe('a multipart answer', () => {
  function partsOf(bytes: Buffer | null): Buffer[] {
    if (bytes === null) throw new Error('no answer')
    return Array.from({ length: bytes.readUInt32LE(0) }, (_, index) => {
      const offset = bytes.readUInt32LE(4 + index * 8)
      return bytes.subarray(offset, offset + bytes.readUInt32LE(8 + index * 8))
    })
  }

  test('carries files and bodies raw, behind the document that names them', async () => {
    const large = randomBytes(700_000)
    const id = await putMail(desk, withFile(large))
    const body = await putMail(desk, message({ text: 'body text' }))
    const served = await operate(
      [fetch(file(`${id}:2`)), fetch(serverId(body), [preference(1)]), fetch(file(`${id}:2`), [io('Range', '100-199')])],
      { line: { acceptMultiPart: true } },
    )
    expect(served.type).toBe('application/vnd.ms-sync.multipart')
    const [document, ...parts] = partsOf(served.bytes)
    desk.answered.push({ command: 'ItemOperations', version: '14.1', bytes: document ?? Buffer.alloc(0) })
    const answers = all(read(document ?? Buffer.alloc(0)), 'Response/Fetch')
    expect(textAt(answers[0] ?? null, 'Properties/Part')).toBe('1')
    expect(textAt(answers[1] ?? null, 'Properties/AirSyncBase:Body/ItemOperations:Part')).toBe('2')
    expect(one(answers[1] ?? null, 'Properties/AirSyncBase:Body/Data')).toBeNull()
    expect(textAt(answers[2] ?? null, 'Properties/Range')).toBe('100-199')
    expect(parts[0]?.equals(large)).toBe(true)
    expect(parts[1]?.toString()).toBe('body text\r\n')
    expect(parts[2]?.equals(large.subarray(100, 200))).toBe(true)
    expect(parts).toHaveLength(3)
  })
})

describe('stores and limits', () => {
  test('a document library is no store of ours', async () => {
    const served = await operate([
      fetch([el('DocumentLibrary:LinkId', '\\\\server\\share')], undefined, 'DocumentLibrary'),
      fetch([el('AirSync:ServerId', '1:1')], undefined, 'Elsewhere'),
    ])
    expect(statusOf(served)).toEqual(['9', '9'])
  })

  test('a malformed operation fails alone', async () => {
    const id = await putMail(desk, message())
    const nothing = io('Fetch', [io('Store', 'Mailbox')])
    const twice = fetch(serverId(id), [preference(1), preference(1)])
    expect(statusOf(await operate([nothing, io('Fetch'), twice, fetch(serverId(id))]))).toEqual(['2', '2', '2', '1'])
  })

  test('a body part of another type than HTML is refused with 164', async () => {
    const id = await putMail(desk, message())
    const part = el('AirSyncBase:BodyPartPreference', [el('AirSyncBase:Type', 4)])
    expect(statusOf(await operate([fetch(serverId(id), [part])]))).toEqual(['164'])
  })

  test('more than 100 operations are Status 11, none is Status 2', async () => {
    const id = await putMail(desk, message())
    const many = await operate(Array.from({ length: 101 }, () => fetch(serverId(id), [io('Schema', [el('Email:Read')])])))
    expect(textAt(many.node, 'Status')).toBe('11')
    expect(textAt((await operate([])).node, 'Status')).toBe('2')
  })
})

describe('emptying a folder', () => {
  const emptyFolder = (id: string, deep = false) =>
    io('EmptyFolderContents', [el('AirSync:CollectionId', id), deep ? io('Options', [io('DeleteSubFolders')]) : null])

  test('removes its messages, and its subfolders only where that is said', async () => {
    const folder = await desk.mailbox.createFolder(rootFolder, 'Project', folderType.userMail, null)
    const child = await desk.mailbox.createFolder(folder.id, 'Old', folderType.userMail, null)
    await putMail(desk, message(), { folder: folder.id })
    const kept = await putMail(desk, message(), { folder: child.id })
    expect(textAt((await operate([emptyFolder(folder.id)])).node, 'Response/EmptyFolderContents/Status')).toBe('1')
    expect((await desk.mailbox.items(folder.id, 'Email').newestFirst(null, null, 10)).changes).toEqual([])
    expect((await desk.mailbox.read([kept])).size).toBe(1)
    await operate([emptyFolder(folder.id, true)])
    expect(await desk.mailbox.folder(child.id)).toBeNull()
    expect(await desk.mailbox.folder(folder.id)).not.toBeNull()
  })

  test('of a folder that is not there is Status 6', async () => {
    const [answer] = all((await operate([emptyFolder('zz')])).node, 'Response/EmptyFolderContents')
    expect(textAt(answer ?? null, 'Status')).toBe('6')
    expect(textAt(answer ?? null, 'AirSync:CollectionId')).toBe('zz')
  })

  test('comes after the fetch that stands before it in the request', async () => {
    const id = await putMail(desk, message({ subject: 'Still here' }))
    const served = await operate([fetch(serverId(id)), emptyFolder(desk.inbox), fetch(serverId(id))])
    expect(statusOf(served)).toEqual(['1', '6'])
  })
})

describe('moving a conversation', () => {
  const move = (conversation: Buffer, destination: string, always = true) =>
    io('Move', [io('ConversationId', conversation), io('DstFldId', destination), always ? io('Options', [io('MoveAlways')]) : null])
  const status = async (operation: Node, options?: CallOptions) =>
    textAt((await operate([operation], options)).node, 'Response/Move/Status')

  async function thread(): Promise<{ id: Buffer; received: ServerId; sent: ServerId }> {
    const received = await putMail(desk, message({ messageId: '<root@example.test>' }))
    const sent = await putMail(desk, message({ headers: ['References: <root@example.test>'] }), {
      folder: await desk.folder(folderType.sentItems),
    })
    const item = (await desk.mailbox.read([received])).get(received)
    return { id: Buffer.from(emailOf(item).conversation ?? '', 'hex'), received, sent }
  }

  test('takes every message along but those in Sent Items', async () => {
    const { id, received, sent } = await thread()
    const folder = await desk.mailbox.createFolder(rootFolder, 'Project', folderType.userMail, null)
    expect(await status(move(id, folder.id))).toBe('1')
    expect((await desk.mailbox.read([received, sent])).size).toBe(1)
    expect((await desk.mailbox.items(folder.id, 'Email').newestFirst(null, null, 10)).changes).toHaveLength(1)
  })

  test('without MoveAlways is 155, into a folder of another kind 156, of or to nothing 6', async () => {
    const { id } = await thread()
    expect(await status(move(id, desk.inbox, false))).toBe('155')
    expect(await status(move(id, await desk.folder(folderType.calendar)))).toBe('156')
    expect(await status(move(id, await desk.folder(folderType.drafts)))).toBe('156')
    expect(await status(move(id, 'zz'))).toBe('6')
    expect(await status(move(Buffer.alloc(16, 3), desk.inbox))).toBe('6')
  })
})
