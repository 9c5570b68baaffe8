// Places: what of a contact one property of a card fills, and whether it still says there what the card said.
import { createHash } from 'node:crypto'
import type { Contact } from '../../model/contact.ts'
import { filedAs, formattedName } from '../contact.ts'

/** A field of a contact, `phones.home` and the like, or several that one property says together. */
export type Place = string

/** Properties of a card that fill several fields at once, or none. */
const joined: Readonly<Record<string, (contact: Contact) => unknown>> = {
  name: ({ lastName, firstName, middleName, title, suffix }) => [lastName, firstName, middleName, title, suffix],
  organization: ({ companyName, department }) => [companyName, department],
  formattedName,
  filedAs,
}

function valueAt(contact: Contact, place: Place): unknown {
  const whole = joined[place]
  if (whole !== undefined) return whole(contact)
  return place.split('.').reduce<unknown>((value, part) => Reflect.get(Object(value), part), contact)
}

/** A mark of what stands in a place now: another one means that somebody wrote there. */
export function markOf(contact: Contact, place: Place): string {
  const value = JSON.stringify(valueAt(contact, place) ?? null)
  return createHash('sha256').update(value).digest('base64url').slice(0, 16)
}
