// The desk for client certificates over its authorities and the store: signing, writing down, revoking, publishing.
import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Watcher } from '../auth/own-certificates.ts'
import type { Vault } from '../auth/vault.ts'
import type { Clock } from '../model/clock.ts'
import type { Certificate, IssuerId } from '../model/certificate.ts'
import type { IssuedCertificate } from '../store/certificates.ts'
import type { Store } from '../store/store.ts'
import { openAuthorities, type AuthorityOptions } from './authorities.ts'
import { authorityShelf } from './authority-shelf.ts'
import { CertificateRefused, type CertificateDesk, type Issued, type Wanted } from './certificate-desk.ts'
import { requestedKey } from './certificate-request.ts'
import { signCertificate } from './client-certificate.ts'
import { createListKeeper } from './list-keeper.ts'
import { oneByOne } from './one-by-one.ts'
import { newPassword, pkcs12 } from './pkcs12.ts'
import { createRevocationWatch } from './revocation-watch.ts'

export interface DeskOptions extends Pick<AuthorityOptions, 'name' | 'automatic'> {
  readonly store: Pick<Store, 'certificates'>
  readonly vault: Vault
  readonly clock: Clock
  readonly dataFolder: string
  /** How long certificates live. */
  readonly days: number
  /** How long a list of revoked ones is good. */
  readonly listHours: number
  /** Where lists are fetched: `https://mail.example.com`. */
  readonly listOrigin: string
}

/** RSA 2048 is what iOS takes for an identity in every version, and all that old SCEP clients know. */
const identityBits = 2048
/** Of one account: nobody fills the store, and whoever revokes all of them has them all. A phone that renews its own goes before. */
const goodMost = { asked: 100, renewed: 200 } as const
const makePair = promisify(generateKeyPair)

/** Opens the desk. Rejects, in words, where the folder's authorities cannot be read. */
export async function openCertificateDesk(options: DeskOptions): Promise<CertificateDesk> {
  const { store, vault, clock, dataFolder, name, automatic, days, listHours, listOrigin } = options
  const { certificates } = store
  const watchers = new Set<Watcher>()
  const authorities = await openAuthorities({
    shelf: authorityShelf(dataFolder, vault),
    clock,
    name,
    automatic,
    changed: () => {
      for (const { issuersChanged } of watchers) issuersChanged?.()
    },
  })
  const revocations = createRevocationWatch(certificates, clock, (certificate) => {
    for (const { revoked } of watchers) revoked?.(certificate)
  })
  const lists = createListKeeper({ certificates, clock, hours: listHours })
  const authorityOf = (issuer: IssuerId) => authorities.authorities().find(({ id }) => id === issuer) ?? null
  const listUrl = (issuer: IssuerId) => `${listOrigin}${listPath(issuer)}`
  // One after the other: each takes one of the four threads that prove passwords as well.
  const inTurn = oneByOne()

  async function sign(publicKey: KeyObject, wanted: Wanted): Promise<Issued> {
    await assertRoom(wanted)
    const authority = await authorities.needAuthority()
    const issued = await signCertificate(authority, publicKey, wanted, { now: clock.now(), days, listUrl: listUrl(authority.id) })
    // Written down before anybody has it: what is not in the store cannot be revoked.
    await certificates.add(issued)
    return { certificate: recordOf(issued), content: issued.content, chain: authority.chain }
  }

  async function assertRoom({ account, way }: Wanted): Promise<void> {
    const most = goodMost[way === 'renewal' ? 'renewed' : 'asked']
    const good = await certificates.list({ account: account.id, goodAt: clock.now() }, most)
    if (good.length < most) return
    throw new CertificateRefused(`${account.address} has ${most} good certificates already: revoke those that no phone uses.`)
  }

  const desk: Omit<CertificateDesk, keyof typeof authorities> = {
    issuers: () => authorities.authorities().map(({ id, chain }) => ({ id, chain })),
    issueIdentity: async (wanted) => {
      const authority = await authorities.needAuthority()
      // Before a key is made, which takes a while.
      await assertRoom(wanted)
      const { privateKey: key } = await inTurn(() => makePair('rsa', { modulusLength: identityBits }))
      const issued = await sign(createPublicKey(key), wanted)
      const password = newPassword()
      const called = `${wanted.account.address} (${authority.name})`
      return { ...issued, password, pkcs12: pkcs12({ key, certificates: [issued.content, ...issued.chain], name: called, password }) }
    },
    issueFor: async (request, wanted) => sign(await requestedKey(request), wanted),
    revoke: async (key, reason, by) => {
      const certificate = await certificates.revoke(key, { at: clock.now(), reason, by })
      if (certificate === null) return null
      revocations.see(certificate)
      const authority = authorityOf(key.issuer)
      if (authority !== null) await lists.renew(authority)
      return certificate
    },
    list: (filter, limit) => certificates.list(filter, limit),
    find: (key) => certificates.find(key),
    content: (key) => certificates.content(key),
    isRevoked: async (key) => {
      const certificate = await certificates.find(key)
      return certificate === null || certificate.revoked !== null
    },
    listUrl,
    revocationList: async (issuer) => {
      const authority = authorityOf(issuer)
      return authority === null ? null : lists.current(authority)
    },
    watch: (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    look: () => revocations.look(),
    renewLists: async () => {
      for (const authority of authorities.authorities()) await lists.current(authority)
    },
  }
  // Not spread: which authority signs, and which request is open, is asked anew each time.
  return Object.assign(authorities, desk)
}

function recordOf({ content: _, ...certificate }: IssuedCertificate): Certificate {
  return { ...certificate, revoked: null }
}

/** Where anybody fetches the list of an issuer; short, as it stands in every certificate. */
export const listPath = (issuer: IssuerId) => `/ca/${issuer.slice(0, 16)}.crl`
