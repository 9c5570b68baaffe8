// Envelopes: fields, threads, message classes, and sources that make no sense.
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conversationIndex, conversationOf, readEnvelope, searchText } from '../../src/format/envelope.ts'
import { mail } from './source.ts'

const withFields = (...lines: string[]) => readEnvelope(mail(...lines, '', 'body'))

test('an ordinary message gives all of its fields', () => {
  const envelope = withFields(
    'From: =?utf-8?Q?J=C3=B6rg?= <joerg@example.org>',
    'Sender: list@example.org',
    'Reply-To: reply@example.org',
    'To: a@b, C <c@d>',
    'To: e@f',
    'Cc: g@h',
    'Bcc: i@j',
    'Subject: Re: AW: [list] =?iso-8859-1?Q?Gr=FC=DFe?=',
    'Date: Mon, 5 Jan 2026 10:00:00 +0100',
    'Message-ID: <id@example.org>',
    'In-Reply-To: <parent@example.org> (from Bob)',
    'References: <root@example.org>',
    ' <parent@example.org>',
    'Importance: High',
  )
  expect(envelope).toMatchObject({
    from: [{ name: 'Jörg', address: 'joerg@example.org' }],
    sender: [{ name: '', address: 'list@example.org' }],
    replyTo: [{ name: '', address: 'reply@example.org' }],
    to: [
      { name: '', address: 'a@b' },
      { name: 'C', address: 'c@d' },
      { name: '', address: 'e@f' },
    ],
    cc: [{ name: '', address: 'g@h' }],
    bcc: [{ name: '', address: 'i@j' }],
    subject: 'Re: AW: [list] Grüße',
    threadTopic: '[list] Grüße',
    date: Date.parse('2026-01-05T09:00:00Z'),
    messageId: 'id@example.org',
    inReplyTo: ['parent@example.org'],
    references: ['root@example.org', 'parent@example.org'],
    importance: 2,
    threadIndex: null,
    smime: null,
    messageClass: 'IPM.Note',
    preview: 'body',
  })
  expect(envelope.broken).toBeUndefined()
})

test('of several From fields the first one counts', () => {
  expect(withFields('From: a@b', 'From: c@d').from).toEqual([{ name: '', address: 'a@b' }])
})

test('a subject cannot break out of its line, nor grow without end', () => {
  expect(withFields('Subject: =?utf-8?B?YQ0KQmNjOiB4AHk=?=').subject).toBe('a Bcc: xy')
  expect(withFields(`Subject: ${'=?utf-8?Q?xxxxxxxxxx?= '.repeat(20_000)}`).subject.length).toBe(2048)
})

test.each([
  ['Re: x', 'x'],
  ['FWD: Re[2]: x', 'x'],
  ['RE : x', 'x'],
  ['回复：x', 'x'],
  ['Re:', ''],
  ['Regarding: x', 'Regarding: x'],
  ['x Re: y', 'x Re: y'],
])('the topic of %j is %j', (subject, topic) => {
  expect(readEnvelope(Buffer.from(`Subject: ${subject}\r\n\r\n`)).threadTopic).toBe(topic)
})

test.each([
  ['Importance: low', 0],
  ['X-Priority: 1 (Highest)', 2],
  ['X-Priority: 5', 0],
  ['X-Priority: 3', 1],
  ['X-MSMail-Priority: High', 2],
  ['Priority: urgent', 2],
  ['Priority: non-urgent', 0],
  ['Importance: normal', 1],
  ['Subject: high', 1],
])('%s is importance %i', (field, importance) => {
  expect(withFields(field).importance).toBe(importance)
})

describe('conversations', () => {
  const guid = '00112233445566778899aabbccddeeff'
  const threadIndex = (answers: string) => Buffer.from(`01ca2cfa8a23${guid}${answers}`, 'hex').toString('base64')

  test('a thread is its first Message-ID, whoever names it', () => {
    const root = withFields('Message-ID: <root@x>')
    const answer = withFields('Message-ID: <a@x>', 'In-Reply-To: <root@x>')
    const later = withFields('Message-ID: <b@x>', 'References: <root@x> <a@x>', 'In-Reply-To: <a@x>', `Thread-Index: ${threadIndex('')}`)
    expect(conversationOf(root)).toBe(createHash('sha256').update('root@x').digest('hex').slice(0, 32))
    expect(conversationOf(answer)).toBe(conversationOf(root))
    expect(conversationOf(later)).toBe(conversationOf(root))
  })

  test('a message that names nobody is known by the GUID of its Thread-Index, or not at all', () => {
    expect(conversationOf(withFields(`Thread-Index: ${threadIndex('')}`))).toBe(guid)
    expect(conversationOf(withFields('Subject: x'))).toBeNull()
    expect(withFields('Thread-Index: too short').threadIndex).toBeNull()
  })

  test('the index is the five bytes of the first date and five for each answer (MS-ASCON 2.2.2.4)', () => {
    const answered = withFields(`Thread-Index: ${threadIndex('0102030405060708090a')}`)
    expect(Buffer.from(conversationIndex(answered, 0)).toString('hex')).toBe('ca2cfa8a230102030405060708090a')
    const torn = withFields(`Thread-Index: ${threadIndex('010203040506')}`)
    expect(Buffer.from(conversationIndex(torn, 0)).toString('hex')).toBe('ca2cfa8a230102030405')
  })

  test('without a Thread-Index it is the date as FILETIME without its first byte and the last two', () => {
    const at = Date.parse('2009-09-04T00:00:00Z')
    const ticks = (BigInt(at) * 10_000n + 116_444_736_000_000_000n).toString(16).padStart(16, '0')
    expect(Buffer.from(conversationIndex(withFields('Date: Fri, 4 Sep 2009 00:00:00 GMT'), 0)).toString('hex')).toBe(ticks.slice(2, 12))
    expect(Buffer.from(conversationIndex(withFields('Subject: x'), at)).toString('hex')).toBe(ticks.slice(2, 12))
  })
})

describe('message class', () => {
  const report = (type: string, content: string) =>
    readEnvelope(
      mail('Content-Type: multipart/report; boundary=b', '', '--b', '', 'Sorry.', '--b', `Content-Type: ${type}`, '', content, '--b--'),
    ).messageClass
  const calendar = (method: string, extra = '') =>
    readEnvelope(
      mail(
        'Content-Type: multipart/alternative; boundary=b',
        '',
        '--b',
        '',
        'Come.',
        '--b',
        `Content-Type: text/calendar; charset=utf-8${method}`,
        'Content-Transfer-Encoding: base64',
        '',
        Buffer.from(`BEGIN:VCALENDAR\r\n${extra}END:VCALENDAR\r\n`).toString('base64'),
        '--b--',
      ),
    ).messageClass

  test.each([
    ['message/delivery-status', 'Reporting-MTA: dns; x\r\n\r\nAction: failed', 'REPORT.IPM.Note.NDR'],
    ['message/delivery-status', 'Action: delayed', 'REPORT.IPM.Note.DELAYED'],
    ['message/delivery-status', 'Action: relayed', 'REPORT.IPM.Note.DR'],
    ['message/delivery-status', 'nothing', 'REPORT.IPM.Note.NDR'],
    ['message/disposition-notification', 'Disposition: manual-action/MDN-sent-manually; displayed', 'REPORT.IPM.Note.IPNRN'],
    ['message/disposition-notification', 'Disposition: automatic-action/MDN-sent-automatically; deleted', 'REPORT.IPM.Note.IPNNRN'],
    ['message/feedback-report', 'x', 'IPM.Note'],
  ])('a report with %s saying %j is %s', (type, content, expected) => {
    expect(report(type, content)).toBe(expected)
  })

  test('a calendar part with a method is a meeting message', () => {
    expect(calendar('; method=REQUEST')).toBe('IPM.Schedule.Meeting.Request')
    expect(calendar('', 'METHOD:CANCEL\r\n')).toBe('IPM.Schedule.Meeting.Canceled')
    expect(calendar('; method=REPLY', 'ATTENDEE;CN=x;PARTS\r\n TAT=ACCEPTED:mailto:a@b\r\n')).toBe('IPM.Schedule.Meeting.Resp.Pos')
    expect(calendar('; method=REPLY', 'ATTENDEE;PARTSTAT=DECLINED:mailto:a@b\r\n')).toBe('IPM.Schedule.Meeting.Resp.Neg')
    expect(calendar('; method=REPLY', 'ATTENDEE;PARTSTAT=TENTATIVE:mailto:a@b\r\n')).toBe('IPM.Schedule.Meeting.Resp.Tent')
    expect(calendar('; method=PUBLISH')).toBe('IPM.Note')
    expect(calendar('')).toBe('IPM.Note')
  })

  test('S/MIME is told apart into clear-signed and opaque; PGP is plain mail', () => {
    const signed = (protocol: string) =>
      readEnvelope(
        mail(
          `Content-Type: multipart/signed; protocol="${protocol}"; boundary=b`,
          '',
          '--b',
          '',
          'text',
          '--b',
          `Content-Type: ${protocol}`,
          '',
          'x',
          '--b--',
        ),
      )
    expect(signed('application/pkcs7-signature')).toMatchObject({ smime: 'signed', messageClass: 'IPM.Note.SMIME.MultipartSigned' })
    expect(signed('application/x-pkcs7-signature').smime).toBe('signed')
    expect(signed('application/pgp-signature')).toMatchObject({ smime: null, messageClass: 'IPM.Note' })
    const opaque = { smime: 'encrypted', messageClass: 'IPM.Note.SMIME' }
    expect(withFields('Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m')).toMatchObject(opaque)
    expect(withFields('Content-Type: application/octet-stream; name="smime.p7m"')).toMatchObject(opaque)
    expect(withFields('Content-Type: application/octet-stream').smime).toBeNull()
  })
})

describe('what cannot be understood', () => {
  test('is said to be broken, and still has neutral values', () => {
    expect(readEnvelope(new Uint8Array(0))).toMatchObject({ broken: 'the message is empty', from: [], subject: '', importance: 1 })
    expect(readEnvelope(mail('\x00\x01\x02 no header')).broken).toBe('the message has no header')
    const nested = Array.from({ length: 3000 }, (_, n) => `Content-Type: multipart/mixed; boundary="b${n}"\r\n\r\n--b${n}\r\n`).join('')
    const deep = readEnvelope(Buffer.from(`Subject: deep\r\n${nested}`))
    expect(deep).toMatchObject({ subject: 'deep', broken: 'nested deeper than 50 levels' })
  })

  test('is shown as long as there is something to read', () => {
    expect(readEnvelope(mail('just text, no header'))).toMatchObject({ preview: 'just text, no header', subject: '' })
    expect(readEnvelope(mail('just text, no header')).broken).toBeUndefined()
    const manyParts = `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n${'--b\r\nContent-Type: image/png\r\n\r\nx\r\n'.repeat(2000)}`
    expect(readEnvelope(Buffer.from(manyParts)).broken).toBeUndefined()
  })

  test('never throws, whatever the bytes are', () => {
    const word = fc.constantFrom(
      '\r\n',
      '\r\n\r\n',
      '--b\r\n',
      '--b--',
      'Content-Type: multipart/alternative; boundary=b\r\n',
      'Content-Type: text/html; charset=utf-7\r\n',
      'Content-Type: message/rfc822\r\n',
      'Content-Type: text/calendar; method=REPLY\r\n',
      'Content-Transfer-Encoding: base64\r\n',
      'Subject: ',
      'From: ',
      'Date: ',
      'References: ',
      'Thread-Index: ',
      '=?utf-8?B?',
      '?=',
      '<',
      '>',
      '@',
      '<p style="display:none">',
      '&#x110000;',
      '\xff',
      '\0',
      '+AAA',
    )
    const sources = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.array(word, { maxLength: 40 }).map((words) => Buffer.from(words.join(''), 'latin1')),
    )
    fc.assert(
      fc.property(sources, (source) => {
        const envelope = readEnvelope(source)
        expect(envelope.broken ?? '').not.toContain('could not be read')
        expect(envelope.preview.length).toBeLessThanOrEqual(512)
        expect(envelope.subject.isWellFormed()).toBe(true)
        expect(typeof searchText(source, envelope)).toBe('string')
        expect(conversationIndex(envelope, 0).length % 5).toBe(0)
      }),
    )
  })
})

describe('preview and search', () => {
  test('the preview is readable text in one line, without addresses of links', () => {
    const envelope = readEnvelope(
      mail(
        'Content-Type: text/html',
        '',
        `<style>${'p{}'.repeat(20_000)}</style><p>Hello&nbsp;<a href="https://x.example/y">you</a></p>`,
        '<p>and   all</p>',
      ),
    )
    expect(envelope.preview).toBe('Hello you and all')
    expect(readEnvelope(mail('Subject: x', '', 'See https://example.org/very/long', '-----', 'now')).preview).toBe('See now')
  })

  test('a search finds people, names of files and text, inside of embedded messages too', () => {
    const source = mail(
      'From: Alice <alice@example.org>',
      'Subject: Outer',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/html',
      '',
      '<p>Gru&szlig;</p>',
      '--b',
      'Content-Type: application/pdf; name="report.pdf"',
      '',
      '%PDF',
      '--b',
      'Content-Type: message/rfc822',
      '',
      'From: Carol <carol@example.org>',
      'Subject: Inner',
      '',
      'needle',
      '--b--',
    )
    const text = searchText(source, readEnvelope(source))
    for (const found of ['Alice', 'alice@example.org', 'Outer', 'Gruß', 'report.pdf', 'Inner', 'carol@example.org', 'needle'])
      expect(text).toContain(found)
    expect(text).not.toContain('%PDF')
  })

  test('what is searched has an end', () => {
    const source = mail('Subject: x', 'Content-Type: text/plain; charset=utf-8', '', 'ä '.repeat(1_000_000))
    const text = searchText(source, readEnvelope(source))
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(256 * 1024)
    expect(text.length).toBeGreaterThan(50_000)
  })
})
