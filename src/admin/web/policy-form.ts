// A policy as a form, built from the table of its rules, and the policy a form sends.
import type { z } from 'zod'
import { dialects } from '../../model/dialect.ts'
import { ruleGroups, type Rule, type RuleGroup } from '../../model/policy-rule.ts'
import { ruleNamed, ruleNames, type RuleName, type RuleValue } from '../../model/policy-rules.ts'
import { defaultPolicyName, type Policy } from '../../model/policy.ts'
import { protocolVersions } from '../../model/version.ts'
import { policyFields } from '../../policy/difference.ts'
import { neutralWords, rangeWords } from '../../policy/rule-words.ts'
import { policyInput } from '../policies.ts'
import { areaField, button, checkField, hidden, linkButton, postForm, selectField, textField, type Option } from './field.ts'
import { html, type Html } from './html.ts'
import { linesOf } from './lines.ts'
import { section } from './table.ts'

/** What was typed, field by field: a draft need not be a policy yet. */
export type Draft = URLSearchParams

/** What is wrong with a draft, by the name of its field. */
export type Troubles = ReadonlyMap<string, string>

/** The name of a rule's field. */
const ruleField = (name: RuleName) => `rule.${name}`

/** A policy as its form would send it. `set` names the rules that say what phones do anyway, so that they are not taken for unset. */
export function draftFrom(policy: Policy): Draft {
  const draft = new URLSearchParams({
    name: policy.name,
    rank: String(policy.rank),
    groups: policy.groups.join('\n'),
    minVersion: policy.minVersion ?? '',
    maxVersion: policy.maxVersion ?? '',
    devicesMax: policy.devicesMax === null ? '' : String(policy.devicesMax),
    refreshHours: policy.refreshHours === null ? '' : String(policy.refreshHours),
  })
  for (const name of ['syncEnabled', 'provisions', 'allowNonProvisionable'] as const) if (policy[name]) draft.set(name, 'yes')
  for (const name of ruleNames) {
    const value: RuleValue | undefined = policy.rules[name]
    if (value !== undefined) draft.append('set', name)
    const text = textOf(value ?? neutralOf(ruleNamed(name)), ruleNamed(name))
    if (text !== '') draft.set(ruleField(name), text)
  }
  return draft
}

/** What an unset rule shows in its field. */
function neutralOf(rule: Rule): RuleValue | null {
  return rule.kind === 'flag' || rule.kind === 'choice' ? rule.neutral : null
}

function textOf(value: RuleValue | null, rule: Rule): string {
  if (value === null) return ''
  if (rule.kind === 'flag') return value === true ? 'yes' : ''
  return typeof value === 'object' ? value.join('\n') : String(value)
}

/** The value of a rule's field; undefined where the rule is not set. */
function valueOf(draft: Draft, name: RuleName): RuleValue | undefined {
  const rule = ruleNamed(name)
  const text = draft.get(ruleField(name))?.trim() ?? ''
  const isSet = draft.getAll('set').includes(name)
  switch (rule.kind) {
    case 'flag': {
      const value = text === 'yes'
      return value === rule.neutral && !isSet ? undefined : value
    }
    case 'choice':
      return text === '' || (text === rule.neutral && !isSet) ? undefined : text
    case 'number':
      return text === '' ? undefined : Number(text)
    case 'texts':
      return text === '' ? undefined : linesOf(text)
  }
}

/** The policy of a draft. Throws a ZodError where it is none. */
export function policyOf(draft: Draft): z.output<typeof policyInput> {
  const text = (name: string) => draft.get(name)?.trim() ?? ''
  const number = (name: string) => (text(name) === '' ? null : Number(text(name)))
  return policyInput.parse({
    name: text('name'),
    rank: number('rank') ?? undefined,
    groups: linesOf(text('groups')),
    syncEnabled: draft.has('syncEnabled'),
    minVersion: text('minVersion') || null,
    maxVersion: text('maxVersion') || null,
    devicesMax: number('devicesMax'),
    provisions: draft.has('provisions'),
    allowNonProvisionable: draft.has('allowNonProvisionable'),
    refreshHours: number('refreshHours'),
    rules: Object.fromEntries(ruleNames.map((name) => [name, valueOf(draft, name)])),
  })
}

/** What is wrong, by field. */
export function troublesOf(error: z.ZodError): Troubles {
  return new Map(
    error.issues.map(({ path: [first, second], message }) => {
      const field = first === 'rules' ? `rule.${String(second)}` : String(first)
      return [field, `${message.charAt(0).toUpperCase()}${message.slice(1)}.`]
    }),
  )
}

/** The troubles in one sentence, each with the words that stand at its field. */
export function troubleSentence(troubles: Troubles): string {
  const titles = new Map<string, string>([
    ['name', 'Name'],
    ...policyFields,
    ...ruleNames.map((name) => [ruleField(name), ruleNamed(name).title] as const),
  ])
  return [...troubles].map(([field, words]) => `${titles.get(field) ?? field}: ${words}`).join(' ')
}

function general(draft: Draft, troubles: Troubles, isNew: boolean): Html {
  const value = (name: string) => draft.get(name) ?? ''
  const versions: readonly Option[] = [
    ['', 'As the server'],
    ...protocolVersions.filter((version) => dialects[version].served).map((version): Option => [version, version]),
  ]
  const isDefault = !isNew && value('name') === defaultPolicyName
  return section('Who it is for', [
    isNew
      ? textField({ label: 'Name', name: 'name', value: value('name'), required: true, maxLength: 64, trouble: troubles.get('name') })
      : hidden('name', value('name')),
    isDefault
      ? html`<p>This is the default: everybody has it who has no other policy.</p>
          ${hidden('rank', value('rank'))}`
      : [
          areaField({
            label: 'Groups',
            name: 'groups',
            value: value('groups'),
            hint: 'One in each line. Their accounts get this policy, unless an account has one of its own.',
            trouble: troubles.get('groups'),
          }),
          textField({
            label: 'Rank',
            name: 'rank',
            type: 'number',
            value: value('rank'),
            min: 0,
            max: 10_000,
            trouble: troubles.get('rank'),
            hint: 'Somebody may be in several groups: the policy with the lowest rank decides.',
          }),
        ],
    checkField({ label: 'Phones may sync', name: 'syncEnabled', checked: draft.has('syncEnabled') }),
    textField({
      label: 'Most phones of an account',
      name: 'devicesMax',
      type: 'number',
      value: value('devicesMax'),
      min: 1,
      max: 1000,
      hint: 'Empty: any number.',
      trouble: troubles.get('devicesMax'),
    }),
    selectField({ label: 'Lowest version', name: 'minVersion', value: value('minVersion'), options: versions }),
    selectField({
      label: 'Highest version',
      name: 'maxVersion',
      value: value('maxVersion'),
      options: versions,
      trouble: troubles.get('maxVersion'),
    }),
  ])
}

function provisioning(draft: Draft, troubles: Troubles): Html {
  return section('How phones are asked', [
    checkField({
      label: 'Phones are asked to follow the rules',
      name: 'provisions',
      checked: draft.has('provisions'),
      hint: 'Without this no rule below is sent.',
    }),
    checkField({
      label: 'Let in phones that cannot, or do not',
      name: 'allowNonProvisionable',
      checked: draft.has('allowNonProvisionable'),
      hint: 'Without this they stay out, Outlook for Windows among them.',
    }),
    textField({
      label: 'Hours until a phone asks again',
      name: 'refreshHours',
      type: 'number',
      value: draft.get('refreshHours'),
      min: 1,
      max: 8760,
      hint: 'Empty: only when the policy changes.',
      trouble: troubles.get('refreshHours'),
    }),
  ])
}

function ruleInput(name: RuleName, draft: Draft, troubles: Troubles): Html {
  const rule = ruleNamed(name)
  const value = draft.get(ruleField(name)) ?? ''
  const field = { label: rule.title, name: ruleField(name), value, trouble: troubles.get(ruleField(name)) }
  switch (rule.kind) {
    case 'flag':
      return checkField({ ...field, value: 'yes', checked: value === 'yes', hint: rule.about })
    case 'number':
      return textField({
        ...field,
        type: 'number',
        min: rule.min,
        max: rule.max,
        hint: `${rule.about} ${sentenceCase(rangeWords(name))}; empty: ${neutralWords(name)}.`,
      })
    case 'choice':
      return selectField({
        ...field,
        value: value === '' ? rule.neutral : value,
        options: Object.keys(rule.values).map((each): Option => [each, sentenceCase(each.replaceAll('-', ' '))]),
        hint: rule.about,
      })
    case 'texts':
      return areaField({ ...field, hint: `${rule.about} One in each line.` })
  }
}

const sentenceCase = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

/** The whole editor. Whatever rule the table gains appears in its group. */
export function policyForm(
  draft: Draft,
  troubles: Troubles,
  options: { readonly isNew: boolean; readonly csrf: string; readonly back: string },
): Html {
  const groups = (Object.keys(ruleGroups) as RuleGroup[]).map((group) => {
    const names = ruleNames.filter((name) => ruleNamed(name).group === group)
    return section(
      ruleGroups[group],
      names.map((name) => ruleInput(name, draft, troubles)),
      { id: `group-${group}` },
    )
  })
  return postForm('/policies/preview', options.csrf, [
    options.isNew && hidden('isNew', 'yes'),
    draft.getAll('set').map((name) => hidden('set', name)),
    html`<div class="sheets">${general(draft, troubles, options.isNew)} ${provisioning(draft, troubles)} ${groups}</div>`,
    html`<div class="buttons stay">${button('Show what this comes to', { tone: 'first' })} ${linkButton(options.back, 'Go back')}</div>`,
  ])
}
