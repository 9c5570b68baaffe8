// The authorities for clients as a running server has them: which one signs, and how another comes into its place.
import type { Clock } from '../model/clock.ts'
import type { AuthorityShelf, Shelf } from './authority-shelf.ts'
import { CertificateRefused, type CertificateDesk, type ClientAuthority } from './certificate-desk.ts'
import { authorityRequest, importedAuthority, makeAuthorityKey, selfSigned } from './client-authority.ts'
import { oneByOne } from './one-by-one.ts'

export interface AuthorityOptions {
  readonly shelf: AuthorityShelf
  readonly clock: Clock
  /** What an authority is called that is made by itself. */
  readonly name: string
  /** Whether the first who needs an authority makes one. */
  readonly automatic: boolean
  /** Told that there are others than before. */
  readonly changed: () => void
}

export type Authorities = Pick<
  CertificateDesk,
  'authority' | 'request' | 'authorities' | 'needAuthority' | 'begin' | 'replace' | 'ask' | 'take'
>

/** Reads the shelf. Rejects, in words, where it cannot be read. */
export async function openAuthorities({ shelf, clock, name: ownName, automatic, changed }: AuthorityOptions): Promise<Authorities> {
  let kept = await shelf.read()
  const inTurn = oneByOne()
  const all = () => [...(kept.current === null ? [] : [kept.current]), ...kept.earlier]

  async function use(authority: ClientAuthority): Promise<ClientAuthority> {
    await shelf.use(authority)
    kept = await shelf.read()
    changed()
    return inUse(kept)
  }
  const make = async (name: string | null) => use(await selfSigned(name ?? ownName, await makeAuthorityKey(), clock.now()))

  return {
    get authority() {
      return kept.current
    },
    get request() {
      return kept.request?.pem ?? null
    },
    authorities: all,
    needAuthority: async () =>
      kept.current ??
      inTurn(async () => {
        // Whoever stood before us in the queue may have made it.
        if (kept.current !== null || !automatic || kept.request !== null) return inUse(kept)
        return make(null)
      }),
    begin: (name) =>
      inTurn(async () => {
        const { current } = kept
        if (current !== null && current.until > clock.now()) {
          throw new CertificateRefused(`There is an authority, ${current.name}. To put another in its place, say so (--replace).`)
        }
        return make(name)
      }),
    replace: (name) => inTurn(() => make(name)),
    ask: (name) =>
      inTurn(async () => {
        const key = await makeAuthorityKey()
        const pem = await authorityRequest(name ?? ownName, key)
        await shelf.ask({ pem, key })
        kept = await shelf.read()
        return pem
      }),
    take: (pem) =>
      inTurn(async () => {
        const keys = [...(kept.request === null ? [] : [kept.request.key]), ...all().map(({ key }) => key)]
        return use(importedAuthority(pem, keys, clock.now()))
      }),
  }
}

function inUse({ current, request }: Shelf): ClientAuthority {
  if (current !== null) return current
  throw new CertificateRefused(
    request === null
      ? 'There is no certificate authority for clients yet: `easel ca init` makes one.'
      : "The company's authority has not signed ours yet: hand what it gives to `easel ca init --import`.",
  )
}
