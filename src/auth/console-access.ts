// Puts together what decides about access to the console: passwords, second factors, sessions, and the record of what failed.
import type { Logger } from 'pino'
import type { Clock } from '../model/clock.ts'
import type { Store } from '../store/store.ts'
import { ConsoleDoor } from './console-door.ts'
import { ConsolePassword } from './console-password.ts'
import { FailedLogins } from './failed-logins.ts'
import type { FrontDesk } from './front-desk.ts'
import { People, type StaffGroups } from './people.ts'
import { SecondFactorDesk } from './second-factors.ts'
import { SessionBook } from './sessions.ts'
import type { Vault } from './vault.ts'

export interface ConsoleAccessOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly vault: Vault
  /** Of accounts. */
  readonly desk: FrontDesk
  readonly groups: StaffGroups
  /** What authenticator apps show beside the code. */
  readonly issuer: string
  /** As for phones. */
  readonly limits: { readonly failuresPerAddress: number; readonly failuresPerAccount: number; readonly delaySecondsMax: number }
}

export interface ConsoleAccess {
  readonly door: ConsoleDoor
  readonly sessions: SessionBook
  readonly factors: SecondFactorDesk
  /** Writes what the audit log is still owed. */
  close(): Promise<void>
}

export async function openConsoleAccess(options: ConsoleAccessOptions): Promise<ConsoleAccess> {
  const { store, clock, log, vault, desk, groups, issuer, limits } = options
  const sessions = await SessionBook.open(store, new People(store, groups), clock)
  const factors = new SecondFactorDesk({ factors: store.secondFactors, vault, clock, issuer, ...limits })
  const passwords = new ConsolePassword({ administrators: store.administrators, desk, clock, log, ...limits })
  const failures = new FailedLogins({ store, clock, log })
  const door = new ConsoleDoor({ store, clock, passwords, factors, sessions, failures })
  return { door, sessions, factors, close: () => failures.close() }
}
