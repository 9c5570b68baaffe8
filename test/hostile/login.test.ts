// Guessing passwords through the door: it slows down, tells nobody which accounts exist, and locks no phone out.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import { el, write } from '../support/wire.ts'
import { exchange, type RawAnswer } from './raw-client.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer({
    accounts: ['alice@example.test', 'bob@example.test'],
    environment: {
      EASEL_TRUSTED_PROXIES: 'loopback',
      EASEL_AUTH_FAILURES_ADDRESS: '6',
      EASEL_AUTH_FAILURES_ACCOUNT: '3',
      EASEL_POLICY: '0',
    },
  })
})
afterEach(() => server.close())

const folderSync = write(el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', '0')]))

/** A FolderSync from somewhere behind the proxy. */
function knock(user: string, secret: string, address: string, device = 'stranger'): Promise<RawAnswer> {
  const head = [
    `POST /Microsoft-Server-ActiveSync?Cmd=FolderSync&User=x&DeviceId=${device}&DeviceType=iPhone HTTP/1.1`,
    'Host: easel.test',
    `Authorization: Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
    `X-Forwarded-For: ${address}`,
    'MS-ASProtocolVersion: 14.1',
    'Content-Type: application/vnd.ms-sync.wbxml',
    `Content-Length: ${folderSync.length}`,
  ]
  return exchange(server.url, Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), folderSync]))
}

/** Everything an answer tells but the moment it was made. */
const told = ({ status, headers, body }: RawAnswer) => JSON.stringify([status, { ...headers, date: null }, body])

describe('guessing', () => {
  test('of a password from many places is slowed, and tells no more of an account than of nobody', async () => {
    const answers = { bob: [] as string[], nobody: [] as string[] }
    const spellings = (name: string) => [
      `${name}@example.test`,
      `X\\${name}`,
      name,
      `${name.toUpperCase()}@example.test`,
      `${name}@else.test`,
    ]
    for (const name of ['bob', 'nobody'] as const) {
      for (let attempt = 0; attempt < 8; attempt++) {
        const spelling = spellings(name)[attempt % 5] ?? name
        answers[name].push(told(await knock(spelling, `guess ${attempt}`, `192.0.2.${attempt}`)))
      }
    }
    expect(answers.bob).toEqual(answers.nobody)
    expect(answers.bob.map((answer) => JSON.parse(answer)[0])).toEqual([401, 401, 401, 401, 503, 503, 503, 503])
  })

  test('is no freer for accents and invisible marks, which a directory leaves out', async () => {
    const spellings = ['bób', 'bòb', 'bo\u034fb', 'b\ufe00ob', 'BÖB', 'bõb', 'böb\u0301', 'ｂob']
    const statuses: number[] = []
    for (const [attempt, spelling] of spellings.entries())
      statuses.push((await knock(`${spelling}@example.test`, `guess ${attempt}`, `192.0.2.${attempt}`)).status)
    expect(statuses.slice(-4)).toEqual([503, 503, 503, 503])
  })

  test('comes from one place whatever port a proxy writes behind its address, and if it writes none', async () => {
    for (const place of ['192.0.2.9:5000', '[2001:db8::9]:5000', 'unknown']) {
      const statuses: number[] = []
      for (let attempt = 0; attempt < 9; attempt++)
        statuses.push((await knock(`user${attempt}@example.test`, `guess from ${place}`, `${place}${attempt}`)).status)
      expect(statuses.slice(-2)).toEqual([503, 503])
    }
  })

  test('of many accounts from one place is slowed', async () => {
    const statuses: number[] = []
    for (let attempt = 0; attempt < 9; attempt++)
      statuses.push((await knock(`user${attempt}@example.test`, 'Summer2026', '192.0.2.9')).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 401, 503, 503])
    const refused = await knock('user99@example.test', 'Summer2026', '192.0.2.9')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await knock('bob@example.test', password, '192.0.2.10')).status).toBe(200)
  })

  test('waits longer each time, and not for ever', async () => {
    const waits: number[] = []
    for (let round = 0; round < 16; round++) {
      const { status, headers } = await knock('bob@example.test', `guess ${round}`, `192.0.2.${round}`)
      if (status !== 503) continue
      waits.push(Number(headers['retry-after']))
      await server.clock.advance(waits.at(-1) ?? 0)
      await knock('bob@example.test', `again ${round}`, `198.51.100.${round}`)
    }
    expect(waits.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 32])
    expect(Math.max(...waits)).toBeLessThanOrEqual(60)
  })

  test('locks no phone out that is in use, from wherever it goes on, even after a restart', async () => {
    expect((await knock('alice@example.test', password, '203.0.113.7', 'PHONE')).status).toBe(200)
    for (let attempt = 0; attempt < 8; attempt++) await knock('alice@example.test', `guess ${attempt}`, '203.0.113.7')
    for (let attempt = 0; attempt < 8; attempt++) await knock('alice@example.test', `more ${attempt}`, `192.0.2.${attempt}`)
    expect((await knock('alice@example.test', password, '203.0.113.7', 'PHONE')).status).toBe(200)
    await server.restart()
    for (let attempt = 0; attempt < 8; attempt++) await knock('alice@example.test', `guess ${attempt}`, '203.0.113.7')
    expect((await knock('alice@example.test', password, '203.0.113.7', 'PHONE')).status).toBe(200)
    expect((await knock('alice@example.test', password, '198.51.100.200', 'PHONE')).status).toBe(200)
  })

  test('under the name of a phone in use has a budget of its own, which is not the phone’s', async () => {
    await knock('alice@example.test', password, '203.0.113.7', 'PHONE')
    await server.restart()
    const statuses: number[] = []
    for (let attempt = 0; attempt < 8; attempt++)
      statuses.push((await knock('alice@example.test', `guess ${attempt}`, '192.0.2.66', 'PHONE')).status)
    expect(statuses.slice(-3)).toEqual([503, 503, 503])
    expect((await knock('alice@example.test', password, '203.0.113.7', 'PHONE')).status).toBe(200)
  })
})

describe('a disabled account', () => {
  test('is told only to whoever knows its password', async () => {
    await server.store.accounts.change((await server.accountOf('bob@example.test')).id, { disabled: true })
    expect((await knock('bob@example.test', password, '192.0.2.1')).status).toBe(403)
    expect(told(await knock('bob@example.test', 'wrong', '192.0.2.2'))).toBe(told(await knock('nobody@example.test', 'wrong', '192.0.2.3')))
  })
})
