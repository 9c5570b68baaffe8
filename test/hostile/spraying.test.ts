// Password spraying through the door: it is noticed, slowed and told, and costs nobody a phone that is in use.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { act } from '../support/admin.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import { el, write } from '../support/wire.ts'
import { exchange } from './raw-client.ts'

const people = Array.from({ length: 8 }, (_, index) => `person${index}@example.test`)
const root = 'root@example.test'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer({
    accounts: [...people, root],
    environment: {
      EASEL_TRUSTED_PROXIES: 'loopback',
      EASEL_AUTH_FAILURES_ADDRESS: '1000',
      EASEL_AUTH_FAILURES_ACCOUNT: '1000',
      EASEL_AUTH_FAILURES_NETWORK: '12',
      EASEL_AUTH_ACCOUNTS_NETWORK: '5',
      EASEL_AUTH_ACCOUNTS_PASSWORD: '4',
      EASEL_ADMIN_NOTIFY: root,
      EASEL_POLICY: '0',
    },
  })
})
afterEach(() => server.close())

const folderSync = write(el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', '0')]))

async function knock(user: string, secret: string, address: string, device = 'stranger'): Promise<number> {
  const head = [
    `POST /Microsoft-Server-ActiveSync?Cmd=FolderSync&User=x&DeviceId=${device}&DeviceType=iPhone HTTP/1.1`,
    'Host: easel.test',
    `Authorization: Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
    `X-Forwarded-For: ${address}`,
    'MS-ASProtocolVersion: 14.1',
    'Content-Type: application/vnd.ms-sync.wbxml',
    `Content-Length: ${folderSync.length}`,
  ]
  return (await exchange(server.url, Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), folderSync]))).status
}

const sprayings = async () => (await act(server.running.admin, 'overview.show', {})).sprayings
const audited = async (action: string) =>
  (await server.store.audit.list({ action }, 100)).map(({ detail, target }) => ({ ...detail, target }))
const lettersTo = async (address: string) => {
  const inbox = await server.mailbox(address)
  const folder = (await inbox.allFolders()).find(({ name }) => name === 'Inbox')
  return (await inbox.items(folder?.id ?? ('' as never), 'Email').newestFirst(null, null, 10)).changes.length
}

describe('many accounts, from one network', () => {
  test('are an alarm at the fifth, and every further guess from there waits longer', async () => {
    const statuses: number[] = []
    for (const [index, person] of people.entries()) statuses.push(await knock(person, `guess ${index}`, `192.0.2.${index}`))
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 503, 503])
    expect(await sprayings()).toMatchObject([{ kind: 'accounts', networks: ['192.0.2.0/24'], tried: 6, opened: [] }])
    expect(await knock(people[7] ?? '', 'guess', '198.51.100.1')).toBe(401)
    // It goes on: each pause is longer than the one before.
    const waits: number[] = []
    for (let round = 0; round < 5; round++) {
      let waited = 0
      while ((await knock(people[7] ?? '', `more ${round}`, '192.0.2.77')) === 503) {
        waited++
        await server.clock.advance(1)
      }
      waits.push(waited)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16])
  })

  test('are told once to the audit log and to whoever is notified', async () => {
    for (const [index, person] of people.entries()) await knock(person, `guess ${index}`, '2001:db8:1:2::1')
    await server.clock.advance(1)
    expect(await audited('login.spraying')).toEqual([
      { kind: 'accounts', networks: ['2001:db8:1::/48'], tried: 5, attempts: 5, opened: [], target: null },
    ])
    await expect.poll(() => lettersTo(root)).toBe(1)
  })

  test('make no phone wait that is in use, and no network beside', async () => {
    expect(await knock(people[0] ?? '', password, '192.0.2.200', 'PHONE')).toBe(200)
    await server.restart()
    for (const [index, person] of people.entries()) await knock(person, `guess ${index}`, '192.0.2.1')
    expect(await knock(people[0] ?? '', password, '192.0.2.200', 'PHONE')).toBe(200)
    expect(await knock(people[1] ?? '', password, '192.0.3.1')).toBe(200)
    expect(await knock(people[2] ?? '', password, '192.0.2.200')).toBe(503)
  })

  test('one of them opened, and the administrators learn which', async () => {
    for (const [index, person] of people.slice(0, 5).entries()) await knock(person, `guess ${index}`, '192.0.2.1')
    expect(await knock(people[6] ?? '', password, '192.0.2.1')).toBe(200)
    expect(await sprayings()).toMatchObject([{ kind: 'accounts', opened: [people[6]] }])
    expect(await audited('login.spraying.opened')).toMatchObject([{ target: people[6], opened: [people[6]] }])
    await expect.poll(() => lettersTo(root)).toBe(2)
  })

  test('are over after an hour without a guess', async () => {
    for (const [index, person] of people.slice(0, 5).entries()) await knock(person, `guess ${index}`, '192.0.2.1')
    expect(await sprayings()).toHaveLength(1)
    await server.clock.advance(3601)
    expect(await sprayings()).toEqual([])
  })

  test('whose old passwords lie in their phones are no alarm', async () => {
    for (const [index, person] of people.entries()) {
      expect(await knock(person, password, '192.0.2.1', `PHONE${index}`)).toBe(200)
      expect(await knock(person, 'the one before', '192.0.2.1', `PHONE${index}`)).toBe(401)
    }
    expect(await sprayings()).toEqual([])
  })
})

describe('one password', () => {
  test('over many accounts, from a network of its own each, is an alarm, and soon not looked at any more', async () => {
    const statuses: number[] = []
    for (const [index, person] of people.entries()) statuses.push(await knock(person, 'Sommer2026!', `10.${index}.0.1`))
    expect(statuses).toEqual([401, 401, 401, 401, 401, 503, 503, 503])
    expect(await sprayings()).toMatchObject([{ kind: 'password', tried: 5 }])
    expect(JSON.stringify(await server.store.audit.from(1, 1000))).not.toContain('Sommer2026')
    // Another one is looked at, and so is the right one.
    expect(await knock(people[7] ?? '', 'Winter2026!', '10.99.0.1')).toBe(401)
    expect(await knock(people[7] ?? '', password, '10.99.0.1')).toBe(200)
  })

  test('that is right for many is no guess', async () => {
    for (const [index, person] of people.entries()) expect(await knock(person, password, `10.${index}.0.1`)).toBe(200)
    expect(await sprayings()).toEqual([])
  })
})

test('wrong passwords from all over one network are slowed, though each address stays below its own limit', async () => {
  const statuses: number[] = []
  for (let index = 0; index < 16; index++) statuses.push(await knock('person0@example.test', `guess ${index}`, `203.0.113.${index}`))
  expect(statuses.slice(0, 13)).toEqual(Array.from({ length: 13 }, () => 401))
  expect(statuses.slice(13)).toEqual([503, 503, 503])
})
