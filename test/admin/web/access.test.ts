// The access rules at the console: put in order without a script, tried on the phones there are, and saved only then.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { act, actorOf } from '../../support/admin.ts'
import { elementsOf, flawsOf, valuesOf } from '../../support/html.ts'
import { TestPages } from '../../support/pages.ts'

const root = actorOf('administrator')
let console: TestPages

beforeEach(async () => {
  console = await TestPages.open()
  const alice = await console.account('alice@example.test')
  await console.phone(alice, { id: 'A1', information: { friendlyName: 'Alice’s phone', model: 'iPhone17,3' } })
  await console.phone(alice, { id: 'A2', type: 'Android', information: { friendlyName: 'Tablet' } })
})
afterEach(() => console.close())

/** Presses a button of the editor after some fields were filled in. */
async function press(html: string, step: string, fill: (sent: URLSearchParams) => void = () => undefined): Promise<string> {
  const sent = valuesOf(html, '/access')
  fill(sent)
  sent.set('step', step)
  const shown = await console.submit(root, '/access', sent)
  expect(flawsOf(shown)).toEqual([])
  return shown
}

const patternsOn = (html: string) => valuesOf(html, '/access').getAll('pattern')

test('rules are added, moved and removed before anything is stored', async () => {
  let html = await press(await console.page(root, '/access'), 'add')
  html = await press(html, 'add', (sent) => sent.set('pattern', 'Android*'))
  const values = valuesOf(html, '/access')
  expect(values.getAll('pattern')).toEqual(['Android*', ''])
  const second = (sent: URLSearchParams) => {
    sent.delete('pattern')
    sent.append('pattern', 'Android*')
    sent.append('pattern', '<iPhone>')
  }
  html = await press(html, 'up:1', second)
  expect(patternsOn(html)).toEqual(['<iPhone>', 'Android*'])
  html = await press(html, 'down:0')
  expect(patternsOn(html)).toEqual(['Android*', '<iPhone>'])
  html = await press(html, 'remove:1')
  expect(patternsOn(html)).toEqual(['Android*'])
  for (const step of ['up:7', 'down:-1', 'remove:x', 'nonsense']) expect(patternsOn(await press(html, step))).toEqual(['Android*'])
  expect((await act(console.house, 'access.show', {})).rules).toEqual([])
})

test('the Enter key tries the rules and moves none', async () => {
  const html = await press(await console.page(root, '/access'), 'add')
  const first = elementsOf(html).find(({ name, attributes }) => name === 'button' && attributes['name'] === 'step')
  expect(first?.attributes['value']).toBe('try')
})

test('whom they hit is shown before they are saved', async () => {
  let html = await press(await console.page(root, '/access'), 'add')
  html = await press(html, 'try')
  expect(html).toContain('Rule 1 has no pattern')
  html = await press(html, 'try', (sent) => {
    sent.set('pattern', 'andro?d')
    sent.set('access', 'blocked')
    sent.set('note', 'Not <yet>')
  })
  expect([html.includes('One phone is hit'), html.includes('Tablet'), html.includes('Alice’s phone')]).toEqual([true, true, false])
  expect((await act(console.house, 'access.show', {})).rules).toEqual([])
  expect(patternsOn(await press(html, 'edit'))).toEqual(['andro?d'])
  const sent = valuesOf(html, '/access')
  sent.set('step', 'save')
  expect((await console.done(root, '/access', sent)).said).toBe('The access rules are saved. 1 phone is judged anew.')
  const { rules } = await act(console.house, 'access.show', {})
  expect(rules).toMatchObject([{ characteristic: 'type', pattern: 'andro?d', access: 'blocked', note: 'Not <yet>' }])
  // A rule that stays keeps its id, by which the phones it decided about know it.
  const again = valuesOf(await console.page(root, '/access'), '/access')
  again.set('step', 'save')
  await console.done(root, '/access', again)
  expect((await act(console.house, 'access.show', {})).rules).toEqual(rules)
})
