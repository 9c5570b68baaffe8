// What an administrator's action works with: the same ports whether it comes over the control socket, the web or from the shell itself.
import type { EnrolmentDesk } from '../enroll/enrolment-desk.ts'
import type { CertificateDesk } from '../enroll/certificate-desk.ts'
import type { SyncReport } from '../auth/directory-sync.ts'
import type { Sprayings } from '../auth/spraying.ts'
import type { DirectoryUser } from '../directory/directory.ts'
import type { BasicUse } from '../auth/basic-rule.ts'
import type { OutsideAnswers } from '../mail/absence/desk.ts'
import type { Notices } from '../mail/notice.ts'
import type { Account } from '../model/account.ts'
import type { Actor, Role } from '../model/actor.ts'
import type { Clock } from '../model/clock.ts'
import type { DeviceId } from '../model/id.ts'
import type { ZoneId } from '../model/zone.ts'
import type { AccessBook } from '../policy/access-book.ts'
import type { DevicePasswords } from '../policy/device-passwords.ts'
import type { PolicyBook } from '../policy/policy-book.ts'
import type { Quarantine } from '../policy/quarantine.ts'
import type { WipeDesk } from '../policy/wipe-desk.ts'
import type { Failures } from '../protocol/failure-book.ts'
import type { TraceBook } from '../protocol/trace.ts'
import type { Store } from '../store/store.ts'
import type { Alarms } from '../sync/alarms.ts'
import type { Vitals } from './vitals.ts'

/** What an administrator can ask of a directory. What asks it rejects with DirectoryUnavailable. */
export interface DirectoryDesk {
  readonly pollSeconds: number
  /** Whether it answers, in a sentence; never rejects. */
  readonly health: () => Promise<{ readonly ok: boolean; readonly sentence: string }>
  readonly find: (login: string) => Promise<DirectoryUser | null>
  /** Reads it now; `believes` that whoever is missing is gone, however many. */
  readonly sync: (believes: boolean) => Promise<SyncReport>
  readonly last: () => SyncReport | null
  /** What is wrong with it since the last look, in a sentence. */
  readonly trouble: () => string | null
}

export interface AdminHouse {
  readonly store: Store
  readonly clock: Clock
  readonly traces: TraceBook
  readonly policies: PolicyBook
  readonly access: AccessBook
  readonly wipes: WipeDesk
  readonly quarantine: Quarantine
  readonly devicePasswords: DevicePasswords
  readonly notices: Notices
  /** Profiles for phones, and links to them. */
  readonly enrolment: EnrolmentDesk
  /** Client certificates of our own authority. */
  readonly certificates: CertificateDesk
  /** Devices that run in circles; none where no server runs. */
  readonly alarms: Alarms
  /** Password spraying that goes on; none where no server runs. */
  readonly sprayings: Sprayings
  /** What devices were refused lately; nothing where no server runs. */
  readonly failures: Failures
  /** Null where no server runs. */
  readonly vitals: Vitals | null
  /** Null where the accounts of this server are its directory. */
  readonly directory: DirectoryDesk | null
  /** What the address book is kept in, in a sentence. */
  readonly aboutBook: () => Promise<string>
  /** What the configuration says of wipes. */
  readonly rules: { readonly wipesPerHour: number; readonly wipeApproval: boolean; readonly notify: readonly string[] }
  /** Whom outside of the organization absences answer at all. */
  readonly outsideAnswers: OutsideAnswers
  /** Absolute path of the folder that holds what is not in the store. */
  readonly dataFolder: string
  /**
   * Told after an account (or one device of it) was changed: parked requests end, and cached credentials of an account are forgotten.
   * Does nothing where no server runs.
   */
  readonly changed: (account: Account, device: DeviceId | null) => void
  /**
   * Ends what this device has parked, after so many seconds: its next request is told of a change. A change of many accounts is
   * spread with it, so that not all phones come at once. Does nothing where no server runs.
   */
  readonly rouse: (account: Account, device: DeviceId, afterSeconds: number) => void
  /** Whether a request of this device waits for a change now. */
  readonly isParked: (account: Account, device: DeviceId) => boolean
  /** Whether phones log in by client certificates, as the configuration says. */
  readonly takesCertificates: boolean
  /** What phones of an account may come in with, by its groups. */
  readonly basicUse: (account: Account) => BasicUse
  /** Where an account's owner is: as he or an administrator says, else where the server is. */
  readonly zoneOf: (account: Account) => ZoneId
  /** What an account may do at the console, by its groups. */
  readonly roleOf: (account: Account) => Role
}

/** The house as one action sees it: with whoever acts. */
export interface Desk extends AdminHouse {
  readonly actor: Actor
}

/** An expected refusal, in one sentence for the administrator. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** What was named is not there. */
export class NotThere extends Refusal {}
