// The address book of an LDAP directory: ambiguous names, pictures, certificates, and who is in a group.
import type { Filter } from 'ldapts'
import type { Clock } from '../../model/clock.ts'
import type { Instant } from '../../model/id.ts'
import { domainOf, inOrder, isShown, pageOf, wordsOf, type BookRules } from '../book.ts'
import type { AddressBook, DirectoryEntry, DirectoryRange } from '../directory.ts'
import { mailCertificates } from './certificates.ts'
import { dnKey, type LdapEntry } from './entry.ts'
import { all, any, endsWith, equal, inChain, not, present, startsWith } from './filters.ts'
import { everything, groupClasses, roomClasses } from './flavour.ts'
import { addressesOf, idFilter, idOf } from './identity.ts'
import type { Schema } from './schema.ts'
import type { Servers } from './servers.ts'
import { keepLatest } from '../../model/bounded.ts'

export interface GalParts {
  readonly servers: Servers
  readonly schema: () => Promise<Schema>
  readonly rules: BookRules
  readonly hiddenFilter: Filter | null
  readonly clock: Clock
}

/** A phone searches while its user types: the same beginning is asked for by many. */
const cacheSeconds = 60
const cacheMax = 500
/** No search reads more: Active Directory tells no more at once (MaxPageSize, MS-ADTS 3.1.1.3.4.6). */
const readMax = 1000
/** A picture that is larger than this is none for a phone. */
const photoBytesMax = 4 << 20
/** Groups larger than this are not written out. */
const membersMax = 2000
const groupDepthMax = 10
/** MS-OXOABK 2.2.3.11, as Exchange writes it into msExchRecipientDisplayType: a room, equipment. */
const roomTypes = new Set(['7', '8', '-2147481850', '-2147481594'])

export class Gal implements AddressBook {
  readonly #parts: GalParts
  readonly #hidden: Filter | null
  readonly #found = new Map<string, { readonly at: Instant; readonly entries: Promise<readonly DirectoryEntry[]> }>()

  constructor(parts: GalParts) {
    this.#parts = parts
    this.#hidden = parts.hiddenFilter === null ? null : not(parts.hiddenFilter)
  }

  async search(text: string, range: DirectoryRange, asker: string) {
    const { rules } = this.#parts
    const words = wordsOf(text, rules)
    if (words === null) return { entries: [], total: 0 }
    const found = await this.#remembered(words, rules.separateDomains ? domainOf(asker) : null)
    return pageOf(found.filter((entry) => isShown(entry, asker, rules)).slice(0, rules.foundMax), range)
  }

  async photo(id: string) {
    const schema = await this.#parts.schema()
    const entry = await this.#byId(schema, id, schema.attributes.photo)
    const photos = schema.attributes.photo.flatMap((attribute) => entry?.bytes(attribute) ?? [])
    return photos.find((photo) => photo.length <= photoBytesMax && isPicture(photo)) ?? null
  }

  async certificates(id: string) {
    const schema = await this.#parts.schema()
    const entry = await this.#byId(schema, id, schema.attributes.certificates)
    return mailCertificates(schema.attributes.certificates.flatMap((attribute) => entry?.bytes(attribute) ?? []))
  }

  async members(id: string, limit: number, asker: string) {
    const schema = await this.#parts.schema()
    const group = await this.#byId(schema, id, ['objectClass', 'member', 'uniqueMember', 'memberUid'])
    if (group === null || !group.isOf(groupClasses)) return { entries: [], total: 0 }
    const members = schema.flavour.name === 'activeDirectory' ? await this.#inChain(schema, group) : await this.#inside(schema, group)
    const entries = members.flatMap((entry) => (entry.isOf(groupClasses) || isHidden(entry) ? [] : (this.#entry(schema, entry) ?? [])))
    const shown = inOrder(entries).filter((entry) => isShown(entry, asker, this.#parts.rules))
    return { entries: shown.slice(0, limit), total: shown.length }
  }

  /** `domain`: the one whose people alone are looked for. */
  #remembered(words: readonly string[], domain: string | null): Promise<readonly DirectoryEntry[]> {
    const key = `${domain ?? ''} ${words.join(' ').toLowerCase()}`
    const now = this.#parts.clock.now()
    const known = this.#found.get(key)
    if (known !== undefined && now - known.at < cacheSeconds * 1000) return known.entries
    const entries = this.#ask(words, domain)
    keepLatest(this.#found, key, { at: now, entries }, cacheMax)
    entries.catch(() => this.#found.delete(key))
    return entries
  }

  async #ask(words: readonly string[], domain: string | null): Promise<readonly DirectoryEntry[]> {
    const { servers, rules } = this.#parts
    const schema = await this.#parts.schema()
    const those = domain === null ? mailFilter(schema) : domainFilter(schema, domain)
    const filter = all(those, nameFilter(schema, words), ...(this.#hidden === null ? [] : [this.#hidden]))
    // Those who have the domain in a further address only are not shown, and take no place among those who are.
    let limit = domain === null ? rules.foundMax : rules.foundMax * 10
    for (;;) {
      const found = await servers.search({ base: schema.base, filter, attributes: shownAttributes(schema), limit })
      const entries = found.flatMap((entry) => (isHidden(entry) ? [] : (this.#entry(schema, entry) ?? [])))
      // Who is hidden is known only once he is read: where such took the places of others, more are asked for.
      const isCrowded = entries.length < rules.foundMax && found.length >= limit
      if (!isCrowded || limit >= readMax) return inOrder(entries)
      limit = Math.min(limit * 10, readMax)
    }
  }

  async #byId(schema: Schema, id: string, attributes: readonly string[]): Promise<LdapEntry | null> {
    const filter = idFilter(schema, id)
    if (filter === null) return null
    const shown = all(filter, ...(this.#hidden === null ? [] : [this.#hidden]))
    const [entry] = await this.#parts.servers.search({
      base: schema.base,
      filter: shown,
      attributes: [...attributes, 'msExchHideFromAddressLists'],
      limit: 2,
    })
    return entry === undefined || isHidden(entry) ? null : entry
  }

  /** The people of a group as Active Directory tells them at once. */
  #inChain(schema: Schema, group: LdapEntry): Promise<readonly LdapEntry[]> {
    const filter = all(inChain('memberOf', group.dn), mailFilter(schema), ...(this.#hidden === null ? [] : [this.#hidden]))
    return this.#parts.servers.search({ base: schema.base, filter, attributes: shownAttributes(schema), limit: membersMax })
  }

  /** The people of a group, and of those in it, read one by one. */
  async #inside(schema: Schema, group: LdapEntry): Promise<readonly LdapEntry[]> {
    const people = new Map<string, LdapEntry>()
    const seen = new Set([dnKey(group.dn)])
    let groups: readonly LdapEntry[] = [group]
    for (let depth = 0; depth < groupDepthMax && groups.length > 0; depth++) {
      const names = groups.flatMap((each) => [...each.texts('member'), ...each.texts('uniqueMember')])
      const fresh = names.filter((dn) => seen.size < membersMax && !seen.has(dnKey(dn)) && seen.add(dnKey(dn)))
      const logins = groups.flatMap((each) => each.texts('memberUid')).slice(0, membersMax)
      const read = await Promise.all([...fresh.map((dn) => this.#at(schema, dn)), ...logins.map((login) => this.#called(schema, login))])
      const entries = read.flat()
      for (const entry of entries) if (!entry.isOf(groupClasses)) people.set(dnKey(entry.dn), entry)
      groups = entries.filter((entry) => entry.isOf(groupClasses))
    }
    return [...people.values()]
  }

  /** A DN of somebody who is gone is told as the base of a search that is not there. */
  async #at(schema: Schema, dn: string): Promise<readonly LdapEntry[]> {
    const attributes = [...shownAttributes(schema), 'member', 'uniqueMember', 'memberUid']
    return this.#parts.servers.find({ base: dn, scope: 'base', filter: this.#hidden ?? everything, attributes, limit: 1 })
  }

  #called(schema: Schema, login: string): Promise<readonly LdapEntry[]> {
    const filter = any(...schema.attributes.login.map((attribute) => equal(attribute, login)))
    return this.#parts.servers.search({ base: schema.base, filter, attributes: shownAttributes(schema), limit: 2 })
  }

  #entry(schema: Schema, entry: LdapEntry): DirectoryEntry | null {
    const { attributes } = schema
    const id = idOf(schema, entry)
    const [address = null] = addressesOf(schema, entry)
    if (id === null) return null
    return {
      id,
      kind: kindOf(entry),
      displayName: entry.first(attributes.displayName) ?? address ?? id,
      address,
      firstName: entry.first(attributes.firstName),
      lastName: entry.first(attributes.lastName),
      alias: entry.first(attributes.alias),
      title: entry.first(attributes.title),
      company: entry.first(attributes.company),
      office: entry.first(attributes.office),
      phone: entry.first(attributes.phone),
      homePhone: entry.first(attributes.homePhone),
      mobilePhone: entry.first(attributes.mobilePhone),
    }
  }
}

/** Exchange hides an entry so. Where the attribute is not in the schema, a filter with it would find nobody: it is read, and looked at here. */
function isHidden(entry: LdapEntry): boolean {
  return entry.text('msExchHideFromAddressLists')?.toUpperCase() === 'TRUE'
}

function kindOf(entry: LdapEntry): DirectoryEntry['kind'] {
  if (entry.isOf(groupClasses)) return 'group'
  return entry.isOf(roomClasses) || roomTypes.has(entry.text('msExchRecipientDisplayType') ?? '') ? 'resource' : 'person'
}

function shownAttributes({ flavour, attributes }: Schema): readonly string[] {
  const { photo: _photo, certificates: _certificates, passwordStamp: _stamp, ...shown } = attributes
  return [
    ...new Set([flavour.id, 'objectClass', 'msExchHideFromAddressLists', 'msExchRecipientDisplayType', ...Object.values(shown).flat()]),
  ]
}

/** Entries with an address: the others are machines, and accounts for machines. */
function mailFilter({ attributes }: Schema): Filter {
  return any(...attributes.addresses.map((attribute) => present(attribute)))
}

/** Entries with an address in this domain: a server that counts thousands of others first tells nothing of a small company. */
function domainFilter({ attributes }: Schema, domain: string): Filter {
  return any(...attributes.addresses.map((attribute) => endsWith(attribute, `@${domain}`)))
}

/** Ambiguous name resolution (MS-ADTS 3.1.1.3.1.3.3), and elsewhere the same by hand: every word begins a name. */
function nameFilter({ flavour, attributes }: Schema, words: readonly string[]): Filter {
  const whole = words.join(' ')
  const { displayName, firstName, lastName, alias, addresses, login } = attributes
  if (flavour.name === 'activeDirectory') return any(equal('anr', whole), ...addresses.map((attribute) => addressBegins(attribute, whole)))
  const names = [...new Set(['cn', ...displayName, ...firstName, ...lastName, ...alias, ...login, ...addresses])]
  const begins = (text: string) => any(...names.map((attribute) => startsWith(attribute, text)))
  return words.length === 1
    ? begins(whole)
    : any(all(...words.map(begins)), ...displayName.map((attribute) => startsWith(attribute, whole)))
}

/** `anr` knows addresses only where Exchange is. */
function addressBegins(attribute: string, text: string): Filter {
  return startsWith(attribute, /^proxyAddresses$/i.test(attribute) ? `smtp:${text}` : text)
}

/** JPEG or PNG, by how they begin. */
function isPicture(bytes: Uint8Array): boolean {
  const [first, second, third] = bytes
  return (first === 0xff && second === 0xd8 && third === 0xff) || (first === 0x89 && second === 0x50 && third === 0x4e)
}
