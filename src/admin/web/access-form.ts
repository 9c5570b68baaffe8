// The access rules as a form: every rule with its fields and its place, read back as it is sent.
import { characteristics, type AccessRules, type Characteristic } from '../../model/access.ts'
import type { AccessState } from '../../model/device.ts'
import type { ActionInput } from '../actions.ts'
import { accessWords } from './badge.ts'
import { button, hidden, linkButton, postForm, selectField, textField, type Option } from './field.ts'
import { html, type Html } from './html.ts'

/** A rule while somebody writes it; a fresh one has no id yet. */
export interface RuleDraft {
  readonly id: string
  readonly characteristic: Characteristic
  readonly pattern: string
  readonly access: AccessState
  readonly note: string
}

export interface RulesDraft {
  readonly fallback: AccessState
  readonly rules: readonly RuleDraft[]
}

export const characteristicWords: Readonly<Record<Characteristic, string>> = {
  type: 'Device type',
  model: 'Model',
  os: 'Operating system',
  userAgent: 'Program',
  version: 'Protocol version',
}

export const accessOptions: readonly Option[] = [
  ['allowed', 'Allow'],
  ['quarantined', 'Quarantine'],
  ['blocked', 'Block'],
]

const freshRule: RuleDraft = { id: '', characteristic: 'type', pattern: '', access: 'quarantined', note: '' }

const accessOf = (text: string | undefined): AccessState => (text === 'blocked' || text === 'quarantined' ? text : 'allowed')
const characteristicOf = (text: string | undefined): Characteristic => characteristics.find((each) => each === text) ?? 'type'

/** What the form sends: fields of one name stand in the order of the rules. */
export function draftOf(form: URLSearchParams | null): RulesDraft {
  const all = (name: string) => form?.getAll(name) ?? []
  const [what, patterns, access, notes] = [all('characteristic'), all('pattern'), all('access'), all('note')]
  return {
    fallback: accessOf(form?.get('fallback') ?? undefined),
    rules: all('id').map((id, at) => ({
      id,
      characteristic: characteristicOf(what[at]),
      pattern: patterns[at]?.trim() ?? '',
      access: accessOf(access[at]),
      note: notes[at]?.trim() ?? '',
    })),
  }
}

/** The draft of what is in force. */
export function draftFrom({ fallback, rules }: AccessRules): RulesDraft {
  return { fallback, rules }
}

/** The draft as the actions take it. */
export function rulesInputOf({ fallback, rules }: RulesDraft): ActionInput<'access.set'> {
  return { fallback, rules: rules.map(({ id, ...rule }) => (id === '' ? rule : { id, ...rule })) }
}

/** What a button of the form makes of the draft: `up:1`, `down:0`, `remove:2`, `add`; anything else leaves it. */
export function moved(draft: RulesDraft, step: string): RulesDraft {
  if (step === 'add') return { ...draft, rules: [...draft.rules, freshRule] }
  const [what, number] = step.split(':')
  const at = Number(number)
  const rule = draft.rules[at]
  if (rule === undefined) return draft
  const others = draft.rules.toSpliced(at, 1)
  if (what === 'remove') return { ...draft, rules: others }
  if (what === 'up') return { ...draft, rules: others.toSpliced(Math.max(0, at - 1), 0, rule) }
  return what === 'down' ? { ...draft, rules: others.toSpliced(at + 1, 0, rule) } : draft
}

/** Why the draft cannot be tried; null if it can. */
export function flaw({ rules }: RulesDraft): string | null {
  const at = rules.findIndex(({ pattern }) => pattern === '')
  return at < 0 ? null : `Rule ${at + 1} has no pattern: write what it is to fit, or remove the rule.`
}

function ruleFields({ id, characteristic, pattern, access, note }: RuleDraft, at: number, count: number): Html {
  const number = at + 1
  return html`<li>
    <fieldset class="rule">
      <legend>Rule ${number}</legend>
      ${hidden('id', id)}
      ${selectField({
        label: 'What it looks at',
        name: 'characteristic',
        id: `characteristic-${at}`,
        value: characteristic,
        options: characteristics.map((each): Option => [each, characteristicWords[each]]),
      })}
      ${textField({ label: 'Pattern', name: 'pattern', id: `pattern-${at}`, value: pattern, maxLength: 256, spellcheck: false })}
      ${selectField({ label: 'Then', name: 'access', id: `access-${at}`, value: access, options: accessOptions })}
      ${textField({ label: 'Note', name: 'note', id: `note-${at}`, value: note, maxLength: 500 })}
      <div class="buttons">
        ${at > 0 && button('↑', { name: 'step', value: `up:${at}`, label: `Move rule ${number} up`, anyway: true })}
        ${at < count - 1 && button('↓', { name: 'step', value: `down:${at}`, label: `Move rule ${number} down`, anyway: true })}
        ${button('Remove', { name: 'step', value: `remove:${at}`, label: `Remove rule ${number}`, anyway: true })}
      </div>
    </fieldset>
  </li>`
}

/** The editor. The first button of a form is what the Enter key presses: it must not be one that moves a rule. */
export function rulesForm({ fallback, rules }: RulesDraft, csrf: string): Html {
  return postForm('/access', csrf, [
    html`<button class="unseen" type="submit" name="step" value="try" tabindex="-1" aria-hidden="true"></button>`,
    rules.length === 0 && html`<p class="empty">There is no rule: the default decides about every phone.</p>`,
    html`<ol class="rules">
      ${rules.map((rule, at) => ruleFields(rule, at, rules.length))}
    </ol>`,
    html`<p>${button('Add a rule', { name: 'step', value: 'add', anyway: true })}</p>`,
    selectField({ label: 'Where no rule fits', name: 'fallback', value: fallback, options: accessOptions }),
    html`<div class="buttons">
      ${button('Show whom this hits', { tone: 'first', name: 'step', value: 'try' })} ${linkButton('/access', 'Start again')}
    </div>`,
  ])
}

/** The draft once more, unseen, for the page between the editor and the store. */
export function hiddenRules({ fallback, rules }: RulesDraft): Html {
  return html`${hidden('fallback', fallback)}
  ${rules.map(({ id, characteristic, pattern, access, note }) => [
    hidden('id', id),
    hidden('characteristic', characteristic),
    hidden('pattern', pattern),
    hidden('access', access),
    hidden('note', note),
  ])}`
}

/** "Model fits iPhone*: Block". */
export function ruleWords({ characteristic, pattern, access, note }: RuleDraft): Html {
  return html`${characteristicWords[characteristic]} fits <code>${pattern}</code>: <b>${accessWords[access]}</b>${
      note !== '' && html`<span class="under">${note}</span>`
    }`
}
