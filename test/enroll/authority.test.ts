// The certificate authority, its files, and what a phone demands of a certificate.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DOMParser, type Element } from '@xmldom/xmldom'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { isDue, loadServerCertificate, openAuthority, openServerCertificate, readAuthority } from '../../src/enroll/authority.ts'
import { keepCertificate } from '../../src/enroll/certificate-keeper.ts'
import { hostNames, machineNames } from '../../src/enroll/host-names.ts'
import { authorityDocuments, profile } from '../../src/enroll/profile.ts'
import { VirtualClock } from '../support/clock.ts'

const home = mkdtempSync(join(tmpdir(), 'easel-authority-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const day = 86_400
const names = ['mail.example.com', 'localhost', '192.0.2.7', '127.0.0.1', '::1']
let clock: VirtualClock
let folder: string
beforeEach(() => {
  clock = new VirtualClock('2026-03-02T08:00:00Z')
  folder = join(mkdtempSync(join(home, 'case-')), 'tls')
})

describe('the authority', () => {
  test('may sign certificates and nothing else, for ten years', async () => {
    const authority = await openAuthority(folder, 'mail.example.com', clock)
    const certificate = new X509Certificate(authority.certificate)
    expect(certificate.ca).toBe(true)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    expect((Date.parse(certificate.validTo) - clock.now()) / (day * 1000)).toBeCloseTo(3650, -1)
    expect(authority.name).toMatch(/^Easel mail\.example\.com [0-9a-f]{6}$/)
  })

  test('is made once and found again, with keys nobody else can read', async () => {
    const authority = await openAuthority(folder, 'host', clock)
    expect((await openAuthority(folder, 'host', clock)).fingerprint).toBe(authority.fingerprint)
    expect(readAuthority(folder)?.fingerprint).toBe(authority.fingerprint)
    await openServerCertificate(authority, folder, names, clock)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const key of ['authority.key', 'server.key']) expect(statSync(join(folder, key)).mode & 0o777).toBe(0o600)
  })

  test('that lost a half is not replaced in silence: phones trust the old one', async () => {
    await openAuthority(folder, 'host', clock)
    rmSync(join(folder, 'authority.key'))
    await expect(openAuthority(folder, 'host', clock)).rejects.toThrow(/half an authority/)
  })

  test('is not there before it is made', () => {
    expect(readAuthority(folder)).toBeNull()
  })
})

describe("the server's certificate", () => {
  test('is one that iOS takes', async () => {
    const authority = await openAuthority(folder, 'host', clock)
    const { cert, key, until } = await openServerCertificate(authority, folder, names, clock)
    const leaf = new X509Certificate(cert)
    const issuer = new X509Certificate(authority.certificate)
    expect(leaf.checkIssued(issuer)).toBe(true)
    expect(leaf.verify(issuer.publicKey)).toBe(true)
    expect(leaf.ca).toBe(false)
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect((Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / (day * 1000)).toBeLessThanOrEqual(397)
    expect(Date.parse(leaf.validFrom)).toBeLessThan(clock.now())
    expect(until).toBe(Date.parse(leaf.validTo))
    expect(leaf.checkHost('mail.example.com')).toBe('mail.example.com')
    expect(leaf.checkIP('192.0.2.7')).toBe('192.0.2.7')
    expect(leaf.checkIP('::1')).toBe('::1')
    expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(cert).toContain(authority.certificate.trim())
  })

  test('stays the same over restarts, and is made anew for a new name or another authority', async () => {
    const authority = await openAuthority(folder, 'host', clock)
    const first = await openServerCertificate(authority, folder, names, clock)
    expect((await openServerCertificate(authority, folder, names.slice(1), clock)).cert).toBe(first.cert)
    const wider = await openServerCertificate(authority, folder, [...names, 'push.example.com'], clock)
    expect(wider.cert).not.toBe(first.cert)
    rmSync(join(folder, 'authority.key'))
    rmSync(join(folder, 'authority.crt'))
    const other = await openAuthority(folder, 'host', clock)
    expect((await openServerCertificate(other, folder, names, clock)).cert).not.toBe(wider.cert)
  })

  test('is renewed when less than thirty days are left', async () => {
    const authority = await openAuthority(folder, 'host', clock)
    const first = await openServerCertificate(authority, folder, names, clock)
    await clock.advance(366 * day)
    expect(isDue(first, clock.now())).toBe(false)
    expect((await openServerCertificate(authority, folder, names, clock)).cert).toBe(first.cert)
    await clock.advance(2 * day)
    expect(isDue(first, clock.now())).toBe(true)
    expect((await openServerCertificate(authority, folder, names, clock)).cert).not.toBe(first.cert)
  })

  test('that was half written is made anew', async () => {
    const authority = await openAuthority(folder, 'host', clock)
    const first = await openServerCertificate(authority, folder, names, clock)
    writeFileSync(join(folder, 'server.crt'), first.cert.slice(0, 100))
    expect((await openServerCertificate(authority, folder, names, clock)).cert).not.toBe(first.cert)
  })
})

describe('keeping it current', () => {
  test('our own is renewed while the server runs', async () => {
    const keeper = await keepCertificate({ dataFolder: folder, files: null, names, clock })
    const first = keeper.current.cert
    expect(await keeper.refresh()).toBe(false)
    await clock.advance(380 * day)
    expect(await keeper.refresh()).toBe(true)
    expect(keeper.current.cert).not.toBe(first)
    expect(keeper.authority).not.toBeNull()
  })

  test("somebody else's is read again when it changes, and a broken one is not used", async () => {
    const authority = await openAuthority(folder, 'host', clock)
    const one = await openServerCertificate(authority, folder, names, clock)
    const files = { certificate: join(folder, '..', 'fullchain.pem'), key: join(folder, '..', 'privkey.pem'), standIn: false }
    writeFileSync(files.certificate, one.cert)
    writeFileSync(files.key, one.key)
    const keeper = await keepCertificate({ dataFolder: folder, files, names, clock })
    expect(keeper.authority).toBeNull()
    expect(await keeper.refresh()).toBe(false)
    const two = await openServerCertificate(authority, folder, [...names, 'more.example.com'], clock)
    writeFileSync(files.certificate, two.cert)
    await expect(keeper.refresh()).rejects.toThrow(/is not the key of/)
    expect(keeper.current.cert).toBe(one.cert)
    writeFileSync(files.key, two.key)
    expect(await keeper.refresh()).toBe(true)
    expect(keeper.current.cert).toBe(two.cert)
    expect(loadServerCertificate(files.certificate, files.key).names).toContain('more.example.com')
    writeFileSync(files.certificate, 'nothing')
    await expect(keeper.refresh()).rejects.toThrow(/holds no PEM certificate/)
  })
})

describe('the profile', () => {
  /** A property list as plain values. */
  function plist(xml: string): Record<string, unknown> {
    const value = (element: Element): unknown => {
      const inner = Array.from(element.childNodes).filter((node) => node.nodeType === 1) as Element[]
      switch (element.tagName) {
        case 'dict':
          return Object.fromEntries(
            inner.flatMap((each, index) =>
              each.tagName === 'key' && inner[index + 1] ? [[each.textContent, value(inner[index + 1]!)]] : [],
            ),
          )
        case 'array':
          return inner.map(value)
        case 'integer':
          return Number(element.textContent)
        case 'data':
          return Buffer.from(element.textContent ?? '', 'base64')
        default:
          return element.textContent
      }
    }
    const root = new DOMParser().parseFromString(xml, 'text/xml').documentElement
    const first = Array.from(root?.childNodes ?? []).find((node) => node.nodeType === 1)
    return value(first as Element) as Record<string, unknown>
  }

  test('holds the authority as a root, under identifiers that stay', async () => {
    const authority = await openAuthority(folder, 'mail.example.com', clock)
    const text = profile(authority)
    const list = plist(text)
    expect(text).toContain('<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">')
    expect(list).toMatchObject({ PayloadType: 'Configuration', PayloadVersion: 1, PayloadDisplayName: authority.name })
    const [root] = list['PayloadContent'] as Record<string, unknown>[]
    expect(root).toMatchObject({ PayloadType: 'com.apple.security.root', PayloadVersion: 1 })
    expect(root?.['PayloadContent']).toEqual(new X509Certificate(authority.certificate).raw)
    for (const each of [list, root])
      expect(each?.['PayloadUUID']).toMatch(/^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/)
    expect(root?.['PayloadUUID']).not.toBe(list['PayloadUUID'])
    expect(profile(authority)).toBe(text)
  })

  test('and the bare certificate are for anybody to fetch', async () => {
    const authority = await openAuthority(folder, 'host', clock)
    expect(authorityDocuments(authority).map(({ path, type }) => [path, type])).toEqual([
      ['/ca.mobileconfig', 'application/x-apple-aspen-config'],
      ['/ca.crt', 'application/x-x509-ca-cert'],
    ])
    for (const { content } of authorityDocuments(authority)) expect(Buffer.from(content).toString()).not.toContain('PRIVATE KEY')
    expect(readFileSync(join(folder, 'authority.crt'), 'utf8')).toBe(authority.certificate)
  })
})

describe('the names of a host', () => {
  test('begin with the configured ones and leave out what no certificate can hold', () => {
    expect(hostNames(['Mail.Example.com'], ['my_host', 'box', '192.0.2.7', 'box'])).toEqual([
      'mail.example.com',
      'box',
      '192.0.2.7',
      'localhost',
      '127.0.0.1',
      '::1',
    ])
  })

  test('the machine has at least its own', () => {
    expect(machineNames().length).toBeGreaterThan(0)
  })
})
