// How app passwords look, and what passes for one.
import { describe, expect, test } from 'vitest'
import { hashAppPassword, newAppPassword, readAppPassword, showAppPassword } from '../../src/auth/app-password-form.ts'

describe('an app password', () => {
  test('is five groups of four letters that look like no others', () => {
    for (let round = 0; round < 200; round++)
      expect(showAppPassword(newAppPassword())).toMatch(/^[abcdefghjkmnp-z]{4}(-[abcdefghjkmnp-z]{4}){4}$/)
  })

  test('is the same however it is typed', () => {
    const text = newAppPassword()
    const shown = showAppPassword(text)
    for (const typed of [shown, text, shown.toUpperCase(), shown.replaceAll('-', ' '), shown.replaceAll('-', '–')]) {
      expect(readAppPassword(typed)).toBe(text)
    }
    expect(hashAppPassword(text)).toMatch(/^[\w-]{43}$/)
  })

  test('with any one letter wrong is none, but for one in thousands', () => {
    let passed = 0
    let tried = 0
    for (let round = 0; round < 20; round++) {
      const text = newAppPassword()
      for (let at = 0; at < text.length; at++) {
        for (const letter of 'abcdefghijklmnopqrstuvwxyz') {
          if (letter === text[at]) continue
          tried++
          if (readAppPassword(text.slice(0, at) + letter + text.slice(at + 1)) !== null) passed++
        }
      }
    }
    expect(passed).toBeLessThan(tried / 1000)
  })

  test.each([
    '',
    'correct horse battery staple',
    'word-word-word-word-word',
    'abcdefghijklmnopqrst',
    'a'.repeat(10_000),
    '----',
    'Sommer2026!',
  ])('is not what somebody thought of: %s', (password) => expect(readAppPassword(password)).toBeNull())

  test('is never the same twice, and its letters are spread evenly', () => {
    const counts = new Map<string, number>()
    const seen = new Set<string>()
    for (let round = 0; round < 2000; round++) {
      const text = newAppPassword()
      seen.add(text)
      for (const letter of text.slice(0, 17)) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    }
    expect(seen.size).toBe(2000)
    expect(counts.size).toBe(23)
    const even = (2000 * 17) / 23
    for (const count of counts.values()) expect(Math.abs(count - even) / even).toBeLessThan(0.2)
  })
})
