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
  })
}

/** One frozen dialect per version. */
export const dialects: Readonly<Record<ProtocolVersion, Dialect>> = Object.freeze(
  Object.fromEntries(protocolVersions.map((version) => [version, dialect(version)])) as Record<ProtocolVersion, Dialect>,
)
