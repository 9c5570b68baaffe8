// Out of office through the doors: a phone says it, mail comes in by LMTP, and its sender is answered, once.
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folderType } from '../../src/model/folder.ts'
import type { Instant } from '../../src/model/id.ts'
import { emailOf } from '../../src/model/item.ts'
import { act } from '../support/admin.ts'
import { message } from '../support/message.ts'
import type { Phone } from '../support/phone.ts'
import { aContact, put } from '../support/records.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { all, el, textAt, type Node } from '../support/wire.ts'
import { LineClient, startCounterpart, type Counterpart } from './counterpart.ts'

let server: TestServer
let world: Counterpart
let alice: Phone

beforeEach(async () => {
  world = await startCounterpart()
  server = await town()
  alice = await server.phone('alice@example.test', { version: '16.1' })
})
afterEach(async () => {
  await server.close()
  await world.close()
})

function town(environment: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  return startTestServer({
    accounts: ['alice@example.test', 'bob@example.test'],
    environment: {
      EASEL_LMTP_PORT: '0',
      EASEL_SMARTHOST: '127.0.0.1',
      EASEL_SMARTHOST_PORT: String(world.port),
      EASEL_SMARTHOST_TLS: 'none',
      ...environment,
    },
  })
}

/** Another server in place of the one there is. */
async function instead(environment: Readonly<Record<string, string>>): Promise<void> {
  await server.close()
  server = await town(environment)
  alice = await server.phone('alice@example.test', { version: '16.1' })
}

const value = (name: string, content: string) => el(`Settings:${name}`, content)

/** What an audience is answered, as a phone says it. */
function reply(audience: 'Internal' | 'ExternalKnown' | 'ExternalUnknown', text: string, type = 'Text', enabled = '1'): Node {
  return el('Settings:OofMessage', [
    el(`Settings:AppliesTo${audience}`),
    value('Enabled', enabled),
    value('ReplyMessage', text),
    value('BodyType', type),
  ])
}

async function set(phone: Phone, ...children: Node[]): Promise<string | null> {
  const { node } = await phone.post('Settings', el('Settings:Settings', [el('Settings:Oof', [el('Settings:Set', children)])]))
  return textAt(node, 'Oof/Status')
}

const away = [value('OofState', '1'), reply('Internal', 'Ask Carol.'), reply('ExternalUnknown', 'I am away.')]
const iso = (at: Instant) => new Date(at).toISOString()
const hour = 3_600_000
const between = (start: Instant, end: Instant) => [value('OofState', '2'), value('StartTime', iso(start)), value('EndTime', iso(end))]

interface Sent {
  readonly from?: string
  readonly to?: string
  readonly subject?: string
  readonly cc?: string
  readonly headers?: readonly string[]
  readonly messageId?: string
  readonly for?: string
}

/** Mail comes in, and whatever it sets going comes to its end. */
async function arrive(sent: Sent = {}): Promise<void> {
  const { from = 'dora@else.test', to = 'alice@example.test', for: recipient = 'alice@example.test', ...rest } = sent
  const line = await LineClient.open(server.running.ports.lmtp ?? 0)
  await line.say('LHLO mta.else.test')
  expect(await line.say(`MAIL FROM:<${from}>`)).toMatch(/^250/)
  expect(await line.say(`RCPT TO:<${recipient}>`)).toMatch(/^250/)
  await line.say('DATA')
  expect(await line.message(message({ from: from === '' ? 'MAILER-DAEMON@else.test' : from, to, ...rest }), 1)).toEqual([
    expect.stringMatching(/^250/),
  ])
  line.destroy()
  await settled()
}

async function settled(): Promise<void> {
  while ((await server.store.outbox.list()).length > 0) await turn()
}

/** The inbox of an account as texts, oldest first. */
async function inbox(address: string) {
  const mailbox = await server.mailbox(address)
  const folder = await mailbox.defaultFolder(folderType.inbox)
  const { changes } = await mailbox.items(folder.id, 'Email').since(0 as never, 1000)
  const letters = []
  for (const { id } of changes) {
    const source = await mailbox.source(id)
    const bytes = await source!.read(0, source!.bytes)
    letters.push({ email: emailOf((await mailbox.read([id])).get(id)), text: Buffer.from(bytes).toString('utf8') })
  }
  return letters
}

describe('somebody who is away', () => {
  test('answers a stranger once, with all that keeps programs from answering back', async () => {
    expect(await set(alice, ...away)).toBe('1')
    await arrive({ subject: 'Tea?', messageId: '<tea@else.test>' })
    await arrive({ subject: 'Coffee?' })
    expect(world.taken.map(({ from, to }) => [from, to])).toEqual([['', ['dora@else.test']]])
    const [answer] = world.taken
    for (const line of [
      /^From: Alice <alice@example\.test>\r$/m,
      /^To: dora@else\.test\r$/m,
      /^Subject: Automatic reply: Tea\?\r$/m,
      /^In-Reply-To: <tea@else\.test>\r$/m,
      /^References: <tea@else\.test>\r$/m,
      /^Auto-Submitted: auto-replied\r$/m,
      /^Precedence: bulk\r$/m,
      /^X-Auto-Response-Suppress: All\r$/m,
      /^I am away\./m,
    ]) {
      expect(answer?.text).toMatch(line)
    }
    expect(await inbox('alice@example.test')).toHaveLength(2)
  })

  test('tells people of his own organization something else, without a way out of the server too', async () => {
    await instead({ EASEL_SMARTHOST: '' })
    await set(alice, ...away)
    await arrive({ from: 'bob@example.test' })
    await arrive({ from: 'dora@else.test' })
    const [answer, ...more] = await inbox('bob@example.test')
    expect([answer?.email.envelope.subject, more.length]).toEqual([expect.stringMatching(/^Automatic reply: /), 0])
    expect(answer?.text).toContain('Ask Carol.')
    expect(answer?.text).toMatch(/^Return-Path: <>/m)
    // Who cannot be answered at all is not noted: nothing lies in the queue, and nobody hears of a failure.
    expect(await inbox('alice@example.test')).toHaveLength(2)
  })

  test('tells those he has among his contacts a third thing', async () => {
    await set(alice, ...away, reply('ExternalKnown', 'Call me.'))
    await put(await server.mailbox('alice@example.test'), 'Contacts', aContact({ emails: ['', '"Dora" <Dora@ELSE.test>', ''] }))
    await arrive({ from: 'dora@else.test' })
    await arrive({ from: 'theodora@else.test' })
    expect(world.taken.map(({ to, text }) => [to[0], /Call me\.|I am away\./.exec(text)?.[0]])).toEqual([
      ['dora@else.test', 'Call me.'],
      ['theodora@else.test', 'I am away.'],
    ])
  })

  test('answers nobody of an audience that is switched off, or has no text', async () => {
    await set(alice, value('OofState', '1'), reply('Internal', 'Ask Carol.', 'Text', '0'), reply('ExternalUnknown', '  '))
    await arrive({ from: 'bob@example.test' })
    await arrive()
    expect([world.taken, await inbox('bob@example.test')]).toEqual([[], []])
  })

  test('is away from the begin to the end he gave, whatever the time zone', async () => {
    const now = server.clock.now()
    await set(alice, ...between(now + hour, now + 3 * hour), ...away.slice(1))
    await arrive({ from: 'one@else.test' })
    await server.clock.advance(3600)
    await arrive({ from: 'two@else.test' })
    await server.clock.advance(2 * 3600)
    await arrive({ from: 'three@else.test' })
    expect(world.taken.flatMap(({ to }) => to)).toEqual(['two@else.test'])
  })

  test('answers again in his next absence, and not for a new text in this one', async () => {
    await set(alice, ...away)
    await arrive()
    await set(alice, value('OofState', '1'), reply('ExternalUnknown', 'Still away.'))
    await arrive()
    expect(world.taken).toHaveLength(1)
    await set(alice, value('OofState', '0'))
    await arrive()
    await set(alice, value('OofState', '1'))
    await arrive()
    expect(world.taken).toHaveLength(2)
    expect(world.taken[1]?.text).toContain('Still away.')
  })

  test('answers in HTML with the same in plain text, from which whatever acts was taken out', async () => {
    await set(
      alice,
      value('OofState', '1'),
      reply('ExternalUnknown', '<p onclick="x()">Away &amp; <b>gone</b></p><script>alert(1)</script>', 'HTML'),
    )
    await arrive()
    const text = world.taken[0]?.text ?? ''
    expect(text).toMatch(/^Content-Type: multipart\/alternative/m)
    expect(text).toContain('<p>Away &amp; <b>gone</b></p>')
    expect(text).toMatch(/^Away & gone/m)
    expect(text).not.toMatch(/alert|onclick/)
  })

  test('answers from the address he was written to', async () => {
    const { id } = await server.accountOf('alice@example.test')
    await server.store.accounts.change(id, { addresses: ['alice@example.test', 'sales@example.test'] })
    await set(alice, ...away)
    await arrive({ to: 'Sales+2026@example.test', for: 'sales@example.test' })
    expect(world.taken[0]?.text).toMatch(/^From: Alice <sales@example\.test>\r$/m)
  })

  test('answers so many an hour and no more', async () => {
    await instead({ EASEL_ABSENCE_PER_HOUR: '2' })
    await set(alice, ...away)
    for (const name of ['a', 'b', 'c']) await arrive({ from: `${name}@else.test` })
    expect(world.taken).toHaveLength(2)
    await server.clock.advance(3601)
    await arrive({ from: 'c@else.test' })
    expect(world.taken).toHaveLength(3)
  })

  test.each([
    ['contacts', 0],
    ['nobody', 0],
    ['everybody', 1],
  ])('answers strangers as the administrator has it: %s', async (outside, answers) => {
    await instead({ EASEL_ABSENCE_OUTSIDE: outside })
    expect(await set(alice, ...away)).toBe('1')
    await arrive()
    await arrive({ from: 'bob@example.test' })
    expect([world.taken.length, (await inbox('bob@example.test')).length]).toEqual([answers, 1])
  })

  test('takes people of another domain of the server for strangers where domains are kept apart', async () => {
    await instead({ EASEL_DIRECTORY_SEPARATE: '1' })
    await server.account('eve@other.test')
    await set(alice, ...away)
    await arrive({ from: 'eve@other.test' })
    expect((await inbox('eve@other.test'))[0]?.text).toContain('I am away.')
  })
})

describe('what is never answered', () => {
  test.each<[string, Sent]>([
    ['a report, which has no sender', { from: '' }],
    ['his own mail', { from: 'alice+notes@example.test' }],
    ['a list by its header', { headers: ['List-Id: <town.else.test>'] }],
    ['a list by its sender', { from: 'town-bounces+alice=example.test@else.test' }],
    ['bulk mail', { headers: ['Precedence: bulk'] }],
    ['another answering program', { headers: ['Auto-Submitted: auto-replied'] }],
    ['what asks for no answer', { headers: ['X-Auto-Response-Suppress: OOF, AutoReply'] }],
    ['a newsletter', { headers: ['List-Unsubscribe: <mailto:out@else.test>'] }],
    ['a machine', { from: 'no-reply@else.test' }],
    ['a postmaster', { from: 'MAILER-DAEMON@else.test' }],
    ['spam', { headers: ['X-Spam-Flag: YES'] }],
    ['what came as a blind copy', { to: 'team@else.test' }],
  ])('%s', async (_what, sent) => {
    await set(alice, ...away)
    await arrive(sent)
    expect(world.taken).toEqual([])
    expect(await inbox('alice@example.test')).toHaveLength(1)
    // A check that cannot fail is a defect: who is named, and writes himself, is answered.
    await arrive({ from: 'bob@example.test', headers: ['Auto-Submitted: no'] })
    expect(await inbox('bob@example.test')).toHaveLength(1)
  })

  test('one sender under changing return paths', async () => {
    await set(alice, ...away)
    for (const from of ['prvs=1234abcd=dora@else.test', 'prvs=9999dcba=dora@else.test', 'dora+x@else.test']) await arrive({ from })
    expect(world.taken).toHaveLength(1)
  })

  test('a message that is handed in again', async () => {
    await set(alice, ...away)
    await alice.sendMail(message({ from: 'alice@example.test', to: 'bob@example.test' }), { clientId: 'one' })
    await alice.sendMail(message({ from: 'alice@example.test', to: 'bob@example.test' }), { clientId: 'one' })
    await settled()
    expect(await inbox('alice@example.test')).toEqual([])
  })

  test('an absentee by an absentee, more than once', async () => {
    const bob = await server.phone('bob@example.test', { version: '14.1' })
    await set(alice, ...away)
    await set(bob, value('OofState', '1'), reply('Internal', 'Bob is away.'))
    await bob.sendMail(message({ from: 'bob@example.test', to: 'alice@example.test', subject: 'Tea?' }))
    await settled()
    await alice.sendMail(message({ from: 'alice@example.test', to: 'bob@example.test', subject: 'Coffee?' }))
    await settled()
    const subjects = async (address: string) => (await inbox(address)).map(({ email }) => email.envelope.subject)
    expect(await subjects('alice@example.test')).toEqual(['Tea?', 'Automatic reply: Coffee?'])
    expect(await subjects('bob@example.test')).toEqual(['Automatic reply: Tea?', 'Coffee?'])
  })

  test('an answer that nobody takes is told to nobody', async () => {
    await using refusing = await refusingWorld()
    await instead({ EASEL_SMARTHOST_PORT: String(refusing.port) })
    await set(alice, ...away)
    await arrive({ subject: 'Tea?' })
    expect(refusing.asked).toEqual(['dora@else.test'])
    expect((await inbox('alice@example.test')).map(({ email }) => email.envelope.subject)).toEqual(['Tea?'])
  })
})

/** A smarthost that knows nobody. */
async function refusingWorld() {
  const asked: string[] = []
  const { port, close } = await startCounterpart({
    recipient: (address) => {
      asked.push(address)
      return [550, 'there is nobody of this name']
    },
  })
  return { port, asked, [Symbol.asyncDispose]: close }
}

test('a phone in quarantine learns of no absence, and sets none', async () => {
  await set(alice, ...away)
  const { options } = alice
  await act(server.running.admin, 'device.quarantine', { device: options.deviceId, account: options.address })
  const { node } = await alice.post(
    'Settings',
    el('Settings:Settings', [el('Settings:Oof', [el('Settings:Get', [value('BodyType', 'Text')])])]),
  )
  expect(textAt(node, 'Oof/Get/OofState')).toBe('0')
  expect(all(node, 'Oof/Get/OofMessage').map((each) => textAt(each, 'ReplyMessage'))).toEqual(['', '', ''])
  expect(await set(alice, value('OofState', '0'))).toBe('4')
  await arrive()
  expect(world.taken).toHaveLength(1)
})
