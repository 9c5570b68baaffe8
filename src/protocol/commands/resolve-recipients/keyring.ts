// The certificates of recipients, so that mail to them can be encrypted (MS-ASCMD 2.2.3.23.1).
import { isForEncryption } from '../../../auth/chain/purpose.ts'
import type { DirectoryEntry } from '../../../directory/directory.ts'
import type { Call } from '../../command.ts'
import { ask, askEach } from '../../people.ts'
import { contactCertificates } from './contact-belongings.ts'
import type { Match } from './matches.ts'
import type { Certificates, ResolveOptions } from './schema.ts'

/** MS-ASCMD 2.2.3.177.12, of Certificates. */
const status = { success: 1, noCertificate: 7, limitReached: 8 } as const

/** Certificates of one answer, whatever the phone would take: some 2 MB. */
const certificatesMax = 1000
/** Members of a group whose certificates are looked for; each costs the directory a question. */
const membersMax = 200

interface Owners {
  readonly entries: readonly DirectoryEntry[]
  readonly total: number
}

/** What one answer gives away; `of` is asked one recipient after the other. */
export class Keyring {
  readonly #retrieval: ResolveOptions['CertificateRetrieval']
  readonly #call: Call
  #left: number

  constructor({ CertificateRetrieval, MaxCertificates }: ResolveOptions, call: Call) {
    this.#retrieval = CertificateRetrieval ?? 1
    this.#call = call
    this.#left = Math.min(MaxCertificates ?? certificatesMax, certificatesMax)
  }

  /**
   * One certificate for a person, one for each member of a group, so that CertificateCount and RecipientCount can be compared; all of
   * them or none. undefined where none are asked for.
   */
  async of({ entry, contact }: Match): Promise<Certificates | undefined> {
    if (this.#retrieval === 1) return undefined
    if (contact !== null) return this.#given(this.#best([contactCertificates(contact)]), 1)
    const owners = await this.#ownersOf(entry)
    const RecipientCount = owners.total
    if (owners.total > owners.entries.length) return { Status: status.limitReached, CertificateCount: owners.total, RecipientCount }
    return this.#given(await this.#certificatesOf(owners.entries), RecipientCount)
  }

  #given(certificates: readonly Uint8Array[], RecipientCount: number): Certificates {
    const CertificateCount = certificates.length
    if (CertificateCount === 0) return { Status: status.noCertificate, CertificateCount, RecipientCount }
    // The schema has room for one MiniCertificate.
    const room = this.#retrieval === 3 ? Math.min(1, this.#left) : this.#left
    if (CertificateCount > room) return { Status: status.limitReached, CertificateCount, RecipientCount }
    this.#left -= CertificateCount
    const given = this.#retrieval === 3 ? { MiniCertificate: certificates[0] } : { Certificate: certificates }
    return { Status: status.success, CertificateCount, RecipientCount, ...given }
  }

  async #ownersOf(entry: DirectoryEntry): Promise<Owners> {
    if (entry.kind !== 'group') return { entries: [entry], total: 1 }
    const { account, house } = this.#call
    const owners = await ask(this.#call, (book) => book.members(entry.id, membersMax, account.address))
    // Who reads groups reads the address book.
    house.lookUps.charge(account.id, owners.entries.length)
    return owners
  }

  /** Of each the one that is good for longest; who has none is left out. */
  async #certificatesOf(owners: readonly DirectoryEntry[]): Promise<readonly Uint8Array[]> {
    return this.#best(await askEach(this.#call, owners, (book, { id }) => book.certificates(id)))
  }

  #best(found: readonly (readonly Uint8Array[])[]): Uint8Array[] {
    const now = this.#call.house.clock.now()
    return found.flatMap((certificates) => certificates.find((der) => isForEncryption(der, now)) ?? [])
  }
}
