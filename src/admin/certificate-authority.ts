// Actions on our own certificate authority for clients: making it, having it signed by the company's, showing it.
import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import type { ClientAuthority } from '../enroll/certificate-desk.ts'
import { pemOf } from '../enroll/signing.ts'
import { administrators, reading, staff, writing } from './action.ts'
import { refusing } from './certificates.ts'
import { NotThere, type AdminHouse } from './house.ts'
import { lineInput } from './lookup.ts'

/** An authority as programs see it; times are ISO 8601 in UTC. */
export interface AuthorityView {
  readonly id: string
  readonly name: string
  /** SHA-256. */
  readonly fingerprint: string
  readonly validUntil: string
  /** Whose authority signed it; null where it signed itself. */
  readonly signedBy: string | null
  /** PEM: its certificate, and those above it. */
  readonly pem: string
  /** Where its list of revoked certificates is fetched. */
  readonly listUrl: string
  /** Whether phones log in by what it signs: `certificates.mode` is accept or require. */
  readonly logsIn: boolean
}

const nameInput = lineInput(64).min(1, 'there must be a character in it').nullable().default(null)
const chainCharactersMax = 100_000

function view({ certificates, takesCertificates }: AdminHouse, { id, name, fingerprint, until, chain }: ClientAuthority): AuthorityView {
  const [own] = chain
  const { subject, issuer } = new X509Certificate(own ?? '')
  return {
    id,
    name,
    fingerprint,
    validUntil: new Date(until).toISOString(),
    signedBy: subject === issuer ? null : issuer.replaceAll('\n', ', '),
    pem: pemOf(chain),
    listUrl: certificates.listUrl(id),
    logsIn: takesCertificates,
  }
}

export const showAuthority = reading(
  {
    input: z.object({}),
    about: 'Our own authority for client certificates, those before it, and what was asked of the company.',
    roles: staff,
  },
  (house) => {
    const { authority, request } = house.certificates
    return Promise.resolve({
      authority: authority === null ? null : view(house, authority),
      earlier: house.certificates
        .authorities()
        .filter((each) => each !== authority)
        .map((each) => view(house, each)),
      request,
    })
  },
)

export const beginAuthority = writing(
  {
    input: z.object({
      name: nameInput,
      /** Whether the one there is is to be replaced; its certificates are taken until they end. */
      replace: z.boolean().default(false),
    }),
    about: 'Makes our own authority for client certificates.',
    roles: administrators,
    target: () => 'certificate authority',
  },
  async (house, { name, replace }) => {
    const { certificates } = house
    return view(house, await refusing(replace ? certificates.replace(name) : certificates.begin(name)))
  },
)

export const requestAuthority = writing(
  {
    input: z.object({ name: nameInput }),
    about: "Makes a request (PKCS#10) with which the company's authority signs ours.",
    roles: administrators,
    target: () => 'certificate authority',
  },
  async ({ certificates }, { name }) => ({ request: await refusing(certificates.ask(name)) }),
)

export const importAuthority = writing(
  {
    input: z.object({ chain: z.string().max(chainCharactersMax) }),
    about: "Takes the certificate that the company's authority gave ours, with the chain above it, in PEM.",
    roles: administrators,
    target: () => 'certificate authority',
  },
  async (house, { chain }) => view(house, await refusing((async () => house.certificates.take(chain))())),
)

export const showRevocationList = reading(
  {
    input: z.object({
      /** An authority by its id; null: the one that signs now. */
      issuer: z
        .string()
        .regex(/^[0-9a-f]{64}$/, 'an authority has 64 hexadecimal digits')
        .nullable()
        .default(null),
    }),
    about: 'The list of revoked certificates as it is served: DER, in base64.',
    roles: staff,
  },
  async ({ certificates }, { issuer }) => {
    const authority = issuer === null ? certificates.authority : (certificates.authorities().find(({ id }) => id === issuer) ?? null)
    const list = authority === null ? null : await certificates.revocationList(authority.id)
    if (authority === null || list === null) throw new NotThere('There is no such authority.')
    return { issuer: authority.id, url: certificates.listUrl(authority.id), content: Buffer.from(list).toString('base64') }
  },
)
