// `--rule name=value` of the shell: a rule by its name or its element, and a value as people write it.
import { InvalidArgumentError } from 'commander'
import type { RuleUnit } from '../model/policy-rule.ts'
import { ruleNamed, ruleNames, type RuleName, type RuleValue } from '../model/policy-rules.ts'
import { rangeWords } from '../policy/rule-words.ts'

/** Null takes a rule back. */
export type GivenRules = Readonly<Partial<Record<RuleName, RuleValue | null>>>

const flags: Readonly<Record<string, boolean>> = { yes: true, true: true, on: true, no: false, false: false, off: false }

/** What may stand behind a number, and by how much it multiplies. */
const measures: Readonly<Partial<Record<RuleUnit, Readonly<Record<string, number>>>>> = {
  seconds: { s: 1, min: 60, h: 3600 },
  bytes: { kb: 1 << 10, mb: 1 << 20 },
}

/** Adds one `name=value` to those before it. `default` takes a rule back. */
export function ruleArgument(text: string, earlier: GivenRules = {}): GivenRules {
  const [, named = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (named === '') throw new InvalidArgumentError('Write a rule as name=value.')
  const name = ruleNames.find((each) => each.toLowerCase() === named.trim().toLowerCase())
  if (name === undefined) throw new InvalidArgumentError(`There is no rule ${named.trim()}: \`easel policy rules\` lists them.`)
  return { ...earlier, [name]: value.trim() === 'default' ? null : valueOf(name, value.trim()) }
}

function valueOf(name: RuleName, text: string): RuleValue {
  const rule = ruleNamed(name)
  const value =
    rule.kind === 'flag'
      ? flags[text.toLowerCase()]
      : rule.kind === 'number'
        ? numberOf(text, rule.unit)
        : rule.kind === 'choice'
          ? text.toLowerCase()
          : text
              .split(',')
              .map((one) => one.trim())
              .filter((one) => one !== '')
  if (value === undefined) throw new InvalidArgumentError(`${name} is ${rangeWords(name)}, or "default".`)
  return value
}

/** `900`, `15min`, `10 MB`. */
function numberOf(text: string, unit: RuleUnit): number | undefined {
  const [, digits, measure = ''] = /^(\d+)\s*([A-Za-z]*)$/.exec(text) ?? []
  if (digits === undefined) return undefined
  const factor = measure === '' ? 1 : measures[unit]?.[measure.toLowerCase()]
  return factor === undefined ? undefined : Number(digits) * factor
}
