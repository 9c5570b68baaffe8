// What signing certificates takes, whoever signs: the library's keys, serial numbers, and how early a certificate begins.
import './reflection.ts'
import { randomBytes, webcrypto, type KeyObject } from 'node:crypto'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto as unknown as Crypto)

/** Milliseconds. Phones' clocks go wrong by hours. */
export const backdated = 12 * 3_600_000

/** RSA with SHA-256: what every phone, SCEP client and management server verifies. */
export const rsaSigning = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const

// Node's keys and those of the library are the same objects under two declarations.
export const rsaSigner = (key: KeyObject) => key.toCryptoKey(rsaSigning, false, ['sign']) as unknown as CryptoKey

/** 128 bits, of which 126 are random: positive, of full length, and never given twice. */
export function randomSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

/** The SubjectPublicKeyInfo as the library takes it. */
export function publicKeyOf(key: KeyObject): x509.PublicKey {
  return new x509.PublicKey(key.export({ type: 'spki', format: 'der' }))
}

/** RFC 5280 4.2.1.1: as the issuer calls its own key; where it says nothing, a hash of the key. */
export async function issuerKeyExtension(issuer: x509.X509Certificate): Promise<x509.AuthorityKeyIdentifierExtension> {
  const own = issuer.getExtension(x509.SubjectKeyIdentifierExtension)
  return own === null ? x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey) : new x509.AuthorityKeyIdentifierExtension(own.keyId)
}

/** The library's reading of a certificate, from DER. */
export function parsed(der: Uint8Array): x509.X509Certificate {
  return new x509.X509Certificate(Uint8Array.from(der))
}

/** PEM of several certificates, one after the other. */
export function pemOf(certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => `${x509.PemConverter.encode(Uint8Array.from(der), 'CERTIFICATE')}\n`).join('')
}
