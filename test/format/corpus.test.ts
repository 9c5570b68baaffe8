// Every message of the reference corpus through every reader of mail, with mailparser as the second opinion.
import { readFileSync } from 'node:fs'
import { Buffer } from 'node:buffer'
import { simpleParser, type AddressObject, type ParsedMail } from 'mailparser'
import { expect, test } from 'vitest'
import type { Envelope } from '../../src/model/email.ts'
import { attachmentName, attachments, htmlText, plainText, preview, readableBodies } from '../../src/format/body.ts'
import { conversationIndex, conversationOf, readEnvelope, searchText } from '../../src/format/envelope.ts'
import { addHeaders, normaliseLineEnds, stripHeaders } from '../../src/format/header-out.ts'
import { scan } from '../../src/format/mime.ts'
import { decodedBytes, decodePart } from '../../src/format/part.ts'
import { describeWithReference, hasReference, referenceFiles, referencePath } from '../support/reference.ts'
import { sourceOf } from './source.ts'

type Field = 'subject' | 'from' | 'to' | 'date' | 'messageId' | 'text' | 'files' | 'content'

/** Where mailparser reads something else, and why ours stands. An entry that is no longer needed fails its test. */
const exceptions: Readonly<Record<string, Partial<Record<Field, string>>>> = {
  'mm-emails-mime_emails-raw_email11.eml': {
    from: 'a display name that repeats the address is kept',
    files: 'another rendering of the text (enriched) is no file',
  },
  'mm-emails-mime_emails-raw_email_with_mimepart_without_content_type.eml': {
    text: 'the delivery status is a file, not text',
    files: 'the delivery status is a file, not text',
  },
  'mm-emails-multipart_report_emails-report_530.eml': {
    text: 'the delivery status is a file, not text',
    files: 'the delivery status is a file, not text',
  },
  'mm-emails-plain_emails-raw_email_with_bad_date.eml': { date: 'mailparser puts the current time for a date it cannot read' },
  'mm-emails-rfc2822-example13.eml': {
    from: 'mailparser does not know white space before the colon here',
    date: 'mailparser does not know white space before the colon here',
    messageId: 'white space inside of an identifier is none of it',
  },
  'mp-legacy-001.eml': { subject: 'mailparser refuses UTF-7', to: 'mailparser refuses UTF-7', text: 'mailparser refuses UTF-7' },
  'mp-legacy-009.eml': { subject: 'raw bytes inside of an encoded word', to: 'raw bytes inside of an encoded word' },
  'mp-legacy-010.eml': { subject: 'raw bytes in a header, Latin-1', to: 'raw bytes in a header, Latin-1' },
  'mp-legacy-015.eml': { subject: 'raw bytes inside of an encoded word', to: 'raw bytes inside of an encoded word' },
  'mp-legacy-018.eml': { subject: 'raw bytes inside of an encoded word', to: 'raw bytes inside of an encoded word' },
  'mp-legacy-023.eml': { subject: 'raw bytes inside of an encoded word', to: 'raw bytes inside of an encoded word' },
  'mp-legacy-026.eml': {
    subject: 'raw bytes inside of an encoded word',
    to: 'raw bytes inside of an encoded word',
    content: 'mailparser leaves uuencode as it is',
  },
  'mp-legacy-030.eml': { text: 'a named text is a file (RFC 8621 4.1.4)', files: 'a named text is a file (RFC 8621 4.1.4)' },
  'mp-legacy-034.eml': { text: 'mailparser refuses UTF-7' },
  'mp-legacy-047.eml': { text: 'a named text is a file (RFC 8621 4.1.4)', files: 'a named text is a file (RFC 8621 4.1.4)' },
  'mp-legacy-048.eml': { content: 'mailparser leaves uuencode as it is' },
  'mp-legacy-051.eml': { subject: 'raw bytes inside of an encoded word', to: 'raw bytes inside of an encoded word' },
  'mp-malformed-002.eml': { text: 'a multipart without parts is shown as text' },
  'mp-malformed-004.eml': { text: 'a multipart without parts is shown as text' },
  'mp-malformed-017.eml': { files: 'the boundary stands on a fold without its semicolon' },
  'mp-malformed-019.eml': { date: 'mailparser puts the current time for a date it cannot read' },
  'mp-rfc-002.eml': {
    text: 'an embedded message is a file, not text',
    files: 'an embedded message is a file, not text',
    content: 'an embedded message is a file, not text',
  },
  'mp-rfc-007.eml': { files: 'an embedded message is named after its subject' },
  'mp-thirdparty-000.eml': { text: 'a NUL cannot stand in an answer' },
  'mp-thirdparty-008.eml': {
    text: 'text of an unknown kind is read where it comes first',
    files: 'text of an unknown kind is read where it comes first',
  },
}

interface Reading extends Record<Field, unknown> {}

const fold = (text: string | undefined) => (text ?? '').replace(/\s+/g, ' ').trim()

async function ours(bytes: Buffer, envelope: Envelope): Promise<Reading> {
  const people = (list: Envelope['from']) => list.map(({ name, address }) => `${name}<${address}>`)
  const source = sourceOf(bytes)
  const files = attachments(envelope.structure)
  const contents = await Promise.all(files.map(async (part) => Buffer.concat(await Array.fromAsync(decodePart(source, part)))))
  return {
    subject: envelope.subject,
    from: people(envelope.from),
    to: people(envelope.to),
    date: envelope.date,
    messageId: envelope.messageId,
    text: fold((await plainText(source, envelope, null)).text),
    files: files.map((part) => part.name ?? ''),
    content: contents.map((content) => content.toString('hex')),
  }
}

function theirs(parsed: ParsedMail, ourText: unknown): Reading {
  const people = (field: AddressObject | AddressObject[] | undefined) =>
    [field ?? []]
      .flat()
      .flatMap(({ value }) => value.flatMap((one) => one.group ?? [one]).map((one) => `${one.name}<${one.address ?? ''}>`))
  return {
    subject: fold(parsed.subject),
    from: people(parsed.from),
    to: people(parsed.to),
    date: parsed.date?.getTime() ?? null,
    messageId: parsed.messageId?.replace(/^<|>$/g, '') ?? null,
    // Told not to convert HTML, it has no opinion where there is nothing else.
    text: parsed.text === undefined && parsed.html !== false ? ourText : fold(parsed.text),
    files: parsed.attachments.map((file) => file.filename ?? ''),
    content: parsed.attachments.map((file) => file.content.toString('hex')),
  }
}

const names = hasReference ? referenceFiles('mail', '.eml') : []

describeWithReference('the reference corpus', () => {
  test.each(names)('%s is read as mailparser reads it, or for a reason', async (name) => {
    const bytes = readFileSync(referencePath('mail', name))
    const envelope = readEnvelope(bytes)
    const mine = await ours(bytes, envelope)
    const other = theirs(await simpleParser(bytes, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true }), mine.text)
    const reasons = exceptions[name] ?? {}
    for (const field of Object.keys(mine) as Field[]) {
      // What is no file for one of the two has no content to compare either.
      if (field === 'content' && reasons.files !== undefined && reasons.content === undefined) continue
      if (reasons[field] === undefined) expect(mine[field], field).toEqual(other[field])
      else expect(mine[field], `${field}: no exception is needed (${reasons[field]})`).not.toEqual(other[field])
    }
  })

  test.each(names)('%s passes through every reader with sensible results', async (name) => {
    const bytes = readFileSync(referencePath('mail', name))
    const source = sourceOf(bytes)
    const envelope = readEnvelope(bytes)
    expect(envelope.broken).toBeUndefined()
    expect(scan(bytes).root).toEqual(envelope.structure)
    const bodies = readableBodies(envelope.structure)
    const files = attachments(envelope.structure)
    for (const [index, part] of files.entries()) {
      expect(part.end).toBeGreaterThanOrEqual(part.body)
      expect(part.path).toMatch(/^[1-9]\d*(?:\.[1-9]\d*)*$/)
      expect(attachmentName(part, index)).toMatch(/^[^\p{Cc}/\\]+$/u)
      expect([...bodies.plain, ...bodies.html]).not.toContain(part)
      const content = Buffer.concat(await Array.fromAsync(decodePart(source, part)))
      expect(Math.abs(decodedBytes(part) - content.length)).toBeLessThanOrEqual(Math.max(64, content.length * 0.35))
    }
    for (const read of [plainText, htmlText]) {
      const whole = await read(source, envelope, null)
      expect(whole.truncated).toBe(false)
      expect(whole.totalBytes).toBe(Buffer.byteLength(whole.text))
      expect(whole.text.isWellFormed()).toBe(true)
      expect(whole.text).not.toMatch(/(?<!\r)\n|\r(?!\n)|[\0\uFFFE]/)
      const cut = await read(source, envelope, 100)
      expect(Buffer.byteLength(cut.text)).toBeLessThanOrEqual(100)
      expect(whole.text.startsWith(cut.text)).toBe(true)
      expect(cut.truncated).toBe(cut.text.length < whole.text.length)
    }
    expect(preview(envelope.preview).length).toBeLessThanOrEqual(512)
    expect(searchText(bytes, envelope)).toContain(envelope.subject)
    expect(conversationOf(envelope) ?? '0'.repeat(32)).toMatch(/^[0-9a-f]{32}$/)
    expect(conversationIndex(envelope, 0).length % 5).toBe(0)
    expect(readEnvelope(normaliseLineEnds(bytes)).subject).toBe(envelope.subject)
    expect(readEnvelope(addHeaders(bytes, [['X-Easel', 'was here']])).subject).toBe(envelope.subject)
    expect(readEnvelope(stripHeaders(bytes, ['subject'])).subject).toBe('')
  })

  test('every exception names a message of the corpus', () => {
    expect(Object.keys(exceptions).filter((name) => !names.includes(name))).toEqual([])
  })
})
