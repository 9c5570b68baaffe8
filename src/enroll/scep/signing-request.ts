// A certificate signing request (RFC 2986) as SCEP carries it: the key it is for, and the challenge it shows.
import { createPublicKey, type KeyObject } from 'node:crypto'
import * as asn1 from 'asn1js'
import * as pkijs from 'pkijs'
import { bytesOf } from '../der.ts'

/** RFC 2985 5.4.1. */
const challengePassword = '1.2.840.113549.1.9.7'
const challengeCharactersMax = 255

/** RSA below 2048 bits can be had by others before a certificate ends; above 8192 it costs us more than it is worth. */
const rsaBits = { least: 2048, most: 8192 } as const
const curves: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

export interface SigningRequest {
  readonly key: KeyObject
  readonly challenge: string | null
}

/** Null for what is no request, or whose signature is not by its own key. */
export async function parseRequest(der: Uint8Array): Promise<SigningRequest | null> {
  try {
    const request = pkijs.CertificationRequest.fromBER(bytesOf(der))
    if (!(await request.verify())) return null
    const key = createPublicKey({ key: Buffer.from(request.subjectPublicKeyInfo.toSchema().toBER()), format: 'der', type: 'spki' })
    const value: unknown = request.attributes?.find(({ type }) => type === challengePassword)?.values[0]
    return { key, challenge: textOf(value) }
  } catch {
    return null
  }
}

/** Whether a key is of a kind and size that is certified. */
export function isStrongKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'ec') return curves.has(asymmetricKeyDetails?.namedCurve ?? '')
  const bits = asymmetricKeyDetails?.modulusLength ?? 0
  return asymmetricKeyType === 'rsa' && bits >= rsaBits.least && bits <= rsaBits.most
}

function textOf(value: unknown): string | null {
  const isText = value instanceof asn1.PrintableString || value instanceof asn1.Utf8String || value instanceof asn1.IA5String
  if (!isText) return null
  const text = value.valueBlock.value
  return text === '' || text.length > challengeCharactersMax ? null : text
}
