// Whether an account may log in, as the attributes of its entry and the errors of a bind tell it.
import type { Instant } from '../../model/id.ts'
import type { BindOutcome, DirectoryUser } from '../directory.ts'
import type { LdapEntry } from './entry.ts'
import type { Flavour } from './flavour.ts'

type State = DirectoryUser['state']

/** MS-ADTS 2.2.16: bits of userAccountControl and of its computed companion. */
const control = { disabled: 0x2, lockedOut: 0x10, passwordExpired: 0x80_0000 }
/** 100 ns from 1601 to 1970 (MS-DTYP 2.3.3). */
const epochDifference = 116_444_736_000_000_000n
const never = new Set([0n, 0x7fff_ffff_ffff_ffffn])
/** How long ppolicy locks for where its policy is not to be seen: `pwdLockoutDuration` is of another entry. */
const lockoutMinutes = 30
const day = 86_400_000

/** The state of an account. */
export function stateOf({ name }: Flavour, entry: LdapEntry, now: Instant): State {
  return name === 'activeDirectory' ? activeDirectoryState(entry, now) : genericState(entry, now)
}

function activeDirectoryState(entry: LdapEntry, now: Instant): State {
  const computed = entry.text('msDS-User-Account-Control-Computed')
  const bits = Number(entry.text('userAccountControl') ?? 0) | Number(computed ?? 0)
  if ((bits & control.disabled) !== 0) return 'disabled'
  const expires = integer(entry.text('accountExpires'))
  if (!never.has(expires) && expires <= BigInt(now) * 10_000n + epochDifference) return 'expired'
  // lockoutTime stays after the lockout is over: the computed bits know better.
  const isLocked = computed === null ? integer(entry.text('lockoutTime')) !== 0n : (bits & control.lockedOut) !== 0
  if (isLocked) return 'locked'
  if (entry.text('pwdLastSet') === '0') return 'password-must-change'
  return (bits & control.passwordExpired) === 0 ? 'good' : 'password-expired'
}

function genericState(entry: LdapEntry, now: Instant): State {
  // 389 Directory Server and FreeIPA.
  if (entry.text('nsAccountLock')?.toLowerCase() === 'true') return 'disabled'
  const expireDays = Number(entry.text('shadowExpire') ?? -1)
  if (expireDays >= 0 && now >= expireDays * day) return 'expired'
  const endsAt = entry.text('pwdEndTime')
  if (endsAt !== null && now >= generalizedTime(endsAt)) return 'expired'
  const lockedAt = entry.text('pwdAccountLockedTime')
  // draft-behera-ldap-password-policy-10, 5.3.3: this time means for good.
  if (lockedAt?.startsWith('000001010000') === true) return 'locked'
  if (lockedAt !== null && now < generalizedTime(lockedAt) + lockoutMinutes * 60_000) return 'locked'
  return entry.text('pwdReset') === 'TRUE' ? 'password-must-change' : 'good'
}

/** What Active Directory says in the text of a refused bind: `… error, data 52e, v1db1`. */
const bindCodes: Readonly<Record<string, BindOutcome>> = {
  '525': 'wrong',
  '52e': 'wrong',
  '530': 'disabled',
  '531': 'disabled',
  '532': 'password-expired',
  '533': 'disabled',
  '701': 'expired',
  '773': 'password-must-change',
  '775': 'locked',
}

/** RFC 4511 4.1.9: no such entry, no such name, no password to compare with, wrong. */
const wrongCodes = new Set([32, 34, 48, 49])

/** RFC 4511 4.1.9, constraintViolation: how 389 Directory Server says that there were too many wrong passwords. */
const lockedCode = 19
/** unwillingToPerform: how it says that the account is disabled. */
const disabledCode = 53

/** What a refused bind means; null where it says nothing about the password. */
export function outcomeOf(code: number, message: string): BindOutcome | null {
  if (code === lockedCode) return 'locked'
  if (code === disabledCode && /inactivated|disabled|locked/i.test(message)) return 'disabled'
  if (!wrongCodes.has(code)) return null
  const data = /\bdata ([0-9a-f]{3,8})\b/i.exec(message)?.[1]?.toLowerCase().replace(/^0+/, '')
  return bindCodes[data ?? ''] ?? 'wrong'
}

/** draft-behera-ldap-password-policy-10, 6.2: what the password policy says beside the answer. */
export function policyOutcome(error: number | undefined): BindOutcome | null {
  return [0, 1, 2].includes(error ?? -1) ? ((['password-expired', 'locked', 'password-must-change'] as const)[error ?? 0] ?? null) : null
}

function integer(text: string | null): bigint {
  return text !== null && /^-?\d{1,19}$/.test(text) ? BigInt(text) : 0n
}

/** RFC 4517 3.3.13, as far as directories use it: `20261127143000Z`, with or without a fraction. */
function generalizedTime(text: string): Instant {
  const [, year = '', month = '', date = '', hour = '', minute = '', second = ''] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?/.exec(text) ?? []
  return Date.UTC(Number(year), Number(month) - 1, Number(date), Number(hour), Number(minute), Number(second))
}
