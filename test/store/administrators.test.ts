// The contracts of who administers: local administrators, their second factors, sessions of the console and API tokens.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accountSubject, administratorSubject } from '../../src/model/actor.ts'
import type { AccountId } from '../../src/model/id.ts'
import type { ConsoleSession } from '../../src/store/console-sessions.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'

describe.each(engines)('who administers, on $name', (engine) => {
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

  test('an administrator is added once, found by his name, and each field changes on its own', async () => {
    const { administrators } = store
    const added = await administrators.add({ name: 'ada', role: 'helpdesk', passwordHash: 'hash', at: 5 })
    expect(added).toEqual({ name: 'ada', role: 'helpdesk', disabled: false, createdAt: 5, lastLogin: null })
    await expect(administrators.add({ name: 'ada', role: 'auditor', passwordHash: 'x', at: 6 })).rejects.toMatchObject({
      reason: 'name-taken',
    })
    expect(await administrators.find('ada')).toEqual(added)
    expect(await administrators.passwordHash('ada')).toBe('hash')
    expect(await administrators.change('ada', { role: 'auditor' })).toEqual({ ...added, role: 'auditor' })
    expect(await administrators.change('ada', { disabled: true })).toMatchObject({ role: 'auditor', disabled: true })
    expect(await administrators.change('ada', { disabled: false, lastLogin: 9 })).toEqual({ ...added, role: 'auditor', lastLogin: 9 })
    await administrators.change('ada', { passwordHash: 'other' })
    expect(await administrators.passwordHash('ada')).toBe('other')
    await administrators.add({ name: 'abe', role: 'administrator', passwordHash: 'h', at: 7 })
    expect((await administrators.list()).map(({ name }) => name)).toEqual(['abe', 'ada'])
    expect(await store.unit(async (unit) => (await unit.administrators.hold()).length)).toBe(2)
    expect(await administrators.remove('abe')).toBe(true)
    expect(await administrators.remove('abe')).toBe(false)
  })

  test('an unknown administrator is nobody', async () => {
    expect(await store.administrators.find('nobody')).toBeNull()
    expect(await store.administrators.passwordHash('nobody')).toBeNull()
    await expect(store.administrators.change('nobody', { disabled: true })).rejects.toMatchObject({ reason: 'item-not-found' })
  })

  test('a step of a second factor is spent once, confirms it, and is not good for another secret', async () => {
    const { secondFactors } = store
    const [ada, bob] = [administratorSubject('ada'), accountSubject('7' as AccountId)]
    const [one, two] = [Buffer.from([1, 2, 3]), Buffer.from([4, 5, 6])]
    expect(await secondFactors.find(ada)).toBeNull()
    expect(await secondFactors.spend(ada, one, 10)).toBe(false)
    await secondFactors.put(ada, one)
    await secondFactors.put(bob, one)
    const found = await secondFactors.find(ada)
    expect({ ...found, sealed: Buffer.from(found?.sealed ?? []) }).toEqual({ sealed: one, confirmed: false, step: 0 })
    expect(await secondFactors.confirmed()).toEqual(new Set())
    expect(await secondFactors.spend(ada, two, 10)).toBe(false)
    expect(await Promise.all([secondFactors.spend(ada, one, 10), secondFactors.spend(ada, one, 10)])).toEqual(
      expect.arrayContaining([true, false]),
    )
    expect(await secondFactors.spend(ada, one, 9)).toBe(false)
    expect(await secondFactors.spend(ada, one, 11)).toBe(true)
    expect(await secondFactors.confirmed()).toEqual(new Set([ada]))
    await secondFactors.put(ada, two)
    expect(await secondFactors.find(ada)).toMatchObject({ confirmed: false, step: 0 })
    expect(await secondFactors.remove(ada)).toBe(true)
    expect(await secondFactors.remove(ada)).toBe(false)
  })

  const session = (id: string, change: Partial<ConsoleSession> = {}): ConsoleSession => ({
    id,
    subject: administratorSubject('ada'),
    face: 'console',
    stage: 'open',
    stamp: 's',
    said: null,
    createdAt: 1,
    usedAt: 1,
    ...change,
  })

  test('a session is found by its id, touched, given a sentence, and gone when it ends', async () => {
    const { consoleSessions } = store
    await consoleSessions.add(session('one'), 3)
    expect(await consoleSessions.find('one')).toEqual(session('one'))
    await consoleSessions.touch('one', 8)
    await consoleSessions.say('one', 'Saved.')
    expect(await consoleSessions.find('one')).toEqual(session('one', { usedAt: 8, said: 'Saved.' }))
    expect(await consoleSessions.remove('one')).toBe(true)
    expect(await consoleSessions.remove('one')).toBe(false)
    expect(await consoleSessions.find('one')).toBeNull()
  })

  test('of the sessions of a person only the newest stay, whatever others have', async () => {
    const { consoleSessions } = store
    await consoleSessions.add(session('other', { subject: administratorSubject('bob') }), 3)
    await consoleSessions.add(session('half', { stage: 'code' }), 3)
    for (const number of [1, 2, 3, 4]) await consoleSessions.add(session(`s${number}`, { createdAt: number }), 3)
    const left = await Promise.all(['other', 'half', 's1', 's2', 's3', 's4'].map((id) => consoleSessions.find(id)))
    expect(left.map((each) => each?.id ?? null)).toEqual(['other', 'half', null, 's2', 's3', 's4'])
  })

  test('all sessions of a person end at once, and nobody else’s', async () => {
    const { consoleSessions } = store
    const [carla, dora] = [administratorSubject('carla'), administratorSubject('dora')]
    for (const id of ['c1', 'c2']) await consoleSessions.add(session(id, { subject: carla }), 3)
    await consoleSessions.add(session('d1', { subject: dora }), 3)
    await consoleSessions.removeOf(carla)
    const left = await Promise.all(['c1', 'c2', 'd1'].map((id) => consoleSessions.find(id)))
    expect(left.map((each) => each?.id ?? null)).toEqual([null, null, 'd1'])
  })

  test('a session that has to be over is cleared away', async () => {
    const day = 86_400_000
    await store.consoleSessions.add(session('old', { createdAt: 10 * day, usedAt: 10 * day }), 9)
    await store.consoleSessions.add(session('young', { createdAt: 11 * day, usedAt: 11 * day }), 9)
    await store.tidy(11 * day + 1)
    expect(await store.consoleSessions.find('old')).toBeNull()
    expect(await store.consoleSessions.find('young')).not.toBeNull()
  })

  test('a token is found by its hash, which nobody is told, and removed once', async () => {
    const { apiTokens } = store
    const token = { name: 'monitoring', role: 'auditor', createdBy: 'ada', createdAt: 3, expiresAt: null } as const
    expect(await apiTokens.add({ ...token, hash: 'h1' })).toEqual({ ...token, usedAt: null })
    await expect(apiTokens.add({ ...token, hash: 'h2' })).rejects.toMatchObject({ reason: 'name-taken' })
    await apiTokens.add({ ...token, name: 'backup', createdAt: 4, expiresAt: 99, hash: 'h3' })
    await apiTokens.touch('monitoring', 12)
    expect(await apiTokens.byHash('h1')).toEqual({ ...token, usedAt: 12 })
    expect(await apiTokens.byHash('h2')).toBeNull()
    expect((await apiTokens.list()).map(({ name, expiresAt }) => [name, expiresAt])).toEqual([
      ['monitoring', null],
      ['backup', 99],
    ])
    expect(JSON.stringify(await apiTokens.list())).not.toContain('h1')
    expect(await apiTokens.remove('monitoring')).toMatchObject({ name: 'monitoring' })
    expect(await apiTokens.remove('monitoring')).toBeNull()
    expect(await apiTokens.byHash('h1')).toBeNull()
  })
})
