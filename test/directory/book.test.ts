// What a search of the address book is a search for.
import { expect, test } from 'vitest'
import { wordsOf } from '../../src/directory/book.ts'

const words = (text: string) => wordsOf(text, { lettersMin: 2, foundMax: 100, separateDomains: false })

test('marks that directories pass over are no letters: by nothing they would find everybody', () => {
  for (const text of [
    '\u0301\u0301\u0301',
    '\ufe00\ufe00',
    '\u034f\u034f \u034f',
    'a\u0301\u0302\u0303',
    '\u1806\ufffc\u1806',
    '\u200b\u200b',
  ])
    expect(words(text)).toBeNull()
  expect(words('al \u0301\u0302')).toEqual(['al'])
  expect(words('Zoe\u0308')).toEqual(['Zoe\u0308'])
  expect(words('กำ')).toEqual(['กำ'])
})
