// The contract of the epoch: after a restore from backup nothing that was given out before is given out again.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { VirtualClock } from '../support/clock.ts'
import { defaultOptions } from '../../src/model/collection.ts'
import { folderType } from '../../src/model/folder.ts'
import { rootFolder, type DeviceId, type FolderId, type ServerId } from '../../src/model/id.ts'
import { restoreEpoch } from '../../src/store/sql/open.ts'
import { engines, type Place } from './engines.ts'
import { fill, mail, newAccount, newMailbox, noon } from './samples.ts'

const inbox = '1' as FolderId
const phone = 'phone' as DeviceId

describe.each(engines)('the epoch on $name', (engine) => {
  let place: Place
  beforeEach(async () => {
    place = await engine.place()
  })
  afterEach(() => place.remove())

  test('ids, modseqs and keys after a restore are above everything given out before', async () => {
    const clock = new VirtualClock('2026-03-02T08:00:00Z')
    let store = await place.open(clock)
    const account = await newAccount(store)
    let mailbox = await store.mailbox(account.id)
    const [item] = (await fill(mailbox, inbox, { subject: 'Kept' })) as [ServerId]
    let state = await store.syncState(account.id, phone)
    const record = await state.begin(inbox, state.newKey(), defaultOptions, null, noon)
    await store.close()

    const epoch = await restoreEpoch({ database: place.options, clock })
    // Minutes since 2025 began.
    expect(epoch).toBe((Date.parse('2026-03-02T08:00:00Z') - Date.parse('2025-01-01T00:00:00Z')) / 60_000)

    store = await place.open(clock)
    mailbox = await store.mailbox(account.id)
    const start = epoch * 2 ** 28
    expect(await mailbox.modseq()).toBe(start)
    expect([...(await mailbox.read([item])).values()]).toMatchObject([{ content: { email: { envelope: { subject: 'Kept' } } } }])
    const stored = await mailbox.create(inbox, mail(), null)
    expect(stored.modseq).toBe(start + 1)
    expect(Number.parseInt(stored.id.split(':')[1] ?? '', 36)).toBeGreaterThan(start)
    expect(stored.id.length).toBeLessThanOrEqual(64)
    expect((await mailbox.read([stored.id])).size).toBe(1)
    const moved = await mailbox.move(stored.id, (await mailbox.defaultFolder(folderType.drafts)).id)
    expect((await mailbox.changes([stored.id, moved.id])).size).toBe(2)
    const folder = await mailbox.createFolder(rootFolder, 'After', folderType.userMail, null)
    expect(Number.parseInt(folder.id, 36)).toBeGreaterThan(start)
    expect((await mailbox.items(inbox, 'Email').since(record.position.token ?? (0 as never), 10)).changes).toHaveLength(2)

    state = await store.syncState(account.id, phone)
    expect(await state.generations(inbox)).toEqual([record])
    const key = state.newKey()
    expect(key.startsWith(`${epoch.toString(36)}.`)).toBe(true)
    expect(key.length).toBeLessThanOrEqual(24)
    const next = await state.begin(folder.id, key, defaultOptions, null, noon)
    expect(next.generation).toBeGreaterThan(start)
    await state.write(next, { acknowledged: key, pending: [], merge: [{ id: moved.id, modseq: moved.modseq, date: noon }] })
    expect(await state.count(next.generation)).toBe(1)

    const born = await newMailbox(store)
    expect(await born.modseq()).toBeGreaterThan(start)
    expect((await born.allFolders()).every(({ id }) => Number.parseInt(id, 36) > start)).toBe(true)
    await store.close()
  })

  test('no id of an account and of its waiting room are the same, before and after a restore', async () => {
    const clock = new VirtualClock('2026-03-02T08:00:00Z')
    let store = await place.open(clock)
    const account = (await newAccount(store)).id
    const ids = async () => {
      const given: (readonly string[])[] = []
      for (const mailbox of [await store.mailbox(account), await store.waitingRoom.mailbox(account)]) {
        const { id } = await mailbox.defaultFolder(folderType.inbox)
        const stored = await mailbox.create(id, mail(), null)
        const made = await mailbox.createFolder(rootFolder, `Made ${stored.modseq}`, folderType.userMail, null)
        given.push([...(await mailbox.allFolders()).map((folder) => folder.id), stored.id.split(':')[1] ?? '', made.id])
      }
      const [own = [], room = []] = given.map((each) => new Set(each))
      return [...own].filter((id) => new Set(room).has(id))
    }
    expect(await ids()).toEqual([])
    await store.close()
    await restoreEpoch({ database: place.options, clock })
    store = await place.open(clock)
    expect(await ids()).toEqual([])
    await store.close()
  })

  test('a second restore within the same minute, or with a clock set back, begins a later epoch', async () => {
    await (await place.open()).close()
    const first = await restoreEpoch({ database: place.options, clock: new VirtualClock('2026-03-02T08:00:00Z') })
    const second = await restoreEpoch({ database: place.options, clock: new VirtualClock('2026-03-02T08:00:59Z') })
    const third = await restoreEpoch({ database: place.options, clock: new VirtualClock('1990-01-01T00:00:00Z') })
    expect([second, third]).toEqual([first + 1, first + 2])
  })
})
