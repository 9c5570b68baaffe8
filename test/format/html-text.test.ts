// HTML to text: what a reader sees, and what hostile documents cost.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { extractText, htmlToText } from '../../src/format/html-text.ts'
import { expectWithin } from '../support/pace.ts'

describe('htmlToText', () => {
  test.each([
    ['words and spaces', 'a  b\n\tc', 'a b c'],
    ['inline elements', 'a<b>b</b> <i> c </i>d', 'ab c d'],
    ['paragraphs', '<p>one</p><p>two</p>three', 'one\n\ntwo\nthree'],
    ['divisions', '<div>one</div><div>two<div>three</div></div>', 'one\ntwo\nthree'],
    ['breaks', 'a<br>b<br/>c<br><br>d', 'a\nb\nc\n\nd'],
    ['an empty line of Gmail', '<div>a</div><div><br></div><div>b</div>', 'a\n\nb'],
    ['an empty line of Outlook', '<p class=MsoNormal>a</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>b</p>', 'a\n\nb'],
    ['paragraphs without space', '<p style="margin:0">a</p><p style="margin: 0px;">b</p>', 'a\nb'],
    ['headings', '<h1>Title</h1>text', 'Title\n\ntext'],
    ['entities', '&lt;a&gt; &amp; &eacute;&#8364;&#x20AC; &nbsp;x &unknown; AT&T', '<a> & é€€  x &unknown; AT&T'],
    ['a list', '<ul><li>one<li>two<ul><li>inner</ul></ul>after', '* one\n* two\n  * inner\n\nafter'],
    ['a numbered list', '<ol start=3><li>a</li><li><p>b</p></li></ol>', '3. a\n4. b'],
    ['a table', '<table><tr><td>a</td><td>b</td></tr><tr><th>c</th><td> d </td></tr></table>', 'a\tb\nc\td'],
    ['a table for layout', '<table><tr><td><div>a</div></td><td><div>b</div></td></tr></table>', 'a\nb'],
    ['a quotation', 'I say<blockquote>one<br>two<blockquote>deep</blockquote></blockquote>end', 'I say\n\n> one\n> two\n>\n>> deep\n\nend'],
    ['a ruler', 'a<hr>b', 'a\n----------\nb'],
    ['preformatted text', '<pre>a  b\n  c\n\nd</pre>e', 'a  b\n  c\n\nd\n\ne'],
    ['a link', '<a href="https://x.example/a">here</a>.', 'here <https://x.example/a>.'],
    ['a link that shows itself', '<a href="https://x.example/">x.example</a>', 'x.example'],
    ['a link to mail', '<a href="mailto:a@b">a@b</a> <a href="mailto:a@b">Al</a>', 'a@b Al <a@b>'],
    ['a link that leads nowhere', '<a href="#top">up</a> <a href="javascript:x()">do</a> <a name=x>y</a>', 'up do y'],
    ['a link around a picture', '<a href="https://x"><img src=y></a>z', 'z'],
    ['a link with an entity', '<a href="https://x/?a=1&amp;b=2">x</a>', 'x <https://x/?a=1&b=2>'],
    ['a picture with words', 'a <img src=x alt="Logo &amp; co"> b<img>', 'a Logo & co b'],
    ['scripts, styles and titles', '<title>t</title><style>p{}</style>a<script>if (a<b) "</p>"</script>b', 'ab'],
    ['comments and declarations', '<!DOCTYPE html><!-- a <b> --><?xml x?>c<![if !mso]>d<![endif]>', 'cd'],
    ['hidden elements', 'a<div style="display: none">b<div>c</div></div><span hidden>d</span><p style="VISIBILITY:hidden">e</p>f', 'af'],
    ['styles that only look hidden', '<p style="mydisplay:none-ish">a</p>', 'a'],
    ['an unfinished tag', 'a<b', 'a'],
    ['an unfinished attribute', 'a<a href="x', 'a'],
    ['a bracket', '1 < 2 > 1', '1 < 2 > 1'],
    ['stray ends', '</div></p></blockquote></ul></li>a', 'a'],
    ['capitals', '<P>A</P><SCRIPT>x</SCRIPT><BR>B', 'A\n\nB'],
    ['nothing', '', ''],
  ])('%s', (_, html, text) => {
    expect(htmlToText(html)).toBe(text)
  })

  test('something hidden that never ends hides nothing', () => {
    expect(htmlToText('a<div style="display:none">b')).toBe('a\nb')
  })

  test('the beginning of a document keeps hidden what may still end', () => {
    expect(htmlToText('a<div style="display:none">b', { partial: true })).toBe('a')
  })

  test('links and pictures can be left out', () => {
    expect(htmlToText('<a href="https://x.example">here</a> <img alt="Logo">', { links: false, images: false })).toBe('here')
  })

  test('a limit stops soon after, and says how much was read', () => {
    const { text, share } = extractText('<p>word</p>'.repeat(10_000), { limit: 1000 })
    expect(text.length).toBeGreaterThanOrEqual(990)
    expect(text.length).toBeLessThan(1100)
    expect(share).toBeGreaterThan(0.015)
    expect(share).toBeLessThan(0.02)
    expect(extractText('<p>word</p>', { limit: 1000 }).share).toBe(1)
  })
})

describe('hostile documents', () => {
  test('20,000 nested elements of any kind are read', () => {
    for (const tag of ['div', 'blockquote', 'ul', 'ol', 'table', 'b', 'a', 'pre', 'span hidden', 'svg', 'p']) {
      expect(htmlToText(`${`<${tag}>`.repeat(20_000)}x`)).toContain(tag === 'svg' ? '' : 'x')
    }
  })

  test('half a megabyte made to be slow takes seconds at most, not minutes', async () => {
    const units = [
      '<div>',
      '<',
      '<a',
      '<a href="',
      '<td>x',
      '&nbsp;\n',
      '&',
      '&#',
      '<!--',
      '<b></i>',
      '<li>',
      '<ul><li>',
      '<br>',
      '<pre>\n',
      'x ',
      '<p hidden>x',
      '<x y z="',
      '</',
    ]
    for (const unit of units) {
      await expectWithin(5000, () => htmlToText(unit.repeat(500_000 / unit.length)), unit)
    }
  })

  test('no document throws, and its text is never longer than what quotes and lists explain', () => {
    const word = fc.constantFrom(
      '<div>',
      '</div>',
      '<p',
      '>',
      '<a href="https://x">',
      '</a>',
      '<li>',
      '<ul>',
      '<blockquote>',
      '<br>',
      '&amp;',
      '&#x41;',
      '&#xD800;',
      '&',
      'text ',
      '<!--',
      '-->',
      '<td>',
      '<pre>',
      '\n',
      '<img alt="x">',
      ' style="display:none"',
      '"',
      '<svg>',
      '</svg>',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word, { maxLength: 60 }).map((list) => list.join('')),
        ),
        fc.option(fc.nat({ max: 50 })),
        (html, limit) => {
          const text = htmlToText(html, { limit })
          expect(text.length).toBeLessThanOrEqual(html.length * 10 + 10)
        },
      ),
    )
  })
})
