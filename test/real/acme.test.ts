// A certificate from a real ACME server (pebble): over HTTP and by a hook, renewed while the server runs, and never lost.
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { get } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { VirtualClock } from '../support/clock.ts'
import { TestServer } from '../support/server.ts'
import { describeWith, freePort, removeFolder, temporaryFolder, until } from './support/daemon.ts'
import { hookCalls, startPebble, writeHook, type Pebble } from './support/pebble.ts'

const name = 'mail.example.test'
const hour = 3600

describeWith(['pebble', 'pebble-challtestsrv', 'openssl', 'curl'], 'an ACME server', () => {
  let parts: AsyncDisposableStack
  let folder: string
  let pebble: Pebble
  let httpPort: number
  beforeEach(async () => {
    parts = new AsyncDisposableStack()
    folder = temporaryFolder()
    parts.defer(() => removeFolder(folder))
    httpPort = await freePort()
    pebble = await startPebble({ folder, httpPort, validitySeconds: 2 * hour })
    parts.defer(() => pebble.stop())
  })
  afterEach(() => parts.disposeAsync())

  async function begin(environment: Readonly<Record<string, string>> = {}): Promise<TestServer> {
    const server = await TestServer.start({
      secure: true,
      // Pebble goes by the machine's clock.
      clock: new VirtualClock(Date.now()),
      environment: {
        EASEL_HOST: name,
        EASEL_ACME_DIRECTORY: pebble.directory,
        EASEL_ACME_AGREE: '1',
        EASEL_ACME_CONTACT: 'admin@example.test',
        EASEL_ACME_CA: pebble.ca,
        EASEL_ACME_PORT: String(httpPort),
        EASEL_ACME_ADDRESS: '127.0.0.1',
        ...environment,
      },
    })
    parts.defer(() => server.close())
    return server
  }

  /** What a phone is shown at its next connection. */
  async function shown(server: TestServer): Promise<X509Certificate> {
    const socket = connect({ host: '127.0.0.1', port: server.running.ports.https ?? 0, servername: name, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { raw } = socket.getPeerCertificate()
    socket.destroy()
    return new X509Certificate(raw)
  }
  const isPebbles = async (server: TestServer) => {
    const certificate = await shown(server)
    return certificate.issuer.includes('Pebble') ? certificate : null
  }

  /** As `until`; the pause after a failed order is five minutes of our clock, which goes on by them. */
  async function untilTriedAgain<T>(server: TestServer, what: string, look: () => Promise<T | null>): Promise<T> {
    let looks = 0
    return until(what, async () => {
      // An order takes a second.
      if ((looks += 1) % 40 === 0) await server.clock.advance(300)
      return look()
    })
  }

  test('gives a certificate over HTTP, which is in use at once, renewed in time, and kept over a restart', async () => {
    const server = await begin()
    const first = await until('a certificate of pebble is in use', () => isPebbles(server))
    expect(first.checkHost(name)).toBe(name)
    // A phone believes it, with the chain that is sent.
    const ca = await pebble.root()
    const socket = connect({ host: '127.0.0.1', port: server.running.ports.https ?? 0, servername: name, ca })
    await once(socket, 'secureConnect')
    expect(socket.authorized).toBe(true)
    socket.destroy()
    const kept = join(server.data, 'acme')
    for (const file of readdirSync(kept)) expect(statSync(join(kept, file)).mode & 0o777, file).toBe(0o600)
    expect(readdirSync(kept)).toHaveLength(2)

    await server.restart()
    expect((await shown(server)).fingerprint256).toBe(first.fingerprint256)
    await server.clock.advance(2 * hour)
    // The clock may have run past an order's half hour, if it began on the way.
    const second = await untilTriedAgain(server, 'another one is in use', async () => {
      const certificate = await shown(server)
      return certificate.fingerprint256 === first.fingerprint256 ? null : certificate
    })
    expect(second.issuer).toContain('Pebble')
  })

  test('is answered on port 80, where everybody else is sent to HTTPS, or nowhere', async () => {
    await begin()
    const ask = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${httpPort}${path}`, { redirect: 'manual', ...init })
    const moved = await ask('/anything?a=b')
    expect([moved.status, moved.headers.get('location')]).toEqual([
      301,
      expect.stringMatching(/^https:\/\/mail\.example\.test(:\d+)?\/anything\?a=b$/),
    ])
    expect((await ask('/.well-known/acme-challenge/unknown')).status).toBe(404)
    expect((await ask('/Microsoft-Server-ActiveSync', { method: 'POST', body: 'x' })).status).toBe(404)
    expect((await ask('/ca.crl')).status).toBe(404)
  })

  test('gives one for a wildcard by a hook, which sees nothing of our settings', async () => {
    const hook = writeHook(folder, pebble.names)
    const server = await begin({
      EASEL_ACME_CHALLENGE: 'dns-hook',
      EASEL_ACME_HOOK: hook.join(','),
      EASEL_ACME_NAMES: `${name},*.${name}`,
    })
    const certificate = await until('a certificate of pebble is in use', () => isPebbles(server))
    expect(certificate.checkHost('anything.mail.example.test')).toBe(`*.${name}`)
    expect(hookCalls(folder).sort()).toEqual([
      `cleanup _acme-challenge.${name} -`,
      `cleanup _acme-challenge.${name} -`,
      `present _acme-challenge.${name} -`,
      `present _acme-challenge.${name} -`,
    ])
  })

  test('that cannot reach us gives nothing: our own certificate stays in use, until it is asked again through a proxy', async () => {
    const server = await begin({ EASEL_ACME_PORT: 'off' })
    const own = await shown(server)
    // Its first try is under way, or over, once there is an account.
    await until('an account is made', () => existsSync(join(server.data, 'acme')))
    expect((await shown(server)).fingerprint256).toBe(own.fingerprint256)
    expect(own.issuer).toContain('Easel')
    const proxy = createServer((request, response) => {
      const options = { host: '127.0.0.1', port: server.running.ports.https, path: request.url, rejectUnauthorized: false }
      get(options, (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502)))
    })
    proxy.listen(httpPort, '127.0.0.1')
    parts.defer(() => void proxy.close())
    await untilTriedAgain(server, 'a certificate of pebble is in use', () => isPebbles(server))
  })
})
