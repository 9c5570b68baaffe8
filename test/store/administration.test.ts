// The contract of what administrators keep: policies, access rules, wipes, the audit log, and the waiting room.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everybodyAllowed, type AccessRules } from '../../src/model/access.ts'
import { folderType } from '../../src/model/folder.ts'
import type { AccountId, DeviceId } from '../../src/model/id.ts'
import type { Policy } from '../../src/model/policy.ts'
import { openDatabase } from '../../src/store/sql/database.ts'
import type { Store } from '../../src/store/store.ts'
import { noPolicy } from '../support/admin.ts'
import { engines, type Place } from './engines.ts'
import { mail, newAccount, noon } from './samples.ts'

describe.each(engines)('what administrators keep on $name', (engine) => {
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

  test('policies come by rank and name, are replaced by name, and go', async () => {
    const named = (name: string, rank: number): Policy => ({ ...noPolicy, name, rank })
    for (const policy of [named('b', 2), named('a', 2), named('c', 1)]) await store.policies.put(policy)
    expect((await store.policies.list()).map(({ name }) => name)).toEqual(['c', 'a', 'b'])
    await store.policies.put({ ...named('b', 0), rules: { allowCamera: false } })
    const [first] = await store.policies.list()
    expect(first).toEqual({ ...named('b', 0), rules: { allowCamera: false } })
    expect(await store.policies.remove('b')).toBe(true)
    expect(await store.policies.remove('b')).toBe(false)
    expect((await store.policies.list()).map(({ name }) => name)).toEqual(['c', 'a'])
  })

  test('access rules are replaced as a whole and keep their order', async () => {
    expect(await store.access.read()).toEqual(everybodyAllowed)
    const rule = (id: string) => ({ id, characteristic: 'model', pattern: `${id}*`, access: 'blocked', note: '' }) as const
    const rules: AccessRules = { fallback: 'quarantined', rules: [rule('z'), rule('a'), rule('m')] }
    await store.access.write(rules)
    expect(await store.access.read()).toEqual(rules)
    await store.access.write({ fallback: 'allowed', rules: [rule('a')] })
    expect(await store.access.read()).toEqual({ fallback: 'allowed', rules: [rule('a')] })
  })

  test('wipes are found by device, state and author, newest first', async () => {
    const account = (await newAccount(store)).id
    const order = (device: string, requestedBy = 'alice') =>
      store.wipes.add({
        account,
        device: device as DeviceId,
        scope: 'device',
        state: 'requested',
        requestedBy,
        requestedFrom: '192.0.2.1',
        requestedAt: noon,
      })
    const [first, second, third] = [await order('one'), await order('two'), await order('one', 'bob')]
    expect(await store.wipes.find(first.id)).toEqual(first)
    expect(await store.wipes.find(third.id + 1000)).toBeNull()
    expect((await store.wipes.list({ account }, 2)).map(({ id }) => id)).toEqual([third.id, second.id])
    const change = { state: 'acknowledged', deliveredAt: noon, endedAt: noon + 1, reason: null } as const
    expect(await store.wipes.change(first.id, change)).toMatchObject(change)
    expect(await store.wipes.list({ account, states: ['requested'] }, 9)).toHaveLength(2)
    expect(await store.wipes.list({ account, states: [] }, 9)).toEqual([])
    expect(await store.wipes.list({ account, device: 'one' as DeviceId, states: ['acknowledged', 'failed'] }, 9)).toHaveLength(1)
    expect(await store.wipes.countBy('alice', noon)).toBe(2)
    expect(await store.wipes.countBy('alice', noon + 1)).toBe(0)
    await expect(store.wipes.change(third.id + 1000, change)).rejects.toMatchObject({ reason: 'item-not-found' })
  })

  describe('the audit log', () => {
    const entry = (action: string, target: string | null = null) => ({
      at: noon,
      actor: 'alice',
      role: 'administrator' as const,
      origin: 'shell',
      action,
      target,
      detail: { größe: 'ß', nested: { a: [1, null] } },
    })

    test('numbers without a gap, pages, filters, and is whole', async () => {
      expect(await store.audit.verify()).toBeNull()
      await Promise.all(Array.from({ length: 20 }, (_, index) => store.audit.append(entry(index % 2 === 0 ? 'even' : 'odd', `t${index}`))))
      expect((await store.audit.from(1, 100)).map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
      expect((await store.audit.list({}, 3)).map(({ number }) => number)).toEqual([20, 19, 18])
      expect((await store.audit.list({ before: 18 }, 2)).map(({ number }) => number)).toEqual([17, 16])
      expect(await store.audit.list({ action: 'even', actor: 'alice' }, 100)).toHaveLength(10)
      expect(await store.audit.list({ actor: 'bob' }, 100)).toEqual([])
      expect(await store.audit.list({ target: 't3' }, 100)).toHaveLength(1)
      expect((await store.audit.list({}, 1))[0]).toMatchObject({ detail: { größe: 'ß', nested: { a: [1, null] } } })
      expect(await store.audit.verify()).toBeNull()
    })

    test('is whole whatever somebody wrote into it', async () => {
      const odd = 'half \ud800, nothing \u0000, line\n'
      const appended = await store.audit.append({ ...entry(odd, odd), actor: odd, origin: odd, detail: { [odd]: odd, ['__proto__']: odd } })
      expect((await store.audit.list({}, 1))[0]).toEqual(appended)
      expect(await store.audit.verify()).toBeNull()
    })

    test('an entry of a unit that was rolled back leaves no gap', async () => {
      const failing = store.unit(async (unit) => {
        await unit.audit.append(entry('lost'))
        throw new Error('never mind')
      })
      await expect(failing).rejects.toThrow('never mind')
      await store.audit.append(entry('kept'))
      expect(await store.audit.verify()).toBeNull()
    })
  })

  test('a unit that has counted the wipes of somebody is the only one to write one', async () => {
    const account = (await newAccount(store)).id
    const asked = { account, scope: 'device', state: 'requested', requestedBy: 'eager', requestedFrom: null, requestedAt: noon } as const
    const ask = (_: unknown, index: number) =>
      store.unit(async (unit) => {
        if ((await unit.wipes.countBy('eager', noon)) < 3) await unit.wipes.add({ ...asked, device: `D${index}` as DeviceId })
      })
    await Promise.all(Array.from({ length: 12 }, ask))
    expect(await store.wipes.countBy('eager', noon)).toBe(3)
  })

  test('a unit that has looked at a device, or at an account, holds it until it ends', async () => {
    const account = (await newAccount(store)).id
    const device = 'HELD' as DeviceId
    await store.devices.enrol(account, device, { type: 'iPhone', userAgent: null, version: null, address: null, at: noon })
    const letter = () =>
      store.unit(async (unit) => {
        const { label } = (await unit.devices.find(account, device)) ?? { label: null }
        await unit.devices.change(account, device, { label: `${label ?? ''}x` })
      })
    const digit = () =>
      store.unit(async (unit) => {
        const { displayName } = (await unit.accounts.byId(account)) ?? { displayName: '' }
        await unit.accounts.change(account, { displayName: `${displayName}1` })
      })
    await Promise.all([...Array.from({ length: 10 }, letter), ...Array.from({ length: 10 }, digit)])
    expect((await store.devices.find(account, device))?.label).toBe('x'.repeat(10))
    expect((await store.accounts.byId(account))?.displayName).toMatch(/1{10}$/)
  })

  test('the waiting room of an account is another mailbox, made once, with the same accounts and devices', async () => {
    const account = (await newAccount(store)).id
    const [own, rooms] = [await store.mailbox(account), await Promise.all([0, 1, 2].map(() => store.waitingRoom.mailbox(account)))]
    expect(new Set(rooms.map(({ id }) => id)).size).toBe(1)
    const [room = own] = rooms
    expect(room.id).not.toBe(own.id)
    const inbox = await room.defaultFolder(folderType.inbox)
    await store.waitingRoom.unit(async (unit) => (await unit.mailbox(account)).create(inbox.id, mail(), null))
    expect((await room.items(inbox.id, 'Email').newestFirst(null, null, 9)).changes).toHaveLength(1)
    const seen = await own.defaultFolder(folderType.inbox)
    expect((await own.items(seen.id, 'Email').newestFirst(null, null, 9)).changes).toEqual([])
    expect(await store.waitingRoom.accounts.byId(account)).toEqual(await store.accounts.byId(account))
    await expect(store.waitingRoom.mailbox('nobody' as AccountId)).rejects.toMatchObject({ reason: 'account-not-found' })
    expect(store.waitingRoom.waitingRoom).toBe(store.waitingRoom)
  })
})

describe('an audit log somebody laid hands on', () => {
  const [engine] = engines
  const entry = (action: string) =>
    ({ at: noon, actor: 'a', role: 'administrator', origin: null, action, target: null, detail: {} }) as const

  test.each([
    ['a changed entry', `update audit set target = 'other' where number = 2`, { number: 2, reason: 'the entry was changed' }],
    ['an entry taken out of the middle', 'delete from audit where number = 2', { number: 2, reason: 'the entry is missing' }],
    ['entries taken from the end', 'delete from audit where number > 1', { number: 2, reason: 'entries at the end are missing' }],
  ])('shows %s', async (_what, sql, broken) => {
    const place = await engine!.place()
    const store = await place.open()
    for (const action of ['one', 'two', 'three']) await store.audit.append(entry(action))
    await store.close()
    const database = await openDatabase(place.options)
    await database.transaction((connection) => connection.run(sql))
    await database.close()
    const again = await place.open()
    expect(await again.audit.verify()).toEqual(broken)
    await again.close()
    await place.remove()
  })
})
