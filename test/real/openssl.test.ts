// What OpenSSL makes of the certificate and the handshake.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith, removeFolder, run, temporaryFolder } from './support/daemon.ts'
import { Easel } from './support/easel.ts'

describeWith(['openssl'], 'openssl s_client', () => {
  const parts = new AsyncDisposableStack()
  let easel: Easel
  let authority: string
  beforeAll(async () => {
    easel = await Easel.start()
    parts.defer(() => easel.dispose())
    const folder = temporaryFolder()
    parts.defer(() => removeFolder(folder))
    authority = join(folder, 'authority.pem')
    writeFileSync(authority, await easel.authority())
  })
  afterAll(() => parts.disposeAsync())

  const shake = (...args: string[]) =>
    run('openssl', ['s_client', '-connect', `127.0.0.1:${easel.ports.https}`, '-CAfile', authority, '-verify_return_error', ...args])

  test.each(['-tls1_2', '-tls1_3'])('accepts chain and name with %s', async (version) => {
    const shaken = await shake(version, '-servername', 'localhost', '-verify_hostname', 'localhost')
    expect(shaken.stdout).toContain('Verify return code: 0 (ok)')
    expect(shaken.code).toBe(0)
  })

  test('rejects another name', async () => {
    const shaken = await shake('-servername', 'localhost', '-verify_hostname', 'mail.example.org')
    expect(shaken.code).not.toBe(0)
    expect(`${shaken.stdout}${shaken.stderr}`).toContain('hostname mismatch')
  })

  test('gets no TLS 1.1, even if it lowers its own guard', async () => {
    const shaken = await shake('-tls1_1', '-cipher', 'ALL@SECLEVEL=0')
    expect(shaken.code).not.toBe(0)
    expect(shaken.stdout).not.toContain('Verify return code: 0 (ok)\nExtended master secret')
  })

  test('finds what iOS asks of a certificate', async () => {
    const { stdout } = await shake('-showcerts')
    const leaf = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(stdout)?.[0] ?? ''
    const { stdout: text } = await run('openssl', ['x509', '-noout', '-text'], leaf)
    expect(text).toContain('TLS Web Server Authentication')
    expect(text).toMatch(/DNS:localhost/)
    const { code } = await run('openssl', ['x509', '-noout', '-checkend', String(826 * 86_400)], leaf)
    expect(code, 'more than 825 days').toBe(1)
  })
})
