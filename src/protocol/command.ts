// What a command is: the request line that names it, the call that carries it, and the answer it gives.
import type { Logger } from 'pino'
import type { Account, Principal } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { Device } from '../model/device.ts'
import type { Metrics } from '../metrics.ts'
import type { Dialect } from '../model/dialect.ts'
import type { DeviceId, Instant, PolicyKey } from '../model/id.ts'
import type { ProtocolVersion } from '../model/version.ts'
import type { ZoneId } from '../model/zone.ts'
import type { DeviceWipe } from '../model/wipe.ts'
import type { MailTrust } from '../auth/mail-trust.ts'
import type { AddressBook } from '../directory/directory.ts'
import type { OutsideAnswers } from '../mail/absence/desk.ts'
import type { AccessBook } from '../policy/access-book.ts'
import type { DevicePasswords } from '../policy/device-passwords.ts'
import type { PolicyEngine } from '../policy/engine.ts'
import type { Quarantine } from '../policy/quarantine.ts'
import type { Residences } from '../policy/residence.ts'
import type { WipeDesk } from '../policy/wipe-desk.ts'
import type { Store } from '../store/store.ts'
import type { Heartbeats } from '../sync/heartbeat.ts'
import type { Pace } from '../sync/pace.ts'
import type { Parking } from '../sync/park.ts'
import type { QuietLooks } from '../sync/quiet.ts'
import type { FailureBook } from './failure-book.ts'
import type { Limits } from './limits.ts'
import type { LookUps } from './look-ups.ts'

/** MS-ASHTTP 2.2.1.1.1: where commands are posted, in any letter case. */
export const endpointPath = '/Microsoft-Server-ActiveSync'

/** MS-ASHTTP 2.2.1.1.1.1.2: the command codes of the base64 query. */
export const commandCodes = {
  Sync: 0,
  SendMail: 1,
  SmartForward: 2,
  SmartReply: 3,
  GetAttachment: 4,
  GetHierarchy: 5,
  CreateCollection: 6,
  DeleteCollection: 7,
  MoveCollection: 8,
  FolderSync: 9,
  FolderCreate: 10,
  FolderDelete: 11,
  FolderUpdate: 12,
  MoveItems: 13,
  GetItemEstimate: 14,
  MeetingResponse: 15,
  Search: 16,
  Settings: 17,
  Ping: 18,
  ItemOperations: 19,
  Provision: 20,
  ResolveRecipients: 21,
  ValidateCert: 22,
  Find: 23,
} as const
export type CommandName = keyof typeof commandCodes

/** A request line, plain or base64, in one shape. Absent text is null; nothing here has been authenticated. */
export interface RequestLine {
  readonly version: ProtocolVersion
  /** Null if the line names a command nobody knows. */
  readonly command: CommandName | null
  readonly device: DeviceId
  readonly deviceType: string
  /** For the log only; the account comes from authentication. */
  readonly user: string | null
  /** Null if the request carried none (Ping of AOSP never does). */
  readonly policyKey: PolicyKey | null
  /** An LCID (base64) or language tag (Accept-Language). */
  readonly locale: string | null
  readonly saveInSent: boolean
  readonly acceptMultiPart: boolean
  readonly attachmentName: string | null
  readonly collectionId: string | null
  readonly itemId: string | null
  readonly longId: string | null
  readonly occurrence: string | null
}

/** The body as it came: what it claims to be decides, not the version (some clients post message/rfc822 at 14.1). */
export interface RequestBody {
  readonly type: 'wbxml' | 'rfc822' | 'none' | 'other'
  /** Emptied once the document is decoded: a parked request holds no bytes. */
  bytes: Uint8Array
}

/** An HTTP answer in our terms. `body` null is a bare answer: Content-Length 0 and no Content-Type. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: null | {
    readonly type: string
    readonly content: Uint8Array | AsyncIterable<Uint8Array>
    /** Length of a streamed body where it is known. */
    readonly bytes?: number
  }
  /** For the figures: the Status that the document says. */
  readonly documentStatus?: number
  /** For the figures: when the change that this answer to a parked request tells of was committed. */
  readonly changedAt?: Instant
}

/** A per-device trace: off (does nothing) unless an administrator turned it on for a while. */
export interface Trace {
  readonly on: boolean
  /** Notes a decision and its reason. */
  note(event: string, fields?: Readonly<Record<string, unknown>>): void
  /** Notes a decoded document; subjects, bodies and secrets are masked before it is written. */
  document(direction: 'request' | 'response', bytes: Uint8Array): void
}

/** Mail that leaves through this server. */
export interface Submitter {
  /** Wakes the outbound queue: something was committed to it. */
  readonly kick: () => void
}

/** Where traces come from: `protocol/trace` for a device under observation, else one that does nothing. */
export interface Traces {
  of(device: Device): Trace
}

export type FreeBusyRule = 'everybody' | 'domain' | 'nobody'

/** The ports a command works with. */
export interface House {
  readonly policy: PolicyEngine
  readonly access: AccessBook
  readonly wipes: WipeDesk
  readonly quarantine: Quarantine
  readonly devicePasswords: DevicePasswords
  readonly traces: Traces
  readonly failures: FailureBook
  readonly metrics: Metrics
  readonly parking: Parking
  readonly heartbeats: Heartbeats
  readonly pace: Pace
  readonly quietLooks: QuietLooks
  readonly store: Store
  /** Whom Search, Find and ResolveRecipients look up. */
  readonly directory: AddressBook
  readonly lookUps: LookUps
  readonly mailTrust: MailTrust
  readonly residences: Residences
  readonly clock: Clock
  readonly log: Logger
  readonly limits: Limits
  /** Where an account's owner is. */
  readonly zoneOf: (account: Account) => ZoneId
  /** Who is told when somebody else is free: everybody who finds him, people of his mail domain, nobody. */
  readonly freeBusy: FreeBusyRule
  /** Whom outside of the organization absences answer at all. */
  readonly outsideAnswers: OutsideAnswers
  readonly submitter: Submitter
}

/** One request on its way through: authenticated, judged, not yet decoded. */
export interface Call {
  readonly line: RequestLine
  readonly principal: Principal
  readonly account: Account
  readonly device: Device
  readonly dialect: Dialect
  readonly body: RequestBody
  readonly house: House
  /** The wipe this Provision has to tell of; null for every other request. */
  readonly wipe: DeviceWipe | null
  readonly trace: Trace
  /** Aborted when the socket closes or the server stops (reason: `'shutdown'`). */
  readonly signal: AbortSignal
  /** Sleeps without taking the place of a request of this account that has something to do. Whatever waits long waits in here. */
  readonly rest: <T>(sleep: () => Promise<T>) => Promise<T>
}
