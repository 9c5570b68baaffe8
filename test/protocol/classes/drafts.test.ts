// Drafts of 16.x: written, changed and sent by Sync, with their files.
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folderType, type FolderType } from '../../../src/model/folder.ts'
import type { FolderId, ServerId } from '../../../src/model/id.ts'
import type { Item } from '../../../src/model/item.ts'
import { itemOperations } from '../../../src/protocol/commands/item-operations.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { addOf, changeOf, FolderSync, putMail } from '../../support/mail.ts'
import { message } from '../../support/message.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { all, el, one, textAt, type Node } from '../../support/wire.ts'
import { emailOf } from '../../../src/model/item.ts'

/** Validated together at the end. */
const answered: Answered[] = []
let desk: Desk
let folder: FolderId
let drafts: FolderSync

beforeEach(async () => {
  desk = await openDesk()
  folder = await desk.folder(folderType.drafts)
  drafts = new FolderSync(desk, folder, { version: '16.1' })
})
afterEach(async () => {
  answered.push(...desk.answered)
  await desk.close()
})
afterAll(async () => {
  expect(await invalid(answered)).toEqual([])
})

const to = (addresses: string) => el('Email:To', addresses)
const subject = (text: string) => el('Email:Subject', text)
const body = (type: 1 | 2 | 4, data: string | Buffer) =>
  el('AirSyncBase:Body', [el('AirSyncBase:Type', type), el('AirSyncBase:Data', data)])
const send = el('Email2:Send')
const attach = (clientId: string, name: string, content: Buffer | null, more: Node[] = []) =>
  el('AirSyncBase:Add', [
    el('AirSyncBase:ClientId', clientId),
    content === null ? null : el('AirSyncBase:Content', content),
    el('AirSyncBase:Method', '1'),
    el('AirSyncBase:DisplayName', name),
    ...more,
  ])
const attachments = (...children: Node[]) => el('AirSyncBase:Attachments', children)

async function itemsIn(type: FolderType): Promise<Item[]> {
  const feed = desk.mailbox.items(await desk.folder(type), 'Email')
  const { changes } = await feed.newestFirst(null, null, 100)
  return [...(await feed.read(changes.map((change) => change.id))).values()]
}

async function sourceOf(id: string): Promise<string> {
  const source = await desk.mailbox.source(id as ServerId)
  return source === null ? '' : Buffer.from(await source.read(0, source.bytes)).toString('utf8')
}

async function fileOf(reference: string | null): Promise<string> {
  const fetch = el('ItemOperations:Fetch', [el('ItemOperations:Store', 'Mailbox'), el('AirSyncBase:FileReference', reference ?? '')])
  const served = await desk.serve(itemOperations, el('ItemOperations:ItemOperations', [fetch]), { version: '16.1' })
  return Buffer.from(textAt(served.node, 'Response/Fetch/Properties/Data') ?? '', 'base64').toString()
}

/** Adds a draft; what the answer says of it. */
async function add(...properties: Node[]): Promise<Node> {
  const { responses } = await drafts.sync([addOf('d-1', properties)])
  const [answer] = responses
  if (answer === undefined) throw new Error('an Add without an answer')
  return answer
}

async function addedId(...properties: Node[]): Promise<ServerId> {
  return textAt(await add(...properties), 'ServerId') as ServerId
}

const change = async (id: string, ...properties: Node[]) => drafts.sync([changeOf(id, properties)])
const statusOf = (answer: { readonly responses: readonly Node[] }) => textAt(answer.responses[0] ?? null, 'Status')
const queued = async () => (await desk.store.outbox.list()).map((entry) => entry.recipients)

describe('an added draft', () => {
  test('is kept with what the phone wrote, and nothing of it comes back', async () => {
    const answer = await add(
      to('"Bob" <bob@example.test>'),
      el('Email2:Bcc', 'carol@example.test'),
      subject('Photo'),
      el('Email:Importance', '2'),
      body(2, '<p>See file</p>'),
    )
    expect(textAt(answer, 'Status')).toBe('1')
    const [draft] = await itemsIn(folderType.drafts)
    expect(draft?.id).toBe(textAt(answer, 'ServerId'))
    expect(emailOf(draft).state).toMatchObject({ draft: true, read: true })
    expect(emailOf(draft).envelope).toMatchObject({
      subject: 'Photo',
      importance: 2,
      to: [{ name: 'Bob', address: 'bob@example.test' }],
      bcc: [{ name: '', address: 'carol@example.test' }],
      preview: 'See file',
    })
    expect((await drafts.sync()).commands).toEqual([])
    expect(await queued()).toEqual([])
  })

  test('gets the conversation that the server gave it', async () => {
    const data = one(await add(subject('a')), 'ApplicationData')
    expect(one(data, 'Email2:ConversationId')?.value).toHaveLength(16)
    expect(one(data, 'Email2:ConversationIndex')?.value).toHaveLength(5)
  })

  test('after a lost answer is answered again without a second draft', async () => {
    await drafts.sync()
    const command = [addOf('d-1', [subject('Once'), attachments(attach('a-1', 'a.txt', Buffer.from('A')))])]
    const first = await drafts.sync(command, { lost: true })
    const second = await drafts.sync(command)
    expect(textAt(second.responses[0] ?? null, 'ServerId')).toBe(textAt(first.responses[0] ?? null, 'ServerId'))
    expect(textAt(second.responses[0] ?? null, 'ApplicationData/AirSyncBase:Attachments/Attachment/FileReference')).not.toBeNull()
    expect(await itemsIn(folderType.drafts)).toHaveLength(1)
  })

  test('moved elsewhere before its lost answer is asked for again leaves no ghost in Drafts', async () => {
    await drafts.sync()
    const command = [addOf('d-1', [subject('Once')])]
    const first = await drafts.sync(command, { lost: true })
    const id = textAt(first.responses[0] ?? null, 'ServerId') as ServerId
    await desk.mailbox.remove(id, 'trash')
    const second = await drafts.sync(command)
    // The id it was given here; and once the phone knows it, the news that it is gone from here.
    expect(textAt(second.responses[0] ?? null, 'ServerId')).toBe(id)
    expect(second.commands).toEqual([])
    const third = await drafts.sync()
    expect(third.commands.map((one) => [one.name, textAt(one, 'ServerId')])).toEqual([['AirSync:Delete', id]])
    expect(await itemsIn(folderType.drafts)).toEqual([])
  })

  test('of Samsung parts its recipients with semicolons', async () => {
    await add(to('bob@example.test; "Carol, C." <carol@example.test>;dan@example.test'))
    const [draft] = await itemsIn(folderType.drafts)
    expect(emailOf(draft).envelope.to.map((one) => one.address)).toEqual(['bob@example.test', 'carol@example.test', 'dan@example.test'])
  })

  test('of iOS and Nine comes as MIME', async () => {
    const mime = Buffer.from(message({ from: 'Alice <alice@example.test>', to: 'bob@example.test', subject: 'As MIME', text: 'Grüße' }))
    const id = await addedId(body(4, mime), el('Email:Importance', '2'))
    const [draft] = await itemsIn(folderType.drafts)
    expect(emailOf(draft).envelope).toMatchObject({ subject: 'As MIME', importance: 2, preview: 'Grüße' })
    expect(await sourceOf(id)).toContain('Grüße')
  })

  test('tells where its files lie, so that they can be fetched', async () => {
    const answer = await add(
      subject('Files'),
      body(1, 'text'),
      attachments(attach('a-1', 'one.txt', Buffer.from('ONE')), attach('a-2', 'two.txt', Buffer.from('TWO'))),
    )
    const files = all(answer, 'ApplicationData/AirSyncBase:Attachments/Attachment')
    expect(files.map((file) => textAt(file, 'ClientId'))).toEqual(['a-1', 'a-2'])
    expect(await Promise.all(files.map((file) => fileOf(textAt(file, 'FileReference'))))).toEqual(['ONE', 'TWO'])
  })

  test('as MIME with a file beside it holds both', async () => {
    const mime = Buffer.from(message({ from: 'alice@example.test', to: 'bob@example.test', text: 'from the phone' }))
    const answer = await add(body(4, mime), attachments(attach('a-1', 'one.txt', Buffer.from('ONE'))))
    expect(await fileOf(textAt(answer, 'ApplicationData/AirSyncBase:Attachments/Attachment/FileReference'))).toBe('ONE')
    expect(emailOf((await itemsIn(folderType.drafts))[0]).envelope.preview).toBe('from the phone')
  })

  test('with a file that has no content, as iOS sends one it moved, is taken without it', async () => {
    const answer = await add(subject('a'), attachments(attach('a-1', 'gone.txt', null)))
    expect(textAt(answer, 'Status')).toBe('1')
    expect(one(answer, 'ApplicationData/AirSyncBase:Attachments')).toBeNull()
  })

  test.each([
    ['what the server decides', [el('Email2:ConversationId', Buffer.alloc(16, 1))]],
    ['IsDraft', [el('Email2:IsDraft', '1')]],
    ['an importance that is none', [el('Email:Importance', '5')]],
    ['MIME without data', [el('AirSyncBase:Body', [el('AirSyncBase:Type', '4')])]],
    ['a body of RTF', [body(1, 'x')].map(() => el('AirSyncBase:Body', [el('AirSyncBase:Type', '3'), el('AirSyncBase:Data', 'x')]))],
  ])('with %s is malformed', async (_, properties) => {
    expect(textAt(await add(...properties), 'Status')).toBe('6')
    expect(await itemsIn(folderType.drafts)).toEqual([])
  })

  test('elsewhere than in Drafts is malformed', async () => {
    const inbox = new FolderSync(desk, desk.inbox, { version: '16.1' })
    expect(statusOf(await inbox.sync([addOf('d-1', [subject('a')])]))).toBe('6')
  })
})

describe('a changed draft', () => {
  test('keeps what the phone does not mention', async () => {
    const id = await addedId(to('bob@example.test'), subject('First'), body(1, 'text'), el('Email2:Bcc', 'carol@example.test'))
    expect(statusOf(await change(id, subject('Second')))).toBeNull()
    const [draft] = await itemsIn(folderType.drafts)
    expect(draft?.id).toBe(id)
    expect(emailOf(draft).envelope).toMatchObject({
      subject: 'Second',
      to: [{ address: 'bob@example.test' }],
      bcc: [{ address: 'carol@example.test' }],
      preview: 'text',
    })
    expect((await drafts.sync()).commands).toEqual([])
  })

  test('loses what the phone empties', async () => {
    const id = await addedId(to('bob@example.test'), el('Email:Cc', 'dan@example.test'), subject('a'))
    await change(id, el('Email:Cc'))
    expect(emailOf((await itemsIn(folderType.drafts))[0]).envelope).toMatchObject({ cc: [], to: [{ address: 'bob@example.test' }] })
  })

  test('is told to another phone as a whole', async () => {
    const id = await addedId(subject('First'), body(1, 'text'))
    const tablet = await new FolderSync(desk, folder, { version: '16.0', device: 'tablet' }).fill()
    await change(id, subject('Second'), body(1, 'other text'))
    const [told] = (await tablet.sync()).commands
    expect(told?.name).toBe('AirSync:Change')
    expect(textAt(told ?? null, 'ApplicationData/Email:Subject')).toBe('Second')
    expect(textAt(told ?? null, 'ApplicationData/AirSyncBase:Body/Data')).toContain('other text')
    expect(textAt(told ?? null, 'ApplicationData/Email2:IsDraft')).toBe('1')
  })

  test('gains and loses files, and the others keep their references', async () => {
    const answer = await add(
      subject('a'),
      body(1, 'text'),
      attachments(attach('a-1', 'one.txt', Buffer.from('ONE')), attach('a-2', 'two.txt', Buffer.from('TWO'))),
    )
    const id = textAt(answer, 'ServerId') ?? ''
    const [one, two] = all(answer, 'ApplicationData/AirSyncBase:Attachments/Attachment').map((file) => textAt(file, 'FileReference'))
    const changed = await change(
      id,
      attachments(el('AirSyncBase:Delete', [el('AirSyncBase:FileReference', one ?? '')]), attach('a-3', 'three.txt', Buffer.from('THREE'))),
    )
    const third = textAt(changed.responses[0] ?? null, 'ApplicationData/AirSyncBase:Attachments/Attachment/FileReference')
    expect([await fileOf(two ?? null), await fileOf(third)]).toEqual(['TWO', 'THREE'])
    expect(await sourceOf(id)).not.toContain('one.txt')
  })

  test('obeys no reference to a file of another message', async () => {
    const other = await putMail(desk, message({ attachments: [{ name: 'a.txt', type: 'text/plain', content: 'A' }] }))
    const id = await addedId(subject('a'), attachments(attach('a-1', 'one.txt', Buffer.from('ONE'))))
    await change(id, subject('b'), attachments(el('AirSyncBase:Delete', [el('AirSyncBase:FileReference', `${other}:2`)])))
    expect(await sourceOf(id)).toContain('one.txt')
  })

  test('may be read, flagged and put into categories without being written anew', async () => {
    const id = await addedId(subject('a'))
    const before = await sourceOf(id)
    await change(
      id,
      el('Email:Read', '0'),
      el('Email:Flag', [el('Email:Status', '2'), el('Email:FlagType', 'x')]),
      el('Email:Categories', [el('Email:Category', 'Red')]),
    )
    expect(emailOf((await itemsIn(folderType.drafts))[0]).state).toMatchObject({
      read: false,
      flag: { status: 2 },
      categories: ['Red'],
      draft: true,
    })
    expect(await sourceOf(id)).toBe(before)
  })

  test('that is no draft though it lies in Drafts takes nothing but those', async () => {
    const id = await putMail(desk, message(), { folder })
    await drafts.fill()
    expect(statusOf(await change(id, subject('Another')))).toBe('6')
    expect(statusOf(await change(id, el('Email:Read', '1')))).toBeNull()
  })

  test('loses against another phone’s change where the server wins, and hears of it', async () => {
    const id = await addedId(subject('First'))
    const tablet = await new FolderSync(desk, folder, { version: '16.1', device: 'tablet' }).fill()
    await tablet.sync([changeOf(id, [subject('By the tablet')])])
    const answer = await change(id, subject('By the phone'))
    expect(statusOf(answer)).toBe('7')
    expect(textAt(answer.commands[0] ?? null, 'ApplicationData/Email:Subject')).toBe('By the tablet')
    expect(emailOf((await itemsIn(folderType.drafts))[0]).envelope.subject).toBe('By the tablet')
  })

  test('wins where the client does, also in requests that leave the option out', async () => {
    const id = await addedId(subject('First'))
    drafts.options = el('AirSync:Options', [el('AirSync:Conflict', '0')])
    await drafts.sync()
    drafts.options = null
    const tablet = await new FolderSync(desk, folder, { version: '16.1', device: 'tablet' }).fill()
    await tablet.sync([changeOf(id, [subject('By the tablet')])])
    expect(statusOf(await change(id, subject('By the phone')))).toBeNull()
    expect(emailOf((await itemsIn(folderType.drafts))[0]).envelope.subject).toBe('By the phone')
  })

  test('does not collide with its own change whose answer was lost', async () => {
    const id = await addedId(subject('First'))
    await drafts.sync()
    await drafts.sync([changeOf(id, [subject('Second')])], { lost: true })
    expect(statusOf(await change(id, subject('Second')))).toBeNull()
    expect(emailOf((await itemsIn(folderType.drafts))[0]).envelope.subject).toBe('Second')
  })

  test('that is gone is Status 8', async () => {
    const id = await addedId(subject('a'))
    await desk.mailbox.remove(id, 'forever')
    expect(statusOf(await change(id, subject('b')))).toBe('8')
    expect(statusOf(await change(id, send))).toBe('8')
  })
})

describe('a sent draft', () => {
  test('that is added with Send goes out, lies in Sent Items and nowhere else', async () => {
    const answer = await add(to('bob@example.test'), el('Email2:Bcc', 'carol@example.test'), subject('Now'), body(1, 'text'), send)
    expect(textAt(answer, 'Status')).toBe('1')
    expect(await queued()).toEqual([['bob@example.test', 'carol@example.test']])
    expect(await itemsIn(folderType.drafts)).toEqual([])
    const [sent] = await itemsIn(folderType.sentItems)
    expect(emailOf(sent).state.draft).toBe(false)
    expect(emailOf(sent).envelope.subject).toBe('Now')
    expect(desk.kicks()).toBe(1)
  })

  test('that is changed and sent at once goes out as changed, and its draft is taken away', async () => {
    const id = await addedId(to('bob@example.test'), subject('First'), attachments(attach('a-1', 'one.txt', Buffer.from('ONE'))))
    const answer = await change(id, subject('Second'), send)
    expect(statusOf(answer)).toBeNull()
    expect(answer.commands.map((command) => [command.name, textAt(command, 'ServerId')])).toEqual([['AirSync:Delete', id]])
    expect(await itemsIn(folderType.drafts)).toEqual([])
    const [sent] = await itemsIn(folderType.sentItems)
    expect(emailOf(sent).envelope.subject).toBe('Second')
    expect(await sourceOf(sent?.id ?? '')).toContain('one.txt')
  })

  test('whose answer was lost is not sent again', async () => {
    await drafts.sync()
    const added = [addOf('d-1', [to('bob@example.test'), subject('a'), send])]
    await drafts.sync(added, { lost: true })
    await drafts.sync(added)
    expect(await queued()).toHaveLength(1)
    const { responses } = await drafts.sync([addOf('d-2', [to('bob@example.test'), subject('b')])])
    const id = textAt(responses[0] ?? null, 'ServerId') ?? ''
    await drafts.sync()
    await drafts.sync([changeOf(id, [send])], { lost: true })
    expect(statusOf(await change(id, send))).toBeNull()
    expect(await queued()).toHaveLength(2)
    expect(await itemsIn(folderType.sentItems)).toHaveLength(2)
  })

  test.each([
    ['nobody to go to', () => [subject('a'), send]],
    ['a recipient that is no address', () => [to('bob@example.test, somebody'), send]],
  ])('with %s is 183 and stays unsent', async (_, properties) => {
    expect(textAt(await add(...properties()), 'Status')).toBe('183')
    expect(await queued()).toEqual([])
    const id = await addedId(...properties().slice(0, -1))
    expect(statusOf(await change(id, send))).toBe('183')
    expect(await itemsIn(folderType.drafts)).toHaveLength(1)
    expect(await queued()).toEqual([])
  })

  test('from somebody else is malformed', async () => {
    expect(textAt(await add(el('Email:From', 'eve@example.test'), to('bob@example.test'), send), 'Status')).toBe('6')
    expect(await queued()).toEqual([])
  })
})
