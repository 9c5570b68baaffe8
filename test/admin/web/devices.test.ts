// The pages on devices: finding some, changing many, and looking at one.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../../src/model/account.ts'
import type { DeviceId } from '../../../src/model/id.ts'
import { act, actorOf } from '../../support/admin.ts'
import { elementsOf, flawsOf, formsOf, textOf, valuesOf, within } from '../../support/html.ts'
import { TestPages } from '../../support/pages.ts'
import { expectWithin } from '../../support/pace.ts'

const root = actorOf('administrator')
let console: TestPages
let alice: Account
let bob: Account

beforeEach(async () => {
  console = await TestPages.open()
  alice = await console.account('alice@example.test')
  bob = await console.account('bob@example.test')
  await console.phone(alice, { id: 'A1', information: { friendlyName: 'Alice’s phone', model: 'iPhone17,3', os: 'iOS 19.2' } })
  await console.phone(bob, { id: 'B1', version: '14.1', type: 'Android', information: { friendlyName: 'Bob’s Pixel', model: 'Pixel 9' } })
  await console.phone(bob, { id: 'B2', version: '12.1', type: 'Android', information: { friendlyName: 'Old tablet' } })
})
afterEach(() => console.close())

async function namesOn(url: string): Promise<string[]> {
  const all = elementsOf(await console.page(root, url))
  const heads = all.filter(({ attributes }) => attributes['role'] === 'rowheader')
  return heads.map((head) => textOf(within(all, head).find(({ name }) => name === 'a') ?? head))
}

describe('the list', () => {
  test.each([
    ['q=alice', ['Alice’s phone']],
    ['q=PIXEL', ['Bob’s Pixel']],
    ['q=bob+old', ['Old tablet']],
    ['q=203.0.113.7&version=12.1', ['Old tablet']],
    ['version=16.1', ['Alice’s phone']],
    ['access=blocked', []],
    ['wipe=open', []],
    ['sort=name', ['Alice’s phone', 'Bob’s Pixel', 'Old tablet']],
    ['sort=version', ['Old tablet', 'Bob’s Pixel', 'Alice’s phone']],
    ['q=nobody', []],
    ['sort=constructor&access=__proto__&page=99', ['Alice’s phone', 'Bob’s Pixel', 'Old tablet']],
  ])('finds by %s', async (query, names) => {
    expect((await namesOn(`/devices?${query}`)).toSorted()).toEqual(names.toSorted())
    if (query.startsWith('sort=') && !query.includes('constructor')) expect(await namesOn(`/devices?${query}`)).toEqual(names)
  })

  test('says of a wipe that it is one', async () => {
    await act(console.house, 'device.wipe', { device: 'B2', scope: 'device', confirm: 'Old tablet' })
    expect(await console.page(root, '/devices')).toContain('Wipe: requested')
  })

  test('keeps what was searched for on its other pages', async () => {
    const { store } = console.house
    for (let at = 0; at < 60; at++) await console.phone(bob, { id: `C${at}`, information: { friendlyName: `Camera ${at}` } })
    await store.devices.change(bob.id, 'C7' as DeviceId, { access: 'blocked' })
    const html = await console.page(root, '/devices?q=camera&access=allowed&sort=name')
    expect(html).toContain('1–50 of 59 devices')
    const next = elementsOf(html).find(({ attributes }) => attributes['rel'] === 'next')?.attributes['href'] ?? ''
    expect(next).toBe('/devices?q=camera&access=allowed&sort=name&page=2')
    expect(await namesOn(next)).toHaveLength(9)
  })

  test('of ten thousand devices is there within a second', async () => {
    await console.house.store.unit(async ({ devices }) => {
      for (let at = 0; at < 10_000; at++) {
        const sighting = { type: `Phone${at % 90}`, userAgent: null, version: '16.1', address: null, at: console.clock.now() - at } as const
        await devices.enrol(bob.id, `M${at}` as DeviceId, sighting)
      }
    })
    for (const url of ['/devices', '/devices?q=phone7&sort=name&page=20', '/', '/access']) {
      await expectWithin(1000, () => console.page(root, url), url)
    }
    const count = elementsOf(await console.page(root, '/devices?q=phone7')).find(({ attributes }) => attributes['class'] === 'count')
    expect(count && textOf(count)).toBe('1–50 of 1,222 devices')
  }, 60_000)
})

describe('many devices at once', () => {
  const chosen = (act: string, ...keys: string[]) => new URLSearchParams([['act', act], ...keys.map((key) => ['device', key])])

  test('are changed once their names were confirmed', async () => {
    const form = chosen('block', 'bob@example.test/B1', 'bob@example.test/B2')
    const html = await console.submit(root, '/bulk', form)
    expect(flawsOf(html)).toEqual([])
    expect(html).toContain('Block: 2 devices?')
    expect(await act(console.house, 'device.list', {})).toSatisfy((all: { access: string }[]) =>
      all.every(({ access }) => access === 'allowed'),
    )
    const sent = valuesOf(html, '/bulk/done')
    expect(sent.getAll('device')).toEqual(['bob@example.test/B1', 'bob@example.test/B2'])
    expect(await console.done(root, '/bulk/done', sent)).toEqual({ to: '/devices', said: '2 devices were blocked.' })
    expect((await act(console.house, 'device.list', {})).map(({ id, access }) => [id, access]).toSorted()).toEqual([
      ['A1', 'allowed'],
      ['B1', 'blocked'],
      ['B2', 'blocked'],
    ])
    expect(await act(console.house, 'audit.list', { action: 'device.block' })).toHaveLength(2)
  })

  test('that are gone by now are told of, and the others changed', async () => {
    const { said } = await console.done(root, '/bulk/done', chosen('judge', 'bob@example.test/GONE', 'bob@example.test/B2', 'nonsense'))
    expect(said).toMatch(/^1 device was left to the rules. 2 were not: There is no device GONE/)
  })

  test('are nothing without a choice, and never more than five hundred', async () => {
    expect((await console.done(root, '/bulk', chosen('allow'))).said).toMatch(/No device was chosen/)
    expect((await console.done(root, '/bulk', chosen('__proto__', 'a/b'))).said).toMatch(/No device was chosen/)
    const keys = Array.from({ length: 501 }, (_, at) => `bob@example.test/X${at}`)
    expect((await console.done(root, '/bulk/done', chosen('block', ...keys))).said).toMatch(/at most 500/)
  })
})

describe('the page of a device', () => {
  const path = '/devices/alice%40example.test/A1'

  test('leads to everything that can be done about it, and does it', async () => {
    const find = async () => (await console.house.store.devices.list(alice.id))[0]
    const buttons = async () => formsOf(await console.page(root, path)).map(({ action }) => action.replace(`${path}/`, ''))
    expect(await buttons()).toEqual(expect.arrayContaining(['allow', 'block', 'quarantine', 'rename', 'trace']))
    expect((await console.done(root, `${path}/block`)).said).toMatch(/blocked/)
    expect((await find())?.access).toBe('blocked')
    expect(await buttons()).not.toContain('block')
    expect(await buttons()).toContain('judge')
    await console.done(root, `${path}/judge`)
    expect((await find())?.access).toBe('allowed')
    await console.done(root, `${path}/rename`, { label: '  Pool car ' })
    expect((await find())?.label).toBe('Pool car')
    await console.done(root, `${path}/rename`, { label: ' ' })
    expect((await find())?.label).toBe(null)
    expect((await console.done(root, `${path}/resync`)).said).toMatch(/everything/)
    await console.done(root, `${path}/trace`, { minutes: '15' })
    expect(console.house.traces.running()).toHaveLength(1)
    expect(await console.page(root, path)).toContain(`hx-get="${path}/timeline"`)
    expect(await console.page(root, `${path}?still=yes`)).not.toContain('hx-get=')
    await console.done(root, `${path}/untrace`)
    expect(console.house.traces.running()).toHaveLength(0)
    expect(await console.page(root, `${path}/forget`)).toContain('Forget this phone?')
    await console.done(root, `${path}/forget`)
    expect(await find()).toBeUndefined()
  })

  test('is reached by an id that browsers take for the folder above', async () => {
    await console.phone(bob, { id: '..', information: { friendlyName: 'Dots' } })
    const link = elementsOf(await console.page(root, '/devices?q=dots')).find(({ attributes }) => attributes['class'] === 'clip')
    const href = link?.attributes['href'] ?? ''
    expect(new URL(href, 'http://console.test').pathname).toBe('/devices/bob%40example.test/%3A..')
    expect(await console.page(root, href)).toContain('Dots')
    await console.done(root, `${href}/block`)
    expect((await console.house.store.devices.find(bob.id, '..' as DeviceId))?.access).toBe('blocked')
  })

  test('shows the recovery passcode once', async () => {
    await console.house.devicePasswords.keep(alice.id, 'A1' as DeviceId, '<1234&5678>')
    expect(formsOf(await console.page(root, path)).map(({ action }) => action)).toContain(`${path}/recovery`)
    const html = await console.submit(root, `${path}/recovery`)
    expect(textOf(elementsOf(html).find(({ attributes }) => attributes['class'] === 'secret') as never)).toBe('<1234&5678>')
    expect(flawsOf(html)).toEqual([])
    await expect(console.submit(root, `${path}/recovery`)).rejects.toThrow(/No recovery password/)
    expect(formsOf(await console.page(root, path)).map(({ action }) => action)).not.toContain(`${path}/recovery`)
  })
})
