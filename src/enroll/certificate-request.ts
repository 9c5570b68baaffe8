// Somebody's certificate request (PKCS#10): its proof of possession, and the public key, which is all that is taken from it.
import './reflection.ts'
import { createPublicKey, type KeyObject } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { CertificateRefused } from './certificate-desk.ts'

/** Requests with many attributes stay below 4 kB. */
export const requestBytesMax = 16 * 1024
const rsaBits = { least: 2048, most: 4096 } as const
const curves: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1'])

/** The DER of a request in PEM. Throws CertificateRefused if there is none. */
export function requestOfPem(pem: string): Uint8Array {
  const block = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([\sA-Za-z0-9+/=]+)-----END (?:NEW )?CERTIFICATE REQUEST-----/.exec(pem)
  if (block === null) throw new CertificateRefused('There is no PEM certificate request in it.')
  return Buffer.from(block[1] ?? '', 'base64')
}

/**
 * The public key of a request (DER) whose sender has the private one. Rejects with CertificateRefused for a request that cannot be
 * read, is not signed by its own key, or has a key too weak or of a kind phones do not have.
 */
export async function requestedKey(der: Uint8Array): Promise<KeyObject> {
  if (der.byteLength > requestBytesMax) throw new CertificateRefused('The certificate request is too large.')
  const unreadable = (error: unknown): never => {
    throw new CertificateRefused('The certificate request cannot be read.', { cause: error })
  }
  const request = read(der)
  // Before the signature: to verify one by a key of a million bits takes a while.
  const key = acceptable(request.publicKey.rawData)
  const isSigned = await request.verify().catch(unreadable)
  if (!isSigned) throw new CertificateRefused('The certificate request is not signed by the key it names.')
  return key
}

function read(der: Uint8Array): x509.Pkcs10CertificateRequest {
  try {
    return new x509.Pkcs10CertificateRequest(Uint8Array.from(der))
  } catch (error) {
    throw new CertificateRefused('The certificate request cannot be read.', { cause: error })
  }
}

function acceptable(spki: ArrayBuffer): KeyObject {
  let key: KeyObject
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch (error) {
    throw new CertificateRefused('The public key of the certificate request cannot be read.', { cause: error })
  }
  const { modulusLength = 0, publicExponent = 0n, namedCurve } = key.asymmetricKeyDetails ?? {}
  const isFit =
    key.asymmetricKeyType === 'rsa'
      ? modulusLength >= rsaBits.least && modulusLength <= rsaBits.most && publicExponent >= 65_537n && publicExponent < 2n ** 33n
      : key.asymmetricKeyType === 'ec' && curves.has(namedCurve)
  if (!isFit) {
    throw new CertificateRefused(
      `Keys are RSA of ${rsaBits.least} to ${rsaBits.most} bits, or elliptic on P-256 or P-384; this one is not.`,
    )
  }
  return key
}
