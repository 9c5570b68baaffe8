// Client certificates as a login, through the server's own TLS.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCertificate } from '../../src/auth/chain/certificate.ts'
import { createCertificateAuthenticator } from '../../src/auth/certificate.ts'
import { createLog } from '../../src/log.ts'
import { act } from '../support/admin.ts'
import { certificateRequest, TestAuthority, x509, type Identity } from '../support/authority.ts'
import type { Phone, PhoneOptions } from '../support/phone.ts'
import { VirtualClock } from '../support/clock.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import { TestShell } from '../support/shell.ts'

const clock = new VirtualClock()
const now = clock.now()
const day = 86_400_000
const alice = 'alice@example.test'
const upn = (value: string) => ({ type: 'upn' as const, value })
const email = (value: string) => ({ type: 'email' as const, value })

const folder = mkdtempSync(join(tmpdir(), 'easel-authorities-'))
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
let root: TestAuthority
let issuing: TestAuthority
let serials: TestAuthority
let named: TestAuthority
const servers: TestServer[] = []

/** A server that takes certificates, with one file of settings: environment variables hold no rows. */
async function start(mode: 'accept' | 'require', environment: Record<string, string> = {}): Promise<TestServer> {
  const settings = {
    certificates: {
      mode,
      authorities: [
        file('root.pem', root.pem),
        { file: file('serials.pem', serials.pem), mapping: 'serial', serials: { '0A:01': alice, '0a02': 'nobody@example.test' } },
        { file: file('named.pem', named.pem), mapping: ['{cn}@example.test', '{san.dns}'] },
      ],
    },
  }
  const config = file(`${mode}.yaml`, JSON.stringify(settings))
  const server = await startTestServer({
    secure: true,
    clock,
    accounts: [alice, 'bob@example.test'],
    environment: { ...environment },
    file: config,
  })
  servers.push(server)
  return server
}

beforeAll(async () => {
  root = await TestAuthority.make(now)
  issuing = await TestAuthority.make(now, { parent: root, pathLength: 0 })
  serials = await TestAuthority.make(now, { name: 'Serials' })
  named = await TestAuthority.make(now, { name: 'Named' })
})
afterAll(async () => {
  for (const server of servers) await server.close()
  rmSync(folder, { recursive: true })
})

const show = (certificate: Identity, options: Partial<PhoneOptions> = {}): Partial<PhoneOptions> => ({
  certificate,
  password: null,
  ...options,
})
const knock = async (server: TestServer, certificate: Identity, options: Partial<PhoneOptions> = {}): Promise<number> =>
  (await server.bare(alice, show(certificate, options)).hello()).status

describe('a certificate alone', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await start('accept')
  })

  it('is a login: the phone is set up and syncs without a password', async () => {
    const phone = await server.phone(alice, show(await issuing.issue()))
    await server.deliver(alice)
    await phone.syncAll('Inbox')
    expect(phone.collection('Inbox').items.size).toBe(1)
    const device = await server.store.devices.find((await server.accountOf(alice)).id, phone.options.deviceId as never)
    expect(device?.verifier).toMatch(/^cert:[0-9a-f]{64}$/)
  })

  it('leaves passwords what they are', async () => {
    expect((await server.bare(alice).hello()).status).toBe(200)
    const wrong = await server.bare(alice, { password: 'wrong' }).hello()
    expect([wrong.status, wrong.headers['www-authenticate']]).toEqual([401, expect.stringContaining('Basic')])
    expect((await server.bare(alice, { password: null }).hello()).status).toBe(401)
  })

  it('signed with RSA, or RSA-PSS, is as good', async () => {
    for (const keys of ['rsa', 'pss'] as const) {
      const middle = await TestAuthority.make(now, { parent: root, keys, name: keys })
      expect(await knock(server, await middle.issue({ keys: 'rsa' })), keys).toBe(200)
    }
  })

  it('goes on through a resumed session, in which nobody shows it again', async () => {
    const phone = server.bare(alice, show(await issuing.issue()))
    for (let times = 0; times < 3; times++) {
      expect((await phone.hello()).status).toBe(200)
      phone.close()
    }
  })

  it.each([
    ['by the userPrincipalName', () => issuing.issue({ names: [upn('Alice@Example.test')] }), 200],
    ['by the first name that finds somebody', () => issuing.issue({ names: [upn('alice@corp.test'), email(alice)] }), 200],
    ['not by a name of nobody', () => issuing.issue({ names: [email('carol@example.test')] }), 403],
    ['not by names of two', () => issuing.issue({ names: [email(alice), email('bob@example.test')] }), 403],
    ['not by its common name, unless that is wanted', () => issuing.issue({ name: alice, names: [] }), 403],
    ['by its number, where the authority has a list', () => serials.issue({ serial: '0a01', names: [] }), 200],
    ['not by a number of nobody', () => serials.issue({ serial: '0a02', names: [] }), 403],
    ['not by a number that stands in no list', () => serials.issue({ serial: '0a03', names: [email(alice)] }), 403],
    ['by a template', () => named.issue({ name: 'alice', names: [] }), 200],
    ['by the next template', () => named.issue({ name: 'phone', names: [{ type: 'dns', value: 'alice@example.test' }] }), 200],
    ['not by a name that brings its own domain into a template', () => named.issue({ name: 'alice@example.test,O=x', names: [] }), 403],
  ] as const)('means an account %s', async (_title, issue, status) => {
    expect(await knock(server, await issue())).toBe(status)
  })

  it.each([
    ['has expired', () => issuing.issue({ until: now - 1000 }), 403],
    ['is not valid yet', () => issuing.issue({ from: now + 1000 }), 403],
    ['is for mail alone', () => issuing.issue({ usages: [x509.ExtendedKeyUsage.emailProtection] }), 403],
    ['is for servers', () => issuing.issue({ usages: [x509.ExtendedKeyUsage.serverAuth] }), 403],
    [
      'has a critical extension that nobody knows',
      () => issuing.issue({ extensions: [new x509.Extension('1.2.3.4', true, Buffer.from('0500', 'hex'))] }),
      403,
    ],
    ['is signed with SHA-1', async () => (await TestAuthority.make(now, { parent: root, keys: 'rsa-sha1', name: 'Old' })).issue(), 401],
    [
      'comes from below a certificate that is no authority',
      async () => (await TestAuthority.make(now, { parent: root, isAuthority: false })).issue(),
      403,
    ],
    [
      'comes from below an authority that may not sign',
      async () => (await TestAuthority.make(now, { parent: root, keyUsage: x509.KeyUsageFlags.digitalSignature })).issue(),
      403,
    ],
    ['stands too far below', async () => (await TestAuthority.make(now, { parent: issuing, name: 'Deeper' })).issue(), 403],
    [
      'comes from below an authority that has expired',
      async () => (await TestAuthority.make(now, { parent: root, until: now - 1 })).issue(),
      403,
    ],
    [
      'comes from below an authority for mail',
      async () =>
        (
          await TestAuthority.make(now, {
            parent: root,
            extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.emailProtection])],
          })
        ).issue(),
      403,
    ],
    ['is of a foreign authority', async () => (await TestAuthority.make(now, { name: 'Foreign' })).issue(), 401],
    ['is of a foreign authority with the same name', async () => (await TestAuthority.make(now, { name: 'Example Root' })).issue(), 401],
    [
      'is its own authority',
      async () =>
        ownIssuer(
          await TestAuthority.make(now, { name: 'Example Root', extensions: [new x509.SubjectAlternativeNameExtension([email(alice)])] }),
        ),
      401,
    ],
  ] as const)('that %s is refused', async (_title, issue, status) => {
    expect(await knock(server, await issue())).toBe(status)
  })

  it('of an account that is disabled is refused within half a minute', async () => {
    const { id } = await server.account('carol@example.test')
    const certificate = await issuing.issue({ names: [email('carol@example.test')] })
    expect(await knock(server, certificate)).toBe(200)
    await server.store.accounts.change(id, { disabled: true })
    await clock.advance(31)
    expect(await knock(server, certificate)).toBe(403)
  })

  it('that expires on an open connection is refused at the next request', async () => {
    const certificate = await issuing.issue({ until: clock.now() + 60_000 })
    const phone = server.bare(alice, show(certificate))
    expect((await phone.hello()).status).toBe(200)
    await clock.advance(61)
    expect((await phone.hello()).status).toBe(403)
  })

  it('that expires while a Ping is parked ends it within a minute', async () => {
    const phone = await server.phone(alice, show(await issuing.issue({ until: clock.now() + 600_000 })))
    await phone.syncAll('Inbox')
    const ping = phone.ping(['Inbox'], 3540)
    await server.parked(alice, phone.options.deviceId)
    await clock.advance(590)
    expect(server.running.parked()).toBe(1)
    await clock.advance(60)
    // The phone comes back over another connection, and is told.
    expect((await ping).reply.status).toBe(403)
    expect(server.running.parked()).toBe(0)
  })

  it('answers Autodiscover', async () => {
    const phone = server.bare(alice, show(await issuing.issue()))
    const reply = await phone.send('POST', '/autodiscover/autodiscover.xml', Buffer.from(''), {})
    expect([reply.status, reply.bytes.toString()]).toEqual([200, expect.stringContaining('<EMailAddress>alice@example.test')])
  })
})

const ownIssuer = (authority: TestAuthority): Identity => ({
  key: authority.key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  cert: authority.pem,
  der: authority.der,
  serial: '',
  fingerprint: '',
})

it('of a proxy itself is nobody’s login, whoever it speaks for', async () => {
  const server = await start('accept', { EASEL_TRUSTED_PROXIES: 'loopback' })
  const proxy = server.bare(alice, show(await issuing.issue()))
  const through = (headers: Record<string, string>) => proxy.send('OPTIONS', '/Microsoft-Server-ActiveSync', Buffer.from(''), headers)
  expect((await through({ 'X-Forwarded-For': '192.0.2.7' })).status).toBe(401)
  expect((await through({ Forwarded: 'for=192.0.2.7' })).status).toBe(401)
  // What passes the phone's own TLS on.
  expect((await through({})).status).toBe(200)
})

describe('a certificate and a password together', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await start('accept')
  })

  it('of one account come in', async () => {
    expect(await knock(server, await issuing.issue(), { password })).toBe(200)
  })

  it('of two accounts do not', async () => {
    const certificate = await issuing.issue()
    expect((await server.bare('bob@example.test', show(certificate, { password })).hello()).status).toBe(403)
  })

  it('are both needed: a wrong password is asked for again', async () => {
    expect(await knock(server, await issuing.issue(), { password: 'wrong' })).toBe(401)
  })

  it('are both needed: a bad certificate is refused with any password', async () => {
    expect(await knock(server, await issuing.issue({ until: now - 1000 }), { password })).toBe(403)
  })

  it('are a password alone where the certificate is of somebody else', async () => {
    const foreign = await TestAuthority.make(now, { name: 'Foreign' })
    expect(await knock(server, await foreign.issue(), { password })).toBe(200)
  })

  it('are a certificate alone where the phone has no password', async () => {
    expect(await knock(server, await issuing.issue(), { password: '' })).toBe(200)
  })
})

describe('where certificates are required', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await start('require', { EASEL_USER_PAGE: '1' })
  })

  it('a password alone is forbidden, and nobody is asked for one', async () => {
    for (const secret of [password, 'wrong', null]) {
      const reply = await server.bare(alice, { password: secret }).hello()
      expect([reply.status, reply.headers['www-authenticate']]).toEqual([403, undefined])
    }
    const reply = await server.bare(alice).send('POST', '/autodiscover/autodiscover.xml', Buffer.from(''), {})
    expect(reply.status).toBe(403)
  })

  it('Autodiscover in JSON answers whoever asks: it says the same to everybody', async () => {
    const reply = await server.bare(alice).send('GET', '/autodiscover/autodiscover.json?Protocol=ActiveSync', Buffer.from(''), {})
    expect(reply.status).toBe(200)
  })

  it('one of a foreign authority is none', async () => {
    const foreign = await TestAuthority.make(now, { name: 'Foreign' })
    expect(await knock(server, await foreign.issue(), { password })).toBe(403)
  })

  it('a good one comes in', async () => {
    expect(await knock(server, await issuing.issue())).toBe(200)
  })

  it('a phone that was lost before, with a password, is let in for its wipe', async () => {
    const phone = await server.phone(alice, show(await issuing.issue(), { password }))
    const lost = server.bare(alice, { deviceId: phone.options.deviceId })
    expect((await lost.hello()).status).toBe(403)
    const named = await act(server.running.admin, 'device.list', { account: alice })
    const { name } = named.find(({ id }) => id === phone.options.deviceId) ?? { name: '' }
    await act(server.running.admin, 'device.wipe', { device: phone.options.deviceId, account: alice, scope: 'device', confirm: name })
    const stranger = server.bare(alice, { deviceId: phone.options.deviceId, password: 'wrong' })
    expect((await stranger.hello()).status).toBe(403)
    expect((await lost.hello()).status).toBe(200)
    await lost.obey()
    expect(lost.erased).toBe('device')
    expect((await lost.hello()).status).toBe(403)
  })

  it('people log in at their page all the same', async () => {
    const browser = server.browser({ url: server.url })
    const page = await browser.login(alice, password)
    expect([page.status, page.location]).toEqual([303, '/me'])
  })
})

describe('a wipe', () => {
  let server: TestServer
  let phone: Phone
  const order = async () => {
    const [{ name } = { name: '' }] = await act(server.running.admin, 'device.list', { account: alice })
    await act(server.running.admin, 'device.wipe', { device: phone.options.deviceId, account: alice, scope: 'device', confirm: name })
  }
  const enrol = async (certificate: Identity, options: Partial<PhoneOptions> = {}) => {
    server = await start('accept')
    phone = await server.phone(alice, show(certificate, options))
    await phone.syncAll('Inbox')
    await order()
  }

  it('reaches a phone whose certificate has expired, and opens nothing else', async () => {
    const certificate = await issuing.issue({ until: clock.now() + 60_000 })
    await enrol(certificate)
    await clock.advance(90)
    expect((await phone.hello()).status).toBe(200)
    expect((await phone.send('POST', '/autodiscover/autodiscover.xml', Buffer.from(''), {})).status).toBe(403)
    await phone.obey()
    expect(phone.erased).toBe('device')
    expect((await phone.hello()).status).toBe(403)
  })

  it('reaches a phone whose account was disabled', async () => {
    await enrol(await issuing.issue())
    await server.store.accounts.change((await server.accountOf(alice)).id, { disabled: true })
    await clock.advance(31)
    await phone.obey()
    expect(phone.erased).toBe('device')
  })

  it('reaches a phone whose password was changed', async () => {
    await enrol(await issuing.issue(), { password })
    const other = server.bare(alice, { ...phone.options, password: 'another' })
    await other.obey()
    expect(other.erased).toBe('device')
  })

  it('lets nobody in by another certificate of the account', async () => {
    await enrol(await issuing.issue())
    const other = await issuing.issue({ until: clock.now() - day })
    const thief = server.bare(alice, { ...phone.options, certificate: other })
    expect((await thief.hello()).status).toBe(403)
  })
})

describe('a certificate of our own authority', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({
      secure: true,
      clock,
      accounts: [alice],
      environment: { EASEL_CERTIFICATES: 'require', EASEL_CA_AUTOMATIC: '1' },
    })
    servers.push(server)
  })

  const issue = async () => {
    const { key, request } = await certificateRequest('whatever it says')
    const desk = server.running.admin.certificates
    const account = await server.accountOf(alice)
    await desk.needAuthority()
    const { certificate, content, chain } = await desk.issueFor(request, { account, device: null, way: 'shell', by: 'the test' })
    const pem = [content, ...chain].map(
      (der) => `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`,
    )
    return {
      key,
      cert: pem.join(''),
      der: Buffer.from(content),
      record: certificate,
      serial: certificate.serial,
      fingerprint: certificate.fingerprint,
    }
  }

  const park = async () => {
    const certificate = await issue()
    const phone = await server.phone(alice, show(certificate))
    await phone.syncAll('Inbox')
    const ping = phone.ping(['Inbox'], 3540)
    await server.parked(alice, phone.options.deviceId)
    return { certificate, phone, ping }
  }

  it('is a login as soon as there is an authority', async () => {
    expect((await server.bare(alice).hello()).status).toBe(403)
    expect(await knock(server, await issue())).toBe(200)
  })

  it('that is revoked is out at once, and what it had open is closed', async () => {
    const { certificate, phone, ping } = await park()
    await server.running.admin.certificates.revoke(certificate.record, 'superseded', 'the test')
    expect((await ping).reply.status).toBe(403)
    expect((await phone.hello()).status).toBe(403)
    expect(server.running.parked()).toBe(0)
  })

  it('that is revoked at another node is out within a minute', async () => {
    const { certificate, ping } = await park()
    await server.store.certificates.revoke(certificate.record, { at: clock.now(), reason: 'superseded', by: 'another node' })
    await clock.advance(60)
    expect((await ping).reply.status).toBe(403)
  })

  it('that it never issued is refused, however well it is signed', async () => {
    const { chain, key } = await server.running.admin.certificates.needAuthority()
    const thief = TestAuthority.thief(chain[0]!, key, clock.now())
    expect(await knock(server, await thief.issue())).toBe(403)
  })

  it('still is a wipe’s after it was revoked', async () => {
    const { certificate, phone } = await park()
    const [{ name } = { name: '' }] = await act(server.running.admin, 'device.list', { account: alice })
    await act(server.running.admin, 'device.wipe', {
      device: phone.options.deviceId,
      account: alice,
      scope: 'device',
      confirm: name,
    })
    await server.running.admin.certificates.revoke(certificate.record, 'keyCompromise', 'the test')
    await phone.obey()
    expect(phone.erased).toBe('device')
  })
})

describe('where a certificate counts only if nobody revoked it', () => {
  const startStrict = async (crl: string | null) => {
    const settings = { mode: 'accept', revocation: 'require', authorities: [{ file: file('root.pem', root.pem), crl }] }
    const server = await startTestServer({
      secure: true,
      clock,
      accounts: [alice],
      file: file('strict.yaml', JSON.stringify({ certificates: settings })),
    })
    servers.push(server)
    return server
  }
  /** With a list that was there at the start, and is gone. */
  const startWithout = async (path: string) => {
    const server = await startStrict(file(basename(path), 'a list'))
    rmSync(path)
    return server
  }
  const direct = () => root.issue()

  it('nobody comes in whose authority tells nothing', async () => {
    expect(await knock(await startStrict(null), await direct())).toBe(403)
  })

  it('a phone is asked to come back while its list cannot be had, and is in once it can', async () => {
    const path = join(folder, 'strict.crl')
    const server = await startWithout(path)
    const [good, bad] = [await direct(), await direct()]
    expect(await knock(server, good)).toBe(503)
    writeFileSync(path, await root.list([bad.serial], { from: clock.now(), until: clock.now() + day }))
    await clock.advance(61)
    expect([await knock(server, good), await knock(server, bad)]).toEqual([200, 403])
  })

  it('the administrator is told of an authority that ends soon', async () => {
    const ending = await TestAuthority.make(now, { name: 'Old Root', until: clock.now() + 59 * day })
    const settings = { mode: 'accept', authorities: [file('root.pem', root.pem), file('ending.pem', ending.pem)] }
    const server = await startTestServer({ secure: true, clock, file: file('ending.yaml', JSON.stringify({ certificates: settings })) })
    servers.push(server)
    const shell = new TestShell(server.data, clock)
    const { stdout } = await shell.run(['status'])
    expect(stdout.split('\n').filter((line) => line.startsWith('client authority'))).toEqual([
      expect.stringMatching(/ LOOK +.*CN=Old Root lets phones in until 20/),
    ])
    shell.remove()
  })

  it('the administrator is told of a list that cannot be had, of one that is over, and of none that holds', async () => {
    const path = join(folder, 'watched.crl')
    const server = await startWithout(path)
    const shell = new TestShell(server.data, clock)
    const told = async () => (await shell.run(['status'])).stdout.split('\n').filter((line) => line.startsWith('revocations'))
    const leaf = await direct()
    expect(await told()).toEqual([])
    await knock(server, leaf)
    expect(await told()).toEqual([expect.stringMatching(/watched\.crl does not tell what was revoked: .*no such file/)])
    writeFileSync(path, await root.list([], { from: clock.now() - 2 * day, until: clock.now() - day }))
    await clock.advance(61)
    await knock(server, leaf)
    expect(await told()).toEqual([expect.stringMatching(/watched\.crl does not tell what was revoked: what it says held until 20/)])
    writeFileSync(path, await root.list([], { from: clock.now() - 1000, until: clock.now() + day }))
    await clock.advance(61)
    await knock(server, leaf)
    expect(await told()).toEqual([])
    shell.remove()
  })
})

it('a foreign one is looked at once in half a minute, unless others come along with it', async () => {
  let looks = 0
  const authority = {
    mappings: [{ kind: 'email' }],
    get certificate() {
      looks++
      return readCertificate(root.der)
    },
  } as const
  const all = [authority]
  const nobody = { find: () => Promise.resolve(null), list: () => Promise.resolve([]), byId: () => Promise.resolve(null) }
  const authenticator = createCertificateAuthenticator({
    roster: nobody,
    accounts: nobody,
    devices: nobody,
    clock,
    log: createLog({ level: 'silent', pretty: false }),
    authorities: () => all,
    own: null,
    revocations: { standing: () => Promise.resolve({ kind: 'good' }) },
    policy: 'tolerate',
    isRequired: false,
  })
  const foreign = await (await TestAuthority.make(now, { name: 'Foreign' })).issue()
  const ask = (chain: readonly Uint8Array[]) =>
    authenticator.authenticate(
      { leaf: foreign.der, chain, fingerprint: foreign.fingerprint },
      { address: '192.0.2.1', device: null, door: 'phones' },
    )
  expect(await ask([])).toEqual({ kind: 'denied' })
  const once = looks
  expect(once).toBeGreaterThan(0)
  for (let times = 0; times < 5; times++) await ask([])
  expect(looks).toBe(once)
  await ask([issuing.der])
  expect(looks).toBeGreaterThan(once)
})
