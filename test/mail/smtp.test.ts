// The smarthost, through real sockets: TLS, login, verdicts per recipient, and connections that die.
import { pino } from 'pino'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../../src/log.ts'
import { createSmtpTransport, type Smarthost, type SmtpTransport } from '../../src/mail/smtp.ts'
import type { OutboundMessage } from '../../src/mail/transport.ts'
import { VirtualClock } from '../support/clock.ts'
import { type Counterpart, type CounterpartOptions, selfSigned, startCounterpart } from './counterpart.ts'

const log = pino({ level: 'silent' })
const never = new AbortController().signal
let certificate: { key: string; cert: string }
beforeAll(() => {
  certificate = selfSigned()
})

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function counterpart(options?: CounterpartOptions): Promise<Counterpart> {
  const smarthost = await startCounterpart(options)
  open.push(() => smarthost.close())
  return smarthost
}

function transportTo(port: number, more: Partial<Smarthost> = {}, clock = new VirtualClock()): SmtpTransport {
  const smarthost: Smarthost = { host: '127.0.0.1', port, tls: 'none', ca: null, credentials: null, ...more }
  const transport = createSmtpTransport({ smarthost, hostName: 'easel.test', clock, log })
  open.push(() => transport.close())
  return transport
}

function message(recipients: readonly string[], text = 'Subject: hello\r\n\r\n.dot\r\nbody\r\n'): OutboundMessage {
  const bytes = Buffer.from(text, 'latin1')
  return {
    from: 'alice@example.test',
    recipients,
    bytes: bytes.length,
    source: (async function* () {
      yield bytes.subarray(0, 5)
      yield bytes.subarray(5)
    })(),
  }
}

const credentials = ({ user, password }: { user: string; password: string }) => ({ user, password: new Secret(password) })

const outcomes = (report: ReadonlyMap<string, { outcome: string }>) =>
  Object.fromEntries([...report].map(([to, { outcome }]) => [to, outcome]))

describe('the smarthost transport', () => {
  test('hands a message over unchanged, dots and all', async () => {
    const smarthost = await counterpart()
    const report = await transportTo(smarthost.port).send(message(['bob@else.test', 'carol@else.test']), never)
    expect(outcomes(report)).toEqual({ 'bob@else.test': 'sent', 'carol@else.test': 'sent' })
    expect(report.get('bob@else.test')?.reply).toMatch(/^250 /)
    expect(smarthost.taken).toEqual([
      {
        from: 'alice@example.test',
        to: ['bob@else.test', 'carol@else.test'],
        text: 'Subject: hello\r\n\r\n.dot\r\nbody\r\n',
        secure: false,
        user: null,
        utf8: false,
      },
    ])
  })

  test.each([{ tls: 'starttls' }, { tls: 'implicit' }] as const)('logs in over $tls after checking the certificate', async ({ tls }) => {
    const login = { user: 'relay', password: 'secret words' }
    const smarthost = await counterpart({ tls: { ...certificate, implicit: tls === 'implicit' }, login })
    const transport = transportTo(smarthost.port, { host: 'localhost', tls, credentials: credentials(login), ca: certificate.cert })
    await expect(transport.verify()).resolves.toBeUndefined()
    expect(outcomes(await transport.send(message(['bob@else.test']), never))).toEqual({ 'bob@else.test': 'sent' })
    expect(smarthost.taken[0]).toMatchObject({ secure: true, user: 'relay' })
  })

  test('waits with the mail when the certificate is not trusted', async () => {
    const smarthost = await counterpart({ tls: certificate })
    const report = await transportTo(smarthost.port, { host: 'localhost', tls: 'starttls' }).send(message(['bob@else.test']), never)
    expect(outcomes(report)).toEqual({ 'bob@else.test': 'later' })
    expect(report.get('bob@else.test')?.reply).toMatch(/self-signed/)
    expect(smarthost.taken).toEqual([])
  })

  test('waits with the mail when the certificate bears another name', async () => {
    const other = selfSigned('elsewhere.test')
    const smarthost = await counterpart({ tls: other })
    const wrong = transportTo(smarthost.port, { host: 'localhost', tls: 'starttls', ca: other.cert })
    expect(outcomes(await wrong.send(message(['bob@else.test']), never))).toEqual({ 'bob@else.test': 'later' })
    const named = transportTo(smarthost.port, { host: 'localhost', tls: 'starttls', ca: other.cert, certificateName: 'elsewhere.test' })
    expect(outcomes(await named.send(message(['bob@else.test']), never))).toEqual({ 'bob@else.test': 'sent' })
  })

  test('never falls back to clear text where TLS is asked for', async () => {
    const smarthost = await counterpart()
    const report = await transportTo(smarthost.port, { tls: 'starttls' }).send(message(['bob@else.test']), never)
    expect(outcomes(report)).toEqual({ 'bob@else.test': 'later' })
    expect(smarthost.taken).toEqual([])
  })

  test('refuses to be configured with a password in the clear', () => {
    const login = credentials({ user: 'relay', password: 'secret' })
    expect(() => transportTo(25, { host: 'mail.else.test', credentials: login })).toThrow(/in the clear/)
  })

  test('waits with the mail when the login is refused or not offered', async () => {
    const login = { user: 'relay', password: 'right' }
    const strict = await counterpart({ tls: certificate, login })
    const wrong: Partial<Smarthost> = {
      host: 'localhost',
      tls: 'starttls',
      ca: certificate.cert,
      credentials: credentials({ user: 'relay', password: 'wrong' }),
    }
    const report = await transportTo(strict.port, wrong).send(message(['bob@else.test']), never)
    expect(report.get('bob@else.test')).toMatchObject({ outcome: 'later', reply: expect.stringMatching(/535/) })
    expect(report.get('bob@else.test')?.reply).not.toContain('wrong')
    const open = await counterpart({ tls: certificate })
    const unoffered = await transportTo(open.port, wrong).send(message(['bob@else.test']), never)
    expect(unoffered.get('bob@else.test')).toEqual({ outcome: 'later', reply: 'the smarthost offers no login' })
  })

  test('tells refused recipients from those worth another try', async () => {
    const smarthost = await counterpart({
      recipient: (address) =>
        address.startsWith('gone') ? [550, 'No such user'] : address.startsWith('full') ? [452, 'Mailbox full'] : undefined,
    })
    const transport = transportTo(smarthost.port)
    const report = await transport.send(message(['bob@else.test', 'gone@else.test', 'full@else.test']), never)
    expect(outcomes(report)).toEqual({ 'bob@else.test': 'sent', 'gone@else.test': 'refused', 'full@else.test': 'later' })
    expect(report.get('gone@else.test')?.reply).toMatch(/^550 .*No such user/)
    expect(smarthost.taken[0]?.to).toEqual(['bob@else.test'])
    const none = await transport.send(message(['gone@else.test', 'full@else.test']), never)
    expect(outcomes(none)).toEqual({ 'gone@else.test': 'refused', 'full@else.test': 'later' })
    expect(smarthost.connections()).toBe(1)
  })

  test.each([
    [554, 'refused'],
    [451, 'later'],
  ])('takes a %i to the whole message as %s', async (code, outcome) => {
    const smarthost = await counterpart({ message: () => [code, 'Not this one'] })
    const transport = transportTo(smarthost.port)
    const report = await transport.send(message(['bob@else.test']), never)
    expect(report.get('bob@else.test')).toMatchObject({ outcome, reply: expect.stringContaining('Not this one') })
  })

  test('refuses what is larger than the smarthost says it takes', async () => {
    const smarthost = await counterpart({ size: 100 })
    const report = await transportTo(smarthost.port).send(message(['bob@else.test'], `Subject: x\r\n\r\n${'x'.repeat(200)}\r\n`), never)
    expect(report.get('bob@else.test')).toMatchObject({ outcome: 'refused', reply: expect.stringMatching(/larger/) })
  })

  test.each(['rcpt', 'data', 'taken'] as const)('waits with the mail when the connection dies at %s', async (point) => {
    const smarthost = await counterpart({ dies: (at) => at === point })
    const report = await transportTo(smarthost.port).send(message(['bob@else.test']), never)
    expect(outcomes(report)).toEqual({ 'bob@else.test': 'later' })
  })

  test('waits with the mail when nobody listens', async () => {
    const smarthost = await startCounterpart()
    await smarthost.close()
    const transport = transportTo(smarthost.port)
    expect(outcomes(await transport.send(message(['bob@else.test']), never))).toEqual({ 'bob@else.test': 'later' })
    await expect(transport.verify()).rejects.toThrow(/ECONNREFUSED/)
  })

  test('keeps one connection for several messages and opens a new one when the smarthost hung up in between', async () => {
    const smarthost = await counterpart()
    const transport = transportTo(smarthost.port)
    await transport.send(message(['one@else.test']), never)
    await transport.send(message(['two@else.test']), never)
    expect(smarthost.connections()).toBe(1)
    smarthost.hangUp()
    expect(outcomes(await transport.send(message(['three@else.test']), never))).toEqual({ 'three@else.test': 'sent' })
    expect(smarthost.connections()).toBe(2)
    expect(smarthost.taken.map(({ to }) => to[0])).toEqual(['one@else.test', 'two@else.test', 'three@else.test'])
  })

  test('leaves a connection that nobody needs', async () => {
    const clock = new VirtualClock()
    const smarthost = await counterpart()
    const transport = transportTo(smarthost.port, {}, clock)
    await transport.send(message(['one@else.test']), never)
    expect(clock.sleeping).toBe(1)
    await clock.advance(61)
    await transport.send(message(['two@else.test']), never)
    expect(smarthost.connections()).toBe(2)
  })

  test('never lets an address break out of its command', async () => {
    const smarthost = await counterpart()
    const evil = 'bob@else.test>\r\nRCPT TO:<eve@else.test'
    const report = await transportTo(smarthost.port).send(message([evil, 'no address', 'bob@else.test']), never)
    expect(outcomes(report)).toEqual({ [evil]: 'refused', 'no address': 'refused', 'bob@else.test': 'sent' })
    expect(smarthost.taken[0]?.to).toEqual(['bob@else.test'])
  })

  test('sends an international domain in its ASCII form and reports it as it was asked for', async () => {
    const smarthost = await counterpart()
    const report = await transportTo(smarthost.port).send(message(['bob@bücher.test', 'bob@xn--bcher-kva.test']), never)
    expect(outcomes(report)).toEqual({ 'bob@bücher.test': 'sent', 'bob@xn--bcher-kva.test': 'sent' })
    // The counterpart shows the domain in Unicode again.
    expect(smarthost.taken[0]).toMatchObject({ to: ['bob@bücher.test'], utf8: false })
  })

  test('stops at once when told so, and the mail waits', async () => {
    const stop = new AbortController()
    const smarthost = await counterpart({
      recipient: () => {
        stop.abort(new Error('stopping'))
        return undefined
      },
    })
    const report = await transportTo(smarthost.port).send(message(['bob@else.test']), stop.signal)
    expect(outcomes(report)).toEqual({ 'bob@else.test': 'later' })
    expect(smarthost.taken).toEqual([])
  })
})
