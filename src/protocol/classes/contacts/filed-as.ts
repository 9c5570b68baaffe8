// Under which name a contact is filed where nobody said so.
import type { Contact } from '../../../model/contact.ts'

const joined = (separator: string, ...parts: readonly string[]) => parts.filter((part) => part !== '').join(separator)

/**
 * MS-ASCNTC 2.2.2.30 leaves it open. As Outlook does it: `Last, First Middle`, else the company; and where there is neither, whatever
 * tells the contact from others, since a phone shows an empty line otherwise.
 */
export function filedAs(contact: Contact): string {
  const { fileAs, firstName, middleName, lastName, companyName, nickName, emails, phones } = contact
  if (fileAs !== '') return fileAs
  const person = joined(', ', lastName, joined(' ', firstName, middleName))
  return [person, companyName, nickName, ...emails, phones.mobile, ...Object.values(phones)].find((name) => name !== '') ?? ''
}
