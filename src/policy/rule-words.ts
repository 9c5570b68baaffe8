// How the value of a rule is said to people, in the shell and in the console.
import { ruleNamed, type RuleName, type RuleValue } from '../model/policy-rules.ts'

const minute = 60
const [megabyte, kilobyte] = [1 << 20, 1 << 10]

/** `yes`, `15 minutes`, `hands-free`, `not set`. */
export function ruleWords(name: RuleName, value: RuleValue | undefined): string {
  if (value === undefined) return 'not set'
  const rule = ruleNamed(name)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return value.replaceAll('-', ' ')
  if (typeof value !== 'number') return value.length === 0 ? 'none' : value.join(', ')
  return rule.kind === 'number' ? amount(value, rule.unit) : String(value)
}

function amount(value: number, unit: string): string {
  if (unit === 'seconds' && value % minute === 0) return counted(value / minute, 'minutes')
  if (unit === 'bytes' && value % megabyte === 0) return `${value / megabyte} MB`
  if (unit === 'bytes' && value % kilobyte === 0) return `${value / kilobyte} kB`
  return counted(value, unit)
}

/** Units are in the plural, by a single s. */
function counted(value: number, unit: string): string {
  return `${value} ${value === 1 ? unit.slice(0, -1) : unit}`
}

/** What a rule may be set to: `yes or no`, `4 to 16 attempts`. */
export function rangeWords(name: RuleName): string {
  const rule = ruleNamed(name)
  switch (rule.kind) {
    case 'flag':
      return 'yes or no'
    case 'number':
      return `${rule.min} to ${rule.max} ${rule.unit}`
    case 'choice':
      return Object.keys(rule.values).join(', ')
    case 'texts':
      return 'a list'
  }
}

/** What a phone does that was never told. */
export function neutralWords(name: RuleName): string {
  const rule = ruleNamed(name)
  switch (rule.kind) {
    case 'flag':
      return rule.neutral ? 'yes' : 'no'
    case 'number':
      return rule.neutral === null || rule.neutral < rule.min ? 'no limit' : String(rule.neutral)
    case 'choice':
      return rule.neutral
    case 'texts':
      return 'none'
  }
}
