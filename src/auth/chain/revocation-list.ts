// A list of revoked certificates (CRL): read, and held against its issuer.
import { fromBER, GeneralizedTime, UTCTime } from 'asn1js'
import * as pkijs from 'pkijs'
import { serialNumber, type SerialNumber } from '../../model/certificate.ts'
import type { Instant } from '../../model/id.ts'
import type { ReadCertificate } from './certificate.ts'
import { derTag, derValues, readDer, type DerValue } from './der.ts'
import { certificateBounds, isModest } from './measure.ts'
import { canonicalName, uriNames } from './names.ts'
import { isSignature } from './signature.ts'

export interface RevocationList {
  readonly from: Instant
  /** When the next one is due: nothing can be said by it any more. */
  readonly until: Instant
  readonly revoked: ReadonlySet<SerialNumber>
  readonly scope: Scope
}

/** Of whom it tells (RFC 5280 5.2.5). */
interface Scope {
  readonly whom: 'all' | 'clients' | 'authorities'
  /** A part of the list: of certificates that name one of these addresses alone. Null for the whole. */
  readonly points: readonly string[] | null
}

/** These bytes are no list, or one that says less than it seems to (a delta, one for some reasons only, one of many issuers). */
export class UnusableList extends Error {
  override readonly name = 'UnusableList'
}

const oid = { number: '2.5.29.20', delta: '2.5.29.27', scope: '2.5.29.28', authorityKeyId: '2.5.29.35', freshest: '2.5.29.46' } as const

/** Reads the list of an issuer, DER or PEM. Throws UnusableList, and nothing else. */
export function readList(bytes: Uint8Array, issuer: ReadCertificate): RevocationList {
  try {
    return read(derOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)), issuer)
  } catch (error) {
    if (error instanceof UnusableList) throw error
    throw new UnusableList('no list of revoked certificates', { cause: error })
  }
}

function derOf(bytes: Buffer): Buffer {
  if (bytes[0] === derTag.sequence) return bytes
  const content = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/.exec(bytes.toString('latin1'))?.[1]
  if (content === undefined) throw new UnusableList('neither DER nor PEM')
  return Buffer.from(content, 'base64')
}

/** CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue }. */
function read(der: Buffer, by: ReadCertificate): RevocationList {
  const outer = readDer(der)
  if (outer.whole.length !== der.length) throw new UnusableList('something stands behind the list')
  const [content, algorithm, signature] = derValues(outer.content)
  if (content === undefined || algorithm === undefined || signature === undefined) throw new UnusableList('a part is missing')
  const parts = partsOf(content)
  if (parts[0]?.tag === derTag.integer) parts.shift()
  const [inner, issuer, from, until, ...rest] = parts
  // RFC 5280 5.1.2.5: a list says when the next one comes.
  if (inner === undefined || issuer === undefined || from === undefined || until === undefined || !isTime(until)) {
    throw new UnusableList('it does not say when the next one is due')
  }
  if (!inner.whole.equals(algorithm.whole)) throw new UnusableList('it names two algorithms')
  const entries = rest.find(({ tag }) => tag === derTag.sequence)
  const extensions = rest.find(({ tag }) => tag === 0xa0)
  if (!isBy(by, issuer, { content, algorithm, signature })) throw new UnusableList('it is not of the issuer of the certificates')
  return {
    from: timeOf(from),
    until: timeOf(until),
    revoked: new Set(entries === undefined ? [] : serialsOf(entries.content)),
    scope: extensions === undefined ? { whom: 'all', points: null } : scopeOf(extensions),
  }
}

/** TBSCertList has seven (RFC 5280 5.1). Nobody has signed for them yet: whoever stands between us and the source may send millions. */
const partsMax = 7

function partsOf({ content }: DerValue): DerValue[] {
  const parts: DerValue[] = []
  for (const part of derValues(content)) {
    if (parts.length === partsMax) throw new UnusableList('it has more parts than a list')
    parts.push(part)
  }
  return parts
}

interface Signed {
  readonly content: DerValue
  readonly algorithm: DerValue
  readonly signature: DerValue
}

function isBy({ x509, subject, keyUsage }: ReadCertificate, name: DerValue, { content, algorithm, signature }: Signed): boolean {
  // Read into trees, before anybody has signed for them.
  if (![name, algorithm].every(({ whole }) => isModest(whole, certificateBounds))) return false
  const isNamed = canonicalName(pkijs.RelativeDistinguishedNames.fromBER(copy(name))) === subject
  const isAllowed = keyUsage === null || keyUsage.has('cRLSign')
  // A bit string begins with how many bits of its last byte are none: here always 0.
  const proof = signature.content.subarray(1)
  return isNamed && isAllowed && isSignature(content.whole, pkijs.AlgorithmIdentifier.fromBER(copy(algorithm)), proof, x509.publicKey)
}

/** The libraries read bytes that nobody else holds. */
function copy({ whole }: DerValue): Uint8Array<ArrayBuffer> {
  return new Uint8Array(whole)
}

function isTime({ tag }: DerValue): boolean {
  return tag === derTag.utcTime || tag === derTag.generalizedTime
}

function timeOf(value: DerValue): Instant {
  const { result } = fromBER(copy(value))
  if (!(result instanceof UTCTime) && !(result instanceof GeneralizedTime)) throw new UnusableList('a time that is none')
  return result.toDate().getTime()
}

/** revokedCertificates: SEQUENCE OF SEQUENCE { userCertificate, revocationDate, crlEntryExtensions OPTIONAL }. */
function* serialsOf(content: Buffer): Generator<SerialNumber> {
  for (const entry of derValues(content)) {
    const [serial, , extensions] = derValues(entry.content)
    if (serial === undefined || serial.tag !== derTag.integer) throw new UnusableList('an entry without a number')
    // The one critical extension there is says that the entry is of another issuer (RFC 5280 5.3.3).
    if (extensions !== undefined && hasCritical(extensions)) throw new UnusableList('it lists certificates of several issuers')
    yield serialNumber(serial.content.toString('hex'))
  }
}

/** Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue }. */
function hasCritical({ content }: DerValue): boolean {
  for (const extension of derValues(content)) {
    const [, critical] = derValues(extension.content)
    if (critical?.tag === derTag.boolean && critical.content[0] !== 0) return true
  }
  return false
}

function scopeOf({ content }: DerValue): Scope {
  const { extensions } = pkijs.Extensions.fromBER(new Uint8Array(content))
  const understood: readonly string[] = Object.values(oid)
  const unknown = extensions.find(({ critical, extnID }) => critical && !understood.includes(extnID))
  if (unknown !== undefined) throw new UnusableList(`its critical extension ${unknown.extnID} is not understood here`)
  if (extensions.some(({ extnID }) => extnID === oid.delta)) throw new UnusableList('it holds only what changed since another one')
  const extension = extensions.find(({ extnID }) => extnID === oid.scope)
  if (extension === undefined) return { whom: 'all', points: null }
  const point: unknown = extension.parsedValue
  if (!(point instanceof pkijs.IssuingDistributionPoint)) throw new UnusableList('it does not say clearly of whom it tells')
  if (point.indirectCRL || point.onlySomeReasons !== undefined || point.onlyContainsAttributeCerts) {
    throw new UnusableList('it tells of some reasons, or of other certificates')
  }
  const { distributionPoint } = point
  const whom = point.onlyContainsUserCerts ? 'clients' : point.onlyContainsCACerts ? 'authorities' : 'all'
  return { whom, points: distributionPoint === undefined ? null : Array.isArray(distributionPoint) ? uriNames(distributionPoint) : [] }
}

/** Whether a certificate of its issuer that is not on the list is good by it. */
export function coversCertificate({ scope: { whom, points } }: RevocationList, { basic, listNames }: ReadCertificate): boolean {
  const isAuthority = basic?.isAuthority ?? false
  if (whom === (isAuthority ? 'clients' : 'authorities')) return false
  return points === null || points.some((point) => listNames.includes(point))
}
