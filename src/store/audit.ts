// The audit port: who did what to the server, append-only, each entry bound to the one before by a hash.
import type { Instant } from '../model/id.ts'
import type { Role } from '../model/actor.ts'

export interface NewAuditEntry {
  readonly at: Instant
  readonly actor: string
  readonly role: Role
  /** The address, or `shell`. */
  readonly origin: string | null
  readonly action: string
  /** What it was done to: an address, a device, a policy; null where that says nothing. */
  readonly target: string | null
  /** JSON without secrets. */
  readonly detail: Readonly<Record<string, unknown>>
}

export interface AuditEntry extends NewAuditEntry {
  /** Counts from 1 without a gap. */
  readonly number: number
  /** SHA-256 over the entry before and this one, base64url. */
  readonly hash: string
}

export interface AuditFilter {
  readonly actor?: string
  readonly action?: string
  readonly target?: string
  /** Only entries below this number: the next page. */
  readonly before?: number
}

export interface Audit {
  append(entry: NewAuditEntry): Promise<AuditEntry>
  /** Newest first, at most `limit`. */
  list(filter: AuditFilter, limit: number): Promise<readonly AuditEntry[]>
  /** From this number on, ascending, at most `limit`: for the export. */
  from(number: number, limit: number): Promise<readonly AuditEntry[]>
  /** The first entry that does not fit the one before it, or is missing; null if the chain is whole. */
  verify(): Promise<{ readonly number: number; readonly reason: string } | null>
}
