// The documents of the Email class (MS-ASEMAIL 2.2.2): what a message looks like on the wire, both ways, in every version.
import { AirSync, AirSyncBase, Email, Email2, ItemOperations, Tasks } from '../../wbxml/pages.ts'
import {
  bool,
  bytes,
  container,
  dateTime,
  emptyOr,
  flag,
  integer,
  many,
  oneOfNumbers,
  optional,
  since,
  text,
  type Encodable,
  type Infer,
} from '../../wbxml/schema.ts'
import { MeetingRequest } from './meeting-request-schema.ts'

/** MS-ASAIRS 2.2.2.9. `Part` stands for `Data` in a multipart answer and never beside a Preview, about whose place the sources differ. */
export const Body = container(AirSyncBase.Body, [
  integer(AirSyncBase.Type),
  optional(integer(AirSyncBase.EstimatedDataSize)),
  // Only ever true: Windows Phone stops at a Truncated of 0.
  optional(bool(AirSyncBase.Truncated)),
  optional(text(AirSyncBase.Data)),
  optional(integer(ItemOperations.Part)),
  optional(text(AirSyncBase.Preview)),
])
export type Body = Encodable<typeof Body>

/** MS-ASAIRS 2.2.2.10: Status comes first. */
const BodyPart = container(AirSyncBase.BodyPart, [
  integer(AirSyncBase.Status),
  integer(AirSyncBase.Type),
  integer(AirSyncBase.EstimatedDataSize),
  optional(bool(AirSyncBase.Truncated)),
  optional(text(AirSyncBase.Data)),
  optional(text(AirSyncBase.Preview)),
])
export type BodyPart = Encodable<typeof BodyPart>

/** MS-ASAIRS 2.2.2.7. In Responses only ClientId and FileReference are told. */
export const Attachment = container(AirSyncBase.Attachment, [
  optional(text(AirSyncBase.DisplayName)),
  text(AirSyncBase.FileReference),
  optional(text(AirSyncBase.ClientId)),
  optional(integer(AirSyncBase.Method)),
  optional(integer(AirSyncBase.EstimatedDataSize)),
  optional(text(AirSyncBase.ContentId)),
  optional(text(AirSyncBase.ContentLocation)),
  optional(bool(AirSyncBase.IsInline)),
])
export type Attachment = Encodable<typeof Attachment>

/** MS-ASEMAIL 2.2.2.34. Its dates have separators, those of the Tasks page too. */
const Flag = container(Email.Flag, [
  optional(text(Tasks.Subject)),
  optional(oneOfNumbers(Email.Status, [0, 1, 2])),
  optional(text(Email.FlagType)),
  optional(dateTime(Tasks.DateCompleted)),
  optional(dateTime(Email.CompleteTime)),
  optional(dateTime(Tasks.StartDate)),
  optional(dateTime(Tasks.DueDate)),
  optional(dateTime(Tasks.UtcStartDate)),
  optional(dateTime(Tasks.UtcDueDate)),
  optional(bool(Tasks.ReminderSet)),
  optional(dateTime(Tasks.ReminderTime)),
  optional(dateTime(Tasks.OrdinalDate)),
  optional(text(Tasks.SubOrdinalDate)),
])
export type FlagIn = Infer<typeof Flag>
export type FlagOut = Encodable<typeof Flag>

const Categories = container(Email.Categories, [many(text(Email.Category))])

const mailFields = [
  optional(text(Email.To)),
  optional(text(Email.Cc)),
  optional(text(Email.From)),
  optional(text(Email.Subject)),
  optional(text(Email.ReplyTo)),
  optional(dateTime(Email.DateReceived)),
  optional(text(Email.DisplayTo)),
  optional(text(Email.ThreadTopic)),
  optional(integer(Email.Importance)),
  optional(bool(Email.Read)),
  optional(container(AirSyncBase.Attachments, [many(Attachment)])),
  optional(Body),
  optional(BodyPart),
  optional(text(Email.MessageClass)),
  optional(MeetingRequest),
  optional(text(Email.InternetCPID)),
  optional(emptyOr(Flag)),
  optional(text(Email.ContentClass)),
  optional(integer(AirSyncBase.NativeBodyType)),
  optional(bytes(Email2.ConversationId)),
  optional(bytes(Email2.ConversationIndex)),
  optional(integer(Email2.LastVerbExecuted)),
  optional(dateTime(Email2.LastVerbExecutionTime)),
  optional(bool(Email2.ReceivedAsBcc)),
  optional(text(Email2.Sender)),
  optional(Categories),
  optional(text(Email2.Bcc)),
  optional(bool(Email2.IsDraft)),
] as const

/** A message in an answer of Sync. */
export const MailData = container(AirSync.ApplicationData, mailFields)
export type MailData = Encodable<typeof MailData>
/** What a client may change of any message (MS-ASEMAIL 3.1.5.4). */
export const MailChange = container(AirSync.ApplicationData, [
  optional(bool(Email.Read)),
  optional(emptyOr(Flag)),
  since('14.0', optional(Categories)),
])
export type MailChange = Infer<typeof MailChange>

/** What a client must never change: a Change that holds one of these is malformed (MS-ASEMAIL 2.2.2.21, 2.2.2.42, 2.2.2.59, 2.2.2.70). */
const neverFields = [
  flag(Email2.ConversationId),
  flag(Email2.ConversationIndex),
  flag(Email2.IsDraft),
  flag(Email2.ReceivedAsBcc),
  flag(Email2.Sender),
  flag(Email2.LastVerbExecuted),
  flag(Email2.LastVerbExecutionTime),
] as const

/** The same for a message that is no draft: nothing but Read, Flag and Categories changes. */
export const ForeignToMail = container(AirSync.ApplicationData, [
  ...neverFields,
  flag(Email.To),
  flag(Email.Cc),
  flag(Email.From),
  flag(Email.Subject),
  flag(Email.ReplyTo),
  flag(Email.DateReceived),
  flag(Email.DisplayTo),
  flag(Email.ThreadTopic),
  flag(Email.Importance),
  flag(Email.MessageClass),
  flag(Email.InternetCPID),
  flag(Email.ContentClass),
  flag(Email2.Bcc),
  flag(Email2.Send),
  flag(AirSyncBase.Body),
  flag(AirSyncBase.Attachments),
])
export const ForeignToDraft = container(AirSync.ApplicationData, neverFields)

export const AttachmentAdd = container(AirSyncBase.Add, [
  text(AirSyncBase.ClientId),
  // iOS adds attachments without content when it means an old one.
  optional(bytes(AirSyncBase.Content)),
  optional(integer(AirSyncBase.Method)),
  optional(text(AirSyncBase.DisplayName)),
  optional(text(AirSyncBase.ContentType)),
  optional(text(AirSyncBase.ContentId)),
  optional(text(AirSyncBase.ContentLocation)),
  optional(bool(AirSyncBase.IsInline)),
])
export type AttachmentAdd = Infer<typeof AttachmentAdd>

/** A draft as a client of 16.x adds or changes it; what it leaves out stays as it is. */
export const DraftChange = container(AirSync.ApplicationData, [
  optional(text(Email.To)),
  optional(text(Email.Cc)),
  optional(text(Email2.Bcc)),
  optional(text(Email.From)),
  optional(text(Email.ReplyTo)),
  optional(text(Email.Subject)),
  optional(integer(Email.Importance, { min: 0, max: 2 })),
  optional(bool(Email.Read)),
  optional(emptyOr(Flag)),
  optional(Categories),
  // As bytes: MIME may come as OPAQUE, in any charset.
  optional(container(AirSyncBase.Body, [oneOfNumbers(AirSyncBase.Type, [1, 2, 4]), optional(bytes(AirSyncBase.Data))])),
  optional(
    container(AirSyncBase.Attachments, [
      optional(many(AttachmentAdd)),
      optional(many(container(AirSyncBase.Delete, [text(AirSyncBase.FileReference)]))),
    ]),
  ),
  flag(Email2.Send),
])
export type DraftChange = Infer<typeof DraftChange>
