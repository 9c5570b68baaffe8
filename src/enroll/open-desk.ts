// The desk for client certificates over the shelf of authorities and the store: signing, writing down, revoking, publishing.
import { createPublicKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { Watcher } from '../auth/own-certificates.ts'
import type { Vault } from '../auth/vault.ts'
import type { Clock } from '../model/clock.ts'
import type { Certificate, IssuerId } from '../model/certificate.ts'
import type { IssuedCertificate } from '../store/certificates.ts'
import type { Store } from '../store/store.ts'
import { authorityShelf, type Shelf } from './authority-shelf.ts'
import { CertificateRefused, type CertificateDesk, type ClientAuthority, type Issued, type Wanted } from './certificate-desk.ts'
import { requestedKey } from './certificate-request.ts'
import { authorityRequest, importedAuthority, makeAuthorityKey, selfSigned } from './client-authority.ts'
import { signCertificate } from './client-certificate.ts'
import { newPassword, pkcs12 } from './pkcs12.ts'
import { createListKeeper } from './list-keeper.ts'

export interface DeskOptions {
  readonly store: Pick<Store, 'certificates'>
  readonly vault: Vault
  readonly clock: Clock
  readonly dataFolder: string
  /** What an authority is called that is made by itself. */
  readonly name: string
  /** Whether the first who needs an authority makes one. */
  readonly automatic: boolean
  /** How long certificates live. */
  readonly days: number
  /** How long a list of revoked ones is good. */
  readonly listHours: number
  /** Where lists are fetched: `https://mail.example.com`. */
  readonly listOrigin: string
}

/** RSA 2048 is what iOS takes for an identity in every version, and all that old SCEP clients know. */
const identityBits = 2048
const makePair = promisify(generateKeyPair)

/** Opens the desk. Rejects, in words, where the folder's authorities cannot be read. */
export async function openCertificateDesk(options: DeskOptions): Promise<CertificateDesk> {
  const { store, vault, clock, dataFolder, days, listOrigin } = options
  const shelf = authorityShelf(dataFolder, vault)
  let kept: Shelf = await shelf.read()
  const all = () => [...(kept.current === null ? [] : [kept.current]), ...kept.earlier]
  const watchers = new Set<Watcher>()
  const lists = createListKeeper({ certificates: store.certificates, clock, hours: options.listHours })
  const oneByOne = queue()
  const sightings = createSightings(store, clock, (certificate) => {
    for (const { revoked } of watchers) revoked?.(certificate)
  })

  /** Reads the shelf again after it was changed, and says so. */
  async function changed(): Promise<void> {
    kept = await shelf.read()
    for (const { issuersChanged } of watchers) issuersChanged?.()
  }

  async function begin(name: string): Promise<ClientAuthority> {
    await shelf.use(await selfSigned(name, await makeAuthorityKey(), clock.now()))
    await changed()
    return authorityInUse(kept)
  }

  const needAuthority = async () =>
    kept.current ??
    oneByOne(async () => {
      // Whoever stood before us in the queue may have made it.
      if (kept.current !== null) return kept.current
      if (!options.automatic || kept.request !== null) return authorityInUse(kept)
      return begin(options.name)
    })

  async function sign(publicKey: Parameters<typeof signCertificate>[1], wanted: Wanted): Promise<Issued> {
    const authority = await needAuthority()
    const terms = { now: clock.now(), days, listUrl: listUrlOf(listOrigin, authority.id) }
    const issued = await signCertificate(authority, publicKey, wanted, terms)
    // Written down before anybody has it: what is not in the store cannot be revoked.
    await store.certificates.add(issued)
    return { certificate: recordOf(issued), content: issued.content, chain: authority.chain }
  }

  return {
    get authority() {
      return kept.current
    },
    get request() {
      return kept.request?.pem ?? null
    },
    authorities: all,
    issuers: () => all().map(({ id, chain }) => ({ id, chain })),
    listUrl: (issuer) => listUrlOf(listOrigin, issuer),
    needAuthority,
    begin: (name) =>
      oneByOne(async () => {
        const { current } = kept
        if (current !== null && current.until > clock.now()) {
          throw new CertificateRefused(`There is an authority, ${current.name}. To put another in its place, say so (--replace).`)
        }
        return begin(name ?? options.name)
      }),
    replace: (name) => oneByOne(() => begin(name ?? options.name)),
    ask: (name) =>
      oneByOne(async () => {
        const key = await makeAuthorityKey()
        const pem = await authorityRequest(name ?? options.name, key)
        await shelf.ask({ pem, key })
        kept = await shelf.read()
        return pem
      }),
    take: (pem) =>
      oneByOne(async () => {
        const keys = [...(kept.request === null ? [] : [kept.request.key]), ...all().map(({ key }) => key)]
        await shelf.use(importedAuthority(pem, keys, clock.now()))
        await changed()
        return authorityInUse(kept)
      }),
    issueIdentity: async (wanted) => {
      await needAuthority()
      // One after the other: each takes one of the four threads that prove passwords as well.
      const { privateKey } = await oneByOne(() => makePair('rsa', { modulusLength: identityBits }))
      const issued = await sign(createPublicKey(privateKey), wanted)
      const password = newPassword()
      const certificates = [issued.content, ...issued.chain]
      const name = `${wanted.account.address} (${authorityInUse(kept).name})`
      return { ...issued, password, pkcs12: pkcs12({ key: privateKey, certificates, name, password }) }
    },
    issueFor: async (request, wanted) => sign(await requestedKey(request), wanted),
    revoke: async (key, reason, by) => {
      const certificate = await store.certificates.revoke(key, { at: clock.now(), reason, by })
      if (certificate === null) return null
      sightings.see(certificate)
      const authority = all().find(({ id }) => id === key.issuer)
      if (authority !== undefined) await lists.renew(authority)
      return certificate
    },
    list: (filter, limit) => store.certificates.list(filter, limit),
    find: (key) => store.certificates.find(key),
    content: (key) => store.certificates.content(key),
    isRevoked: async (key) => {
      const certificate = await store.certificates.find(key)
      return certificate === null || certificate.revoked !== null
    },
    revocationList: async (issuer) => {
      const authority = all().find(({ id }) => id === issuer)
      return authority === undefined ? null : lists.current(authority)
    },
    watch: (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    look: () => sightings.look(),
    renewLists: async () => {
      for (const authority of all()) await lists.current(authority)
    },
  }
}

function authorityInUse({ current, request }: Shelf): ClientAuthority {
  if (current !== null) return current
  throw new CertificateRefused(
    request === null
      ? 'There is no certificate authority for clients yet: `easel ca init` makes one.'
      : "The company's authority has not signed ours yet: hand what it gives to `easel ca init --import`.",
  )
}

function recordOf({ content: _, ...certificate }: IssuedCertificate): Certificate {
  return { ...certificate, revoked: null }
}

/** Where anybody fetches the list of an issuer; short, as it stands in every certificate. */
export const listPath = (issuer: IssuerId) => `/ca/${issuer.slice(0, 16)}.crl`
const listUrlOf = (origin: string, issuer: IssuerId) => `${origin}${listPath(issuer)}`

/** Work that is done one after the other; what fails keeps nothing back. */
function queue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
}

interface Sightings {
  see(certificate: Certificate): void
  /** Looks for what other nodes revoked since the last time. */
  look(): Promise<void>
}

/** Nodes' clocks differ, and a transaction is seen some time after the moment it writes down. */
const overlap = 10 * 60_000

/** Tells of each revocation once. */
function createSightings({ certificates }: Pick<Store, 'certificates'>, clock: Clock, tell: (certificate: Certificate) => void): Sightings {
  const told = new Map<string, number>()
  let since = clock.now()
  const see = (certificate: Certificate) => {
    const key = `${certificate.issuer}/${certificate.serial}`
    if (told.has(key)) return
    told.set(key, certificate.revoked?.at ?? 0)
    tell(certificate)
  }
  return {
    see,
    async look() {
      const now = clock.now()
      const found = await certificates.revokedSince(since - overlap)
      for (const certificate of found) see(certificate)
      since = now
      for (const [key, at] of told) if (at < since - 2 * overlap) told.delete(key)
    },
  }
}
