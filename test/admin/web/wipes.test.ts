// Wipes at the console: asked for by the typed name, watched in three steps, agreed to, taken back.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../../src/model/account.ts'
import type { DeviceId } from '../../../src/model/id.ts'
import { act, actorOf } from '../../support/admin.ts'
import { elementsOf, flawsOf, textOf, within } from '../../support/html.ts'
import { TestPages } from '../../support/pages.ts'

const root = actorOf('administrator')
const helper = actorOf('helpdesk')
const name = 'Alice’s <phone>'
const path = '/devices/alice%40example.test/A1'
let console: TestPages
let alice: Account

beforeEach(async () => {
  console = await TestPages.open({ rules: { wipesPerHour: 10, wipeApproval: true, notify: [] } })
  alice = await console.account('alice@example.test')
  await console.phone(alice, { id: 'A1', information: { friendlyName: name } })
  await console.phone(alice, { id: 'A2', version: '14.1', information: { friendlyName: 'Old phone' } })
})
afterEach(() => console.close())

/** The choices of a wipe's form that can be chosen, the chosen one marked. */
function choicesOn(html: string): string[] {
  return elementsOf(html).flatMap(({ attributes: { name: field, value, checked, disabled } }) =>
    field !== 'scope' || disabled !== undefined ? [] : [`${value ?? ''}${checked === undefined ? '' : '*'}`],
  )
}

/** The steps of the newest wipe: what they say and how they stand. */
function stepsOn(html: string): string[] {
  const all = elementsOf(html)
  const list = all.find(({ attributes }) => attributes['class'] === 'steps')
  if (list === undefined) return []
  return within(all, list)
    .filter((element) => element.name === 'b')
    .map(textOf)
}

test('a phone that was wiped is not offered to be wiped again', async () => {
  const own = actorOf('user', alice)
  const offers = async () => (await console.page(own, '/me')).match(/I lost it/g)
  expect(await offers()).toHaveLength(2)
  const wiped = { access: 'blocked', accessBasis: { kind: 'wiped', at: console.clock.now() } } as const
  await console.house.store.devices.change(alice.id, 'A1' as DeviceId, wiped)
  expect(await offers()).toHaveLength(1)
})

test('the account alone is offered first, the whole phone to administrators', async () => {
  expect(choicesOn(await console.page(root, `${path}/wipe`))).toEqual(['account*', 'device'])
  expect(choicesOn(await console.page(helper, `${path}/wipe`))).toEqual(['account*'])
  const html = await console.page(root, `${path}/wipe`)
  expect(html).toContain('A second administrator has to agree first.')
  expect(html).toContain('The phone is reset to how it left the factory.')
})

test('a phone that knows no wipe of one account is told of, and the help desk has no form for it', async () => {
  const old = path.replace('A1', 'A2')
  const html = await console.page(root, `${old}/wipe`)
  expect(choicesOn(html)).toEqual(['device*'])
  expect(html).toContain('speaks version 14.1')
  const asked = await console.page(helper, `${old}/wipe`)
  expect([choicesOn(asked), asked.includes('speaks version 14.1')]).toEqual([[], true])
})

test('nothing is wiped until the name was typed, and the choice is kept meanwhile', async () => {
  for (const confirm of ['', 'Alice', name.toLowerCase()]) {
    const html = await console.submit(root, `${path}/wipe`, { scope: 'device', confirm })
    expect(choicesOn(html)).toEqual(['account', 'device*'])
    expect(flawsOf(html)).toEqual([])
    expect(html).toContain('role="alert"')
  }
  expect(await act(console.house, 'wipe.list', {})).toEqual([])
  expect((await console.done(root, `${path}/wipe`, { scope: 'account', confirm: ` ${name} ` })).said).toBe('The wipe was requested.')
  expect((await act(console.house, 'wipe.list', {})).map(({ scope, state }) => [scope, state])).toEqual([['account', 'requested']])
})

test('a phone whose name is blank has another to be typed', async () => {
  await console.phone(alice, { id: 'A3', information: { friendlyName: ' \t ', model: ' Pixel \n 9 ' } })
  await console.submit(root, path.replace('A1', 'A3/wipe'), { scope: 'account', confirm: '' })
  expect(await act(console.house, 'wipe.list', {})).toEqual([])
  await console.done(root, path.replace('A1', 'A3/wipe'), { scope: 'account', confirm: 'Pixel 9' })
  expect(await act(console.house, 'wipe.list', {})).toHaveLength(1)
})

test('the page of the phone shows the three steps, and renews them while a wipe is under way', async () => {
  await console.done(root, `${path}/wipe`, { scope: 'account', confirm: name })
  expect(stepsOn(await console.page(root, path))).toEqual(['done: Requested', 'waiting: Delivered', 'not yet: Acknowledged'])
  const renewed = async () => console.page(root, `${path}/wipes`, { isPart: true })
  expect(await renewed()).toContain(`hx-get="${path}/wipes"`)
  const [wipe] = await act(console.house, 'wipe.list', {})
  await console.house.wipes.deliver(alice.id, 'A1' as DeviceId, wipe?.id ?? 0)
  expect(stepsOn(await renewed())).toEqual(['done: Requested', 'done: Delivered', 'waiting: Acknowledged'])
  expect(await renewed()).not.toContain('/cancel')
  await console.house.wipes.acknowledge(alice.id, 'A1' as DeviceId, 'account', 1)
  expect(stepsOn(await renewed())).toEqual(['done: Requested', 'done: Delivered', 'done: Acknowledged'])
  expect(await renewed()).not.toContain('hx-get=')
  expect(await console.page(root, path)).toContain('It was wiped. It stays out until somebody allows it again.')
  // The rules have no say about a wiped phone.
  expect(await console.page(root, path)).not.toContain(`${path}/judge`)
})

test('a wipe of a whole phone waits for a second administrator, who finds it in the list', async () => {
  expect((await console.done(root, `${path}/wipe`, { scope: 'device', confirm: name })).said).toMatch(/second administrator/)
  expect(stepsOn(await console.page(root, path))[0]).toBe('waiting: Requested')
  expect(await console.page(root, '/wipes?show=awaiting')).not.toContain('/approve')
  const second = { ...root, name: 'eve' }
  expect(
    elementsOf(await console.page(root, '/wipes'))
      .filter((element) => element.name === 'bdi')
      .map(textOf),
  ).toContain(name)
  expect(await console.page(second, '/wipes?show=awaiting')).toContain('/wipes/1/approve')
  expect(await console.page(helper, '/wipes')).not.toContain('/approve')
  expect(await console.done(second, '/wipes/1/approve')).toEqual({ to: path, said: 'You agreed to the wipe.' })
  expect(await console.page(second, path)).toContain('Approved by')
  expect((await console.done(helper, '/wipes/1/cancel')).said).toBe('The wipe was taken back.')
  expect(stepsOn(await console.page(root, path))).toEqual(['done: Requested', 'done: Taken back'])
  expect(await console.page(root, '/wipes?show=open')).toContain('No wipe fits.')
})

describe('the owner', () => {
  const me = () => actorOf('user', alice)

  test('wipes his own lost phone, sees how far it has come, and takes it back', async () => {
    const page = await console.page(me(), '/me')
    expect(page).toContain('/me/devices/A1/wipe')
    expect(choicesOn(await console.page(me(), '/me/devices/A1/wipe'))).toEqual(['account*', 'device'])
    const refused = await console.submit(me(), '/me/devices/A1/wipe', { scope: 'device', confirm: 'phone' })
    expect(flawsOf(refused)).toEqual([])
    const { to, said } = await console.done(me(), '/me/devices/A1/wipe', { scope: 'device', confirm: name })
    expect([to, said]).toEqual(['/me', 'The wipe was requested. The phone is told as soon as it connects.'])
    const after = await console.page(me(), '/me')
    expect(stepsOn(after)).toEqual(['done: Requested', 'waiting: Delivered', 'not yet: Acknowledged'])
    expect(after).not.toContain('/me/devices/A1/wipe')
    expect((await console.done(me(), '/me/wipes/1/cancel')).said).toBe('The wipe was taken back.')
  })

  test('reaches no phone of somebody else', async () => {
    const bob = await console.account('bob@example.test')
    await console.phone(bob, { id: 'B1', information: { friendlyName: 'Bob’s phone' } })
    for (const page of ['wipe', 'rename']) {
      const answer = await console.ask(me(), 'GET', `/me/devices/B1/${page}`)
      expect(answer).toMatchObject({ kind: 'redirect', to: '/me' })
    }
    for (const [url, form] of [
      ['/me/devices/B1/wipe', { scope: 'device', confirm: 'Bob’s phone' }],
      ['/me/devices/B1/rename', { label: 'mine' }],
    ] as const) {
      expect(await console.ask(me(), 'POST', url, { form })).toMatchObject({
        kind: 'redirect',
        to: '/me',
        said: 'That phone is not here any more.',
      })
    }
    await expect(console.ask(me(), 'POST', '/me/devices/B1/recovery')).rejects.toThrow(/no device B1/)
    expect((await console.house.store.devices.list(bob.id)).map(({ label, wipe }) => [label, wipe])).toEqual([[null, null]])
  })

  test('renames his phone', async () => {
    await console.done(me(), '/me/devices/A1/rename', { label: 'The good one' })
    expect(await console.page(me(), '/me')).toContain('The good one')
    const refused = await console.submit(me(), '/me/devices/A1/rename', { label: 'x'.repeat(101) })
    expect([flawsOf(refused), refused.includes('role="alert"')]).toEqual([[], true])
  })
})
