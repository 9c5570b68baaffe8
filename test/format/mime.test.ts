// The structure scanner: where parts lie, what their fields say, and what broken or hostile sources cost.
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MimePart } from '../../src/model/email.ts'
import { scan } from '../../src/format/mime.ts'
import { mail } from './source.ts'
import { expectWithin } from '../support/pace.ts'

/** The structure in one line: `multipart/mixed(1 text/plain, 2 image/png)`. */
function outline(part: MimePart): string {
  const inner = part.parts.map((child) => outline(child)).join(', ')
  const name = part.path === '' ? part.type : `${part.path} ${part.type}`
  return inner === '' ? name : `${name}(${inner})`
}

function leaves(part: MimePart): MimePart[] {
  return part.parts.length === 0 ? [part] : part.parts.flatMap(leaves)
}

const bodies = (source: Buffer) => leaves(scan(source).root).map((part) => source.toString('latin1', part.body, part.end))

const twoParts = (boundary: string, line = boundary) =>
  mail(
    'Subject: x',
    `Content-Type: multipart/mixed; boundary=${boundary}`,
    '',
    'preamble',
    `--${line}`,
    'Content-Type: text/plain',
    '',
    'one',
    `--${line}`,
    'Content-Type: text/html',
    '',
    '<p>two</p>',
    '',
    `--${line.trimEnd()}--`,
    'epilogue',
  )

describe('structure', () => {
  test('a simple message is one part called 1 that runs to the end', () => {
    const source = mail('Subject: x', '', 'body', '')
    const { root } = scan(source)
    expect(root).toMatchObject({ path: '1', type: 'text/plain', parts: [], encoding: 'identity', charset: null, start: 0 })
    expect(bodies(source)).toEqual(['body\r\n'])
  })

  test('the line end before a delimiter belongs to it, preamble and epilogue to nobody', () => {
    const source = twoParts('b')
    expect(outline(scan(source).root)).toBe('multipart/mixed(1 text/plain, 2 text/html)')
    expect(bodies(source)).toEqual(['one', '<p>two</p>\r\n'])
  })

  test('parts are numbered as IMAP numbers them, however deep', () => {
    const source = mail(
      'Content-Type: multipart/mixed; boundary=a',
      '',
      '--a',
      'Content-Type: multipart/alternative; boundary=b',
      '',
      '--b',
      '',
      'plain',
      '--b',
      'Content-Type: multipart/related; boundary=c',
      '',
      '--c',
      'Content-Type: text/html',
      '',
      'html',
      '--c',
      'Content-Type: image/png',
      '',
      'png',
      '--c--',
      '--b--',
      '--a',
      'Content-Type: application/pdf',
      '',
      'pdf',
      '--a--',
    )
    expect(outline(scan(source).root)).toBe(
      'multipart/mixed(1 multipart/alternative(1.1 text/plain, 1.2 multipart/related(1.2.1 text/html, 1.2.2 image/png)), 2 application/pdf)',
    )
    expect(bodies(source)).toEqual(['plain', 'html', 'png', 'pdf'])
  })

  test.each([
    ['LF', '\n'],
    ['CR', '\r'],
    ['CRLF', '\r\n'],
    ['CR CR LF', '\r\r\n'],
  ])('lines may end in %s', (_, newline) => {
    const source = Buffer.from(twoParts('b').toString('latin1').replaceAll('\r\n', newline), 'latin1')
    expect(outline(scan(source).root)).toBe('multipart/mixed(1 text/plain, 2 text/html)')
    expect(bodies(source).map((body) => body.trim())).toEqual(['one', '<p>two</p>'])
  })

  test.each([
    ['quoted', '"b c"', 'b c'],
    ['with a colon, unquoted', '=_:b?', '=_:b?'],
    ['followed by a comment', 'b (the boundary)', 'b'],
    ['followed by white space', '"b"', 'b  \t'],
    ['ending in dashes', '"b--"', 'b--'],
    ['longer than allowed', 'x'.repeat(200), 'x'.repeat(200)],
    ['beyond ASCII', '"gr\xfc\xdfe"', 'gr\xfc\xdfe'],
    ['with a quote inside of it', '"b\\"c"', 'b"c'],
  ])('a boundary %s is found', (_, parameter, line) => {
    expect(bodies(twoParts(parameter, line))).toEqual(['one', '<p>two</p>\r\n'])
  })

  test('a boundary that begins like another one is another', () => {
    const source = mail('Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'one', '--bb', 'two', '--b--x', '--b--')
    expect(bodies(source)).toEqual(['one\r\n--bb\r\ntwo\r\n--b--x'])
  })

  test('a multipart that does not name its boundary is split at what looks like one', () => {
    expect(outline(scan(mail('Content-Type: multipart/mixed', '', '--xyz', 'Content-Type: text/html', '', 'a', '--xyz--')).root)).toBe(
      'multipart/mixed(1 text/html)',
    )
  })

  test('a part whose closing delimiter is missing ends where the part around it goes on', () => {
    const source = mail(
      'Content-Type: multipart/mixed; boundary=a',
      '',
      '--a',
      'Content-Type: multipart/alternative; boundary=b',
      '',
      '--b',
      '',
      'plain',
      '--a',
      'Content-Type: image/png',
      '',
      'png',
    )
    expect(outline(scan(source).root)).toBe('multipart/mixed(1 multipart/alternative(1.1 text/plain), 2 image/png)')
    expect(bodies(source)).toEqual(['plain', 'png'])
  })

  test('a multipart without any part is text', () => {
    const source = mail('Content-Type: multipart/mixed; boundary=a', '', 'no parts here')
    expect(scan(source).root).toMatchObject({ path: '1', type: 'text/plain' })
    expect(bodies(source)).toEqual(['no parts here'])
  })

  test('the parts of a digest are messages, called after their subjects', () => {
    const source = mail('Content-Type: multipart/digest; boundary=a', '', '--a', '', 'Subject: =?utf-8?q?Caf=C3=A9?= a/b', '', 'x', '--a--')
    expect(scan(source).root.parts).toMatchObject([{ type: 'message/rfc822', name: 'Café a_b.eml', parts: [] }])
  })
})

describe('header', () => {
  test('fields are unfolded, found in any letter case, and given in their order', () => {
    const { headers } = scan(mail('Subject: a', '\tb', 'X-A: 1', 'x-a: 2', 'EMPTY:', '', ''))
    expect(headers.get('SUBJECT')).toBe('a b')
    expect(headers.all('X-A')).toEqual(['1', '2'])
    expect(headers.get('empty')).toBe('')
    expect(headers.get('missing')).toBeNull()
  })

  test('raw bytes are UTF-8 if they can be, ISO-2022-JP by its escapes, else windows-1252', () => {
    const { headers } = scan(Buffer.concat([Buffer.from('A: é€\r\n'), mail('B: caf\xe9', 'C: \u001b$B%F%9%H\u001b(B', '', '')]))
    expect([headers.get('a'), headers.get('b'), headers.get('c')]).toEqual(['é€', 'café', 'テスト'])
  })

  test('an mbox separator, junk between fields and blank lines in front are passed over', () => {
    const source = mail('', 'From bob@example.org Mon Jan  1 00:00:00 2024', 'Subject: a', 'not a field', 'To: b@c', '', 'body')
    const { headers } = scan(source)
    expect([headers.get('subject'), headers.get('to')]).toEqual(['a', 'b@c'])
    expect(bodies(source)).toEqual(['body'])
  })

  test('a parameter that lost its indentation still counts', () => {
    expect(bodies(mail('Content-Type: multipart/mixed;', 'boundary=b', 'Subject: x', '', '--b', '', 'one', '--b--'))).toEqual(['one'])
  })

  test('a body that begins without a blank line is a body', () => {
    const source = mail('Subject: a', 'Hello Bob,', 'note: this is text', '', 'more')
    expect(scan(source).headers.fields.map(({ name }) => name)).toEqual(['subject'])
    expect(bodies(source)).toEqual(['Hello Bob,\r\nnote: this is text\r\n\r\nmore'])
  })

  test('a part whose header runs into the next delimiter is empty', () => {
    const source = mail('Content-Type: multipart/mixed; boundary=b', '', '--b', 'Content-Type: text/plain', '--b', '', 'two', '--b--')
    expect(bodies(source)).toEqual(['', 'two'])
  })
})

describe('content fields', () => {
  const part = (...lines: string[]) => scan(mail(...lines, '', '')).root

  test('charset, flow and identifiers are read', () => {
    expect(
      part(
        'Content-Type: TEXT/Plain; charset="UTF-8"; format=Flowed; delsp=yes',
        'Content-Transfer-Encoding: Quoted-Printable;',
        'Content-ID: <a@b>',
        'Content-Location: http://example.org/',
        ' a.png',
      ),
    ).toMatchObject({
      type: 'text/plain',
      charset: 'utf-8',
      flowed: 'delsp',
      encoding: 'quoted-printable',
      contentId: 'a@b',
      contentLocation: 'http://example.org/a.png',
    })
  })

  test.each([
    ['', 'text/plain'],
    ['text', 'text/plain'],
    ['nonsense; charset=utf-8', 'text/plain'],
    ['"text/html"', 'text/html'],
    ['text/html charset=utf-8', 'text/html'],
    ['TEXT/HTML;', 'text/html'],
  ])('the type of %j is %s', (value, type) => {
    expect(part(`Content-Type: ${value}`).type).toBe(type)
  })

  test.each([
    ['attachment; filename="a b.pdf"', 'a b.pdf'],
    ["attachment; filename*=utf-8''%e2%82%ac%20rates.pdf", '€ rates.pdf'],
    ["attachment; filename*0*=iso-8859-1''caf%E9; filename*1=' list.txt'", "café' list.txt'"],
    ['attachment; filename*0="very long "; filename*1="name.txt"', 'very long name.txt'],
    ['attachment; filename="=?utf-8?B?w6QudHh0?="', 'ä.txt'],
    ["attachment; filename=utf-8''%c3%a4.txt", 'ä.txt'],
    ['attachment; filename="C:\\\\Users\\\\me\\\\secret.doc"', 'secret.doc'],
    ['attachment; filename="../../etc/passwd"', 'passwd'],
    ['attachment; filename="a\tb\u0001\u0007.txt"', 'a b.txt'],
    ["attachment; filename*=utf-8''photo%E2%80%AEgnp.exe", 'photognp.exe'],
    ["attachment; filename*=utf-8''%3D%3Futf-8%3FQ%3Fx%3D2Eexe%3F%3D", '=?utf-8?Q?x=2Eexe?='],
    ['attachment; filename="..."', null],
    ['attachment; filename=""', null],
    ['attachment', null],
  ])('the name in %s is %j', (value, name) => {
    expect(part(`Content-Disposition: ${value}`).name).toBe(name)
  })

  test('a very long name keeps its extension', () => {
    const { name } = part(`Content-Disposition: attachment; filename="${'x'.repeat(5000)}.docx"`)
    expect(name).toMatch(/^x+\.docx$/)
    expect(name?.length).toBe(200)
  })

  test('an unknown disposition is an attachment', () => {
    expect(part('Content-Disposition: strange').disposition).toBe('attachment')
    expect(part('Content-Disposition: ; filename=x').disposition).toBeNull()
    expect(part('Content-Disposition: INLINE').disposition).toBe('inline')
  })
})

describe('limits', () => {
  const nested = (levels: number) =>
    Array.from({ length: levels }, (_, level) => `Content-Type: multipart/mixed; boundary="b${level}"\r\n\r\n--b${level}\r\n`).join('')

  test('what is nested deeper than fifty levels is one opaque part, at 3,000 levels too', () => {
    for (const levels of [51, 3000]) {
      const { root, flaw } = scan(Buffer.from(`${nested(levels)}\r\nhi`))
      let part = root
      let depth = 0
      while (part.parts[0] !== undefined) {
        part = part.parts[0]
        depth++
      }
      expect(depth).toBe(50)
      expect(part.type).toBe('application/octet-stream')
      expect(flaw).toBe('nested deeper than 50 levels')
    }
    expect(scan(Buffer.from(`${nested(49)}\r\nhi`)).flaw).toBeNull()
  })

  test('no more than a thousand parts are told apart; the last holds the rest', () => {
    const source = Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(5000)}--b--`)
    const { root, flaw } = scan(source)
    expect(root.parts.length).toBe(999)
    expect(root.parts.at(-1)?.end).toBe(source.length)
    expect(flaw).toBe('more than 1000 parts')
  })

  test('two megabytes made to be slow take seconds at most, not minutes', async () => {
    const hostile = ['--\n', '--b\n', '--bx\n', 'A: b\r\n', 'junk\r\n', ' x\r\n', '-', '\r', '--b--\n']
    for (const unit of hostile) {
      for (const head of ['Content-Type: multipart/mixed; boundary=b\r\n\r\n', 'Subject: x\r\n', '']) {
        const source = Buffer.from(head + unit.repeat(2_000_000 / unit.length))
        await expectWithin(5000, () => scan(source), JSON.stringify(head + unit))
      }
    }
  })

  test('the parts of any bytes lie inside of them, one after the other', () => {
    const word = fc.constantFrom(
      '\r\n',
      '\n',
      '--b',
      '--c',
      '--',
      'Content-Type: ',
      'multipart/mixed; boundary=b',
      'multipart/digest; boundary="c"',
      'a: b',
      ' ',
      ':',
      ';',
      '"',
      '(',
      '=?',
      'message/rfc822',
      '\xff',
      '\0',
    )
    const sources = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.array(word, { maxLength: 60 }).map((words) => Buffer.from(words.join(''), 'latin1')),
    )
    fc.assert(
      fc.property(sources, (source) => {
        const check = (part: MimePart, low: number, high: number) => {
          expect(part.start).toBeGreaterThanOrEqual(low)
          expect(part.body).toBeGreaterThanOrEqual(part.start)
          expect(part.end).toBeGreaterThanOrEqual(part.body)
          expect(part.end).toBeLessThanOrEqual(high)
          let from = part.body
          for (const child of part.parts) {
            check(child, from, part.end)
            from = child.end
          }
        }
        check(scan(source).root, 0, source.length)
      }),
    )
  })
})
