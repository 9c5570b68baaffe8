// Every page of the console for every role, over a store in which everything is called something that should break it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pages } from '../../../src/admin/web/pages.ts'
import type { Account } from '../../../src/model/account.ts'
import { roles, type Actor, type Role } from '../../../src/model/actor.ts'
import type { DeviceId, SubmissionId } from '../../../src/model/id.ts'
import { act, actorOf } from '../../support/admin.ts'
import { elementsOf, flawsOf, formsOf, textOf } from '../../support/html.ts'
import { NotForRole, TestPages } from '../../support/pages.ts'

const script = '<script>alert(1)</script>'
const hostile: readonly string[] = [
  script,
  `"><img src=x onerror="alert('2')">`,
  `' onmouseover='alert(3)`,
  '</title></textarea></main><svg/onload=alert(4)>',
  'W'.repeat(1000),
  '\u202Etxt.exe هاتف سارة',
  'javascript:alert(5)',
  '${7*7}{{7*7}}!',
]

let console: TestPages
let account: Account
let serial: string
const phone = (at: number) => `PHONE${at}`

beforeAll(async () => {
  console = await TestPages.open()
  const { store } = console.house
  account = await console.account(`o'brien&sons+"x"='y'@example.test`.replaceAll('"', ''))
  await store.accounts.change(account.id, { displayName: script, groups: [script, hostile[1] ?? ''] })
  for (const [at, name] of hostile.entries()) {
    const information = { model: name, friendlyName: name, os: name, phoneNumber: name, userAgent: name }
    await console.phone(account, { id: phone(at), type: name.slice(0, 100), information })
  }
  await console.phone(account, { id: '..', version: '14.1' })
  const root = actorOf('administrator')
  await act(console.house, 'policy.set', { name: 'strict', groups: [script], rules: { unapprovedInROMApplicationList: [script] } }, root)
  await act(console.house, 'admin.add', { name: 'strict', role: 'auditor', password: 'correct horse battery' }, root)
  await act(console.house, 'token.create', { name: 'strict', role: 'auditor' }, root)
  const rules = [{ characteristic: 'model' as const, pattern: script, access: 'blocked' as const, note: hostile[1] ?? '' }]
  await act(console.house, 'access.set', { fallback: 'allowed', rules }, root)
  await act(console.house, 'device.wipe', { account: account.address, device: phone(0), scope: 'account', confirm: script }, root)
  await act(console.house, 'device.rename', { account: account.address, device: phone(1), label: script.repeat(3) }, root)
  await act(console.house, 'ca.init', { name: script }, root)
  serial = (await act(console.house, 'ca.issue', { account: account.address, device: phone(0) }, root)).serial
  await act(console.house, 'trace.start', { account: account.address, device: phone(1), minutes: 10 }, root)
  await store.outbox.submit({
    id: 's' as SubmissionId,
    account: account.id,
    from: account.address,
    recipients: [script],
    at: console.clock.now(),
    source: Buffer.from('Subject: x\r\n\r\n'),
  })
  await store.outbox.postpone(1, console.clock.now() + 60_000, script)
  const state = await store.syncState(account.id, phone(2) as DeviceId)
  await state.recordReset({ at: console.clock.now(), folder: '5' as never, reason: script, presented: null })
})
afterAll(() => console.close())

/** Every address of a GET page, with what the store holds in the place of its parameters. */
function addresses(): string[] {
  const encoded = encodeURIComponent(account.address)
  return pages
    .filter(({ method }) => method === 'GET')
    .flatMap(({ path }) => {
      const filled = path.replace(':account', encoded).replace(':name', 'strict').replace(':serial', serial)
      return filled.includes(':device')
        ? [...hostile.map((_, at) => filled.replace(':device', phone(at))), filled.replace(':device', ':..')]
        : [filled]
    })
}

async function shown(actor: Actor, url: string): Promise<string | null> {
  try {
    const answer = await console.ask(actor, 'GET', url)
    return answer.kind === 'html' ? answer.html : null
  } catch (error) {
    if (error instanceof NotForRole) return null
    throw error
  }
}

const actorIn = (role: Role) => actorOf(role, account)

describe.each(roles)('to the role %s', (role) => {
  test('every page is shown without a flaw, whatever things are called', async () => {
    let count = 0
    for (const url of addresses()) {
      const html = await shown(actorIn(role), url)
      if (html === null) continue
      count++
      expect(flawsOf(html), url).toEqual([])
    }
    expect(count).toBeGreaterThan(role === 'user' ? 10 : 30)
  })

  test('no name becomes a tag, an attribute or an address', async () => {
    for (const url of addresses()) {
      const html = await shown(actorIn(role), url)
      if (html === null) continue
      expect(html, url).not.toMatch(/<script>|<img src=x|<svg\/|onerror=|onmouseover=|onload=/)
      const elements = elementsOf(html)
      expect(
        elements.filter(({ name }) => name === 'script').map(({ attributes }) => attributes['src']),
        url,
      ).toEqual(['/assets/htmx.js', '/assets/console.js'])
      for (const { attributes } of elements) expect(attributes['href'] ?? '', url).not.toMatch(/^\s*javascript:/i)
    }
  })

  test('no page leads to one that this role may not see', async () => {
    for (const url of addresses()) {
      const html = await shown(actorIn(role), url)
      if (html === null) continue
      for (const { name, attributes } of elementsOf(html)) {
        const link = name === 'a' ? attributes['href'] : undefined
        if (link === undefined || link.startsWith('#') || link === '/account') continue
        const path = new URL(link, 'http://console.test').pathname
        await expect(console.ask(actorIn(role), 'GET', link), `${path} on ${url}`).resolves.toBeDefined()
      }
    }
  })
})

test('what a phone calls itself is shown as it is written', async () => {
  const html = await console.page(actorIn('administrator'), '/devices')
  const names = elementsOf(html).filter(({ name, attributes }) => name === 'a' && attributes['class'] === 'clip')
  const texts = names.map(textOf)
  expect(texts).toContain(script)
  expect(texts).toContain(hostile[3])
})

test('a user is shown his own page and nothing else', async () => {
  const seen = pages.filter(({ roles: allowed }) => allowed.includes('user')).map(({ path }) => path)
  expect(seen.every((path) => path === '/me' || path.startsWith('/me/'))).toBe(true)
  const links = elementsOf(await console.page(actorIn('user'), '/me')).flatMap(({ attributes }) => attributes['href'] ?? [])
  expect(links.filter((link) => !link.startsWith('/me') && !link.startsWith('/assets/') && !link.startsWith('#'))).toEqual(['/account'])
})

test('an auditor finds nothing that changes anything', async () => {
  const auditor = actorOf('auditor')
  for (const url of addresses()) {
    // He has no account, and so no phones.
    const html = url.startsWith('/me') ? null : await shown(auditor, url)
    if (html === null) continue
    const posts = formsOf(html).filter(({ method }) => method === 'post')
    expect(
      posts.map(({ action }) => action),
      url,
    ).toEqual(['/logout'])
  }
})

test('the help desk finds no editor of policies or access rules, and cannot wipe a whole phone', async () => {
  const helper = actorOf('helpdesk')
  for (const url of ['/policies', '/policies/named/strict', '/access']) {
    const html = await console.page(helper, url)
    expect(
      formsOf(html)
        .filter(({ method }) => method === 'post')
        .map(({ action }) => action),
      url,
    ).toEqual(['/logout'])
  }
  await expect(console.ask(helper, 'GET', '/policies/named/strict/edit')).rejects.toThrow(NotForRole)
  await expect(console.ask(helper, 'POST', '/policies/save')).rejects.toThrow(NotForRole)
  await expect(console.ask(helper, 'GET', '/audit')).rejects.toThrow(NotForRole)
  const wipe = await console.page(helper, `/devices/${encodeURIComponent(account.address)}/${phone(1)}/wipe`)
  expect(elementsOf(wipe).flatMap(({ attributes }) => (attributes['name'] === 'scope' ? (attributes['value'] ?? []) : []))).toEqual([
    'account',
  ])
})

test('what was done is said once on the next page', async () => {
  const html = await console.page(actorIn('administrator'), '/', { said: script })
  const status = elementsOf(html).find(({ attributes }) => attributes['class'] === 'said')
  expect(status && textOf(status)).toBe(script)
})

test('a part of a page is a part of it, without a frame', async () => {
  for (const url of ['/', '/devices', '/accounts', '/health']) {
    const part = await console.page(actorIn('administrator'), url, { isPart: true })
    expect(part).not.toContain('<html')
    const ids = elementsOf(part).flatMap(({ attributes }) => attributes['id'] ?? [])
    const whole = elementsOf(await console.page(actorIn('administrator'), url))
    for (const id of ids) expect(whole.some(({ attributes }) => attributes['id'] === id)).toBe(true)
  }
})
