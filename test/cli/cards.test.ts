// `easel import` and `easel export` of address books, by the shell.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readCards } from '../../src/format/vcard.ts'
import { VirtualClock } from '../support/clock.ts'
import { password } from '../support/server.ts'
import { TestShell } from '../support/shell.ts'

const address = 'alice@example.test'
const photo = Buffer.from('a face').toString('base64')
const cards = [
  [
    'BEGIN:VCARD',
    'VERSION:3.0',
    'UID:1',
    'N:Doe;Jane',
    'EMAIL;TYPE=HOME:jane@else.test',
    `PHOTO;ENCODING=b:${photo}`,
    'GEO:1;2',
    'END:VCARD',
  ],
  ['BEGIN:VCARD', 'VERSION:4.0', 'N:Roe;Richard', 'BDAY:--0203', 'END:VCARD'],
]
const text = (all: readonly (readonly string[])[]) => `${all.flat().join('\r\n')}\r\n`

let shell: TestShell
let file: string
beforeEach(async () => {
  shell = new TestShell(null, new VirtualClock())
  await shell.run(['account', 'add', address, '--password-stdin'], `${password}\n`)
  file = join(shell.data, 'cards.vcf')
})
afterEach(() => shell.remove())

async function bring(content: string): Promise<string> {
  writeFileSync(file, content)
  return (await shell.run(['import', file, '--account', address])).stdout
}

test('an address book comes in, the same again is known, and a changed card brings its contact up to date', async () => {
  expect(await bring(text(cards))).toContain('Imported 2; 0 were brought up to date, 0 were there already')
  expect(await bring(text(cards))).toContain('Imported 0; 0 were brought up to date, 2 were there already')
  const changed = text(cards).replace('N:Doe;Jane', 'N:Dove;Jane')
  expect(await bring(changed)).toContain('Imported 0; 1 were brought up to date, 1 were there already')
})

test('it goes out again meaning the same, with what no phone knows', async () => {
  await bring(text(cards))
  const out = join(shell.data, 'out.vcf')
  const { stdout } = await shell.run(['export', '--account', address, '--output', out])
  expect(stdout).toContain('Exported 2 to')
  const written = readFileSync(out, 'utf8')
  const names = readCards(written).map(({ contact }) => [contact.lastName, contact.birthday, contact.emails[0]])
  expect(names.sort()).toEqual([
    ['Doe', null, 'jane@else.test'],
    ['Roe', '1604-02-03', ''],
  ])
  expect(written).toContain('\r\nGEO:1;2\r\n')
  expect(written).toContain('\r\nEMAIL;TYPE=HOME:jane@else.test\r\n')
  expect(written).toContain(`:${photo}\r\n`)
})
