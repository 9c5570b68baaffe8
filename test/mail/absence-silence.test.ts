// What an absence does not answer, and whom it hides from.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { act } from '../support/admin.ts'
import { message } from '../support/message.ts'
import { all, el, textAt } from '../support/wire.ts'
import { startCounterpart } from './counterpart.ts'
import { away, Household, reply, set, value, type Sent } from './household.ts'

let home: Household
beforeEach(async () => {
  home = await Household.open()
})
afterEach(() => home.close())

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
    await set(home.alice, ...away)
    await home.arrive(sent)
    expect(home.world.taken).toEqual([])
    expect(await home.inbox('alice@example.test')).toHaveLength(1)
    // A check that cannot fail is a defect: who is named, and writes himself, is answered.
    await home.arrive({ from: 'bob@example.test', headers: ['Auto-Submitted: no'] })
    expect(await home.inbox('bob@example.test')).toHaveLength(1)
  })

  test('one sender twice, however close together his mails come', async () => {
    await set(home.alice, ...away)
    await Promise.all(['a', 'b', 'c', 'd'].map((subject) => home.arrive({ subject })))
    expect(home.world.taken).toHaveLength(1)
    expect(await home.inbox('alice@example.test')).toHaveLength(4)
  })

  test('one sender under changing return paths', async () => {
    await set(home.alice, ...away)
    for (const from of ['prvs=1234abcd=dora@else.test', 'prvs=9999dcba=dora@else.test', 'dora+x@else.test']) await home.arrive({ from })
    expect(home.world.taken).toHaveLength(1)
  })

  test('a message that is handed in again', async () => {
    await set(home.alice, ...away)
    await home.alice.sendMail(message({ from: 'alice@example.test', to: 'bob@example.test' }), { clientId: 'one' })
    await home.alice.sendMail(message({ from: 'alice@example.test', to: 'bob@example.test' }), { clientId: 'one' })
    await home.settled()
    expect(await home.inbox('alice@example.test')).toEqual([])
  })

  test('an absentee by an absentee, more than once', async () => {
    const bob = await home.server.phone('bob@example.test', { version: '14.1' })
    await set(home.alice, ...away)
    await set(bob, value('OofState', '1'), reply('Internal', 'Bob is away.'))
    await bob.sendMail(message({ from: 'bob@example.test', to: 'alice@example.test', subject: 'Tea?' }))
    await home.settled()
    await home.alice.sendMail(message({ from: 'alice@example.test', to: 'bob@example.test', subject: 'Coffee?' }))
    await home.settled()
    const subjects = async (address: string) => (await home.inbox(address)).map(({ email }) => email.envelope.subject)
    expect(await subjects('alice@example.test')).toEqual(['Tea?', 'Automatic reply: Coffee?'])
    expect(await subjects('bob@example.test')).toEqual(['Automatic reply: Tea?', 'Coffee?'])
  })

  test('an answer that nobody takes is told to nobody', async () => {
    await using refusing = await refusingWorld()
    await home.instead({ EASEL_SMARTHOST_PORT: String(refusing.port) })
    await set(home.alice, ...away)
    await home.arrive({ subject: 'Tea?' })
    expect(refusing.asked).toEqual(['dora@else.test'])
    expect((await home.inbox('alice@example.test')).map(({ email }) => email.envelope.subject)).toEqual(['Tea?'])
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
  await set(home.alice, ...away)
  const { options } = home.alice
  await act(home.server.running.admin, 'device.quarantine', { device: options.deviceId, account: options.address })
  const { node } = await home.alice.post(
    'Settings',
    el('Settings:Settings', [el('Settings:Oof', [el('Settings:Get', [value('BodyType', 'Text')])])]),
  )
  expect(textAt(node, 'Oof/Get/OofState')).toBe('0')
  expect(all(node, 'Oof/Get/OofMessage').map((each) => textAt(each, 'ReplyMessage'))).toEqual(['', '', ''])
  expect(await set(home.alice, value('OofState', '0'))).toBe('4')
  await home.arrive()
  expect(home.world.taken).toHaveLength(1)
})
