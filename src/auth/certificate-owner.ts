// Whom a client certificate means, by what its authority says of those it issues.
import type { Account } from '../model/account.ts'
import type { Certificate } from '../model/certificate.ts'
import type { Accounts } from '../store/accounts.ts'
import type { ReadCertificate } from './chain/certificate.ts'
import { namesOf, type ClientAuthority } from './client-authorities.ts'
import { certificateKey, type OwnCertificates } from './own-certificates.ts'
import type { Roster } from './password-source.ts'

export interface OwnerOptions {
  readonly roster: Roster
  readonly accounts: Pick<Accounts, 'byId'>
  /** Another array as soon as it holds others. */
  readonly authorities: () => readonly ClientAuthority[]
  /** Null where we issue none. */
  readonly own: OwnCertificates | null
}

/** Each path here is one that leads to one of the authorities. */
export class CertificateOwners {
  readonly #options: OwnerOptions

  constructor(options: OwnerOptions) {
    this.#options = options
  }

  #authorityOf(path: readonly ReadCertificate[]): ClientAuthority | null {
    const fingerprint = path.at(-1)?.fingerprint
    return this.#options.authorities().find(({ certificate }) => certificate.fingerprint === fingerprint) ?? null
  }

  /**
   * Whether our authority signed it, whoever else vouches for that key: it may stand below the company's, or in the list of other
   * authorities as well. What we revoked is out all the same.
   */
  isOurs([leaf, issuer]: readonly ReadCertificate[]): boolean {
    if (leaf === undefined || issuer === undefined) return false
    const key = certificateKey(leaf.x509, issuer.x509)
    return this.#options.own?.issuers().some(({ id }) => id === key.issuer) ?? false
  }

  /** What our own authority knows of a certificate of its; null if it never issued it. */
  async recordOf([leaf, issuer]: readonly ReadCertificate[]): Promise<Certificate | null> {
    const { own } = this.#options
    if (own === null || leaf === undefined || issuer === undefined) return null
    return own.find(certificateKey(leaf.x509, issuer.x509))
  }

  /** Null for nobody, and for a certificate that means several. Rejects with Unavailable. */
  async accountOf(path: readonly ReadCertificate[]): Promise<Account | null> {
    if (this.isOurs(path)) return this.#holderOf(path)
    const authority = this.#authorityOf(path)
    if (authority === null) return null
    for (const mapping of authority.mappings) {
      const found = await Promise.all(namesOf(path, mapping).map((name) => this.#options.roster.find(name, 'proven')))
      const accounts = new Map(found.flatMap((account) => (account === null ? [] : [[account.id, account] as const])))
      if (accounts.size > 1) return null
      const [account] = accounts.values()
      if (account !== undefined) return account
    }
    return null
  }

  /** Of those we issued ourselves the store knows whose they are; the roster, whether he still is somebody. */
  async #holderOf(path: readonly ReadCertificate[]): Promise<Account | null> {
    const { accounts, roster } = this.#options
    const record = await this.recordOf(path)
    const kept = record === null ? null : await accounts.byId(record.account)
    if (kept === null || kept.disabled) return kept
    const account = await roster.find(kept.address)
    return account?.id === kept.id ? account : null
  }
}
