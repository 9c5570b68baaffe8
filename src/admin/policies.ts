// Actions on policies: reading them, writing them, and seeing what they come to.
import { z } from 'zod'
import { dialects } from '../model/dialect.ts'
import { defaultPolicyName, type Policy } from '../model/policy.ts'
import { protocolVersions } from '../model/version.ts'
import { assertSpeakable } from '../policy/document.ts'
import { rulesInput } from '../policy/rules-input.ts'
import { administrators, reading, staff, writing } from './action.ts'
import { NotThere, Refusal, type AdminHouse } from './house.ts'

/** A policy as programs see it. */
export interface PolicyView extends Policy {
  /** False for the default while it comes from the configuration. */
  readonly stored: boolean
  /** How many accounts have it. */
  readonly accounts: number
}

const policyName = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u, 'a name has 1 to 64 letters, digits, blanks and .-_')

const version = z
  .enum(protocolVersions)
  .refine((each) => dialects[each].served, 'that version is not served')
  .nullable()

export const policyInput = z.object({
  name: policyName,
  rank: z.number().int().min(0).max(10_000).default(100),
  groups: z.array(z.string().trim().min(1).max(256)).max(200).default([]),
  syncEnabled: z.boolean().default(true),
  minVersion: version.default(null),
  maxVersion: version.default(null),
  devicesMax: z.number().int().min(1).max(1000).nullable().default(null),
  provisions: z.boolean().default(true),
  allowNonProvisionable: z.boolean().default(true),
  refreshHours: z
    .number()
    .int()
    .min(1)
    .max(24 * 365)
    .nullable()
    .default(null),
  rules: rulesInput.prefault({}),
})

const policyChoice = z.object({ name: policyName })
const target = ({ name }: { readonly name: string }) => `policy ${name}`

async function views(house: AdminHouse): Promise<PolicyView[]> {
  const counts = new Map<string, number>()
  for (const account of await house.store.accounts.list()) {
    const { name } = house.policies.policyFor(account)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return house.policies
    .all()
    .map((policy) => ({ ...policy, stored: house.policies.isStored(policy.name), accounts: counts.get(policy.name) ?? 0 }))
}

export const listPolicies = reading({ input: z.object({}), about: 'All policies, the default last.', roles: staff }, (house) =>
  views(house),
)

export const showPolicy = reading({ input: policyChoice, about: 'One policy.', roles: staff, target }, async (house, { name }) => {
  const found = (await views(house)).find((policy) => policy.name === name)
  if (found === undefined) throw new NotThere(`There is no policy ${name}.`)
  return found
})

/** Whoever has another policy than before is told at the next request; parked requests end. */
async function changed(house: AdminHouse, work: () => Promise<void>): Promise<void> {
  const accounts = await house.store.accounts.list()
  const before = new Map(accounts.map((account) => [account.id, JSON.stringify(house.policies.policyFor(account))]))
  await work()
  await house.policies.reload()
  for (const account of accounts) {
    if (JSON.stringify(house.policies.policyFor(account)) !== before.get(account.id)) house.changed(account, null)
  }
}

export const writePolicy = writing(
  { input: policyInput, about: 'Adds a policy, or replaces the one of this name.', ...{ roles: administrators, target } },
  async (house, policy): Promise<PolicyView> => {
    assertSpeakable(policy)
    await changed(house, () => house.store.policies.put(policy))
    const written = (await views(house)).find(({ name }) => name === policy.name)
    if (written === undefined) throw new Error('a policy that was just written is not there')
    return written
  },
)

export const removePolicy = writing(
  {
    input: policyChoice,
    about: 'Removes a policy: its accounts fall back to their groups or the default. The default goes back to the configuration.',
    ...{ roles: administrators, target },
  },
  async (house, { name }) => {
    const holders = (await house.store.accounts.list()).filter((account) => account.policy === name)
    if (name !== defaultPolicyName && holders.length > 0) {
      throw new Refusal(
        `The policy ${name} is assigned to ${holders.length} account(s), ${holders[0]?.address ?? ''} for one: give them another first.`,
      )
    }
    let removed = false
    await changed(house, async () => {
      removed = await house.store.policies.remove(name)
    })
    if (!removed) throw new NotThere(`There is no stored policy ${name}.`)
    return { name }
  },
)
