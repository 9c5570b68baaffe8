// Killed with SIGKILL at random points, again and again: nothing that was acknowledged is lost, and nothing is doubled.
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Phone, PhoneItem } from '../support/phone.ts'
import { dice, firstSeed } from '../support/random.ts'
import { textAt } from '../support/wire.ts'
import { Easel, message } from './support/easel.ts'

const kills = Number(process.env['EASEL_KILLS'] ?? 20)
const random = dice(firstSeed)
const body = [{ type: 1, truncation: 512 }]

let easel: Easel

beforeAll(async () => {
  easel = await Easel.start()
})

afterAll(async () => {
  console.log(
    `kill: ${kills} kills, ${ledger.delivered.size} of ${ledger.attempted.size} deliveries acknowledged, ${ledger.sent.size} sent, EASEL_SEED=${firstSeed}`,
  )
  await easel.dispose()
})

/** What the world was promised, and what it merely tried. */
const ledger = { attempted: new Set<string>(), delivered: new Set<string>(), sent: new Set<string>(), read: new Map<string, string>() }

/** One LMTP session that delivers until the server goes away. A subject counts as delivered once its 250 was read. */
async function deliverUntilDeath(round: number): Promise<void> {
  const socket = connect(easel.ports.lmtp, '127.0.0.1')
  try {
    const replies = lines(socket)
    const say = async (text: string) => {
      socket.write(`${text}\r\n`)
      return reply(replies)
    }
    await reply(replies)
    await say('LHLO killer')
    for (let number = 0; number < 10_000; number++) {
      const subject = `Round ${round} mail ${number}`
      await say('MAIL FROM:<bob@example.com>')
      await say('RCPT TO:<alice@example.com>')
      await say('DATA')
      ledger.attempted.add(subject)
      if ((await say(`${message('bob@example.com', 'alice@example.com', subject)}\r\n.`)).startsWith('250')) ledger.delivered.add(subject)
    }
  } catch {
    // The server died, as it was meant to.
  } finally {
    socket.destroy()
  }
}

async function* lines(socket: Socket): AsyncGenerator<string> {
  let text = ''
  for await (const chunk of socket) {
    text += String(chunk)
    for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
      yield text.slice(0, end)
      text = text.slice(end + 2)
    }
  }
}

async function reply(replies: AsyncGenerator<string>): Promise<string> {
  for (;;) {
    const { value, done } = await replies.next()
    if (done === true) throw new Error('the connection ended')
    if (/^\d{3} /.test(value)) return value
  }
}

/** What the phone means to do; it keeps at it until the server has said yes. */
type Intent = () => Promise<void>

function intents(phone: Phone, round: number): Intent[] {
  /** Chosen when its turn comes, and the same when it is repeated. */
  const mark = (): Intent => {
    let chosen: { readonly id: string; readonly isRead: boolean } | null = null
    return async () => {
      const held = phone.items('Inbox')
      if (held.length === 0) return
      chosen ??= { id: random.pick(held).id, isRead: random.chance(0.5) }
      ledger.read.set(chosen.id, chosen.isRead ? '1' : '0')
      await phone.mark('Inbox', chosen.id, chosen.isRead)
    }
  }
  const send = (number: number) => async () => {
    const subject = `Round ${round} sent ${number}`
    const mime = message('alice@example.com', 'bob@example.com', subject)
    const answer = await phone.sendMail(mime, { clientId: subject })
    const said = textAt(answer.node, 'Status')
    // 118: the first attempt was taken, and its reply lost.
    if (answer.status !== 200 || (said !== null && said !== '118')) throw new Error(`SendMail: ${answer.status} ${said}`)
    ledger.sent.add(subject)
  }
  const sync = async () => void (await phone.sync('Inbox', { window: random.between(1, 20), body }))
  return Array.from({ length: 400 }, (_, number) => random.pick([sync, sync, mark(), send(number)]))
}

/** Works through intents until the server dies; returns the one that was cut off. */
async function workUntilDeath(work: readonly Intent[]): Promise<Intent | null> {
  for (const intent of work) {
    try {
      await intent()
    } catch {
      return intent
    }
  }
  return null
}

function bySubject(items: readonly PhoneItem[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { properties } of items) {
    const subject = properties.get('Email:Subject') ?? ''
    counts.set(subject, (counts.get(subject) ?? 0) + 1)
  }
  return counts
}

it('a server that is killed at any moment keeps its word', { timeout: 300_000 }, async () => {
  const phone = await easel.phone('alice', { version: '14.1' })
  await phone.syncAll('Sent Items', { body })
  for (let round = 1; round <= kills; round++) {
    const busy = [deliverUntilDeath(round), workUntilDeath(intents(phone, round))] as const
    await pause(random.between(150, 1000))
    await easel.kill()
    const [, cut] = await Promise.all(busy)
    await easel.boot()
    // The phone repeats what it got no answer to, and only then goes on.
    await cut?.()
  }
  await phone.syncAll('Inbox', { window: 100, body })
  expect(phone.violations).toEqual([])
  const inbox = bySubject(phone.items('Inbox'))
  expect([...ledger.delivered].filter((subject) => inbox.get(subject) !== 1)).toEqual([])
  expect([...inbox].filter(([subject, count]) => count > 1 || !ledger.attempted.has(subject))).toEqual([])
  expect(ledger.delivered.size).toBeGreaterThan(kills)

  const bob = await easel.phone('bob', { version: '16.1' })
  for (let tries = 0; tries < 100 && bob.items('Inbox').length < ledger.sent.size; tries++) {
    await pause(100)
    await bob.syncAll('Inbox', { window: 100, body })
  }
  expect([...bySubject(bob.items('Inbox'))].sort()).toEqual([...ledger.sent].map((subject) => [subject, 1]).sort())
  await phone.syncAll('Sent Items', { window: 100, body })
  expect([...bySubject(phone.items('Sent Items'))].sort()).toEqual([...ledger.sent].map((subject) => [subject, 1]).sort())

  // A phone fresh out of the box sees what this one believes.
  const fresh = await easel.phone('alice', { version: '16.1' })
  await fresh.syncAll('Inbox', { window: 100, body })
  const reads = (one: Phone) => new Map(one.items('Inbox').map(({ id, properties }) => [id, properties.get('Email:Read')]))
  expect(Object.fromEntries(reads(fresh))).toEqual(Object.fromEntries(reads(phone)))
  expect([...ledger.read].filter(([id, value]) => reads(fresh).get(id) !== value)).toEqual([])
  for (const one of [phone, bob, fresh]) one.close()
})
