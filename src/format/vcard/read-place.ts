// Properties with parts, and those of which a contact has several: names, firms, addresses, numbers, days, pictures.
import { binaryOf } from './binary.ts'
import { isYearOmitted, readDay } from './day.ts'
import { componentsOf, divided, unescaped } from './escape.ts'
import { anyKind, phoneKinds, phoneNumber, phoneTypes } from './phone.ts'
import { isPlain, take, takeOne, typesOf, without, type PropertyReader } from './reading.ts'
import type { CardLine } from './line.ts'

export const name: PropertyReader = (line, reading) => {
  const components = componentsOf(line.value)
  if (components.every((parts) => parts.length === 0)) return 'dropped'
  if (take(reading, 'name') === null) return 'foreign'
  const [lastName = '', firstName = '', middleName = '', title = '', suffix = ''] = components.map((parts) => parts.join(' '))
  Object.assign(reading.draft, { lastName, firstName, middleName, title, suffix })
  const isSimple = components.length <= 5 && components.every((parts) => parts.length <= 1)
  return { place: 'name', plain: isSimple && isPlain(line) }
}

export const organization: PropertyReader = (line, reading) => {
  const [company = '', ...units] = divided(line.value, ';').map(unescaped)
  const departments = units.filter((unit) => unit.trim() !== '')
  if (company.trim() === '' && departments.length === 0) return 'dropped'
  if (take(reading, 'organization') === null) return 'foreign'
  reading.draft.companyName = company
  reading.draft.department = departments.join(', ')
  return { place: 'organization', plain: units.length <= 1 && isPlain(line, 'work') }
}

function addressPlace(types: ReadonlySet<string>): 'business' | 'home' | 'other' {
  if (types.has('home')) return 'home'
  return types.has('work') ? 'business' : 'other'
}

export const address: PropertyReader = (line, reading) => {
  const parts = componentsOf(line.value)
  if (parts.every((part) => part.length === 0)) return 'dropped'
  const place = addressPlace(typesOf(line))
  if (take(reading, place) === null) return 'foreign'
  const part = (index: number) => (parts[index] ?? []).join(', ')
  // A box and a floor have no place of their own: lines of the street.
  const lines = parts.slice(0, 3).flat()
  reading.draft[place] = { street: lines.join('\n'), city: part(3), state: part(4), postalCode: part(5), country: part(6) }
  const isSimple = parts.slice(0, 2).flat().length === 0 && parts.every((one) => one.length <= 1) && parts.length <= 7
  return { place, plain: isSimple && isPlain(line, place === 'business' ? 'work' : place) }
}

/** What stands on the envelope goes with the address that has the same types. */
export const label: PropertyReader = (line) => ({ beside: addressPlace(typesOf(line)) })

/** Untyped numbers wait until those with a type have their places. */
export function isUntyped(line: CardLine): boolean {
  return line.name === 'tel' && phoneKinds(typesOf(line)).length === 0
}

export const telephone: PropertyReader = (line, reading) => {
  const number = phoneNumber(line)
  if (number.trim() === '') return 'dropped'
  const known = phoneKinds(typesOf(line))
  const kinds = isUntyped(line) ? anyKind : known
  const place = takeOne(
    reading,
    line,
    kinds.map((kind) => `phones.${kind}`),
  )
  const kind = kinds.find((one) => `phones.${one}` === place)
  if (place === null || kind === undefined) return 'foreign'
  reading.draft.phones[kind] = number
  const types = phoneTypes[kind].map((type) => type.toLowerCase())
  const isOurs = known.length > 0 && line.name === 'tel' && unescaped(line.value) === number
  return { place, plain: isOurs && isPlain(line, ...types, 'voice') }
}

const three = [0, 1, 2] as const

export const email: PropertyReader = (line, reading) => {
  // As a phone wrote it, with the name that it put before the address.
  const [mailbox] = line.parameters.get('x-mailbox') ?? []
  const value = mailbox ?? unescaped(line.value)
  if (value.trim() === '') return 'dropped'
  const places = three.map((index) => `emails.${index}`)
  const index = three[places.indexOf(takeOne(reading, line, places) ?? '')]
  if (index === undefined) return 'foreign'
  reading.draft.emails[index] = value
  return { place: `emails.${index}`, plain: isPlain(without(line, 'x-mailbox'), 'internet') }
}

/** An address for messages. `scheme`: that of a property for one service alone. */
export function instantMessage(scheme: string | null): PropertyReader {
  return (line, reading) => {
    const value = unescaped(line.value)
    if (value.trim() === '') return 'dropped'
    const places = three.map((index) => `instantMessages.${index}`)
    const index = three[places.indexOf(takeOne(reading, line, places) ?? '')]
    if (index === undefined) return 'foreign'
    // `im:` says that nobody knows the service (RFC 3860).
    reading.draft.instantMessages[index] = scheme === null ? value.replace(/^im:/i, '') : `${scheme}:${value}`
    return { place: `instantMessages.${index}`, plain: scheme === null && isPlain(line) }
  }
}

export function day(field: 'birthday' | 'anniversary'): PropertyReader {
  return (line, reading) => {
    const found = readDay(unescaped(line.value))
    if (found === null || line.parameters.get('value')?.[0]?.toLowerCase() === 'text') return 'foreign'
    if (take(reading, field) === null) return 'foreign'
    reading.draft[field] = found.day
    const [omitted] = line.parameters.get('x-apple-omit-year') ?? []
    const isYearKnown = omitted === undefined || (isYearOmitted(omitted) && found.day.startsWith(omitted))
    return { place: field, plain: !found.more && isYearKnown && isPlain(without(line, 'x-apple-omit-year')) }
  }
}

/** A day to which Apple gave a label. */
export const labelledDay: PropertyReader = (line, reading) =>
  line.group !== null && reading.labels.get(line.group) === 'anniversary' ? day('anniversary')(line, reading) : 'foreign'

/** More than any address book puts into a card. */
const pictureBytesMax = 8 * 1024 * 1024

export const photo: PropertyReader = (line, reading) => {
  const binary = binaryOf(line)
  if (binary !== null && binary.bytes.length > pictureBytesMax) return 'dropped'
  if (binary === null || binary.bytes.length === 0) return line.value.trim() === '' ? 'dropped' : 'foreign'
  if (take(reading, 'picture') === null) return 'foreign'
  reading.picture = binary.bytes
  return { place: 'picture', plain: true }
}
