// SignedData (RFC 5652 5): what a phone shows as "verified", and what SCEP answers in.
import { createHash, sign, type KeyObject } from 'node:crypto'
import { decode, encode, integer, issuerAndSerial, nothing, octets, oid, sequence, set, tagged, taggedSet, type Asn1Value } from './der.ts'

export const cms = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  envelopedData: '1.2.840.113549.1.7.3',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
} as const

/** The digests we know, by the names OpenSSL has for them. */
export const digests = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const
export type Digest = keyof typeof digests

/** RFC 5754 3: how an elliptic curve signs; RSA is called by the same name whatever the digest. */
const ecdsa: Readonly<Record<Digest, string>> = {
  sha1: '1.2.840.10045.4.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
}
const rsaEncryption = '1.2.840.113549.1.1.1'

export interface Signer {
  /** DER. */
  readonly certificate: Uint8Array
  readonly key: KeyObject
}

export interface ToSign {
  readonly content: Uint8Array
  readonly signer: Signer
  /** DER: what goes along, so that the signature can be followed to somebody trusted. */
  readonly certificates: readonly Uint8Array[]
  /** Further signed attributes: type and value. */
  readonly attributes?: readonly (readonly [type: string, value: Asn1Value])[]
  readonly digest?: Digest
}

const attribute = (type: string, value: Asn1Value) => sequence(oid(type), set(value))

/** A ContentInfo that holds the content and its signature, DER. */
export function signed({ content, signer, certificates, attributes = [], digest = 'sha256' }: ToSign): Buffer {
  const all = [
    attribute(cms.contentType, oid(cms.data)),
    attribute(cms.messageDigest, octets(createHash(digest).update(content).digest())),
    ...attributes.map(([type, value]) => attribute(type, value)),
  ]
  // RFC 5652 5.4: what is signed is the set itself, not its place in the message.
  const signature = sign(digest, encode(set(...all)), signer.key)
  const digestAlgorithm = sequence(oid(digests[digest]), nothing())
  const isEc = signer.key.asymmetricKeyType === 'ec'
  const signatureAlgorithm = isEc ? sequence(oid(ecdsa[digest])) : sequence(oid(rsaEncryption), nothing())
  const signerInfo = sequence(
    integer(1),
    issuerAndSerial(signer.certificate),
    digestAlgorithm,
    taggedSet(0, ...all),
    signatureAlgorithm,
    octets(signature),
  )
  return signedData(set(digestAlgorithm), sequence(oid(cms.data), tagged(0, octets(content))), certificates, set(signerInfo))
}

/** RFC 8894 3.4: certificates alone, in a message that nobody signed. */
export function certificatesOnly(certificates: readonly Uint8Array[]): Buffer {
  return signedData(set(), sequence(oid(cms.data)), certificates, set())
}

function signedData(algorithms: Asn1Value, content: Asn1Value, certificates: readonly Uint8Array[], signers: Asn1Value): Buffer {
  const holds = certificates.length === 0 ? [] : [tagged(0, ...certificates.map((der) => decode(der)))]
  return encode(sequence(oid(cms.signedData), tagged(0, sequence(integer(1), algorithms, content, ...holds, signers))))
}
