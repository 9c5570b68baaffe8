// The pages on accounts, the audit log and the queue.
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SubmissionId } from '../../../src/model/id.ts'
import { act, actorOf } from '../../support/admin.ts'
import { elementsOf, flawsOf, valuesOf } from '../../support/html.ts'
import { TestPages } from '../../support/pages.ts'

const root = actorOf('administrator')
const path = '/accounts/alice%40example.test'
let console: TestPages

beforeEach(async () => {
  console = await TestPages.open()
  await console.account('alice@example.test')
})
afterEach(() => console.close())

test('an account is added, or what is wrong with it is said and what was typed is kept', async () => {
  const form = { address: 'not an address', name: '<Bob>', password: 'a long one' }
  const html = await console.submit(root, '/add-account', form)
  expect([flawsOf(html), html.includes('an address looks like'), html.includes('a long one')]).toEqual([[], true, false])
  expect(valuesOf(html, '/add-account').get('name')).toBe('<Bob>')
  expect(await console.done(root, '/add-account', { ...form, address: 'Bob@Example.test' })).toEqual({
    to: '/accounts/bob%40example.test',
    said: 'The account was added.',
  })
  expect(await console.page(root, '/accounts?q=BOB')).toContain('1 account<')
})

test('what an account may do is changed, and a form that was not touched changes nothing', async () => {
  const show = () => act(console.house, 'account.show', { address: 'alice@example.test' })
  const before = await show()
  await console.done(root, `${path}/change`, valuesOf(await console.page(root, path), `${path}/change`))
  expect(await show()).toEqual(before)
  const sent = valuesOf(await console.page(root, path), `${path}/change`)
  sent.set('groups', ' Sales \r\n\r\nBerlin\r\nSales')
  sent.set('devicesMax', '2')
  sent.set('maxVersion', '14.1')
  sent.set('syncEnabled', 'no')
  await console.done(root, `${path}/change`, sent)
  const after = { groups: ['Sales', 'Berlin'], devicesMax: 2, maxVersion: '14.1', syncEnabled: false, policy: null }
  expect(await show()).toMatchObject(after)
  await console.done(root, `${path}/change`, valuesOf(await console.page(root, path), `${path}/change`))
  expect(await show()).toMatchObject(after)
  sent.set('devicesMax', '1e99')
  expect(await console.submit(root, `${path}/change`, sent)).toContain('role="alert"')
})

test('an account is disabled and enabled by the help desk, its password set by administrators', async () => {
  const helper = actorOf('helpdesk')
  expect(await console.page(helper, path)).not.toContain('/password')
  await console.done(helper, `${path}/disable`)
  expect(await console.page(helper, path)).toContain('Enable this account')
  await console.done(helper, `${path}/enable`)
  expect(await console.page(root, path)).toContain('/password')
  expect((await console.done(root, `${path}/password`, { password: 'a new one' })).said).toBe('The new password is set.')
  expect(await console.submit(root, `${path}/password`, { password: '' })).toContain('a password cannot be empty')
})

test('the audit log is read page by page, checked, and taken away whole', async () => {
  for (let at = 0; at < 130; at++) await act(console.house, 'account.disable', { address: 'alice@example.test' })
  await act(console.house, 'account.enable', { address: 'alice@example.test' })
  const next = elementsOf(await console.page(root, '/audit')).find(({ attributes }) => attributes['rel'] === 'next')
  expect(next?.attributes['href']).toBe('/audit?before=32')
  expect(await console.page(root, '/audit?before=32')).not.toContain('rel="next"')
  expect((await console.page(root, '/audit?action=account.enable')).match(/account\.enable/g)?.length).toBe(2)
  expect(await console.page(root, '/audit?verify=yes')).toContain('Every entry fits the one before it.')
  const answer = await console.ask(actorOf('auditor'), 'GET', '/audit/export')
  if (answer.kind !== 'file') throw new Error('no file')
  let text = ''
  for await (const piece of answer.content) text += piece
  const entries = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { number: number; hash: string })
  expect(entries.map(({ number }) => number)).toEqual(Array.from({ length: 131 }, (_, at) => at + 1))
})

test('what an absence answers stands in the queue as what nobody sent', async () => {
  const account = await console.house.store.accounts.byAddress('alice@example.test')
  const answer = { account: account!.id, from: '', recipients: ['dora@else.test'], source: Buffer.from('Subject: x\r\n\r\n'), at: 0 }
  await console.house.store.outbox.submit({ ...answer, id: 'answer' as SubmissionId })
  const html = await console.page(root, '/queue')
  expect([flawsOf(html), html.includes('answered by itself'), html.includes('>as <')]).toEqual([[], true, false])
})
