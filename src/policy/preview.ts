// What a policy would come to on the clients people have: rule by rule, and in sentences.
import { dialects } from '../model/dialect.ts'
import { isNeutral, ruleNamed, ruleNames, type RuleName, type RuleValue } from '../model/policy-rules.ts'
import type { Policy } from '../model/policy.ts'
import { isSince, type ProtocolVersion } from '../model/version.ts'
import { cautionsOf } from './cautions.ts'
import { byOutlook, clientRules, clients, type ClientKind, type Known } from './client-rules.ts'
import { EASProvisionDoc, elementOf, rulesInForce } from './document.ts'
import { ruleWords } from './rule-words.ts'

/** A rule that asks something of a phone. */
export interface RuleForecast {
  readonly rule: RuleName
  readonly title: string
  readonly value: RuleValue
  /** The value, for people. */
  readonly words: string
  /** The first version that carries it. */
  readonly since: ProtocolVersion
  readonly clients: Readonly<Record<ClientKind, Known>>
}

export interface ClientForecast {
  readonly client: ClientKind
  readonly title: string
  readonly sentences: readonly string[]
}

export interface Forecast {
  readonly rules: readonly RuleForecast[]
  readonly clients: readonly ClientForecast[]
  /** Which of these rules a phone of an old version is never told. */
  readonly untold: readonly { readonly version: ProtocolVersion; readonly rules: readonly RuleName[] }[]
  /** What an administrator would want to know before this policy is in force. */
  readonly cautions: readonly string[]
}

/** The versions below the first that carries every rule. */
const oldVersions = ['12.0', '12.1'] as const

/** The first version that carries a rule. */
export function sinceOf(name: RuleName): ProtocolVersion {
  const element = elementOf(name)
  const field = EASProvisionDoc.fields.find((each) => each.name === element)
  if (field === undefined) throw new Error(`no element for the rule ${name}`)
  return field.tag.since
}

/** The rules that are sent and ask something: the others tell a phone to do as it likes. */
export function tellingRules(policy: Policy): RuleForecast[] {
  const rules = policy.provisions ? rulesInForce(policy) : {}
  return ruleNames.flatMap((rule) => {
    const value = rules[rule]
    if (value === undefined || isNeutral(rule, value)) return []
    const { title } = ruleNamed(rule)
    const known = { ...clientRules[rule], outlook: byOutlook }
    return [{ rule, title, value, words: ruleWords(rule, value), since: sinceOf(rule), clients: known }]
  })
}

/** Everything there is to say of a policy before it is in force. */
export function forecast(policy: Policy): Forecast {
  const rules = tellingRules(policy)
  const kinds = ['ios', 'android', 'outlook'] as const
  return {
    rules,
    clients: kinds.map((client) => ({ client, title: clients[client].title, sentences: sentencesOf(client, policy, rules) })),
    untold: oldVersions.map((version) => ({
      version,
      rules: rules.filter(({ since }) => !isSince(version, since)).map(({ rule }) => rule),
    })),
    cautions: cautionsOf(policy),
  }
}

function sentencesOf(client: ClientKind, policy: Policy, rules: readonly RuleForecast[]): string[] {
  if (!policy.syncEnabled) return ['May not sync (Status 126), unless the account itself may.']
  if (client === 'outlook' && policy.provisions && !policy.allowNonProvisionable) {
    return ['Kept out: it cannot provision, and devices that cannot are not allowed (Status 141, up to 12.1 HTTP 449).']
  }
  const versions = versionSentences(client, policy)
  if (versions.isOut) return versions.sentences
  if (!policy.provisions) return [...versions.sentences, 'Enters without a policy: phones are not asked to provision.']
  if (client === 'outlook') return [...versions.sentences, 'Enters without a policy: none of the rules holds there.']
  return [...versions.sentences, ...ofPhone(client, policy, rules)]
}

/** A device that speaks a version outside of the range gets HTTP 400, with the versions it may use instead. */
function versionSentences(client: ClientKind, { minVersion, maxVersion }: Policy): { isOut: boolean; sentences: string[] } {
  const [lowest, highest] = clients[client].versions
  const isBelow = (version: ProtocolVersion, other: ProtocolVersion) => version !== other && isSince(other, version)
  if (minVersion !== null && isBelow(highest, minVersion)) {
    return { isOut: true, sentences: [`Kept out: none was seen to speak ${minVersion} or later.`] }
  }
  if (maxVersion !== null && isBelow(maxVersion, lowest)) {
    return { isOut: true, sentences: [`Kept out: none was seen to speak ${maxVersion} or earlier.`] }
  }
  const sentences: string[] = []
  if (minVersion !== null && isBelow(lowest, minVersion)) sentences.push(`Those that speak no ${minVersion} are kept out.`)
  if (maxVersion !== null && isBelow(maxVersion, highest)) {
    const losesWipe = dialects[highest].accountOnlyWipe && !dialects[maxVersion].accountOnlyWipe
    sentences.push(`Speaks ${maxVersion} at most${losesWipe ? ', which has no word for a wipe of the account alone' : ''}.`)
  }
  return { isOut: false, sentences }
}

function ofPhone(client: 'ios' | 'android', policy: Policy, rules: readonly RuleForecast[]): string[] {
  const named = (treatment: Known['treatment']) =>
    rules.filter((rule) => rule.clients[client].treatment === treatment).map(({ title }) => title)
  const [refused, ignored, unknown] = [named('refused'), named('ignored'), named('unknown')]
  const sentences = [
    rules.length === 0 ? 'Provisions, and is asked for nothing.' : `Honours ${named('honoured').length} of ${rules.length} rules.`,
  ]
  if (refused.length > 0 && policy.allowNonProvisionable) {
    sentences.push(`Cannot do, acknowledges in part and is let in all the same: ${refused.join(', ')}.`)
  }
  if (refused.length > 0 && !policy.allowNonProvisionable) {
    sentences.push(`Cannot do, acknowledges in part and is kept out (Status 139): ${refused.join(', ')}.`)
  }
  if (ignored.length > 0) sentences.push(`Passes over: ${ignored.join(', ')}.`)
  if (unknown.length > 0) sentences.push(`Nothing is known about: ${unknown.join(', ')}.`)
  if (client === 'android' && rules.some(({ rule }) => ruleNamed(rule).group === 'passcode')) {
    sentences.push(
      'Since Android 10 the system knows three strengths of a passcode, and takes the one that comes closest (Google, Gmail help).',
    )
  }
  if (policy.refreshHours !== null) sentences.push(`Fetches the policy again every ${policy.refreshHours} hours.`)
  return sentences
}
