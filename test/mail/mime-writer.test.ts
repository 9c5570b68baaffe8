// MIME as we write it, read back by ourselves and by another reader.
import fc from 'fast-check'
import { simpleParser } from 'mailparser'
import { describe, expect, test } from 'vitest'
import { attachments, plainText } from '../../src/format/body.ts'
import { readEnvelope } from '../../src/format/envelope.ts'
import { assemble, type Entity, fileEntity, multipart, type NewFile, sourceOf, textEntity } from '../../src/mail/mime-writer.ts'

const message = (entity: Entity) => assemble([Buffer.from('From: a@b.test\r\nMIME-Version: 1.0\r\n'), ...entity], 10_000_000)
const file: NewFile = {
  name: 'a.bin',
  type: 'application/x-thing',
  content: Buffer.from('x'),
  inline: false,
  contentId: null,
  contentLocation: null,
}

/** Characters that readers leave alone: no controls, no line ends of other kinds. */
const written = fc.stringMatching(/^[\p{L}\p{N}\p{P}\p{S} \r\n\t]{0,400}$/u).map((text) => text.replace(/\r\n?|\n/g, '\r\n'))

describe('a text', () => {
  test('is read back as it was written, in whichever encoding it went', async () => {
    await fc.assert(
      fc.asyncProperty(written, async (text) => {
        const source = await message(textEntity('plain', text))
        expect(Buffer.from(source).toString('latin1')).not.toMatch(/[^\r\n]{999}/)
        expect((await plainText(sourceOf(source), readEnvelope(source), null)).text).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['7bit', 'plain words\r\n'],
    ['quoted-printable', 'Schöne Grüße aus Köln, und so weiter und so fort\r\n'],
    ['quoted-printable', 'x'.repeat(2000)],
    ['base64', 'お世話になっております。'],
  ])('is encoded as %s where that is the lightest', async (encoding, text) => {
    const source = Buffer.from(await message(textEntity('plain', text))).toString()
    expect(source).toContain(`Content-Transfer-Encoding: ${encoding}\r\n`)
    expect((await simpleParser(source)).text?.trimEnd()).toBe(text.trimEnd())
  })
})

describe('a file', () => {
  // Without two apostrophes: `n''x` is how some senders write a charset, and our reader believes them.
  test('bears its name to every reader, whatever the name', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[\p{L}\p{N} "%();=?_,.-]{1,60}$/u), async (wanted) => {
        const name = `n${wanted.replace(/\s+/g, ' ').replace(/[. ]+$/, '')}.pdf`
        const source = Buffer.from(await message(multipart('mixed', [textEntity('plain', 'x'), fileEntity({ ...file, name })])))
        const [own] = attachments(readEnvelope(source).structure)
        expect(own?.name).toBe(name)
        expect((await simpleParser(source)).attachments[0]?.filename).toBe(name)
      }),
      { numRuns: 150 },
    )
  })

  test('of a type that is none is just bytes', async () => {
    for (const type of [null, '', 'nonsense', 'multipart/mixed; boundary=x', 'text/html\r\nX-Evil: 1']) {
      const source = Buffer.from(await message(fileEntity({ ...file, type }))).toString()
      expect(source).toMatch(/^Content-Type: application\/octet-stream;/m)
      expect(source).not.toContain('X-Evil')
    }
  })

  test('that is a message stands unencoded', async () => {
    const inner = Buffer.from('Subject: inner\r\n\r\nhello\r\n')
    const source = Buffer.from(await message(fileEntity({ ...file, name: 'inner', type: 'message/rfc822', content: inner }))).toString()
    expect(source).toMatch(/Content-Transfer-Encoding: 8bit\r\n\r\nSubject: inner\r\n\r\nhello\r\n$/)
  })
})

describe('a message whose source is shorter than its structure says', () => {
  test('ends where the source ends', async () => {
    const source = { bytes: 10, read: (from: number, to: number) => Promise.resolve(Buffer.from('0123456789').subarray(from, to)) }
    expect(Buffer.from(await assemble([{ source, start: 5, end: 50 }], 1000)).toString()).toBe('56789')
  })
})
