// Actions on accounts: who may log in, and what they may do.
import { z } from 'zod'
import { hashPassword } from '../auth/password.ts'
import type { Account } from '../model/account.ts'
import { dialects } from '../model/dialect.ts'
import { protocolVersions, type ProtocolVersion } from '../model/version.ts'
import type { AccountChange } from '../store/accounts.ts'
import { action } from './action.ts'
import type { AdminHouse } from './house.ts'
import { accountAt, addressInput } from './lookup.ts'

/** An account as programs see it. */
export interface AccountView {
  readonly address: string
  readonly addresses: readonly string[]
  readonly displayName: string
  readonly disabled: boolean
  readonly maxVersion: ProtocolVersion | null
  readonly allowNonProvisionable: boolean | null
}

const view = ({ address, addresses, displayName, disabled, maxVersion, allowNonProvisionable }: Account): AccountView => ({
  address,
  addresses,
  displayName,
  disabled,
  maxVersion,
  allowNonProvisionable,
})

// argon2id reads the whole password: a bound keeps a request from costing more than it should.
const passwordInput = z.string().min(1, 'a password cannot be empty').max(1024, 'a password has at most 1024 characters')
const nameInput = z.string().trim().min(1).max(256)

async function change(house: AdminHouse, address: string, wanted: AccountChange): Promise<AccountView> {
  const account = await accountAt(house, address)
  const changed = await house.store.accounts.change(account.id, wanted)
  house.changed(changed, null)
  return view(changed)
}

export const addAccount = action(
  z.object({ address: addressInput, password: passwordInput, name: nameInput.optional() }),
  async (house, { address, password, name }) =>
    view(
      await house.store.accounts.create({
        addresses: [address],
        displayName: name ?? address.slice(0, address.indexOf('@')),
        passwordHash: await hashPassword(password),
      }),
    ),
)

export const listAccounts = action(z.object({}), async (house) => (await house.store.accounts.list()).map(view))

export const setPassword = action(z.object({ address: addressInput, password: passwordInput }), async (house, { address, password }) =>
  change(house, address, { passwordHash: await hashPassword(password) }),
)

export const disableAccount = action(z.object({ address: addressInput }), (house, { address }) =>
  change(house, address, { disabled: true }),
)

export const enableAccount = action(z.object({ address: addressInput }), (house, { address }) =>
  change(house, address, { disabled: false }),
)

/** Fields left out stay; null hands the decision back to the server's configuration. */
export const changeAccount = action(
  z.object({
    address: addressInput,
    name: nameInput.optional(),
    aliases: z.array(addressInput).max(100).optional(),
    maxVersion: z
      .enum(protocolVersions)
      .refine((version) => dialects[version].served, 'that version is not served')
      .nullable()
      .optional(),
    allowNonProvisionable: z.boolean().nullable().optional(),
  }),
  async (house, { address, name, aliases, maxVersion, allowNonProvisionable }) => {
    const account = await accountAt(house, address)
    return change(house, address, {
      ...(name === undefined ? {} : { displayName: name }),
      ...(aliases === undefined ? {} : { addresses: [account.address, ...aliases.filter((alias) => alias !== account.address)] }),
      ...(maxVersion === undefined ? {} : { maxVersion }),
      ...(allowNonProvisionable === undefined ? {} : { allowNonProvisionable }),
    })
  },
)
