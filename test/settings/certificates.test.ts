// The settings of client certificates: what is read of them, and the sentences for what cannot stand.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError, loadConfig, type Config } from '../../src/config.ts'
import { handedOver } from '../../src/settings/certificates.ts'
import { TestAuthority } from '../support/authority.ts'
import { VirtualClock } from '../support/clock.ts'
import { startTestServer } from '../support/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'easel-certificate-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

const path = join(folder, 'easel.yaml')
function load(certificates: object, environment: Record<string, string> = {}): Config {
  writeFileSync(path, JSON.stringify({ certificates }))
  return loadConfig({ file: path, environment, directory: folder })
}

describe('an authority', () => {
  it('is a file, or more', () => {
    const { authorities } = load({
      mode: 'accept',
      authorities: ['ca.pem', { file: '/etc/ca.pem', mapping: '{cn}@example.com', crl: 'list.crl', ocsp: 'http://pki.example.com' }],
    }).certificates
    expect(authorities).toEqual([
      { file: join(folder, 'ca.pem'), mapping: ['upn', 'email'], serials: {}, crl: null, ocsp: null },
      { file: '/etc/ca.pem', mapping: ['{cn}@example.com'], serials: {}, crl: join(folder, 'list.crl'), ocsp: 'http://pki.example.com' },
    ])
  })

  it('may come from the environment, by its file', () => {
    const { authorities } = load({}, { EASEL_CERTIFICATE_AUTHORITIES: 'one.pem, two.pem' }).certificates
    expect(authorities.map(({ file }) => file)).toEqual([join(folder, 'one.pem'), join(folder, 'two.pem')])
  })
})

describe('the header of a proxy', () => {
  it.each([
    [{ form: 'rfc9440' }, 'client-cert', 'client-cert-chain'],
    [{ form: 'nginx' }, 'x-ssl-client-cert', null],
    [{ form: 'nginx', header: 'X-Cert', chainHeader: 'X-Chain' }, 'x-cert', 'x-chain'],
  ])('%j', (settings, header, chainHeader) => {
    const { certificates } = load({ mode: 'accept', ...settings }, { EASEL_TRUSTED_PROXIES: 'loopback' })
    expect(handedOver(certificates)).toMatchObject({ header, chainHeader })
  })
})

describe('the boot stops with a sentence', () => {
  it.each([
    [{ mode: 'on' }, /must be one of off, accept, require/],
    [{ mode: 'accept', form: 'nginx' }, /name the proxy in trustedProxies/],
    [{ mode: 'accept', header: 'X-Cert' }, /set certificates\.form/],
    [{ mode: 'accept', authorities: [{ file: 'ca.pem', mapping: 'serial' }] }, /go together/],
    [{ mode: 'accept', authorities: [{ file: 'ca.pem', serials: { '01': 'alice@example.com' } }] }, /go together/],
    [{ mode: 'accept', authorities: [{ file: 'ca.pem', crl: 'ldap://dc/cn=list' }] }, /authorities/],
  ])('%j', (settings, sentence) => {
    expect(() => load(settings)).toThrow(ConfigError)
    expect(() => load(settings)).toThrow(sentence)
  })

  it('where a proxy hands over what is no login', () => {
    expect(() => load({ form: 'nginx' }, { EASEL_TRUSTED_PROXIES: 'loopback' })).toThrow(/certificates are no login/)
  })

  it('where two headers have one name', () => {
    const settings = { mode: 'accept', form: 'nginx', header: 'X-Cert', verifyHeader: 'x-cert' }
    expect(() => load(settings, { EASEL_TRUSTED_PROXIES: 'loopback' })).toThrow(/same name/)
  })

  it.each([
    ['a file that is not there', 'none.pem', 'upn', /none\.pem, which cannot be read/],
    ['a file without a certificate', 'key.pem', 'upn', /must hold certificates in PEM/],
    ['a mapping that is no word', 'ca.pem', 'name', /the mapping "name" .* holds no name in braces/],
    ['a mapping with an unknown name', 'ca.pem', '{mail}', /names \{mail\}, which is none of \{cn\}/],
    ['a mapping that breaks off', 'ca.pem', '{cn}@{o', /holds no name in braces/],
  ])('at %s', async (_title, file, mapping, sentence) => {
    writeFileSync(join(folder, 'key.pem'), '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n')
    writeFileSync(join(folder, 'ca.pem'), (await TestAuthority.make(new VirtualClock().now())).pem)
    writeFileSync(path, JSON.stringify({ certificates: { mode: 'accept', authorities: [{ file: join(folder, file), mapping }] } }))
    await expect(startTestServer({ file: path })).rejects.toThrow(sentence)
  })

  it('at a list of revoked certificates that is not there', async () => {
    writeFileSync(join(folder, 'ca.pem'), (await TestAuthority.make(new VirtualClock().now())).pem)
    writeFileSync(path, JSON.stringify({ certificates: { mode: 'accept', authorities: [{ file: 'ca.pem', crl: 'none.crl' }] } }))
    await expect(startTestServer({ file: path })).rejects.toThrow(/crl names .*none\.crl, which cannot be read/)
  })
})
