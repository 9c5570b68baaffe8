// Mail from other programs, from their files into a mailbox: flags, dates, folders, and never a second copy.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openArchive } from '../../src/mail/archive.ts'
import { type ImportCounts, importMail } from '../../src/mail/import.ts'
import { folderType } from '../../src/model/folder.ts'
import { describeWithReference, referencePath } from '../support/reference.ts'
import { buildTown, type Town } from './town.ts'

let town: Town
let folder: string
beforeEach(async () => {
  town = await buildTown()
  folder = mkdtempSync(join(tmpdir(), 'easel-import-'))
})
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true })
  await town.close()
})

function write(path: string, text: string, at?: string): void {
  const full = join(folder, path)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, text, 'latin1')
  if (at !== undefined) utimesSync(full, new Date(at), new Date(at))
}

async function importFrom(path: string, into = 'Inbox', progress?: (counts: ImportCounts) => void): Promise<ImportCounts> {
  const archive = await openArchive(path, { messageBytesMax: 1_000_000 })
  const { store, clock, alice } = town
  const counts = await importMail({
    store,
    clock,
    account: alice,
    folder: into,
    messages: archive.messages(),
    ...(progress ? { progress } : {}),
  })
  expect(counts.archiveBytes).toBeLessThanOrEqual(archive.totalBytes)
  return counts
}

async function folderNamed(name: string) {
  const mailbox = await town.store.mailbox(town.alice.id)
  const found = (await mailbox.allFolders()).find((each) => each.name === name)
  if (found === undefined) throw new Error(`there is no folder ${name}`)
  return found
}

const mail = (subject: string, body = 'x\n', more = '') =>
  `From: Carol <carol@else.test>\nTo: alice@example.test\nSubject: ${subject}\nDate: Tue, 3 Feb 2026 10:00:00 +0100\n${more}\n${body}`

describe('importing an mbox', () => {
  const mbox = [
    'From carol@else.test Tue Feb  3 09:00:01 2026',
    mail('one', 'first\n\nFrom here on it is body\n>From a quoted line\n>>From twice\n', 'Status: RO\nX-Status: AF\n'),
    'From - Wed Feb 04 09:00:00 2026',
    mail('two', 'second\n', 'X-Mozilla-Status: 0000\n'),
    'From 123@xxx Thu Feb 05 09:00:00 +0000 2026',
    mail('three', 'third\n', 'X-Gmail-Labels: Inbox,Unread,Starred\n'),
  ].join('\n')

  test('splits at separators only and undoes the quoting', async () => {
    write('old.mbox', mbox)
    expect(await importFrom(join(folder, 'old.mbox'))).toEqual({ imported: 3, known: 0, skipped: 0, archiveBytes: mbox.length })
    const letters = await town.letters(town.alice)
    expect(letters.map(({ email }) => email.envelope.subject)).toEqual(['one', 'two', 'three'])
    expect(letters[0]?.text).toMatch(/\r\n\r\nfirst\r\n\r\nFrom here on it is body\r\nFrom a quoted line\r\n>From twice\r\n$/)
    expect(letters.map(({ email }) => email.received)).toEqual([
      Date.parse('2026-02-03T09:00:01Z'),
      Date.parse('2026-02-04T09:00:00Z'),
      Date.parse('2026-02-05T09:00:00Z'),
    ])
    expect(letters.map(({ email: { state } }) => [state.read, state.flag?.status ?? 0, state.lastVerb?.verb ?? 0])).toEqual([
      [true, 2, 1],
      [false, 0, 0],
      [false, 2, 0],
    ])
  })

  test('knows a message again that was read since', async () => {
    write('old.mbox', mbox)
    await importFrom(join(folder, 'old.mbox'))
    write('old.mbox', mbox.replace('X-Mozilla-Status: 0000', 'X-Mozilla-Status: 0001').replace('Unread,Starred', 'Starred'))
    expect(await importFrom(join(folder, 'old.mbox'))).toMatchObject({ imported: 0, known: 3 })
  })

  test('does so with CRLF line ends too', async () => {
    write('old.mbox', mbox.replaceAll('\n', '\r\n'))
    expect(await importFrom(join(folder, 'old.mbox'))).toMatchObject({ imported: 3 })
    expect((await town.letters(town.alice))[1]?.text).toMatch(/\r\n\r\nsecond\r\n$/)
  })
})

describe('importing a Maildir', () => {
  beforeEach(() => {
    write('Maildir/cur/1770000000.M1.host:2,FRS', mail('inbox, read'), '2026-02-20T00:00:00Z')
    write('Maildir/new/1770000100.M2.host', mail('inbox, new'))
    write('Maildir/cur/1770000200.M3.host:2,ST', mail('in the bin'))
    write('Maildir/.Sent/cur/1770000300.M4.host:2,S', mail('sent'))
    write('Maildir/.Drafts/cur/1770000350.M5.host:2,DS', mail('draft'))
    write('Maildir/.Projekte.B&APw-cher &- mehr/cur/1770000400.M6.host:2,PS', mail('books'))
    write('Maildir/.Projekte.B&APw-cher &- mehr/tmp/1770000500.M7.host', mail('half written'))
    write('Maildir/dovecot.index', 'no mail')
  })

  test('keeps flags, dates and folders', async () => {
    expect(await importFrom(join(folder, 'Maildir'))).toMatchObject({ imported: 6, known: 0, skipped: 0 })
    const inbox = await town.letters(town.alice)
    expect(
      inbox.map(({ email: { envelope, state } }) => [envelope.subject, state.read, state.flag?.status ?? 0, state.lastVerb?.verb ?? 0]),
    ).toEqual([
      ['inbox, read', true, 2, 1],
      ['inbox, new', false, 0, 0],
    ])
    expect(inbox[0]?.email.received).toBe(1_770_000_000_000)
    const subjects = async (where: Parameters<Town['letters']>[1]) =>
      (await town.letters(town.alice, where)).map(({ email }) => email.envelope.subject)
    expect(await subjects(folderType.deletedItems)).toEqual(['in the bin'])
    expect(await subjects(folderType.sentItems)).toEqual(['sent'])
    expect((await town.letters(town.alice, folderType.drafts)).map(({ email }) => email.state.draft)).toEqual([true])
    const books = await folderNamed('Bücher & mehr')
    expect((await folderNamed('Projekte')).id).toBe(books.parent)
    const [letter] = await town.letters(town.alice, books.id)
    expect(letter?.email.state.lastVerb?.verb).toBe(3)
  })

  test('imports again without a second copy, even of what was moved or deleted', async () => {
    await importFrom(join(folder, 'Maildir'))
    const mailbox = await town.store.mailbox(town.alice.id)
    const [first, second] = await town.letters(town.alice)
    await mailbox.move(first!.id, (await folderNamed('Archive')).id)
    await mailbox.remove(second!.id, 'forever')
    write('Maildir/new/1770000900.M9.host', mail('since then'))
    expect(await importFrom(join(folder, 'Maildir'))).toMatchObject({ imported: 1, known: 6 })
    expect((await town.letters(town.alice)).map(({ email }) => email.envelope.subject)).toEqual(['since then'])
  })

  test('puts everything below the folder that was asked for', async () => {
    await importFrom(join(folder, 'Maildir'), 'Old mail/2026')
    const [old, year, sent] = await Promise.all(['Old mail', '2026', 'Sent'].map(folderNamed))
    expect([year?.parent, sent?.parent]).toEqual([old?.id, year?.id])
    expect(await town.letters(town.alice, year!.id)).toHaveLength(2)
  })
})

describe('importing single files', () => {
  test('takes the date from the newest hop, else from the message, never from the future', async () => {
    write(
      'mail/a.eml',
      mail('hop', 'x\n', 'Received: from a by b; Tue, 3 Feb 2026 11:00:00 +0000\nReceived: from c by a; Tue, 3 Feb 2026 10:59:00 +0000\n'),
    )
    write('mail/b.eml', mail('date'))
    write('mail/c.eml', mail('future').replace('2026 10', '2031 10'))
    expect(await importFrom(join(folder, 'mail'))).toMatchObject({ imported: 3 })
    const letters = await town.letters(town.alice)
    expect(letters.map(({ email }) => email.received)).toEqual([
      Date.parse('2026-02-03T11:00:00Z'),
      Date.parse('2026-02-03T09:00:00Z'),
      town.clock.now(),
    ])
    expect(letters.every(({ email }) => email.state.read)).toBe(true)
  })

  test('passes over what is no mail or too large, and says how much', async () => {
    write('mail/a.eml', mail('good'))
    write('mail/b.eml', '')
    write('mail/c.eml', '\0\0\0\0 binary')
    write('mail/d.eml', mail('large', 'x'.repeat(1_100_000)))
    write('mail/notes.txt', 'nothing to do with it')
    expect(await importFrom(join(folder, 'mail'))).toMatchObject({ imported: 1, skipped: 3 })
  })

  test('says in a sentence what it cannot import', async () => {
    await expect(openArchive(join(folder, 'missing'), { messageBytesMax: 1 })).rejects.toThrow(/cannot be read/)
    await expect(openArchive(folder, { messageBytesMax: 1 })).rejects.toThrow(/neither a Maildir/)
    write('mail/a.eml', mail('x'))
    await expect(importFrom(join(folder, 'mail'), 'Calendar')).rejects.toThrow(/does not hold mail/)
  })

  test('works in batches and tells how far it is', async () => {
    for (let count = 0; count < 120; count++) write(`mail/${String(count).padStart(3, '0')}.eml`, mail(`number ${count}`))
    const steps: number[] = []
    await importFrom(join(folder, 'mail'), 'Inbox', ({ imported }) => steps.push(imported))
    expect(steps).toEqual([50, 100, 120])
  })
})

describeWithReference('importing mail from the wild', () => {
  test('takes every message of the corpus, once', async () => {
    const first = await importFrom(referencePath('mail'))
    expect(first.imported + first.skipped).toBeGreaterThan(90)
    expect(first.skipped).toBeLessThanOrEqual(3)
    const again = await importFrom(referencePath('mail'))
    expect(again).toMatchObject({ imported: 0, known: first.imported + first.known, skipped: first.skipped })
  })
})
