// The document of the Contacts class (MS-ASCNTC 2.2.2): its elements, of two code pages, as they travel both ways.
import { AirSync, Contacts, Contacts2 } from '../../../wbxml/pages.ts'
import {
  base64,
  container,
  dateTime,
  integer,
  many,
  nullable,
  optional,
  since,
  text,
  type Encodable,
  type Infer,
} from '../../../wbxml/schema.ts'
import { Body } from '../email-schema.ts'
import { RecordBody } from '../record-body.ts'

/** Elements of one text each. All of them can be ghosted. Of two numbers of a kind the first comes first: AOSP knows them by their order. */
export const textFields = [
  optional(text(Contacts.AssistantName)),
  optional(text(Contacts.AssistantPhoneNumber)),
  optional(text(Contacts.BusinessPhoneNumber)),
  optional(text(Contacts.Business2PhoneNumber)),
  optional(text(Contacts.BusinessAddressCity)),
  optional(text(Contacts.BusinessAddressCountry)),
  optional(text(Contacts.BusinessAddressPostalCode)),
  optional(text(Contacts.BusinessAddressState)),
  optional(text(Contacts.BusinessAddressStreet)),
  optional(text(Contacts.BusinessFaxNumber)),
  optional(text(Contacts.CarPhoneNumber)),
  optional(text(Contacts.CompanyName)),
  optional(text(Contacts.Department)),
  optional(text(Contacts.Email1Address)),
  optional(text(Contacts.Email2Address)),
  optional(text(Contacts.Email3Address)),
  optional(text(Contacts.FileAs)),
  optional(text(Contacts.FirstName)),
  optional(text(Contacts.HomePhoneNumber)),
  optional(text(Contacts.Home2PhoneNumber)),
  optional(text(Contacts.HomeAddressCity)),
  optional(text(Contacts.HomeAddressCountry)),
  optional(text(Contacts.HomeAddressPostalCode)),
  optional(text(Contacts.HomeAddressState)),
  optional(text(Contacts.HomeAddressStreet)),
  optional(text(Contacts.HomeFaxNumber)),
  optional(text(Contacts.JobTitle)),
  optional(text(Contacts.LastName)),
  optional(text(Contacts.MiddleName)),
  optional(text(Contacts.MobilePhoneNumber)),
  optional(text(Contacts.OfficeLocation)),
  optional(text(Contacts.OtherAddressCity)),
  optional(text(Contacts.OtherAddressCountry)),
  optional(text(Contacts.OtherAddressPostalCode)),
  optional(text(Contacts.OtherAddressState)),
  optional(text(Contacts.OtherAddressStreet)),
  optional(text(Contacts.PagerNumber)),
  optional(text(Contacts.RadioPhoneNumber)),
  optional(text(Contacts.Spouse)),
  optional(text(Contacts.Suffix)),
  optional(text(Contacts.Title)),
  optional(text(Contacts.WebPage)),
  optional(text(Contacts.YomiCompanyName)),
  optional(text(Contacts.YomiFirstName)),
  optional(text(Contacts.YomiLastName)),
  optional(text(Contacts2.AccountName)),
  optional(text(Contacts2.CompanyMainPhone)),
  optional(text(Contacts2.CustomerId)),
  optional(text(Contacts2.GovernmentId)),
  optional(text(Contacts2.IMAddress)),
  optional(text(Contacts2.IMAddress2)),
  optional(text(Contacts2.IMAddress3)),
  optional(text(Contacts2.ManagerName)),
  optional(text(Contacts2.MMS)),
  optional(text(Contacts2.NickName)),
] as const
export type TextName = (typeof textFields)[number]['name']

const Categories = container(Contacts.Categories, [many(text(Contacts.Category))])
const Children = container(Contacts.Children, [many(text(Contacts.Child))])

/** A contact in an answer of Sync. */
export const ContactData = container(AirSync.ApplicationData, [
  ...textFields,
  optional(dateTime(Contacts.Anniversary)),
  optional(dateTime(Contacts.Birthday)),
  optional(Categories),
  optional(Children),
  optional(base64(Contacts.Picture)),
  optional(Body),
])
export type ContactData = Encodable<typeof ContactData>

/**
 * A contact as a client adds or changes it; what comes empty is to be cleared. Alias and WeightedRank are read and kept, but belong to
 * the recipient cache alone, which is not built: no answer tells them (MS-ASCNTC 2.2.2.2, 2.2.2.64).
 */
export const ContactChange = container(AirSync.ApplicationData, [
  ...textFields,
  optional(nullable(dateTime(Contacts.Anniversary))),
  optional(nullable(dateTime(Contacts.Birthday))),
  optional(Categories),
  optional(Children),
  optional(base64(Contacts.Picture)),
  since('14.0', optional(text(Contacts.Alias))),
  since('14.0', optional(nullable(integer(Contacts.WeightedRank)))),
  optional(RecordBody),
])
export type ContactChange = Infer<typeof ContactChange>
