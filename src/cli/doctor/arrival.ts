// How the doctor's requests arrived at the server, as it tells whoever has a shell on its machine: what the proxy takes away, adds and believes.
import type { Arrival } from '../../admin/mirror.ts'
import { bad, good, skipped, warning, type Finding } from './finding.ts'

/** What was sent along with the requests that are judged. */
export interface Sent {
  readonly authorization: boolean
  /** A client certificate, to whoever asked for one. */
  readonly certificate: boolean
  /** An address that was written into X-Forwarded-For, as somebody would who wants to be taken for another. */
  readonly forgedAddress: string
  /** Whether they had to arrive here, and not at another server. */
  readonly isExpected: boolean
}

/** Null where the server could not be asked. */
export function judgeArrivals(arrivals: readonly Arrival[] | null, sent: Sent): Finding[] {
  if (arrivals === null) return [skipped('arrival', 'Run the doctor on the machine of the server to see how requests arrive there.')]
  const [first] = arrivals
  if (first === undefined && !sent.isExpected) return [skipped('arrival', 'The server that was named is not the one that runs here.')]
  if (first === undefined) {
    return [
      bad(
        'arrival',
        'None of the requests arrived at the server that runs here: the name leads to another one, or a proxy takes headers it does not know away.',
      ),
    ]
  }
  return [
    judgeAddress(first, sent.forgedAddress),
    ...(sent.authorization ? [judgeAuthorization(arrivals)] : []),
    ...(sent.certificate ? [judgeCertificateArrival(arrivals)] : []),
  ]
}

function judgeAddress({ peer, address, forwardedFor, forwardedProto }: Arrival, forged: string): Finding {
  const subject = 'address'
  const entries = forwardedFor?.split(',').map((entry) => entry.trim()) ?? []
  if (address === forged && entries.length === 1) {
    return warning(
      subject,
      `Easel believes what whoever connects from ${peer} writes into X-Forwarded-For. If a proxy stands there, it has to set that header itself; if it was the doctor, trustedProxies should not name the machines of others.`,
    )
  }
  if (address === forged) {
    return bad(
      subject,
      `Easel believes what a phone writes into X-Forwarded-For: have the proxy set that header instead of adding to it, or tell how many proxies there are (EASEL_PROXY_HOPS).`,
    )
  }
  if (peer !== address) {
    return forwardedProto === null
      ? warning(
          subject,
          `Easel sees the phone at ${address}, behind ${peer}; have the proxy set X-Forwarded-Proto too, so that a phone that came in the clear is noticed.`,
        )
      : good(subject, `Easel sees the phone at ${address}, behind the proxy ${peer}.`)
  }
  if (entries.length === 0 || forwardedFor === forged || entries.at(-1) === address)
    return good(subject, `Easel sees the phone at ${address}.`)
  return bad(
    subject,
    `Every phone seems to be at ${peer}, so one with a wrong password makes all wait: name that proxy in trustedProxies (EASEL_TRUSTED_PROXIES=${peer}).`,
  )
}

function judgeAuthorization(arrivals: readonly Arrival[]): Finding {
  return arrivals.some(({ authorization }) => authorization !== null)
    ? good('Authorization', 'The password arrives.')
    : bad(
        'Authorization',
        'The Authorization header does not arrive: the proxy takes it away, or logs people in by itself. Leave that to Easel.',
      )
}

function judgeCertificateArrival(arrivals: readonly Arrival[]): Finding {
  const subject = 'client certificate'
  if (arrivals.some(({ certificate }) => certificate !== null)) return good(subject, 'The client certificate arrives.')
  return bad(
    subject,
    'The client certificate does not arrive: let the proxy ask phones for one and hand it over, and tell Easel how (EASEL_CERTIFICATES, EASEL_CERTIFICATE_FORM); docs/deploy has the recipes.',
  )
}
