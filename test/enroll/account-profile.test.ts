// What a profile says, and that its signature is one OpenSSL follows to the authority.
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accountProfile, type AccountProfile } from '../../src/enroll/account-profile.ts'
import { act, actorOf } from '../support/admin.ts'
import { contentOf, parseList, payloads, profileOf, type Dictionary } from '../support/profile.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const alice = 'alice@example.test'
const plain: AccountProfile = {
  address: alice,
  id: 'a1',
  host: 'mail.example.test:8443',
  login: { kind: 'password' },
  authority: null,
  options: { organization: 'Fun & <Games>', pastDays: 7, preventMove: false, keepRecents: false, smime: 'off' },
  until: null,
}
const exchangeOf = (profile: Dictionary) => payloads(profile, 'com.apple.eas.account')[0]!

describe('a profile', () => {
  test('holds the account, and asks for the password where there is no other login', () => {
    const profile = parseList(accountProfile(plain))
    expect(profile).toMatchObject({ PayloadType: 'Configuration', PayloadRemovalDisallowed: false, PayloadOrganization: 'Fun & <Games>' })
    expect(exchangeOf(profile)).toMatchObject({
      EmailAddress: alice,
      UserName: alice,
      Host: 'mail.example.test:8443',
      SSL: true,
      MailNumberOfPastDaysToSync: 7,
      PreventMove: false,
      disableMailRecentsSyncing: false,
      SMIMESigningEnabled: false,
    })
    expect(exchangeOf(profile)).not.toHaveProperty('Password')
    expect(exchangeOf(profile)).not.toHaveProperty('PayloadCertificateUUID')
    expect(profile).not.toHaveProperty('PayloadExpirationDate')
  })

  test('takes the place of the one before, whatever is in it, and of no other', () => {
    const named = (profile: Dictionary) => [profile['PayloadIdentifier'], profile['PayloadUUID'], exchangeOf(profile)['PayloadUUID']]
    const first = parseList(accountProfile(plain))
    const second = parseList(accountProfile({ ...plain, options: { ...plain.options, pastDays: 0, smime: 'encrypt' } }))
    const other = parseList(accountProfile({ ...plain, id: 'a2' }))
    expect(named(second)).toEqual(named(first))
    expect(new Set([...named(first), ...named(other)]).size).toBe(6)
    expect(first['PayloadIdentifier']).toMatch(/^test\.example\.mail\.easel\./)
  })

  test('carries an identity, and says when it ends', () => {
    const login = { kind: 'pkcs12', pkcs12: Buffer.from('p12'), password: 'secret' } as const
    const profile = parseList(accountProfile({ ...plain, login, until: Date.parse('2027-01-02T03:04:05.678Z') }))
    const [identity] = payloads(profile, 'com.apple.security.pkcs12')
    expect(identity).toMatchObject({ PayloadContent: Buffer.from('p12'), Password: 'secret' })
    expect(exchangeOf(profile)['PayloadCertificateUUID']).toBe(identity!['PayloadUUID'])
    expect(profile['PayloadExpirationDate']).toBe('2027-01-02T03:04:05Z')
    const asked = parseList(accountProfile({ ...plain, login: { ...login, password: null } }))
    expect(payloads(asked, 'com.apple.security.pkcs12')[0]).not.toHaveProperty('Password')
  })

  test('tells a phone how to have its own key certified', () => {
    const login = {
      kind: 'scep',
      url: 'https://mail.example.test/scep',
      authorityName: 'Easel clients',
      challenge: 'once',
      authorityFingerprint: Buffer.alloc(20, 7),
    } as const
    const profile = parseList(accountProfile({ ...plain, login }))
    const [scep] = payloads(profile, 'com.apple.security.scep')
    expect(scep!['PayloadContent']).toMatchObject({
      URL: login.url,
      Name: 'Easel clients',
      Challenge: 'once',
      Subject: [[['CN', alice]]],
      SubjectAltName: { rfc822Name: alice, ntPrincipalName: alice },
      Keysize: 2048,
      'Key Type': 'RSA',
      'Key Usage': 5,
      CAFingerprint: Buffer.alloc(20, 7),
    })
    expect(exchangeOf(profile)['PayloadCertificateUUID']).toBe(scep!['PayloadUUID'])
  })

  test('leads to the login of the organization', () => {
    const login = { kind: 'oauth', signInUrl: 'https://id.example.test/authorize', tokenUrl: 'https://id.example.test/token' } as const
    expect(exchangeOf(parseList(accountProfile({ ...plain, login })))).toMatchObject({
      OAuth: true,
      OAuthSignInURL: login.signInUrl,
      OAuthTokenRequestURL: login.tokenUrl,
    })
    const asked = exchangeOf(parseList(accountProfile({ ...plain, login: { ...login, signInUrl: null, tokenUrl: null } })))
    expect(asked['OAuth']).toBe(true)
    expect(asked).not.toHaveProperty('OAuthSignInURL')
  })

  test.each([
    ['allowed', false, false],
    ['sign', true, false],
    ['encrypt', true, true],
  ] as const)('turns S/MIME on as far as %s', (smime, signs, encrypts) => {
    const exchange = exchangeOf(parseList(accountProfile({ ...plain, options: { ...plain.options, smime } })))
    expect(exchange).toMatchObject({ SMIMESigningEnabled: signs, SMIMEEncryptByDefault: encrypts, SMIMESigningUserOverrideable: true })
  })
})

describe('a signed profile', () => {
  const parts = new AsyncDisposableStack()
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-profile-'))
    parts.defer(() => rmSync(folder, { recursive: true }))
  })
  afterAll(() => parts.disposeAsync())

  async function running(environment: Readonly<Record<string, string>> = {}): Promise<TestServer> {
    const server = await startTestServer({ accounts: [alice], environment })
    parts.defer(() => server.close())
    return server
  }
  async function made(server: TestServer, kind: 'password' | 'certificate'): Promise<Buffer> {
    const actor = actorOf('user', await server.accountOf(alice))
    return Buffer.from((await act(server.running.admin, 'me.profile.create', { kind }, actor)).profile, 'base64')
  }
  /** What OpenSSL says, on the second day of the certificate. */
  function verify(signed: Buffer, authority: string) {
    const [input, trusted, output] = ['signed', 'authority.pem', 'content'].map((name) => join(folder, name))
    writeFileSync(input!, signed)
    writeFileSync(trusted!, authority)
    const time = ['-attime', String(Date.parse(new X509Certificate(authority).validFrom) / 1000 + 86_400)]
    const files = ['-in', input!, '-inform', 'DER', '-CAfile', trusted!, '-out', output!]
    const ran = spawnSync('openssl', ['cms', '-verify', '-purpose', 'any', ...time, ...files])
    return { code: ran.status, said: ran.stderr.toString(), content: () => readFileSync(output!, 'utf8') }
  }

  test('is verified by OpenSSL where the signature is by an elliptic curve: our own authority', async () => {
    const server = await running({ EASEL_HTTPS_PORT: '0' })
    const signed = await made(server, 'password')
    const verified = verify(signed, server.ca!)
    expect(verified.said).toContain('successful')
    expect(verified.content()).toBe(contentOf(signed))
    const [root] = payloads(profileOf(signed), 'com.apple.security.root')
    expect(Buffer.from(root!['PayloadContent'] as Buffer).equals(Buffer.from(server.running.authority!.der))).toBe(true)
  })

  test("is verified by OpenSSL where the signature is by RSA: somebody else's certificate", async () => {
    const { certificate, key } = rsaCertificate(folder)
    const server = await running({ EASEL_HTTPS_PORT: '0', EASEL_CERTIFICATE: certificate, EASEL_CERTIFICATE_KEY: key })
    const signed = await made(server, 'password')
    expect(verify(signed, readFileSync(certificate, 'utf8')).said).toContain('successful')
    expect(payloads(profileOf(signed), 'com.apple.security.root')).toEqual([])
  })

  test('brings no authority along, nor is there one to fetch, where phones meet the certificate of a proxy', async () => {
    const server = await running()
    const signed = await made(server, 'password')
    expect(payloads(profileOf(signed), 'com.apple.security.root')).toEqual([])
    // There is no other key to sign with: it still shows that nobody changed the profile since.
    expect(verify(signed, server.running.authority!.certificate).said).toContain('successful')
    for (const path of ['/ca.mobileconfig', '/ca.crt']) expect((await fetch(`${server.url}${path}`)).status).toBe(404)
  })

  test('is signed with the files of the proxy, where it lends them to a server that speaks no TLS', async () => {
    const { certificate, key } = rsaCertificate(folder)
    const server = await running({ EASEL_CERTIFICATE: certificate, EASEL_CERTIFICATE_KEY: key })
    const signed = await made(server, 'password')
    expect(verify(signed, readFileSync(certificate, 'utf8')).said).toContain('successful')
    expect(payloads(profileOf(signed), 'com.apple.security.root')).toEqual([])
  })

  test('is not verified once a letter was changed', async () => {
    const server = await running()
    const signed = await made(server, 'password')
    const at = signed.indexOf(alice)
    signed[at] = 'm'.charCodeAt(0)
    expect(verify(signed, server.ca!).code).not.toBe(0)
  })

  test('holds an identity that opens with the password beside it, and is one of the account', async () => {
    const server = await running({ EASEL_CA_AUTOMATIC: '1', EASEL_CERTIFICATES: 'accept' })
    const profile = profileOf(await made(server, 'certificate'))
    const [identity] = payloads(profile, 'com.apple.security.pkcs12')
    const path = join(folder, 'identity.p12')
    writeFileSync(path, identity!['PayloadContent'] as Buffer)
    const password = identity!['Password'] as string
    const opened = spawnSync('openssl', ['pkcs12', '-in', path, '-legacy', '-nodes', '-clcerts', '-passin', `pass:${password}`])
    expect(opened.stderr.toString()).toBe('')
    expect(opened.stdout.toString()).toContain('PRIVATE KEY')
    const actor = actorOf('user', await server.accountOf(alice))
    const [listed] = await act(server.running.admin, 'me.certificates', {}, actor)
    expect(opened.stdout.toString()).toContain(alice)
    expect(listed).toMatchObject({ state: 'good' })
    expect(Date.parse(profile['PayloadExpirationDate'] as string)).toBe(Date.parse(listed!.validUntil))
  })
})

/** A self-signed RSA certificate as files. */
function rsaCertificate(folder: string): { certificate: string; key: string } {
  const [certificate, key] = [join(folder, 'rsa.pem'), join(folder, 'rsa.key')]
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const ran = spawnSync('openssl', [
    ...['req', '-x509', '-key', key, '-days', '3650', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
    ...['-out', certificate],
  ])
  if (ran.status !== 0) throw new Error(ran.stderr.toString())
  return { certificate, key }
}
