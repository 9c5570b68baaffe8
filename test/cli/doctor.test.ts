// What the doctor makes of a certificate: each thing a phone insists on is found missing.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { judgeCertificate, type Presented } from '../../src/cli/doctor/certificate.ts'
import { examine } from '../../src/cli/doctor/examination.ts'
import type { Finding } from '../../src/cli/doctor/finding.ts'
import type { Network } from '../../src/cli/doctor/network.ts'
import { ask, present } from '../../src/cli/doctor/probe.ts'
import { openAuthority, openServerCertificate, type Authority } from '../../src/enroll/authority.ts'
import { systemClock } from '../../src/model/clock.ts'

const day = 86_400_000

let folder: string
let authority: Authority
const servers: Server[] = []

/** A server with a certificate of our authority for these names; answers what `answer` says. */
async function serve(
  names: readonly string[],
  answer: (path: string, method: string, authorization: string | undefined) => [number, Record<string, string>, string?],
): Promise<number> {
  const place = mkdtempSync(join(folder, 'server-'))
  const tls = await openServerCertificate(authority, place, names, systemClock)
  const server = createServer({ key: tls.key, cert: tls.cert }, (request, response) => {
    const [status, headers, body] = answer(request.url ?? '', request.method ?? '', request.headers.authorization)
    response.writeHead(status, headers).end(body)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'easel-doctor-'))
  authority = await openAuthority(folder, 'doctor.test', systemClock)
})
afterAll(() => {
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true, force: true })
})

const healthy = (path: string, method: string): [number, Record<string, string>, string?] => {
  if (method === 'GET' && path.startsWith('/autodiscover/autodiscover.json')) {
    return [200, {}, JSON.stringify({ Protocol: 'ActiveSync', Url: 'https://localhost/Microsoft-Server-ActiveSync' })]
  }
  return [401, { 'www-authenticate': 'Basic realm="Easel"' }]
}

/** Names lead nowhere but to a port of this machine. */
const networkTo = (port: number): Network => ({
  addresses: async (host) => (host === 'localhost' ? ['127.0.0.1'] : []),
  services: async () => [],
  route: () => ({ host: '127.0.0.1', port }),
})
const bareFor = (port: number) => ({
  target: { host: 'localhost', port: 443 },
  discovers: true,
  address: null,
  password: null,
  holdSeconds: 0,
  lmtp: null,
  bodyMegabytes: 60,
  outfit: { network: networkTo(port), identity: null },
  mirror: null,
})

const subjects = (findings: readonly Finding[], outcome: Finding['outcome']) =>
  findings.filter((finding) => finding.outcome === outcome).map(({ subject }) => subject)

async function findingsOf(port: number, own: readonly string[] = [authority.certificate]): Promise<Finding[]> {
  const examination = { ...bareFor(port), authorities: own }
  return Array.fromAsync(examine({ ...examination, clock: systemClock }))
}

describe('the certificate', () => {
  let presented: Presented
  beforeAll(async () => {
    presented = await present({ host: 'localhost', port: await serve(['localhost'], healthy) }, [authority.certificate])
  })
  const judge = (change: Partial<Presented>, now = systemClock.now()) => judgeCertificate({ ...presented, ...change }, now)

  test('of our own authority is good, and the full trust switch is named', () => {
    expect(subjects(judge({}), 'bad')).toEqual([])
    expect(
      judge({})
        .map(({ sentence }) => sentence)
        .join(),
    ).toContain('Certificate Trust Settings')
  })
  test('for another name is found out', () => expect(subjects(judge({ fits: false }), 'bad')).toEqual(['names']))
  test('that expired is found out', () => expect(subjects(judge({}, systemClock.now() + 500 * day), 'bad')).toEqual(['dates']))
  test('that is not valid yet is found out', () => expect(subjects(judge({}, systemClock.now() - 5 * day), 'bad')).toEqual(['dates']))
  test('that expires soon is warned of', () => {
    const soon = presented.to - 5 * day
    expect(subjects(judge({}, soon), 'warning')).toEqual(['dates'])
  })
  test('that lives too long for iOS is found out', () => {
    expect(subjects(judge({ to: presented.from + 900 * day }), 'bad')).toEqual(['dates'])
  })
  test('that is not for servers is found out', () => {
    expect(subjects(judge({ usage: ['1.3.6.1.5.5.7.3.2'] }), 'bad')).toEqual(['usage'])
  })
  test('nobody vouches for is found out', async () => {
    const strangers = await present({ host: 'localhost', port: await serve(['localhost'], healthy) }, [])
    expect(strangers.trust.kind).toBe('none')
    expect(subjects(judgeCertificate(strangers, systemClock.now()), 'bad')).toEqual(['chain'])
  })
  test('for another name is no good, whoever vouches for it', async () => {
    const other = await present({ host: '127.0.0.1', port: await serve(['localhost'], healthy) }, [authority.certificate])
    expect(subjects(judgeCertificate(other, systemClock.now()), 'bad')).toEqual(['names'])
  })
  test('over old TLS is found out', () => expect(subjects(judge({ protocol: 'TLSv1.1' }), 'bad')).toEqual(['TLS']))
})

describe('the examination', () => {
  test('of a healthy server finds nothing bad', async () => {
    const findings = await findingsOf(await serve(['localhost'], healthy))
    expect(subjects(findings, 'bad')).toEqual([])
    expect(subjects(findings, 'good')).toEqual(
      expect.arrayContaining(['name', 'port', 'chain', 'OPTIONS', 'clock', 'login', 'Autodiscover']),
    )
  })

  test('of a closed port says that nothing listens', async () => {
    const port = await serve(['localhost'], healthy)
    const server = servers.at(-1)
    server?.close()
    server?.closeAllConnections()
    const findings = await findingsOf(port)
    expect(findings.find(({ subject }) => subject === 'port')?.sentence).toContain('nothing listens there')
  })

  test('notices a proxy that answers by itself', async () => {
    const findings = await findingsOf(await serve(['localhost'], () => [200, {}, '<h1>It works</h1>']))
    expect(subjects(findings, 'bad')).toEqual(['OPTIONS', 'login', 'Autodiscover login'])
    expect(subjects(findings, 'warning')).toEqual(['Autodiscover', 'answers'])
  })

  test('notices a 401 without a challenge', async () => {
    const findings = await findingsOf(await serve(['localhost'], () => [401, {}]))
    expect(subjects(findings, 'bad')).toEqual(['login', 'Autodiscover login'])
  })

  test('notices a server that takes no passwords, and does not lay it to a proxy', async () => {
    const findings = await findingsOf(await serve(['localhost'], () => [403, { 'ms-server-activesync': '15.1' }]))
    expect(subjects(findings, 'bad')).toEqual([])
    expect(subjects(findings, 'warning')).toContain('login')
    expect(subjects(findings, 'good')).toContain('large messages')
  })

  test('tells a server nobody vouches for no password', async () => {
    const told: string[] = []
    const port = await serve(['localhost'], (path, method, authorization) => {
      if (authorization !== undefined) told.push(authorization)
      return healthy(path, method)
    })
    const examination = { ...bareFor(port), address: 'a@example.com', password: 'hunter2', holdSeconds: 60 }
    const ask = (authorities: string[]) => Array.fromAsync(examine({ ...examination, authorities, clock: systemClock }))
    expect(subjects(await ask([]), 'skipped')).toEqual(expect.arrayContaining(['password', 'held request']))
    expect(told).toEqual([])
    await ask([authority.certificate])
    expect(told.length).toBeGreaterThan(0)
  })

  test('notices a clock that is wrong', async () => {
    const late = new Date(systemClock.now() - 3_600_000).toUTCString()
    const findings = await findingsOf(
      await serve(['localhost'], (path, method) => {
        const [status, headers, body] = healthy(path, method)
        return [status, { ...headers, date: late }, body ?? '']
      }),
    )
    expect(findings.find(({ subject }) => subject === 'clock')?.sentence).toMatch(/360[01] seconds behind/)
  })

  test('never sends a request to a server with another certificate than the one it judged', async () => {
    const seen: string[] = []
    const port = await serve(['localhost'], (path) => {
      seen.push(path)
      return [200, {}]
    })
    const other = await present({ host: 'localhost', port: await serve(['localhost'], healthy) }, [])
    const question = { method: 'OPTIONS', path: '/secret', timeoutSeconds: 5 }
    await expect(ask({ host: 'localhost', port }, question, other.fingerprint)).rejects.toThrow('another certificate')
    expect(seen).toEqual([])
  })
})
