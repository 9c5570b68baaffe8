// A client certificate of our own authority: whose it is, how it came about, and whether it is still good.
import type { AccountId, DeviceId, Instant } from './id.ts'

declare const brand: unique symbol

/** An authority, by its public key: SHA-256 of the SubjectPublicKeyInfo, lower-case hex. Names can be chosen by anybody, keys cannot. */
export type IssuerId = string & { readonly [brand]: 'IssuerId' }

/** A certificate's serial number: lower-case hex without leading zeros. */
export type SerialNumber = string & { readonly [brand]: 'SerialNumber' }

/** Where a certificate was asked for. */
export const certificateWays = ['shell', 'console', 'profile', 'scep', 'renewal'] as const
export type CertificateWay = (typeof certificateWays)[number]

/** RFC 5280 5.3.1, as far as an administrator says so. `unspecified` stands in no list. */
export const revocationReasons = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
] as const
export type RevocationReason = (typeof revocationReasons)[number]

export interface Revocation {
  readonly at: Instant
  readonly reason: RevocationReason
  /** Who revoked it, as the audit log calls him. */
  readonly by: string
}

/** One certificate that was issued; what it says never changes, whether it was revoked does. */
export interface Certificate {
  readonly issuer: IssuerId
  readonly serial: SerialNumber
  readonly account: AccountId
  /** The device it was made for; null where it is for the account alone. */
  readonly device: DeviceId | null
  /** As people read it: `CN=alice@example.com`. */
  readonly subject: string
  /** Addresses in the alternative names: the UPN and those for mail. */
  readonly names: readonly string[]
  readonly notBefore: Instant
  readonly notAfter: Instant
  readonly issuedAt: Instant
  readonly issuedBy: string
  readonly way: CertificateWay
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string
  readonly revoked: Revocation | null
}

const verifierPrefix = 'cert:'

/** What a device's record keeps of the certificate it came in with: one certificate, not whatever its authority may issue under its name. */
export function certificateVerifier(fingerprint: string): string {
  return verifierPrefix + fingerprint
}

/** The fingerprint in such a record; null for what is none. */
export function verifiedFingerprint(verifier: string): string | null {
  return verifier.startsWith(verifierPrefix) ? verifier.slice(verifierPrefix.length) : null
}

/** A serial number as it is kept, from hex in any spelling: OpenSSL's with capitals, DER's with a leading zero, colons between. */
export function serialNumber(hex: string): SerialNumber {
  return (hex.replaceAll(':', '').toLowerCase().replace(/^0+/, '') || '0') as SerialNumber
}
