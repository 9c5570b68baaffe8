// How the shell behaves to whoever types and whoever reads: the way to help, and an end without complaint.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
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

test('whoever asks for a directory where there is a file alone is told how much of it was read', async () => {
  await shell.run(['account', 'add', 'anna@example.com', '--password-stdin'], 'a password of some length\n')
  expect((await shell.run(['directory', 'test'])).stderr).toMatch(/the accounts of this server are its directory\.\n$/)
  const book = join(shell.folder, 'book.yaml')
  writeFileSync(book, 'entries:\n  - { name: Anna Ahlers, address: anna@example.com }\n  - { name: Room 101 }\n')
  writeFileSync(join(shell.data, 'easel.yaml'), `directory: { file: ${book} }\n`)
  expect((await shell.run(['directory', 'test'])).stderr).toContain('its directory, and 2 entries of directory.file.')
})
