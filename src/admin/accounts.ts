// Actions on accounts: who may log in, and what they may do.
import { z } from 'zod'
import { hashPassword } from '../auth/password.ts'
import type { Account } from '../model/account.ts'
import { dialects } from '../model/dialect.ts'
import { protocolVersions, type ProtocolVersion } from '../model/version.ts'
import type { AccountChange } from '../store/accounts.ts'
import { administrators, helpers, reading, staff, writing } from './action.ts'
import { NotThere, Refusal, type AdminHouse, type Desk } from './house.ts'
import { accountAt, addressInput, lineInput } from './lookup.ts'
import { whereaboutsInput, whereaboutsView, type WhereaboutsView } from './working-hours.ts'

/** An account as programs see it. */
export interface AccountView extends WhereaboutsView {
  readonly address: string
  readonly addresses: readonly string[]
  readonly displayName: string
  readonly disabled: boolean
  /** Whether it belongs to somebody of the directory, who logs in with his password there. */
  readonly directory: boolean
  /** Why the directory keeps it out; null where it does not. */
  readonly barred: string | null
  readonly groups: readonly string[]
  /** The policy assigned to it by name; null where its groups or the default decide. */
  readonly policy: string | null
  /** The policy that is in force for it. */
  readonly policyInForce: string
  readonly syncEnabled: boolean | null
  readonly devicesMax: number | null
  readonly maxVersion: ProtocolVersion | null
  readonly allowNonProvisionable: boolean | null
}

function view(house: AdminHouse, account: Account): AccountView {
  const { address, addresses, displayName, disabled, groups, policy, syncEnabled, devicesMax, maxVersion, allowNonProvisionable, barred } =
    account
  return {
    address,
    addresses,
    displayName,
    disabled,
    directory: isTheirs(house, account),
    barred,
    groups,
    policy,
    syncEnabled,
    devicesMax,
    maxVersion,
    allowNonProvisionable,
    policyInForce: house.policies.policyFor(account).name,
    ...whereaboutsView(account),
  }
}

// argon2id reads the whole password: a bound keeps a request from costing more than it should.
export const passwordInput = z.string().min(1, 'a password cannot be empty').max(1024, 'a password has at most 1024 characters')
const nameInput = lineInput(256).min(1)
const groupInput = lineInput(256).min(1)

async function change(house: AdminHouse, address: string, wanted: AccountChange): Promise<AccountView> {
  const account = await accountAt(house, address)
  const changed = await house.store.accounts.change(account.id, wanted)
  house.changed(changed, null)
  return view(house, changed)
}

/** The help desk helps users: it neither locks out nor lets in who works at the console. */
export function assertMayTouch({ actor, roleOf }: Desk, account: Account): void {
  if (actor.role === 'administrator' || roleOf(account) === 'user') return
  throw new Refusal(`${account.address} works at the console: that is for an administrator.`)
}

/** Whether the directory decides what an account is called, whom it belongs to, and by which password it comes in. */
function isTheirs({ directory }: AdminHouse, account: Account): boolean {
  return directory !== null && account.directoryId !== null
}

const target = ({ address }: { readonly address: string }) => address

export const addAccount = writing(
  {
    input: z.object({ address: addressInput, password: passwordInput, name: nameInput.optional() }),
    about: 'Makes an account with its mailbox.',
    roles: administrators,
    target,
  },
  async (house, { address, password, name }) =>
    view(
      house,
      await house.store.accounts.create({
        addresses: [address],
        displayName: name ?? address.slice(0, address.indexOf('@')),
        passwordHash: await hashPassword(password),
      }),
    ),
)

export const listAccounts = reading({ input: z.object({}), about: 'All accounts.', roles: staff }, async (house) =>
  (await house.store.accounts.list()).map((account) => view(house, account)),
)

export const showAccount = reading(
  { input: z.object({ address: addressInput }), about: 'One account.', roles: staff, target },
  async (house, { address }) => view(house, await accountAt(house, address)),
)

export const setPassword = writing(
  {
    input: z.object({ address: addressInput, password: passwordInput }),
    about: 'Sets a new password; devices have to present it at their next request, and links to profiles are taken back.',
    roles: administrators,
    target,
  },
  async (house, { address, password }) => {
    const account = await accountAt(house, address)
    if (isTheirs(house, account)) throw new Refusal(`${address} logs in with the password of the directory: change it there.`)
    const changed = await change(house, address, { passwordHash: await hashPassword(password) })
    await house.enrolment.withdraw(account.id)
    return changed
  },
)

export const disableAccount = writing(
  { input: z.object({ address: addressInput }), about: 'Shuts an account: nobody logs in.', roles: helpers, target },
  async (house, { address }) => {
    const account = await accountAt(house, address)
    assertMayTouch(house, account)
    const disabled = await change(house, address, { disabled: true })
    // What was open when he went must not open when he comes back.
    await house.enrolment.withdraw(account.id)
    return disabled
  },
)

export const enableAccount = writing(
  { input: z.object({ address: addressInput }), about: 'Opens an account again.', roles: helpers, target },
  async (house, { address }) => {
    assertMayTouch(house, await accountAt(house, address))
    const enabled = await change(house, address, { disabled: false, ...(house.directory === null ? { barred: null } : {}) })
    if (enabled.barred === null) return enabled
    throw new Refusal(`${address} is kept out by the directory (${enabled.barred}): it comes in as soon as that says so.`)
  },
)

/** Fields left out stay; null hands the decision back to the policy, or to the server's configuration. */
export const changeAccount = writing(
  {
    input: whereaboutsInput.extend({
      address: addressInput,
      name: nameInput.optional(),
      aliases: z.array(addressInput).max(100).optional(),
      groups: z.array(groupInput).max(100).optional(),
      policy: z.string().trim().min(1).max(64).nullable().optional(),
      syncEnabled: z.boolean().nullable().optional(),
      devicesMax: z.number().int().min(0).max(1000).nullable().optional(),
      maxVersion: z
        .enum(protocolVersions)
        .refine((version) => dialects[version].served, 'that version is not served')
        .nullable()
        .optional(),
      allowNonProvisionable: z.boolean().nullable().optional(),
    }),
    about: 'Changes what an account may do. Fields left out stay; null hands the decision back to the policy.',
    roles: administrators,
    target,
  },
  async (house, { address, name, aliases, policy, ...rest }) => {
    const account = await accountAt(house, address)
    if (policy !== undefined && policy !== null && !house.policies.all().some((known) => known.name === policy)) {
      throw new NotThere(`There is no policy ${policy}.`)
    }
    const isOther =
      (name !== undefined && name !== account.displayName) ||
      (aliases !== undefined && !isSame([account.address, ...aliases], account.addresses)) ||
      (rest.groups !== undefined && !isSame(rest.groups, account.groups))
    if (isTheirs(house, account) && isOther) {
      throw new Refusal(`The name, the addresses and the groups of ${address} are those of the directory: change them there.`)
    }
    return change(house, address, {
      ...defined(rest),
      ...(policy === undefined ? {} : { policy }),
      ...(name === undefined ? {} : { displayName: name }),
      ...(aliases === undefined ? {} : { addresses: [account.address, ...aliases.filter((alias) => alias !== account.address)] }),
    })
  },
)

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return new Set(some).size === new Set(others).size && some.every((each) => others.includes(each))
}

type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> }

/** The fields that were given. */
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>
}
