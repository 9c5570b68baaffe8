// The outbound queue: what it owes it delivers, once, through failures, restarts and sudden death.
import { simpleParser } from 'mailparser'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDelivery } from '../../src/mail/delivery.ts'
import { createOutbound, type Outbound, type OutboundOptions } from '../../src/mail/outbound.ts'
import { createSmtpTransport } from '../../src/mail/smtp.ts'
import { prepare, submit } from '../../src/mail/submission.ts'
import type { OutboundMessage, Transport } from '../../src/mail/transport.ts'
import type { SubmissionId } from '../../src/model/id.ts'
import type { Store } from '../../src/store/store.ts'
import { startCounterpart } from './counterpart.ts'
import { buildTown, letter, silent, type Town } from './town.ts'

type Answer = { outcome: 'sent' | 'refused' | 'later'; reply: string }
const sent: Answer = { outcome: 'sent', reply: '250 2.0.0 ok' }
const later: Answer = { outcome: 'later', reply: '451 4.3.0 try again' }
const refused: Answer = { outcome: 'refused', reply: '550 5.7.1 We do not like you' }

interface Post extends Transport {
  readonly sends: { from: string; to: string[]; text: string }[]
}

/** A smarthost in a function: what it answers for each recipient. */
function post(answer: (recipient: string, round: number) => Answer = () => sent): Post {
  const sends: Post['sends'] = []
  return {
    sends,
    async send(message: OutboundMessage) {
      const chunks: Uint8Array[] = []
      for await (const chunk of message.source) chunks.push(chunk)
      sends.push({ from: message.from, to: [...message.recipients], text: Buffer.concat(chunks).toString('latin1') })
      return new Map(message.recipients.map((recipient) => [recipient, answer(recipient, sends.length)]))
    },
  }
}

let town: Town
const open: (() => unknown)[] = []
beforeEach(async () => {
  town = await buildTown()
})
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
  await town.close()
})

function worker(options: Partial<OutboundOptions> = {}): Outbound {
  const { store, clock, delivery } = town
  const outbound = createOutbound({ store, clock, delivery, transport: null, log: silent, hostName: 'mail.example.test', ...options })
  open.push(() => outbound.stop(0))
  return outbound
}

async function send(to: string, id = 's1', subject = 'Tea'): Promise<void> {
  const source = letter({ To: to, Subject: subject }, 'Shall we?\r\n')
  const limits = { recipientsMax: 100, messageBytesMax: 1_000_000 }
  const prepared = prepare(source, { id: id as SubmissionId, account: town.alice, now: town.clock.now(), limits })
  await town.store.unit((unit) => submit(unit, town.alice, prepared, true))
}

/** Stands until the worker sleeps with nothing under way. */
async function settled(): Promise<void> {
  for (;;) {
    await town.clock.asleep()
    await new Promise((resolve) => setImmediate(resolve))
    const timer = town.clock.nextTimer
    const next = await town.store.outbox.nextDue()
    if (timer !== null && (next === null ? timer - town.clock.now() > 30_000 : timer === next)) return
  }
}

const subjects = async (account = town.alice) => (await town.letters(account)).map(({ email }) => email.envelope.subject)

describe('the outbound queue', () => {
  test('delivers to our own people at once and hands the rest on', async () => {
    const transport = post()
    await send('bob@example.test, carol@else.test')
    worker({ transport }).start()
    await settled()
    expect(await subjects(town.bob)).toEqual(['Tea'])
    expect((await town.letters(town.bob))[0]?.text).toMatch(
      /^Return-Path: <alice@example\.test>\r\nDelivered-To: bob@example\.test\r\nFrom: /,
    )
    expect(transport.sends).toMatchObject([{ from: 'alice@example.test', to: ['carol@else.test'] }])
    expect(transport.sends[0]?.text).toMatch(/\r\n\r\nShall we\?\r\n$/)
    expect(await town.store.outbox.list()).toEqual([])
  })

  test('tries what is queued later as soon as it is told', async () => {
    const transport = post()
    const outbound = worker({ transport })
    outbound.start()
    await settled()
    await send('carol@else.test')
    outbound.kick()
    await settled()
    expect(transport.sends).toHaveLength(1)
  })

  test('looks again within a day, however far off the next try seems', async () => {
    await send('carol@else.test')
    const [message] = await town.store.outbox.list()
    // What a clock that ran years ahead leaves behind; a timer of more than 24 days would fire at once, again and again.
    await town.store.outbox.postpone(message!.number, town.clock.now() + 4 * 365 * 86_400_000, 'later')
    worker({ transport: post() }).start()
    await town.clock.asleep()
    expect(town.clock.nextTimer! - town.clock.now()).toBe(86_400_000)
  })

  test('goes through a real smarthost', async () => {
    const smarthost = await startCounterpart({ recipient: (address) => (address.startsWith('gone') ? [550, 'No such user'] : undefined) })
    open.push(() => smarthost.close())
    const { clock } = town
    const transport = createSmtpTransport({
      smarthost: { host: '127.0.0.1', port: smarthost.port, tls: 'none', ca: null, credentials: null },
      hostName: 'mail.example.test',
      clock,
      log: silent,
    })
    open.push(() => transport.close())
    await send('carol@else.test, gone@else.test')
    const outbound = worker({ transport })
    outbound.start()
    while ((await town.store.outbox.list()).length > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(smarthost.taken).toMatchObject([{ from: 'alice@example.test', to: ['carol@else.test'] }])
    const [report] = await town.letters(town.alice)
    expect(report?.text).toContain('Final-Recipient: rfc822; gone@else.test')
    expect(report?.text).toMatch(/Status: 5\.1\.1\r\nDiagnostic-Code: smtp; 550 5\.1\.1 No such user/)
  })

  test('tries again after growing pauses, for those only who are still owed', async () => {
    const rounds: number[] = []
    const transport = post((recipient, round) => {
      if (recipient === 'carol@else.test') return sent
      rounds.push(town.clock.now())
      return round < 7 ? later : sent
    })
    const begin = town.clock.now()
    await send('carol@else.test, dan@else.test')
    worker({ transport }).start()
    await settled()
    const [queued] = await town.store.outbox.list()
    expect(queued).toMatchObject({ recipients: ['dan@else.test'], attempts: 1, lastError: later.reply })
    for (let round = 2; round <= 7; round++) {
      await town.clock.advance(((await town.store.outbox.nextDue())! - town.clock.now()) / 1000)
      await settled()
    }
    expect(rounds.map((at) => (at - begin) / 60_000)).toEqual([0, 1, 6, 21, 51, 111, 351])
    expect(transport.sends.filter(({ to }) => to.includes('carol@else.test'))).toHaveLength(1)
    expect(await town.store.outbox.list()).toEqual([])
    expect(await subjects()).toEqual([])
  })

  test('gives up after four days and tells the sender why', async () => {
    const transport = post(() => later)
    await send('carol@else.test')
    worker({ transport }).start()
    await settled()
    while ((await town.store.outbox.list()).length > 0) {
      await town.clock.advance(((await town.store.outbox.nextDue())! - town.clock.now()) / 1000)
      await settled()
    }
    expect(town.clock.now() - Date.parse('2026-03-02T08:00:00Z')).toBe(4 * 86_400_000)
    const [report] = await town.letters(town.alice)
    expect(report?.text).toMatch(/Status: 4\.4\.7\r\nDiagnostic-Code: smtp; 451 4\.3\.0 try again/)
  })

  test('reports a refusal in a form that people and programs can read', async () => {
    await send('carol@else.test, "Dan, <D>" <dan@else.test>', 's1', 'Grüße')
    worker({ transport: post((recipient) => (recipient.startsWith('dan') ? refused : sent)) }).start()
    await settled()
    const [report] = await town.letters(town.alice)
    expect(report?.email).toMatchObject({
      envelope: { subject: 'Undelivered Mail Returned to Sender', messageClass: 'REPORT.IPM.Note.NDR' },
      state: { read: false, receivedAsBcc: false },
    })
    const read = await simpleParser(report!.source)
    expect(read.text).toContain('dan@else.test')
    expect(read.text).toContain('We do not like you')
    expect(read.text).not.toContain('carol')
    expect(read.headers.get('auto-submitted')).toBe('auto-replied')
    // mailparser shows the status among the text.
    expect(read.text).toMatch(/Reporting-MTA: dns; mail\.example\.test\n/)
    expect(read.text).toMatch(
      /Final-Recipient: rfc822; dan@else\.test\nAction: failed\nStatus: 5\.7\.1\nDiagnostic-Code: smtp; 550 5\.7\.1 We do not like you/,
    )
    expect(read.attachments.map(({ contentType }) => contentType)).toEqual(['text/rfc822-headers'])
    const header = read.attachments[0]?.content.toString('utf8')
    expect(header).toMatch(/^To: carol@else\.test/m)
    expect(header).not.toContain('Shall we?')
    expect(await town.store.outbox.list()).toEqual([])
  })

  test('never lets a server reply write into the report', async () => {
    await send('carol@else.test')
    const evil: Answer = { outcome: 'refused', reply: '550 no\r\nFinal-Recipient: rfc822; boss@example.test\r\n\r\n--x' }
    worker({ transport: post(() => evil) }).start()
    await settled()
    const [report] = await town.letters(town.alice)
    expect(report?.text.match(/^Final-Recipient:.*$/gm)).toEqual(['Final-Recipient: rfc822; carol@else.test'])
    expect(report?.text).toContain('Diagnostic-Code: smtp; 550 no Final-Recipient: rfc822; boss@example.test --x')
  })

  test('without a smarthost, mail for others comes back at once with a clear sentence', async () => {
    await send('bob@example.test, carol@else.test, Bob')
    worker().start()
    await settled()
    expect(await subjects(town.bob)).toEqual(['Tea'])
    const [report] = await town.letters(town.alice)
    expect(report?.text).toMatch(/no smarthost is configured/)
    expect(report?.text).toMatch(/Final-Recipient: rfc822; carol@else\.test[^]*Final-Recipient: rfc822; unknown/)
    expect(await town.store.outbox.list()).toEqual([])
  })

  test('an unknown address of our own domain comes back, or goes to the smarthost that may know it', async () => {
    await send('nobody@example.test', 's1')
    const alone = worker()
    alone.start()
    await settled()
    expect((await town.letters(town.alice))[0]?.text).toMatch(/Status: 5\.1\.1/)
    await alone.stop()
    await send('nobody@example.test', 's2')
    const transport = post()
    worker({ transport }).start()
    await settled()
    expect(transport.sends[0]?.to).toEqual(['nobody@example.test'])
  })

  test('a disabled mailbox gets its mail when it is enabled again', async () => {
    await town.store.accounts.change(town.bob.id, { disabled: true })
    await send('bob@example.test')
    worker().start()
    await settled()
    expect(await town.store.outbox.list()).toMatchObject([{ recipients: ['bob@example.test'], attempts: 1 }])
    await town.store.accounts.change(town.bob.id, { disabled: false })
    await town.clock.advance(60)
    await settled()
    expect(await subjects(town.bob)).toEqual(['Tea'])
  })

  test('mail for our own people does not wait behind a smarthost that hangs', async () => {
    const answers: (() => void)[] = []
    const transport: Transport = {
      send: ({ recipients }) => new Promise((resolve) => answers.push(() => resolve(new Map(recipients.map((each) => [each, sent]))))),
    }
    for (let count = 0; count < 8; count++) await send('carol@else.test', `far ${count}`)
    await send('bob@example.test', 'near')
    const outbound = worker({ transport })
    outbound.start()
    while ((await subjects(town.bob)).length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(await town.store.outbox.list()).toHaveLength(8)
    while ((await town.store.outbox.list()).length > 0) {
      answers.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
  })

  test('a transport that throws loses nothing', async () => {
    let calls = 0
    const transport: Transport = {
      send({ recipients }) {
        calls += 1
        if (calls === 1) throw new Error('boom')
        return Promise.resolve(new Map(recipients.map((each) => [each, sent])))
      },
    }
    await send('carol@else.test')
    worker({ transport }).start()
    await settled()
    expect(await town.store.outbox.list()).toMatchObject([{ recipients: ['carol@else.test'], attempts: 1 }])
    await town.clock.advance(60)
    await settled()
    expect(await town.store.outbox.list()).toEqual([])
  })

  test('stopping waits for what is under way, and gives back what does not end', async () => {
    let signal: AbortSignal | null = null
    const transport: Transport = {
      send: ({ recipients }, given) =>
        new Promise((resolve) => {
          signal = given
          given.addEventListener('abort', () => resolve(new Map(recipients.map((each) => [each, later]))))
        }),
    }
    await send('carol@else.test')
    const outbound = worker({ transport })
    outbound.start()
    while (signal === null) await new Promise((resolve) => setImmediate(resolve))
    const stopped = outbound.stop(3)
    await town.clock.asleep(1)
    expect((signal as AbortSignal).aborted).toBe(false)
    await town.clock.advance(3)
    await stopped
    expect(await town.store.outbox.list()).toMatchObject([{ recipients: ['carol@else.test'] }])
  })

  test('a sender whose account is gone is told nothing, and the queue goes on', async () => {
    await send('carol@else.test')
    const store: Store = Object.create(town.store, {
      unit: {
        value: (work: Parameters<Store['unit']>[0]) =>
          town.store.unit((unit) => work(Object.create(unit, { accounts: { value: { byId: () => Promise.resolve(null) } } }))),
      },
      outbox: { value: town.store.outbox },
    })
    worker({ store }).start()
    await settled()
    expect(await town.store.outbox.list()).toEqual([])
    expect(await subjects()).toEqual([])
  })
})

/** A store that dies at its `calls`-th call: that one and all later ones reject, whoever makes them. */
function mortal(store: Store, calls: number, before: boolean): { store: Store; died: () => boolean } {
  let left = calls
  const guard = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const value: unknown = Reflect.get(object, name, object)
        if (name === 'accounts' || name === 'outbox') return guard(value as object)
        if (typeof value !== 'function') return value
        return async (...given: unknown[]) => {
          left -= 1
          if (left < 0 || (left === 0 && before)) throw new Error('killed')
          const result: unknown = await Reflect.apply(value, object, given)
          if (left <= 0) throw new Error('killed')
          return result
        }
      },
    })
  return { store: guard(store), died: () => left <= 0 }
}

describe('a server killed at any step', () => {
  test('loses nothing, doubles nothing at home, and sends twice only if killed between sending and noting it', async () => {
    let step = 0
    let doubled = 0
    for (;;) {
      step += 1
      const before = step % 2 === 1
      const at = Math.ceil(step / 2)
      await town.close()
      town = await buildTown()
      const { clock } = town
      const transport = post((recipient) => (recipient.startsWith('gone') ? refused : sent))
      await send('bob@example.test, carol@else.test, gone@else.test')
      const dying = mortal(town.store, at, before)
      const delivery = createDelivery({ store: dying.store, clock, log: silent, meetings: null })
      const first = worker({ store: dying.store, delivery, transport })
      first.start()
      while (!dying.died() && (await town.store.outbox.list()).length > 0) await new Promise((resolve) => setImmediate(resolve))
      await first.stop(0)
      const survived = !dying.died()

      const second = worker({ transport })
      second.start()
      await settled()
      // What the first put off is due within the hour.
      await clock.advance(3600)
      await settled()
      await second.stop()
      expect(await town.store.outbox.list(), `step ${step}`).toEqual([])
      expect(await subjects(town.bob), `step ${step}`).toEqual(['Tea'])
      expect(await subjects(), `step ${step}`).toEqual(['Undelivered Mail Returned to Sender'])
      const copies = transport.sends.filter(({ to }) => to.includes('carol@else.test')).length
      expect(copies, `step ${step}`).toBeGreaterThanOrEqual(1)
      expect(copies, `step ${step}`).toBeLessThanOrEqual(2)
      if (copies === 2) doubled += 1
      if (survived) break
    }
    expect(step).toBeGreaterThan(20)
    // Of all instants, only the one between the smarthost's answer and the row being written.
    expect(doubled).toBeLessThanOrEqual(2)
  })
})
