// Actions on profiles: setting up a phone, one's own or for somebody else, and seeing and revoking one's own certificates.
import { z } from 'zod'
import { profileKinds, type ProfileKind } from '../enroll/account-profile.ts'
import { fileNameOf } from '../enroll/enrolment-desk.ts'
import type { Account } from '../model/account.ts'
import { roles } from '../model/actor.ts'
import { serialNumber, type Certificate } from '../model/certificate.ts'
import { administrators, reading, writing } from './action.ts'
import { refusing } from './certificates.ts'
import { NotThere, Refusal, type Desk } from './house.ts'
import { accountAt, addressInput } from './lookup.ts'

/** A link as whoever made it sees it, once. */
export interface ProfileLinkView {
  readonly account: string
  readonly kind: ProfileKind
  readonly url: string
  readonly expiresAt: string
  /** What the phone will ask for; null where it asks for nothing of ours. */
  readonly identityPassword: string | null
}

export interface ProfileFileView {
  readonly account: string
  readonly kind: ProfileKind
  readonly fileName: string
  /** Base64 of the signed profile. */
  readonly profile: string
  readonly identityPassword: string | null
}

/** One's own certificate. */
export interface OwnCertificateView {
  readonly serial: string
  readonly subject: string
  readonly device: string | null
  readonly issuedAt: string
  readonly validUntil: string
  readonly state: 'good' | 'ended' | 'revoked'
}

const kindInput = z.object({ kind: z.enum(profileKinds) })
const serialInput = z.object({
  serial: z
    .string()
    .regex(/^[0-9a-f:]{1,64}$/i, 'a serial number is hexadecimal')
    .transform((serial) => serialNumber(serial)),
})
const listMost = 200
const iso = (instant: number) => new Date(instant).toISOString()

async function own({ store, actor }: Desk): Promise<Account> {
  const account = actor.account === null ? null : await store.accounts.byId(actor.account)
  if (account === null) throw new Refusal(`${actor.name} has no account here.`)
  return account
}

function assertOffered({ enrolment }: Desk, kind: ProfileKind): void {
  if (!enrolment.kinds().includes(kind)) throw new Refusal(`Profiles of the kind ${kind} are not made here.`)
}

async function makeLink(house: Desk, account: Account, kind: ProfileKind): Promise<ProfileLinkView> {
  assertOffered(house, kind)
  const { url, expiresAt, password } = await refusing(house.enrolment.link(account, kind, house.actor.name))
  return { account: account.address, kind, url, expiresAt: iso(expiresAt), identityPassword: password }
}

async function makeFile(house: Desk, account: Account, kind: ProfileKind): Promise<ProfileFileView> {
  assertOffered(house, kind)
  const { content, password } = await refusing(house.enrolment.profile(account, kind, house.actor.name))
  return {
    account: account.address,
    kind,
    fileName: fileNameOf(account),
    profile: Buffer.from(content).toString('base64'),
    identityPassword: password,
  }
}

export interface ProfileKinds {
  readonly kinds: readonly ProfileKind[]
  /** Those whose password has to be shown to somebody: as a file alone they are of no use to him. */
  readonly withPassword: readonly ProfileKind[]
}

export const listProfileKinds = reading(
  { input: z.object({}), about: 'What kinds of profile can be made.', roles },
  ({ enrolment }): Promise<ProfileKinds> => {
    const kinds = enrolment.kinds()
    return Promise.resolve({ kinds, withPassword: kinds.filter((kind) => enrolment.asksPassword(kind)) })
  },
)

export const linkOwnProfile = writing(
  { input: kindInput, about: 'Makes a link that puts the own account on a phone, once.', roles, target: ({ kind }) => `profile, ${kind}` },
  async (house, { kind }) => makeLink(house, await own(house), kind),
)

export const makeOwnProfile = writing(
  { input: kindInput, about: 'Makes a profile of the own account.', roles, target: ({ kind }) => `profile, ${kind}` },
  async (house, { kind }) => makeFile(house, await own(house), kind),
)

export const linkProfile = writing(
  {
    input: kindInput.extend({ address: addressInput }),
    about: "Makes a link that puts somebody's account on a phone, once.",
    roles: administrators,
    target: ({ address }) => address,
  },
  async (house, { address, kind }) => makeLink(house, await accountAt(house, address), kind),
)

export const createProfile = writing(
  {
    input: kindInput.extend({ address: addressInput }),
    about: "Makes a profile of somebody's account.",
    roles: administrators,
    target: ({ address }) => address,
  },
  async (house, { address, kind }) => makeFile(house, await accountAt(house, address), kind),
)

export const listOwnCertificates = reading(
  { input: z.object({}), about: 'The certificates of whoever asks, newest first.', roles },
  async (house): Promise<OwnCertificateView[]> => {
    const now = house.clock.now()
    return (await house.certificates.list({ account: (await own(house)).id }, listMost)).map((each) => ownView(each, now))
  },
)

function ownView({ serial, subject, device, issuedAt, notAfter, revoked }: Certificate, now: number): OwnCertificateView {
  const state = revoked !== null ? 'revoked' : notAfter <= now ? 'ended' : 'good'
  return { serial, subject, device, issuedAt: iso(issuedAt), validUntil: iso(notAfter), state }
}

export const revokeOwnCertificate = writing(
  {
    input: serialInput,
    about: 'Revokes an own certificate: whatever has it can log in no more.',
    roles,
    target: ({ serial }) => `certificate ${serial}`,
  },
  async (house, { serial }) => {
    const account = await own(house)
    const [found] = await house.certificates.list({ account: account.id, serial }, 1)
    if (found === undefined) throw new NotThere(`You have no certificate ${serial}.`)
    const revoked = await house.certificates.revoke(found, 'unspecified', house.actor.name)
    if (revoked === null) throw new NotThere(`You have no certificate ${serial}.`)
    return ownView(revoked, house.clock.now())
  },
)
