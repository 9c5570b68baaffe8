// Writes the table of settings into the README, between its two markers; with --check it only says whether it is there.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configurationTable } from '../src/config.ts'

const begin = '<!-- configuration -->'
const end = '<!-- /configuration -->'

/** The table in Markdown. */
export function configurationMarkdown(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  const rows = configurationTable().map(
    (row) => `| \`${row.key}\` | \`${row.environment}\` | ${cell(row.default)} | ${cell(row.description)} |`,
  )
  return ['| setting | environment | default | what it is for |', '|---|---|---|---|', ...rows].join('\n')
}

/** The README with the table as it should be. Throws if the markers are not there. */
export function withConfiguration(readme: string): string {
  const from = readme.indexOf(begin)
  const to = readme.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the README lacks the markers ${begin} and ${end}`)
  return `${readme.slice(0, from + begin.length)}\n\n${configurationMarkdown()}\n\n${readme.slice(to)}`
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '..', 'README.md')
  const readme = readFileSync(path, 'utf8')
  const wanted = withConfiguration(readme)
  if (readme === wanted) console.log('The table is up to date.')
  else if (process.argv.includes('--check')) {
    console.error('The table in the README is out of date: npm run readme')
    process.exit(1)
  } else {
    writeFileSync(path, wanted)
    console.log('The table was written.')
  }
}
