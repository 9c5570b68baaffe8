// The import rule, enforced: imports point down the floors, and each rule is shown to be able to fail.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { breaches, importsOf } from './support/import-rule.ts'

const root = join(import.meta.dirname, '..', 'src')
const opening = '// A sentence that says what this file is for.\n'

function sources(): Map<string, string> {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  return new Map(paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')]))
}

/** Files named by the example; each opens with its sentence, so that only what the example shows is wrong. */
const example = (files: Record<string, string>) => breaches(new Map(Object.entries(files).map(([path, code]) => [path, opening + code])))

describe('the import rule', () => {
  test('holds for every file of src', () => {
    const files = sources()
    expect(files.size).toBeGreaterThan(20)
    expect(breaches(files)).toEqual([])
  })

  test('sees imports of every form', () => {
    const source = [
      `import a from './a.ts'`,
      `import type { B } from '../b.ts'`,
      `import {\n  c,\n  d,\n} from 'node:fs'`,
      `import './side-effect.ts'`,
      `export { e } from './e.ts'`,
      `export * from './f.ts'`,
      `const g = await import('./g.ts')`,
    ].join('\n')
    expect(importsOf('store/sql/x.ts', source).map(({ specifier }) => specifier)).toEqual([
      './a.ts',
      '../b.ts',
      'node:fs',
      './side-effect.ts',
      './e.ts',
      './f.ts',
      './g.ts',
    ])
    expect(importsOf('store/sql/x.ts', source)[1]?.file).toBe('store/b.ts')
  })

  test.each([
    [
      'an import that points up',
      { 'store/a.ts': `import { b } from '../protocol/b.ts'`, 'protocol/b.ts': 'export const b = 1' },
      'protocol stands above store',
    ],
    [
      'a type that points up',
      { 'model/a.ts': `import type { b } from '../sync/b.ts'`, 'sync/b.ts': 'export const b = 1' },
      'sync stands above model',
    ],
    ['a folder without a floor', { 'attic/a.ts': 'export const a = 1' }, 'stands on no floor'],
    ['a missing file', { 'sync/a.ts': `import { b } from './b.ts'` }, 'there is no such file'],
    ['an import without its ending', { 'sync/a.ts': `import { b } from './b'`, 'sync/b.ts': 'export const b = 1' }, 'with .ts'],
    ['a circle of files', { 'sync/a.ts': `import { b } from './b.ts'`, 'sync/b.ts': `import { a } from './a.ts'` }, 'a circle of files'],
    [
      'a circle of folders',
      {
        'auth/a.ts': `import '../policy/b.ts'`,
        'policy/b.ts': 'export const b = 1',
        'policy/c.ts': `import '../auth/d.ts'`,
        'auth/d.ts': 'export const d = 1',
      },
      'a circle of folders',
    ],
    ['sync that knows WBXML', { 'sync/a.ts': `import '../wbxml/b.ts'`, 'wbxml/b.ts': 'export const b = 1' }, 'sync knows no WBXML'],
    ['sync that knows a class', { 'sync/a.ts': `import '../model/email.ts'`, 'model/email.ts': 'export const b = 1' }, 'no class'],
    ['sync that knows HTTP', { 'sync/a.ts': `import 'node:http'` }, 'sync knows no HTTP'],
    [
      'sync that knows SQL',
      { 'sync/a.ts': `import '../store/sql/b.ts'`, 'store/sql/b.ts': 'export const b = 1' },
      'only server.ts names an implementation',
    ],
    ['a second file that knows prom-client', { 'http/other.ts': `import { Counter } from 'prom-client'` }, 'only http/prometheus.ts'],
    ['a second file with a database driver', { 'store/sql/other.ts': `import pg from 'pg'` }, 'only store/sql/database.ts'],
    ['SQLite outside its file', { 'admin/a.ts': `import { DatabaseSync } from 'node:sqlite'` }, 'only store/sql/database.ts'],
    ['Fastify outside http', { 'admin/a.ts': `import fastify from 'fastify'` }, 'only http/ knows Fastify'],
    ['a mail library outside format', { 'mail/a.ts': `import libmime from 'libmime'` }, 'stay in format/'],
    ['nodemailer outside mail', { 'protocol/a.ts': `import MailComposer from 'nodemailer/lib/mail-composer/index.js'` }, 'stay in mail/'],
    ['one-time passwords outside auth', { 'admin/a.ts': `import { TOTP } from 'otpauth'` }, 'stay in auth/'],
    ['html made outside its folder', { 'http/a.ts': `import { html } from 'ghtml'` }, 'is made in admin/web/'],
    ["the shell's libraries below the shell", { 'admin/a.ts': `import Table from 'cli-table3'` }, 'stay in cli'],
    [
      'a model that looks around',
      { 'model/a.ts': `import '../wbxml/b.ts'`, 'wbxml/b.ts': 'export const b = 1' },
      'model imports nothing but model',
    ],
    ['wbxml that knows mail', { 'wbxml/a.ts': `import '../model/email.ts'`, 'model/email.ts': 'export const b = 1' }, 'wbxml knows only'],
    ['a clock of its own', { 'sync/a.ts': 'export const at = Date.now()' }, 'reads the clock'],
    ['a date of its own', { 'sync/a.ts': 'export const at = new Date()' }, 'reads the clock'],
    ['dice of its own', { 'sync/a.ts': 'export const at = Math.random()' }, 'the dice'],
    ['a default export', { 'sync/a.ts': 'export default 1' }, 'default export'],
    ['a name that says nothing', { 'sync/utils.ts': 'export const a = 1' }, 'says nothing'],
    ['a barrel file', { 'sync/index.ts': `export * from './a.ts'`, 'sync/a.ts': 'export const a = 1' }, 'barrel file'],
  ])('catches %s', (_title, files, sentence) => {
    expect(example(files).join('\n')).toContain(sentence)
  })

  test('catches a file that does not say what it is for', () => {
    expect(breaches(new Map([['sync/a.ts', 'export const a = 1\n']])).join()).toContain('does not open with a sentence')
  })

  test('lets pass what is allowed', () => {
    expect(
      example({
        'server.ts': `import { open } from './store/sql/open.ts'\nimport { clock } from './model/clock.ts'`,
        'store/sql/open.ts': `import { database } from './database.ts'`,
        'store/sql/database.ts': `import { DatabaseSync } from 'node:sqlite'\n// Date.now() is not for us.`,
        'model/clock.ts': 'export const clock = () => Date.now()',
      }),
    ).toEqual([])
  })
})
