// One-time passwords by the clock (RFC 6238), as every authenticator app makes them: SHA-1, six digits, thirty seconds.
import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import type { Instant } from '../model/id.ts'

/** RFC 4226 4, R6: the length of the hash. */
const secretBytes = 20
const periodSeconds = 30
/** A phone's clock is off by less than one step, and people type slowly. */
const window = 1

export function newSecret(): Uint8Array {
  return randomBytes(secretBytes)
}

/** What an app reads: as a QR code, or typed in. */
export interface Enrolment {
  readonly uri: string
  /** In base32, in groups of four. */
  readonly secret: string
}

/** `issuer` and `label` are what the app shows beside the code. */
export function enrolmentOf(secret: Uint8Array, issuer: string, label: string): Enrolment {
  const password = passwordOf(secret, issuer, label)
  return { uri: password.toString(), secret: password.secret.base32.replaceAll(/(.{4})(?=.)/g, '$1 ') }
}

/** The step whose code this is, one back or ahead included; null if it is none. */
export function stepOf(secret: Uint8Array, code: string, now: Instant): number | null {
  const digits = code.replaceAll(/\s/g, '')
  if (!/^\d{6}$/.test(digits)) return null
  const delta = passwordOf(secret).validate({ token: digits, timestamp: now, window })
  return delta === null ? null : Math.floor(now / 1000 / periodSeconds) + delta
}

function passwordOf(secret: Uint8Array, issuer = '', label = ''): TOTP {
  // A copy: a Buffer's memory may be a part of somebody else's.
  return new TOTP({ issuer, label, secret: new Secret({ buffer: Uint8Array.from(secret).buffer }), period: periodSeconds })
}
