// A certificate signing request (RFC 2986) as SCEP carries it: the key it is for, and the challenge it shows.
import { createPublicKey, type KeyObject } from 'node:crypto'
import * as asn1 from 'asn1js'
import * as pkijs from 'pkijs'
import { isModest, messageBounds } from '../../auth/chain/measure.ts'
import { bytesOf } from '../der.ts'

/** RFC 2985 5.4.1. */
const challengePassword = '1.2.840.113549.1.9.7'
const challengeCharactersMax = 255

/** Below 2048 bits a key can be had by others before its certificate ends. */
const rsaBits = { least: 2048, most: 4096 } as const

export interface SigningRequest {
  readonly key: KeyObject
  readonly challenge: string | null
}

/** Null for what is no request. Whether it is signed by its own key is looked at by whoever issues. */
export function parseRequest(der: Uint8Array): SigningRequest | null {
  if (!isModest(der, messageBounds)) return null
  try {
    const request = pkijs.CertificationRequest.fromBER(bytesOf(der))
    const key = createPublicKey({ key: Buffer.from(request.subjectPublicKeyInfo.toSchema().toBER()), format: 'der', type: 'spki' })
    const value: unknown = request.attributes?.find(({ type }) => type === challengePassword)?.values[0]
    return { key, challenge: textOf(value) }
  } catch {
    return null
  }
}

/** Whether a key is of a kind and size that is certified: RSA alone, as nothing can be sealed for another (RFC 8894 1). */
export function isStrongKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  const bits = asymmetricKeyDetails?.modulusLength ?? 0
  return asymmetricKeyType === 'rsa' && bits >= rsaBits.least && bits <= rsaBits.most
}

function textOf(value: unknown): string | null {
  const isText = value instanceof asn1.PrintableString || value instanceof asn1.Utf8String || value instanceof asn1.IA5String
  if (!isText) return null
  const text = value.valueBlock.value
  return text === '' || text.length > challengeCharactersMax ? null : text
}
