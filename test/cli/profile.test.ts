// `easel profile ADDRESS`: a link or a file for somebody's phone, with a server and without one.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { payloads, profileOf } from '../support/profile.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { TestShell } from '../support/shell.ts'

const alice = 'alice@example.test'

describe('with a server', () => {
  let server: TestServer
  let shell: TestShell
  beforeEach(async () => {
    server = await startTestServer({ accounts: [alice], environment: { EASEL_CA_AUTOMATIC: '1', EASEL_CERTIFICATES: 'accept' } })
    shell = new TestShell(server.data)
  })
  afterEach(async () => {
    await server.close()
    shell.remove()
  })

  test('a link is printed alone, so that a script can mail it, and works', async () => {
    const { code, stdout, stderr } = await shell.run(['profile', alice, '--link', '--kind', 'scep'])
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/^https:\/\/localhost\S*\/enrol\/[\w-]{43}\n$/)
    expect(stderr).toContain('works once')
    const page = await fetch(`${server.url}${new URL(stdout.trim()).pathname}`)
    expect(await page.text()).toContain(alice)
  })

  test('a file is for its owner’s eyes', async () => {
    const { code, stderr } = await shell.run(['profile', alice, '--out', 'alice.mobileconfig', '--kind', 'certificate'])
    expect(code, stderr).toBe(0)
    const path = join(shell.folder, 'alice.mobileconfig')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(payloads(profileOf(readFileSync(path)), 'com.apple.security.pkcs12')).toHaveLength(1)
  })

  test.each([
    [[alice], /--link.*--out/],
    [[alice, '--link', '--out', 'x'], /--link.*--out/],
    [['nobody@example.test', '--link'], /no account/],
    [[alice, '--link', '--kind', 'oauth'], /not made here/],
    [[alice, '--link', '--kind', 'carrier-pigeon'], /password, certificate, scep, oauth/],
  ])('%j is refused with a sentence', async (args, sentence) => {
    const { code, stderr } = await shell.run(['profile', ...args])
    expect(code).not.toBe(0)
    expect(stderr).toMatch(sentence)
  })
})

test('without a server, a profile is made and signed by the certificate the server will have', async () => {
  const shell = new TestShell()
  try {
    await shell.run(['account', 'add', alice, '--password-stdin'], 'a password of some length\n')
    const { code, stderr } = await shell.run(['profile', alice, '--out', 'alice.mobileconfig'])
    expect(code, stderr).toBe(0)
    const profile = profileOf(readFileSync(join(shell.folder, 'alice.mobileconfig')))
    expect(payloads(profile, 'com.apple.eas.account')[0]).toMatchObject({ EmailAddress: alice })
    expect(payloads(profile, 'com.apple.security.root')).toHaveLength(1)
  } finally {
    shell.remove()
  }
})

describe('the profile of the authority', () => {
  let shell: TestShell
  beforeEach(async () => {
    shell = new TestShell()
    await shell.run(['account', 'add', alice, '--password-stdin'], 'a password of some length\n')
    // With the first profile of an account there is an authority.
    await shell.run(['profile', alice, '--out', 'alice.mobileconfig'])
  })
  afterEach(() => shell.remove())
  function configure(settings: unknown): void {
    mkdirSync(shell.data, { recursive: true })
    writeFileSync(join(shell.data, 'easel.yaml'), JSON.stringify(settings))
  }
  const behindProxy = { https: { port: 'off' }, http: { port: 8080 } }

  test('is for phones that meet a certificate of it', async () => {
    const { code, stdout, stderr } = await shell.run(['profile'])
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('Certificate Trust Settings')
  })

  test.each([
    ['a proxy', behindProxy, /certificate of the proxy.*no profile/],
    [
      'an ACME server',
      { host: 'mail.example.com', acme: { directory: 'https://acme.example/directory', agree: true } },
      /comes from https:\/\/acme\.example.*no profile/,
    ],
  ])('is refused with a sentence where they meet one of %s', async (_, settings, sentence) => {
    configure(settings)
    for (const args of [[], ['--out', 'authority.mobileconfig'], ['--json']]) {
      const { code, stdout, stderr } = await shell.run(['profile', ...args])
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(sentence)
    }
  })

  test('is still printed for browsers at the console behind a proxy, but brought along to no phone', async () => {
    configure(behindProxy)
    const printed = await shell.run(['profile', '--pem'])
    expect(printed.stdout, printed.stderr).toMatch(/^-----BEGIN CERTIFICATE-----/)
    expect((await shell.run(['profile', alice, '--out', 'alice.mobileconfig'])).code).toBe(0)
    const profile = profileOf(readFileSync(join(shell.folder, 'alice.mobileconfig')))
    expect(payloads(profile, 'com.apple.security.root')).toEqual([])
  })
})
