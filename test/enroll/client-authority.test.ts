// The authority for clients: what it writes into certificates, whose requests it signs, and what the company's authority may give it.
import '../../src/enroll/reflection.ts'
import { createPrivateKey, generateKeyPairSync, webcrypto, X509Certificate } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import forge from 'node-forge'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parsed } from '../../src/enroll/signing.ts'
import * as x509 from '@peculiar/x509'
import { certificateKey, issuerOf } from '../../src/auth/own-certificates.ts'
import { createVault } from '../../src/auth/vault.ts'
import type { CertificateDesk, Wanted } from '../../src/enroll/certificate-desk.ts'
import { requestOfPem } from '../../src/enroll/certificate-request.ts'
import { openCertificateDesk, type DeskOptions } from '../../src/enroll/open-desk.ts'
import type { Account } from '../../src/model/account.ts'
import { serialNumber } from '../../src/model/certificate.ts'
import type { DeviceId } from '../../src/model/id.ts'
import { openStore } from '../../src/store/sql/open.ts'
import type { Store } from '../../src/store/store.ts'
import { VirtualClock } from '../support/clock.ts'
import { Company, curveKeys, fitting } from '../support/company.ts'

const home = mkdtempSync(join(tmpdir(), 'easel-clients-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const day = 86_400
const vault = createVault(new Uint8Array(32).fill(7))

let folder: string
let clock: VirtualClock
let store: Store
let alice: Account
beforeEach(async () => {
  folder = mkdtempSync(join(home, 'case-'))
  clock = new VirtualClock('2026-03-02T08:00:00Z')
  store = await openStore({ database: { kind: 'sqlite', path: join(folder, 'easel.db') }, clock })
  alice = await store.accounts.create({ addresses: ['alice@example.com'], displayName: 'Alice', passwordHash: null })
})
afterEach(() => store.close())

/** An authority made once: to make one for each test takes half a second. */
async function ready(): Promise<void> {
  const made = join(home, 'made')
  if (existsSync(made)) return cpSync(made, join(folder, 'ca'), { recursive: true })
  await (await open()).needAuthority()
  cpSync(join(folder, 'ca'), made, { recursive: true })
}

const open = (options: Partial<DeskOptions> = {}): Promise<CertificateDesk> =>
  openCertificateDesk({
    store,
    vault,
    clock,
    dataFolder: folder,
    name: 'Easel clients',
    automatic: true,
    days: 397,
    listHours: 24,
    listOrigin: 'https://mail.example.com',
    ...options,
  })
const wanted = (change: Partial<Wanted> = {}): Wanted => ({ account: alice, device: null, way: 'shell', by: 'shell: root', ...change })
const leafOf = (content: Uint8Array) => new X509Certificate(content)

/** Somebody's request, who would like to be an authority himself. */
async function request(algorithm: 'rsa' | 'ec' = 'ec', name = 'CN=root, O=Somebody'): Promise<Uint8Array> {
  const keys =
    algorithm === 'rsa'
      ? await webcrypto.subtle.generateKey(
          { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
          true,
          ['sign', 'verify'],
        )
      : await curveKeys()
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys: keys as unknown as CryptoKeyPair,
    signingAlgorithm: algorithm === 'rsa' ? { name: 'RSASSA-PKCS1-v1_5' } : { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [new x509.BasicConstraintsExtension(true, 3, true)],
  })
  return new Uint8Array(made.rawData)
}

describe('a certificate', () => {
  beforeEach(ready)

  test('says whose it is, what it is for and where revocations are listed, and names nobody else', async () => {
    const desk = await open()
    const { certificate, content, chain } = await desk.issueIdentity(wanted({ device: 'PHONE' as DeviceId, way: 'profile' }))
    const leaf = leafOf(content)
    const authority = new X509Certificate(chain[0] ?? '')
    expect(leaf.checkIssued(authority) && leaf.verify(authority.publicKey)).toBe(true)
    expect(leaf.ca).toBe(false)
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    expect(leaf.subject).toBe('CN=alice@example.com')
    expect(leaf.subjectAltName).toContain('email:alice@example.com')
    const names = parsed(content).getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON()
    expect(names).toEqual([
      { type: 'upn', value: 'alice@example.com' },
      { type: 'email', value: 'alice@example.com' },
    ])
    const points = parsed(content).getExtension(x509.CRLDistributionPointsExtension)
    expect(JSON.stringify(points?.distributionPoints)).toContain(`https://mail.example.com/ca/${certificate.issuer.slice(0, 16)}.crl`)
    expect(certificate).toMatchObject({ account: alice.id, device: 'PHONE', way: 'profile', issuedBy: 'shell: root', revoked: null })
    expect(certificate.serial).toMatch(/^[4-7][0-9a-f]{31}$/)
    expect(certificateKey(leaf, authority)).toEqual({ issuer: certificate.issuer, serial: certificate.serial })
    expect(await desk.find(certificateKey(leaf, authority))).toEqual(certificate)
  })

  test('is refused to an account that has a hundred good ones; a phone still renews its own', async () => {
    const desk = await open()
    const der = await request()
    const first = await desk.issueFor(der, wanted())
    for (let issued = 1; issued < 100; issued++) await desk.issueFor(der, wanted())
    await expect(desk.issueFor(der, wanted())).rejects.toThrow(/has 100 good certificates already/)
    await expect(desk.issueIdentity(wanted())).rejects.toThrow(/revoke those/)
    await desk.issueFor(der, wanted({ way: 'renewal' }))
    await desk.revoke(first.certificate, 'unspecified', 'root')
    const bob = await store.accounts.create({ addresses: ['bob@example.com'], displayName: 'Bob', passwordHash: null })
    await desk.issueFor(der, wanted({ account: bob }))
    await desk.revoke((await desk.issueFor(der, wanted({ way: 'renewal' }))).certificate, 'unspecified', 'root')
    await expect(desk.issueFor(der, wanted())).rejects.toThrow(/100 good/)
  })

  test('begins half a day ago, ends with its days, and never after its authority', async () => {
    const desk = await open()
    const { certificate } = await desk.issueIdentity(wanted({ days: 30 }))
    expect([clock.now() - certificate.notBefore, certificate.notAfter - clock.now()]).toEqual([(day / 2) * 1000, 30 * day * 1000])
    await clock.advance(3640 * day)
    const late = await desk.issueFor(await request(), wanted())
    expect(late.certificate.notAfter).toBe(desk.authority?.until)
    await clock.advance(11 * day)
    await expect(desk.issueFor(await request(), wanted())).rejects.toThrow(/has ended/)
  })

  test('names an address that is not ASCII as a UPN alone', async () => {
    const zoe = await store.accounts.create({ addresses: ['zoë@example.com'], displayName: 'Zoë', passwordHash: null })
    const { content } = await (await open()).issueFor(await request(), wanted({ account: zoe }))
    const names = parsed(content).getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON()
    expect(names).toEqual([{ type: 'upn', value: 'zoë@example.com' }])
  })
})

describe('a PKCS#12 file', () => {
  beforeEach(ready)

  test('opens with its password alone, and holds the key, its certificate and the authority', async () => {
    const { pkcs12, password, content, chain } = await (await open()).issueIdentity(wanted())
    expect(password).toMatch(/^([a-z]{5}-){3}[a-z]{5}$/)
    const file = forge.asn1.fromDer(Buffer.from(pkcs12).toString('latin1'))
    expect(() => forge.pkcs12.pkcs12FromAsn1(file, 'wrong')).toThrow(/MAC/)
    const opened = forge.pkcs12.pkcs12FromAsn1(file, password)
    const bags = (type: string) => opened.getBags({ bagType: type })[type] ?? []
    const [keyBag] = bags(forge.pki.oids['pkcs8ShroudedKeyBag'] ?? '')
    const key = createPrivateKey(forge.pki.privateKeyToPem(keyBag!.key!))
    expect(leafOf(content).checkPrivateKey(key)).toBe(true)
    expect(keyBag?.attributes).toMatchObject({ friendlyName: ['alice@example.com (Easel clients)'] })
    const held = bags(forge.pki.oids['certBag'] ?? '').map((bag) => forge.asn1.toDer(forge.pki.certificateToAsn1(bag.cert!)).getBytes())
    expect(held).toEqual([content, ...chain].map((der) => Buffer.from(der).toString('latin1')))
  })
})

describe('a request', () => {
  beforeEach(ready)

  test.each(['rsa', 'ec'] as const)('gets its key (%s) certified, and nothing else that it says', async (algorithm) => {
    const { content } = await (await open()).issueFor(await request(algorithm), wanted({ way: 'scep' }))
    const leaf = leafOf(content)
    expect(leaf.subject).toBe('CN=alice@example.com')
    expect(leaf.ca).toBe(false)
    expect(leaf.publicKey.asymmetricKeyType).toBe(algorithm)
  })

  test('that somebody else signed is refused: he may not have the key', async () => {
    const der = Buffer.from(await request())
    der[der.length - 5] = (der[der.length - 5] ?? 0) ^ 1
    await expect((await open()).issueFor(der, wanted())).rejects.toThrow(/is not signed by the key it names|cannot be read/)
    expect(await store.certificates.list({}, 10)).toEqual([])
  })

  test('that is none, or has a key too weak, is refused in words', async () => {
    const desk = await open()
    await expect(desk.issueFor(Buffer.from('hello'), wanted())).rejects.toThrow(/cannot be read/)
    await expect(desk.issueFor(new Uint8Array(20_000), wanted())).rejects.toThrow(/too large/)
    expect(() => requestOfPem('hello')).toThrow(/no PEM certificate request/)
    const weak = forge.pki.rsa.generateKeyPair(1024)
    const made = forge.pki.createCertificationRequest()
    made.publicKey = weak.publicKey
    made.setSubject([{ name: 'commonName', value: 'weak' }])
    made.sign(weak.privateKey, forge.md.sha256.create())
    await expect(desk.issueFor(requestOfPem(forge.pki.certificationRequestToPem(made)), wanted())).rejects.toThrow(/2048 to 4096/)
  })
})

describe('the authority', () => {
  test('is not made by itself unless the configuration says so', async () => {
    await expect((await open({ automatic: false })).issueIdentity(wanted())).rejects.toThrow(/`easel ca init` makes one/)
    const desk = await open()
    const [one, two] = await Promise.all([desk.needAuthority(), desk.needAuthority()])
    expect(one).toBe(two)
    expect(one.key.asymmetricKeyDetails?.modulusLength).toBe(3072)
  })

  test('lies sealed in the data folder, and is found again', async () => {
    const { id, key } = await (await open()).needAuthority()
    const files = readdirSync(join(folder, 'ca'))
    expect(files.sort()).toEqual([`${id}.crt`, `${id}.key`, 'in-use'].sort())
    expect(statSync(join(folder, 'ca', `${id}.key`)).mode & 0o777).toBe(0o600)
    const exponent = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
    expect(readFileSync(join(folder, 'ca', `${id}.key`)).includes(exponent)).toBe(false)
    const again = await open()
    expect(again.authority?.id).toBe(id)
    expect(issuerOf(again.authority!.key)).toBe(id)
    await expect(open({ vault: createVault(new Uint8Array(32)) })).rejects.toThrow(/put it and the vault.key .* back from your backup/)
  })

  test('is not replaced by accident; the one before is still an issuer, and lists what it revoked', async () => {
    const desk = await open()
    const first = await desk.begin('First')
    const { certificate } = await desk.issueFor(await request(), wanted())
    await expect(desk.begin('Second')).rejects.toThrow(/There is an authority, First/)
    const told: string[] = []
    desk.watch({ issuersChanged: () => told.push(desk.authority?.name ?? '') })
    const second = await desk.replace('Second')
    expect(told).toEqual(['Second'])
    expect(desk.issuers().map(({ id }) => id)).toEqual([second.id, first.id])
    expect((await open()).issuers().map(({ id }) => id)).toEqual([second.id, first.id])
    await desk.revoke(certificate, 'superseded', 'ada')
    const list = new x509.X509Crl(Buffer.from((await desk.revocationList(first.id))!))
    expect(list.findRevoked(certificate.serial)?.reason).toBe(x509.X509CrlReason.superseded)
  })
})

describe("the company's authority", () => {
  test('signs ours: the request waits, its answer is taken with the chain in any order, and goes out with every key', async () => {
    const company = await Company.found(clock)
    const desk = await open()
    const csr = await desk.ask('Phones of Company')
    expect(csr).toContain('BEGIN CERTIFICATE REQUEST')
    await expect(desk.issueIdentity(wanted())).rejects.toThrow(/has not signed ours yet/)
    const again = await open()
    expect(again.request).toBe(csr)
    const authority = await again.take(`${company.root}\n${await company.sign(csr)}`)
    expect([authority.name, authority.chain.length, again.request]).toEqual(['Phones of Company', 2, null])
    const { content, chain } = await again.issueIdentity(wanted())
    const above = new X509Certificate(chain[0] ?? '')
    expect(leafOf(content).checkIssued(above) && leafOf(content).verify(above.publicKey)).toBe(true)
    // As the company calls our key, or OpenSSL finds no chain.
    expect(parsed(content).getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId).toBe('0badcafe')
    expect((await open()).authority?.id).toBe(authority.id)
  })

  test('is refused, in words, what could not sign certificates of clients', async () => {
    const company = await Company.found(clock)
    const desk = await open()
    const csr = await desk.ask(null)
    await expect(desk.take('nothing')).rejects.toThrow(/no PEM certificate/)
    await expect(desk.take(company.root)).rejects.toThrow(/for a key of ours/)
    await expect(desk.take(await company.sign(csr))).rejects.toThrow(/is missing: give the whole chain/)
    const authority = new x509.BasicConstraintsExtension(true, undefined, true)
    const usage = (flags: x509.KeyUsageFlags) => [authority, new x509.KeyUsagesExtension(flags, true)]
    const cases: [extensions: x509.Extension[], complaint: RegExp][] = [
      [[new x509.BasicConstraintsExtension(false, undefined, true)], /is not the certificate of an authority/],
      [usage(x509.KeyUsageFlags.cRLSign), /may not sign certificates/],
      [usage(x509.KeyUsageFlags.keyCertSign), /may not sign lists/],
      [[authority, new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth])], /is not for clients' certificates/],
    ]
    for (const [extensions, complaint] of cases) {
      await expect(desk.take(`${await company.sign(csr, extensions)}${company.root}`)).rejects.toThrow(complaint)
    }
    const short = await company.sign(csr, fitting, 1)
    await clock.advance(2 * day)
    await expect(desk.take(`${short}${company.root}`)).rejects.toThrow(/has ended/)
    expect(desk.authority).toBeNull()
  })
})

describe('a revocation', () => {
  beforeEach(ready)

  test('is told at once to whoever watches, once, and shows in the list', async () => {
    const desk = await open()
    const { certificate } = await desk.issueFor(await request(), wanted())
    const told: string[] = []
    const end = desk.watch({ revoked: ({ serial }) => told.push(serial) })
    expect(await desk.isRevoked(certificate)).toBe(false)
    await desk.revoke(certificate, 'keyCompromise', 'ada')
    await desk.revoke(certificate, 'superseded', 'abe')
    await desk.look()
    expect(told).toEqual([certificate.serial])
    expect(await desk.isRevoked(certificate)).toBe(true)
    end()
    const list = new x509.X509Crl(Buffer.from((await desk.revocationList(certificate.issuer))!))
    expect(list.entries.map(({ serialNumber: serial, reason }) => [serialNumber(serial), reason])).toEqual([
      [certificate.serial, x509.X509CrlReason.keyCompromise],
    ])
    expect(await desk.revoke({ ...certificate, serial: serialNumber('7') }, 'unspecified', 'ada')).toBeNull()
    expect(await desk.isRevoked({ ...certificate, serial: serialNumber('7') })).toBe(true)
  })

  test("at another node is told of at this one's next look", async () => {
    const here = await open()
    await here.needAuthority()
    const there = await open()
    const { certificate } = await there.issueFor(await request(), wanted())
    const told: string[] = []
    here.watch({ revoked: ({ serial }) => told.push(serial) })
    await there.revoke(certificate, 'unspecified', 'ada')
    expect(told).toEqual([])
    expect(await here.isRevoked(certificate)).toBe(true)
    await clock.advance(20)
    await here.look()
    await here.look()
    expect(told).toEqual([certificate.serial])
  })

  test('stays in the list for one list more than its certificate lives; numbers rise, and lists are fresh', async () => {
    const desk = await open()
    const { certificate } = await desk.issueFor(await request(), wanted({ days: 2 }))
    const { issuer } = certificate
    const listed = async () => {
      const der = await desk.revocationList(issuer)
      const kept = await store.certificates.revocationList(issuer)
      return { number: kept?.number, entries: new x509.X509Crl(Buffer.from(der!)).entries.length, until: kept?.until }
    }
    expect(await listed()).toMatchObject({ number: 1, entries: 0 })
    await desk.revoke(certificate, 'unspecified', 'ada')
    expect(await listed()).toEqual({ number: 2, entries: 1, until: clock.now() + day * 1000 })
    await clock.advance(day / 2 - 1)
    expect(await listed()).toMatchObject({ number: 2 })
    await clock.advance(1)
    await desk.renewLists()
    expect(await listed()).toEqual({ number: 3, entries: 1, until: clock.now() + day * 1000 })
    await clock.advance(2.4 * day)
    expect(await listed()).toMatchObject({ number: 4, entries: 1 })
    await clock.advance(0.6 * day)
    expect(await listed()).toMatchObject({ number: 5, entries: 0 })
  })

  test('of several at once loses none to another: all stand in the list that stays', async () => {
    const desk = await open()
    const issued = []
    for (let count = 0; count < 6; count++) issued.push((await desk.issueFor(await request(), wanted())).certificate)
    await Promise.all(issued.map((each) => desk.revoke(each, 'unspecified', 'ada')))
    const list = new x509.X509Crl(Buffer.from((await desk.revocationList(issued[0]!.issuer))!))
    expect(list.entries).toHaveLength(6)
  })
})

test('an issuer is known by its key, not by its name', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  expect(issuerOf(privateKey)).toBe(issuerOf(publicKey))
  expect(serialNumber('00:AB:0C')).toBe('ab0c')
  expect(serialNumber('0')).toBe('0')
})
