// Bodies and attachments: which parts are read, and what a phone gets of them.
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attachmentName, attachments, htmlText, plainText, preview, readableBodies } from '../../src/format/body.ts'
import { readEnvelope } from '../../src/format/envelope.ts'
import { mail, sourceOf } from './source.ts'

/** A leaf's type, or the kind of a multipart and its parts. */
type Node = string | readonly Node[]

let boundaries = 0

/** `node` as a part; a leaf may carry more header lines after its type. */
function part(node: Node): string {
  if (typeof node === 'string') return `Content-Type: ${node}\r\n\r\n${node.split(/[;\r]/)[0]}`
  const [kind, ...children] = node
  const boundary = `b${boundaries++}`
  return `Content-Type: multipart/${String(kind)}; boundary=${boundary}\r\n\r\n${children.map((child) => `--${boundary}\r\n${part(child)}\r\n`).join('')}--${boundary}--`
}

const structure = (node: Node) => readEnvelope(Buffer.from(part(node))).structure

function outline(node: Node): { plain: string[]; html: string[]; files: string[]; native: number } {
  const root = structure(node)
  const { plain, html, native } = readableBodies(root)
  const paths = (parts: readonly { path: string }[]) => parts.map(({ path }) => path)
  return { plain: paths(plain), html: paths(html), files: paths(attachments(root)), native }
}

const html = 'text/html'
const text = 'text/plain'
const png = 'image/png'
const pdf = 'application/pdf\r\nContent-Disposition: attachment; filename=a.pdf'
const inlinePng = 'image/png\r\nContent-ID: <x@y>\r\nContent-Disposition: inline'

describe('what is read and what is a file', () => {
  test.each<[string, Node, ReturnType<typeof outline>]>([
    ['plain text', text, { plain: ['1'], html: ['1'], files: [], native: 1 }],
    ['HTML', html, { plain: ['1'], html: ['1'], files: [], native: 2 }],
    ['text of an odd kind', 'text/markdown', { plain: ['1'], html: ['1'], files: [], native: 1 }],
    ['a picture alone', png, { plain: [], html: [], files: ['1'], native: 1 }],
    ['a vCard alone', 'text/vcard', { plain: [], html: [], files: ['1'], native: 1 }],
    ['alternatives', ['alternative', text, html], { plain: ['1'], html: ['2'], files: [], native: 2 }],
    ['alternatives the wrong way round', ['alternative', html, text], { plain: ['2'], html: ['1'], files: [], native: 2 }],
    ['only one alternative', ['alternative', html], { plain: ['1'], html: ['1'], files: [], native: 2 }],
    ['AMP beside', ['alternative', text, 'text/x-amp-html', html], { plain: ['1'], html: ['3'], files: [], native: 2 }],
    ['an invitation', ['alternative', text, html, 'text/calendar; method=REQUEST'], { plain: ['1'], html: ['2'], files: ['3'], native: 2 }],
    [
      'a newsletter',
      ['mixed', ['alternative', text, ['related', html, inlinePng]], pdf],
      { plain: ['1.1'], html: ['1.2.1'], files: ['1.2.2', '2'], native: 2 },
    ],
    ['pictures in HTML', ['related', html, inlinePng], { plain: ['1'], html: ['1'], files: ['2'], native: 2 }],
    ['alternatives in related', ['related', ['alternative', text, html], png], { plain: ['1.1'], html: ['1.2'], files: ['2'], native: 2 }],
    ['several texts', ['mixed', text, png, text], { plain: ['1', '3'], html: ['1', '3'], files: ['2'], native: 1 }],
    [
      'the footer of a list',
      ['mixed', ['alternative', text, html], text],
      { plain: ['1.1', '2'], html: ['1.2', '2'], files: [], native: 2 },
    ],
    [
      "Apple Mail's mixture",
      ['alternative', text, ['mixed', html, pdf, html]],
      { plain: ['1'], html: ['2.1', '2.3'], files: ['2.2'], native: 2 },
    ],
    ['a named text', ['mixed', text, 'text/plain; name=notes.txt'], { plain: ['1'], html: ['1'], files: ['2'], native: 1 }],
    [
      'a text as attachment',
      ['mixed', 'text/plain\r\nContent-Disposition: attachment', text],
      { plain: ['2'], html: ['2'], files: ['1'], native: 1 },
    ],
    ['an embedded message', ['mixed', text, 'message/rfc822'], { plain: ['1'], html: ['1'], files: ['2'], native: 1 }],
    [
      'a signed message',
      ['signed', text, 'application/pkcs7-signature; name=smime.p7s'],
      { plain: ['1'], html: ['1'], files: ['2'], native: 1 },
    ],
    [
      'signed alternatives',
      ['signed', ['alternative', text, html], 'application/pkcs7-signature'],
      { plain: ['1.1'], html: ['1.2'], files: ['2'], native: 2 },
    ],
    ['an encrypted message', 'application/pkcs7-mime; name=smime.p7m', { plain: [], html: [], files: ['1'], native: 1 }],
    [
      'a report',
      ['report', text, 'message/delivery-status', 'message/rfc822'],
      { plain: ['1'], html: ['1'], files: ['2', '3'], native: 1 },
    ],
    ['a file of a Mac', ['appledouble', 'application/applefile', pdf], { plain: [], html: [], files: ['2'], native: 1 }],
    ['TNEF', ['mixed', text, 'application/ms-tnef; name=winmail.dat'], { plain: ['1'], html: ['1'], files: ['2'], native: 1 }],
  ])('%s', (_, node, expected) => {
    expect(outline(node)).toEqual(expected)
  })

  test('the example of RFC 8621 4.1.4 comes out as it says', () => {
    const inlineText = 'text/plain\r\nContent-Disposition: inline'
    const inlineJpeg = 'image/jpeg\r\nContent-Disposition: inline'
    const node: Node = [
      'mixed',
      inlineText, // A
      [
        'mixed',
        ['alternative', ['mixed', inlineText, inlineJpeg, inlineText], ['related', html, 'image/jpeg']], // B C D, E F
        'image/jpeg\r\nContent-Disposition: attachment', // G
        'application/x-excel', // H
        'message/rfc822', // J
      ],
      inlineText, // K
    ]
    expect(outline(node)).toEqual({
      plain: ['1', '2.1.1.1', '2.1.1.3', '3'],
      html: ['1', '2.1.2.1', '3'],
      files: ['2.1.1.2', '2.1.2.2', '2.2', '2.3', '2.4'],
      native: 2,
    })
  })
})

describe('names of files', () => {
  test.each<[string, string]>([
    ['application/pdf; name="Q3 report.pdf"', 'Q3 report.pdf'],
    ['application/pdf', 'attachment-3.pdf'],
    ['image/jpeg', 'image-3.jpeg'],
    ['text/calendar', 'invite.ics'],
    ['message/rfc822; name="forwarded"', 'forwarded.eml'],
    ['message/rfc822; name="x.EML"', 'x.EML'],
    ['message/rfc822', 'message-3.eml'],
    ['application/pkcs7-signature', 'smime.p7s'],
    ['application/ms-tnef', 'winmail.dat'],
    ['application/x-unheard-of', 'attachment-3.bin'],
    ['__proto__/constructor', 'attachment-3.bin'],
  ])('%s is called %s', (type, name) => {
    const [first] = attachments(structure(type))
    expect(attachmentName(first as never, 2)).toBe(name)
  })

  test('an embedded message is called after its subject', () => {
    const root = readEnvelope(
      mail(
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: message/rfc822',
        '',
        'Subject: =?utf-8?Q?Caf=C3=A9?=',
        '',
        'x',
        '--b--',
      ),
    ).structure
    expect(attachments(root).map(attachmentName)).toEqual(['Café.eml'])
  })
})

async function plain(bytes: Buffer, limit: number | null = null) {
  return plainText(sourceOf(bytes), readEnvelope(bytes), limit)
}

async function asHtml(bytes: Buffer, limit: number | null = null) {
  return htmlText(sourceOf(bytes), readEnvelope(bytes), limit)
}

describe('plain text', () => {
  test('comes with CRLF, without control characters, and its whole size', async () => {
    expect(await plain(mail('Content-Type: text/plain; charset=iso-8859-1', '', 'gr\xfc\xdfe\0\nb'))).toEqual({
      text: 'grüße\r\nb',
      totalBytes: 10,
      truncated: false,
    })
  })

  test('is made of HTML where there is no other', async () => {
    const source = mail(
      'Content-Type: text/html; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('<p>Gr&uuml;&szlig;e</p><p>€</p>').toString('base64'),
    )
    expect((await plain(source)).text).toBe('Grüße\r\n\r\n€')
  })

  test('of several parts is one text', async () => {
    expect((await plain(Buffer.from(part(['mixed', text, png, html])))).text).toBe('text/plain\r\n\r\ntext/html')
  })

  test('flowed lines are joined, quotes and signatures kept (RFC 3676)', async () => {
    const flowed = (type: string, ...lines: string[]) => plain(mail(`Content-Type: text/plain; format=flowed${type}`, '', ...lines))
    expect((await flowed('', 'one ', 'two ', 'three', '', ' >stuffed', '>quoted ', '>more', '>> deep ', '> level', '-- ', 'Me')).text).toBe(
      'one two three\r\n\r\n>stuffed\r\n> quoted more\r\n>> deep \r\n> level\r\n-- \r\nMe',
    )
    const delsp = Buffer.from('Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n\r\n漢 \r\n字')
    expect((await plain(delsp)).text).toBe('漢字')
  })

  test.each([
    ['iso-2022-jp', '\u001b$B%F%9%H\u001b(B', 'テスト'],
    ['utf-7', 'Fr+APY-sche', 'Frösche'],
    ['unknown-8bit', 'caf\xe9', 'café'],
  ])('in %s is read', async (charset, raw, expected) => {
    expect((await plain(mail(`Content-Type: text/plain; charset=${charset}`, '', raw))).text).toBe(expected)
  })

  test('a missing body is empty', async () => {
    expect(await plain(Buffer.from(part(png)))).toEqual({ text: '', totalBytes: 0, truncated: false })
  })

  test('a cut is a beginning of the whole, on a character', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', ' ', '<', '&', '=') })
    await fc.assert(
      fc.asyncProperty(
        fc.array(line),
        fc.nat({ max: 60 }),
        fc.constantFrom('text/plain', 'text/plain; format=flowed', 'text/html'),
        async (lines, limit, type) => {
          const source = Buffer.from(`Content-Type: ${type}; charset=utf-8\r\n\r\n${lines.join('\r\n')}`)
          for (const read of [plain, asHtml]) {
            const whole = await read(source)
            const cut = await read(source, limit)
            expect(whole.truncated).toBe(false)
            expect(whole.totalBytes).toBe(Buffer.byteLength(whole.text))
            expect(whole.text.startsWith(cut.text)).toBe(true)
            expect(Buffer.byteLength(cut.text)).toBeLessThanOrEqual(limit)
            expect(cut.truncated).toBe(cut.text.length < whole.text.length)
            // HTML that becomes text is only read as far as the cut.
            if (read === asHtml || type !== 'text/html') expect(cut.totalBytes).toBe(whole.totalBytes)
            else expect(cut.totalBytes).toBeGreaterThanOrEqual(Buffer.byteLength(cut.text))
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('HTML', () => {
  test('is given as it is, its charset made true', async () => {
    const source = mail('Content-Type: text/html; charset=iso-8859-1', '', '<meta charset="iso-8859-1"><p>caf\xe9</p>')
    expect((await asHtml(source)).text).toBe('<meta charset="utf-8"><p>café</p>')
  })

  test('is made of text where there is no other, nothing invented', async () => {
    const { text: page, totalBytes } = await asHtml(mail('', 'a <b> http://x.example', '> quoted'))
    expect(page).toBe(
      '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>a &lt;b&gt; http://x.example<blockquote type="cite">quoted</blockquote></body></html>',
    )
    expect(totalBytes).toBe(page.length)
  })

  test('is cut outside of tags and entities', async () => {
    const source = mail('Content-Type: text/html', '', '<p>caf&eacute; <a href="https://x.example">x</a></p>')
    expect(await asHtml(source, 8)).toEqual({ text: '<p>caf', totalBytes: 52, truncated: true })
    expect((await asHtml(source, 30)).text).toBe('<p>caf&eacute; ')
  })
})

describe('large messages', () => {
  const lines = 'Lorem ipsum dolor sit amet, consectetur adipiscing elit.\r\n'

  test('a cut body is read only as far as it needs, its size estimated', async () => {
    for (const [type, content] of [
      ['text/plain', lines.repeat(100_000)],
      ['text/html', `<p>${lines}</p>`.repeat(100_000)],
    ] as const) {
      const bytes = Buffer.from(`Content-Type: ${type}\r\n\r\n${content}`)
      const envelope = readEnvelope(bytes)
      const source = sourceOf(bytes)
      const cut = await plainText(source, envelope, 512)
      expect(Buffer.byteLength(cut.text)).toBe(512)
      expect(cut.truncated).toBe(true)
      expect(source.bytesRead()).toBeLessThan(200_000)
      const whole = await plainText(source, envelope, null)
      expect(Math.abs(cut.totalBytes / whole.totalBytes - 1)).toBeLessThan(0.1)
    }
  })

  test('attachments are never read for a body', async () => {
    const bytes = mail(
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      '',
      'short',
      '--b',
      'Content-Type: application/x',
      '',
      'x'.repeat(1_000_000),
      '--b--',
    )
    const source = sourceOf(bytes)
    expect((await plainText(source, readEnvelope(bytes), null)).text).toBe('short')
    expect(source.bytesRead()).toBe(5)
  })

  test('one line of a megabyte is cut like any other', async () => {
    for (const unit of ['x', 'é ', '=C3=A9', '<', '&amp;']) {
      const bytes = Buffer.from(
        `Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${unit.repeat(1_000_000 / unit.length)}`,
      )
      for (const read of [plain, asHtml]) {
        const { text: cut, truncated } = await read(bytes, 1000)
        expect(truncated).toBe(true)
        expect(Buffer.byteLength(cut)).toBeGreaterThan(990)
        expect(cut).not.toContain('\uFFFD')
      }
    }
  })

  test('HTML whose first words come late is still read', async () => {
    const bytes = Buffer.from(
      `Content-Type: text/html\r\n\r\n<style>${'p{margin:0}'.repeat(20_000)}</style><p>Hello</p>${'<p>x</p>'.repeat(10_000)}`,
    )
    expect((await plain(bytes, 5)).text).toBe('Hello')
  })
})

test('a preview has no addresses of links, pictures or rulers', () => {
  expect(preview('Hi,\r\n\r\nsee <https://x.example/y> or www.example.org/z [image: Logo] [cid:a@b]\r\n-----\r\nthanks\u00A0!')).toBe(
    'Hi, see or thanks !',
  )
})
