// The console in a real browser: an administrator's day with a phone, what the help desk may not, and a user who lost his own.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { act } from '../support/admin.ts'
import { message } from '../support/message.ts'
import type { Phone } from '../support/phone.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import { el, textAt } from '../support/wire.ts'
import { launchChrome } from './support/chrome.ts'
import { describeWith } from './support/daemon.ts'

const alice = 'alice@example.test'

describeWith(['chromium'], 'the console in Chromium', () => {
  const parts = new AsyncDisposableStack()
  let server: TestServer
  let chrome: Browser
  const contexts: BrowserContext[] = []
  /** What the browser complained of: a refused script, a broken link, an error in a script. */
  const complaints: string[] = []

  beforeAll(async () => {
    server = await startTestServer({
      accounts: [alice, 'bob@example.test'],
      secure: true,
      console: true,
      environment: { EASEL_POLICY_PASSCODE: 'true' },
    })
    parts.defer(() => server.close())
    for (const [name, role] of [
      ['root', 'administrator'],
      ['helen', 'helpdesk'],
    ] as const) {
      await act(server.running.admin, 'admin.add', { name, role, password })
    }
    chrome = await launchChrome()
    parts.defer(() => chrome.close())
  })
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    expect(complaints.splice(0)).toEqual([])
  })
  afterAll(() => parts.disposeAsync())

  /** A person at a browser of his own. The certificate is our own authority's, which this browser does not know. */
  async function person(user: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const context = await chrome.newContext({ ignoreHTTPSErrors: true, colorScheme, viewport: { width: 1280, height: 900 } })
    contexts.push(context)
    context.setDefaultTimeout(8000)
    const page = await context.newPage()
    page.on('console', (line) => line.type() === 'error' && !/status of 4\d\d/.test(line.text()) && complaints.push(line.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`${server.consoleUrl}/`)
    await page.getByLabel('Name or address').fill(user)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Log in' }).click()
    return page
  }

  const devicePage = (phone: Phone) => `${server.consoleUrl}/devices/${encodeURIComponent(phone.options.address)}/${phone.options.deviceId}`
  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).first().click()

  async function told(phone: Phone): Promise<number> {
    const reply = await phone.post('FolderSync', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', phone.folderKey)]))
    return Number(textAt(reply.node, 'Status'))
  }

  test('an administrator edits a policy, and the phone that waits is provisioned again', async () => {
    const phone = await server.phone(alice, { ca: server.ca ?? '' })
    await phone.syncAll('Inbox')
    const page = await person('root')
    await page.getByRole('link', { name: 'Policies' }).click()
    await page.getByRole('link', { name: 'default' }).click()
    await page.getByRole('link', { name: /^Change/ }).click()
    await page.getByLabel('Minimum passcode length').fill('7')
    const waiting = phone.ping(['Inbox'])
    await server.parked(alice, phone.options.deviceId)
    await press(page, 'Show what this comes to')
    await press(page, 'Save this policy')
    await server.clock.advance(60)
    expect((await waiting).status).toBe(7)
    expect(await told(phone)).toBe(144)
    expect(await phone.folderSync()).toBe(1)
    await page.goto(devicePage(phone))
    expect(await page.locator('main').innerText()).toMatch(/acknowledged/i)
  })

  test('quarantines a phone and releases it', async () => {
    await server.deliver(alice, message({ subject: 'Private' }))
    const phone = await server.phone(alice, { ca: server.ca ?? '' })
    const page = await person('root')
    await page.goto(devicePage(phone))
    await press(page, 'Quarantine')
    expect(await phone.folderSync()).toBe(1)
    await phone.syncAll('Inbox')
    expect(phone.items('Inbox').map((item) => item.properties.get('Email:Subject'))).toEqual(['Your device is waiting for approval'])
    await page.getByRole('link', { name: 'Devices' }).click()
    expect(await page.locator('main').innerText()).toMatch(/quarantine/i)
    await page.goto(devicePage(phone))
    await press(page, 'Release from quarantine')
    expect(await phone.folderSync()).toBe(1)
    await phone.syncAll('Inbox')
    expect(phone.items('Inbox').map((item) => item.properties.get('Email:Subject'))).toContain('Private')
  })

  test('wipes a phone, and watches the three states', async () => {
    const phone = await server.phone(alice, { ca: server.ca ?? '' })
    const page = await person('root', 'dark')
    await page.goto(`${devicePage(phone)}/wipe`)
    expect(await page.getByLabel('Only the account', { exact: true }).isChecked()).toBe(true)
    await page.getByLabel('The whole phone', { exact: true }).check()
    await page.getByLabel('Type the name of the phone to confirm').fill('another')
    await press(page, 'Wipe this phone')
    expect(await page.locator('main').innerText()).toContain('given exactly')
    await page.getByLabel('The whole phone', { exact: true }).check()
    await page.getByLabel('Type the name of the phone to confirm').fill('iPhone 15')
    await press(page, 'Wipe this phone')
    await page.goto(devicePage(phone))
    // The page looks again by itself.
    const states = () => page.locator('main').innerText()
    await expect.poll(states).toMatch(/requested/i)
    await phone.post('Provision', el('Provision:Provision'))
    await expect.poll(states, { timeout: 15_000 }).toMatch(/delivered/i)
    await phone.obey()
    expect(phone.erased).toBe('device')
    await expect.poll(states, { timeout: 15_000 }).toMatch(/acknowledged/i)
  })

  test('refuses the help desk what is not for it', async () => {
    const phone = await server.phone(alice, { ca: server.ca ?? '' })
    const page = await person('helen')
    expect((await page.goto(`${server.consoleUrl}/policies/add`))?.status()).toBe(403)
    expect((await page.goto(`${server.consoleUrl}/audit`))?.status()).toBe(403)
    await page.goto(`${devicePage(phone)}/wipe`)
    expect(await page.getByLabel('The whole phone', { exact: true }).count()).toBe(0)
    expect(await page.locator('main').innerText()).toContain('Only an administrator can wipe the whole phone')
  })

  test('lets a user wipe his own phone, and nobody else’s', async () => {
    const [own, other] = [
      await server.phone('bob@example.test', { ca: server.ca ?? '' }),
      await server.phone(alice, { ca: server.ca ?? '' }),
    ]
    const page = await person('bob@example.test')
    await page.setViewportSize({ width: 390, height: 800 })
    expect((await page.goto(`${server.consoleUrl}/devices`))?.status()).toBe(403)
    await page.goto(`${server.consoleUrl}/me/devices/${other.options.deviceId}/wipe`)
    expect(new URL(page.url()).pathname).toBe('/me')
    await page.goto(`${server.consoleUrl}/me/devices/${own.options.deviceId}/wipe`)
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true)
    await page.getByLabel('Type the name of the phone to confirm').fill('iPhone 15')
    await press(page, 'Wipe this phone')
    await own.obey()
    expect(own.erased).toBe('account')
    expect(other.erased).toBeNull()
  })
})
