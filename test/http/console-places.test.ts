// Where the console stands: over TLS, behind a proxy, under which names, and the users' page beside the phones' endpoint.
import { afterEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'

const alice = 'alice@example.test'
let server: TestServer
afterEach(() => server.close())

const hardened = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

describe('over TLS', () => {
  test('the cookie is bound to this host, and phones and console show the same certificate', async () => {
    server = await startTestServer({ console: true, secure: true })
    await server.administrator('ada', 'administrator')
    const browser = server.browser()
    await browser.get('/login')
    const entered = await browser.post('/login', { user: 'ada', password })
    expect(entered.headers['set-cookie']).toContainEqual(
      expect.stringMatching(/^__Host-easel=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    )
    expect((await browser.get('/')).status).toBe(200)
    // A cookie without its prefix may have been planted from beside this host.
    const session = browser.cookies.get('__Host-easel') ?? ''
    browser.cookies.clear()
    browser.cookies.set('easel', session)
    expect((await browser.get('/')).location).toBe('/login')
  })

  test('a browser is told to stay with it, but not where that would bind every program on this machine', async () => {
    server = await startTestServer({ console: true, secure: true, environment: { EASEL_HOST: 'mail.example.com' } })
    const browser = server.browser()
    expect((await browser.get('/login')).headers['strict-transport-security']).toBeUndefined()
    expect((await browser.get('/login', { Host: 'mail.example.com:8444' })).headers['strict-transport-security']).toBe('max-age=31536000')
  })
})

describe('every answer', () => {
  test('carries the headers, also where something is refused or not understood', async () => {
    server = await startTestServer({ console: true })
    await server.administrator('ada', 'administrator')
    const browser = server.browser()
    await browser.login('ada', password)
    const answers = [
      await browser.get('/'),
      await browser.get('/login'),
      await browser.get('/nowhere'),
      await browser.get('/%zz'),
      await browser.get(`/devices/${'x'.repeat(1500)}`),
      await browser.get('/', { Host: 'evil.example' }),
      await browser.post('/login', { user: 'x', password: 'y' }),
      await browser.post('/logout', { csrf: 'wrong' }),
      await browser.send('PUT', '/'),
      await browser.send('POST', '/api/v1/accounts', {
        body: 'x'.repeat(300_000),
        headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': browser.csrf },
      }),
      ...(await Promise.all(
        ['/devices', '/nowhere', '/accounts/%zz/devices/x', '/policies/none', '/openapi.json'].map((path) =>
          browser.send('GET', `/api/v1${path}`),
        ),
      )),
    ]
    for (const { status, headers } of answers) {
      expect({ status, ...headers }).toMatchObject({ status, ...hardened, 'cache-control': 'no-store' })
      expect(headers['access-control-allow-origin']).toBeUndefined()
      expect(headers['x-powered-by'] ?? headers['server']).toBeUndefined()
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 303, 404, 400, 414, 421, 403, 403, 404, 413, 200, 404, 400, 404, 200])
    expect((await browser.get('/assets/htmx.js')).headers).toMatchObject(hardened)
  })
})

describe('a name', () => {
  test('that is none of ours is refused, whatever the address: a rebound one would read everything', async () => {
    server = await startTestServer({ console: true, environment: { EASEL_NAMES: 'console.example.com' } })
    const browser = server.browser()
    for (const host of ['localhost', 'localhost:8444', '127.0.0.1:1', '[::1]:8444', 'console.example.com', 'CONSOLE.example.com:8444']) {
      expect([host, (await browser.get('/login', { Host: host })).status]).toEqual([host, 200])
    }
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.nip.io',
      '192.0.2.9',
      'evil.example:localhost',
      '@localhost',
      'x@localhost',
    ]) {
      for (const path of ['/login', '/api/v1/devices', '/assets/htmx.js']) {
        const answer = await browser.get(path, { Host: host })
        expect([host, path, answer.status]).toEqual([host, path, 421])
        expect(answer.body).toContain('EASEL_NAMES')
      }
    }
    // Nobody who is not declared a proxy is believed about it either.
    expect((await browser.get('/login', { Host: 'evil.example', 'X-Forwarded-Host': 'localhost' })).status).toBe(421)
  })
})

describe('behind a proxy', () => {
  const https = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '203.0.113.5', Host: 'mail.example.com' }

  test('that is declared, the browser’s TLS and address are believed', async () => {
    server = await startTestServer({ console: true, environment: { EASEL_TRUSTED_PROXIES: 'loopback', EASEL_HOST: 'mail.example.com' } })
    await server.administrator('ada', 'administrator')
    const browser = server.browser({ headers: https })
    await browser.login('ada', password)
    expect([...browser.cookies.keys()]).toEqual(['__Host-easel'])
    expect((await browser.get('/')).headers['strict-transport-security']).toBeDefined()
    expect((await server.store.audit.list({ action: 'login' }, 1))[0]?.origin).toBe('203.0.113.5')
    const older = { 'Sec-Fetch-Site': '', Origin: 'https://mail.example.com' }
    expect((await browser.send('POST', '/logout', { headers: { ...older, 'Content-Type': 'text/plain' }, body: 'x' })).status).toBe(415)
    expect((await browser.get('/login', { 'X-Forwarded-Proto': 'http' })).status).toBe(403)
  })

  test('that is not declared, nothing is', async () => {
    server = await startTestServer({ console: true, environment: { EASEL_HOST: 'mail.example.com' } })
    await server.administrator('ada', 'administrator')
    const browser = server.browser({ headers: https })
    await browser.login('ada', password)
    expect([...browser.cookies.keys()]).toEqual(['easel'])
    expect((await server.store.audit.list({ action: 'login' }, 1))[0]?.origin).toBe('127.0.0.1')
  })
})

describe('the users’ page', () => {
  test('where phones come in shows users their own page and nothing else, whatever their role', async () => {
    server = await startTestServer({ console: true, environment: { EASEL_USER_PAGE: '1', EASEL_ADMINISTRATORS: 'staff' } })
    await server.administrator('ada', 'administrator')
    await server.store.accounts.change((await server.accountOf(alice)).id, { groups: ['staff'] })
    const browser = server.browser({ url: server.url })
    expect((await browser.get('/')).location).toBe('/me')
    // Local administrators are nobody here: it may be open to the world.
    expect((await browser.login('ada', password)).status).toBe(403)
    const entered = await browser.login(alice, password)
    expect([entered.location, [...browser.cookies.keys()]]).toEqual(['/me', ['easel-user']])
    const own = await browser.get('/me')
    expect([own.status, own.body.includes(`${alice} (user)`)]).toEqual([200, true])
    expect(own.headers).toMatchObject(hardened)
    for (const path of ['/devices', '/accounts', '/api/v1/me/devices', '/api/v1/devices'])
      expect((await browser.get(path)).status, path).toBe(404)

    // Neither session is good at the other door, under either name.
    const session = browser.cookies.get('easel-user') ?? ''
    const desk = server.browser()
    for (const name of ['easel', 'easel-user']) desk.cookies.set(name, session)
    expect((await desk.get('/')).location).toBe('/login')
    desk.cookies.clear()
    await desk.login(alice, password)
    expect((await desk.get('/')).status).toBe(200)
    browser.cookies.set('easel-user', desk.cookies.get('easel') ?? '')
    expect((await browser.get('/me')).location).toBe('/login?next=%2Fme')
    // Phones are served as ever, and without the browser's headers.
    await server.phone(alice)
    expect((await browser.get('/health')).headers['content-security-policy']).toBeUndefined()
  })
})

describe('the end of the server', () => {
  test('does not wait for browsers that keep their connection', async () => {
    server = await startTestServer({ console: true })
    const url = server.consoleUrl
    const response = await fetch(`${url}/login`)
    await response.text()
    const before = performance.now()
    await server.restart()
    expect(performance.now() - before).toBeLessThan(4000)
    expect((await fetch(`${url}/login`)).status).toBe(200)
  })
})

test('a console that would carry passwords over the network in the clear stops the boot', async () => {
  server = await startTestServer({})
  const load = (environment: Record<string, string>) => loadConfig({ file: null, environment, directory: server.data })
  expect(() => load({ EASEL_ADMIN_TLS: '0', EASEL_ADMIN_ADDRESS: '*' })).toThrow(/admin\.tls/)
  expect(load({ EASEL_ADMIN_TLS: '0' }).admin).toMatchObject({ port: 8444, address: '127.0.0.1', tls: false, userPage: false })
  expect(load({ EASEL_ADMIN_TLS: '0', EASEL_ADMIN_ADDRESS: '*', EASEL_TRUSTED_PROXIES: '10.0.0.1' }).admin.address).toBe('*')
})
