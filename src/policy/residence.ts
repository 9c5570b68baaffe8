// Where an account lives: here, at another front end, or under another address.
import type { Account } from '../model/account.ts'

/** Somewhere else: the server that has the account, or the address to begin anew with. */
export type Elsewhere =
  | { readonly kind: 'server'; /** `https://mail2.example.com`. */ readonly origin: string }
  | { readonly kind: 'address'; readonly address: string }

type Place =
  | { readonly kind: 'here' }
  | { readonly kind: 'server'; readonly origin: string }
  | { readonly kind: 'rename'; readonly to: string }

const groupMark = 'group:'

export class Residences {
  /** By address or domain, lower case. */
  readonly #places = new Map<string, Place>()
  /** By name, as the directory spells it. Apart from the others: what strangers ask for must not find them. */
  readonly #groups = new Map<string, Place>()

  /**
   * `moved` holds `WHO=WHERE` as the settings describe it. `isHere` knows this server's own name among others: front ends may share one
   * list.
   */
  constructor(moved: readonly string[], isHere: (origin: string) => boolean) {
    for (const rule of moved) {
      const at = rule.lastIndexOf('=')
      const [who, where] = [rule.slice(0, at), rule.slice(at + 1)]
      const told = placeOf(where)
      const place: Place = told.kind === 'server' && isHere(told.origin) ? { kind: 'here' } : told
      if (who.startsWith(groupMark)) this.#groups.set(who.slice(groupMark.length), place)
      else this.#places.set(who.toLowerCase(), place)
    }
  }

  /** Null for who lives here. The rule for an address counts before that for a group, and that for a domain last. */
  of(account: Account, address = account.address): Elsewhere | null {
    if (this.#places.size === 0 && this.#groups.size === 0) return null
    const byGroup = () => account.groups.map((group) => this.#groups.get(group)).find((found) => found !== undefined)
    const place = this.#places.get(address) ?? byGroup() ?? this.#places.get(domainOf(address))
    return place === undefined ? null : elsewhere(place, address)
  }

  /** Where everybody of a domain lives, whoever he is: nothing is said of single people. */
  ofStranger(address: string): Elsewhere | null {
    const place = this.#places.get(domainOf(address))
    return place === undefined ? null : elsewhere(place, address)
  }
}

/** Lower case; the whole text where there is no @. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}

function placeOf(where: string): Place {
  return where.startsWith('https://') ? { kind: 'server', origin: new URL(where).origin } : { kind: 'rename', to: where.toLowerCase() }
}

function elsewhere(place: Place, address: string): Elsewhere | null {
  if (place.kind === 'here') return null
  if (place.kind === 'server') return place
  return { kind: 'address', address: place.to.includes('@') ? place.to : `${address.slice(0, address.lastIndexOf('@'))}@${place.to}` }
}
