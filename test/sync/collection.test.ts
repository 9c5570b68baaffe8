// Keys, rounds and the ledger: what a device is told, and what a lost reply may not do.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { defaultOptions } from '../../src/model/collection.ts'
import { folderType } from '../../src/model/folder.ts'
import type { Modseq, ServerId, SyncKey } from '../../src/model/id.ts'
import { Arbiter } from '../../src/sync/arbiter.ts'
import { ledgerOf, open, positionOf, prime, UnknownKey, type Opened } from '../../src/sync/collection.ts'
import { commit } from '../../src/sync/commit.ts'
import { propose, type Proposal } from '../../src/sync/round.ts'
import { cutOf } from '../../src/sync/window.ts'
import { openShelf, type Shelf } from '../support/shelf.ts'

const day = 86_400_000

let shelf: Shelf

beforeEach(async () => {
  shelf = await openShelf()
})

afterEach(() => shelf.close())

interface Ask {
  readonly window?: number
  readonly filter?: number
  readonly bytes?: number
  readonly wrote?: (arbiter: Arbiter) => Promise<void>
}

interface Told {
  readonly key: SyncKey
  readonly kinds: string[]
  readonly ids: string[]
  readonly more: boolean
}

async function look(opened: Opened, ask: Ask, ledger = ledgerOf(opened)): Promise<Proposal> {
  return propose(
    {
      feed: shelf.mailbox.items(shelf.inbox, 'Email'),
      ledger,
      position: positionOf(opened),
      cut: cutOf(ask.filter ?? 0, shelf.clock.now()),
      modseq: () => shelf.mailbox.modseq(),
      clock: shelf.clock,
    },
    { items: ask.window ?? 100, bytes: ask.bytes ?? 1e9, itemBytesMax: 1e6, deadline: Number.POSITIVE_INFINITY },
  )
}

/** One request: opens by key, writes, proposes, commits. */
async function round(key: SyncKey, ask: Ask = {}): Promise<Told> {
  const opened = await open(await shelf.state(), shelf.inbox, key, shelf.clock.now())
  const ledger = ledgerOf(opened)
  const arbiter = ask.wrote === undefined ? null : new Arbiter(opened, ledger)
  if (arbiter !== null) await ask.wrote?.(arbiter)
  const found = await look(opened, ask, ledger)
  const proposal = found.told.length > 0 ? found : null
  const next = await commit(opened, { proposal, arbiter }, shelf.clock)
  if (next === null) throw new Error('lost a race nobody ran')
  return { key: next, kinds: found.told.map((one) => one.kind), ids: found.told.map((one) => one.id), more: found.more }
}

const primed = async () => prime(await shelf.state(), shelf.inbox, defaultOptions, null, shelf.clock.now())
const modseqOf = async (id: ServerId) => (await shelf.mailbox.changes([id])).get(id)?.modseq as Modseq

it('a first round tells everything, newest first, and the next one nothing', async () => {
  const old = await shelf.put('old', shelf.clock.now() - 5 * day)
  const fresh = await shelf.put('fresh')
  const first = await round(await primed())
  expect(first.ids).toEqual([fresh, old])
  const second = await round(first.key)
  expect(second).toEqual({ key: first.key, kinds: [], ids: [], more: false })
})

it('a window cuts the backfill, new mail goes before old, and nothing is told twice', async () => {
  for (let index = 0; index < 7; index++) await shelf.put(`old ${index}`, shelf.clock.now() - (index + 1) * day)
  const first = await round(await primed(), { window: 3 })
  expect(first.more).toBe(true)
  const fresh = await shelf.put('fresh')
  const second = await round(first.key, { window: 3 })
  expect(second.ids[0]).toBe(fresh)
  const third = await round(second.key, { window: 3 })
  expect(third.more).toBe(false)
  const all = [...first.ids, ...second.ids, ...third.ids]
  expect(all).toHaveLength(8)
  expect(new Set(all).size).toBe(8)
})

it('a budget of bytes cuts a round, but never before its first item', async () => {
  await shelf.put()
  await shelf.put()
  const first = await round(await primed(), { bytes: 1 })
  expect([first.ids.length, first.more]).toEqual([1, true])
})

it('a lost reply is told again, and either sibling acknowledges', async () => {
  const id = await shelf.put()
  const key = await primed()
  const lost = await round(key)
  const again = await round(key)
  expect(again.ids).toEqual([id])
  expect(again.key).not.toBe(lost.key)
  expect((await round(lost.key)).ids).toEqual([])
  await expect(round(again.key)).rejects.toThrow(UnknownKey)
})

it('three siblings live, a fourth pushes out the oldest', async () => {
  await shelf.put()
  const key = await primed()
  const siblings = []
  for (let times = 0; times < 4; times++) siblings.push((await round(key)).key)
  await expect(round(siblings[0] as SyncKey)).rejects.toThrow(UnknownKey)
  expect((await round(siblings[1] as SyncKey)).ids).toEqual([])
})

it('an unknown key is refused and the reason is kept', async () => {
  await primed()
  await expect(round('nonsense' as SyncKey)).rejects.toThrow(UnknownKey)
  const [reset] = await (await shelf.state()).resets()
  expect(reset).toMatchObject({ folder: shelf.inbox, presented: 'nonsense' })
})

it('two primes in flight get the same key', async () => {
  const [one, other] = await Promise.all([primed(), primed()])
  expect(one).toBe(other)
})

it('a prime that is repeated with other options has those', async () => {
  const key = await primed()
  const options = { ...defaultOptions, filterType: 3 }
  expect(await prime(await shelf.state(), shelf.inbox, options, null, shelf.clock.now())).toBe(key)
  expect((await open(await shelf.state(), shelf.inbox, key, shelf.clock.now())).record.options).toEqual(options)
})

it('a prime leaves the old generation alive until the new one is acknowledged', async () => {
  await shelf.put()
  const first = await round(await primed())
  await round(first.key)
  const fresh = await primed()
  expect((await round(first.key)).ids).toEqual([])
  expect((await round(fresh)).kinds).toEqual(['add'])
  await expect(round(first.key)).rejects.toThrow(UnknownKey)
})

it('a device that went back a key sees its own change again, but no conflict', async () => {
  const id = await shelf.put()
  const first = await round(await primed())
  const read = async (arbiter: Arbiter) => {
    const before = await modseqOf(id)
    expect(await arbiter.isConflicting(id, before)).toBe(false)
    const stored = await shelf.mailbox.change(id, { class: 'Email', state: { read: true } }, null)
    await arbiter.changed(id, before, stored.modseq, shelf.clock.now())
  }
  const lost = await round(first.key, { wrote: read })
  expect(lost.ids).toEqual([])
  const retry = await round(first.key, { wrote: read })
  expect(retry.ids).toEqual([])
  expect((await round(retry.key)).ids).toEqual([])
})

it('a server edit in between is a conflict, and the merged item is sent back', async () => {
  const id = await shelf.put()
  const first = await round(await primed())
  await round(first.key)
  await shelf.mailbox.change(id, { class: 'Email', state: { categories: ['Blue'] } }, null)
  const told = await round(first.key, {
    wrote: async (arbiter) => {
      const before = await modseqOf(id)
      expect(await arbiter.isConflicting(id, before)).toBe(true)
      const stored = await shelf.mailbox.change(id, { class: 'Email', state: { read: true } }, null)
      await arbiter.changed(id, before, stored.modseq, shelf.clock.now())
    },
  })
  expect(told.kinds).toEqual(['change'])
})

it('a retry over a server edit that the lost reply would have told is told it again', async () => {
  const id = await shelf.put()
  const first = await round(await primed())
  await shelf.mailbox.change(id, { class: 'Email', state: { read: true } }, null)
  const flag = async (arbiter: Arbiter) => {
    const before = await modseqOf(id)
    const stored = await shelf.mailbox.change(id, { class: 'Email', state: { flag: { status: 2 } } }, null)
    await arbiter.changed(id, before, stored.modseq, shelf.clock.now())
  }
  const lost = await round(first.key, { wrote: flag })
  expect(lost.kinds).toEqual(['change'])
  const retry = await round(first.key, { wrote: flag })
  expect(retry.kinds).toEqual(['change'])
  expect((await round(retry.key)).kinds).toEqual([])
})

it('what the device removed is not told to it as a Delete, even after a lost reply', async () => {
  const id = await shelf.put()
  const first = await round(await primed())
  const remove = async (arbiter: Arbiter) => {
    const [change] = (await shelf.mailbox.changes([id])).values()
    if (change?.gone === true) return arbiter.removed(id, change.modseq)
    arbiter.removed(id, await shelf.mailbox.remove(id, 'forever'))
  }
  expect((await round(first.key, { wrote: remove })).ids).toEqual([])
  const retry = await round(first.key, { wrote: remove })
  expect(retry.ids).toEqual([])
  expect((await round(retry.key)).ids).toEqual([])
})

it('an item that is removed elsewhere is a Delete, one never told is nothing', async () => {
  const known = await shelf.put()
  const first = await round(await primed())
  const unknown = await shelf.put()
  await shelf.mailbox.remove(known, 'forever')
  await shelf.mailbox.remove(unknown, 'forever')
  const told = await round(first.key)
  expect([told.kinds, told.ids]).toEqual([['delete'], [known]])
})

it('a moved item is a Delete here and has a new id there', async () => {
  const id = await shelf.put()
  const first = await round(await primed())
  const moved = await shelf.mailbox.move(id, await shelf.folder(folderType.deletedItems))
  expect(moved.id).not.toBe(id)
  expect((await round(first.key)).kinds).toEqual(['delete'])
})

it('an ageing item leaves with a SoftDelete, and a wider filter brings it back', async () => {
  const id = await shelf.put()
  const first = await round(await primed(), { filter: 2 })
  expect(first.kinds).toEqual(['add'])
  await shelf.clock.advance((4 * day) / 1000)
  const aged = await round(first.key, { filter: 2 })
  expect([aged.kinds, aged.ids]).toEqual([['softDelete'], [id]])
  const quiet = await round(aged.key, { filter: 2 })
  expect(quiet.kinds).toEqual([])
  const wide = await round(quiet.key, { filter: 4 })
  expect([wide.kinds, wide.ids]).toEqual([['add'], [id]])
})

it('a window that deletions and ageing items fill together says that more waits', async () => {
  const ids = []
  for (let index = 0; index < 8; index++) ids.push(await shelf.put(`${index}`, shelf.clock.now() - index))
  const first = await round(await primed(), { filter: 2 })
  for (const id of ids.slice(0, 2)) await shelf.mailbox.remove(id, 'forever')
  await shelf.clock.advance((5 * day) / 1000)
  const told = await round(first.key, { filter: 2, window: 4 })
  expect([told.ids.length, told.more]).toEqual([4, true])
  const rest = await round(told.key, { filter: 2, window: 4 })
  expect([rest.ids.length, rest.more]).toEqual([4, false])
})

it('a widened filter offers only what lies below the old cut', async () => {
  const ids = []
  for (const age of [0, 2, 6, 10, 20]) ids.push(await shelf.put(`${age}`, shelf.clock.now() - age * day))
  const first = await round(await primed(), { filter: 2 })
  expect(first.ids).toEqual(ids.slice(0, 2))
  const wider = await round(first.key, { filter: 3 })
  expect(wider.ids).toEqual([ids[2]])
  const all = await round(wider.key, { filter: 0 })
  expect(all.ids).toEqual(ids.slice(3))
})

it('a filter narrowed and widened again in mid-backfill loses nothing', async () => {
  const ids = []
  for (let age = 0; age < 12; age++) ids.push(await shelf.put(`${age}`, shelf.clock.now() - age * day))
  let told = await round(await primed(), { window: 4 })
  const has = new Set(told.ids)
  for (const filter of [1, 1, 0, 0, 0, 0, 0]) {
    told = await round(told.key, { filter, window: 4 })
    for (const [index, id] of told.ids.entries()) {
      if (told.kinds[index] === 'add') has.add(id)
      else has.delete(id)
    }
  }
  expect([...has].sort()).toEqual([...ids].sort())
})
