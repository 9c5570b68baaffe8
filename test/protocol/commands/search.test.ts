// Search: mail by words, dates, folders and conversations, in pages. People: see search-people.test.ts.
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folderType } from '../../../src/model/folder.ts'
import { rootFolder } from '../../../src/model/id.ts'
import { itemOperations } from '../../../src/protocol/commands/item-operations.ts'
import { search } from '../../../src/protocol/commands/search.ts'
import { openDesk, type CallOptions, type Desk } from '../../support/call.ts'
import { putMail } from '../../support/mail.ts'
import { message } from '../../support/message.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { all, el, one, textAt, type Node } from '../../support/wire.ts'
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

const part = (name: string, content?: Parameters<typeof el>[1]) => el(`Search:${name}`, content)
const freeText = (text: string) => part('FreeText', text)
const and = (...conditions: Node[]) => part('And', conditions)
const email = el('AirSync:Class', 'Email')
const within = (folder: string) => el('AirSync:CollectionId', folder)
const date = (comparison: 'GreaterThan' | 'LessThan', value: string) => part(comparison, [el('Email:DateReceived'), part('Value', value)])

interface Asked extends CallOptions {
  readonly options?: Node[]
  readonly store?: string
}

/** The Store of the answer. */
async function ask(query: Node[] | string, { options, store = 'Mailbox', ...call }: Asked = {}): Promise<Node | null> {
  const served = await desk.serve(
    search,
    part('Search', [part('Store', [part('Name', store), part('Query', query), options === undefined ? null : part('Options', options)])]),
    call,
  )
  expect(served.status).toBe(200)
  expect(textAt(served.node, 'Status')).toBe('1')
  return one(served.node, 'Response/Store')
}

const subjects = (store: Node | null) => all(store, 'Result/Properties/Email:Subject').map((node) => node.value)
const put = (subject: string, fields: Parameters<typeof message>[0] = {}, at?: Parameters<typeof putMail>[2]) =>
  putMail(desk, message({ subject, ...fields }), at)

describe('a search of the mailbox', () => {
  test('finds words in subject, people, body and names of files, newest first', async () => {
    await put('Invoice 7', {}, { received: 1000 })
    await put('one', { text: 'the INVOICE is attached' }, { received: 2000 })
    await put('two', { from: 'Invoice Office <office@example.test>' }, { received: 3000 })
    await put('three', { attachments: [{ name: 'invoice.pdf', type: 'application/pdf', content: 'x' }] }, { received: 4000 })
    await put('nothing of the kind')
    const store = await ask([and(email, freeText('invoice'))])
    expect(textAt(store, 'Status')).toBe('1')
    expect(subjects(store)).toEqual(['three', 'two', 'one', 'Invoice 7'])
    expect(textAt(store, 'Range')).toBe('0-3')
    expect(textAt(store, 'Total')).toBe('4')
  })

  test('gives each hit a LongId by which alone it is fetched', async () => {
    await put('Invoice 7')
    const [result] = all(await ask([and(email, freeText('invoice'))]), 'Result')
    expect(textAt(result ?? null, 'AirSync:Class')).toBe('Email')
    expect(textAt(result ?? null, 'AirSync:CollectionId')).toBe(desk.inbox)
    const longId = textAt(result ?? null, 'LongId') ?? ''
    const fetch = el('ItemOperations:Fetch', [el('ItemOperations:Store', 'Mailbox'), el('Search:LongId', longId)])
    const fetched = await desk.serve(itemOperations, el('ItemOperations:ItemOperations', [fetch]))
    expect(textAt(fetched.node, 'Response/Fetch/Properties/Email:Subject')).toBe('Invoice 7')
  })

  test('gives the body that is preferred, and a short text where none is', async () => {
    await put('Invoice', { text: 'x'.repeat(2000) })
    const options = [el('AirSyncBase:BodyPreference', [el('AirSyncBase:Type', 1), el('AirSyncBase:TruncationSize', 20)])]
    const dataOf = (store: Node | null) => textAt(store, 'Result/Properties/AirSyncBase:Body/Data')
    expect(dataOf(await ask([and(email, freeText('invoice'))], { options }))).toHaveLength(20)
    expect(dataOf(await ask([and(email, freeText('invoice'))]))).toHaveLength(512)
  })

  test('says with one empty Result, and neither Range nor Total, that nothing was found', async () => {
    const store = await ask([and(email, freeText('nowhere'))])
    expect(store?.children.map((child) => child.name)).toEqual(['Search:Status', 'Search:Result'])
    expect(one(store, 'Result')?.children).toEqual([])
    expect(subjects(await ask([and(el('AirSync:Class', 'Calendar'), freeText('invoice'))]))).toEqual([])
  })

  test('looks everywhere without a CollectionId, as Android 6 asks, or with 0, as Outlook for phones does', async () => {
    await put('Invoice inbox', {}, { received: 1000 })
    await put('Invoice sent', {}, { received: 2000, folder: await desk.folder(folderType.sentItems) })
    const both = ['Invoice sent', 'Invoice inbox']
    expect(subjects(await ask([and(email, freeText('invoice'))]))).toEqual(both)
    expect(subjects(await ask([and(email, within('0'), freeText('invoice'))]))).toEqual(both)
    expect(subjects(await ask([and(email, within(desk.inbox), freeText('invoice'))]))).toEqual(['Invoice inbox'])
  })

  test('goes into subfolders with DeepTraversal only', async () => {
    const folder = await desk.mailbox.createFolder(rootFolder, 'Project', folderType.userMail, null)
    const child = await desk.mailbox.createFolder(folder.id, 'Old', folderType.userMail, null)
    await put('Invoice', {}, { folder: child.id })
    const query = [and(email, within(folder.id), freeText('invoice'))]
    expect(subjects(await ask(query))).toEqual([])
    expect(subjects(await ask(query, { options: [part('RebuildResults'), part('DeepTraversal'), part('Range', '0-24')] }))).toEqual([
      'Invoice',
    ])
  })

  test('keeps to dates of receipt', async () => {
    for (const day of ['01', '02', '03']) await put(`Invoice ${day}`, {}, { received: Date.parse(`2026-02-${day}T12:00:00Z`) })
    const found = async (...conditions: Node[]) => subjects(await ask([and(email, freeText('invoice'), ...conditions)]))
    expect(await found(date('GreaterThan', '2026-02-02T00:00:00.000Z'))).toEqual(['Invoice 03', 'Invoice 02'])
    expect(await found(date('LessThan', '2026-02-02T00:00:00.000Z'))).toEqual(['Invoice 01'])
    expect(await found(date('GreaterThan', '20260201T130000Z'), date('LessThan', '2026-02-03T00:00:00.000Z'))).toEqual(['Invoice 02'])
  })

  test('finds a conversation by its id', async () => {
    const id = await put('Root', { messageId: '<root@example.test>' }, { received: 1000 })
    await put('Answer', { headers: ['References: <root@example.test>'] }, { received: 2000 })
    await put('Other')
    const conversation = Buffer.from(emailOf((await desk.mailbox.read([id])).get(id)).conversation ?? '', 'hex')
    expect(subjects(await ask([and(email, part('ConversationId', conversation))]))).toEqual(['Answer', 'Root'])
  })

  test('is paged by Range, with the Total on every page', async () => {
    for (let number = 0; number < 5; number++) await put(`Invoice ${number}`, {}, { received: number * 1000 })
    const page = async (range: string) => {
      const store = await ask([and(email, freeText('invoice'))], { options: [part('Range', range)] })
      return [subjects(store).length, textAt(store, 'Range'), textAt(store, 'Total'), textAt(store, 'Status')]
    }
    expect(await page('0-1')).toEqual([2, '0-1', '5', '1'])
    expect(await page('2-3')).toEqual([2, '2-3', '5', '1'])
    expect(await page('4-9')).toEqual([1, '4-4', '5', '1'])
    expect(await page('0-0')).toEqual([1, '0-0', '5', '1'])
    // The end of what can be had.
    expect(await page('5-9')).toEqual([0, null, null, '12'])
    expect(await page('1000-1009')).toEqual([0, null, null, '12'])
    expect(await page('3-1')).toEqual([0, null, null, '2'])
  })

  test('gives at most a hundred hits at once', async () => {
    for (let number = 0; number < 101; number++) await put(`Invoice ${number}`)
    const store = await ask([and(email, freeText('invoice'))], { options: [part('Range', '0-999')] })
    expect([textAt(store, 'Range'), textAt(store, 'Total')]).toEqual(['0-99', '101'])
  })

  test('is too complex with Or, with two Ands, or with conditions outside of And', async () => {
    const status = async (...query: Node[]) => textAt(await ask(query), 'Status')
    expect(await status(part('Or', [freeText('a')]))).toBe('8')
    expect(await status(and(freeText('a')), and(freeText('b')))).toBe('8')
    expect(await status(and(part('Or', [freeText('a')])))).toBe('8')
    expect(await status(freeText('a'))).toBe('8')
    expect(await status(and(freeText('a')), email)).toBe('8')
  })

  test('with nothing to look for, a broken date or two conversations is invalid', async () => {
    const status = async (...query: Node[]) => textAt(await ask(query), 'Status')
    expect(await status()).toBe('2')
    expect(await status(and(email))).toBe('2')
    expect(await status(and(email, freeText('a'), date('LessThan', 'yesterday')))).toBe('2')
    const id = part('ConversationId', Buffer.alloc(16, 1))
    expect(await status(and(email, id, id))).toBe('2')
  })

  test('in a folder that is gone sends the phone to FolderSync', async () => {
    expect(textAt(await ask([and(email, within('zz'), freeText('a'))]), 'Status')).toBe('11')
  })

  test('works at 12.1 as well', async () => {
    await put('Invoice')
    expect(subjects(await ask([and(email, freeText('invoice'))], { version: '12.1' }))).toEqual(['Invoice'])
  })
})

describe('another store', () => {
  test('is refused', async () => {
    expect(textAt(await ask([], { store: 'DocumentLibrary' }), 'Status')).toBe('13')
    expect(textAt(await ask([], { store: 'Elsewhere' }), 'Status')).toBe('2')
  })
})
