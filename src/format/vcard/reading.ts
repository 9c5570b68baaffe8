// A card while it is read: the contact that comes of it, which places are taken, and what is kept beside because no place holds it.
import type { Contact, PhoneNumbers, PostalAddress } from '../../model/contact.ts'
import type { ForeignProperty, RecordText } from '../../model/record.ts'
import { emptyContact } from '../contact.ts'
import { speakable } from '../text.ts'
import { binaryOf, dataAddress } from './binary.ts'
import type { CardLine } from './line.ts'
import { markOf, type Place } from './place.ts'

type Open<T> = { -readonly [Key in keyof T]: T[Key] }

/** A contact that can still be written into. */
export interface Draft extends Omit<Open<Contact>, 'phones' | 'business' | 'home' | 'other' | 'emails' | 'instantMessages' | 'text'> {
  phones: Open<PhoneNumbers>
  business: PostalAddress
  home: PostalAddress
  other: PostalAddress
  emails: [string, string, string]
  instantMessages: [string, string, string]
  text: RecordText | null
}

/** What reading has come to. */
export interface Reading {
  readonly draft: Draft
  readonly taken: Set<Place>
  /** Apple's labels by the groups that they name, in lower case and without the wrapping of those that it translates. */
  readonly labels: ReadonlyMap<string, string>
  picture: Uint8Array | null
  /** FN, and KIND in lower case: what they are good for shows when all else is read. */
  formattedName: string
  kind: string
}

/** What a property means. */
export type PropertyReader = (line: CardLine, reading: Reading) => Laid

/** The first of these places that is free, taken now; null if none is. */
export function take({ taken }: Reading, ...places: readonly Place[]): Place | null {
  const free = places.find((place) => !taken.has(place)) ?? null
  if (free !== null) taken.add(free)
  return free
}

/** Several places of a kind: the one that the writer named, else the first that is free. */
export function takeOne(reading: Reading, { parameters }: CardLine, places: readonly Place[]): Place | null {
  const [wanted] = parameters.get('x-place') ?? []
  const named = places[Number(wanted) - 1]
  return named === undefined ? take(reading, ...places) : take(reading, named, ...places)
}

/** A line without one of its parameters. */
export function without(line: CardLine, parameter: string): CardLine {
  return { ...line, parameters: new Map([...line.parameters].filter(([name]) => name !== parameter)) }
}

/** Parameters of what is kept: which place it fills or stands beside, and the mark of what stood there when it was read. */
export const placeParameter = 'x-easel-place'
export const besideParameter = 'x-easel-beside'
export const markParameter = 'x-easel-mark'

/** What became of a line. */
export type Laid =
  /** It filled a place. `plain`: written anew it would say the same, so that the line itself need not be kept. */
  | { readonly place: Place; readonly plain: boolean }
  /** It says something about what stands in a place, and goes when that goes. */
  | { readonly beside: Place }
  /** Nothing here knows it: kept as it came. */
  | 'foreign'
  /** It says nothing worth keeping: an empty value, the time of the last change. */
  | 'dropped'

/** A contact to be written into, of whom nothing is known yet. */
export function emptyDraft(): Draft {
  const empty = emptyContact('')
  return { ...empty, phones: { ...empty.phones }, emails: ['', '', ''], instantMessages: ['', '', ''] }
}

/** The types of a line, in lower case. */
export function typesOf(line: CardLine): ReadonlySet<string> {
  return new Set((line.parameters.get('type') ?? []).map((type) => type.toLowerCase()))
}

/** Parameters that say how a value is written and not what it means. */
const technical: ReadonlySet<string> = new Set(['encoding', 'charset', 'value', 'x-place'])

/** Whether a line says nothing beside its value: no group with a label, no parameter, no type but these. */
export function isPlain(line: CardLine, ...types: readonly string[]): boolean {
  if (line.group !== null) return false
  for (const name of line.parameters.keys()) if (name !== 'type' && !technical.has(name)) return false
  return [...typesOf(line)].every((type) => types.includes(type))
}

/** A line as it is kept: its value is not looked into, except that bytes become a data: address, which both versions can be made of. */
export function foreignOf(line: CardLine): ForeignProperty {
  const binary = binaryOf(line)
  const parameters = [...line.parameters].filter(([name]) => name !== 'encoding' && name !== 'charset')
  const named = Object.fromEntries(parameters.map(([name, values]) => [name, values.map(speakable)]))
  const group = line.group === null ? {} : { group: line.group }
  return [line.name, { ...named, ...group }, 'unknown', binary === null ? speakable(line.value) : dataAddress(binary)]
}

/** The same, bound to a place: it goes when somebody else writes there. */
export function boundTo(property: ForeignProperty, parameter: string, place: Place, contact: Contact): ForeignProperty {
  const [name, parameters, type, ...values] = property
  return [name, { ...parameters, [parameter]: place, [markParameter]: markOf(contact, place) }, type, ...values]
}
