// The path from a certificate to a trusted issuer: built, and held against RFC 5280 section 6, by values alone.
import type { Instant } from '../../model/id.ts'
import { MalformedCertificate, readCertificate, type ReadCertificate } from './certificate.ts'
import { isStrong } from './signature.ts'

/** What the certificate is to be good for. */
export type Purpose = 'clientAuth' | 'emailProtection'

export type PathFault =
  /** No certificate. */
  | 'malformed'
  /** An issuer is missing: it did not come along, and nobody of those trusted is it. */
  | 'incomplete'
  /** It ends at somebody who is not trusted. */
  | 'untrusted'
  /** Who is named as its issuer did not sign it, or with an algorithm that is broken. */
  | 'signature'
  /** Not yet, or no longer, */
  | 'expired'
  /** or one above it is. */
  | 'expired-above'
  /** Its usages leave out what it is asked for. */
  | 'purpose'
  /** One above it may not issue it: no authority, too far down, other purposes, other names. */
  | 'authority'
  /** It has a critical extension that is not understood here. */
  | 'extension'

export interface PathQuestion {
  readonly leaf: Uint8Array
  readonly intermediates: readonly Uint8Array[]
  /** Further ones that may stand in between, read already. */
  readonly between?: readonly ReadCertificate[]
  readonly trusted: readonly ReadCertificate[]
  readonly purpose: Purpose
}

export interface BadPath {
  readonly kind: 'bad'
  readonly fault: PathFault
  readonly why: string
  /** The path that would be good, but for the dates in it; null for any other fault. */
  readonly path: readonly ReadCertificate[] | null
}

export type FoundPath = { readonly kind: 'good'; readonly path: readonly ReadCertificate[] } | BadPath

/** Companies have two or three; public roots that sign one another bring it to five. */
const pathLengthMax = 8
const intermediatesMax = 16
/** Whoever sends many of one name shall not make us verify them all, along all ways. */
const verificationsMax = 64

const purposeIds = { clientAuth: '1.3.6.1.5.5.7.3.2', emailProtection: '1.3.6.1.5.5.7.3.4' } as const
const anyPurpose = '2.5.29.37.0'

/** Which of two faults says more: that of the path that came furthest. */
const gravity: readonly PathFault[] = [
  'expired',
  'expired-above',
  'purpose',
  'extension',
  'authority',
  'signature',
  'untrusted',
  'incomplete',
  'malformed',
]

/** Finds a path that is good at `now`. Of several bad ones the fault of the best is told. Never throws. */
export function findPath(question: PathQuestion, now: Instant): FoundPath {
  const leaf = readable(question.leaf)
  if (leaf === null) return bad('malformed', 'these bytes are no certificate')
  const intermediates = question.intermediates.slice(0, intermediatesMax).flatMap((der) => readable(der) ?? [])
  const search = new Search(question, [...intermediates, ...(question.between ?? [])], now)
  search.from([leaf])
  return search.found
}

function readable(der: Uint8Array): ReadCertificate | null {
  try {
    return readCertificate(der)
  } catch (error) {
    if (error instanceof MalformedCertificate) return null
    throw error
  }
}

function bad(fault: PathFault, why: string, path: readonly ReadCertificate[] | null = null): BadPath {
  return { kind: 'bad', fault, why, path }
}

/** Whether it does not lead to anybody trusted at all: whoever makes up a certificate gets this far. */
export function isForeign({ fault }: BadPath): boolean {
  return fault === 'malformed' || fault === 'incomplete' || fault === 'untrusted' || fault === 'signature'
}

class Search {
  readonly #question: PathQuestion
  readonly #intermediates: readonly ReadCertificate[]
  readonly #now: Instant
  readonly #trustedIds: ReadonlySet<string>
  #verifications = 0
  found: FoundPath = bad('incomplete', 'its issuer is not known here')

  constructor(question: PathQuestion, intermediates: readonly ReadCertificate[], now: Instant) {
    this.#question = question
    this.#intermediates = intermediates
    this.#now = now
    this.#trustedIds = new Set(question.trusted.map(({ fingerprint }) => fingerprint))
  }

  /** Goes on from a path whose last is not trusted yet. True once a good one was found. */
  from(path: readonly ReadCertificate[]): boolean {
    const last = path.at(-1)
    if (last === undefined) return false
    if (path.length >= pathLengthMax) return this.#note(bad('authority', 'the path is too long'))
    const isNew = ({ fingerprint }: ReadCertificate) => path.every((each) => each.fingerprint !== fingerprint)
    const mayBe = (issuer: ReadCertificate) => issuer.subject === last.issuer && isNew(issuer)
    const trusted = byKeyId(this.#question.trusted.filter(mayBe), last)
    const others = byKeyId(
      this.#intermediates.filter((each) => mayBe(each) && !this.#trustedIds.has(each.fingerprint)),
      last,
    )
    if (trusted.length + others.length === 0) {
      const isRoot = last.subject === last.issuer
      return isRoot && this.#note(bad('untrusted', 'it ends at an authority that is not trusted'))
    }
    return (
      trusted.some((issuer) => this.#signs(issuer, last) && this.#note(judge([...path, issuer], this.#question.purpose, this.#now))) ||
      others.some((issuer) => this.#signs(issuer, last) && this.from([...path, issuer]))
    )
  }

  #signs(issuer: ReadCertificate, below: ReadCertificate): boolean {
    if (++this.#verifications > verificationsMax) return false
    if (isSignedBy(below, issuer)) return true
    this.#note(bad('signature', 'it was not signed by the issuer it names'))
    return false
  }

  #note(found: FoundPath): boolean {
    if (found.kind === 'good' || (this.found.kind === 'bad' && gravity.indexOf(found.fault) < gravity.indexOf(this.found.fault))) {
      this.found = found
    }
    return found.kind === 'good'
  }
}

function hasStrongKey({ x509 }: ReadCertificate): boolean {
  try {
    return isStrong(x509.publicKey)
  } catch {
    return false
  }
}

/** Whether `issuer` signed `below`, with a key and an algorithm that are no wish but a proof. */
function isSignedBy(below: ReadCertificate, issuer: ReadCertificate): boolean {
  try {
    const key = issuer.x509.publicKey
    return below.isWellSigned && isStrong(key) && below.x509.verify(key)
  } catch {
    // A key of a kind that nobody here knows.
    return false
  }
}

/** Those whose key is the one that is named come first; the name of a key proves nothing, and leaves nobody out. */
function byKeyId(issuers: readonly ReadCertificate[], { authorityKeyId }: ReadCertificate): readonly ReadCertificate[] {
  if (authorityKeyId === null) return issuers
  const rank = ({ subjectKeyId }: ReadCertificate) => (subjectKeyId === authorityKeyId ? 0 : 1)
  return issuers.toSorted((one, other) => rank(one) - rank(other))
}

/** A path of signatures that holds, against everything else. */
function judge(path: readonly ReadCertificate[], purpose: Purpose, now: Instant): FoundPath {
  const fault = leafFault(path[0], purpose) ?? authorityFault(path, purpose)
  if (fault !== null) return fault
  // RFC 5280 asks nothing of a trusted issuer's dates; whoever let one expire means something by it.
  const late = path.find(({ notBefore, notAfter }) => now < notBefore || now > notAfter)
  if (late === undefined) return { kind: 'good', path }
  if (late === path[0]) return bad('expired', 'it is not valid at this time', path)
  return bad('expired-above', 'an authority above it is not valid at this time', path)
}

function leafFault(leaf: ReadCertificate | undefined, purpose: Purpose): BadPath | null {
  if (leaf === undefined) return bad('malformed', 'there is no certificate')
  if (leaf.unknownCritical.length > 0) return bad('extension', `the critical extension ${leaf.unknownCritical[0]} is not understood here`)
  if (!isFor(leaf, purpose)) return bad('purpose', `its extended key usage leaves out ${purpose}`)
  // Mail is encrypted for whatever key somebody has; at a login the key is the whole proof.
  if (purpose === 'clientAuth' && !hasStrongKey(leaf))
    return bad('purpose', 'its key is too weak, or of a kind that is not known here, to log in with')
  const { keyUsage } = leaf
  if (keyUsage === null) return null
  // Whoever holds mail certificates for signing has others for encryption; at TLS the key signs, or agrees.
  const wanted =
    purpose === 'clientAuth'
      ? (['digitalSignature', 'keyAgreement'] as const)
      : (['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'keyAgreement'] as const)
  return wanted.some((usage) => keyUsage.has(usage)) ? null : bad('purpose', `its key usage leaves out ${purpose}`)
}

/** Whether a certificate leaves this purpose open. */
export function isFor({ purposes }: ReadCertificate, purpose: Purpose): boolean {
  return purposes === null || purposes.includes(purposeIds[purpose]) || purposes.includes(anyPurpose)
}

/** RFC 5280 6.1.4, of everybody above the certificate; the last one, who is trusted, is asked less. */
function authorityFault(path: readonly ReadCertificate[], purpose: Purpose): BadPath | null {
  let below = 0
  for (const [index, authority] of path.entries()) {
    if (index === 0) continue
    const isTrusted = index === path.length - 1
    if (!mayIssue(authority, isTrusted)) return bad('authority', 'one above it is no authority')
    const { pathLength } = authority.basic ?? { pathLength: null }
    if (pathLength !== null && below > pathLength) return bad('authority', 'it stands further below an authority than that one allows')
    if (authority.unknownCritical.length > 0) {
      return bad('extension', `the critical extension ${authority.unknownCritical[0]} is not understood here`)
    }
    // Whoever limits names trusts nobody below with others: that is not read here, so nobody below is believed.
    if (authority.limitsNames) return bad('authority', 'an authority above it is limited to names, which is not understood here')
    if (!isTrusted && !isFor(authority, purpose)) return bad('authority', `an authority above it is not for ${purpose}`)
    // RFC 5280 6.1.4 (l): one that was issued by itself, to change its key, counts for nothing.
    if (authority.subject !== authority.issuer) below++
  }
  return null
}

/** Old roots are of version 1, and say nothing of themselves: whoever is trusted by name may be one. */
function mayIssue({ basic, keyUsage, version, subject, issuer }: ReadCertificate, isTrusted: boolean): boolean {
  if (basic === null) return isTrusted && version === 1 && subject === issuer
  return basic.isAuthority && (keyUsage === null || keyUsage.has('keyCertSign'))
}
