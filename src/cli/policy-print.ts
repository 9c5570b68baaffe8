// How the shell shows a policy and its preview to people.
import type { PolicyPreview, PolicyView } from '../admin/policies.ts'
import { dialects } from '../model/dialect.ts'
import { ruleGroups } from '../model/policy-rule.ts'
import { ruleNamed, ruleNames } from '../model/policy-rules.ts'
import type { Known } from '../policy/client-rules.ts'
import { fieldWords, policyFields } from '../policy/difference.ts'
import { ruleWords } from '../policy/rule-words.ts'
import { counted, printFields, printJson, printRows, say, type Format } from './print.ts'
import type { Shell } from './shell.ts'

/** A policy with the rules that are set, by their groups. */
export function showPolicy(shell: Shell, view: PolicyView): void {
  const fields = Object.fromEntries(policyFields.map(([name]) => [name, fieldWords(name, view)]))
  const titles = { name: 'Policy', ...Object.fromEntries(policyFields), accounts: 'Accounts', from: 'Comes from' }
  const { name, accounts, stored } = view
  printFields(shell, { ...fields, name, accounts, from: stored ? 'the store' : 'the configuration' }, {}, titles)
  const set = ruleNames.filter((rule) => view.rules[rule] !== undefined)
  if (set.length === 0) say(shell, '\nNo rule is set.')
  const width = Math.max(0, ...set.map((rule) => ruleNamed(rule).title.length))
  for (const [group, title] of Object.entries(ruleGroups)) {
    const members = set.filter((rule) => ruleNamed(rule).group === group)
    if (members.length > 0) say(shell, `\n${title}`)
    for (const rule of members) say(shell, `  ${ruleNamed(rule).title.padEnd(width)}  ${ruleWords(rule, view.rules[rule])}`)
  }
}

/** Rule by rule, client by client, and what would change. */
export function showPreview(shell: Shell, preview: PolicyPreview, options: Format): void {
  if (options.json === true) return printJson(shell, preview)
  printRows(
    shell,
    preview.rules,
    [
      { title: 'RULE', value: ({ title }) => title },
      { title: 'VALUE', value: ({ words }) => words },
      { title: 'IOS', value: ({ clients }) => marked(clients.ios) },
      { title: 'ANDROID', value: ({ clients }) => marked(clients.android) },
      { title: 'OUTLOOK', value: ({ clients }) => marked(clients.outlook) },
    ],
    options,
    'No rule is sent.',
  )
  for (const { title, sentences } of preview.clients) section(shell, title, sentences)
  section(
    shell,
    'Never told',
    preview.untold
      .filter(({ version, rules }) => rules.length > 0 && dialects[version].served)
      .map(({ version, rules }) => `Phones that speak ${version}: ${rules.map((rule) => ruleNamed(rule).title).join(', ')}.`),
  )
  const isNew = preview.changes.some(({ before }) => before === null)
  section(
    shell,
    'What changes',
    isNew ? ['There is no policy of this name yet.'] : preview.changes.map(({ title, before, after }) => `${title}: ${before} -> ${after}`),
  )
  section(shell, 'Whom it concerns', [
    `${counted(preview.accounts, 'account')} would have it; of ${counted(preview.devices, 'known device')}, ${preview.askedAgain} would be asked to provision again, and ${preview.keptOut} could not sync any more.`,
  ])
  section(shell, 'Mind', preview.cautions)
  section(shell, 'How this is known', sourcesOf(preview))
}

/** What is merely known in general, and not from a document, bears a mark. */
function marked({ treatment, source, note }: Known): string {
  return `${treatment}${source.evidence || treatment === 'unknown' ? '' : ' ?'}${note === null ? '' : ' *'}`
}

function sourcesOf({ rules }: PolicyPreview): string[] {
  const knowns = rules.flatMap(({ title, clients }) => [clients.ios, clients.android, clients.outlook].map((known) => ({ title, known })))
  const notes = knowns.flatMap(({ title, known }) => (known.note === null ? [] : [`* ${title}: ${known.note}`]))
  const evidence = knowns.flatMap(({ known }) => (known.source.evidence ? [known.source.text] : []))
  const guessed = knowns.some(({ known }) => !known.source.evidence && known.treatment !== 'unknown')
  return [...notes, ...new Set(evidence), ...(guessed ? ['? general knowledge, found in no document'] : [])]
}

function section(shell: Shell, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return
  say(shell, `\n${title}`)
  for (const line of lines) say(shell, `  ${line}`)
}
