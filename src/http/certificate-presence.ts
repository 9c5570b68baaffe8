// Who is here with which client certificate: what has to be closed once it is good no longer.
import type { PresentedCertificate } from '../auth/authenticator.ts'

/** A connection, or the answer under way on that of a proxy. */
export interface Holder {
  destroy(): unknown
  once(event: 'close', act: () => void): unknown
}

interface Present {
  readonly certificate: PresentedCertificate
  readonly holders: Set<Holder>
}

export class CertificatePresence {
  readonly #present = new Map<string, Present>()

  /** Somebody is here by this certificate until `holder` closes. May be told again. */
  enter(certificate: PresentedCertificate, holder: Holder): void {
    const { fingerprint } = certificate
    const present = this.#present.get(fingerprint) ?? { certificate, holders: new Set() }
    if (present.holders.has(holder)) return
    present.holders.add(holder)
    this.#present.set(fingerprint, present)
    holder.once('close', () => {
      present.holders.delete(holder)
      if (present.holders.size === 0 && this.#present.get(fingerprint) === present) this.#present.delete(fingerprint)
    })
  }

  /** Every certificate by which somebody is here now. */
  list(): readonly PresentedCertificate[] {
    return Array.from(this.#present.values(), ({ certificate }) => certificate)
  }

  /** Closes whatever is open by this certificate; returns how much that was. */
  end(fingerprint: string): number {
    const holders = [...(this.#present.get(fingerprint)?.holders ?? [])]
    for (const holder of holders) holder.destroy()
    return holders.length
  }
}
