// Client certificates as openssl makes and shows them, with its lists and its responder.
import { createServer } from 'node:http'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith, removeFolder, run, temporaryFolder, until } from './support/daemon.ts'
import { Easel } from './support/easel.ts'
import { OpensslAuthority, type OpensslIdentity } from './support/openssl-authority.ts'

const question = 'OPTIONS /Microsoft-Server-ActiveSync HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

describeWith(['openssl'], 'client certificates of openssl', () => {
  const parts = new AsyncDisposableStack()
  let folder: string
  let company: OpensslAuthority
  let listed: OpensslAuthority
  let asked: OpensslAuthority
  let easel: Easel
  let trust: string
  let listUrl: string
  let responder: Awaited<ReturnType<OpensslAuthority['respond']>>

  beforeAll(async () => {
    folder = temporaryFolder()
    parts.defer(() => removeFolder(folder))
    company = OpensslAuthority.make(join(folder, 'company'))
    listed = OpensslAuthority.make(join(folder, 'listed'), '/CN=Listed')
    asked = OpensslAuthority.make(join(folder, 'asked'), '/CN=Asked')
    const web = createServer((_request, response) => response.end(readFileSync(listed.list()))).listen(0, '127.0.0.1')
    await once(web, 'listening')
    parts.defer(() => void web.close())
    listUrl = `http://127.0.0.1:${(web.address() as AddressInfo).port}/listed.crl`
    const settings = {
      certificates: {
        mode: 'accept',
        revocation: 'require',
        refreshMinutes: 1,
        authorities: [{ file: company.certificate, crl: company.list() }, { file: listed.certificate }, { file: asked.certificate }],
      },
    }
    const file = join(folder, 'easel.yaml')
    writeFileSync(file, JSON.stringify(settings))
    easel = await Easel.start({ EASEL_CONFIG: file })
    parts.defer(() => easel.dispose())
    trust = join(folder, 'easel.pem')
    writeFileSync(trust, await easel.authority())
  }, 120_000)
  afterAll(() => parts.disposeAsync())

  const shake = (identity: OpensslIdentity | null, ...args: string[]) => {
    const shown = identity === null ? [] : ['-cert', identity.cert, '-key', identity.key]
    return run(
      'openssl',
      ['s_client', '-connect', `127.0.0.1:${easel.ports.https}`, '-CAfile', trust, '-ign_eof', ...shown, ...args],
      question,
    )
  }
  /** The status of OPTIONS for whoever shows this. */
  const statusOf = async (identity: OpensslIdentity | null, ...args: string[]): Promise<number> => {
    const { stdout, stderr } = await shake(identity, ...args)
    const status = /HTTP\/1\.1 (\d{3})/.exec(stdout)?.[1]
    if (status === undefined) throw new Error(`no answer:\n${stdout}\n${stderr}`)
    return Number(status)
  }

  test('the handshake asks for those of the authorities', async () => {
    const { stdout } = await shake(null)
    expect(stdout).toMatch(/Acceptable client certificate CA names\n(.*\n)*.*CN ?= ?Example CA/)
    expect(stdout).toMatch(/HTTP\/1\.1 401/)
  })

  test.each(['-tls1_2', '-tls1_3'])('a good one is a login with %s', async (version) => {
    expect(await statusOf(company.issue(), version)).toBe(200)
  })

  test('a resumed session keeps it, and outlives no revocation', async () => {
    const outlive = async (version: string) => {
      const identity = listed.issue({ more: [`crlDistributionPoints = URI:${listUrl}`] })
      const session = join(folder, `session${version}`)
      expect(await statusOf(identity, version, '-sess_out', session)).toBe(200)
      const resumed = await shake(null, version, '-sess_in', session)
      expect(resumed.stdout).toMatch(/Reused, TLSv1/)
      expect(resumed.stdout).toMatch(/HTTP\/1\.1 200/)
      listed.revoke(identity)
      const isOut = async () => (await shake(null, version, '-sess_in', session)).stdout.includes('HTTP/1.1 403')
      await until('the session is refused', isOut, 150)
    }
    await Promise.all(['-tls1_2', '-tls1_3'].map(outlive))
  }, 200_000)

  test('by its userPrincipalName', async () => {
    const upn = 'otherName:1.3.6.1.4.1.311.20.2.3;UTF8:bob@example.com'
    expect(await statusOf(company.issue({ names: upn }))).toBe(200)
  })

  test.each([
    ['expired', () => company.issue({ dates: ['20240101000000Z', '20240201000000Z'] }), 403],
    ['not valid yet', () => company.issue({ dates: ['20400101000000Z', '20410101000000Z'] }), 403],
    ['for servers', () => company.issue({ usage: 'serverAuth' }), 403],
    ['of nobody', () => company.issue({ names: 'email:carol@example.com' }), 403],
    ['of a foreign authority', () => OpensslAuthority.make(join(folder, 'foreign'), '/CN=Foreign').issue(), 401],
    ['of a foreign authority with the same name', () => OpensslAuthority.make(join(folder, 'twin')).issue(), 401],
    ['of an authority that nobody can ask', () => listed.issue(), 403],
  ])('one that is %s is refused', async (_title, issue, status) => {
    expect(await statusOf(issue())).toBe(status)
  })

  test('one revoked in a file is refused, and its parked Ping ended, within a minute', async () => {
    const identity = company.issue()
    company.list()
    const phone = await easel.phone('alice', { certificate: identity.pem, password: null })
    const ping = phone.ping(['Inbox'], 600)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const began = performance.now()
    company.revoke(identity)
    company.list()
    expect((await ping).reply.status).toBe(403)
    expect(performance.now() - began).toBeLessThan(62_000)
    expect(await statusOf(identity)).toBe(403)
    phone.close()
  })

  test('a responder is asked, and believed about its own', async () => {
    const places = (url: string) => ({ more: [`authorityInfoAccess = OCSP;URI:${url}`] })
    const { url } = await asked.respond().then(async (first) => (await first.stop(), first))
    const [good, bad] = [asked.issue(places(url)), asked.issue(places(url))]
    asked.revoke(bad)
    expect(await statusOf(good), 'nobody answers').toBe(503)
    responder = await asked.respond()
    parts.defer(async () => void (await responder.stop()))
    const [later, revoked] = [asked.issue(places(responder.url)), asked.issue(places(responder.url))]
    asked.revoke(revoked)
    await responder.stop()
    // It reads its index as it starts.
    responder = await asked.respond(Number(new URL(responder.url).port))
    expect(await statusOf(later)).toBe(200)
    expect(await statusOf(revoked)).toBe(403)
    // One that is not in its index.
    expect(await statusOf(company.issue(places(responder.url)))).toBe(200)
  })
})
