// The console's door: who comes in, how a session lives and ends, and what every answer carries.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from 'otpauth'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pages } from '../../src/admin/web/pages.ts'
import { codeOf, setUpSecondFactor } from '../support/authenticator-app.ts'
import type { Browser } from '../support/console.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'

const [alice, bob] = ['alice@example.test', 'bob@example.test']

let server: TestServer
beforeEach(async () => {
  server = await startTestServer({
    console: true,
    accounts: [alice, bob],
    environment: { EASEL_ADMINISTRATORS: 'Domain Admins', EASEL_HELPDESK: 'Help Desk, Helpers', EASEL_AUDITORS: 'Auditors' },
  })
  await server.administrator('ada', 'administrator')
})
afterEach(() => server.close())

const isIn = async (browser: Browser, path = '/') => (await browser.get(path)).status === 200
const auditOf = async (action: string) =>
  (await server.store.audit.list({ action }, 100)).map(({ actor, role, origin }) => [actor, role, origin])

async function inGroups(address: string, ...groups: string[]): Promise<void> {
  await server.store.accounts.change((await server.accountOf(address)).id, { groups })
}

async function loggedIn(user = 'ada'): Promise<Browser> {
  const browser = server.browser()
  expect((await browser.login(user, password)).status).toBe(303)
  return browser
}

describe('a login', () => {
  test('lets a local administrator in, in any spelling of his name, and stands in the audit log', async () => {
    for (const name of ['ada', ' ADA ', 'EXAMPLE\\Ada']) {
      const browser = server.browser()
      expect((await browser.login(name, password)).location).toBe('/')
      expect((await browser.get('/')).body).toContain('ada (administrator)')
    }
    expect(await auditOf('login')).toEqual(Array(3).fill(['ada', 'administrator', '127.0.0.1']))
    expect((await server.store.administrators.find('ada'))?.lastLogin).toBe(server.clock.now())
  })

  test.each([
    [[], 'user'],
    [['domain admins', 'Auditors'], 'administrator'],
    [['Helpers'], 'helpdesk'],
    [['AUDITORS'], 'auditor'],
  ] as const)('of an account in the groups %j is one of the role %s', async (groups, role) => {
    await inGroups(alice, ...groups)
    const browser = server.browser()
    const entered = await browser.login(alice, password)
    expect([entered.status, entered.location]).toEqual([303, role === 'user' ? '/me' : '/'])
    expect((await browser.get('/me')).body).toContain(`${alice} (${role === 'helpdesk' ? 'help desk' : role})`)
    expect((await browser.api('GET', '/devices')).status).toBe(role === 'user' ? 403 : 200)
  })

  test('is refused in one sentence to everybody else', async () => {
    await server.store.accounts.change((await server.accountOf(bob)).id, { disabled: true })
    await server.administrator('dora', 'auditor')
    await server.store.administrators.change('dora', { disabled: true })
    const pages = new Set<string>()
    for (const [user, secret] of [
      ['ada', 'wrong'],
      ['nobody', password],
      [alice, 'wrong'],
      ['nobody@example.test', password],
      [bob, password],
      ['dora', password],
      ['', password],
      ['ada', ''],
      ['ada\u0000', password],
      ['x'.repeat(5000), password],
    ] as const) {
      const browser = server.browser()
      const shown = await browser.login(user, secret)
      expect(shown.status).toBe(403)
      pages.add(shown.body.replace(/value="[\w-]{43}"/, ''))
      expect(browser.cookies.has('easel')).toBe(false)
    }
    expect([...pages]).toHaveLength(1)
    expect([...pages][0]).toContain('wrong, or you may not log in')
  })

  test('with the password of a device that owes a wipe is none', async () => {
    const phone = await server.phone(bob)
    const account = await server.accountOf(bob)
    await server.running.admin.wipes.order(account, (await server.store.devices.list(account.id))[0]!, {
      scope: 'device',
      by: 'ada',
      from: null,
      needsApproval: false,
      perHour: 10,
    })
    await server.store.accounts.change(account.id, { disabled: true })
    server.running.admin.changed(account, null)
    expect((await server.browser().login(bob, password)).status).toBe(403)
    phone.close()
  })

  test('of an account called like an administrator is told apart by its password', async () => {
    await server.account('ada@example.test')
    await server.store.accounts.change((await server.accountOf('ada@example.test')).id, { passwordHash: null })
    expect((await server.browser().login('ada@example.test', password)).status).toBe(403)
    expect((await server.browser().login('ada', password)).location).toBe('/')
  })

  test('goes on to the page that was asked for, and to no place of somebody else’s', async () => {
    const first = await server.browser().get('/me?tab=2')
    expect([first.status, first.location]).toEqual([303, '/login?next=%2Fme%3Ftab%3D2'])
    for (const [next, there] of [
      ['/me?tab=2', '/me?tab=2'],
      ['https://evil.example/', '/'],
      ['//evil.example/', '/'],
      ['/\\evil.example', '/'],
      ['/\t/evil.example', '/'],
      ['/logout', '/'],
      ['javascript:alert(1)', '/'],
    ] as const) {
      const browser = server.browser()
      await browser.get('/login')
      expect((await browser.post('/login', { user: 'ada', password, next })).location).toBe(there)
    }
  })

  test('begins a session under an id that the browser did not have before', async () => {
    const browser = server.browser()
    browser.cookies.set('easel', 'A'.repeat(43))
    browser.cookies.set('easel-login', 'B'.repeat(43))
    await browser.login('ada', password)
    const session = browser.cookies.get('easel')
    expect(session).toMatch(/^[\w-]{43}$/)
    expect(['A'.repeat(43), 'B'.repeat(43)]).not.toContain(session)
    expect(browser.cookies.has('easel-login')).toBe(false)
  })

  test('anew ends the session the browser had', async () => {
    const browser = await loggedIn()
    const before = browser.cookies.get('easel') ?? ''
    browser.cookies.set('easel-login', 'C'.repeat(43))
    const page = server.browser()
    await page.get('/login')
    page.cookies.set('easel', before)
    expect((await page.post('/login', { user: 'ada', password })).status).toBe(303)
    expect(page.cookies.get('easel')).not.toBe(before)
    expect(await isIn(browser)).toBe(false)
  })
})

describe('a second factor', () => {
  test('is asked for once it was confirmed, and each code is good once', async () => {
    const browser = await loggedIn()
    const before = browser.cookies.get('easel')
    const secret = await setUpSecondFactor(browser, server.clock)
    expect(browser.cookies.get('easel')).not.toBe(before)
    expect((await browser.get('/account')).body).toContain('asks for a code')
    expect((await browser.get('/account')).body).not.toContain(secret)

    const next = server.browser()
    const asked = await next.login('ada', password)
    expect([asked.status, asked.location]).toEqual([303, '/login/code'])
    expect(await isIn(next)).toBe(false)
    expect((await next.get('/login/code')).status).toBe(200)
    // The code that confirmed it was used.
    expect((await next.post('/login/code', { code: codeOf(secret, server.clock) })).status).toBe(403)
    await server.clock.advance(30)
    const code = codeOf(secret, server.clock)
    expect((await next.post('/login/code', { code: `${code.slice(0, 3)} ${code.slice(3)}` })).location).toBe('/')
    expect(await isIn(next)).toBe(true)

    const replay = server.browser()
    expect((await replay.login('ada', password, code)).status).toBe(403)
    expect((await replay.post('/login/code', { code: codeOf(secret, server.clock, 1) })).location).toBe('/')
    expect(await auditOf('factor.add')).toHaveLength(1)
  })

  test('takes the code before and the one after, and none that is older', async () => {
    const secret = await setUpSecondFactor(await loggedIn(), server.clock)
    await server.clock.advance(300)
    for (const [steps, status] of [
      [-2, 403],
      [2, 403],
      [-1, 303],
      [1, 303],
      [0, 403],
    ] as const) {
      const browser = server.browser()
      expect((await browser.login('ada', password, codeOf(secret, server.clock, steps))).status, `${steps} steps`).toBe(status)
    }
  })

  test('leads nowhere with the cookie of the first step alone', async () => {
    await setUpSecondFactor(await loggedIn(), server.clock)
    const browser = server.browser()
    await browser.login('ada', password)
    const half = browser.cookies.get('easel-login') ?? ''
    browser.cookies.set('easel', half)
    expect(await isIn(browser)).toBe(false)
    expect((await browser.api('GET', '/devices')).status).toBe(401)
  })

  test('has to be shown within five minutes of the password', async () => {
    const secret = await setUpSecondFactor(await loggedIn(), server.clock)
    const browser = server.browser()
    await browser.login('ada', password)
    await browser.get('/login/code')
    await server.clock.advance(301)
    expect((await browser.post('/login/code', { code: codeOf(secret, server.clock) })).body).toContain('took too long')
    expect((await browser.get('/login/code')).location).toBe('/login')
  })

  test('is turned off with a code, or taken away by an administrator, and either ends the sessions', async () => {
    const browser = await loggedIn(alice)
    const secret = await setUpSecondFactor(browser, server.clock)
    await server.clock.advance(30)
    const other = server.browser()
    await other.login(alice, password, codeOf(secret, server.clock))
    expect(await isIn(other, '/me')).toBe(true)
    await server.clock.advance(30)
    await browser.get('/account')
    expect((await browser.post('/account/second-factor/remove', { code: '000000' })).status).toBe(422)
    expect((await browser.post('/account/second-factor/remove', { code: codeOf(secret, server.clock) })).status).toBe(303)
    expect((await browser.get('/account')).body).toContain('The second factor is off.')
    expect(await isIn(other, '/me')).toBe(false)

    await setUpSecondFactor(browser, server.clock)
    const staff = await loggedIn()
    expect((await staff.api('DELETE', `/second-factors/${alice}`)).status).toBe(200)
    expect(await isIn(browser, '/me')).toBe(false)
    expect((await server.browser().login(alice, password)).location).toBe('/me')
    expect((await staff.api('DELETE', `/second-factors/${alice}`)).status).toBe(404)
  })

  test('lets nobody in while its secret does not open, and says no more than where the log tells why', async () => {
    const secret = await setUpSecondFactor(await loggedIn(), server.clock)
    await server.restart(async () => rmSync(join(server.data, 'vault.key')))
    await server.clock.advance(60)
    const shown = await server.browser().login('ada', password, codeOf(secret, server.clock))
    expect(shown.status).toBe(500)
    expect(shown.body).toMatch(/The server failed\. Its log says why, under [0-9a-f]{16}\./)
    expect(shown.body).not.toMatch(/vault|second factor of| at /)
  })

  test('is kept sealed: the store alone does not tell it', async () => {
    const secret = await setUpSecondFactor(await loggedIn(), server.clock)
    const factor = await server.store.secondFactors.find('administrator/ada' as never)
    const sealed = Buffer.from(factor?.sealed ?? [])
    expect(sealed.length).toBeGreaterThan(20)
    expect(sealed.includes(Buffer.from(Secret.fromBase32(secret.replaceAll(' ', '')).bytes))).toBe(false)
  })
})

describe('a session', () => {
  test('ends after half an hour without use, and lasts with it', async () => {
    const browser = await loggedIn()
    for (let minutes = 0; minutes < 90; minutes += 25) {
      expect(await isIn(browser)).toBe(true)
      await server.clock.advance(25 * 60)
    }
    await server.clock.advance(6 * 60)
    expect(await isIn(browser)).toBe(false)
    expect((await browser.get('/')).location).toBe('/login')
  })

  test('does not last by pages that renew themselves', async () => {
    const browser = await loggedIn()
    await server.clock.advance(20 * 60)
    expect((await browser.get('/', { 'X-Easel-Quiet': '1' })).status).toBe(200)
    await server.clock.advance(11 * 60)
    expect(await isIn(browser)).toBe(false)
  })

  test('ends after twelve hours, however busy', async () => {
    const browser = await loggedIn()
    for (let hours = 0; hours < 11.7; hours += 0.3) {
      await server.clock.advance(0.3 * 3600)
      expect(await isIn(browser)).toBe(true)
    }
    await server.clock.advance(0.3 * 3600)
    expect(await isIn(browser)).toBe(false)
  })

  test('ends with the logout, for good', async () => {
    const browser = await loggedIn()
    const cookie = browser.cookies.get('easel') ?? ''
    const left = await browser.post('/logout')
    expect([left.status, left.location, browser.cookies.has('easel')]).toEqual([303, '/login', false])
    browser.cookies.set('easel', cookie)
    expect(await isIn(browser)).toBe(false)
    expect(await auditOf('logout')).toEqual([['ada', 'administrator', '127.0.0.1']])
  })

  test.each<[what: string, change: () => Promise<unknown>]>([
    ['his role', () => server.store.administrators.change('eve', { role: 'auditor' })],
    ['his password', () => server.store.administrators.change('eve', { passwordHash: 'other' })],
    ['his state', () => server.store.administrators.change('eve', { disabled: true })],
    ['his being there', () => server.store.administrators.remove('eve')],
  ])('of a local administrator ends with %s', async (_what, change) => {
    await server.administrator('eve', 'administrator')
    const [first, second, other] = [await loggedIn('eve'), await loggedIn('eve'), await loggedIn('ada')]
    await change()
    expect([await isIn(first), await isIn(second), await isIn(other)]).toEqual([false, false, true])
  })

  test.each<[what: string, change: Parameters<TestServer['store']['accounts']['change']>[1]]>([
    ['his groups', { groups: ['Domain Admins'] }],
    ['his password', { passwordHash: null }],
    ['his state', { disabled: true }],
  ])('of an account ends with %s', async (_what, change) => {
    const browser = await loggedIn(bob)
    await server.store.accounts.change((await server.accountOf(bob)).id, change)
    expect(await isIn(browser, '/me')).toBe(false)
  })

  test('outlives a restart of the server', async () => {
    const browser = await loggedIn()
    await server.restart()
    expect(await isIn(browser)).toBe(true)
  })

  test('goes on after the own password was changed, and all others end', async () => {
    const [browser, other] = [await loggedIn(), await loggedIn()]
    await browser.get('/account')
    expect((await browser.post('/account/password', { current: 'wrong', wanted: 'a longer one than before' })).status).toBe(422)
    expect((await browser.post('/account/password', { current: password, wanted: 'short' })).status).toBe(422)
    expect((await browser.post('/account/password', { current: password, wanted: 'a longer one than before' })).status).toBe(303)
    expect((await browser.get('/account')).body).toContain('The password was changed.')
    expect((await browser.get('/account')).body).not.toContain('The password was changed.')
    expect(await isIn(other)).toBe(false)
    expect((await server.browser().login('ada', password)).status).toBe(403)
    expect((await server.browser().login('ada', 'a longer one than before')).status).toBe(303)
  })
})

describe('a page', () => {
  test('that the role may not see is refused, and one that is not there is not found', async () => {
    const browser = await loggedIn(alice)
    expect((await browser.get('/')).location).toBe('/me')
    expect((await browser.get('/nowhere')).status).toBe(404)
    for (const { method, path, roles } of pages) {
      if (roles.includes('user') || path === '/') continue
      const url = path.replaceAll(/:\w+/g, 'x')
      const answer = method === 'GET' ? await browser.get(url) : await browser.post(url)
      expect([answer.status, path]).toEqual([403, path])
    }
  })

  test('after a link from elsewhere is asked for once more, with the cookie this time', async () => {
    const browser = await loggedIn()
    const link = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }
    const bare = server.browser()
    const bounced = await bare.get('/me?tab=1', link)
    expect([bounced.status, bare.cookies.size]).toEqual([200, 0])
    const own = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'navigate' }
    const to = /http-equiv="refresh" content="0;url([^"]+)"/.exec(bounced.body)?.[1] ?? ''
    expect(decodeURIComponent(to.replaceAll('&#61;', '='))).toBe('=/login?next=/me?tab=1')
    expect((await browser.get('/login?next=%2Fme%3Ftab%3D1', own)).location).toBe('/me?tab=1')
    expect((await bare.get('/', own)).location).toBe('/login')
    expect((await browser.get('/', link)).body).toContain('ada (administrator)')
  })

  test('that htmx asks for a part of leads the whole browser to the login once the session is over', async () => {
    const answer = await server.browser().get('/', { 'HX-Request': 'true', 'HX-Request-Type': 'partial' })
    expect([answer.status, answer.headers['hx-redirect'], answer.body]).toEqual([200, '/login', ''])
  })
})

describe('the files', () => {
  test('of the console are compressed, and fetched again only when they are others', async () => {
    const browser = server.browser()
    const first = await browser.get('/assets/htmx.js')
    expect([first.status, first.headers['content-type'], first.headers['cache-control']]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      'no-cache',
    ])
    const tag = first.headers.etag ?? ''
    expect((await browser.get('/assets/htmx.js', { 'If-None-Match': tag })).status).toBe(304)
    expect((await browser.get('/assets/htmx.js', { 'Accept-Encoding': 'gzip' })).headers['content-encoding']).toBe('gzip')
    expect((await browser.get(`/assets/htmx.js?v=${tag.replaceAll('"', '')}`)).headers['cache-control']).toContain('immutable')
    for (const path of ['/assets/', '/assets/../layout.ts', '/assets/..%2flayout.ts', '/assets/%2e%2e/layout.ts', '/assets/constructor'])
      expect((await browser.get(path)).status).toBe(404)
  })
})

describe('the two doors', () => {
  test('are apart: no phone at the console, no console where phones come in', async () => {
    const phones = server.browser({ url: server.url })
    for (const path of ['/login', '/', '/me', '/account', '/api/v1/devices']) expect((await phones.get(path)).status, path).toBe(404)
    const browser = await loggedIn()
    const basic = { Authorization: `Basic ${Buffer.from(`${alice}:${password}`).toString('base64')}` }
    expect((await browser.send('OPTIONS', '/Microsoft-Server-ActiveSync', { headers: basic })).status).toBe(404)
    expect((await browser.send('POST', '/Autodiscover/Autodiscover.xml', { headers: basic })).status).toBe(404)
  })
})
