// The rules of a policy as somebody writes them: checked against the table, one schema for the console, REST and the shell.
import { z } from 'zod'
import type { Rule } from '../model/policy-rule.ts'
import { ruleNamed, ruleNames, type PolicyRules, type RuleName } from '../model/policy-rules.ts'

/** The longest list: more makes documents that no phone was ever seen to take. */
const textsMax = 500

function inputOf(rule: Rule): z.ZodType {
  switch (rule.kind) {
    case 'flag':
      return z.boolean('must be true or false')
    case 'number': {
      const sentence = `must be a whole number of ${rule.unit} from ${rule.min} to ${rule.max}, or be left out`
      return z.int(sentence).min(rule.min, sentence).max(rule.max, sentence)
    }
    case 'choice': {
      const names = Object.keys(rule.values)
      return z.enum(names, `must be one of ${names.join(', ')}`)
    }
    case 'texts':
      return z.array(z.string(rule.expected).regex(rule.pattern, rule.expected)).max(textsMax, `has at most ${textsMax} entries`)
  }
}

/** One property per rule: what the table says of its kind, told to the compiler. */
type Shape = { readonly [Name in RuleName]: z.ZodOptional<z.ZodType<NonNullable<PolicyRules[Name]>, NonNullable<PolicyRules[Name]>>> }

const shape = Object.fromEntries(
  ruleNames.map((name) => {
    const rule = ruleNamed(name)
    const description = rule.kind === 'number' ? `${rule.about} In ${rule.unit}.` : rule.about
    return [name, inputOf(rule).optional().meta({ title: rule.title, description })]
  }),
) as Shape

/** Rules by name; whatever is no rule is refused. */
export const rulesInput = z.strictObject(shape, {
  error: (issue) => (issue.code === 'unrecognized_keys' ? `there is no rule ${(issue.keys ?? []).join(', ')}` : undefined),
})
