// How each protocol version behaves, as flags with a sentence each: code asks these and never compares versions.
import { isSince, protocolVersions, type ProtocolVersion } from './version.ts'

export interface Dialect {
  readonly version: ProtocolVersion
  /** Whether this build serves the version at all: 2.5 and 12.0 have their place in the table but no classes yet. */
  readonly served: boolean
  /** Trouble is HTTP 200 with Status 101–184 in the root element; before, an HTTP status (MS-ASCMD 2.2.2). */
  readonly commonStatuses: boolean
  /** A Sync without a body repeats the last one, and a Sync with nothing to say may be answered with no body. */
  readonly emptySync: boolean
  /** DeviceInformation must come inside the first Provision (MS-ASPROV 2.2.2.54: else 165). */
  readonly deviceInformationInProvision: boolean
  /** AccountOnlyRemoteWipe is spoken (MS-ASPROV 2.2.2.1). */
  readonly accountOnlyWipe: boolean
  /** Drafts are written by Sync (Add, Change, Send) and carry attachments. */
  readonly drafts: boolean
  /** GetAttachment exists; later a file is fetched by ItemOperations. */
  readonly getAttachment: boolean
  /** DeletesAsMoves missing means true; before, false (AOSP relies on it). */
  readonly deletesAsMovesByDefault: boolean
  /** Notes exist. */
  readonly notes: boolean
  /** The Start of a recurring task is the moment in UTC, as Exchange has it, where later (and in MS-ASTASK 2.2.2.25) the local time stands. */
  readonly taskStartUtc: boolean
  /** All-day events are dates, written as if they were UTC, without a zone; before, midnights of a zone in UTC (MS-ASCAL 2.2.2.1). */
  readonly floatingDays: boolean
  /** One occurrence is changed or deleted by its InstanceId; before, with the whole list of exceptions (MS-ASAIRS 2.2.2.23). */
  readonly instanceEdits: boolean
  /** A meeting tells whether it asks for answers, and which were given; an exception has attendees of its own (MS-ASCAL 2.2.2.4, 2.2.2.39). */
  readonly meetingAnswers: boolean
  /** An empty Reminder says that there is none (MS-ASCAL 2.2.2.38). */
  readonly emptyReminder: boolean
  /** What a Change of an event leaves out stays as it is, whatever Supported said (MS-ASCAL 3.2.4.5). */
  readonly eventsGhosted: boolean
  /** The server mails invitations, updates, cancellations and answers; before, the phone does (MS-ASCAL 3.1.4.2, MS-ASCMD 2.2.3.168). */
  readonly meetingMail: boolean
  /** A meeting in mail is named by GlobalObjId; later by its UID (MS-ASEMAIL 2.2.2.37). */
  readonly globalObjectId: boolean
}

function dialect(version: ProtocolVersion): Dialect {
  const since = (first: ProtocolVersion) => isSince(version, first)
  return Object.freeze({
    version,
    served: since('12.1'),
    commonStatuses: since('14.0'),
    emptySync: since('12.1'),
    deviceInformationInProvision: since('14.1'),
    accountOnlyWipe: since('16.1'),
    drafts: since('16.0'),
    getAttachment: !since('14.0'),
    deletesAsMovesByDefault: since('12.0'),
    notes: since('14.0'),
    taskStartUtc: !since('16.0'),
    floatingDays: since('16.0'),
    instanceEdits: since('16.0'),
    meetingAnswers: since('14.0'),
    emptyReminder: since('14.1'),
    eventsGhosted: since('16.0'),
    meetingMail: since('16.0'),
    globalObjectId: !since('16.0'),
  })
}

/** One frozen dialect per version. */
export const dialects: Readonly<Record<ProtocolVersion, Dialect>> = Object.freeze(
  Object.fromEntries(protocolVersions.map((version) => [version, dialect(version)])) as Record<ProtocolVersion, Dialect>,
)
