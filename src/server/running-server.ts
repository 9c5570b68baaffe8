// A running server as whoever started it sees it.
import type { DemoAccount, DemoAdministrator } from '../admin/demo.ts'
import type { AdminHouse } from '../admin/house.ts'
import type { Authority } from '../enroll/authority.ts'
import type { Store } from '../store/store.ts'
import type { Parking } from '../sync/park.ts'

export interface RunningServer {
  /** Null for what does not listen. */
  readonly ports: Readonly<Record<'https' | 'http' | 'admin' | 'lmtp' | 'metrics' | 'lists', number | null>>
  /** How phones reach it: `https://mail.example.com:8443`. */
  readonly url: string
  /** Every name and address in its certificate, the one in `url` first. */
  readonly names: readonly string[]
  /** Null where the certificate is somebody else's. */
  readonly authority: Authority | null
  /** Looks at once whether there is another certificate; never rejects. */
  renewCertificate(): Promise<void>
  /** Accounts anybody may be told of; empty without a demo. */
  readonly demo: readonly DemoAccount[]
  /** Who administers the demo; null without one, and once he has another password. */
  readonly demoAdministrator: DemoAdministrator | null
  readonly store: Store
  readonly admin: AdminHouse
  readonly parking: Parking
  /** How many requests are parked. */
  parked(): number
  /** Answers what is parked, finishes what is under way, and closes everything, within five seconds. May be called again. */
  close(): Promise<void>
}
