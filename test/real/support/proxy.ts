// What every reverse proxy has to let through, and what it must not: one suite that each recipe of docs/deploy passes.
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CertificateForm } from '../../../src/http/certificate-forms.ts'
import { TestAuthority, type Identity, type IssueOptions } from '../../support/authority.ts'
import { VirtualClock } from '../../support/clock.ts'
import { Phone, type PhoneOptions } from '../../support/phone.ts'
import { password as testPassword, TestServer } from '../../support/server.ts'
import { describeWith, freePort, listens, removeFolder, run, selfSigned, temporaryFolder, until, type Daemon } from './daemon.ts'
import { Easel, password } from './easel.ts'

/** What a proxy is started with. */
export interface Surroundings {
  /** The port it listens on. */
  readonly port: number
  /** Easel's port, and that of another service under the same name. */
  readonly easel: number
  readonly dav: number
  /** A folder of its own, and the files of its certificate in it. */
  readonly folder: string
  readonly certificate: string
  readonly key: string
  /** The file of those whose client certificates phones are asked for. */
  readonly authorities: string
}

export interface Proxy {
  readonly name: string
  readonly programs: readonly string[]
  readonly start: (around: Surroundings) => Daemon
  /** How it hands over client certificates; left out where Easel's own TLS sees them. */
  readonly form?: CertificateForm
  /** Easel's settings behind it; by itself, those of every recipe. */
  readonly settings?: Readonly<Record<string, string>>
  /** It passes bytes on, and Easel speaks TLS. */
  readonly passesThrough?: boolean
  /** It does not tell Easel that a phone is gone. */
  readonly isBlind?: boolean
  /** How it refuses an expired client certificate itself; left out where it leaves that to Easel. */
  readonly onExpired?: 'HTTP 400' | 'no handshake'
}

/** Loopback is large: the phone comes from another address than the proxy, and the two can be told apart. */
const phoneAddress = '127.0.0.77'

/** Several start side by side, and each of them runs the shell before it is ready. */
const startSeconds = 180

/** Declares the suite. What is special to one proxy follows in its own file. */
export function testProxy(
  proxy: Proxy,
  more: (easel: () => Easel, through: () => Partial<PhoneOptions> & { url: string }) => void = () => {},
): void {
  describeWith(['swaks', 'openssl', ...proxy.programs], proxy.name, () => {
    const parts = new AsyncDisposableStack()
    let easel: Easel
    let through: { url: string; ca: string; localAddress: string }
    let dav: number
    let metricsPort: number
    let held: { phone: Phone; begun: number; pinged: ReturnType<Phone['ping']> }
    let issuing: TestAuthority
    let authorities: string
    const davHeaders: IncomingHttpHeaders[] = []

    /** Starts the proxy before one more server; resolves with how a phone comes through it. */
    async function open(upstream: number): Promise<{ url: string; ca: string; localAddress: string }> {
      const folder = temporaryFolder()
      parts.defer(() => removeFolder(folder))
      const files = selfSigned(folder)
      const port = await freePort()
      const daemon = proxy.start({ port, easel: upstream, dav, folder, authorities, ...files })
      parts.defer(() => daemon.stop().then(() => undefined))
      await until(`${proxy.name} listens`, () => daemon.running() && listens(port))
      return { url: `https://localhost:${port}`, ca: readFileSync(files.certificate, 'utf8'), localAddress: phoneAddress }
    }

    beforeAll(async () => {
      const other = createServer((request, response) => {
        davHeaders.push(request.headers)
        response.end('another service')
      }).listen(0, '127.0.0.1')
      await once(other, 'listening')
      parts.defer(() => void other.close())
      dav = (other.address() as AddressInfo).port
      issuing = await TestAuthority.make(Date.now())
      const folder = temporaryFolder()
      parts.defer(() => removeFolder(folder))
      authorities = join(folder, 'authorities.pem')
      writeFileSync(authorities, issuing.pem)
      metricsPort = await freePort()
      easel = await Easel.start({
        EASEL_METRICS_PORT: String(metricsPort),
        EASEL_TRUSTED_PROXIES: '127.0.0.1',
        EASEL_CERTIFICATES: 'accept',
        EASEL_USER_PAGE: '1',
        EASEL_CERTIFICATE_AUTHORITIES: authorities,
        ...(proxy.form === undefined ? {} : { EASEL_CERTIFICATE_FORM: proxy.form }),
        ...proxy.settings,
      })
      parts.defer(() => easel.dispose())
      through = await open(proxy.passesThrough === true ? easel.ports.https : easel.ports.http)
      if (proxy.passesThrough === true) through = { ...through, ca: await easel.authority() }
      // It waits while the other tests run.
      const phone = await easel.phone('alice', through)
      held = { phone, begun: performance.now(), pinged: phone.ping(['Inbox'], 300) }
    }, startSeconds * 1000)
    afterAll(() => parts.disposeAsync())

    const parked = async () => {
      const figures = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
      return Number(/^easel_parked_requests (\d+)/m.exec(figures)?.[1])
    }
    /** Where Easel believes the askers of OPTIONS to be. */
    const seen = () => Array.from(easel.log.matchAll(/"address":"([^"]+)"[^\n]*"msg":"OPTIONS"/g), ([, address]) => address)

    test('takes a message of several megabytes through', async () => {
      const phone = await easel.phone('bob', through)
      const attachment = Buffer.alloc(9_000_000, 'easel').toString('base64').replaceAll(/.{76}/g, '$&\r\n')
      const head = ['From: bob@example.com', 'To: bob@example.com', 'Subject: Large', 'MIME-Version: 1.0']
      const kind = ['Content-Type: application/octet-stream; name=easel.bin', 'Content-Transfer-Encoding: base64', '', attachment]
      expect((await phone.sendMail([...head, ...kind].join('\r\n'))).status).toBe(200)
      await phone.syncAll('Inbox')
      phone.mail('Inbox', 'Large')
      expect(phone.violations).toEqual([])
      phone.close()
    })

    test('tells Easel where the phone is, and nothing a phone says about that', async () => {
      const phone = await easel.phone('bob', through)
      const before = seen().length
      const forged = {
        'X-Forwarded-For': '192.0.2.66, 127.0.0.1',
        'X-Forwarded-Proto': 'http',
        Forwarded: 'for=192.0.2.66',
        'X-Real-IP': '192.0.2.66',
      }
      const headers = { Authorization: phone.authorization, ...forged }
      expect((await phone.send('OPTIONS', '/Microsoft-Server-ActiveSync', null, headers)).status).toBe(200)
      await until('the log has it', () => seen().length > before)
      expect(new Set(seen())).toEqual(new Set([phoneAddress]))
      expect(easel.log).not.toContain('192.0.2.66')
      phone.close()
    })

    test('tells Easel when a phone has gone, or the next request of the phone does', async () => {
      const phone = await easel.phone('bob', through)
      const leaving = new AbortController()
      const others = await parked()
      const left = phone.ping(['Inbox'], 900, leaving.signal).catch(() => 'left')
      await until('it is parked', async () => (await parked()) > others)
      leaving.abort()
      expect(await left).toBe('left')
      if (proxy.isBlind === true) {
        expect(await parked()).toBe(others + 1)
        await phone.folderSync()
        const again = new AbortController()
        const second = phone.ping(['Inbox'], 900, again.signal).catch(() => 'left')
        // The newer request of the same device ends the one that nobody waits for.
        await setTimeout(1000)
        expect(await parked()).toBe(others + 1)
        again.abort()
        await second
      } else await until('nothing is parked for it', async () => (await parked()) <= others)
      phone.close()
    })

    test('lets a phone wait as long as it asks for, by a clock that runs faster', async () => {
      if (proxy.passesThrough === true) return
      const clock = new VirtualClock()
      const server = await TestServer.start({ clock, environment: { EASEL_TRUSTED_PROXIES: '127.0.0.1' } })
      parts.defer(() => server.close())
      const { ca, url } = await open(Number(new URL(server.url).port))
      const phone = await server.phone('alice@example.test', { url, ca, password: testPassword })
      await phone.syncAll('Inbox')
      for (let round = 0; round < 3; round++) {
        const pinged = phone.ping(['Inbox'], 3540)
        await server.parked('alice@example.test', phone.options.deviceId)
        await clock.advance(3540)
        expect((await pinged).status).toBe(1)
      }
    })

    test('passes on the name with its port, so that a form of the users’ own page is one of its own', async () => {
      const { origin } = new URL(through.url)
      // An older browser says where a form stands by Origin alone.
      const phone = new Phone({ ...through, address: '', password: '' })
      const page = await phone.send('GET', '/login', null, {})
      const cookie = String(page.headers['set-cookie']).split(';', 1)[0] ?? ''
      const csrf = /name="csrf" value="([\w-]+)"/.exec(page.bytes.toString())?.[1] ?? ''
      const form = new URLSearchParams({ csrf, user: 'bob@example.com', password }).toString()
      const enter = (from: string) =>
        phone.send('POST', '/login', Buffer.from(form), {
          'Content-Type': 'application/x-www-form-urlencoded',
          Cookie: cookie,
          Origin: from,
        })
      expect((await enter('https://elsewhere.example')).status).toBe(403)
      const entered = await enter(origin)
      expect([entered.status, entered.headers['location']]).toEqual([303, '/me'])
      phone.close()
    })

    test('keeps other services apart', async () => {
      if (proxy.passesThrough === true) return
      const phone = await easel.phone('bob', through)
      const reply = await phone.send('GET', '/dav/calendar', null, {})
      expect([reply.status, reply.bytes.toString()]).toEqual([200, 'another service'])
      expect(davHeaders.length).toBeGreaterThan(0)
      phone.close()
    })

    /** What OPTIONS is answered by these means alone, without a password. */
    async function knock(identity: Identity | null, headers: Readonly<Record<string, string>> = {}): Promise<number> {
      const certificate = identity === null ? {} : { certificate: { key: identity.key, cert: identity.cert } }
      const phone = new Phone({ ...through, ...certificate, address: '', password: '' })
      const { status } = await phone.send('OPTIONS', '/Microsoft-Server-ActiveSync', null, headers)
      phone.close()
      return status
    }
    const entries = () => Array.from(easel.log.matchAll(/"account":"([^"]+)"[^\n]*"msg":"OPTIONS"/g), ([, account]) => account)
    /** Whose account that was, as the log has it. */
    async function accountOf(identity: Identity, headers: Readonly<Record<string, string>> = {}): Promise<string | undefined> {
      const before = entries().length
      expect(await knock(identity, headers)).toBe(200)
      await until('the log has it', () => entries().length > before)
      return entries().at(-1)
    }
    const named = (name: string, options: IssueOptions = {}) =>
      issuing.issue({ name, names: [{ type: 'email', value: `${name}@example.com` }], ...options })

    test('hands over the certificate of a phone, which is a login by itself', async () => {
      expect(await accountOf(await named('bob'))).not.toBe(await accountOf(await named('alice')))
      expect(await knock(null)).toBe(401)
      const day = 86_400_000
      const expired = await named('alice', { from: Date.now() - 9 * day, until: Date.now() - day })
      const answer = await knock(expired).then(
        (status) => `HTTP ${status}`,
        () => 'no handshake',
      )
      expect(answer).toBe(proxy.onExpired ?? 'HTTP 403')
      const stranger = await TestAuthority.make(Date.now(), { name: 'Somebody Else' })
      expect(await knock(await stranger.issue({ names: [{ type: 'email', value: 'alice@example.com' }] }))).toBe(401)
    })

    test('passes on no certificate that a phone only writes down', async () => {
      const alice = await named('alice')
      const text = alice.der.toString('base64')
      const line = alice.cert.trim().replaceAll('\n', ' ')
      for (const written of [text, `:${text}:`, line, encodeURIComponent(alice.cert)]) {
        for (const header of [
          'X-SSL-Client-Cert',
          'x-ssl-client-cert',
          'X_SSL_Client_Cert',
          'Client-Cert',
          'SSL-Client-Cert',
          'SSL_CLIENT_CERT',
        ]) {
          expect(await knock(null, { [header]: written })).toBe(401)
        }
        // With a certificate of his own, he is who that says.
        const bob = await named('bob')
        expect(await accountOf(bob, { 'X-SSL-Client-Cert': written })).toBe(await accountOf(bob))
      }
    })

    test('is found in order by the doctor, who sees his requests arrive', async () => {
      const { cert, key } = await named('bob')
      const folder = temporaryFolder()
      parts.defer(() => removeFolder(folder))
      writeFileSync(join(folder, 'bob.pem'), cert + key)
      writeFileSync(join(folder, 'ca.pem'), through.ca)
      const where = ['--server', new URL(through.url).host, '--ca', join(folder, 'ca.pem')]
      const means = ['--password-stdin', '--certificate', join(folder, 'bob.pem'), '--hold', '0']
      const { stdout } = await easel.shell(['doctor', 'bob@example.com', ...where, ...means], password)
      // Where there is no proxy to overwrite it, an address written by the doctor is believed: he stands where the proxy does.
      const address = proxy.passesThrough === true ? [] : ['address']
      for (const subject of ['OPTIONS', 'answers', ...address, 'Authorization', 'client certificate']) {
        expect(stdout).toMatch(new RegExp(`^ok +${subject}: `, 'm'))
      }
      // Who does not notice that a phone is gone does not listen to Easel either while a message is under way.
      expect(stdout).toMatch(proxy.isBlind === true ? /^warning +large messages: /m : /^ok +large messages: /m)
      expect(stdout).not.toContain('FAILED')
    })

    more(
      () => easel,
      () => through,
    )

    test('lets a Ping wait past the sixty seconds that most wait by themselves, and passes on what woke it', async () => {
      const { phone, begun, pinged } = held
      // A wait that is about time itself: the proxy's own patience has to run out first.
      await Promise.race([pinged, setTimeout(63_000 - (performance.now() - begun))])
      await run('swaks', [
        ...['--protocol', 'LMTP', '--server', '127.0.0.1', '--port', String(easel.ports.lmtp)],
        ...['--from', 'carol@elsewhere.example', '--to', 'alice@example.com', '--header', 'Subject: After a minute'],
      ])
      expect(await pinged).toMatchObject({ status: 2, folders: ['Inbox'] })
      expect(performance.now() - begun).toBeGreaterThan(60_000)
      await phone.syncAll('Inbox')
      phone.mail('Inbox', 'After a minute')
      expect(phone.violations).toEqual([])
      phone.close()
    })
  })
}
