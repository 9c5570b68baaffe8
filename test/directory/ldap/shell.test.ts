// Groups of the configuration that the directory does not have, logins that are none, and directories without people, as the shell tells of them.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LdapServer } from '../../support/ldap-server.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { TestShell } from '../../support/shell.ts'

let ldap: LdapServer
let server: TestServer
let shell: TestShell

beforeAll(async () => {
  ldap = await LdapServer.start({ uid: 'anna', cn: 'Anna', mail: 'anna@example.com', entryUUID: 'id-anna' })
  const environment = { EASEL_DIRECTORY_SERVERS: ldap.url, EASEL_DIRECTORY_TLS: 'none', EASEL_LOGIN_BASIC_OFF_GROUPS: 'Boardd' }
  server = await startTestServer({ accounts: [], environment: { ...environment, EASEL_ADMINISTRATORS: 'boardd,Rootz' } })
  shell = new TestShell(server.data)
})
afterAll(async () => {
  await server.close()
  ldap.close()
  shell.remove()
})

test('groups that nobody is in are shown by the shell as soon as the directory was read', async () => {
  const sentences = [
    'No user of the directory is in the group Boardd (login.basicOffGroups, admin.administrators): is it spelt as the directory spells it?',
    'No user of the directory is in the group Rootz (admin.administrators): is it spelt as the directory spells it?',
  ]
  const read = await shell.run(['directory', 'sync'])
  const asked = await shell.run(['directory', 'test'])
  const status = await shell.run(['status'])
  for (const { stdout } of [read, asked, status]) for (const sentence of sentences) expect(stdout).toContain(sentence)
  expect([read.code, asked.code, status.code]).toEqual([0, 0, 1])
})

test('an empty login is refused by the shell in a sentence', async () => {
  const { code, stderr } = await shell.run(['directory', 'test', ''])
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^easel: The login is empty: name somebody/)])
})

test.each([
  ['shows nobody', {}, { EASEL_DIRECTORY_USER_FILTER: '(uid=*x)' }, /shows nobody who could log in: look at directory\.base/],
  ['shows no lasting ids', { entryUUID: [] }, {}, /shows the entryUUID of nobody/],
] as const)('a directory that %s is told so, since nobody comes in', async (_what, person, environment, sentence) => {
  const odd = await LdapServer.start({ uid: 'anna', cn: 'Anna', mail: 'anna@example.com', entryUUID: 'id-anna', ...person })
  const asking = await startTestServer({
    accounts: [],
    environment: { EASEL_DIRECTORY_SERVERS: odd.url, EASEL_DIRECTORY_TLS: 'none', ...environment },
  })
  const other = new TestShell(asking.data)
  await other.run(['directory', 'sync'])
  expect((await other.run(['directory', 'test'])).stdout).toMatch(sentence)
  const { code, stdout } = await other.run(['status'])
  expect([code, stdout]).toEqual([1, expect.stringMatching(sentence)])
  other.remove()
  await asking.close()
  odd.close()
})
