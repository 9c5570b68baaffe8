// The directory where there is no other: the accounts of the store, and whoever a file names besides.
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import type { AccountId, Instant } from '../model/id.ts'
import type { Accounts } from '../store/accounts.ts'
import { inOrder, isShown, pageOf, wordsOf, type BookRules } from './book.ts'
import type { Directory, DirectoryEntry, DirectoryUser } from './directory.ts'
import type { ListedEntry } from './static-file.ts'

export interface StaticDirectoryOptions {
  readonly accounts: Pick<Accounts, 'byAddress' | 'byId' | 'domains' | 'list' | 'passwordHash'>
  readonly clock: Clock
  readonly rules: BookRules
  /** Whoever is in the address book without an account. */
  readonly listed?: readonly ListedEntry[]
  /** Whether a password belongs to a stored hash; null stands for somebody who has none. */
  readonly verify: (stored: string | null, password: string) => Promise<boolean>
}

/** How old the list of accounts may be when it is searched. */
const listSeconds = 5

interface Indexed {
  readonly entry: DirectoryEntry
  /** The beginnings that find it, folded. */
  readonly keys: readonly string[]
}

/** The directory of the accounts. */
export function createStaticDirectory(options: StaticDirectoryOptions): Directory {
  return new StaticDirectory(options)
}

class StaticDirectory implements Directory {
  readonly #options: StaticDirectoryOptions
  readonly #listed: ReadonlyMap<string, ListedEntry>
  #index: { readonly at: Instant; readonly entries: Promise<readonly Indexed[]> } | null = null

  constructor(options: StaticDirectoryOptions) {
    this.#options = options
    this.#listed = new Map(options.listed?.map((listed) => [listed.entry.id, listed]))
  }

  async search(text: string, range: { from: number; to: number }, asker: string) {
    const { rules } = this.#options
    const words = wordsOf(text, rules)?.map(folded)
    if (words === undefined) return { entries: [], total: 0 }
    const found = (await this.#entries())
      .filter(({ keys }) => words.every((word) => keys.some((key) => key.startsWith(word))))
      .map(({ entry }) => entry)
      .filter((entry) => isShown(entry, asker, rules))
    return pageOf(found.slice(0, rules.foundMax), range)
  }

  async photo(id: string) {
    return (await this.#listedAs(id))?.photo ?? null
  }

  async certificates(id: string) {
    return (await this.#listedAs(id))?.certificates ?? []
  }

  async members(id: string, limit: number, asker: string) {
    const listed = this.#listed.get(id)
    if (listed === undefined || listed.entry.kind !== 'group') return { entries: [], total: 0 }
    const byAddress = new Map((await this.#entries()).map(({ entry }) => [entry.address, entry]))
    const members = new Map<string, DirectoryEntry>()
    const groups = new Set([id])
    // A Map that grows is walked to its end: a group that holds itself is met once.
    for (const group of groups) {
      for (const address of this.#listed.get(group)?.members ?? []) {
        const entry = byAddress.get(address)
        if (entry?.kind === 'group') groups.add(entry.id)
        else if (entry !== undefined) members.set(entry.id, entry)
      }
    }
    const shown = inOrder([...members.values()]).filter((entry) => isShown(entry, asker, this.#options.rules))
    return { entries: shown.slice(0, limit), total: shown.length }
  }

  async find(login: string): Promise<DirectoryUser | null> {
    const { accounts } = this.#options
    const name = login.slice(login.lastIndexOf('\\') + 1).trim()
    const addresses = name.includes('@') ? [name] : Array.from(await accounts.domains(), (domain) => `${name}@${domain}`)
    const found = new Map<string, Account>()
    for (const address of addresses) {
      const account = await accounts.byAddress(address)
      if (account !== null) found.set(account.id, account)
    }
    const [only] = found.values()
    return only !== undefined && found.size === 1 ? this.#user(only) : null
  }

  async byId(id: string): Promise<DirectoryUser | null> {
    const account = await this.#options.accounts.byId(id as AccountId)
    return account === null ? null : this.#user(account)
  }

  async bind(user: DirectoryUser, password: string) {
    if (password === '') return 'wrong'
    const stored = await this.#options.accounts.passwordHash(user.id as AccountId)
    if (!(await this.#options.verify(stored, password))) return 'wrong'
    return user.state === 'good' ? 'right' : user.state
  }

  async *users() {
    for (const account of await this.#options.accounts.list()) yield await this.#user(account)
  }

  health() {
    const count = this.#options.listed?.length ?? 0
    const besides = count === 0 ? '' : `, and ${count} ${count === 1 ? 'entry' : 'entries'} of directory.file`
    return Promise.resolve({ ok: true, sentence: `the accounts of this server are its directory${besides}` })
  }

  close() {
    return Promise.resolve()
  }

  async #user(account: Account): Promise<DirectoryUser> {
    const { id, displayName, addresses, groups, disabled } = account
    const passwordStamp = await this.#options.accounts.passwordHash(id)
    return { id, displayName, addresses, groups, state: disabled ? 'disabled' : 'good', enabled: true, passwordStamp }
  }

  /** What the file says of an entry, which may be that of an account. */
  async #listedAs(id: string): Promise<ListedEntry | undefined> {
    const listed = this.#listed.get(id)
    if (listed !== undefined || this.#listed.size === 0) return listed
    const account = await this.#options.accounts.byId(id as AccountId)
    return this.#listed.values().find(({ entry }) => entry.address !== null && entry.address === account?.address)
  }

  /** Everybody who is shown, in the order of their names. */
  #entries(): Promise<readonly Indexed[]> {
    const now = this.#options.clock.now()
    if (this.#index !== null && now - this.#index.at < listSeconds * 1000) return this.#index.entries
    const entries = this.#read()
    this.#index = { at: now, entries }
    entries.catch(() => (this.#index = null))
    return entries
  }

  async #read(): Promise<readonly Indexed[]> {
    const accounts = await this.#options.accounts.list()
    const hidden = new Set(Array.from(this.#listed.values(), (each) => (each.hidden ? each.entry.address : null)))
    const own = accounts.filter(({ disabled, addresses }) => !disabled && !addresses.some((each) => hidden.has(each))).map(entryOf)
    const taken = new Set(accounts.flatMap(({ addresses }) => addresses))
    // What the file says of somebody who has an account completes it.
    const besides = new Map(Array.from(this.#listed.values(), ({ entry }) => [entry.address, entry]))
    const merged = own.map((entry) => completed(entry, besides.get(entry.address)))
    const others = Array.from(this.#listed.values())
      .filter(({ entry: { address }, hidden: isHidden }) => !isHidden && (address === null || !taken.has(address)))
      .map(({ entry }) => entry)
    const addresses = new Map(accounts.map(({ id, addresses: all }) => [String(id), all]))
    return inOrder([...merged, ...others]).map((entry) => ({ entry, keys: keysOf(entry, addresses.get(entry.id) ?? []) }))
  }
}

function entryOf({ id, displayName, address }: Account): DirectoryEntry {
  return {
    id,
    kind: 'person',
    displayName,
    address,
    firstName: null,
    lastName: null,
    alias: address.slice(0, address.indexOf('@')),
    title: null,
    company: null,
    office: null,
    phone: null,
    homePhone: null,
    mobilePhone: null,
  }
}

function completed(entry: DirectoryEntry, listed: DirectoryEntry | undefined): DirectoryEntry {
  if (listed === undefined) return entry
  // An account that was added without a name is called by its address.
  const displayName = entry.displayName === entry.alias ? listed.displayName : entry.displayName
  return { ...listed, id: entry.id, displayName, alias: listed.alias ?? entry.alias }
}

/** Letters as people compare them: without case and accents. */
function folded(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
}

function keysOf({ displayName, firstName, lastName, alias, address }: DirectoryEntry, addresses: readonly string[]): readonly string[] {
  const names = [displayName, firstName, lastName, alias].filter((name) => name !== null)
  const keys = [...names.flatMap((name) => [name, ...name.split(/[\s,;.-]+/)]), address ?? '', ...addresses]
  return [...new Set(keys.filter((key) => key !== '').map(folded))]
}
