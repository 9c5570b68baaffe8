// `easel wbxml`: whatever form a recorded body comes in, it is shown as XML.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fromXml } from '../../src/wbxml/xml.ts'
import { TestShell } from '../support/shell.ts'

let shell: TestShell
beforeAll(() => {
  shell = new TestShell()
})
afterAll(() => shell.remove())

const bytes = Buffer.from(fromXml('<FolderSync xmlns="FolderHierarchy"><SyncKey>0</SyncKey></FolderSync>'))
const hex = bytes.toString('hex')

test.each([
  ['bytes', bytes],
  ['hexadecimal', hex],
  ['a packet dump', hex.toUpperCase().replaceAll(/../g, '$& ').replaceAll(/.{24}/g, '$&\n')],
  ['an array of a log', hex.replaceAll(/../g, '0x$&, ')],
])('shows %s', async (_form, input) => {
  const { code, stdout } = await shell.run(['wbxml'], input)
  expect(stdout).toMatch(/<FolderSync xmlns="FolderHierarchy">\s*<SyncKey>0<\/SyncKey>\s*<\/FolderSync>\n$/)
  expect(code).toBe(0)
})

test('reads a file', async () => {
  writeFileSync(join(shell.folder, 'body.wbxml'), bytes)
  expect((await shell.run(['wbxml', 'body.wbxml'])).stdout).toContain('<SyncKey>0</SyncKey>')
})

test('hides what is private, if asked', async () => {
  const secret = Buffer.from(
    fromXml('<Settings xmlns="Settings"><DevicePassword><Set><Password>hunter2</Password></Set></DevicePassword></Settings>'),
  )
  expect((await shell.run(['wbxml'], secret)).stdout).toContain('hunter2')
  expect((await shell.run(['wbxml', '--mask'], secret)).stdout).not.toContain('hunter2')
})

test.each([
  ['nothing', '', 'There is nothing to decode.'],
  ['text', 'hello', 'This is not WBXML of ActiveSync'],
  ['a body that breaks off', bytes.subarray(0, 8), 'This is not WBXML of ActiveSync'],
])('refuses %s with a sentence', async (_what, input, sentence) => {
  const { code, stderr } = await shell.run(['wbxml'], input)
  expect(code).toBe(1)
  expect(stderr).toContain(`easel: ${sentence}`)
})
