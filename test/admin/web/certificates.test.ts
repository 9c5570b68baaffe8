// The page on client certificates: what there is, and putting one out.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { act, actorOf } from '../../support/admin.ts'
import { flawsOf } from '../../support/html.ts'
import { NotForRole, TestPages } from '../../support/pages.ts'

const root = actorOf('administrator')
let console: TestPages
beforeEach(async () => {
  console = await TestPages.open()
})
afterEach(() => console.close())

test('a certificate is found, revoked with a reason, and then among all alone', async () => {
  expect(await console.page(root, '/certificates')).toContain('easel ca init')
  await act(console.house, 'ca.init', { name: 'Phones' })
  const { address } = await console.account('alice@example.test')
  const { serial } = await act(console.house, 'ca.issue', { account: address, device: 'PHONE1' })
  const list = await console.page(root, '/certificates')
  expect(list).toContain('log nobody in until certificates.mode')
  expect([flawsOf(list), list.includes('Phones'), list.includes(serial), list.includes('PHONE1')]).toEqual([[], true, true, true])
  const asked = await console.page(actorOf('helpdesk'), `/certificates/${serial}/revoke`)
  expect([flawsOf(asked), asked.includes('alice@example.test')]).toEqual([[], true])
  const done = await console.done(actorOf('helpdesk'), `/certificates/${serial}/revoke`, { reason: 'keyCompromise' })
  expect(done).toMatchObject({ to: '/certificates', said: 'The certificate is revoked.' })
  expect(await act(console.house, 'ca.list', {})).toMatchObject([
    { serial, state: 'revoked', reason: 'keyCompromise', revokedBy: 'the helpdesk' },
  ])
  expect(await console.page(root, '/certificates')).not.toContain(serial)
  const all = await console.page(root, '/certificates?state=all')
  expect([flawsOf(all), all.includes(serial), all.includes('Revoked')]).toEqual([[], true, true])
  expect(await console.page(root, `/certificates/${serial}/revoke`)).toContain('It is revoked already.')
})

test('the help desk revokes nothing of whoever works at the console', async () => {
  await act(console.house, 'ca.init', {})
  const { address } = await console.account('alice@example.test')
  const { serial } = await act(console.house, 'ca.issue', { account: address, device: 'PHONE1' })
  const house = { ...console.house, roleOf: () => 'administrator' as const }
  for (const wanted of [{ serial }, { account: address }, { device: 'PHONE1' }]) {
    await expect(act(house, 'ca.revoke', wanted, actorOf('helpdesk'))).rejects.toThrow(/works at the console/)
  }
  expect(await act(console.house, 'ca.revoke', { serial })).toMatchObject([{ serial, state: 'revoked' }])
})

test('an auditor sees certificates and revokes none', async () => {
  await act(console.house, 'ca.init', {})
  const { address } = await console.account('alice@example.test')
  const { serial } = await act(console.house, 'ca.issue', { account: address })
  const auditor = actorOf('auditor')
  expect(await console.page(auditor, '/certificates')).not.toContain('Revoke …')
  await expect(console.page(auditor, `/certificates/${serial}/revoke`)).rejects.toThrow(NotForRole)
  await expect(act(console.house, 'ca.issue', { account: address }, actorOf('helpdesk'))).rejects.toThrow(/not for the role helpdesk/)
})
