// A phone, or whoever stole its password, that sends what it should not: one message leaves, from its owner, to those it names, or none.
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startCounterpart, type Counterpart, type TakenMessage } from '../mail/counterpart.ts'
import type { Phone } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { el, textAt } from '../support/wire.ts'

let smarthost: Counterpart
let server: TestServer
let phone: Phone

beforeAll(async () => {
  smarthost = await startCounterpart()
  server = await startTestServer({
    accounts: ['alice@example.test', 'bob@example.test'],
    environment: { EASEL_SMARTHOST: '127.0.0.1', EASEL_SMARTHOST_PORT: String(smarthost.port), EASEL_SMARTHOST_TLS: 'none' },
  })
  phone = await server.phone('alice@example.test')
})
beforeEach(() => smarthost.taken.splice(0))

afterAll(async () => {
  await server.close()
  await smarthost.close()
})

/** Everything queued so far has been tried. */
async function settled(): Promise<void> {
  while ((await server.store.outbox.nextDue()) !== null) await turn()
}

/** Sends a message; the Status it is answered with (null for success), and what arrived at the smarthost. */
async function send(mime: string, from = phone): Promise<{ status: string | null; taken: readonly TakenMessage[] }> {
  const reply = await from.sendMail(mime)
  await settled()
  return { status: textAt(reply.node, 'Status'), taken: [...smarthost.taken] }
}

const head = 'From: alice@example.test\r\nTo: carol@else.test\r\nSubject: x\r\nMessage-ID: <1@example.test>\r\n'
const header = (taken: TakenMessage | undefined) => taken?.text.slice(0, taken.text.indexOf('\r\n\r\n')) ?? ''

describe('a sender', () => {
  test.each([
    ['is somebody else', 'From: ceo@example.test\r\nTo: carol@else.test\r\n\r\nx'],
    ['is somebody else of this house', 'From: bob@example.test\r\nTo: carol@else.test\r\n\r\nx'],
    ['is two', 'From: alice@example.test, ceo@else.test\r\nTo: carol@else.test\r\n\r\nx'],
    ['stands in two fields', 'From: alice@example.test\r\nFrom: ceo@else.test\r\nTo: carol@else.test\r\n\r\nx'],
    ['stands in two fields, the own one last', 'From: ceo@else.test\r\nFrom: alice@example.test\r\nTo: carol@else.test\r\n\r\nx'],
    ['hides behind a fold', 'From:\r\n ceo@else.test\r\nTo: carol@else.test\r\n\r\nx'],
    ['hides behind a blank', 'From : ceo@else.test\r\nTo: carol@else.test\r\n\r\nx'],
    ['hides in a group', 'From: alice: ceo@else.test;\r\nTo: carol@else.test\r\n\r\nx'],
    ['hides in a comment', 'From: (alice@example.test) ceo@else.test\r\nTo: carol@else.test\r\n\r\nx'],
    ['hides in quotes', 'From: "alice@example.test" <ceo@else.test>\r\nTo: carol@else.test\r\n\r\nx'],
    ['sends for another', 'From: alice@example.test\r\nSender: ceo@else.test\r\nTo: carol@else.test\r\n\r\nx'],
    ['is almost the own one', 'From: alice@example.test.else.test\r\nTo: carol@else.test\r\n\r\nx'],
    ['has a route', 'From: <@else.test:ceo@else.test>\r\nTo: carol@else.test\r\n\r\nx'],
  ])('that %s is refused', async (_, mime) => {
    const { status, taken } = await send(mime)
    expect([status, taken]).toEqual(['120', []])
  })

  test('comes out as one address, whatever its name says', async () => {
    const names = ['"ceo@else.test"', '=?utf-8?q?a=0D=0ABcc:_eve=40else.test?=', '=?utf-8?b?DQpCY2M6IGV2ZUBlbHNlLnRlc3Q=?=', '"a\\"\\\\"']
    for (const name of names) {
      smarthost.taken.splice(0)
      const { status, taken } = await send(`From: ${name} <alice@example.test>\r\nTo: carol@else.test\r\n\r\nx`)
      expect(status).toBe(null)
      expect(taken).toHaveLength(1)
      expect(taken[0]).toMatchObject({ from: 'alice@example.test', to: ['carol@else.test'] })
      expect(header(taken[0]).match(/^from:/gim)).toHaveLength(1)
      expect(header(taken[0])).toMatch(/<alice@example\.test>\r\n/)
      expect(header(taken[0])).not.toMatch(/^bcc:/im)
    }
  })
})

describe('a header', () => {
  test.each([
    ['a NUL', `${head}X-A: a\0b\r\n\r\nx`],
    ['a line that is no field', `${head}hello\r\n\r\nx`],
    ['a field without a name', `${head}: x\r\n\r\nx`],
    ['a name of letters beyond ASCII', `${head}Bcé: eve@else.test\r\n\r\nx`],
    ['a fold at its beginning', ` From: ceo@else.test\r\n${head}\r\nx`],
    ['no end within a megabyte', `${head}X-A: ${'a'.repeat(1_100_000)}\r\n\r\nx`],
  ])('with %s is no header', async (_, mime) => {
    const { status, taken } = await send(mime)
    expect([status, taken]).toEqual(['107', []])
  })

  test('keeps its secrets: nobody learns who got a blind copy', async () => {
    const fields = [
      'Bcc: eve@else.test',
      'bCC:eve@else.test',
      'Bcc :\r\n eve@else.test',
      'Resent-Bcc: eve@else.test',
      'X-A: b\nBcc: eve@else.test',
      'X-A: b\rBcc: eve@else.test',
    ]
    for (const field of fields) {
      smarthost.taken.splice(0)
      const { status, taken } = await send(`${head}${field}\r\n\r\nx`)
      expect(status).toBe(null)
      for (const each of taken) expect(header(each)).not.toMatch(/eve@|^(?:resent-)?bcc/im)
      expect(new Set(taken.flatMap((each) => each.to))).toEqual(
        new Set(field.startsWith('Resent') ? ['carol@else.test'] : ['carol@else.test', 'eve@else.test']),
      )
    }
  })

  test('brings no word of other servers with it', async () => {
    const forged = [
      'Return-Path: <ceo@else.test>',
      'Received: from ceo',
      'Authentication-Results: else.test; dkim=pass',
      'DKIM-Signature: v=1',
      'X-Spam-Status: No',
      'Delivered-To: ceo@else.test',
    ]
    const { status, taken } = await send(`${forged.join('\r\n')}\r\n${head}\r\nx`)
    expect(status).toBe(null)
    expect(header(taken[0])).not.toMatch(/^(?:return-path|received|authentication-results|dkim-signature|x-spam|delivered-to)/im)
  })

  test('sends nothing to those whom an earlier sending names', async () => {
    const { taken } = await send(`${head}Resent-To: eve@else.test\r\nResent-Cc: eve@else.test\r\nApparently-To: eve@else.test\r\n\r\nx`)
    expect(taken.flatMap(({ to }) => to)).toEqual(['carol@else.test'])
  })
})

describe('recipients', () => {
  test('of a group and hidden ones are reached, each once', async () => {
    const { taken } = await send(
      'From: alice@example.test\r\nTo: friends: carol@else.test, Dave <dave@else.test>;, CAROL@Else.test\r\nCc: undisclosed-recipients:;\r\nBcc: eve@else.test\r\n\r\nx',
    )
    expect(new Set(taken.flatMap(({ to }) => to))).toEqual(new Set(['carol@else.test', 'dave@else.test', 'eve@else.test']))
  })

  test('beyond the limit are refused together', async () => {
    const many = Array.from({ length: 501 }, (_, index) => `c${index}@else.test`).join(', ')
    expect(await send(`From: alice@example.test\r\nTo: ${many}\r\n\r\nx`)).toEqual({ status: '115', taken: [] })
  })

  test.each([
    ['a command', 'To: "a> SIZE=1\\r\\nRCPT TO:<eve@else.test>"@else.test'],
    ['a command in an encoded word', 'To: =?utf-8?q?a=3E=0D=0ARCPT_TO:=3Ceve=40else.test?='],
    ['an address literal', 'To: root@[127.0.0.1]'],
    ['a pipe', 'To: "|/bin/sh"@else.test'],
    ['a percent sign of old', 'To: eve%else.test'],
    ['nobody', 'To: ;'],
  ])('that are %s get nothing', async (_, to) => {
    const { status, taken } = await send(`From: alice@example.test\r\n${to}\r\n\r\nx`)
    expect(taken).toEqual([])
    expect(['116', '119']).toContain(status)
  })
})

describe('a body', () => {
  test.each(['\r\n.\r\n', '\n.\n', '\r.\r', '\n.\r\n', '\r\n.\n', '\r.\r\n', '\n..\n'])(
    'that ends early (%j) smuggles no second message',
    async (end) => {
      const second = `MAIL FROM:<ceo@else.test>${end.replace('.', '')}RCPT TO:<eve@else.test>${end.replace('.', '')}DATA${end.replace('.', '')}`
      const { status, taken } = await send(`${head}\r\nfirst${end}${second}second${end}`)
      expect(status).toBe(null)
      expect(taken).toHaveLength(1)
      expect(taken[0]?.to).toEqual(['carol@else.test'])
      expect(taken[0]?.text).toContain('RCPT TO:<eve@else.test>')
    },
  )

  test('of every byte arrives as it is, but for its line ends', async () => {
    const bytes = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join('')
    const reply = await phone.post(
      'SendMail',
      el('ComposeMail:SendMail', [
        el('ComposeMail:ClientId', 'bytes'),
        el('ComposeMail:Mime', Buffer.from(`${head}\r\n${bytes}\r\n`, 'latin1')),
      ]),
    )
    await settled()
    expect(reply.bytes).toHaveLength(0)
    expect(smarthost.taken[0]?.text).toContain(bytes.replaceAll(/\r|\n/g, '\r\n').replaceAll('\r\n\r\n\r\n', '\r\n'))
  })
})

describe('a message sent again', () => {
  const mime = `${head}\r\nonce\r\n`

  test('leaves once, however many requests carry it at the same time', async () => {
    const replies = await Promise.all(Array.from({ length: 10 }, () => phone.sendMail(mime, { clientId: 'again' })))
    await settled()
    expect(smarthost.taken).toHaveLength(1)
    expect(replies.filter((reply) => reply.bytes.length === 0)).toHaveLength(1)
    expect(replies.flatMap((reply) => textAt(reply.node, 'Status') ?? [])).toEqual(Array.from({ length: 9 }, () => '118'))
  })

  test('is another message from another device, and from another account', async () => {
    await phone.sendMail(mime, { clientId: 'shared' })
    const tablet = await server.phone('alice@example.test')
    expect((await tablet.sendMail(mime, { clientId: 'shared' })).bytes).toHaveLength(0)
    const { deviceId } = phone.options
    const bob = await server.phone('bob@example.test', { deviceId })
    expect((await bob.sendMail(mime.replace('alice@', 'bob@'), { clientId: 'shared' })).bytes).toHaveLength(0)
    await settled()
    expect(smarthost.taken.map(({ from }) => from).sort()).toEqual(['alice@example.test', 'alice@example.test', 'bob@example.test'])
  })

  test('is known by its Message-ID where the phone gives it no name', async () => {
    const old = await server.phone('alice@example.test', { version: '12.1' })
    for (let attempt = 0; attempt < 3; attempt++) expect((await old.sendMail(mime)).status).toBe(200)
    await settled()
    expect(smarthost.taken).toHaveLength(1)
  })

  test('may have any name', async () => {
    for (const clientId of ['', "'; drop table outbox; --", 'x'.repeat(100_000), 'é', '../..']) {
      const reply = await phone.sendMail(`${head}\r\n${clientId.length}\r\n`, { clientId })
      expect(reply.status).toBe(200)
      expect([null, '103']).toContain(textAt(reply.node, 'Status'))
    }
    await settled()
    expect(smarthost.taken.length).toBeGreaterThan(3)
  })
})
