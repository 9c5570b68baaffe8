// Policies at the console: a form for every rule there is, what a policy comes to before it is saved, and whom it is for.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { draftFrom, policyOf } from '../../../src/admin/web/policy-form.ts'
import { ruleNamed, ruleNames } from '../../../src/model/policy-rules.ts'
import type { Policy } from '../../../src/model/policy.ts'
import { act, actorOf, noPolicy } from '../../support/admin.ts'
import { elementsOf, flawsOf, textOf, valuesOf, within } from '../../support/html.ts'
import { TestPages } from '../../support/pages.ts'

const root = actorOf('administrator')
const sales: Policy = {
  ...noPolicy,
  name: 'Sales',
  rank: 10,
  groups: ['Sales', 'Berlin'],
  provisions: true,
  devicesMax: 3,
  rules: { devicePasswordEnabled: true, minDevicePasswordLength: 8, allowCamera: true },
}
let console: TestPages

beforeEach(async () => {
  console = await TestPages.open()
  await act(console.house, 'policy.set', { ...sales, groups: [...sales.groups], rules: { ...sales.rules } })
})
afterEach(() => console.close())

describe('the form', () => {
  test('has a labelled field for every rule, under its group, with what it does', async () => {
    const html = await console.page(root, '/policies/add')
    const all = elementsOf(html)
    for (const name of ruleNames) {
      const field = all.find(({ attributes }) => attributes['name'] === `rule.${name}`)
      const label = all.find(({ attributes }) => attributes['for'] === field?.attributes['id'])
      expect(label && textOf(label), name).toBe(ruleNamed(name).title)
      expect(html).toContain(ruleNamed(name).about.slice(0, 20))
    }
    expect(flawsOf(html)).toEqual([])
  })

  test('sends back every policy as it was', () => {
    const value = (name: (typeof ruleNames)[number]): fc.Arbitrary<unknown> => {
      const rule = ruleNamed(name)
      switch (rule.kind) {
        case 'flag':
          return fc.boolean()
        case 'number':
          return fc.integer({ min: rule.min, max: rule.max })
        case 'choice':
          return fc.constantFrom(...Object.keys(rule.values))
        case 'texts':
          return fc
            .uniqueArray(rule.pattern.test('x') ? fc.stringMatching(/^[a-z<>"& ]*[a-z]$/) : fc.constant('0pCEcnYvGXb3uEeOwE9ZDuTpEeo='), {
              minLength: 1,
              maxLength: 3,
              selector: (text) => text.trim(),
            })
            .map((texts) => texts.map((text) => text.trim()))
      }
    }
    const rules = fc.record(Object.fromEntries(ruleNames.map((name) => [name, value(name)])), { requiredKeys: [] })
    const policies = fc.record({
      name: fc.constant('Sales'),
      rank: fc.nat(10_000),
      groups: fc.uniqueArray(fc.stringMatching(/^[a-z<>& ]*[a-z]$/).map((text) => text.trim())),
      syncEnabled: fc.boolean(),
      provisions: fc.boolean(),
      allowNonProvisionable: fc.boolean(),
      minVersion: fc.constantFrom(null, '12.1'),
      maxVersion: fc.constantFrom(null, '14.1', '16.1'),
      devicesMax: fc.option(fc.integer({ min: 1, max: 1000 })),
      refreshHours: fc.option(fc.integer({ min: 1, max: 8760 })),
      rules,
    })
    fc.assert(
      fc.property(policies, (policy) => {
        // By way of the wire, as a browser sends it.
        const sent = new URLSearchParams(draftFrom(policy).toString())
        expect(policyOf(sent)).toEqual(policy)
      }),
    )
  })

  test('through the page changes nothing that was not touched', async () => {
    const html = await console.page(root, '/policies/named/Sales/edit')
    const sent = valuesOf(html, '/policies/preview')
    expect(await console.submit(root, '/policies/preview', sent)).toContain('Nothing: the policy stays as it is.')
  })

  test('tells what is wrong at the field, and keeps what was typed', async () => {
    const sent = valuesOf(await console.page(root, '/policies/named/Sales/edit'), '/policies/preview')
    sent.set('rule.minDevicePasswordLength', '99')
    sent.set('devicesMax', 'many')
    sent.set('rule.unapprovedInROMApplicationList', '<b>Solitaire</b>')
    const html = await console.submit(root, '/policies/preview', sent)
    expect(flawsOf(html)).toEqual([])
    const all = elementsOf(html)
    expect(textOf(all.find(({ attributes }) => attributes['role'] === 'alert') as never)).toMatch(/Minimum passcode length: Must be/)
    const field = all.find(({ attributes }) => attributes['name'] === 'rule.minDevicePasswordLength')
    expect(field?.attributes).toMatchObject({ value: '99', 'aria-invalid': 'true' })
    expect(field?.attributes['aria-describedby']).toContain('trouble')
    expect(valuesOf(html, '/policies/preview').get('rule.unapprovedInROMApplicationList')).toBe('<b>Solitaire</b>')
  })
})

test('a policy is saved after a look at what it comes to', async () => {
  const sent = valuesOf(await console.page(root, '/policies/named/Sales/edit'), '/policies/preview')
  sent.set('rule.minDevicePasswordLength', '12')
  const shown = await console.submit(root, '/policies/preview', sent)
  expect(flawsOf(shown)).toEqual([])
  const all = elementsOf(shown)
  const cells = all.filter(({ attributes }) => attributes['role'] === 'row').map((row) => within(all, row).map(textOf))
  expect(
    cells.some((row) => row.includes('Minimum passcode length') && row.includes('8 characters') && row.includes('12 characters')),
  ).toBe(true)
  expect((await act(console.house, 'policy.show', { name: 'Sales' })).rules.minDevicePasswordLength).toBe(8)
  expect(await console.submit(root, '/policies/edit', valuesOf(shown, '/policies/save'))).toContain('value="12"')
  const done = await console.done(root, '/policies/save', valuesOf(shown, '/policies/save'))
  expect(done).toEqual({ to: '/policies/named/Sales', said: 'The policy is saved. Phones are told at their next request.' })
  expect((await act(console.house, 'policy.show', { name: 'Sales' })).rules).toEqual({ ...sales.rules, minDevicePasswordLength: 12 })
})

test('a new policy may be a copy, and takes no name that is taken', async () => {
  const sent = valuesOf(await console.page(root, '/policies/add?like=Sales'), '/policies/preview')
  expect([sent.get('name'), sent.get('groups'), sent.get('rule.minDevicePasswordLength')]).toEqual(['', '', '8'])
  sent.set('name', 'Sales')
  expect(await console.submit(root, '/policies/preview', sent)).toContain('There is a policy Sales already.')
  sent.set('name', 'Field work')
  const shown = await console.submit(root, '/policies/preview', sent)
  await console.done(root, '/policies/save', valuesOf(shown, '/policies/save'))
  expect(await console.page(root, '/policies')).toContain('/policies/named/Field%20work')
})

test('a policy is given to an account and taken away again, and removed when nobody has it by name', async () => {
  await console.account('alice@example.test')
  const path = '/policies/named/Sales'
  await console.done(root, `${path}/assign`, { address: 'alice@example.test' })
  expect(await console.page(root, path)).toContain('Take the policy away from alice@')
  expect(await console.submit(root, `${path}/assign`, { address: 'nobody@example.test' })).toContain(
    'There is no account nobody@example.test.',
  )
  expect(await console.submit(root, `${path}/remove`)).toContain('is assigned to alice@')
  await console.done(root, `${path}/release`, { address: 'alice@example.test' })
  expect(await console.done(root, `${path}/remove`)).toEqual({ to: '/policies', said: 'The policy was removed.' })
})
