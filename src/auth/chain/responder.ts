// Asking a responder about one certificate (OCSP, RFC 6960): the question, and what of the answer is believed.
import { createHash, randomBytes } from 'node:crypto'
import { Integer, Null, OctetString } from 'asn1js'
import * as pkijs from 'pkijs'
import type { SerialNumber } from '../../model/certificate.ts'
import type { Instant } from '../../model/id.ts'
import { readCertificate, type ReadCertificate } from './certificate.ts'
import { isSignature, isStrong } from './signature.ts'

/** What a responder says. */
export interface ResponderAnswer {
  readonly state: 'good' | 'revoked' | 'unknown'
  readonly from: Instant
  readonly until: Instant
}

/** The answer is none, or nobody who may tell signed it. */
export class UnusableAnswer extends Error {
  override readonly name = 'UnusableAnswer'
}

export interface ResponderQuestion {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly serial: SerialNumber
  readonly nonce: Buffer
}

const oid = {
  sha1: '1.3.14.3.2.26',
  nonce: '1.3.6.1.5.5.7.48.1.2',
  basic: '1.3.6.1.5.5.7.48.1.1',
  signing: '1.3.6.1.5.5.7.3.9',
} as const

/** RFC 8954: 32 bytes at most. */
const nonceBytes = 16
/** How far a responder's clock may be ahead of ours. */
const skewSeconds = 300
/** RFC 6960 2.4: without nextUpdate there is newer information all the time. */
const unlimitedSeconds = 300
const signersMax = 4

/** The question about a certificate of `issuer`. */
export function askAbout(serial: SerialNumber, issuer: ReadCertificate): ResponderQuestion {
  const nonce = randomBytes(nonceBytes)
  const hashes = issuerHashes(issuer)
  const reqCert = new pkijs.CertID({
    // A name for the issuer, and no proof: every responder knows this one.
    hashAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: oid.sha1, algorithmParams: new Null() }),
    issuerNameHash: octets(hashes.name),
    issuerKeyHash: octets(hashes.key),
    serialNumber: integerOf(serial),
  })
  const request = new pkijs.OCSPRequest()
  request.tbsRequest.requestList = [new pkijs.Request({ reqCert })]
  request.tbsRequest.requestExtensions = [new pkijs.Extension({ extnID: oid.nonce, extnValue: octets(nonce).toBER() })]
  return { bytes: new Uint8Array(request.toSchema(true).toBER()), serial, nonce }
}

function octets(bytes: Buffer): OctetString {
  return new OctetString({ valueHex: new Uint8Array(bytes).buffer })
}

function integerOf(serial: SerialNumber): Integer {
  const even = serial.length % 2 === 0 ? serial : `0${serial}`
  // DER's numbers have a sign: a first bit that is set would make it negative.
  const bytes = Buffer.from(Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even, 'hex')
  return new Integer({ valueHex: new Uint8Array(bytes).buffer })
}

function issuerHashes({ x509 }: ReadCertificate): { readonly name: Buffer; readonly key: Buffer } {
  const { subject, subjectPublicKeyInfo } = pkijs.Certificate.fromBER(new Uint8Array(x509.raw))
  const sha1 = (bytes: ArrayBuffer | Uint8Array) => createHash('sha1').update(new Uint8Array(bytes)).digest()
  return { name: sha1(subject.toSchema().toBER()), key: sha1(subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView) }
}

/** Reads an answer. Throws UnusableAnswer, and nothing else. */
export function readAnswer(bytes: Uint8Array, question: ResponderQuestion, issuer: ReadCertificate, now: Instant): ResponderAnswer {
  try {
    return read(bytes, question, issuer, now)
  } catch (error) {
    if (error instanceof UnusableAnswer) throw error
    throw new UnusableAnswer('no answer of a responder', { cause: error })
  }
}

function read(bytes: Uint8Array, question: ResponderQuestion, issuer: ReadCertificate, now: Instant): ResponderAnswer {
  const { responseStatus, responseBytes } = pkijs.OCSPResponse.fromBER(new Uint8Array(bytes))
  const status = responseStatus.valueBlock.valueDec
  if (status !== 0) throw new UnusableAnswer(`the responder refuses to tell (status ${status})`)
  if (responseBytes?.responseType !== oid.basic) throw new UnusableAnswer('an answer of another kind')
  const basic = pkijs.BasicOCSPResponse.fromBER(new Uint8Array(responseBytes.response.valueBlock.valueHexView))
  if (!isFromResponder(basic, issuer, now)) throw new UnusableAnswer('nobody who may tell has signed it')
  const { responses, responseExtensions = [], producedAt } = basic.tbsResponseData
  const nonce = responseExtensions.find(({ extnID }) => extnID === oid.nonce)
  // Many responders answer from a store, and leave it out.
  if (nonce !== undefined && !isNonce(nonce, question.nonce)) throw new UnusableAnswer('it answers another question')
  const found = responses.find(({ certID }) => isAbout(certID, question.serial, issuer))
  if (found === undefined) throw new UnusableAnswer('it tells of another certificate')
  const from = found.thisUpdate.getTime()
  const until = found.nextUpdate?.getTime() ?? now + unlimitedSeconds * 1000
  // Without an end it is good for whoever asks now; an old one may be played back.
  const isEndless = found.nextUpdate === undefined && nonce === undefined
  if (isEndless && producedAt.getTime() < now - skewSeconds * 1000)
    throw new UnusableAnswer('it is old, and does not say for how long it holds')
  if (from > now + skewSeconds * 1000) throw new UnusableAnswer('it is from the future')
  if (until < now - skewSeconds * 1000) throw new UnusableAnswer('it holds no longer')
  return { state: stateOf(found.certStatus), from, until: Math.max(until, now) }
}

function isNonce({ extnValue }: pkijs.Extension, nonce: Buffer): boolean {
  const value = Buffer.from(extnValue.valueBlock.valueHexView)
  return value.equals(nonce) || value.equals(Buffer.from(octets(nonce).toBER()))
}

function isAbout(
  { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }: pkijs.CertID,
  serial: SerialNumber,
  issuer: ReadCertificate,
): boolean {
  if (hashAlgorithm.algorithmId !== oid.sha1) return false
  const { name, key } = issuerHashes(issuer)
  const isSame = (found: OctetString, wanted: Buffer) => wanted.equals(found.valueBlock.valueHexView)
  const number = Buffer.from(serialNumber.valueBlock.valueHexView).toString('hex').replace(/^0+/, '') || '0'
  return isSame(issuerNameHash, name) && isSame(issuerKeyHash, key) && number === serial
}

/** CertStatus ::= CHOICE { good [0], revoked [1], unknown [2] }. */
function stateOf(status: { readonly idBlock?: { readonly tagNumber?: number } }): ResponderAnswer['state'] {
  switch (status.idBlock?.tagNumber) {
    case 0:
      return 'good'
    case 1:
      return 'revoked'
    default:
      return 'unknown'
  }
}

/** RFC 6960 4.2.2.2: the issuer itself, or whom it made its responder. That one's own revocation is not looked for: its life is short. */
function isFromResponder(basic: pkijs.BasicOCSPResponse, issuer: ReadCertificate, now: Instant): boolean {
  const { signatureAlgorithm, tbsResponseData, signature, certs = [] } = basic
  const isSigned = ({ x509 }: ReadCertificate) =>
    isSignature(tbsResponseData.tbsView, signatureAlgorithm, signature.valueBlock.valueHexView, x509.publicKey)
  if (isSigned(issuer)) return true
  const delegates = certs.slice(0, signersMax).map((each) => readCertificate(new Uint8Array(each.toSchema().toBER())))
  return delegates.some((delegate) => isDelegate(delegate, issuer, now) && isSigned(delegate))
}

function isDelegate(delegate: ReadCertificate, issuer: ReadCertificate, now: Instant): boolean {
  const { purposes, notBefore, notAfter, isWellSigned, x509, unknownCritical } = delegate
  const isMeant = (purposes?.includes(oid.signing) ?? false) && unknownCritical.length === 0
  const key = issuer.x509.publicKey
  return (
    isMeant &&
    now >= notBefore &&
    now <= notAfter &&
    delegate.issuer === issuer.subject &&
    isWellSigned &&
    isStrong(key) &&
    x509.verify(key)
  )
}
