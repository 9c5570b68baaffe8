// The contract of tidying: what is cleared away, and what somebody may still need.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VirtualClock } from '../support/clock.ts'
import { defaultOptions } from '../../src/model/collection.ts'
import { folderType } from '../../src/model/folder.ts'
import { rootFolder, type DeviceId, type FolderId, type ServerId } from '../../src/model/id.ts'
import type { Database } from '../../src/store/sql/connection.ts'
import { openDatabase } from '../../src/store/sql/database.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'
import { day, envelope, fill, folderOf, identity, idsOf, mail, modseq, newAccount, newMailbox, submission } from './samples.ts'

const inbox = '1' as FolderId
const phone = 'phone' as DeviceId

describe.each(engines)('tidying on $name', (engine) => {
  let place: Place
  let store: Store
  let database: Database
  const clock = new VirtualClock()
  beforeAll(async () => {
    place = await engine.place()
    store = await place.open(clock)
    database = await openDatabase(place.options)
  })
  afterAll(async () => {
    await store.close()
    await database.close()
    await place.remove()
  })

  const rows = async (sql: string, ...parameters: number[]) =>
    (await database.get<{ count: number }>(`select count(*) as count from ${sql}`, parameters))?.count
  const later = (days: number) => clock.now() + days * day

  test('tombstones go after a month, when no device has yet to hear of them', async () => {
    const account = await newAccount(store)
    const mailbox = await store.mailbox(account.id)
    const [first, second] = (await fill(mailbox, inbox, {}, {})) as [ServerId, ServerId]
    const state = await store.syncState(account.id, phone)
    const record = await state.begin(inbox, state.newKey(), defaultOptions, null, clock.now())
    const token = await mailbox.modseq()
    const round = { ...record.pending[0]!, position: { token, backfill: 'done', cut: null } as const }
    const told = (await state.write(record, { acknowledged: round.key, pending: [], position: round.position }))!
    await mailbox.remove(first, 'forever')
    const between = await mailbox.modseq()
    await mailbox.remove(second, 'forever')
    const gone = async () => idsOf((await mailbox.items(inbox, 'Email').since(modseq(0), 10)).changes)

    await store.tidy(later(29))
    await store.tidy(later(31))
    expect(await gone()).toEqual([first, second])
    // A proposal that was not acknowledged may be dropped: the position behind it counts.
    const proposed = (await state.write(told, { pending: [{ ...round, position: { ...round.position, token: between } }] }))!
    await store.tidy(later(31))
    expect(await gone()).toEqual([first, second])
    const moved = (await state.write(proposed, { position: { ...round.position, token: between }, pending: [] }))!
    await store.tidy(later(31))
    expect(await gone()).toEqual([second])
    await state.drop(moved.generation)
    await store.tidy(later(29))
    expect(await gone()).toEqual([second])
    await store.tidy(later(31))
    expect(await gone()).toEqual([])
  })

  test('what a first, unacknowledged proposal told keeps the tombstones above it', async () => {
    const account = await newAccount(store)
    const mailbox = await store.mailbox(account.id)
    const [id] = (await fill(mailbox, inbox, {})) as [ServerId]
    const state = await store.syncState(account.id, phone)
    const record = await state.begin(inbox, state.newKey(), defaultOptions, null, clock.now())
    const position = { token: await mailbox.modseq(), backfill: 'done', cut: null } as const
    await state.write(record, { pending: [{ ...record.pending[0]!, position }] })
    await mailbox.remove(id, 'forever')
    await store.tidy(later(31))
    expect((await mailbox.changes([id])).get(id)).toMatchObject({ gone: true })
  })

  test('an identity and a move are remembered for as long as the tombstone', async () => {
    const mailbox = await newMailbox(store)
    const drafts = await folderOf(mailbox, folderType.drafts)
    const stored = await mailbox.create(inbox, mail(), identity('i'))
    const moved = await mailbox.move(stored.id, drafts)
    await store.tidy(later(29))
    expect((await mailbox.move(stored.id, drafts)).id).toBe(moved.id)
    expect(await mailbox.create(inbox, mail(), identity('i'))).toMatchObject({ id: stored.id, created: false })
    await store.tidy(later(31))
    await expect(mailbox.move(stored.id, drafts)).rejects.toMatchObject({ reason: 'item-not-found' })
    expect((await mailbox.read([moved.id])).size).toBe(1)
    expect((await mailbox.create(inbox, mail(), identity('i'))).created).toBe(true)
  })

  test('tombstones of folders go like those of items, with what devices held of them', async () => {
    const account = await newAccount(store)
    const mailbox = await store.mailbox(account.id)
    const folder = await mailbox.createFolder(rootFolder, 'Going', folderType.userMail, null)
    const [item] = (await fill(mailbox, folder.id, {})) as [ServerId]
    const state = await store.syncState(account.id, phone)
    const record = await state.begin(folder.id, state.newKey(), defaultOptions, null, clock.now())
    const position = { token: modseq(1), backfill: 'done', cut: null } as const
    await state.write(record, { acknowledged: record.pending[0]!.key, pending: [], position })
    await mailbox.removeFolder(folder.id)
    const gone = async () => (await mailbox.folders.since(modseq(0), 100)).changes.filter((change) => change.gone)
    await store.tidy(later(29))
    expect(idsOf(await gone())).toEqual([folder.id])
    expect(await state.generations(folder.id)).toHaveLength(1)
    await store.tidy(later(31))
    expect(await gone()).toEqual([])
    expect(await state.generations(folder.id)).toEqual([])
    expect(await mailbox.changes([item])).toEqual(new Map())
    expect(await mailbox.allFolders()).toHaveLength(11)
  })

  test('sources nobody reaches are cleared away, but not from under a reader', async () => {
    const mailbox = await newMailbox(store)
    const drafts = await folderOf(mailbox, folderType.drafts)
    const [removed, replaced, moving] = (await fill(mailbox, inbox, {}, {}, { subject: 'Moving' })) as [ServerId, ServerId, ServerId]
    const reading = (await mailbox.source(removed))!
    await mailbox.remove(removed, 'forever')
    const replace = { source: Buffer.from('new'), envelope: envelope('new'), searchText: 'new', received: 1, conversation: null }
    await mailbox.change(replaced, { class: 'Email', replace }, null)
    const moved = await mailbox.move(moving, drafts)
    const tables = async () => Promise.all(['contents', 'chunks', 'texts'].map((table) => rows(`${table} where mailbox = $1`, mailbox.id)))
    expect(await tables()).toEqual([4, 4, 4])

    await store.tidy(clock.now() + 60_000)
    expect(await tables()).toEqual([4, 4, 4])
    expect((await reading.read(0, 7)).length).toBe(7)
    await store.tidy(later(1))
    expect(await tables()).toEqual([2, 2, 2])
    await expect(reading.read(0, 7)).rejects.toMatchObject({ reason: 'item-not-found' })
    const found = await mailbox.search(
      { class: 'Email', text: ['moving'], folders: null, after: null, before: null, conversation: null },
      { from: 0, to: 9 },
    )
    expect(found.ids).toEqual([moved.id])
    expect(new TextDecoder().decode(await (await mailbox.source(moved.id))!.read(0, 15))).toBe('Subject: Moving')
    expect(await rows('forgotten where mailbox = $1', mailbox.id)).toBe(0)
  })

  test('more than one batch is cleared away in one go', async () => {
    const mailbox = await newMailbox(store)
    await fill(mailbox, inbox, ...Array.from({ length: 120 }, () => ({})))
    await mailbox.emptyFolder(inbox, false)
    await store.tidy(later(1))
    expect(await rows('contents where mailbox = $1', mailbox.id)).toBe(0)
  })

  test('the ledger of a dropped generation is cleared away, and no other', async () => {
    const account = await newAccount(store)
    const state = await store.syncState(account.id, phone)
    const merge = Array.from({ length: 4500 }, (_, index) => ({ id: `1:${(index + 1).toString(36)}`, modseq: modseq(1), date: null }))
    const begin = async (folder: FolderId) => {
      const record = await state.begin(folder, state.newKey(), defaultOptions, null, clock.now())
      return (await state.write(record, { acknowledged: record.pending[0]!.key, pending: [], merge: folder === inbox ? merge : [] }))!
    }
    const dropped = await begin(inbox)
    const kept = await begin(inbox)
    await state.drop(dropped.generation)
    const mailbox = await store.mailbox(account.id)
    expect(await rows('ledger where mailbox = $1', mailbox.id)).toBe(9000)
    await store.tidy(clock.now())
    expect(await rows('ledger where mailbox = $1', mailbox.id)).toBe(4500)
    expect(await state.count(kept.generation)).toBe(4500)
  })

  test('a submission is known for a month', async () => {
    const { id: account } = await newAccount(store)
    const mailOf = (at: number) => ({
      id: submission('s'),
      account,
      from: 'a@b.test',
      recipients: ['c@d.test'],
      source: Buffer.from('x'),
      at,
    })
    await store.outbox.submit(mailOf(clock.now()))
    await store.tidy(later(29))
    expect(await store.outbox.known(account, submission('s'))).toBe(true)
    await store.tidy(later(31))
    expect(await store.outbox.known(account, submission('s'))).toBe(false)
    expect(await store.outbox.list()).toHaveLength(1)
  })
})
