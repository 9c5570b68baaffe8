// SCEP's messages (RFC 8894 3): a signed request opened as far as anybody can, and the answer to it.
import { createHash, randomBytes, verify, X509Certificate } from 'node:crypto'
import * as asn1 from 'asn1js'
import * as pkijs from 'pkijs'
import { isModest, messageBounds } from '../../auth/chain/measure.ts'
import { isQuick } from '../../auth/chain/signature.ts'
import { bytesOf, octets, printable } from '../der.ts'
import { cms, digests, signed, type Digest, type Signer } from '../signed-data.ts'

/** RFC 8894 3.2.1. */
const attributes = {
  messageType: '2.16.840.1.113733.1.9.2',
  pkiStatus: '2.16.840.1.113733.1.9.3',
  failInfo: '2.16.840.1.113733.1.9.4',
  senderNonce: '2.16.840.1.113733.1.9.5',
  recipientNonce: '2.16.840.1.113733.1.9.6',
  transactionId: '2.16.840.1.113733.1.9.7',
} as const

/** RFC 8894 3.2.1.2. */
export const messageTypes = { certRep: '3', renewalReq: '17', pkcsReq: '19', certPoll: '20', getCert: '21', getCrl: '22' } as const
/** RFC 8894 3.2.1.4. */
export const failures = { badAlg: '0', badMessageCheck: '1', badRequest: '2', badTime: '3', badCertId: '4' } as const
export type ScepFailure = keyof typeof failures

/** RFC 8894 3.2.1.1: a transaction is usually the hash of the key, printed. */
const transactionCharactersMax = 256
const nonceBytes = { least: 1, most: 64 } as const

/** The bytes are no message that could be answered in SCEP's own words. */
export class NoScepMessage extends Error {
  override readonly name = 'NoScepMessage'
}

export interface ScepMessage {
  readonly type: string
  readonly transaction: string
  readonly senderNonce: Uint8Array
  /** Who signed it: a certificate of its own making, or one of ours. Its key did sign. */
  readonly signer: X509Certificate
  readonly digest: Digest
  /** What is sealed for the authority. */
  readonly envelope: Uint8Array
}

/** Takes a message apart, and checks its signature. Throws NoScepMessage. */
export function parseMessage(bytes: Uint8Array): ScepMessage {
  try {
    return parse(bytes)
  } catch (error) {
    throw error instanceof NoScepMessage ? error : new NoScepMessage('this is no SCEP message', { cause: error })
  }
}

function parse(bytes: Uint8Array): ScepMessage {
  if (!isModest(bytes, messageBounds)) throw new NoScepMessage('too many parts, or none')
  const info = pkijs.ContentInfo.fromBER(bytesOf(bytes))
  if (info.contentType !== cms.signedData) throw new NoScepMessage('no SignedData')
  const data = new pkijs.SignedData({ schema: info.content as asn1.Sequence })
  const [signerInfo, second] = data.signerInfos
  if (signerInfo === undefined || second !== undefined) throw new NoScepMessage('one signer is what SCEP knows')
  const envelope = data.encapContentInfo.eContent?.getValue()
  const { signedAttrs } = signerInfo
  if (envelope === undefined || signedAttrs === undefined) throw new NoScepMessage('nothing is signed')
  const digest = (Object.keys(digests) as Digest[]).find((name) => digests[name] === signerInfo.digestAlgorithm.algorithmId)
  if (digest === undefined) throw new NoScepMessage('an unknown digest')
  const signer = signerOf(data, signerInfo)
  const attribute = (type: string) => signedAttrs.attributes.find((each) => each.type === type)?.values[0] as unknown
  const hash = bytesOfOctets(attribute(cms.messageDigest))
  if (!createHash(digest).update(Buffer.from(envelope)).digest().equals(hash)) throw new NoScepMessage('the content was changed')
  // Nobody has shown a challenge yet: to verify one by a key of 16,384 bits would take a while.
  if (!isQuick(signer.publicKey)) throw new NoScepMessage('signed by a key of a kind that nobody has')
  const isGood = verify(digest, Buffer.from(signedAttrs.encodedValue), signer.publicKey, signerInfo.signature.valueBlock.valueHexView)
  if (!isGood) throw new NoScepMessage('the signature is wrong')
  const senderNonce = bytesOfOctets(attribute(attributes.senderNonce))
  if (senderNonce.byteLength < nonceBytes.least || senderNonce.byteLength > nonceBytes.most) throw new NoScepMessage('a wrong nonce')
  return {
    type: textOf(attribute(attributes.messageType)),
    transaction: textOf(attribute(attributes.transactionId)),
    senderNonce,
    signer,
    digest,
    envelope: Buffer.from(envelope),
  }
}

function signerOf(data: pkijs.SignedData, { sid }: pkijs.SignerInfo): X509Certificate {
  if (!(sid instanceof pkijs.IssuerAndSerialNumber)) throw new NoScepMessage('the signer is not named by issuer and number')
  for (const each of data.certificates ?? []) {
    if (!(each instanceof pkijs.Certificate) || !each.serialNumber.isEqual(sid.serialNumber) || !each.issuer.isEqual(sid.issuer)) continue
    return new X509Certificate(Buffer.from(each.toSchema().toBER()))
  }
  throw new NoScepMessage("the signer's certificate does not come along")
}

function bytesOfOctets(value: unknown): Uint8Array {
  if (!(value instanceof asn1.OctetString)) throw new NoScepMessage('octets are missing')
  return Buffer.from(value.getValue())
}

function textOf(value: unknown): string {
  const isText = value instanceof asn1.PrintableString || value instanceof asn1.Utf8String || value instanceof asn1.IA5String
  const text = isText ? value.valueBlock.value : ''
  if (!/^[\x20-\x7e]+$/.test(text) || text.length > transactionCharactersMax) throw new NoScepMessage('a text is missing')
  return text
}

/** What an answer says: what was sealed for the one who asked, or why there is nothing. */
export type ScepOutcome =
  | { readonly kind: 'success'; readonly envelope: Uint8Array }
  | { readonly kind: 'failure'; readonly reason: ScepFailure }

/** A CertRep (RFC 8894 3.3.2), signed by the authority. */
export function certRep(request: ScepMessage, outcome: ScepOutcome, signer: Signer, certificates: readonly Uint8Array[]): Buffer {
  const status = outcome.kind === 'success' ? '0' : '2'
  return signed({
    content: outcome.kind === 'success' ? outcome.envelope : new Uint8Array(0),
    signer,
    certificates,
    digest: request.digest,
    attributes: [
      [attributes.messageType, printable(messageTypes.certRep)],
      [attributes.pkiStatus, printable(status)],
      ...(outcome.kind === 'failure' ? ([[attributes.failInfo, printable(failures[outcome.reason])]] as const) : []),
      [attributes.senderNonce, octets(randomBytes(16))],
      [attributes.recipientNonce, octets(request.senderNonce)],
      [attributes.transactionId, printable(request.transaction)],
    ],
  })
}
