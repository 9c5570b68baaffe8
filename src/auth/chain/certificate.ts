// A certificate, read once: what path validation, revocation and the mapping to accounts ask of it.
import { X509Certificate } from 'node:crypto'
import { BitString, OctetString } from 'asn1js'
import * as pkijs from 'pkijs'
import { serialNumber, type SerialNumber } from '../../model/certificate.ts'
import type { Instant } from '../../model/id.ts'
import { certificateBounds, isModest } from './measure.ts'
import { canonicalName, generalNames, httpUrls, nameValues, uriNames, type GeneralNames, type NameValues } from './names.ts'
import { counts } from './signature.ts'

/** Everything but a signature is settled by these values: they are read from bytes that anybody may have made. */
export interface ReadCertificate {
  readonly x509: X509Certificate
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string
  /** Distinguished names in a form in which equal ones are equal texts (RFC 5280 7.1). */
  readonly subject: string
  readonly issuer: string
  readonly serial: SerialNumber
  readonly notBefore: Instant
  readonly notAfter: Instant
  /** Whether it is signed with an algorithm that proves anything. */
  readonly isWellSigned: boolean
  readonly version: 1 | 2 | 3
  /** Null where there is no BasicConstraints. */
  readonly basic: { readonly isAuthority: boolean; readonly pathLength: number | null } | null
  /** Null where every usage is allowed. */
  readonly keyUsage: ReadonlySet<KeyUsage> | null
  /** OIDs; null where every purpose is allowed. */
  readonly purposes: readonly string[] | null
  readonly alternative: GeneralNames
  readonly common: NameValues
  /** Hex; null where there is none. */
  readonly subjectKeyId: string | null
  readonly authorityKeyId: string | null
  /** Where lists of revoked certificates lie, by HTTP or else. */
  readonly listNames: readonly string[]
  /** Where a responder (OCSP) may be asked, by HTTP. */
  readonly responderUrls: readonly string[]
  /** OIDs of critical extensions that are not understood here: RFC 5280 4.2 has such a certificate refused. */
  readonly unknownCritical: readonly string[]
  readonly limitsNames: boolean
}

/** RFC 5280 4.2.1.3, in the order of the bits. */
const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const
export type KeyUsage = (typeof keyUsages)[number]

/** These bytes are no certificate, or not one that is written as RFC 5280 has it. */
export class MalformedCertificate extends Error {
  override readonly name = 'MalformedCertificate'
}

const oid = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternative: '2.5.29.17',
  basic: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  listPoints: '2.5.29.31',
  policies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyId: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  purposes: '2.5.29.37',
  freshestList: '2.5.29.46',
  anyPolicy: '2.5.29.54',
  authorityAccess: '1.3.6.1.5.5.7.1.1',
} as const

/** No policy is asked for here, so whatever is said of policies holds. Constraints of names are looked at where paths are. */
const understood = new Set<string>(Object.values(oid))

/** A chain of RSA 4096 stays far below; a certificate with hundreds of names does not come from a phone. */
const certificateBytesMax = 32 * 1024

/** Reads DER. Throws MalformedCertificate, and nothing else. */
export function readCertificate(der: Uint8Array): ReadCertificate {
  if (der.byteLength > certificateBytesMax) throw new MalformedCertificate('a certificate of more than 32 kB')
  if (!isModest(der, certificateBounds)) throw new MalformedCertificate('a certificate of too many parts')
  try {
    return read(new X509Certificate(Buffer.from(der)), Buffer.from(der))
  } catch (error) {
    throw new MalformedCertificate('no certificate', { cause: error })
  }
}

function read(x509: X509Certificate, der: Buffer): ReadCertificate {
  // One reading for all: what stands behind the certificate was signed by nobody.
  if (!x509.raw.equals(der)) throw new Error('something stands behind the certificate')
  const content = pkijs.Certificate.fromBER(new Uint8Array(der))
  const extensions = new Map((content.extensions ?? []).map((each) => [each.extnID, each]))
  if (extensions.size !== (content.extensions ?? []).length) throw new Error('an extension stands in it twice')
  if (content.signature.algorithmId !== content.signatureAlgorithm.algorithmId) throw new Error('it names two algorithms')
  const valueOf = (id: string): unknown => parsed(extensions.get(id))
  const basic = expected(valueOf(oid.basic), pkijs.BasicConstraints)
  const listPoints = expected(valueOf(oid.listPoints), pkijs.CRLDistributionPoints)
  const authorityKeyId = expected(valueOf(oid.authorityKeyId), pkijs.AuthorityKeyIdentifier)
  const subjectKeyId = expected(valueOf(oid.subjectKeyId), OctetString)
  return {
    x509,
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: canonicalName(content.subject),
    issuer: canonicalName(content.issuer),
    serial: serialNumber(x509.serialNumber),
    notBefore: content.notBefore.value.getTime(),
    notAfter: content.notAfter.value.getTime(),
    isWellSigned: counts(content.signatureAlgorithm),
    version: versionOf(content.version),
    basic: basic === null ? null : { isAuthority: basic.cA, pathLength: pathLengthOf(basic) },
    keyUsage: keyUsageOf(expected(valueOf(oid.keyUsage), BitString)),
    purposes: expected(valueOf(oid.purposes), pkijs.ExtKeyUsage)?.keyPurposes ?? null,
    alternative: generalNames(expected(valueOf(oid.alternative), pkijs.AltName)),
    common: nameValues(content.subject),
    subjectKeyId: hexOf(subjectKeyId),
    authorityKeyId: hexOf(authorityKeyId?.keyIdentifier ?? null),
    listNames: uriNames((listPoints?.distributionPoints ?? []).flatMap(wholeListNames)),
    responderUrls: respondersOf(expected(valueOf(oid.authorityAccess), pkijs.InfoAccess)),
    unknownCritical: (content.extensions ?? []).flatMap(({ extnID, critical }) => (critical && !understood.has(extnID) ? extnID : [])),
    limitsNames: extensions.has(oid.nameConstraints),
  }
}

function parsed(extension: pkijs.Extension | undefined): unknown {
  if (extension === undefined) return null
  const value: unknown = extension.parsedValue
  // The library leaves out what it cannot read.
  if (value === undefined || value === null) throw new Error(`extension ${extension.extnID} cannot be read`)
  return value
}

/** Null for an extension that is not there; throws for one that is something else. */
function expected<T>(value: unknown, kind: new (...parameters: never[]) => T): T | null {
  if (value === null) return null
  if (!(value instanceof kind)) throw new Error('an extension is not what it should be')
  return value
}

function versionOf(number: number): 1 | 2 | 3 {
  if (number === 0) return 1
  return number === 1 ? 2 : 3
}

function pathLengthOf({ pathLenConstraint }: pkijs.BasicConstraints): number | null {
  if (pathLenConstraint === undefined) return null
  if (typeof pathLenConstraint === 'number') return pathLenConstraint
  throw new Error('a path length beyond all measure')
}

function keyUsageOf(bits: BitString | null): ReadonlySet<KeyUsage> | null {
  if (bits === null) return null
  const bytes = bits.valueBlock.valueHexView
  return new Set(keyUsages.filter((_usage, index) => ((bytes[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0))
}

function hexOf(octets: OctetString | null): string | null {
  return octets === null ? null : Buffer.from(octets.valueBlock.valueHexView).toString('hex')
}

/** A list for some reasons only, or by another issuer, does not tell whether a certificate is good. */
function wholeListNames({ distributionPoint, reasons, cRLIssuer }: pkijs.DistributionPoint): readonly pkijs.GeneralName[] {
  return Array.isArray(distributionPoint) && reasons === undefined && cRLIssuer === undefined ? distributionPoint : []
}

function respondersOf(access: pkijs.InfoAccess | null): readonly string[] {
  const responders = (access?.accessDescriptions ?? []).filter(({ accessMethod }) => accessMethod === '1.3.6.1.5.5.7.48.1')
  return httpUrls(uriNames(responders.map(({ accessLocation }) => accessLocation)))
}
