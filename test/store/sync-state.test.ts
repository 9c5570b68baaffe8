// The contract of sync state: generations, compare-and-set, and the ledger.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultOptions } from '../../src/model/collection.ts'
import { folderType } from '../../src/model/folder.ts'
import { initialKey, rootFolder, type DeviceId, type FolderId, type ServerId, type SyncKey } from '../../src/model/id.ts'
import type { Store } from '../../src/store/store.ts'
import type { LedgerEntry, Round, SyncState } from '../../src/store/sync-state.ts'
import { engines, type Place } from './engines.ts'
import { day, modseq, newAccount, noon } from './samples.ts'

const inbox = '1' as FolderId
const phone = 'phone1' as DeviceId
const line = (id: string, mod: number | null, date: number | null = null): LedgerEntry => ({
  id,
  modseq: mod === null ? null : modseq(mod),
  date,
})

describe.each(engines)('sync state on $name', (engine) => {
  let place: Place
  let store: Store
  beforeAll(async () => {
    place = await engine.place()
    store = await place.open()
  })
  afterAll(async () => {
    await store.close()
    await place.remove()
  })

  async function newState(): Promise<SyncState> {
    return store.syncState((await newAccount(store)).id, phone)
  }

  const begin = (state: SyncState, folder = inbox) => state.begin(folder, state.newKey(), defaultOptions, null, noon)

  /** A generation whose first key came back. */
  async function acknowledged(state: SyncState, folder = inbox, merge: readonly LedgerEntry[] = []) {
    const record = await begin(state, folder)
    const written = await state.write(record, { acknowledged: record.pending[0]!.key, pending: [], merge })
    return written!
  }

  test('keys are short, never repeat, and carry the epoch', async () => {
    const state = await newState()
    const keys = Array.from({ length: 2000 }, () => state.newKey())
    expect(new Set(keys).size).toBe(2000)
    for (const key of keys) expect(key).toMatch(/^0\.[0-9a-z]{12}$/)
  })

  test('a generation begins with its first key pending and nothing told', async () => {
    const state = await newState()
    expect(await state.generations(inbox)).toEqual([])
    const key = state.newKey()
    const options = {
      ...defaultOptions,
      filterType: 3,
      bodyPreferences: [{ type: 2, truncationSize: 500, allOrNone: false, preview: null }],
    } as const
    const record = await state.begin(inbox, key, options, ['Contacts:Picture'], noon)
    expect(record).toEqual({
      generation: record.generation,
      device: phone,
      folder: inbox,
      revision: record.revision,
      acknowledged: initialKey,
      position: { token: null, backfill: 'start', cut: null },
      pending: [{ key, position: { token: null, backfill: 'start', cut: null }, delta: [], own: [], at: noon }],
      own: [],
      options,
      supported: ['Contacts:Picture'],
      retries: 0,
      createdAt: noon,
      usedAt: noon,
    })
    expect(await state.generations(inbox)).toEqual([record])
    expect(await state.collections()).toEqual([record])
    expect(await state.count(record.generation)).toBe(0)
  })

  test('what is written comes back as it was, whatever the position', async () => {
    const state = await newState()
    const first = await begin(state)
    const position = { token: modseq(12), backfill: { date: noon, number: 7 }, cut: noon - day } as const
    const round: Round = {
      key: state.newKey(),
      position: { token: modseq(13), backfill: { date: null, number: 3 }, cut: null },
      delta: [line('1:5', 3, noon), line('1:6', null)],
      own: [{ id: '1:5', modseq: modseq(3) }],
      at: noon,
    }
    const change = {
      acknowledged: first.pending[0]!.key,
      position,
      pending: [round],
      own: [{ id: '1:9', modseq: modseq(2) }],
      options: { ...defaultOptions, filterType: 5 },
      supported: [],
      retries: 3,
      usedAt: noon + 1,
    }
    const written = await state.write(first, change)
    expect(written).toEqual({ ...first, ...change, revision: first.revision + 1 })
    expect(await state.generations(inbox)).toEqual([written])
    const third = await state.write(written!, { retries: 0 })
    expect(third).toEqual({ ...written, retries: 0, revision: written!.revision + 1 })
    expect(await state.generations(inbox)).toEqual([third])
    const fourth = await state.write(third!, { position: { token: modseq(14), backfill: 'done', cut: null }, supported: null })
    expect(await state.generations(inbox)).toEqual([fourth])
    expect(fourth).toMatchObject({ position: { token: 14, backfill: 'done', cut: null }, supported: null })
  })

  test('the slower of two writers gets nothing, and its ledger lines are not merged', async () => {
    const state = await newState()
    const record = await acknowledged(state)
    const winner = await state.write(record, { retries: 1, merge: [line('1:5', 5)] })
    expect(winner).not.toBeNull()
    expect(await state.write(record, { retries: 2, merge: [line('1:6', 6)] })).toBeNull()
    expect(await state.generations(inbox)).toEqual([winner])
    expect([...(await state.held(record.generation, ['1:5', '1:6'])).keys()]).toEqual(['1:5'])
  })

  test('of many writers at once exactly one wins', async () => {
    const state = await newState()
    const record = await acknowledged(state)
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => state.write(record, { retries: index + 1, merge: [line(`1:${index + 1}`, 1)] })),
    )
    const [winner, ...others] = results.filter((result) => result !== null)
    expect(others).toEqual([])
    expect(await state.generations(inbox)).toEqual([winner])
    expect(await state.count(record.generation)).toBe(1)
  })

  test('a generation that was dropped takes no more writes', async () => {
    const state = await newState()
    const record = await acknowledged(state, inbox, [line('1:5', 5, noon)])
    await state.drop(record.generation)
    expect(await state.write(record, { retries: 1 })).toBeNull()
    expect(await state.generations(inbox)).toEqual([])
    expect(await state.count(record.generation)).toBe(0)
    expect(await state.held(record.generation, ['1:5'])).toEqual(new Map())
    expect(await state.expired(record.generation, noon + 1, 10)).toEqual([])
    await state.drop(record.generation)
  })

  test('a new generation stands beside an acknowledged one, and one begun before that is joined', async () => {
    const state = await newState()
    const old = await acknowledged(state, inbox, [line('1:5', 5)])
    const [second, third] = await Promise.all([begin(state), begin(state)])
    expect(third).toEqual(second)
    expect(await state.generations(inbox)).toEqual([old, second])
    // The old one is in use until the new one is acknowledged.
    expect(await state.collections()).toEqual([old])
    expect(await state.held(old.generation, ['1:5'])).toEqual(new Map([['1:5', { modseq: 5, date: null }]]))
  })

  test('of two acknowledged generations a new one keeps the newer', async () => {
    const state = await newState()
    const old = await acknowledged(state)
    const second = await acknowledged(state)
    expect(await state.generations(inbox)).toEqual([old, second])
    const third = await begin(state)
    expect(await state.generations(inbox)).toEqual([second, third])
  })

  test('the collections of a device are one per folder, and no other device sees them', async () => {
    const account = await newAccount(store)
    const state = await store.syncState(account.id, phone)
    const other = await store.syncState(account.id, 'phone2' as DeviceId)
    const hierarchy = await begin(state, rootFolder)
    const mail = await begin(state)
    expect(await state.collections()).toEqual([hierarchy, mail])
    expect(await other.collections()).toEqual([])
    expect(await other.generations(inbox)).toEqual([])
    await state.write(mail, { merge: [line('1:5', 5, noon)] })
    expect(await other.held(mail.generation, ['1:5'])).toEqual(new Map())
    expect(await other.expired(mail.generation, noon + 1, 10)).toEqual([])
    expect(await other.count(mail.generation)).toBe(0)
    await other.drop(mail.generation)
    expect(await state.count(mail.generation)).toBe(1)
    expect(await state.generations('No Folder' as FolderId)).toEqual([])
    await expect(begin(state, 'No Folder' as FolderId)).rejects.toMatchObject({ reason: 'folder-not-found' })
  })

  test('the ledger takes lines in, replaces them and strikes them out', async () => {
    const state = await newState()
    let record = await acknowledged(state, inbox, [line('1:1', 1, noon), line('1:2', 2), line('1:3', 3)])
    record = (await state.write(record, { merge: [line('1:2', 20, noon), line('1:3', null), line('1:4', 4), line('1:9', null)] }))!
    expect(await state.held(record.generation, ['1:1', '1:2', '1:3', '1:4', '1:5'])).toEqual(
      new Map([
        ['1:1', { modseq: 1, date: noon }],
        ['1:2', { modseq: 20, date: noon }],
        ['1:4', { modseq: 4, date: null }],
      ]),
    )
    expect(await state.count(record.generation)).toBe(3)
  })

  test('the last line about an item counts', async () => {
    const state = await newState()
    const record = await acknowledged(state, inbox, [
      line('1:1', 1),
      line('1:1', null),
      line('1:2', null),
      line('1:2', 7),
      line('1:3', 1),
      line('1:3', 2),
    ])
    expect(await state.held(record.generation, ['1:1', '1:2', '1:3'])).toEqual(
      new Map([
        ['1:2', { modseq: 7, date: null }],
        ['1:3', { modseq: 2, date: null }],
      ]),
    )
  })

  test('an id with another folder, or none of ours, is not held', async () => {
    const state = await newState()
    const record = await acknowledged(state, inbox, [line('1:5', 5)])
    expect(await state.held(record.generation, ['2:5', '5', '01:5', 'x y', '', '1:05'])).toEqual(new Map())
    expect(await state.held(record.generation, ['2:5', '1:5']).then((held) => [...held.keys()])).toEqual(['1:5'])
    expect(await state.held(record.generation, [])).toEqual(new Map())
  })

  test('in the hierarchy the ledger holds folders', async () => {
    const state = await newState()
    const record = await acknowledged(state, rootFolder, [line('1', 1), line('zz', 2)])
    expect(await state.held(record.generation, ['1', 'zz', '2'])).toEqual(
      new Map([
        ['1', { modseq: 1, date: null }],
        ['zz', { modseq: 2, date: null }],
      ]),
    )
  })

  test('lines that left the window come oldest first, those without a date never', async () => {
    const state = await newState()
    const lines = [
      line('1:1', 1, noon),
      line('1:2', 2, noon - 2 * day),
      line('1:3', 3, noon - day),
      line('1:4', 4),
      line('1:5', 5, noon - 2 * day),
    ]
    const { generation } = await acknowledged(state, inbox, lines)
    expect(await state.expired(generation, noon, 10)).toEqual([lines[1], lines[4], lines[2]])
    expect(await state.expired(generation, noon, 2)).toEqual([lines[1], lines[4]])
    expect(await state.expired(generation, noon - 2 * day, 10)).toEqual([])
    expect(await state.expired(generation, Number.MAX_SAFE_INTEGER, 10)).toHaveLength(4)
  })

  test('a ledger of thousands of lines is written and asked in one go', async () => {
    const state = await newState()
    const ids = Array.from({ length: 5000 }, (_, index) => `1:${(index + 1).toString(36)}`)
    const record = await acknowledged(
      state,
      inbox,
      ids.map((id, index) => line(id, index + 1, noon + index)),
    )
    expect(await state.count(record.generation)).toBe(5000)
    const held = await state.held(record.generation, ids)
    expect(held.size).toBe(5000)
    expect(held.get('1:zz')).toEqual({ modseq: 1295, date: noon + 1294 })
    await state.write(record, { merge: ids.slice(0, 4990).map((id) => line(id, null)) })
    expect(await state.count(record.generation)).toBe(10)
  })

  test('generations never share a number, nor do they with items or folders', async () => {
    const account = await newAccount(store)
    const mailbox = await store.mailbox(account.id)
    const state = await store.syncState(account.id, phone)
    const first = await begin(state)
    const before = await mailbox.modseq()
    const second = await begin(state, '2' as FolderId)
    expect(second.generation).not.toBe(first.generation)
    expect(await mailbox.modseq()).toBe(before)
    const folder = await mailbox.createFolder(rootFolder, 'A', folderType.userMail, null)
    expect([first.generation, second.generation].map((number) => number.toString(36))).not.toContain(folder.id)
  })

  test('a glance tells the generations and the modseq of the mailbox, where there is no generation too', async () => {
    const account = await newAccount(store)
    const mailbox = await store.mailbox(account.id)
    const state = await store.syncState(account.id, phone)
    expect(await state.glance(inbox)).toEqual({ generations: [], modseq: await mailbox.modseq() })
    expect(await state.glance('no id' as FolderId)).toEqual({ generations: [], modseq: await mailbox.modseq() })
    const record = await acknowledged(state)
    const younger = await begin(state)
    await begin(state, '2' as FolderId)
    await mailbox.createFolder(rootFolder, 'A', folderType.userMail, null)
    expect(await state.glance(inbox)).toEqual({ generations: [record, younger], modseq: await mailbox.modseq() })
    await store.unit(async (unit) => {
      const inside = await unit.mailbox(account.id)
      await inside.createFolder(rootFolder, 'B', folderType.userMail, null)
      expect((await (await unit.syncState(account.id, phone)).glance(inbox)).modseq).toBe(await inside.modseq())
    })
  })

  test('the last fifty refused keys are kept for the administrator, per device', async () => {
    const account = await newAccount(store)
    const state = await store.syncState(account.id, phone)
    const reset = (at: number) => ({ at, folder: inbox, reason: 'unknown key', presented: `0.${at}` as SyncKey })
    for (let at = 1; at <= 60; at += 1) await state.recordReset(reset(at))
    await state.recordReset({ ...reset(61), presented: null })
    const kept = await state.resets()
    expect(kept).toHaveLength(50)
    expect(kept[0]).toEqual(reset(12))
    expect(kept.at(-1)).toEqual({ ...reset(61), presented: null })
    expect(await (await store.syncState(account.id, 'phone2' as DeviceId)).resets()).toEqual([])
  })

  test('items set aside are listed once each', async () => {
    const state = await newState()
    await state.recordPoison(inbox, '1:5' as ServerId, 'first', noon)
    await state.recordPoison(inbox, '1:6' as ServerId, 'other', noon + 1)
    await state.recordPoison(inbox, '1:5' as ServerId, 'again', noon + 2)
    expect(await state.poison()).toEqual([
      { folder: inbox, id: '1:6', reason: 'other', at: noon + 1 },
      { folder: inbox, id: '1:5', reason: 'again', at: noon + 2 },
    ])
  })
})
