// What was revoked after a backup was made, kept revoked where the store that the backup replaces can still be read.
import type { Certificate, Revocation } from '../model/certificate.ts'
import type { Clock } from '../model/clock.ts'
import type { AccountId, Instant } from '../model/id.ts'
import type { AppPassword } from '../store/app-passwords.ts'
import type { RevocationList } from '../store/certificates.ts'
import { openStore } from '../store/sql/open.ts'
import type { Store, Unit } from '../store/store.ts'

/** What a store knows of who is out. */
export interface Revoked {
  readonly certificates: readonly RevokedCertificate[]
  /** The newest list of each issuer of those. */
  readonly lists: readonly RevocationList[]
  /** The app passwords that are good, by the account: any other was revoked. */
  readonly appPasswords: ReadonlyMap<AccountId, ReadonlySet<string>>
}

interface RevokedCertificate {
  readonly certificate: Certificate & { readonly revoked: Revocation }
  readonly content: Uint8Array | null
}

/** What was revoked since the backup: serials, and names with the accounts' addresses. */
export interface KeptRevoked {
  readonly certificates: readonly string[]
  readonly appPasswords: readonly string[]
}

/** One that was revoked and made again under its name is another. */
const keyOf = ({ name, createdAt }: AppPassword) => `${createdAt} ${name}`

/** Reads it from a store that is about to be replaced; null where that cannot be read any more: that may be why there is a restore. */
export async function readRevoked(path: string, clock: Clock): Promise<Revoked | null> {
  try {
    await using parts = new AsyncDisposableStack()
    const store = await openStore({ database: { kind: 'sqlite', path }, clock })
    parts.defer(() => store.close())
    const certificates: RevokedCertificate[] = []
    for (const { revoked, ...certificate } of await store.certificates.revokedSince(0)) {
      if (revoked === null) continue
      certificates.push({ certificate: { ...certificate, revoked }, content: await store.certificates.content(certificate) })
    }
    return { certificates, lists: await listsOf(store, certificates), appPasswords: await appPasswordsOf(store) }
  } catch {
    return null
  }
}

async function listsOf({ certificates }: Store, revoked: readonly RevokedCertificate[]): Promise<readonly RevocationList[]> {
  const issuers = new Set(revoked.map(({ certificate }) => certificate.issuer))
  const lists = await Promise.all(Array.from(issuers, (issuer) => certificates.revocationList(issuer)))
  return lists.filter((list) => list !== null)
}

async function appPasswordsOf({ accounts, appPasswords }: Store): Promise<Revoked['appPasswords']> {
  const good = new Map<AccountId, ReadonlySet<string>>()
  for (const { id } of await accounts.list()) good.set(id, new Set((await appPasswords.list(id)).map(keyOf)))
  return good
}

/** Revokes it in the store of the backup; null where the other store was begun anew since, and knows nothing of these accounts. */
export async function keepRevoked(unit: Unit, { certificates, lists, appPasswords }: Revoked): Promise<KeptRevoked | null> {
  const accounts = await unit.accounts.list()
  if (accounts.length > 0 && !accounts.some(({ id }) => appPasswords.has(id))) return null
  const serials: string[] = []
  for (const each of certificates) if (await revoke(unit, each)) serials.push(each.certificate.serial)
  for (const list of lists) await unit.certificates.publish(list)
  const names: string[] = []
  const addresses = new Map(accounts.map(({ id, address }) => [id, address]))
  for (const [account, good] of appPasswords) {
    for (const password of await unit.appPasswords.list(account)) {
      if (good.has(keyOf(password))) continue
      await unit.appPasswords.remove(account, password.name)
      names.push(`${password.name} of ${addresses.get(account) ?? account}`)
    }
  }
  return { certificates: serials, appPasswords: names }
}

/** One that was issued after the backup as well is written down: nobody comes in by it here, but others go by the list. */
async function revoke({ certificates }: Unit, { certificate, content }: RevokedCertificate): Promise<boolean> {
  const known = await certificates.find(certificate)
  if (known !== null && known.revoked !== null) return false
  if (known === null) {
    if (content === null) return false
    await certificates.add({ ...certificate, content })
  }
  await certificates.revoke(certificate, certificate.revoked)
  return true
}

const minute = 60_000

/**
 * RFC 5280 5.2.3: the number of a list only rises. Those that were signed since the backup nobody may know any more: the next one is
 * numbered by the clock, as the epoch is, and is signed as soon as it is asked for.
 */
export async function raiseLists({ certificates }: Unit, now: Instant): Promise<void> {
  const issuers = new Set((await certificates.list({}, Number.MAX_SAFE_INTEGER)).map(({ issuer }) => issuer))
  for (const issuer of issuers) {
    const list = await certificates.revocationList(issuer)
    if (list !== null) await certificates.publish({ ...list, number: Math.floor(now / minute), until: list.from })
  }
}
