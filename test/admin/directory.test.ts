// What an administrator asks of a directory, and what he may not change of those who belong to it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DirectoryAccounts } from '../../src/auth/directory-accounts.ts'
import { DirectorySync } from '../../src/auth/directory-sync.ts'
import type { AdminHouse } from '../../src/admin/house.ts'
import { createLog } from '../../src/log.ts'
import { act, adminHouse } from '../support/admin.ts'
import { Roll } from '../support/roll.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const log = createLog({ level: 'silent', pretty: false })
let server: TestServer
let house: AdminHouse
const roll = new Roll()

beforeAll(async () => {
  server = await startTestServer({ accounts: ['robot@example.com'] })
  const { store, clock } = server
  const sync = new DirectorySync({
    directory: roll,
    accounts: new DirectoryAccounts(store, log),
    store,
    clock,
    log,
    welcomesAll: true,
    groups: [{ name: 'Boardd', setting: 'login.basicOffGroups' }],
    saw: () => undefined,
    doubted: () => undefined,
    changed: () => undefined,
    regrouped: () => undefined,
    alarmed: () => undefined,
  })
  const directory: AdminHouse['directory'] = {
    pollSeconds: 30,
    health: () => Promise.resolve(roll.isDown ? { ok: false, sentence: 'nobody answers' } : { ok: true, sentence: 'it answers' }),
    find: (login) => roll.find(login),
    sync: (believes) => sync.run(believes),
    last: () => sync.last,
    trouble: () => sync.trouble,
  }
  house = await adminHouse({ store, clock, traces: server.running.admin.traces, dataFolder: server.data, directory })
  roll.put('anna', { groups: ['Sales'] })
  await act(house, 'directory.sync', {})
})
afterAll(() => server.close())

describe('the directory', () => {
  test('is asked about somebody by his login', async () => {
    expect(await act(house, 'directory.test', { login: 'anna' })).toMatchObject({
      connected: true,
      sentence: 'it answers',
      lastLook: { people: 1, accounts: 1 },
      person: { displayName: 'anna', groups: ['Sales'], state: 'good', barred: null, account: 'anna@example.com' },
    })
    expect((await act(house, 'directory.test', { login: 'nobody' })).person).toBeNull()
  })

  test('is not there where the accounts are their own directory', async () => {
    await expect(act(server.running.admin, 'directory.test', {})).rejects.toThrow('directory.servers')
  })

  test('is part of the examination of health', async () => {
    const check = async () => (await act(house, 'health.show', {})).checks.find(({ name }) => name === 'directory')
    expect(await check()).toMatchObject({ ok: true, detail: expect.stringContaining('1 people') })
    roll.isDown = true
    expect(await check()).toMatchObject({ ok: false, detail: 'nobody answers' })
    await expect(act(house, 'directory.sync', {})).rejects.toThrow('it is down')
    roll.isDown = false
    await act(house, 'directory.sync', {})
  })

  test('in which nobody is in a group of the configuration is something to look at until somebody is', async () => {
    const found = async () => (await act(house, 'health.show', {})).checks.filter(({ name }) => name === 'groups')
    const sentence = 'No user of the directory is in the group Boardd (login.basicOffGroups): is it spelt as the directory spells it?'
    expect(await found()).toEqual([{ name: 'groups', ok: false, detail: sentence }])
    expect((await act(house, 'directory.test', {})).lastLook?.memberless).toEqual([sentence])
    roll.put('anna', { groups: ['Sales', 'BOARDD'] })
    await act(house, 'directory.sync', {})
    expect(await found()).toEqual([])
    roll.put('anna', { groups: ['Sales'] })
    await act(house, 'directory.sync', {})
  })

  test('is asked about nobody in words', async () => {
    await expect(act(house, 'directory.test', { login: ' ' })).rejects.toThrow('write what somebody logs in with')
    await expect(act(house, 'directory.test', { login: 'a'.repeat(257) })).rejects.toThrow('at most 256 characters')
  })
})

describe('an account that belongs to somebody of the directory', () => {
  const address = 'anna@example.com'

  test('has its name, addresses, groups and password there', async () => {
    for (const change of [{ name: 'Else' }, { aliases: ['else@example.com'] }, { groups: ['Board'] }])
      await expect(act(house, 'account.set', { address, ...change })).rejects.toThrow('change them there')
    await expect(act(house, 'account.password', { address, password: 'another password' })).rejects.toThrow('change it there')
  })

  test('has its policy and limits here', async () => {
    const same = { name: 'anna', groups: ['Sales'] }
    expect(await act(house, 'account.set', { address, devicesMax: 3, ...same })).toMatchObject({ devicesMax: 3, directory: true })
  })

  test('is not opened here while the directory keeps it out', async () => {
    roll.put('anna', { state: 'locked' })
    await act(house, 'directory.sync', {})
    expect(await act(house, 'account.show', { address })).toMatchObject({ disabled: true, barred: 'locked' })
    await expect(act(house, 'account.enable', { address })).rejects.toThrow('kept out by the directory (locked)')
  })

  test('is one of our own again where no directory is connected', async () => {
    const without: AdminHouse = { ...house, directory: null }
    expect(await act(without, 'account.enable', { address })).toMatchObject({ disabled: false, barred: null, directory: false })
    expect(await act(without, 'account.password', { address, password: 'a password of our own' })).toMatchObject({ address })
  })
})
