// The contract of app passwords, on every engine.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountId, DeviceId } from '../../src/model/id.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'

describe.each(engines)('app passwords, on $name', (engine) => {
  let place: Place
  let store: Store
  let alice: AccountId
  let bob: AccountId
  beforeAll(async () => {
    place = await engine.place()
    store = await place.open()
    const account = async (name: string) =>
      (await store.accounts.create({ addresses: [`${name}@example.com`], displayName: name, passwordHash: null })).id
    ;[alice, bob] = [await account('alice'), await account('bob')]
  })
  afterAll(async () => {
    await store.close()
    await place.remove()
  })

  const add = (account: AccountId, name: string, hash = `hash of ${name}`, createdAt = 5) =>
    store.appPasswords.add({ account, name, hash, verifier: 'verifier', createdBy: 'alice@example.com', createdAt })

  test('one is added under a name once for each account, and found by its hash in its own account alone', async () => {
    const made = await add(alice, 'phone')
    expect(made).toEqual({ account: alice, name: 'phone', device: null, createdBy: 'alice@example.com', createdAt: 5, usedAt: null })
    await expect(add(alice, 'phone', 'other')).rejects.toMatchObject({ reason: 'name-taken' })
    await expect(add('nobody' as AccountId, 'phone')).rejects.toMatchObject({ reason: 'account-not-found' })
    await add(bob, 'phone')
    await add(alice, 'tablet', 'other', 4)
    expect(await store.appPasswords.byHash(alice, 'hash of phone')).toEqual({ ...made, verifier: 'verifier' })
    expect(await store.appPasswords.byHash(bob, 'other')).toBeNull()
    expect((await store.appPasswords.list(alice)).map(({ name }) => name)).toEqual(['tablet', 'phone'])
  })

  test('the first device it is tied to keeps it', async () => {
    await add(alice, 'tied', 'tied')
    const devices = ['A', 'B', 'C'] as DeviceId[]
    const bound = await Promise.all(devices.map((device) => store.appPasswords.bind(alice, 'tied', device)))
    expect(new Set(bound).size).toBe(1)
    expect((await store.appPasswords.byHash(alice, 'tied'))?.device).toBe(bound[0])
    expect(await store.appPasswords.bind(alice, 'none', 'A' as DeviceId)).toBeNull()
  })

  test('its use is noted, and it is removed once', async () => {
    await add(bob, 'short', 'short')
    await store.appPasswords.touch(bob, 'short', 60_000)
    expect((await store.appPasswords.byHash(bob, 'short'))?.usedAt).toBe(60_000)
    expect(await store.appPasswords.remove(bob, 'short')).toMatchObject({ name: 'short', usedAt: 60_000 })
    expect(await store.appPasswords.remove(bob, 'short')).toBeNull()
    expect(await store.appPasswords.byHash(bob, 'short')).toBeNull()
  })
})
