// Where each element that is one text has its place in a contact.
import type { Contact, PostalAddress } from '../../../model/contact.ts'
import type { TextName } from './schema.ts'

/** Every such element; '' where nothing is known. */
export type Texts = Readonly<Record<TextName, string>>

/** The texts of a contact by the names they travel under. */
export function textsOf(contact: Contact): Texts {
  const { phones, business, home, other, emails, instantMessages } = contact
  return {
    AssistantName: contact.assistantName,
    AssistantPhoneNumber: phones.assistant,
    Business2PhoneNumber: phones.business2,
    BusinessAddressCity: business.city,
    BusinessAddressCountry: business.country,
    BusinessAddressPostalCode: business.postalCode,
    BusinessAddressState: business.state,
    BusinessAddressStreet: business.street,
    BusinessFaxNumber: phones.businessFax,
    BusinessPhoneNumber: phones.business,
    CarPhoneNumber: phones.car,
    CompanyName: contact.companyName,
    Department: contact.department,
    Email1Address: emails[0],
    Email2Address: emails[1],
    Email3Address: emails[2],
    FileAs: contact.fileAs,
    FirstName: contact.firstName,
    Home2PhoneNumber: phones.home2,
    HomeAddressCity: home.city,
    HomeAddressCountry: home.country,
    HomeAddressPostalCode: home.postalCode,
    HomeAddressState: home.state,
    HomeAddressStreet: home.street,
    HomeFaxNumber: phones.homeFax,
    HomePhoneNumber: phones.home,
    JobTitle: contact.jobTitle,
    LastName: contact.lastName,
    MiddleName: contact.middleName,
    MobilePhoneNumber: phones.mobile,
    OfficeLocation: contact.officeLocation,
    OtherAddressCity: other.city,
    OtherAddressCountry: other.country,
    OtherAddressPostalCode: other.postalCode,
    OtherAddressState: other.state,
    OtherAddressStreet: other.street,
    PagerNumber: phones.pager,
    RadioPhoneNumber: phones.radio,
    Spouse: contact.spouse,
    Suffix: contact.suffix,
    Title: contact.title,
    WebPage: contact.webPage,
    YomiCompanyName: contact.yomiCompanyName,
    YomiFirstName: contact.yomiFirstName,
    YomiLastName: contact.yomiLastName,
    AccountName: contact.accountName,
    CompanyMainPhone: phones.companyMain,
    CustomerId: contact.customerId,
    GovernmentId: contact.governmentId,
    IMAddress: instantMessages[0],
    IMAddress2: instantMessages[1],
    IMAddress3: instantMessages[2],
    ManagerName: contact.managerName,
    MMS: phones.mms,
    NickName: contact.nickName,
  }
}

function addressOf(texts: Texts, kind: 'Business' | 'Home' | 'Other'): PostalAddress {
  return {
    street: texts[`${kind}AddressStreet`],
    city: texts[`${kind}AddressCity`],
    state: texts[`${kind}AddressState`],
    postalCode: texts[`${kind}AddressPostalCode`],
    country: texts[`${kind}AddressCountry`],
  }
}

/** A contact's fields that are these texts. */
export function fieldsOf(texts: Texts) {
  return {
    fileAs: texts.FileAs,
    title: texts.Title,
    firstName: texts.FirstName,
    middleName: texts.MiddleName,
    lastName: texts.LastName,
    suffix: texts.Suffix,
    nickName: texts.NickName,
    yomiFirstName: texts.YomiFirstName,
    yomiLastName: texts.YomiLastName,
    yomiCompanyName: texts.YomiCompanyName,
    companyName: texts.CompanyName,
    department: texts.Department,
    jobTitle: texts.JobTitle,
    officeLocation: texts.OfficeLocation,
    managerName: texts.ManagerName,
    assistantName: texts.AssistantName,
    spouse: texts.Spouse,
    emails: [texts.Email1Address, texts.Email2Address, texts.Email3Address],
    instantMessages: [texts.IMAddress, texts.IMAddress2, texts.IMAddress3],
    phones: {
      assistant: texts.AssistantPhoneNumber,
      business: texts.BusinessPhoneNumber,
      business2: texts.Business2PhoneNumber,
      businessFax: texts.BusinessFaxNumber,
      car: texts.CarPhoneNumber,
      companyMain: texts.CompanyMainPhone,
      home: texts.HomePhoneNumber,
      home2: texts.Home2PhoneNumber,
      homeFax: texts.HomeFaxNumber,
      mobile: texts.MobilePhoneNumber,
      pager: texts.PagerNumber,
      radio: texts.RadioPhoneNumber,
      mms: texts.MMS,
    },
    business: addressOf(texts, 'Business'),
    home: addressOf(texts, 'Home'),
    other: addressOf(texts, 'Other'),
    webPage: texts.WebPage,
    customerId: texts.CustomerId,
    governmentId: texts.GovernmentId,
    accountName: texts.AccountName,
  } as const satisfies Partial<Contact>
}
