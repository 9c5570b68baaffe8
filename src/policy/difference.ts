// What another policy changes, field by field and rule by rule, in words.
import { ruleNamed, ruleNames } from '../model/policy-rules.ts'
import type { Policy } from '../model/policy.ts'
import { ruleWords } from './rule-words.ts'

export interface PolicyChange {
  /** A field of the policy, or the name of a rule. */
  readonly name: string
  readonly title: string
  /** Null: there is no such policy yet. */
  readonly before: string | null
  readonly after: string
}

const fieldTitles = {
  rank: 'Rank',
  groups: 'Groups',
  syncEnabled: 'May sync',
  minVersion: 'Lowest version',
  maxVersion: 'Highest version',
  devicesMax: 'Devices per account',
  provisions: 'Asks phones to provision',
  allowNonProvisionable: 'Admits devices that do not provision',
  refreshHours: 'Policy refresh interval',
} as const satisfies Partial<Record<keyof Policy, string>>

type Field = keyof typeof fieldTitles

/** The value of a field, for people. */
export function fieldWords(name: Field, policy: Policy): string {
  const value = policy[name]
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (name === 'refreshHours') return value === null ? 'never' : value === 1 ? '1 hour' : `${String(value)} hours`
  if (name === 'devicesMax') return value === null ? 'any number' : String(value)
  if (value === null) return 'as the server'
  return Array.isArray(value) ? (value.length === 0 ? 'none' : value.join(', ')) : String(value)
}

/** The fields of a policy beside its name and its rules, in the order in which they are shown. */
export const policyFields = Object.entries(fieldTitles) as readonly (readonly [name: Field, title: string])[]

/** Everything that is not as it was; of a new policy, everything. */
export function differenceOf(before: Policy | null, after: Policy): PolicyChange[] {
  const fields = policyFields.map(([name, title]) => ({
    name,
    title,
    before: before === null ? null : fieldWords(name, before),
    after: fieldWords(name, after),
  }))
  const rules = ruleNames.map((name) => ({
    name,
    title: ruleNamed(name).title,
    before: ruleWords(name, before?.rules[name]),
    after: ruleWords(name, after.rules[name]),
  }))
  return [...fields, ...rules].filter((change) => change.before !== change.after)
}
