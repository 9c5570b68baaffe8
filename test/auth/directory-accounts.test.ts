// Accounts that follow a directory: made at the first login, linked, renamed, shut and opened again.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ConfiguredGroup } from '../../src/auth/configured-groups.ts'
import { DirectoryAccounts } from '../../src/auth/directory-accounts.ts'
import { DirectoryPasswords } from '../../src/auth/directory-passwords.ts'
import { DirectorySync } from '../../src/auth/directory-sync.ts'
import { hashPassword, passwordsWaiting, verifyPassword } from '../../src/auth/password.ts'
import { People } from '../../src/auth/people.ts'
import { SessionBook } from '../../src/auth/sessions.ts'
import { accountSubject } from '../../src/model/actor.ts'
import { Unavailable } from '../../src/auth/password-source.ts'
import { createStorePasswords } from '../../src/auth/store-passwords.ts'
import { createLog } from '../../src/log.ts'
import type { Account } from '../../src/model/account.ts'
import { openStore } from '../../src/store/sql/open.ts'
import type { Store } from '../../src/store/store.ts'
import { VirtualClock } from '../support/clock.ts'
import { Roll } from '../support/roll.ts'

const log = createLog({
  level: 'warn',
  pretty: false,
  destination: { write: (line) => void warned.push((JSON.parse(line) as { msg: string }).msg) },
})
let clock: VirtualClock
let store: Store
let roll: Roll
let passwords: DirectoryPasswords
let sync: DirectorySync
let changed: string[]
let alarms: string[]
let warned: string[]
let groups: readonly ConfiguredGroup[]

beforeEach(async () => {
  clock = new VirtualClock()
  store = await openStore({ database: { kind: 'sqlite', path: ':memory:' }, clock })
  roll = new Roll()
  changed = []
  alarms = []
  warned = []
  groups = []
  open(false)
})
afterEach(() => store.close())

function open(welcomesAll: boolean): void {
  const accounts = new DirectoryAccounts(store, log)
  const local = createStorePasswords(store.accounts)
  passwords = new DirectoryPasswords({ directory: roll, accounts, store, local, clock, graceMinutes: 60, wrong: { most: 4, minutes: 30 } })
  sync = new DirectorySync({
    directory: roll,
    accounts,
    store,
    clock,
    log,
    welcomesAll,
    groups,
    saw: (user, at) => passwords.saw(user, at),
    doubted: (isDoubted) => (passwords.isDoubted = isDoubted),
    changed: (account) => void changed.push(account.address),
    regrouped: (account) => void changed.push(`${account.address} groups`),
    alarmed: (sentence) => void alarms.push(sentence),
  })
}

const prove = (name: string, password = `${name}!`) => passwords.prove(name, password, false)
async function accountOf(name: string): Promise<Account> {
  const account = await store.accounts.byAddress(`${name}@example.com`)
  if (account === null) throw new Error(`${name} has no account`)
  return account
}
/** Everybody of `names` has come in once. */
async function arrived(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    roll.put(name)
    expect(await passwords.find(name, 'proven')).toMatchObject({ disabled: false })
  }
  await sync.run()
  changed.length = 0
}

describe('the first login', () => {
  test('makes the account, with its addresses and groups', async () => {
    roll.put('anna', { displayName: 'Anna A.', addresses: ['anna@example.com', 'a.a@example.com'], groups: ['Sales'] })
    expect(await prove('anna')).toMatchObject({ kind: 'right', stamp: 'first', account: { displayName: 'Anna A.', groups: ['Sales'] } })
    expect(await accountOf('anna')).toMatchObject({ addresses: ['anna@example.com', 'a.a@example.com'], directoryId: 'id-anna' })
  })

  test('that fails makes none, nor does a stranger who asks for a name', async () => {
    roll.put('anna')
    expect(await prove('anna', 'guess')).toMatchObject({ kind: 'wrong', account: null })
    expect(await passwords.find('anna')).toBeNull()
    expect(await store.accounts.list()).toEqual([])
    expect(await passwords.find('anna', 'proven')).toMatchObject({ address: 'anna@example.com' })
  })

  test('of somebody who may not synchronise makes none', async () => {
    roll.put('anna', { enabled: false })
    roll.put('bert', { state: 'expired' })
    roll.put('carl', { addresses: [] })
    expect(await prove('anna')).toEqual({ kind: 'barred', account: null, why: 'not-enabled' })
    expect(await prove('bert')).toEqual({ kind: 'barred', account: null, why: 'expired' })
    expect(await prove('carl')).toEqual({ kind: 'barred', account: null, why: 'without-address' })
    expect(await store.accounts.list()).toEqual([])
  })

  test('links an account that has the address, whose own password is over', async () => {
    const before = await store.accounts.create({
      addresses: ['anna@example.com'],
      displayName: 'A',
      passwordHash: await hashPassword('own'),
    })
    roll.put('anna')
    expect(await prove('anna', 'own')).toMatchObject({ kind: 'wrong' })
    expect(await prove('anna')).toMatchObject({ kind: 'right', account: { id: before.id, displayName: 'anna' } })
    expect(await store.accounts.passwordHash(before.id)).toBeNull()
  })

  test('of many requests at once makes one account', async () => {
    roll.put('anna')
    const proven = await Promise.all(Array.from({ length: 4 }, () => prove('anna')))
    expect(new Set(proven.map((each) => each.account?.id)).size).toBe(1)
  })

  test('with an address that is somebody else of the directory lets nobody in', async () => {
    await arrived('anna')
    roll.put('other', { addresses: ['anna@example.com'] })
    roll.put('anna', { addresses: ['renamed@example.com'] })
    await sync.run()
    expect((await accountOf('renamed')).directoryId).toBe('id-anna')
    expect((await prove('other')).kind).toBe('right')
    roll.put('third', { addresses: ['renamed@example.com'] })
    expect(await prove('third')).toMatchObject({ kind: 'barred', account: null })
  })

  test('costs as long as that of nobody, and no longer: both are looked at at once', async () => {
    roll.put('anna')
    let besides = 0
    roll.bind = async () => {
      const before = passwordsWaiting()
      await Promise.resolve()
      besides = passwordsWaiting() - before
      return 'wrong'
    }
    const others = Array.from({ length: 20 }, () => verifyPassword(null, 'x'))
    expect(await prove('anna', 'guess')).toMatchObject({ kind: 'wrong' })
    expect(besides).toBe(1)
    await Promise.all(others)
  })

  test('proves the same password with the same verifier, and with one that fits', async () => {
    await arrived('anna')
    const [first, second] = [await prove('anna'), await prove('anna')]
    if (first.kind !== 'right' || second.kind !== 'right') throw new Error('refused')
    expect(second.verifier).toBe(first.verifier)
    expect(await verifyPassword(first.verifier, 'anna!')).toBe(true)
  })
})

describe('an account of our own', () => {
  test('logs in beside the directory, and while that is down', async () => {
    await store.accounts.create({ addresses: ['robot@example.com'], displayName: 'R', passwordHash: await hashPassword('own') })
    expect(await prove('robot@example.com', 'own')).toMatchObject({ kind: 'right' })
    roll.isDown = true
    await clock.advance(60)
    expect(await prove('robot@example.com', 'own')).toMatchObject({ kind: 'right' })
    await expect(prove('robot@example.com', 'wrong')).resolves.toMatchObject({ kind: 'wrong' })
  })
})

describe('a look at the directory', () => {
  test('shuts the account of somebody who is out, and opens it again', async () => {
    await arrived('anna')
    for (const state of ['disabled', 'locked', 'expired', 'password-expired', 'password-must-change'] as const) {
      roll.put('anna', { state })
      await sync.run()
      expect(await accountOf('anna')).toMatchObject({ disabled: true, barred: state })
    }
    roll.put('anna', { state: 'good' })
    await sync.run()
    expect(await accountOf('anna')).toMatchObject({ disabled: false, barred: null })
    expect(changed).toEqual(Array.from({ length: 6 }, () => 'anna@example.com'))
  })

  test('is not undone by a login that read the account before', async () => {
    await arrived('anna')
    const before = await accountOf('anna')
    const seen = roll.put('anna', { groups: ['Sales'] })
    roll.put('anna', { state: 'disabled' })
    await sync.run()
    await new DirectoryAccounts(store, log).keep(before, { ...seen, displayName: 'Anna A.' }, before.barred)
    expect(await accountOf('anna')).toMatchObject({ displayName: 'Anna A.', barred: 'disabled', disabled: true })
  })

  test('does not open what an administrator shut', async () => {
    await arrived('anna')
    await store.accounts.change((await accountOf('anna')).id, { disabled: true })
    roll.put('anna', { state: 'disabled' })
    await sync.run()
    roll.put('anna', { state: 'good' })
    await sync.run()
    expect(await accountOf('anna')).toMatchObject({ disabled: true, barred: null })
  })

  test('keeps names, addresses and groups, and tells of other groups', async () => {
    await arrived('anna')
    const { id } = await accountOf('anna')
    roll.put('anna', { displayName: 'Anna B.', addresses: ['anna.b@example.com', 'anna@example.com'], groups: ['Sales', 'Board'] })
    await sync.run()
    expect(await store.accounts.byId(id)).toMatchObject({
      displayName: 'Anna B.',
      address: 'anna.b@example.com',
      addresses: ['anna.b@example.com', 'anna@example.com'],
      groups: ['Board', 'Sales'],
    })
    expect(changed).toEqual(['anna.b@example.com groups'])
    changed.length = 0
    await sync.run()
    expect(changed).toEqual([])
  })

  test('ends what waits under a password that was changed', async () => {
    await arrived('anna')
    roll.put('anna', { passwordStamp: 'second' }, 'another')
    await sync.run()
    expect(changed).toEqual(['anna@example.com'])
  })

  test('logs out at the console whose password was changed', async () => {
    await arrived('anna', 'bert')
    const people = new People(store, { administrators: ['Sales'], helpdesk: [], auditors: [] })
    const book = await SessionBook.open(store, people, clock)
    const enter = async (name: string) => (await book.begin(accountSubject((await accountOf(name)).id), 'user', 'open')) ?? ''
    const cookies = [await enter('anna'), await enter('bert')]
    roll.put('anna', { passwordStamp: 'second' }, 'another')
    await sync.run()
    const found = await Promise.all(cookies.map((cookie) => book.find(cookie, 'user', 'open', true)))
    expect(found.map((each) => each?.person.name ?? null)).toEqual([null, 'bert@example.com'])
  })

  test('shuts the account of somebody who is gone, keeps his mailbox, and gives it back to him', async () => {
    await arrived('anna', 'bert', 'carl')
    const { id } = await accountOf('anna')
    roll.remove('anna')
    await sync.run()
    expect(await store.accounts.byId(id)).toMatchObject({ disabled: true, barred: 'removed' })
    expect((await prove('anna')).kind).toBe('wrong')
    roll.put('anna')
    await sync.run()
    expect(await prove('anna')).toMatchObject({ kind: 'right', account: { id, disabled: false } })
  })

  test('gives everybody an account where it is told to', async () => {
    open(true)
    roll.put('anna')
    roll.put('bert', { enabled: false })
    expect(await sync.run()).toMatchObject({ people: 2, made: 1, accounts: 1 })
    expect((await store.accounts.list()).map(({ address }) => address)).toEqual(['anna@example.com'])
  })
})

describe('a group of the configuration', () => {
  const saidOf = (name: string) =>
    `No user of the directory is in the group ${name} (login.basicOffGroups): is it spelt as the directory spells it?`

  test('in which nobody is is said once in the log, and again after somebody was in it', async () => {
    groups = ['Boardd', 'sales'].map((name) => ({ name, setting: 'login.basicOffGroups' }))
    open(true)
    roll.put('anna', { groups: ['Sales'] })
    expect((await sync.run()).memberless).toEqual([saidOf('Boardd')])
    expect((await sync.run()).memberless).toEqual([saidOf('Boardd')])
    expect(warned).toEqual([saidOf('Boardd')])
    roll.put('anna', { groups: ['Sales', 'Boardd'] })
    expect((await sync.run()).memberless).toEqual([])
    roll.put('anna', { groups: ['Boardd'] })
    await sync.run()
    expect(warned).toEqual([saidOf('Boardd'), saidOf('sales')])
  })

  test('has members where accounts of our own are in it', async () => {
    groups = [{ name: 'Robots', setting: 'login.basicOnGroups' }]
    open(false)
    const { id } = await store.accounts.create({ addresses: ['robot@example.com'], displayName: 'Robot', passwordHash: null })
    await store.accounts.change(id, { groups: ['robots'] })
    expect((await sync.run()).memberless).toEqual([])
  })
})

describe('a directory that has lost too many', () => {
  const names = Array.from({ length: 30 }, (_, index) => `user${index}`)

  test('is not believed: they stay in, the administrator is told once, and may say that it is true', async () => {
    await arrived(...names)
    for (const name of names) roll.remove(name)
    expect(await sync.run()).toMatchObject({ doubted: 30, changed: 0 })
    await sync.run()
    expect((await accountOf('user0')).disabled).toBe(false)
    expect(changed).toEqual([])
    expect(alarms).toEqual([expect.stringContaining('30 accounts')])
    expect(sync.trouble).toContain('easel directory sync --believe')
    await clock.advance(60)
    // Nobody is turned away as unknown meanwhile.
    await expect(passwords.find('user0')).resolves.toMatchObject({ disabled: false })
    expect(await sync.run(true)).toMatchObject({ doubted: 0, changed: 30 })
    expect(await accountOf('user0')).toMatchObject({ disabled: true, barred: 'removed' })
    expect(sync.trouble).toBeNull()
  })

  test('is not believed either where the group of those who may synchronise is empty', async () => {
    await arrived(...names)
    for (const name of names) roll.put(name, { enabled: false })
    roll.put('stranger', { enabled: false })
    expect(await sync.run()).toMatchObject({ doubted: 30 })
    await clock.advance(60)
    expect(await passwords.find('user0')).toMatchObject({ disabled: false })
    expect(await prove('user0')).toMatchObject({ kind: 'right', account: { disabled: false } })
    expect(await prove('stranger')).toEqual({ kind: 'barred', account: null, why: 'not-enabled' })
  })

  test('is believed about a few', async () => {
    await arrived(...names)
    for (const name of names.slice(0, 5)) roll.remove(name)
    expect(await sync.run()).toMatchObject({ doubted: 0, changed: 5, barred: 5 })
  })
})

describe('a directory that is down', () => {
  test('is told to whoever asks, and changes no account', async () => {
    await arrived('anna')
    roll.isDown = true
    await clock.advance(60)
    await expect(sync.run()).rejects.toThrow('it is down')
    expect(sync.trouble).toBe('it is down')
    await expect(prove('anna')).rejects.toThrow(Unavailable)
    expect((await accountOf('anna')).disabled).toBe(false)
  })

  test('leaves those whom it was seen to have, for as long as is allowed', async () => {
    await arrived('anna')
    open(false)
    roll.isDown = true
    expect(await passwords.find('anna@example.com')).toMatchObject({ address: 'anna@example.com' })
    await clock.advance(3600)
    await expect(passwords.find('anna@example.com')).rejects.toThrow(Unavailable)
  })
})

describe('a stranger who guesses', () => {
  const guess = (name: string, password: string, urgent = false) =>
    passwords.prove(name, password, urgent).then(
      ({ kind }) => kind,
      (error: unknown) => (error instanceof Unavailable ? 'later' : error),
    )
  const guesses = async (name: string, count: number) => {
    const answers = []
    for (let each = 0; each < count; each++) answers.push(await guess(name, `guess ${each}`))
    return answers
  }
  const four = ['wrong', 'wrong', 'wrong', 'wrong']

  test('locks nobody out in the directory, which is shown four wrong passwords of a person in half an hour', async () => {
    await arrived('anna')
    roll.binds = 0
    expect(await guesses('anna', 6)).toEqual([...four, 'later', 'later'])
    expect(await guess('anna@example.com', 'guess')).toBe('later')
    expect(roll.binds).toBe(4)
    await clock.advance(30 * 60)
    expect(await guesses('anna', 5)).toEqual([...four, 'later'])
  })

  test('keeps no phone out that is in use', async () => {
    await arrived('anna')
    await guesses('anna', 6)
    expect(await guess('anna', 'anna!', true)).toBe('right')
    // The directory forgets wrong ones with a right one, too.
    expect(await guesses('anna', 5)).toEqual([...four, 'later'])
  })

  test('learns nothing of who there is', async () => {
    expect(await guesses('nobody', 5)).toEqual([...four, 'later'])
    expect(await guess('nobody@example.com', 'guess')).toBe('later')
  })

  test('is shown no more by sending all at once', async () => {
    await arrived('anna')
    roll.binds = 0
    const answers = await Promise.all(Array.from({ length: 9 }, (_, each) => guess('anna', `guess ${each}`)))
    expect(answers.filter((answer) => answer === 'later')).toHaveLength(5)
    expect(roll.binds).toBe(4)
  })
})
