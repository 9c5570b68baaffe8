// Writes the table of rules into docs/policies.md, between its two markers; with --check it only says whether it is there.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ruleGroups } from '../src/model/policy-rule.ts'
import { ruleNamed, ruleNames } from '../src/model/policy-rules.ts'
import { clientRules, type Known } from '../src/policy/client-rules.ts'
import { sinceOf } from '../src/policy/preview.ts'
import { neutralWords, rangeWords } from '../src/policy/rule-words.ts'

const begin = '<!-- rules -->'
const end = '<!-- /rules -->'

const treatment = ({ treatment: what, source, note }: Known) =>
  `${what}${source.evidence || what === 'unknown' ? '' : ' ?'}${note === null ? '' : ` (${note})`}`

/** The table in Markdown, a heading for each group. */
export function rulesMarkdown(): string {
  return Object.entries(ruleGroups)
    .map(([group, title]) => {
      const rows = ruleNames
        .filter((name) => ruleNamed(name).group === group)
        .map((name) => {
          const { title: says, about } = ruleNamed(name)
          const { ios, android } = clientRules[name]
          const cells = [`\`${name}\``, `**${says}.** ${about}`, rangeWords(name), neutralWords(name), sinceOf(name)]
          return `| ${[...cells, treatment(ios), treatment(android)].join(' | ')} |`
        })
      const head = ['| rule | what it says | values | not set | from | iOS | Android |', '|---|---|---|---|---|---|---|']
      return [`### ${title}`, '', ...head, ...rows].join('\n')
    })
    .join('\n\n')
}

/** The page with the table as it should be. Throws if the markers are not there. */
export function withRules(page: string): string {
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the page lacks the markers ${begin} and ${end}`)
  return `${page.slice(0, from + begin.length)}\n\n${rulesMarkdown()}\n\n${page.slice(to)}`
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '..', 'docs', 'policies.md')
  const page = readFileSync(path, 'utf8')
  const wanted = withRules(page)
  if (page === wanted) console.log('The table is up to date.')
  else if (process.argv.includes('--check')) {
    console.error('The table in docs/policies.md is out of date: npm run policy-table')
    process.exit(1)
  } else {
    writeFileSync(path, wanted)
    console.log('The table was written.')
  }
}
