// The rules of a policy as somebody writes them: checked against the table, one schema for the console, REST and the shell.
import { z } from 'zod'
import { policyRules, type FlagRule, type NumberRule, type PolicyRules } from '../model/policy-rules.ts'

function inputOf(rule: FlagRule | NumberRule): z.ZodType<boolean | number> {
  return rule.kind === 'flag' ? z.boolean() : z.number().int().min(rule.min).max(rule.max)
}

const known = z.strictObject(Object.fromEntries(Object.entries(policyRules).map(([name, rule]) => [name, inputOf(rule).optional()])))

/** Rules by name; whatever is no rule is refused. */
export const rulesInput = known.transform((rules) => rules as PolicyRules)
