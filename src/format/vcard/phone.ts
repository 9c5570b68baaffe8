// Telephone numbers: what the types of vCard mean among the places that a contact has for numbers, both ways.
import type { PhoneNumbers } from '../../model/contact.ts'
import { unescaped } from './escape.ts'
import type { CardLine } from './line.ts'

type Kind = keyof PhoneNumbers

/** As each is written; names with X- are understood by those who know them and harmless to others. */
export const phoneTypes: Readonly<Record<Kind, readonly string[]>> = {
  mobile: ['CELL'],
  home: ['HOME', 'VOICE'],
  home2: ['HOME', 'VOICE'],
  business: ['WORK', 'VOICE'],
  business2: ['WORK', 'VOICE'],
  homeFax: ['HOME', 'FAX'],
  businessFax: ['WORK', 'FAX'],
  companyMain: ['MAIN'],
  assistant: ['X-ASSISTANT'],
  car: ['CAR'],
  pager: ['PAGER'],
  radio: ['X-RADIO'],
  mms: ['X-MMS'],
}

/** In the order of writing. */
export const phoneKindsInOrder = [
  'mobile',
  'home',
  'home2',
  'business',
  'business2',
  'homeFax',
  'businessFax',
  'companyMain',
  'assistant',
  'car',
  'pager',
  'radio',
  'mms',
] as const satisfies readonly Kind[]

/** The first that fits counts: a mobile number for work is a mobile number. */
const meanings: readonly (readonly [types: readonly string[], kinds: readonly Kind[]])[] = [
  [['pager'], ['pager']],
  [['car'], ['car']],
  [['x-radio', 'radio', 'x-evolution-radio'], ['radio']],
  [['x-assistant', 'assistant', 'x-evolution-assistant'], ['assistant']],
  [['main', 'company', 'x-company', 'x-evolution-company'], ['companyMain']],
  [['x-mms', 'mms'], ['mms']],
  [['cell', 'mobile', 'iphone', 'x-mobile'], ['mobile']],
  [['home'], ['home', 'home2']],
  [['work'], ['business', 'business2']],
]

/** Where numbers go that nobody said the use of, once all others have their places. */
export const anyKind: readonly Kind[] = ['home', 'business', 'mobile', 'home2', 'business2']

/** The places for a number with these types (in lower case), best first; none where the types say nothing. */
export function phoneKinds(types: ReadonlySet<string>): readonly Kind[] {
  if (types.has('fax') || types.has('homefax') || types.has('workfax')) {
    return types.has('homefax') || (types.has('home') && !types.has('work')) ? ['homeFax'] : ['businessFax']
  }
  return meanings.find(([names]) => names.some((name) => types.has(name)))?.[1] ?? []
}

/** The number as people write it: `tel:` and what belongs to it are for machines (RFC 3966). */
export function phoneNumber({ value }: CardLine): string {
  const text = unescaped(value)
  if (!/^tel:/i.test(text)) return text
  const [number = '', ...rest] = text.slice(4).trim().split(';')
  const extension = rest.find((part) => /^ext=/i.test(part))?.slice(4)
  return extension === undefined ? number : `${number} ext. ${extension}`
}
