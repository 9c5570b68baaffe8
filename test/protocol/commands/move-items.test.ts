// MoveItems: each move has a Status of its own, and a repeated one is answered like the first.
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { folderType } from '../../../src/model/folder.ts'
import { rootFolder, type FolderId, type ServerId } from '../../../src/model/id.ts'
import { moveItems } from '../../../src/protocol/commands/move-items.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { Caller } from '../../support/caller.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { all, el, textAt } from '../../support/wire.ts'

const answered: Answered[] = []
let desk: Desk
let phone: Caller
let trash: FolderId
let target: FolderId

beforeEach(async () => {
  desk = await openDesk()
  phone = new Caller(desk, { version: '14.1' })
  trash = await desk.folder(folderType.deletedItems)
  target = (await desk.mailbox.createFolder(rootFolder, 'Target', folderType.userMail, null)).id
})

afterEach(async () => {
  answered.push(...desk.answered)
  await desk.close()
})

afterAll(async () => expect(await invalid(answered)).toEqual([]))

type Row = readonly [id: string, from: string, ...to: string[]]

async function move(rows: readonly Row[], caller = phone) {
  const moves = rows.map(([id, from, ...to]) =>
    el('Move:Move', [el('Move:SrcMsgId', id), el('Move:SrcFldId', from), ...to.map((one) => el('Move:DstFldId', one))]),
  )
  const reply = await caller.send(moveItems, el('Move:MoveItems', moves))
  const responses = all(reply.node, 'Response').map((response) => ({
    id: textAt(response, 'SrcMsgId'),
    status: Number(textAt(response, 'Status')),
    to: textAt(response, 'DstMsgId'),
  }))
  return { ...reply, responses }
}

const lies = async (folder: FolderId) =>
  (await desk.mailbox.items(folder, 'Email').newestFirst(null, null, 2000)).changes.map((change) => change.id)

describe.each(['12.1', '14.0', '14.1', '16.0', '16.1'] as const)('MoveItems at %s', (version) => {
  it('moves with Status 3 and the new id, in the order of the request', async () => {
    const ids = [await desk.put('one'), await desk.put('two')]
    const { responses, status } = await move(
      ids.map((id) => [id, desk.inbox, target]),
      new Caller(desk, { version }),
    )
    expect(status).toBeNull()
    expect(responses.map(({ id, status: own }) => [id, own])).toEqual(ids.map((id) => [id, 3]))
    expect(await lies(desk.inbox)).toEqual([])
    expect(new Set<string | null>(await lies(target))).toEqual(new Set(responses.map(({ to }) => to)))
  })
})

it('answers a repeated move with the same new id, and moves nothing twice', async () => {
  const id = await desk.put()
  const first = await move([[id, desk.inbox, target]])
  const second = await move([[id, desk.inbox, target]])
  expect(second.responses).toEqual(first.responses)
  expect(second.responses[0]?.status).toBe(3)
  expect(await lies(target)).toHaveLength(1)
})

it('answers a move within one request twice alike', async () => {
  const id = await desk.put()
  const { responses } = await move([
    [id, desk.inbox, target],
    [id, desk.inbox, target],
    [id, desk.inbox, trash],
  ])
  expect(responses.map((response) => response.status)).toEqual([3, 3, 1])
  expect(responses[1]?.to).toBe(responses[0]?.to)
})

it('tells what is wrong with each move, and makes the others', async () => {
  const hidden = (await desk.mailbox.createFolder(rootFolder, 'Journal', folderType.userJournal, null)).id
  const ids: ServerId[] = []
  for (let count = 0; count < 4; count++) ids.push(await desk.put())
  const [a = '', b = '', c = '', d = ''] = ids
  const { responses } = await move([
    ['', desk.inbox, target],
    ['nonsense', desk.inbox, target],
    [`${desk.inbox}:zzzz`, desk.inbox, target],
    [a, trash, target],
    [a, 'zzz', target],
    [a, hidden, target],
    [a, desk.inbox, 'zzz'],
    [a, desk.inbox, hidden],
    [a, desk.inbox, '0'],
    [a, desk.inbox],
    [a, desk.inbox, desk.inbox],
    [a, desk.inbox, target, trash],
    [b, desk.inbox, target],
    [c, desk.inbox, trash],
    [d, desk.inbox, target],
  ])
  expect(responses.map((response) => response.status)).toEqual([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 5, 3, 3, 3])
  for (const { status, to } of responses) expect(to !== null).toBe(status === 3)
  expect(await lies(desk.inbox)).toEqual([a])
  // The schema wants an id there; the request had none.
  desk.answered.pop()
})

it('answers 1 to an item that somebody else moved elsewhere or removed', async () => {
  const [moved, removed] = [await desk.put(), await desk.put()]
  await desk.mailbox.move(moved, trash)
  await desk.mailbox.remove(removed, 'forever')
  const { responses } = await move([
    [moved, desk.inbox, target],
    [removed, desk.inbox, target],
  ])
  expect(responses.map((response) => response.status)).toEqual([1, 1])
})

it('takes a thousand moves, and refuses one more as a whole', async () => {
  const ids: ServerId[] = []
  for (let count = 0; count < 120; count++) ids.push(await desk.put())
  const rows = ids.map((id): Row => [id, desk.inbox, target])
  const thousand = Array.from({ length: 1000 }, (_, index) => rows[index % rows.length] as Row)
  const { responses } = await move(thousand)
  expect(responses).toHaveLength(1000)
  expect(new Set(responses.map((response) => response.status))).toEqual(new Set([3]))
  expect(await lies(target)).toHaveLength(120)

  const refused = await move([...thousand, rows[0] as Row])
  expect([refused.status, refused.responses]).toEqual([103, []])
  expect((await move([...thousand, rows[0] as Row], new Caller(desk, { version: '12.1' }))).http).toBe(400)
})

it('refuses a request that moves nothing', async () => {
  expect((await move([])).status).toBe(103)
})
