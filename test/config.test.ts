// The configuration: what is read, what is decided, and what stops the boot.
import { X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { withConfiguration } from '../scripts/readme-configuration.ts'
import { ConfigError, configurationTable, loadConfig, type Config } from '../src/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'easel-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const load = (environment: Record<string, string> = {}, file: string | null = null): Config =>
  loadConfig({ file, environment, directory: folder })

function yaml(text: string): string {
  const path = join(folder, 'given.yaml')
  writeFileSync(path, text)
  return path
}

function refusal(environment: Record<string, string>, file: string | null = null): string {
  try {
    load(environment, file)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).message
  }
  throw new Error('the configuration was accepted')
}

describe('with nothing configured', () => {
  test('phones are served on 8443, mail comes in on loopback, nothing speaks plain HTTP, and there is a demo', () => {
    const config = load()
    expect(config.https.port).toBe(8443)
    expect(config.http.port).toBeNull()
    expect(config.admin).toMatchObject({ port: 8444, address: '127.0.0.1', tls: true, userPage: false })
    expect(config.lmtp).toMatchObject({ port: 2424, address: '127.0.0.1' })
    expect(config.demo).toBe(true)
    expect(config.database).toBeNull()
    expect(config.smarthost).toBeNull()
    expect(config.data).toBe(join(folder, 'data'))
    expect(config.protocol).toMatchObject({ heartbeatSecondsMin: 60, heartbeatSecondsMax: 3540, windowSizeMax: 512 })
    expect(config.messageBytesMax).toBe(50 * 1024 * 1024)
    expect(config.warnings).toEqual([])
  })

  test('an empty variable is not set', () => {
    expect(load({ EASEL_HOST: '', EASEL_HTTPS_PORT: '', EASEL_NAMES: '' }).https.port).toBe(8443)
  })
})

describe('where settings come from', () => {
  test('the environment goes over the file', () => {
    const file = yaml('https:\n  port: 1443\n  address: 127.0.0.1\nlog:\n  level: debug\n')
    const config = load({ EASEL_HTTPS_PORT: '2443' }, file)
    expect(config.https).toMatchObject({ port: 2443, address: '127.0.0.1' })
    expect(config.log.level).toBe('debug')
    expect(config.file).toBe(file)
  })

  test('EASEL_CONFIG names the file, relative to where the server was started', () => {
    yaml('log: { level: warn }')
    expect(load({ EASEL_CONFIG: 'given.yaml' }).log.level).toBe('warn')
  })

  test('easel.yaml in the data folder is found by itself', () => {
    mkdirSync(join(folder, 'elsewhere'), { recursive: true })
    writeFileSync(join(folder, 'elsewhere', 'easel.yaml'), 'host: mail.example.com\n')
    expect(load({ EASEL_DATA: 'elsewhere' }).names).toEqual(['mail.example.com'])
  })

  test('easel.yaml may not send the server to another data folder than its own', () => {
    const home = mkdtempSync(join(folder, 'home-'))
    mkdirSync(join(home, 'data'))
    writeFileSync(join(home, 'data', 'easel.yaml'), 'data: two\n')
    expect(() => loadConfig({ file: null, environment: {}, directory: home })).toThrow(/names another data folder/)
    expect(loadConfig({ file: null, environment: { EASEL_DATA: 'data' }, directory: home }).data).toBe(join(home, 'data'))
  })

  test('paths in the file go by its folder, those of the environment by where the server was started', () => {
    const home = mkdtempSync(join(folder, 'home-'))
    const file = join(home, 'easel.yaml')
    writeFileSync(join(home, 'secret'), 'hunter2\n')
    writeFileSync(
      file,
      JSON.stringify({
        data: 'd',
        directory: { file: 'directory.yaml' },
        smime: { trusted: '/etc/trusted' },
        acme: { hook: ['./hook.sh', './zone'] },
        smarthost: { host: 'smtp.example.com', user: 'easel', passwordFile: 'secret' },
        certificates: { authorities: ['a.pem', { file: 'b.pem', crl: 'b.crl' }, { file: 'c.pem', crl: 'http://pki.example.com/c.crl' }] },
      }),
    )
    const config = load({}, file)
    expect([config.data, config.directory.file, config.smime.trusted]).toEqual([
      join(home, 'd'),
      join(home, 'directory.yaml'),
      '/etc/trusted',
    ])
    expect(config.acme.hook).toEqual([join(home, 'hook.sh'), './zone'])
    expect(config.smarthost?.credentials?.password.reveal()).toBe('hunter2')
    expect(config.certificates.authorities.map(({ file, crl }) => [file, crl])).toEqual([
      [join(home, 'a.pem'), null],
      [join(home, 'b.pem'), join(home, 'b.crl')],
      [join(home, 'c.pem'), 'http://pki.example.com/c.crl'],
    ])
    expect(load({ EASEL_DIRECTORY_FILE: 'directory.yaml' }, file).directory.file).toBe(join(folder, 'directory.yaml'))
  })

  test('a file that is named must be there', () => {
    expect(refusal({}, join(folder, 'missing.yaml'))).toMatch(/missing\.yaml cannot be read/)
  })

  test('what is no YAML is told with its place', () => {
    expect(refusal({}, yaml('a: [1'))).toMatch(/is not YAML: .*line 1.*\.$/)
    expect(refusal({}, yaml('a: [1'))).not.toContain('\n')
    expect(refusal({}, yaml('just words'))).toMatch(/must hold settings/)
  })

  test('every scripted name works', () => {
    const config = load({
      EASEL_DATA: 'd',
      EASEL_HTTPS_PORT: '0',
      EASEL_HTTP_PORT: '8080',
      EASEL_LMTP_PORT: '24',
      EASEL_ADMIN_PORT: '9000',
      EASEL_DEMO: '0',
    })
    expect(config).toMatchObject({ data: join(folder, 'd'), demo: false })
    expect([config.https.port, config.http.port, config.lmtp.port, config.admin.port]).toEqual([0, 8080, 24, 9000])
  })
})

describe('what is decided', () => {
  test('a name of our own ends the demo, and it can be asked for all the same', () => {
    expect(load({ EASEL_HOST: 'mail.example.com' }).demo).toBe(false)
    expect(load({}, yaml('log: { level: info }')).demo).toBe(false)
    expect(load({ EASEL_HOST: 'mail.example.com', EASEL_DEMO: '1' }).demo).toBe(true)
    expect(load({ EASEL_HTTPS_PORT: '9443' }).demo).toBe(true)
  })

  test('the names of this server begin with the one phones use', () => {
    expect(load({ EASEL_HOST: 'Mail.Example.com', EASEL_NAMES: 'autodiscover.example.com, mail.example.com' }).names).toEqual([
      'mail.example.com',
      'autodiscover.example.com',
    ])
    expect(load({ EASEL_PUBLIC_URL: 'https://push.example.com' }).names).toEqual(['push.example.com'])
  })

  test('secrets are read from a file where one is named, and show nowhere', () => {
    writeFileSync(join(folder, 'secret'), 'hunter2\n')
    const config = load({ EASEL_SMARTHOST: 'smtp.example.com', EASEL_SMARTHOST_USER: 'easel', EASEL_SMARTHOST_PASSWORD_FILE: 'secret' })
    expect(config.smarthost?.credentials?.password.reveal()).toBe('hunter2')
    expect(JSON.stringify(config)).not.toContain('hunter2')
    expect(JSON.stringify(load({ EASEL_DATABASE_URL: 'postgres://u:hunter2@db/easel' }))).not.toContain('hunter2')
  })
})

describe('what stops the boot', () => {
  test.each<[what: string, environment: Record<string, string>, sentence: RegExp]>([
    ['nothing listens', { EASEL_HTTPS_PORT: 'off' }, /Nothing would listen/],
    ['plain HTTP to the network', { EASEL_HTTP_PORT: '80', EASEL_HTTP_ADDRESS: '*' }, /Plain HTTP would carry passwords/],
    ['half a certificate', { EASEL_CERTIFICATE: 'c.pem' }, /go together/],
    ['a certificate that is not there', { EASEL_CERTIFICATE: 'c.pem', EASEL_CERTIFICATE_KEY: 'k.pem' }, /c\.pem, which cannot be read/],
    ['one port twice', { EASEL_HTTPS_PORT: '2424' }, /same port/],
    ['a user without a password', { EASEL_SMARTHOST: 'smtp.example.com', EASEL_SMARTHOST_USER: 'u' }, /go together/],
    ['a login without a smarthost', { EASEL_SMARTHOST_USER: 'u', EASEL_SMARTHOST_PASSWORD: 'p' }, /no smarthost/],
    [
      'a password in the clear',
      { EASEL_SMARTHOST: 'smtp.example.com', EASEL_SMARTHOST_USER: 'u', EASEL_SMARTHOST_PASSWORD: 'p', EASEL_SMARTHOST_TLS: 'none' },
      /in the clear/,
    ],
    [
      'terms of an ACME server nobody agreed to',
      { EASEL_ACME_DIRECTORY: 'https://acme.example/dir', EASEL_HOST: 'a.example' },
      /agree to its terms/,
    ],
    [
      'an ACME server, and nothing to ask it for',
      { EASEL_ACME_DIRECTORY: 'https://acme.example/dir', EASEL_ACME_AGREE: '1' },
      /no name to ask/,
    ],
    [
      'a wildcard over HTTP',
      { EASEL_ACME_DIRECTORY: 'https://acme.example/dir', EASEL_ACME_AGREE: '1', EASEL_ACME_NAMES: '*.example.com' },
      /which http-01 cannot prove: use dns-hook/,
    ],
    [
      'a hook that is none',
      {
        EASEL_ACME_DIRECTORY: 'https://acme.example/dir',
        EASEL_ACME_AGREE: '1',
        EASEL_HOST: 'a.example',
        EASEL_ACME_CHALLENGE: 'dns-hook',
      },
      /no acme\.hook/,
    ],
    ['a CRL address that is none', { EASEL_CA_LIST_ORIGIN: 'ldap://x' }, /ca\.listOrigin .* must be the start of an address/],
    ['waits that contradict', { EASEL_HEARTBEAT_MIN: '900', EASEL_HEARTBEAT_MAX: '600' }, /swap them/],
    ['two names for one server', { EASEL_HOST: 'a.example.com', EASEL_PUBLIC_URL: 'https://b.example.com' }, /different servers/],
    ['a PROXY header from anybody', { EASEL_HTTPS_PROXY_PROTOCOL: 'required' }, /from declared proxies only/],
    ['hops from nowhere', { EASEL_PROXY_HOPS: '2' }, /name the one that speaks to us/],
    ['people sent in a circle', { EASEL_MOVED: 'example.com=Example.COM' }, /in a circle/],
    ['one address for many', { EASEL_MOVED: 'example.com=x@example.org' }, /one address to many/],
    ['people sent nowhere', { EASEL_MOVED: 'example.com=http://mail.example.com' }, /WHERE is https:/],
    ['a domain that is none', { EASEL_AUTODISCOVER_DOMAINS: 'example' }, /domains such as example\.com/],
    ['a port that is none', { EASEL_HTTPS_PORT: '99999' }, /https\.port \(EASEL_HTTPS_PORT\) must be a port from 0 to 65535, or off/],
    ['a flag that is none', { EASEL_DEMO: 'perhaps' }, /demo \(EASEL_DEMO\) must be true or false/],
    ['a network that is none', { EASEL_TRUSTED_PROXIES: '10.0.0.0/33' }, /networks such as 10\.0\.0\.0\/8/],
    ['an address that is no origin', { EASEL_PUBLIC_URL: 'http://mail.example.com/x' }, /start of an https address/],
    ['a word that is none', { EASEL_LOG_LEVEL: 'loud' }, /must be one of fatal, error/],
    ['a misspelt variable', { EASEL_HTP_PORT: '80' }, /EASEL_HTP_PORT is not a setting: did you mean EASEL_HTTP_PORT\?/],
  ])('%s', (_what, environment, sentence) => {
    expect(refusal(environment)).toMatch(sentence)
  })

  test('a misspelt key is told with the one it looks like', () => {
    expect(refusal({}, yaml('https: { prot: 1 }'))).toBe('There is no setting https.prot: did you mean https.port?')
    expect(refusal({}, yaml('smarthots: { host: a.example.com }'))).toBe('There is no setting smarthots: did you mean smarthost?')
    expect(refusal({}, yaml('colour: blue'))).toBe('There is no setting colour: the README lists those there are.')
  })

  test.each([
    ['directory.ca', { EASEL_DIRECTORY_SERVERS: 'ldaps://dc.example.com', EASEL_DIRECTORY_CA: 'ca.der' }],
    ['smarthost.ca', { EASEL_SMARTHOST: 'smtp.example.com', EASEL_SMARTHOST_CA: 'ca.der' }],
    ['oauth.ca', { EASEL_OAUTH_ISSUER: 'https://login.example.com', EASEL_OAUTH_AUDIENCE: 'easel', EASEL_OAUTH_CA: 'ca.der' }],
    ['acme.ca', { EASEL_ACME_CA: 'ca.der' }],
  ])('an authority that is none for TLS: %s', (setting, environment) => {
    const pem = rootCertificates[0] ?? ''
    writeFileSync(join(folder, 'ca.der'), new X509Certificate(pem).raw)
    expect(refusal(environment)).toMatch(
      new RegExp(`^${setting} .* names ca\\.der, which holds no certificate in PEM: out of DER, openssl`),
    )
    writeFileSync(join(folder, 'ca.der'), `Company Root\n${pem}`)
    expect(() => load(environment)).not.toThrow()
  })

  test('every trouble is told at once', () => {
    expect(refusal({ EASEL_HTTPS_PORT: 'x', EASEL_LOG_LEVEL: 'y' }).split('\n')).toHaveLength(2)
  })

  test('a group that is no group is told so', () => {
    expect(refusal({ EASEL_HTTPS_PORT: '1' }, yaml('https: 8443'))).toMatch(/https must hold settings/)
  })
})

describe('what is only said', () => {
  test('a variable with our prefix that looks like nothing of ours, but not what container platforms set', () => {
    expect(load({ EASEL_SOMETHING_ELSE: '1' }).warnings).toEqual(['EASEL_SOMETHING_ELSE is set, but there is no such setting.'])
    expect(
      load({ EASEL_PORT: 'tcp://10.0.0.1:443', EASEL_PORT_443_TCP_ADDR: '10.0.0.1', EASEL_SERVICE_HOST: '10.0.0.1' }).warnings,
    ).toEqual([])
  })

  test('a proxy that nobody declared', () => {
    expect(load({ EASEL_HTTP_PORT: '8080' }).warnings.join()).toMatch(/trustedProxies/)
    expect(load({ EASEL_LOGIN_BASIC: 'off' }).warnings.join()).toMatch(/^No phone can come in: /)
    expect(load({ EASEL_LOGIN_BASIC: 'off', EASEL_CERTIFICATES: 'accept' }).warnings).toEqual([])
    expect(load({ EASEL_LOGIN_BASIC: 'off', EASEL_LOGIN_BASIC_ON_GROUPS: 'staff' }).warnings).toEqual([])
    expect(load({ EASEL_HTTP_PORT: '8080', EASEL_TRUSTED_PROXIES: 'loopback' }).warnings).toEqual([])
  })
})

describe('the table of the README', () => {
  test('is what the settings say', () => {
    const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8')
    expect(readme, 'run: npm run readme').toBe(withConfiguration(readme))
  })

  test('names each setting and each variable once, and says what it is for', () => {
    const rows = configurationTable()
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length)
    expect(new Set(rows.map((row) => row.environment)).size).toBe(rows.length)
    for (const row of rows) {
      expect(row.environment).toMatch(/^EASEL_[A-Z_]+$/)
      expect(row.description.length).toBeGreaterThan(8)
    }
  })
})
