// Tells of each revocation once: of those made here at once, of other nodes' at the next look.
import type { Certificate } from '../model/certificate.ts'
import type { Clock } from '../model/clock.ts'
import type { Certificates } from '../store/certificates.ts'

export interface RevocationWatch {
  /** A certificate was revoked here. */
  see(certificate: Certificate): void
  /** Looks for what other nodes revoked since the last time. */
  look(): Promise<void>
}

/** Nodes' clocks differ, and a transaction is seen some time after the moment it writes down. */
const overlap = 10 * 60_000

export function createRevocationWatch(
  certificates: Pick<Certificates, 'revokedSince'>,
  clock: Clock,
  tell: (certificate: Certificate) => void,
): RevocationWatch {
  /** When those told of were revoked, by issuer and number. */
  const told = new Map<string, number>()
  let since = clock.now()
  const see = (certificate: Certificate) => {
    const key = `${certificate.issuer}/${certificate.serial}`
    if (told.has(key)) return
    told.set(key, certificate.revoked?.at ?? 0)
    tell(certificate)
  }
  return {
    see,
    async look() {
      const now = clock.now()
      const found = await certificates.revokedSince(since - overlap)
      for (const certificate of found) see(certificate)
      since = now
      for (const [key, at] of told) if (at < since - 2 * overlap) told.delete(key)
    },
  }
}
