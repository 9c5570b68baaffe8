// The policies in force, held in memory: which one an account has is asked with every request.
import type { Account } from '../model/account.ts'
import { defaultPolicyName, type Policy } from '../model/policy.ts'
import type { Policies } from '../store/policies.ts'
import { assertSpeakable } from './document.ts'

export interface PolicyBook {
  /** The account's own, else that of its group with the lowest rank, else the default. */
  policyFor(account: Account): Policy
  /** By rank, then by name; the default last, whether it is stored or comes from the configuration. */
  all(): readonly Policy[]
  /** Whether the policy of this name is in the store: a default from the configuration is not. */
  isStored(name: string): boolean
  /** The book as it would be with this policy in it, in the place of the one of its name. Nothing is kept. */
  supposing(policy: Policy): Pick<PolicyBook, 'policyFor' | 'all'>
  /** Reads the store again: something was changed in it. */
  reload(): Promise<void>
}

class Book implements PolicyBook {
  readonly #policies: Policies
  readonly #configured: Policy
  #stored: readonly Policy[] = []
  /** An account that is changed, or read again, is another object. */
  #chosen = new WeakMap<Account, Policy>()

  constructor(policies: Policies, configured: Policy, stored: readonly Policy[] = []) {
    this.#policies = policies
    this.#configured = configured
    this.#stored = stored
  }

  async reload(): Promise<void> {
    this.#stored = (await this.#policies.list()).toSorted(byRank)
    this.#chosen = new WeakMap()
  }

  supposing(policy: Policy): Book {
    const others = this.#stored.filter(({ name }) => name !== policy.name)
    return new Book(this.#policies, this.#configured, [...others, policy].toSorted(byRank))
  }

  get #fallback(): Policy {
    return this.#named(defaultPolicyName) ?? this.#configured
  }

  #named(name: string): Policy | undefined {
    return this.#stored.find((policy) => policy.name === name)
  }

  policyFor(account: Account): Policy {
    const known = this.#chosen.get(account)
    if (known !== undefined) return known
    const policy = this.#choose(account)
    this.#chosen.set(account, policy)
    return policy
  }

  #choose(account: Account): Policy {
    const own = account.policy === null ? undefined : this.#named(account.policy)
    if (own !== undefined) return own
    // The default's groups would say nothing: everybody without another policy has it.
    const ofGroup = this.#stored.find(({ name, groups }) => name !== defaultPolicyName && groups.some((group) => belongs(account, group)))
    return ofGroup ?? this.#fallback
  }

  all(): readonly Policy[] {
    return [...this.#stored.filter(({ name }) => name !== defaultPolicyName), this.#fallback]
  }

  isStored(name: string): boolean {
    return this.#named(name) !== undefined
  }
}

/** Databases have orders of their own for names: who gets which policy must not depend on that. */
function byRank(one: Policy, other: Policy): number {
  return one.rank - other.rank || (one.name < other.name ? -1 : 1)
}

/** Directories write the names of groups in any letter case. */
function belongs(account: Account, group: string): boolean {
  return account.groups.some((own) => own.toLowerCase() === group.toLowerCase())
}

/** Opens the book. Throws RangeError where the configured policy asks for what no phone accepts. */
export async function openPolicyBook(policies: Policies, configured: Policy): Promise<PolicyBook> {
  assertSpeakable(configured)
  const book = new Book(policies, configured)
  await book.reload()
  return book
}
