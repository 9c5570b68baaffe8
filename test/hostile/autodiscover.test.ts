// Autodiscover under attack: documents that blow up, questions about other people, and a Host that is not ours.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashPassword } from '../../src/auth/password.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import { exchange, RawClient } from './raw-client.ts'

const schema = 'http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006'
const namespace = 'http://schemas.microsoft.com/exchange/autodiscover/mobilesync/requestschema/2006'
const asked = (address: string, head = '') =>
  `<?xml version="1.0" encoding="utf-8"?>${head}<Autodiscover xmlns="${namespace}"><Request><EMailAddress>${address}</EMailAddress><AcceptableResponseSchema>${schema}</AcceptableResponseSchema></Request></Autodiscover>`

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({
    accounts: ['alice@example.test', 'bob@example.test'],
    environment: { EASEL_HOST: 'mail.example.test' },
  })
})
afterAll(() => server.close())

const basic = (user: string, secret = password) => `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`

function post(
  body: string | Buffer,
  headers: readonly string[] = [],
  authorization = basic('alice@example.test'),
  host = 'mail.example.test',
) {
  const bytes = Buffer.from(body as string)
  const lines = [
    'POST /Autodiscover/Autodiscover.xml HTTP/1.1',
    `Host: ${host}`,
    `Authorization: ${authorization}`,
    'Content-Type: text/xml',
    `Content-Length: ${bytes.length}`,
    ...headers,
  ]
  return exchange(server.url, Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes]))
}

const errorOf = (body: string) => /<ErrorCode>(\d+)<\/ErrorCode>/.exec(body)?.[1] ?? null
const laughs = Array.from({ length: 9 }, (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`).join('')

describe('a document', () => {
  test.each([
    ['an external entity', asked('&x;', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>')],
    ['an external document type', asked('alice@example.test', '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd">')],
    ['a parameter entity', asked('alice@example.test', '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/"> %x;]>')],
    ['a billion laughs', asked('&l9;', `<!DOCTYPE a [<!ENTITY l0 "ha">${laughs}]>`)],
    ['an entity nobody declared', asked('&x;')],
    ['a character that is none', asked('&#0;&#xD800;')],
    ['elements within elements', `${'<a>'.repeat(2600)}`],
    ['many attributes', `<a ${Array.from({ length: 900 }, (_, index) => `b${index}=""`).join(' ')}/>`],
    [
      'UTF-16 that hides its document type',
      Buffer.from(`\uFEFF${asked('&x;', '<!DOCTYPE a [<!ENTITY x "alice@example.test">]>')}`, 'utf16le'),
    ],
    ['UTF-7', '+ADw-Autodiscover+AD4-'],
    ['another root', '<Envelope/>'],
    ['two requests', '<Autodiscover><Request/><Request/></Autodiscover>'],
    ['a stylesheet', `<?xml-stylesheet href="http://127.0.0.1:1/"?>${asked('bob@example.test')}`],
    ['an inclusion', asked('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>')],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x01, 0x3c])],
    ['JSON', '{"EMailAddress":"alice@example.test"}'],
  ])('with %s is answered with 600, and nothing is fetched', async (_, body) => {
    const began = performance.now()
    const answer = await post(body)
    expect(answer.status).toBe(200)
    expect(errorOf(answer.body)).toBe('600')
    expect(answer.body).not.toMatch(/root:|haha/)
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test('longer than any is not read', async () => {
    const answer = await post(asked('alice@example.test').padEnd(9000))
    expect(errorOf(answer.body)).toBe('600')
    const client = new RawClient(server.url)
    client.write(
      `POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic('alice@example.test')}\r\nContent-Length: 99999999999\r\n\r\n`,
    )
    expect(errorOf((await client.answer()).body)).toBe('600')
    client.close()
  })

  test('that names its own account is answered, even with oddities around it', async () => {
    for (const body of [
      asked('alice@example.test'),
      asked(' ALICE@Example.TEST '),
      `\uFEFF${asked('alice@example.test')}`,
      asked('&#97;lice@example.test'),
    ]) {
      expect((await post(body)).body).toContain('<Url>https://mail.example.test/Microsoft-Server-ActiveSync</Url>')
    }
  })
})

describe('an address of somebody else', () => {
  const bare = (body: string) => body.replace(/Time="[^"]*"/, '')

  test('is answered alike, whether it exists or not', async () => {
    const addresses = ['bob@example.test', 'nobody@example.test', 'bob@else.test', "x' or 1=1 --", '%', '*@example.test', 'x'.repeat(2000)]
    const answers = await Promise.all(addresses.map((address) => post(asked(address))))
    expect(new Set(answers.map(({ status, body }) => `${status} ${bare(body)}`)).size).toBe(1)
    expect(errorOf(answers[0]?.body ?? '')).toBe('600')
  })

  test('is asked about by nobody who does not log in, and the refusal is the same', async () => {
    const users = ['bob@example.test', 'nobody@example.test', 'nobody@else.test']
    const answers = await Promise.all(users.map((user) => post(asked(user), [], basic(user, 'wrong'))))
    expect(new Set(answers.map(({ status, headers, body }) => JSON.stringify([status, headers['www-authenticate'], body]))).size).toBe(1)
    expect(answers[0]?.status).toBe(401)
  })

  test('takes the same time to refuse', async () => {
    // The passwords of test accounts are quick to check; this one is kept as the server keeps it.
    const bob = await server.accountOf('bob@example.test')
    await server.store.accounts.change(bob.id, { passwordHash: await hashPassword(password) })
    const times = { there: [] as number[], gone: [] as number[] }
    for (let attempt = 0; attempt < 4; attempt++) {
      for (const [kind, user] of [
        ['there', 'bob@example.test'],
        ['gone', `nobody${attempt}@example.test`],
      ] as const) {
        const began = performance.now()
        await post(asked(user), [], basic(user, `wrong ${attempt}`))
        times[kind].push(performance.now() - began)
      }
    }
    const best = (list: number[]) => Math.min(...list)
    // A derivation takes tens of milliseconds; whoever is spared it would stand out by all of it.
    expect(best(times.gone)).toBeGreaterThan(best(times.there) / 3)
    expect(best(times.there)).toBeGreaterThan(best(times.gone) / 3)
  })

  test('gets version 2 the same answer as any other of its domain', async () => {
    const ask = (address: string) => {
      const path = `/autodiscover/autodiscover.json/v1.0/${encodeURIComponent(address)}?Protocol=ActiveSync`
      return exchange(server.url, `GET ${path} HTTP/1.1\r\nHost: mail.example.test\r\n\r\n`)
    }
    for (const address of ['bob@example.test', 'nobody@example.test', '../../etc/passwd@example.test', '<script>@example.test']) {
      const { status, body } = await ask(address)
      const answer = { Protocol: 'ActiveSync', Url: 'https://mail.example.test/Microsoft-Server-ActiveSync' }
      expect([status, JSON.parse(body)]).toEqual([200, answer])
    }
    const others = await Promise.all(['bob@else.test', '../../etc/passwd', '%00', '<script>', '*', 'x'.repeat(1000)].map(ask))
    expect(new Set(others.map(({ status, body }) => `${status} ${body}`)).size).toBe(1)
    expect(others[0]?.status).toBe(404)
  })
})

describe('a Host', () => {
  test.each([
    'evil.test',
    'mail.example.test.evil.test',
    'mail.example.test@evil.test',
    'evil.test#mail.example.test',
    'evil.test/mail.example.test',
    'mail.example.test:80@evil.test',
    '[::1]',
    '"',
    'mail.example.test\\@evil.test',
  ])('of somebody else is never repeated: %s', async (host) => {
    const xml = await post(asked('alice@example.test'), [], undefined, host)
    const json = await exchange(
      server.url,
      `GET /autodiscover/autodiscover.json?Protocol=ActiveSync HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Host: evil.test\r\n\r\n`,
    )
    for (const { body, headers } of [xml, json]) {
      expect(body).not.toContain('evil')
      expect(JSON.stringify(headers)).not.toContain('evil')
    }
  })

  test('is redirected nowhere', async () => {
    for (const path of [
      '//evil.test/',
      '/autodiscover/autodiscover.xml//evil.test',
      '/%5c%5cevil.test',
      'http://evil.test/autodiscover/autodiscover.json?Protocol=ActiveSync',
    ]) {
      const answer = await exchange(server.url, `GET ${path} HTTP/1.1\r\nHost: mail.example.test\r\n\r\n`)
      expect(answer.headers['location']).toBeUndefined()
      expect(answer.body).not.toContain('evil')
    }
  })
})
