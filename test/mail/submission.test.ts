// Mail accepted from phones: who may send what to whom, and that nothing leaves that should not.
import fc from 'fast-check'
import { simpleParser } from 'mailparser'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { prepare, type Prepared, SubmissionFailure, submissionId, submit } from '../../src/mail/submission.ts'
import type { Account } from '../../src/model/account.ts'
import { folderType } from '../../src/model/folder.ts'
import type { AccountId, DeviceId, SubmissionId } from '../../src/model/id.ts'
import { describeWithReference, referenceFiles, referencePath } from '../support/reference.ts'
import { readFileSync } from 'node:fs'
import { buildTown, letter, type Town } from './town.ts'

const now = Date.parse('2026-03-02T08:00:00Z')
const limits = { recipientsMax: 10, messageBytesMax: 100_000 }
const alice: Account = {
  id: 'a1' as AccountId,
  address: 'alice@example.test',
  addresses: ['alice@example.test', 'a.liddell@example.test'],
  displayName: 'Alice Liddell',
  disabled: false,
  maxVersion: null,
  allowNonProvisionable: null,
  groups: [],
  policy: null,
  syncEnabled: null,
  devicesMax: null,
  directoryId: null,
  barred: null,
  timeZone: null,
  workingHours: null,
}
const one = 's1' as SubmissionId

function ready(source: Uint8Array | string, id = one): Prepared {
  return prepare(typeof source === 'string' ? Buffer.from(source) : source, { id, account: alice, now, limits })
}

function problem(source: Uint8Array | string): string {
  try {
    ready(source)
  } catch (error) {
    if (error instanceof SubmissionFailure) return error.problem
    throw error
  }
  return 'none'
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')
const head = (bytes: Uint8Array) => text(bytes).split('\r\n\r\n', 1)[0]!.split('\r\n')
/** A field a line, as it was before it was folded. */
const unfolded = (lines: readonly string[]) =>
  lines
    .join('\r\n')
    .replace(/\r\n(?=[ \t])/g, '')
    .split('\r\n')
const plain = { From: 'Alice <alice@example.test>', To: 'bob@else.test', Subject: 'Tea' }

describe('the sender of a message from a phone', () => {
  test('keeps the name and address the phone wrote, if the address is its own', () => {
    expect(head(ready(letter({ ...plain, From: '"Liddell, A." <A.Liddell@example.test>' })).wire)).toContain(
      'From: "Liddell, A." <A.Liddell@example.test>',
    )
    expect(ready(letter({ ...plain, From: 'alice+news@example.test' })).from).toBe('alice+news@example.test')
  })

  test('is added where AOSP leaves it out, or writes a name alone', () => {
    for (const from of [{}, { From: '' }, { From: 'Alice' }]) {
      const { wire, ...prepared } = ready(letter({ ...from, To: 'bob@else.test', Subject: 'Tea' }))
      expect(prepared.from).toBe('alice@example.test')
      expect(head(wire).filter((line) => /^from:/i.test(line))).toEqual(['From: Alice Liddell <alice@example.test>'])
    }
  })

  test.each([
    ['somebody else', { From: 'ceo@example.test' }],
    ['two people', { From: 'alice@example.test, ceo@example.test' }],
    ['a group', { From: 'us: alice@example.test, ceo@example.test;' }],
    ['a name that looks like the own address', { From: 'alice@example.test <ceo@example.test>' }],
    ['a quoted own address before a foreign one', { From: '"alice@example.test" <ceo@example.test>' }],
    ['an encoded foreign address', { From: '=?utf-8?q?alice=40example=2Etest?= <ceo@example.test>' }],
    ['a foreign Sender', { From: 'alice@example.test', Sender: 'ceo@example.test' }],
    ['an address of another domain that ends alike', { From: 'alice@notexample.test' }],
  ])('may not be %s', (_title, fields) => {
    expect(problem(letter({ ...plain, ...fields }))).toBe('foreign-from')
  })

  test('may not stand in two fields', () => {
    expect(problem('From: alice@example.test\r\nFrom: ceo@example.test\r\nTo: bob@else.test\r\n\r\nx')).toBe('foreign-from')
    expect(problem('From: alice@example.test\r\nFROM : ceo@example.test\r\nTo: bob@else.test\r\n\r\nx')).toBe('foreign-from')
  })
})

describe('the recipients of a message from a phone', () => {
  test('come from To, Cc and Bcc, each once in any letter case', () => {
    const prepared = ready(
      letter({
        ...plain,
        To: 'Bob <bob@else.test>, "Carol, C" <carol@else.test>',
        Cc: 'BOB@ELSE.test; dan@else.test',
        Bcc: 'eve@else.test',
      }),
    )
    expect(prepared.recipients).toEqual(['bob@else.test', 'carol@else.test', 'dan@else.test', 'eve@else.test'])
  })

  test('are found in groups and in repeated fields', () => {
    const source =
      'To: friends: bob@else.test, carol@else.test;\r\nTo: dan@else.test\r\nCc: undisclosed-recipients:;\r\nSubject: x\r\n\r\nx'
    expect(ready(source).recipients).toEqual(['bob@else.test', 'carol@else.test', 'dan@else.test'])
  })

  test('must be somebody, and not too many', () => {
    expect(problem(letter({ From: 'alice@example.test', Subject: 'to nobody' }))).toBe('no-recipient')
    expect(problem(letter({ ...plain, To: 'undisclosed-recipients:;' }))).toBe('no-recipient')
    expect(problem(letter({ ...plain, To: 'Bob' }))).toBe('invalid-recipient')
    expect(problem(letter({ ...plain, To: Array.from({ length: 11 }, (_, n) => `p${n}@else.test`).join(', ') }))).toBe(
      'too-many-recipients',
    )
  })

  test('that are no addresses stay in the list, so that the sender hears of them', () => {
    expect(ready(letter({ ...plain, To: 'Bob, carol@else.test' })).recipients).toEqual(['Bob', 'carol@else.test'])
  })

  test('in Bcc travel nowhere, and stand in the copy the sender keeps', () => {
    const prepared = ready(
      'From: alice@example.test\r\nTo: bob@else.test\r\nBcc: eve@else.test,\r\n frank@else.test\r\nResent-Bcc: x@else.test\r\nbcc : gina@else.test\r\n\r\nx',
    )
    expect(text(prepared.wire)).not.toMatch(/eve|frank|gina|bcc/i)
    expect(text(prepared.copy.source)).toMatch(/Bcc: eve@else\.test,\r\n frank@else\.test/)
    expect(prepared.copy.envelope.bcc.map(({ address }) => address)).toEqual(['eve@else.test', 'frank@else.test', 'gina@else.test'])
    expect(prepared.recipients).toEqual(['bob@else.test', 'eve@else.test', 'frank@else.test', 'gina@else.test'])
  })
})

describe('the header of a message from a phone', () => {
  test('gets what is missing, and keeps what is there', () => {
    const bare = head(ready('To: bob@else.test\r\n\r\nx').wire)
    expect(bare).toEqual([
      'From: Alice Liddell <alice@example.test>',
      'Date: Mon, 02 Mar 2026 08:00:00 +0000',
      expect.stringMatching(/^Message-ID: <[\w-]{43}@example\.test>$/),
      'MIME-Version: 1.0',
      'To: bob@else.test',
    ])
    const full = { ...plain, Date: 'Sun, 1 Mar 2026 10:00:00 +0100', 'Message-ID': '<phone@example.test>', 'MIME-Version': '1.0 (1.0)' }
    expect(head(ready(letter(full)).wire).slice(1)).toEqual(
      Object.entries(full)
        .slice(1)
        .map(([name, value]) => `${name}: ${value}`),
    )
  })

  test('gets the same Message-ID for the same submission only', () => {
    const id = (submission: string) => /^Message-ID.*$/m.exec(text(ready(letter(plain), submission as SubmissionId).wire))?.[0]
    expect(id('s1')).toBe(id('s1'))
    expect(id('s1')).not.toBe(id('s2'))
  })

  test('loses what only servers write', () => {
    const forged = {
      'Return-Path': '<ceo@example.test>',
      Received: 'from bank.test by mail.example.test',
      'Authentication-Results': 'mail.example.test; dkim=pass',
      'X-Spam-Status': 'No',
      'X-Mailer': 'iPhone Mail',
      ...plain,
    }
    expect(head(ready(letter(forged)).wire).map((line) => line.split(':')[0])).toEqual([
      'From',
      'Date',
      'Message-ID',
      'MIME-Version',
      'X-Mailer',
      'To',
      'Subject',
    ])
  })

  test('with line ends of any kind becomes one with CRLF', () => {
    for (const newline of ['\n', '\r', '\r\n']) {
      const { wire } = ready(letter(plain, 'first\r\nsecond\r\n').toString().replaceAll('\r\n', newline))
      expect(text(wire)).toMatch(/\r\n\r\nfirst\r\nsecond\r\n$/)
      expect(text(wire).replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    }
  })

  test.each([
    ['nothing', ''],
    ['no header', 'Hello Bob, how are you?\r\n'],
    ['a line that is no field', 'To: bob@else.test\r\nhello\r\nSubject: x\r\n\r\nx'],
    ['the separator of an mbox', 'From alice Mon Mar  2 08:00:00 2026\r\nTo: bob@else.test\r\n\r\nx'],
    ['a NUL', 'To: bob@else.test\r\nSubject: a\0b\r\n\r\nx'],
    ['a name without end', `To: bob@else.test\r\n${'X'.repeat(200)}: a\r\nFrom: ceo@example.test\r\n\r\nx`],
    ['a header without end', `To: bob@else.test\r\n${'X-Y: z\r\n'.repeat(200_000)}`],
  ])('that is %s is no header', (_title, source) => {
    const generous = { recipientsMax: 10, messageBytesMax: 10_000_000 }
    expect(() => prepare(Buffer.from(source), { id: one, account: alice, now, limits: generous })).toThrow(/invalid-mime/)
  })

  test('hides no second sender behind a line of spaces', () => {
    expect(problem('To: bob@else.test\r\n \t \r\nFrom: ceo@example.test\r\n\r\nx')).toBe('foreign-from')
    expect(problem(`${'X-A: b\r\n'.repeat(1200)}To: bob@else.test\r\nFrom: ceo@example.test\r\n\r\nx`)).toBe('foreign-from')
  })

  test('cannot be broken out of by a name in From', async () => {
    const hostile =
      'From: =?utf-8?q?Alice=0D=0ABcc=3A_eve=40else.test=0D=0A=0D=0Abody?= <alice@example.test>\r\nTo: bob@else.test\r\n\r\nreal body\r\n'
    const { wire } = ready(hostile)
    const read = await simpleParser(Buffer.from(wire))
    expect([...read.headers.keys()].sort()).toEqual(['date', 'from', 'message-id', 'mime-version', 'to'])
    expect(read.text?.trim()).toBe('real body')
  })

  test('a message above the limit is not taken', () => {
    expect(problem(letter(plain, 'x'.repeat(100_001)))).toBe('too-large')
  })

  test('whatever comes, only own senders leave and no Bcc does', () => {
    const word = fc.constantFrom(
      'alice@example.test',
      'ceo@example.test',
      'bob@else.test',
      '<',
      '>',
      '"',
      ',',
      ';',
      ':',
      '(',
      ')',
      '\\',
      '\r\n ',
      '\r\n',
      '\n',
      '\r',
      ' ',
      '=?utf-8?q?a?=',
      'é',
    )
    const value = fc.array(word, { maxLength: 6 }).map((words) => words.join(''))
    const field = fc
      .tuple(fc.constantFrom('From', 'To', 'Bcc', 'Sender', 'from ', 'X-Y', ' From', 'Bcc\t'), value)
      .map(([name, rest]) => `${name}: ${rest}\r\n`)
    fc.assert(
      fc.property(fc.array(field, { maxLength: 6 }), (fields) => {
        let prepared: Prepared
        try {
          prepared = ready(`${fields.join('')}\r\nbody`)
        } catch (error) {
          if (error instanceof SubmissionFailure) return
          throw error
        }
        // A long name is folded away from its address.
        const lines = unfolded(head(prepared.wire))
        const senders = lines.filter((line) => /^(?:from|sender)\s*:/i.test(line))
        expect(senders).toHaveLength(1)
        expect(senders[0]).toMatch(/<?alice@example\.test>?$/)
        expect(lines.some((line) => /^(?:resent-)?bcc\s*:/i.test(line))).toBe(false)
        expect(text(prepared.wire)).toMatch(/\r\n\r\n/)
      }),
      { numRuns: 400 },
    )
  })
})

describe('the name of a submission', () => {
  const phone = 'PHONE1' as DeviceId
  test('is the ClientId on its device, or the Message-ID where there is none', () => {
    const raw = letter({ ...plain, 'Message-ID': '<m@example.test>' })
    expect(submissionId(phone, '1', raw)).toBe(submissionId(phone, '1', letter(plain)))
    expect(submissionId(phone, '1', raw)).not.toBe(submissionId('PHONE2' as DeviceId, '1', raw))
    expect(submissionId(phone, null, raw)).toBe(submissionId(phone, null, raw))
    expect(submissionId(phone, null, letter(plain))).not.toBe(submissionId(phone, null, letter(plain)))
  })
})

describe('submitting', () => {
  let town: Town
  beforeEach(async () => {
    town = await buildTown()
  })
  afterEach(() => town.close())

  const preparedFor = (account: Account, source = letter({ To: 'bob@else.test', Bcc: 'eve@else.test', Subject: 'Tea' })) =>
    prepare(source, { id: one, account, now, limits })

  test('queues the message and keeps a copy with Bcc, read, in Sent Items', async () => {
    const prepared = preparedFor(town.alice)
    const submitted = await town.store.unit((unit) => submit(unit, town.alice, prepared, true))
    expect(submitted).toMatchObject({ outcome: 'queued', copy: { created: true } })
    const [queued] = await town.store.outbox.list()
    expect(queued).toMatchObject({ from: 'alice@example.test', recipients: ['bob@else.test', 'eve@else.test'], id: one })
    const source = await town.store.outbox.source(queued!.number)
    expect(Buffer.from(await source!.read(0, source!.bytes)).equals(prepared.wire)).toBe(true)
    const [sent] = await town.letters(town.alice, folderType.sentItems)
    expect(sent?.email).toMatchObject({ received: now, state: { read: true, draft: false }, envelope: { subject: 'Tea' } })
    expect(sent?.text).toContain('Bcc: eve@else.test')
  })

  test('keeps no copy unless asked', async () => {
    await town.store.unit((unit) => submit(unit, town.alice, preparedFor(town.alice), false))
    expect(await town.letters(town.alice, folderType.sentItems)).toEqual([])
    expect(await town.store.outbox.list()).toHaveLength(1)
  })

  test('a repeat sends nothing and keeps nothing, even after the first was delivered', async () => {
    const prepared = preparedFor(town.alice)
    await town.store.unit((unit) => submit(unit, town.alice, prepared, true))
    const again = () => town.store.unit((unit) => submit(unit, town.alice, prepared, true))
    expect(await again()).toEqual({ outcome: 'previously-sent' })
    const [queued] = await town.store.outbox.list()
    await town.store.outbox.settle(queued!.number, queued!.recipients)
    expect(await again()).toEqual({ outcome: 'previously-sent' })
    expect(await town.store.outbox.list()).toEqual([])
    expect(await town.letters(town.alice, folderType.sentItems)).toHaveLength(1)
  })

  test('queue and copy stand or fall with the rest of the unit', async () => {
    const failing = town.store.unit(async (unit) => {
      await submit(unit, town.alice, preparedFor(town.alice), true)
      throw new Error('the original could not be marked')
    })
    await expect(failing).rejects.toThrow(/marked/)
    expect(await town.store.outbox.list()).toEqual([])
    expect(await town.letters(town.alice, folderType.sentItems)).toEqual([])
    expect(await town.store.outbox.known(town.alice.id, one)).toBe(false)
  })
})

describeWithReference('mail from the wild, sent by a phone', () => {
  test('is taken or refused by name, never with an exception of another kind', () => {
    let taken = 0
    for (const name of referenceFiles('mail', '.eml')) {
      const source = readFileSync(referencePath('mail', name))
      const mine = Buffer.concat([Buffer.from('From: alice@example.test\r\nX-Was: '), source])
      for (const each of [source, mine]) {
        try {
          const generous = { recipientsMax: 1000, messageBytesMax: 50_000_000 }
          prepare(each, { id: one, account: alice, now, limits: generous })
          taken += 1
        } catch (error) {
          if (!(error instanceof SubmissionFailure)) throw new Error(name, { cause: error })
        }
      }
    }
    expect(taken).toBeGreaterThan(5)
  })
})
