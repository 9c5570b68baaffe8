// An authority that issues mail certificates, good ones and others, and lists of those it revoked.
import { X509Certificate } from 'node:crypto'
import type { Instant } from '../../src/model/id.ts'
import { TestAuthority, x509 } from './authority.ts'

const day = 86_400_000
const emailProtection = '1.3.6.1.5.5.7.3.4'
const { digitalSignature, keyAgreement } = x509.KeyUsageFlags

export interface Issued {
  /** Days from now. */
  readonly from?: number
  readonly until?: number
  /** `both`: for signatures and encryption. */
  readonly usages?: 'both' | 'signing'
  /** OIDs; null leaves them out. */
  readonly purposes?: readonly string[] | null
  /** Where its issuer's list of revoked certificates lies. */
  readonly listUrl?: string
}

export class MailAuthority {
  readonly #authority: TestAuthority
  readonly #now: Instant

  private constructor(authority: TestAuthority, now: Instant) {
    this.#authority = authority
    this.#now = now
  }

  static async root(name: string, now: Instant): Promise<MailAuthority> {
    return new MailAuthority(await TestAuthority.make(now, { name, from: now - 1000 * day }), now)
  }

  get der(): Uint8Array {
    return this.#authority.der
  }

  get pem(): string {
    return this.#authority.pem
  }

  /** An authority below this one. */
  async below(name: string, issued: Issued = {}): Promise<MailAuthority> {
    const below = await TestAuthority.make(this.#now, { name, parent: this.#authority, ...this.#options(issued) })
    return new MailAuthority(below, this.#now)
  }

  /** A certificate for mail of this address (DER). */
  async issue(address: string, issued: Issued = {}): Promise<Uint8Array> {
    const { usages = 'both', purposes = [emailProtection] } = issued
    const keyUsage = usages === 'both' ? digitalSignature | keyAgreement : digitalSignature
    const names = [{ type: 'email', value: address }] as const
    return (await this.#authority.issue({ name: address, names, usages: purposes, keyUsage, ...this.#options(issued) })).der
  }

  /** The list of those it revoked (DER). */
  revoked(certificates: readonly Uint8Array[]): Promise<Uint8Array> {
    return this.#authority.list(certificates.map((der) => new X509Certificate(Buffer.from(der)).serialNumber))
  }

  #options({ from = -30, until = 365, listUrl }: Issued) {
    const extensions = listUrl === undefined ? [] : [new x509.CRLDistributionPointsExtension([listUrl])]
    return { from: this.#now + from * day, until: this.#now + until * day, extensions }
  }
}
