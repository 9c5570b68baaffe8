// The pages on local administrators and API tokens.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { act, actorOf } from '../../support/admin.ts'
import { elementsOf, flawsOf, formsOf, textOf, valuesOf } from '../../support/html.ts'
import { TestPages } from '../../support/pages.ts'

const root = actorOf('administrator')
let console: TestPages

beforeEach(async () => {
  console = await TestPages.open()
  await act(console.house, 'admin.add', { name: 'root', role: 'administrator', password: 'correct horse battery' })
})
afterEach(() => console.close())

test('an administrator is added with a role, and a short password is refused', async () => {
  const form = { name: 'hilda', role: 'helpdesk', password: 'short' }
  const html = await console.submit(root, '/add-administrator', form)
  expect([flawsOf(html), html.includes('at least 12 characters'), html.includes('short')]).toEqual([[], true, false])
  expect(valuesOf(html, '/add-administrator').get('role')).toBe('helpdesk')
  const { to } = await console.done(root, '/add-administrator', { ...form, password: 'long enough to be one' })
  expect(to).toBe('/administrators/hilda')
  expect(flawsOf(await console.page(root, to))).toEqual([])
  await console.done(root, `${to}/role`, { role: 'auditor' })
  await console.done(root, `${to}/disable`)
  expect((await act(console.house, 'admin.list', {})).find(({ name }) => name === 'hilda')).toMatchObject({
    role: 'auditor',
    disabled: true,
  })
  await console.done(root, `${to}/enable`)
  await console.done(root, `${to}/password`, { password: 'another one that is long' })
  expect(await console.submit(root, `${to}/factor`)).toContain('There is no second factor of hilda.')
  expect(await console.page(root, `${to}/remove`)).toContain('Remove hilda?')
  expect((await console.done(root, `${to}/remove`)).to).toBe('/administrators')
  expect(await console.ask(root, 'GET', to)).toMatchObject({ kind: 'redirect', to: '/administrators' })
})

test('the last administrator is not locked out', async () => {
  for (const [path, form] of [
    ['disable', {}],
    ['role', { role: 'auditor' }],
    ['remove', {}],
  ] as const) {
    const html = await console.submit(root, `/administrators/root/${path}`, form)
    expect([flawsOf(html), html.includes('root is the last local administrator')]).toEqual([[], true])
  }
})

test('a token is shown once, when it is made, and revoked when it was confirmed', async () => {
  const html = await console.submit(root, '/tokens', { name: 'Monitoring <1>', role: 'auditor', days: '30' })
  expect(html).toContain('role="alert"')
  const made = await console.submit(root, '/tokens', { name: 'Monitoring', role: 'auditor', days: '30' })
  const secret = elementsOf(made).find(({ attributes }) => attributes['class'] === 'secret')
  const token = secret === undefined ? '' : textOf(secret)
  expect([flawsOf(made), token.startsWith('easel_')]).toEqual([[], true])
  const list = await console.page(root, '/tokens')
  expect([list.includes('Monitoring'), list.includes(token)]).toEqual([true, false])
  expect(flawsOf(await console.page(root, '/tokens/Monitoring/revoke'))).toEqual([])
  expect((await console.done(root, '/tokens/Monitoring/revoke')).said).toBe('The token is revoked.')
  await console.submit(root, '/tokens', { name: 'For good', role: 'nonsense', days: '' })
  expect(await act(console.house, 'token.list', {})).toMatchObject([{ name: 'For good', role: 'auditor', expiresAt: null }])
})

test('an auditor sees who there is, and no form', async () => {
  for (const path of ['/administrators', '/tokens']) {
    const posts = formsOf(await console.page(actorOf('auditor'), path)).filter(({ method }) => method === 'post')
    expect(posts.map(({ action }) => action)).toEqual(['/logout'])
  }
})
