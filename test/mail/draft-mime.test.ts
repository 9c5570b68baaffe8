// Drafts of 16.x: built from fields, changed piece by piece, and each file under the name it was given until it is taken away.
import fc from 'fast-check'
import { simpleParser } from 'mailparser'
import { describe, expect, test } from 'vitest'
import { attachments, plainText } from '../../src/format/body.ts'
import { readEnvelope } from '../../src/format/envelope.ts'
import { decodePart } from '../../src/format/part.ts'
import { type DraftFields, type DraftFile, draftMime, type ExistingDraft } from '../../src/mail/draft-mime.ts'
import { MessageTooLarge, sourceOf } from '../../src/mail/mime-writer.ts'
import { prepare } from '../../src/mail/submission.ts'
import type { Account } from '../../src/model/account.ts'
import type { AccountId, SubmissionId } from '../../src/model/id.ts'

const alice: Account = {
  id: 'a1' as AccountId,
  address: 'alice@example.test',
  addresses: ['alice@example.test'],
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
const now = Date.parse('2026-03-02T08:00:00Z')
const options = { account: alice, now, messageBytesMax: 1_000_000, isFinal: false }

function stored(message: Uint8Array): ExistingDraft {
  return { source: sourceOf(message), envelope: readEnvelope(message) }
}

const write = (fields: DraftFields, existing: ExistingDraft | null = null, more: Partial<typeof options> = {}) =>
  draftMime(fields, existing, { ...options, ...more })

const body = (type: 1 | 2 | 4, text: string) => ({ type, data: Buffer.from(text) })

function file(clientId: string, content = `content of ${clientId}`, more: Partial<DraftFile> = {}): DraftFile {
  const name = `${clientId}.txt`
  return {
    clientId,
    name,
    type: 'text/plain',
    content: Buffer.from(content),
    inline: false,
    contentId: null,
    contentLocation: null,
    ...more,
  }
}

/** The content of the part at `path`, as a FileReference would fetch it; null if no such file is listed. */
async function fileAt(message: Uint8Array, path: string): Promise<string | null> {
  const part = attachments(readEnvelope(message).structure).find((each) => each.path === path)
  if (part === undefined) return null
  const pieces: Uint8Array[] = []
  for await (const piece of decodePart(sourceOf(message), part)) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

describe('a new draft', () => {
  test('holds everything the phone sent', async () => {
    const { source, added } = await write({
      to: '"Bob Müller" <bob@else.test>; carol@else.test',
      cc: 'dan@else.test',
      bcc: 'eve@else.test',
      subject: 'Foto für dich',
      importance: 2,
      body: body(2, '<p>Schau: <img src="cid:dot@phone"></p>'),
      add: [
        file('a1', 'x', { name: 'Größe.bin', type: 'application/x-thing' }),
        file('a2', 'dot', { contentId: 'dot@phone', inline: true, type: 'image/png' }),
      ],
    })
    const read = await simpleParser(Buffer.from(source), { keepCidLinks: true })
    expect(read.headers.get('date')).toEqual(new Date(now))
    expect([read.from?.text, read.subject, read.messageId]).toEqual([
      '"Alice Liddell" <alice@example.test>',
      'Foto für dich',
      expect.stringMatching(/@example\.test>$/),
    ])
    expect(readEnvelope(source)).toMatchObject({
      to: [
        { name: 'Bob Müller', address: 'bob@else.test' },
        { name: '', address: 'carol@else.test' },
      ],
      cc: [{ address: 'dan@else.test' }],
      bcc: [{ address: 'eve@else.test' }],
      importance: 2,
    })
    expect(read.html).toContain('<p>Schau: <img src="cid:dot@phone"></p>')
    expect(read.attachments.map(({ filename, contentType, cid, related }) => [filename, contentType, cid, related ?? false])).toEqual([
      ['a2.txt', 'image/png', 'dot@phone', true],
      ['Größe.bin', 'application/x-thing', undefined, false],
    ])
    expect(await fileAt(source, added.get('a1')!)).toBe('x')
    expect(await fileAt(source, added.get('a2')!)).toBe('dot')
  })

  test('of nothing at all is a draft', async () => {
    const { source } = await write({})
    expect(readEnvelope(source)).toMatchObject({ subject: '', to: [], from: [{ address: 'alice@example.test' }] })
    expect(readEnvelope(source).broken).toBeUndefined()
  })

  test('cannot be written into by what it holds', async () => {
    const evil = 'x\r\nBcc: eve@else.test\r\n\r\nbody'
    const { source } = await write({
      to: `bob@else.test\r\nX-Evil: 1, "a\r\nX-Evil: 2" <carol@else.test>`,
      subject: evil,
      body: body(1, 'real'),
      add: [
        file('a', 'x', {
          name: 'a"\r\nX-Evil: 3',
          type: 'text/plain\r\nX-Evil: 4',
          contentId: 'c>\r\nX-Evil: 5',
          contentLocation: 'l\r\nX-Evil: 6',
        }),
      ],
    })
    expect(Buffer.from(source).toString()).not.toMatch(/^(?:X-Evil|Bcc):/m)
    expect((await simpleParser(Buffer.from(source))).text?.trim()).toBe('real')
  })

  test('that is an endless one is refused', async () => {
    await expect(write({ body: body(1, 'x'.repeat(1_100_000)) })).rejects.toThrow(MessageTooLarge)
  })

  test('as a whole message stays what it is, and gets what it lacks', async () => {
    const mime = 'To: bob@else.test\nBcc: eve@else.test\nContent-Type: text/plain\n\nhello\n'
    const { source } = await write({ subject: 'ignored', importance: 0, body: body(4, mime) })
    const text = Buffer.from(source).toString()
    expect(text).toMatch(/^From: Alice Liddell <alice@example\.test>\r\nDate: .*\r\nMessage-ID: .*\r\nImportance: Low\r\n/)
    expect(text.endsWith(mime.replaceAll('\n', '\r\n'))).toBe(true)
  })
})

describe('a change of a draft', () => {
  const draft = async () =>
    (
      await write({
        to: 'bob@else.test',
        bcc: 'eve@else.test',
        subject: 'Tea',
        importance: 2,
        body: body(2, '<p>old words</p>'),
        add: [file('a1'), file('a2'), file('a3')],
      })
    ).source

  test('leaves alone what it does not name', async () => {
    const before = await draft()
    const { source } = await write({ subject: 'Coffee' }, stored(before))
    const [old, changed] = [readEnvelope(before), readEnvelope(source)]
    expect(changed).toMatchObject({ subject: 'Coffee', to: old.to, bcc: old.bcc, from: old.from, messageId: old.messageId, importance: 2 })
    expect((await plainText(sourceOf(source), changed, null)).text).toContain('old words')
    expect(attachments(changed.structure).map(({ path }) => path)).toEqual(['2', '3', '4'])
  })

  test('takes away what it sends empty', async () => {
    const { source } = await write({ to: '', bcc: '', subject: '', importance: 1 }, stored(await draft()))
    expect(readEnvelope(source)).toMatchObject({ to: [], bcc: [], subject: '', importance: 1 })
  })

  test('replaces the text and keeps the files', async () => {
    const { source } = await write({ body: body(1, 'new words') }, stored(await draft()))
    const read = await simpleParser(Buffer.from(source))
    expect(read.text?.trim()).toBe('new words')
    expect(read.html).toBe(false)
    expect(read.attachments.map(({ filename }) => filename)).toEqual(['a1.txt', 'a2.txt', 'a3.txt'])
  })

  test('takes a file away under whose name no other moves up', async () => {
    const { source } = await write({ remove: ['2', '99'] }, stored(await draft()))
    expect([await fileAt(source, '2'), await fileAt(source, '3'), await fileAt(source, '4')]).toEqual([
      null,
      'content of a2',
      'content of a3',
    ])
    const again = await write({ add: [file('a4')], remove: ['3'] }, stored(source))
    expect(again.added).toEqual(new Map([['a4', '5']]))
    expect([await fileAt(again.source, '4'), await fileAt(again.source, '5')]).toEqual(['content of a3', 'content of a4'])
    const read = await simpleParser(Buffer.from(again.source))
    expect(read.attachments.map(({ filename }) => filename)).toEqual(['a3.txt', 'a4.txt'])
    expect(read.text?.trim()).toBe('old words')
  })

  test('that sends it leaves no gaps and no Bcc', async () => {
    const { source } = await write({ remove: ['2'] }, stored(await draft()))
    const final = await write({ subject: 'Tea?' }, stored(source), { isFinal: true })
    expect(readEnvelope(final.source).structure.parts).toHaveLength(3)
    const limits = { recipientsMax: 10, messageBytesMax: 1_000_000 }
    const { wire, recipients } = prepare(final.source, { id: 's' as SubmissionId, account: alice, now, limits, strict: true })
    expect(recipients).toEqual(['bob@else.test', 'eve@else.test'])
    const read = await simpleParser(Buffer.from(wire))
    expect([read.bcc, read.attachments.map(({ filename }) => filename)]).toEqual([undefined, ['a2.txt', 'a3.txt']])
  })

  test('that sends it is refused where one recipient is no address', async () => {
    const { source } = await write({ to: 'Bob, carol@else.test', body: body(1, 'x') }, null, { isFinal: true })
    const send = (strict: boolean) =>
      prepare(source, { id: 's' as SubmissionId, account: alice, now, limits: { recipientsMax: 10, messageBytesMax: 1_000_000 }, strict })
    expect(() => send(true)).toThrow(/invalid-recipient/)
    expect(send(false).recipients).toEqual(['Bob', 'carol@else.test'])
  })

  test('of its header leaves a signed draft signed', async () => {
    const signed =
      '--s\r\nContent-Type: text/plain\r\n\r\nsigned\r\n--s\r\nContent-Type: application/pkcs7-signature\r\n\r\nMII=\r\n--s--\r\n'
    const mime = `To: bob@else.test\r\nContent-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=s\r\n\r\n${signed}`
    const { source } = await write({ body: body(4, mime) })
    const { source: later } = await write({ subject: 'later' }, stored(source))
    expect(Buffer.from(later).toString().endsWith(signed)).toBe(true)
    expect(readEnvelope(later)).toMatchObject({ smime: 'signed', subject: 'later', to: [{ address: 'bob@else.test' }] })
  })

  test('whatever is added and taken away, every file keeps its name and its content', async () => {
    const step = fc.record({
      add: fc.integer({ min: 0, max: 2 }),
      picture: fc.boolean(),
      remove: fc.integer({ min: 0, max: 6 }),
      text: fc.constantFrom('none', 'plain', 'html'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        let draft: ExistingDraft | null = null
        let source: Uint8Array = new Uint8Array()
        let count = 0
        const expected = new Map<string, string>()
        for (const { add, picture, remove, text } of steps) {
          const files = Array.from({ length: add }, () => {
            count += 1
            return file(`f${count}`, `content ${count}`, picture ? { contentId: `f${count}@p`, type: 'image/png' } : {})
          })
          const html = `<p>words ${files.map(({ contentId }) => `<img src="cid:${contentId}">`).join('')}</p>`
          const removed = [...expected.keys()].slice(remove, remove + 1)
          const content = text === 'none' ? {} : { body: text === 'html' ? body(2, html) : body(1, 'words') }
          const result = await write({ ...content, add: files, remove: removed }, draft)
          for (const path of removed) expected.delete(path)
          for (const { clientId, content: bytes } of files) expected.set(result.added.get(clientId)!, Buffer.from(bytes).toString())
          source = result.source
          draft = stored(source)
          const listed = attachments(draft.envelope.structure).map(({ path }) => path)
          expect(listed.toSorted()).toEqual([...expected.keys()].toSorted())
          for (const [path, bytes] of expected) expect(await fileAt(source, path)).toBe(bytes)
        }
      }),
      { numRuns: 60 },
    )
  })
})
