// What becomes of a password that the directory did not look at, or must not be shown.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LdapServer } from '../../support/ldap-server.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

let ldap: LdapServer
let server: TestServer

beforeAll(async () => {
  ldap = await LdapServer.start({
    uid: 'anna',
    cn: 'Anna',
    mail: 'anna@example.com',
    entryUUID: 'id-anna',
    pwdChangedTime: '20260101000000Z',
  })
  const environment = { EASEL_DIRECTORY_SERVERS: ldap.url, EASEL_DIRECTORY_TLS: 'none', EASEL_POLICY: '0' }
  server = await startTestServer({ accounts: [], environment })
})
afterAll(async () => {
  await server.close()
  ldap.close()
})
beforeEach(async () => {
  ldap.asked.length = 0
  ldap.bindCode = 0
  // A server that was in trouble rests for five seconds.
  await server.clock.advance(60)
})

const knock = async (password: string) => {
  const authorization = `Basic ${Buffer.from(`anna:${password}`).toString('base64')}`
  return (await fetch(`${server.url}/Microsoft-Server-ActiveSync`, { method: 'OPTIONS', headers: { authorization } })).status
}

describe('a password', () => {
  test('is right, or wrong, as the directory says', async () => {
    expect(await knock('right')).toBe(200)
    ldap.bindCode = 49
    expect(await knock('wrong')).toBe(401)
  })

  test.each([1, 2, 8, 11, 13, 50, 53, 80])('is not wrong where the directory has answered %i, and is looked at again', async (code) => {
    ldap.bindCode = code
    expect(await knock(`right ${code}`)).toBe(503)
    ldap.bindCode = 0
    await server.clock.advance(60)
    expect(await knock(`right ${code}`)).toBe(200)
  })

  test('with a NUL is wrong, and shown to nobody: some would read it to there, and an empty one is an anonymous login', async () => {
    expect(await knock('\0')).toBe(401)
    expect(await knock('right\0')).toBe(401)
    expect(ldap.asked).toEqual([])
  })
})
