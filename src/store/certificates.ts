// The certificates port: every client certificate our authority issued, and its lists of those it revoked.
import type { Certificate, IssuerId, Revocation, SerialNumber } from '../model/certificate.ts'
import type { AccountId, DeviceId, Instant } from '../model/id.ts'

/** One certificate, by whoever issued it and its number there. */
export interface CertificateKey {
  readonly issuer: IssuerId
  readonly serial: SerialNumber
}

export type IssuedCertificate = Omit<Certificate, 'revoked'> & {
  /** DER. */
  readonly content: Uint8Array
}

export interface CertificateFilter {
  readonly account?: AccountId
  readonly device?: DeviceId
  readonly serial?: SerialNumber
  /** Those that are neither revoked nor at their end at this moment. */
  readonly goodAt?: Instant
}

/** A list of revoked certificates as it was signed and is served. */
export interface RevocationList {
  readonly issuer: IssuerId
  /** Rises with every list of the issuer. */
  readonly number: number
  readonly from: Instant
  /** When the next one is due at the latest. */
  readonly until: Instant
  /** DER. */
  readonly content: Uint8Array
}

export interface Certificates {
  /** Rejects with name-taken where the issuer has given that number already. */
  add(certificate: IssuedCertificate): Promise<void>
  find(key: CertificateKey): Promise<Certificate | null>
  /** The certificate itself, DER; null if there is none. */
  content(key: CertificateKey): Promise<Uint8Array | null>
  /** Newest first, at most `limit`. */
  list(filter: CertificateFilter, limit: number): Promise<readonly Certificate[]>
  /** The certificate as it is now; one that was revoked already keeps its first revocation. Null if there is none. */
  revoke(key: CertificateKey, revocation: Revocation): Promise<Certificate | null>
  /** Those revoked at this moment or later, whoever issued them; oldest first. */
  revokedSince(at: Instant): Promise<readonly Certificate[]>
  /** What a list of this issuer has to hold: those revoked that end at this moment or later. */
  revokedOf(issuer: IssuerId, endingAfter: Instant): Promise<readonly Certificate[]>
  /** The newest list of an issuer; null before the first. */
  revocationList(issuer: IssuerId): Promise<RevocationList | null>
  /** Puts a list in the place of the one before it; false, and nothing is changed, if there is one with this number or a later one. */
  publish(list: RevocationList): Promise<boolean>
}
