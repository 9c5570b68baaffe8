// The contract of accounts: who exists, and under which addresses.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountId } from '../../src/model/id.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'
import { newAccount } from './samples.ts'

describe.each(engines)('accounts on $name', (engine) => {
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

  test('a new account is found by its id, and by each of its addresses in any letter case', async () => {
    const { accounts } = store
    const account = await accounts.create({
      addresses: ['Erika@Example.com', 'em@example.org', 'ERIKA@example.com'],
      displayName: 'Erika Mustermann',
      passwordHash: 'hash',
    })
    expect(account).toEqual({
      id: account.id,
      address: 'erika@example.com',
      addresses: ['erika@example.com', 'em@example.org'],
      displayName: 'Erika Mustermann',
      disabled: false,
      maxVersion: null,
      allowNonProvisionable: null,
      groups: [],
      policy: null,
      syncEnabled: null,
      devicesMax: null,
      directoryId: null,
      barred: null,
      timeZone: null,
      workingHours: null,
    })
    expect(await accounts.byId(account.id)).toEqual(account)
    expect(await accounts.byAddress('ERIKA@EXAMPLE.COM')).toEqual(account)
    expect(await accounts.byAddress(' em@Example.org ')).toEqual(account)
    expect(await accounts.byAddress('erika')).toBeNull()
    expect(await accounts.passwordHash(account.id)).toBe('hash')
    expect(await accounts.list()).toContainEqual(account)
  })

  test('an account of a directory is found by its lasting id, which no other can have', async () => {
    const { accounts } = store
    const anna = { addresses: ['anna@directory.example'] as [string], displayName: 'Anna', passwordHash: null }
    const { id } = await accounts.create({ ...anna, directoryId: 'guid-1' })
    expect(await accounts.byDirectoryId('guid-1')).toMatchObject({ id, directoryId: 'guid-1', barred: null, disabled: false })
    expect(await accounts.byDirectoryId('guid-2')).toBeNull()
    await expect(accounts.create({ ...anna, addresses: ['other@directory.example'], directoryId: 'guid-1' })).rejects.toThrow()
    expect(await accounts.byAddress('other@directory.example')).toBeNull()
  })

  test('an account that the directory keeps out is disabled, and stays so if it was shut here as well', async () => {
    const { accounts } = store
    const { id } = await accounts.create({
      addresses: ['bert@directory.example'],
      displayName: 'Bert',
      passwordHash: null,
      directoryId: 'b',
    })
    expect(await accounts.change(id, { barred: 'locked' })).toMatchObject({ barred: 'locked', disabled: true })
    expect(await accounts.change(id, { disabled: true })).toMatchObject({ barred: 'locked', disabled: true })
    expect(await accounts.change(id, { barred: null })).toMatchObject({ barred: null, disabled: true })
    expect(await accounts.change(id, { disabled: false })).toMatchObject({ barred: null, disabled: false })
  })

  test('when the directory was seen to have somebody is known of those it does not keep out', async () => {
    const { accounts } = store
    const make = (name: string, directoryId: string | null) =>
      accounts.create({ addresses: [`${name}@seen.example`], displayName: name, passwordHash: null, directoryId })
    const [seen, out, own] = [await make('seen', 's'), await make('out', 'o'), await make('own', null)]
    await accounts.change(out.id, { barred: 'removed' })
    await accounts.sawDirectory(1234)
    expect(await Promise.all([seen, out, own].map(({ id }) => accounts.directorySeen(id)))).toEqual([1234, null, null])
  })

  test('groups, policy and limits of an account are its own, and null hands them back', async () => {
    const { id } = await newAccount(store)
    const change = { groups: ['Sales', 'Board', 'Sales'], policy: 'strict', syncEnabled: false, devicesMax: 2 }
    expect(await store.accounts.change(id, change)).toMatchObject({ ...change, groups: ['Sales', 'Board'] })
    expect(await store.accounts.change(id, { displayName: 'Other' })).toMatchObject({ groups: ['Sales', 'Board'], syncEnabled: false })
    expect(await store.accounts.change(id, { policy: null, syncEnabled: null, devicesMax: null, groups: [] })).toMatchObject({
      groups: [],
      policy: null,
      syncEnabled: null,
      devicesMax: null,
    })
  })

  test('an unknown account is nobody', async () => {
    const nobody = 'nobody' as AccountId
    expect(await store.accounts.byId(nobody)).toBeNull()
    expect(await store.accounts.passwordHash(nobody)).toBeNull()
    await expect(store.accounts.change(nobody, { disabled: true })).rejects.toMatchObject({ reason: 'account-not-found' })
    await expect(store.mailbox(nobody)).rejects.toMatchObject({ reason: 'account-not-found' })
    await expect(store.syncState(nobody, 'phone' as never)).rejects.toMatchObject({ reason: 'account-not-found' })
  })

  test('each account has a mailbox of its own, always the same', async () => {
    const [first, second] = [await newAccount(store), await newAccount(store)]
    const mailbox = await store.mailbox(first.id)
    expect((await store.mailbox(second.id)).id).not.toBe(mailbox.id)
    expect((await store.mailbox(first.id)).id).toBe(mailbox.id)
    expect(await store.unit(async (unit) => (await unit.mailbox(first.id)).id)).toBe(mailbox.id)
  })

  test('an address belongs to one account only', async () => {
    const { accounts } = store
    const first = await accounts.create({ addresses: ['one@example.com'], displayName: '', passwordHash: null })
    const second = await accounts.create({ addresses: ['two@example.com'], displayName: '', passwordHash: null })
    const before = await accounts.list()
    const taken = { reason: 'address-taken' }
    await expect(
      accounts.create({ addresses: ['x@example.com', 'ONE@example.com'], displayName: '', passwordHash: null }),
    ).rejects.toMatchObject(taken)
    await expect(accounts.change(second.id, { addresses: ['two@example.com', 'one@example.com'] })).rejects.toMatchObject(taken)
    expect(await accounts.list()).toEqual(before)
    expect(await accounts.byAddress('x@example.com')).toBeNull()
    expect((await accounts.byAddress('one@example.com'))?.id).toBe(first.id)
  })

  test('of two accounts created at once with one address, one is refused', async () => {
    const create = () => store.accounts.create({ addresses: ['race@example.com'], displayName: '', passwordHash: null })
    const results = await Promise.allSettled([create(), create(), create()])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ reason: 'address-taken' })
  })

  test('each field changes on its own', async () => {
    const account = await store.accounts.create({ addresses: ['change@example.com'], displayName: 'Before', passwordHash: 'a' })
    const change = store.accounts.change.bind(store.accounts, account.id)
    expect(await change({ displayName: 'After' })).toEqual({ ...account, displayName: 'After' })
    expect(await change({ disabled: true })).toMatchObject({ displayName: 'After', disabled: true })
    expect(await change({ maxVersion: '14.1', allowNonProvisionable: true })).toMatchObject({
      maxVersion: '14.1',
      allowNonProvisionable: true,
    })
    expect(await change({ allowNonProvisionable: false })).toMatchObject({ maxVersion: '14.1', allowNonProvisionable: false })
    expect(await change({ maxVersion: null, allowNonProvisionable: null, disabled: false })).toEqual({ ...account, displayName: 'After' })
    expect(await store.accounts.passwordHash(account.id)).toBe('a')
    await change({ passwordHash: null })
    expect(await store.accounts.passwordHash(account.id)).toBeNull()
    expect(await change({})).toEqual({ ...account, displayName: 'After' })
  })

  test('addresses are replaced as a whole; those given up are free again', async () => {
    const account = await store.accounts.create({ addresses: ['a1@example.com', 'a2@example.com'], displayName: '', passwordHash: null })
    const changed = await store.accounts.change(account.id, { addresses: ['A3@example.com', 'a1@example.com'] })
    expect(changed).toMatchObject({ address: 'a3@example.com', addresses: ['a3@example.com', 'a1@example.com'] })
    expect(await store.accounts.byAddress('a2@example.com')).toBeNull()
    await store.accounts.create({ addresses: ['a2@example.com'], displayName: '', passwordHash: null })
  })

  test('mail is delivered here for the domains of all addresses', async () => {
    await store.accounts.create({ addresses: ['x@One.Test', 'y@two.test'], displayName: '', passwordHash: null })
    const domains = await store.accounts.domains()
    expect([...domains]).toEqual(expect.arrayContaining(['one.test', 'two.test', 'example.com']))
  })

  test('secrets are made once and kept, settings as they are set', async () => {
    const secret = await store.secret('cookies')
    expect(secret).toHaveLength(32)
    expect(Buffer.from(await store.secret('cookies'))).toEqual(Buffer.from(secret))
    expect(Buffer.from(await store.secret('others'))).not.toEqual(Buffer.from(secret))
    expect(await store.setting('demo')).toBeNull()
    await store.setSetting('demo', 'one')
    await store.setSetting('demo', 'two')
    expect(await store.setting('demo')).toBe('two')
    await store.close()
    store = await place.open()
    expect(Buffer.from(await store.secret('cookies'))).toEqual(Buffer.from(secret))
    expect(await store.setting('demo')).toBe('two')
  })
})
