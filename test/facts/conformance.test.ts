// The page of what is promised: every test it names is there, under the very title it gives.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const top = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(top, 'docs', 'conformance.md'), 'utf8')

interface Row {
  readonly section: string
  readonly behaviour: string
  readonly tests: readonly (readonly [path: string, title: string])[]
}

function rowsOf(text: string): Row[] {
  let section = ''
  const rows: Row[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('## ')) section = line.slice(3)
    const cells = /^\| (.+) \| (.+) \|$/.exec(line)
    if (cells === null || line.endsWith('| test |')) continue
    const tests = (cells[2] ?? '').split('<br>').map((named) => {
      const [, path = named, title = ''] = /^`(test\/[^`]+)`: (.+)$/.exec(named) ?? []
      return [path, title] as const
    })
    rows.push({ section, behaviour: cells[1] ?? '', tests })
  }
  return rows
}

/** Whether a file holds a test of this title, as it is written there. */
function holds(path: string, title: string): boolean {
  const file = join(top, path)
  if (!existsSync(file)) return false
  const source = readFileSync(file, 'utf8')
  return ["'", '"', '`'].some((quote) => source.includes(`(${quote}${title}${quote}`) || source.includes(`${quote}${title}${quote},`))
}

describe('docs/conformance.md', () => {
  const rows = rowsOf(page)

  it('names tests that exist', () => {
    const lost = rows.flatMap(({ behaviour, tests }) =>
      tests.filter(([path, title]) => !holds(path, title)).map((named) => [behaviour, ...named]),
    )
    expect(lost).toEqual([])
  })

  it('has rows in each of its sections, and no behaviour twice', () => {
    const sections = new Map(rows.map((row) => [row.section, rows.filter((other) => other.section === row.section).length]))
    expect([...sections.keys()]).toEqual([
      'Envelope',
      'WBXML',
      'Sync',
      'Ping',
      'Provision',
      'Wipe and access',
      'Mail',
      'Calendar',
      'Meetings in mail',
      'Search, estimates, folders',
      'Time',
      'What is no mail',
      'Single clients',
      'Contacts',
    ])
    expect(Math.min(...sections.values())).toBeGreaterThan(5)
    expect(new Set(rows.map((row) => row.behaviour)).size).toBe(rows.length)
  })

  it('would miss a test whose title was changed, and a file that was moved', () => {
    expect(holds('test/facts/conformance.test.ts', 'names tests that exist')).toBe(true)
    expect(holds('test/facts/conformance.test.ts', 'names tests')).toBe(false)
    expect(holds('test/facts/elsewhere.test.ts', 'names tests that exist')).toBe(false)
  })
})
