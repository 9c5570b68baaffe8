// One-time passwords: the numbers of RFC 6238, and which of them are taken.
import { expect, test } from 'vitest'
import { enrolmentOf, newSecret, stepOf } from '../../src/auth/one-time-password.ts'

/** RFC 6238, appendix B, with the last six of its eight digits. */
const secret = Buffer.from('12345678901234567890')

test.each([
  [59, '287082'],
  [1111111109, '081804'],
  [1111111111, '050471'],
  [1234567890, '005924'],
  [2000000000, '279037'],
  [20000000000, '353130'],
])('at %i the code is %s', (seconds, code) => {
  expect(stepOf(secret, code, seconds * 1000)).toBe(Math.floor(seconds / 30))
})

test('a code is good one step early and one step late, and says which step it is of', () => {
  const at = 1111111109_000
  for (const [seconds, step] of [
    [-60, null],
    [-30, 37037036],
    [0, 37037036],
    [30, 37037036],
    [60, null],
  ] as const)
    expect(stepOf(secret, '081804', at + seconds * 1000)).toBe(step)
})

test('what is no code is none, and blanks do not count', () => {
  expect(stepOf(secret, ' 081 804 ', 1111111109_000)).toBe(37037036)
  for (const code of ['', '81804', '0081804', '08180４', 'abcdef', '-81804', '081804\n081804'])
    expect(stepOf(secret, code, 1111111109_000)).toBeNull()
})

test('an app is told what it needs, and each secret is another', () => {
  const { uri, secret: shown } = enrolmentOf(secret, 'Easel mail.example.com', 'ada')
  expect(uri).toMatch(/^otpauth:\/\/totp\/Easel%20mail\.example\.com:ada\?/)
  expect(new URL(uri).searchParams.get('secret')).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
  expect(shown).toBe('GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ')
  expect(newSecret()).toHaveLength(20)
  expect(newSecret()).not.toEqual(newSecret())
})
