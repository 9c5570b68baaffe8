// Whether somebody's certificate is one of ours that is still good: with it alone another one may be had.
import { X509Certificate } from 'node:crypto'
import { certificateKey } from '../../auth/own-certificates.ts'
import type { Certificate } from '../../model/certificate.ts'
import type { Clock } from '../../model/clock.ts'
import type { CertificateDesk } from '../certificate-desk.ts'

export interface OwnCertificateOptions {
  readonly certificates: Pick<CertificateDesk, 'issuers' | 'find'>
  readonly clock: Clock
}

/** The certificate as we know it; null for a stranger's, one that is over, and one that was revoked. */
export async function ownCertificate(
  { certificates, clock }: OwnCertificateOptions,
  presented: X509Certificate,
): Promise<Certificate | null> {
  for (const { chain } of certificates.issuers()) {
    const [own] = chain
    if (own === undefined) continue
    const issuer = new X509Certificate(own)
    // The name alone could be anybody's: the key decides.
    if (!presented.verify(issuer.publicKey)) continue
    const found = await certificates.find(certificateKey(presented, issuer))
    if (found === null || found.revoked !== null) return null
    const now = clock.now()
    return found.notBefore <= now && now < found.notAfter ? found : null
  }
  return null
}
