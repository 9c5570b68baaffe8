// A contact as the lines of a card: place by place, and what was kept of the card it came from where that still holds.
import type { Contact, PhoneNumbers, PostalAddress } from '../../model/contact.ts'
import { formattedName } from '../contact.ts'
import { htmlToText } from '../html-text.ts'
import { parseAddresses } from '../address.ts'
import { pictureType, writeBinary } from './binary.ts'
import { writeDay, writeTime } from './day.ts'
import { escaped } from './escape.ts'
import { phoneKindsInOrder, phoneTypes } from './phone.ts'
import { keptLines } from './kept.ts'
import type { Place } from './place.ts'
import type { CardVersion, OutLine } from './write-line.ts'

type Parameters = OutLine['parameters']

function line(name: string, value: string, parameters: Parameters = []): OutLine {
  return { name, parameters, value }
}

const text = (name: string, value: string): OutLine[] => (value === '' ? [] : [line(name, escaped(value))])

/** Places of a kind are filled in their order: who stands behind a free one says which is his. */
function placeParameters(values: readonly string[], index: number): Parameters {
  return values.slice(0, index).includes('') ? [['X-PLACE', String(index + 1)]] : []
}

function addressLine(address: PostalAddress, type: string | null): OutLine[] {
  const { street, city, state, postalCode, country } = address
  if (street + city + state + postalCode + country === '') return []
  const parts = ['', '', street, city, state, postalCode, country].map(escaped)
  return [line('ADR', parts.join(';'), type === null ? [] : [['TYPE', type]])]
}

const pairs: Readonly<Partial<Record<keyof PhoneNumbers, keyof PhoneNumbers>>> = { home2: 'home', business2: 'business' }

function phoneLine(phones: PhoneNumbers, kind: keyof PhoneNumbers): OutLine[] {
  const first = pairs[kind]
  if (phones[kind] === '') return []
  const place: Parameters = first !== undefined && phones[first] === '' ? [['X-PLACE', '2']] : []
  return [line('TEL', escaped(phones[kind]), [['TYPE', ...phoneTypes[kind]], ...place])]
}

function emailLine(emails: Contact['emails'], index: number): OutLine[] {
  const mailbox = emails[index] ?? ''
  if (mailbox === '') return []
  const address = parseAddresses(mailbox)[0]?.address ?? ''
  const named: Parameters = address === mailbox || address === '' ? [] : [['X-MAILBOX', mailbox]]
  return [line('EMAIL', escaped(address === '' ? mailbox : address), [...named, ...placeParameters(emails, index)])]
}

function messageLine(handles: Contact['instantMessages'], index: number): OutLine[] {
  const handle = handles[index] ?? ''
  if (handle === '') return []
  const isAddress = /^[a-z][a-z0-9+.-]*:/i.test(handle) && !/^im:/i.test(handle)
  return [line('IMPP', escaped(isAddress ? handle : `im:${handle}`), placeParameters(handles, index))]
}

function dayLine(name: string, day: Contact['birthday'], version: CardVersion): OutLine[] {
  if (day === null) return []
  const { value, parameters } = writeDay(day, version)
  return [line(name, value, parameters)]
}

function relatedLine(type: 'spouse' | 'child', name: string, version: CardVersion): OutLine[] {
  if (name === '') return []
  if (version === '3.0') return [line(type === 'spouse' ? 'X-SPOUSE' : 'X-MS-CHILD', escaped(name))]
  const parameters: Parameters = [
    ['TYPE', type],
    ['VALUE', 'text'],
  ]
  return [line('RELATED', escaped(name), parameters)]
}

function noteLines({ text: note }: Contact): OutLine[] {
  if (note === null) return []
  if (note.type === 1) return text('NOTE', note.text)
  return [...text('NOTE', htmlToText(note.text).trim()), line('X-ALT-DESC', escaped(note.text), [['FMTTYPE', 'text/html']])]
}

function pictureLine(contact: Contact, source: Uint8Array, version: CardVersion): OutLine[] {
  const { picture } = contact
  if (picture === null) return []
  const bytes = source.subarray(picture.start, picture.end)
  const { value, parameters } = writeBinary({ type: pictureType(bytes), bytes }, version)
  return bytes.length === 0 ? [] : [line('PHOTO', value, parameters)]
}

function organizationLine({ companyName, department }: Contact): OutLine[] {
  if (companyName + department === '') return []
  return [line('ORG', department === '' ? escaped(companyName) : `${escaped(companyName)};${escaped(department)}`)]
}

/** Every place of a contact with the lines that say what stands there, in the order of writing. */
function* freshLines(contact: Contact, source: Uint8Array, version: CardVersion): Generator<readonly [Place, readonly OutLine[]]> {
  const { lastName, firstName, middleName, title, suffix, phones, emails, instantMessages, categories } = contact
  yield ['uid', text('UID', contact.uid)]
  yield ['formattedName', [line('FN', escaped(formattedName(contact)))]]
  yield ['name', [line('N', [lastName, firstName, middleName, title, suffix].map(escaped).join(';'))]]
  yield ['nickName', text('NICKNAME', contact.nickName)]
  yield ['fileAs', text('X-EVOLUTION-FILE-AS', contact.fileAs)]
  yield ['yomiFirstName', text('X-PHONETIC-FIRST-NAME', contact.yomiFirstName)]
  yield ['yomiLastName', text('X-PHONETIC-LAST-NAME', contact.yomiLastName)]
  yield ['yomiCompanyName', text('X-PHONETIC-ORG', contact.yomiCompanyName)]
  yield ['organization', organizationLine(contact)]
  yield ['jobTitle', text('TITLE', contact.jobTitle)]
  yield ['officeLocation', text('X-EASEL-OFFICE-LOCATION', contact.officeLocation)]
  yield ['managerName', text('X-MANAGER', contact.managerName)]
  yield ['assistantName', text('X-ASSISTANT', contact.assistantName)]
  yield ['spouse', relatedLine('spouse', contact.spouse, version)]
  yield ['children', contact.children.flatMap((name) => relatedLine('child', name, version))]
  for (const index of [0, 1, 2]) yield [`emails.${index}`, emailLine(emails, index)]
  for (const index of [0, 1, 2]) yield [`instantMessages.${index}`, messageLine(instantMessages, index)]
  for (const kind of phoneKindsInOrder) yield [`phones.${kind}`, phoneLine(phones, kind)]
  yield ['business', addressLine(contact.business, 'WORK')]
  yield ['home', addressLine(contact.home, 'HOME')]
  yield ['other', addressLine(contact.other, null)]
  yield ['webPage', text('URL', contact.webPage)]
  yield ['birthday', dayLine('BDAY', contact.birthday, version)]
  yield ['anniversary', dayLine(version === '3.0' ? 'X-ANNIVERSARY' : 'ANNIVERSARY', contact.anniversary, version)]
  yield ['categories', categories.length === 0 ? [] : [line('CATEGORIES', categories.map(escaped).join(','))]]
  yield ['text', noteLines(contact)]
  yield ['customerId', text('X-EASEL-CUSTOMER-ID', contact.customerId)]
  yield ['governmentId', text('X-EASEL-GOVERNMENT-ID', contact.governmentId)]
  yield ['accountName', text('X-EASEL-ACCOUNT-NAME', contact.accountName)]
  yield ['alias', text('X-EASEL-ALIAS', contact.alias)]
  yield ['weightedRank', contact.weightedRank === null ? [] : [line('X-EASEL-WEIGHTED-RANK', String(contact.weightedRank))]]
  yield ['picture', pictureLine(contact, source, version)]
}

/** The lines of a card between its begin and its end. */
export function cardLines(contact: Contact, source: Uint8Array, version: CardVersion): OutLine[] {
  const { byPlace, others } = keptLines(contact, version)
  const lines: OutLine[] = []
  for (const [place, fresh] of freshLines(contact, source, version)) {
    const kept = byPlace.get(place)
    if (kept === undefined) lines.push(...fresh)
    else {
      const order = fresh[0]?.parameters.filter(([name]) => name === 'X-PLACE') ?? []
      lines.push(...kept.map((one) => ({ ...one, parameters: [...one.parameters, ...order] })))
    }
  }
  return [...lines, ...others, ...(contact.modified === undefined ? [] : [line('REV', writeTime(contact.modified))])]
}
