// A contact of whom nothing is known, and the names by which one is shown and filed where nobody said them.
import type { Contact, PhoneNumbers, PostalAddress } from '../model/contact.ts'

const noPhones: PhoneNumbers = {
  assistant: '',
  business: '',
  business2: '',
  businessFax: '',
  car: '',
  companyMain: '',
  home: '',
  home2: '',
  homeFax: '',
  mobile: '',
  pager: '',
  radio: '',
  mms: '',
}
const noAddress: PostalAddress = { street: '', city: '', state: '', postalCode: '', country: '' }

/** A contact of whom nothing is known. */
export function emptyContact(uid: string): Contact {
  return {
    uid,
    fileAs: '',
    title: '',
    firstName: '',
    middleName: '',
    lastName: '',
    suffix: '',
    nickName: '',
    yomiFirstName: '',
    yomiLastName: '',
    yomiCompanyName: '',
    companyName: '',
    department: '',
    jobTitle: '',
    officeLocation: '',
    managerName: '',
    assistantName: '',
    spouse: '',
    children: [],
    emails: ['', '', ''],
    instantMessages: ['', '', ''],
    phones: noPhones,
    business: noAddress,
    home: noAddress,
    other: noAddress,
    webPage: '',
    birthday: null,
    anniversary: null,
    customerId: '',
    governmentId: '',
    accountName: '',
    alias: '',
    weightedRank: null,
    categories: [],
    text: null,
    picture: null,
    foreign: null,
  }
}

const joined = (separator: string, ...parts: readonly string[]) => parts.filter((part) => part !== '').join(separator)

/** Whatever tells a contact without a name from others. */
function lastResort({ companyName, nickName, emails, phones }: Contact): string {
  return [companyName, nickName, ...emails, phones.mobile, ...Object.values(phones)].find((name) => name !== '') ?? ''
}

/**
 * Under which name it is filed. MS-ASCNTC 2.2.2.30 leaves it open; as Outlook does it: `Last, First Middle`, else the company, and
 * where there is neither, whatever tells the contact from others, since a phone shows an empty line otherwise.
 */
export function filedAs(contact: Contact): string {
  const { fileAs, firstName, middleName, lastName } = contact
  if (fileAs !== '') return fileAs
  const person = joined(', ', lastName, joined(' ', firstName, middleName))
  return person === '' ? lastResort(contact) : person
}

/** The name as it is written on an envelope (FN of vCard). */
export function formattedName(contact: Contact): string {
  const { title, firstName, middleName, lastName, suffix, fileAs } = contact
  const person = joined(' ', title, firstName, middleName, lastName, suffix)
  return person !== '' ? person : fileAs === '' ? lastResort(contact) : fileAs
}
