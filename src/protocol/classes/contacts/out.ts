// A contact as a phone is told of it.
import { filedAs } from '../../../format/contact.ts'
import type { Contact } from '../../../model/contact.ts'
import { recordOf, type Item } from '../../../model/item.ts'
import type { PlainDay } from '../../../model/zone.ts'
import type { Mailbox } from '../../../store/mailbox.ts'
import type { Call } from '../../command.ts'
import { quirksOf } from '../../quirks.ts'
import type { Rendering } from '../class.ts'
import { categoriesOut } from '../categories.ts'
import { bodyOut } from '../record-body.ts'
import { dayFormOf, dayOut } from './day.ts'
import { pictureBytesMax } from './picture.ts'
import type { ContactData } from './schema.ts'
import { textsOf, type Texts } from './texts.ts'

/** The picture where it can travel: one that came by import and is too large would cost every phone that syncs it. */
async function pictureOf(item: Item, { picture }: Contact, mailbox: Mailbox, { trace }: Call): Promise<Uint8Array | null> {
  if (picture === null || picture.end <= picture.start) return null
  if (picture.end - picture.start > pictureBytesMax) {
    trace.note('picture left out', { item: item.id, bytes: picture.end - picture.start })
    return null
  }
  const source = await mailbox.source(item.id)
  const bytes = (await source?.read(picture.start, picture.end)) ?? null
  return bytes === null || bytes.length === 0 ? null : bytes
}

function days({ birthday, anniversary }: Contact, call: Call): Pick<ContactData, 'Birthday' | 'Anniversary'> {
  if (birthday === null && anniversary === null) return {}
  const form = dayFormOf(quirksOf(call.device))
  const zone = call.house.zoneOf(call.account)
  const out = (value: PlainDay | null) => (value === null ? undefined : (dayOut(value, form, zone) ?? undefined))
  return { Anniversary: out(anniversary), Birthday: out(birthday) }
}

/** The texts that say something, and for some clients an empty company around which the rest stands. */
function texts(contact: Contact, { device }: Call): Partial<Texts> {
  const told = Object.fromEntries(Object.entries(textsOf(contact)).filter(([, text]) => text !== ''))
  const { companyName, jobTitle, department, officeLocation, yomiCompanyName } = contact
  const isBare = companyName === '' && `${jobTitle}${department}${officeLocation}${yomiCompanyName}` !== ''
  return isBare && quirksOf(device).companyTold ? { ...told, CompanyName: '' } : told
}

/**
 * The elements of a contact, always all of them: what a phone does not find it forgets. An item that could not be delivered again and
 * again comes with its names alone.
 */
export async function contactData(item: Item, rendering: Rendering, mailbox: Mailbox, call: Call): Promise<ContactData> {
  const contact = recordOf(item, 'Contacts')
  const named = { ...contact, fileAs: filedAs(contact) }
  if (rendering.aside) return { FileAs: named.fileAs, FirstName: contact.firstName, LastName: contact.lastName }
  const { categories, children } = contact
  const picture = await pictureOf(item, contact, mailbox, call)
  return {
    ...texts(named, call),
    ...days(contact, call),
    ...(categories.length === 0 ? {} : { Categories: { Category: categoriesOut(categories) } }),
    ...(children.length === 0 ? {} : { Children: { Child: children } }),
    ...(picture === null ? {} : { Picture: picture }),
    Body: bodyOut(contact.text, rendering.options, rendering.extent),
  }
}
