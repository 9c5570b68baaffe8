// An account: who may log in, and what he may do.
import type { AccountId } from './id.ts'
import type { ProtocolVersion } from './version.ts'

export interface Account {
  readonly id: AccountId
  /** The primary address, lower case. */
  readonly address: string
  /** Every address of the account, the primary one first. */
  readonly addresses: readonly string[]
  readonly displayName: string
  readonly disabled: boolean
  /** The highest version offered to this account's devices; null for the server's. */
  readonly maxVersion: ProtocolVersion | null
  /** Whether devices that do not provision may enter; null leaves it to the policy. */
  readonly allowNonProvisionable: boolean | null
}

/** Who stands behind a request, once authenticated. */
export interface Principal {
  readonly account: Account
  /** How the caller proved it. */
  readonly method: 'basic' | 'certificate' | 'bearer'
}
