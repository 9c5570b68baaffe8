// GetItemEstimate: what the next Sync would bring, whatever form the request has, and nothing is committed.
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultOptions } from '../../../src/model/collection.ts'
import { folderType } from '../../../src/model/folder.ts'
import { rootFolder, type SyncKey } from '../../../src/model/id.ts'
import type { ProtocolVersion } from '../../../src/model/version.ts'
import { getItemEstimate } from '../../../src/protocol/commands/get-item-estimate.ts'
import { ledgerOf, open, positionOf, prime } from '../../../src/sync/collection.ts'
import { commit } from '../../../src/sync/commit.ts'
import { propose } from '../../../src/sync/round.ts'
import { cutOf } from '../../../src/sync/window.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { Caller } from '../../support/caller.ts'
import { shortDraft } from '../../support/shelf.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { all, el, textAt, type Node } from '../../support/wire.ts'

const day = 86_400_000
const answered: Answered[] = []
let desk: Desk
let phone: Caller

beforeEach(async () => {
  desk = await openDesk()
  phone = new Caller(desk, { version: '14.1' })
})

afterEach(async () => {
  answered.push(...desk.answered)
  await desk.close()
})

afterAll(async () => expect(await invalid(answered)).toEqual([]))

const primed = async (filterType = 0, folder = desk.inbox): Promise<SyncKey> =>
  prime(await desk.state(), folder, { ...defaultOptions, filterType }, null, desk.clock.now())

/** A Sync of the inbox as the engine sees it: returns the key of its round. */
async function sync(key: SyncKey, items = 512): Promise<SyncKey> {
  const opened = await open(await desk.state(), desk.inbox, key, desk.clock.now())
  const subject = {
    feed: desk.mailbox.items(desk.inbox, 'Email'),
    ledger: ledgerOf(opened),
    position: positionOf(opened),
    cut: cutOf(opened.record.options.filterType, desk.clock.now()),
    modseq: () => desk.mailbox.modseq(),
    clock: desk.clock,
  }
  const proposal = await propose(subject, { items, bytes: 1e9, itemBytesMax: 1e6, deadline: Number.POSITIVE_INFINITY })
  return (await commit(opened, { proposal, arbiter: null }, desk.clock)) ?? key
}

const key = (text: string) => el('AirSync:SyncKey', text)
const id = (text: string) => el('GetItemEstimate:CollectionId', text)
const filter = (type: number | string) => el('AirSync:FilterType', String(type))
const options = (...children: Node[]) => el('AirSync:Options', children)
const airSyncClass = (name: string) => el('AirSync:Class', name)

async function ask(collections: readonly Node[][], caller = phone) {
  const body = el('GetItemEstimate:GetItemEstimate', [
    el(
      'GetItemEstimate:Collections',
      collections.map((children) => el('GetItemEstimate:Collection', children)),
    ),
  ])
  const reply = await caller.send(getItemEstimate, body)
  const responses = all(reply.node, 'Response').map((response) => ({
    status: Number(textAt(response, 'Status')),
    id: textAt(response, 'Collection/CollectionId'),
    estimate: textAt(response, 'Collection/Estimate'),
  }))
  return { ...reply, responses }
}

async function estimated(...children: Node[]): Promise<string | null | undefined> {
  const { responses } = await ask([children])
  expect(responses.map((response) => response.status)).toEqual([1])
  return responses[0]?.estimate
}

async function statusOf(...children: Node[]): Promise<number | undefined> {
  const { responses } = await ask([children])
  expect(responses[0]?.estimate).toBeNull()
  return responses[0]?.status
}

describe('the forms of a request', () => {
  const forms: [string, ProtocolVersion, (current: SyncKey) => Node[]][] = [
    ['Class, CollectionId, FilterType, SyncKey', '12.1', (k) => [el('GetItemEstimate:Class', 'Email'), id(desk.inbox), filter(3), key(k)]],
    ['SyncKey first, Class of AirSync', '12.1', (k) => [key(k), filter(3), airSyncClass('Email'), id(desk.inbox)]],
    ['Options with FilterType', '14.0', (k) => [key(k), id(desk.inbox), options(filter(3))]],
    ['Options first', '14.1', (k) => [options(airSyncClass('Email'), filter(3)), id(desk.inbox), key(k)]],
    ['ConversationMode beside Options', '16.0', (k) => [key(k), id(desk.inbox), el('AirSync:ConversationMode', '1'), options(filter(3))]],
    [
      'Options for mail and for text messages',
      '16.1',
      (k) => [key(k), id(desk.inbox), options(airSyncClass('SMS')), options(airSyncClass('Email'), filter(3))],
    ],
  ]

  it.each(forms)('%s at %s', async (_form, version, collection) => {
    await desk.put('today')
    await desk.put('last week', desk.clock.now() - 5 * day)
    await desk.put('long ago', desk.clock.now() - 40 * day)
    const { responses } = await ask([collection(await primed())], new Caller(desk, { version }))
    expect(responses).toEqual([{ status: 1, id: desk.inbox, estimate: '2' }])
  })
})

describe('the estimate', () => {
  it('counts additions, changes and deletions by the key that is presented', async () => {
    const ids = [await desk.put(), await desk.put(), await desk.put()]
    const first = await primed()
    expect(await estimated(key(first), id(desk.inbox))).toBe('3')
    const second = await sync(first)
    expect(await estimated(key(second), id(desk.inbox))).toBe('0')
    // By the older key, whose round may never have arrived, everything is still to come.
    expect(await estimated(key(first), id(desk.inbox))).toBe('3')

    const [a = ids[0]!, b = ids[1]!] = ids
    await desk.mailbox.change(a, { class: 'Email', state: { read: true } }, null)
    await desk.mailbox.remove(b, 'forever')
    await desk.put()
    expect(await estimated(key(second), id(desk.inbox))).toBe('3')
  })

  it('counts what a window has left for later', async () => {
    for (let count = 0; count < 7; count++) await desk.put()
    const second = await sync(await primed(), 3)
    expect(await estimated(key(second), id(desk.inbox))).toBe('4')
  })

  it('commits nothing', async () => {
    await desk.put()
    const second = await sync(await primed())
    await desk.put()
    const state = await desk.state()
    const before = JSON.stringify(await state.generations(desk.inbox))
    await estimated(key(second), id(desk.inbox), options(filter(2)))
    expect(JSON.stringify(await state.generations(desk.inbox))).toBe(before)
  })

  it('goes by the FilterType of the collection where the request names none, as Sync does', async () => {
    await desk.put('today')
    await desk.put('long ago', desk.clock.now() - 40 * day)
    const current = await primed(3)
    expect(await estimated(key(current), id(desk.inbox))).toBe('1')
    expect(await estimated(key(current), id(desk.inbox), options(airSyncClass('Email')))).toBe('1')
    expect(await estimated(key(current), id(desk.inbox), options(filter(0)))).toBe('2')
  })

  it('counts what a narrower window sends away', async () => {
    await desk.put('today')
    await desk.put('last week', desk.clock.now() - 5 * day)
    const second = await sync(await primed())
    expect(await estimated(key(second), id(desk.inbox), options(filter(1)))).toBe('1')
  })

  it('ends at 512 where the request names no Options', async () => {
    await desk.store.unit(async (unit) => {
      const mailbox = await unit.mailbox(desk.account.id)
      for (let count = 0; count < 520; count++) await mailbox.create(desk.inbox, shortDraft(`Message ${count}`, desk.clock.now()), null)
    })
    const current = await primed()
    expect(await estimated(key(current), id(desk.inbox))).toBe('512')
    expect(await estimated(key(current), id(desk.inbox), options(filter(0)))).toBe('520')
  })
})

describe('a collection that cannot be estimated', () => {
  it('is not there, or not shown: 2', async () => {
    const journal = (await desk.mailbox.createFolder(rootFolder, 'Journal', folderType.userJournal, null)).id
    for (const folder of ['zzz', '', '0', journal]) expect(await statusOf(key('1'), id(folder))).toBe(2)
    expect(await statusOf(key('1'))).toBe(2)
    expect(await statusOf(key(await primed()), id(desk.inbox), options(el('AirSync:MaxItems', '5')))).toBe(2)
  })

  it('was never primed: 3', async () => {
    expect(await statusOf(key('0'), id(desk.inbox))).toBe(3)
    expect(await statusOf(key('17'), id(desk.inbox))).toBe(3)
    await primed()
    expect(await statusOf(key('0'), id(desk.inbox))).toBe(3)
  })

  it('is asked for with a key that is not its own: 4', async () => {
    const sent = await desk.folder(folderType.sentItems)
    const other = await primed(0, sent)
    await primed()
    for (const wrong of [other, 'nonsense', '', 'x'.repeat(100)]) expect(await statusOf(key(wrong), id(desk.inbox))).toBe(4)
  })

  it('holds another class than the request says: 4', async () => {
    const current = await primed()
    expect(await statusOf(key(current), id(desk.inbox), options(airSyncClass('Calendar')))).toBe(4)
    expect(await statusOf(key(current), id(desk.inbox), el('GetItemEstimate:Class', 'Contacts'))).toBe(4)
  })

  it('does not keep the others from their estimates', async () => {
    await desk.put()
    const { responses, status } = await ask([
      [key('1'), id('zzz')],
      [key(await primed()), id(desk.inbox)],
      [key('0'), id(desk.inbox)],
    ])
    expect(status).toBeNull()
    expect(responses).toEqual([
      { status: 2, id: 'zzz', estimate: null },
      { status: 1, id: desk.inbox, estimate: '1' },
      { status: 3, id: desk.inbox, estimate: null },
    ])
  })
})

describe('a request that fails as a whole', () => {
  it.each([6, 7, 8])('asks for mail by FilterType %i: 110', async (type) => {
    const current = await primed()
    expect(await ask([[key(current), id(desk.inbox), options(filter(type))]])).toMatchObject({ status: 110, responses: [] })
    const old = new Caller(desk, { version: '12.1' })
    expect((await ask([[key(current), id(desk.inbox), filter(type)]], old)).http).toBe(500)
  })

  it('names a FilterType there is not: 103', async () => {
    const current = await primed()
    for (const type of ['9', '-1', 'all']) expect((await ask([[key(current), id(desk.inbox), options(filter(type))]])).status).toBe(103)
  })

  it('names no collection, or more than a thousand: 103', async () => {
    const collection = [key(await primed()), id(desk.inbox)]
    expect((await ask([])).status).toBe(103)
    expect((await ask(Array.from({ length: 1001 }, () => collection))).status).toBe(103)
    expect((await ask(Array.from({ length: 1000 }, () => [key('0'), id('zzz')]))).responses).toHaveLength(1000)
  })
})
