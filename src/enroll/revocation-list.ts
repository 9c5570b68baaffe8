// The list of revoked certificates (RFC 5280 5) as our authority signs it, for whoever is not asked by us.
import { webcrypto } from 'node:crypto'
import * as asn1 from 'asn1js'
import {
  Certificate as IssuerCertificate,
  CertificateRevocationList,
  CryptoEngine,
  Extension,
  Extensions,
  RevokedCertificate,
  Time,
} from 'pkijs'
import type { Certificate, RevocationReason } from '../model/certificate.ts'
import type { Instant } from '../model/id.ts'
import type { RevocationList } from '../store/certificates.ts'
import type { ClientAuthority } from './certificate-desk.ts'
import { issuerKeyExtension, parsed, rsaSigner } from './signing.ts'

/** RFC 5280 5.3.1. */
const reasonCodes: Readonly<Record<RevocationReason, number>> = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
}
const oids = { listNumber: '2.5.29.20', reason: '2.5.29.21', issuerKey: '2.5.29.35' } as const

const engine = new CryptoEngine({ name: 'node', crypto: webcrypto as unknown as Crypto })

/** Signs a list. pkijs, since `@peculiar/x509` compares each entry with each: seconds, where ten thousand are revoked. */
export async function signList(
  { id, chain: [own], key }: ClientAuthority,
  revoked: readonly Certificate[],
  { number, from, until }: Pick<RevocationList, 'number' | 'from' | 'until'>,
): Promise<RevocationList> {
  if (own === undefined) throw new Error('an authority has a certificate')
  const issuerKey = await issuerKeyExtension(parsed(own))
  const list = new CertificateRevocationList({
    version: 1,
    issuer: IssuerCertificate.fromBER(Uint8Array.from(own)).subject,
    thisUpdate: time(from),
    nextUpdate: time(until),
    crlExtensions: new Extensions({
      extensions: [
        new Extension({ extnID: oids.issuerKey, extnValue: issuerKey.value }),
        new Extension({ extnID: oids.listNumber, extnValue: new asn1.Integer({ value: number }).toBER() }),
      ],
    }),
    // An empty sequence is none (5.1.2.6).
    ...(revoked.length === 0 ? {} : { revokedCertificates: revoked.map(entry) }),
  })
  await list.sign(rsaSigner(key), 'SHA-256', engine)
  return { issuer: id, number, from, until, content: new Uint8Array(list.toSchema(true).toBER()) }
}

function entry({ serial, revoked }: Certificate): RevokedCertificate {
  const code = reasonCodes[revoked?.reason ?? 'unspecified']
  const reason = new Extension({ extnID: oids.reason, extnValue: new asn1.Enumerated({ value: code }).toBER() })
  return new RevokedCertificate({
    userCertificate: asn1.Integer.fromBigInt(`0x${serial}`),
    revocationDate: time(revoked?.at ?? 0),
    // 5.3.1: no reason rather than an unspecified one.
    ...(code === 0 ? {} : { crlEntryExtensions: new Extensions({ extensions: [reason] }) }),
  })
}

/** RFC 5280 5.1.2.4: two digits of a year up to 2049, four from 2050 on. */
function time(at: Instant): Time {
  const value = new Date(at - (at % 1000))
  return new Time({ type: value.getUTCFullYear() < 2050 ? 0 : 1, value })
}
