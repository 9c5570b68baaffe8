// A directory that cannot be reached, or is not set up: the server says so and lives on.
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/config.ts'
import { act } from '../../support/admin.ts'
import { password, startTestServer, type TestServer } from '../../support/server.ts'

/** Takes connections, and says nothing. */
const silent: Server = createServer()
let server: TestServer

beforeAll(async () => {
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  const environment = {
    EASEL_DIRECTORY_SERVERS: `ldap://127.0.0.1:1,ldap://127.0.0.1:${port}`,
    EASEL_DIRECTORY_TLS: 'none',
    EASEL_DIRECTORY_ANSWER: '1',
  }
  server = await startTestServer({ accounts: ['robot@example.test'], environment })
})
afterAll(async () => {
  await server.close()
  silent.close()
})

const knock = async (user: string, given: string) => {
  const authorization = `Basic ${Buffer.from(`${user}:${given}`).toString('base64')}`
  return (await fetch(`${server.url}/Microsoft-Server-ActiveSync`, { method: 'OPTIONS', headers: { authorization } })).status
}

describe('a directory that does not answer', () => {
  test('has people told to come later, and lets accounts of our own in', async () => {
    expect(await knock('anna@example.test', 'secret')).toBe(503)
    expect(await knock('robot@example.test', password)).toBe(200)
    expect(await knock('robot@example.test', 'wrong')).toBe(401)
  })

  test('is shown to the administrator', async () => {
    const view = await act(server.running.admin, 'directory.test', { login: 'anna' })
    expect(view).toMatchObject({ connected: false, sentence: expect.stringContaining('does not answer'), person: null })
    const { checks } = await act(server.running.admin, 'health.show', {})
    expect(checks.find(({ name }) => name === 'directory')).toMatchObject({ ok: false })
    await expect(act(server.running.admin, 'directory.sync', {})).rejects.toThrow('does not answer')
  })
})

describe('settings that cannot be', () => {
  const load = (environment: Record<string, string>) => () =>
    loadConfig({ file: null, directory: '/', environment: { EASEL_DATA: '/nowhere', ...environment } })

  test('stop the start with a sentence', () => {
    const servers = { EASEL_DIRECTORY_SERVERS: 'ldap://ldap.example.com' }
    expect(load({ ...servers, EASEL_DIRECTORY_TLS: 'none' })).toThrow('in the clear')
    expect(load({ ...servers, EASEL_DIRECTORY_TLS: 'none', EASEL_DIRECTORY_PLAIN: '1' })).not.toThrow()
    expect(load({ EASEL_DIRECTORY_SERVERS: 'ldap.example.com' })).toThrow('addresses such as ldaps://')
    expect(load({ ...servers, EASEL_DIRECTORY_USER: 'cn=easel' })).toThrow('go together')
    expect(load({ EASEL_DIRECTORY_USER: 'cn=easel', EASEL_DIRECTORY_PASSWORD: 'x' })).toThrow('no directory')
    expect(load({ ...servers, EASEL_DIRECTORY_ATTRIBUTES: 'shoe=size' })).toThrow('field=attribute')
  })

  test('do so too where a filter is none', async () => {
    const environment = { EASEL_DIRECTORY_SERVERS: 'ldaps://127.0.0.1:1', EASEL_DIRECTORY_HIDDEN: '(a=b)()' }
    await expect(startTestServer({ accounts: [], environment })).rejects.toThrow('directory.hiddenFilter is no LDAP filter')
  })
})

test('a server that is stopped does not wait for a directory that says nothing', async () => {
  const { port } = silent.address() as AddressInfo
  const environment = { EASEL_DIRECTORY_SERVERS: `ldap://127.0.0.1:${port}`, EASEL_DIRECTORY_TLS: 'none', EASEL_DIRECTORY_ANSWER: '60' }
  const asked = once(silent, 'connection')
  const other = await startTestServer({ accounts: [], environment })
  await asked
  const began = performance.now()
  await other.close()
  expect(performance.now() - began).toBeLessThan(5000)
})
