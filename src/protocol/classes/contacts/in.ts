// What a client's Add or Change makes of a contact: what it says, and what it leaves out (MS-ASCMD 2.2.3.24 and 2.2.3.179).
import type { CollectionOptions, Supported } from '../../../model/collection.ts'
import type { Contact } from '../../../model/contact.ts'
import type { PlainDay } from '../../../model/zone.ts'
import { emptyContact } from '../../../format/contact.ts'
import { speakable } from '../../../format/text.ts'
import { Contacts, type Tag } from '../../../wbxml/pages.ts'
import { Failure } from '../../error.ts'
import { categoriesIn } from '../categories.ts'
import { textIn } from '../record-body.ts'
import { pictureBytesMax } from './picture.ts'
import { textFields, type ContactChange, type TextName } from './schema.ts'
import { fieldsOf, textsOf, type Texts } from './texts.ts'

/** More than any client lets its user write into one line. */
const textCharsMax = 32 * 1024
/** MS-ASCNTC 2.2.2.20 */
const childrenMax = 300

/** What is particular to the client that speaks. */
export interface Manners {
  readonly day: (instant: number) => PlainDay
  /** In which form, and how much of it, the client was shown the notes. */
  readonly options: CollectionOptions
  /** An empty Picture does not take the picture away. */
  readonly emptyPictureUnchanged: boolean
  /** Categories that are left out stay, ghosted or not. */
  readonly categoriesStay: boolean
}

/** A contact and the bytes of its picture; none where it has no picture. */
export interface Pictured {
  readonly contact: Contact
  readonly picture: Uint8Array
}

const noBytes = new Uint8Array(0)
/**
 * Whether an element that a Change leaves out is kept (MS-ASCMD 2.2.3.179): those that Supported did not name, and none where the
 * client sent no Supported. It is so in every version: see docs/decisions/041.
 */
function isGhosted({ namespace, name }: Tag, supported: Supported): boolean {
  return supported !== null && !supported.includes(`${namespace}:${name}`)
}

function cleanText(text: string): string {
  if (text.length > textCharsMax) throw new Failure('ItemMalformed', `a text of ${text.length} characters`)
  return speakable(text).replaceAll(/\r\n?/g, '\n')
}

function mergeTexts(before: Contact, change: ContactChange, supported: Supported): Texts {
  const merged: Record<TextName, string> = { ...textsOf(before) }
  for (const { name, tag } of textFields) {
    const sent = change[name]
    if (sent !== undefined) merged[name] = cleanText(sent)
    else if (!isGhosted(tag, supported)) merged[name] = ''
  }
  return merged
}

function pictureIn(sent: Uint8Array | undefined, before: Uint8Array, manners: Manners): Uint8Array {
  // MS-ASCMD 2.2.3.24: a Picture that is left out stays, ghosted or not.
  if (sent === undefined || (sent.length === 0 && manners.emptyPictureUnchanged)) return before
  if (sent.length > pictureBytesMax) throw new Failure('ItemMalformed', `a picture of ${sent.length} bytes`)
  return sent
}

/** The contact after a client's Add (`before` knows nothing, `supported` is null) or Change. Throws ItemMalformed. */
export function mergeContact(before: Pictured, change: ContactChange, supported: Supported, manners: Manners): Pictured {
  const { contact } = before
  const left = <T>(tag: Tag, kept: T, cleared: T): T => (isGhosted(tag, supported) ? kept : cleared)
  const dayIn = (sent: number | null | undefined, kept: PlainDay | null, tag: Tag) =>
    sent === undefined ? left(tag, kept, null) : sent === null ? null : manners.day(sent)
  const { Categories, Children, Birthday, Anniversary, Picture, Body, Alias, WeightedRank } = change
  const picture = pictureIn(Picture, before.picture, manners)
  const children = Children?.Child.map((child) => cleanText(child).trim()).filter((child) => child !== '')
  return {
    picture,
    contact: {
      ...contact,
      ...fieldsOf(mergeTexts(contact, change, supported)),
      birthday: dayIn(Birthday, contact.birthday, Contacts.Birthday),
      anniversary: dayIn(Anniversary, contact.anniversary, Contacts.Anniversary),
      categories:
        Categories !== undefined
          ? categoriesIn(Categories.Category, contact.categories)
          : manners.categoriesStay
            ? contact.categories
            : left(Contacts.Categories, contact.categories, []),
      children: children === undefined ? left(Contacts.Children, contact.children, []) : children.slice(0, childrenMax),
      alias: Alias === undefined ? contact.alias : cleanText(Alias),
      weightedRank: WeightedRank === undefined ? contact.weightedRank : WeightedRank,
      // MS-ASCNTC 3.1.5.4: without a Body the notes stay.
      text: Body === undefined ? contact.text : textIn(Body, contact.text, manners.options),
      picture: picture.length === 0 ? null : { start: 0, end: picture.length },
    },
  }
}

/** Nothing known of it, and no picture. */
export function blank(uid: string): Pictured {
  return { contact: emptyContact(uid), picture: noBytes }
}
