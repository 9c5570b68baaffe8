// What OpenSSL makes of our own authority for clients: its certificates, its lists, and the files with a key.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith, run, type Ran } from './support/daemon.ts'
import { TestServer } from '../support/server.ts'
import { TestShell } from '../support/shell.ts'
import { VirtualClock } from '../support/clock.ts'

describeWith(['openssl'], 'openssl and our authority', () => {
  let server: TestServer
  let shell: TestShell
  beforeAll(async () => {
    // OpenSSL goes by the machine's clock.
    server = await TestServer.start({ environment: { EASEL_HOST: 'mail.example.test' }, clock: new VirtualClock(Date.now()) })
    shell = new TestShell(server.data)
    await easel('ca', 'init', '--name', 'Phones')
    writeFileSync(file('ca.pem'), await easel('ca', 'certificate'))
  })
  afterAll(async () => {
    await server.close()
    shell.remove()
  })

  const file = (name: string) => join(shell.folder, name)
  const easel = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await shell.run(args)
    if (code !== 0) throw new Error(stderr)
    return stdout
  }
  const openssl = (...args: string[]): Promise<Ran> => run('openssl', args)
  /** The list as anybody fetches it, as PEM. */
  const fetchList = async () => {
    writeFileSync(file('crl.der'), Buffer.from(await (await fetch(`${server.url}/ca.crl`)).arrayBuffer()))
    await openssl('crl', '-inform', 'der', '-in', file('crl.der'), '-out', file('crl.pem'))
  }

  test.each([
    ['as it is by itself', 'new.p12', []],
    ['with its old algorithms', 'old.p12', ['-legacy']],
  ])('opens a PKCS#12 file %s', async (_how, name, options) => {
    const said = await easel('ca', 'issue', 'alice@example.test', '--output', name)
    const password = /password: (\S+)/.exec(said)?.[1] ?? ''
    const opened = await openssl('pkcs12', ...options, '-in', file(name), '-passin', `pass:${password}`, '-noenc', '-info')
    expect(opened.stderr).toContain('Shrouded Keybag: pbeWithSHA1And3-KeyTripleDES-CBC')
    expect(opened.stdout).toContain('friendlyName: alice@example.test (Phones)')
    expect(opened.stdout).toContain('BEGIN PRIVATE KEY')
    expect(opened.stdout.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    expect((await openssl('pkcs12', ...options, '-in', file(name), '-passin', 'pass:wrong', '-noenc')).code).not.toBe(0)
  })

  test('verifies a certificate for a client alone, and no more once it is in the list of those revoked', async () => {
    await openssl('req', '-newkey', 'rsa:2048', '-noenc', '-keyout', file('k.pem'), '-subj', '/CN=whoever', '-out', file('k.csr'))
    writeFileSync(file('leaf.pem'), await easel('ca', 'issue', 'alice@example.test', '--csr', file('k.csr')))
    const verify = (purpose: string) =>
      openssl('verify', '-crl_check', '-CRLfile', file('crl.pem'), '-CAfile', file('ca.pem'), '-purpose', purpose, file('leaf.pem'))
    await fetchList()
    expect((await verify('sslclient')).stdout).toContain('leaf.pem: OK')
    expect((await verify('sslserver')).code).not.toBe(0)
    const { stdout } = await openssl('x509', '-in', file('leaf.pem'), '-noout', '-text')
    expect(stdout).toContain('othername: UPN::alice@example.test, email:alice@example.test')
    expect(stdout).toMatch(/URI:https:\/\/mail\.example\.test\/ca\/[0-9a-f]{16}\.crl/)
    const serial = /Serial Number:\s+(\S+)/.exec(stdout)?.[1] ?? ''
    await easel('ca', 'revoke', serial, '--reason', 'keyCompromise')
    await fetchList()
    const revoked = await verify('sslclient')
    expect(`${revoked.stdout}${revoked.stderr}`).toContain('certificate revoked')
    const list = await openssl('crl', '-in', file('crl.pem'), '-noout', '-text', '-CAfile', file('ca.pem'))
    expect(`${list.stdout}${list.stderr}`).toMatch(/verify OK/)
    expect(list.stdout).toMatch(/X509v3 CRL Number:\s+2\n/)
    expect(list.stdout).toContain('Key Compromise')
    expect(readFileSync(file('crl.pem'), 'utf8')).toBe(`${(await easel('ca', 'crl')).trim()}\n`)
  })

  test("makes an authority under the company's, to whose root certificates are verified", async () => {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc']
    await openssl('req', '-x509', ...curve, '-keyout', file('root.key'), '-subj', '/CN=Company', '-days', '4000', '-out', file('root.crt'))
    await easel('ca', 'init', '--csr', '--name', 'Phones of Company', '--output', 'ours.csr')
    writeFileSync(
      file('ext'),
      'basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign,digitalSignature,keyEncipherment\n',
    )
    const signing = ['-CA', file('root.crt'), '-CAkey', file('root.key'), '-CAcreateserial', '-days', '3000', '-extfile', file('ext')]
    await openssl('x509', '-req', '-in', file('ours.csr'), ...signing, '-out', file('ours.crt'))
    // OpenSSL's certificates begin now, and our clock stands still.
    await server.clock.advance(60)
    writeFileSync(file('chain.pem'), readFileSync(file('root.crt'), 'utf8') + readFileSync(file('ours.crt'), 'utf8'))
    await easel('ca', 'init', '--import', 'chain.pem')
    const said = await easel('ca', 'issue', 'alice@example.test', '--output', 'b.p12')
    const password = /password: (\S+)/.exec(said)?.[1] ?? ''
    const read = (...what: string[]) => openssl('pkcs12', '-in', file('b.p12'), '-passin', `pass:${password}`, ...what)
    expect((await read('-nokeys', '-cacerts')).stdout.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    await read('-nokeys', '-clcerts', '-out', file('b.pem'))
    const verified = await openssl('verify', '-CAfile', file('root.crt'), '-untrusted', file('ours.crt'), file('b.pem'))
    expect(verified.stdout).toContain('b.pem: OK')
    await fetchList()
    const list = await openssl('crl', '-in', file('crl.pem'), '-noout', '-CAfile', file('ours.crt'))
    expect(list.stderr).toContain('verify OK')
  })
})
