// What failed in a report of vitest (--reporter=json), told in a few lines each: `node failures.mjs REPORT`.
// The end of a long log is often all that anybody gets to see.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

const lines = 25

function tell(title, message) {
  console.log(`\nFAILED ${title}`)
  for (const line of stripVTControlCharacters(message).split('\n').slice(0, lines)) console.log(`  ${line.slice(0, 400)}`)
}

for (const file of JSON.parse(readFileSync(process.argv[2], 'utf8')).testResults) {
  const name = relative(process.cwd(), file.name)
  if (file.status === 'failed' && file.message) tell(name, file.message)
  for (const test of file.assertionResults.filter(({ status }) => status === 'failed')) {
    tell(`${name} > ${test.fullName}`, (test.failureMessages ?? []).join('\n'))
  }
}
