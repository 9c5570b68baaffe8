// StartTLS, with somebody on the way who writes into what is said before, and whose certificates are believed.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openAuthority, openServerCertificate } from '../../../src/enroll/authority.ts'
import { systemClock } from '../../../src/model/clock.ts'
import { LdapServer } from '../../support/ldap-server.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { TestShell } from '../../support/shell.ts'

const folder = mkdtempSync(join(tmpdir(), 'easel-start-tls-'))
const ca = join(folder, 'ldap-ca.pem')
let ldap: LdapServer
let server: TestServer

beforeAll(async () => {
  const authority = await openAuthority(folder, 'ldap.example.com', systemClock)
  const tls = await openServerCertificate(authority, folder, ['127.0.0.1'], systemClock)
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

/** What the shell says as a process of its own: the list of the machine is read once in each. */
async function testOfDirectory(data: string, machineList: string): Promise<string> {
  const own = Object.entries(process.env).filter(([name]) => name !== 'NODE_EXTRA_CA_CERTS' && !name.startsWith('EASEL_'))
  const environment = { EASEL_DATA: data, EASEL_DIRECTORY_SERVERS: ldap.url, SSL_CERT_FILE: machineList }
  const program = join(import.meta.dirname, '../../../src/cli.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, 'directory', 'test'], {
    env: { ...Object.fromEntries(own), ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return text(child.stdout)
}

test('an authority that the machine trusts is trusted without being named, and no other', async () => {
  const shell = new TestShell()
  await shell.run(['account', 'add', 'bob@example.com', '--password-stdin'], 'secret')
  expect(await testOfDirectory(shell.data, ca)).toContain('answers: an LDAP directory')
  const nobody = join(folder, 'nobody.pem')
  writeFileSync(nobody, '')
  expect(await testOfDirectory(shell.data, nobody)).toContain('whom to believe is said by directory.ca')
  shell.remove()
})
