// The mail domains that are ours: nobody else's are answered for.
import { isIP } from 'node:net'
import type { Clock } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'
import type { Accounts } from '../store/accounts.ts'

export interface OwnDomainsParts {
  readonly accounts: Accounts
  readonly clock: Clock
  /** Named by the administrator. */
  readonly configured: readonly string[]
  /** What this server is called. */
  readonly names: readonly string[]
}

/** Anybody may ask, so the store is not asked every time. */
const rememberedSeconds = 60

export class OwnDomains {
  readonly #parts: OwnDomainsParts
  readonly #named: ReadonlySet<string>
  #known: { readonly at: Instant; readonly domains: Promise<ReadonlySet<string>> } | null = null

  constructor(parts: OwnDomainsParts) {
    this.#parts = parts
    this.#named = new Set([...parts.configured, ...parts.names.flatMap(domainsAround)])
  }

  /** Lower case. Rejects if the store does. */
  async has(domain: string): Promise<boolean> {
    return this.#named.has(domain) || (await this.#ofAccounts()).has(domain)
  }

  #ofAccounts(): Promise<ReadonlySet<string>> {
    const { accounts, clock } = this.#parts
    const now = clock.now()
    if (this.#known === null || now - this.#known.at > rememberedSeconds * 1000) {
      const domains = accounts.domains()
      this.#known = { at: now, domains }
      // What failed is asked again.
      domains.catch(() => (this.#known = null))
    }
    return this.#known.domains
  }
}

/**
 * `example.com` and `mail.example.com` for `mail.example.com`: a directory whose people have not been here yet has no accounts to tell
 * their domain.
 */
function domainsAround(name: string): string[] {
  const labels = isIP(name) === 0 ? name.split('.') : []
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'))
}
