// What only a running server knows of itself, for the overview and the examination of its health.
import type { Instant } from '../model/id.ts'
import type { Minutes } from './minutes.ts'
import type { Mirror } from './mirror.ts'

export interface Vitals {
  /** When it was started. */
  readonly since: Instant
  readonly minutes: Minutes
  /** Where the doctor sees how his requests arrive. */
  readonly mirror: Mirror
  readonly parked: () => number
  /** Where something listens; `*` is every address. */
  readonly listening: readonly { readonly name: string; readonly address: string; readonly port: number }[]
  /** When the certificate shown to phones expires; null where they are not spoken to in TLS. */
  readonly certificateUntil: () => Instant | null
  /** The authorities of the configuration whose client certificates log in, and when they end. */
  readonly authorities: readonly { readonly name: string; readonly until: Instant }[]
  /** What is wrong with the configured lists and responders that tell which client certificates were revoked, in sentences. */
  readonly revocationTroubles: () => readonly string[]
  /** What the last look at the audit log's chain found; null before the first. */
  readonly auditSeen: () => AuditSeen | null
}

export interface AuditSeen {
  readonly at: Instant
  /** Null if it is whole. */
  readonly broken: { readonly number: number; readonly reason: string } | null
}
