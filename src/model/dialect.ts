// How each protocol version behaves, as flags with a sentence each: code asks these and never compares versions.
import { isSince, protocolVersions, type ProtocolVersion } from './version.ts'

export interface Dialect {
  readonly version: ProtocolVersion
  /** Whether this build serves the version at all: 2.5 and 12.0 have their place in the table but no classes yet. */
  readonly served: boolean
  /** Trouble is HTTP 200 with Status 101–184 in the root element; before, an HTTP status (MS-ASCMD 2.2.2). */
  readonly commonStatuses: boolean
  /** SendMail and its kin travel as WBXML with an opaque Mime; before, as message/rfc822 with parameters in the query. */
  readonly composeInWbxml: boolean
  /** A Sync without a body repeats the last one, and a Sync with nothing to say may be answered with no body. */
  readonly emptySync: boolean
  /** Sync knows Wait (minutes), Limit and Partial. */
  readonly wait: boolean
  /** Sync knows HeartbeatInterval (seconds). */
  readonly heartbeat: boolean
  /** Collection answers name their Class before the SyncKey. */
  readonly classInCollection: boolean
  /** BodyPreference chooses the body; before, Truncation and MIMETruncation did. */
  readonly bodyPreference: boolean
  /** Conversations, categories of mail, LastVerbExecuted, Preview, ReceivedAsBcc exist. */
  readonly conversations: boolean
  /** BodyPart, MeetingMessageType, Accounts in UserInformation, Picture exist. */
  readonly bodyParts: boolean
  /** DeviceInformation must come inside the first Provision (MS-ASPROV 2.2.2.54: else 165). */
  readonly deviceInformationInProvision: boolean
  /** Drafts are written by Sync (Add, Change, Send) and carry attachments. */
  readonly drafts: boolean
  /** One occurrence is changed by InstanceId; the server mails invitations and answers. */
  readonly instanceIdEdits: boolean
  /** GetAttachment and GetHierarchy exist. */
  readonly getAttachment: boolean
  /** The Find command and account-only wipes exist. */
  readonly find: boolean
  /** DeletesAsMoves missing means true; before, false (AOSP relies on it). */
  readonly deletesAsMovesByDefault: boolean
  /** Collection options are remembered and need not be repeated. */
  readonly stickyOptions: boolean
}

function dialect(version: ProtocolVersion): Dialect {
  const since = (first: ProtocolVersion) => isSince(version, first)
  return Object.freeze({
    version,
    served: since('12.1'),
    commonStatuses: since('14.0'),
    composeInWbxml: since('14.0'),
    emptySync: since('12.1'),
    wait: since('12.1'),
    heartbeat: since('14.0'),
    classInCollection: !since('14.0'),
    bodyPreference: since('12.0'),
    conversations: since('14.0'),
    bodyParts: since('14.1'),
    deviceInformationInProvision: since('14.1'),
    drafts: since('16.0'),
    instanceIdEdits: since('16.0'),
    getAttachment: !since('14.0'),
    find: since('16.1'),
    deletesAsMovesByDefault: since('12.0'),
    stickyOptions: since('12.1'),
  })
}

/** One frozen dialect per version. */
export const dialects: Readonly<Record<ProtocolVersion, Dialect>> = Object.freeze(
  Object.fromEntries(protocolVersions.map((version) => [version, dialect(version)])) as Record<ProtocolVersion, Dialect>,
)
