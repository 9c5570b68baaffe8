// Header fields written, taken away and put in front, with nothing else changed.
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddresses, parseAddresses } from '../../src/format/address.ts'
import { addHeaders, encodeHeader, normaliseLineEnds, stripHeaders } from '../../src/format/header-out.ts'
import { scan } from '../../src/format/mime.ts'
import { decodeWords } from '../../src/format/words.ts'
import { mail } from './source.ts'

const readBack = (name: string, value: string) => scan(Buffer.from(`${encodeHeader(name, value)}\r\n\r\n`)).headers

describe('encodeHeader', () => {
  test.each([
    ['Subject', 'Hello', 'Subject: Hello'],
    ['Subject', 'Grüße', 'Subject: =?UTF-8?B?R3LDvMOfZQ==?='],
    ['Subject', 'a\r\nBcc: x@y', 'Subject: a Bcc: x@y'],
    ['Subject', '=?utf-8?Q?x?=', 'Subject: =?UTF-8?B?PT91dGYtOD9RP3g/PQ==?='],
    ['To', '"Doe, Jörg" <j@b>, c@d', 'To: =?UTF-8?B?RG9lLCBKw7ZyZw==?= <j@b>, c@d'],
    ['From', '"O. \\"X\\" (y)" <o@x>', 'From: "O. \\"X\\" (y)" <o@x>'],
    ['Cc', 'a@b\r\nBcc: c@d', 'Cc: "Bcc: c@d" <a@b>'],
  ])('%s: %j', (name, value, line) => {
    expect(encodeHeader(name, value)).toBe(line)
  })

  test('whatever the value is, it is one field of short lines in ASCII that reads the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (value) => {
        const line = encodeHeader('Subject', value)
        expect(line).toMatch(/^Subject:[\t\x20-\x7e]*(?:\r\n [\t\x20-\x7e]*)*$/)
        const { fields, ...rest } = {
          fields: readBack('Subject', value).fields,
          value: decodeWords(readBack('Subject', value).get('subject') ?? ''),
        }
        expect(fields.length).toBe(1)
        expect(rest.value).toBe(decodeWords(scan(Buffer.from(`${line}\r\n`)).headers.get('subject') ?? ''))
      }),
    )
    const text = 'Grüße aus München, 東京 und 😀 '.repeat(20).trim()
    expect(decodeWords(readBack('Subject', text).get('subject') ?? '')).toBe(text)
    for (const line of encodeHeader('Subject', text).split('\r\n')) expect(line.length).toBeLessThanOrEqual(78)
  })

  test('many recipients are folded and come back', () => {
    const list = Array.from({ length: 50 }, (_, n) => ({ name: n % 2 === 0 ? `Nämé, ${n}` : '', address: `user${n}@example.org` }))
    expect(parseAddresses(readBack('To', formatAddresses(list)).get('to') ?? '')).toEqual(list)
  })

  test('a name that is no field name is refused', () => {
    for (const name of ['', 'a b', 'a:', 'a\r\n', 'é']) expect(() => encodeHeader(name, 'x')).toThrow(RangeError)
  })
})

describe('stripHeaders', () => {
  const source = mail('Bcc: a@b,', '\tc@d', 'To: e@f', 'bcc : g@h', 'Subject: Bcc: stays', '', 'Bcc: stays too', '')

  test('takes every field of the name with its folds, and nothing else', () => {
    expect(Buffer.from(stripHeaders(source, ['BCC'])).toString()).toBe('To: e@f\r\nSubject: Bcc: stays\r\n\r\nBcc: stays too\r\n')
    expect(stripHeaders(source, ['X-None'])).toBe(source)
  })

  test('finds a field behind thousands of others', () => {
    const many = Buffer.from(`${'X: y\r\n'.repeat(5000)}Bcc: a@b\r\n\r\nbody`)
    expect(Buffer.from(stripHeaders(many, ['bcc'])).toString()).not.toContain('Bcc')
  })
})

describe('addHeaders', () => {
  test('puts fields in front, with the line ends of the message', () => {
    const fields = [
      ['A', '1'],
      ['B', '2'],
    ] as const
    expect(Buffer.from(addHeaders(Buffer.from('C: 3\n\nbody\n'), fields)).toString()).toBe('A: 1\nB: 2\nC: 3\n\nbody\n')
    expect(Buffer.from(addHeaders(Buffer.from('C: 3\r\n\r\n'), fields)).toString()).toBe('A: 1\r\nB: 2\r\nC: 3\r\n\r\n')
    expect(Buffer.from(addHeaders(Buffer.from('From x\nC: 3\n'), fields)).toString()).toBe('From x\nA: 1\nB: 2\nC: 3\n')
    expect(addHeaders(Buffer.from('x'), [])).toEqual(Buffer.from('x'))
  })
})

test('line ends of any kind become CRLF, and a source that has them stays the same', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', '\r', '\n', '\r\n', 'é', '\0')), (pieces) => {
      const source = Buffer.from(pieces.join(''), 'latin1')
      const text = Buffer.from(normaliseLineEnds(source)).toString('latin1')
      expect(text).toBe(source.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n'))
      expect(normaliseLineEnds(Buffer.from(text, 'latin1')).length).toBe(text.length)
    }),
  )
})
