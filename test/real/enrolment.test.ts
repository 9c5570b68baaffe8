// A phone set up in a real browser: its owner makes a link, the phone takes the profile from it once, and a certificate is revoked.
import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { renderSVG } from 'uqr'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { serialNumber } from '../../src/model/certificate.ts'
import { act } from '../support/admin.ts'
import { payloads, profileOf } from '../support/profile.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import { launchChrome } from './support/chrome.ts'
import { describeWith, removeFolder, run, temporaryFolder } from './support/daemon.ts'

const alice = 'alice@example.test'
const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

describeWith(['chromium', 'openssl', 'zbarimg'], 'enrolment in Chromium', () => {
  const parts = new AsyncDisposableStack()
  let server: TestServer
  let chrome: Browser
  let folder: string
  const contexts: BrowserContext[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    server = await startTestServer({
      accounts: [alice],
      secure: true,
      console: true,
      environment: { EASEL_CA_AUTOMATIC: '1', EASEL_USER_PAGE: '1', EASEL_CERTIFICATES: 'require' },
    })
    parts.defer(() => server.close())
    await act(server.running.admin, 'admin.add', { name: 'root', role: 'administrator', password })
    folder = temporaryFolder()
    parts.defer(() => removeFolder(folder))
    chrome = await launchChrome()
    parts.defer(() => chrome.close())
  })
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    expect(complaints.splice(0)).toEqual([])
  })
  afterAll(() => parts.disposeAsync())

  async function browser(options: { readonly userAgent?: string; readonly javaScriptEnabled?: boolean } = {}): Promise<Page> {
    const context = await chrome.newContext({ ignoreHTTPSErrors: true, viewport: { width: 390, height: 800 }, ...options })
    contexts.push(context)
    context.setDefaultTimeout(8000)
    const page = await context.newPage()
    page.on('console', (line) => line.type() === 'error' && !/status of 4\d\d/.test(line.text()) && complaints.push(line.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    return page
  }

  /** Somebody who logs in at his own page, where phones come in. */
  async function person(options: Parameters<typeof browser>[0] = {}): Promise<Page> {
    const page = await browser(options)
    await page.goto(`${server.url}/me`)
    await page.getByLabel('Name or address').fill(alice)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Log in' }).click()
    return page
  }

  /** Makes a link of this kind on one's own page; answers what the page shows. */
  async function makeLink(page: Page, kind: string): Promise<string> {
    await page.goto(`${server.url}/me`)
    await page.getByLabel('How the phone logs in').selectOption(kind)
    await page.getByRole('button', { name: 'Show the link and QR code' }).click()
    return (await page.locator('p.secret code').first().innerText()).trim()
  }

  /** Opens a link as a phone does; answers the profile. */
  async function install(url: string): Promise<Buffer> {
    const phone = await browser({ userAgent: iPhone })
    await phone.goto(url)
    expect(await phone.locator('main').innerText()).toContain(alice)
    const [download] = await Promise.all([
      phone.waitForEvent('download'),
      phone.getByRole('button', { name: 'Install', exact: true }).click(),
    ])
    expect(download.suggestedFilename()).toBe('alice.mobileconfig')
    return readFileSync(await download.path())
  }

  /** What a camera reads off the page. */
  async function seen(page: Page): Promise<string> {
    const path = join(folder, 'code.png')
    await page.getByAltText('QR code of the link').screenshot({ path })
    return (await run('zbarimg', ['--quiet', '--raw', path])).stdout.trim()
  }

  interface Identity {
    readonly key: string
    readonly cert: string
  }

  /** Takes the identity out of a profile, as a phone keeps it. */
  function identityOf(profile: Buffer): Identity {
    const [payload] = payloads(profileOf(profile), 'com.apple.security.pkcs12')
    const path = join(folder, 'identity.p12')
    writeFileSync(path, payload!['PayloadContent'] as Buffer)
    const open = (...what: string[]) => {
      const ran = spawnSync('openssl', [
        'pkcs12',
        '-in',
        path,
        '-legacy',
        '-nodes',
        '-passin',
        `pass:${payload!['Password'] as string}`,
        ...what,
      ])
      if (ran.status !== 0) throw new Error(ran.stderr.toString())
      return ran.stdout.toString()
    }
    return { key: open('-nocerts'), cert: open('-clcerts', '-nokeys') }
  }

  /** What the endpoint answers to somebody with this certificate, and no password. */
  function knock(identity: Identity): Promise<number> {
    return new Promise((resolve, reject) => {
      const { port } = new URL(server.url)
      const path = `/Microsoft-Server-ActiveSync?User=${encodeURIComponent(alice)}&DeviceId=ABC123&DeviceType=iPhone`
      const asked = request({ host: 'localhost', port, path, method: 'OPTIONS', ca: server.ca, agent: false, ...identity })
      asked.on('response', (reply) => resolve(reply.resume().statusCode ?? 0))
      asked.on('error', reject)
      asked.end()
    })
  }

  test('a user makes a link, his phone takes the profile from it, and nobody takes it again', async () => {
    const page = await person()
    const url = await makeLink(page, 'certificate')
    expect(url).toMatch(/^https:\/\/localhost:\d+\/enrol\/[\w-]{43}$/)
    const picture = (await page.getByAltText('QR code of the link').getAttribute('src')) ?? ''
    expect(Buffer.from(picture.split(',')[1] ?? '', 'base64').toString()).toBe(renderSVG(url, { border: 4 }))
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true)
    expect(await seen(page)).toBe(url)
    const profile = profileOf(await install(url))
    expect(payloads(profile, 'com.apple.eas.account')[0]).toMatchObject({ EmailAddress: alice, Host: new URL(server.url).host })
    const second = await browser({ userAgent: iPhone })
    expect((await second.goto(url))?.status()).toBe(404)
    expect(await second.locator('main').innerText()).toContain('Make another')
    expect(await second.getByRole('button').count()).toBe(0)
  })

  test('a certificate from a profile logs in, until its owner revokes it', async () => {
    const page = await person()
    const identity = identityOf(await install(await makeLink(page, 'certificate')))
    expect(await knock(identity)).toBe(200)
    await page.goto(`${server.url}/me`)
    const serial = serialNumber(new X509Certificate(identity.cert).serialNumber)
    await page.getByRole('link', { name: new RegExp(`^Revoke … ${serial.slice(0, 12)}`) }).click()
    await page.getByRole('button', { name: 'Revoke this certificate' }).click()
    expect(await page.locator('main').innerText()).toContain('The certificate is revoked')
    expect(await knock(identity)).toBe(403)
  })

  test('without a script, the profile is downloaded where its owner is', async () => {
    const page = await person({ javaScriptEnabled: false })
    // No phone comes in without a certificate here.
    expect(await page.getByLabel('How the phone logs in').locator('option').allInnerTexts()).toHaveLength(2)
    await page.getByLabel('How the phone logs in').selectOption('certificate')
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download here' }).click()])
    const profile = profileOf(readFileSync(await download.path()))
    expect(payloads(profile, 'com.apple.eas.account')).toHaveLength(1)
    expect(payloads(profile, 'com.apple.security.pkcs12')).toHaveLength(1)
  })

  test('an administrator makes a link for a user', async () => {
    const page = await browser()
    await page.goto(`${server.consoleUrl}/accounts/${alice}`)
    await page.getByLabel('Name or address').fill('root')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByLabel('How the phone logs in').selectOption('scep')
    await page.getByRole('button', { name: 'Make a link' }).click()
    const url = (await page.locator('p.secret code').first().innerText()).trim()
    const profile = profileOf(await install(url))
    const [scep] = payloads(profile, 'com.apple.security.scep')
    expect(scep!['PayloadContent']).toMatchObject({ URL: `${server.url}/scep`, Subject: [[['CN', alice]]] })
  })
})
