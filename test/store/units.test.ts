// The contract of units of work: all or nothing, one at a time, and watchers told after the commit.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setImmediate } from 'node:timers/promises'
import { defaultOptions } from '../../src/model/collection.ts'
import { folderType } from '../../src/model/folder.ts'
import { rootFolder, type AccountId, type DeviceId, type FolderId, type ServerId } from '../../src/model/id.ts'
import type { Store, Unit } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'
import { fill, identity, inboxOf, mail, modseq, newAccount, noon, submission } from './samples.ts'
import { emailOf } from '../../src/model/item.ts'

const inbox = '1' as FolderId
const phone = 'phone' as DeviceId

describe.each(engines)('units of work on $name', (engine) => {
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

  test('everything a unit writes is there after it, and seen within it', async () => {
    const { id: account } = await newAccount(store)
    const { stored, record } = await store.unit(async (unit) => {
      const mailbox = await unit.mailbox(account)
      const state = await unit.syncState(account, phone)
      const before = await mailbox.modseq()
      const stored = await mailbox.create(inbox, mail({ subject: 'inside' }), null)
      expect(await mailbox.modseq()).toBe(before + 1)
      expect((await mailbox.items(inbox, 'Email').since(before, 10)).changes).toMatchObject([{ id: stored.id }])
      expect((await mailbox.read([stored.id])).size).toBe(1)
      expect((await (await mailbox.source(stored.id))!.read(0, 7)).length).toBe(7)
      const record = await state.begin(inbox, state.newKey(), defaultOptions, null, noon)
      expect(await state.generations(inbox)).toEqual([record])
      await unit.devices.remember(account, phone, 'sync', 1)
      expect(await unit.outbox.submit(submissionOf(account, 'unit'))).toBe(true)
      expect(await unit.accounts.byId(account)).not.toBeNull()
      return { stored, record }
    })
    const mailbox = await store.mailbox(account)
    expect(await mailbox.modseq()).toBe(stored.modseq)
    expect((await mailbox.read([stored.id])).size).toBe(1)
    expect(await (await store.syncState(account, phone)).generations(inbox)).toEqual([record])
    expect(await store.devices.recall(account, phone, 'sync')).toBe(1)
    expect(await store.outbox.known(account, submission('unit'))).toBe(true)
  })

  const submissionOf = (account: AccountId, id: string) => ({
    id: submission(id),
    account,
    from: 'me@example.com',
    recipients: ['a@example.net'],
    source: Buffer.from('x'),
    at: noon,
  })

  test('a unit that fails leaves nothing behind, not even a modseq', async () => {
    const { id: account } = await newAccount(store)
    const mailbox = await store.mailbox(account)
    const [kept] = (await fill(mailbox, inbox, {})) as [ServerId]
    const before = await mailbox.modseq()
    const folders = await mailbox.allFolders()
    const failing = store.unit(async (unit) => {
      const within = await unit.mailbox(account)
      await within.create(inbox, mail(), identity('rolled back'))
      await within.createFolder(rootFolder, 'Never', folderType.userMail, null)
      await within.remove(kept, 'forever')
      const state = await unit.syncState(account, phone)
      await state.begin(inbox, state.newKey(), defaultOptions, null, noon)
      await unit.accounts.change(account, { displayName: 'Never' })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await mailbox.modseq()).toBe(before)
    expect(await mailbox.allFolders()).toEqual(folders)
    expect([...(await mailbox.read([kept])).keys()]).toEqual([kept])
    expect(await (await store.syncState(account, phone)).generations(inbox)).toEqual([])
    expect((await mailbox.create(inbox, mail(), identity('rolled back'))).created).toBe(true)
  })

  test('an account made in a unit can be used there, and is nobody if the unit fails', async () => {
    let made: AccountId | undefined
    const failing = store.unit(async (unit) => {
      made = (await unit.accounts.create({ addresses: ['made@example.com'], displayName: '', passwordHash: null })).id
      const mailbox = await unit.mailbox(made)
      expect((await mailbox.create(await inboxOf(mailbox), mail(), null)).created).toBe(true)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await expect(store.mailbox(made!)).rejects.toMatchObject({ reason: 'account-not-found' })
    expect(await store.accounts.byAddress('made@example.com')).toBeNull()
  })

  test('a refusal within a unit can be caught, and the rest still commits', async () => {
    const { id: account } = await newAccount(store)
    const stored = await store.unit(async (unit) => {
      const mailbox = await unit.mailbox(account)
      await expect(mailbox.createFolder(rootFolder, 'Inbox', folderType.userMail, null)).rejects.toMatchObject({ reason: 'name-taken' })
      await expect(mailbox.move('1:zzz' as ServerId, inbox)).rejects.toMatchObject({ reason: 'item-not-found' })
      return mailbox.create(inbox, mail(), null)
    })
    expect((await (await store.mailbox(account)).read([stored.id])).size).toBe(1)
  })

  test('two hundred units at once all count, each with modseqs of its own', async () => {
    const { id: account } = await newAccount(store)
    const mailbox = await store.mailbox(account)
    const before = await mailbox.modseq()
    const ids = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        store.unit(async (unit) => {
          const within = await unit.mailbox(account)
          const stored = await within.create(inbox, mail({ subject: `number ${index}` }), null)
          await within.change(stored.id, { class: 'Email', state: { read: index % 2 === 0 } }, null)
          return stored.id
        }),
      ),
    )
    expect(new Set(ids).size).toBe(200)
    const { changes } = await mailbox.items(inbox, 'Email').since(before, 1000)
    expect(changes.map((change) => change.id).toSorted()).toEqual(ids.toSorted())
    expect(new Set(changes.map((change) => change.modseq)).size).toBe(200)
    expect(await mailbox.modseq()).toBe(before + 300)
    expect([...(await mailbox.read(ids)).values()].filter((item) => emailOf(item).state.read)).toHaveLength(100)
  })

  test('a unit that rolls back never takes the acknowledged write of another with it', async () => {
    const { id: account } = await newAccount(store)
    const mailbox = await store.mailbox(account)
    const acknowledged: ServerId[] = []
    const lost: ServerId[] = []
    const work = Array.from({ length: 60 }, (_, index) => {
      const fails = index % 3 === 0
      return store
        .unit(async (unit) => {
          const within = await unit.mailbox(account)
          const stored = await within.create(inbox, mail(), null)
          // Time for the others to come between, if anything lets them.
          await Promise.resolve()
          await within.change(stored.id, { class: 'Email', state: { read: true } }, null)
          if (fails) {
            lost.push(stored.id)
            throw new Error('rolled back')
          }
          return stored.id
        })
        .then((id) => acknowledged.push(id))
        .catch((error: Error) => expect(error.message).toBe('rolled back'))
    })
    await Promise.all(work)
    expect(acknowledged).toHaveLength(40)
    expect(lost).toHaveLength(20)
    const found = await mailbox.read(acknowledged)
    expect(found.size).toBe(40)
    expect([...found.values()].every((item) => emailOf(item).state.read)).toBe(true)
    expect((await mailbox.items(inbox, 'Email').since(modseq(0), 1000)).changes).toHaveLength(40)
  })

  test.runIf(engine.readsBeside)('a read beside an open unit sees what is committed, and does not wait', async () => {
    const { id: account } = await newAccount(store)
    const mailbox = await store.mailbox(account)
    const before = await mailbox.modseq()
    await store.unit(async (unit) => {
      const stored = await (await unit.mailbox(account)).create(inbox, mail(), null)
      expect(await mailbox.modseq()).toBe(before)
      expect((await mailbox.read([stored.id])).size).toBe(0)
      expect((await mailbox.items(inbox, 'Email').since(before, 10)).changes).toEqual([])
    })
    expect(await mailbox.modseq()).toBe(before + 1)
  })

  test('a unit within a unit is refused instead of waiting for ever', async () => {
    const { id: account } = await newAccount(store)
    const mailbox = await store.mailbox(account)
    await store.unit(async () => {
      await expect(store.unit(async () => 1)).rejects.toThrow('inside another')
      await expect(mailbox.create(inbox, mail(), null)).rejects.toThrow('inside another')
    })
    expect(await store.unit(async () => 1)).toBe(1)
  })

  test('what is kept of a unit reads on after its end, but writes no more', async () => {
    const { id: account } = await newAccount(store)
    let kept: Unit | undefined
    const { source, mailbox } = await store.unit(async (unit) => {
      kept = unit
      const within = await unit.mailbox(account)
      const stored = await within.create(inbox, mail({ source: Buffer.from('0123456789') }), null)
      return { source: (await within.source(stored.id))!, mailbox: within }
    })
    expect(new TextDecoder().decode(await source.read(3, 6))).toBe('345')
    expect(await mailbox.modseq()).toBe(await (await store.mailbox(account)).modseq())
    await expect((async () => mailbox.create(inbox, mail(), null))()).rejects.toThrow('has ended')
    await expect((async () => kept!.accounts.change(account, { disabled: true }))()).rejects.toThrow('has ended')
  })

  test('watchers are told after the commit, once per unit, of their own mailbox only', async () => {
    const [one, two] = [await newAccount(store), await newAccount(store)]
    const mailbox = await store.mailbox(one.id)
    const other = await store.mailbox(two.id)
    const seen: Promise<number>[] = []
    const leave = store.notifier.watch(mailbox.id, () => seen.push(mailbox.modseq()))
    let others = 0
    const leaveOther = store.notifier.watch(other.id, () => (others += 1))
    await store.unit(async (unit) => {
      const within = await unit.mailbox(one.id)
      await within.create(inbox, mail(), null)
      await within.create(inbox, mail(), null)
      await setImmediate()
      expect(seen).toEqual([])
    })
    expect(await Promise.all(seen)).toEqual([await mailbox.modseq()])
    await expect(
      store.unit(async (unit) => {
        await (await unit.mailbox(one.id)).create(inbox, mail(), null)
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await store.devices.remember(one.id, phone, 'sync', 1)
    expect(seen).toHaveLength(1)
    expect(others).toBe(0)
    await fill(other, inbox, {})
    expect(others).toBe(1)
    leave()
    leaveOther()
    await fill(mailbox, inbox, {})
    expect(seen).toHaveLength(1)
    expect(store.notifier.waiting).toBe(0)
  })

  test('a device that begins a collection wakes nobody', async () => {
    const { id: account } = await newAccount(store)
    const mailbox = await store.mailbox(account)
    let woken = 0
    const leave = store.notifier.watch(mailbox.id, () => (woken += 1))
    const state = await store.syncState(account, phone)
    await state.begin(inbox, state.newKey(), defaultOptions, null, noon)
    leave()
    expect(woken).toBe(0)
  })
})
