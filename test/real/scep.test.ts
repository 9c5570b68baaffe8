// SCEP as micromdm's client speaks it: a first certificate by a challenge, another by renewal, and what is refused.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { act, actorOf } from '../support/admin.ts'
import { profileOf, scepChallengeOf } from '../support/profile.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { describeWith, removeFolder, run, temporaryFolder } from './support/daemon.ts'

const alice = 'alice@example.test'

describeWith(['scepclient', 'openssl'], "micromdm's scepclient", () => {
  const parts = new AsyncDisposableStack()
  let server: TestServer
  let folder: string

  beforeAll(async () => {
    server = await startTestServer({ accounts: [alice], environment: { EASEL_CA_AUTOMATIC: '1', EASEL_CERTIFICATES: 'accept' } })
    parts.defer(() => server.close())
    folder = temporaryFolder()
    parts.defer(() => removeFolder(folder))
  })
  afterAll(() => parts.disposeAsync())

  async function challenge(): Promise<string> {
    const actor = actorOf('user', await server.accountOf(alice))
    const { profile } = await act(server.running.admin, 'me.profile.create', { kind: 'scep' }, actor)
    return scepChallengeOf(profileOf(Buffer.from(profile, 'base64')))
  }

  /** Runs the client in a folder of that name, where it keeps its key, its request and its certificate. */
  const client = (name: string, ...args: string[]) => {
    mkdirSync(join(folder, name), { recursive: true })
    const files = ['-private-key', join(folder, name, 'key.pem'), '-certificate', pathOf(name)]
    return run('scepclient', ['-server-url', `${server.url}/scep`, ...files, '-debug', ...args])
  }
  const pathOf = (name: string) => join(folder, name, 'certificate.pem')
  const certificate = (name: string) => new X509Certificate(readFileSync(pathOf(name)))

  test('gets a certificate for its challenge, that names the account and nothing the client wished for', async () => {
    const { code, stderr, stdout } = await client('first', '-challenge', await challenge(), '-cn', 'the boss')
    expect(code, stderr + stdout).toBe(0)
    const got = certificate('first')
    expect(got.subject).toContain(alice)
    expect(got.subject).not.toContain('boss')
    expect(got.subjectAltName).toContain(`email:${alice}`)
  })

  test('renews by the certificate it has, without a challenge', async () => {
    const before = certificate('first')
    const { code, stderr, stdout } = await client('first')
    expect(code, stderr + stdout).toBe(0)
    const after = certificate('first')
    expect(after.serialNumber).not.toBe(before.serialNumber)
    expect(after.publicKey.equals(before.publicKey)).toBe(true)
  })

  test('is refused without a challenge, and with a challenge that another key has used', async () => {
    const used = await challenge()
    expect((await client('second', '-challenge', used)).code).toBe(0)
    expect((await client('third', '-challenge', used)).code).not.toBe(0)
    expect((await client('fourth', '-challenge', 'guessed')).code).not.toBe(0)
    expect((await client('fifth')).code).not.toBe(0)
    expect(['third', 'fourth', 'fifth'].filter((name) => existsSync(pathOf(name)))).toEqual([])
  })

  test('renews nothing once the certificate was revoked', async () => {
    const { serialNumber } = certificate('second')
    const actor = actorOf('user', await server.accountOf(alice))
    await act(server.running.admin, 'me.certificate.revoke', { serial: serialNumber }, actor)
    expect((await client('second')).code).not.toBe(0)
    expect(certificate('second').serialNumber).toBe(serialNumber)
  })
})

describeWith(['pki', 'openssl'], "strongSwan's pki --scep", () => {
  const parts = new AsyncDisposableStack()
  afterAll(() => parts.disposeAsync())

  test('gets a certificate under AES and SHA-256, and renews it', async () => {
    const server = await startTestServer({ accounts: [alice], environment: { EASEL_CA_AUTOMATIC: '1', EASEL_CERTIFICATES: 'accept' } })
    parts.defer(() => server.close())
    const folder = temporaryFolder()
    parts.defer(() => removeFolder(folder))
    const path = (name: string) => join(folder, name)
    const actor = actorOf('user', await server.accountOf(alice))
    const { profile } = await act(server.running.admin, 'me.profile.create', { kind: 'scep' }, actor)
    const challenge = scepChallengeOf(profileOf(Buffer.from(profile, 'base64')))
    const authority = Buffer.from(await (await fetch(`${server.url}/scep?operation=GetCACert`)).arrayBuffer())
    writeFileSync(path('authority.der'), authority)
    for (const name of ['first', 'second']) await run('openssl', ['genrsa', '-out', path(`${name}.key`), '2048'])
    const scep = (key: string, ...args: string[]) =>
      run('pki', [
        ...[
          '--scep',
          '--url',
          `${server.url}/scep`,
          '--in',
          path(`${key}.key`),
          '--dn',
          'CN=somebody',
          '--cipher',
          'aes',
          '--outform',
          'pem',
        ],
        ...['--cacert-enc', path('authority.der'), '--cacert-sig', path('authority.der'), ...args],
      ])
    const first = await scep('first', '--password', challenge)
    expect(first.code, first.stderr).toBe(0)
    expect(new X509Certificate(first.stdout).subject).toContain(alice)
    writeFileSync(path('first.pem'), first.stdout)
    const second = await scep('second', '--cert', path('first.pem'), '--key', path('first.key'))
    expect(second.code, second.stderr).toBe(0)
    expect(new X509Certificate(second.stdout).serialNumber).not.toBe(new X509Certificate(first.stdout).serialNumber)
  })
})
