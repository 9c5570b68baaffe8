// Mail arriving by LMTP, word by word over a socket, into a real store.
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { normaliseLineEnds } from '../../src/format/header-out.ts'
import { allowedClients, startLmtp, type LmtpOptions } from '../../src/mail/lmtp.ts'
import { describeWithReference, referenceFiles, referencePath } from '../support/reference.ts'
import { LineClient } from './counterpart.ts'
import { buildTown, letter, silent, type Town } from './town.ts'

const limits = { messageBytesMax: 200_000, recipientsMax: 5, connectionsMax: 10 }
let town: Town
const open: (() => unknown)[] = []
beforeEach(async () => {
  town = await buildTown()
})
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
  await town.close()
})

async function start(options: Partial<LmtpOptions> = {}): Promise<number> {
  const settings = { listen: { port: 0 }, hostName: 'mail.example.test', delivery: town.delivery, limits, log: silent }
  const lmtp = await startLmtp({ ...settings, ...options })
  open.push(() => lmtp.close())
  return lmtp.port ?? 0
}

/** A client that has said LHLO. */
async function client(where: number | string): Promise<LineClient> {
  const line = await LineClient.open(where)
  open.push(() => line.destroy())
  await line.say('LHLO mta.example.test')
  return line
}

const message = letter({ From: 'Carol <carol@else.test>', To: 'alice@example.test', Subject: 'Tea', 'Message-ID': '<1@else.test>' })

describe('LMTP', () => {
  test('names its extensions', async () => {
    const line = await LineClient.open(await start())
    open.push(() => line.destroy())
    const greeting = await line.say('LHLO mta.example.test')
    for (const word of ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'SIZE 200000']) expect(greeting).toContain(word)
    for (const word of ['AUTH', 'STARTTLS']) expect(greeting).not.toContain(word)
  })

  test('answers a message only when it lies in the inbox', async () => {
    const line = await client(await start())
    expect(await line.say('MAIL FROM:<carol@else.test>')).toMatch(/^250 /)
    expect(await line.say('RCPT TO:<alice@example.test>')).toMatch(/^250 2\.1\.5/)
    expect(await line.say('DATA')).toMatch(/^354/)
    expect(await line.message(message, 1)).toEqual([expect.stringMatching(/^250 /)])
    const [tea] = await town.letters(town.alice)
    expect(tea?.email).toMatchObject({
      envelope: { subject: 'Tea', messageId: '1@else.test' },
      received: town.clock.now(),
      state: { read: false, receivedAsBcc: false, draft: false },
    })
    expect(tea?.text).toMatch(
      /^Return-Path: <carol@else\.test>\r\nDelivered-To: alice@example\.test\r\nReceived: from mta\.example\.test \(\[127\.0\.0\.1\]\) by/,
    )
    expect(tea?.text.endsWith(message.toString())).toBe(true)
  })

  test('answers recipient by recipient', async () => {
    await town.store.accounts.create({ addresses: ['eve@example.test'], displayName: 'Eve', passwordHash: null })
    const eve = await town.store.accounts.byAddress('eve@example.test')
    await town.store.accounts.change(eve!.id, { disabled: true })
    const line = await client(await start())
    await line.say('MAIL FROM:<>')
    expect(await line.say('RCPT TO:<nobody@example.test>')).toMatch(/^550 5\.1\.1 /)
    expect(await line.say('RCPT TO:<eve@example.test>')).toMatch(/^450 4\.2\.1 /)
    expect(await line.say('RCPT TO:<bob@example.test>')).toMatch(/^250 /)
    expect(await line.say('RCPT TO:<alice@example.test>')).toMatch(/^250 /)
    await line.say('DATA')
    expect(await line.message(message, 2)).toEqual([expect.stringMatching(/^250 /), expect.stringMatching(/^250 /)])
    expect(await town.letters(town.alice)).toHaveLength(1)
    const [bobs] = await town.letters(town.bob)
    expect(bobs?.text).toMatch(/^Return-Path: <>\r\nDelivered-To: bob@example\.test\r\n/)
    // Bob stands in no header: he was blind-copied.
    expect(bobs?.email.state.receivedAsBcc).toBe(true)
  })

  test('knows addresses in any letter case, with a tag, and the aliases of one person', async () => {
    const line = await client(await start())
    await line.say('MAIL FROM:<carol@else.test>')
    const recipients = ['ALICE@Example.TEST', 'alice+shopping@example.test', 'a.liddell@example.test']
    for (const recipient of recipients) expect(await line.say(`RCPT TO:<${recipient}>`)).toMatch(/^250 /)
    await line.say('DATA')
    expect(await line.message(message, 3)).toEqual(recipients.map(() => expect.stringMatching(/^250 /)))
    expect(await town.letters(town.alice)).toHaveLength(1)
  })

  test('gives a recipient named twice two answers and one copy', async () => {
    const line = await client(await start())
    await line.say('MAIL FROM:<carol@else.test>')
    for (const recipient of ['alice@example.test', 'bob@example.test', 'Alice@example.test']) await line.say(`RCPT TO:<${recipient}>`)
    await line.say('DATA')
    expect(await line.message(message, 3)).toHaveLength(3)
    expect(await line.say('NOOP')).toMatch(/^250 2\.0\.0/)
    expect(await town.letters(town.alice)).toHaveLength(1)
  })

  test('mail of a list is not taken for a blind copy', async () => {
    const list = letter({ From: 'carol@else.test', To: 'friends@lists.test', 'List-Id': '<friends.lists.test>', Subject: 'x' })
    const line = await client(await start())
    await line.say('MAIL FROM:<friends-bounces@lists.test>')
    await line.say('RCPT TO:<alice@example.test>')
    await line.say('DATA')
    await line.message(list, 1)
    expect((await town.letters(town.alice))[0]?.email.state.receivedAsBcc).toBe(false)
  })

  test('refuses a message above the limit, whether it is announced or not', async () => {
    const line = await client(await start())
    expect(await line.say('MAIL FROM:<carol@else.test> SIZE=200001')).toMatch(/^552 5\.3\.4/)
    await line.say('MAIL FROM:<carol@else.test>')
    await line.say('RCPT TO:<alice@example.test>')
    await line.say('RCPT TO:<bob@example.test>')
    await line.say('DATA')
    expect(await line.message(letter({ Subject: 'big' }, 'x'.repeat(70).concat('\r\n').repeat(3_000)), 2)).toEqual([
      expect.stringMatching(/^552 5\.3\.4/),
      expect.stringMatching(/^552 5\.3\.4/),
    ])
    expect(await town.letters(town.alice)).toEqual([])
  })

  test('a full disk is 452 and nothing was delivered', async () => {
    const small = await buildTown(1_000_000)
    open.push(() => small.close())
    const line = await client(await start({ delivery: small.delivery, limits: { ...limits, messageBytesMax: 5_000_000 } }))
    await line.say('MAIL FROM:<carol@else.test>')
    await line.say('RCPT TO:<alice@example.test>')
    await line.say('DATA')
    const big = letter({ Subject: 'big' }, `${'x'.repeat(76)}\r\n`.repeat(20_000))
    expect(await line.message(big, 1)).toEqual([expect.stringMatching(/^452 4\.2\.2/)])
    expect(await small.letters(small.alice)).toEqual([])
  })

  test('too many recipients are put off, not lost', async () => {
    const line = await client(await start({ limits: { ...limits, recipientsMax: 1 } }))
    await line.say('MAIL FROM:<carol@else.test>')
    expect(await line.say('RCPT TO:<alice@example.test>')).toMatch(/^250 /)
    expect(await line.say('RCPT TO:<bob@example.test>')).toMatch(/^452 4\.5\.3/)
  })

  test('a client that leaves in the middle of a message delivers nothing', async () => {
    const port = await start()
    const line = await client(port)
    await line.say('MAIL FROM:<carol@else.test>')
    await line.say('RCPT TO:<alice@example.test>')
    await line.say('DATA')
    line.write('Subject: half\r\n\r\nhalf a')
    line.destroy()
    const next = await client(port)
    expect(await next.say('NOOP')).toMatch(/^250/)
    expect(await town.letters(town.alice)).toEqual([])
  })

  test('keeps UTF-8 addresses and eight-bit bodies as they are', async () => {
    const line = await client(await start())
    const sender = Buffer.from('kärl@else.test').toString('latin1')
    expect(await line.say(`MAIL FROM:<${sender}> SMTPUTF8 BODY=8BITMIME`)).toMatch(/^250/)
    await line.say('RCPT TO:<alice@example.test>')
    await line.say('DATA')
    await line.message(letter({ Subject: 'Grüße', 'Content-Type': 'text/plain; charset=utf-8' }, 'Füße\r\n..dots\r\n'), 1)
    const [greeting] = await town.letters(town.alice)
    expect(greeting?.email.envelope.subject).toBe('Grüße')
    expect(greeting?.source.toString('utf8')).toContain('Füße\r\n..dots\r\n')
  })

  test('takes several messages on one connection and wakes whoever watches the mailbox', async () => {
    const mailbox = await town.store.mailbox(town.alice.id)
    let woken = 0
    open.push(town.store.notifier.watch(mailbox.id, () => (woken += 1)))
    const transport = createTransport({ host: '127.0.0.1', port: await start(), lmtp: true, ignoreTLS: true })
    for (const subject of ['one', 'two']) {
      const sent = await transport.sendMail({ from: 'carol@else.test', to: 'alice@example.test', subject, text: 'x' })
      expect(sent.accepted).toEqual(['alice@example.test'])
    }
    transport.close()
    expect((await town.letters(town.alice)).map(({ email }) => email.envelope.subject)).toEqual(['one', 'two'])
    expect(woken).toBe(2)
  })

  test('listens on a UNIX socket that only owner and group may use, and takes over a dead one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'easel-lmtp-'))
    open.push(() => rmSync(folder, { recursive: true, force: true }))
    const path = join(folder, 'lmtp.sock')
    // What a killed server leaves behind: a closing one takes only the name it knows away.
    const dead = createServer()
    await new Promise<void>((resolve) => dead.listen(join(folder, 'dead.sock'), resolve))
    renameSync(join(folder, 'dead.sock'), path)
    await new Promise((resolve) => dead.close(resolve))
    await start({ listen: { path } })
    expect(statSync(path).mode & 0o777).toBe(0o660)
    const line = await client(path)
    await line.say('MAIL FROM:<carol@else.test>')
    await line.say('RCPT TO:<alice@example.test>')
    await line.say('DATA')
    await line.message(message, 1)
    expect((await town.letters(town.alice))[0]?.text).toContain(
      'Received: from mta.example.test (local socket) by mail.example.test with\r\n LMTP id',
    )
    await expect(start({ listen: { path } })).rejects.toThrow(/another process already listens/)
    const file = join(folder, 'file')
    writeFileSync(file, '')
    await expect(start({ listen: { path: file } })).rejects.toThrow(/not a socket/)
  })

  test('says no to strangers', () => {
    const list = allowedClients(['10.1.0.0/16', '2001:db8::/32', '192.0.2.7'])
    const answer = (address: string, family: 'ipv4' | 'ipv6' = 'ipv4') => list.check(address, family)
    expect(['127.0.0.1', '10.1.2.3', '192.0.2.7'].map((address) => answer(address))).toEqual([true, true, true])
    expect(['10.2.0.1', '192.0.2.8'].map((address) => answer(address))).toEqual([false, false])
    expect([answer('::1', 'ipv6'), answer('2001:db8::5', 'ipv6'), answer('2001:db9::5', 'ipv6')]).toEqual([true, true, false])
    for (const wrong of ['10.0.0.0/33', 'example.test', '10.0.0.0/x', '']) expect(() => allowedClients([wrong])).toThrow(/is not a network/)
  })

  test('rejects when the port is taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push(() => server.close())
    const address = server.address()
    await expect(start({ listen: { port: (address as { port: number }).port } })).rejects.toThrow(/EADDRINUSE/)
  })
})

describeWithReference('mail from the wild, by LMTP', () => {
  test('every message lies in the inbox as it came, below the fields of its journey', async () => {
    const line = await client(await start({ limits: { ...limits, messageBytesMax: 50_000_000 } }))
    const names = referenceFiles('mail', '.eml')
    for (const name of names) {
      await line.say('MAIL FROM:<carol@else.test>')
      await line.say('RCPT TO:<alice@example.test>')
      await line.say('DATA')
      expect(await line.message(onTheWire(readFileSync(referencePath('mail', name))), 1), name).toEqual([expect.stringMatching(/^250 /)])
    }
    const inbox = await town.letters(town.alice)
    expect(inbox).toHaveLength(names.length)
    for (const [index, name] of names.entries()) {
      const sent = onTheWire(readFileSync(referencePath('mail', name))).toString('latin1')
      const { text } = inbox[index]!
      expect(text, name).toMatch(/^(?:Return-Path: <carol@else\.test>\r\nDelivered-To: alice@example\.test\r\nReceived: from mta|From )/)
      const body = sent.slice(Math.max(0, sent.indexOf('\r\n\r\n')))
      expect(text.endsWith(body), name).toBe(true)
    }
  })
})

/** Lines end in CRLF on the wire, the last one too. */
function onTheWire(source: Uint8Array): Buffer {
  const lines = Buffer.from(normaliseLineEnds(source))
  return lines.toString('latin1').endsWith('\r\n') ? lines : Buffer.concat([lines, Buffer.from('\r\n')])
}
