// Search texts as phones write them, taken apart into terms.
import { expect, test } from 'vitest'
import { searchTerms } from '../../src/protocol/free-text.ts'
import { expectWithin } from '../support/pace.ts'

test.each([
  ['invoice', ['invoice']],
  ['  two  words ', ['two', 'words']],
  ['"a phrase" beside', ['a phrase', 'beside']],
  ['“curly quotes”', ['curly quotes']],
  ['"never closed', ['never closed']],
  ['subject:hello OR from:hello OR to:hello', ['hello']],
  ['subject:"quarterly report" AND kind:email', ['quarterly report', 'email']],
  ['report*', ['report']],
  ['(one OR two)', ['one', 'two']],
  ['Hello hello', ['hello']],
  ['or and', ['or', 'and']],
  ['bob@example.test', ['bob@example.test']],
  ['12:30', ['12:30']],
  ['', []],
  ['* "" ()', []],
])('%j is looked for as %j', (text, terms) => {
  expect(searchTerms(text)).toEqual(terms)
})

test('a search made of nothing but stars takes no time', async () => {
  await expectWithin(2000, () => {
    expect(searchTerms(`${'*'.repeat(300_000)}a`)).toHaveLength(0)
    expect(searchTerms(`"${'*'.repeat(8000)}a"`)).toHaveLength(1)
  })
})

test('a search has at most 16 terms of 256 characters', () => {
  const terms = searchTerms(Array.from({ length: 40 }, (_, index) => `${index}`.padEnd(400, 'x')).join(' '))
  expect(terms).toHaveLength(16)
  expect(Math.max(...terms.map((term) => term.length))).toBe(256)
})
