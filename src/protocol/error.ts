// The failures of the specification, by their names. Code throws an idea; the command's table and the dialect give it a number.

/** MS-ASCMD 2.2.2: the common status codes, and the HTTP status that stands for each up to 12.1 (null: 500 is safe). */
export const commonStatus = {
  InvalidContent: [101, 400],
  InvalidWBXML: [102, 400],
  InvalidXML: [103, 400],
  InvalidDateTime: [104, 400],
  InvalidCombinationOfIDs: [105, 400],
  InvalidIDs: [106, 400],
  InvalidMIME: [107, 400],
  DeviceIdMissingOrInvalid: [108, 400],
  DeviceTypeMissingOrInvalid: [109, 400],
  ServerError: [110, 500],
  ServerErrorRetryLater: [111, 503],
  ActiveDirectoryAccessDenied: [112, 403],
  MailboxQuotaExceeded: [113, 507],
  MailboxServerOffline: [114, 503],
  SendQuotaExceeded: [115, 500],
  MessageRecipientUnresolved: [116, 500],
  MessageReplyNotAllowed: [117, 500],
  MessagePreviouslySent: [118, 500],
  MessageHasNoRecipient: [119, 500],
  MailSubmissionFailed: [120, 500],
  MessageReplyFailed: [121, 500],
  AttachmentIsTooLarge: [122, 500],
  UserHasNoMailbox: [123, 500],
  UserCannotBeAnonymous: [124, 403],
  UserPrincipalCouldNotBeFound: [125, 403],
  UserDisabledForSync: [126, 403],
  UserOnNewMailboxCannotSync: [127, 403],
  UserOnLegacyMailboxCannotSync: [128, 403],
  DeviceIsBlockedForThisUser: [129, 403],
  AccessDenied: [130, 403],
  AccountDisabled: [131, 403],
  SyncStateNotFound: [132, 403],
  SyncStateLocked: [133, 503],
  SyncStateCorrupt: [134, 500],
  SyncStateAlreadyExists: [135, 500],
  SyncStateVersionInvalid: [136, 500],
  CommandNotSupported: [137, 501],
  VersionNotSupported: [138, 400],
  DeviceNotFullyProvisionable: [139, 449],
  RemoteWipeRequested: [140, 449],
  LegacyDeviceOnStrictPolicy: [141, 449],
  DeviceNotProvisioned: [142, 449],
  PolicyRefresh: [143, 449],
  InvalidPolicyKey: [144, 449],
  ExternallyManagedDevicesNotAllowed: [145, 449],
  NoRecurrenceInCalendar: [146, 500],
  UnexpectedItemClass: [147, 400],
  RemoteServerHasNoSSL: [148, 500],
  InvalidStoredRequest: [149, 400],
  ItemNotFound: [150, 500],
  TooManyFolders: [151, 500],
  NoFoldersFound: [152, 500],
  ItemsLostAfterMove: [153, 500],
  FailureInMoveOperation: [154, 500],
  MoveCommandDisallowedForNonPersistentMoveAction: [155, 400],
  MoveCommandInvalidDestinationFolder: [156, 400],
  AvailabilityDLLimitReached: [161, 500],
  AvailabilityFailure: [163, 500],
  BodyPartPreferenceTypeNotSupported: [164, 400],
  DeviceInformationRequired: [165, 400],
  InvalidAccountId: [166, 400],
  AccountSendDisabled: [167, 403],
  NoPicture: [173, 500],
  PictureTooLarge: [174, 500],
  PictureLimitReached: [175, 500],
  MaximumDevicesReached: [177, 403],
  InvalidMimeBodyCombination: [178, 400],
  InvalidSmartForwardParameters: [179, 400],
  InvalidRecipients: [183, 500],
} as const satisfies Record<string, readonly [status: number, http: number]>

/** Failures that only some commands know; each command's `statuses` gives them their number. */
export type CommandFailureName =
  | 'InvalidSyncKey'
  | 'ProtocolError'
  | 'ObjectNotFound'
  | 'Conflict'
  | 'ItemMalformed'
  | 'CannotComplete'
  | 'HierarchyChanged'
  | 'IncompleteRequest'
  | 'WaitOutOfRange'
  | 'TooManyCollections'
  | 'Retry'
  | 'CommandServerError'
  | 'FolderExists'
  | 'SpecialFolder'
  | 'FolderNotFound'
  | 'ParentNotFound'
  | 'HeartbeatOutOfRange'
  | 'MissingParameters'
  | 'StoreUnknown'
  | 'InvalidRange'
  | 'EmptyFile'
  | 'DataTooLarge'
  | 'InvalidAttachment'
  | 'EndOfRange'
  | 'TooComplex'
  | 'CannotConnect'
  | 'TimedOut'

export type FailureName = keyof typeof commonStatus | CommandFailureName

/**
 * An expected failure with the specification's name. `detail` goes to the log and the trace, never to the phone;
 * it holds no subject, body or secret. `extra` is what the answer carries besides the Status (a Limit, for instance).
 */
export class Failure extends Error {
  readonly failure: FailureName
  readonly extra: Readonly<Record<string, unknown>>
  constructor(failure: FailureName, detail = '', extra: Readonly<Record<string, unknown>> = {}) {
    super(detail === '' ? failure : `${failure}: ${detail}`)
    this.name = failure
    this.failure = failure
    this.extra = extra
  }
}

/** MS-ASCMD 2.2.1.21, Sync Status 3 and its kin: the key is not one this collection can go on from. */
export class InvalidSyncKey extends Failure {
  constructor(detail = '') {
    super('InvalidSyncKey', detail)
  }
}
