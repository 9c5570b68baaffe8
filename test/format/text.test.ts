// Cuts of UTF-8 and characters that no document carries.
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crlf, cutUtf8, foldSpace, speakable, utf8Bytes } from '../../src/format/text.ts'

test('a cut is the longest beginning of whole characters that fits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat({ max: 120 }), (text, bytes) => {
      const cut = cutUtf8(text, bytes)
      expect(text.startsWith(cut)).toBe(true)
      expect(utf8Bytes(cut)).toBeLessThanOrEqual(bytes)
      const [next] = text.slice(cut.length)
      if (next !== undefined) expect(utf8Bytes(cut + next)).toBeGreaterThan(bytes)
    }),
  )
})

test('a cut never divides a surrogate pair or a character of three bytes', () => {
  expect(cutUtf8('a😀b', 4)).toBe('a')
  expect(cutUtf8('a😀b', 5)).toBe('a😀')
  expect(cutUtf8('€€', 5)).toBe('€')
  expect(cutUtf8('abc', 0)).toBe('')
  expect(cutUtf8('abc', 3)).toBe('abc')
})

test('what is left after cleaning is what XML 1.0 allows', () => {
  expect(speakable('a\0b\u0008c\td\r\n\uFFFEe\uD800f\u007F')).toBe('abc\td\r\ne\uFFFDf')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(Buffer.from(speakable(text)).toString()).toBe(speakable(text))
      expect(speakable(text)).toMatch(/^[\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u)
    }),
  )
})

test('line ends become CRLF and white space one space', () => {
  expect(crlf('a\nb\rc\r\nd\n\re')).toBe('a\r\nb\r\nc\r\nd\r\n\r\ne')
  expect(foldSpace(' a\u00A0\t\r\n b ')).toBe('a b')
})
