// How the shell behaves to whoever types and whoever reads: the way to help, and an end without complaint.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestShell } from '../support/shell.ts'

let shell: TestShell
beforeEach(() => {
  shell = new TestShell()
})
afterEach(() => shell.remove())

test('whoever mistypes a command is shown the way to its own help', async () => {
  expect((await shell.run(['access', 'add', 'nonsense', '*', 'blocked'])).stderr).toContain('(easel access add --help tells more)')
  expect((await shell.run(['nonsense'])).stderr).toContain('(easel --help tells more)')
})

test('help names what an argument may be', async () => {
  const { stdout } = await shell.run(['access', 'add', '--help'])
  for (const choice of ['userAgent', 'quarantined']) expect(stdout).toContain(choice)
})

test('a reader who has seen enough ends the shell without complaint', async () => {
  const program = join(import.meta.dirname, '../../src/cli.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, 'policy', 'rules', '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.destroy()
  const complaint = text(child.stderr)
  const [code] = await once(child, 'exit')
  expect([code, await complaint]).toEqual([0, ''])
})
