// MIME as text: what a document can carry is left alone, what it cannot is encoded part by part.
import { isUtf8 } from 'node:buffer'
import { simpleParser } from 'mailparser'
import { describe, expect, test } from 'vitest'
import { carryable, mimeText } from '../../src/format/mime-text.ts'
import type { Source } from '../../src/model/item.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const sourceOf = (bytes: Uint8Array): Source => ({ bytes: bytes.length, read: (start, end) => Promise.resolve(bytes.subarray(start, end)) })
const asText = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')
// oxlint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/

const signed = [
  'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=outer',
  'Subject: signed',
  '',
  '--outer',
  'Content-Type: text/plain; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Gr=FC=DFe',
  '--outer',
  'Content-Type: application/pkcs7-signature; name=smime.p7s',
  'Content-Transfer-Encoding: base64',
  '',
  'MIAGCSqGSIb3DQEHAqCAMIACAQExCzAJ',
  '--outer--',
  '',
].join('\r\n')

describe('MIME as text', () => {
  test('leaves a message alone that is ASCII or UTF-8, byte for byte', () => {
    const utf8 = Buffer.from('Subject: Grüße\r\n\r\nGrüße, 日本\t\r\n')
    expect(utf8.equals(carryable(utf8))).toBe(true)
    expect(latin1(signed).equals(carryable(latin1(signed)))).toBe(true)
  })

  test('gives lines that end in LF alone the CRLF that signatures are computed over', () => {
    expect(asText(carryable(Buffer.from('Subject: a\n\nb\n')))).toBe('Subject: a\r\n\r\nb\r\n')
  })

  test('encodes a text in another charset as base64 and keeps its charset', async () => {
    const source = latin1('Subject: a\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n')
    const text = asText(carryable(source))
    expect(text).toContain('Content-Transfer-Encoding: base64')
    expect(text).not.toContain('8bit')
    expect((await simpleParser(text)).text?.trim()).toBe('Grüße')
  })

  test('keeps the escapes of ISO-2022-JP, which a document cannot hold', async () => {
    const body = Buffer.from('\u001b$B4A;z\u001b(B\r\n', 'latin1')
    const source = Buffer.concat([latin1('Subject: a\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n'), body])
    const text = asText(carryable(source))
    expect(forbidden.test(text)).toBe(false)
    expect(Buffer.from(text.split('\r\n\r\n')[1] ?? '', 'base64').equals(body)).toBe(true)
  })

  test('names a charset where none was named', async () => {
    const source = latin1('Subject: a\r\nContent-Type: text/plain\r\n\r\nGrüße\r\n')
    const text = asText(carryable(source))
    expect(text).toContain('Content-Type: text/plain; charset=utf-8')
    expect((await simpleParser(text)).text?.trim()).toBe('Grüße')
  })

  test('changes only the part that needs it', () => {
    const source = latin1(
      [
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: text/plain; charset=us-ascii',
        '',
        'untouched',
        '--b',
        'Content-Type: application/octet-stream',
        'Content-Transfer-Encoding: binary',
        '',
        'a\0b\xff',
        '--b--',
        '',
      ].join('\r\n'),
    )
    const text = asText(carryable(source))
    expect(text).toContain('--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nuntouched\r\n--b\r\n')
    expect(text).toContain(Buffer.from('a\0b\xff', 'latin1').toString('base64'))
    expect(text).not.toContain('binary')
  })

  test('mends an embedded message inside, since RFC 2046 lets nothing encode it', async () => {
    const source = latin1(
      'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n' +
        'Subject: inner\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nGrüße\r\n--b--\r\n',
    )
    const text = asText(carryable(source))
    expect(text).toContain('Content-Type: message/rfc822\r\n\r\n')
    expect(text).toContain('Subject: inner')
    expect(text).toContain(Buffer.from('Grüße', 'latin1').toString('base64'))
  })

  test('reads a raw header field in whichever charset it is, line by line', () => {
    const source = Buffer.concat([latin1('X-One: Grüße\r\n'), Buffer.from('X-Two: Grüße\r\n'), latin1('\r\nbody\r\n')])
    expect(asText(carryable(source))).toBe('X-One: Grüße\r\nX-Two: Grüße\r\n\r\nbody\r\n')
  })

  test('drops the separator of an mbox', () => {
    expect(asText(carryable(latin1('From a@b Mon Jan  1\r\nSubject: a\r\n\r\nb\r\n')))).toBe('Subject: a\r\n\r\nb\r\n')
  })

  test('is cut on a character, with the size of the whole', async () => {
    const source = Buffer.from('Subject: a\r\n\r\nüüüü')
    const whole = await mimeText(sourceOf(source), null)
    expect(whole).toMatchObject({ totalBytes: source.length, truncated: false })
    for (let limit = 0; limit < source.length; limit++) {
      const cut = await mimeText(sourceOf(source), limit)
      expect(cut.bytes.length).toBeLessThanOrEqual(limit)
      expect(cut.bytes.length).toBeGreaterThanOrEqual(limit - 1)
      expect(isUtf8(cut.bytes)).toBe(true)
      expect(cut).toMatchObject({ totalBytes: source.length, truncated: true })
    }
    expect(await mimeText(sourceOf(source), source.length)).toMatchObject({ truncated: false })
  })

  test('reads no more of a large message than its beginning', async () => {
    const large = Buffer.from(`Subject: a\r\n\r\n${'ü'.repeat(1_000_000)}`)
    let read = 0
    const source: Source = {
      bytes: large.length,
      read: (start, end) => {
        read += end - start
        return Promise.resolve(large.subarray(start, end))
      },
    }
    const cut = await mimeText(source, 1000)
    expect(cut).toMatchObject({ totalBytes: large.length, truncated: true })
    // A character that the reading has torn must not turn the part into base64.
    expect(asText(cut.bytes)).toContain('üüü')
    expect(read).toBeLessThan(4096)
  })
})
