// Passwords at rest.
import { argon2Sync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { hashPassword, passwordsWaiting, verifyPassword } from '../../src/auth/password.ts'

describe('a password', () => {
  test('is kept as argon2id in PHC form, salted, and recognised again', async () => {
    const [one, other] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[0-9A-Za-z+/]{22}\$[0-9A-Za-z+/]{43}$/)
    expect(one).not.toBe(other)
    expect(await verifyPassword(one, 'correct horse')).toBe(true)
    expect(await verifyPassword(one, 'correct horsE')).toBe(false)
  })

  test('is the same however the keyboard put the accent on', async () => {
    expect(await verifyPassword(await hashPassword('p\u00e4ss'), 'pa\u0308ss')).toBe(true)
  })

  test('hashed elsewhere, with other parameters, is recognised', async () => {
    const nonce = Buffer.from('somesaltsomesalt')
    const tag = argon2Sync('argon2id', { message: Buffer.from('x'), nonce, memory: 64, passes: 3, parallelism: 2, tagLength: 16 })
    const bare = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
    expect(await verifyPassword(`$argon2id$v=19$m=64,t=3,p=2$${bare(nonce)}$${bare(tag)}`, 'x')).toBe(true)
  })

  test.each([
    null,
    '',
    'plain',
    '$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA',
    '$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA',
    '$argon2id$v=19$m=1,t=1,p=9$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA',
  ])('is never right against %s', async (stored) => {
    expect(await verifyPassword(stored, 'x')).toBe(false)
  })
})

test('of many checks two are at work, and a known device does not stand in the queue of strangers', async () => {
  const stored = await hashPassword('x')
  const order: string[] = []
  const check = (name: string, urgent: boolean) => verifyPassword(stored, 'x', urgent).then(() => order.push(name))
  const checks = [...Array.from({ length: 20 }, (_, index) => check(`stranger ${index}`, false)), check('phone', true)]
  expect(passwordsWaiting()).toBe(19)
  await Promise.all(checks)
  // It begins third; how many strangers overtake it is the machine's affair.
  expect(order.indexOf('phone')).toBeLessThan(15)
  expect(passwordsWaiting()).toBe(0)
})
