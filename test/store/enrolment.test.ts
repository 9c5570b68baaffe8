// Links and challenges of enrolment, on both engines: whoever is first has them, and what came of it is kept for a while.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountId } from '../../src/model/id.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'

const account = '7' as AccountId
const day = 86_400_000

describe.each(engines)('enrolment, on $name', (engine) => {
  let place: Place
  let store: Store
  beforeAll(async () => {
    place = await engine.place()
    store = await place.open()
  })
  afterAll(async () => {
    await store.close()
    await place.remove()
  })

  const link = (hash: string) => ({ hash, account, wishes: 'scep', createdBy: 'root', createdAt: 5, expiresAt: 9 })
  const bytes = (content: Uint8Array | null | undefined) => (content === null || content === undefined ? null : [...content])

  test('a link is taken by one, given back, and keeps the first that it handed out', async () => {
    const { enrolmentLinks } = store
    await enrolmentLinks.add(link('one'))
    expect(await enrolmentLinks.byHash('other')).toBeNull()
    const { hash: _, ...fresh } = { ...link('one'), usedAt: null, claim: null, delivered: null }
    expect(await enrolmentLinks.byHash('one')).toEqual(fresh)
    const taken = await Promise.all(['mine', 'yours'].map((claim) => enrolmentLinks.take('one', claim, 6)))
    expect(new Set(taken.map((each) => each?.claim)).size).toBe(1)
    const winner = taken[0]?.claim ?? ''
    await enrolmentLinks.release('one', 'somebody else')
    expect(await enrolmentLinks.byHash('one')).toMatchObject({ claim: winner, usedAt: 6 })
    await enrolmentLinks.release('one', winner)
    expect(await enrolmentLinks.take('one', 'third', 7)).toMatchObject({ claim: 'third', usedAt: 7 })
    await enrolmentLinks.keep('one', Buffer.from([1]))
    await enrolmentLinks.keep('one', Buffer.from([2]))
    await enrolmentLinks.release('one', 'third')
    const kept = await enrolmentLinks.byHash('one')
    expect([kept?.claim, bytes(kept?.delivered)]).toEqual(['third', [1]])
    expect(await enrolmentLinks.take('nothing', 'mine', 6)).toBeNull()
  })

  test('what is open of an account can be taken back, and nothing of another', async () => {
    const { enrolmentLinks, scepChallenges } = store
    const other = '8' as AccountId
    for (const each of [account, other]) {
      await enrolmentLinks.add({ ...link(`link of ${each}`), account: each })
      for (const hash of [`open of ${each}`, `used of ${each}`]) await scepChallenges.add({ hash, account: each, expiresAt: 9 })
      await scepChallenges.use(`used of ${each}`, { publicKey: 'a', transaction: 't', at: 6 })
    }
    await enrolmentLinks.withdraw(account)
    await scepChallenges.withdraw(account)
    const left = async (id: AccountId) => [
      await enrolmentLinks.byHash(`link of ${id}`),
      await scepChallenges.byHash(`open of ${id}`),
      await scepChallenges.byHash(`used of ${id}`),
    ]
    expect((await left(account)).map((each) => each !== null)).toEqual([false, false, true])
    expect((await left(other)).map((each) => each !== null)).toEqual([true, true, true])
  })

  test('a challenge is used for one key, given back, and keeps the first certificate', async () => {
    const { scepChallenges } = store
    await scepChallenges.add({ hash: 'word', account, expiresAt: 9 })
    await scepChallenges.add({ hash: 'word', account: '8' as AccountId, expiresAt: 10 })
    expect(await scepChallenges.byHash('word')).toMatchObject({ account, expiresAt: 9, publicKey: null })
    expect(await scepChallenges.use('word', { publicKey: 'a', transaction: 't', at: 6 })).toMatchObject({ publicKey: 'a', usedAt: 6 })
    expect(await scepChallenges.use('word', { publicKey: 'b', transaction: 'u', at: 7 })).toMatchObject({
      publicKey: 'a',
      transaction: 't',
    })
    await scepChallenges.release('word')
    expect(await scepChallenges.use('word', { publicKey: 'b', transaction: 'u', at: 8 })).toMatchObject({ publicKey: 'b', usedAt: 8 })
    await scepChallenges.keep('word', Buffer.from([1]))
    await scepChallenges.keep('word', Buffer.from([2]))
    await scepChallenges.release('word')
    const kept = await scepChallenges.byHash('word')
    expect([kept?.publicKey, bytes(kept?.certificate)]).toEqual(['b', [1]])
    expect(await scepChallenges.use('nothing', { publicKey: 'a', transaction: 't', at: 6 })).toBeNull()
  })

  test('what was handed out is forgotten within the hour, links and challenges a month after their end', async () => {
    const { enrolmentLinks, scepChallenges } = store
    await enrolmentLinks.add({ ...link('old'), expiresAt: day })
    await enrolmentLinks.take('old', 'mine', day)
    await enrolmentLinks.keep('old', Buffer.from([1]))
    await enrolmentLinks.add({ ...link('early'), expiresAt: day })
    await enrolmentLinks.keep('early', Buffer.from([1]))
    await scepChallenges.add({ hash: 'old', account, expiresAt: day })
    await store.tidy(day + 1)
    expect(bytes((await enrolmentLinks.byHash('old'))?.delivered)).toEqual([1])
    await store.tidy(day + 3_600_001)
    expect(await enrolmentLinks.byHash('old')).toMatchObject({ delivered: null, claim: 'mine' })
    expect(await enrolmentLinks.byHash('early')).toMatchObject({ delivered: null })
    await store.tidy(31 * day + 1)
    expect([await enrolmentLinks.byHash('old'), await scepChallenges.byHash('old')]).toEqual([null, null])
  })
})
