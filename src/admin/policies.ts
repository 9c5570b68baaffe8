// Actions on policies: reading them, writing them, and seeing what they come to.
import { z } from 'zod'
import { dialects } from '../model/dialect.ts'
import { defaultPolicyName, type Policy } from '../model/policy.ts'
import { isSince, protocolVersions } from '../model/version.ts'
import { cautionsOf } from '../policy/cautions.ts'
import { differenceOf, type PolicyChange } from '../policy/difference.ts'
import { assertSpeakable } from '../policy/document.ts'
import { forecast, type Forecast } from '../policy/preview.ts'
import { rulesInput } from '../policy/rules-input.ts'
import { administrators, reading, staff, writing } from './action.ts'
import { NotThere, Refusal, type AdminHouse } from './house.ts'
import { effectOf, tellPhones, type PolicyEffect } from './policy-effect.ts'

/** A policy as programs see it. */
export interface PolicyView extends Policy {
  /** False for the default while it comes from the configuration. */
  readonly stored: boolean
  /** How many accounts have it. */
  readonly accounts: number
}

/** What an administrator should know of a policy he has just written. */
export interface WrittenPolicy extends PolicyView {
  readonly cautions: readonly string[]
}

/** What a policy would come to. */
export interface PolicyPreview extends Forecast, PolicyEffect {
  readonly name: string
  /** Against the policy of this name in force. */
  readonly changes: readonly PolicyChange[]
}

const policyName = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u, 'a name has 1 to 64 letters, digits, blanks and .-_')

const served = protocolVersions.filter((version) => dialects[version].served)
const version = z.enum(served, `must be one of ${served.join(', ')}, or be left out`).nullable()

const refreshHoursMax = 24 * 365

export const policyInput = z
  .object({
    name: policyName,
    rank: z.int().min(0).max(10_000).default(100),
    groups: z.array(z.string().trim().min(1).max(256)).max(200).default([]),
    syncEnabled: z.boolean().default(true),
    minVersion: version.default(null),
    maxVersion: version.default(null),
    devicesMax: z.int().min(1).max(1000).nullable().default(null),
    provisions: z.boolean().default(true),
    allowNonProvisionable: z.boolean().default(true),
    refreshHours: z.int().min(1).max(refreshHoursMax).nullable().default(null),
    rules: rulesInput.prefault({}),
  })
  .refine(({ minVersion, maxVersion }) => minVersion === null || maxVersion === null || isSince(maxVersion, minVersion), {
    path: ['maxVersion'],
    error: 'lies below the lowest version: no device could come in',
  })
  .refine(({ name, groups }) => name !== defaultPolicyName || groups.length === 0, {
    path: ['groups'],
    error: 'the default policy is for everybody who has no other: it takes no groups',
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

async function viewOf(house: AdminHouse, name: string): Promise<PolicyView> {
  const found = (await views(house)).find((policy) => policy.name === name)
  if (found === undefined) throw new NotThere(`There is no policy ${name}.`)
  return found
}

export const listPolicies = reading({ input: z.object({}), about: 'All policies, the default last.', roles: staff }, (house) =>
  views(house),
)

export const showPolicy = reading({ input: policyChoice, about: 'One policy.', roles: staff, target }, (house, { name }) =>
  viewOf(house, name),
)

/** Two names that differ in their letters' case alone would be taken for each other. */
function assertOwnName(house: AdminHouse, { name }: Policy): void {
  const alike = house.policies.all().find((policy) => policy.name !== name && policy.name.toLowerCase() === name.toLowerCase())
  if (alike !== undefined) throw new Refusal(`There is a policy ${alike.name} already: names must differ in more than the case of letters.`)
}

/** A group that nobody is in is most often misspelt. */
async function strangeGroups(house: AdminHouse, { groups }: Policy): Promise<string[]> {
  if (groups.length === 0) return []
  const known = new Set((await house.store.accounts.list()).flatMap((account) => account.groups.map((group) => group.toLowerCase())))
  const strange = groups.filter((group) => !known.has(group.toLowerCase()))
  return strange.length === 0 ? [] : [`No account is in the group ${strange.join(', ')} yet.`]
}

const cautions = async (house: AdminHouse, policy: Policy) => [...cautionsOf(policy), ...(await strangeGroups(house, policy))]

export const previewPolicy = reading(
  {
    input: policyInput,
    about: 'What a policy would come to: on which clients which rule holds, what it changes, whom it asks. Nothing is stored.',
    roles: staff,
    target,
  },
  async (house, policy): Promise<PolicyPreview> => {
    assertOwnName(house, policy)
    const before = house.policies.all().find(({ name }) => name === policy.name) ?? null
    return {
      name: policy.name,
      changes: differenceOf(before, policy),
      ...(await effectOf(house, policy)),
      ...forecast(policy),
      cautions: await cautions(house, policy),
    }
  },
)

/** It replaces the policy of this name as a whole: what is left out has its default. */
export const writePolicy = writing(
  {
    input: policyInput,
    about: 'Adds a policy, or replaces the one of this name as a whole: what is left out has its default.',
    roles: administrators,
    target,
  },
  async (house, policy): Promise<WrittenPolicy> => {
    assertOwnName(house, policy)
    assertSpeakable(policy)
    await tellPhones(house, () => house.store.policies.put(policy))
    return { ...(await viewOf(house, policy.name)), cautions: await cautions(house, policy) }
  },
)

export const removePolicy = writing(
  {
    input: policyChoice,
    about: 'Removes a policy: its accounts fall back to their groups or the default. The default goes back to the configuration.',
    roles: administrators,
    target,
  },
  async (house, { name }) => {
    if (!house.policies.isStored(name)) {
      if (name === defaultPolicyName) throw new Refusal('The default policy comes from the configuration already.')
      throw new NotThere(`There is no policy ${name}.`)
    }
    const holders = (await house.store.accounts.list()).filter((account) => account.policy === name)
    if (name !== defaultPolicyName && holders.length > 0) {
      const [first] = holders
      const whom = holders.length === 1 ? (first?.address ?? '') : `${holders.length} accounts, ${first?.address ?? ''} for one`
      throw new Refusal(`The policy ${name} is assigned to ${whom}: give them another first.`)
    }
    await tellPhones(house, () => house.store.policies.remove(name))
    return { name }
  },
)
