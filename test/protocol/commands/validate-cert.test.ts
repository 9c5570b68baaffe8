// ValidateCert from phones: which certificates of signed mail are good, and what is wrong with the others.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError } from '../../../src/config.ts'
import { MailAuthority } from '../../support/mail-authority.ts'
import type { Phone } from '../../support/phone.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { all, el, textAt, type Node } from '../../support/wire.ts'

const alice = 'alice@example.test'
const bob = 'bob@example.test'
const versions = ['12.1', '14.0', '14.1', '16.0', '16.1']
const now = Date.parse('2026-03-02T08:00:00Z')

let folder: string
let server: TestServer
let root: MailAuthority
let middle: MailAuthority
let stranger: MailAuthority
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'easel-roots-'))
  root = await MailAuthority.root('Mail CA', now)
  middle = await root.below('Mail CA below')
  stranger = await MailAuthority.root('Somebody', now)
  writeFileSync(join(folder, 'company.pem'), root.pem)
  server = await startTestServer({
    accounts: [alice],
    environment: { EASEL_SMIME_TRUSTED: folder, EASEL_SMIME_PUBLIC_ROOTS: '0' },
  })
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

interface Asked {
  readonly chain?: readonly Uint8Array[]
  readonly strict?: boolean
}

const part = (name: string, content?: Parameters<typeof el>[1]) => el(`ValidateCert:${name}`, content)
const listed = (certificates: readonly Uint8Array[]) => certificates.map((der) => part('Certificate', Buffer.from(der).toString('base64')))

function node(certificates: readonly Uint8Array[], { chain, strict }: Asked = {}): Node {
  return part('ValidateCert', [
    chain !== undefined && part('CertificateChain', listed(chain)),
    part('Certificates', listed(certificates)),
    strict !== undefined && part('CheckCRL', strict ? 1 : 0),
  ])
}

/** The Status of the answer, and one for each certificate. */
async function judge(phone: Phone, certificates: readonly Uint8Array[], asked: Asked = {}): Promise<[string | null, ...(string | null)[]]> {
  const reply = await phone.post('ValidateCert', node(certificates, asked))
  expect(reply.status).toBe(200)
  return [textAt(reply.node, 'Status'), ...all(reply.node, 'Certificate').map((each) => textAt(each, 'Status'))]
}

describe.each(versions)('a certificate at %s', (version) => {
  let phone: Phone
  beforeAll(async () => {
    phone = await server.phone(alice, { version })
  })

  test('is good where its path ends at an authority the administrator named', async () => {
    expect(await judge(phone, [await root.issue(bob)])).toEqual(['1', '1'])
    expect(await judge(phone, [await middle.issue(bob)], { chain: [middle.der] })).toEqual(['1', '1'])
    expect(await judge(phone, [await root.issue(bob, { purposes: null })])).toEqual(['1', '1'])
  })

  test('is judged by itself, in the order of the request', async () => {
    const certificates = [await stranger.issue(bob), await root.issue(bob), Buffer.from('no certificate at all')]
    expect(await judge(phone, certificates, { chain: [stranger.der] })).toEqual(['1', '4', '1', '10'])
  })

  test('is 4 below an authority nobody here trusts, and 5 where its issuer did not come along', async () => {
    expect(await judge(phone, [await stranger.issue(bob)], { chain: [stranger.der] })).toEqual(['1', '4'])
    expect(await judge(phone, [await middle.issue(bob)])).toEqual(['1', '5'])
  })

  test('is 3 where it was not signed by whom it names', async () => {
    const namesake = await MailAuthority.root('Mail CA', now)
    expect(await judge(phone, [await namesake.issue(bob)])).toEqual(['1', '3'])
  })

  test('is 6 where it is not for mail', async () => {
    expect(await judge(phone, [await root.issue(bob, { purposes: ['1.3.6.1.5.5.7.3.1'] })])).toEqual(['1', '6'])
  })

  test('is 7 before its time and after it, and 8 where that is so of one above it', async () => {
    expect(await judge(phone, [await root.issue(bob, { from: 1 })])).toEqual(['1', '7'])
    expect(await judge(phone, [await root.issue(bob, { until: -1 })])).toEqual(['1', '7'])
    const expired = await root.below('Expired', { until: -1 })
    expect(await judge(phone, [await expired.issue(bob)], { chain: [expired.der] })).toEqual(['1', '8'])
  })

  test('of which nobody can tell whether it was revoked is good, unless the phone insists: 16', async () => {
    const certificate = await root.issue(bob)
    expect(await judge(phone, [certificate], { strict: false })).toEqual(['1', '1'])
    expect(await judge(phone, [certificate], { strict: true })).toEqual(['1', '16'])
  })

  test('is one of at most a hundred: none, more, and what is no base64 are Status 2', async () => {
    const certificate = await root.issue(bob)
    const some = (count: number) => Array.from({ length: count }, () => certificate)
    expect(await judge(phone, some(100))).toEqual(['1', ...Array.from({ length: 100 }, () => '1')])
    expect(await judge(phone, some(101))).toEqual(['2'])
    expect(await judge(phone, [])).toEqual(['2'])
    const unreadable = part('ValidateCert', [part('Certificates', [part('Certificate', '<>')])])
    expect(textAt((await phone.post('ValidateCert', unreadable)).node, 'Status')).toBe('2')
    expect(textAt((await phone.post('ValidateCert', part('ValidateCert'))).node, 'Status')).toBe('2')
  })
})

describe('what was revoked', () => {
  let lists: Server
  let url: string
  const served = new Map<string, Uint8Array>()
  beforeAll(async () => {
    lists = createServer((request, response) => {
      const list = served.get(request.url ?? '')
      if (list === undefined) return response.writeHead(404).end()
      return response.writeHead(200, { 'Content-Type': 'application/pkix-crl' }).end(list)
    })
    await new Promise<void>((done) => void lists.listen(0, '127.0.0.1', done))
    url = `http://127.0.0.1:${(lists.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise((done) => lists.close(done)))

  test('is 13, whether the phone insists or not; what stands on no list is good', async () => {
    const phone = await server.phone(alice)
    const listUrl = `${url}/root.crl`
    const [revoked, good] = [await root.issue(bob, { listUrl }), await root.issue(bob, { listUrl })]
    served.set('/root.crl', await root.revoked([revoked]))
    for (const strict of [true, false]) expect(await judge(phone, [revoked, good], { strict })).toEqual(['1', '13', '1'])
  })

  test('is 15 where it is one above', async () => {
    const phone = await server.phone(alice)
    const revoked = await root.below('Revoked', { listUrl: `${url}/above.crl` })
    served.set('/above.crl', await root.revoked([revoked.der]))
    expect(await judge(phone, [await revoked.issue(bob)], { chain: [revoked.der] })).toEqual(['1', '15'])
  })

  test('of which the list cannot be had is 14 to a phone that insists, and good to others', async () => {
    const phone = await server.phone(alice)
    const certificate = await root.issue(bob, { listUrl: `${url}/gone.crl` })
    expect(await judge(phone, [certificate], { strict: true })).toEqual(['1', '14'])
    expect(await judge(phone, [certificate], { strict: false })).toEqual(['1', '1'])
  })

  test('by somebody who is not trusted is asked about nowhere', async () => {
    const phone = await server.phone(alice)
    let asked = false
    lists.once('request', () => (asked = true))
    const certificate = await stranger.issue(bob, { listUrl: `${url}/stranger.crl` })
    expect(await judge(phone, [certificate], { chain: [stranger.der], strict: true })).toEqual(['1', '4'])
    expect(asked).toBe(false)
  })
})

test('a chain may be as long as no real one is, and no longer', async () => {
  const phone = await server.phone(alice)
  const chain = (count: number) => Array.from({ length: count }, () => middle.der)
  expect(await judge(phone, [await middle.issue(bob)], { chain: chain(100) })).toEqual(['1', '1'])
  expect(await judge(phone, [await middle.issue(bob)], { chain: chain(101) })).toEqual(['2'])
})

test('authorities that cannot be read stop the start with a sentence', async () => {
  const start = (path: string) => startTestServer({ environment: { EASEL_SMIME_TRUSTED: path } })
  writeFileSync(join(folder, 'none.txt'), 'no certificate')
  await expect(start(join(folder, 'gone.pem'))).rejects.toThrow(ConfigError)
  await expect(start(join(folder, 'none.txt'))).rejects.toThrow(/which holds no certificate/)
})

test('the authorities of the machine count as well, unless that is turned off', async () => {
  const machine = await startTestServer({ accounts: [alice] })
  try {
    const phone = await machine.phone(alice)
    // No private authority is among them; that they could be read is all that a test can see without a public one.
    expect(await judge(phone, [await root.issue(bob)], { chain: [root.der] })).toEqual(['1', '4'])
  } finally {
    await machine.close()
  }
})
