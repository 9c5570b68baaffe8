// Attacks on the console: forged forms, guesses, ids of others, paths and bodies that are none, and what must not be written down.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deviceName } from '../../src/model/device.ts'
import type { DeviceId } from '../../src/model/id.ts'
import { act } from '../support/admin.ts'
import { codeOf, setUpSecondFactor } from '../support/authenticator-app.ts'
import { Browser } from '../support/console.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import { startLoggedServer } from './logged-server.ts'
import { exchange } from './raw-client.ts'

const [alice, bob] = ['alice@example.test', 'bob@example.test']

let server: TestServer
beforeEach(async () => {
  server = await startTestServer({
    console: true,
    accounts: [alice, bob],
    environment: { EASEL_TRUSTED_PROXIES: 'loopback', EASEL_AUTH_FAILURES_ADDRESS: '8', EASEL_AUTH_FAILURES_ACCOUNT: '3' },
  })
  await server.administrator('ada', 'administrator')
})
afterEach(async () => {
  expect(await server.store.audit.verify()).toBeNull()
  await server.close()
})

async function loggedIn(user: string): Promise<Browser> {
  const browser = server.browser()
  await browser.login(user, password)
  return browser
}

/** Somewhere behind the proxy. */
const from = (address: string) =>
  server.browser({ headers: { 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https', Host: 'localhost' } })

describe('a forged form', () => {
  const sources: readonly (readonly [what: string, headers: Record<string, string>])[] = [
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['another port of this machine', { 'Sec-Fetch-Site': 'same-site' }],
  ]

  test('without the token, with a wrong one, or with that of another session does nothing', async () => {
    const [browser, other] = [await loggedIn('ada'), await loggedIn('ada')]
    const anonymous = server.browser()
    await anonymous.get('/login')
    for (const csrf of ['', 'wrong', other.csrf, anonymous.csrf, `${browser.csrf}x`, browser.csrf.toLowerCase(), 'é'.repeat(43)]) {
      expect((await browser.post('/account/second-factor/begin', { csrf })).status).toBe(403)
      expect((await browser.post('/logout', { csrf })).status).toBe(403)
      const headers = { 'X-CSRF-Token': encodeURIComponent(csrf), 'Content-Type': 'application/json' }
      expect((await browser.send('PUT', '/api/v1/access', { headers, body: '{}' })).status).toBe(403)
    }
    expect((await browser.send('DELETE', `/api/v1/accounts/${alice}/devices/X`)).status).toBe(403)
    expect((await browser.get('/account')).body).not.toContain('<code>')
    expect(await server.store.audit.list({ action: 'logout' }, 9)).toEqual([])
  })

  test.each(sources)('from %s does nothing, even with the right token', async (_what, headers) => {
    const browser = await loggedIn('ada')
    expect((await browser.post('/logout', {}, headers)).status).toBe(403)
    const json = { 'X-CSRF-Token': browser.csrf, 'Content-Type': 'application/json', ...headers }
    expect((await browser.send('PUT', '/api/v1/access', { headers: json, body: '{}' })).status).toBe(403)
    expect((await browser.send('GET', '/api/v1/devices', { headers })).status).toBe(403)
    const newcomer = server.browser()
    // A strict cookie stays at home, and must still be there afterwards.
    expect((await newcomer.post('/logout', {}, headers)).headers['set-cookie']).toBeUndefined()
    await newcomer.get('/login')
    expect((await newcomer.post('/login', { user: 'ada', password }, headers)).status).toBe(403)
  })

  test('of an older browser is known by its Origin', async () => {
    const browser = await loggedIn('ada')
    const { port } = new URL(server.consoleUrl)
    const send = (origin: string) =>
      browser.send('POST', '/account/second-factor/begin', {
        headers: { Origin: origin, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ csrf: browser.csrf }).toString(),
      })
    for (const origin of [
      'https://evil.example',
      'null',
      'http://localhost:1',
      `https://localhost:${port}`,
      `http://localhost:${port}.evil.example`,
    ])
      expect([origin, (await send(origin)).status]).toEqual([origin, 403])
    expect((await send(`http://localhost:${port}`)).status).toBe(303)
  })

  test('that logs a victim in as somebody else does nothing: the way in has a token too', async () => {
    const victim = server.browser()
    expect((await victim.post('/login', { user: 'ada', password })).status).toBe(403)
    const attacker = server.browser()
    await attacker.get('/login')
    expect((await victim.post('/login', { csrf: attacker.csrf, user: 'ada', password })).status).toBe(403)
    expect(victim.cookies.has('easel')).toBe(false)
  })
})

describe('guessing', () => {
  test('at an administrator, an account or nobody is slowed alike, from wherever, and told alike', async () => {
    const answers = new Set<string>()
    for (const [index, user] of ['ada', alice, 'nobody', 'noone@example.test'].entries()) {
      const statuses: number[] = []
      const spellings = user.includes('@') ? [user, user.toUpperCase()] : [user, `X\\${user}`, ` ${user.toUpperCase()}`]
      for (let attempt = 0; attempt < 8; attempt++) {
        const shown = await from(`192.0.${index}.${attempt}`).login(spellings[attempt % spellings.length] ?? user, `guess ${attempt}`)
        statuses.push(shown.status)
        if (shown.status === 429) expect(Number(shown.headers['retry-after'])).toBeGreaterThan(0)
      }
      answers.add(statuses.join())
    }
    expect([...answers]).toEqual(['403,403,403,403,429,429,429,429'])
    // The right password has to wait as well, and is good afterwards.
    expect((await from('198.51.100.1').login('ada', password)).status).toBe(429)
    await server.clock.advance(61)
    expect((await from('198.51.100.1').login('ada', password)).status).toBe(303)
  })

  test('at many from one network is slowed; IPv6 neighbours are one network', async () => {
    const statuses: number[] = []
    for (let attempt = 0; attempt < 10; attempt++)
      statuses.push((await from(`2001:db8:0:7::${attempt}`).login(`user${attempt}`, 'Summer2026')).status)
    expect(statuses).toEqual([403, 403, 403, 403, 403, 403, 403, 403, 403, 429])
    expect((await from('2001:db8:0:8::1').login('ada', password)).status).toBe(303)
  })

  test('thirty at once is no way around it', async () => {
    const browsers = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const browser = from(`192.0.2.${index}`)
        await browser.get('/login')
        return browser
      }),
    )
    const shown = await Promise.all(browsers.map((browser, index) => browser.post('/login', { user: 'ada', password: `guess ${index}` })))
    expect(shown.filter(({ status }) => status !== 429).length).toBeLessThanOrEqual(5)
  })

  test('at codes is slowed by person, whatever the session, the address and the hour', async () => {
    const secret = await setUpSecondFactor(await loggedIn('ada'), server.clock)
    const statuses: number[] = []
    for (let attempt = 0; attempt < 9; attempt++) {
      const browser = from(`192.0.2.${attempt}`)
      await server.clock.advance(2)
      statuses.push((await browser.login('ada', password, '000000')).status)
    }
    expect(statuses.slice(0, 6)).toEqual([403, 403, 403, 403, 403, 403])
    expect(statuses.slice(6)).toContain(429)
    const waits: number[] = []
    for (let round = 0; round < 12; round++) {
      const answer = await from(`198.51.100.${round}`).login('ada', password, '000000')
      const wait = Number(answer.headers['retry-after'] ?? 0)
      waits.push(wait)
      await server.clock.advance(wait)
    }
    expect(Math.max(...waits)).toBeGreaterThan(60)
    await server.clock.advance(Math.max(...waits) * 2)
    expect((await from('203.0.113.1').login('ada', password, codeOf(secret, server.clock))).status).toBe(303)
  })

  test('one code, presented twice at once, opens one session', async () => {
    const secret = await setUpSecondFactor(await loggedIn('ada'), server.clock)
    await server.clock.advance(60)
    const browsers = [server.browser(), server.browser(), server.browser()]
    for (const browser of browsers) {
      await browser.login('ada', password)
      await browser.get('/login/code')
    }
    const code = codeOf(secret, server.clock)
    const shown = await Promise.all(browsers.map((browser) => browser.post('/login/code', { code })))
    expect(shown.filter(({ status }) => status === 303)).toHaveLength(1)
  })

  test('stands in the audit log summed up, without what was typed for a name', async () => {
    const before = (await server.store.audit.list({}, 1))[0]?.number ?? 0
    for (let attempt = 0; attempt < 40; attempt++)
      await from(`192.0.2.${attempt % 3}`).login(attempt % 4 === 0 ? 'ada' : `my-secret-${attempt % 9}`, `guess ${attempt % 3}`)
    await server.clock.asleep()
    await server.clock.advance(61)
    while ((await server.store.audit.list({ action: 'login.failed' }, 9)).length === 0) await new Promise(setImmediate)
    const [entry, second] = await server.store.audit.list({ action: 'login.failed' }, 9)
    expect(second).toBeUndefined()
    expect(entry).toMatchObject({
      actor: 'somebody',
      role: 'user',
      origin: '3 networks',
      detail: { attempts: 40, names: ['ada'], unknownNames: 9 },
    })
    expect((await server.store.audit.list({}, 1))[0]?.number).toBe(before + 1)
    expect(JSON.stringify(entry)).not.toContain('my-secret')
    // What is not written yet when the server stops is written then.
    await from('192.0.2.9').login('ada', 'guess')
    await server.restart()
    expect(await server.store.audit.list({ action: 'login.failed' }, 9)).toHaveLength(2)
  })
})

describe('ids of others', () => {
  test('a user reaches no device and no wipe but his own', async () => {
    await server.phone(alice, { deviceId: 'ALICE1' })
    await server.phone(bob, { deviceId: 'BOB1' })
    const owner = await server.accountOf(bob)
    const device = await server.store.devices.find(owner.id, 'BOB1' as DeviceId)
    const { id } = await act(server.running.admin, 'device.wipe', { device: 'BOB1', scope: 'device', confirm: deviceName(device!) })
    const browser = await loggedIn(alice)
    const confirm = 'iPhone'
    const calls: readonly (readonly [method: string, path: string, body?: unknown])[] = [
      ['PUT', '/me/devices/BOB1/label', { label: 'mine' }],
      ['POST', '/me/devices/BOB1/wipe', { scope: 'device', confirm }],
      ['POST', `/me/wipes/${id}/cancel`, {}],
    ]
    for (const [method, path, body] of calls) expect([path, (await browser.api(method, path, body)).status]).toEqual([path, 404])
    expect((await browser.api('PUT', '/me/devices/ALICE1/label', { label: 'x', account: bob })).status).toBe(400)
    expect(((await browser.api('GET', '/me/devices')).json as { id: string }[]).map(({ id }) => id)).toEqual(['ALICE1'])
    expect((await browser.api('GET', '/me/wipes')).json).toEqual([])
    expect((await server.store.wipes.find(id))?.state).toBe('requested')
    expect((await browser.api('GET', `/accounts/${alice}/devices/ALICE1`)).status).toBe(403)
    expect((await server.store.devices.find(owner.id, 'BOB1' as DeviceId))?.label).toBeNull()
  })

  test('paths that climb, hide a slash or name a prototype lead nowhere', async () => {
    const browser = await loggedIn('ada')
    for (const path of [
      '/api/v1/accounts/x/devices/..',
      '/api/v1/accounts/..%2f..%2fadministrators/devices/x',
      '/api/v1/me/../devices/x/y/z',
      '/api/v1/policies/..%2f..%2faccess',
      '/api/v1/policies/__proto__',
      '/api/v1/administrators/constructor/enable',
      '/api/v1/accounts/alice@example.test/devices/%00',
      '/api/v1/accounts/alice@example.test%00/devices/x',
      '/api/v1/accounts/%c0%ae/devices/x',
      '/api/v1/accounts/alice@example.test/devices/toString',
      '/api/v1/tokens/hasOwnProperty',
      '/api/v1/__proto__',
      '/__proto__',
      '/assets/..%5c..%5cpackage.json',
      '/.%2e/.%2e/etc/passwd',
      '//evil.example/',
    ]) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await browser.send(method, path, { headers: { 'X-CSRF-Token': browser.csrf } })
        expect([method, path, [400, 404, 405].includes(answer.status) || answer.status]).toEqual([method, path, true])
      }
    }
    expect((await server.store.administrators.list()).map(({ name }) => name)).toEqual(['ada'])
  })
})

describe('requests that are none', () => {
  test('are refused, and the next is served', async () => {
    const browser = await loggedIn('ada')
    const form = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' }
    const post = (body: string | Buffer, headers: Record<string, string> = form) =>
      browser.send('POST', '/account/password', { headers, body })
    expect((await post(`csrf=${browser.csrf}&wanted=${'x'.repeat(300_000)}`)).status).toBe(413)
    expect((await post(Buffer.from([0x63, 0xff, 0xfe]))).status).toBe(400)
    expect((await post('csrf', { 'Content-Type': 'multipart/form-data; boundary=x' })).status).toBe(415)
    expect((await post('{}', { 'Content-Type': 'application/json' })).status).toBe(415)
    expect((await post(`csrf=${browser.csrf}`, { ...form, 'Content-Encoding': 'gzip' })).status).toBe(415)
    expect((await post('%%%=&&&csrf')).status).toBe(403)
    for (const method of ['HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'])
      expect((await browser.send(method, '/')).status).toBe(404)
    const override = { 'X-HTTP-Method-Override': 'DELETE', 'X-CSRF-Token': browser.csrf }
    expect((await browser.send('GET', '/api/v1/administrators?_method=DELETE', { headers: override })).status).toBe(400)
    expect((await browser.send('GET', '/api/v1/administrators', { headers: override })).status).toBe(200)
    expect((await browser.send('GET', '/logout')).status).toBe(404)
    expect((await browser.get('/')).status).toBe(200)
  })

  test('with cookies that nobody gave out are those of a stranger', async () => {
    const real = (await loggedIn('ada')).cookies.get('easel') ?? ''
    for (const cookie of [
      '',
      'x',
      'A'.repeat(43),
      `${real}x`,
      real.slice(1),
      'x'.repeat(9000),
      '"><script>',
      `${real.slice(0, 42)}%00`,
      '__proto__',
    ]) {
      const browser = server.browser()
      browser.cookies.set('easel', cookie)
      expect([cookie.slice(0, 20), (await browser.get('/')).location]).toEqual([cookie.slice(0, 20), '/login'])
    }
    const { host } = new URL(server.consoleUrl)
    const raw = await exchange(server.consoleUrl, `GET / HTTP/1.1\r\nHost: ${host}\r\nCookie: =; easel; ;;; easel=a; __proto__=x\r\n\r\n`)
    expect(raw.status).toBe(303)
    expect((await exchange(server.consoleUrl, 'GET / HTTP/1.1\r\n\r\n')).status).toBe(400)
    expect((await exchange(server.consoleUrl, `GET http://evil.example/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status).toBe(303)
  })
})

describe('what is nobody’s business', () => {
  test('stands neither in the log at its most talkative nor in the audit log', async () => {
    const own = 'Pa55-quagmire-of-ada'
    const house = await startLoggedServer(own, { EASEL_ADMIN_PORT: '0', EASEL_ADMIN_TLS: '0' })
    try {
      const { store, ports } = house.running
      await house.account(alice)
      const passwordHash = (await store.accounts.passwordHash((await store.accounts.byAddress(alice))!.id)) ?? ''
      await store.administrators.add({ name: 'ada', role: 'administrator', passwordHash, at: house.clock.now() })
      const browser = new Browser(`http://localhost:${ports.admin}`)
      const secrets = new Set([own, 'wrong-quixotic', 'quagmire for the third'])
      const note = () => [browser.csrf, ...browser.cookies.values()].forEach((secret) => secrets.add(secret))
      await browser.login('ada', 'wrong-quixotic')
      note()
      await browser.login('quixotic-name', own)
      await browser.login(alice, own)
      note()
      await browser.post('/logout')
      await browser.login('ada', own)
      note()
      const totp = await setUpSecondFactor(browser, house.clock)
      note()
      secrets.add(totp).add(totp.replaceAll(' ', '')).add(codeOf(totp, house.clock))
      await house.clock.advance(60)
      const next = new Browser(browser.url)
      await next.login('ada', own, codeOf(totp, house.clock))
      const { json } = await next.api('POST', '/tokens', { name: 'probe', role: 'auditor' })
      const { token } = json as { token: string }
      secrets
        .add(token)
        .add(next.csrf)
        .add(next.cookies.get('easel') ?? '')
      await next.api('GET', '/devices', undefined, token)
      await next.api('GET', '/devices', undefined, `${token.slice(0, -1)}_`)
      await next.api('POST', '/administrators', { name: 'eve', role: 'auditor', password: 'quagmire for the third' })
      await next.api('PUT', '/administrators/eve/password', { password: 'quagmire for the third' })
      await next.api('PUT', '/administrators/nobody/password', { password: 'quagmire for the third' })
      await next.api('PUT', '/access', { fallback: 'quagmire for the third' })
      await next.get(`/nowhere?token=${token}`)
      await next.get('/account')
      await next.post('/account/password', { current: own, wanted: 'quagmire for the third' })
      await house.clock.advance(61)
      await house.running.close()
      const log = house.log()
      expect(log).toContain('wrong password at the console')
      expect(log).toContain('administered by REST')
      for (const secret of [...secrets, 'quixotic-name', alice])
        expect(
          log.split('\n').filter((line) => line.includes(secret)),
          secret,
        ).toEqual([])
    } finally {
      await house.close()
    }
  })

  test('stays out of the audit log, which says all the rest', async () => {
    const browser = await loggedIn('ada')
    const { json } = await browser.api('POST', '/tokens', { name: 'probe', role: 'auditor' })
    await browser.api('POST', '/administrators', { name: 'eve', role: 'auditor', password: 'quagmire for the third' })
    await browser.api('POST', '/accounts', { address: 'carol@example.test', password: 'quagmire for the third' })
    await setUpSecondFactor(browser, server.clock)
    await server.clock.advance(60)
    const all = await server.store.audit.list({}, 1000)
    expect(all.map(({ action }) => action).toReversed()).toEqual(['login', 'token.create', 'admin.add', 'account.add', 'factor.add'])
    const text = JSON.stringify(all)
    for (const secret of ['quagmire', (json as { token: string }).token, browser.csrf, browser.cookies.get('easel') ?? 'none', password])
      expect(text).not.toContain(secret)
  })
})
