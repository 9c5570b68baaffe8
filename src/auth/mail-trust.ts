// Whom we believe about the certificates of mail (S/MIME): the company's authorities, and those everybody trusts.
import { getCACertificates, rootCertificates } from 'node:tls'
import { MalformedCertificate, readCertificate, type ReadCertificate } from './chain/certificate.ts'
import type { Chains, ChainVerdict } from './chain/chain.ts'

export interface MailTrust {
  /**
   * Judges a mail certificate (DER) with those that came along. `strict`: one of which nobody can tell whether it was revoked is bad.
   * Never rejects.
   */
  judge(leaf: Uint8Array, intermediates: readonly Uint8Array[], strict: boolean): Promise<ChainVerdict>
}

export interface MailTrustOptions {
  readonly chains: Chains
  /** The authorities that the administrator named. */
  readonly own: readonly ReadCertificate[]
  /** Whether the authorities of the machine are trusted as well. */
  readonly publicRoots: boolean
}

/** Nothing is read before the first certificate comes: a machine trusts more than a hundred authorities. */
export function createMailTrust({ chains, own, publicRoots }: MailTrustOptions): MailTrust {
  let trusted: readonly ReadCertificate[] | null = null
  return {
    judge: (leaf, intermediates, strict) => {
      trusted ??= publicRoots ? [...own, ...machineRoots()] : own
      return chains.judge({ leaf, intermediates, trusted, purpose: 'emailProtection', revocation: strict ? 'require' : 'tolerate' })
    },
  }
}

/** The machine's own list; where it has none (containers), the one that comes with the runtime. */
function machineRoots(): readonly ReadCertificate[] {
  const listed = getCACertificates('system')
  return (listed.length > 0 ? listed : rootCertificates).flatMap((pem) => certificatesOf(Buffer.from(pem)))
}

/** The certificates in a file: DER, or any number of PEM. Those that cannot be read are left out. */
export function certificatesOf(file: Uint8Array): readonly ReadCertificate[] {
  const text = Buffer.from(file).toString('latin1')
  const blocks = Array.from(text.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]+?)-----END/g), ([, body = '']) => Buffer.from(body, 'base64'))
  return (blocks.length > 0 ? blocks : [file]).flatMap((der) => {
    try {
      return readCertificate(der)
    } catch (error) {
      if (error instanceof MalformedCertificate) return []
      throw error
    }
  })
}
