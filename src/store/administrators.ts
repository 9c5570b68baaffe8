// The administrators port: who may log in at the console without an account of this server.
import type { StaffRole } from '../model/actor.ts'
import type { Instant } from '../model/id.ts'

export interface Administrator {
  /** Lower case; it holds no `@`, so that it never looks like an account's address. */
  readonly name: string
  readonly role: StaffRole
  readonly disabled: boolean
  readonly createdAt: Instant
  /** Null before the first time. */
  readonly lastLogin: Instant | null
}

export interface NewAdministrator {
  readonly name: string
  readonly role: StaffRole
  /** As `auth/password` makes it. */
  readonly passwordHash: string
  readonly at: Instant
}

export interface AdministratorChange {
  readonly role?: StaffRole
  readonly disabled?: boolean
  readonly passwordHash?: string
  readonly lastLogin?: Instant
}

export interface Administrators {
  /** Rejects with name-taken. */
  add(administrator: NewAdministrator): Promise<Administrator>
  /** Rejects with item-not-found. */
  change(name: string, change: AdministratorChange): Promise<Administrator>
  /** False if there was none. */
  remove(name: string): Promise<boolean>
  find(name: string): Promise<Administrator | null>
  passwordHash(name: string): Promise<string | null>
  /** By name. */
  list(): Promise<readonly Administrator[]>
  /** The same, within a unit of work: nobody else changes one of them before it ends. */
  hold(): Promise<readonly Administrator[]>
}
