// Whether a phone accepts a server's certificate, decided from its values alone.
import type { Instant } from '../../model/id.ts'
import { bad, good, warning, type Finding } from './finding.ts'

/** What a handshake showed. */
export interface Presented {
  readonly host: string
  /** The certificate's subjectAltName; null if it has none. */
  readonly names: string | null
  /** Whether one of the names is `host`. */
  readonly fits: boolean
  readonly from: Instant
  readonly to: Instant
  /** OIDs of the extended key usage. */
  readonly usage: readonly string[]
  readonly key: { readonly type: string; readonly bits: number | null }
  /** Whose word the chain ends with: everybody's, an authority of our own, or nobody's that we know. */
  readonly trust: { readonly kind: 'public' } | { readonly kind: 'private' } | { readonly kind: 'none'; readonly reason: string }
  readonly protocol: string
  /** SHA-256 of the certificate. */
  readonly fingerprint: string
}

const serverAuth = '1.3.6.1.5.5.7.3.1'
const dayMs = 86_400_000
/** Apple: no more than 825 days for any TLS server certificate (iOS 13), 398 for those under public roots (since September 2020). */
const daysMax = { public: 398, private: 825, none: 825 } as const
const rsaBitsMin = 2048
const expiryWarningDays = 14

/** One finding for each thing a phone looks at. */
export function judgeCertificate(presented: Presented, now: Instant): Finding[] {
  return [
    judgeChain(presented),
    judgeNames(presented),
    judgeDates(presented, now),
    judgeUsage(presented),
    judgeKey(presented),
    judgeProtocol(presented),
  ]
}

/** Whether a password may be told to the server that presented this. */
export function isTrustworthy({ trust, fits }: Presented): boolean {
  return trust.kind !== 'none' && fits
}

export function judgeChain({ trust }: Presented): Finding {
  switch (trust.kind) {
    case 'public':
      return good('chain', 'The chain ends with a public authority.')
    case 'private':
      return good(
        'chain',
        'The chain ends with a private authority: each phone needs its profile, and the switch under Settings, General, About, Certificate Trust Settings.',
      )
    case 'none':
      return bad(
        'chain',
        `No authority known here vouches for the certificate (${trust.reason}); send the intermediate certificates along, or install the authority's on the phones.`,
      )
  }
}

export function judgeNames({ host, names, fits }: Presented): Finding {
  if (names === null) return bad('names', 'The certificate has no subjectAltName; phones ignore the common name.')
  return fits ? good('names', `The certificate is for ${host}.`) : bad('names', `The certificate is for ${names}, not for ${host}.`)
}

function judgeDates({ from, to, trust }: Presented, now: Instant): Finding {
  const date = (instant: Instant) => new Date(instant).toISOString().slice(0, 10)
  if (now < from) return bad('dates', `The certificate is valid from ${date(from)} on only.`)
  if (now > to) return bad('dates', `The certificate expired on ${date(to)}.`)
  const days = Math.round((to - from) / dayMs)
  if (days > daysMax[trust.kind])
    return bad('dates', `The certificate is valid for ${days} days; iOS accepts at most ${daysMax[trust.kind]}.`)
  const left = Math.floor((to - now) / dayMs)
  if (left < expiryWarningDays) return warning('dates', `The certificate expires in ${left} days, on ${date(to)}.`)
  return good('dates', `The certificate is valid until ${date(to)}.`)
}

function judgeUsage({ usage }: Presented): Finding {
  if (usage.includes(serverAuth)) return good('usage', 'The certificate is meant for servers.')
  return bad('usage', 'The certificate lacks the extended key usage serverAuth, which iOS insists on.')
}

function judgeKey({ key: { type, bits } }: Presented): Finding {
  if (type === 'rsa' && bits !== null && bits < rsaBitsMin)
    return bad('key', `The certificate's RSA key has ${bits} bits; iOS wants ${rsaBitsMin}.`)
  return good('key', `The certificate's key is ${type.toUpperCase()}${bits === null ? '' : ` with ${bits} bits`}.`)
}

function judgeProtocol({ protocol }: Presented): Finding {
  if (protocol === 'TLSv1.3' || protocol === 'TLSv1.2') return good('TLS', `The server speaks ${protocol}.`)
  return bad('TLS', `The server speaks ${protocol}; iOS wants TLSv1.2 or later.`)
}
