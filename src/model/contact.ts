// A contact (MS-ASCNTC), with the fields that phones know.
import type { Instant } from './id.ts'
import type { Foreign, RecordText, Stretch } from './record.ts'
import type { PlainDay } from './zone.ts'

export interface PostalAddress {
  readonly street: string
  readonly city: string
  readonly state: string
  readonly postalCode: string
  readonly country: string
}

/** Numbers by what they are for, as many of a kind as ActiveSync has places for; '' where there is none. */
export interface PhoneNumbers {
  readonly assistant: string
  readonly business: string
  readonly business2: string
  readonly businessFax: string
  readonly car: string
  readonly companyMain: string
  readonly home: string
  readonly home2: string
  readonly homeFax: string
  readonly mobile: string
  readonly pager: string
  readonly radio: string
  readonly mms: string
}

/** Texts are '' where nothing is known. */
export interface Contact {
  /** As vCard names it. */
  readonly uid: string
  readonly fileAs: string
  readonly title: string
  readonly firstName: string
  readonly middleName: string
  readonly lastName: string
  readonly suffix: string
  readonly nickName: string
  readonly yomiFirstName: string
  readonly yomiLastName: string
  readonly yomiCompanyName: string
  readonly companyName: string
  readonly department: string
  readonly jobTitle: string
  readonly officeLocation: string
  readonly managerName: string
  readonly assistantName: string
  readonly spouse: string
  readonly children: readonly string[]
  /** At most three, in their places: '' where a place is free. Each as a phone sent it, perhaps with a display name. */
  readonly emails: readonly [string, string, string]
  readonly instantMessages: readonly [string, string, string]
  readonly phones: PhoneNumbers
  readonly business: PostalAddress
  readonly home: PostalAddress
  readonly other: PostalAddress
  readonly webPage: string
  readonly birthday: PlainDay | null
  readonly anniversary: PlainDay | null
  readonly customerId: string
  readonly governmentId: string
  readonly accountName: string
  readonly alias: string
  /** MS-ASCNTC 2.2.2.58: of the recipient cache; null otherwise. */
  readonly weightedRank: number | null
  readonly categories: readonly string[]
  readonly text: RecordText | null
  /** Where in the item's source the picture lies (JPEG, PNG, GIF …). */
  readonly picture: Stretch | null
  readonly foreign: Foreign | null
  /** When it was last written, and by whomever; missing where nobody said. */
  readonly modified?: Instant
}
