// The doctor's way from a mail address to a server: names, Autodiscover, what proxies spoil, and where he is sent on.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as ask, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shellActor } from '../../src/admin/shell-actor.ts'
import { examine, type Examination } from '../../src/cli/doctor/examination.ts'
import type { Finding } from '../../src/cli/doctor/finding.ts'
import type { Network, Target } from '../../src/cli/doctor/network.ts'
import { present } from '../../src/cli/doctor/probe.ts'
import { openAuthority, openServerCertificate, type Authority } from '../../src/enroll/authority.ts'
import { systemClock } from '../../src/model/clock.ts'
import { act } from '../support/admin.ts'
import { TestAuthority } from '../support/authority.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import { TestShell } from '../support/shell.ts'

const endpoint = '/Microsoft-Server-ActiveSync'
let folder: string
let authority: Authority
let clients: TestAuthority
let easel: TestServer
const servers: Server[] = []

/** What a proxy does besides passing on. */
interface Habits {
  readonly request?: (headers: IncomingHttpHeaders, socket: TLSSocket) => void
  readonly response?: (headers: OutgoingHttpHeaders) => void
  /** Answers by itself. */
  readonly own?: (
    path: string,
    method: string,
    headers: IncomingHttpHeaders,
  ) => { status: number; headers?: OutgoingHttpHeaders; body?: string } | null
  readonly bodyBytesMax?: number
  readonly holdsBodies?: boolean
  readonly compresses?: boolean
}

/** A proxy for these names in front of Easel; returns its port. */
async function proxy(names: readonly string[], habits: Habits = {}): Promise<number> {
  const tls = await openServerCertificate(authority, mkdtempSync(join(folder, 'proxy-')), names, systemClock)
  const server = createServer({ key: tls.key, cert: tls.cert, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const own = habits.own?.(request.url ?? '', request.method ?? '', request.headers)
    if (own) return void response.writeHead(own.status, own.headers).end(own.body)
    if (Number(request.headers['content-length'] ?? 0) > (habits.bodyBytesMax ?? Infinity)) return void response.writeHead(413).end()
    const headers: IncomingHttpHeaders = { ...request.headers, 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' }
    habits.request?.(headers, request.socket as TLSSocket)
    const pass = () => {
      const onward = ask({
        port: new URL(easel.url).port,
        host: '127.0.0.1',
        method: request.method,
        path: request.url,
        headers,
        agent: false,
      })
      onward.on('response', (answer) => {
        const pieces: Buffer[] = []
        answer.on('data', (piece: Buffer) => pieces.push(piece))
        answer.on('end', () => {
          const told: OutgoingHttpHeaders = { ...answer.headers }
          habits.response?.(told)
          const body = Buffer.concat(pieces)
          const packs = habits.compresses === true && request.headers['accept-encoding'] === 'gzip'
          if (packs) Object.assign(told, { 'content-encoding': 'gzip', 'content-length': gzipSync(body).length })
          response.writeHead(answer.statusCode ?? 0, told).end(packs ? gzipSync(body) : body)
        })
      })
      onward.on('error', () => response.destroy())
      return onward
    }
    if (habits.holdsBodies !== true) return void request.pipe(pass())
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => pass().end(Buffer.concat(pieces)))
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A network of these names only, each at port 443 unless it says another; services by domain. */
function town(names: Readonly<Record<string, number>>, services: readonly Target[] | Error = []): Network {
  return {
    addresses: async (host) => (Object.keys(names).some((name) => name.split(':')[0] === host) ? ['192.0.2.1'] : []),
    services: async () => {
      if (services instanceof Error) throw services
      return services
    },
    route: ({ host, port }) => ({ host: '127.0.0.1', port: names[`${host}:${port}`] ?? (port === 443 ? names[host] : undefined) ?? 1 }),
  }
}

async function findings(network: Network, change: Partial<Examination> = {}): Promise<Finding[]> {
  const examination: Examination = {
    target: { host: 'mail.example.test', port: 443 },
    discovers: true,
    address: 'alice@example.test',
    password,
    holdSeconds: 0,
    authorities: [authority.certificate],
    lmtp: null,
    bodyMegabytes: 40,
    outfit: { network, identity: null },
    mirror: null,
    clock: systemClock,
    ...change,
  }
  return Array.fromAsync(examine(examination))
}
const bad = (found: readonly Finding[]) =>
  found.filter(({ outcome }) => outcome === 'bad').map(({ subject, sentence }) => `${subject}: ${sentence}`)
const sentencesOf = (found: readonly Finding[], subject: string) =>
  found.filter((finding) => finding.subject === subject).map(({ outcome, sentence }) => `${outcome}: ${sentence}`)

/** The server's own view, as `easel doctor` asks for it over the control socket. */
async function mirror() {
  const { mark } = await act(easel.running.admin, 'mirror.look', {}, shellActor())
  return { mark, isExpected: true, arrivals: async () => (await act(easel.running.admin, 'mirror.look', { mark }, shellActor())).arrivals }
}

const both = ['mail.example.test', 'autodiscover.example.test']
/** Everything as it should be, but for these habits. */
async function through(habits: Habits, change: Partial<Examination> = {}): Promise<Finding[]> {
  const port = await proxy(both, habits)
  return findings(town({ 'mail.example.test': port, 'autodiscover.example.test': port }), { mirror: await mirror(), ...change })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'easel-way-'))
  authority = await openAuthority(folder, 'doctor.test', systemClock)
  const now = Date.parse('2026-03-02T08:00:00Z')
  clients = await TestAuthority.make(now)
  writeFileSync(join(folder, 'clients.pem'), clients.pem)
  easel = await startTestServer({
    accounts: ['alice@example.test', 'bob@example.test', 'carol@example.test'],
    environment: {
      EASEL_PUBLIC_URL: 'https://mail.example.test',
      EASEL_TRUSTED_PROXIES: '127.0.0.1',
      EASEL_CERTIFICATES: 'accept',
      EASEL_CERTIFICATE_AUTHORITIES: join(folder, 'clients.pem'),
      EASEL_CERTIFICATE_FORM: 'haproxy',
      EASEL_MOVED: 'bob@example.test=https://other.example.test,carol@example.test=carol@new.test',
    },
  })
})
afterAll(async () => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
  await easel.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the way from an address to a server', () => {
  test('is found in order where it is', async () => {
    // The clocks of the test's server and of this machine are not one.
    const found = (await through({})).filter(({ subject }) => subject !== 'clock')
    expect(bad(found)).toEqual([])
    expect(sentencesOf(found, 'Autodiscover')).toContain(
      `good: https://autodiscover.example.test/autodiscover/autodiscover.xml sends phones to https://mail.example.test${endpoint}.`,
    )
    expect(sentencesOf(found, 'address')).toEqual(['good: Easel sees the phone at 127.0.0.1.'])
    expect(sentencesOf(found, 'Authorization')).toEqual(['good: The password arrives.'])
    expect(sentencesOf(found, 'large messages')).toEqual(['good: Messages of up to 40 MB are let through, as they come.'])
    expect(sentencesOf(found, 'answers')).toEqual(['good: Answers come as they were sent.'])
  })

  test('is found by the service record as well, and without a password by version 2', async () => {
    const port = await proxy(['mail.example.test'])
    const network = town({ 'mail.example.test': port }, [{ host: 'mail.example.test', port: 443 }])
    const found = await findings(network, { password: null, target: null })
    expect(sentencesOf(found, 'service record')).toEqual(['good: _autodiscover._tcp.example.test names mail.example.test.'])
    expect(sentencesOf(found, 'port')).toEqual(['good: mail.example.test:443 answers.'])
  })

  test('that is not there is told with what to do', async () => {
    const port = await proxy(['mail.example.test'])
    expect(bad(await findings(town({ 'mail.example.test': port })))[0]).toMatch(
      /finds no server .* let autodiscover\.example\.test be a name/,
    )
    const lost = Object.assign(new Error('queryServer'), { code: 'ETIMEOUT' })
    expect(sentencesOf(await findings(town({ 'mail.example.test': port }, lost)), 'service record')[0]).toMatch(
      /skipped: .* cannot be looked up/,
    )
  })

  test('that leads to another port is warned of', async () => {
    const port = await proxy(['mail.example.test'])
    const network = town({ 'mail.example.test': port, 'mail.example.test:8443': port }, [{ host: 'mail.example.test', port: 8443 }])
    expect(sentencesOf(await findings(network), 'service record')[0]).toMatch(/warning: .* names port 8443/)
    expect(sentencesOf(await findings(network, { target: { host: 'mail.example.test', port: 8443 } }), 'port')[0]).toMatch(
      /warning: .* at 443 unless/,
    )
  })

  test('under a certificate for another name is told, and no password with it', async () => {
    const mail = await proxy(['mail.example.test'])
    let told = 0
    const other = await proxy(['elsewhere.test'], { request: ({ authorization }) => void (told += authorization === undefined ? 0 : 1) })
    const found = await findings(town({ 'mail.example.test': mail, 'autodiscover.example.test': other }))
    expect(bad(found)[0]).toMatch(/names of autodiscover\.example\.test: The certificate is for DNS:elsewhere\.test/)
    expect(told).toBe(0)
  })

  test('is trusted by the certificate it showed first, not by one that it lets through later', async () => {
    const other = await openAuthority(mkdtempSync(join(folder, 'other-')), 'mail.example.test', systemClock)
    const [own, real] = await Promise.all(
      [other, authority].map((each) => openServerCertificate(each, mkdtempSync(join(folder, 'two-')), ['mail.example.test'], systemClock)),
    )
    const server = createServer({ key: own?.key, cert: own?.cert })
    servers.push(server)
    server.once('connection', () => server.setSecureContext({ key: real?.key, cert: real?.cert }))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const network = town({ 'mail.example.test': (server.address() as AddressInfo).port })
    const { trust } = await present({ host: 'mail.example.test', port: 443 }, [authority.certificate], { network, identity: null })
    expect(trust.kind).toBe('none')
  })

  test.each<[what: string, services: readonly Target[], location: string]>([
    ['a redirect', [], 'https://elsewhere.test/autodiscover/autodiscover.xml'],
    ['a service record', [{ host: 'elsewhere.test', port: 443 }], ''],
  ])('is told no password in another domain, where %s leads anybody', async (_what, services, location) => {
    const told: string[] = []
    const request = ({ authorization }: IncomingHttpHeaders) => void (authorization !== undefined && told.push(authorization))
    const mail = await proxy(['mail.example.test'])
    const elsewhere = await proxy(['elsewhere.test'], { request })
    // The web site of the domain is told none either: it does not ask.
    const site = await proxy(['example.test', 'autodiscover.example.test'], {
      own: (_path, _method, headers) => {
        request(headers)
        return location === '' ? { status: 404 } : { status: 302, headers: { location } }
      },
    })
    const names = { 'mail.example.test': mail, 'example.test': site, 'autodiscover.example.test': site, 'elsewhere.test': elsewhere }
    const found = await findings(town(names, services))
    expect(told).toEqual([])
    expect(sentencesOf(found, 'password')[0]).toMatch(/skipped: It is not told to elsewhere\.test/)
    await findings(town(names, services), { target: { host: 'elsewhere.test', port: 443 } })
    expect(told.length).toBeGreaterThan(0)
  })

  test.each<[what: string, headers: OutgoingHttpHeaders, status: number, body: string, sentence: RegExp]>([
    ['to plain HTTP', { location: 'http://mail.example.test/' }, 302, '', /is no https address, and a password/],
    [
      'round and round',
      { location: 'https://autodiscover.example.test/autodiscover/autodiscover.xml' },
      302,
      '',
      /goes on sending phones elsewhere/,
    ],
    ['to nowhere', { location: 'https://nowhere.test/' }, 302, '', /nothing listens there/],
    ['to a web page', {}, 200, '<html>', /nothing a phone can use: pass \/autodiscover\/ on/],
    [
      'to an error',
      {},
      200,
      '<Autodiscover><Response><Error><ErrorCode>600</ErrorCode></Error></Response></Autodiscover>',
      /answers with error 600/,
    ],
    ['to a server without TLS', {}, 200, '<Autodiscover><Url>http://mail.example.test/</Url></Autodiscover>', /no https address/],
    [
      'to another server',
      {},
      200,
      `<Autodiscover><Url>https://wrong.test${endpoint}</Url></Autodiscover>`,
      /Phones are told https:\/\/wrong\.test/,
    ],
  ])('that leads %s is told', async (_what, headers, status, body, sentence) => {
    const mail = await proxy(['mail.example.test'])
    const port = await proxy(['autodiscover.example.test'], { own: () => ({ status, headers, body }) })
    expect(bad(await findings(town({ 'mail.example.test': mail, 'autodiscover.example.test': port }))).join('\n')).toMatch(sentence)
  })

  test('that is told differently by two names is noticed', async () => {
    const mail = await proxy(['mail.example.test', 'autodiscover.example.test'])
    const root = await proxy(['example.test'], {
      own: () => ({ status: 200, body: `<Autodiscover><Url>https://old.test${endpoint}</Url></Autodiscover>` }),
    })
    const found = await findings(town({ 'example.test': root, 'mail.example.test': mail, 'autodiscover.example.test': mail }))
    expect(bad(found)[0]).toMatch(/are told different servers .* is chance/)
  })

  test('is followed where the address has another one now', async () => {
    const mail = await proxy([...both, 'autodiscover.new.test'])
    const network = town({ 'mail.example.test': mail, 'autodiscover.example.test': mail, 'autodiscover.new.test': mail })
    const found = await findings(network, { address: 'carol@example.test' })
    expect(sentencesOf(found, 'Autodiscover')[0]).toMatch(/good: .* says that carol@example\.test is carol@new\.test now/)
    // Easel does not know her under that one.
    expect(bad(found).join()).toContain('error 600')
    expect(sentencesOf(found, 'HTTP 451')[0]).toMatch(/bad: .* lives elsewhere, and not where/)
  })
})

describe('what a proxy spoils', () => {
  test.each<[what: string, habits: Habits, sentence: RegExp]>([
    [
      'it takes the password away',
      { request: (headers) => void delete headers.authorization },
      /Authorization: The Authorization header does not arrive/,
    ],
    [
      'it strips the versions',
      { response: (headers) => void delete headers['ms-asprotocolversions'] },
      /OPTIONS: The answer lacks MS-ASProtocolVersions/,
    ],
    [
      'it believes what a phone says',
      { request: (headers) => void (headers['x-forwarded-for'] = '192.0.2.66, 127.0.0.1') },
      /address: Easel believes what a phone writes/,
    ],
    ['it refuses large messages', { bodyBytesMax: 1 << 20 }, /large messages: A message of 40 MB is refused with HTTP 413/],
    [
      'it does not pass the endpoint on',
      { own: (path) => (path.startsWith(endpoint) ? { status: 404 } : null) },
      /OPTIONS: The endpoint answers OPTIONS with HTTP 404/,
    ],
    [
      'it drops the challenge',
      { response: (headers) => void delete headers['www-authenticate'] },
      /login: The 401 lacks a Basic challenge/,
    ],
    [
      'it drops headers it does not know',
      { request: (headers) => void delete headers['x-easel-doctor'] },
      /arrival: None of the requests arrived/,
    ],
  ])('is found out: %s', async (_what, habits, sentence) => {
    expect(bad(await through(habits)).join('\n')).toMatch(sentence)
  })

  test.each<[what: string, subject: string, habits: Habits, sentence: RegExp]>([
    ['it compresses by itself', 'answers', { compresses: true }, /warning: The proxy compresses answers \(gzip\)/],
    [
      'it writes answers anew',
      'answers',
      { response: (headers) => void delete headers['content-length'] },
      /warning: Answers come without their length/,
    ],
    [
      'it lets phones say where they are',
      'address',
      { request: (headers) => void (headers['x-forwarded-for'] = '192.0.2.66') },
      /warning: Easel believes what whoever connects/,
    ],
  ])('is warned of: %s', async (_what, subject, habits, sentence) => {
    expect(sentencesOf(await through(habits), subject).join()).toMatch(sentence)
  })

  test('is noticed where messages are held back until they are whole', async () => {
    const found = await through({ holdsBodies: true })
    expect(sentencesOf(found, 'large messages')[0]).toMatch(/warning: Whatever stands between holds a message back/)
  }, 20_000)

  test('cannot be told without the server at hand', async () => {
    expect(sentencesOf(await through({}, { mirror: { mark: 'x', isExpected: true, arrivals: async () => null } }), 'arrival')[0]).toMatch(
      /skipped: Run the doctor on the machine/,
    )
  })
})

describe('a client certificate', () => {
  const handOver: Habits = {
    request: (headers, socket) => void (headers['x-ssl-client-cert'] = socket.getPeerX509Certificate()?.raw.toString('base64') ?? ''),
  }
  const given = async (habits: Habits, name = 'alice') => {
    const identity = await clients.issue({ name, names: [{ type: 'email', value: `${name}@example.test` }] })
    const port = await proxy(both, habits)
    const network = town({ 'mail.example.test': port, 'autodiscover.example.test': port })
    return findings(network, { mirror: await mirror(), password: null, outfit: { network, identity } })
  }

  test('logs in where the proxy hands it over', async () => {
    const found = await given(handOver)
    expect(sentencesOf(found, 'OPTIONS')[0]).toMatch(/good: The server speaks/)
    expect(sentencesOf(found, 'client certificate')).toEqual(['good: The client certificate arrives.'])
    expect(sentencesOf(found, 'large messages')[0]).toMatch(/^good/)
    expect(sentencesOf(found, 'Autodiscover')[0]).toMatch(/good: .* sends phones to/)
  })

  test('that the proxy keeps for itself is told', async () => {
    const found = bad(await given({})).join('\n')
    expect(found).toMatch(/OPTIONS: The server does not accept the certificate/)
    expect(found).toMatch(/client certificate: The client certificate does not arrive: let the proxy ask phones/)
  })

  test('of nobody is told so', async () => {
    expect(bad(await given(handOver, 'nobody')).join('\n')).toMatch(/OPTIONS: The server (refuses|does not accept) the certificate/)
  })

  test('in a file that cannot be read is told in a sentence', async () => {
    const shell = new TestShell()
    writeFileSync(join(shell.folder, 'broken.p12'), 'nothing of the kind')
    writeFileSync(join(shell.folder, 'half.pem'), clients.pem)
    const ran = (file: string) => shell.run(['doctor', 'a@example.test', '--server', 'mail.example.test', '--certificate', file])
    expect((await ran('broken.p12')).stderr).toMatch(/broken\.p12 cannot be opened with this password/)
    expect((await ran('half.pem')).stderr).toMatch(/half\.pem does not hold a certificate and its key/)
    shell.remove()
  })
})

describe('an account that lives elsewhere', () => {
  const at = async (location: string | null, status = 451) => {
    const mail = await proxy(both)
    const headers = location === null ? {} : { 'x-ms-location': location }
    const other = await proxy(['other.example.test'], { own: () => ({ status, headers }) })
    return findings(town({ 'mail.example.test': mail, 'autodiscover.example.test': mail, 'other.example.test': other }), {
      address: 'bob@example.test',
    })
  }

  test('is followed there, and the server there looked at', async () => {
    const found = await at(null, 404)
    expect(sentencesOf(found, 'HTTP 451')).toEqual([
      `good: mail.example.test says that the account lives at https://other.example.test${endpoint}; the doctor goes there, as phones do.`,
    ])
    expect(sentencesOf(found, 'port')).toEqual(['good: mail.example.test:443 answers.', 'good: other.example.test:443 answers.'])
    expect(bad(found).join()).toContain('answers OPTIONS with HTTP 404')
  })

  test('is followed three times', async () => {
    const found = await at(`https://other.example.test${endpoint}`)
    expect(sentencesOf(found, 'HTTP 451').filter((sentence) => sentence.startsWith('good'))).toHaveLength(3)
    expect(bad(found).join()).toContain('once more')
  })

  test('is not followed out of https', async () => {
    expect(bad(await at('http://other.example.test/')).join()).toContain('which is no https address')
  })
})
