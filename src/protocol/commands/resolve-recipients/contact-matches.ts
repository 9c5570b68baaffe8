// Which of the user's contacts a recipient as he typed him may mean.
import { parseAddresses } from '../../../format/address.ts'
import { filedAs, formattedName } from '../../../format/contact.ts'
import type { Contact } from '../../../model/contact.ts'
import { classOfFolder } from '../../../model/folder.ts'
import { recordOf, type Item } from '../../../model/item.ts'
import type { Mailbox } from '../../../store/mailbox.ts'

/** A contact by one of its addresses. */
export interface ContactMatch {
  readonly item: Item
  readonly displayName: string
  /** In lower case. */
  readonly address: string
}

/** So many contacts that hold the words somewhere are looked at: notes hold many. */
const looked = 500
/** More words than anybody's name has. */
const wordsMax = 8

function folded(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
}

const wordsOf = (text: string) => text.split(/[\s,;]+/).filter((word) => word !== '')

function namesOf(contact: Contact): string[] {
  const { firstName, middleName, lastName, nickName, companyName, alias } = contact
  return [filedAs(contact), firstName, middleName, lastName, nickName, companyName, alias].flatMap((name) => wordsOf(folded(name)))
}

function addressesOf({ emails }: Contact): string[] {
  return emails.flatMap((email) => parseAddresses(email)[0]?.address.toLowerCase() ?? []).filter((address) => address.includes('@'))
}

/** The addresses of a contact that the text may mean: all where it is the beginning of names, else those that begin with it. */
function meant(contact: Contact, text: string): string[] {
  const names = namesOf(contact)
  const addresses = addressesOf(contact)
  const isNamed = wordsOf(folded(text)).every((word) => names.some((name) => name.startsWith(word)))
  return isNamed ? addresses : addresses.filter((address) => address.startsWith(text.toLowerCase()))
}

/** The contacts outside of Deleted Items that `text` may mean, each address once, in the order of their names. */
export async function contactsLike(text: string, mailbox: Mailbox): Promise<ContactMatch[]> {
  const words = wordsOf(text).slice(0, wordsMax)
  if (words.length === 0) return []
  const folders = (await mailbox.allFolders()).filter(({ type }) => classOfFolder(type) === 'Contacts').map(({ id }) => id)
  const query = { class: 'Contacts', text: words, folders, after: null, before: null, conversation: null } as const
  const { ids } = await mailbox.search(query, { from: 0, to: looked - 1 })
  const items = await mailbox.read(ids)
  const found = new Map<string, ContactMatch>()
  for (const item of items.values()) {
    const contact = recordOf(item, 'Contacts')
    for (const address of meant(contact, text)) {
      if (!found.has(address)) found.set(address, { item, displayName: formattedName(contact), address })
    }
  }
  return [...found.values()].toSorted((one, other) => one.displayName.localeCompare(other.displayName))
}
