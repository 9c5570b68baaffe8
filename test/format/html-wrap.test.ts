// HTML on its way to a phone: wrapped text, true charsets, cuts that tear nothing.
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { claimUtf8, cutHtml, wrapText } from '../../src/format/html-wrap.ts'
import { htmlToText } from '../../src/format/html-text.ts'
import { expectWithin } from '../support/pace.ts'

describe('wrapText', () => {
  test.each([
    ['a\r\nb', 'a<br>\r\nb'],
    ['<b> & "c"', '&lt;b&gt; &amp; &quot;c&quot;'],
    ['  two  spaces', '\u00A0 two\u00A0 spaces'],
    ['a\tb', 'a\u00A0\u00A0\u00A0 b'],
    [
      'I\r\n> you\r\n>> me\r\n> > me too\r\nI',
      'I<blockquote type="cite">you<blockquote type="cite">me<br>\r\nme too</blockquote></blockquote>I',
    ],
    ['> a', '<blockquote type="cite">a</blockquote>'],
    ['http://example.org', 'http://example.org'],
  ])('%j', (text, html) => {
    expect(wrapText(text)).toBe(html)
  })

  test('what is wrapped reads the same as before', () => {
    const line = fc.string({ unit: fc.constantFrom('a', '<', '>', '&', '"', ' ', 'é', ';', 'amp;') }).map((text) => `x${text.trim()}`)
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        expect(htmlToText(wrapText(lines.join('\n')))).toBe(lines.join('\n'))
      }),
    )
  })
})

describe('claimUtf8', () => {
  test.each([
    ['<meta charset="iso-8859-1">', '<meta charset="utf-8">'],
    [
      "<META http-equiv=Content-Type content='text/html; charset=windows-1252'>",
      "<META http-equiv=Content-Type content='text/html; charset=utf-8'>",
    ],
    ['<?xml version="1.0" encoding="iso-8859-1"?><html>', '<?xml version="1.0" encoding="utf-8"?><html>'],
    ['<p>charset=iso-8859-1</p>', '<p>charset=iso-8859-1</p>'],
    ['<meta name="encoding">', '<meta name="encoding">'],
  ])('%j', (html, honest) => {
    expect(claimUtf8(html)).toBe(honest)
  })
})

describe('cutHtml', () => {
  test.each([
    ['<p>hello</p>', 5, '<p>he'],
    ['<p>hello</p>', 8, '<p>hello'],
    ['<p>hello</p>', 9, '<p>hello'],
    ['<p>hello</p>', 12, '<p>hello</p>'],
    ['<a title="1>0" href=x>y', 16, ''],
    ['a<!-- x > y -->b', 12, 'a'],
    ['a&nbsp;b', 4, 'a'],
    ['a&nbsp;b', 6, 'a'],
    ['a&nbsp;b', 7, 'a&nbsp;'],
    ['AT&T & co', 4, 'AT&T'],
    ['1 < 2 and', 4, '1 < '],
    ['<style>a<b{}</style>c', 14, '<style>a<b{}'],
    ['<style>a<b{}</style>c', 15, '<style>a<b{}'],
    ['é😀', 5, 'é'],
    ['a<', 1, 'a'],
    ['abc', 0, ''],
  ])('%j within %i bytes is %j', (html, bytes, cut) => {
    expect(cutHtml(html, bytes)).toBe(cut)
  })

  test('a cut is a beginning that fits, and ends in no tag, comment or entity', () => {
    const piece = fc.constantFrom(
      '<p class="a">',
      "<a href='x>y'>",
      '</p>',
      '<br/>',
      '<!-- c > -->',
      '&amp;',
      '&#8364;',
      'text',
      'é',
      '😀',
      ' < ',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.nat({ max: 200 }), (pieces, bytes) => {
        const html = pieces.join('')
        const cut = cutHtml(html, bytes)
        expect(html.startsWith(cut)).toBe(true)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes)
        // Every tag and entity in it is one of the pieces, whole.
        expect(pieces.reduce((rest, part) => (rest.startsWith(part) ? rest.slice(part.length) : rest), cut)).toMatch(/^[^<&]*(?: <)?$/)
      }),
    )
  })

  test('two megabytes made to be slow take seconds at most, not minutes', async () => {
    for (const unit of ['<', '<a', '<a b="', '<!--', '<style>', '<style></style>', '&', '<script', '<p>']) {
      const html = unit.repeat(2_000_000 / unit.length)
      const claims = `${unit}charset`.repeat(2_000_000 / (unit.length + 7))
      await expectWithin(5000, () => cutHtml(html, html.length - 3), unit)
      await expectWithin(5000, () => claimUtf8(claims), unit)
    }
  })
})
