// Addresses as headers give them, from the textbook to the ruins.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddress, formatAddresses, parseAddresses } from '../../src/format/address.ts'

const short = (header: string) => parseAddresses(header).map(({ name, address }) => `${name}<${address}>`)

describe('parseAddresses', () => {
  test.each([
    ['', []],
    ['a@b', ['<a@b>']],
    ['<a@b>', ['<a@b>']],
    ['Alice <a@b>', ['Alice<a@b>']],
    ['"Doe, Jane" <jane@b>, b@c', ['Doe, Jane<jane@b>', '<b@c>']],
    ['"Joe \\"Q\\" Public" <j@b>', ['Joe "Q" Public<j@b>']],
    ['a@b (Alice (the first))', ['Alice (the first)<a@b>']],
    ['Pete(A wonderful \\) chap) <pete(his account)@silly.test(his host)>', ['Pete<pete@silly.test>']],
    ['Team: a@b, Carl <c@d>; e@f', ['<a@b>', 'Carl<c@d>', '<e@f>']],
    ['undisclosed-recipients:;', []],
    ['a@b; c@d', ['<a@b>', '<c@d>']],
    ['=?utf-8?Q?Doe,_J=C3=B6rg?= <j@b>', ['Doe, Jörg<j@b>']],
    ['"=?utf-8?Q?J=C3=B6rg?=" <j@b>', ['Jörg<j@b>']],
    ['=?utf-8?Q?J=C3=B6rg_<j@b>?=', ['Jörg<j@b>']],
    ["'Alice' <a@b>", ['Alice<a@b>']],
    ['<@a,@b:c@d>', ['<c@d>']],
    ['"john doe"@example.org', ['<"john doe"@example.org>']],
    ['<"a,b"@c>', ['<"a,b"@c>']],
    ['Alice <a@b', ['Alice<a@b>']],
    ['Alice <a@b, c@d', ['Alice<a@b>', '<c@d>']],
    ['Alice a@b', ['Alice<a@b>']],
    ['"Alice <a@b>', ['Alice<a@b>']],
    ['(Alice <a@b>', ['(Alice<a@b>']],
    ['<<a@b>>', ['<a@b>']],
    ['mailto:a@b', ['<a@b>']],
    ['<mailto:a@b>', ['<a@b>']],
    ['=?utf-8?Q?J=C3=B6rg?= j@b', ['Jörg<j@b>']],
    ["'a@b'", ['<a@b>']],
    ["o'neill@b", ["<o'neill@b>"]],
    ['Alice', ['Alice<>']],
    [',, ;', []],
    ['a@b@c', ['<a@b@c>']],
    ['user@xn--mnchen-3ya.example', ['<user@xn--mnchen-3ya.example>']],
    ['"a@b" <c@d>', ['a@b<c@d>']],
    ['"a@b" c@d', ['a@b<c@d>']],
    ['"a@b"@c', ['<"a@b"@c>']],
    ['"a@b"', ['<a@b>']],
    ['Evil \u202Egro.elpmaxe <a@b>', ['Evil gro.elpmaxe<a@b>']],
  ])('%j', (header, expected) => {
    expect(short(header)).toEqual(expected)
  })

  test('any header is read, and what is written again reads the same', () => {
    const letters = fc.constantFrom(...'"<>()@,;:\\ ab\t=?'.split(''), '=?utf-8?q?', '?=', '<a@b>', '"x"')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(letters, { maxLength: 40 }).map((list) => list.join('')),
        ),
        (header) => {
          for (const { name, address } of parseAddresses(header)) {
            expect(`${name}${address}`).not.toBe('')
            expect(address).not.toMatch(/[\r\n\0]/)
          }
        },
      ),
    )
    const names = fc.string({ unit: 'grapheme', maxLength: 20 }).map((name) =>
      name
        .replace(/\p{C}|'|=\?/gu, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    fc.assert(
      fc.property(fc.array(fc.record({ name: names, address: fc.emailAddress() })), (list) => {
        const simple = list.map(({ name, address }) => ({ name: name.normalize(), address }))
        expect(parseAddresses(formatAddresses(simple))).toEqual(simple)
      }),
    )
  })
})

describe('formatAddress', () => {
  test('quotes the name, and leaves it out where there is none', () => {
    expect(formatAddress({ name: 'Doe, "J"', address: 'a@b' })).toBe('"Doe, \\"J\\"" <a@b>')
    expect(formatAddress({ name: '', address: 'a@b' })).toBe('a@b')
    expect(formatAddress({ name: 'Nobody', address: '' })).toBe('"Nobody"')
    expect(
      formatAddresses([
        { name: '', address: 'a@b' },
        { name: 'C', address: 'c@d' },
      ]),
    ).toBe('a@b, "C" <c@d>')
  })

  test('lets no line end through', () => {
    expect(formatAddress({ name: 'a\r\nBcc: x@y', address: 'a@b\r\nTo: c' })).toBe('"a Bcc: x@y" <a@bTo:c>')
  })
})
