// StartTLS, with somebody on the way who writes into what is said before.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openAuthority, openServerCertificate } from '../../../src/enroll/authority.ts'
import { systemClock } from '../../../src/model/clock.ts'
import { LdapServer } from '../../support/ldap-server.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'easel-start-tls-'))
let ldap: LdapServer
let server: TestServer

beforeAll(async () => {
  const authority = await openAuthority(folder, 'ldap.example.com', systemClock)
  const tls = await openServerCertificate(authority, folder, ['127.0.0.1'], systemClock)
  const ca = join(folder, 'ldap-ca.pem')
  writeFileSync(ca, authority.certificate)
  const person = { uid: 'anna', cn: 'Anna', mail: 'anna@example.com', entryUUID: 'id-anna', pwdChangedTime: '20260101000000Z' }
  ldap = await LdapServer.start(person, tls)
  const environment = { EASEL_DIRECTORY_SERVERS: ldap.url, EASEL_DIRECTORY_CA: ca, EASEL_POLICY: '0' }
  server = await startTestServer({ accounts: [], environment })
})
afterAll(async () => {
  await server.close()
  ldap.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  ldap.injected = Buffer.alloc(0)
  await server.clock.advance(60)
})

const knock = async (password: string) => {
  const authorization = `Basic ${Buffer.from(`anna:${password}`).toString('base64')}`
  return (await fetch(`${server.url}/Microsoft-Server-ActiveSync`, { method: 'OPTIONS', headers: { authorization } })).status
}

test('passwords are proven over TLS', async () => {
  expect(await knock('right')).toBe(200)
  ldap.bindCode = 49
  expect(await knock('wrong')).toBe(401)
  expect(ldap.asked).toEqual(['right', 'wrong'])
})

test.each([1, 2, 3])('the beginning of a good answer to message %i, sent in the clear, makes no wrong password right', async (id) => {
  ldap.bindCode = 49
  // A BindResponse that says success; the server's own answer, 14 bytes, would be its diagnostic message.
  ldap.injected = Buffer.from([0x30, 0x1a, 0x02, 0x01, id, 0x61, 0x15, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x0e])
  expect(await knock(`guess ${id}`)).toBe(503)
  expect(ldap.asked).not.toContain(`guess ${id}`)
})
