// App passwords through the door: one phone each, no console, and gone at once.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../src/model/account.ts'
import { act, actorOf } from '../support/admin.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'

const alice = 'alice@example.test'

let server: TestServer
let account: Account
beforeEach(async () => {
  server = await startTestServer({ accounts: [alice, 'bob@example.test'], console: true, environment: { EASEL_POLICY: '0' } })
  account = await server.accountOf(alice)
})
afterEach(() => server.close())

const make = async (name = 'My iPhone') =>
  (await act(server.running.admin, 'me.app-password.create', { name }, actorOf('user', account))).password
const own = () => act(server.running.admin, 'me.app-passwords', {}, actorOf('user', account))
const audited = async (action: string) => (await server.store.audit.list({ action }, 100)).map(({ detail }) => detail)
const status = async (secret: string, deviceId: string, address = alice) =>
  (await server.bare(address, { password: secret, deviceId }).post('FolderSync', null)).status

describe('an app password', () => {
  test('lets a phone in, which it is good for from then on, and no other', async () => {
    const secret = await make()
    const phone = await server.phone(alice, { password: secret, deviceId: 'PHONE' })
    expect(phone.folders.size).toBeGreaterThan(3)
    expect(await own()).toMatchObject([{ name: 'My iPhone', device: 'PHONE', usedAt: new Date(server.clock.now()).toISOString() }])
    for (let round = 0; round < 5; round++) expect(await status(secret, 'THIEF')).toBe(401)
    expect(await status(secret, 'phone')).not.toBe(401)
    expect(await audited('app-password.tied')).toEqual([{ name: 'My iPhone', device: 'PHONE' }])
    // However often the thief tries: one entry in an hour.
    expect(await audited('app-password.refused')).toEqual([{ name: 'My iPhone', device: 'THIEF', tiedTo: 'PHONE' }])
  })

  test('is tied to nothing by a request that names no phone', async () => {
    const secret = await make()
    expect((await server.bare(alice, { password: secret }).hello()).status).toBe(200)
    expect((await own())[0]?.device).toBeNull()
    expect(await status(secret, 'validate')).not.toBe(401)
    expect((await own())[0]?.device).toBeNull()
  })

  test('is one account’s alone', async () => {
    const secret = await make()
    expect(await status(secret, 'PHONE', 'bob@example.test')).toBe(401)
    expect(await status(secret, 'PHONE', 'nobody@example.test')).toBe(401)
    expect(await status(secret.toUpperCase().replaceAll('-', ''), 'PHONE')).toBe(200)
  })

  test('is nobody’s under a name that can be nobody’s', async () => {
    const secret = await make()
    const knock = (user: string) => {
      const Authorization = `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`
      return server.bare(alice, { deviceId: 'PHONE' }).post('FolderSync', null, { headers: { Authorization } })
    }
    expect((await knock(`${'x'.repeat(4000)}\\${alice}`)).status).toBe(401)
    expect((await knock(`x\0\\${alice}`)).status).toBe(401)
    expect((await knock(`x\\${alice}`)).status).toBe(200)
  })

  test('opens neither the console nor the user’s page', async () => {
    const secret = await make()
    const browser = server.browser()
    await browser.login(alice, secret)
    expect((await browser.get('/me')).location).toBe('/login?next=%2Fme')
    await browser.login(alice, password)
    expect((await browser.get('/me')).status).toBe(200)
  })

  test('that is revoked ends what its phone waits for, and lets nobody in', async () => {
    const secret = await make()
    const phone = await server.phone(alice, { password: secret, deviceId: 'PHONE' })
    const ping = phone.ping(['Inbox'], 1800)
    await server.parked(alice, 'PHONE')
    await act(server.running.admin, 'account.app-password.revoke', { address: alice, name: 'My iPhone' })
    expect((await ping).status).not.toBeNull()
    expect(server.running.parked()).toBe(0)
    expect(await status(secret, 'PHONE')).toBe(401)
    expect(await own()).toEqual([])
  })

  test('that is revoked asks for ever from memory: its owner is not made to wait', async () => {
    const secret = await make()
    await act(server.running.admin, 'account.app-password.revoke', { address: alice, name: 'My iPhone' })
    for (let round = 0; round < 50; round++) expect(await status(secret, 'PHONE')).toBe(401)
    expect(await status(password, 'OTHER')).toBe(200)
  })

  test('that is revoked is good for the wipe of its phone', async () => {
    const secret = await make()
    const phone = await server.phone(alice, { password: secret, deviceId: 'PHONE' })
    const [device] = await act(server.running.admin, 'device.list', { account: alice })
    await act(server.running.admin, 'device.wipe', { device: 'PHONE', account: alice, scope: 'device', confirm: device?.name ?? '' })
    await act(server.running.admin, 'account.app-password.revoke', { address: alice, name: 'My iPhone' })
    await phone.obey()
    expect(phone.erased).toBe('device')
  })

  test('of a disabled account is refused as such', async () => {
    const secret = await make()
    await server.store.accounts.change(account.id, { disabled: true })
    expect(await status(secret, 'PHONE')).toBe(403)
  })

  test('stands in neither the store nor the audit log', async () => {
    const secret = await make()
    await status(secret, 'PHONE')
    const kept = JSON.stringify(await server.store.audit.from(1, 1000))
    expect(kept).toContain('My iPhone')
    for (const spelling of [secret, secret.replaceAll('-', '')]) expect(kept).not.toContain(spelling)
    expect(await own()).toHaveLength(1)
    expect(JSON.stringify(await own())).not.toContain(secret)
  })

  test('is one of twenty at most, each with a name of its own', async () => {
    await make('1')
    await expect(make('1')).rejects.toThrow('name-taken')
    for (let number = 2; number <= 20; number++) await make(String(number))
    await expect(make('21')).rejects.toThrow('There are 20 app passwords already')
  })
})

describe('on the user’s page', () => {
  test('an app password is made, shown once, and revoked', async () => {
    const browser = server.browser()
    await browser.login(alice, password)
    expect((await browser.get('/me')).body).toContain('Make an app password')
    await browser.get('/me/app-passwords')
    const made = await browser.post('/me/app-passwords', { name: 'My iPhone' })
    const secret = /<code>([a-z-]{24})<\/code>/.exec(made.body)?.[1] ?? ''
    expect(made.headers['cache-control']).toContain('no-store')
    expect(await status(secret, 'PHONE')).toBe(200)
    const list = await browser.get('/me/app-passwords')
    expect(list.body).toContain('My iPhone')
    expect(list.body).not.toContain(secret)
    expect((await browser.post('/me/app-passwords', { name: 'My iPhone' })).body).toContain('That name is taken.')
    await browser.get('/me/app-passwords/My%20iPhone/revoke')
    expect((await browser.post('/me/app-passwords/My%20iPhone/revoke')).location).toBe('/me/app-passwords')
    expect(await status(secret, 'PHONE')).toBe(401)
  })
})

test('on the account’s page an administrator makes one, and the help desk revokes it', async () => {
  await server.administrator('root', 'administrator')
  await server.administrator('hilda', 'helpdesk')
  const browser = server.browser()
  await browser.login('root', password)
  const place = `/accounts/${encodeURIComponent(alice)}`
  await browser.get(place)
  const made = await browser.post(`${place}/app-passwords`, { name: 'Tablet' })
  const secret = /<code>([a-z-]{24})<\/code>/.exec(made.body)?.[1] ?? ''
  expect(await status(secret, 'TABLET')).toBe(200)
  expect((await browser.post(`${place}/app-passwords`, { name: 'Tablet' })).body).toContain('That name is taken.')
  const helper = server.browser()
  await helper.login('hilda', password)
  const shown = (await helper.get(place)).body
  expect(shown).toContain('TABLET')
  expect(shown).not.toContain('Make one')
  expect((await helper.post(`${place}/app-passwords`, { name: 'Mine' })).status).toBe(403)
  await helper.get(place)
  expect((await helper.post(`${place}/app-passwords/revoke`, { name: 'Tablet' })).status).toBe(303)
  expect(await status(secret, 'TABLET')).toBe(401)
})
