// `easel ca`, the same against a running server and a stopped one; what is put out by it, and what anybody may fetch.
import '../../src/enroll/reflection.ts'
import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import * as x509 from '@peculiar/x509'
import type { IssuedView } from '../../src/admin/certificates.ts'
import { Company, curveKeys } from '../support/company.ts'
import { VirtualClock } from '../support/clock.ts'
import { TestServer } from '../support/server.ts'
import { TestShell } from '../support/shell.ts'

let server: TestServer | null = null
let shell: TestShell
afterEach(async () => {
  await server?.close()
  server = null
  shell.remove()
})

/** A server with Alice, and a shell on its folder. */
async function begin(environment: Record<string, string> = {}): Promise<TestServer> {
  server = await TestServer.start({ environment: { EASEL_HOST: 'mail.example.test', ...environment } })
  shell = new TestShell(server.data)
  return server
}

test('an authority that ends soon is told of, in time to have another one signed', async () => {
  const clock = new VirtualClock()
  shell = new TestShell(null, clock)
  await shell.run(['account', 'add', 'alice@example.test', '--password-stdin'], 'secret')
  await shell.ask(['ca', 'init', '--name', 'Phones'])
  const told = async () => (await shell.run(['status'])).stdout.split('\n').find((line) => line.startsWith('client authority'))
  expect(await told()).toMatch(/ ok +Phones lets phones in until 20/)
  await clock.advance(3600 * 86_400)
  expect(await told()).toMatch(/ LOOK +Phones lets phones in until 20/)
  await clock.advance(60 * 86_400)
  expect(await told()).toMatch(/ LOOK +Phones has ended 20/)
})

const text = async (...args: string[]) => {
  const { code, stdout, stderr } = await shell.run(args)
  if (code !== 0) throw new Error(stderr)
  return stdout
}

async function story(): Promise<void> {
  expect(await text('ca', 'show')).toContain('There is no authority for client certificates')
  expect((await shell.run(['ca', 'issue', 'alice@example.test', '--output', 'a.p12'])).stderr).toContain('`easel ca init` makes one')
  const made = await text('ca', 'init', '--name', 'Phones')
  expect(made).toMatch(/^Phones signs client certificates now, until 20\d\d-/)
  expect(made).toContain('log nobody in until certificates.mode is accept or require')
  expect((await shell.run(['ca', 'init'])).stderr).toContain('There is an authority, Phones')
  const said = await shell.run(['ca', 'issue', 'alice@example.test', '--device', 'PHONE1', '--output', 'a.p12'])
  expect(said.stdout).toMatch(
    /^a\.p12 holds the certificate [0-9a-f]{32} of alice@example\.test, good until .*\nIts password: ([a-z]{5}-?){4}\n$/,
  )
  expect(statSync(join(shell.folder, 'a.p12')).mode & 0o777).toBe(0o600)
  expect((await shell.run(['ca', 'issue', 'alice@example.test', '--output', 'a.p12'])).stderr).toMatch(
    /^easel: .*a\.p12 exists already\.$/m,
  )
  expect(await shell.ask(['ca', 'list'])).toHaveLength(1)
  expect((await shell.run(['ca', 'issue', 'alice@example.test', '--days', '9999', '--output', 'b.p12'])).stderr).toBe(
    'easel: days: must be a whole number from 1 to 3650\n',
  )
  const password = /password: (\S+)/.exec(said.stdout)?.[1] ?? ''
  const pem = await text('ca', 'certificate', /certificate (\w+)/.exec(said.stdout)?.[1] ?? '')
  expect(new X509Certificate(pem).subject).toBe('CN=alice@example.test')
  const issued = await shell.ask<IssuedView>(['ca', 'issue', 'alice@example.test', '--days', '7'])
  expect(issued).toMatchObject({ account: 'alice@example.test', device: null, state: 'good', way: 'shell' })
  expect(await text('ca', 'list', '--good')).toMatch(/PHONE1.*good[^\n]*\n|good/)
  expect(await text('ca', 'revoke', issued.serial, '--reason', 'keycompromise')).toBe(`Revoked 1 certificate: ${issued.serial}.\n`)
  expect((await shell.run(['ca', 'revoke', issued.serial, '--reason', 'superseded'])).stderr).toMatch(
    /^easel: The certificate \w+ was revoked already, at 20\S+Z by .+: keyCompromise\.$/m,
  )
  expect(await shell.ask(['ca', 'list', '--account', 'alice@example.test', '--good'])).toMatchObject([{ device: 'PHONE1' }])
  expect(await shell.ask(['ca', 'revoke', '--device', 'PHONE1'])).toMatchObject([
    { device: 'PHONE1', state: 'revoked', reason: 'unspecified' },
  ])
  expect((await shell.run(['ca', 'revoke', '--account', 'alice@example.test'])).stderr).toContain('There is no good certificate')
  expect((await shell.run(['ca', 'revoke'])).stderr).toContain('name a certificate by its serial number')
  expect(await text('ca', 'crl')).toMatch(/^-----BEGIN X509 CRL-----\n/)
  expect(await text('ca', 'certificate')).toMatch(/^-----BEGIN CERTIFICATE-----\n/)
  // Nothing that opens a key is on record.
  const audit = await text('audit', 'list', '--json')
  expect(audit).toContain('ca.issue')
  expect(audit).not.toContain(password)
}

describe('easel ca', () => {
  test('makes an authority, issues, lists and revokes (running)', async () => {
    await begin()
    await story()
  })

  test('makes an authority, issues, lists and revokes (stopped)', async () => {
    const running = await begin()
    await running.restart(story)
    expect(running.running.admin.certificates.authority?.name).toBe('Phones')
  })

  test('does not warn of certificates.mode where certificates log in', async () => {
    await begin({ EASEL_CERTIFICATES: 'accept' })
    expect(await text('ca', 'init')).not.toContain('certificates.mode')
  })

  test("certifies the key of somebody's request, and has the company's authority sign ours", async () => {
    const { clock } = await begin()
    const company = await Company.found(clock)
    const file = (name: string) => join(shell.folder, name)
    expect(await text('ca', 'init', '--csr', '--name', 'Phones of Company', '--output', 'ours.csr')).toContain(
      'The request lies in ours.csr',
    )
    expect(await text('ca', 'show')).toContain("A request waits for the company's authority")
    const signed = await company.sign(readFileSync(file('ours.csr'), 'utf8'))
    writeFileSync(file('ours.crt'), signed)
    expect((await shell.run(['ca', 'init', '--import', 'ours.crt'])).stderr).toContain('give the whole chain')
    writeFileSync(file('chain.pem'), `${signed}${company.root}`)
    expect(await text('ca', 'init', '--import', 'chain.pem')).toMatch(/^Phones of Company signs client certificates now/)
    const keys = await curveKeys()
    const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }
    const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: 'CN=whoever', keys, signingAlgorithm })
    writeFileSync(file('alice.csr'), request.toString('pem'))
    const pem = await text('ca', 'issue', 'alice@example.test', '--csr', 'alice.csr')
    const leaf = new x509.X509Certificate(pem.slice(0, pem.indexOf('-----END') + 25))
    expect(leaf.subject).toBe('CN=alice@example.test')
    expect(Buffer.from(leaf.publicKey.rawData)).toEqual(Buffer.from(request.publicKey.rawData))
    expect(pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(3)
  })
})

describe('a running server', () => {
  test('serves the list of revoked certificates to anybody, where certificates say it is', async () => {
    const { url } = await begin()
    expect((await fetch(`${url}/ca.crl`)).status).toBe(404)
    await shell.ask(['ca', 'init'])
    const answer = await fetch(`${url}/ca.crl`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/pkix-crl'])
    const served = Buffer.from(await answer.arrayBuffer())
    const { content, url: address } = await shell.ask<{ content: string; url: string }>(['ca', 'crl'])
    expect(content).toBe(served.toString('base64'))
    expect(address).toMatch(/^https:\/\/mail\.example\.test\/ca\/[0-9a-f]{16}\.crl$/)
    const there = await fetch(`${url}${new URL(address).pathname}`)
    expect(Buffer.from(await there.arrayBuffer())).toEqual(served)
    expect((await fetch(`${url}/ca/0123456789abcdef.crl`)).status).toBe(404)
  })

  test('serves it by plain HTTP as well where it has a port for that, and says so in certificates', async () => {
    const { running, url } = await begin({ EASEL_CA_LIST_PORT: '0', EASEL_CA_LIST_ADDRESS: '127.0.0.1' })
    await shell.ask(['ca', 'init'])
    const { content, url: address } = await shell.ask<{ content: string; url: string }>(['ca', 'crl'])
    const plain = `http://127.0.0.1:${running.ports.lists}`
    const answer = await fetch(`${plain}${new URL(address).pathname}`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/pkix-crl'])
    expect(Buffer.from(await answer.arrayBuffer()).toString('base64')).toBe(content)
    for (const path of ['/ca/0123456789abcdef.crl', '/Microsoft-Server-ActiveSync', '/me'])
      expect((await fetch(`${plain}${path}`, { redirect: 'manual' })).status, path).not.toBe(200)
    expect((await fetch(`${url}${new URL(address).pathname}`)).status).toBe(200)
    expect(address).toMatch(/^http:\/\/mail\.example\.test:0\/ca\//)
    expect(await text('status')).toContain(`listens on port ${running.ports.lists}`)
  })

  test('ends what a phone has parked as soon as its certificate is revoked', async () => {
    const running = await begin()
    await shell.ask(['ca', 'init'])
    const issued = await shell.ask<IssuedView>(['ca', 'issue', 'alice@example.test'])
    const phone = await running.phone('alice@example.test')
    await phone.folderSync()
    await phone.sync('Inbox')
    const ping = phone.ping(['Inbox'], 600)
    await running.parked('alice@example.test', phone.options.deviceId)
    await shell.ask(['ca', 'revoke', issued.serial])
    expect(await ping).toBeDefined()
    expect(running.running.parked()).toBe(0)
  })
})
