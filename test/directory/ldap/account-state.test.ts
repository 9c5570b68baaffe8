// What entries and refused binds say of an account.
import { describe, expect, test } from 'vitest'
import { outcomeOf, policyOutcome, stateOf } from '../../../src/directory/ldap/account-state.ts'
import { LdapEntry } from '../../../src/directory/ldap/entry.ts'
import { flavours } from '../../../src/directory/ldap/flavour.ts'

const now = Date.parse('2026-11-27T12:00:00Z')
/** A moment as Active Directory writes it: 100 ns since 1601. */
const fileTime = (instant: number) => String(BigInt(instant) * 10_000n + 116_444_736_000_000_000n)
const active = (attributes: Record<string, string>) =>
  stateOf(flavours.activeDirectory, new LdapEntry({ dn: 'CN=x', userAccountControl: '512', pwdLastSet: '1', ...attributes }), now)
const other = (attributes: Record<string, string>) => stateOf(flavours.generic, new LdapEntry({ dn: 'uid=x', ...attributes }), now)

describe('an account of Active Directory', () => {
  test('is good where nothing speaks against it', () => {
    expect(active({})).toBe('good')
    expect(active({ accountExpires: '0' })).toBe('good')
    expect(active({ accountExpires: '9223372036854775807', lockoutTime: '0' })).toBe('good')
    expect(active({ accountExpires: fileTime(now + 1000) })).toBe('good')
  })

  test('is disabled, expired or locked as its attributes say', () => {
    expect(active({ userAccountControl: '514' })).toBe('disabled')
    expect(active({ accountExpires: fileTime(now) })).toBe('expired')
    expect(active({ lockoutTime: fileTime(now - 1000) })).toBe('locked')
    expect(active({ 'msDS-User-Account-Control-Computed': '16' })).toBe('locked')
  })

  test('is not locked any more once the lockout is over, which the computed bits know', () => {
    expect(active({ lockoutTime: fileTime(now - 1000), 'msDS-User-Account-Control-Computed': '0' })).toBe('good')
  })

  test('has a password that is over, or has to be changed', () => {
    expect(active({ pwdLastSet: '0' })).toBe('password-must-change')
    expect(active({ 'msDS-User-Account-Control-Computed': '8388608' })).toBe('password-expired')
  })
})

describe('an account of another directory', () => {
  test('is out as the attributes of policies and shadow accounts say', () => {
    expect(other({})).toBe('good')
    expect(other({ nsAccountLock: 'TRUE' })).toBe('disabled')
    expect(other({ shadowExpire: '-1' })).toBe('good')
    expect(other({ shadowExpire: String(Math.floor(now / 86_400_000)) })).toBe('expired')
    expect(other({ shadowExpire: String(Math.floor(now / 86_400_000) + 1) })).toBe('good')
    expect(other({ pwdEndTime: '20200101000000Z' })).toBe('expired')
    expect(other({ pwdReset: 'TRUE' })).toBe('password-must-change')
  })

  test('is locked for good, or for half an hour', () => {
    expect(other({ pwdAccountLockedTime: '000001010000Z' })).toBe('locked')
    expect(other({ pwdAccountLockedTime: '20261127114500Z' })).toBe('locked')
    expect(other({ pwdAccountLockedTime: '20261127112900.123Z' })).toBe('good')
  })
})

describe('a refused bind', () => {
  const refusal = (data: string) => `80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data ${data}, v2580`

  test.each([
    ['52e', 'wrong'],
    ['525', 'wrong'],
    ['532', 'password-expired'],
    ['533', 'disabled'],
    ['701', 'expired'],
    ['773', 'password-must-change'],
    ['775', 'locked'],
  ])('with the code %s of Active Directory means %s', (data, outcome) => {
    expect(outcomeOf(49, refusal(data))).toBe(outcome)
  })

  test('means a wrong password where it says no more', () => {
    for (const code of [49, 32, 34, 48]) expect(outcomeOf(code, 'Invalid Credentials')).toBe('wrong')
  })

  test('of 389 Directory Server tells a disabled account and a locked one', () => {
    expect(outcomeOf(53, 'Account inactivated. Contact system administrator.')).toBe('disabled')
    expect(outcomeOf(53, 'Something else')).toBeNull()
    expect(outcomeOf(19, 'Exceed password retry limit. Please try later.')).toBe('locked')
  })

  test('means nothing about the password where the server is in trouble', () => {
    for (const code of [1, 3, 51, 52, 80]) expect(outcomeOf(code, 'Busy')).toBeNull()
  })

  test('is explained by a password policy', () => {
    expect([0, 1, 2, 5, undefined].map((code) => policyOutcome(code))).toEqual([
      'password-expired',
      'locked',
      'password-must-change',
      null,
      null,
    ])
  })
})
