// The whole house, started as an administrator starts it: on a folder, on real ports.
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { actions } from '../src/admin/actions.ts'
import { ConfigError, loadConfig } from '../src/config.ts'
import { callServer } from '../src/control/client.ts'
import { FolderHeld } from '../src/control/lock.ts'
import { createLog } from '../src/log.ts'
import type { RunningServer } from '../src/server/running-server.ts'
import { startServer } from '../src/server.ts'
import { Phone } from './support/phone.ts'

const home = mkdtempSync(join(tmpdir(), 'easel-server-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const log = createLog({ level: 'silent', pretty: false })
const running: RunningServer[] = []
const phones: Phone[] = []
afterEach(async () => {
  for (const phone of phones.splice(0)) phone.close()
  await Promise.all(running.splice(0).map((server) => server.close()))
})

const folder = () => join(mkdtempSync(join(home, 'case-')), 'data')

async function start(data: string, environment: Record<string, string> = {}): Promise<RunningServer> {
  const ports = { EASEL_HTTPS_PORT: '0', EASEL_LMTP_PORT: '0', EASEL_ADMIN_PORT: '0' }
  const config = loadConfig({ file: null, environment: { EASEL_DATA: data, ...ports, ...environment }, directory: home })
  const server = await startServer(config, { log, machine: ['box', '192.0.2.7'] })
  running.push(server)
  return server
}

async function phoneOf(server: RunningServer, who = 0): Promise<Phone> {
  const account = server.demo[who]
  if (account === undefined || server.authority === null) throw new Error('there is no demo')
  const phone = await Phone.enrol({ url: `https://localhost:${server.ports.https}`, ca: server.authority.certificate, ...account })
  phones.push(phone)
  return phone
}

/** Resolves once so many requests are parked. */
async function parked(server: RunningServer, count: number): Promise<void> {
  while (server.parked() < count) await new Promise((resolve) => setImmediate(resolve))
}

/** Hands in a message by LMTP; the reply to its end. */
function deliver(port: number, recipient: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = ['LHLO test', 'MAIL FROM:<x@example.com>', `RCPT TO:<${recipient}>`, 'DATA', 'Subject: Pushed\r\n\r\nHello.\r\n.', 'QUIT']
    const replies: string[] = []
    const socket = createConnection(port, '127.0.0.1')
    let text = ''
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      // A reply is whole with its first line that has a blank after the number.
      if (!/^\d{3} .*\r\n$/m.test(text)) return
      replies.push(text)
      text = ''
      const next = lines.shift()
      if (next !== undefined) socket.write(`${next}\r\n`)
    })
    socket.on('close', () => resolve(replies.at(-2) ?? ''))
  })
}

describe('with nothing configured', () => {
  test('a phone finds the demo mail, and new mail is pushed to it', async () => {
    const server = await start(folder())
    const phone = await phoneOf(server)
    await phone.syncAll('Inbox')
    expect(phone.collection('Inbox').items.size).toBeGreaterThan(20)
    const waiting = phone.ping(['Inbox'], 480)
    await parked(server, 1)
    expect(await deliver(server.ports.lmtp ?? 0, 'alice@demo.example')).toMatch(/^250 /)
    expect((await waiting).status).toBe(2)
    expect((await phone.sync('Inbox')).added).toHaveLength(1)
    expect(server.url).toBe(`https://box:${server.ports.https}`)
    expect(server.names).toEqual(['box', '192.0.2.7', 'localhost', '127.0.0.1', '::1'])
    expect(phone.violations).toEqual([])
  })

  test('a second start finds it all again', async () => {
    const data = folder()
    const first = await start(data)
    const phone = await phoneOf(first)
    await phone.syncAll('Inbox')
    await first.close()
    const second = await start(data)
    expect(second.demo).toEqual(first.demo)
    expect(second.authority?.fingerprint).toBe(first.authority?.fingerprint)
    const again = await phoneOf(second)
    await again.syncAll('Inbox')
    expect([...again.collection('Inbox').items.keys()].sort()).toEqual([...phone.collection('Inbox').items.keys()].sort())
  })
})

describe('one folder', () => {
  test('is served by one server', async () => {
    const data = folder()
    const first = await start(data)
    await expect(start(data)).rejects.toBeInstanceOf(FolderHeld)
    await first.close()
    await start(data)
  })
})

describe('a start that fails', () => {
  test('because a port is taken says so, and leaves nothing behind', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    const data = folder()
    const refused = await start(data, { EASEL_LMTP_PORT: String(port) }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ConfigError)
    expect((refused as Error).message).toMatch(/^Port \d+ is taken: .*lmtp\.port \(EASEL_LMTP_PORT\)/)
    const https = await start(data, { EASEL_HTTPS_PORT: String(port), EASEL_HTTPS_ADDRESS: '127.0.0.1' }).catch((error: unknown) => error)
    expect((https as Error).message).toMatch(/https\.port \(EASEL_HTTPS_PORT\)/)
    await new Promise((resolve) => taken.close(resolve))
    await start(data)
  })
})

describe('an administrator', () => {
  test('who changes a password shuts the phone out at once, and ends what it waits for', async () => {
    const data = folder()
    const server = await start(data)
    const phone = await phoneOf(server)
    await phone.syncAll('Inbox')
    const waiting = phone.ping(['Inbox'], 480)
    await parked(server, 1)
    const called = await callServer(
      data,
      'account.password',
      { address: 'alice@demo.example', password: 'something else' },
      () => undefined,
    )
    expect(called.kind).toBe('answered')
    expect((await waiting).status).toBe(7)
    expect((await phone.hello()).status).toBe(401)
    expect(Object.keys(actions)).toContain('account.password')
  })
})

describe('the end', () => {
  test('answers parked phones in less than five seconds, and may be asked for twice', async () => {
    const server = await start(folder())
    const [alice, bob] = [await phoneOf(server, 0), await phoneOf(server, 1)]
    await Promise.all([alice.syncAll('Inbox'), bob.syncAll('Inbox')])
    const waiting = [alice.ping(['Inbox'], 480), bob.ping(['Inbox'], 480)]
    await parked(server, 2)
    const before = performance.now()
    await Promise.all([server.close(), server.close()])
    expect(performance.now() - before).toBeLessThan(5000)
    for (const { status } of await Promise.all(waiting)) expect(status).toBe(1)
    await expect(alice.hello()).rejects.toThrow()
  })
})
