// The desk where client certificates are issued and revoked, as a port: the shell, the console, profiles and SCEP all come here.
import type { KeyObject } from 'node:crypto'
import type { OwnCertificates } from '../auth/own-certificates.ts'
import type { Account } from '../model/account.ts'
import type { Certificate, CertificateWay, IssuerId, RevocationReason } from '../model/certificate.ts'
import type { DeviceId, Instant } from '../model/id.ts'
import type { CertificateFilter, CertificateKey } from '../store/certificates.ts'

/** The authority that signs now, or an earlier one. */
export interface ClientAuthority {
  readonly id: IssuerId
  /** The common name. */
  readonly name: string
  /** DER: its own certificate first, then those above it. */
  readonly chain: readonly Uint8Array[]
  /** RSA: SCEP's messages are enveloped for it (RFC 8894 2.3), and profiles signed with it. */
  readonly key: KeyObject
  readonly until: Instant
  /** SHA-256 of its certificate, upper-case hex in pairs: for people to compare. */
  readonly fingerprint: string
}

/** For whom, and how it came about. */
export interface Wanted {
  readonly account: Account
  readonly device: DeviceId | null
  readonly way: CertificateWay
  /** Who asks, as the audit log calls him. */
  readonly by: string
  /** How long it is to live; what is configured if left out. It never outlives the authority. */
  readonly days?: number
}

export interface Issued {
  readonly certificate: Certificate
  /** DER. */
  readonly content: Uint8Array
  /** DER: the certificates above it, nearest first. */
  readonly chain: readonly Uint8Array[]
}

export interface IssuedIdentity extends Issued {
  /** PKCS#12 with the key, the certificate and its chain, in the form every iOS reads. */
  readonly pkcs12: Uint8Array
  /** Opens it: made here, kept nowhere. */
  readonly password: string
}

/** An expected refusal: the sentence is for whoever asked. */
export class CertificateRefused extends Error {
  override readonly name = 'CertificateRefused'
}

export interface CertificateDesk extends OwnCertificates {
  /** The one that signs now; null where there is none yet. */
  readonly authority: ClientAuthority | null
  /** The request to the company's authority that is open (PEM, PKCS#10); null if there is none. */
  readonly request: string | null
  /** The one that signs now first, then those before it. */
  authorities(): readonly ClientAuthority[]
  /** The one that signs now, made if there is none and the configuration lets it be made. Rejects with CertificateRefused if not. */
  needAuthority(): Promise<ClientAuthority>
  /** Makes an authority of our own. Rejects with CertificateRefused where there is one. */
  begin(name: string | null): Promise<ClientAuthority>
  /** Makes one in the place of the one there is, whose certificates are taken until they end. */
  replace(name: string | null): Promise<ClientAuthority>
  /** Makes a request to the company's authority, in the place of an earlier one: PEM, PKCS#10. */
  ask(name: string | null): Promise<string>
  /** Takes what the company's authority gave for it into use: PEM, its certificate with the chain above. Rejects with CertificateRefused. */
  take(chain: string): Promise<ClientAuthority>
  /** Makes a key and a certificate for it. Rejects with CertificateRefused where there is no authority. */
  issueIdentity(wanted: Wanted): Promise<IssuedIdentity>
  /**
   * Signs somebody's request (PKCS#10, DER): its proof of possession is checked, of what it says only the public key is taken. Rejects with
   * CertificateRefused.
   */
  issueFor(request: Uint8Array, wanted: Wanted): Promise<Issued>
  /** Null if there is none; one that was revoked already stays as it is. Watchers are told, the list is made anew. */
  revoke(key: CertificateKey, reason: RevocationReason, by: string): Promise<Certificate | null>
  list(filter: CertificateFilter, limit: number): Promise<readonly Certificate[]>
  /** The certificate itself, DER; null if there is none. */
  content(key: CertificateKey): Promise<Uint8Array | null>
  /** The list of what this authority revoked, DER, fresh; null for an issuer that is none of ours. */
  revocationList(issuer: IssuerId): Promise<Uint8Array | null>
  /** Where that list is fetched. */
  listUrl(issuer: IssuerId): string
  /** A chore: looks for what other nodes revoked. */
  look(): Promise<void>
  /** A chore: signs anew the lists whose time comes. */
  renewLists(): Promise<void>
}
