// Who knows of revocations: lists from files and addresses, what they are believed, and how long.
import { sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readCertificate } from '../../../src/auth/chain/certificate.ts'
import { derValues, readDer } from '../../../src/auth/chain/der.ts'
import { createFetcher } from '../../../src/auth/chain/fetch.ts'
import { createRevocations, type ConfiguredSources } from '../../../src/auth/chain/revocations.ts'
import type { Revocations } from '../../../src/auth/chain/chain.ts'
import { createLog } from '../../../src/log.ts'
import { TestAuthority, x509, type Identity } from '../../support/authority.ts'
import { VirtualClock } from '../../support/clock.ts'

const day = 86_400_000
const hour = 3_600_000
const folder = mkdtempSync(join(tmpdir(), 'easel-lists-'))
let clock: VirtualClock
let root: TestAuthority
let server: Server
let url: string
let lines: string[] = []
/** What the address answers; null for a failure. */
let answer: Buffer | null
let asked = 0

beforeAll(async () => {
  server = createServer((_request, response) => {
    asked++
    if (answer === null) response.writeHead(500).end()
    else response.writeHead(200).end(answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/list.crl`
})
beforeEach(async () => {
  clock = new VirtualClock()
  root = await TestAuthority.make(clock.now())
  answer = null
  asked = 0
  lines = []
})
afterEach(() => fetchers.splice(0).forEach((fetcher) => fetcher.close()))
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

const fetchers: ReturnType<typeof createFetcher>[] = []

function open(configured: Partial<ConfiguredSources> | null = null): Revocations {
  const log = createLog({ level: 'warn', pretty: false, destination: { write: (line: string) => void lines.push(line) } })
  const fetcher = createFetcher(clock)
  fetchers.push(fetcher)
  const sources = { list: null, responder: null, ...configured }
  const known = configured === null ? [] : [[readCertificate(root.der).fingerprint, sources] as const]
  return createRevocations({ clock, log, fetcher, refreshSeconds: 1800, configured: new Map(known) })
}

const listed = (): Promise<Identity> => root.issue({ extensions: [new x509.CRLDistributionPointsExtension([url])] })

async function standing(revocations: Revocations, leaf: Identity, above: readonly TestAuthority[] = [root]): Promise<string> {
  const found = await revocations.standing([leaf.der, ...above.map((each) => each.der)].map((der) => readCertificate(der)))
  return found.kind === 'unknown' ? (found.reached ? 'unknown' : 'unreachable') : found.kind
}

describe('a list at the address that a certificate names', () => {
  it('says who was revoked, and who was not', async () => {
    const [good, bad] = [await listed(), await listed()]
    answer = await root.list([bad.serial])
    const revocations = open()
    expect([await standing(revocations, good), await standing(revocations, bad)]).toEqual(['good', 'revoked'])
    expect(asked).toBe(1)
  })

  it('is fetched once by many who come at a time, and again before it ends', async () => {
    const leaf = await listed()
    answer = await root.list([])
    const revocations = open()
    expect(await Promise.all(Array.from({ length: 20 }, () => standing(revocations, leaf)))).toEqual(Array(20).fill('good'))
    expect(asked).toBe(1)
    await clock.advance(1799)
    await standing(revocations, leaf)
    expect(asked).toBe(1)
    // Nobody waits for the next one while the last still holds: the answer after it knows.
    answer = await root.list([leaf.serial], { from: clock.now(), until: clock.now() + day })
    await clock.advance(2)
    expect(await standing(revocations, leaf)).toBe('good')
    await expect.poll(() => standing(revocations, leaf)).toBe('revoked')
    expect(asked).toBe(2)
  })

  it('holds while its address is down, and no longer than it says; who was revoked stays revoked', async () => {
    const [good, bad] = [await listed(), await listed()]
    answer = await root.list([bad.serial], { until: clock.now() + 2 * hour })
    const revocations = open()
    expect(await standing(revocations, good)).toBe('good')
    answer = null
    await clock.advance(7000)
    expect(await standing(revocations, good)).toBe('good')
    await clock.advance(300)
    expect([await standing(revocations, good), await standing(revocations, bad)]).toEqual(['unreachable', 'revoked'])
  })

  it('that is down is asked once a minute, and told of once', async () => {
    const leaf = await listed()
    const revocations = open()
    for (let seconds = 0; seconds < 150; seconds += 10) {
      expect(await standing(revocations, leaf)).toBe('unreachable')
      await clock.advance(10)
    }
    expect([asked, lines.length]).toEqual([3, 1])
    expect(lines[0]).toContain(url)
  })

  it('that is over as it comes is told of once', async () => {
    const leaf = await listed()
    answer = await root.list([], { from: clock.now() - 2 * day, until: clock.now() - day })
    const revocations = open()
    for (let minutes = 0; minutes < 3; minutes++) {
      expect(await standing(revocations, leaf)).toBe('unreachable')
      await clock.advance(60)
    }
    expect(lines).toEqual([expect.stringContaining('what it says held until 20')])
  })

  it('that never answers is given up after a while', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const where = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`
    const leaf = await root.issue({ extensions: [new x509.CRLDistributionPointsExtension([where])] })
    const found = standing(open(), leaf)
    await expect.poll(() => clock.sleeping).toBeGreaterThan(1)
    await clock.advance(7)
    expect(await found).toBe('unreachable')
    silent.closeAllConnections()
    silent.close()
  })

  it.each([
    ['of somebody else', async () => (await TestAuthority.make(clock.now(), { name: 'Example Root' })).list([])],
    [
      'of an authority that signs no lists',
      async () => (root = await TestAuthority.make(clock.now(), { keyUsage: x509.KeyUsageFlags.keyCertSign })).list([]),
    ],
    ['that is none', async () => Buffer.from('<html>Welcome to the hotel</html>')],
    ['that breaks off', async () => (await root.list([])).subarray(0, -1)],
    ['that was changed', async () => flipped(await root.list(['0102030405060708']))],
    ['of changes only', async () => root.list([], { extensions: [new x509.Extension('2.5.29.27', true, Buffer.from('020101', 'hex'))] })],
    [
      'with a critical extension nobody knows',
      async () => root.list([], { extensions: [new x509.Extension('1.2.3', true, Buffer.from('0500', 'hex'))] }),
    ],
    ['by another issuer', async () => root.list([], { extensions: [scope('300384 01ff')] })],
    ['for some reasons', async () => root.list([], { extensions: [scope('3004 83020640')] })],
  ])('%s says nothing', async (_title, make) => {
    answer = await make()
    expect(await standing(open(), await listed())).toBe('unreachable')
  })

  it('of clients, or of authorities, tells of no others', async () => {
    const leaf = await listed()
    answer = await root.list([], { extensions: [scope('3003 8201ff')] })
    expect(await standing(open(), leaf)).toBe('unknown')
    answer = await root.list([], { extensions: [scope('3003 8101ff')] })
    expect(await standing(open(), leaf)).toBe('good')
  })

  it('that is one part of several tells of those that name it', async () => {
    const part = (where: string) => {
      const name = Buffer.from(where)
      const uri = Buffer.concat([Buffer.from([0x86, name.length]), name])
      const full = Buffer.concat([Buffer.from([0xa0, uri.length]), uri])
      const point = Buffer.concat([Buffer.from([0xa0, full.length]), full])
      return scope(Buffer.concat([Buffer.from([0x30, point.length]), point]).toString('hex'))
    }
    const leaf = await listed()
    answer = await root.list([], { extensions: [part(url)] })
    expect(await standing(open(), leaf)).toBe('good')
    answer = await root.list([], { extensions: [part('http://example.test/other.crl')] })
    expect(await standing(open(), leaf)).toBe('unknown')
  })
})

describe('a list that is configured', () => {
  it('goes before what the certificate names, from an address', async () => {
    const leaf = await root.issue({ extensions: [new x509.CRLDistributionPointsExtension(['http://127.0.0.1:1/'])] })
    answer = await root.list([leaf.serial])
    expect(await standing(open({ list: url }), leaf)).toBe('revoked')
  })

  it('from a file is read again when the file changes', async () => {
    const path = join(folder, 'list.crl')
    const leaf = await root.issue()
    const revocations = open({ list: path })
    writeFileSync(path, await root.list([]))
    expect(await standing(revocations, leaf)).toBe('good')
    const pem = `-----BEGIN X509 CRL-----\n${(await root.list([leaf.serial])).toString('base64')}\n-----END X509 CRL-----\n`
    writeFileSync(path, pem)
    utimesSync(path, new Date(), new Date(Date.now() + 5000))
    await clock.advance(6)
    expect(await standing(revocations, leaf)).toBe('revoked')
  })

  it('that cannot be read says nothing', async () => {
    expect(await standing(open({ list: join(folder, 'none.crl') }), await root.issue())).toBe('unreachable')
  })
})

it('nobody knows of a certificate that names nobody', async () => {
  expect(await standing(open(), await root.issue())).toBe('unknown')
})

it('an authority in between is looked at as well', async () => {
  const middle = await TestAuthority.make(clock.now(), { parent: root, extensions: [new x509.CRLDistributionPointsExtension([url])] })
  const leaf = await middle.issue()
  answer = await root.list([middle.certificate.serialNumber])
  expect(await standing(open(), leaf, [middle, root])).toBe('revoked')
})

it('a list of a hundred thousand is read to its end', async () => {
  const leaf = await listed()
  answer = longList(await root.list(['1234']), [...Array.from({ length: 100_000 }, (_, n) => (0x10000000 + n).toString(16)), leaf.serial])
  expect(await standing(open(), leaf)).toBe('revoked')
})

/** The library that makes lists takes minutes for so many. */
function longList(list: Buffer, serials: readonly string[]): Buffer {
  const wrap = (tag: number, content: Buffer) => {
    const head = Buffer.alloc(6)
    head.writeUInt16BE((tag << 8) | 0x84)
    head.writeUInt32BE(content.length, 2)
    return Buffer.concat([head, content])
  }
  const [content, algorithm] = derValues(readDer(list).content)
  const parts = [...derValues(content?.content ?? list)].map(({ whole }) => whole)
  const time = parts[3] ?? list
  const entries = serials.map((serial) => wrap(0x30, Buffer.concat([wrap(2, Buffer.from(serial, 'hex')), time])))
  const tbs = wrap(0x30, Buffer.concat([...parts.slice(0, 5), wrap(0x30, Buffer.concat(entries))]))
  const signature = wrap(3, Buffer.concat([Buffer.from([0]), sign('sha256', tbs, root.key)]))
  return wrap(0x30, Buffer.concat([tbs, algorithm?.whole ?? list, signature]))
}

const scope = (hex: string) => new x509.Extension('2.5.29.28', true, Buffer.from(hex.replaceAll(' ', ''), 'hex'))

function flipped(list: Buffer): Buffer {
  const at = list.indexOf(Buffer.from('0102030405060708', 'hex'))
  list[at] = 0x55
  return list
}
