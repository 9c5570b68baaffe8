// What login asks of our own authority, as a port: who of ours issues, and which of their certificates still are good.
import { createHash, createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { serialNumber, type Certificate, type IssuerId } from '../model/certificate.ts'
import type { CertificateKey } from '../store/certificates.ts'

/** An authority of ours whose certificates are taken: the one that issues now, or an earlier one. */
export interface OwnIssuer {
  readonly id: IssuerId
  /** DER: its own certificate first, then those above it, to the root. */
  readonly chain: readonly Uint8Array[]
}

export interface Watcher {
  /** A certificate was revoked, here or at another node: whatever came in by it has to go. */
  readonly revoked?: (certificate: Certificate) => void
  /** `issuers` answers otherwise than before: TLS has to ask for certificates of others. */
  readonly issuersChanged?: () => void
}

export interface OwnCertificates {
  /** Empty where there is no authority of ours. */
  issuers(): readonly OwnIssuer[]
  /**
   * A certificate as it is now; null for a number that this issuer never gave, as far as the store knows: whoever presents one is not
   * let in, however well it is signed. One read by primary key: asked with every login, nothing of it need be remembered.
   */
  find(key: CertificateKey): Promise<Certificate | null>
  /** Whether it was revoked, or never was issued. */
  isRevoked(key: CertificateKey): Promise<boolean>
  /** Returns what ends the watch. At this node revocations are told of at once, those of other nodes within `farSeconds`. */
  watch(watcher: Watcher): () => void
}

/** How long another node's revocation may go unnoticed here by what came in before. */
export const farSeconds = 20

/** SHA-256 of a public key, lower-case hex: by this a key is known again. With a private key, of the one that goes with it. */
export function keyHash(key: KeyObject): string {
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('hex')
}

/** The issuer whose key this is. */
export function issuerOf(key: KeyObject): IssuerId {
  return keyHash(key) as IssuerId
}

/** What the store knows a certificate by. `issuer` is the certificate whose key proved to have signed it. */
export function certificateKey(leaf: X509Certificate, issuer: X509Certificate): CertificateKey {
  return { issuer: issuerOf(issuer.publicKey), serial: serialNumber(leaf.serialNumber) }
}
