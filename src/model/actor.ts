// Who acts on the server: a person in a role, by one of the ways in.
import type { AccountId } from './id.ts'

/**
 * `administrator` may do everything; `helpdesk` helps with devices, edits no policy or rule, and wipes accounts only; `auditor`
 * sees everything and changes nothing; `user` sees and changes his own devices. Nobody reads mail.
 */
export const roles = ['administrator', 'helpdesk', 'auditor', 'user'] as const
export type Role = (typeof roles)[number]

export interface Actor {
  /** As the audit log names him: a local administrator's name, or an account's address. */
  readonly name: string
  readonly role: Role
  /** The account behind him; null for local administrators and the shell. */
  readonly account: AccountId | null
  readonly via: 'shell' | 'console' | 'api'
  /** The address he came from; null for the shell. */
  readonly address: string | null
}
