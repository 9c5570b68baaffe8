// Whose phones may come in by password, by group: through the door, with what a refused phone is asked for.
import { afterEach, describe, expect, test } from 'vitest'
import { createBasicRule } from '../../src/auth/basic-rule.ts'
import type { Account } from '../../src/model/account.ts'
import { act } from '../support/admin.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'

const [alice, bob] = ['alice@example.test', 'bob@example.test']

let server: TestServer
const stop = () => server.close()

async function start(environment: Readonly<Record<string, string>>): Promise<void> {
  server = await startTestServer({ accounts: [alice, bob], console: true, environment: { EASEL_POLICY: '0', ...environment } })
}

async function join(address: string, groups: readonly string[]): Promise<void> {
  await server.store.accounts.change((await server.accountOf(address)).id, { groups })
  await server.clock.advance(31)
}

async function knock(address: string, secret = password, deviceId = 'PHONE') {
  const { status, headers } = await server.bare(address, { password: secret, deviceId }).post('FolderSync', null)
  return { status, challenge: headers['www-authenticate'] ?? null }
}

const appPassword = async (address: string, name = 'phone') =>
  (await act(server.running.admin, 'account.app-password.create', { address, name })).password

describe('by group', () => {
  afterEach(stop)

  test('phones come in with the account’s own password, with app passwords alone, or with neither', async () => {
    await start({ EASEL_LOGIN_APP_PASSWORD_GROUPS: 'Staff', EASEL_LOGIN_BASIC_OFF_GROUPS: 'Secret' })
    const secret = await appPassword(alice)
    expect((await knock(alice)).status).toBe(200)
    await join(alice, ['staff'])
    expect((await knock(alice)).status).toBe(401)
    expect((await knock(alice, secret)).status).toBe(200)
    expect((await knock(bob)).status).toBe(200)
    await join(alice, ['staff', 'SECRET'])
    expect((await knock(alice, secret)).status).toBe(401)
    await expect(appPassword(alice, 'another')).rejects.toThrow('Phones of alice@example.test do not come in with passwords')
    await join(alice, [])
    expect((await knock(alice)).status).toBe(200)
  })

  test('the console takes the own password all the same', async () => {
    await start({ EASEL_LOGIN_BASIC: 'off' })
    const browser = server.browser()
    expect((await browser.login(alice, password)).location).toBe('/me')
  })

  test('a password that is not taken is never looked at, and its phone is not made to wait', async () => {
    await start({ EASEL_LOGIN_BASIC: 'app-passwords', EASEL_LOGIN_BASIC_ON_GROUPS: 'scanners' })
    for (let round = 0; round < 40; round++) expect((await knock(alice)).status).toBe(401)
    await join(bob, ['Scanners'])
    expect((await knock(bob)).status).toBe(200)
  })
})

describe('a phone that is refused', () => {
  afterEach(stop)

  test('is asked for a password where there is somebody who may have one', async () => {
    await start({ EASEL_LOGIN_BASIC: 'off', EASEL_LOGIN_APP_PASSWORD_GROUPS: 'Staff' })
    expect((await knock(alice)).challenge).toMatch(/^Basic realm=/)
  })

  test('is asked for a token alone where no password is taken', async () => {
    await start({
      EASEL_LOGIN_BASIC: 'off',
      EASEL_OAUTH_ISSUER: 'http://127.0.0.1:1',
      EASEL_OAUTH_AUDIENCE: 'x',
      EASEL_OAUTH_AUTHORIZATION_URI: 'https://login.example.test/authorize',
      EASEL_OAUTH_TRUSTED_ISSUERS: '1@tenant,2@tenant',
      EASEL_OAUTH_ISSUER_KIND: 'ADFS',
    })
    expect(await knock(alice)).toEqual({
      status: 401,
      challenge:
        'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="1@tenant,2@tenant", ' +
        'token_types="app_asserted_user_v1 service_asserted_app_v1", authorization_uri="https://login.example.test/authorize", issuer_kind="ADFS"',
    })
  })

  test('is asked for nothing where only a certificate opens', async () => {
    await start({ EASEL_LOGIN_BASIC: 'off' })
    expect(await knock(alice)).toEqual({ status: 403, challenge: null })
  })
})

test.each([
  [[], 'on'],
  [['A'], 'app-passwords'],
  [['b', 'a'], 'off'],
  [['c'], 'on'],
  [['C', 'A'], 'app-passwords'],
])('of groups %j the strictest counts: %s', (groups, use) => {
  const rule = createBasicRule({ basic: 'on', appPasswordGroups: ['a'], basicOffGroups: ['B'], basicOnGroups: ['c'] })
  expect(rule.of({ groups } as unknown as Account)).toBe(use)
})
