// What a trace may not show: names, addresses, subjects, bodies, secrets. Whatever is not known to be harmless counts as private.
import {
  AirSync,
  AirSyncBase,
  Calendar,
  ComposeMail,
  Contacts,
  DocumentLibrary,
  Email,
  Email2,
  Find,
  FolderHierarchy,
  GetItemEstimate,
  ItemOperations,
  MeetingResponse,
  Move,
  Notes,
  Ping,
  Provision,
  ResolveRecipients,
  Search,
  Settings,
  ValidateCert,
  type Kind,
  type Tag,
} from './pages.ts'

/** Kinds that hold numbers, times and words of the protocol. Text in a container stands where it should not: private. */
const harmlessKinds: ReadonlySet<Kind> = new Set<Kind>([
  'boolean',
  'enum',
  'dateTime',
  'int',
  'unsignedByte',
  'unsignedShort',
  'unsignedInt',
])

/** Of those kinds, and personal all the same; Preview is a length in a request and the beginning of a body in an answer. */
const personalValues: readonly Tag[] = [Contacts.Birthday, Contacts.Anniversary, AirSyncBase.Preview]

/** Texts by which the protocol runs: keys, ids, statuses, numbers written as text. */
// prettier-ignore
const harmlessTexts: readonly Tag[] = [
  AirSync.SyncKey, AirSync.ClientId, AirSync.ServerId, AirSync.Status, AirSync.Class, AirSync.CollectionId, AirSync.WindowSize,
  AirSync.Wait, AirSync.Limit, AirSync.MaxItems, AirSync.HeartbeatInterval,
  Email.MessageClass, Email.BusyStatus, Email.Occurrences, Email.Interval, Email.DayOfWeek, Email.DayOfMonth, Email.WeekOfMonth,
  Email.MonthOfYear, Email.Sensitivity, Email.InternetCPID, Email.Status, Email.ContentClass,
  Calendar.DtStamp, Calendar.StartTime, Calendar.EndTime, Calendar.ExceptionStartTime, Calendar.Until, Calendar.AppointmentReplyTime,
  Move.SrcMsgId, Move.SrcFldId, Move.DstFldId, Move.DstMsgId, Move.Status,
  GetItemEstimate.Class, GetItemEstimate.CollectionId, GetItemEstimate.Estimate, GetItemEstimate.Status,
  FolderHierarchy.ServerId, FolderHierarchy.ParentId, FolderHierarchy.Status, FolderHierarchy.SyncKey,
  MeetingResponse.CalendarId, MeetingResponse.CollectionId, MeetingResponse.RequestId, MeetingResponse.Status, MeetingResponse.InstanceId,
  MeetingResponse.ProposedStartTime, MeetingResponse.ProposedEndTime,
  ResolveRecipients.Status, ResolveRecipients.CertificateRetrieval, ResolveRecipients.RecipientCount, ResolveRecipients.MaxCertificates,
  ResolveRecipients.MaxAmbiguousRecipients, ResolveRecipients.CertificateCount, ResolveRecipients.StartTime, ResolveRecipients.EndTime,
  ValidateCert.Status,
  Ping.Status, Ping.HeartbeatInterval, Ping.Id, Ping.Class, Ping.MaxFolders,
  Provision.PolicyType, Provision.PolicyKey, Provision.MinDevicePasswordLength, Provision.MaxInactivityTimeDeviceLock,
  Provision.MaxDevicePasswordFailedAttempts, Provision.MaxAttachmentSize, Provision.DevicePasswordExpiration,
  Provision.MaxEmailBodyTruncationSize, Provision.MaxEmailHTMLBodyTruncationSize, Provision.RequireSignedSMIMEAlgorithm,
  Provision.RequireEncryptionSMIMEAlgorithm, Provision.AllowSMIMEEncryptionAlgorithmNegotiation, Provision.ApplicationName,
  Search.Name, Search.Range, Search.Status, Search.Total, Search.LongId,
  AirSyncBase.FileReference, AirSyncBase.ContentType, AirSyncBase.ClientId, AirSyncBase.InstanceId,
  Settings.Status, Settings.AppliesToInternal, Settings.AppliesToExternalKnown, Settings.AppliesToExternalUnknown,
  Settings.Enabled, Settings.BodyType, Settings.Model, Settings.OS, Settings.OSLanguage, Settings.UserAgent, Settings.EnableOutboundSMS,
  DocumentLibrary.ContentLength, DocumentLibrary.ContentType,
  ItemOperations.Store, ItemOperations.Range, ItemOperations.Total, ItemOperations.Status, ItemOperations.Part, ItemOperations.DstFldId,
  ComposeMail.FolderId, ComposeMail.ItemId, ComposeMail.LongId, ComposeMail.InstanceId, ComposeMail.ClientId, ComposeMail.Status,
  Email2.UmAttDuration, Email2.UmAttOrder, Email2.LastVerbExecuted, Email2.CalendarType, Email2.ConversationId, Email2.ConversationIndex,
  Notes.MessageClass, Notes.LastModifiedDate,
  Find.SearchId, Find.Status, Find.Range, Find.Total,
]

/** Names of events. A client makes them of random digits; whoever makes them of words may put people into them. */
const identifiers: readonly Tag[] = [Calendar.UID, Calendar.ClientUid]
const identifierForm = /^[\dA-Fa-f{}-]{1,200}$/

const harmless = new Set(harmlessTexts.map((tag) => tag.key))
const personal = new Set(personalValues.map((tag) => tag.key))
const named = new Set(identifiers.map((tag) => tag.key))

/** Numbers, words of an enumeration, times: text that a phone puts in their place may be anything. */
const harmlessForm = /^(?:\s*-?\d{0,20}\s*|true|false|[A-Za-z]{1,16}|[\dTZ:.-]{1,32})$/
/** Our longest id has 256 characters, and so has what a phone says of itself. */
const harmlessBytesMax = 256

const nothing = new Uint8Array(0)

/** Whether this content of an element may say something about a person. */
export function isPrivate(tag: Tag, content: Uint8Array = nothing): boolean {
  if (content.length > harmlessBytesMax) return true
  if (harmless.has(tag.key)) return false
  if (named.has(tag.key)) return !identifierForm.test(Buffer.from(content).toString('latin1'))
  return personal.has(tag.key) || !harmlessKinds.has(tag.kind) || !harmlessForm.test(Buffer.from(content).toString('latin1'))
}
