// Who may log in: people found by what they type, with their groups, their state, and whether they may synchronise.
import { setImmediate as turn } from 'node:timers/promises'
import { PasswordPolicyControl, ResultCodeError, type Filter } from 'ldapts'
import type { Clock } from '../../model/clock.ts'
import { domainOf } from '../book.ts'
import { DirectoryUnavailable, type BindOutcome, type DirectoryUser } from '../directory.ts'
import { outcomeOf, policyOutcome, stateOf } from './account-state.ts'
import { dnKey, type LdapEntry } from './entry.ts'
import { all, any, equal } from './filters.ts'
import { GroupGraph, groupsOf, type GroupName } from './groups.ts'
import { addressesOf, idFilter, idOf } from './identity.ts'
import type { Schema } from './schema.ts'
import type { Servers } from './servers.ts'
import { keepLatest } from '../../model/bounded.ts'

/** Who of them may synchronise: whoever is in one of the groups, and matches the filter. */
export interface Enablement {
  /** `cn`, or a DN. */
  readonly enabledGroups: readonly string[]
  readonly enabledFilter: Filter | null
}

export interface PeopleParts {
  readonly servers: Servers
  readonly schema: () => Promise<Schema>
  readonly enablement: Enablement
  /** Where accounts may have addresses; empty for everywhere. */
  readonly mailDomains: ReadonlySet<string>
  readonly clock: Clock
}

const loginLettersMax = 256
/** Of thousands who are told, so many between two turns of everybody else: a few milliseconds. */
const atOnce = 200
/** Somebody's DN is asked for again after a while: he may have been moved. */
const namesMax = 10_000

export class People {
  readonly #parts: PeopleParts
  readonly #enabled: Filter | null
  /** Where those are who were found: a bind takes a DN. */
  readonly #names = new Map<string, string>()

  constructor(parts: PeopleParts) {
    this.#parts = parts
    this.#enabled = parts.enablement.enabledFilter
  }

  async find(login: string): Promise<DirectoryUser | null> {
    const schema = await this.#parts.schema()
    const entry = await this.#find(schema, loginFilter(schema, login))
    // Active Directory takes a letter with an accent for the one without, others take two spaces for one. Whoever slows down guesses
    // counts by what was typed: nobody has more names than are written down.
    return entry === null || !isCalled(schema, entry, login) ? null : this.#whole(schema, entry)
  }

  async byId(id: string): Promise<DirectoryUser | null> {
    const schema = await this.#parts.schema()
    const entry = await this.#find(schema, idFilter(schema, id))
    return entry === null ? null : this.#whole(schema, entry)
  }

  async bind(user: DirectoryUser, password: string): Promise<BindOutcome> {
    // RFC 4513 5.1.2: a server takes a name without a password for somebody who does not want to be known, and says yes.
    if (password === '') return 'wrong'
    // Servers written in C may read a password as far as a NUL: what begins with one is empty for them, and others have many spellings.
    if (password.includes('\0')) return 'wrong'
    const schema = await this.#parts.schema()
    const place = async () => (await this.#find(schema, idFilter(schema, user.id)))?.dn
    const remembered = this.#names.get(user.id)
    const outcome = await this.#bindAt(schema, remembered ?? (await place()), user, password)
    if (outcome !== 'wrong' || remembered === undefined) return outcome
    // He may have been moved: a password is not called wrong for that.
    const now = await place()
    return now === remembered ? outcome : this.#bindAt(schema, now, user, password)
  }

  async #bindAt({ flavour }: Schema, dn: string | undefined, { state }: DirectoryUser, password: string): Promise<BindOutcome> {
    if (dn === undefined || dn === '') return 'wrong'
    const policy = new PasswordPolicyControl()
    try {
      await this.#parts.servers.bind(dn, password, flavour.name === 'generic' ? [policy] : [])
    } catch (error) {
      if (!(error instanceof ResultCodeError)) throw error
      const outcome = outcomeOf(error.code, error.message)
      if (outcome === null) throw new DirectoryUnavailable(`the directory refuses to prove a password: ${error.message}`, { cause: error })
      // OpenLDAP says of each account it does not let in that it is locked, whatever the password is; the entry knows better why.
      const told = outcome === 'wrong' ? (policyOutcome(policy.value?.error) ?? outcome) : outcome
      return told === 'locked' && state !== 'good' ? state : told
    }
    return policyOutcome(policy.value?.error) ?? (state === 'good' ? 'right' : state)
  }

  async *users(): AsyncIterable<DirectoryUser> {
    const { servers } = this.#parts
    const schema = await this.#parts.schema()
    const { base, people } = schema
    const graph = await GroupGraph.read(servers, schema)
    const chosen = this.#enabled === null ? null : await this.#chosen(schema, this.#enabled)
    const entries = await servers.search({ base, filter: people, attributes: [...attributesFor(schema), 'memberOf'] })
    // Without it nobody could be told from whoever gets his name one day.
    if (entries.length > 0 && entries.every((entry) => idOf(schema, entry) === null)) {
      throw new DirectoryUnavailable(`the directory shows the ${schema.flavour.id} of nobody: see that directory.user may read it`)
    }
    for (const [index, entry] of entries.entries()) {
      if (index % atOnce === 0) await turn()
      const logins = schema.attributes.login.flatMap((attribute) => entry.texts(attribute))
      const user = this.#user(schema, entry, graph.of(entry, logins), chosen?.has(dnKey(entry.dn)) ?? true)
      if (user !== null) yield user
    }
  }

  /** Those who match a filter. */
  async #chosen({ base, people }: Schema, filter: Filter): Promise<ReadonlySet<string>> {
    const entries = await this.#parts.servers.search({ base, filter: all(people, filter), attributes: ['1.1'] })
    return new Set(entries.map(({ dn }) => dnKey(dn)))
  }

  async #find(schema: Schema, filter: Filter | null): Promise<LdapEntry | null> {
    if (filter === null) return null
    const { base, people } = schema
    const found = await this.#parts.servers.search({ base, filter: all(people, filter), attributes: attributesFor(schema), limit: 2 })
    return found.length === 1 ? (found[0] ?? null) : null
  }

  async #whole(schema: Schema, entry: LdapEntry): Promise<DirectoryUser | null> {
    const { servers } = this.#parts
    const [groups, matched] = await Promise.all([
      groupsOf(servers, schema, entry),
      this.#enabled === null
        ? true
        : servers
            .find({ base: entry.dn, scope: 'base', filter: this.#enabled, attributes: ['1.1'], limit: 1 })
            .then(({ length }) => length > 0),
    ])
    return this.#user(schema, entry, groups, matched)
  }

  #user(schema: Schema, entry: LdapEntry, groups: readonly GroupName[], matched: boolean): DirectoryUser | null {
    const id = idOf(schema, entry)
    if (id === null) return null
    this.#remember(id, entry.dn)
    return {
      id,
      displayName: entry.first(schema.attributes.displayName) ?? entry.first(schema.attributes.login) ?? id,
      addresses: addressesOf(schema, entry).filter((address) => this.#isOurs(address)),
      groups: [...new Set(groups.map(({ name }) => name))].toSorted(),
      state: stateOf(schema.flavour, entry, this.#parts.clock.now()),
      passwordStamp: entry.first(schema.attributes.passwordStamp),
      enabled: matched && this.#isChosen(groups),
    }
  }

  #isOurs(address: string): boolean {
    const { mailDomains } = this.#parts
    return mailDomains.size === 0 || mailDomains.has(domainOf(address))
  }

  #isChosen(groups: readonly GroupName[]): boolean {
    const { enabledGroups } = this.#parts.enablement
    if (enabledGroups.length === 0) return true
    const named = new Set(enabledGroups.flatMap((group) => [group.toLowerCase(), dnKey(group)]))
    return groups.some(({ name, dn }) => named.has(name.toLowerCase()) || named.has(dnKey(dn)))
  }

  #remember(id: string, dn: string): void {
    keepLatest(this.#names, id, dn, namesMax)
  }
}

function attributesFor({ flavour, attributes }: Schema): readonly string[] {
  const { login, displayName, addresses, passwordStamp } = attributes
  return [...new Set([flavour.id, 'userPrincipalName', ...login, ...displayName, ...addresses, ...passwordStamp, ...flavour.state])]
}

/** Whether this is written down as a name of somebody, in any letter case. */
function isCalled(schema: Schema, entry: LdapEntry, login: string): boolean {
  const name = spelled(login.slice(login.lastIndexOf('\\') + 1))
  const logins = [...schema.attributes.login, 'userPrincipalName'].flatMap((attribute) => entry.texts(attribute))
  return [...logins, ...addressesOf(schema, entry)].some((each) => spelled(each) === name)
}

const spelled = (name: string) => name.trim().normalize('NFC').toLowerCase()

/** Whom a login means; null where it can mean nobody. */
function loginFilter({ flavour, attributes, domain }: Schema, login: string): Filter | null {
  const name = login.trim().normalize('NFC')
  // Servers leave out what is not to be seen and take letters of another width for the plain ones (RFC 4518 2.2, 2.3): a name that has
  // as many spellings as one likes cannot be counted by whoever slows down guesses.
  const isPlain = !/\p{C}/u.test(name) && name.normalize('NFKC') === name
  if (name === '' || name.length > loginLettersMax || !isPlain) return null
  const backslash = name.lastIndexOf('\\')
  const bare = name.slice(backslash + 1)
  const byLogin = attributes.login.map((attribute) => equal(attribute, bare))
  if (backslash !== -1) {
    const isOurs = domain === null || name.slice(0, backslash).toLowerCase() === domain
    return isOurs && bare !== '' ? any(...byLogin) : null
  }
  if (!name.includes('@')) return any(...byLogin)
  const isActive = flavour.name === 'activeDirectory'
  return any(
    ...byLogin,
    ...attributes.addresses.map((attribute) => equal(attribute, /^proxyAddresses$/i.test(attribute) ? `smtp:${name}` : name)),
    ...(isActive ? [equal('userPrincipalName', name)] : []),
  )
}
