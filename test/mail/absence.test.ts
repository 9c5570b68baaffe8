// Out of office through the doors: a phone says it, mail comes in by LMTP, and its sender is answered, once.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aContact, put } from '../support/records.ts'
import { away, between, Household, reply, set, value } from './household.ts'

const hour = 3_600_000

let home: Household
beforeEach(async () => {
  home = await Household.open()
})
afterEach(() => home.close())

describe('somebody who is away', () => {
  test('answers a stranger once, with all that keeps programs from answering back', async () => {
    expect(await set(home.alice, ...away)).toBe('1')
    await home.arrive({ subject: 'Tea?', messageId: '<tea@else.test>' })
    await home.arrive({ subject: 'Coffee?' })
    expect(home.world.taken.map(({ from, to }) => [from, to])).toEqual([['', ['dora@else.test']]])
    const [answer] = home.world.taken
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
    expect(await home.inbox('alice@example.test')).toHaveLength(2)
  })

  test('tells people of his own organization something else, without a way out of the server too', async () => {
    await home.instead({ EASEL_SMARTHOST: '' })
    await set(home.alice, ...away)
    await home.arrive({ from: 'bob@example.test' })
    await home.arrive({ from: 'dora@else.test' })
    const [answer, ...more] = await home.inbox('bob@example.test')
    expect([answer?.email.envelope.subject, more.length]).toEqual([expect.stringMatching(/^Automatic reply: /), 0])
    expect(answer?.text).toContain('Ask Carol.')
    expect(answer?.text).toMatch(/^Return-Path: <>/m)
    // Who cannot be answered at all is not noted: nothing lies in the queue, and nobody hears of a failure.
    expect(await home.inbox('alice@example.test')).toHaveLength(2)
  })

  test('tells those he has among his contacts a third thing', async () => {
    await set(home.alice, ...away, reply('ExternalKnown', 'Call me.'))
    const mailbox = await home.server.mailbox('alice@example.test')
    await put(mailbox, 'Contacts', aContact({ emails: ['', '"Dora" <Dora@ELSE.test>', ''] }))
    await mailbox.remove(await put(mailbox, 'Contacts', aContact({ emails: ['theodora@else.test', '', ''] })), 'trash')
    await home.arrive({ from: 'dora@else.test' })
    await home.arrive({ from: 'theodora@else.test' })
    expect(home.world.taken.map(({ to, text }) => [to[0], /Call me\.|I am away\./.exec(text)?.[0]])).toEqual([
      ['dora@else.test', 'Call me.'],
      ['theodora@else.test', 'I am away.'],
    ])
  })

  test('answers nobody of an audience that is switched off, or has no text', async () => {
    await set(home.alice, value('OofState', '1'), reply('Internal', 'Ask Carol.', 'Text', '0'), reply('ExternalUnknown', '  '))
    await home.arrive({ from: 'bob@example.test' })
    await home.arrive()
    expect([home.world.taken, await home.inbox('bob@example.test')]).toEqual([[], []])
  })

  test('is away from the begin to the end he gave, whatever the time zone', async () => {
    const now = home.server.clock.now()
    await set(home.alice, ...between(now + hour, now + 3 * hour), ...away.slice(1))
    await home.arrive({ from: 'one@else.test' })
    await home.server.clock.advance(3600)
    await home.arrive({ from: 'two@else.test' })
    await home.server.clock.advance(2 * 3600)
    await home.arrive({ from: 'three@else.test' })
    expect(home.world.taken.flatMap(({ to }) => to)).toEqual(['two@else.test'])
  })

  test('answers again in his next absence, and not for a new text in this one', async () => {
    await set(home.alice, ...away)
    await home.arrive()
    await set(home.alice, value('OofState', '1'), reply('ExternalUnknown', 'Still away.'))
    await home.arrive()
    expect(home.world.taken).toHaveLength(1)
    await set(home.alice, value('OofState', '0'))
    await home.arrive()
    await set(home.alice, value('OofState', '1'))
    await home.arrive()
    expect(home.world.taken).toHaveLength(2)
    expect(home.world.taken[1]?.text).toContain('Still away.')
  })

  test('answers in HTML with the same in plain text, from which whatever acts was taken out', async () => {
    await set(
      home.alice,
      value('OofState', '1'),
      reply('ExternalUnknown', '<p onclick="x()">Away &amp; <b>gone</b></p><script>alert(1)</script>', 'HTML'),
    )
    await home.arrive()
    const text = home.world.taken[0]?.text ?? ''
    expect(text).toMatch(/^Content-Type: multipart\/alternative/m)
    expect(text).toContain('<p>Away &amp; <b>gone</b></p>')
    expect(text).toMatch(/^Away & gone/m)
    expect(text).not.toMatch(/alert|onclick/)
  })

  test('answers from the address he was written to', async () => {
    const { id } = await home.server.accountOf('alice@example.test')
    await home.server.store.accounts.change(id, { addresses: ['alice@example.test', 'sales@example.test'] })
    await set(home.alice, ...away)
    await home.arrive({ to: 'Sales+2026@example.test', for: 'sales@example.test' })
    expect(home.world.taken[0]?.text).toMatch(/^From: Alice <sales@example\.test>\r$/m)
  })

  test('answers so many an hour and no more', async () => {
    await home.instead({ EASEL_ABSENCE_PER_HOUR: '2' })
    await set(home.alice, ...away)
    for (const name of ['a', 'b', 'c']) await home.arrive({ from: `${name}@else.test` })
    expect(home.world.taken).toHaveLength(2)
    await home.server.clock.advance(3601)
    await home.arrive({ from: 'c@else.test' })
    expect(home.world.taken).toHaveLength(3)
  })

  test.each([
    ['contacts', 0],
    ['nobody', 0],
    ['everybody', 1],
  ])('answers strangers as the administrator has it: %s', async (outside, answers) => {
    await home.instead({ EASEL_ABSENCE_OUTSIDE: outside })
    expect(await set(home.alice, ...away)).toBe('1')
    await home.arrive()
    await home.arrive({ from: 'bob@example.test' })
    expect([home.world.taken.length, (await home.inbox('bob@example.test')).length]).toEqual([answers, 1])
  })

  test('takes people of another domain of the server for strangers where domains are kept apart', async () => {
    await home.instead({ EASEL_DIRECTORY_SEPARATE: '1' })
    await home.server.account('eve@other.test')
    await set(home.alice, ...away)
    await home.arrive({ from: 'eve@other.test' })
    expect((await home.inbox('eve@other.test'))[0]?.text).toContain('I am away.')
  })
})
