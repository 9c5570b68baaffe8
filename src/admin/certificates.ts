// Actions on client certificates: issuing, listing and revoking them.
import { z } from 'zod'
import { requestOfPem } from '../enroll/certificate-request.ts'
import { CertificateRefused, type Issued } from '../enroll/certificate-desk.ts'
import { pemOf } from '../enroll/signing.ts'
import type { Account } from '../model/account.ts'
import { revocationReasons, serialNumber, type Certificate } from '../model/certificate.ts'
import type { AccountId, DeviceId } from '../model/id.ts'
import type { CertificateFilter } from '../store/certificates.ts'
import { assertMayTouch } from './accounts.ts'
import { carriersOf, certificatesOf } from './certificate-carriers.ts'
import { administrators, helpers, reading, staff, writing } from './action.ts'
import { NotThere, Refusal, type AdminHouse, type Desk } from './house.ts'
import { accountAt, addressesOf, addressInput, deviceInput } from './lookup.ts'

/** A certificate as programs see it; times are ISO 8601 in UTC. */
export interface CertificateView {
  readonly serial: string
  /** The authority that issued it, by its id. */
  readonly issuer: string
  readonly account: string
  /** The one it was made for, else the one that came in by it last. */
  readonly device: string | null
  readonly subject: string
  readonly names: readonly string[]
  readonly validFrom: string
  readonly validUntil: string
  readonly state: 'good' | 'ended' | 'revoked'
  readonly way: Certificate['way']
  readonly issuedAt: string
  readonly issuedBy: string
  /** SHA-256. */
  readonly fingerprint: string
  readonly revokedAt: string | null
  readonly revokedBy: string | null
  readonly reason: string | null
}

export interface IssuedView extends CertificateView {
  /** PEM of the certificate, and of those above it. */
  readonly pem: string
  /** Base64; null where the key is somebody else's. */
  readonly pkcs12: string | null
  /** Opens the PKCS#12, and is kept nowhere. */
  readonly password: string | null
}

const iso = (at: number) => new Date(at).toISOString()
const daysMax = 3650
const daysSentence = `must be a whole number from 1 to ${daysMax}`
/** What is listed at once. */
const listMax = 1000
/** Requests stay below 16 kB (`requestBytesMax`), and in base64 are a third longer. */
const requestCharactersMax = 24_000

const serialInput = z
  .string()
  .trim()
  .regex(/^[0-9A-Fa-f:]{1,60}$/, 'a serial number has hexadecimal digits')
  .transform(serialNumber)

function view(house: AdminHouse, certificate: Certificate, addressOf: (id: AccountId) => string): CertificateView {
  const { serial, issuer, account, device, subject, names, notBefore, notAfter, way, issuedAt, issuedBy, fingerprint, revoked } =
    certificate
  return {
    serial,
    issuer,
    account: addressOf(account),
    device,
    subject,
    names,
    validFrom: iso(notBefore),
    validUntil: iso(notAfter),
    state: revoked !== null ? 'revoked' : notAfter <= house.clock.now() ? 'ended' : 'good',
    way,
    issuedAt: iso(issuedAt),
    issuedBy,
    fingerprint,
    revokedAt: revoked === null ? null : iso(revoked.at),
    revokedBy: revoked?.by ?? null,
    reason: revoked?.reason ?? null,
  }
}

async function views(house: AdminHouse, certificates: readonly Certificate[]): Promise<CertificateView[]> {
  const addressOf = await addressesOf(
    house.store,
    certificates.map(({ account }) => account),
  )
  const accounts = new Set(certificates.map(({ account }) => account))
  const [only = null] = accounts
  const carrierOf = await carriersOf(house, accounts.size === 1 ? only : null)
  return certificates.map((each) => view(house, { ...each, device: carrierOf(each) }, addressOf))
}

/** What the desk refuses is the administrator's to read. */
export function refusing<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof CertificateRefused ? new Refusal(error.message, { cause: error }) : error
  })
}

export const issueCertificate = writing(
  {
    input: z.object({
      account: addressInput,
      device: deviceInput.nullable().default(null),
      /** Null: as configured. */
      days: z.int(daysSentence).min(1, daysSentence).max(daysMax, daysSentence).nullable().default(null),
      /** PEM, PKCS#10; null: the key is made here, and handed out as PKCS#12. */
      request: z.string().max(requestCharactersMax).nullable().default(null),
    }),
    about: 'Issues a client certificate for an account, for a key made here (PKCS#12) or for that of a request (PKCS#10).',
    roles: administrators,
    target: ({ account }) => account,
  },
  async (house, { account: address, device, days, request }): Promise<IssuedView> => {
    const account = await accountAt(house, address)
    const { certificates, actor } = house
    const way = actor.via === 'shell' ? ('shell' as const) : ('console' as const)
    const wanted = { account, device: device as DeviceId | null, way, by: actor.name, ...(days === null ? {} : { days }) }
    if (request === null) {
      const { pkcs12, password, ...issued } = await refusing(certificates.issueIdentity(wanted))
      return { ...issuedView(house, issued, address), pkcs12: Buffer.from(pkcs12).toString('base64'), password }
    }
    const issued = await refusing((async () => certificates.issueFor(requestOfPem(request), wanted))())
    return { ...issuedView(house, issued, address), pkcs12: null, password: null }
  },
)

function issuedView(house: AdminHouse, { certificate, content, chain }: Issued, address: string) {
  return { ...view(house, certificate, () => address), pem: pemOf([content, ...chain]) }
}

export const listCertificates = reading(
  {
    input: z.object({
      account: addressInput.nullable().default(null),
      device: deviceInput.nullable().default(null),
      /** `good`: neither revoked nor at their end. */
      state: z.enum(['good', 'all']).default('all'),
      limit: z.number().int().min(1).max(listMax).default(listMax),
    }),
    about: 'The client certificates our authority issued, the newest first.',
    roles: staff,
  },
  async (house, { account, device, state, limit }) => {
    const filter: CertificateFilter = {
      ...(account === null ? {} : { account: (await accountAt(house, account)).id }),
      ...(state === 'good' ? { goodAt: house.clock.now() } : {}),
    }
    const found =
      device === null ? await house.certificates.list(filter, limit) : await certificatesOf(house, device as DeviceId, filter, limit)
    return views(house, found)
  },
)

export const showCertificate = reading(
  { input: z.object({ serial: serialInput }), about: 'One client certificate, with its PEM.', roles: staff },
  async (house, { serial }) => {
    const certificate = await named(house, serial)
    const [shown] = await views(house, [certificate])
    const content = await house.certificates.content(certificate)
    if (shown === undefined || content === null) throw new NotThere(`There is no certificate ${serial}.`)
    return { ...shown, pem: pemOf([content]) }
  },
)

export const revokeCertificates = writing(
  {
    input: z
      .object({
        serial: serialInput.nullable().default(null),
        account: addressInput.nullable().default(null),
        device: deviceInput.nullable().default(null),
        reason: z.enum(revocationReasons).default('unspecified'),
      })
      .refine(
        ({ serial, account, device }) => (serial === null) === (account !== null || device !== null),
        'name a certificate by its serial number, or those of an account, a device or both',
      ),
    about:
      'Revokes one client certificate, or all good ones of an account or device. Whoever is in by one is put out. With all of an account its links to profiles are taken back.',
    roles: helpers,
    target: ({ serial, account, device }) =>
      [serial === null ? null : `certificate ${serial}`, device, account].filter(Boolean).join(' of '),
  },
  async (house, { serial, account, device, reason }) => {
    const owner = account === null ? null : await accountAt(house, account)
    const chosen = serial === null ? await goodOf(house, owner, device) : [await named(house, serial)]
    if (owner !== null) assertMayTouch(house, owner)
    await assertMayRevoke(house, chosen)
    for (const { revoked: already } of chosen) {
      if (already !== null)
        throw new Refusal(`The certificate ${serial} was revoked already, at ${iso(already.at)} by ${already.by}: ${already.reason}.`)
    }
    // Whoever made one while he was in would get himself another certificate.
    if (owner !== null && device === null) await house.enrolment.withdraw(owner.id)
    if (chosen.length === 0) throw new NotThere('There is no good certificate of that account or device.')
    const revoked: Certificate[] = []
    for (const each of chosen) {
      const certificate = await house.certificates.revoke(each, reason, house.actor.name)
      if (certificate !== null) revoked.push(certificate)
    }
    return views(house, revoked)
  },
)

function goodOf(house: Desk, owner: Account | null, device: string | null): Promise<readonly Certificate[]> {
  const filter: CertificateFilter = { ...(owner === null ? {} : { account: owner.id }), goodAt: house.clock.now() }
  return device === null ? house.certificates.list(filter, listMax) : certificatesOf(house, device as DeviceId, filter, listMax)
}

/** All of them, before the first is revoked. */
async function assertMayRevoke(house: Desk, certificates: readonly Certificate[]): Promise<void> {
  for (const id of new Set(certificates.map(({ account }) => account))) {
    const account = await house.store.accounts.byId(id)
    if (account !== null) assertMayTouch(house, account)
  }
}

/** Two authorities of ours give the same number once in 2^126. */
async function named(house: AdminHouse, serial: Certificate['serial']): Promise<Certificate> {
  const [found] = await house.certificates.list({ serial }, 1)
  if (found === undefined) throw new NotThere(`There is no certificate ${serial}.`)
  return found
}
