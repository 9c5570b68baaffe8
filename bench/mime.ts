// What reading mail costs: the scanner on a large message against mailparser, and mails of 30 kB a second on their way in and out.
import { Buffer } from 'node:buffer'
import { simpleParser } from 'mailparser'
import { htmlText, plainText } from '../src/format/body.ts'
import { readEnvelope, searchText } from '../src/format/envelope.ts'
import { scan } from '../src/format/mime.ts'

const header = `Received: from a.example.org (a.example.org [192.0.2.1])\r
\tby mx.example.org with ESMTPS id 4RkzX; Mon, 2 Nov 2026 10:00:00 +0000 (UTC)\r
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=x;\r
\th=from:to:subject:date; bh=${'A'.repeat(43)}=; b=${'B'.repeat(340)}\r
From: =?utf-8?Q?J=C3=B6rg_M=C3=BCller?= <joerg@example.org>\r
To: a@example.org, "Carol Danvers" <carol@example.org>\r
Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?= und mehr\r
Date: Mon, 2 Nov 2026 10:00:00 +0000\r
Message-ID: <a1b2c3@example.org>\r
References: <root@example.org> <parent@example.org>\r
MIME-Version: 1.0\r
`
const line = 'Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod\r\n'
const paragraph =
  '<p style="margin:0">Lorem <b>ipsum</b> dolor sit amet, <a href="https://example.org/a/b">consectetur</a> adipiscing&nbsp;elit.</p>\r\n'

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n')

function withFile(text: string, fileBytes: number): Buffer {
  return Buffer.from(
    `${header}Content-Type: multipart/mixed; boundary="=_b"\r\n\r\n--=_b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n` +
      `--=_b\r\nContent-Type: image/png; name="a.png"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(Buffer.alloc(fileBytes, 7))}\r\n--=_b--\r\n`,
  )
}

/** Mails of 30 kB as they come: long text, HTML, both, and a little text with a picture. */
const mails = {
  'plain text': Buffer.from(`${header}Content-Type: text/plain; charset=utf-8\r\n\r\n${line.repeat(405)}`),
  HTML: Buffer.from(`${header}Content-Type: text/html; charset=utf-8\r\n\r\n${paragraph.repeat(225)}`),
  'text and HTML': Buffer.from(
    `${header}Content-Type: multipart/alternative; boundary="=_b"\r\n\r\n--=_b\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Transfer-Encoding: quoted-printable\r\n\r\n${line.repeat(120)}\r\n--=_b\r\nContent-Type: text/html; charset=utf-8\r\n` +
      `Content-Transfer-Encoding: base64\r\n\r\n${base64(Buffer.from(paragraph.repeat(110)))}\r\n--=_b--\r\n`,
  ),
  'text and a picture': withFile(line.repeat(6), 21_000),
}

/** The best of several rounds, in microseconds: the machine may be busy with something else. */
async function best(rounds: number, times: number, work: () => unknown): Promise<number> {
  for (let warm = 0; warm < times; warm++) await work()
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    for (let time = 0; time < times; time++) await work()
    least = Math.min(least, ((performance.now() - start) / times) * 1000)
  }
  return least
}

const large = withFile(line.repeat(20), 1_500_000)
const ours = await best(7, 30, () => scan(large))
const theirs = await best(3, 3, () => simpleParser(large, { skipHtmlToText: true, skipTextToHtml: true }))
console.log(
  `a mail of ${(large.length / 1e6).toFixed(1)} MB: scan ${(ours / 1000).toFixed(2)} ms, mailparser ${(theirs / 1000).toFixed(1)} ms, ${(theirs / ours).toFixed(0)} times as much`,
)

const rows: Record<string, Record<string, number>> = {}
for (const [name, bytes] of Object.entries(mails)) {
  const envelope = readEnvelope(bytes)
  const source = { bytes: bytes.length, read: (start: number, end: number) => Promise.resolve(bytes.subarray(start, end)) }
  const perSecond = async (work: () => unknown) => Math.round(1e6 / (await best(5, 100, work)))
  rows[name] = {
    'envelope + search text': await perSecond(() => searchText(bytes, readEnvelope(bytes))),
    'plain text, 512 bytes': await perSecond(() => plainText(source, envelope, 512)),
    'HTML, 32 kB': await perSecond(() => htmlText(source, envelope, 32 * 1024)),
  }
}
console.log('mails of 30 kB a second, on one core')
console.table(rows)
