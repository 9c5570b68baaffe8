// Replies and forwarded mail: what the phone wrote and what it answers, in one message, with nothing lost on the way.
import { readFileSync } from 'node:fs'
import { type ParsedMail, simpleParser } from 'mailparser'
import MailComposer from 'nodemailer/lib/mail-composer'
import { describe, expect, test } from 'vitest'
import { attachments, htmlText, plainText } from '../../src/format/body.ts'
import { readEnvelope } from '../../src/format/envelope.ts'
import { htmlToText } from '../../src/format/html-text.ts'
import { decodePart } from '../../src/format/part.ts'
import { compose, type ComposeOptions, MessageTooLarge, type Original } from '../../src/mail/compose.ts'
import { sourceOf } from '../../src/mail/mime-writer.ts'
import { prepare, SubmissionFailure } from '../../src/mail/submission.ts'
import { childThreadIndex } from '../../src/mail/threading.ts'
import type { Account } from '../../src/model/account.ts'
import type { AccountId, SubmissionId } from '../../src/model/id.ts'
import { describeWithReference, hasReference, referenceFiles, referencePath } from '../support/reference.ts'

const now = Date.parse('2026-03-02T08:00:00Z')
const received = Date.parse('2026-03-01T12:00:00Z')
const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64')

type Mail = ConstructorParameters<typeof MailComposer>[0]

async function mime(mail: Mail): Promise<Buffer> {
  return await new MailComposer({ from: 'bob@else.test', to: 'alice@example.test', newline: 'windows', ...mail }).compile().build()
}

function original(source: Uint8Array): Original {
  return { source: sourceOf(source), envelope: readEnvelope(source), received }
}

const options = (purpose: ComposeOptions['purpose'], more: Partial<ComposeOptions> = {}): ComposeOptions => ({
  purpose,
  replaceMime: false,
  now,
  messageBytesMax: 10_000_000,
  ...more,
})

const fromPhone = (body: string, type = 'text/plain; charset=utf-8') =>
  Buffer.from(
    `From: alice@example.test\r\nTo: bob@else.test\r\nSubject: Re: Tea\r\nContent-Type: ${type}\r\nMime-Version: 1.0 (1.0)\r\n\r\n${body}`,
  )

/** What the phone sends, by kind; every one says "new words". */
const phones: Record<string, () => Promise<Buffer>> = {
  'plain text': () => Promise.resolve(fromPhone('new words\r\n')),
  'flowed text': () => Promise.resolve(fromPhone('new \r\nwords\r\n', 'text/plain; charset=utf-8; format=flowed')),
  'Latin-1 text': () =>
    Promise.resolve(Buffer.from(fromPhone('new words caf\xe9\r\n', 'text/plain; charset=iso-8859-1').toString('utf8'), 'latin1')),
  HTML: () => Promise.resolve(fromPhone('<html><body><p>new <b>words</b></p></body></html>', 'text/html; charset=utf-8')),
  'text and HTML': () => mime({ text: 'new words', html: '<p>new words</p>' }),
  'HTML with a picture': () =>
    mime({ html: '<p>new words</p><img src="cid:own@phone">', attachments: [{ cid: 'own@phone', filename: 'own.png', content: pixel }] }),
  'text with a file': () => mime({ text: 'new words', attachments: [{ filename: 'notes.txt', content: 'file of the phone' }] }),
  'text, HTML and a file': () =>
    mime({ text: 'new words', html: '<p>new words</p>', attachments: [{ filename: 'own.pdf', content: pixel }] }),
}

const tea = () =>
  mime({
    from: 'Bob Müller <bob@else.test>',
    to: ['alice@example.test', 'carol@else.test'],
    cc: 'dan@else.test',
    subject: 'Tea at fünf',
    messageId: '<tea@else.test>',
    references: ['<root@else.test>', '<middle@else.test>'],
    date: new Date('2026-03-01T11:00:00Z'),
    text: 'Shall we have tea?\n> older words\n',
    html: '<html><head><style>p{color:red}</style></head><body class="x"><p>Shall we have <i>tea</i>?</p><img src="cid:cup@else"></body></html>',
    attachments: [
      { cid: 'cup@else', filename: 'cup.png', content: pixel },
      { filename: 'menu für alle.pdf', content: Buffer.from('%PDF menu') },
    ],
  })

/** What a reader sees; mailparser makes no text of HTML that stands beside its pictures. */
function seen(read: ParsedMail): string {
  return read.text ?? htmlToText(read.html || '')
}

async function textOf(source: Uint8Array): Promise<string> {
  return (await plainText(sourceOf(source), readEnvelope(source), null)).text
}

describe('a reply', () => {
  test.each(Object.keys(phones))('in %s carries the new words above the old', async (kind) => {
    const message = await compose(await phones[kind]!(), original(await tea()), options('reply'))
    const read = await simpleParser(Buffer.from(message))
    const text = seen(read)
    expect(text).toMatch(/new words[^]*From: "?Bob Müller"? <bob@else\.test>[^]*Sent: Sun, 01 Mar 2026 11:00:00 \+0000[^]*tea/)
    expect(text.replace(/\s+/g, ' ')).toMatch(/Subject: Tea at fünf/)
    expect(text).toContain('dan@else.test')
    const names = read.attachments.map(({ filename }) => filename)
    expect(names).not.toContain('menu für alle.pdf')
    // A picture comes along where it is shown.
    expect(names.includes('cup.png')).toBe(/HTML/.test(kind))
    expect(names.filter((name) => /own|notes/.test(name ?? ''))).toHaveLength(/picture|file/.test(kind) ? 1 : 0)
  })

  test('in plain text marks what is quoted, older quotes included', async () => {
    const message = await compose(fromPhone('new words\r\n'), original(await tea()), options('reply'))
    expect(await textOf(message)).toMatch(
      /^new words\r\n\r\n-----Original Message-----\r\nFrom: .*\r\nSent: .*\r\nTo: .*\r\nCc: .*\r\nSubject: .*\r\n\r\n> Shall we have tea\?\r\n>> older words\r\n/,
    )
  })

  test('in HTML stands inside of the body the phone wrote, with the style of the original', async () => {
    const message = await compose(
      fromPhone('<html><body><p>new words</p></body></html>', 'text/html'),
      original(await tea()),
      options('reply'),
    )
    const html = (await simpleParser(Buffer.from(message))).html || ''
    expect(html).toMatch(/^<html><body><p>new words<\/p><div>/)
    expect(html).toMatch(
      /<blockquote type="cite"><style>p\{color:red\}<\/style><p>Shall we have <i>tea<\/i>\?<\/p>[^]*<\/blockquote>[^]*<\/body><\/html>/,
    )
    expect(html.match(/<body/g)).toHaveLength(1)
    expect(html).toContain('data:image/png;base64')
  })

  test('is one level of the thread below the original', async () => {
    const message = await compose(fromPhone('x'), original(await tea()), options('reply'))
    const { inReplyTo, references } = readEnvelope(message)
    expect({ inReplyTo, references }).toEqual({
      inReplyTo: ['tea@else.test'],
      references: ['root@else.test', 'middle@else.test', 'tea@else.test'],
    })
  })

  test('keeps the thread the phone gave it', async () => {
    const client = Buffer.concat([Buffer.from('In-Reply-To: <own@x>\r\nReferences: <own@x>\r\n'), fromPhone('x')])
    const { inReplyTo, references } = readEnvelope(await compose(client, original(await tea()), options('reply')))
    expect({ inReplyTo, references }).toEqual({ inReplyTo: ['own@x'], references: ['own@x'] })
  })

  test('with ReplaceMime is the phone’s own message, threaded', async () => {
    const client = fromPhone('everything is here\r\n')
    const message = Buffer.from(await compose(client, original(await tea()), options('reply', { replaceMime: true }))).toString()
    expect(message.endsWith(client.toString())).toBe(true)
    expect(readEnvelope(Buffer.from(message)).inReplyTo).toEqual(['tea@else.test'])
  })

  test('that is signed or encrypted is sent as the phone made it', async () => {
    const bodies = {
      'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=b':
        '--b\r\nContent-Type: text/plain\r\n\r\nsigned words\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nMII=\r\n--b--\r\n',
      'application/pkcs7-mime; smime-type=enveloped-data': 'MIIB\r\n',
      'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b':
        '--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b--\r\n',
    }
    for (const [type, body] of Object.entries(bodies)) {
      const client = fromPhone(body, type)
      const message = Buffer.from(await compose(client, original(await tea()), options('reply')))
      expect(message.subarray(-client.length).equals(client), type).toBe(true)
      expect(readEnvelope(message).inReplyTo).toEqual(['tea@else.test'])
    }
  })

  test('quotes only the beginning of an endless original', async () => {
    const long = await mime({ text: 'tea '.repeat(600_000) })
    const message = await compose(fromPhone('new words'), original(long), options('reply'))
    expect(message.byteLength).toBeLessThan(1_400_000)
    expect((await textOf(message)).trimEnd()).toMatch(/longer than this\.\]$/)
  })

  test('gives a picture of the original another id where the phone uses the same', async () => {
    const client = await mime({
      html: '<p>new words <img src="cid:cup@else"></p>',
      attachments: [{ cid: 'cup@else', filename: 'own.png', content: Buffer.from('own') }],
    })
    const message = await compose(client, original(await tea()), options('reply'))
    const read = await simpleParser(Buffer.from(message), { keepCidLinks: true })
    const ids = [...(read.html || '').matchAll(/src="cid:([^"]+)"/g)].map(([, id]) => id)
    expect(ids).toHaveLength(2)
    expect(ids[0]).toBe('cup@else')
    const contentOf = (id: string | undefined) => read.attachments.find(({ cid }) => cid === id)?.content
    expect(contentOf(ids[0])?.toString()).toBe('own')
    expect(contentOf(ids[1])?.equals(pixel)).toBe(true)
  })

  test('leaves a signature inside of the phone’s message whole', async () => {
    const signed =
      '--s\r\nContent-Type: text/plain\r\n\r\nsigned words\r\n--s\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nMII=\r\n--s--\r\n'
    const body = `--m\r\nContent-Type: multipart/signed; boundary=s; protocol="application/pkcs7-signature"; micalg=sha-256\r\n\r\n${signed}--m--\r\n`
    const message = Buffer.from(
      await compose(fromPhone(body, 'multipart/mixed; boundary=m'), original(await tea()), options('reply')),
    ).toString()
    expect(message).toContain(`micalg=sha-256\r\n\r\n${signed.trimEnd()}`)
    expect(await textOf(Buffer.from(message))).toMatch(/signed words[^]*tea/)
  })
})

describe('a forwarded message', () => {
  test.each(Object.keys(phones))('in %s carries the text and every file of the original', async (kind) => {
    const message = await compose(await phones[kind]!(), original(await tea()), options('forward'))
    const read = await simpleParser(Buffer.from(message))
    expect(seen(read)).toMatch(/new words[^]*From: "?Bob Müller"?[^]*tea/)
    expect(seen(read)).not.toMatch(/^> Shall/m)
    const files = new Map(read.attachments.map(({ filename, content }) => [filename, content]))
    expect(files.get('menu für alle.pdf')?.toString()).toBe('%PDF menu')
    expect(files.get('cup.png')?.equals(pixel)).toBe(true)
    expect(read.attachments.filter(({ filename }) => filename === 'cup.png')).toHaveLength(1)
  })

  test('belongs to the conversation and answers nothing', async () => {
    const { inReplyTo, references } = readEnvelope(await compose(fromPhone('x'), original(await tea()), options('forward')))
    expect(inReplyTo).toEqual([])
    expect(references).toEqual(['root@else.test', 'middle@else.test', 'tea@else.test'])
  })

  test.each([
    [
      'signed',
      'multipart/signed; protocol="application/pkcs7-signature"; boundary=b',
      '--b\r\nContent-Type: text/plain\r\n\r\nold\r\n--b--\r\n',
    ],
    ['encrypted', 'application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m', 'MIIB\r\n'],
    ['endless', 'text/plain', 'tea '.repeat(600_000)],
  ])('that is %s travels whole, as an attachment', async (_title, type, body) => {
    const old = Buffer.from(`From: bob@else.test\r\nSubject: Grüße\r\nContent-Type: ${type}\r\n\r\n${body}`)
    const message = await compose(fromPhone('new words'), original(old), options('forward'))
    expect((await textOf(message)).trim()).toBe('new words')
    const [file, ...others] = attachments(readEnvelope(message).structure)
    expect(others).toEqual([])
    expect(file).toMatchObject({ type: 'message/rfc822', name: 'Grüße.eml', disposition: 'attachment' })
    expect(Buffer.from(message.subarray(file!.body, file!.end)).equals(old)).toBe(true)
  })

  test('of one file and nothing else carries that file', async () => {
    const scan = Buffer.from(
      'From: scanner@else.test\r\nSubject: Scan\r\nContent-Type: application/pdf; name="scan.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n',
    )
    const read = await simpleParser(Buffer.from(await compose(fromPhone('new words'), original(scan), options('forward'))))
    expect(read.attachments.map(({ filename, content }) => [filename, content.toString()])).toEqual([['scan.pdf', '%PDF']])
    expect(read.subject).toBe('Re: Tea')
  })

  test('keeps an invitation an invitation', async () => {
    const invitation = await mime({ text: 'come', icalEvent: { method: 'REQUEST', content: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n' } })
    const parts = attachments(readEnvelope(await compose(fromPhone('x'), original(invitation), options('forward'))).structure)
    expect(parts.map(({ type }) => type)).toContain('text/calendar')
  })

  test('is refused before anything is read when it would be too large', async () => {
    const large = await mime({ text: 'x', attachments: [{ filename: 'a.bin', content: Buffer.alloc(2_000_000) }] })
    const reads: number[] = []
    const { source, ...rest } = original(large)
    const watched = {
      ...rest,
      source: { bytes: source.bytes, read: (from: number, to: number) => (reads.push(to - from), source.read(from, to)) },
    }
    await expect(compose(fromPhone('x'), watched, options('forward', { messageBytesMax: 1_000_000 }))).rejects.toThrow(MessageTooLarge)
    expect(Math.max(...reads)).toBeLessThan(10_000)
    const message = await compose(fromPhone('x'), watched, options('forward'))
    expect(Math.max(...reads)).toBeLessThanOrEqual(1024 * 1024)
    expect((await simpleParser(Buffer.from(message))).attachments[0]?.content).toHaveLength(2_000_000)
  })
})

describe('a phone’s message without any text', () => {
  test('gets the original as its text', async () => {
    const client = fromPhone(
      '--b\r\nContent-Type: image/png; name=own.png\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\niVBO\r\n--b--\r\n',
      'multipart/mixed; boundary=b',
    )
    const read = await simpleParser(Buffer.from(await compose(client, original(await tea()), options('reply'))))
    expect(seen(read)).toMatch(/tea/)
    expect(read.attachments.map(({ filename }) => filename)).toEqual(expect.arrayContaining(['own.png', 'cup.png']))
  })
})

describe('the Thread-Index of an answer', () => {
  const header = Buffer.concat([Buffer.from([1]), Buffer.from('DC91F0A2B3', 'hex'), Buffer.alloc(16, 7)]).toString('base64')
  test('is its parent’s and five bytes', () => {
    const begin = Number((BigInt('0xDC91F0A2B3') * 65_536n - 116_444_736_000_000_000n) / 10_000n)
    const child = Buffer.from(childThreadIndex(header, begin + 60_000)!, 'base64')
    expect(child).toHaveLength(27)
    expect(child.subarray(0, 22).toString('base64')).toBe(header)
    // 60 seconds in steps of 2^18 ticks of 100 nanoseconds.
    expect(child.readUInt32BE(22)).toBe(Math.floor(600_000_000 / 2 ** 18))
    const late = Buffer.from(childThreadIndex(header, begin + 5 * 365 * 86_400_000)!, 'base64')
    expect(late.readUInt32BE(22) >>> 31).toBe(1)
    expect(childThreadIndex('AAAA', now)).toBeNull()
  })

  test('goes out with the topic', async () => {
    const old = Buffer.from(`From: bob@else.test\r\nSubject: RE: Tea\r\nMessage-ID: <t@x>\r\nThread-Index: ${header}\r\n\r\nold`)
    const envelope = readEnvelope(await compose(fromPhone('x'), original(old), options('reply')))
    expect(envelope.threadIndex).toBe(childThreadIndex(header, now))
  })
})

const alice: Account = {
  id: 'a1' as AccountId,
  address: 'alice@example.test',
  addresses: ['alice@example.test', 'bob@else.test'],
  displayName: 'Alice',
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

const letters = (text: string) => text.replace(/[^\p{L}\p{N}]+/gu, '')

describeWithReference('mail from the wild, answered and forwarded', () => {
  // A skipped block is read all the same: without the reference it holds one test, skipped for all to see.
  test.each(hasReference ? referenceFiles('mail', '.eml') : ['every message'])('%s', async (name) => {
    const old = original(readFileSync(referencePath('mail', name)))
    // The two renderings of a message may say different things.
    const oldTexts = [
      await plainText(old.source, old.envelope, null),
      { text: htmlToText((await htmlText(old.source, old.envelope, null)).text) },
    ]
    const beginnings = oldTexts.map(({ text }) => letters(text).slice(0, 40))
    const oldFiles = attachments(old.envelope.structure)
    for (const [kind, phone] of Object.entries(phones)) {
      const client = await phone()
      const ownFiles = attachments(readEnvelope(client).structure).length
      for (const purpose of ['reply', 'forward'] as const) {
        const where = `${kind} ${purpose}`
        const composed = await compose(client, old, options(purpose))
        const { wire } = prepare(composed, {
          id: 's' as SubmissionId,
          account: alice,
          now,
          limits: { recipientsMax: 10, messageBytesMax: 10_000_000 },
        })
        const envelope = readEnvelope(wire)
        expect(envelope.broken, where).toBeUndefined()
        const text = letters((await plainText(sourceOf(wire), envelope, null)).text)
        expect(text, where).toContain('newwords')
        const files = attachments(envelope.structure)
        const whole = files.find((part) => part.type === 'message/rfc822' && part.end - part.body === old.source.bytes)
        if (whole === undefined) {
          expect(
            beginnings.some((beginning) => text.includes(beginning)),
            `${where}: ${beginnings.join()} in ${text}`,
          ).toBe(true)
        }
        if (purpose === 'forward' && whole === undefined) {
          expect(files, where).toHaveLength(ownFiles + oldFiles.length)
          for (const part of oldFiles) {
            const content = await contentOf(old.source, part)
            const copies = await Promise.all(files.map((file) => contentOf(sourceOf(wire), file)))
            expect(
              copies.some((copy) => sameContent(copy, content)),
              `${where} ${part.path}`,
            ).toBe(true)
          }
        }
        const read = await simpleParser(Buffer.from(wire))
        expect(letters(seen(read)), where).toContain('newwords')
      }
    }
  })

  test('as a phone’s own message, never ends in an exception but a refusal by name', async () => {
    const old = original(await tea())
    for (const name of referenceFiles('mail', '.eml')) {
      const client = readFileSync(referencePath('mail', name))
      for (const purpose of ['reply', 'forward'] as const) {
        const composed = await compose(client, old, options(purpose))
        try {
          prepare(composed, { id: 's' as SubmissionId, account: alice, now, limits: { recipientsMax: 1000, messageBytesMax: 10_000_000 } })
        } catch (error) {
          if (!(error instanceof SubmissionFailure)) throw new Error(name, { cause: error })
        }
      }
    }
  })
})

async function contentOf(source: Original['source'], part: Parameters<typeof decodePart>[1]): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of decodePart(source, part)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Text may have got CRLF line ends on its way. */
function sameContent(copy: Buffer, content: Buffer): boolean {
  return (
    copy.equals(content) || copy.toString('latin1').replace(/\r\n|\r|\n/g, '\n') === content.toString('latin1').replace(/\r\n|\r|\n/g, '\n')
  )
}
