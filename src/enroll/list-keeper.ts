// Keeps the lists of revoked certificates fresh: signed anew when something was revoked, and well before they end.
import type { Clock } from '../model/clock.ts'
import type { Certificates, RevocationList } from '../store/certificates.ts'
import type { ClientAuthority } from './certificate-desk.ts'
import { signList } from './revocation-list.ts'

export interface ListKeeper {
  /** The list in force, DER; signed anew when half its time is over. */
  current(authority: ClientAuthority): Promise<Uint8Array>
  /** Signs the list anew now. */
  renew(authority: ClientAuthority): Promise<Uint8Array>
}

export interface ListKeeperOptions {
  readonly certificates: Certificates
  readonly clock: Clock
  /** From a list's beginning to the moment the next one is due. */
  readonly hours: number
}

const hour = 3_600_000
/** Of those that sign at once, one loses each time: with so many turns everybody has his. */
const turnsMax = 20

/** The keeper over the store: with several nodes, all serve the same list. */
export function createListKeeper({ certificates, clock, hours }: ListKeeperOptions): ListKeeper {
  async function renew(authority: ClientAuthority): Promise<Uint8Array> {
    for (let turn = 0; turn < turnsMax; turn++) {
      const now = clock.now()
      const from = now - (now % 1000)
      // The number first: a list that was signed over fewer revocations must not come after one with more.
      const number = ((await certificates.revocationList(authority.id))?.number ?? 0) + 1
      // RFC 5280 3.3: what was revoked stands in one list more after the certificate's own end.
      const revoked = await certificates.revokedOf(authority.id, from - hours * hour)
      const list = await signList(authority, revoked, { number, from, until: from + hours * hour })
      if (await certificates.publish(list)) return list.content
    }
    throw new Error('the list of revoked certificates was signed elsewhere each time')
  }
  const isFresh = ({ from, until }: RevocationList) => clock.now() < from + (until - from) / 2
  return {
    renew,
    async current(authority) {
      const list = await certificates.revocationList(authority.id)
      return list !== null && isFresh(list) ? list.content : renew(authority)
    },
  }
}
