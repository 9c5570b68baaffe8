// Whom we believe about the certificates of mail (S/MIME): the company's authorities, and those everybody trusts.
import { X509Certificate } from 'node:crypto'
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
  /** Authorities that are trusted besides (PEM); asked once, when the first certificate comes. */
  readonly publicRoots: () => readonly string[]
}

/** Of the public authorities only those are read in full that may have issued what is judged. */
export function createMailTrust({ chains, own, publicRoots }: MailTrustOptions): MailTrust {
  let roots: PublicRoots | null = null
  return {
    judge: async (leaf, intermediates, strict) => {
      roots ??= Map.groupBy(publicRoots().flatMap(opened), ({ subject }) => subject)
      const trusted = [...own, ...issuersAmong(roots, [leaf, ...intermediates])]
      return chains.judge({ leaf, intermediates, trusted, purpose: 'emailProtection', revocation: strict ? 'require' : 'tolerate' })
    },
  }
}

/** By their subject. There are hundreds, and reading one in full takes some milliseconds. */
type PublicRoots = ReadonlyMap<string, readonly X509Certificate[]>

/** The machine's own list; where it has none (containers), the one that comes with the runtime. */
export function machineRoots(): readonly string[] {
  const listed = new Set(getCACertificates('system'))
  return listed.size > 0 ? [...listed] : rootCertificates
}

function issuersAmong(roots: PublicRoots, certificates: readonly Uint8Array[]): readonly ReadCertificate[] {
  const issuers = new Set(certificates.flatMap(opened).map(({ issuer }) => issuer))
  return Array.from(issuers, (issuer) => roots.get(issuer) ?? []).flatMap((found) => found.flatMap(({ raw }) => certificatesOf(raw)))
}

/** None for what is no certificate. */
function opened(bytes: Uint8Array | string): X509Certificate[] {
  try {
    return [new X509Certificate(typeof bytes === 'string' ? bytes : Buffer.from(bytes))]
  } catch {
    return []
  }
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
