// Addresses that a directory has of its people at other providers.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LdapServer } from '../../support/ldap-server.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

let ldap: LdapServer
let server: TestServer

beforeEach(async () => {
  const mail = ['anna@freemail.test', 'Anna@Example.com', 'a.ahlers@example.org', 'anna@evil.example.com']
  ldap = await LdapServer.start({ uid: 'anna', cn: 'Anna', mail, entryUUID: 'id-anna' })
})
afterEach(async () => {
  await server.close()
  ldap.close()
})

async function comeIn(mailDomains: string): Promise<number> {
  const environment = { EASEL_DIRECTORY_SERVERS: ldap.url, EASEL_DIRECTORY_TLS: 'none', EASEL_DIRECTORY_MAIL_DOMAINS: mailDomains }
  server = await startTestServer({ accounts: [], environment: { ...environment, EASEL_POLICY: '0' } })
  const authorization = `Basic ${Buffer.from('anna:right').toString('base64')}`
  return (await fetch(`${server.url}/Microsoft-Server-ActiveSync`, { method: 'OPTIONS', headers: { authorization } })).status
}

test('stay outside: mail to that provider is not ours because of one person', async () => {
  expect(await comeIn('example.com,Example.org')).toBe(200)
  expect((await server.accountOf('anna@example.com')).addresses).toEqual(['anna@example.com', 'a.ahlers@example.org'])
  expect([...(await server.store.accounts.domains())].toSorted()).toEqual(['example.com', 'example.org'])
})

test('are no account where there is no other', async () => {
  expect(await comeIn('example.net')).toBe(403)
  expect(await server.store.accounts.list()).toEqual([])
})
