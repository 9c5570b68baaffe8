// Actions on app passwords: what one phone comes in with, made for it, shown once, and revoked.
import { z } from 'zod'
import { hashAppPassword, newAppPassword, showAppPassword } from '../auth/app-password-form.ts'
import { hashPassword } from '../auth/password.ts'
import type { Account } from '../model/account.ts'
import type { AppPassword } from '../store/app-passwords.ts'
import { assertMayTouch } from './accounts.ts'
import { administrators, helpers, reading, staff, writing } from './action.ts'
import { NotThere, Refusal, type Desk } from './house.ts'
import { accountAt, addressInput } from './lookup.ts'
import { own, ownRoles } from './me.ts'

/** An app password as programs see it, without itself; times are ISO 8601 in UTC. */
export interface AppPasswordView {
  readonly name: string
  /** The only device it is good for; null until one has used it. */
  readonly device: string | null
  readonly createdBy: string
  readonly createdAt: string
  readonly usedAt: string | null
}

/** Nobody has so many phones; whoever has a session must not fill the store. */
const passwordsMax = 20

const nameInput = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._'’()-]{0,63}$/u, "a name has 1 to 64 letters, digits, blanks and ._'()-")
const ownInput = z.object({ name: nameInput })
const staffInput = ownInput.extend({ address: addressInput })
const ownTarget = ({ name }: { readonly name: string }) => `app password ${name}`
const staffTarget = ({ name, address }: { readonly name: string; readonly address: string }) => `app password ${name} of ${address}`

function view({ name, device, createdBy, createdAt, usedAt }: AppPassword): AppPasswordView {
  return {
    name,
    device,
    createdBy,
    createdAt: new Date(createdAt).toISOString(),
    usedAt: usedAt === null ? null : new Date(usedAt).toISOString(),
  }
}

async function list({ store }: Desk, account: Account): Promise<AppPasswordView[]> {
  return (await store.appPasswords.list(account.id)).map(view)
}

async function create(house: Desk, account: Account, name: string): Promise<AppPasswordView & { readonly password: string }> {
  const { store, clock, actor, basicUse } = house
  if (basicUse(account) === 'off') {
    throw new Refusal(`Phones of ${account.address} do not come in with passwords: login.basic says so, or a group it belongs to.`)
  }
  const text = newAppPassword()
  const verifier = await hashPassword(text)
  const secrets = { hash: hashAppPassword(text), verifier }
  const made = await store.unit(async (unit) => {
    // Held: of two that are made at once, the second counts the first.
    await unit.accounts.byId(account.id)
    if ((await unit.appPasswords.list(account.id)).length >= passwordsMax) {
      throw new Refusal(`There are ${passwordsMax} app passwords already: revoke those that no phone uses.`)
    }
    return unit.appPasswords.add({ account: account.id, name, createdBy: actor.name, createdAt: clock.now(), ...secrets })
  })
  return { ...view(made), password: showAppPassword(text) }
}

/** What its phone has open ends, and the next request is refused. */
async function revoke(house: Desk, account: Account, name: string): Promise<AppPasswordView> {
  const removed = await house.store.appPasswords.remove(account.id, name)
  if (removed === null) throw new NotThere(`There is no app password ${name}.`)
  if (removed.device !== null) house.changed(account, removed.device)
  return view(removed)
}

export const listOwnAppPasswords = reading(
  { input: z.object({}), about: 'The app passwords of whoever asks, without what they are.', roles: ownRoles },
  async (house) => list(house, await own(house)),
)

export const createOwnAppPassword = writing(
  {
    input: ownInput,
    about: 'Makes an app password for one phone of whoever asks, and shows it this once.',
    roles: ownRoles,
    target: ownTarget,
  },
  async (house, { name }) => create(house, await own(house), name),
)

export const revokeOwnAppPassword = writing(
  { input: ownInput, about: 'Revokes an app password of whoever asks, at once.', roles: ownRoles, target: ownTarget },
  async (house, { name }) => revoke(house, await own(house), name),
)

export const listAppPasswords = reading(
  {
    input: z.object({ address: addressInput }),
    about: 'The app passwords of an account, without what they are.',
    roles: staff,
    target: ({ address }) => address,
  },
  async (house, { address }) => list(house, await accountAt(house, address)),
)

/** Who may set an account's password may do this as well. */
export const createAppPassword = writing(
  {
    input: staffInput,
    about: 'Makes an app password for one phone of an account, and shows it this once.',
    roles: administrators,
    target: staffTarget,
  },
  async (house, { address, name }) => create(house, await accountAt(house, address), name),
)

export const revokeAppPassword = writing(
  { input: staffInput, about: 'Revokes an app password of an account at once.', roles: helpers, target: staffTarget },
  async (house, { address, name }) => {
    const account = await accountAt(house, address)
    assertMayTouch(house, account)
    return revoke(house, account, name)
  },
)
