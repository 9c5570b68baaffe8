// What an entry is known by: its lasting id, and its addresses.
import type { Filter } from 'ldapts'
import type { LdapEntry } from './entry.ts'
import { equal } from './filters.ts'
import type { Schema } from './schema.ts'

const addressesMax = 100

/** The lasting id of an entry; null where the directory tells none, or it may not be read. */
export function idOf({ flavour }: Schema, entry: LdapEntry): string | null {
  if (flavour.name === 'generic') return entry.text(flavour.id)?.toLowerCase() ?? null
  const [bytes] = entry.bytes(flavour.id)
  return bytes?.length === 16 ? bytes.toString('hex') : null
}

/** Finds the entry with this id; null for what cannot be one. */
export function idFilter({ flavour }: Schema, id: string): Filter | null {
  if (flavour.name === 'generic') return /^[0-9a-z-]{1,64}$/.test(id) ? equal(flavour.id, id) : null
  return /^[0-9a-f]{32}$/.test(id) ? equal(flavour.id, Buffer.from(id, 'hex')) : null
}

/** Every address, lower case, the primary one first: `mail`, or what Exchange writes as `SMTP:` in capitals. */
export function addressesOf({ attributes }: Schema, entry: LdapEntry): readonly string[] {
  const found = attributes.addresses.flatMap((attribute) => {
    const values = entry.texts(attribute)
    if (!/^proxyAddresses$/i.test(attribute)) return values
    const mail = values.filter((value) => /^smtp:/i.test(value))
    return mail.toSorted((one, other) => Number(other.startsWith('SMTP:')) - Number(one.startsWith('SMTP:'))).map((value) => value.slice(5))
  })
  const addresses = found.filter((value) => /^[^\s@<>"(),:;[\]\\]+@[^\s@<>"(),:;[\]\\]+$/.test(value) && value.length <= 254)
  return [...new Set(addresses.map((address) => address.normalize('NFC').toLowerCase()))].slice(0, addressesMax)
}
