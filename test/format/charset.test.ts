// Character sets and encoded words: what mail claims, and what it holds.
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codepageOf, decodeText } from '../../src/format/charset.ts'
import { decodeWords } from '../../src/format/words.ts'

const bytes = (latin1: string) => Buffer.from(latin1, 'latin1')

describe('decodeText', () => {
  test.each([
    ['utf-8', '\xc3\xa9', 'é'],
    [' "UTF8" ', '\xc3\xa9', 'é'],
    ['iso-8859-1', '\x93caf\xe9\x94', '“café”'],
    ['latin-1', 'caf\xe9', 'café'],
    ['ISO_8859-15', '\xa4', '€'],
    ['windows-1251', '\xcf\xf0\xe8\xe2\xe5\xf2', 'Привет'],
    ['win-1251', '\xcf', 'П'],
    ['cp1252', '\x80', '€'],
    ['koi8-r', '\xf0', 'П'],
    ['cp850', '\x82\x81', 'éü'],
    ['ibm437', '\x84', 'ä'],
    ['gb2312', '\xd6\xd0', '中'],
    ['gb18030', '\x81\x30\x81\x30', '\u0080'],
    ['big5', '\xa4\xa4', '中'],
    ['shift_jis', '\x83\x65\x83\x58\x83\x67', 'テスト'],
    ['cp932', '\x87\x40', '①'],
    ['euc-jp', '\xa5\xc6', 'テ'],
    ['iso-2022-jp', '\x1b$B%F%9%H\x1b(B!', 'テスト!'],
    ['iso-2022-jp', '\x1b$B%F\x1b(B\x1b$B%9\x1b(B', 'テス'],
    ['iso-2022-jp-ms', '\x1b$B-!\x1b(B', '①'],
    ['euc-kr', '\xb0\xa1', '가'],
    ['iso-2022-kr', '\x1b$)C\x0e0!\x0f ok', '가 ok'],
    ['hz-gb-2312', 'a ~{VPND~} ~~', 'a 中文 ~'],
    ['utf-16', '\xff\xfeh\0i\0', 'hi'],
    ['utf-16be', '\0h\0i', 'hi'],
    ['utf-7', 'Hi Mom -+Jjo--!', 'Hi Mom -☺-!'],
    ['utf-7', 'A+ImIDkQ.', 'A≢Α.'],
    ['unicode-1-1-utf-7', '1 +- 1 = 2, +2D3cSQ-', '1 + 1 = 2, 👉'.replace('👉', '\u{1F449}')],
    ['us-ascii', '\xc3\xa9', 'é'],
    ['us-ascii', 'caf\xe9', 'café'],
    ['x-unknown', 'caf\xe9', 'café'],
    ['constructor', '\xc3\xa9', 'é'],
    ['', '\xc3\xa9', 'é'],
    ['iso-8859-1', '\xef\xbb\xbf\xc3\xa9', 'é'],
  ])('%s %j is %j', (charset, raw, text) => {
    expect(decodeText(bytes(raw), charset)).toBe(text)
  })

  test('bytes without a charset are UTF-8 even if the last character is cut off, else windows-1252', () => {
    expect(decodeText(bytes('caf\xc3\xa9 \xe2\x82'), null)).toBe('café ')
    expect(decodeText(bytes('caf\xe9'), null)).toBe('café')
  })

  test('one cut-off text does not spoil the next', () => {
    expect(decodeText(bytes('\xc3\xa9\xe2\x82'), null)).toBe('é')
    expect(decodeText(bytes('\xac'), null)).toBe('¬')
  })

  test('no label and no bytes throw', () => {
    const labels = fc.oneof(
      fc.string(),
      fc.constantFrom('utf-7', 'utf-16', 'iso-2022-jp', 'gb18030', 'hz-gb-2312', 'cp850', 'base64', 'hex', '__proto__'),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.option(labels), (octets, label) => {
        expect(typeof decodeText(octets, label)).toBe('string')
      }),
    )
  })
})

test.each([
  [null, 65001],
  ['utf-8', 65001],
  ['us-ascii', 20127],
  ['iso-8859-1', 28591],
  ['latin1', 28591],
  ['iso-8859-15', 28605],
  ['windows-1252', 1252],
  ['Windows-1251', 1251],
  ['iso-2022-jp', 50220],
  ['shift_jis', 932],
  ['gb2312', 936],
  ['euc-kr', 949],
  ['big5', 950],
  ['koi8-r', 20866],
  ['cp850', 850],
  ['utf-16', 1200],
  ['made-up', 65001],
  ['__proto__', 65001],
])('the code page of %s is %i', (charset, codepage) => {
  expect(codepageOf(charset)).toBe(codepage)
})

describe('encoded words', () => {
  test.each([
    ['plain', 'plain'],
    ['=?utf-8?Q?Gr=C3=BC=C3=9Fe_an?= alle', 'Grüße an alle'],
    ['=?UTF-8?b?R3LDvMOfZQ==?=', 'Grüße'],
    ['=?utf-8?Q?a?= =?utf-8?Q?b?=', 'ab'],
    ['=?utf-8?Q?a?=\t =?utf-8?B?Yg==?= c', 'ab c'],
    ['=?utf-8?Q?=E2=82?= =?UTF-8?Q?=AC?=', '€'],
    ['=?utf-8?B?4oI=?= =?utf-8?B?rA==?=', '€'],
    ['=?iso-8859-1?Q?caf=E9?= =?utf-8?Q?=C3=A9?=', 'caféé'],
    ['=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?= =?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=', 'テストテスト'],
    ['=?utf-8*de?Q?=C3=A9?=', 'é'],
    ['=?utf-7?Q?Fr+APY-sche?=', 'Frösche'],
    ['=?iso-8859-1?Q?Fr\xf6sche?=', 'Frösche'],
    ['=?x?Q?=', '=?x?Q?='],
    ['=?utf-8?X?abc?=', '=?utf-8?X?abc?='],
    ['a=?utf-8?Q?b?=c', 'abc'],
    ['=?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=', '=?utf-8?Q?x?='],
  ])('%j is %j', (encoded, text) => {
    expect(decodeWords(encoded)).toBe(text)
  })
})
