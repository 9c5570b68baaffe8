// The documents of ResolveRecipients (MS-ASCMD 2.2.1.15).
import { ResolveRecipients as Page } from '../../../wbxml/pages.ts'
import {
  base64,
  bytes,
  container,
  dateTime,
  emptyOr,
  integer,
  many,
  oneOfNumbers,
  optional,
  since,
  text,
  type Encodable,
  type Infer,
} from '../../../wbxml/schema.ts'

/** MS-ASCMD 2.2.3.100, 2.2.3.101. */
const most = { min: 0, max: 9999 }

const Picture = emptyOr(
  container(Page.Picture, [optional(integer(Page.MaxSize, { min: 0 })), optional(integer(Page.MaxPictures, { min: 0 }))]),
)

export const ResolveRecipientsRequest = container(Page.ResolveRecipients, [
  many(text(Page.To)),
  optional(
    container(Page.Options, [
      optional(oneOfNumbers(Page.CertificateRetrieval, [1, 2, 3])),
      optional(integer(Page.MaxCertificates, most)),
      optional(integer(Page.MaxAmbiguousRecipients, most)),
      since('14.0', optional(container(Page.Availability, [dateTime(Page.StartTime), optional(dateTime(Page.EndTime))]))),
      since('14.1', optional(Picture)),
    ]),
  ),
])
export type ResolveOptions = NonNullable<Infer<typeof ResolveRecipientsRequest>['Options']>

const Availability = container(Page.Availability, [integer(Page.Status), optional(text(Page.MergedFreeBusy))])
export type Availability = Encodable<typeof Availability>

const Certificates = container(Page.Certificates, [
  integer(Page.Status),
  optional(integer(Page.CertificateCount)),
  optional(integer(Page.RecipientCount)),
  many(base64(Page.Certificate)),
  optional(base64(Page.MiniCertificate)),
])
export type Certificates = Encodable<typeof Certificates>

const Recipient = container(Page.Recipient, [
  integer(Page.Type),
  text(Page.DisplayName),
  text(Page.EmailAddress),
  optional(Availability),
  optional(Certificates),
  optional(container(Page.Picture, [integer(Page.Status), optional(bytes(Page.Data))])),
])
export type Recipient = Encodable<typeof Recipient>

const Response = container(Page.Response, [text(Page.To), integer(Page.Status), optional(integer(Page.RecipientCount)), many(Recipient)])
export type Response = Encodable<typeof Response>

export const ResolveRecipientsResponse = container(Page.ResolveRecipients, [integer(Page.Status), many(Response)])
