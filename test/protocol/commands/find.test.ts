// Find at 16.1: the search of newer phones. People: see search-people.test.ts.
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folderType } from '../../../src/model/folder.ts'
import { find } from '../../../src/protocol/commands/find.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { putMail } from '../../support/mail.ts'
import { message } from '../../support/message.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { all, el, one, textAt, type Node } from '../../support/wire.ts'

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

const part = (name: string, content?: Parameters<typeof el>[1]) => el(`Find:${name}`, content)

interface Asked {
  readonly folder?: string
  readonly range?: string
  readonly deep?: boolean
  readonly id?: string
  readonly itemClass?: string
  readonly device?: string
}

function mailCriterion(text: string, { folder, range, deep = false, itemClass = 'Email' }: Asked): Node {
  const query = part('Query', [
    el('AirSync:Class', itemClass),
    folder === undefined ? null : el('AirSync:CollectionId', folder),
    part('FreeText', text),
  ])
  return part('MailBoxSearchCriterion', [
    query,
    part('Options', [range === undefined ? null : part('Range', range), deep ? part('DeepTraversal') : null]),
  ])
}

const ask = async (criteria: Node[], { id = 'A', device = 'phone' }: Asked = {}): Promise<Node | null> => {
  const served = await desk.serve(find, part('Find', [part('SearchId', id), part('ExecuteSearch', criteria)]), { version: '16.1', device })
  expect(served.status).toBe(200)
  return served.node
}
const findMail = (text: string, asked: Asked = {}) => ask([mailCriterion(text, asked)], asked)
const subjects = (node: Node | null) => all(node, 'Response/Result/Properties/Email:Subject').map((one) => one.value)

describe('a find of mail', () => {
  test('shows what a list of results shows', async () => {
    const fields = {
      subject: 'Invoice 7',
      to: 'Alice <alice@example.test>',
      cc: 'Dan <dan@example.test>, eve@example.test',
      text: 'Please find it attached.',
    }
    const id = await putMail(desk, message({ ...fields, attachments: [{ name: 'a.pdf', type: 'application/pdf', content: 'x' }] }))
    const node = await findMail('invoice', { folder: desk.inbox, range: '0-19', deep: true })
    expect(textAt(node, 'Status')).toBe('1')
    expect(textAt(node, 'Response/ItemOperations:Store')).toBe('Mailbox')
    expect(textAt(node, 'Response/Range')).toBe('0-0')
    expect(textAt(node, 'Response/Total')).toBe('1')
    const result = one(node, 'Response/Result')
    expect(textAt(result, 'AirSync:ServerId')).toBe(id)
    expect(textAt(result, 'AirSync:CollectionId')).toBe(desk.inbox)
    const properties = one(result, 'Properties')
    const told = Object.fromEntries((properties?.children ?? []).map((child) => [child.name.split(':')[1], child.value]))
    expect(told).toEqual({
      Subject: 'Invoice 7',
      DateReceived: '2026-03-02T08:00:00.000Z',
      DisplayTo: 'Alice',
      DisplayCc: 'Dan; eve@example.test',
      Importance: '1',
      Read: '0',
      IsDraft: '0',
      Preview: 'Please find it attached.',
      HasAttachments: '1',
      From: '"Bob" <bob@example.test>',
    })
  })

  test('has no Result and a Total of 0 where nothing was found', async () => {
    const node = await findMail('nowhere')
    expect(one(node, 'Response')?.children.map((child) => child.name.split(':')[1])).toEqual(['Store', 'Status', 'Total'])
    expect(subjects(await findMail('nowhere', { itemClass: 'Calendar' }))).toEqual([])
  })

  test('looks everywhere without a folder', async () => {
    await putMail(desk, message({ subject: 'Invoice' }), { folder: await desk.folder(folderType.sentItems) })
    expect(subjects(await findMail('invoice'))).toEqual(['Invoice'])
    expect(subjects(await findMail('invoice', { folder: desk.inbox }))).toEqual([])
  })

  test('in a folder that is gone is Status 3', async () => {
    expect(textAt(await findMail('invoice', { folder: 'zz' }), 'Status')).toBe('3')
  })

  test('begins at 0, and only the same search may go on elsewhere', async () => {
    for (let number = 0; number < 4; number++) await putMail(desk, message({ subject: `Invoice ${number}` }), { received: number })
    const status = async (range: string, id: string, device?: string) =>
      textAt(await findMail('invoice', { range, id, ...(device === undefined ? {} : { device }) }), 'Response/Status')
    expect(await status('2-3', 'A')).toBe('4')
    expect(await status('0-1', 'A')).toBe('1')
    expect(subjects(await findMail('invoice', { range: '2-3', id: 'A' }))).toEqual(['Invoice 1', 'Invoice 0'])
    expect(await status('2-3', 'B')).toBe('4')
    expect(await status('2-3', 'A', 'another')).toBe('4')
  })

  test('with a wrong range, no criterion or two of them is Status 2', async () => {
    expect(textAt(await findMail('invoice', { range: '0-1000' }), 'Status')).toBe('2')
    expect(textAt(await findMail('invoice', { range: 'some' }), 'Status')).toBe('2')
    expect(textAt(await ask([]), 'Status')).toBe('2')
    const people = part('GalSearchCriterion', [part('Query', 'bob')])
    expect(textAt(await ask([mailCriterion('a', {}), people]), 'Status')).toBe('2')
  })
})

test('exists from 16.1 on', () => {
  expect([find.speaks('14.0'), find.speaks('16.0'), find.speaks('16.1')]).toEqual([false, false, true])
})
