// The directory over LDAP: Active Directory, OpenLDAP and their kin.
import type { Logger } from 'pino'
import type { DirectoryConfig } from '../config.ts'
import type { Clock } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'
import { DirectoryUnavailable, type Directory, type DirectoryRange, type DirectoryUser } from './directory.ts'
import { Gal } from './ldap/gal.ts'
import { configured } from './ldap/filters.ts'
import { People } from './ldap/people.ts'
import { readSchema, type Schema, type SchemaSettings } from './ldap/schema.ts'
import { Servers } from './ldap/servers.ts'

export interface LdapDirectoryOptions {
  readonly config: DirectoryConfig
  readonly clock: Clock
  readonly log: Logger
}

/** How long it is believed what a directory said of itself. */
const schemaSeconds = 3600

/** The directory of these servers; none is asked yet. Throws a ConfigError for a filter that is none. */
export function createLdapDirectory(options: LdapDirectoryOptions): Directory {
  return new LdapDirectory(options)
}

class LdapDirectory implements Directory {
  readonly #settings: SchemaSettings
  readonly #clock: Clock
  readonly #servers: Servers
  readonly #people: People
  readonly #gal: Gal
  #schema: { readonly at: Instant; readonly read: Promise<Schema> } | null = null

  constructor({ config, clock, log }: LdapDirectoryOptions) {
    const { servers: urls, tls, ca, connectSeconds, answerSeconds, credentials, requestsMax } = config
    this.#clock = clock
    const addresses = urls.map((url) => ({ url, startTls: tls === 'required', ca, connectSeconds, answerSeconds }))
    this.#servers = new Servers({ addresses, credentials, requestsMax, clock, log })
    const { enabledGroups, lettersMin, foundMax, separateDomains } = config
    const enabledFilter = configured('enabledFilter', config.enabledFilter)
    const hiddenFilter = configured('hiddenFilter', config.hiddenFilter)
    this.#settings = { ...config, people: configured('userFilter', config.userFilter) }
    const shared = { servers: this.#servers, schema: () => this.#known(), clock }
    this.#people = new People({ ...shared, mailDomains: new Set(config.mailDomains), enablement: { enabledGroups, enabledFilter } })
    this.#gal = new Gal({ ...shared, hiddenFilter, rules: { lettersMin, foundMax, separateDomains } })
  }

  search(text: string, range: DirectoryRange, asker: string) {
    return this.#gal.search(text, range, asker)
  }

  photo(id: string) {
    return this.#gal.photo(id)
  }

  certificates(id: string) {
    return this.#gal.certificates(id)
  }

  members(id: string, limit: number, asker: string) {
    return this.#gal.members(id, limit, asker)
  }

  find(login: string) {
    return this.#people.find(login)
  }

  byId(id: string) {
    return this.#people.byId(id)
  }

  bind(user: DirectoryUser, password: string) {
    return this.#people.bind(user, password)
  }

  users() {
    return this.#people.users()
  }

  async health() {
    try {
      const { flavour, base } = await readSchema(this.#servers, this.#settings)
      const kind = flavour.name === 'activeDirectory' ? 'Active Directory' : 'an LDAP directory'
      return { ok: true, sentence: `${this.#servers.current ?? 'a server'} answers: ${kind}, ${base}` }
    } catch (error) {
      if (error instanceof DirectoryUnavailable) return { ok: false, sentence: error.message }
      throw error
    }
  }

  close() {
    this.#servers.close()
    return Promise.resolve()
  }

  #known(): Promise<Schema> {
    const now = this.#clock.now()
    if (this.#schema !== null && now - this.#schema.at < schemaSeconds * 1000) return this.#schema.read
    const before = this.#schema
    const read = readSchema(this.#servers, this.#settings)
    this.#schema = { at: now, read }
    // What was known stays good where it cannot be read again.
    read.catch(() => (this.#schema = before))
    return before === null ? read : before.read
  }
}
