// Client certificates that a reverse proxy hands over: every form, and who is believed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import * as http from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ClientCertificates } from '../../src/http/client-certificate.ts'
import { Peers } from '../../src/http/peers.ts'
import { createLog } from '../../src/log.ts'
import { TestAuthority, type Identity } from '../support/authority.ts'
import { VirtualClock } from '../support/clock.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const clock = new VirtualClock()
const now = clock.now()
const alice = 'alice@example.test'
const folder = mkdtempSync(join(tmpdir(), 'easel-headers-'))
/** The proxy's address; everybody else comes from 127.0.0.1. */
const proxy = '127.0.0.2'
const stranger = '127.0.0.1'

let root: TestAuthority
let issuing: TestAuthority
let good: Identity
let server: TestServer | null = null

beforeAll(async () => {
  root = await TestAuthority.make(now, { keys: 'rsa' })
  issuing = await TestAuthority.make(now, { parent: root, keys: 'rsa' })
  good = await issuing.issue({ keys: 'rsa' })
  writeFileSync(join(folder, 'root.pem'), root.pem)
  writeFileSync(join(folder, 'both.pem'), issuing.pem + root.pem)
})
afterEach(async () => {
  await server?.close()
  server = null
})
afterAll(() => rmSync(folder, { recursive: true }))

async function start(form: string, environment: Record<string, string> = {}): Promise<TestServer> {
  server = await startTestServer({
    clock,
    environment: {
      EASEL_TRUSTED_PROXIES: proxy,
      EASEL_CERTIFICATES: 'accept',
      EASEL_CERTIFICATE_AUTHORITIES: join(folder, 'both.pem'),
      EASEL_CERTIFICATE_FORM: form,
      ...environment,
    },
  })
  return server
}

function ask(headers: http.OutgoingHttpHeaders, localAddress = proxy): Promise<number> {
  const url = `${server?.url}/Microsoft-Server-ActiveSync`
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'OPTIONS', headers, localAddress, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject).end()
  })
}

const base64 = (der: Uint8Array) => Buffer.from(der).toString('base64')
const pemOf = (der: Uint8Array) => `-----BEGIN CERTIFICATE-----\n${base64(der).replaceAll(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`
const header = 'X-SSL-Client-Cert'

/** As each proxy writes it, and the certificate of the issuer where it can write that too. */
const forms = {
  rfc9440: (der: Uint8Array) => ({ 'Client-Cert': `:${base64(der)}:` }),
  nginx: (der: Uint8Array) => ({ [header]: encodeURIComponent(pemOf(der)) }),
  haproxy: (der: Uint8Array) => ({ [header]: base64(der) }),
  caddy: (der: Uint8Array) => ({ [header]: base64(der) }),
  apache: (der: Uint8Array) => ({ [header]: pemOf(der).replaceAll('\n', ' ') }),
}
type Form = keyof typeof forms
const names = Object.keys(forms) as Form[]

describe.each(names)('the form of %s', (form) => {
  it('is a login from a declared proxy, and from nobody else', async () => {
    await start(form)
    expect(await ask(forms[form](good.der))).toBe(200)
    expect(await ask(forms[form](good.der), stranger)).toBe(401)
  })

  it('is judged here, whatever the proxy thinks of it', async () => {
    await start(form)
    expect(await ask(forms[form]((await issuing.issue({ until: now - 1 })).der))).toBe(403)
    const foreign = await TestAuthority.make(now, { name: 'Example Issuing' })
    expect(await ask(forms[form]((await foreign.issue()).der))).toBe(401)
  })

  it.each([
    ['nothing', ''],
    ['what Apache writes for nothing', '(null)'],
    ['what Caddy writes for nothing', '{http.request.tls.client.certificate_der_base64}'],
  ])('holds no certificate: %s', async (_title, text) => {
    await start(form)
    const [name = ''] = Object.keys(forms[form](good.der))
    expect(await ask({ [name]: text })).toBe(401)
  })

  it.each([
    ['no certificate at all', () => 'CN=alice'],
    ['two, one behind the other', (text: string) => `${text}, ${text}`],
    ['one with something behind it', (text: string) => `${text}x!`],
    ['more than any certificate', (text: string) => text + 'A'.repeat(12_300)],
  ])('is refused with: %s', async (_title, spoil) => {
    await start(form)
    const [[name, text] = ['', '']] = Object.entries(forms[form](good.der))
    expect(await ask({ [name]: spoil(text) })).toBe(400)
  })

  it('twice in a request is refused: one of them may be from the phone', async () => {
    await start(form)
    const [[name, text] = ['', '']] = Object.entries(forms[form](good.der))
    expect(await ask({ [name]: [text, text] })).toBe(400)
  })
})

describe('the certificates above it', () => {
  const onlyRoot = () => ({ EASEL_CERTIFICATE_AUTHORITIES: join(folder, 'root.pem') })
  const chainHeader = 'X-SSL-Client-Chain'

  it.each([
    ['rfc9440', 'Client-Cert-Chain', () => `:${base64(issuing.der)}:, :${base64(root.der)}:`],
    ['nginx', chainHeader, () => encodeURIComponent(pemOf(issuing.der) + pemOf(root.der))],
    ['haproxy', chainHeader, () => base64(Buffer.concat([issuing.der, root.der]))],
    ['caddy', chainHeader, () => pemOf(issuing.der).replaceAll('\n', ' ')],
    ['apache', chainHeader, () => pemOf(issuing.der).replaceAll('\n', ' ')],
  ] as const)('come along in the form of %s', async (form, name, text) => {
    await start(form, { ...onlyRoot(), ...(form === 'rfc9440' ? {} : { EASEL_CERTIFICATE_CHAIN_HEADER: chainHeader }) })
    expect(await ask(forms[form](good.der))).toBe(401)
    expect(await ask({ ...forms[form](good.der), [name]: text() })).toBe(200)
    expect(await ask({ ...forms[form]((await issuing.issue()).der), [name]: 'nonsense' })).toBe(400)
  })

  it('are known after they came along once', async () => {
    await start('rfc9440', onlyRoot())
    expect(await ask({ ...forms.rfc9440(good.der), 'Client-Cert-Chain': `:${base64(issuing.der)}:` })).toBe(200)
    expect(await ask(forms.rfc9440((await issuing.issue()).der))).toBe(200)
  })

  it('of RSA 4096 fit into the headers of a request, with all that a phone sends beside them', async () => {
    const big = await TestAuthority.make(now, { parent: root, keys: 'rsa-4096', name: 'Big' })
    const leaf = await big.issue({
      keys: 'rsa-4096',
      names: Array.from({ length: 5 }, (_, n) => ({ type: 'email', value: n === 0 ? alice : `${n}.${alice}` })),
    })
    await start('rfc9440', onlyRoot())
    const chain = `:${base64(big.der)}:, :${base64(root.der)}:`
    const others = { Cookie: 'x'.repeat(1000), 'User-Agent': 'Apple-iPhone15C2/2105.219', 'X-Forwarded-For': '2001:db8::1' }
    expect(await ask({ ...others, ...forms.rfc9440(leaf.der), 'Client-Cert-Chain': chain })).toBe(200)
    await server?.close()
    await start('nginx', { EASEL_CERTIFICATE_CHAIN_HEADER: chainHeader, ...onlyRoot() })
    const escaped = { ...forms.nginx(leaf.der), [chainHeader]: encodeURIComponent(pemOf(big.der) + pemOf(root.der)) }
    expect(await ask({ ...others, ...escaped })).toBe(200)
  })
})

describe('what the proxy itself found', () => {
  it.each([
    ['SUCCESS', 200],
    ['0', 200],
    ['FAILED:certificate has expired', 401],
    ['NONE', 401],
    ['10', 401],
    ['', 401],
  ])('%s', async (said, status) => {
    await start('nginx', { EASEL_CERTIFICATE_VERIFY_HEADER: 'X-SSL-Client-Verify' })
    expect(await ask({ ...forms.nginx(good.der), 'X-SSL-Client-Verify': said })).toBe(status)
  })

  it('counts for nothing where it is missing', async () => {
    await start('nginx', { EASEL_CERTIFICATE_VERIFY_HEADER: 'X-SSL-Client-Verify' })
    expect(await ask(forms.nginx(good.der))).toBe(401)
  })
})

it('a header of another name, or another form, is none', async () => {
  await start('haproxy', { EASEL_CERTIFICATE_HEADER: 'X-Company-Cert' })
  expect(await ask(forms.haproxy(good.der))).toBe(401)
  expect(await ask({ 'X-Company-Cert': base64(good.der) })).toBe(200)
  expect(await ask({ 'X-Company-Cert': encodeURIComponent(pemOf(good.der)) })).toBe(400)
})

it('where no proxy hands certificates over, a header means nothing even from a declared one', async () => {
  await start('none')
  for (const form of names) expect(await ask(forms[form](good.der)), form).toBe(401)
})

it.each(['PROXY UNKNOWN', 'PROXY TCP4 192.0.2.7 192.0.2.1 4711 443'])(
  'behind %s the bytes are the phone’s own, and so is a header',
  async (line) => {
    await start('haproxy', { EASEL_HTTP_PROXY_PROTOCOL: 'required' })
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(server?.url ?? '').port), localAddress: proxy })
    const request = [
      'OPTIONS /Microsoft-Server-ActiveSync HTTP/1.1',
      'Host: localhost',
      'Connection: close',
      `${header}: ${base64(good.der)}`,
    ]
    socket.write(`${line}\r\n${request.join('\r\n')}\r\n\r\n`)
    const answer = Buffer.concat(await Array.fromAsync(socket)).toString()
    expect(answer).toMatch(/^HTTP\/1\.1 401/)
  },
)

it('a forged header is told of in the log, once for each of those who send it', () => {
  const lines: string[] = []
  const log = createLog({ level: 'info', pretty: false, destination: { write: (line: string) => void lines.push(line) } })
  const certificates = new ClientCertificates({
    peers: new Peers([proxy]),
    log,
    handedOver: { form: 'haproxy', header: 'x-ssl-client-cert', chainHeader: null, verifyHeader: null },
  })
  const from = (remoteAddress: string) => ({ headers: { 'x-ssl-client-cert': base64(good.der) }, socket: { remoteAddress } }) as never
  for (const address of [stranger, stranger, '127.0.0.3', stranger]) expect(certificates.of(from(address))).toBeNull()
  expect(lines.map((line) => (JSON.parse(line) as { address: string }).address)).toEqual([stranger, '127.0.0.3'])
})
