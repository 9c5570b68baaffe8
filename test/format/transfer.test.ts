// Transfer encodings: whole, in pieces cut anywhere, and damaged.
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MimePart } from '../../src/model/email.ts'
import { decodedBytes, decodePart } from '../../src/format/part.ts'
import { scan } from '../../src/format/mime.ts'
import { decodeTransfer, transferDecoder } from '../../src/format/transfer.ts'
import { mail, sourceOf } from './source.ts'

type Encoding = MimePart['encoding']
const encodings: readonly Encoding[] = ['identity', 'base64', 'quoted-printable', 'uuencode']

const decode = (text: string, encoding: Encoding) => decodeTransfer(Buffer.from(text, 'latin1'), encoding).toString('latin1')

function inPieces(bytes: Buffer, encoding: Encoding, cuts: readonly number[]): Buffer {
  const decoder = transferDecoder(encoding)
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  const out = edges.slice(1).map((edge, index) => Buffer.from(decoder.push(Buffer.from(bytes.subarray(edges[index], edge)))))
  return Buffer.concat([...out, decoder.end()])
}

/** Text in which every encoding finds what it looks for. */
const traps = fc
  .array(
    fc.constantFrom(
      '=',
      '=3D',
      '=e9',
      '=\r\n',
      '=\n',
      '= \t\r\n',
      ' ',
      '\t',
      '\r\n',
      '\n',
      '\r',
      'YQ==',
      'TWFu',
      '!',
      '-_',
      'begin 644 a\n',
      'end\n',
      '#0V%T\n',
      '`\n',
      'é',
      '\0',
    ),
    { maxLength: 40 },
  )
  .map((words) => Buffer.from(words.join('')))

test.each(encodings)('%s gives the same bytes in pieces as in one', (encoding) => {
  fc.assert(
    fc.property(
      fc.oneof(
        traps,
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      ),
      fc.array(fc.nat(), { maxLength: 5 }),
      (bytes, cuts) => {
        expect(inPieces(bytes, encoding, cuts).toString('hex')).toBe(decodeTransfer(bytes, encoding).toString('hex'))
      },
    ),
  )
})

test('base64 of any bytes comes back, with line ends, junk and missing padding', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom('\r\n', '\n', ' \r\n', '!\r\n', '\0'),
      fc.boolean(),
      (bytes, newline, padded) => {
        const encoded = Buffer.from(bytes).toString('base64').replace(/.{76}/g, `$&${newline}`)
        expect(decode(padded ? encoded : encoded.replace(/=+$/, ''), 'base64')).toBe(Buffer.from(bytes).toString('latin1'))
      },
    ),
  )
})

describe('base64', () => {
  test('what follows padding is another group', () => {
    expect(decode('YQ==YmM=ZGVm', 'base64')).toBe('abcdef')
  })
  test('the alphabet for addresses counts too', () => {
    expect(decode('_-8=', 'base64')).toBe(decode('/+8=', 'base64'))
  })
})

describe('quoted-printable', () => {
  test.each([
    ['a=3Db=e9', 'a=b\xe9'],
    ['soft=\r\nend', 'softend'],
    ['soft=\nend', 'softend'],
    ['soft=\rend', 'softend'],
    ['soft= \t\r\nend', 'softend'],
    ['trailing \t\r\nspace', 'trailing\r\nspace'],
    ['trailing  \nspace', 'trailing\nspace'],
    ['kept=20\r\nspace', 'kept \r\nspace'],
    ['1=1 =ZZ =4', '1=1 =ZZ =4'],
    ['end=', 'end'],
    ['raw \xff', 'raw \xff'],
  ])('%j is %j', (encoded, decoded) => {
    expect(decode(encoded, 'quoted-printable')).toBe(decoded)
  })
})

describe('uuencode', () => {
  test('lines between begin and end are data, nothing else is', () => {
    expect(decode('Dear all,\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nBye\r\n', 'uuencode')).toBe('Cat')
  })
  test('a line that lost its trailing spaces ends in zeros', () => {
    expect(decode('begin 644 x\n#   \nend\n', 'uuencode')).toBe('\0\0\0')
  })
})

describe('a part', () => {
  const attachment = (encoding: string, content: string) =>
    mail(
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: application/x',
      `Content-Transfer-Encoding: ${encoding}`,
      '',
      content,
      '--b--',
    )

  test('is read in pieces of at most 256 kB, also where a decoder had to wait', async () => {
    const content = Buffer.alloc(700_000, 'The quick brown fox. ')
    const encoded = {
      base64: content.toString('base64').replace(/.{76}/g, '$&\r\n'),
      'quoted-printable': ' '.repeat(600_000) + '=20',
      '8bit': content.toString(),
    }
    for (const [encoding, text] of Object.entries(encoded)) {
      const bytes = attachment(encoding, text)
      const [part] = scan(bytes).root.parts
      const pieces = await Array.fromAsync(decodePart(sourceOf(bytes), part as MimePart))
      expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(256 * 1024)
      expect(pieces.length).toBeGreaterThan(1)
      expect(Buffer.concat(pieces).toString()).toBe(encoding === 'quoted-printable' ? ' '.repeat(600_001) : content.toString())
    }
  })

  test('is estimated without being read', () => {
    for (const size of [0, 1, 57, 100, 1000, 100_000]) {
      const content = Buffer.alloc(size, 'x')
      const [whole, identity] = ['base64', '8bit'].map((encoding) => {
        const text = encoding === 'base64' ? content.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n') : content.toString()
        return decodedBytes(scan(attachment(encoding, text)).root.parts[0] as MimePart)
      })
      expect(identity).toBe(size)
      expect(Math.abs((whole ?? 0) - size)).toBeLessThanOrEqual(2)
    }
  })
})
