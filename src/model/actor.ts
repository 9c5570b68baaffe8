// Who acts on the server: a person in a role, by one of the ways in.
import type { AccountId, Subject } from './id.ts'

/**
 * `administrator` may do everything; `helpdesk` helps with devices, edits no policy or rule, and wipes accounts only; `auditor`
 * sees everything and changes nothing; `user` sees and changes his own devices. Nobody reads mail.
 */
export const roles = ['administrator', 'helpdesk', 'auditor', 'user'] as const
export type Role = (typeof roles)[number]

/** What a local administrator or a token can be. */
export const staffRoles = ['administrator', 'helpdesk', 'auditor'] as const satisfies readonly Role[]
export type StaffRole = (typeof staffRoles)[number]

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

/** Somebody who may log in at the console, as he stands now. */
export interface Person {
  readonly subject: Subject
  /** As the audit log names him. */
  readonly name: string
  readonly role: Role
  /** Null for local administrators. */
  readonly account: AccountId | null
}

/** The subject of a local administrator. */
export const administratorSubject = (name: string) => `administrator/${name}` as Subject
/** The subject of an account. */
export const accountSubject = (account: AccountId) => `account/${account}` as Subject
