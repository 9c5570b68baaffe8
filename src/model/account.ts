// An account: who may log in, and what he may do.
import type { AccountId } from './id.ts'
import type { ProtocolVersion } from './version.ts'
import type { WorkingHours } from './working-hours.ts'
import type { ZoneId } from './zone.ts'

export interface Account {
  readonly id: AccountId
  /** The primary address, lower case. */
  readonly address: string
  /** Every address of the account, the primary one first. */
  readonly addresses: readonly string[]
  readonly displayName: string
  /** It is out: an administrator shut it, or the directory keeps it out. */
  readonly disabled: boolean
  /** The lasting id of the directory's user it belongs to; null for an account of our own. */
  readonly directoryId: string | null
  /** Why the directory keeps it out (`disabled`, `locked`, `removed` …); null where it does not. */
  readonly barred: string | null
  /** Names of the groups it belongs to, as the directory spells them; they choose its policy. */
  readonly groups: readonly string[]
  /** The policy assigned to this account by name; null leaves the choice to its groups. */
  readonly policy: string | null
  /** Whether its devices may sync; null leaves it to the policy. */
  readonly syncEnabled: boolean | null
  /** How many devices it may have; null leaves it to the policy. */
  readonly devicesMax: number | null
  /** The highest version offered to this account's devices; null for the server's. */
  readonly maxVersion: ProtocolVersion | null
  /** Whether devices that do not provision may enter; null leaves it to the policy. */
  readonly allowNonProvisionable: boolean | null
  /** Where its owner is; null for where the server is. */
  readonly timeZone: ZoneId | null
  /** When he works; null where he has not said. */
  readonly workingHours: WorkingHours | null
}

/** Who stands behind a request, once authenticated. */
export interface Principal {
  readonly account: Account
  /** How the caller proved it. */
  readonly method: 'basic' | 'certificate' | 'bearer'
  /** A hash that the presented credentials satisfy, kept with the device for a later wipe; null where there is none. */
  readonly verifier: string | null
  /**
   * `wipe`: the credentials are no longer good for the account, but this device still owes a wipe. Nothing is served but
   * OPTIONS and Provision.
   */
  readonly reach: 'everything' | 'wipe'
}
