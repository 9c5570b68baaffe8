// A round whose reply got lost told of something that is gone since: Ping must not call for it again and again.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { defaultOptions } from '../../src/model/collection.ts'
import type { SyncKey } from '../../src/model/id.ts'
import { Arbiter } from '../../src/sync/arbiter.ts'
import { ledgerOf, newestLedger, open, positionOf, prime } from '../../src/sync/collection.ts'
import { commit } from '../../src/sync/commit.ts'
import { estimate, propose, type Proposal } from '../../src/sync/round.ts'
import { openShelf, type Shelf } from '../support/shelf.ts'

let shelf: Shelf

beforeEach(async () => {
  shelf = await openShelf()
})

afterEach(() => shelf.close())

const budget = { items: 100, bytes: 1e9, itemBytesMax: 1e6, deadline: Number.POSITIVE_INFINITY }

function subject(position: Proposal['position'], ledger: ReturnType<typeof ledgerOf>) {
  const { mailbox, inbox, clock } = shelf
  return { feed: mailbox.items(inbox, 'Email'), ledger, position, cut: null, modseq: () => mailbox.modseq(), clock }
}

/** A Sync with this key: what it tells, and the key it answers with. */
async function sync(key: SyncKey): Promise<{ key: SyncKey | null; told: readonly string[] }> {
  const opened = await open(await shelf.state(), shelf.inbox, key, shelf.clock.now())
  const proposal = await propose(subject(positionOf(opened), ledgerOf(opened)), budget)
  const next = await commit(opened, { proposal, arbiter: null }, shelf.clock)
  return { key: next, told: proposal.told.map((one) => one.kind) }
}

/** What a Ping finds waiting. */
async function waiting(): Promise<number> {
  const state = await shelf.state()
  const record = (await state.generations(shelf.inbox)).at(-1)
  if (record === undefined) throw new Error('not primed')
  return estimate(subject(record.pending.at(-1)?.position ?? record.position, newestLedger(state, record)), 1, false)
}

async function begun(): Promise<SyncKey> {
  await shelf.put('first')
  const first = await sync(await prime(await shelf.state(), shelf.inbox, defaultOptions, null, shelf.clock.now()))
  const { key } = await sync(first.key as SyncKey)
  return key as SyncKey
}

it('an item of a lost reply, gone before the phone asked again, is called for at most once', async () => {
  const key = await begun()
  const id = await shelf.put('fleeting')
  const lost = await sync(key)
  expect(lost.told).toEqual(['add'])
  await shelf.mailbox.remove(id, 'forever')
  // The phone may have heard the reply: it has to be called.
  expect(await waiting()).toBe(1)
  // It had not: there is nothing to tell under its key, and nothing to call it for.
  expect(await sync(key)).toEqual({ key, told: [] })
  expect(await waiting()).toBe(0)
  // The reply came after all, late: its key still counts, and the removal is told.
  expect((await sync(lost.key as SyncKey)).told).toEqual(['delete'])
})

it('so is an item the phone made itself under a reply it never got', async () => {
  const key = await begun()
  const opened = await open(await shelf.state(), shelf.inbox, key, shelf.clock.now())
  const arbiter = new Arbiter(opened, ledgerOf(opened))
  const id = await shelf.put('made by the phone')
  arbiter.created(id, (await shelf.mailbox.changes([id])).get(id)?.modseq ?? opened.record.position.token!, shelf.clock.now())
  await commit(opened, { proposal: null, arbiter }, shelf.clock)
  await shelf.mailbox.remove(id, 'forever')
  expect(await waiting()).toBe(1)
  expect((await sync(key)).told).toEqual([])
  expect(await waiting()).toBe(0)
})

it('asking again and again writes nothing more', async () => {
  const key = await begun()
  const id = await shelf.put('fleeting')
  await sync(key)
  await shelf.mailbox.remove(id, 'forever')
  await sync(key)
  const revision = async () => (await (await shelf.state()).generations(shelf.inbox)).at(-1)?.revision
  const before = await revision()
  for (let time = 0; time < 5; time++) await sync(key)
  expect(await revision()).toBe(before)
})
