// The contract of the outbox: a submission is taken once, and kept until every recipient is served.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AccountId } from '../../src/model/id.ts'
import { chunkBytes } from '../../src/store/sql/chunks.ts'
import type { NewSubmission } from '../../src/store/outbox.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'
import { newAccount, noon, pattern, submission } from './samples.ts'

describe.each(engines)('the outbox on $name', (engine) => {
  let place: Place
  let store: Store
  let account: AccountId
  beforeAll(async () => {
    place = await engine.place()
    store = await place.open()
  })
  beforeEach(async () => {
    account = (await newAccount(store)).id
    for (const message of await store.outbox.list()) await store.outbox.settle(message.number, message.recipients)
  })
  afterAll(async () => {
    await store.close()
    await place.remove()
  })

  const mail = (id: string, more: Partial<NewSubmission> = {}): NewSubmission => ({
    id: submission(id),
    account,
    from: 'me@example.com',
    recipients: ['a@example.net', 'b@example.net'],
    source: Buffer.from('Subject: x\r\n\r\n'),
    at: noon,
    ...more,
  })

  test('a submission is taken once per account', async () => {
    expect(await store.outbox.known(account, submission('s1'))).toBe(false)
    expect(await store.outbox.submit(mail('s1'))).toBe(true)
    expect(await store.outbox.submit(mail('s1', { recipients: ['c@example.net'] }))).toBe(false)
    expect(await store.outbox.known(account, submission('s1'))).toBe(true)
    expect(await store.outbox.list()).toHaveLength(1)
    const other = (await newAccount(store)).id
    expect(await store.outbox.known(other, submission('s1'))).toBe(false)
    expect(await store.outbox.submit(mail('s1', { account: other }))).toBe(true)
  })

  test('of many submissions at once with one id, one is taken', async () => {
    const taken = await Promise.all(Array.from({ length: 8 }, () => store.outbox.submit(mail('burst'))))
    expect(taken.filter(Boolean)).toHaveLength(1)
    expect(await store.outbox.list()).toHaveLength(1)
  })

  test('a queued message is told as it was submitted, with its source', async () => {
    const source = pattern(chunkBytes + 99)
    await store.outbox.submit(mail('s2', { source }))
    const [message] = await store.outbox.due(noon, 10)
    expect(message).toEqual({
      number: message?.number,
      id: 's2',
      account,
      from: 'me@example.com',
      recipients: ['a@example.net', 'b@example.net'],
      attempts: 0,
      queuedAt: noon,
      nextAttemptAt: noon,
      lastError: null,
    })
    const stored = (await store.outbox.source(message!.number))!
    expect(stored.bytes).toBe(source.length)
    expect(Buffer.from(await stored.read(chunkBytes - 1, source.length)).equals(source.subarray(chunkBytes - 1))).toBe(true)
    expect(await store.outbox.source(message!.number + 1000)).toBeNull()
  })

  test('messages are due oldest first, none before its time', async () => {
    await store.outbox.submit(mail('late', { at: noon + 2 }))
    await store.outbox.submit(mail('early', { at: noon }))
    await store.outbox.submit(mail('middle', { at: noon + 1 }))
    const ids = async (at: number, limit: number) => (await store.outbox.due(at, limit)).map((message) => message.id)
    expect(await ids(noon - 1, 10)).toEqual([])
    expect(await ids(noon + 1, 10)).toEqual(['early', 'middle'])
    expect(await ids(noon + 9, 2)).toEqual(['early', 'middle'])
    expect(await store.outbox.nextDue()).toBe(noon)
  })

  test('what is postponed waits for its time, with the error on record', async () => {
    await store.outbox.submit(mail('s3'))
    const [message] = await store.outbox.due(noon, 1)
    await store.outbox.postpone(message!.number, noon + 60_000, '451 try later\u0000')
    expect(await store.outbox.due(noon + 59_999, 1)).toEqual([])
    expect(await store.outbox.nextDue()).toBe(noon + 60_000)
    expect(await store.outbox.due(noon + 60_000, 1)).toEqual([
      { ...message, attempts: 1, nextAttemptAt: noon + 60_000, lastError: '451 try later' },
    ])
  })

  test('served recipients are not owed any more; with the last one the message goes, its id stays known', async () => {
    await store.outbox.submit(mail('s4', { recipients: ['a@x.test', 'b@x.test', 'c@x.test'] }))
    const [message] = await store.outbox.due(noon, 1)
    await store.outbox.settle(message!.number, ['b@x.test', 'stranger@x.test'])
    expect((await store.outbox.list())[0]?.recipients).toEqual(['a@x.test', 'c@x.test'])
    expect(await store.outbox.source(message!.number)).not.toBeNull()
    await store.outbox.settle(message!.number, ['a@x.test', 'c@x.test'])
    expect(await store.outbox.list()).toEqual([])
    expect(await store.outbox.source(message!.number)).toBeNull()
    expect(await store.outbox.nextDue()).toBeNull()
    expect(await store.outbox.submit(mail('s4'))).toBe(false)
    await store.outbox.settle(message!.number, ['a@x.test'])
    await store.outbox.postpone(message!.number, noon, 'late')
  })

  test('a submission to nobody is remembered and queues nothing', async () => {
    expect(await store.outbox.submit(mail('s5', { recipients: [] }))).toBe(true)
    expect(await store.outbox.known(account, submission('s5'))).toBe(true)
    expect(await store.outbox.list()).toEqual([])
  })

  test('a submission that is rolled back was never taken', async () => {
    const failing = store.unit(async (unit) => {
      await unit.outbox.submit(mail('s6'))
      throw new Error('the rest failed')
    })
    await expect(failing).rejects.toThrow('the rest failed')
    expect(await store.outbox.known(account, submission('s6'))).toBe(false)
    expect(await store.outbox.list()).toEqual([])
    expect(await store.outbox.submit(mail('s6'))).toBe(true)
  })

  test('the outbox survives a restart', async () => {
    await store.outbox.submit(mail('s7'))
    const before = await store.outbox.list()
    await store.close()
    store = await place.open()
    expect(await store.outbox.list()).toEqual(before)
    const source = (await store.outbox.source(before[0]!.number))!
    expect(new TextDecoder().decode(await source.read(0, 7))).toBe('Subject')
  })
})
