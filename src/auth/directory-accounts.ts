// The accounts of a directory's people: made at the first login, linked by address, and kept as the directory says.
import type { Logger } from 'pino'
import type { DirectoryUser } from '../directory/directory.ts'
import type { Account } from '../model/account.ts'
import { StoreFailure } from '../store/failure.ts'
import type { AccountChange } from '../store/accounts.ts'
import type { Store } from '../store/store.ts'

/** Why the directory keeps somebody out; null where it does not. */
export function barredBecause({ state, enabled, addresses }: DirectoryUser): string | null {
  if (state !== 'good') return state
  if (!enabled) return 'not-enabled'
  return addresses.length === 0 ? 'without-address' : null
}

/** What became of an account: `standing` if it is out or in again, `groups` if others choose its policy now. */
export type Kept = { readonly account: Account; readonly changed: 'nothing' | 'names' | 'groups' | 'standing' }

export class DirectoryAccounts {
  readonly #store: Pick<Store, 'accounts'>
  readonly #log: Logger
  /** A phone's first requests come together: its account is made once. */
  readonly #making = new Map<string, Promise<Account | null>>()

  constructor(store: Pick<Store, 'accounts'>, log: Logger) {
    this.#store = store
    this.#log = log
  }

  /** The account of somebody; null if he has none. */
  known({ id }: DirectoryUser): Promise<Account | null> {
    return this.#store.accounts.byDirectoryId(id)
  }

  /** The account of somebody, made or linked if he has none; null for who may not have one. */
  async welcome(user: DirectoryUser): Promise<Account | null> {
    const known = await this.known(user)
    if (known !== null || barredBecause(user) !== null) return known
    const underWay = this.#making.get(user.id)
    if (underWay !== undefined) return underWay
    const making = this.#make(user).finally(() => this.#making.delete(user.id))
    this.#making.set(user.id, making)
    return making
  }

  /** Makes the account what the directory says of its owner; with `barred`, all but whether he is out: that is not written. */
  async keep(account: Account, user: DirectoryUser, barred = barredBecause(user)): Promise<Kept> {
    const groups = [...user.groups].toSorted()
    const isBarredElse = account.barred !== barred
    const isGroupedElse = groups.join('\0') !== [...account.groups].toSorted().join('\0')
    const addresses = await this.#addresses(account, user)
    const isNamedElse = addresses !== null || account.displayName !== user.displayName
    if (!isBarredElse && !isGroupedElse && !isNamedElse) return { account, changed: 'nothing' }
    // Somebody may have been shut out since the account was read: whoever only comes in must not open it again.
    const standing = isBarredElse ? { barred } : {}
    const change: AccountChange = { ...standing, groups, displayName: user.displayName, ...(addresses === null ? {} : { addresses }) }
    const kept = await this.#store.accounts.change(account.id, change)
    return { account: kept, changed: isBarredElse ? 'standing' : isGroupedElse ? 'groups' : 'names' }
  }

  /** Shuts an account; its mailbox stays. */
  bar(account: Account, why: string): Promise<Account> {
    return this.#store.accounts.change(account.id, { barred: why })
  }

  async #make(user: DirectoryUser): Promise<Account | null> {
    const { accounts } = this.#store
    const [primary, ...others] = user.addresses
    if (primary === undefined) return null
    const { id: directoryId, displayName, groups } = user
    const held = await accounts.byAddress(primary)
    if (held !== null && held.directoryId !== null) {
      this.#log.warn({ account: held.id, address: primary }, 'two people of the directory have one address: the second gets no account')
      return null
    }
    if (held !== null) {
      // Its password is the directory's from now on.
      const linked = await accounts.change(held.id, { directoryId, passwordHash: null, barred: null, groups, displayName })
      this.#log.info({ account: linked.id }, 'an account was linked to the directory')
      return (await this.keep(linked, user)).account
    }
    try {
      const made = await accounts.create({ addresses: [primary], displayName, passwordHash: null, directoryId })
      this.#log.info({ account: made.id }, 'an account was made for somebody of the directory')
      if (groups.length === 0 && others.length === 0) return made
      const addresses: [string, ...string[]] = [primary, ...(await this.#free(made, others))]
      return await accounts.change(made.id, { groups, addresses })
    } catch (error) {
      if (error instanceof StoreFailure && error.reason === 'address-taken') return this.known(user)
      throw error
    }
  }

  /** The addresses an account should have, if it has others. */
  async #addresses(account: Account, { addresses: [primary, ...others] }: DirectoryUser): Promise<[string, ...string[]] | null> {
    if (primary === undefined) return null
    if ([primary, ...others].join('\0') === account.addresses.join('\0')) return null
    const [first, ...rest] = await this.#free(account, [primary, ...others])
    // Somebody else's address stays his.
    if (first !== primary) return null
    return [first, ...rest].join('\0') === account.addresses.join('\0') ? null : [first, ...rest]
  }

  /** Those that are nobody else's. */
  async #free(account: Account, addresses: readonly string[]): Promise<readonly string[]> {
    const owners = await Promise.all(addresses.map((address) => this.#store.accounts.byAddress(address)))
    return addresses.filter((_, index) => {
      const owner = owners[index]
      return owner === null || owner === undefined || owner.id === account.id
    })
  }
}
